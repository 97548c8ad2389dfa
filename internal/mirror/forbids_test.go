package mirror_test

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestValues: ranges, steps and lists of platforms that are to come (IOS-XR, SR
// Linux, Cumulus) are data.
func TestValues(t *testing.T) {
	for name, c := range map[string]struct {
		values  mirror.Values
		in, out []int
		text    string
	}{
		"not told":     {mirror.Values{}, []int{-1, 0, 1 << 30}, nil, "any"},
		"a range":      {mirror.Values{From: 1, To: 65535}, []int{1, 1024, 65535}, []int{0, 65536, -1}, "between 1 and 65535"},
		"from nothing": {mirror.Values{To: 1023}, []int{0, 1023}, []int{-1, 1024}, "between 0 and 1023"},
		"a list":       {mirror.Values{Only: []int{64, 128, 256, 512}}, []int{64, 512}, []int{0, 65, 511, 1024}, "one of 64, 128, 256, 512"},
		"zero alone":   {mirror.Values{Only: []int{0}}, []int{0}, []int{1, -1}, "0, the only one that there is"},
		"steps":        {mirror.Values{From: 4, To: 4088, Step: 4}, []int{4, 8, 4088}, []int{0, 6, 4090}, "between 4 and 4088 in steps of 4"},
		"exceptions": {mirror.Values{From: 2, To: 4094, Except: []int{1002, 1003}}, []int{2, 1001, 1004}, []int{1, 1002, 1003, 4095},
			"between 2 and 4094, except 1002, 1003"},
	} {
		for _, n := range c.in {
			if !c.values.Allow(n) {
				t.Errorf("%s: %d is refused", name, n)
			}
		}
		for _, n := range c.out {
			if c.values.Allow(n) {
				t.Errorf("%s: %d is allowed", name, n)
			}
		}
		if got := c.values.String(); got != c.text {
			t.Errorf("%s: %q, want %q", name, got, c.text)
		}
	}
	if got := (mirror.Values{From: 62, To: 4088, Step: 4}).First(); got != 64 {
		t.Errorf("the first is %d, want 64", got)
	}
}

// TestWhatAPlatformForbids: each reason stands at its field, with the source of the
// platform's word, whatever another platform would take.
func TestWhatAPlatformForbids(t *testing.T) {
	yes := mirror.Support{Level: mirror.Yes, Source: "a sheet"}
	each := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	caps := mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes, mirror.RoleERSPANSource: yes},
		Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: each,
			mirror.SourceSub: {mirror.RX: yes}}, LAGDestination: mirror.Support{Remark: "members only", Source: "a sheet"}, TagsPreserve: yes, Truncate: yes, ERSPANHeader: yes, TTL: yes,
		Ranges: mirror.Ranges{ERSPANID: mirror.Values{From: 1, To: 65535}, Truncate: mirror.Values{Only: []int{64, 128}}, TTL: mirror.Values{From: 2, To: 255}}}
	local := func(change func(*mirror.NativeSpec)) mirror.NativeSpec {
		n := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}, Destinations: []mirror.PortName{"d1"},
			Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
		change(&n)
		return n
	}
	tunnel := func(e mirror.ERSPAN) mirror.NativeSpec {
		return mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}},
			Options: mirror.Options{ERSPAN: &e, Collector: "192.0.2.9"}}
	}
	for name, c := range map[string]struct {
		spec mirror.NativeSpec
		want []string
	}{
		"nothing":                  {local(func(*mirror.NativeSpec) {}), nil},
		"a length of the list":     {local(func(n *mirror.NativeSpec) { n.Options.Truncate = 128 }), nil},
		"another length":           {local(func(n *mirror.NativeSpec) { n.Options.Truncate = 100 }), []string{"/truncate out-of-range"}},
		"a port-channel":           {local(func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{"d1", "lag1"} }), []string{"/destinations/1 unsupported"}},
		"a source of its own":      {local(func(n *mirror.NativeSpec) { n.Sources[0].VLAN, n.Sources[0].Port = 5, "" }), []string{"/sources/0/direction unsupported"}},
		"a subinterface both ways": {local(func(n *mirror.NativeSpec) { n.Sources[0].Port = "p2.7" }), []string{"/sources/0/direction unsupported"}},
		"a subinterface":           {local(func(n *mirror.NativeSpec) { n.Sources[0] = mirror.NativeSource{Port: "p2.7", Direction: mirror.RX} }), nil},
		"into its own port": {local(func(n *mirror.NativeSpec) {
			n.Sources[0], n.Destinations = mirror.NativeSource{Port: "p2.7", Direction: mirror.RX}, []mirror.PortName{"p2"}
		}), []string{"/sources/0 contradiction"}},
		"to a subinterface":  {local(func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{"p2.7"} }), []string{"/destinations/0 unsupported"}},
		"to the processor":   {local(func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{"cpu"} }), []string{"/destinations/0 unsupported"}},
		"from the processor": {local(func(n *mirror.NativeSpec) { n.Sources[0].Port = "cpu" }), []string{"/sources/0/direction unsupported"}},
		"an id above 1023":   {tunnel(mirror.ERSPAN{ID: 40000}), nil},
		"no id, a low TTL":   {tunnel(mirror.ERSPAN{TTL: 1}), []string{"/erspan/id out-of-range", "/erspan/ttl out-of-range"}},
		"what it has no word of": {tunnel(mirror.ERSPAN{ID: 1, VRF: "a", DSCP: 1, MTU: 1500}), []string{"/erspan/vrf unsupported", "/erspan/dscp unsupported",
			"/erspan/mtu unsupported"}},
		"another role": {mirror.NativeSpec{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{"d1"},
			Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: 1}, Collector: "192.0.2.9"}}, []string{"/kind unsupported"}},
	} {
		var got []string
		for _, r := range caps.Forbids(c.spec, mirror.Port{Name: "lag1", LAG: true}, mirror.Port{Name: "p2.7", Kind: mirror.SourceSub, Parent: "p2"}, mirror.Port{Name: "cpu", Kind: mirror.SourceCPU}) {
			got = append(got, r.Pointer+" "+r.Code)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	wide := mirror.Session{Name: "s", Sources: []mirror.Source{{Device: "a", Interface: "p1"}}, Destinations: []mirror.Destination{{IP: "192.0.2.9"}},
		ERSPAN: &mirror.ERSPAN{ID: 40000, MTU: 10000}}.WithDefaults()
	if reasons := wide.Validate(); len(reasons) != 0 {
		t.Errorf("Validate: %+v", reasons)
	}
}

// TestWhatAPlatformForbidsOfItsGround: a list at the source ports filters what arrives
// there; copies leave by a tunnel interface of netmirror's where there are such, and
// nowhere else.
func TestWhatAPlatformForbidsOfItsGround(t *testing.T) {
	yes := mirror.Support{Level: mirror.Yes, Source: "a sheet"}
	each := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	caps := mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes, mirror.RoleERSPANSource: yes, mirror.RoleERSPANDestination: yes},
		Sources:      map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: each, mirror.SourceVLAN: each},
		ERSPANHeader: yes, Filter: yes, FilterAt: mirror.FilterAtSources}
	tunnels, origin := caps, caps
	tunnels.Tunnels, origin.DeviceOrigin = &mirror.Tunnels{Prefix: "tunnel-ip", From: 1, To: 9}, true
	filtered := func(src mirror.NativeSource) mirror.NativeSpec {
		return mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{src}, Destinations: []mirror.PortName{"d1"}, Options: mirror.Options{Filter: "nm-web"}}
	}
	out := func(tunnel, origin string) mirror.NativeSpec {
		return mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}},
			Options: mirror.Options{ERSPAN: &mirror.ERSPAN{Origin: origin}, Collector: "192.0.2.9", Tunnel: tunnel}}
	}
	end := out("tunnel-ip7", "")
	end.Role, end.Sources, end.Destinations = mirror.RoleERSPANDestination, nil, []mirror.PortName{"d1"}
	for name, c := range map[string]struct {
		caps mirror.Capabilities
		spec mirror.NativeSpec
		want string // pointer, "" = nothing is forbidden
	}{
		"rx of a port":             {caps, filtered(mirror.NativeSource{Port: "p1", Direction: mirror.RX}), ""},
		"tx of a port":             {caps, filtered(mirror.NativeSource{Port: "p1", Direction: mirror.TX}), "/sources/0/direction"},
		"both of a port":           {caps, filtered(mirror.NativeSource{Port: "p1", Direction: mirror.Both}), "/sources/0/direction"},
		"a VLAN":                   {caps, filtered(mirror.NativeSource{VLAN: 9, Direction: mirror.RX}), "/sources/0"},
		"a tunnel interface":       {tunnels, out("tunnel-ip7", "192.0.2.1"), ""},
		"none":                     {tunnels, out("", "192.0.2.1"), "/erspan"},
		"one of another":           {tunnels, out("tunnel-ip10", "192.0.2.1"), "/erspan"},
		"without an origin":        {tunnels, out("tunnel-ip7", ""), "/erspan/origin"},
		"where there are none":     {caps, out("tunnel-ip7", "192.0.2.1"), "/erspan"},
		"at the end of a tunnel":   {tunnels, end, "/erspan"},
		"an origin of the device":  {origin, out("", "192.0.2.1"), ""},
		"no origin of the device":  {origin, out("", ""), "/erspan/origin"},
		"a footing, tunnel":        {tunnels, mirror.Footing{Kind: mirror.FootingTunnel, Name: "tunnel-ip7", Tunnel: &mirror.Tunnel{}}.Spec(), ""},
		"a tunnel that is none":    {caps, mirror.Footing{Kind: mirror.FootingTunnel, Name: "tunnel-ip7", Tunnel: &mirror.Tunnel{}}.Spec(), "/erspan"},
		"a tunnel without a way":   {tunnels, mirror.Footing{Kind: mirror.FootingTunnel, Name: "tunnel-ip7"}.Spec(), "/erspan"},
		"a footing, origin":        {origin, mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}.Spec(), ""},
		"an origin that is none":   {origin, mirror.Footing{Kind: mirror.FootingOrigin, Name: "core-1"}.Spec(), "/erspan/origin"},
		"an origin, of a session":  {caps, mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}.Spec(), "/erspan/origin"},
		"a list at ports":          {caps, mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-web", Ports: []mirror.PortName{"p1"}}.Spec(), ""},
		"a list at ports, nowhere": {mirror.Capabilities{}, mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-web", Ports: []mirror.PortName{"p1"}}.Spec(), "/filter"},
	} {
		reasons := c.caps.Forbids(c.spec)
		if len(reasons) == 0 != (c.want == "") || len(reasons) > 1 || len(reasons) == 1 && reasons[0].Pointer != c.want {
			t.Errorf("%s: %+v, want %q", name, reasons, c.want)
		}
	}
}
