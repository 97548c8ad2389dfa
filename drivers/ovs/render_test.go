package ovs

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

// renderCase is a file of testdata/render.
type renderCase struct {
	Facts       mirror.Facts
	Observation mirror.Observation
	Changes     []mirror.Change
}

func TestRender(t *testing.T) {
	files, err := filepath.Glob("testdata/render/*.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c renderCase
			if err := json.Unmarshal(text, &c); err != nil {
				t.Fatal(err)
			}
			p, err := Render(c.Facts, c.Observation, c.Changes)
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for i, block := range p.Blocks {
				if block.Mark() != c.Changes[i].Mark || block.Verb() != c.Changes[i].Verb() {
					t.Errorf("block %d is %s %s", i, block.Verb(), block.Mark())
				}
				fmt.Fprintf(&b, "# %s %s\n%s", block.Verb(), block.Mark(), block.Text)
				_, err := checkText(block.Text)
				if preview := strings.HasPrefix(filepath.Base(file), "preview"); preview != errors.Is(err, mirror.ErrNotFound) {
					t.Errorf("block %d would be sent with %v", i, err)
				}
			}
			golden(t, strings.TrimSuffix(file, ".json")+".txt", b.String())
		})
	}
}

func TestRenderRefusesWhatARowCannotSay(t *testing.T) {
	src := mirror.NativeSource{Port: "p1", Direction: mirror.Both}
	spec := func(change func(*mirror.NativeSpec)) mirror.NativeSpec {
		s := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{src}, Destinations: []mirror.PortName{"p2"}}
		change(&s)
		return s
	}
	if err := expressible(mirror.Facts{}, spec(func(*mirror.NativeSpec) {}), nil); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*mirror.NativeSpec){
		"role":       func(s *mirror.NativeSpec) { s.Role = mirror.RoleRSPANSource },
		"no sources": func(s *mirror.NativeSpec) { s.Sources = nil },
		"all":        func(s *mirror.NativeSpec) { s.Sources = []mirror.NativeSource{{All: true, Direction: mirror.Both}} },
		"mixed": func(s *mirror.NativeSpec) {
			s.Sources = append(s.Sources, mirror.NativeSource{VLAN: 5, Direction: mirror.Both})
		},
		"VLAN rx":      func(s *mirror.NativeSpec) { s.Sources = []mirror.NativeSource{{VLAN: 5, Direction: mirror.RX}} },
		"VLAN range":   func(s *mirror.NativeSpec) { s.Sources = []mirror.NativeSource{{VLAN: 4096, Direction: mirror.Both}} },
		"no direction": func(s *mirror.NativeSpec) { s.Sources = []mirror.NativeSource{{Port: "p1"}} },
		"VLAN and filter": func(s *mirror.NativeSpec) {
			s.Sources = []mirror.NativeSource{{VLAN: 5, Direction: mirror.Both}}
			s.Options.FilterVLANs = []int{5}
		},
		"no destination": func(s *mirror.NativeSpec) { s.Destinations = nil },
		"two":            func(s *mirror.NativeSpec) { s.Destinations = []mirror.PortName{"a", "b"} },
		"ingress":        func(s *mirror.NativeSpec) { s.Options.Ingress = mirror.IngressEnabled },
		"filter":         func(s *mirror.NativeSpec) { s.Options.Filter = "f" },
		"sample":         func(s *mirror.NativeSpec) { s.Options.Sample = 2 },
		"truncate":       func(s *mirror.NativeSpec) { s.Options.Truncate = 13 },
		"truncate high":  func(s *mirror.NativeSpec) { s.Options.Truncate = 65536 },
		"remote VLAN":    func(s *mirror.NativeSpec) { s.RemoteVLAN = 5 },
		"trunks":         func(s *mirror.NativeSpec) { s.Trunks = []mirror.PortName{"t"} },
		"erspan":         func(s *mirror.NativeSpec) { s.Options.ERSPAN = &mirror.ERSPAN{ID: 1} },
		"collector":      func(s *mirror.NativeSpec) { s.Options.Collector = "192.0.2.1" },
		"filter VLAN":    func(s *mirror.NativeSpec) { s.Options.FilterVLANs = []int{4096} },
	} {
		_, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Mark: "m", After: &mirror.NativeSession{Mark: "m", Spec: spec(change)}}})
		if !errors.Is(err, mirror.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", name, err)
		}
	}
	if _, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Mark: "m"}}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("an empty change: %v, want ErrInvalid", err)
	}
	damaged := &mirror.NativeSession{ID: "x", Text: "{"}
	if _, err := Render(mirror.Facts{}, mirror.Observation{}, []mirror.Change{{Mark: "m", Before: damaged}}); !errors.Is(err, mirror.ErrParse) {
		t.Errorf("a damaged text: %v, want ErrParse", err)
	}
}

// Whatever we write reads back as what was meant, with and without the column
// filter, and survives any port name.
func TestWhatIsWrittenReadsBack(t *testing.T) {
	ports := []mirror.PortName{"p1", "p2", "a:b@c/d", "eth0.100", "x"}
	names := map[ovsdb.UUID]mirror.PortName{}
	var o mirror.Observation
	for i, p := range ports {
		id := fmt.Sprintf("id-%d", i)
		names[ovsdb.UUID(id)] = p
		o.Ports = append(o.Ports, mirror.Port{Name: p, Handle: id})
	}
	o.Handles = map[string]string{handleRoot: "r", handleBridge: "b", handleBridgeName: "br0"}
	rapid.Check(t, func(t *rapid.T) {
		spec := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{rapid.SampledFrom(ports).Draw(t, "destination")},
			Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
		others := slices.DeleteFunc(slices.Clone(ports), func(p mirror.PortName) bool { return p == spec.Destinations[0] })
		if rapid.Bool().Draw(t, "vlans") {
			for _, v := range rapid.SliceOfN(rapid.IntRange(1, 4095), 1, 5).Draw(t, "vlan") {
				spec.Sources = append(spec.Sources, mirror.NativeSource{VLAN: v, Direction: mirror.Both})
			}
		} else {
			for _, p := range rapid.SliceOfN(rapid.SampledFrom(others), 1, 5).Draw(t, "ports") {
				d := rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}).Draw(t, "direction")
				spec.Sources = append(spec.Sources, mirror.NativeSource{Port: p, Direction: d})
			}
			spec.Options.FilterVLANs = rapid.SliceOfN(rapid.IntRange(0, 4095), 0, 3).Draw(t, "filter")
		}
		if rapid.Bool().Draw(t, "cut") {
			spec.Options.Truncate = rapid.IntRange(14, 65535).Draw(t, "truncate")
		}
		facts := mirror.Facts{Extra: map[string]string{factFilter: rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "column")}}
		after := &mirror.NativeSession{ID: "nm-x", Mark: "nm-x", Instance: "i", Spec: spec.Normalize()}
		p, err := Render(facts, o, []mirror.Change{{Mark: "nm-x", After: after}})
		if err != nil {
			t.Fatal(err)
		}
		n, err := reading{}.parseMirror(insertedRow(t, p.Blocks[0].Text), names)
		if err != nil {
			t.Fatal(err)
		}
		if n.Mark != "nm-x" || n.Instance != "i" || n.ID != "nm-x" || !n.Spec.Equal(spec) {
			t.Fatalf("wrote %+v, read %+v", spec, n)
		}
		again, err := Render(facts, o, []mirror.Change{{Mark: "nm-x", After: after}})
		if err != nil || again.Blocks[0].Text != p.Blocks[0].Text {
			t.Fatalf("the same change gives another text (%v)", err)
		}
	})
}

type fataler interface{ Fatal(...any) }

// insertedRow is the row that a block inserts, as the server would show it.
func insertedRow(t fataler, text string) ovsdb.Row {
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	for _, raw := range list[1:] {
		var op struct {
			Op  string
			Row ovsdb.Row
		}
		if err := json.Unmarshal(raw, &op); err != nil {
			t.Fatal(err)
		}
		if op.Op == "insert" {
			op.Row["statistics"] = json.RawMessage(`["map",[]]`)
			return op.Row
		}
	}
	t.Fatal("no insert in " + text)
	return nil
}

// Every operation that writes is on one of the three things the package may
// touch, and every table written is guarded by a wait before.
func TestBlocksWriteOnlyWhatIsOurs(t *testing.T) {
	files, err := filepath.Glob("testdata/render/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var op struct {
				Op, Table string
				Mutations [][]any
			}
			if json.Unmarshal([]byte(strings.TrimRight(line, ",]\n")), &op) != nil || op.Op == "wait" || op.Op == "select" {
				continue
			}
			columns := ""
			for _, m := range op.Mutations {
				columns += fmt.Sprint(m[0], " ", m[1], ";")
			}
			switch what := op.Op + " " + op.Table + " " + columns; what {
			case "insert Mirror ", "update Mirror ", "mutate Mirror external_ids delete;external_ids insert;",
				"mutate Bridge mirrors insert;", "mutate Bridge mirrors delete;", "mutate Open_vSwitch next_cfg +=;":
			default:
				t.Errorf("%s: %s", file, what)
			}
		}
	}
}

func TestCheckText(t *testing.T) {
	for text, kind := range map[string]error{
		`["Open_vSwitch",{"op":"insert","table":"Mirror","uuid-name":"m","row":{}},{"op":"mutate","where":[["x","==",["named-uuid","m"]]]}]`: nil,
		`["Open_vSwitch",{"op":"wait","rows":[{"external_ids":["map",[["named-uuid","x"]]]}]}]`:                                              nil,
		`["Open_vSwitch",{"op":"mutate","where":[["_uuid","==",["named-uuid","port p1"]]]}]`:                                                 mirror.ErrNotFound,
		`["Open_vSwitch",{"op":"insert","row":{"p":["set",[["uuid","a"],["named-uuid","port p1"]]]}}]`:                                       mirror.ErrNotFound,
		`["Open_vSwitch",3]`: mirror.ErrInvalid,
		`["Other",{}]`:       mirror.ErrInvalid,
		`[]`:                 mirror.ErrInvalid,
		`{}`:                 mirror.ErrInvalid,
		``:                   mirror.ErrInvalid,
	} {
		if _, err := checkText(text); !errors.Is(err, kind) {
			t.Errorf("%s: got %v, want %v", text, err, kind)
		}
	}
}

func TestPorts(t *testing.T) {
	for _, name := range []string{"p1", "eth0.100", "bond0", "vnet-1", "a:b@c/d_e", strings.Repeat("x", 64)} {
		got, err := Ports(name)
		if err != nil || len(got) != 1 || string(got[0]) != name {
			t.Errorf("%q: got %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "p 1", "p1,p2", "p\n1", "p;1", "p|1", "p?", "рort", "p\x00", "p\"", "[p]", strings.Repeat("x", 65)} {
		if got, err := Ports(name); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("%q: got %q, %v, want ErrInvalid", name, got, err)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for _, tt := range []struct {
		transport mirror.Transport
		want      string
	}{
		{mirror.Transport{Address: "/run/openvswitch/db.sock"}, "unix /run/openvswitch/db.sock"},
		{mirror.Transport{Address: "unix:/run/openvswitch/db.sock"}, "unix /run/openvswitch/db.sock"},
		{mirror.Transport{Address: "sw1.example.net"}, "tcp sw1.example.net:6640"},
		{mirror.Transport{Address: "192.0.2.1", Port: 6641}, "tcp 192.0.2.1:6641"},
		{mirror.Transport{Address: "2001:db8::1"}, "tcp [2001:db8::1]:6640"},
		{mirror.Transport{Address: "[2001:db8::1]"}, "tcp [2001:db8::1]:6640"},
	} {
		network, addr, err := endpoint(mirror.Target{Transport: tt.transport})
		if got := network + " " + addr; err != nil || got != tt.want {
			t.Errorf("%+v: got %s, %v, want %s", tt.transport, got, err, tt.want)
		}
	}
	for _, target := range []mirror.Target{
		{},
		{Transport: mirror.Transport{Address: "ssl:192.0.2.1"}},
		{Transport: mirror.Transport{Address: "host:6640"}},
		{Transport: mirror.Transport{Address: "/run/db.sock", TLS: true}},
		{Transport: mirror.Transport{Address: "/run/db.sock", Port: 6640}},
		{Transport: mirror.Transport{Address: "host", JumpHost: mirror.JumpHost{Address: "j", Credentials: "c"}}},
		{Transport: mirror.Transport{Address: "host", HostKey: "insecure"}},
		{Transport: mirror.Transport{Address: "host", Tuning: mirror.Tuning{TypeAhead: mirror.TypeAheadOff}}},
		{Transport: mirror.Transport{Address: "host", Tuning: mirror.Tuning{MaxWriteBytes: 500}}},
		{Transport: mirror.Transport{Address: "host", Tuning: mirror.Tuning{WantReply: true}}},
		{Transport: mirror.Transport{Address: "host", Credentials: "campus"}},
		{Transport: mirror.Transport{Address: "host"}, Login: mirror.Login{Username: mirror.NewSecret("hidden")}},
	} {
		if _, _, err := endpoint(target); !errors.Is(err, mirror.ErrInvalid) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%+v: got %v, want ErrInvalid", target, err)
		}
	}
}

// Every refusal and every limit names its source.
func TestCapabilitiesHaveSources(t *testing.T) {
	c := Capabilities(mirror.Facts{})
	all := []mirror.Support{c.MixedSources, c.LAGDestination, c.TagsPreserve, c.TagsStrip, c.IngressEnabled, c.FilterVLANs, c.Filter, c.Truncate, c.Sample}
	for _, s := range c.Roles {
		all = append(all, s)
	}
	for _, m := range c.Sources {
		for _, s := range m {
			all = append(all, s)
		}
	}
	for _, s := range all {
		if s.Source == "" || (!s.OK() && s.Remark == "") {
			t.Errorf("no source, or no remark to a refusal: %+v", s)
		}
	}
	if len(c.Limits) != 2 || c.Limits[0].Source == "" || c.NativeIDs != nil || !c.Marks {
		t.Errorf("got %+v", c)
	}
}

func TestSchemaWithoutAColumn(t *testing.T) {
	var s ovsdb.Schema
	s.Tables = map[string]ovsdb.TableSchema{}
	for table, columns := range needed {
		s.Tables[table] = ovsdb.TableSchema{Columns: map[string]json.RawMessage{}}
		for _, c := range columns {
			s.Tables[table].Columns[c] = nil
		}
	}
	if err := checkSchema(s); err != nil {
		t.Fatal(err)
	}
	delete(s.Tables[tableMirror].Columns, "snaplen")
	if err := checkSchema(s); !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), "Mirror.snaplen") {
		t.Errorf("got %v, want ErrUnsupported naming the column", err)
	}
}
