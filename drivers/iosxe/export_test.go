package iosxe

import (
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
)

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

// ParseNativeJSON reads the native configuration as it comes over gNMI.
func ParseNativeJSON(text []byte) error {
	nodes, err := data.FromJSON("", text)
	if err != nil || len(nodes) == 0 {
		return err
	}
	return observed(nodes[0])
}

// ParseNativeXML reads it as it comes over NETCONF.
func ParseNativeXML(text []byte) error {
	n, err := data.FromXML(text)
	if err != nil {
		return err
	}
	return observed(data.C("", n))
}

func observed(root *data.Node) error {
	_, err := observeModel(newest, models.Answers{Config: root, State: root})
	return err
}
