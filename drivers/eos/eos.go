package eos

// The commands that are sent, see doc.go.
const (
	showVersion  = "show version | json"
	showHostname = "show hostname | json"
	showSessions = "show running-config section monitor session"
	showState    = "show monitor session | json"
	showStanzas  = "show running-config section interface"
	showStatus   = "show interfaces status | json"
	showLLDP     = "show lldp neighbors | json"
	showMACs     = "show mac address-table dynamic | json"
	showLists    = "show running-config section access-list"
	showUnsaved  = "show running-config diffs"
)
