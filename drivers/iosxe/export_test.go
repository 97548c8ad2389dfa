package iosxe

// The parsers of what is read at every observation, for the contract.

// ParseMonitor reads show monitor.
func ParseMonitor(text []byte) error {
	views, err := parseMonitor(string(text))
	merge(views, nil)
	return err
}

// ParseConfig reads a running configuration.
func ParseConfig(text []byte) error {
	c, err := parseConfig(string(text))
	merge(nil, &c)
	return err
}

// ParseStatus reads show interfaces status.
func ParseStatus(text []byte) error {
	_, err := statusTable.Read(string(text))
	return err
}

// ParseDifferences reads the unsaved lines.
func ParseDifferences(text []byte) error {
	_, err := parseDifferences(string(text))
	return err
}
