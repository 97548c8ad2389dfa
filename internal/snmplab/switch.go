package snmplab

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

//go:embed smon.pl
var subAgent []byte

// What a switch lets in: Community reads and writes over version 2c, User over version 3
// with SHA-256 and AES of 128 bits, Reader (authNoPriv, SHA) reads.
const (
	Community = "switch-community"
	User      = "writer"
	Password  = "writer-password"
	Privacy   = "writer-privacy"
	Reader    = "reader"
)

// A Switch is a namespace with a bridge and an SNMP agent.
type Switch struct {
	// Port is the UDP port of the agent on 127.0.0.1 of the test's own namespace.
	Port int
	// Ports are the switch's ports as ifName tells them: "port1" to "portN". All but the
	// last are joined by the bridge; the last one is for what captures.
	Ports []string

	t         testing.TB
	namespace string
	hosts     []*Host
	relay     *relay
}

var counter atomic.Int64

// Start makes a switch with so many ports (at least three), with a host behind each, and
// ends it with the test. Options are those of the sub-agent: noCreateAndGo,
// fixedDirection, acceptsDown. The test is skipped where something is missing.
//
// A test of the whole program makes a device of it: protocol snmp, address 127.0.0.1, port
// sw.Port, a credentials profile for version 3 with User, Password (SHA-256) and Privacy
// (AES), or for 2c with Community. Sources and destinations are of sw.Ports; a session is
// made by REST, sw.Host(0).Ping(sw.Host(1), n) sends n requests, each of which is answered,
// and what was copied is read from sw.Host(last).Capture. sw.Rows tells what the
// portCopyTable holds, by net-snmp's own tools.
func Start(t testing.TB, ports int, options ...string) *Switch {
	t.Helper()
	testkit.NeedRoot(t)
	testkit.Need(t, "ip", "tc", "ping", "snmpd", "snmpset", "perl")
	if err := exec.Command("perl", "-MNetSNMP::agent", "-e", "1").Run(); err != nil {
		testkit.Skip(t, "NetSNMP::agent (libsnmp-perl)")
	}
	s := &Switch{t: t, namespace: fmt.Sprintf("ns%ds%d", os.Getpid(), counter.Add(1))}
	s.addNamespace(s.namespace)
	s.ip("-n", s.namespace, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
	s.ip("-n", s.namespace, "link", "set", "br0", "up")
	for i := range ports {
		s.plug(i, i < ports-1)
	}
	dir := testkit.Dir(t)
	s.snmpd(dir)
	s.perl(dir, options)
	s.relay = openRelay(t, s.namespace)
	s.Port = s.relay.port
	return s
}

// Host is the one behind the port with a place, from 0.
func (s *Switch) Host(place int) *Host { return s.hosts[place] }

// Unplug takes the cable of a port out, or puts it back.
func (s *Switch) Unplug(place int, out bool) {
	s.t.Helper()
	state := map[bool]string{true: "down", false: "up"}[out]
	s.ip("-n", s.hosts[place].namespace, "link", "set", "eth0", state)
}

// Index is the ifIndex of the port with a place.
func (s *Switch) Index(place int) int {
	s.t.Helper()
	out := s.ip("netns", "exec", s.namespace, "cat", "/sys/class/net/"+s.Ports[place]+"/ifindex")
	n, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// Tool runs one of net-snmp's tools as the user of version 3 and gives what it said.
func (s *Switch) Tool(name string, args ...string) (string, error) {
	return s.tool(name, []string{"-v3", "-l", "authPriv", "-u", User, "-a", "SHA-256", "-A", Password, "-x", "AES", "-X", Privacy}, args...)
}

func (s *Switch) tool(name string, as []string, args ...string) (string, error) {
	all := append(append(as, "-r", "10", "-t", "3", "-On", "-m", "", fmt.Sprintf("127.0.0.1:%d", s.Port)), args...)
	out, err := exec.Command(name, all...).CombinedOutput()
	return string(out), err
}

// portCopyEntry is the entry of the table (RFC 2613).
const portCopyEntry = ".1.3.6.1.2.1.16.22.1.3.1.1"

var rowLine = regexp.MustCompile(`\.5\.(\d+\.\d+) = INTEGER: (\d+)`)

// Rows is the status of each row by its index, "source.destination".
func (s *Switch) Rows() map[string]int {
	s.t.Helper()
	out, err := s.Tool("snmpwalk", portCopyEntry+".5")
	if err != nil {
		s.t.Fatalf("snmpwalk: %v: %s", err, out)
	}
	rows := map[string]int{}
	for _, m := range rowLine.FindAllStringSubmatch(out, -1) {
		rows[m[1]], _ = strconv.Atoi(m[2])
	}
	return rows
}

func (s *Switch) ip(args ...string) string {
	s.t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (s *Switch) addNamespace(name string) {
	s.t.Helper()
	s.ip("netns", "add", name)
	s.t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
			s.t.Errorf("ip netns del: %v: %s", err, out)
		}
	})
	s.ip("netns", "exec", name, "sysctl", "-e", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
	s.ip("-n", name, "link", "set", "lo", "up")
}

// plug makes a port and the host behind it.
func (s *Switch) plug(place int, bridged bool) {
	s.t.Helper()
	port := fmt.Sprintf("port%d", place+1)
	h := &Host{Address: fmt.Sprintf("10.77.0.%d", place+1), t: s.t, namespace: fmt.Sprintf("%sh%d", s.namespace, place+1)}
	s.addNamespace(h.namespace)
	s.ip("-n", s.namespace, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", h.namespace)
	s.ip("-n", h.namespace, "address", "add", h.Address+"/24", "dev", "eth0")
	s.ip("-n", h.namespace, "link", "set", "eth0", "up")
	s.ip("-n", s.namespace, "link", "set", port, "up")
	if bridged {
		s.ip("-n", s.namespace, "link", "set", port, "master", "br0")
	}
	s.Ports, s.hosts = append(s.Ports, port), append(s.hosts, h)
}

// snmpd starts the master agent inside the namespace.
func (s *Switch) snmpd(dir string) {
	s.t.Helper()
	config := fmt.Sprintf("rwcommunity %s\ncreateUser %s SHA-256 %s AES %s\nrwuser %s authPriv\ncreateUser %s SHA %s\nrouser %s auth\nmaster agentx\nagentXSocket %s\n",
		Community, User, Password, Privacy, User, Reader, Password, Reader, filepath.Join(dir, "x"))
	if err := os.WriteFile(filepath.Join(dir, "snmpd.conf"), []byte(config), 0o600); err != nil {
		s.t.Fatal(err)
	}
	program, err := exec.LookPath("snmpd")
	if err != nil {
		program = "/usr/sbin/snmpd"
	}
	s.run("NET-SNMP version", dir, program, "-f", "-Lo", "-I", "-smux", "udp:127.0.0.1:161")
}

// perl starts the sub-agent inside the namespace.
func (s *Switch) perl(dir string, options []string) {
	s.t.Helper()
	script := filepath.Join(dir, "smon.pl")
	config := fmt.Sprintf("agentXSocket %s\n", filepath.Join(dir, "x"))
	for path, text := range map[string][]byte{script: subAgent, filepath.Join(dir, "smon.conf"): []byte(config)} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	s.run("ready", dir, "perl", append(append([]string{script}, options...), s.Ports...)...)
}

// run starts a program inside the namespace, waits until it has said a line that begins
// with a word, and ends it with the test.
func (s *Switch) run(word, dir, program string, args ...string) {
	s.t.Helper()
	c := exec.Command("ip", append([]string{"netns", "exec", s.namespace, program}, args...)...)
	c.Env = append(os.Environ(), "SNMPCONFPATH="+dir+":"+filepath.Join(dir, "persistent"), "SNMP_PERSISTENT_DIR="+filepath.Join(dir, "persistent"), "MIBS=")
	out, err := c.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	read := make(chan struct{})
	s.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM) // "ip netns exec" has become the program
		<-read
		_ = c.Wait()
	})
	said := bufio.NewReader(out)
	var all strings.Builder
	for {
		line, err := said.ReadString('\n')
		all.WriteString(line)
		if strings.HasPrefix(line, word) {
			break
		}
		if err != nil {
			close(read)
			s.t.Fatalf("%s does not start: %s", program, all.String())
		}
	}
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, said) // so that it is never held up
	}()
}
