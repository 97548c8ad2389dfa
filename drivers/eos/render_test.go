package eos

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

const ourName = "nm-abcdefghij"

func session(t *testing.T, w want) *mirror.NativeSession {
	t.Helper()
	return &mirror.NativeSession{ID: ourName, Mark: ourName, Spec: w.spec(t)}
}

func rendered(t *testing.T, before, after *mirror.NativeSession) string {
	t.Helper()
	p, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Mark: ourName, Before: before, After: after}})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(p.Blocks[0].Text, "monitor session "+ourName+" ", "N ")
}

func TestChanges(t *testing.T) {
	one := want{sources: "both Ethernet1; rx Ethernet10 Ethernet2", to: []mirror.PortName{"Ethernet47"}}
	with := func(change func(*want)) want {
		w := one
		change(&w)
		return w
	}
	for name, c := range map[string]struct {
		before, after *want
		text          string
	}{
		"create": {nil, &one, "N source Ethernet1 both\nN source Ethernet2 rx\nN source Ethernet10 rx\nN destination Ethernet47\n"},
		"delete": {&one, nil, "no monitor session " + ourName + "\n"},
		"another direction": {&one, ptr(with(func(w *want) { w.sources = "both Ethernet1 Ethernet2; rx Ethernet10" })),
			"no N source Ethernet2\nN source Ethernet2 both\n"},
		"other sources": {&one, ptr(with(func(w *want) { w.sources = "both Ethernet1; rx Ethernet2; tx Port-Channel3" })),
			"no N source Ethernet10\nN source Port-Channel3 tx\n"},
		"a second destination": {&one, ptr(with(func(w *want) { w.to = []mirror.PortName{"Ethernet47", "Port-Channel1"} })), "N destination Port-Channel1\n"},
		"another destination":  {&one, ptr(with(func(w *want) { w.to = []mirror.PortName{"Ethernet48"} })), "no N destination Ethernet47\nN destination Ethernet48\n"},
		"into a tunnel": {&one, ptr(with(func(w *want) { w.to, w.options = nil, gre("192.0.2.1", "198.51.100.7") })),
			"no N destination Ethernet47\nN destination tunnel mode gre source 192.0.2.1 destination 198.51.100.7\n"},
		"another filter": {ptr(with(func(w *want) { w.options = mirror.Options{Filter: "a"} })), ptr(with(func(w *want) { w.options = mirror.Options{Filter: "b"} })),
			"no N destination Ethernet47\nno N ip access-group\nN ip access-group b\nN destination Ethernet47\n"},
		"other options": {ptr(with(func(w *want) { w.options = mirror.Options{Truncate: 64} })), ptr(with(func(w *want) { w.options = mirror.Options{Truncate: 128, Sample: 10} })),
			"no N destination Ethernet47\nno N truncate\nN truncate size 128\nN sample 10\nN destination Ethernet47\n"},
		"no more options": {ptr(with(func(w *want) { w.options = mirror.Options{Filter: "a", Sample: 9} })), &one,
			"no N destination Ethernet47\nno N ip access-group\nno N sample\nN destination Ethernet47\n"},
		"nothing": {&one, &one, ""},
	} {
		var before, after *mirror.NativeSession
		if c.before != nil {
			before = session(t, *c.before)
		}
		if c.after != nil {
			after = session(t, *c.after)
		}
		if d := cmp.Diff(c.text, rendered(t, before, after)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestWhatCannotBeSaid(t *testing.T) {
	local := want{sources: "both Ethernet1", to: []mirror.PortName{"Ethernet47"}}
	for name, c := range map[string]struct {
		change func(*mirror.NativeSpec)
		words  []string
	}{
		"RSPAN":                  {func(n *mirror.NativeSpec) { n.Role, n.RemoteVLAN = mirror.RoleRSPANSource, 999 }, []string{"EOS has no RSPAN"}},
		"a tunnel that ends":     {func(n *mirror.NativeSpec) { n.Role = mirror.RoleERSPANDestination }, []string{"erspan-destination"}},
		"a VLAN":                 {func(n *mirror.NativeSpec) { n.Sources = []mirror.NativeSource{{VLAN: 110, Direction: mirror.RX}} }, []string{"mirror a VLAN"}},
		"both of a subinterface": {func(n *mirror.NativeSpec) { n.Sources[0].Port = "Ethernet1.100" }, []string{"subinterface Ethernet1.100"}},
		"the processor":          {func(n *mirror.NativeSpec) { n.Destinations[0] = cpu }, []string{"destination Cpu"}},
		"itself":                 {func(n *mirror.NativeSpec) { n.Destinations[0] = "Ethernet1" }, []string{"source and destination"}},
		"a line break":           {func(n *mirror.NativeSpec) { n.Sources[0].Port = "Ethernet1\nreload" }, []string{"no port"}},
		"another name":           {func(n *mirror.NativeSpec) { n.Destinations[0] = "Et47" }, []string{"no port that can be a destination"}},
		"every reason at once": {func(n *mirror.NativeSpec) {
			n.Options.Tags, n.Options.Ingress, n.Options.FilterVLANs, n.Options.Truncate = mirror.TagsStrip, mirror.IngressEnabled, []int{1}, 5
			n.Options.Filter, n.Options.Sample = "ipv6:a", 1
		}, []string{"tags", "ingress", "filterVlans", "truncation", "IP access list", "sampling"}},
		"a key": {func(n *mirror.NativeSpec) {
			n.Role, n.Destinations, n.Options = mirror.RoleERSPANSource, nil, gre("192.0.2.1", "198.51.100.7")
			n.Options.ERSPAN.ID = 42
		}, []string{"the key of plain GRE 42"}},
		"an ERSPAN header": {func(n *mirror.NativeSpec) {
			n.Role, n.Destinations = mirror.RoleERSPANSource, nil
			n.Options = mirror.Options{Collector: "2001:db8::1", ERSPAN: &mirror.ERSPAN{ID: 42, TTL: 32, VRF: "x"}}
		}, []string{"encapsulation gre", "TTL", "origin", "VRF", "IPv6"}},
	} {
		n := session(t, local)
		c.change(&n.Spec)
		_, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Mark: ourName, After: n}})
		var refusal *mirror.Refusal
		if !errors.Is(err, mirror.ErrUnsupported) || !errors.As(err, &refusal) {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		for _, w := range c.words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", name, err, w)
			}
		}
	}
}

func TestAMissingAccessListIsRefused(t *testing.T) {
	n := session(t, want{sources: "rx Ethernet1", to: []mirror.PortName{"Ethernet47"}, options: mirror.Options{Filter: "voice"}})
	for lists, ok := range map[string]bool{"a,voice": true, "a,voices": false, "": false} {
		_, err := Render(mirror.Facts{}, mirror.Observation{Handles: map[string]string{handleLists: lists}}, []mirror.Change{{Mark: ourName, After: n}})
		if (err == nil) != ok {
			t.Errorf("with %q: %v", lists, err)
		}
	}
}

func TestNamesAndStrangersAreKept(t *testing.T) {
	good := session(t, want{sources: "rx Ethernet1", to: []mirror.PortName{"Ethernet47"}})
	named := func(id string) *mirror.NativeSession {
		n := *good
		n.ID = id
		return &n
	}
	opaque := named(ourName)
	opaque.Opaque = "a rate limit"
	for _, c := range []mirror.Change{{}, {After: named("")}, {After: named("a b")}, {After: named("a\nreload")}, {After: named("default")}, {After: named("no;x")},
		{Before: named("a"), After: named("b")}} {
		if _, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{c}); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
	if _, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Before: opaque, After: good}}); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("an opaque session is changed: %v", err)
	}
}

// What is rendered is read back as what was asked for.
func TestWhatIsRenderedIsReadBack(t *testing.T) {
	for _, w := range []want{
		{sources: "both Ethernet1; tx Port-Channel3; rx Ethernet1.100 Ethernet3/1", to: []mirror.PortName{"Ethernet47", "Port-Channel2"}, options: mirror.Options{Filter: "a", Truncate: 128, Sample: 50}},
		{sources: "both Ethernet1", options: filtered("a", gre("192.0.2.1", "198.51.100.7"))},
	} {
		w.id = ourName
		text := strings.ReplaceAll(rendered(t, nil, session(t, w)), "N ", "monitor session "+ourName+" ")
		got, err := parseSessions(text)
		if err != nil || len(got) != 1 {
			t.Fatalf("%v, of\n%s", err, text)
		}
		w.check(t, got[0])
	}
}
