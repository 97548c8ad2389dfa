package fastpath

import "github.com/netmirror/netmirror/internal/mirror"

var parsed = mirror.Facts{Extra: map[string]string{factGroup: "1.3.6.1.4.1.4526.10.1.2.10", factNewer: "yes", factSessions: "2"}}

// ParseTables reads a walk as text.
func ParseTables(text []byte) error {
	_, err := platform.ReadTables(parsed, string(text))
	return err
}

// ReadTables is what is read of it.
func ReadTables(text string) (mirror.Observation, error) { return platform.ReadTables(parsed, text) }
