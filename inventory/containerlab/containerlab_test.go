package containerlab

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/inventory"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// catalogue is that of the program.
func catalogue() inventory.Catalogue {
	return inventory.Catalogue{Serves: drivers.Serves, Port: drivers.Port}
}

// told is what was found, as a text to compare.
func told(f inventory.Found) string {
	var b strings.Builder
	for _, d := range f.Devices {
		t := d.Transports.Config
		fmt.Fprintf(&b, "device %s: %s over %s at %s:%d %s%s credentials=%s labels=%v\n", d.Name, d.Platform, t.Protocol, t.Address, t.Port, t.Insecure, t.Bridge, t.Credentials, d.Labels)
		for _, l := range d.Links {
			fmt.Fprintf(&b, "  cable %s - %s %s\n", l.Interface, l.Device, l.PeerInterface)
		}
		for _, r := range d.WithDefaults().Validate() {
			fmt.Fprintf(&b, "  FAULT %s %s\n", r.Pointer, r.Message)
		}
	}
	for _, t := range f.Tools {
		fmt.Fprintf(&b, "tool %s: %s %s capacity %d labels=%v\n", t.Name, t.Device, t.Interface, t.Capacity, t.Labels)
		for _, r := range t.Validate() {
			fmt.Fprintf(&b, "  FAULT %s %s\n", r.Pointer, r.Message)
		}
	}
	for _, r := range f.Skipped {
		fmt.Fprintf(&b, "skipped %s: %s\n", r.About, r.Message)
	}
	for _, r := range f.Warnings {
		fmt.Fprintf(&b, "warning %s: %s\n", r.About, r.Message)
	}
	for _, m := range f.Missing {
		fmt.Fprintf(&b, "run %s (%s)\n", m.Command(), strings.Join(m.Devices, " "))
	}
	return b.String()
}

// TestFilesOfEveryVersion reads the files in testdata, which were written by hand after
// the templates of containerlab, and compares what becomes of them with goldens.
func TestFilesOfEveryVersion(t *testing.T) {
	files, err := filepath.Glob("testdata/*.in.*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			labs, err := Load(path)
			text := fmt.Sprintf("error: %v\n", err)
			if err == nil {
				text = told(Entries(labs, Options{Catalogue: catalogue()}))
			}
			if strings.Contains(text, "S3cret") || strings.Contains(text, "FAULT") {
				t.Errorf("a login, or an entry that is none:\n%s", text)
			}
			golden := strings.Split(path, ".in.")[0] + "." + strings.Split(path, ".in.")[1] + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func fixtures(t *testing.T) string {
	t.Helper()
	dir := testkit.Shared(t, "fixtures/containerlab")
	return dir
}

// TestRecordedFiles reads the files of a real deploy and of containerlab's own
// documentation and tests.
func TestRecordedFiles(t *testing.T) {
	dir := fixtures(t)
	for file, want := range map[string]string{
		"linux-real": `device sw1: openvswitch over ovsdb at 172.20.20.5:0  credentials= labels=map[containerlab:mirrorlab]
  cable eth1 - h1 eth1
  cable eth2 - h2 eth1
  cable eth3 - ids1 eth1
tool ids: sw1 eth3 capacity 0 labels=map[containerlab:mirrorlab]
skipped h1, h2: a linux node is no switch unless the label netmirror-driver says what it is
`,
		"linux-real/inspect.json": `skipped h1, h2, ids1, sw1: a linux node is no switch unless the label netmirror-driver says what it is
`,
		"docs/topology-data__old_links_shape.json": `device srl1: nokia_srl over gnmi at 172.20.20.3:57400 skip-verify credentials= labels=map[containerlab:srl02]
  cable ethernet-1/1 - srl2 ethernet-1/1
device srl2: nokia_srl over gnmi at 172.20.20.2:57400 skip-verify credentials= labels=map[containerlab:srl02]
  cable ethernet-1/1 - srl1 ethernet-1/1
`,
		"docs/nornir-simple-inventory__groups.yml": `device node1: nokia_srl over gnmi at 172.100.100.11:57400 skip-verify credentials= labels=map[]
device node2: nokia_srl over gnmi at 172.100.100.12:57400 skip-verify credentials= labels=map[]
device node3: nokia_srl over gnmi at 172.100.100.13:57400 skip-verify credentials= labels=map[]
`,
		"docs/ansible-inventory__groups.yml": `device clab-topo8-ansible-groups-node1: nokia_srl over gnmi at 172.100.100.11:57400 skip-verify credentials= labels=map[group:spine]
device clab-topo8-ansible-groups-node2: nokia_srl over gnmi at 172.100.100.12:57400 skip-verify credentials= labels=map[group:extra_group]
device clab-topo8-ansible-groups-node3: nokia_srl over gnmi at 172.100.100.13:57400 skip-verify credentials= labels=map[group:extra_group]
`,
		"docs/inspect__map_by_lab.json": `skipped client1, client2: a linux node is no switch unless the label netmirror-driver says what it is
`,
	} {
		labs, err := Load(filepath.Join(dir, file))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if text := told(Entries(labs, Options{Catalogue: catalogue()})); !strings.HasPrefix(text, want) || strings.Contains(text, "NokiaSrl1!") {
			t.Errorf("%s:\n%s", file, text)
		}
	}
	if _, err := Load(filepath.Join(dir, "linux-real/mirrorlab.clab.yml")); !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), "clab-LAB") {
		t.Errorf("the topology file: %v", err)
	}
}

func TestNamesOfPorts(t *testing.T) {
	for _, c := range []struct{ kind, linux, want string }{
		{"ceos", "eth1", "Ethernet1"}, {"ceos", "et12", "Ethernet12"}, {"ceos", "eth1_1", "Ethernet1/1"}, {"ceos", "eth3_1_4", "Ethernet3/1/4"},
		{"ceos", "Ethernet5/1", "Ethernet5/1"}, {"ceos", "eth0", ""}, {"ceos", "eth01", ""}, {"ceos", "veth1", ""},
		{"vr-veos", "eth2", "Ethernet2"},
		{"srl", "e1-1", "ethernet-1/1"}, {"nokia_srlinux", "e1-3-1", "ethernet-1/3/1"}, {"srl", "ethernet-1/49", "ethernet-1/49"}, {"srl", "mgmt0", ""}, {"srl", "eth1", ""},
		{"vr-vqfx", "eth1", "xe-0/0/0"}, {"juniper_vqfx", "et-0/0/3", "et-0/0/3"}, {"juniper_vjunosswitch", "eth10", "ge-0/0/9"},
		{"cisco_iol", "eth1", "Ethernet0/1"}, {"cisco_iol", "eth4", "Ethernet1/0"}, {"cisco_iol", "eth7", "Ethernet1/3"}, {"cisco_iol", "Ethernet0/2", "Ethernet0/2"},
		{"cisco_cat9kv", "eth1", "GigabitEthernet1/0/1"}, {"vr-n9kv", "eth1", "Ethernet1/1"}, {"cisco_n9kv", "Ethernet1/7", "Ethernet1/7"}, {"cisco_n9kv", "eth99999", ""},
	} {
		if got := kindOf(c.kind).port(c.linux); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.kind, c.linux, got, c.want)
		}
	}
}

// Every kind must be served, by ways that an entry may say, with ports that its driver knows.
func TestKindsAreOfTheCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range kinds {
		for _, name := range append([]string{k.name}, k.aliases...) {
			if seen[name] {
				t.Errorf("%s is two kinds", name)
			}
			seen[name] = true
		}
		if (k.platform == "") != (k.without != "") || (k.platform == "") != (len(k.ways) == 0) {
			t.Errorf("%s: neither driven nor not", k.name)
		}
		for _, w := range k.ways {
			if !drivers.Serves(k.platform, w.protocol) {
				t.Errorf("%s: nothing serves %s over %s", k.name, k.platform, w.protocol)
			}
		}
		if k.port == nil || k.platform == "" {
			continue
		}
		for _, linux := range []string{"eth1", "e1-1"} {
			if name := k.port(linux); name != "" {
				if got, err := drivers.Port(k.platform, k.ways[0].protocol, name); err != nil || got != name {
					t.Errorf("%s: %s is %q to its driver, %v", k.name, name, got, err)
				}
			}
		}
	}
}

func TestCapacities(t *testing.T) {
	for text, want := range map[string]mirror.BitsPerSecond{"1G": 1e9, "2.5g": 25e8, "100M": 1e8, "1000000000": 1e9, "10Gbit/s": 1e10, "40 Gbps": 4e10, "64k": 64000,
		"": 0, "fast": 0, "0": 0, "-1G": 0, "1.2.3G": 0, "999999999999999T": 0} {
		if got, err := Capacity(text); got != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.in.*")
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		labs, err := Read(raw)
		if err != nil {
			if !errors.Is(err, mirror.ErrInvalid) {
				t.Fatalf("no kind: %v", err)
			}
			return
		}
		found := Entries(labs, Options{Catalogue: catalogue()})
		for _, d := range found.Devices {
			if faults := d.WithDefaults().Validate(); len(faults) > 0 {
				t.Fatalf("%+v: %v", d, faults)
			}
		}
		for _, tool := range found.Tools {
			if faults := tool.Validate(); len(faults) > 0 {
				t.Fatalf("%+v: %v", tool, faults)
			}
		}
	})
}
