package nxos_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/drivers/nxos"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models"
	"github.com/netmirror/netmirror/internal/testkit"
)

// operation is one of a block.
type operation struct {
	Delete, Replace, Update string
	Value                   json.RawMessage
}

func (o operation) path() string { return o.Delete + o.Replace + o.Update }

func operations(t interface{ Fatal(...any) }, text string) (out []operation) {
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err, text)
	}
	return out
}

// yangFrame makes the excerpt a module that loads: the frame has the types that it lacks,
// and the tree above and beside it, as cisco-nxos.md 3 has them.
const yangFrame = `module Cisco-NX-OS-device {
  namespace "http://cisco.com/ns/yang/cisco-nx-os-device";
  prefix top;
  typedef nw_AdminSt { type enumeration { enum enabled; enum disabled; } }
  typedef nw_EntOperSt { type enumeration { enum enabled; enum disabled; } }
  typedef naming_Name256 { type string { length "1..256"; } }
  typedef fabric_PrimKey { type string; }
  typedef nw_IfId { type string { pattern "(eth[0-9]+(/[0-9]+){1,2}|po[0-9]+|sup-eth0)"; } }
  typedef address_Ip { type string { pattern "[0-9a-fA-F:.]+"; } }
%s
  grouping port { leaf id { type nw_IfId; } leaf adminSt { type enumeration { enum up; enum down; } }
    leaf spanMode { type enumeration { enum not-a-span-dest; enum span-dest; enum span-dest-fwd; enum span-dest-fwd-learn; } } }
  container System {
    container span-items { uses span_Entity-group; }
    container intf-items {
      container phys-items { list PhysIf-list { key id; uses port; } }
      container aggr-items { list AggrIf-list { key id; uses port; } } } }
}
`

// lint says what is wrong with documents. The test is skipped where the excerpt or yanglint
// is missing.
func lint(t *testing.T, documents ...string) error {
	t.Helper()
	text, err := os.ReadFile(testkit.Shared(t, "yang/cisco-nxos/excerpt-Cisco-NX-OS-device-9.3-2-span.yang.txt"))
	if err != nil {
		t.Fatal(err)
	}
	y := testkit.YANG{Dir: t.TempDir(), Modules: []string{"Cisco-NX-OS-device.yang"}, Args: []string{"-t", "config"}}
	if err := os.WriteFile(filepath.Join(y.Dir, y.Modules[0]), fmt.Appendf(nil, yangFrame, text), 0o600); err != nil {
		t.Fatal(err)
	}
	return y.ValidateJSON(t, documents...)
}

var step = regexp.MustCompile(`/([A-Za-z-]+)((?:\[[^\]]*\])?)`)

// document is a whole one with a value at a path.
func (o operation) document(t *testing.T) string {
	t.Helper()
	var value any
	if o.Delete == "" {
		if err := json.Unmarshal(o.Value, &value); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range slices.Backward(step.FindAllStringSubmatch(o.path(), -1)) {
		if key, text, is := strings.Cut(strings.Trim(m[2], "[]"), "="); is {
			entry, _ := value.(map[string]any)
			if entry == nil {
				entry = map[string]any{}
			}
			if entry[key] = text; m[1] == "Monitor-list" {
				entry[key] = json.Number(text)
			}
			value = []any{entry}
		}
		value = map[string]any{m[1]: value}
	}
	value.(map[string]any)["Cisco-NX-OS-device:System"] = value.(map[string]any)["System"]
	delete(value.(map[string]any), "System")
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Everything that the twenty intents send is of the model.
func TestWhatIntentsSendIsOfTheModel(t *testing.T) {
	files, err := filepath.Glob("testdata/contract/gnmi/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var documents []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile(`(?ms)^\[\n.*?^\]\n`).FindAllString(string(text), -1) {
			for _, o := range operations(t, block) {
				if o.Delete == "" {
					documents = append(documents, o.document(t))
				}
			}
		}
	}
	if len(documents) < 20 {
		t.Fatalf("%d payloads", len(documents))
	}
	if err := lint(t, documents...); err != nil {
		t.Error(err)
	}
	good := documents[slices.IndexFunc(documents, func(d string) bool { return strings.Contains(d, `"SourceIntf-list"`) })]
	for name, change := range map[string][2]string{"a leaf": {"configState", "configStatus"}, "a state": {`"up"`, `"open"`}, "a number": {`"id":32`, `"id":33`},
		"a direction": {`"direction":"`, `"direction":"in`}, "a type": {`"type":"`, `"type":"x`}, "no key": {`,"id":"eth1/1"`, ``}} {
		broken := strings.Replace(good, change[0], change[1], 1)
		if err := lint(t, broken); broken == good || err == nil {
			t.Errorf("%s: yanglint takes %s", name, broken)
		}
	}
}

func observed(t interface{ Fatal(...any) }, text string) mirror.Observation {
	o, err := nxos.Observed([]byte(text))
	if err != nil {
		t.Fatal(err, text)
	}
	return o
}

func TestADevicesAnswers(t *testing.T) {
	raw, err := os.ReadFile("testdata/observe/model.json")
	if err != nil {
		t.Fatal(err)
	}
	o := observed(t, string(raw))
	var got []string
	for _, n := range o.Natives {
		e := n.Spec.Options.ERSPAN
		if e == nil {
			e = &mirror.ERSPAN{}
		}
		got = append(got, fmt.Sprintf("%s %s %s shut=%v %v to %v%s mtu %d vlans %v %+v; %s, %q, %q; %s", n.ID, n.Mark, n.Spec.Role, n.Spec.Shut, n.Spec.Sources, n.Spec.Destinations, n.Spec.Options.Collector,
			n.Spec.Options.Truncate, n.Spec.Options.FilterVLANs, *e, n.Programmed, n.ProgrammedReason, n.Waits, n.Opaque))
	}
	for _, p := range o.Ports {
		got = append(got, fmt.Sprintf("%s up %s admin %s %d access %d %v monitor %v %q %v", p.Name, p.Up, p.Admin, p.Speed, p.Access, p.Members, p.Monitor, p.Stanza, p.Uses))
	}
	golden(t, "testdata/observe/model.golden", strings.Join(got, "\n")+"\n")
	for name, change := range map[string][2]string{"a session without a number": {`"id": 32, "type"`, `"type"`}, "another list": {`"Monitor-list": [
        {"id": 32`, `"Session-list": [
        {"id": 32`}, "a port without a name": {`{"id": "eth1/4", `, `{`}, "a number twice": {`"id": 3, "type"`, `"id": 32, "type"`}, "no ports": {`"PhysIf-list": [
        {"id": "eth1/1", "adminSt"`, `"Other-list": [
        {"id": "eth1/1", "adminSt"`}} {
		broken := strings.Replace(string(raw), change[0], change[1], 1)
		if _, err := nxos.Observed([]byte(broken)); err == nil || broken == string(raw) {
			t.Errorf("%s was taken", name)
		}
	}
}

// A tree in which nothing is, not even a port, tells of no session less.
func TestAnEmptyTreeTellsNothing(t *testing.T) {
	for _, text := range []string{`{}`, `{"config": {}}`, `{"config": {"System": {"span-items": {}}}}`, `{"config": {"System": {"intf-items": {"phys-items": {}}}}}`} {
		if o, err := nxos.Observed([]byte(text)); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: %v, %v, want ErrParse", text, o.Natives, err)
		}
	}
	if o := observed(t, `{"config": {"System": {"intf-items": {"phys-items": {"PhysIf-list": [{"id": "eth1/1", "layer": "Layer2"}]}}}}}`); len(o.Natives) != 0 {
		t.Errorf("%+v", o.Natives)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got:\n%s", path, diff)
	}
}

// anySpec is any session that the model has words for.
func anySpec(t *rapid.T, name string) mirror.NativeSpec {
	draw := func(what string) int { return rapid.IntRange(0, 3).Draw(t, name+" "+what) }
	n := mirror.NativeSpec{Role: rapid.SampledFrom([]mirror.Role{mirror.RoleLocal, mirror.RoleERSPANSource, mirror.RoleERSPANDestination}).Draw(t, name+" role"), Shut: draw("shut") == 0}
	directions := []mirror.Direction{mirror.RX, mirror.TX, mirror.Both}
	if n.Role != mirror.RoleERSPANDestination {
		for i, p := range []mirror.PortName{"Ethernet1/1", "Ethernet1/2/3", "Ethernet101/1/2", "port-channel10"} {
			if draw(fmt.Sprint("port ", i)) == 0 {
				n.Sources = append(n.Sources, mirror.NativeSource{Port: p, Direction: rapid.SampledFrom(directions).Draw(t, fmt.Sprint(name, " direction ", i))})
			}
		}
		for v := 100; v < 103; v++ {
			if draw(fmt.Sprint("vlan ", v)) == 0 {
				n.Sources = append(n.Sources, mirror.NativeSource{VLAN: v, Direction: mirror.RX})
			}
			if draw(fmt.Sprint("filter ", v)) == 0 {
				n.Options.FilterVLANs = append(n.Options.FilterVLANs, v)
			}
		}
		n.Options.Truncate = []int{0, 64, 400, 1518}[draw("mtu")]
		n.Options.Filter = []string{"", "", "voice", "web"}[draw("list")]
	}
	if n.Role != mirror.RoleERSPANSource && draw("to") > 0 {
		n.Destinations = []mirror.PortName{[]mirror.PortName{"", "Ethernet1/47", "Ethernet1/48", "port-channel3"}[max(1, draw("end"))]}
	}
	if n.Role == mirror.RoleLocal {
		n.Options.Tags, n.Options.Ingress = mirror.TagsPreserve, mirror.IngressDisabled
		return n.Normalize()
	}
	n.Options.Collector = []string{"", "192.0.2.7", "198.51.100.7", "198.51.100.8"}[draw("collector")]
	e := &mirror.ERSPAN{ID: []int{0, 1, 42, 1023}[draw("id")], VRF: []string{"", "-", "tools", "management"}[draw("vrf")]}
	if n.Role == mirror.RoleERSPANSource {
		e.TTL, e.DSCP, e.Type = []int{0, 1, 64, 254}[draw("ttl")], []int{0, 1, 8, 63}[draw("dscp")], []int{0, 0, 3, 3}[draw("type")]
	}
	n.Options.ERSPAN = e
	return n.Normalize()
}

// apply carries out an operation on an entry of Monitor-list.
func (o operation) apply(t *rapid.T, entry map[string]any, under string) map[string]any {
	path := strings.TrimPrefix(o.path(), under)
	if path == "" {
		var value map[string]any
		switch {
		case o.Delete != "":
			return nil
		case json.Unmarshal(o.Value, &value) != nil:
			t.Fatal("no object")
		case o.Replace != "" || entry == nil:
			return value
		}
		for k, v := range value {
			had, is := entry[k].(map[string]any)
			if more, ok := v.(map[string]any); ok && is {
				for list, entries := range more {
					had[list] = merged(had[list].([]any), entries.([]any))
				}
				continue
			}
			entry[k] = v
		}
		return entry
	}
	steps := step.FindAllStringSubmatch(path, -1)
	if len(steps) == 1 {
		delete(entry, steps[0][1])
		return entry
	}
	key, value, _ := strings.Cut(strings.Trim(steps[1][2], "[]"), "=")
	items := entry[steps[0][1]].(map[string]any)
	items[steps[1][1]] = slices.DeleteFunc(items[steps[1][1]].([]any), func(e any) bool { return e.(map[string]any)[key] == value })
	return entry
}

func keyOf(e any) any {
	m := e.(map[string]any)
	if v, is := m["vlan"]; is {
		return v
	}
	return m["id"]
}

func merged(had, more []any) []any {
	for _, e := range more {
		had = append(slices.DeleteFunc(had, func(o any) bool { return keyOf(o) == keyOf(e) }), e)
	}
	return had
}

// Whatever stands on a device becomes what is wanted by what is written, and is read as
// that.
func TestAChangeOverGNMILeadsToWhatIsWanted(t *testing.T) {
	const mark, id = "nm-abcdefghij", "17"
	const under = "/System/span-items/monitor-items/Monitor-list[id=" + id + "]"
	render := entry(t, models.ProtocolGNMI).Render
	rapid.Check(t, func(t *rapid.T) {
		before := mirror.NativeSession{ID: id, Mark: mark, Spec: anySpec(t, "before")}
		after := mirror.NativeSession{ID: id, Mark: mark, Spec: anySpec(t, "after")}
		var there map[string]any
		// An undo can be any change, so what the capabilities refuse is written, too.
		for _, c := range []mirror.Change{{Mark: mark, After: &before}, {Mark: mark, Before: &before, After: &after}, {Mark: mark, Before: &after}} {
			text, err := nxos.Written(c)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range operations(t, text) {
				if !nxos.AllowedPath(c, o.path()) {
					t.Fatalf("its own path is not allowed: %s", o.path())
				}
				there = o.apply(t, there, under)
			}
			if c.After == nil {
				if there != nil {
					t.Fatalf("it is not gone: %v", there)
				}
				continue
			}
			raw, err := json.Marshal(map[string]any{"config": map[string]any{"System": map[string]any{"span-items": map[string]any{"monitor-items": map[string]any{"Monitor-list": []any{there}}}}}})
			if err != nil {
				t.Fatal(err)
			}
			o := observed(t, string(raw))
			if len(o.Natives) != 1 || o.Natives[0].Opaque != "" || o.Natives[0].Mark != mark || !o.Natives[0].Spec.Equal(c.After.Spec) {
				t.Fatalf("read as %+v\nwant %+v\n%s", o.Natives, c.After.Spec, raw)
			}
		}
	})
	if _, err := render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Mark: mark, After: &mirror.NativeSession{ID: "33", Spec: mirror.NativeSpec{Role: mirror.RoleLocal}}}}); err == nil {
		t.Error("session 33 was written")
	}
}

// Nothing is touched but the one session, or the one footing.
func TestPathsOfOthersAreNotAllowed(t *testing.T) {
	session := mirror.Change{After: &mirror.NativeSession{ID: "3"}}
	f := mirror.Footing{Kind: mirror.FootingPort, Port: "Ethernet1/4", Setup: &mirror.PortSetup{Monitor: true}}
	port := mirror.Change{After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
	for path, c := range map[string]mirror.Change{
		"/System/span-items/monitor-items/Monitor-list[id=32]": session, "/System/span-items/monitor-items": session, "/System": session, "/System/span-items/originip-items/originIp": session,
		"/System/intf-items/phys-items/PhysIf-list[id=eth1/4]/spanMode": session, "/System/intf-items/phys-items/PhysIf-list[id=eth1/48]/spanMode": port,
		"/System/intf-items/phys-items/PhysIf-list[id=eth1/4]": port, "/System/intf-items/phys-items/PhysIf-list[id=eth1/4]/mode": port, "/System/span-items/monitor-items/Monitor-list[id=3]": port,
	} {
		if nxos.AllowedPath(c, path) {
			t.Errorf("%s is allowed", path)
		}
	}
}

// Of what an ERSPAN session sends beside copies nothing is left to the defaults of a
// device, which its YANG says to be on. A session that ends a tunnel sends nothing.
func TestWhatIsSentBesideCopiesIsSwitchedOff(t *testing.T) {
	for role, want := range map[mirror.Role][]string{mirror.RoleERSPANSource: {`"isMarkerPacket":false`, `"isFwdDropsRx":false`}, mirror.RoleERSPANDestination: nil, mirror.RoleLocal: nil} {
		text, err := nxos.Written(mirror.Change{After: &mirror.NativeSession{ID: "17", Spec: mirror.NativeSpec{Role: role}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := regexp.MustCompile(`"is[A-Z]\w+":\w+`).FindAllString(text, -1); !cmp.Equal(got, want) {
			t.Errorf("%s: %q, want %q in %s", role, got, want, text)
		}
		kind := map[mirror.Role]string{mirror.RoleERSPANSource: "erspan-source", mirror.RoleERSPANDestination: "erspanDst", mirror.RoleLocal: "local"}[role]
		o := observed(t, `{"config": {"System": {"span-items": {"monitor-items": {"Monitor-list": [{"id": 18, "type": "`+kind+`", "isMarkerPacket": true, "isFwdDropsRx": true}]}},
			"intf-items": {"phys-items": {"PhysIf-list": [{"id": "eth1/1", "layer": "Layer2"}]}}}}}`)
		if len(o.Natives) != 1 || (o.Natives[0].Opaque != "") != (want != nil) {
			t.Errorf("%s: read as %+v", role, o.Natives)
		}
	}
}
