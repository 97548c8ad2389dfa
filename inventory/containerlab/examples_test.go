package containerlab

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/inventory"
)

// A topologyFile is a topology file as far as the examples use it.
type topologyFile struct {
	Name     string `yaml:"name"`
	Topology struct {
		Kinds map[string]map[string]string `yaml:"kinds"`
		Nodes map[string]struct {
			Kind    string            `yaml:"kind"`
			Type    string            `yaml:"type"`
			Image   string            `yaml:"image"`
			Cmd     string            `yaml:"cmd"`
			Startup string            `yaml:"startup-config"`
			Exec    []string          `yaml:"exec"`
			Labels  map[string]string `yaml:"labels"`
		} `yaml:"nodes"`
		Links []struct {
			Endpoints []string `yaml:"endpoints"`
		} `yaml:"links"`
	} `yaml:"topology"`
}

// deployed is topology-data.json as containerlab v0.79.0 writes it of a topology file.
func deployed(t *testing.T, f topologyFile) []byte {
	t.Helper()
	nodes := map[string]any{}
	for name, n := range f.Topology.Nodes {
		labels := map[string]string{"containerlab": f.Name, "clab-node-kind": n.Kind, "clab-node-type": n.Type, "clab-node-name": name, "clab-node-longname": "clab-" + f.Name + "-" + name}
		for k, v := range n.Labels {
			labels[k] = v
		}
		nodes[name] = map[string]any{"index": "0", "shortname": name, "longname": "clab-" + f.Name + "-" + name, "kind": n.Kind, "image": n.Image,
			"mgmt-ipv4-address": "172.20.20." + string(rune('2'+len(nodes))), "mgmt-ipv4-prefix-length": 24, "labels": labels, "port-bindings": []any{}}
	}
	var links []any
	for _, l := range f.Topology.Links {
		if len(l.Endpoints) != 2 {
			t.Fatalf("a link of %d ends", len(l.Endpoints))
		}
		ends := map[string]any{}
		for i, side := range []string{"a", "z"} {
			node, port, ok := strings.Cut(l.Endpoints[i], ":")
			if _, there := f.Topology.Nodes[node]; !ok || !there {
				t.Fatalf("no end of a link: %s", l.Endpoints[i])
			}
			ends[side] = map[string]any{"node": node, "interface": port, "mac": "aa:c1:ab:00:00:01", "peer": map[string]string{"a": "z", "z": "a"}[side]}
		}
		links = append(links, map[string]any{"endpoints": ends})
	}
	raw, err := json.Marshal(map[string]any{"name": f.Name, "type": "clab", "clab": map[string]any{"config": map[string]any{"prefix": "clab"}}, "ssh-pub-keys": nil, "nodes": nodes, "links": links})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestExamples holds the labs of examples/containerlab to what is imported of them, and
// their sessions to that.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testkit.Root(t), "examples/containerlab/*/*.clab.yml"))
	if err != nil || len(files) != 5 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dec := yaml.NewDecoder(strings.NewReader(string(raw)))
			dec.KnownFields(true)
			var f topologyFile
			if err := dec.Decode(&f); err != nil {
				t.Fatal(err)
			}
			if f.Name+".clab.yml" != filepath.Base(path) {
				t.Errorf("its name is %s", f.Name)
			}
			for name, n := range f.Topology.Nodes {
				if n.Startup != "" {
					if _, err := os.Stat(filepath.Join(filepath.Dir(path), n.Startup)); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
			labs, err := Read(deployed(t, f))
			if err != nil {
				t.Fatal(err)
			}
			found := Entries(labs, Options{Catalogue: catalogue()})
			i := slices.IndexFunc(found.Devices, func(d mirror.Device) bool { return d.Name == "sw1" })
			if i < 0 || len(found.Tools) != 1 || found.Tools[0].Name != "ids" || found.Tools[0].Device != "sw1" || found.Tools[0].Capacity != 1e9 {
				t.Fatalf("%s", told(found))
			}
			sw := found.Devices[i]
			var wants struct {
				Sessions []struct {
					Sources      []struct{ Device, Interface string }
					Destinations []struct{ Tool string }
				}
			}
			manifest, err := os.ReadFile(filepath.Join(filepath.Dir(path), "session.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			var tree any
			if err := inventory.Decode(manifest, &tree); err != nil {
				t.Fatal(err)
			}
			again, _ := json.Marshal(tree)
			if err := json.Unmarshal(again, &wants); err != nil || len(wants.Sessions) != 1 {
				t.Fatal(err, wants)
			}
			s := wants.Sessions[0]
			port, err := drivers.Port(sw.Platform, sw.Transports.Config.Protocol, s.Sources[0].Interface)
			if err != nil || s.Sources[0].Device != "sw1" || s.Destinations[0].Tool != "ids" {
				t.Fatalf("%+v %v", s, err)
			}
			if !slices.ContainsFunc(sw.Links, func(l mirror.Link) bool { return l.Interface == port && l.Device == "h1" }) {
				t.Errorf("the source %s is not where h1 is: %+v", port, sw.Links)
			}
			testkit.Need(t, "make")
			out, err := exec.CommandContext(t.Context(), "make", "-n", "-C", filepath.Dir(path), "image", "deploy", "import", "session", "capture", "destroy").CombinedOutput()
			if err != nil || !strings.Contains(string(out), "import containerlab clab-"+f.Name) || !strings.Contains(string(out), "deploy -t "+f.Name+".clab.yml") {
				t.Errorf("make: %v\n%s", err, out)
			}
		})
	}
}
