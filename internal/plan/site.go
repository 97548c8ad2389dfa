package plan

import "github.com/netmirror/netmirror/internal/mirror"

// A Site is what the planner knows of the inventory and of the devices'
// present state.
type Site struct {
	Devices map[string]DeviceInfo
	Tools   map[string]mirror.Tool
}

// DeviceInfo is one device as the planner sees it.
type DeviceInfo struct {
	Device mirror.Device
	// Ports canonicalises a port or a range, see engine.Driver.
	Ports        func(text string) ([]mirror.PortName, error)
	Capabilities mirror.Capabilities
	Observation  mirror.Observation
	Ledger       []mirror.Native
	Instance     string // this controller's id
}

// Observed reports whether the device was ever read.
func (d DeviceInfo) Observed() bool { return !d.Observation.At.IsZero() }

// Own reports whether an observed native session is this controller's, and its
// mark in the ledger. The ledger says what we created; the mark proves it
// where the platform has room. A row of the same handle whose mark was wiped is
// still the row we made.
func (d DeviceInfo) Own(n mirror.NativeSession) (mark string, own bool) {
	marks := d.Capabilities.Marks
	for _, l := range d.Ledger {
		switch {
		case marks && n.Mark == l.Mark && n.Instance == d.Instance,
			marks && n.Mark == "" && l.Handle != "" && n.Handle == l.Handle,
			!marks && n.ID == l.ID:
			return l.Mark, true
		}
	}
	return "", false
}
