package mirror

// SourceKind is what a source is, and, of a port, what the port is.
type SourceKind string

// The kinds of sources.
const (
	SourcePort SourceKind = "port"
	SourceLAG  SourceKind = "port-channel"
	SourceSub  SourceKind = "subinterface" // a part of a port or port-channel, by its tag
	SourceCPU  SourceKind = "cpu"          // the switch's own processor
	SourceVLAN SourceKind = "vlan"
	// SourceNone stands for native sessions without a source of their own: what they
	// copy is said elsewhere, by an access list on an interface.
	SourceNone SourceKind = "none"
)

// What a source of the kind is called in a sentence.
func (k SourceKind) text() string {
	switch k {
	case SourceVLAN:
		return "a VLAN"
	case SourceCPU:
		return "the processor"
	}
	return "a " + string(k)
}

// Is tells what a port is: Kind, where the driver tells it.
func (p Port) Is() SourceKind {
	switch {
	case p.Kind != "":
		return p.Kind
	case p.LAG:
		return SourceLAG
	}
	return SourcePort
}
