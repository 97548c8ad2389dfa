package console

import (
	"fmt"
	"maps"
	"slices"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The uses of a port that is not idle, which a destination of copies does not have.
const (
	useLearned   = "learned"
	useNeighbour = "neighbour"
	useReceiving = "receiving"
)

// TrafficReads are the commands that tell what ports learn, hear and receive, which is
// what the destination guard decides on.
type TrafficReads struct {
	MACs      string                       // all learned addresses; "" = the platform does not tell
	PortMACs  func(mirror.PortName) string // those of one port; nil where MACs is ""
	PortRates func(mirror.PortName) string // what it receives
	Count     func(reply string) (map[mirror.PortName]int, error)
	Received  func(reply string) (words string, err error) // in the device's words, "" = nothing
	Heard     []*text.Neighbours
	Absent    func(reply string) bool
}

// A Traffic is what is known of it. It is never changed.
type Traffic struct {
	heard    map[mirror.PortName][]text.Neighbour
	macs     map[mirror.PortName]int
	received map[mirror.PortName]string // of ports that were asked for
}

// Around are the commands for all ports.
func (t *TrafficReads) Around() []string {
	if t.MACs == "" {
		return t.neighbours()
	}
	return append(t.neighbours(), t.MACs)
}

func (t *TrafficReads) neighbours() (out []string) {
	for _, table := range t.Heard {
		out = append(out, table.Command)
	}
	return out
}

// Named are the commands for the ports of a look; with around, all of Around is asked
// as well. Neighbours are listed in few rows, so all are.
func (t *TrafficReads) Named(look mirror.Look, around bool) (out []string) {
	for _, p := range look.Traffic {
		out = append(out, t.PortRates(p))
		if !around && t.PortMACs != nil {
			out = append(out, t.PortMACs(p))
		}
	}
	if len(look.Traffic) > 0 && !around {
		out = append(out, t.neighbours()...)
	}
	return out
}

// Read brings what is known up to date with what was asked. A command that the device
// does not know leaves what was known; output that is not understood is
// mirror.ErrParse.
func (t *TrafficReads) Read(known Traffic, look mirror.Look, r Replies) (Traffic, error) {
	answered := func(command string) bool {
		reply, asked := r[command]
		return asked && !t.Absent(reply)
	}
	out := Traffic{known.heard, maps.Clone(known.macs), maps.Clone(known.received)}
	var err error
	if answered(t.MACs) {
		if out.macs, err = t.Count(r[t.MACs]); err != nil {
			return known, err
		}
	}
	for _, p := range look.Traffic {
		if t.PortMACs != nil && answered(t.PortMACs(p)) {
			found, err := t.Count(r[t.PortMACs(p)])
			if err != nil {
				return known, err
			}
			out.macs = with(out.macs, p, found[p])
		}
		if command := t.PortRates(p); answered(command) {
			words, err := t.Received(r[command])
			if err != nil {
				return known, err
			}
			out.received = with(out.received, p, words)
		}
	}
	anew := map[mirror.PortName][]text.Neighbour{}
	for _, table := range t.Heard {
		reply, asked := r[table.Command]
		if !asked {
			return out, nil
		}
		if t.Absent(reply) {
			continue // a device without the protocol hears nobody over it
		}
		found, err := table.Read(reply)
		if err != nil {
			return known, err
		}
		for _, n := range found {
			anew[n.Port.Full()] = append(anew[n.Port.Full()], n)
		}
	}
	out.heard = anew
	return out, nil
}

func with[V any](m map[mirror.PortName]V, p mirror.PortName, v V) map[mirror.PortName]V {
	if m == nil {
		m = map[mirror.PortName]V{}
	}
	m[p] = v
	return m
}

// Heard is a traffic of neighbours alone.
func Heard(list []text.Neighbour) Traffic {
	t := Traffic{heard: map[mirror.PortName][]text.Neighbour{}}
	for _, n := range list {
		t.heard[n.Port.Full()] = append(t.heard[n.Port.Full()], n)
	}
	return t
}

// Tell adds to a port who is heard there, and why it is no idle port; of a destination
// of copies not the latter, which is older than the copies.
func (t Traffic) Tell(p *mirror.Port, destination bool) {
	near := text.Together(t.heard[p.Name])
	for _, n := range near {
		p.Neighbours = append(p.Neighbours, n.System())
	}
	if destination {
		return
	}
	use := func(kind, format string, args ...any) {
		p.Uses = append(p.Uses, mirror.PortUse{Kind: kind, Detail: fmt.Sprintf(format, args...)})
	}
	if n := t.macs[p.Name]; n > 0 {
		use(useLearned, "%s", Learned(n))
	}
	for _, n := range near {
		use(useNeighbour, "%s neighbour %s", n.Protocol, text.Quote(n.Device))
	}
	if words := t.received[p.Name]; words != "" {
		use(useReceiving, "%s", words)
	}
}

// Learned says how many addresses a port has learned.
func Learned(n int) string {
	if n == 1 {
		return "1 learned MAC address"
	}
	return fmt.Sprintf("%d learned MAC addresses", n)
}

// takenFor are the ports of an earlier read, of which some have become destinations of
// copies: why those were no idle ports is older than the copies, as in Tell.
func takenFor(ports []mirror.Port, natives []mirror.NativeSession) []mirror.Port {
	out := slices.Clone(ports)
	for _, n := range natives {
		for _, name := range n.Spec.Destinations {
			i := slices.IndexFunc(out, func(p mirror.Port) bool { return p.Name == name })
			if i >= 0 {
				out[i].Uses = slices.DeleteFunc(slices.Clone(out[i].Uses), func(u mirror.PortUse) bool {
					return u.Kind == useLearned || u.Kind == useNeighbour || u.Kind == useReceiving
				})
			}
		}
	}
	return out
}
