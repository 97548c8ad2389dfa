package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// TestTheLinuxOnlyLab is the example that needs no vendor's image, with its topology file,
// its switch and its Makefile, in network namespaces.
func TestTheLinuxOnlyLab(t *testing.T) {
	t.Parallel()
	testkit.NeedRoot(t)
	testkit.Need(t, "ip", "ping", "tcpdump", "ethtool", "ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ovs-vsctl", "make")
	linuxOnly(t, func(program string) clabEngine { return newSpaces(t, program) })
}

// TestTheLinuxOnlyLabInDocker is the same in containers of the image that `make image`
// builds. Where no Docker engine answers it is passed over by name, whatever
// NETMIRROR_REQUIRE says: `make containerlab-test` demands one.
func TestTheLinuxOnlyLabInDocker(t *testing.T) {
	if out, err := exec.Command("docker", "info").CombinedOutput(); err != nil {
		if os.Getenv("NETMIRROR_CLAB") != "" {
			t.Fatalf("needs a Docker engine that answers: %s", out)
		}
		testkit.Beyond(t, "a Docker engine that answers")
	}
	testkit.NeedRoot(t)
	testkit.Need(t, "ip", "make")
	if out, err := exec.Command("make", "-C", filepath.Join(testkit.Root(t), "examples", "containerlab", "linux-only"), "image", "DOCKER=docker").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	linuxOnly(t, func(string) clabEngine { return newContainers(t, "mirrorlab") })
}

// linuxOnly follows docs/containerlab.md: import, login, session, copies, the end of the lab.
func linuxOnly(t *testing.T, engine func(program string) clabEngine) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := newController(t, "--resync", "1h", "--watch-interval", "1s")
	c.start()
	l := deploy(t, "linux-only", engine(program), program)
	says := func(said string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(said, w) {
				t.Fatalf("%q is not said:\n%s", w, said)
			}
		}
	}
	says(l.make(c, "import"), "device/sw1 created", "device/acc1 created", "tool/ids created", "skipped h1, h2: ",
		"netmirror credentials set mirrorlab --for "+l.addresses["acc1"]+" --username ")
	if out, err := c.cli("lab", "credentials", "set", "mirrorlab", "--data", c.data, "--for", l.addresses["acc1"], "--username", "netmirror"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	says(l.make(c, "import"), "device/acc1 changed: transports")
	for _, name := range []string{"sw1", "acc1"} {
		testkit.Eventually(t, patience, name+" is reached", func() bool { return c.reachable(name) })
	}
	// Not only pings cross the switch. What answers is the simulated switch, by its data port.
	l.in("acc1", "ip", "addr", "add", "10.0.0.4/24", "dev", "eth1")
	l.in("acc1", "ethtool", "-K", "eth1", "tx", "off")
	for _, host := range []string{"h1", "h2"} {
		says(l.in(host, "timeout", "30", "bash", "-c", "exec 3<>/dev/tcp/10.0.0.4/2222 && head -c 7 <&3"), "SSH-2.0")
	}
	c.call("PUT", "/sessions/h1-to-ids", `{"description": "what host h1 says and hears", "sources": [{"device": "sw1", "interface": "eth1", "direction": "both"}],
		"destinations": [{"tool": "ids"}], "lease": {"duration": "4h"}}`, 201)
	c.reach("h1-to-ids", "Active")
	says(l.make(c, "session"), "session/h1-to-ids unchanged") // the file asks for the same
	says(l.make(c, "capture"), "10.0.0.1 > 10.0.0.2: ICMP echo request", "10.0.0.2 > 10.0.0.1: ICMP echo reply", "6 packets captured")
	c.reach("h1-to-ids", "Active")
	says(l.make(c, "destroy"), "device/sw1 retired", "device/acc1 retired")
}

// A containers is the engine that containerlab itself uses by default.
type containers struct {
	t   *testing.T
	lab string
	net string // of the management addresses
	tag string // of the names of the containers' network namespaces
}

func newContainers(t *testing.T, lab string) *containers {
	t.Helper()
	e := &containers{t: t, lab: lab, net: fmt.Sprintf("clab-test-%d", os.Getpid()), tag: fmt.Sprintf("nc%d", os.Getpid())}
	e.run("network", "create", e.net)
	t.Cleanup(func() { e.run("network", "rm", e.net) })
	return e
}

func (e *containers) run(args ...string) string {
	e.t.Helper()
	out, err := exec.Command("docker", args...).CombinedOutput()
	if err != nil {
		e.t.Errorf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (e *containers) docker() string               { return "docker" }
func (e *containers) namespace(node string) string { return e.tag + "-" + node }

// start runs a container as containerlab does: with the name of the node as its host name,
// in the network of management. containerlab gives it every privilege; these are those that
// the example needs, since not every machine has all of them to give.
func (e *containers) start(node string, n clabNode) string {
	e.t.Helper()
	name := "clab-" + e.lab + "-" + node
	args := []string{"create", "--cap-add", "NET_ADMIN", "--device", "/dev/net/tun", "--name", name, "--hostname", node, "--network", e.net}
	for k, v := range n.Labels {
		args = append(args, "--label", k+"="+v)
	}
	id := e.run(append(append(args, n.Image), strings.Fields(n.Cmd)...)...)
	if e.t.Failed() {
		e.t.FailNow() // a lab of this name runs, perhaps: it is not ours to remove
	}
	e.t.Cleanup(func() {
		if e.t.Failed() {
			e.t.Logf("%s said:\n%s", node, e.run("logs", id))
		}
		e.run("rm", "-f", id)
	})
	e.run("start", id)
	pid := e.run("inspect", "-f", "{{.State.Pid}}", id)
	if _, err := strconv.Atoi(pid); err != nil {
		e.t.Fatalf("%s does not run: %s", node, pid)
	}
	ip(e.t, "netns", "attach", e.namespace(node), pid)
	e.t.Cleanup(func() { ip(e.t, "netns", "delete", e.namespace(node)) })
	return e.run("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", id)
}
