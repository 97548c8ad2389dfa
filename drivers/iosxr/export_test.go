package iosxr

import (
	"time"

	"github.com/netmirror/netmirror/internal/console"
)

// The parsers of what is read at every observation, for the contract.

// ParseSessions reads a configuration.
func ParseSessions(text []byte) error {
	at, err := parseInterfaces(string(text))
	if err == nil {
		_, err = parseSessions(string(text), at, true)
	}
	return err
}

// ParseStatus reads show monitor-session status.
func ParseStatus(text []byte) error { _, err := parseStatus(string(text)); return err }

// ParseCounters reads show interfaces.
func ParseCounters(text []byte) error { _, err := parseReceived(string(text)); return err }

// ParseWaits reads who configures.
func ParseWaits(text []byte) error {
	_, err := waits(ncs5500, console.Replies{showWho: string(text), showWhoShort: "% Invalid input"}, time.Time{})
	return err
}

// ParseWaitsShort reads it as older releases tell it.
func ParseWaitsShort(text []byte) error {
	_, err := waits(ncs5500, console.Replies{showWho: "% Invalid input", showWhoShort: string(text)}, time.Time{})
	return err
}

// ParseFailed reads why a commit failed.
func ParseFailed(text []byte) error { reasons(string(text)); return nil }

// ParseFacts reads show version.
func ParseFacts(text []byte) error { _, err := parseFacts(string(text), string(text)); return err }
