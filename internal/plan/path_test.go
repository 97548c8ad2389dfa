package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// hears lets a device of farSite hear a system on a port.
func hears(device string, port mirror.PortName, systems ...mirror.Neighbour) func(map[string]*plan.DeviceInfo) {
	return func(infos map[string]*plan.DeviceInfo) {
		for i := range infos[device].Observation.Ports {
			if p := &infos[device].Observation.Ports[i]; p.Name == port {
				p.Neighbours = append(p.Neighbours, systems...)
			}
		}
	}
}

// carriesVLAN makes a device carry a remote VLAN on its trunk t1, as by hand.
func carriesVLAN(device string, vlan int) func(map[string]*plan.DeviceInfo) {
	return func(infos map[string]*plan.DeviceInfo) {
		i := infos[device]
		i.Observation.VLANs = append(i.Observation.VLANs, mirror.VLAN{ID: vlan, Remote: true})
		for n := range i.Observation.Ports {
			if i.Observation.Ports[n].Name == "t1" {
				i.Observation.Ports[n].Trunk = &mirror.Trunk{Allowed: mirror.VLANs(1, vlan), Native: 1}
			}
		}
	}
}

// pruned takes the trunk that carries every VLAN away from devices, and gives
// them a list of VLANs.
func pruned(devices ...string) func(map[string]*plan.DeviceInfo) {
	return func(infos map[string]*plan.DeviceInfo) {
		for _, d := range devices {
			i := infos[d]
			i.Observation.VLANs = append(i.Observation.VLANs, mirror.VLAN{ID: 1})
			i.Observation.Ports = slices.DeleteFunc(slices.Clone(i.Observation.Ports), func(p mirror.Port) bool { return p.Name == "t2" })
		}
	}
}

func system(name string) mirror.Neighbour { return mirror.Neighbour{System: name} }

func TestAPathThatMayNotBeWholeIsNamed(t *testing.T) {
	direct := byVLAN(900, over("acc1", "t1"), over("acc2", "t1"))
	line := []func(map[string]*plan.DeviceInfo){pruned("acc1", "acc2", "core"),
		hears("acc1", "t1", system("core.campus.example")), hears("acc2", "t1", system("core")),
		hears("core", "t1", system("acc1")), hears("core", "p3", system("ACC2.campus.example"))}
	with := func(more ...func(map[string]*plan.DeviceInfo)) []func(map[string]*plan.DeviceInfo) {
		return append(slices.Clone(line), more...)
	}
	for name, c := range map[string]struct {
		session mirror.Session
		site    []func(map[string]*plan.DeviceInfo)
		hosts   map[string]string // nil = the devices' own names
		refused []string
		warned  []string // code and a part of the text
	}{
		"nobody tells, all is named": {session: far(direct), site: []func(map[string]*plan.DeviceInfo){pruned("acc1", "acc2")}},
		"every hop is named":         {session: far(byVLAN(900, over("acc1", "t1"), over("core", "t1", "p3"), over("acc2", "t1"))), site: line},
		"a managed hop is missing":   {session: far(direct), site: line, refused: []string{"/rspan/transit/0/trunks/0 path-hop-missing"}},
		"made by hand on the way":    {session: far(direct), site: with(carriesVLAN("core", 900))},
		"the name is that of two":    {session: far(direct), site: line, hosts: map[string]string{"acc1": "acc1", "acc2": "acc2", "core": "core", "acc3": "core"}, warned: []string{"path-unmanaged core.campus.example"}},
		"the name is cut": {session: far(direct), site: with(func(i map[string]*plan.DeviceInfo) {
			i["acc1"].Observation.Ports[len(i["acc1"].Observation.Ports)-1].Neighbours = []mirror.Neighbour{{System: "core", Cut: true}}
		}), warned: []string{"path-unmanaged core"}},
		"an unmanaged hop":            {session: far(direct), site: []func(map[string]*plan.DeviceInfo){pruned("acc1"), hears("acc1", "t1", system("their-switch"))}, warned: []string{"path-unmanaged their-switch"}},
		"another way nobody tells of": {session: far(byVLAN(900, over("acc1", "t1", "t2"), over("acc2", "t1"))), site: []func(map[string]*plan.DeviceInfo){pruned("acc2", "core"), hears("acc1", "t1", system("core"))}, warned: []string{"path-hop-missing device core"}},
		"no transit": {session: far(byVLAN(900)), site: []func(map[string]*plan.DeviceInfo){carriesVLAN("acc1", 900), carriesVLAN("acc2", 900)},
			warned: []string{"path-unnamed device acc1 is not in rspan.transit", "path-unnamed device acc2 is not in rspan.transit"}},
		"no transit, and they are neighbours": {session: far(byVLAN(900)), site: []func(map[string]*plan.DeviceInfo){carriesVLAN("acc1", 900), carriesVLAN("acc2", 900),
			hears("acc1", "t1", system("acc2")), hears("acc2", "t1", system("acc1"))}},
		"the other side's trunk is another": {session: far(byVLAN(900, over("acc1", "t1"), over("acc2", "t1"))), site: []func(map[string]*plan.DeviceInfo){pruned("acc1", "acc2"),
			hears("acc1", "t1", system("acc2")), hears("acc2", "p2", system("acc1"))}, warned: []string{"path-broken device acc2, whose trunk towards it is not named"}},
		"a transit that is a dead end": {session: far(byVLAN(900, over("acc1", "t1"), over("core", "t1"), over("acc2", "t1"))), site: []func(map[string]*plan.DeviceInfo){pruned("acc1", "acc2", "core")},
			warned: []string{"path-broken device core has one trunk for VLAN 900 (t1)"}},
		"spread by the devices": {session: far(direct), site: with(func(i map[string]*plan.DeviceInfo) {
			for _, d := range []string{"acc1", "core"} {
				i[d].Observation.Spread = mirror.VLANSpread{By: "VTP domain campus", UpTo: 1001}
			}
			for n := range i["core"].Observation.Ports {
				if p := &i["core"].Observation.Ports[n]; p.Name == "t1" {
					p.Trunk = &mirror.Trunk{Allowed: mirror.AllVLANs()}
				} else if p.Name == "p3" {
					p.Trunk = &mirror.Trunk{Allowed: mirror.AllVLANs()}
				}
			}
		})},
	} {
		t.Run(name, func(t *testing.T) {
			site := farSite(c.site...)
			hosts := c.hosts
			if hosts == nil {
				hosts = map[string]string{"acc1": "acc1", "acc2": "acc2", "core": "core.campus.example"}
			}
			site.Around = plan.Around{Names: plan.Names(hosts), Devices: map[string]plan.DeviceInfo{}}
			ex, reasons := plan.Expand(c.session, site)
			if len(reasons) > 0 {
				t.Fatal(reasons)
			}
			if !slices.ContainsFunc(ex.Fragments, func(f mirror.Fragment) bool { return f.Device == "core" }) {
				site.Around.Devices["core"] = site.Devices["core"]
				delete(site.Devices, "core")
			}
			refused, warned := plan.CheckPath(ex, site)
			if diff := cmp.Diff(append([]string{}, c.refused...), codes(refused)); diff != "" {
				t.Errorf("refused: %s\n%+v", diff, refused)
			}
			if len(warned) != len(c.warned) {
				t.Fatalf("warned: %+v", warned)
			}
			for i, want := range c.warned {
				code, text, _ := strings.Cut(want, " ")
				if warned[i].Code != code || !strings.Contains(warned[i].Message, text) {
					t.Errorf("warned %+v, want %s", warned[i], want)
				}
			}
		})
	}
}

func TestASystemNameIsThatOfOneDeviceOrProvesNothing(t *testing.T) {
	a := plan.Around{Names: plan.Names(map[string]string{"d1": "Core-1", "d2": "edge.a.example", "d3": "edge.b.example", "d4": "twin", "d5": "twin", "d6": "half", "d7": "half.a.example", "new": ""})}
	for _, c := range []struct {
		system string
		cut    bool
		want   string
	}{
		{system: "core-1", want: "d1"}, {system: "CORE-1.campus.example", want: "d1"}, {system: "core-1.campus.exa", cut: true, want: "d1"}, {system: "core-1", cut: true},
		{system: "edge"}, {system: "edge.a.example", want: "d2"}, {system: "edge.b.example", want: "d3"}, {system: "edge.c.example"}, {system: "edge.a.exam", cut: true},
		{system: "twin"}, {system: "twin.a.example"}, {system: "half"}, {system: "half.a.example"}, {system: "half.b.example", want: "d6"}, {system: ""}, {system: "core-10"},
	} {
		if got := a.Device(mirror.Neighbour{System: c.system, Cut: c.cut}); got != c.want {
			t.Errorf("%q (cut %t) is %q, want %q", c.system, c.cut, got, c.want)
		}
	}
}
