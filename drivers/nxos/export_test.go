package nxos

import (
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The parsers of what is read at every observation, for the contract.

// ParseConfig reads show running-config monitor.
func ParseConfig(text []byte) error {
	_, _, err := parseConfig(mirror.Facts{}, string(text))
	return err
}

// ParseShown reads show monitor session.
func ParseShown(text []byte) error { _, err := parseShown(string(text)); return err }

// ParseStanzas reads the interfaces of a configuration.
func ParseStanzas(text []byte) error { _, err := parseStanzas(string(text)); return err }

// ParseStatus reads show interface status.
func ParseStatus(text []byte) error { _, err := statusTable.Read(string(text)); return err }

// ParseFigures reads show interface.
func ParseFigures(text []byte) error {
	_, err := interfaceFigures.Read(string(text), time.Time{})
	return err
}
