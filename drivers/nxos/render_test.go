package nxos

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const (
	ourMark = "nm-abcdefghij"
	d1      = mirror.PortName("Ethernet1/47")
)

func session(t *testing.T, w want) *mirror.NativeSession {
	t.Helper()
	return &mirror.NativeSession{ID: w.id, Mark: w.mark, Spec: w.spec(t)}
}

func written(t *testing.T, f mirror.Facts, before, after *mirror.NativeSession) string {
	t.Helper()
	out, err := driver.Text(f, mirror.Change{Mark: ourMark, Before: before, After: after})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestChanges(t *testing.T) {
	local := want{id: "32", mark: ourMark, sources: "both Ethernet1/1; rx 110 120-122", to: []mirror.PortName{d1}}
	far := want{id: "31", mark: ourMark, role: mirror.RoleERSPANSource, sources: "rx port-channel1 Ethernet1/2",
		options: mirror.Options{Collector: "198.51.100.7", Filter: "nm-klmnopqrst", FilterVLANs: []int{5, 6, 7, 9}, Truncate: 256, ERSPAN: &mirror.ERSPAN{ID: 42, Origin: "192.0.2.1", TTL: 32, DSCP: 8, Type: 3}}}
	end := want{id: "30", mark: ourMark, role: mirror.RoleERSPANDestination, to: []mirror.PortName{d1}, options: tunnel("198.51.100.8", mirror.ERSPAN{ID: 43, VRF: "tools"})}
	with := func(w want, change func(*want)) want { change(&w); return w }
	for name, c := range map[string]struct {
		before, after *want
		text          string
	}{
		"a local session": {nil, &local, `monitor session 32
  description nm-abcdefghij
  source interface Ethernet1/1 both
  source vlan 110,120-122 rx
  destination interface Ethernet1/47
  no shut
`},
		"gone": {&local, nil, "no monitor session 32\n"},
		"an ERSPAN source": {nil, &far, `monitor session 31 type erspan-source
  description nm-abcdefghij
  header-type 3
  vrf default
  erspan-id 42
  destination ip 198.51.100.7
  ip ttl 32
  ip dscp 8
  mtu 256
  filter vlan 5-7,9
  filter access-group nm-klmnopqrst
  source interface Ethernet1/2 rx
  source interface port-channel1 rx
  no shut
`},
		"an ERSPAN destination": {nil, &end, `monitor session 30 type erspan-destination
  description nm-abcdefghij
  vrf tools
  erspan-id 43
  source ip 198.51.100.8
  destination interface Ethernet1/47
  no shut
`},
		"another direction, another destination": {&local, ptr(with(local, func(w *want) { w.sources, w.to = "tx Ethernet1/1; rx 110 121", []mirror.PortName{"Ethernet1/48"} })), `monitor session 32
  no source interface Ethernet1/1
  no source vlan 120,122
  no destination interface Ethernet1/47
  source interface Ethernet1/1 tx
  destination interface Ethernet1/48
`},
		// While more changes, nothing is copied.
		"other options": {&far, ptr(with(far, func(w *want) {
			w.options = mirror.Options{Collector: "198.51.100.9", Filter: "nm-tttttttttt", FilterVLANs: []int{9}, ERSPAN: &mirror.ERSPAN{ID: 42, Origin: "192.0.2.1", VRF: "tools", DSCP: 9}}
		})), `monitor session 31 type erspan-source
  shut
  no header-type 3
  no ip ttl 32
  no mtu 256
  no filter vlan 5-7
  no filter access-group nm-klmnopqrst
  vrf tools
  destination ip 198.51.100.9
  ip dscp 9
  filter access-group nm-tttttttttt
  no shut
`},
		"opened again":             {ptr(with(local, func(w *want) { w.shut = true })), &local, "monitor session 32\n  no shut\n"},
		"shut as it was":           {&local, ptr(with(local, func(w *want) { w.shut = true })), "monitor session 32\n  shut\n"},
		"shut, with other options": {ptr(with(local, func(w *want) { w.shut = true })), ptr(with(local, func(w *want) { w.options.Truncate = 128 })), "monitor session 32\n  mtu 128\n  no shut\n"},
		"made shut": {nil, ptr(with(local, func(w *want) { w.shut, w.sources = true, "rx Ethernet1/1" })), `monitor session 32
  description nm-abcdefghij
  source interface Ethernet1/1 rx
  destination interface Ethernet1/47
`},
		"another mark": {&local, ptr(with(local, func(w *want) { w.mark = "nm-2222222222" })), "monitor session 32\n  description nm-2222222222\n"},
		"an origin of another": {&far, ptr(with(far, func(w *want) {
			w.options.ERSPAN = &mirror.ERSPAN{ID: 42, Origin: "192.0.2.2", TTL: 32, DSCP: 8, Type: 3}
		})), ""},
		"a tunnel without VRF": {ptr(with(end, func(w *want) { w.options = tunnel("198.51.100.8", mirror.ERSPAN{ID: 43, VRF: noVRF}) })), &end, "monitor session 30 type erspan-destination\n  shut\n  vrf tools\n  no shut\n"},
		"of another type": {&end, ptr(with(local, func(w *want) { w.id = "30" })), `no monitor session 30
monitor session 30
  description nm-abcdefghij
  source interface Ethernet1/1 both
  source vlan 110,120-122 rx
  destination interface Ethernet1/47
  no shut
`},
		"sampled": {nil, &want{id: "1", mark: ourMark, sources: "rx Ethernet1/1", to: []mirror.PortName{d1}, options: mirror.Options{Sample: 100}}, `monitor session 1
  description nm-abcdefghij
  sampling 100
  source interface Ethernet1/1 rx
  destination interface Ethernet1/47
  no shut
`},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after *mirror.NativeSession
			if c.before != nil {
				before = session(t, *c.before)
			}
			if c.after != nil {
				after = session(t, *c.after)
			}
			if d := cmp.Diff(c.text, written(t, n9k, before, after)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
	// The families that have no word for the direction of a VLAN.
	if got := written(t, mirror.Facts{Model: "Nexus 5672"}, nil, session(t, want{id: "1", sources: "rx 110", to: []mirror.PortName{d1}})); !strings.Contains(got, "  source vlan 110\n") {
		t.Error(got)
	}
}

func ptr[T any](v T) *T { return &v }

// What somebody called a session is put back when we leave it.
func TestTheDescriptionOfAnother(t *testing.T) {
	theirs := session(t, want{id: "1", sources: "rx Ethernet1/1", to: []mirror.PortName{d1}})
	theirs.Text = "monitor session 1\n  description to the IDS\n  source interface Ethernet1/1 rx"
	ours := *theirs
	ours.Mark, ours.Text = ourMark, ""
	if got := written(t, n9k, theirs, &ours); got != "monitor session 1\n  description nm-abcdefghij\n" {
		t.Error(got)
	}
	if got := written(t, n9k, &ours, theirs); got != "monitor session 1\n  description to the IDS\n" {
		t.Error(got)
	}
	theirs.Text = "monitor session 1\n  description\n"
	if got := written(t, n9k, &ours, theirs); got != "monitor session 1\n  no description\n" {
		t.Error(got)
	}
}

// A box takes what is rendered as the fact sheet says: sessions are born shut, sources
// add up, a line with one value replaces.
type box map[string][]string

func (b box) run(text string) error {
	head := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		word, inner := strings.CutPrefix(line, "  ")
		id := ""
		if m := sessionHead.FindStringSubmatch(strings.TrimPrefix(line, "no ")); m != nil {
			id = m[1]
		}
		switch {
		case !inner && strings.HasPrefix(line, "no "):
			for h := range b {
				if sessionHead.FindStringSubmatch(h)[1] == id {
					delete(b, h)
				}
			}
		case !inner:
			head = line
			b[head] = append(b[head], "")
		default:
			b.line(head, word)
		}
	}
	return nil
}

func (b box) line(head, line string) {
	bare, gone := strings.CutPrefix(line, "no ")
	keys := []string{"description", "header-type", "vrf", "erspan-id", "destination ip", "source ip", "ip ttl", "ip dscp", "mtu", "sampling"}
	has := func(key string) bool { return bare == key || strings.HasPrefix(bare, key+" ") }
	drop := func(begin string) {
		b[head] = slices.DeleteFunc(b[head], func(l string) bool { return l == begin || strings.HasPrefix(l, begin+" ") })
	}
	switch i := slices.IndexFunc(keys, has); {
	case bare == "shut":
		drop("no shut")
		if gone {
			b[head] = append(b[head], "no shut")
		}
	case i >= 0:
		drop(keys[i])
		if !gone {
			b[head] = append(b[head], line)
		}
	case has("source vlan"), has("filter vlan"):
		words := strings.Fields(bare)
		vlans, err := mirror.ParseVLANs(words[2])
		if err != nil {
			panic(err)
		}
		for v := range mirror.MaxVLAN + 1 {
			one := strings.Join(words[:2], " ") + " " + fmt.Sprint(v)
			if !vlans.Has(v) {
				continue
			}
			drop(one)
			if !gone {
				b[head] = append(b[head], strings.Join(append([]string{one}, words[3:]...), " "))
			}
		}
	default:
		drop(bare)
		if !gone {
			b[head] = append(b[head], line)
		}
	}
}

func (b box) config() string {
	var out strings.Builder
	for head, lines := range b {
		out.WriteString(head + "\n")
		for _, l := range lines {
			if l != "" {
				out.WriteString("  " + l + "\n")
			}
		}
	}
	return out.String() + "monitor erspan origin ip-address 192.0.2.1 global\n"
}

// read is the one session that the box holds.
func (b box) read(t interface{ Fatalf(string, ...any) }, f mirror.Facts) mirror.NativeSession {
	natives, _, err := parseConfig(f, b.config())
	if err != nil || len(natives) != 1 {
		t.Fatalf("%s\nis read as %+v, %v", b.config(), natives, err)
	}
	return natives[0]
}

// Parse, render, parse is the identity for every recorded session that can be expressed.
func TestRecordedSessionsAreRenderedAsTheyWere(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "observe", "config*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var texts []string
	for _, f := range files {
		texts = append(texts, fixture(t, strings.TrimSuffix(filepath.Base(f), ".txt")))
	}
	testkit.Shared(t, recordings)
	for file := range configurations {
		texts = append(texts, recording(t, file))
	}
	n := 0
	for _, config := range texts {
		natives, _, err := parseConfig(n9k, config)
		if err != nil {
			t.Fatal(err)
		}
		for _, was := range natives {
			if was.Opaque != "" {
				continue
			}
			n++
			was.Spec = Capabilities(n9k).Plain(was.Spec)
			b := box{}
			if err := b.run(written(t, n9k, nil, &was)); err != nil {
				t.Fatal(err)
			}
			is := b.read(t, n9k)
			if was.Spec.Options.ERSPAN != nil && was.Spec.Role == mirror.RoleERSPANSource { // the one address of the switch
				was.Spec.Options.ERSPAN.Origin = "192.0.2.1"
			}
			if d := cmp.Diff(was.Spec, is.Spec); d != "" || is.ID != was.ID || is.Mark != was.Mark || is.Opaque != "" {
				t.Errorf("session %s (-was +is):\n%s", was.ID, d)
			}
		}
	}
	if n < 8 {
		t.Errorf("only %d sessions were rendered", n)
	}
}

func anySpec(rt *rapid.T) mirror.NativeSpec {
	n := mirror.NativeSpec{Role: rapid.SampledFrom([]mirror.Role{mirror.RoleLocal, mirror.RoleERSPANSource, mirror.RoleERSPANDestination}).Draw(rt, "role"), Shut: rapid.Bool().Draw(rt, "shut")}
	direction := rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both})
	ports := rapid.SliceOfN(rapid.SampledFrom([]mirror.PortName{"Ethernet1/1", "Ethernet1/10", "Ethernet1/2", "port-channel7", "Ethernet1/1/3"}), 0, 3)
	o := &n.Options
	if n.Role != mirror.RoleERSPANDestination {
		for _, p := range ports.Draw(rt, "sources") {
			n.Sources = append(n.Sources, mirror.NativeSource{Port: p, Direction: direction.Draw(rt, "direction")})
		}
		for _, v := range rapid.SliceOfN(rapid.IntRange(1, 40), 0, 30).Draw(rt, "vlans") {
			n.Sources = append(n.Sources, mirror.NativeSource{VLAN: v, Direction: direction.Draw(rt, "direction of VLAN")})
		}
		o.FilterVLANs = rapid.SliceOfN(rapid.IntRange(1, 40), 0, 30).Draw(rt, "filter")
		o.Filter = rapid.SampledFrom([]string{"", "nm-klmnopqrst", "theirs"}).Draw(rt, "list")
		o.Truncate = rapid.SampledFrom([]int{0, 64, 1518}).Draw(rt, "mtu")
		o.Sample = rapid.SampledFrom([]int{0, 2, 1023}).Draw(rt, "sampling")
	}
	if n.Role != mirror.RoleERSPANSource {
		n.Destinations = rapid.SliceOfN(rapid.SampledFrom([]mirror.PortName{d1, "Ethernet1/48"}), 0, 2).Draw(rt, "destinations")
	}
	if n.Role == mirror.RoleLocal {
		o.Tags, o.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
		return n.Normalize()
	}
	o.ERSPAN = &mirror.ERSPAN{ID: rapid.IntRange(0, 1023).Draw(rt, "id"), VRF: rapid.SampledFrom([]string{"", noVRF, "tools"}).Draw(rt, "vrf")}
	o.Collector = rapid.SampledFrom([]string{"", "198.51.100.7", "198.51.100.8"}).Draw(rt, "collector")
	if n.Role == mirror.RoleERSPANSource {
		o.ERSPAN.Origin, o.ERSPAN.TTL, o.ERSPAN.DSCP = "192.0.2.1", rapid.IntRange(0, 255).Draw(rt, "ttl"), rapid.IntRange(0, 63).Draw(rt, "dscp")
		o.ERSPAN.Type = rapid.SampledFrom([]int{0, 3}).Draw(rt, "type")
	}
	return n.Normalize()
}

// Any session becomes any other one and back, and is read as what was asked for.
func TestAnyChangeArrives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := rapid.SampledFrom([]mirror.Facts{n9k, n7k}).Draw(rt, "device")
		b := box{}
		var now *mirror.NativeSession
		for i := range 3 {
			next := &mirror.NativeSession{ID: "7", Mark: rapid.SampledFrom([]string{ourMark, "nm-2222222222"}).Draw(rt, "mark"), Spec: anySpec(rt)}
			out, err := driver.Text(f, mirror.Change{Mark: next.Mark, Before: now, After: next})
			if err != nil {
				rt.Fatalf("step %d: %v", i, err)
			}
			if err := b.run(out); err != nil {
				rt.Fatal(err)
			}
			is := b.read(rt, f)
			if d := cmp.Diff(next.Spec, is.Spec); d != "" || is.Mark != next.Mark || is.Opaque != "" {
				rt.Fatalf("step %d, opaque for %q (-want +got):\n%s\n%s", i, is.Opaque, d, out)
			}
			now = &is
		}
	})
}

func TestWhatCannotBeSaid(t *testing.T) {
	good := want{id: "32", mark: ourMark, sources: "both Ethernet1/1", to: []mirror.PortName{d1}}
	with := func(change func(*mirror.NativeSpec)) mirror.NativeSpec {
		n := good.spec(t)
		change(&n)
		return n
	}
	others := mirror.Observation{Ports: []mirror.Port{{Name: supEth, Kind: mirror.SourceCPU}}, Handles: map[string]string{handleLists: "theirs"}, Natives: []mirror.NativeSession{
		{ID: "4", Spec: want{sources: "rx Ethernet1/4", to: []mirror.PortName{"Ethernet1/40"}, options: mirror.Options{Filter: "theirs"}}.spec(t)},
		{ID: "5", Spec: want{sources: "rx Ethernet1/5", to: []mirror.PortName{"Ethernet1/41"}, options: mirror.Options{FilterVLANs: []int{7}}}.spec(t)},
		{ID: "6", Spec: want{sources: "rx Ethernet1/6", to: []mirror.PortName{"Ethernet1/42"}}.spec(t)},
	}}
	erspan := func(change func(*mirror.NativeSpec)) mirror.NativeSpec {
		n := want{role: mirror.RoleERSPANSource, sources: "rx Ethernet1/1", options: tunnel("198.51.100.7", mirror.ERSPAN{ID: 42, Origin: "192.0.2.1"})}.spec(t)
		change(&n)
		return n
	}
	from := func(p string) func(*mirror.NativeSpec) {
		return func(n *mirror.NativeSpec) {
			n.Sources = []mirror.NativeSource{{Port: mirror.PortName(p), Direction: mirror.RX}}
		}
	}
	for words, c := range map[string]struct {
		facts mirror.Facts
		spec  mirror.NativeSpec
	}{
		"is no port of this platform":                    {n9k, with(from("Gi1/0/1"))},
		"subinterface Ethernet1/3.100":                   {n9k, with(from("Ethernet1/3.100"))},
		"copies to the processor":                        {n9k, with(func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{supEth} })},
		"is no port that can be":                         {n9k, with(func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{"Eth1/47"} })},
		"a destination port has one of each":             {n9k, with(func(n *mirror.NativeSpec) { n.Options.Tags = "" })},
		"there is no IP access list missing":             {n9k, with(func(n *mirror.NativeSpec) { n.Options.Filter = "missing" })},
		"is no name of an IP access list":                {n9k, with(func(n *mirror.NativeSpec) { n.Options.Filter = "mac:theirs" })},
		"is no name of a VRF":                            {n9k, erspan(func(n *mirror.NativeSpec) { n.Options.ERSPAN.VRF = noVRF })},
		"a source of session 4 as well":                  {n9k, with(from("Ethernet1/4"))},
		"a source of session 5 as well":                  {n9k, with(from("Ethernet1/5"))},
		"a source of session 6 as well":                  {n9k, with(func(n *mirror.NativeSpec) { from("Ethernet1/6")(n); n.Options.Filter = "theirs" })},
		"2 destinations; 1 are allowed":                  {n9k, with(func(n *mirror.NativeSpec) { n.Destinations = append(n.Destinations, "Ethernet1/48") })},
		"a VLAN is mirrored in direction rx only":        {n9k, with(func(n *mirror.NativeSpec) { n.Sources = []mirror.NativeSource{{VLAN: 7, Direction: mirror.Both}} })},
		"of the processor only rx":                       {n9k, with(func(n *mirror.NativeSpec) { n.Sources = []mirror.NativeSource{{Port: supEth, Direction: mirror.TX}} })},
		"ask for erspan instead of rspan":                {n9k, mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 999, Sources: []mirror.NativeSource{{Port: "Ethernet1/1", Direction: mirror.RX}}}},
		"truncation to octets: 64 is not":                {n9k, with(func(n *mirror.NativeSpec) { n.Options.Truncate = 64 })},
		"sampling is documented for Nexus 3548":          {n9k, with(func(n *mirror.NativeSpec) { n.Options.Sample = 100 })},
		"ERSPAN id 1024 is not":                          {n9k, erspan(func(n *mirror.NativeSpec) { n.Options.ERSPAN.ID = 1024 })},
		"ask for truncate":                               {n9k, erspan(func(n *mirror.NativeSpec) { n.Options.ERSPAN.MTU = 1500 })},
		"ACL capture of a Nexus 7000":                    {n7k, with(func(n *mirror.NativeSpec) { n.Options.Filter = "theirs" })},
		"no document shows ERSPAN on Nexus 5000":         {mirror.Facts{Model: "Nexus 5548"}, erspan(func(*mirror.NativeSpec) {})},
		"no document shows a session that ends":          {mirror.Facts{Model: "Nexus 3548"}, want{role: mirror.RoleERSPANDestination, to: []mirror.PortName{d1}, options: tunnel("198.51.100.8", mirror.ERSPAN{ID: 43})}.spec(t)},
		"a port-channel is no destination on Nexus 5600": {mirror.Facts{Model: "Nexus 5672"}, with(func(n *mirror.NativeSpec) { n.Destinations = []mirror.PortName{"port-channel7"} })},
	} {
		_, err := Render(c.facts, others, []mirror.Change{{Mark: ourMark, After: &mirror.NativeSession{ID: "32", Mark: ourMark, Spec: c.spec}}})
		if !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", words, err)
		}
	}
	for name, n := range map[string]mirror.NativeSpec{
		"a list of its own":          with(func(n *mirror.NativeSpec) { from("Ethernet1/7")(n); n.Options.Filter = "theirs" }),
		"a source of another":        with(from("Ethernet1/6")),
		"the processor":              with(from("sup-eth0")),
		"a source with another list": with(func(n *mirror.NativeSpec) { from("Ethernet1/4")(n); n.Options.Filter = "nm-klmnopqrst" }),
	} {
		o := others
		o.Footings = []mirror.Footing{{Kind: mirror.FootingFilter, Name: "nm-klmnopqrst"}}
		if _, err := Render(n9k, o, []mirror.Change{{Mark: ourMark, After: &mirror.NativeSession{ID: "32", Mark: ourMark, Spec: n}}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Nothing but lines of the one session, or of the one footing, is ever sent.
func TestLinesOfABlock(t *testing.T) {
	ours := mirror.Change{After: &mirror.NativeSession{ID: "3", Spec: mirror.NativeSpec{Role: mirror.RoleLocal}}}
	footing := func(f mirror.Footing) mirror.Change {
		return mirror.Change{After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
	}
	port, origin := footing(mirror.Footing{Kind: mirror.FootingPort, Port: d1}), footing(mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.1"})
	for _, c := range []struct {
		change       mirror.Change
		within, line string
		want         bool
	}{
		{ours, "", "monitor session 3", true}, {ours, "", "no monitor session 3", true}, {ours, "", "monitor session 3 type erspan-source", true},
		{ours, "", "monitor session 30", false}, {ours, "", "no monitor session all", false}, {ours, "", "no monitor session 3 type local", false}, {ours, "", "vlan 7", false},
		{ours, "monitor session 3", "no shut", true}, {ours, "monitor session 3", "source interface Ethernet1/1 both", true},
		{ours, "monitor session 3", "no monitor session 4", false}, {ours, "monitor session 3", "interface Ethernet1/1", false}, {ours, "monitor session 3", "description a | b", false},
		{port, "", "interface Ethernet1/47", true}, {port, "", "interface Ethernet1/4", false}, {port, "interface Ethernet1/47", "switchport monitor", true},
		{port, "interface Ethernet1/47", "switchport mode trunk", false}, {port, "", "no interface Ethernet1/47", false},
		{origin, "", "monitor erspan origin ip-address 192.0.2.1 global", true}, {origin, "", "no monitor erspan origin ip-address 192.0.2.1 global", true},
		{origin, "", "monitor erspan origin ip-address 192.0.2.2 global", false}, {origin, "", "monitor session 3", false},
	} {
		if got := allowed(c.change, c.within, c.line); got != c.want {
			t.Errorf("%q below %q: %v", c.line, c.within, got)
		}
	}
}
