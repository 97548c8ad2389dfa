package plan_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// anchored is a device whose sessions stand on tunnel interfaces or on an origin of the
// whole device, and on access lists at their source ports; beside it what it would be
// without netmirror.
type anchored struct {
	t      *rapid.T
	caps   mirror.Capabilities
	device anchors
	theirs anchors
	ledger map[string]mirror.Native
	wanted map[string]mirror.Fragment
	refuse string // what of changes is held back, such as "session delete"
	guest  string // list, tunnel or origin of ours on which another hand stands
}

type anchors struct {
	natives map[string]mirror.NativeSpec
	origin  string
	tunnels map[string]mirror.Tunnel
	lists   map[string]mirror.Footing
	at      map[mirror.PortName]string
}

func (a anchors) clone() anchors {
	return anchors{maps.Clone(a.natives), a.origin, maps.Clone(a.tunnels), maps.Clone(a.lists), maps.Clone(a.at)}
}

func (a anchors) String() string {
	return fmt.Sprint(a.natives, a.origin, a.tunnels, a.lists, a.at)
}

var anchorPorts = []mirror.PortName{"p1", "p2", "p3"}

func (a *anchored) info() plan.DeviceInfo {
	info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me, Capabilities: a.caps,
		Ports: func(s string) ([]mirror.PortName, error) { return []mirror.PortName{mirror.PortName(s)}, nil }}
	o := &info.Observation
	o.At = time.Unix(1, 0)
	for _, id := range slices.Sorted(maps.Keys(a.device.natives)) {
		n := mirror.NativeSession{ID: id, Mark: id, Spec: a.device.natives[id]}
		if e := n.Spec.Options.ERSPAN; e != nil {
			tunnel := *e
			if a.caps.DeviceOrigin {
				tunnel.Origin = a.device.origin
			} else {
				way := a.device.tunnels[n.Spec.Options.Tunnel]
				n.Spec.Options.Collector = way.To
				tunnel.Origin, tunnel.TTL = way.From, way.TTL
			}
			n.Spec.Options.ERSPAN = &tunnel
		}
		o.Natives = append(o.Natives, n)
	}
	if a.device.origin != "" {
		o.Footings = append(o.Footings, mirror.Footing{Kind: mirror.FootingOrigin, Name: a.device.origin})
	}
	for _, name := range slices.Sorted(maps.Keys(a.device.tunnels)) {
		way := a.device.tunnels[name]
		o.Footings = append(o.Footings, mirror.Footing{Kind: mirror.FootingTunnel, Name: name, Tunnel: &way})
	}
	for _, name := range slices.Sorted(maps.Keys(a.device.lists)) {
		if name == "SECURITY" {
			continue // a driver tells its own lists alone
		}
		f := a.device.lists[name]
		for _, p := range anchorPorts {
			if a.device.at[p] == name {
				f.Ports = append(f.Ports, p)
			}
		}
		o.Footings = append(o.Footings, f)
	}
	for _, p := range append([]mirror.PortName{"d1", "d2"}, anchorPorts...) {
		port := mirror.Port{Name: p}
		if l := a.device.at[p]; l != "" {
			port.Lists = []string{l}
		}
		o.Ports = append(o.Ports, port)
	}
	for _, mark := range slices.Sorted(maps.Keys(a.ledger)) {
		info.Ledger = append(info.Ledger, a.ledger[mark])
	}
	return info
}

func (a *anchored) desired() []plan.Desired {
	return plan.Compose(me, "sw", slices.Collect(maps.Values(a.wanted)))
}

// due is what a worker would push now.
func (a *anchored) due() []mirror.Change {
	info := a.info()
	allowed := slices.DeleteFunc(plan.Diff(a.desired(), info), func(c mirror.Change) bool {
		return plan.Unfooted(c, info) != nil || a.refuse == kindOf(c)+" "+c.Verb()
	})
	return plan.Stage(plan.Grounded(allowed, a.desired(), info), a.caps.Atomic)
}

func (a *anchored) converge() {
	for round := 0; ; round++ {
		due := a.due()
		if len(due) == 0 {
			a.sweep()
			return
		}
		if round == 10 {
			a.t.Fatalf("no end: %+v on %s", due, a.device)
		}
		a.commit(due)
		a.sweep()
	}
}

// commit pushes changes: in one go, or one after the other, of which each must leave
// the device sound and none may rest on what the one before it changed.
func (a *anchored) commit(due []mirror.Change) {
	for _, c := range due {
		if c.After != nil {
			if c.Was != "" && c.Was != c.Mark {
				delete(a.ledger, c.Was)
			}
			line := mirror.Native{Device: "sw", Mark: c.Mark, ID: c.After.ID, Spec: c.After.Spec}
			if f := c.After.Spec.Footing; f != nil && c.Before != nil {
				line.Spec = f.Plus(*c.Before.Spec.Footing).Spec()
			}
			a.ledger[c.Mark] = line
		}
	}
	if a.caps.Atomic {
		for _, c := range plan.Together(due) {
			a.push(c)
		}
		a.sound()
		a.took(due)
		return
	}
	was := a.device.clone()
	for _, c := range due {
		stale := false // as the driver looks before it sends
		if before := c.Before; before != nil && before.Spec.Footing != nil {
			for _, p := range before.Spec.Footing.Ports {
				stale = stale || a.device.at[p] != was.at[p]
			}
		}
		if !stale {
			a.push(c)
			a.sound()
		}
		if c.After != nil && c.After.Spec.Footing == nil {
			a.leadsThere(c.After.Spec)
		}
	}
}

// took: what one commit brought is there behind it.
func (a *anchored) took(due []mirror.Change) {
	for _, c := range due {
		if c.After == nil {
			continue
		}
		f := c.After.Spec.Footing
		switch {
		case f == nil:
			a.leadsThere(c.After.Spec)
		case f.Kind == mirror.FootingOrigin && a.device.origin != f.Name:
			a.t.Fatalf("origin %s was set, and is %q", f.Name, a.device.origin)
		case f.Kind == mirror.FootingFilter:
			for _, p := range f.Ports {
				if a.device.at[p] != f.Name {
					a.t.Fatalf("list %s was put at port %s, where %q is", f.Name, p, a.device.at[p])
				}
			}
		}
	}
}

// leadsThere: a session that was just made leaves by a tunnel to its collector.
func (a *anchored) leadsThere(n mirror.NativeSpec) {
	if way := a.device.tunnels[n.Options.Tunnel]; n.Options.Tunnel != "" && way.To != n.Options.Collector {
		a.t.Fatalf("copies for %s leave by %s to %s", n.Options.Collector, n.Options.Tunnel, way.To)
	}
}

func (a *anchored) push(c mirror.Change) {
	f := cmp.Or(c.After, c.Before).Spec.Footing
	if f == nil {
		if c.Before != nil {
			delete(a.device.natives, c.Before.ID)
		}
		if c.After != nil {
			a.device.natives[c.After.ID] = c.After.Spec
		}
		return
	}
	var before, after mirror.Footing
	if c.Before != nil {
		before = *c.Before.Spec.Footing
	}
	if c.After != nil {
		after = *c.After.Spec.Footing
	}
	switch f.Kind {
	case mirror.FootingOrigin:
		if a.theirs.origin != "" || a.guest == a.device.origin && a.guest != "" {
			a.t.Fatalf("%s of an origin that another stands on: %s", c.Verb(), a.device)
		}
		if a.device.origin = after.Name; after.Made == before.Made {
			a.t.Fatalf("nothing to do: %+v", c)
		}
	case mirror.FootingTunnel:
		if _, theirs := a.theirs.tunnels[f.Name]; theirs || c.After == nil && a.guest == f.Name {
			a.t.Fatalf("%s of tunnel %s, which another stands on", c.Verb(), f.Name)
		}
		if delete(a.device.tunnels, f.Name); after.Made {
			a.device.tunnels[f.Name] = *after.Tunnel
		}
	case mirror.FootingFilter:
		a.pushList(f.Name, before, after)
	}
}

func (a *anchored) pushList(name string, before, after mirror.Footing) {
	if after.Made {
		a.device.lists[name] = mirror.Footing{Kind: mirror.FootingFilter, Name: name, Rules: after.Rules, Session: after.Session}
	}
	for _, p := range after.Ports {
		if !slices.Contains(before.Ports, p) {
			a.device.at[p] = name
		}
	}
	for _, p := range before.Ports {
		if !slices.Contains(after.Ports, p) { // whatever its name says, it takes away what is there
			delete(a.device.at, p)
		}
	}
	if before.Made && !after.Made {
		delete(a.device.lists, name)
	}
}

// sound: no port has a list that is not there, lists and tunnels of others are where
// they were, and no session of others is without what it had.
func (a *anchored) sound() {
	for p, l := range a.device.at {
		if _, there := a.device.lists[l]; !there {
			a.t.Fatalf("port %s has list %s, which is gone: %s", p, l, a.device)
		}
	}
	for p, l := range a.theirs.at {
		if a.device.at[p] != l {
			a.t.Fatalf("list %s of another is gone from port %s: %s", l, p, a.device)
		}
	}
	for name, way := range a.theirs.tunnels {
		if a.device.tunnels[name] != way {
			a.t.Fatalf("tunnel %s of another: %s", name, a.device)
		}
	}
	for id := range a.theirs.natives {
		if n, there := a.device.natives[id]; !there || n.Options.ERSPAN != nil && a.caps.DeviceOrigin && a.device.origin != a.theirs.origin {
			a.t.Fatalf("session %s of another: %s", id, a.device)
		}
	}
	for id, n := range a.device.natives {
		if _, there := a.device.lists[n.Options.Filter]; n.Options.Filter != "" && !there {
			a.t.Fatalf("session %s has list %s, which is not there", id, n.Options.Filter)
		}
		if _, there := a.device.tunnels[n.Options.Tunnel]; n.Options.Tunnel != "" && !there {
			a.t.Fatalf("session %s leaves by tunnel %s, which is not there", id, n.Options.Tunnel)
		}
	}
}

// leave ends what another hand had on what is ours.
func (a *anchored) leave() {
	delete(a.device.natives, "guest")
	for _, p := range anchorPorts {
		if a.guest != "" && a.theirs.at[p] == a.guest {
			delete(a.theirs.at, p)
			delete(a.device.at, p)
		}
	}
	a.guest = ""
}

// sweep is the worker's: the ledger keeps what is there or wanted.
func (a *anchored) sweep() {
	info, wanted := a.info(), map[string]bool{}
	for _, d := range a.desired() {
		wanted[d.Mark] = true
	}
	there := plan.Own(info, wanted)
	for mark, line := range a.ledger {
		if line.Spec.Footing != nil {
			line.Spec = plan.Kept(line, info.Observation).Spec()
			a.ledger[mark] = line
		}
		if _, ok := there[mark]; !ok && !wanted[mark] {
			delete(a.ledger, mark)
		}
	}
}

var anchorEntry = func(port int) mirror.FilterRule {
	return mirror.FilterRule{Action: "permit", Protocol: "tcp", Source: "10.0.0.0/8", DestinationPort: fmt.Sprint(port)}
}

// ask has a user ask for a session: it comes when nothing is in its way.
func (a *anchored) ask(s mirror.Session, filter *mirror.Filter) []mirror.Reason {
	info := a.info()
	ex, reasons := plan.Expand(s.WithDefaults(), plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info}, Filter: filter})
	var others []mirror.Fragment
	for name, f := range a.wanted {
		if name != s.Name {
			others = append(others, f)
		}
	}
	for _, f := range ex.Fragments {
		reasons = append(reasons, plan.Check(f, ex, others, info)...)
	}
	if len(reasons) == 0 {
		was, had := a.wanted[s.Name]
		a.wanted[s.Name] = ex.Fragments[0]
		for p, name := range a.theirs.at {
			if !a.puts(name, p) {
				continue // else by its name it would be ours there
			}
			if delete(a.wanted, s.Name); had {
				a.wanted[s.Name] = was
			}
		}
	}
	return reasons
}

// puts reports whether a session wants a list at a port.
func (a *anchored) puts(list string, p mirror.PortName) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(a.wanted)), func(f mirror.Fragment) bool {
		return f.Spec.Options.Filter == list && slices.ContainsFunc(f.Spec.Sources, func(s mirror.NativeSource) bool { return s.Port == p })
	})
}

func anchorCaps(tunnels, atomic bool) mirror.Capabilities {
	caps := switchInfo().Capabilities
	caps.Naming, caps.Marks, caps.Atomic, caps.Limits = mirror.Named, false, atomic, nil
	caps.Roles = map[mirror.Role]mirror.Support{mirror.RoleLocal: yes, mirror.RoleERSPANSource: yes}
	caps.ERSPANHeader, caps.TTL, caps.Filter, caps.FilterAt = yes, yes, yes, mirror.FilterAtSources
	caps.TunnelDefaults.TTL = 255
	if caps.DeviceOrigin = !tunnels; tunnels {
		caps.Tunnels = &mirror.Tunnels{Prefix: "tunnel-ip", From: 1, To: 1000}
	}
	return caps
}

// TestWhatSessionsStandOnIsOursOrStays: sessions with tunnels, origins and lists at
// ports come, change and go; other hands put theirs in the way. Where all has settled
// each session that was accepted is held, unless another hand came between; nothing of
// another is ever touched, and when the last session is gone the device is what it
// would be without netmirror.
func TestWhatSessionsStandOnIsOursOrStays(t *testing.T) {
	names, ports := rapid.SampledFrom([]string{"a", "b", "c"}), rapid.SampledFrom(anchorPorts)
	addresses := rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2"})
	rapid.Check(t, func(rt *rapid.T) {
		a := &anchored{t: rt, caps: anchorCaps(rapid.Bool().Draw(rt, "tunnels"), rapid.Bool().Draw(rt, "atomic")),
			ledger: map[string]mirror.Native{}, wanted: map[string]mirror.Fragment{}}
		a.device = anchors{natives: map[string]mirror.NativeSpec{}, tunnels: map[string]mirror.Tunnel{}, lists: map[string]mirror.Footing{"SECURITY": {}}, at: map[mirror.PortName]string{}}
		if rapid.Bool().Draw(rt, "a port has a list") {
			a.device.at["p3"] = "SECURITY"
		}
		if a.caps.DeviceOrigin && rapid.Bool().Draw(rt, "there is an origin") {
			a.device.origin = "192.0.2.1"
		}
		if rapid.Bool().Draw(rt, "there is a session of another") {
			foreign := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: 1}, Collector: "203.0.113.9"}}
			if a.caps.Tunnels != nil {
				foreign.Options.Tunnel = "tunnel-ip2000"
				a.device.tunnels["tunnel-ip2000"] = mirror.Tunnel{From: "192.0.2.1", To: "203.0.113.9"}
			}
			a.device.natives["theirs"] = foreign
		}
		a.theirs = a.device.clone()
		hands := false // another hand came in between
		rt.Repeat(map[string]func(*rapid.T){
			"a session comes or changes": func(rt *rapid.T) {
				s := mirror.Session{Name: names.Draw(rt, "session"), Enabled: true, Destinations: []mirror.Destination{{Device: "sw", Interface: rapid.SampledFrom([]string{"d1", "d2"}).Draw(rt, "to")}}}
				for _, p := range rapid.SliceOfNDistinct(ports, 1, 2, rapid.ID).Draw(rt, "ports") {
					s.Sources = append(s.Sources, mirror.Source{Device: "sw", Interface: string(p), Direction: mirror.RX})
				}
				if rapid.Bool().Draw(rt, "by a tunnel") {
					s.Kind = mirror.KindERSPAN
					s.Destinations = []mirror.Destination{{IP: rapid.SampledFrom([]string{"198.51.100.1", "198.51.100.2"}).Draw(rt, "collector")}}
					s.ERSPAN = &mirror.ERSPAN{ID: rapid.SampledFrom([]int{1, 2}).Draw(rt, "id"), Origin: addresses.Draw(rt, "origin"), TTL: rapid.SampledFrom([]int{0, 9, 255}).Draw(rt, "TTL")}
				}
				var filter *mirror.Filter
				if port := rapid.SampledFrom([]int{0, 0, 443, 80}).Draw(rt, "filter"); port != 0 {
					s.Filter, filter = "web", &mirror.Filter{Name: "web", Rules: []mirror.FilterRule{anchorEntry(port)}}
				}
				a.ask(s, filter)
			},
			"a session goes": func(rt *rapid.T) { delete(a.wanted, names.Draw(rt, "session")) },
			"another's list comes to a port": func(rt *rapid.T) {
				p := ports.Draw(rt, "port")
				a.device.at[p], a.theirs.at[p], hands = "SECURITY", "SECURITY", true
			},
			"another's list leaves a port": func(rt *rapid.T) {
				p := ports.Draw(rt, "port")
				if a.theirs.at[p] != "" {
					delete(a.device.at, p)
					delete(a.theirs.at, p)
				}
			},
			"a list is taken from a port": func(rt *rapid.T) {
				if p := ports.Draw(rt, "port"); a.theirs.at[p] == "" {
					delete(a.device.at, p)
				}
			},
			"a list is edited": func(rt *rapid.T) {
				for name, f := range a.device.lists {
					f.Rules = nil
					a.device.lists[name] = f
				}
			},
			"a tunnel is turned": func(rt *rapid.T) {
				for name, way := range a.device.tunnels {
					if _, theirs := a.theirs.tunnels[name]; !theirs {
						way.To = "203.0.113.77"
						a.device.tunnels[name] = way
					}
				}
			},
			"an origin is set by another": func(rt *rapid.T) {
				if to := addresses.Draw(rt, "to"); a.caps.DeviceOrigin && to != a.device.origin {
					a.device.origin, a.theirs.origin, hands = to, to, true
					line := a.ledger[mirror.Mark(me, "sw", mirror.Footing{Kind: mirror.FootingOrigin, Name: to}.Spec())]
					if line.Spec.Footing != nil && line.Spec.Footing.Made {
						a.theirs.origin = "" // ours again, for all that anybody can tell
					}
				}
			},
			"another makes a tunnel of the name of ours": func(rt *rapid.T) {
				for _, f := range a.wanted {
					if _, there := a.device.tunnels[f.Spec.Options.Tunnel]; f.Spec.Options.Tunnel != "" && !there {
						way := mirror.Tunnel{From: "192.0.2.1", To: "203.0.113.78"}
						a.device.tunnels[f.Spec.Options.Tunnel], a.theirs.tunnels[f.Spec.Options.Tunnel], hands = way, way, true
						a.sweep()
					}
				}
			},
			"another stands on what is ours": func(rt *rapid.T) {
				if a.guest != "" {
					return
				}
				spec := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: 9}, Collector: "203.0.113.9"}}
				p := ports.Draw(rt, "port")
				for name := range a.device.tunnels {
					if _, theirs := a.theirs.tunnels[name]; !theirs {
						a.guest, spec.Options.Tunnel = name, name
					}
				}
				for name := range a.device.lists {
					ours := a.ledger[mirror.Mark(me, "sw", mirror.Footing{Kind: mirror.FootingFilter, Name: name}.Spec())].Spec.Footing
					if a.guest == "" && ours != nil && !slices.Contains(ours.Ports, p) && !a.puts(name, p) && a.device.at[p] == "" {
						a.guest, a.device.at[p], a.theirs.at[p] = name, name, name
						hands = true
						return
					}
				}
				if a.caps.DeviceOrigin && a.theirs.origin == "" {
					a.guest = a.device.origin
				}
				if a.guest != "" {
					a.device.natives["guest"], hands = spec, true
				}
			},
			"the guest leaves": func(*rapid.T) { a.leave() },
			"some is refused from now on": func(rt *rapid.T) {
				a.refuse = rapid.SampledFrom([]string{"list create", "list change", "list delete", "session create", "session delete", ""}).Draw(rt, "refused")
			},
			"one push, and the controller is killed": func(*rapid.T) {
				if due := a.due(); len(due) > 0 {
					a.commit(due)
				}
			},
			"": func(rt *rapid.T) {
				if rapid.Bool().Draw(rt, "more comes first") {
					return
				}
				a.converge()
				info := a.info()
				rest := plan.Diff(a.desired(), info)
				for _, c := range rest {
					if !hands && a.refuse == "" {
						rt.Fatalf("not held: %s %+v\n%+v on %s", c.Verb(), c.Before, c.After, a.device)
					}
				}
			},
		})
		clear(a.wanted)
		a.refuse = ""
		a.converge()
		a.leave()
		a.converge()
		if a.device.String() != a.theirs.String() || len(a.ledger) != 0 {
			rt.Fatalf("left over: %s\nwithout netmirror: %s\nledger %v", a.device, a.theirs, a.ledger)
		}
	})
}
