package eos

// The parsers of what is read at every observation, for the contract.

// ParseSessions reads a running configuration.
func ParseSessions(text []byte) error { _, err := parseSessions(string(text)); return err }

// ParseState reads show monitor session.
func ParseState(text []byte) error { _, err := parseShown(string(text)); return err }

// ParseStanzas reads the interfaces of a configuration.
func ParseStanzas(text []byte) error { _, err := parseStanzas(string(text)); return err }

// ParseDiffs reads the unsaved lines.
func ParseDiffs(text []byte) error { _, err := parseDiffs(string(text)); return err }
