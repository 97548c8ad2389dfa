package smon

import "github.com/netmirror/netmirror/internal/mirror"

// ParseTables reads a walk as text.
func ParseTables(text []byte) error {
	_, err := platform.ReadTables(mirror.Facts{}, string(text))
	return err
}

// ReadTables is what is read of it.
func ReadTables(text string) (mirror.Observation, error) {
	return platform.ReadTables(mirror.Facts{}, text)
}
