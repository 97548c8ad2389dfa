package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// campus is a network of switches that can do everything, each with ports p1, d1, ... A
// link is written "acc1:t1=core:t1": trunks that carry VLAN 1, at which both hear each other.
type campus map[string]*plan.DeviceInfo

func newCampus(links ...string) campus {
	c := campus{}
	for _, l := range links {
		a, b, _ := strings.Cut(l, "=")
		c.hear(a, b)
		c.hear(b, a)
	}
	return c
}

func (c campus) device(name string) *plan.DeviceInfo {
	if c[name] == nil {
		info := switchInfo(func(i *plan.DeviceInfo) {
			i.Device.Name = name
			for _, r := range []mirror.Role{mirror.RoleRSPANSource, mirror.RoleRSPANDestination, mirror.RoleRSPANTransit, mirror.RoleERSPANSource, mirror.RoleERSPANDestination} {
				i.Capabilities.Roles[r] = yes
			}
			i.Capabilities.ERSPANHeader = yes
			i.Observation.VLANs = []mirror.VLAN{{ID: 1}}
		})
		c[name] = &info
	}
	return c[name]
}

// port finds a port of "device:port", and makes it a trunk where there is none.
func (c campus) port(at string) *mirror.Port {
	device, name, _ := strings.Cut(at, ":")
	info := c.device(device)
	for i := range info.Observation.Ports {
		if string(info.Observation.Ports[i].Name) == name {
			return &info.Observation.Ports[i]
		}
	}
	info.Observation.Ports = append(info.Observation.Ports, mirror.Port{Name: mirror.PortName(name), Up: mirror.True, Trunk: &mirror.Trunk{Allowed: mirror.VLANs(1), Native: 1}})
	return &info.Observation.Ports[len(info.Observation.Ports)-1]
}

func (c campus) hear(at, who string) {
	device, _, _ := strings.Cut(who, ":")
	p := c.port(at)
	p.Neighbours = append(p.Neighbours, system(device))
}

func (c campus) declare(at, peer string) {
	device, port, _ := strings.Cut(at, ":")
	c.port(at)
	to, at2, _ := strings.Cut(peer, ":")
	i := c.device(device)
	i.Device.Links = append(i.Device.Links, mirror.Link{Interface: port, Device: to, PeerInterface: at2})
}

// survey is what a quest, and who tries, know of the campus.
func (c campus) survey(q *plan.Quest, try *campusTry) {
	hosts := map[string]string{}
	q.Network.Devices = map[string]plan.DeviceInfo{}
	q.Site = plan.Site{Devices: map[string]plan.DeviceInfo{}, Tunnels: q.Site.Tunnels, Tools: map[string]mirror.Tool{
		"nta": {Name: "nta", IP: "192.0.2.9"}, "end": {Name: "end", Device: "acc2", Interface: "d1"}}}
	for name, info := range c {
		hosts[name] = name
		q.Network.Devices[name], q.Site.Devices[name] = *info, *info
	}
	q.Network.Names = plan.Names(hosts)
	try.site, try.names = q.Site, q.Network.Names
}

// try plans a session by the planner's own checks, beside fragments of others.
func (q *campusTry) try(s mirror.Session) (refused, warned []mirror.Reason) {
	if faults := s.Validate(); len(faults) > 0 {
		return faults, nil
	}
	ex, refused := plan.Expand(s, q.site)
	for _, f := range ex.Fragments {
		refused = append(refused, plan.Check(f, ex, q.others[f.Device], q.site.Devices[f.Device])...)
	}
	site := q.site
	site.Around = plan.Around{Names: q.names, Devices: q.site.Devices}
	no, maybe := plan.CheckPath(ex, site)
	return slices.Concat(refused, no, plan.CheckTunnels(ex, q.site.Tunnels)), maybe
}

type campusTry struct {
	site   plan.Site
	names  map[string]string
	others map[string][]mirror.Fragment
}

// said is a proposal in short: each way with its path, each other kind with its codes.
func said(p plan.Proposal) []string {
	out := []string{}
	for _, w := range p.Ways {
		text := string(w.Kind)
		if r := w.Session.RSPAN; r != nil {
			text += fmt.Sprintf(" %d", r.VLAN)
			for _, t := range r.Transit {
				text += " " + t.Device + ":" + strings.Join(t.Trunks, ",")
			}
		}
		if e := w.Session.ERSPAN; e != nil {
			text += fmt.Sprintf(" %d from %s%v to %s", e.ID, e.Origin, e.Origins, w.Session.Destinations[0].IP+w.Session.Destinations[0].Tool)
		}
		out = append(out, text)
	}
	for _, u := range p.Unfit {
		out = append(out, "no "+string(u.Kind)+": "+strings.Join(codes(u.Reasons), " "))
	}
	return out
}

func TestAWayIsProposed(t *testing.T) {
	line := []string{"acc1:t1=core:t1", "acc2:t1=core:t2"}
	noTunnelEnd := "no erspan: /destinations/0/ip missing"
	noSPAN := "no span: /kind kind-impossible"
	for name, c := range map[string]struct {
		links  []string
		change func(campus, *plan.Quest, *campusTry)
		to     mirror.Destination // acc2 d1
		want   []string
	}{
		"on one device": {links: line, to: mirror.Destination{Device: "acc1", Interface: "d1"},
			want: []string{"span", "no rspan: /kind kind-impossible", noTunnelEnd}},
		"over the core": {links: line, want: []string{"rspan 3967 acc1:t1 core:t1,t2 acc2:t1", noSPAN, noTunnelEnd}},
		"to a tool there": {links: line, to: mirror.Destination{Tool: "end"},
			want: []string{"rspan 3967 acc1:t1 core:t1,t2 acc2:t1", noSPAN, "no erspan: /destinations/0/tool missing"}},
		"to an address": {links: line, to: mirror.Destination{IP: "192.0.2.9"},
			want: []string{"erspan 1 from [] to 192.0.2.9", "no span: /kind kind-impossible", "no rspan: /kind kind-impossible"}},
		"the shortest": {links: []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc1:t2=acc2:t2"},
			want: []string{"rspan 3967 acc1:t2 acc2:t2", noSPAN, noTunnelEnd}},
		"of two the less full": {links: []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc1:t2=dist:t1", "acc2:t2=dist:t2"},
			change: func(_ campus, q *plan.Quest, _ *campusTry) {
				q.Network.Share = func(device string, _ mirror.PortName) (float64, bool) {
					return map[string]float64{"core": 0.7, "dist": 0.1}[device], true
				}
			}, want: []string{"rspan 3967 acc1:t2 dist:t1,t2 acc2:t2", noSPAN, noTunnelEnd}},
		"one that is known before one that is not": {links: []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc1:t2=dist:t1", "acc2:t2=dist:t2"},
			change: func(_ campus, q *plan.Quest, _ *campusTry) {
				q.Network.Share = func(device string, p mirror.PortName) (float64, bool) {
					return 0.7, device == "dist" || p == "t2"
				}
			}, want: []string{"rspan 3967 acc1:t2 dist:t1,t2 acc2:t2", noSPAN, noTunnelEnd}},
		"round one that takes no copies on": {links: []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc1:t2=dist:t1", "acc2:t2=dist:t2"},
			change: func(c campus, _ *plan.Quest, _ *campusTry) {
				delete(c.device("core").Capabilities.Roles, mirror.RoleRSPANTransit)
			},
			want: []string{"rspan 3967 acc1:t2 dist:t1,t2 acc2:t2", noSPAN, noTunnelEnd}},
		"round one that does not answer": {links: []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc1:t2=dist:t1", "acc2:t2=dist:t2"},
			change: func(_ campus, q *plan.Quest, _ *campusTry) {
				q.Network.Unable = map[string]string{"core": "does not answer"}
			},
			want: []string{"rspan 3967 acc1:t2 dist:t1,t2 acc2:t2", noSPAN, noTunnelEnd}},
		"round a trunk that another session copies": {links: []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc1:t2=dist:t1", "acc2:t2=dist:t2"},
			change: func(_ campus, _ *plan.Quest, try *campusTry) {
				try.others = map[string][]mirror.Fragment{"core": {{Session: "o", Device: "core", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
					Sources: []mirror.NativeSource{{Port: "t2", Direction: mirror.Both}}, Destinations: []mirror.PortName{"d3"}}}}}
			}, want: []string{"rspan 3967 acc1:t2 dist:t1,t2 acc2:t2", noSPAN, noTunnelEnd}},
		"round a port that is no trunk, and one that is down": {links: []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc1:t2=dist:t1", "acc2:t2=dist:t2", "dist:t3=far:t1", "acc2:t3=far:t2"},
			change: func(c campus, _ *plan.Quest, _ *campusTry) {
				c.port("core:t2").Trunk = nil
				c.port("dist:t2").Up = mirror.False
			}, want: []string{"rspan 3967 acc1:t2 dist:t1,t3 far:t1,t2 acc2:t3", noSPAN, noTunnelEnd}},
		"nothing leads there": {links: []string{"acc1:t1=core:t1"}, change: func(c campus, _ *plan.Quest, _ *campusTry) { c.device("acc2") },
			want: []string{noSPAN, "no rspan: /rspan/transit no-path", noTunnelEnd}},
		"a VLAN that sessions, devices, natives and trunks have is none": {links: line, change: func(c campus, q *plan.Quest, _ *campusTry) {
			q.Network.Taken = map[int]string{3967: "other"}
			c.device("aside").Observation.VLANs = []mirror.VLAN{{ID: 3966, Remote: true}}
			c.device("core").Observation.Natives = []mirror.NativeSession{{ID: "1", Spec: mirror.NativeSpec{RemoteVLAN: 3965}}}
			c.port("core:t2").Trunk.Native = 3964
			c.device("acc2").Capabilities.Ranges.RemoteVLAN = mirror.Values{From: 2, To: 3962}
		}, want: []string{"rspan 3962 acc1:t1 core:t1,t2 acc2:t1", noSPAN, noTunnelEnd}},
		"a VLAN of those that may be": {links: line, change: func(_ campus, q *plan.Quest, _ *campusTry) { q.VLANs = mirror.VLANs(900, 901) },
			want: []string{"rspan 901 acc1:t1 core:t1,t2 acc2:t1", noSPAN, noTunnelEnd}},
		"the VLAN that is asked for": {links: line, change: func(_ campus, q *plan.Quest, _ *campusTry) { q.Session.RSPAN = &mirror.RSPAN{VLAN: 77} },
			want: []string{"rspan 77 acc1:t1 core:t1,t2 acc2:t1", noSPAN, noTunnelEnd}},
		"the VLAN that is asked for is in use": {links: line, change: func(c campus, q *plan.Quest, _ *campusTry) {
			q.Session.RSPAN = &mirror.RSPAN{VLAN: 77}
			c.device("core").Observation.VLANs = []mirror.VLAN{{ID: 77}}
		}, want: []string{noSPAN, "no rspan: /rspan/vlan vlan-in-use", noTunnelEnd}},
		"a remote VLAN that is there, where none can be made": {links: line, change: func(c campus, _ *plan.Quest, _ *campusTry) {
			for _, d := range []string{"acc1", "core", "acc2"} {
				c.device(d).Observation.NoVLANs = "VTP client"
				c.device(d).Observation.VLANs = []mirror.VLAN{{ID: 1}, {ID: 500}, {ID: 600, Remote: true}}
			}
		}, want: []string{"rspan 600 acc1:t1 core:t1,t2 acc2:t1", noSPAN, noTunnelEnd}},
		"no VLAN is free": {links: line, change: func(c campus, q *plan.Quest, _ *campusTry) {
			q.VLANs = mirror.VLANs(900)
			c.device("core").Observation.VLANs = []mirror.VLAN{{ID: 900}}
		}, want: []string{noSPAN, "no rspan: /rspan/vlan no-free-vlan", noTunnelEnd}},
		"over a port-channel": {links: []string{"acc1:t1=acc2:t1", "acc1:t2=acc2:t2"}, change: func(c campus, _ *plan.Quest, _ *campusTry) {
			for _, d := range []string{"acc1", "acc2"} {
				c.port(d + ":po1").Members = []mirror.PortName{"t1", "t2"}
			}
		}, want: []string{"rspan 3967 acc1:po1 acc2:po1", noSPAN, noTunnelEnd}},
		"two links, which is which is not known": {links: []string{"acc1:t1=acc2:t1", "acc1:t2=acc2:t2"},
			want: []string{noSPAN, "no rspan: /rspan/transit no-path", noTunnelEnd}},
		"two links that are declared": {links: []string{"acc1:t1=acc2:t1", "acc1:t2=acc2:t2"}, change: func(c campus, _ *plan.Quest, _ *campusTry) {
			c.declare("acc1:t1", "acc2:t2")
			c.declare("acc2:t1", "acc1:t2")
		}, want: []string{"rspan 3967 acc1:t1 acc2:t2", noSPAN, noTunnelEnd}},
		"declared, and another is heard": {links: []string{"acc1:t1=core:t1"}, change: func(c campus, _ *plan.Quest, _ *campusTry) {
			c.declare("acc1:t1", "acc2:t2")
			c.port("acc2:t2")
		}, want: []string{noSPAN, "no rspan: /rspan/transit no-path", noTunnelEnd}},
		"declared alone": {change: func(c campus, _ *plan.Quest, _ *campusTry) {
			c.port("acc2:t2")
			c.declare("acc1:t1", "acc2:t2")
		}, want: []string{"rspan 3967 acc1:t1 acc2:t2", noSPAN, noTunnelEnd}},
		"by a tunnel, where the switch of the port takes it out": {links: line, change: func(c campus, _ *plan.Quest, _ *campusTry) {
			c.port("acc2:t1").Uses = []mirror.PortUse{{Kind: "addressed", Detail: "address 198.51.100.2/24"}}
			c.device("acc2").Observation.Ports = append(c.device("acc2").Observation.Ports,
				mirror.Port{Name: "lo0", Uses: []mirror.PortUse{{Kind: "addressed", Detail: "address 192.0.2.2/32"}}},
				mirror.Port{Name: "ma1", Uses: []mirror.PortUse{{Kind: "addressed", Detail: "address 192.0.2.1/24"}, {Kind: "management"}}})
		}, want: []string{"rspan 3967 acc1:t1 core:t1,t2 acc2:t1", "erspan 1 from [] to 192.0.2.2", noSPAN}},
	} {
		t.Run(name, func(t *testing.T) {
			net := newCampus(c.links...)
			net.device("acc1")
			q, try := plan.Quest{Session: far()}, &campusTry{}
			if c.to != (mirror.Destination{}) {
				q.Session.Destinations = []mirror.Destination{c.to}
			}
			if c.change != nil {
				c.change(net, &q, try)
			}
			net.survey(&q, try)
			p := plan.Propose(q, try.try)
			if diff := cmp.Diff(c.want, said(p)); diff != "" {
				t.Errorf("proposed (-want +got):\n%s\n%+v", diff, p)
			}
		})
	}
}

// TestWhatIsProposedIsAccepted: in any network, a way that is proposed is accepted, the same
// quest has the same answer, no device takes part that cannot, the VLAN is free, and where
// nothing but the network decides, a path is found exactly where there is one, with as few
// links as there are.
func TestWhatIsProposedIsAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"acc1", "acc2", "m1", "m2", "m3", "m4"}
		net := campus{}
		for _, n := range names {
			net.device(n)
		}
		var links [][2]string
		for i := range rapid.IntRange(0, 12).Draw(t, "links") {
			two := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 2, 2, rapid.ID[string]).Draw(t, "ends")
			if slices.ContainsFunc(links, func(l [2]string) bool { return slices.Contains(l[:], two[0]) && slices.Contains(l[:], two[1]) }) {
				continue // two of them are a doubt
			}
			links = append(links, [2]string{two[0], two[1]})
			a, b := fmt.Sprintf("%s:x%d", two[0], i), fmt.Sprintf("%s:y%d", two[1], i)
			if rapid.Bool().Draw(t, "declared") {
				net.declare(a, b)
				net.port(b)
			} else {
				net.hear(a, b)
				net.hear(b, a)
			}
			switch rapid.IntRange(0, 9).Draw(t, "fault") {
			case 0:
				net.port(a).Trunk = nil
			case 1:
				net.port(b).Up = mirror.False
			}
		}
		q, try := plan.Quest{Session: far()}, &campusTry{others: map[string][]mirror.Fragment{}}
		cannot := map[string]bool{}
		q.Network.Unable = map[string]string{}
		shares := map[string]float64{}
		for _, n := range names[2:] {
			switch rapid.IntRange(0, 5).Draw(t, n) {
			case 0:
				delete(net.device(n).Capabilities.Roles, mirror.RoleRSPANTransit)
				cannot[n] = true
			case 1:
				q.Network.Unable[n] = "does not answer"
				cannot[n] = true
			}
			shares[n] = rapid.Float64Range(0, 1).Draw(t, "share")
		}
		q.Network.Share = func(device string, _ mirror.PortName) (float64, bool) { s, ok := shares[device]; return s, ok }
		q.VLANs = mirror.VLANs(900, 901, 902)
		onlyNetwork := true
		if rapid.Bool().Draw(t, "a VLAN is there") {
			n := rapid.SampledFrom(names).Draw(t, "where")
			net.device(n).Observation.VLANs = append(net.device(n).Observation.VLANs, mirror.VLAN{ID: 902, Remote: rapid.Bool().Draw(t, "remote")})
		}
		if rapid.Bool().Draw(t, "a VLAN is taken") {
			q.Network.Taken = map[int]string{901: "other"}
		}
		if rapid.Bool().Draw(t, "another session") {
			n := rapid.SampledFrom(names).Draw(t, "there")
			p := rapid.SampledFrom(net.device(n).Observation.Ports).Draw(t, "source").Name
			try.others[n] = []mirror.Fragment{{Session: "o", Device: n, Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
				Sources: []mirror.NativeSource{{Port: p, Direction: mirror.Both}}, Destinations: []mirror.PortName{"d3"}}}}
			onlyNetwork = false
		}
		net.survey(&q, try)
		p := plan.Propose(q, try.try)
		if diff := cmp.Diff(said(p), said(plan.Propose(q, try.try))); diff != "" {
			t.Fatalf("the same quest has another answer:\n%s", diff)
		}
		dist := reach(net, links, cannot, "acc1")
		found := false
		for _, w := range p.Ways {
			if refused, _ := try.try(w.Session); len(refused) > 0 {
				t.Fatalf("%v is refused: %+v", said(p), refused)
			}
			if w.Kind != mirror.KindRSPAN {
				continue
			}
			found = true
			at, links := "acc1", 0
			for _, h := range w.Hops {
				if h.Device != at || cannot[at] || !isTransit(w.Session, h) {
					t.Fatalf("no path: %+v", w.Hops)
				}
				at, links = h.Trunks[len(h.Trunks)-1].To, links+1
			}
			if last := w.Hops[len(w.Hops)-1]; last.Device != "acc2" {
				t.Fatalf("it ends at %s", last.Device)
			}
			if d, ok := dist["acc2"]; !ok || onlyNetwork && d != links-1 {
				t.Fatalf("%d links, and there is a way of %d (%v)", links-1, d, ok)
			}
			v := w.Session.RSPAN.VLAN
			there := func(v int) bool {
				return slices.ContainsFunc(names, func(n string) bool { _, exists := net[n].Observation.VLAN(v); return exists })
			}
			if free := slices.ContainsFunc([]int{900, 901, 902}, func(v int) bool { return q.Network.Taken[v] == "" && !there(v) }); free && there(v) {
				t.Fatalf("VLAN %d is on a device, and others are free", v)
			}
			if q.Network.Taken[v] != "" {
				t.Fatalf("VLAN %d is taken", v)
			}
		}
		if _, ok := dist["acc2"]; ok && !found && onlyNetwork {
			t.Fatalf("there is a way: %v", said(p))
		}
	})
}

// isTransit: a session names exactly the trunks of a hop.
func isTransit(s mirror.Session, h plan.Hop) bool {
	return slices.ContainsFunc(s.RSPAN.Transit, func(t mirror.Transit) bool {
		return t.Device == h.Device && len(t.Trunks) == len(h.Trunks) &&
			!slices.ContainsFunc(h.Trunks, func(x plan.HopTrunk) bool { return !slices.Contains(t.Trunks, string(x.Port)) })
	})
}

// reach tells over how many links devices are reached, over those that can take copies on.
func reach(net campus, links [][2]string, cannot map[string]bool, from string) map[string]int {
	good := func(a, b string) bool {
		return !slices.ContainsFunc([]string{a, b}, func(n string) bool {
			other := a
			if n == a {
				other = b
			}
			at := slices.IndexFunc(net[n].Observation.Ports, func(p mirror.Port) bool {
				heard := slices.ContainsFunc(p.Neighbours, func(x mirror.Neighbour) bool { return x.System == other })
				mine := slices.ContainsFunc(net[n].Device.Links, func(l mirror.Link) bool { return l.Device == other && l.Interface == string(p.Name) })
				theirs := slices.ContainsFunc(net[other].Device.Links, func(l mirror.Link) bool { return l.Device == n && l.PeerInterface == string(p.Name) })
				return heard || mine || theirs
			})
			p := net[n].Observation.Ports[at]
			return p.Trunk == nil || p.Up == mirror.False
		})
	}
	dist, queue := map[string]int{from: 0}, []string{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, l := range links {
			for _, two := range [][2]string{l, {l[1], l[0]}} {
				if _, seen := dist[two[1]]; two[0] != at || seen || cannot[two[1]] || !good(two[0], two[1]) {
					continue
				}
				dist[two[1]] = dist[at] + 1
				queue = append(queue, two[1])
			}
		}
	}
	return dist
}
