package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// farSite is two access switches and a core of one platform. Ports t1 and t2
// are trunks, t1 for VLAN 1 only and t2 for all.
func farSite(change ...func(map[string]*plan.DeviceInfo)) plan.Site {
	infos := map[string]*plan.DeviceInfo{}
	for _, name := range []string{"acc1", "acc2", "core"} {
		info := switchInfo(func(i *plan.DeviceInfo) {
			i.Device.Name = name
			for _, r := range []mirror.Role{mirror.RoleRSPANSource, mirror.RoleRSPANDestination, mirror.RoleRSPANTransit, mirror.RoleERSPANSource, mirror.RoleERSPANDestination} {
				i.Capabilities.Roles[r] = yes
			}
			i.Capabilities.ERSPANHeader, i.Capabilities.MTU = yes, yes
			i.Observation.Ports = append(i.Observation.Ports,
				mirror.Port{Name: "t1", Trunk: &mirror.Trunk{Allowed: mirror.VLANs(1), Native: 1}},
				mirror.Port{Name: "t2", Trunk: &mirror.Trunk{Allowed: mirror.AllVLANs(), Native: 1}})
		})
		infos[name] = &info
	}
	for _, c := range change {
		c(infos)
	}
	site := plan.Site{Devices: map[string]plan.DeviceInfo{}, Tools: map[string]mirror.Tool{
		"nta": {Name: "nta", IP: "192.0.2.9"}, "end": {Name: "end", Device: "acc2", Interface: "d1"}}}
	for name, info := range infos {
		site.Devices[name] = *info
	}
	return site
}

// far is an intent from acc1 to port d1 of acc2.
func far(change ...func(*mirror.Session)) mirror.Session {
	s := mirror.Session{Name: "s", Enabled: true, Sources: []mirror.Source{{Device: "acc1", Interface: "p1"}},
		Destinations: []mirror.Destination{{Device: "acc2", Interface: "d1"}}}
	for _, c := range change {
		c(&s)
	}
	return s.WithDefaults()
}

func byVLAN(v int, transit ...mirror.Transit) func(*mirror.Session) {
	return func(s *mirror.Session) { s.RSPAN = &mirror.RSPAN{VLAN: v, Transit: transit} }
}

func over(device string, trunks ...string) mirror.Transit {
	return mirror.Transit{Device: device, Trunks: trunks}
}

func byTunnel(e mirror.ERSPAN) func(*mirror.Session) {
	return func(s *mirror.Session) { s.ERSPAN = &e }
}

func to(d mirror.Destination) func(*mirror.Session) {
	return func(s *mirror.Session) { s.Destinations = []mirror.Destination{d} }
}

func kind(k mirror.Kind) func(*mirror.Session) { return func(s *mirror.Session) { s.Kind = k } }

var (
	path   = byVLAN(900, over("acc1", "t1"), over("core", "t1", "t2"), over("acc2", "t2"))
	tunnel = byTunnel(mirror.ERSPAN{ID: 7, Origin: "192.0.2.1"})
	inside = to(mirror.Destination{Device: "acc1", Interface: "d1"})
	away   = to(mirror.Destination{IP: "192.0.2.9"})
)

func TestAKindFollowsFromTheFieldsAndSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		session mirror.Session
		kind    mirror.Kind
		roles   string // device/role of each fragment
		why     string
		codes   []string
	}{
		"one device":          {far(inside), mirror.KindSPAN, "acc1/local", "on device acc1", nil},
		"a remote VLAN":       {far(path), mirror.KindRSPAN, "acc1/rspan-source acc2/rspan-destination core/rspan-transit", "remote VLAN", nil},
		"asked for":           {far(path, kind(mirror.KindRSPAN)), mirror.KindRSPAN, "acc1/rspan-source acc2/rspan-destination core/rspan-transit", "asked for", nil},
		"a collector":         {far(tunnel, away), mirror.KindERSPAN, "acc1/erspan-source", "tunnel", nil},
		"a tool far away":     {far(tunnel, to(mirror.Destination{Tool: "nta"})), mirror.KindERSPAN, "acc1/erspan-source", "tunnel", nil},
		"a device at the end": {far(tunnel, to(mirror.Destination{Device: "acc2", Interface: "d1", IP: "192.0.2.2"})), mirror.KindERSPAN, "acc1/erspan-source acc2/erspan-destination", "tunnel", nil},
		"two sources": {far(path, func(s *mirror.Session) {
			s.Sources = append(s.Sources, mirror.Source{Device: "core", Interface: "p2"})
		}), mirror.KindRSPAN, "acc1/rspan-source acc2/rspan-destination core/rspan-source", "remote VLAN", nil},

		"no way named":                {session: far(), codes: []string{"/kind kind-impossible"}},
		"an address alone":            {session: far(away), codes: []string{"/erspan kind-impossible"}},
		"span between devices":        {session: far(kind(mirror.KindSPAN)), codes: []string{"/kind kind-impossible"}},
		"span to an address":          {session: far(kind(mirror.KindSPAN), away), codes: []string{"/kind kind-impossible"}},
		"rspan to an address":         {session: far(path, away), codes: []string{"/kind kind-impossible"}},
		"rspan with an address more":  {session: far(path, to(mirror.Destination{Device: "acc2", Interface: "d1", IP: "192.0.2.2"})), codes: []string{"/destinations/0/ip contradiction"}},
		"rspan within a device":       {session: far(byVLAN(900, over("acc1", "t1")), inside), codes: []string{"/kind kind-impossible"}},
		"erspan without an address":   {session: far(tunnel), codes: []string{"/destinations/0/interface missing"}},
		"erspan within a device":      {session: far(tunnel, to(mirror.Destination{Device: "acc1", Interface: "d1", IP: "192.0.2.2"})), codes: []string{"/kind kind-impossible"}},
		"a device twice on the path":  {session: far(byVLAN(900, over("acc1", "t1"), over("acc1", "t2"))), codes: []string{"/rspan/transit/1/device duplicate-device"}},
		"an unknown device, bad port": {session: far(byVLAN(900, over("nope", "t1"), over("acc1", "bad"))), codes: []string{"/rspan/transit/0/device unknown-device", "/rspan/transit/1/trunks/0 bad-port"}},
		"a pin for several": {session: far(path, func(s *mirror.Session) {
			s.Sources, s.NativeID = append(s.Sources, mirror.Source{Device: "core", Interface: "p2"}), "5"
		}), codes: []string{"/nativeId contradiction"}},
	} {
		ex, reasons := plan.Expand(c.session, farSite())
		if diff := cmp.Diff(append([]string{}, c.codes...), codes(reasons)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var roles []string
		for _, f := range ex.Fragments {
			roles = append(roles, f.Device+"/"+string(f.Spec.Role))
		}
		if got := strings.Join(roles, " "); got != c.roles || c.codes == nil && (ex.Kind != c.kind || !strings.Contains(ex.Reason, c.why)) {
			t.Errorf("%s: %s (%s), fragments %s", name, ex.Kind, ex.Reason, got)
		}
	}
}

func TestOptionsActWhereTheyCan(t *testing.T) {
	s := far(path, func(s *mirror.Session) {
		s.Tags, s.FilterVLANs, s.Truncate, s.NativeID = mirror.TagsStrip, []int{5}, 128, "9"
	})
	ex, reasons := plan.Expand(s, farSite())
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	from, end := ex.Fragments[0], ex.Fragments[1]
	if o := from.Spec.Options; o.Tags != "" || o.Truncate != 128 || len(o.FilterVLANs) != 1 || from.Pin != "9" {
		t.Errorf("the sending end: %+v", from)
	}
	if o := end.Spec.Options; o.Tags != mirror.TagsStrip || o.Truncate != 0 || len(o.FilterVLANs) != 0 || end.Pin != "" {
		t.Errorf("the receiving end: %+v", end)
	}
	if trunks := ex.Fragments[2].Spec.Trunks; !slices.Equal(trunks, []mirror.PortName{"t1", "t2"}) {
		t.Errorf("the path: %v", trunks)
	}
}

// checkAll gives every refusal and every warning of a session's fragments.
func checkAll(t *testing.T, s mirror.Session, site plan.Site, others ...mirror.Fragment) (refused, warned []mirror.Reason) {
	t.Helper()
	ex, reasons := plan.Expand(s, site)
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	for _, f := range ex.Fragments {
		var there []mirror.Fragment
		for _, o := range others {
			if o.Device == f.Device {
				there = append(there, o)
			}
		}
		refused = append(refused, plan.Check(f, ex, there, site.Devices[f.Device])...)
		warned = append(warned, plan.Warnings(f, ex, site.Devices[f.Device])...)
	}
	warned = append(warned, plan.SharedVLAN(ex, others)...)
	return append(refused, plan.CheckTunnels(ex, others)...), warned
}

func TestThePathIsCheckedBeforeAnyPush(t *testing.T) {
	at := func(device string, change func(*plan.DeviceInfo)) func(map[string]*plan.DeviceInfo) {
		return func(infos map[string]*plan.DeviceInfo) { change(infos[device]) }
	}
	vlan := func(v mirror.VLAN) func(*plan.DeviceInfo) {
		return func(i *plan.DeviceInfo) { i.Observation.VLANs = append(i.Observation.VLANs, v) }
	}
	portIs := func(name mirror.PortName, change func(*mirror.Port)) func(*plan.DeviceInfo) {
		return func(i *plan.DeviceInfo) {
			for n := range i.Observation.Ports {
				if i.Observation.Ports[n].Name == name {
					change(&i.Observation.Ports[n])
				}
			}
		}
	}
	ours := func(i *plan.DeviceInfo) {
		i.Ledger = append(i.Ledger, mirror.Native{Mark: "m", Spec: mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 900, Made: true}.Spec()})
	}
	source := func(p string) func(*mirror.Session) {
		return func(s *mirror.Session) { s.Sources[0].Interface = p }
	}
	force := func(s *mirror.Session) { s.Force = true }
	sends := func(device, session string, id int, collector string) mirror.Fragment {
		return mirror.Fragment{Session: session, Device: device, Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource,
			Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: id}, Collector: collector}}}
	}
	for name, c := range map[string]struct {
		session mirror.Session
		site    plan.Site
		others  []mirror.Fragment
		refused []string
		warned  []string
	}{
		"nothing wrong":              {far(path), farSite(), nil, nil, []string{"/rspan/vlan floods"}}, // t2 of acc1 carries it too
		"a VLAN in other use":        {far(path), farSite(at("core", vlan(mirror.VLAN{ID: 900, Name: "voice"}))), nil, []string{"/rspan/vlan vlan-in-use"}, nil},
		"a VLAN of ours, damaged":    {far(path), farSite(at("core", vlan(mirror.VLAN{ID: 900})), at("core", ours)), nil, nil, nil},
		"a remote VLAN of another":   {far(path), farSite(at("core", vlan(mirror.VLAN{ID: 900, Remote: true}))), nil, nil, nil},
		"a VLAN with an address":     {far(path), farSite(at("core", vlan(mirror.VLAN{ID: 900, Remote: true, Uses: []mirror.PortUse{{Kind: "addressed", Detail: "192.0.2.1"}}}))), nil, []string{"/rspan/vlan vlan-in-use"}, nil},
		"no VLAN can be made":        {far(path), farSite(at("core", func(i *plan.DeviceInfo) { i.Observation.NoVLANs = "VTP mode client" })), nil, []string{"/rspan/vlan vlan-not-makable"}, nil},
		"none need be made":          {far(path), farSite(at("core", func(i *plan.DeviceInfo) { i.Observation.NoVLANs = "VTP mode client" }), at("core", vlan(mirror.VLAN{ID: 900, Remote: true}))), nil, nil, nil},
		"an access port of the VLAN": {far(path), farSite(at("acc2", portIs("p3", func(p *mirror.Port) { p.Access = 900 }))), nil, []string{"/rspan/vlan vlan-in-use"}, nil},
		"its destination is one":     {far(path), farSite(at("acc2", portIs("d1", func(p *mirror.Port) { p.Access = 900 }))), nil, nil, nil},
		"no trunk":                   {far(byVLAN(900, over("acc1", "p2"), over("acc2", "t2"))), farSite(), nil, []string{"/rspan/transit/0/trunks/0 not-a-trunk"}, nil},
		"no such trunk":              {far(byVLAN(900, over("acc1", "t9"), over("acc2", "t2"))), farSite(), nil, []string{"/rspan/transit/0/trunks/0 unknown-port"}, nil},
		"a member of a port-channel": {far(path), farSite(at("core", portIs("t2", func(p *mirror.Port) {
			p.Uses = []mirror.PortUse{{Kind: "lag-member", Detail: "member of Port-channel1"}}
		}))), nil,
			[]string{"/rspan/transit/1/trunks/1 lag-member"}, nil},
		"the native VLAN of a trunk": {far(path), farSite(at("core", portIs("t2", func(p *mirror.Port) { p.Trunk.Native = 900 }))), nil, []string{"/rspan/transit/1/trunks/1 native-vlan"}, nil},
		"a trunk is the destination": {far(byVLAN(900, over("acc1", "t1"), over("acc2", "t2")), to(mirror.Destination{Device: "acc2", Interface: "t2"}), force), farSite(), nil, []string{"/rspan/transit/1/trunks/0 contradiction"}, nil},
		"no way out of a device":     {far(byVLAN(900, over("acc2", "t2"))), farSite(at("acc1", portIs("t2", func(p *mirror.Port) { p.Trunk = nil }))), nil, []string{"/rspan/transit no-path"}, nil},
		"a trunk carries all anyway": {far(byVLAN(900, over("acc2", "t2"))), farSite(), nil, nil, nil},
		"the VLAN is the source": {far(path, func(s *mirror.Session) {
			s.Sources = []mirror.Source{{Device: "acc1", VLAN: 900, Direction: mirror.RX}}
		}), farSite(), nil, []string{"/sources/0 mirror-of-mirror"}, nil},
		"a trunk of the path is":     {far(path, source("t1")), farSite(), nil, []string{"/sources/0 mirror-of-mirror"}, nil},
		"a trunk that carries it is": {far(path, source("t2")), farSite(), nil, []string{"/sources/0 mirror-of-mirror"}, nil},
		"and is meant to":            {far(path, source("t2"), force), farSite(), nil, nil, []string{"/rspan/vlan floods"}},
		"a trunk without it is":      {far(byVLAN(900, over("acc1", "t2"), over("acc2", "t2")), source("t1")), farSite(), nil, nil, nil},

		"made on a VTP server":     {far(path), farSite(at("core", func(i *plan.DeviceInfo) { i.Observation.Spread = mirror.VLANSpread{By: "VTP domain x", UpTo: 1005} })), nil, nil, []string{"/rspan/vlan vlan-spreads"}},
		"made above what it sends": {far(byVLAN(2000, over("acc1", "t2"), over("core", "t1", "t2"), over("acc2", "t2"))), farSite(at("core", func(i *plan.DeviceInfo) { i.Observation.Spread = mirror.VLANSpread{By: "VTP domain x", UpTo: 1005} })), nil, nil, nil},
		"shared with a session": {far(path), farSite(), []mirror.Fragment{{Session: "o", Device: "core", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: 900}}},
			nil, []string{"/rspan/vlan shared-vlan"}},
		"shared, to the same port": {far(path), farSite(), []mirror.Fragment{{Session: "o", Device: "core", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: 900}},
			{Session: "o", Device: "acc2", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 900, Destinations: []mirror.PortName{"d1"},
				Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}}}, nil, nil},
		"another VLAN": {far(path), farSite(), []mirror.Fragment{{Session: "o", Device: "core", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: 901}}}, nil, nil},
		"shared with another's": {far(path), farSite(at("core", func(i *plan.DeviceInfo) {
			i.Observation.Natives = []mirror.NativeSession{{ID: "1", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 900}}}
		})), nil, nil, []string{"/rspan/vlan shared-vlan"}},
		"unverified": {far(path), farSite(at("core", func(i *plan.DeviceInfo) {
			i.Capabilities.Roles[mirror.RoleRSPANTransit] = mirror.Support{Level: mirror.Unverified}
		})), nil, nil, []string{"/kind unverified"}},
		"a role that there is not": {far(path), farSite(at("core", func(i *plan.DeviceInfo) { delete(i.Capabilities.Roles, mirror.RoleRSPANTransit) })), nil, []string{"/kind unsupported"}, nil},

		"a tunnel":         {far(tunnel, away), farSite(), nil, nil, nil},
		"plain GRE":        {far(byTunnel(mirror.ERSPAN{ID: 7, Origin: "192.0.2.1", Encapsulation: mirror.EncapGRE}), away), farSite(), nil, []string{"/erspan/encapsulation unsupported"}, nil},
		"no ERSPAN header": {far(tunnel, away), farSite(at("acc1", func(i *plan.DeviceInfo) { i.Capabilities.ERSPANHeader = mirror.Support{} })), nil, []string{"/erspan/encapsulation unsupported"}, nil},
		"no key, as another": {far(byTunnel(mirror.ERSPAN{Origin: "192.0.2.1", Encapsulation: mirror.EncapGRE}), away),
			farSite(at("acc1", func(i *plan.DeviceInfo) { i.Capabilities.GRE = yes })), []mirror.Fragment{sends("core", "o", 0, "192.0.2.9")}, nil, nil},
		"no id, as another": {far(byTunnel(mirror.ERSPAN{Origin: "192.0.2.1"}), away), farSite(), []mirror.Fragment{sends("core", "o", 0, "192.0.2.9")}, nil, nil},
		"the way out of it": {far(tunnel, away), farSite(at("acc1", portIs("p1", func(p *mirror.Port) {
			p.Uses = []mirror.PortUse{{Kind: "addressed", Detail: "ip address 192.0.2.1 255.255.255.0"}}
		}))), nil, []string{"/sources/0 mirror-of-mirror"}, nil},
		"the way out of it, with its length": {far(tunnel, away), farSite(at("acc1", portIs("p1", func(p *mirror.Port) {
			p.Uses = []mirror.PortUse{{Kind: "addressed", Detail: "ip address 192.0.2.1/31"}}
		}))), nil, []string{"/sources/0 mirror-of-mirror"}, nil},
		"another address": {far(tunnel, away), farSite(at("acc1", portIs("p1", func(p *mirror.Port) {
			p.Uses = []mirror.PortUse{{Kind: "addressed", Detail: "ip address 192.0.2.11 255.255.255.0"}}
		}))), nil, nil, nil},
		"another tunnel":         {far(tunnel, away), farSite(at("acc1", portIs("p1", func(p *mirror.Port) { p.Uses = []mirror.PortUse{{Kind: "tunnel", Detail: "gre"}} }))), nil, []string{"/sources/0 mirror-of-mirror"}, nil},
		"it is meant to":         {far(tunnel, away, force), farSite(at("acc1", portIs("p1", func(p *mirror.Port) { p.Uses = []mirror.PortUse{{Kind: "tunnel", Detail: "gre"}} }))), nil, nil, nil},
		"the id of another":      {far(tunnel, away), farSite(), []mirror.Fragment{sends("core", "o", 7, "192.0.2.9")}, []string{"/erspan/id erspan-id-in-use"}, nil},
		"elsewhere":              {far(tunnel, away), farSite(), []mirror.Fragment{sends("core", "o", 7, "192.0.2.8"), sends("core", "p", 8, "192.0.2.9")}, nil, nil},
		"frames that do not fit": {far(tunnel, away), farSite(at("acc1", portIs("p1", func(p *mirror.Port) { p.MTU = 1500 }))), nil, nil, []string{"/erspan/mtu mtu"}},
		"frames that are cut":    {far(byTunnel(mirror.ERSPAN{ID: 7, Origin: "192.0.2.1", MTU: 1400}), away), farSite(at("acc1", portIs("p1", func(p *mirror.Port) { p.MTU = 1500 }))), nil, nil, []string{"/erspan/mtu truncated"}},
		"frames that fit":        {far(tunnel, away), farSite(at("acc1", portIs("p1", func(p *mirror.Port) { p.MTU = 1400 }))), nil, nil, nil},
	} {
		// What floods by acc1's second trunk is told in every case of this path.
		refused, warned := checkAll(t, c.session, c.site, c.others...)
		if diff := cmp.Diff(append([]string{}, c.refused...), codes(refused)); diff != "" {
			t.Errorf("%s, refused: %s\n%v", name, diff, refused)
		}
		if c.warned != nil && !slices.Contains(codes(warned), c.warned[0]) {
			t.Errorf("%s, warned: %v", name, warned)
		}
		if c.warned == nil && slices.ContainsFunc(warned, func(r mirror.Reason) bool { return r.Code != "floods" }) {
			t.Errorf("%s, warned: %v", name, warned)
		}
	}
}

func TestWhereCopiesWillFloodIsNamed(t *testing.T) {
	const all = "p" // ports that carry everything
	site := farSite(func(infos map[string]*plan.DeviceInfo) {
		for i := range 10 {
			infos["core"].Observation.Ports = append(infos["core"].Observation.Ports,
				mirror.Port{Name: mirror.PortName(fmt.Sprintf("%sx%d", all, i)), Trunk: &mirror.Trunk{Allowed: mirror.AllVLANs()}})
		}
		infos["core"].Observation.Ports = append(infos["core"].Observation.Ports,
			mirror.Port{Name: "unplugged", Up: mirror.False, Trunk: &mirror.Trunk{Allowed: mirror.AllVLANs()}})
	})
	_, warned := checkAll(t, far(path), site)
	var told []string
	for _, w := range warned {
		if w.Code == "floods" {
			told = append(told, w.Message)
		}
	}
	want := []string{
		"copies also leave device acc1 by t2, which carries VLAN 900; on the path of the copies, name it in rspan.transit, else prune the VLAN from it",
		"copies also leave device core by px0, px1, px2, px3, px4, px5, px6, px7 and 2 more, which carry VLAN 900; on the path of the copies, name them in rspan.transit, else prune the VLAN from them",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}

func TestADestinationPortIsMadeFitOnlyWhereAsked(t *testing.T) {
	for name, c := range map[string]struct {
		port   mirror.Port
		tags   string
		force  bool
		made   *mirror.PortSetup // by an earlier session
		untags bool              // the port decides about tags
		want   *mirror.PortSetup
	}{
		"fit as it is":           {port: mirror.Port{Admin: mirror.True}},
		"shut down":              {port: mirror.Port{Admin: mirror.False}},
		"shut down, forced":      {port: mirror.Port{Admin: mirror.False}, force: true, want: &mirror.PortSetup{Up: true}},
		"made for another":       {port: mirror.Port{Admin: mirror.True}, made: &mirror.PortSetup{Up: true}, want: &mirror.PortSetup{Up: true}},
		"tagged, to be stripped": {tags: mirror.TagsStrip, untags: true},
		"and forced":             {tags: mirror.TagsStrip, untags: true, force: true, want: &mirror.PortSetup{Access: 1}},
		"no matter of the port":  {tags: mirror.TagsStrip, force: true},
		"an access port":         {port: mirror.Port{Access: 5}, tags: mirror.TagsPreserve, untags: true},
		"an access port, forced": {port: mirror.Port{Access: 5}, tags: mirror.TagsPreserve, untags: true, force: true, want: &mirror.PortSetup{Tagged: true}},
		"made an access port":    {port: mirror.Port{Access: 7}, tags: mirror.TagsStrip, untags: true, made: &mirror.PortSetup{Access: 7}, want: &mirror.PortSetup{Access: 7}},
		"made for other tags":    {port: mirror.Port{Access: 7}, tags: mirror.TagsPreserve, untags: true, force: true, made: &mirror.PortSetup{Access: 7}},
	} {
		c.port.Name = "d9"
		info := switchInfo(func(i *plan.DeviceInfo) {
			i.Capabilities.AccessUntags, i.Capabilities.PortSetup = c.untags, yes
			i.Observation.Ports = append(i.Observation.Ports, c.port)
			if c.made != nil {
				i.Ledger = append(i.Ledger, mirror.Native{Mark: "m", Spec: mirror.Footing{Kind: mirror.FootingPort, Port: "d9", Setup: c.made}.Spec()})
			}
		})
		s := wish("d9", port("p1"))
		s.Force = c.force
		if c.tags != "" {
			s.Tags = c.tags
		}
		ex, reasons := plan.Expand(s, plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info}})
		if len(reasons) > 0 {
			t.Fatal(name, reasons)
		}
		if diff := cmp.Diff(c.want, ex.Fragments[0].Spec.Setup); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Copies that leave by a port-channel are told once, not by its members too.
func TestCopiesLeaveByAPortChannelNotByItsMembers(t *testing.T) {
	site := farSite()
	info := site.Devices["acc1"]
	trunk := &mirror.Trunk{}
	for _, p := range info.Observation.Ports {
		if p.Name == "t2" {
			trunk = p.Trunk
		}
	}
	info.Observation.Ports = append(slices.Clone(info.Observation.Ports),
		mirror.Port{Name: "Po1", Up: mirror.True, LAG: true, Members: []mirror.PortName{"m1", "m2"}, Trunk: trunk},
		mirror.Port{Name: "m1", Up: mirror.True, Trunk: trunk}, mirror.Port{Name: "m2", Up: mirror.True, Trunk: trunk})
	site.Devices["acc1"] = info
	ex, _ := plan.Expand(far(path), site)
	var told []string
	for _, f := range ex.Fragments {
		for _, w := range plan.Warnings(f, ex, site.Devices[f.Device]) {
			if w.Code == "floods" && f.Device == "acc1" {
				told = append(told, w.Message)
			}
		}
	}
	if len(told) != 1 || !strings.HasPrefix(told[0], "copies also leave device acc1 by t2, Po1, which carry VLAN 900;") {
		t.Errorf("told %q", told)
	}
}
