package ovs

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file, or writes it.
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
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func readReply(t testing.TB, text []byte) reading {
	t.Helper()
	var results []ovsdb.Result
	if err := json.Unmarshal(text, &results); err != nil {
		t.Fatal(err)
	}
	r, err := decodeReading(results)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readFixture(t testing.TB, name string) reading {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "observe", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return readReply(t, text)
}

// recordedBridge is the device in recorded.txt, which has two bridges.
func recordedBridge(t testing.TB, r reading) string {
	t.Helper()
	for _, b := range r.bridges {
		if m, err := b.UUIDs("mirrors"); err == nil && len(m) > 0 {
			name, err := b.String("name")
			if err != nil {
				t.Fatal(err)
			}
			return name
		}
	}
	t.Fatal("no bridge with mirrors")
	return ""
}

func TestObserve(t *testing.T) {
	for _, name := range []string{"recorded", "odd", "empty"} {
		t.Run(name, func(t *testing.T) {
			r := readFixture(t, name)
			bridge := "br0"
			if name == "recorded" {
				bridge = recordedBridge(t, r)
			}
			row, _, err := r.pickBridge(bridge)
			if err != nil {
				t.Fatal(err)
			}
			facts, err := r.facts(row, bridge)
			if err != nil {
				t.Fatal(err)
			}
			o, err := r.observe(bridge)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.MarshalIndent(struct {
				Facts       mirror.Facts
				Observation mirror.Observation
			}{facts, o}, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "observe", name+".json"), string(text)+"\n")
		})
	}
}

// What the goldens must say, said in code too, so that a careless -update does
// not pass.
func TestOddMirrors(t *testing.T) {
	o, err := readFixture(t, "odd").observe("br0")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{ // id: why it is opaque
		"all":                 "select_all copies the whole bridge",
		"all-and-ports":       "select_all copies the whole bridge; select_all stands beside selected ports",
		"vlan0":               "select_all with VLAN 0 copies what is untagged",
		"both-outputs":        "output_vlan stands beside output_port, which wins",
		"no-output":           "it has no output",
		"filtered":            "filter is set",
		"foreign-port":        "select_dst_port holds a port of another bridge",
		"half-marked":         "",
		"nm-aaaaaaaaaa":       "",
		"#000000d2":           "",
		"vlans":               "",
		"same\nname#000000d4": "",
		"same\nname#000000d5": "",
		"a#b#000000d6":        "",
	}
	got := map[string]string{}
	for _, n := range o.Natives {
		got[n.ID] = n.Opaque
		if n.Programmed != mirror.False || n.ProgrammedReason != "ovs-vswitchd has not confirmed (cur_cfg 4 < next_cfg 6)" {
			t.Errorf("%s: Programmed %s %q", n.ID, n.Programmed, n.ProgrammedReason)
		}
		if marked := n.ID == "nm-aaaaaaaaaa" || n.ID == "#000000d2"; marked != (n.Mark != "") || marked != (n.Instance != "") {
			t.Errorf("%s: mark %q of %q", n.ID, n.Mark, n.Instance)
		}
		if n.Copies.Known != (n.ID == "nm-aaaaaaaaaa") {
			t.Errorf("%s: copies %+v", n.ID, n.Copies)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("opaque (-want +got):\n%s", diff)
	}
}

func TestPortsAsTheyAreRead(t *testing.T) {
	o, err := readFixture(t, "odd").observe("br0")
	if err != nil {
		t.Fatal(err)
	}
	type short struct {
		Up     mirror.State
		Speed  mirror.BitsPerSecond
		MTU    int
		Access int
		Uses   string
	}
	want := map[mirror.PortName]short{
		"eth0":     {mirror.True, 1e10, 1500, 10, ""},
		"eth1":     {mirror.False, 1e10, 1500, 0, "trunk"},
		"bond-tcp": {mirror.True, 2e10, 1500, 0, "lag"},
		"bond-def": {mirror.True, 1e10, 1500, 0, "lag"},
		"br0":      {mirror.True, 1e10, 1500, 0, "addressed"},
		"tun":      {mirror.Unknown, 0, 0, 0, "tunnel"},
		"patch-x":  {mirror.True, 1e10, 1500, 0, "patch"},
		"vhu":      {mirror.True, 0, 1500, 0, ""},
		"q":        {mirror.False, 1e10, 1500, 7, ""},
		"nt":       {mirror.True, 1e10, 1500, 0, "trunk"},
		"odd":      {mirror.True, 1e10, 1500, 0, "unknown"},
		"half":     {mirror.Unknown, 0, 1500, 0, "lag"},
	}
	got := map[mirror.PortName]short{}
	for _, p := range o.Ports {
		var uses []string
		for _, u := range p.Uses {
			uses = append(uses, u.Kind)
		}
		got[p.Name] = short{p.Up, p.Speed, p.MTU, p.Access, strings.Join(uses, ",")}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
}

// A reply that does not hold together is an error, never an empty list.
func TestBrokenRepliesAreErrors(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "observe", "odd.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range [][2]string{
		{`"mirrors":["set",[`, `"mirrors":["set",[["uuid","nowhere"],`},
		{`"ports":["set",[`, `"ports":["set",[["uuid","nowhere"],`},
		{`"interfaces":["uuid","00000065-`, `"interfaces":["uuid","99999999-`},
		{`"cur_cfg":4`, `"cur_cfg":"4"`},
		{`"cur_cfg":4,`, ``},
		{`"select_all":true`, `"select_all":1`},
		{`"snaplen":64`, `"snaplen":"64"`},
		{`"select_vlan":["set",[4,3]]`, `"select_vlan":["set",[4,4096]]`},
		{`"name":"eth0"`, `"name":["set",[]]`},
		{`"tag":10`, `"tag":"ten"`},
		{`"filter":"icmp"`, `"filter":1`},
	} {
		changed := strings.Replace(string(text), broken[0], broken[1], 1)
		if changed == string(text) {
			t.Fatalf("the fixture has no %s", broken[0])
		}
		if o, err := readReply(t, []byte(changed)).observe("br0"); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: got %v with %d mirrors, want ErrParse", broken[1], err, len(o.Natives))
		}
	}
	for _, reply := range []string{`[]`, `[{},{},{},{},{}]`, `[{"rows":[{},{}]},{},{},{},{}]`, `[{"rows":[{}]},{},{"rows":[{}]},{},{}]`} {
		var results []ovsdb.Result
		if err := json.Unmarshal([]byte(reply), &results); err != nil {
			t.Fatal(err)
		}
		if _, err := decodeReading(results); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: got %v, want ErrParse", reply, err)
		}
	}
}

// The recorded lists of a real switch: headings and data of ovs-vsctl, whose
// cells are in wire form.
func TestRecordedLists(t *testing.T) {
	text, err := os.ReadFile(testkit.Shared(t, "fixtures/ovs/recording_vsctl.txt"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(text)) {
		var table struct {
			Headings []string
			Data     [][]json.RawMessage
		}
		if !strings.HasPrefix(line, `{"data":`) || json.Unmarshal([]byte(line), &table) != nil {
			continue
		}
		for _, cells := range table.Data {
			row := ovsdb.Row{}
			for i, c := range cells {
				row[table.Headings[i]] = c
			}
			p1, d := ovsdb.UUID("93866571-2081-44de-9259-f3687e5afa8b"), ovsdb.UUID("3419d726-e154-48e0-8255-9993a415a536")
			n, err := reading{}.parseMirror(row, map[ovsdb.UUID]mirror.PortName{p1: "p1", d: "p3"})
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			seen++
			want := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}},
				Destinations: []mirror.PortName{"p3"}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
			if n.ID != "m0" || n.Opaque != "" || n.Mark != "" || n.Copies.Known || !n.Spec.Equal(want) {
				t.Errorf("got %+v", n)
			}
		}
	}
	if seen == 0 {
		t.Error("the recording has no list")
	}
}

// Whatever a server sends: no panic, and an error has a kind.
func FuzzObserve(f *testing.F) {
	for _, name := range []string{"recorded", "odd", "empty"} {
		text, err := os.ReadFile(filepath.Join("testdata", "observe", name+".txt"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "br0")
	}
	f.Fuzz(func(t *testing.T, text []byte, bridge string) {
		var results []ovsdb.Result
		if json.Unmarshal(text, &results) != nil {
			return
		}
		r, err := decodeReading(results)
		if err == nil {
			var o mirror.Observation
			if o, err = r.observe(bridge); err == nil {
				for _, n := range o.Natives {
					if (n.Mark == "") != (n.Instance == "") {
						t.Errorf("half a mark: %+v", n)
					}
				}
			}
		}
		if err != nil && !errors.Is(err, mirror.ErrParse) && !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("%v has no kind", err)
		}
	})
}
