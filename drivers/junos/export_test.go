package junos

// ParseAnalyzers reads the analyzers of a configuration.
func ParseAnalyzers(text []byte) error {
	c, err := parseConfig(showAnalyzers, string(text), "")
	readAnalyzers(c, around{})
	return err
}

// ParseState reads "show forwarding-options analyzer".
func ParseState(text []byte) error { _, err := parseShown(string(text)); return err }

// ParsePorts reads the interfaces of a configuration.
func ParsePorts(text []byte) error {
	c, err := parseConfig(showPorts, string(text), "")
	around{}.ports(readInterfaces(c), nil)
	return err
}

// ParseVLANs reads the VLANs of a configuration.
func ParseVLANs(text []byte) error {
	c, err := parseConfig(showVLANs, string(text), "")
	readVLANs(c)
	return err
}

// ParseFilters reads the filters of a configuration.
func ParseFilters(text []byte) error {
	c, err := parseConfig(showFilters, string(text), "")
	readFilters(c)
	return err
}

// ParseCounters reads "show interfaces extensive".
func ParseCounters(text []byte) error { _, err := readCounters(string(text), noon); return err }
