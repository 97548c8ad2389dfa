package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Quest is a session of which nobody has said how its copies travel.
type Quest struct {
	// Session is what is asked for. Its kind and the devices of rspan.transit are what is
	// looked for, and what it says of them is dropped; a remote VLAN, and what is said of a
	// tunnel, is kept.
	Session mirror.Session
	// VLANs are the remote VLANs that may be proposed; none: UsualVLANs.
	VLANs   mirror.VLANSet
	Network Network
	Site    Site // that of the session: its devices, tools, and what else goes to its collectors
}

// A Try plans a session as a write of it would be planned, and stores nothing: refused are
// all reasons against it, warned what would be said and forbids nothing.
type Try func(mirror.Session) (refused, warned []mirror.Reason)

// A Way is how the copies of a session may travel, as it would be accepted.
type Way struct {
	Kind    mirror.Kind
	Session mirror.Session // with it
	Message string         // why this way
	Hops    []Hop          // of a remote VLAN: the devices, sources first
	Warned  []mirror.Reason
}

// A Hop is a device that copies in a remote VLAN cross.
type Hop struct {
	Device string
	Trunks []HopTrunk
}

// A HopTrunk is a trunk of a hop, and the device at its other end.
type HopTrunk struct {
	Port mirror.PortName
	To   string
}

// An Unfit is a kind that does not do, with every reason that was met.
type Unfit struct {
	Kind    mirror.Kind
	Reasons []mirror.Reason
}

// A Proposal holds the ways that would be accepted, that which asks least of the network
// first: on one device, in a remote VLAN, over IP. Every other kind is told with its
// reasons.
type Proposal struct {
	Ways  []Way
	Unfit []Unfit
}

// maxTries bounds how often one kind is tried: each refusal that names a trunk, a device, a
// VLAN or a number has another one taken.
const maxTries = 24

// Propose finds how the copies of a session may travel. Nothing is proposed that the try
// refuses. The same quest has the same answer.
func Propose(q Quest, try Try) Proposal {
	p := proposer{Quest: q, try: try}
	p.Session = p.Session.WithDefaults()
	p.wires, p.doubts = q.Network.Wires()
	for _, kind := range []struct {
		kind mirror.Kind
		find func() (Way, []mirror.Reason)
	}{{mirror.KindSPAN, p.span}, {mirror.KindRSPAN, p.rspan}, {mirror.KindERSPAN, p.erspan}} {
		w, reasons := kind.find()
		if len(reasons) > 0 {
			p.out.Unfit = append(p.out.Unfit, Unfit{kind.kind, once(reasons)})
			continue
		}
		w.Kind = kind.kind
		p.out.Ways = append(p.out.Ways, w)
	}
	return p.out
}

type proposer struct {
	Quest
	try    Try
	wires  []Wire
	doubts []Doubt
	out    Proposal
}

// plain is the session without anything that says how its copies travel.
func (p *proposer) plain(kind mirror.Kind) mirror.Session {
	s := p.Session
	s.Kind, s.RSPAN, s.ERSPAN = kind, nil, nil
	return s
}

func (p *proposer) span() (Way, []mirror.Reason) {
	s := p.plain(mirror.KindSPAN)
	refused, warned := p.try(s)
	return Way{Session: s, Warned: warned,
		Message: "sources and destination are on device " + strings.Join(p.from(), ", ") + ": no other switch takes part"}, refused
}

// from are the devices with sources, in their order, each once.
func (p *proposer) from() []string {
	var out []string
	for _, s := range p.Session.Sources {
		if !slices.Contains(out, s.Device) {
			out = append(out, s.Device)
		}
	}
	return out
}

// A landing is where a destination is.
type landing struct {
	device string
	ip     string
	tool   string
}

func (p *proposer) landings() []landing {
	var out []landing
	for _, d := range p.Session.Destinations {
		l := landing{device: d.Device, ip: d.IP, tool: d.Tool}
		if d.Tool != "" {
			t := p.Site.Tools[d.Tool]
			l.device, l.ip = t.Device, t.IP
		}
		out = append(out, l)
	}
	return out
}

func reason(pointer, code, format string, args ...any) mirror.Reason {
	return mirror.Reason{Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)}
}
