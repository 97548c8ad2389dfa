package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Network is what is known of the devices that copies may pass on their way, when a way
// is looked for.
type Network struct {
	Devices map[string]DeviceInfo
	Names   map[string]string // of Names: who a neighbour is
	// Unable are devices that no copies should be sent over now, and why.
	Unable map[string]string
	// Share tells which share of a trunk's capacity the copies would leave used, by what was
	// measured; ok is false where that is not known. Nil: of no trunk.
	Share func(device string, trunk mirror.PortName) (share float64, ok bool)
	// Taken are remote VLANs that sessions name, and one session of each.
	Taken map[int]string
}

// A WireEnd is a port, or a port-channel, of a managed device.
type WireEnd struct {
	Device string
	Port   mirror.PortName
}

// String is the port as people write it.
func (e WireEnd) String() string { return e.Device + " " + string(e.Port) }

func compareEnds(a, b WireEnd) int {
	return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Port, b.Port))
}

// A Wire joins two managed devices. A is that of the lower name.
type Wire struct {
	A, B WireEnd
	// Declared says that somebody wrote down which ports these are; otherwise the devices
	// hear each other, each on one port alone.
	Declared bool
}

// at is the end at a device, and the other one.
func (w Wire) at(device string) (near, far WireEnd) {
	if w.B.Device == device {
		return w.B, w.A
	}
	return w.A, w.B
}

// A Doubt is why what lies between two devices is no way for copies.
type Doubt struct {
	Devices [2]string
	Text    string
}

// Wires lists what joins managed devices, sorted, by what people declare and by what the
// devices hear. A device tells who is heard on a port and not on which port of theirs: that
// is known where it is declared, and where two devices hear each other on one port each. What
// a device hears goes before what is declared of the same port, since what people write
// down may be old. Doubts are of devices that are joined nobody knows how.
func (n Network) Wires() (wires []Wire, doubts []Doubt) {
	towards, declared := n.ends()
	joined := map[WireEnd]bool{}
	for _, w := range declared {
		joined[w.A], joined[w.B] = true, true
	}
	wires = declared
	for _, between := range slices.SortedFunc(maps.Keys(towards), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		var near, far []WireEnd
		for _, e := range towards[between] {
			switch {
			case joined[e]:
			case e.Device == between[0]:
				near = append(near, e)
			default:
				far = append(far, e)
			}
		}
		switch {
		case len(near) == 1 && len(far) == 1:
			wires = append(wires, wire(near[0], far[0]))
		case len(near)+len(far) > 0:
			doubts = append(doubts, Doubt{between, unpaired(between, near, far)})
		}
	}
	slices.SortFunc(wires, compareWires)
	return wires, doubts
}

// ends are the ports of each two devices that lead to the other of them, and the wires of
// which both ends are declared.
func (n Network) ends() (towards map[[2]string][]WireEnd, declared []Wire) {
	towards = map[[2]string][]WireEnd{}
	lead := func(here WireEnd, to string) {
		between := pair(here.Device, to)
		if _, managed := n.Devices[to]; managed && !slices.Contains(towards[between], here) {
			towards[between] = append(towards[between], here)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(n.Devices)) {
		info := n.Devices[name]
		cables := map[mirror.PortName][]mirror.Link{}
		if info.Ports != nil {
			cables = Cables(info.Device, info.Ports)
		}
		for _, p := range info.Observation.Ports {
			if info.channel(p.Name) != p.Name {
				continue // it is looked at as a whole
			}
			here := WireEnd{name, p.Name}
			peers := n.hears(here)
			for _, peer := range peers {
				lead(here, peer)
			}
			for _, l := range info.cabled(cables, p.Name) {
				far, told := n.peer(l)
				w := wire(here, far)
				w.Declared = true
				switch {
				case l.Device == name, len(peers) > 0 && !slices.Contains(peers, l.Device):
				case !told:
					lead(here, l.Device)
				case !slices.Contains(declared, w) && n.hearsNoOther(far, name):
					declared = append(declared, w)
				}
			}
		}
	}
	return towards, declared
}

// Beside names the devices that a device hears, or to which it is declared to be cabled,
// sorted; some may be none that is managed.
func (n Network) Beside(info DeviceInfo) []string {
	var out []string
	for _, p := range info.Observation.Ports {
		out = append(out, Around{Names: n.Names}.Leads(info, p.Name)...)
	}
	for _, l := range info.Device.Links {
		out = append(out, l.Device)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// hears lists the managed devices that are heard at a port.
func (n Network) hears(at WireEnd) []string {
	return Around{Names: n.Names}.Leads(n.Devices[at.Device], at.Port)
}

func (n Network) hearsNoOther(at WireEnd, than string) bool {
	peers := n.hears(at)
	return len(peers) == 0 || slices.Contains(peers, than)
}

func unpaired(between [2]string, near, far []WireEnd) string {
	var ports []string
	for _, e := range slices.Concat(near, far) {
		ports = append(ports, e.String())
	}
	slices.Sort(ports)
	text := fmt.Sprintf("which ports join %s and %s is not known (%s)", between[0], between[1], strings.Join(ports, ", "))
	if len(near) == 0 || len(far) == 0 {
		return text + ": one of them alone tells of the other; declare the link at a device, with peerInterface"
	}
	return text + ": there are several; declare each at a device, with peerInterface"
}

// peer is the other end of a declared link, where it is a port of a managed device.
func (n Network) peer(l mirror.Link) (WireEnd, bool) {
	info, managed := n.Devices[l.Device]
	if !managed || l.PeerInterface == "" || info.Ports == nil {
		return WireEnd{}, false
	}
	ports, err := info.Ports(l.PeerInterface)
	if err != nil || len(ports) != 1 {
		return WireEnd{}, false
	}
	if _, there := info.Observation.Port(ports[0]); !there {
		return WireEnd{}, false
	}
	return WireEnd{l.Device, info.channel(ports[0])}, true
}

// channel is the port-channel that a port is a member of, or the port itself.
func (d DeviceInfo) channel(port mirror.PortName) mirror.PortName {
	for _, p := range d.Observation.Ports {
		if p.Name != port && slices.Contains(p.Members, port) {
			return p.Name
		}
	}
	return port
}

func wire(a, b WireEnd) Wire {
	if compareEnds(a, b) > 0 {
		a, b = b, a
	}
	return Wire{A: a, B: b}
}

func compareWires(a, b Wire) int {
	return cmp.Or(compareEnds(a.A, b.A), compareEnds(a.B, b.B))
}

func pair(a, b string) [2]string {
	if a > b {
		a, b = b, a
	}
	return [2]string{a, b}
}
