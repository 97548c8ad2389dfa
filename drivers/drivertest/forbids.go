package drivertest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// proveForbids: what Capabilities.Forbids forbids, Render refuses with
// ErrUnsupported or ErrInvalid, and what it allows, Render writes. It is tried with
// every role and with every number at, inside and beyond the ends of its range.
// States of a device (a port's VLAN, a list that is there) are no part of it.
func (s Suite) proveForbids(t *testing.T, c mirror.Capabilities) {
	if c.Truncate.OK() && !c.Ranges.Truncate.Known() {
		t.Error("truncation without its range")
	}
	said := s.said(c)
	for _, name := range slices.Sorted(maps.Keys(said)) {
		n := said[name].Normalize()
		info := s.infoFor(c.AccessUntags && n.Options.Tags == mirror.TagsStrip)
		reasons := c.Forbids(n, info.Observation.Ports...)
		for _, r := range reasons {
			if r.Pointer == "" || r.Code == "" || r.Message == "" {
				t.Errorf("%s: half a reason: %+v", name, r)
			}
		}
		after := mirror.NativeSession{ID: mirror.Mark(instance, thisDevice, n), Mark: mirror.Mark(instance, thisDevice, n), Instance: instance, Spec: n}
		if c.NativeIDs != nil {
			after.ID = fmt.Sprint(c.NativeIDs.To)
		}
		_, err := s.Driver.Render(s.Facts, info.Observation, []mirror.Change{{Mark: after.Mark, After: &after}})
		switch {
		case err != nil && !errors.Is(err, mirror.ErrUnsupported) && !errors.Is(err, mirror.ErrInvalid):
			t.Errorf("%s: Render gave %v, want ErrUnsupported or ErrInvalid", name, err)
		case err == nil && len(reasons) > 0:
			t.Errorf("%s: Forbids forbids it and Render writes it: %+v", name, reasons)
		case err != nil && len(reasons) == 0:
			t.Errorf("%s: Forbids allows it, and Render says %v", name, err)
		}
	}
}

// said are specs by name, of all that a session can ask for, sensible or not.
func (s Suite) said(c mirror.Capabilities) map[string]mirror.NativeSpec {
	out := map[string]mirror.NativeSpec{}
	bases := s.roles()
	delete(bases, mirror.RoleRSPANTransit) // a footing
	bases[mirror.RoleLocal] = s.plain(mirror.Both)
	if !c.ERSPANHeader.OK() && c.GRE.OK() { // what sends plain GRE alone is tried with that
		gre := bases[mirror.RoleERSPANSource]
		gre.Options.ERSPAN = &mirror.ERSPAN{Origin: gre.Options.ERSPAN.Origin, Encapsulation: mirror.EncapGRE}
		fit(gre.Options.ERSPAN, c)
		bases[mirror.RoleERSPANSource] = gre
	}
	for role, base := range bases {
		if base.Role == mirror.RoleRSPANDestination {
			base.Options.Tags = s.plainTags()
		}
		out[string(role)] = base
		add := func(name string, change func(*mirror.NativeSpec)) {
			n := base
			n.Sources = slices.Clone(n.Sources)
			if e := n.Options.ERSPAN; e != nil {
				tunnel := *e
				n.Options.ERSPAN = &tunnel
			}
			change(&n)
			out[string(role)+", "+name] = n
		}
		add("shut down", func(n *mirror.NativeSpec) { n.Shut = true })
		s.saySources(add)
		s.sayOptions(c, add)
		if base.Options.ERSPAN != nil {
			sayTunnels(c, add)
		}
	}
	return out
}

func (s Suite) saySources(add func(string, func(*mirror.NativeSpec))) {
	one := func(src mirror.NativeSource) func(*mirror.NativeSpec) {
		return func(n *mirror.NativeSpec) { n.Sources = []mirror.NativeSource{src} }
	}
	for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
		if s.Ports["sub1"] != "" {
			add("a subinterface "+string(d), one(mirror.NativeSource{Port: s.port("sub1"), Direction: d}))
		}
		for name, src := range map[string]mirror.NativeSource{"a port": {Port: s.port("p1")}, "a port-channel": {Port: s.port("lag1")}, "a VLAN": {VLAN: 110}} {
			src.Direction = d
			add(name+" "+string(d), one(src))
		}
	}
	add("no source", func(n *mirror.NativeSpec) { n.Sources = nil })
	add("everything", one(mirror.NativeSource{All: true, Direction: mirror.Both}))
	add("no direction", one(mirror.NativeSource{Port: s.port("p1")}))
	add("a VLAN too many", one(mirror.NativeSource{VLAN: mirror.MaxVLAN + 1, Direction: mirror.Both}))
	add("the destination as source", one(mirror.NativeSource{Port: s.port("d1"), Direction: mirror.Both}))
	add("the remote VLAN as source", one(mirror.NativeSource{VLAN: RemoteVLAN, Direction: mirror.Both}))
	add("ports and VLANs", func(n *mirror.NativeSpec) {
		n.Sources = append(n.Sources, mirror.NativeSource{VLAN: 110, Direction: mirror.Both})
	})
	add("no destination", func(n *mirror.NativeSpec) { n.Destinations = nil })
	add("a destination", func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{s.port("d1")} })
	add("a port-channel as destination", func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{s.port("lag1")} })
}

func (s Suite) sayOptions(c mirror.Capabilities, add func(string, func(*mirror.NativeSpec))) {
	option := func(name string, change func(*mirror.Options)) {
		add(name, func(n *mirror.NativeSpec) { change(&n.Options) })
	}
	for _, tags := range []string{mirror.TagsPreserve, mirror.TagsStrip, "doubled"} {
		option("tags "+tags, func(o *mirror.Options) { o.Tags = tags })
	}
	for _, ingress := range []string{mirror.IngressDisabled, mirror.IngressEnabled, "half"} {
		option("ingress "+ingress, func(o *mirror.Options) { o.Ingress = ingress })
	}
	option("filterVlans", func(o *mirror.Options) { o.FilterVLANs = []int{110, 120} })
	option("a filter VLAN too many", func(o *mirror.Options) { o.FilterVLANs = []int{110, mirror.MaxVLAN + 1} })
	add("filterVlans beside a VLAN", func(n *mirror.NativeSpec) {
		n.Sources, n.Options.FilterVLANs = []mirror.NativeSource{{VLAN: 110, Direction: mirror.Both}}, []int{120}
	})
	option("filter", func(o *mirror.Options) { o.Filter = filterName })
	add("a filter of what arrives", func(n *mirror.NativeSpec) {
		filtered(n, c)
		n.Rules, n.FilterAt = nil, mirror.FilterAtSession // a session names its list, and no more
	})
	option("a tunnel interface", func(o *mirror.Options) { o.Tunnel = "contract-7" })
	for _, v := range edges(c.Ranges.Truncate, 128) {
		option(fmt.Sprintf("truncate %d", v), func(o *mirror.Options) { o.Truncate = v })
	}
	for _, v := range edges(c.Ranges.Sample, 1000) {
		option(fmt.Sprintf("sample %d", v), func(o *mirror.Options) { o.Sample = v })
	}
	option("a tunnel", func(o *mirror.Options) {
		if o.ERSPAN == nil {
			o.ERSPAN, o.Collector = &mirror.ERSPAN{ID: 42, Origin: "192.0.2.1"}, "198.51.100.7"
		}
	})
	// What is no VLAN of copies on the device is another matter than its number.
	for _, v := range []int{0, RemoteVLAN, mirror.MaxVLAN + 1} {
		add(fmt.Sprintf("remote VLAN %d", v), func(n *mirror.NativeSpec) { n.RemoteVLAN = v })
	}
	for _, v := range c.Ranges.RemoteVLAN.Except {
		add(fmt.Sprintf("remote VLAN %d", v), func(n *mirror.NativeSpec) { n.RemoteVLAN = v })
	}
}

func sayTunnels(c mirror.Capabilities, add func(string, func(*mirror.NativeSpec))) {
	tunnel := func(name string, change func(*mirror.ERSPAN)) {
		add(name, func(n *mirror.NativeSpec) { change(n.Options.ERSPAN) })
	}
	add("no tunnel", func(n *mirror.NativeSpec) { n.Options.ERSPAN = nil })
	for _, to := range []string{"", "198.51.100", "2001:db8::7", "2001:DB8::7"} {
		add("collector "+to, func(n *mirror.NativeSpec) { n.Options.Collector = to })
		tunnel("origin "+to, func(e *mirror.ERSPAN) { e.Origin = to })
		add("both ends "+to, func(n *mirror.NativeSpec) { n.Options.Collector, n.Options.ERSPAN.Origin = to, to })
	}
	tunnel("encapsulation gre", func(e *mirror.ERSPAN) { e.Encapsulation = mirror.EncapGRE })
	tunnel("encapsulation vxlan", func(e *mirror.ERSPAN) { e.Encapsulation = "vxlan" })
	tunnel("gre of a type", func(e *mirror.ERSPAN) { e.Encapsulation, e.Type = mirror.EncapGRE, 3 })
	tunnel("a VRF", func(e *mirror.ERSPAN) { e.VRF = "MGMT" })
	for _, encapsulation := range []string{"", mirror.EncapGRE} {
		for _, v := range slices.Concat(edges(c.Ranges.ERSPANID, 42), edges(c.Ranges.GREKey, 42)) {
			tunnel(fmt.Sprintf("id %d %s", v, encapsulation), func(e *mirror.ERSPAN) { e.ID, e.Encapsulation = v, encapsulation })
		}
	}
	for _, v := range edges(c.Ranges.TTL, 9) {
		tunnel(fmt.Sprintf("ttl %d", v), func(e *mirror.ERSPAN) { e.TTL = v })
	}
	for _, v := range edges(c.Ranges.DSCP, 9) {
		tunnel(fmt.Sprintf("dscp %d", v), func(e *mirror.ERSPAN) { e.DSCP = v })
	}
	for _, v := range edges(c.Ranges.MTU, 1500) {
		tunnel(fmt.Sprintf("mtu %d", v), func(e *mirror.ERSPAN) { e.MTU = v })
	}
	for v := range 5 {
		tunnel(fmt.Sprintf("type %d", v), func(e *mirror.ERSPAN) { e.Type = v })
	}
}

// edges are a value inside, the ends, what is beyond them, what lies between steps,
// and what is left out; usual is for where no range is told.
func edges(v mirror.Values, usual int) []int {
	out := []int{usual, -1}
	switch {
	case len(v.Only) > 0:
		out = append(slices.Concat(out, v.Only), v.Only[0]-1, v.Only[len(v.Only)-1]+1)
	case v.Known():
		out = append(slices.Concat(out, v.Except), v.From-1, v.From, v.First(), v.First()+1, v.To, v.To+1)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
