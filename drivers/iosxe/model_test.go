package iosxe

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/testkit"
)

// factsOf are those of a Catalyst 9300 whose native module is of a revision.
func factsOf(revision string) mirror.Facts {
	return mirror.Facts{Model: "C9300-48T", Extra: map[string]string{factNative: revision}}
}

var (
	newest = factsOf("2025-07-01") // 17.18.1
	middle = factsOf("2023-07-01") // 17.12.1
)

// carriedOut is a session after edits, as a device that knows no more than paths would
// have it.
func carriedOut(t interface{ Fatalf(string, ...any) }, id string, was *data.Node, edits []data.Edit) *data.Node {
	root := &data.Node{}
	if was != nil {
		data.Put(root, inNative(data.S("monitor"), data.S("session", "id", id)), []*data.Node{was})
	}
	for _, op := range []data.Op{data.Delete, data.Replace, data.Update} {
		for _, e := range edits {
			switch {
			case e.Op != op:
			case op == data.Delete && !cut(root, e.Path):
				t.Fatalf("there is no %s", e.Path)
			case op == data.Update:
				graft(root, e)
			case op == data.Replace:
				t.Fatalf("%s is replaced", e.Path)
			}
		}
	}
	return root
}

func fits(n *data.Node, s data.Step) bool {
	_, name, ok := strings.Cut(s.Name, ":")
	if !ok {
		name = s.Name
	}
	return n.Name == name && !slices.ContainsFunc(s.Keys, func(k data.Key) bool { return n.Text(k.Name) != k.Value })
}

func cut(n *data.Node, p data.Path) bool {
	for i, c := range n.Children {
		if !fits(c, p[0]) {
			continue
		}
		if len(p) == 1 {
			n.Children = slices.Delete(slices.Clone(n.Children), i, i+1)
			return true
		}
		return cut(c, p[1:])
	}
	return false
}

func graft(root *data.Node, e data.Edit) {
	at := root
	for _, s := range e.Path {
		i := slices.IndexFunc(at.Children, func(c *data.Node) bool { return fits(c, s) })
		if i < 0 {
			next := data.C(s.Name)
			for _, k := range s.Keys {
				next.Kind = data.Entry
				next.Children = append(next.Children, data.V(k.Name, k.Value))
			}
			at.Children = append(at.Children, next)
			i = len(at.Children) - 1
		}
		at = at.Children[i]
	}
	mergeNode(at, e.Value)
}

func mergeNode(n, from *data.Node) {
	for _, c := range from.Children {
		i := slices.IndexFunc(n.Children, func(o *data.Node) bool { return sameNode(o, c) })
		switch {
		case i < 0:
			n.Children = append(n.Children, c)
		case c.Kind == data.Leaf:
			n.Children[i] = c
		default:
			mergeNode(n.Children[i], c)
		}
	}
}

func sameNode(a, b *data.Node) bool {
	if a.Name != b.Name || a.Kind != b.Kind {
		return false
	}
	return a.Kind != data.Entry || a.Children[0].Text() == b.Children[0].Text()
}

// reread are the sessions of a tree behind each encoding.
func reread(t interface{ Fatalf(string, ...any) }, f mirror.Facts, root *data.Node) map[string][]modelReading {
	out := map[string][]modelReading{}
	native := root.Child("native")
	if native == nil {
		native = data.C(modNative + ":native")
	}
	jsonNodes, err := data.FromJSON("native", native.JSON())
	if err != nil {
		t.Fatalf("%v", err)
	}
	xmlNode, err := data.FromXML([]byte(data.XML([]data.Edit{{Op: data.Update, Path: data.Names(modNative + ":native"), Value: native}}, namespaces)))
	if err != nil {
		t.Fatalf("%v", err)
	}
	for name, n := range map[string]*data.Node{"json": jsonNodes[0], "xml": xmlNode} {
		list, err := modelSessions(f, n.Child("monitor"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = list
	}
	return out
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newest
		one, two := modelSpec(t, "one"), modelSpec(t, "two")
		made := change("7", mirror.NativeSession{}, mirror.NativeSession{ID: "7", Spec: one})
		edits, err := writeModel(f, mirror.Observation{}, made)
		if err != nil {
			t.Fatalf("%v", err)
		}
		tree := carriedOut(t, "7", nil, edits)
		for name, list := range reread(t, f, tree) {
			same(t, name, one, list)
		}
		was := reread(t, f, tree)["xml"][0].modelled()
		if rapid.Bool().Draw(t, "read over the command line") {
			was.Text = "monitor session 7 ..."
		}
		edits, err = writeModel(f, mirror.Observation{}, change("7", was, mirror.NativeSession{ID: "7", Spec: two}))
		if err != nil {
			t.Fatalf("%v", err)
		}
		tree = carriedOut(t, "7", sessionOf(tree), edits)
		for name, list := range reread(t, f, tree) {
			same(t, name+" changed", two, list)
		}
		was = reread(t, f, tree)["json"][0].modelled()
		edits, err = writeModel(f, mirror.Observation{}, change("7", was, mirror.NativeSession{}))
		if err != nil {
			t.Fatalf("%v", err)
		}
		gone := carriedOut(t, "7", sessionOf(tree), edits)
		for name, list := range reread(t, f, gone) {
			if len(list) > 1 || len(list) == 1 && !list[0].Spec.Vacant() {
				t.Fatalf("%s: %+v is left", name, list[0].Spec)
			}
		}
	})
}

func sessionOf(root *data.Node) *data.Node { return root.At("native", "monitor", "session") }

// modelSpec is one that the model can say.
func modelSpec(t *rapid.T, label string) mirror.NativeSpec {
	s := specs(t, label)
	if e := s.Options.ERSPAN; e != nil {
		if s.Options.Collector == "" || strings.Contains(s.Options.Collector, ":") {
			s.Options.Collector = "192.0.2.10"
		}
		if strings.Contains(e.Origin, ":") {
			e.Origin = "192.0.2.1"
		}
		if s.Role == mirror.RoleERSPANDestination {
			e.VRF = ""
		}
	}
	return s
}

func change(id string, before, after mirror.NativeSession) mirror.Change {
	c := mirror.Change{Mark: "nm-" + id}
	if before.ID != "" {
		c.Before = &before
	}
	if after.ID != "" {
		c.After = &after
	}
	return c
}

func same(t interface{ Fatalf(string, ...any) }, name string, want mirror.NativeSpec, list []modelReading) {
	if len(list) != 1 {
		t.Fatalf("%s: %d sessions", name, len(list))
	}
	got := list[0].modelled()
	if e := want.Options.ERSPAN; e != nil && e.Type == 2 { // the default, which is not written
		c := *e
		c.Type = 0
		want.Options.ERSPAN = &c
	}
	if diff := cmp.Diff(want.Normalize(), got.Spec.Normalize()); diff != "" || got.Opaque != "" {
		t.Fatalf("%s: opaque %q (-want +got):\n%s\n%s", name, got.Opaque, diff, got.Text)
	}
}

// Nothing but the session of a change is ever touched, whatever the encoding.
func TestOnlyTheSessionIsTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := change("6", mirror.NativeSession{ID: "6", Spec: modelSpec(t, "one")}, mirror.NativeSession{ID: "6", Spec: modelSpec(t, "two")})
		edits, err := writeModel(newest, mirror.Observation{}, c)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, e := range edits {
			path := strings.ReplaceAll(e.Path.String(), modNative+":", "")
			if !allowedPath(c, path) {
				t.Fatalf("%s is not allowed", path)
			}
			if e.Op == data.Delete && path == "/native/monitor/session[id=6]" {
				t.Fatalf("a session of %s that becomes one of %s goes as a whole", c.Before.Spec.Role, c.After.Spec.Role)
			}
		}
	})
	c := change("6", mirror.NativeSession{}, mirror.NativeSession{ID: "6", Spec: mirror.NativeSpec{Role: mirror.RoleLocal}})
	for _, path := range []string{"/native/monitor/session[id=66]/source", "/native/monitor/session", "/native/monitor", "/native/interface/GigabitEthernet[name=1/0/1]/shutdown", "/native/monitor/session[id=6]x"} {
		if allowedPath(c, path) {
			t.Errorf("%s is allowed", path)
		}
	}
}

// What the model says and netmirror does not: nobody touches such a session.
func TestOpaque(t *testing.T) {
	for name, s := range map[string]string{
		"session mode":        `{"id":1,"type":{"local":{"source":{"interface":[{"name":"GigabitEthernet1/0/1"}]}}}}`,
		"group tags":          `{"id":1,"type":{"erspan-source":{"filter":{"sgt":5},"shutdown-source":false,"destination":{"erspan-id":1,"ip":{"address":"192.0.2.1"}}}}}`,
		"IPv6, not shown":     `{"id":1,"type":{"erspan-source":{"shutdown-source":false,"destination":{"erspan-id":1}}}}`,
		"bad frames":          `{"id":1,"source":{"interface":[{"name":"GigabitEthernet1/0/1"}]},"filter":{"packet-type":{"status":"bad"}}}`,
		"an unknown leaf":     `{"id":1,"source":{"interface":[{"name":"GigabitEthernet1/0/1"}]},"rate":{"limit":7}}`,
		"below an entry":      `{"id":1,"source":{"interface":[{"name":"GigabitEthernet1/0/1","direction":"both","depth":3}]}}`,
		"no port":             `{"id":1,"source":{"interface":[{"name":"service-engine0"}]}}`,
		"encapsulation":       `{"id":1,"destination":{"interface":[{"name":"GigabitEthernet1/0/1","encapsulation":"isl"}]}}`,
		"two types":           `{"id":1,"type":{"erspan-source":{},"erspan-destination":{}}}`,
		"two forms":           `{"id":1,"source":{"interface":[{"name":"GigabitEthernet1/0/1"}]},"type":{"erspan-source":{"shutdown-source":false,"destination":{"ip":{"address":"192.0.2.1"}}}}}`,
		"remote at both ends": `{"id":1,"source":{"remote":{"vlan":999}},"destination":{"remote":{"vlan":998}}}`,
		"a VLAN as an end":    `{"id":1,"type":{"erspan-destination":{"destination":{"vlan":7},"shutdown-destination":false,"source":{"ip":{"address":"192.0.2.1"}}}}}`,
		"direction":           `{"id":1,"source":{"interface":[{"name":"GigabitEthernet1/0/1","direction":"up"}]}}`,
	} {
		nodes, err := data.FromJSON("session", []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		list, err := modelSessions(newest, data.C("monitor", nodes[0]))
		if err != nil || len(list) != 1 || list[0].modelled().Opaque == "" {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	for _, s := range []string{`{"id":"x"}`, `{}`, `{"id":0}`, `{"id":1025}`} {
		nodes, _ := data.FromJSON("session", []byte(s))
		if _, err := modelSessions(newest, data.C("monitor", nodes[0])); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// A range as a key, and abbreviations, are borne: what goes is what stands there.
func TestKeysThatAreRanges(t *testing.T) {
	nodes, err := data.FromJSON("session", []byte(`{"id":4,"source":{"interface":[{"name":"Gi1/0/1 - 3","direction":"rx"}]},"destination":{"interface":[{"name":"Gi1/0/48"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	list, err := modelSessions(newest, data.C("monitor", nodes[0]))
	if err != nil {
		t.Fatal(err)
	}
	before := list[0].modelled()
	after := before
	after.Spec.Sources = slices.Clone(before.Spec.Sources)[:2]
	edits, err := writeModel(newest, mirror.Observation{}, change("4", before, after))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "narrowed", after.Spec, reread(t, newest, carriedOut(t, "4", nodes[0], edits))["json"])
}

func TestWhatReleasesLack(t *testing.T) {
	port := mirror.NativeSource{Port: "GigabitEthernet1/0/1", Direction: mirror.Both}
	end := mirror.Options{Tags: mirror.TagsStrip, Ingress: mirror.IngressDisabled}
	vlans := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{VLAN: 10, Direction: mirror.RX}, {VLAN: 11, Direction: mirror.RX}}, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"}, Options: end}
	filtered := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{port}, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"}, Options: end}
	filtered.Options.FilterVLANs = []int{10}
	remote := mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: []mirror.NativeSource{port}, RemoteVLAN: 999}
	high := remote
	high.RemoteVLAN = 1500
	tunnel := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port}, Options: mirror.Options{Collector: "192.0.2.10", ERSPAN: &mirror.ERSPAN{ID: 1, Origin: "192.0.2.1"}}}
	for _, c := range []struct {
		name, revision string
		spec           mirror.NativeSpec
		want           string
	}{
		{"two VLANs", "2024-03-01", vlans, "the device takes one"},
		{"two VLANs", "2024-07-01", vlans, ""},
		{"two VLANs", "15.0.0", vlans, ""},
		{"two VLANs", "", vlans, "the device takes one"},
		{"VLAN filter", "2025-03-01", filtered, "no filter of VLANs"},
		{"VLAN filter", "18.0.0", filtered, ""},
		{"RSPAN", "2024-07-01", remote, ""},
		{"RSPAN", "2024-03-01", remote, "remote VLAN 999 is not"},
		{"RSPAN", "2024-03-01", high, ""},
		{"RSPAN", "", high, "was not read"},
		{"tunnel", "2019-11-01", tunnel, "no way to enable"},
		{"tunnel", "2020-03-01", tunnel, ""},
	} {
		f := factsOf(c.revision)
		_, err := RenderGNMI(f, mirror.Observation{}, []mirror.Change{change("1", mirror.NativeSession{}, mirror.NativeSession{ID: "1", Spec: c.spec})})
		switch {
		case c.want == "" && err != nil, c.want != "" && (!errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s at %q: %v", c.name, c.revision, err)
		}
	}
}

// Over the command line the module is not read: the release tells what it will be, and what
// the device announces outranks that.
func TestTheReleaseTellsTheModel(t *testing.T) {
	for _, c := range []struct {
		version, native string
		want            [3]bool
	}{
		{"17.18.1", "", [3]bool{true, true, true}}, {"17.15.01a", "", [3]bool{true, true, false}}, {"17.09.04", "", [3]bool{true, false, false}},
		{"17.1.1", "", [3]bool{}}, {"16.12.8", "", [3]bool{}}, {"18.1.1", "", [3]bool{true, true, true}}, {"15.2(7)E8", "", [3]bool{}}, {"", "", [3]bool{}},
		{"17.18", "2023-07-01", [3]bool{true, false, false}}, {"17.9", "2025-07-01", [3]bool{true, true, true}}, {"17.9", "15.0.0", [3]bool{true, true, false}}, {"17.18", "new", [3]bool{}},
	} {
		f := mirror.Facts{Version: c.version}
		if c.native != "" {
			f.Extra = map[string]string{factNative: c.native}
		}
		if got := [3]bool{canEnable(f), hasVLANList(f), hasFilterVLANs(f)}; got != c.want {
			t.Errorf("%s, %s: %v", c.version, c.native, got)
		}
	}
}

// yang validates against the models that lie beside the checkout.
func yang(t *testing.T) testkit.YANG {
	return testkit.YANG{Dir: testkit.Shared(t, filepath.Join("yang", "cisco-iosxe")), Modules: []string{modNative + ".yang"}, Args: []string{"-t", "config"},
		Prefixes: map[string]string{}, Numbers: []string{"id", "vlan1"}}
}

// lint validates what edits put in, in both encodings: the values of a Set, and the content
// of an edit-config without what goes.
func lint(t *testing.T, edits []data.Edit) error {
	t.Helper()
	var list []testkit.Datum
	var in []data.Edit
	for _, e := range edits {
		if e.Op == data.Delete {
			continue
		}
		list, in = append(list, testkit.Datum{Path: e.Path.String(), Value: json.RawMessage(e.Value.JSON())}), append(in, e)
	}
	if len(in) == 0 {
		return nil
	}
	return errors.Join(yang(t).Validate(t, list...), yang(t).ValidateXML(t, data.XML(in, namespaces)))
}

func TestPayloadsAreOfTheModel(t *testing.T) {
	port := mirror.NativeSource{Port: "GigabitEthernet1/0/3", Direction: mirror.Both}
	end := mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled, Filter: "voice"}
	full := mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{port}, Options: mirror.Options{Collector: "192.0.2.10", FilterVLANs: []int{10, 20},
		ERSPAN: &mirror.ERSPAN{ID: 101, Origin: "192.0.2.1", TTL: 64, DSCP: 10, MTU: 1464, VRF: "MGMT", Type: 3}}}
	for _, s := range []mirror.NativeSpec{
		{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{port}, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"}, Options: end},
		{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{VLAN: 110, Direction: mirror.RX}}, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"}, Options: mirror.Options{Tags: mirror.TagsStrip, Ingress: mirror.IngressDisabled}},
		{Role: mirror.RoleRSPANSource, Sources: []mirror.NativeSource{port}, RemoteVLAN: 1500},
		{Role: mirror.RoleRSPANDestination, RemoteVLAN: 999, Destinations: []mirror.PortName{"GigabitEthernet1/0/48"}, Options: mirror.Options{Tags: mirror.TagsStrip, Ingress: mirror.IngressDisabled}},
		full,
		{Role: mirror.RoleERSPANDestination, Destinations: []mirror.PortName{"GigabitEthernet1/0/47"}, Options: mirror.Options{Collector: "192.0.2.10", ERSPAN: &mirror.ERSPAN{ID: 101}}},
	} {
		edits, err := writeModel(middle, mirror.Observation{}, change("10", mirror.NativeSession{}, mirror.NativeSession{ID: "10", Spec: s}))
		if err != nil {
			t.Fatal(err)
		}
		if err := lint(t, edits); err != nil {
			t.Errorf("%s: %v", s.Role, err)
		}
	}
	shut := mirror.NativeSession{ID: "port-x", Spec: mirror.NativeSpec{Footing: &mirror.Footing{Kind: mirror.FootingPort, Port: "FiftyGigE1/0/1", Setup: &mirror.PortSetup{Up: true, Former: " shutdown"}}}}
	edits, err := writeModel(middle, mirror.Observation{}, change("port-x", shut, mirror.NativeSession{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := lint(t, edits); err != nil {
		t.Error(err)
	}
	// Broken on purpose, all are refused.
	for name, spoil := range map[string]func(*mirror.NativeSpec){
		"id":   func(s *mirror.NativeSpec) { s.Options.ERSPAN.ID = 1024 },
		"ttl":  func(s *mirror.NativeSpec) { s.Options.ERSPAN.TTL = 1 },
		"mtu":  func(s *mirror.NativeSpec) { s.Options.ERSPAN.MTU = 175 },
		"ipv6": func(s *mirror.NativeSpec) { s.Options.Collector = "2001:db8::1" },
		"vlan": func(s *mirror.NativeSpec) {
			*s = mirror.NativeSpec{Role: mirror.RoleRSPANSource, Sources: s.Sources, RemoteVLAN: 999}
		},
		"vlans": func(s *mirror.NativeSpec) { s.Options.FilterVLANs = []int{4095} },
	} {
		s := full
		e := *full.Options.ERSPAN
		s.Options.ERSPAN = &e
		spoil(&s)
		edits, err := writeModel(middle, mirror.Observation{}, change("10", mirror.NativeSession{}, mirror.NativeSession{ID: "10", Spec: s}))
		if err != nil {
			t.Fatal(err)
		}
		if lint(t, edits) == nil {
			t.Errorf("%s: a payload that is not of the model is taken for one", name)
		}
	}
}

// The examples that lie beside the checkout are read right.
func TestExamplesOfTheModel(t *testing.T) {
	dir := testkit.Shared(t, filepath.Join("yang", "cisco-iosxe", "examples"))
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v: %v", files, err)
	}
	roles := map[string]mirror.Role{"xe-erspan-destination": mirror.RoleERSPANDestination, "xe-erspan-source": mirror.RoleERSPANSource, "xe-local-span": mirror.RoleLocal, "xe-rspan-source": mirror.RoleRSPANSource}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := data.FromJSON("", raw)
		if err != nil {
			t.Fatal(err)
		}
		list, err := modelSessions(middle, nodes[0].At("native", "monitor"))
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v", file, err)
		}
		if n := list[0].modelled(); n.Opaque != "" || n.Spec.Role != roles[strings.TrimSuffix(filepath.Base(file), ".json")] || n.Programmed != mirror.Unknown {
			t.Errorf("%s: %+v", file, n)
		}
	}
}

func FuzzModelled(f *testing.F) {
	f.Add([]byte(`{"monitor":{"session":[{"id":1,"source":{"interface":[{"name":"GigabitEthernet1/0/1"}]}}]},"interface":{"GigabitEthernet":[{"name":"1/0/1"}]}}`), true)
	f.Add([]byte(`<native><monitor><session><id>1</id><filter/><type><erspan-source/></type></session></monitor><interface><Vlan><name>1</name></Vlan></interface></native>`), false)
	f.Fuzz(func(t *testing.T, raw []byte, isJSON bool) {
		var n *data.Node
		if isJSON {
			nodes, err := data.FromJSON("native", raw)
			if err != nil || len(nodes) != 1 {
				return
			}
			n = nodes[0]
		} else if x, err := data.FromXML(raw); err == nil {
			n = x
		}
		if n == nil {
			return
		}
		n.Name = "native"
		answers := models.Answers{Config: data.C("", n), State: data.C("", data.C("interfaces", n.Children...))}
		o, err := observeModel(newest, answers)
		if err != nil {
			if !errors.Is(err, mirror.ErrParse) {
				t.Fatal(err)
			}
			return
		}
		for _, s := range o.Natives {
			if s.Opaque != "" {
				continue
			}
			// what was read can be taken away again, and nothing else is touched
			c := change(s.ID, s, mirror.NativeSession{})
			edits, err := writeModel(newest, o, c)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range edits {
				if path := regexp.MustCompile(modNative+":").ReplaceAllString(e.Path.String(), ""); !allowedPath(c, path) {
					t.Fatalf("%s", path)
				}
			}
		}
	})
}
