package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A clabFile is a topology file of containerlab as far as the examples use it; what stands
// in one beside that is an error, so that nothing of an example is passed over.
type clabFile struct {
	Name     string
	Topology struct {
		Kinds map[string]clabNode
		Nodes map[string]clabNode
		Links []struct{ Endpoints []string }
	}
}

type clabNode struct {
	Kind, Type, Image, Cmd string
	Exec                   []string
	Labels                 map[string]string
	StartupConfig          string `yaml:"startup-config"`
}

// setUnless is how topology files of the examples take a variable: ${NAME:=default}.
var setUnless = regexp.MustCompile(`\$\{(\w+):=([^}]*)\}`)

func readClab(t *testing.T, path string) (f clabFile) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw = setUnless.ReplaceAllFunc(raw, func(found []byte) []byte {
		m := setUnless.FindSubmatch(found)
		if v := os.Getenv(string(m[1])); v != "" {
			return []byte(v)
		}
		return m[2]
	})
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for name, n := range f.Topology.Nodes {
		if of := f.Topology.Kinds[n.Kind]; n.Image == "" {
			n.Image = of.Image
			f.Topology.Nodes[name] = n
		}
	}
	return f
}

// A clabEngine runs the nodes of a lab.
type clabEngine interface {
	// start runs a node, and tells its management address. Afterwards its network
	// namespace has the name that namespace gives it.
	start(name string, n clabNode) (address string)
	namespace(name string) string
	// docker is a program that understands `exec CONTAINER COMMAND...`.
	docker() string
}

// A clabLab is an example's lab that was started as `containerlab deploy` does it.
type clabLab struct {
	clabFile
	t         *testing.T
	dir       string // a copy of the example
	engine    clabEngine
	addresses map[string]string
	netmirror string // the program
}

// deploy starts the lab of an example as containerlab would: nodes, then cables, whose ends
// are called as the topology says and are up, then the commands of exec in their order; and
// it leaves the folder with topology-data.json (shared/vendors/containerlab.md 1.1).
func deploy(t *testing.T, example string, engine clabEngine, program string) *clabLab {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(testkit.Root(t), "examples", "containerlab"))); err != nil {
		t.Fatal(err)
	}
	l := &clabLab{t: t, dir: filepath.Join(copied, example), engine: engine, addresses: map[string]string{}, netmirror: program}
	files, err := filepath.Glob(filepath.Join(l.dir, "*.clab.yml"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	l.clabFile = readClab(t, files[0])
	nodes := slices.Sorted(maps.Keys(l.Topology.Nodes))
	for _, name := range nodes {
		l.addresses[name] = engine.start(name, l.Topology.Nodes[name])
	}
	for _, link := range l.Topology.Links {
		a, aPort, _ := strings.Cut(link.Endpoints[0], ":")
		z, zPort, _ := strings.Cut(link.Endpoints[1], ":")
		aSpace, zSpace := engine.namespace(a), engine.namespace(z)
		ip(t, "link", "add", aPort, "mtu", "9500", "netns", aSpace, "type", "veth", "peer", "name", zPort, "mtu", "9500", "netns", zSpace)
		ip(t, "-n", aSpace, "link", "set", aPort, "up")
		ip(t, "-n", zSpace, "link", "set", zPort, "up")
	}
	for _, name := range nodes {
		for _, line := range l.Topology.Nodes[name].Exec {
			l.in(name, strings.Fields(line)...)
		}
	}
	l.leaveFolder()
	return l
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

func (l *clabLab) container(node string) string { return "clab-" + l.Name + "-" + node }

// in runs a command in a node.
func (l *clabLab) in(node string, args ...string) string {
	l.t.Helper()
	out, err := exec.CommandContext(l.t.Context(), l.engine.docker(), append([]string{"exec", l.container(node)}, args...)...).CombinedOutput()
	if err != nil {
		l.t.Fatalf("in %s: %s: %v: %s", node, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (l *clabLab) folder() string { return filepath.Join(l.dir, "clab-"+l.Name) }

// leaveFolder writes what a deploy leaves, as far as netmirror reads it.
func (l *clabLab) leaveFolder() {
	type object = map[string]any
	nodes := object{}
	for name, n := range l.Topology.Nodes {
		labels := map[string]string{"containerlab": l.Name, "clab-node-kind": n.Kind, "clab-node-name": name, "clab-node-longname": l.container(name)}
		maps.Copy(labels, n.Labels)
		nodes[name] = object{"shortname": name, "longname": l.container(name), "fqdn": name + "." + l.Name + ".io", "group": "",
			"labdir": filepath.Join(l.folder(), name), "kind": n.Kind, "image": n.Image, "mgmt-net": "", "mgmt-intf": "",
			"mgmt-ipv4-address": l.addresses[name], "mgmt-ipv4-prefix-length": 24, "mgmt-ipv6-address": "", "mac-address": "",
			"labels": labels, "port-bindings": []string{}}
	}
	links := []object{}
	for _, link := range l.Topology.Links {
		end := func(said, peer string) object {
			node, port, _ := strings.Cut(said, ":")
			mac := strings.TrimSpace(l.in(node, "cat", "/sys/class/net/"+port+"/address"))
			return object{"node": node, "interface": port, "mac": mac, "peer": peer}
		}
		links = append(links, object{"endpoints": object{"a": end(link.Endpoints[0], "z"), "z": end(link.Endpoints[1], "a")}})
	}
	raw, err := json.MarshalIndent(object{"name": l.Name, "type": "clab", "clab": object{"config": object{"prefix": "clab"}},
		"ssh-pub-keys": []string{}, "nodes": nodes, "links": links}, "", "  ")
	if err == nil {
		err = os.Mkdir(l.folder(), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(l.folder(), "topology-data.json"), raw, 0o644)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// make runs a target of the example's Makefile with the program and the engine of the test.
// A destroy has nothing to do but to remove the folder: the test ends the nodes.
func (l *clabLab) make(c *controller, target string) string {
	l.t.Helper()
	removes := filepath.Join(l.dir, "containerlab")
	if err := os.WriteFile(removes, []byte("#!/bin/sh\n[ \"$1\" = destroy ] && rm -r '"+l.folder()+"'\n"), 0o755); err != nil {
		l.t.Fatal(err)
	}
	cmd := exec.CommandContext(l.t.Context(), "make", "-s", "-C", l.dir, target, "NETMIRROR="+l.netmirror, "DOCKER="+l.engine.docker(), "CLAB="+removes)
	cmd.Env = append(os.Environ(), "NETMIRROR_TEST_PROGRAM=1", "GORACE=atexit_sleep_ms=10", "NETMIRROR_URL="+c.url, "NETMIRROR_TOKEN="+c.token)
	out, err := cmd.CombinedOutput()
	if err != nil {
		l.t.Fatalf("make %s: %v\n%s", target, err, out)
	}
	return string(out)
}

// A spaces is the engine that needs nothing but Linux: a node is a network namespace with
// an interface eth0 that reaches the machine, and its command runs on the machine with the
// files of the image in the image's places.
type spaces struct {
	t      *testing.T
	dir    string
	tag    string
	net    string            // of the management addresses, the first three octets
	placed map[string]string // where the image has a file, and where it is here
	nodes  int
}

var copied = regexp.MustCompile(`(?m)^COPY (examples/\S+) (\S+)$`)

// newSpaces has the files that the image's Dockerfile takes from the repository.
func newSpaces(t *testing.T, program string) *spaces {
	t.Helper()
	s := &spaces{t: t, dir: testkit.Dir(t), tag: fmt.Sprintf("nc%d", os.Getpid()), net: fmt.Sprintf("198.19.%d", 1+os.Getpid()%250), placed: map[string]string{}}
	root := testkit.Root(t)
	for _, m := range copied.FindAllStringSubmatch(composeFile(t, "examples/containerlab/image/Dockerfile"), -1) {
		s.placed[m[2]] = filepath.Join(root, m[1])
		if name, ok := strings.CutPrefix(m[2], "/usr/local/bin/"); ok {
			s.placed[name] = s.placed[m[2]]
		}
	}
	s.placed["netmirror"] = program
	// As `docker exec`, for namespaces.
	script := "#!/bin/sh\nset -e\n[ \"$1\" = exec ]\nnode=${2##*-}\nshift 2\nexec ip netns exec \"" + s.tag + "-$node\" \"$@\"\n"
	if err := os.WriteFile(s.docker(), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *spaces) docker() string               { return filepath.Join(s.dir, "docker") }
func (s *spaces) namespace(name string) string { return s.tag + "-" + name }

func (s *spaces) start(name string, n clabNode) string {
	s.t.Helper()
	space := s.namespace(name)
	ip(s.t, "netns", "add", space)
	s.t.Cleanup(func() { s.end(space) })
	s.nodes++
	outer, address := fmt.Sprintf("%s-%d", s.tag, s.nodes), fmt.Sprintf("%s.%d", s.net, 1+s.nodes)
	ip(s.t, "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space)
	ip(s.t, "address", "add", s.net+".1", "peer", address, "dev", outer)
	ip(s.t, "link", "set", outer, "up")
	ip(s.t, "-n", space, "address", "add", address+"/24", "dev", "eth0")
	ip(s.t, "-n", space, "link", "set", "eth0", "up")
	ip(s.t, "-n", space, "link", "set", "lo", "up")
	if n.Cmd == "" {
		return address
	}
	args := strings.Fields(n.Cmd)
	for i, a := range args {
		if here, ok := s.placed[a]; ok {
			args[i] = here
		}
	}
	cmd := exec.Command("ip", append([]string{"netns", "exec", space}, args...)...)
	cmd.Env = append(os.Environ(), "NETMIRROR_TEST_PROGRAM=1", "GORACE=atexit_sleep_ms=10", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin",
		"OVS_RUNDIR="+filepath.Join(s.dir, name), "OVS_DBDIR="+filepath.Join(s.dir, name), "OVS_LOGDIR="+filepath.Join(s.dir, name), "OVS_SYSCONFDIR="+filepath.Join(s.dir, name))
	said := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was ended
		if s.t.Failed() {
			s.t.Logf("%s said:\n%s", name, said)
		}
	})
	return address
}

// end ends what runs in a namespace, daemons too, and removes it with its cables.
func (s *spaces) end(space string) {
	if pids, err := exec.Command("ip", "netns", "pids", space).Output(); err == nil && len(pids) > 0 {
		_ = exec.Command("kill", append([]string{"-9"}, strings.Fields(string(pids))...)...).Run() // some have ended meanwhile
	}
	if out, err := exec.Command("ip", "netns", "delete", space).CombinedOutput(); err != nil {
		s.t.Errorf("%v: %s", err, out)
	}
}
