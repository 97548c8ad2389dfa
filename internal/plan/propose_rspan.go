package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A search is one for a path of a remote VLAN. What was refused is banned, and it is
// searched again.
type search struct {
	*proposer
	ends   []string // devices with destinations alone, and those with sources
	banned struct {
		wires   map[Wire]bool
		devices map[string]bool
		vlans   map[int]bool
	}
	refused []mirror.Reason // by what was tried
	busy    map[int]bool    // VLANs that are somewhere, see occupied
}

// rspan looks for the tree of trunks that joins the sources with the destinations: from
// each the way with the fewest links, of those the one whose fullest link is the least
// full. A tree, because copies are flooded over every trunk that carries their VLAN, and
// would go round in a ring.
func (p *proposer) rspan() (Way, []mirror.Reason) {
	x := search{proposer: p}
	x.banned.wires, x.banned.devices, x.banned.vlans = map[Wire]bool{}, map[string]bool{}, map[int]bool{}
	for _, l := range p.landings() {
		if l.device != "" && !slices.Contains(x.ends, l.device) && !slices.Contains(p.from(), l.device) {
			x.ends = append(x.ends, l.device)
		}
	}
	if len(x.ends) == 0 {
		return Way{}, x.impossible()
	}
	x.ends = append(x.ends, p.from()...)
	for range maxTries {
		tree, why := x.tree()
		if len(why) > 0 {
			return Way{}, append(x.refused, why...)
		}
		vlan, made, why := x.vlan(tree)
		if len(why) > 0 {
			return Way{}, append(x.refused, why...)
		}
		s := x.session(tree, vlan)
		refused, warned := p.try(s)
		if len(refused) == 0 {
			return Way{Session: s, Hops: tree.hops(), Warned: warned, Message: x.message(tree, vlan, made)}, nil
		}
		x.refused = append(x.refused, ofThePath(refused)...)
		if !x.ban(tree, s, refused) {
			break
		}
	}
	return Way{}, x.refused
}

// impossible is why there is no remote VLAN where nothing lies between sources and
// destination, or no port is at the end.
func (x *search) impossible() []mirror.Reason {
	s := x.plain(mirror.KindRSPAN)
	s.RSPAN = &mirror.RSPAN{VLAN: usualTop}
	refused, _ := x.try(s)
	if len(refused) == 0 { // a VLAN by hand that comes back to its own device
		refused = []mirror.Reason{reason("/kind", "kind-impossible", "sources and destination are on one device, so that no remote VLAN is needed")}
	}
	return refused
}

// ofThePath has reasons against a path that nobody wrote point to where one would stand.
func ofThePath(refused []mirror.Reason) []mirror.Reason {
	out := slices.Clone(refused)
	for i := range out {
		if strings.HasPrefix(out[i].Pointer, "/rspan/transit/") {
			out[i].Pointer = "/rspan/transit"
		}
	}
	return out
}

// session is the one that is asked for, over a tree. Where destinations are reached in
// several ways, each says itself which.
func (x *search) session(t *tree, vlan int) mirror.Session {
	kind := mirror.KindRSPAN
	if len(x.Session.Destinations) > 1 {
		kind = mirror.KindAuto
	}
	s := x.plain(kind)
	s.RSPAN = &mirror.RSPAN{VLAN: vlan}
	for _, h := range t.hops() {
		tr := mirror.Transit{Device: h.Device}
		for _, trunk := range h.Trunks { // two devices may be behind one
			if !slices.Contains(tr.Trunks, string(trunk.Port)) {
				tr.Trunks = append(tr.Trunks, string(trunk.Port))
			}
		}
		s.RSPAN.Transit = append(s.RSPAN.Transit, tr)
	}
	return s
}

// ban takes away what a session was refused for, and reports whether another one may do.
// That is so where every reason is about the path, or about the VLAN.
func (x *search) ban(t *tree, s mirror.Session, refused []mirror.Reason) bool {
	more := true
	for _, r := range refused {
		more = x.banOne(t, s, r) && more
	}
	return more
}

func (x *search) banOne(t *tree, s mirror.Session, r mirror.Reason) bool {
	parts := strings.Split(strings.TrimPrefix(r.Pointer, "/"), "/")
	switch {
	case r.Pointer == "/rspan/vlan":
		x.banned.vlans[s.RSPAN.VLAN] = true
		return x.Session.RSPAN == nil || x.Session.RSPAN.VLAN == 0
	case len(parts) < 3 || parts[0] != "rspan" || parts[1] != "transit":
		return false
	}
	i, err := strconv.Atoi(parts[2])
	if err != nil || i >= len(s.RSPAN.Transit) {
		return false
	}
	at := s.RSPAN.Transit[i]
	if len(parts) < 5 {
		x.banned.devices[at.Device] = true
		return !slices.Contains(x.ends, at.Device)
	}
	k, err := strconv.Atoi(parts[4])
	if err != nil || k >= len(at.Trunks) {
		return false
	}
	some := false
	for _, w := range t.wires() {
		for _, e := range []WireEnd{w.A, w.B} {
			if e.Device == at.Device && string(e.Port) == at.Trunks[k] {
				x.banned.wires[w], some = true, true
			}
		}
	}
	return some
}

func (x *search) message(t *tree, vlan int, made string) string {
	links := len(t.wires())
	text := fmt.Sprintf("%s over %d %s, the fewest there are", t.words(), links, map[bool]string{true: "link", false: "links"}[links == 1])
	if len(x.refused) > 0 {
		text = strings.TrimSuffix(text, ", the fewest there are") + ", the fewest of those that would be accepted"
	}
	switch full, at, known := t.fullest(x.Network); {
	case known:
		text += fmt.Sprintf("; the fullest, %s, would be %.0f %% full", at, full*100)
	default:
		text += "; how full they are is not known"
	}
	return text + fmt.Sprintf("; remote VLAN %d %s", vlan, made)
}

// usable are the wires that may be part of a path, and why others are not.
func (x *search) usable() (out []Wire, why []Doubt) {
	for _, w := range x.wires {
		if x.banned.wires[w] {
			continue // its reason is told already
		}
		no := ""
		for _, e := range []WireEnd{w.A, w.B} {
			no = cmp.Or(no, x.unusable(e))
		}
		if no != "" {
			why = append(why, Doubt{[2]string{w.A.Device, w.B.Device}, no})
			continue
		}
		out = append(out, w)
	}
	return out, why
}

// unusable is why a port carries no remote VLAN, "" = it may.
func (x *search) unusable(e WireEnd) string {
	info := x.Network.Devices[e.Device]
	p, _ := info.Observation.Port(e.Port)
	switch {
	case p.Trunk == nil:
		return fmt.Sprintf("port %s of device %s is no trunk", e.Port, e.Device)
	case p.Up == mirror.False:
		return fmt.Sprintf("trunk %s of device %s is down", e.Port, e.Device)
	case slices.Contains(x.sourcePorts(e.Device), e.Port):
		return fmt.Sprintf("trunk %s of device %s is a source of the session, which would copy its own copies", e.Port, e.Device)
	case slices.Contains(x.ends, e.Device):
		return ""
	case x.banned.devices[e.Device]:
		return fmt.Sprintf("device %s was refused", e.Device)
	case x.Network.Unable[e.Device] != "":
		return fmt.Sprintf("device %s %s", e.Device, x.Network.Unable[e.Device])
	case !info.Capabilities.Roles[mirror.RoleRSPANTransit].OK():
		text := fmt.Sprintf("device %s, platform %s, takes no copies on in a remote VLAN", e.Device, info.Device.Platform)
		if r := info.Capabilities.Roles[mirror.RoleRSPANTransit].Remark; r != "" {
			text += " (" + r + ")"
		}
		return text
	}
	return ""
}

// sourcePorts are the ports of a device that the session copies.
func (x *search) sourcePorts(device string) (out []mirror.PortName) {
	info := x.Site.Devices[device]
	for _, s := range x.Session.Sources {
		if s.Device != device || s.Interface == "" || info.Ports == nil {
			continue
		}
		ports, err := info.Ports(s.Interface)
		if err == nil { // what is no port is told by the try
			out = append(out, ports...)
		}
	}
	return out
}
