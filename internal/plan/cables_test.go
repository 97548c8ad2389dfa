package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestCablesThatAreOtherwise(t *testing.T) {
	ports := func(s string) ([]mirror.PortName, error) { return []mirror.PortName{mirror.PortName(s)}, nil }
	device := func(name string, links ...mirror.Link) mirror.Device { return mirror.Device{Name: name, Links: links} }
	link := func(here, device, there string) mirror.Link {
		return mirror.Link{Interface: here, Device: device, PeerInterface: there}
	}
	a := device("a", link("p1", "b", "p1"), link("p9", "h1", "eth0"), link("m1", "c", "p1"))
	b, c := device("b", link("p1", "a", "p1")), device("c", link("p1", "a", "m1"))
	fragment := func(device string, role mirror.Role, vlan int, destination string, trunks ...mirror.PortName) mirror.Fragment {
		f := mirror.Fragment{Device: device}
		f.Spec.Role, f.Spec.RemoteVLAN, f.Spec.Trunks = role, vlan, trunks
		if destination != "" {
			f.Spec.Destinations = []mirror.PortName{mirror.PortName(destination)}
		}
		return f
	}
	for name, x := range map[string]struct {
		fragments []mirror.Fragment
		tools     []mirror.PortName
		alone     bool // the other end declares nothing
		want      string
	}{
		"a destination before a switch":  {fragments: []mirror.Fragment{fragment("a", mirror.RoleLocal, 0, "p1")}, want: "cabled to b p1"},
		"the same, by one side alone":    {fragments: []mirror.Fragment{fragment("a", mirror.RoleLocal, 0, "p1")}, alone: true},
		"a tool there":                   {fragments: []mirror.Fragment{fragment("a", mirror.RoleLocal, 0, "p1")}, tools: []mirror.PortName{"p1"}},
		"a destination before a host":    {fragments: []mirror.Fragment{fragment("a", mirror.RoleLocal, 0, "p9")}},
		"a destination without a cable":  {fragments: []mirror.Fragment{fragment("a", mirror.RoleLocal, 0, "p2")}},
		"a port-channel before a switch": {fragments: []mirror.Fragment{fragment("a", mirror.RoleLocal, 0, "lag")}, want: "cabled to c p1"},
		"a trunk that is the cable":      {fragments: []mirror.Fragment{fragment("a", mirror.RoleRSPANSource, 900, "", "p1"), fragment("b", mirror.RoleRSPANDestination, 900, "p7", "p1")}},
		"a trunk that is another":        {fragments: []mirror.Fragment{fragment("a", mirror.RoleRSPANSource, 900, "", "p3"), fragment("b", mirror.RoleRSPANDestination, 900, "p7", "p1")}, want: "declared are p1 to b p1"},
		"a port-channel of the cable":    {fragments: []mirror.Fragment{fragment("a", mirror.RoleRSPANSource, 900, "", "lag"), fragment("c", mirror.RoleRSPANDestination, 900, "p7", "p1")}},
		"no cable between the devices":   {fragments: []mirror.Fragment{fragment("a", mirror.RoleRSPANSource, 900, "", "p3"), fragment("d", mirror.RoleRSPANDestination, 900, "p7", "p1")}},
		"another one besides the right":  {fragments: []mirror.Fragment{fragment("a", mirror.RoleRSPANSource, 900, "", "p3", "p1"), fragment("b", mirror.RoleRSPANDestination, 900, "p7", "p1")}},
	} {
		site := Site{Devices: map[string]DeviceInfo{}}
		for _, d := range []mirror.Device{a, b, c, device("d")} {
			info := DeviceInfo{Device: d, Ports: ports, Tools: x.tools}
			info.Observation = mirror.Observation{At: time.Now(), Ports: []mirror.Port{{Name: "lag", LAG: true, Members: []mirror.PortName{"m1"}}}}
			site.Devices[d.Name] = info
		}
		ex := Expansion{Fragments: x.fragments}
		peers := map[string]mirror.Device{}
		for _, name := range Peers(ex, site) {
			if d, ok := site.Devices[name]; ok && !x.alone {
				peers[name] = d.Device
			}
		}
		got := CheckCables(ex, site, peers)
		if x.want == "" && len(got) > 0 || x.want != "" && (len(got) != 1 || !strings.Contains(got[0].Message, x.want)) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
