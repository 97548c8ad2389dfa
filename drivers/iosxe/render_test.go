package iosxe

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

var c9300 = mirror.Facts{Model: "C9300-48T"}

// specs draws sessions of all roles that a Catalyst 9300 can hold.
func specs(t *rapid.T, label string) mirror.NativeSpec {
	role := rapid.SampledFrom([]mirror.Role{mirror.RoleLocal, mirror.RoleLocal, mirror.RoleRSPANSource, mirror.RoleRSPANDestination,
		mirror.RoleERSPANSource, mirror.RoleERSPANDestination}).Draw(t, label+"role")
	return specOf(t, label, role)
}

func specOf(t *rapid.T, label string, role mirror.Role) mirror.NativeSpec {
	s := mirror.NativeSpec{Role: role}
	direction := rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both})
	if role != mirror.RoleRSPANDestination && role != mirror.RoleERSPANDestination {
		vlans := rapid.Bool().Draw(t, label+"vlans")
		for i := range rapid.IntRange(1, 8).Draw(t, label+"n") {
			src := mirror.NativeSource{Direction: direction.Draw(t, fmt.Sprint(label, "dir", i))}
			n := rapid.IntRange(1, 14).Draw(t, fmt.Sprint(label, "src", i))
			switch {
			case vlans:
				src.VLAN = 96 + n
			case n == 14:
				src.Port = "Port-channel1"
			case n == 13:
				src.Port = "TenGigabitEthernet1/1/1"
			default:
				src.Port = mirror.PortName(fmt.Sprintf("GigabitEthernet1/0/%d", n))
			}
			s.Sources = append(s.Sources, src)
		}
		if !vlans && rapid.Bool().Draw(t, label+"filtered") {
			s.Options.FilterVLANs = rapid.SliceOfNDistinct(rapid.IntRange(1, 60), 1, 40, rapid.ID[int]).Draw(t, label+"filter")
		}
		if rapid.Bool().Draw(t, label+"acl") {
			s.Options.Filter = rapid.SampledFrom([]string{"voice", "SPAN_2"}).Draw(t, label+"acl name")
		}
	}
	if role == mirror.RoleLocal || role == mirror.RoleRSPANDestination || role == mirror.RoleERSPANDestination {
		for _, d := range rapid.SliceOfNDistinct(rapid.IntRange(5, 12), 1, 2, rapid.ID[int]).Draw(t, label+"dest") {
			p := mirror.PortName(fmt.Sprintf("GigabitEthernet1/0/%d", d))
			s.Sources = slices.DeleteFunc(s.Sources, func(src mirror.NativeSource) bool { return src.Port == p })
			s.Destinations = append(s.Destinations, p)
		}
		if role != mirror.RoleRSPANDestination && role != mirror.RoleERSPANDestination && len(s.Sources) == 0 {
			s.Sources = []mirror.NativeSource{{Port: "GigabitEthernet1/0/1", Direction: mirror.Both}}
		}
	}
	switch role {
	case mirror.RoleLocal, mirror.RoleRSPANDestination:
		s.Options.Tags = rapid.SampledFrom([]string{strip, preserve}).Draw(t, label+"tags")
		s.Options.Ingress = mirror.IngressDisabled
	case mirror.RoleERSPANSource, mirror.RoleERSPANDestination:
		s.Options.ERSPAN = &mirror.ERSPAN{ID: rapid.IntRange(1, 1023).Draw(t, label+"id"), VRF: rapid.SampledFrom([]string{"", "MGMT"}).Draw(t, label+"vrf")}
		s.Options.Collector = rapid.SampledFrom([]string{"192.0.2.7", "198.51.100.9", "2001:db8::7"}).Draw(t, label+"ip")
		if role == mirror.RoleERSPANSource {
			e := s.Options.ERSPAN
			e.Origin = map[bool]string{true: "2001:db8::1", false: "192.0.2.1"}[strings.Contains(s.Options.Collector, ":")]
			e.TTL = rapid.SampledFrom([]int{0, 2, 32}).Draw(t, label+"ttl")
			e.DSCP = rapid.SampledFrom([]int{0, 8}).Draw(t, label+"dscp")
			e.MTU = rapid.SampledFrom([]int{0, 1464}).Draw(t, label+"mtu")
			e.Type = rapid.SampledFrom([]int{0, 2, 3}).Draw(t, label+"type")
		}
	}
	if role == mirror.RoleRSPANSource || role == mirror.RoleRSPANDestination {
		s.RemoteVLAN = rapid.IntRange(500, 503).Draw(t, label+"remote")
	}
	return Capabilities(c9300).Plain(s.Normalize())
}

func native(id string, s mirror.NativeSpec) *mirror.NativeSession {
	return &mirror.NativeSession{ID: id, Mark: "nm-" + id, Spec: s}
}

func mustRender(t interface{ Fatalf(string, ...any) }, changes ...mirror.Change) string {
	p, err := Render(c9300, mirror.Observation{}, changes)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	text := ""
	for _, b := range p.Blocks {
		text += b.Text
	}
	return text
}

// From any session to any other: the lines lead there on a box of additive
// lines, in an order that it allows, touch no other session, and what the box
// then shows and configures is read as what was wanted.
func TestAnyChangeLeadsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := specs(t, "before ")
		after := specs(t, "after ")
		if rapid.Bool().Draw(t, "same role") {
			after = specOf(t, "after again ", before.Role)
		}
		b := newBox()
		foreign := mustRender(t, mirror.Change{Mark: "f", After: native("1", local("GigabitEthernet2/0/1", strip, port("GigabitEthernet2/0/2", mirror.RX)))})
		if err := b.run(foreign); err != nil {
			t.Fatalf("foreign: %v", err)
		}
		untouched := b.config()
		if err := b.run(mustRender(t, mirror.Change{Mark: "m", After: native("66", before)})); err != nil {
			t.Fatalf("create: %v", err)
		}
		checkBox(t, b, before)
		text := mustRender(t, mirror.Change{Mark: "m", Was: "m", Before: native("66", before), After: native("66", after)})
		moves := subMode(before.Role) && before.Options.Filter != "" && before.Options.Filter != after.Options.Filter // to another list: see rebuild
		if before.Role == after.Role && !moves && strings.Contains(text, "no monitor session 66\n") {
			t.Fatalf("an additive change deletes the session:\n%s", text)
		}
		if before.Equal(after) && before.Options.ERSPAN == nil && text != "" {
			t.Fatalf("no difference, but lines:\n%s", text)
		}
		if err := b.run(text); err != nil {
			t.Fatalf("change: %v in\n%s", err, text)
		}
		checkBox(t, b, after)
		if err := b.run(mustRender(t, mirror.Change{Mark: "m", Before: native("66", after)})); err != nil {
			t.Fatalf("delete: %v", err)
		}
		if got := b.config(); got != untouched {
			t.Fatalf("what is left:\n%swant:\n%s", got, untouched)
		}
	})
}

func checkBox(t *rapid.T, b *box, want mirror.NativeSpec) {
	if d := cmp.Diff(want, b.sessions[66].spec()); d != "" {
		t.Fatalf("the box holds (-want +got):\n%s", d)
	}
	cfg, err := parseConfig(b.config())
	if err != nil {
		t.Fatalf("config: %v", err)
	}
	views, err := parseMonitor(b.shown())
	if err != nil {
		t.Fatalf("show monitor: %v in\n%s", err, b.shown())
	}
	got := merge(views, &cfg)
	if len(got) != 2 || got[1].ID != "66" || got[1].Opaque != "" || !got[1].Spec.Equal(want) {
		t.Fatalf("read as %+v\nwant %+v\nconfig:\n%s", got, want, b.config())
	}
	if want.Options.ERSPAN != nil {
		return // show monitor tells less
	}
	if got := merge(views, nil); len(got) != 2 || got[1].Opaque != "" || !got[1].Spec.Equal(want) {
		t.Fatalf("show monitor alone is read as %+v\nwant %+v\ntext:\n%s", got, want, b.shown())
	}
}

func TestDestinationSwapIsTwoLines(t *testing.T) {
	before := local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/1", mirror.Both))
	after := local("GigabitEthernet1/0/48", preserve, port("GigabitEthernet1/0/1", mirror.Both))
	got := mustRender(t, mirror.Change{Mark: "m", Before: native("66", before), After: native("66", after)})
	want := "no monitor session 66 destination interface GigabitEthernet1/0/47\n" +
		"monitor session 66 destination interface GigabitEthernet1/0/48 encapsulation replicate\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

func TestDirectionChangesByRemovingWithoutDirection(t *testing.T) {
	before := local("GigabitEthernet1/0/47", strip, port("GigabitEthernet1/0/1", mirror.Both), port("GigabitEthernet1/0/10", mirror.RX))
	after := local("GigabitEthernet1/0/47", strip, port("GigabitEthernet1/0/1", mirror.TX), port("GigabitEthernet1/0/2", mirror.RX), port("GigabitEthernet1/0/10", mirror.RX))
	got := mustRender(t, mirror.Change{Mark: "m", Before: native("66", before), After: native("66", after)})
	want := "no monitor session 66 source interface GigabitEthernet1/0/1\n" +
		"monitor session 66 source interface GigabitEthernet1/0/1 tx\n" +
		"monitor session 66 source interface GigabitEthernet1/0/2 rx\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// What somebody configured with ingress is put back with the device's own words.
func TestIngressIsTakenAwayAndPutBackFromTheText(t *testing.T) {
	was := local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/1", mirror.Both))
	was.Options.Ingress = mirror.IngressEnabled
	before := native("66", was)
	before.Text = "monitor session 66 source interface Gi1/0/1\nmonitor session 66 destination interface Gi1/0/47 encapsulation replicate ingress untagged vlan 5"
	after := native("66", local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/1", mirror.Both)))
	got := mustRender(t, mirror.Change{Mark: "m", Before: before, After: after})
	want := "no monitor session 66 destination interface GigabitEthernet1/0/47\n" +
		"monitor session 66 destination interface GigabitEthernet1/0/47 encapsulation replicate\n"
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
	back, err := driver.Text(c9300, mirror.Change{Mark: "m", Before: after, After: before})
	if want := "no monitor session 66 destination interface GigabitEthernet1/0/47\n" +
		"monitor session 66 destination interface GigabitEthernet1/0/47 encapsulation replicate ingress untagged vlan 5\n"; err != nil || back != want {
		t.Errorf("%v, got:\n%swant:\n%s", err, back, want)
	}
	before.Text = ""
	if _, err := driver.Text(c9300, mirror.Change{Mark: "m", Before: after, After: before}); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("ingress without a VLAN: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	good := local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/1", mirror.Both))
	with := func(change func(*mirror.NativeSpec)) mirror.NativeSpec {
		s := good.Normalize()
		change(&s)
		return s
	}
	read := mirror.Observation{Handles: map[string]string{handleACLs: "voice"},
		VLANs: []mirror.VLAN{{ID: 100, Remote: true}, {ID: 400, Remote: true}, {ID: 500}}}
	for name, c := range map[string]struct {
		spec  mirror.NativeSpec
		facts mirror.Facts
		words string
	}{
		"everything":       {with(func(s *mirror.NativeSpec) { s.Sources = []mirror.NativeSource{{All: true, Direction: "rx"}} }), c9300, "everything"},
		"command in port":  {with(func(s *mirror.NativeSpec) { s.Sources[0].Port = "GigabitEthernet1/0/1\nreload" }), c9300, "no port"},
		"not canonical":    {with(func(s *mirror.NativeSpec) { s.Sources[0].Port = "Gi1/0/1" }), c9300, "no port"},
		"bad direction":    {with(func(s *mirror.NativeSpec) { s.Sources[0].Direction = "rx tx" }), c9300, "direction"},
		"mixed":            {with(func(s *mirror.NativeSpec) { s.Sources = append(s.Sources, vlanSources("rx", 5)...) }), c9300, "source VLANs"},
		"filter and VLANs": {with(func(s *mirror.NativeSpec) { s.Sources = vlanSources("rx", 5); s.Options.FilterVLANs = []int{6} }), c9300, "filterVlans"},
		"own destination":  {with(func(s *mirror.NativeSpec) { s.Destinations[0] = s.Sources[0].Port }), c9300, "source and destination"},
		"no destination":   {with(func(s *mirror.NativeSpec) { s.Destinations = nil }), c9300, "needs a destination port"},
		"port-channel":     {with(func(s *mirror.NativeSpec) { s.Destinations[0] = "Port-channel1" }), c9300, "port-channel"},
		"two on a 4500": {with(func(s *mirror.NativeSpec) { s.Destinations = append(s.Destinations, "GigabitEthernet1/0/48") }),
			mirror.Facts{Model: "WS-C4510R-E"}, "2 destinations"},
		"truncate":   {with(func(s *mirror.NativeSpec) { s.Options.Truncate = 128 }), c9300, "truncate"},
		"sample":     {with(func(s *mirror.NativeSpec) { s.Options.Sample = 10 }), c9300, "sample"},
		"ingress":    {with(func(s *mirror.NativeSpec) { s.Options.Ingress = mirror.IngressEnabled }), c9300, "/ingress"},
		"acl words":  {with(func(s *mirror.NativeSpec) { s.Options.Filter = "voice rx" }), c9300, "access list"},
		"acl family": {with(func(s *mirror.NativeSpec) { s.Options.Filter = "mac:voice" }), c9300, "access list"},
		"no acl":     {with(func(s *mirror.NativeSpec) { s.Options.Filter = "web" }), c9300, "no IP access list web"},
		"acl 3560":   {with(func(s *mirror.NativeSpec) { s.Options.Filter = "voice" }), mirror.Facts{Model: "WS-C3560-24PS"}, "Catalyst 3560"},
		"asr local":  {good, mirror.Facts{Model: "ASR1002-X"}, "ASR 1000"},
		"remote VLAN": {mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: good.Sources, RemoteVLAN: 500}, c9300,
			"500 is no remote-span VLAN"},
		"reserved VLAN": {mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: good.Sources, RemoteVLAN: 1003}, c9300, "1003"},
		"trunks": {mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: good.Sources, RemoteVLAN: 400,
			Trunks: []mirror.PortName{"TenGigabitEthernet1/1/1"}}, c9300, "footings"},
		"erspan on 3750": {mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: good.Sources, Options: mirror.Options{Collector: "192.0.2.1",
			ERSPAN: &mirror.ERSPAN{ID: 1, Origin: "192.0.2.2"}}}, mirror.Facts{Model: "WS-C3750G-24T"}, "ERSPAN on Catalyst 3750"},
		"vrf": {mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: good.Sources, Options: mirror.Options{Collector: "192.0.2.1",
			ERSPAN: &mirror.ERSPAN{ID: 1, Origin: "192.0.2.2", VRF: "a b"}}}, c9300, "VRF"},
		"no tunnel": {mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: good.Sources}, c9300, "needs a tunnel"},
	} {
		_, err := Render(c.facts, read, []mirror.Change{{Mark: "m", After: native("66", c.spec)}})
		var refused *mirror.Refusal
		if !errors.Is(err, mirror.ErrUnsupported) || !errors.As(err, &refused) || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v, want a refusal with %q", name, err, c.words)
		}
	}
	if _, err := Render(c9300, read, []mirror.Change{{Mark: "m", After: native("66", good)}}); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestNumbersAndOpaqueSessionsAreGuarded(t *testing.T) {
	good := native("66", local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/1", mirror.Both)))
	service := &mirror.NativeSession{ID: "2", Opaque: `type "Service Module Session"`}
	stubborn := &mirror.NativeSession{ID: "66", Opaque: "administratively disabled", Spec: good.Spec}
	for name, c := range map[string]struct {
		change mirror.Change
		kind   error
	}{
		"nothing":         {mirror.Change{}, mirror.ErrInvalid},
		"no number":       {mirror.Change{After: native("", good.Spec)}, mirror.ErrInvalid},
		"words":           {mirror.Change{After: native("all", good.Spec)}, mirror.ErrInvalid},
		"injection":       {mirror.Change{Before: native("1 source", good.Spec)}, mirror.ErrInvalid},
		"other number":    {mirror.Change{Before: native("65", good.Spec), After: good}, mirror.ErrInvalid},
		"service module":  {mirror.Change{Before: service}, mirror.ErrUnsupported},
		"change of it":    {mirror.Change{Before: stubborn, After: good}, mirror.ErrUnsupported},
		"deleting is due": {mirror.Change{Before: stubborn}, nil},
	} {
		_, err := Render(c9300, mirror.Observation{}, []mirror.Change{c.change})
		if c.kind == nil && err != nil || !errors.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", name, err, c.kind)
		}
	}
}

func TestCapabilitiesAndRenderAgree(t *testing.T) {
	for _, q := range quirks {
		model := q.Prefix
		caps := Capabilities(mirror.Facts{Model: model})
		s := local("GigabitEthernet1/0/47", preserve, port("GigabitEthernet1/0/1", mirror.Both))
		lag := local("Port-channel1", preserve, port("GigabitEthernet1/0/1", mirror.Both))
		acl := filtered(s, "voice")
		erspan := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: s.Sources, Options: mirror.Options{Collector: "192.0.2.1",
			ERSPAN: &mirror.ERSPAN{ID: 1, Origin: "192.0.2.2"}}}
		rspan := mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: s.Sources, RemoteVLAN: 400}
		isLocal := caps.Roles[mirror.RoleLocal].OK()
		for what, c := range map[string]struct {
			spec mirror.NativeSpec
			can  bool
		}{
			"local": {s, isLocal}, "lag": {lag, isLocal && caps.LAGDestination.OK()}, "acl": {acl, isLocal && caps.Filter.OK()},
			"erspan": {erspan, caps.Roles[mirror.RoleERSPANSource].OK()}, "rspan": {rspan, caps.Roles[mirror.RoleRSPANSource].OK()},
		} {
			_, err := Render(mirror.Facts{Model: model}, mirror.Observation{}, []mirror.Change{{After: native("66", c.spec)}})
			if (err == nil) != c.can {
				t.Errorf("%s (%q), %s: capability %v, render %v", q.Name, model, what, c.can, err)
			}
		}
	}
}

// The words of a tunnel: those of its family, no line for what is the default, and
// a removal of the line as it stands.
func TestTunnelWords(t *testing.T) {
	tunnel := func(collector, origin string, e mirror.ERSPAN) mirror.NativeSpec {
		e.ID, e.Origin = 101, origin
		return mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", mirror.RX)},
			Options: mirror.Options{Collector: collector, ERSPAN: &e}}
	}
	four := func(e mirror.ERSPAN) mirror.NativeSpec { return tunnel("192.0.2.10", "192.0.2.1", e) }
	six := func(e mirror.ERSPAN) mirror.NativeSpec { return tunnel("2001:db8::10", "2001:db8::1", e) }
	all := mirror.ERSPAN{TTL: 32, DSCP: 8, MTU: 1464, Type: 3}
	for name, c := range map[string]struct {
		before, after mirror.NativeSpec
		has, lacks    []string
	}{
		"over IPv6":       {mirror.NativeSpec{}, six(all), []string{"  ipv6 ttl 32\n", "  ipv6 dscp 8\n", "  ipv6 address 2001:db8::10\n"}, []string{" ip "}},
		"over IPv4":       {mirror.NativeSpec{}, four(all), []string{"  ip ttl 32\n", "  ip dscp 8\n", " header-type 3\n"}, []string{"ipv6"}},
		"type II":         {mirror.NativeSpec{}, four(mirror.ERSPAN{Type: 2}), nil, []string{"header-type"}},
		"back to type II": {four(all), four(mirror.ERSPAN{Type: 2, TTL: 32, DSCP: 8, MTU: 1464}), []string{" no header-type 3\n"}, []string{"header-type 2"}},
		"to the defaults": {four(all), four(mirror.ERSPAN{Type: 3}), []string{"  no ip ttl 32\n", "  no ip dscp 8\n", "  no mtu 1464\n"}, nil},
		"to the other family": {four(mirror.ERSPAN{TTL: 32}), six(mirror.ERSPAN{TTL: 32}),
			[]string{"  no ip ttl 32\n", "  no ip address 192.0.2.10\n", "  ipv6 ttl 32\n"}, nil},
	} {
		change := create("66", c.after)
		if c.before.Role != "" {
			change.Before = native("66", c.before)
		}
		text := mustRender(t, change)
		for _, l := range c.has {
			if !strings.Contains(text, l) {
				t.Errorf("%s: no %q in\n%s", name, l, text)
			}
		}
		for _, l := range c.lacks {
			if strings.Contains(text, l) {
				t.Errorf("%s: %q in\n%s", name, l, text)
			}
		}
	}
}

// TestDefaultsAreNotSaid: a session that names a default and one that does not are
// the same, by the model.
func TestDefaultsAreNotSaid(t *testing.T) {
	const text = "monitor session 66 type erspan-source\n no shutdown\n source interface Gi1/0/3 rx\n header-type 2\n destination\n  erspan-id 101\n  ip address 192.0.2.10\n" +
		"  origin ip address 192.0.2.1\n  ip ttl 255\n  mtu %d\n!\nend\n"
	for model, mtu := range map[string]int{"C9300-48T": 9000, "ASR1001-X": 1500} {
		for _, said := range []int{mtu, 1400} {
			cfg, err := parseConfig(fmt.Sprintf(text, said))
			if err != nil {
				t.Fatal(err)
			}
			got := *Capabilities(mirror.Facts{Model: model}).Plain(merge(nil, &cfg)[0].Spec).Options.ERSPAN
			want := mirror.ERSPAN{ID: 101, Origin: "192.0.2.1"}
			if said != mtu {
				want.MTU = said
			}
			if !cmp.Equal(got, want) {
				t.Errorf("%s, mtu %d: %+v", model, said, got)
			}
		}
		_, err := Render(mirror.Facts{Model: model}, mirror.Observation{}, []mirror.Change{create("66", mirror.NativeSpec{Role: mirror.RoleERSPANSource,
			Sources: []mirror.NativeSource{port("GigabitEthernet1/0/3", mirror.RX)},
			Options: mirror.Options{Collector: "192.0.2.10", ERSPAN: &mirror.ERSPAN{ID: 101, Origin: "192.0.2.1", MTU: 100}}})})
		if router := model != "C9300-48T"; router != (err == nil) {
			t.Errorf("%s: an MTU of 100 is taken: %v", model, err)
		}
	}
}
