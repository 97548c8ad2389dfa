package lab

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A chunker is a raw NETCONF client with the framing of base 1.1.
type chunker struct {
	t      testing.TB
	client *ssh.Client
	in     io.WriteCloser
	out    *bufio.Reader
	hello  string
	id     int
}

const hello11 = `<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>]]>]]>`

// chunks opens a NETCONF session; it ends with the test.
func chunks(t testing.TB, sw *Switch, user string) *chunker {
	t.Helper()
	c, err := ssh.Dial("tcp", sw.NETCONFAddr(), &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.Password("pw")}, Timeout: testkit.Patience,
		HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	x := &chunker{t: t, client: c}
	x.in, _ = s.StdinPipe()
	out, _ := s.StdoutPipe()
	x.out = bufio.NewReader(out)
	if err := s.RequestSubsystem("netconf"); err != nil {
		t.Fatal(err)
	}
	for !strings.HasSuffix(x.hello, "]]>]]>") {
		part, err := x.out.ReadString('>')
		if err != nil {
			t.Fatal(err)
		}
		x.hello += part
	}
	if _, err := io.WriteString(x.in, hello11); err != nil {
		t.Fatal(err)
	}
	return x
}

// session is the id of the hello.
func (x *chunker) session() string {
	return regexp.MustCompile(`<session-id>(\d+)</session-id>`).FindStringSubmatch(x.hello)[1]
}

// rpc sends an operation and returns the content of the reply, blanks between tags taken
// away.
func (x *chunker) rpc(op string) string {
	x.t.Helper()
	x.id++
	msg := fmt.Sprintf(`<rpc message-id="%d" xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">%s</rpc>`, x.id, op)
	if _, err := fmt.Fprintf(x.in, "\n#%d\n%s\n##\n", len(msg), msg); err != nil {
		x.t.Fatal(err)
	}
	timer := time.AfterFunc(testkit.Patience, func() { x.client.Close() })
	defer timer.Stop()
	var reply strings.Builder
	for {
		head, err := x.out.ReadString('\n')
		for err == nil && head == "\n" {
			head, err = x.out.ReadString('\n')
		}
		if err != nil {
			x.t.Fatalf("%s: %v, %q", op, err, reply.String())
		}
		if head == "##\n" {
			break
		}
		n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(head, "#")))
		if err != nil {
			x.t.Fatalf("a chunk begins with %q", head)
		}
		if _, err := io.CopyN(&reply, x.out, int64(n)); err != nil {
			x.t.Fatal(err)
		}
	}
	_, body, _ := strings.Cut(reply.String(), ">")
	body = strings.TrimSuffix(strings.TrimSpace(body), "</rpc-reply>")
	return strings.TrimSpace(regexp.MustCompile(`>\s+<`).ReplaceAllString(body, "><"))
}

func (x *chunker) ok(ops ...string) {
	x.t.Helper()
	for _, op := range ops {
		if got := x.rpc(op); got != "<ok/>" {
			x.t.Errorf("%s:\n%s", op, got)
		}
	}
}

func (x *chunker) says(op string, parts ...string) {
	x.t.Helper()
	got := x.rpc(op)
	for _, p := range parts {
		if !strings.Contains(got, p) {
			x.t.Errorf("%s: no %q in\n%s", op, p, got)
		}
	}
}

// xrNETCONF is an IOS-XR router with NETCONF on a port of its own.
func xrNETCONF(t testing.TB, model, version string) *Switch {
	t.Helper()
	return start(t, fmt.Sprintf("fabric:\n  clockFactor: 0.01\n  switches:\n    - {name: sw, platform: cisco_iosxr, model: %q, version: %q, netconf: {listen: '127.0.0.1:0'}, credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]}\n", model, version)).Switch("sw")
}

const (
	umSpan = `xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-monitor-session-cfg"`
	umPort = `xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-interface-cfg"`
	nc     = `xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation=`
)

// xrSessions and xrPorts wrap sessions and interfaces in their containers.
func xrSessions(list string) string {
	return "<monitor-sessions " + umSpan + ">" + list + "</monitor-sessions>"
}
func xrPorts(list string) string { return "<interfaces " + umPort + ">" + list + "</interfaces>" }

func xrSource(port, session string) string {
	return "<interface><interface-name>" + port + "</interface-name><monitor-sessions " + umSpan + ">" + session + "</monitor-sessions></interface>"
}

const (
	xrLocal = `<monitor-session><session-name>nm-1</session-name><traffic-type>ethernet</traffic-type><destination><interface>TenGigE0/0/0/9</interface></destination></monitor-session>`
	xrRx    = `<monitor-session><session-name>nm-1</session-name><ethernet/><direction><rx-only/></direction><port-level/><mirror><first>200</first></mirror></monitor-session>`
)

// What one way sets shows over the other.
func TestXRSessionsOverBothDoors(t *testing.T) {
	sw := xrNETCONF(t, "", "")
	x := chunks(t, sw, "admin")
	for _, want := range []string{"urn:ietf:params:netconf:base:1.1<", "capability:candidate:1.0", "confirmed-commit:1.1", "validate:1.1",
		"http://cisco.com/ns/yang/Cisco-IOS-XR-um-monitor-session-cfg?module=Cisco-IOS-XR-um-monitor-session-cfg&amp;revision=2022-10-17", "openconfig-interfaces&amp;revision="} {
		if !strings.Contains(x.hello, want) {
			t.Errorf("no %q in the hello", want)
		}
	}
	if strings.Contains(x.hello, "base:1.0<") {
		t.Error("base 1.0 is announced")
	}
	x.ok(lockCandidate, edit(xrSessions(xrLocal)+xrPorts(xrSource("TenGigE0/0/0/1", xrRx))), validateIt)
	if strings.Contains(sw.RunningConfig(), "nm-1") {
		t.Error("in force before the commit")
	}
	x.says(`<get-config><source><candidate/></source></get-config>`, xrLocal, xrRx)
	x.ok(`<commit/>`, unlockCandidate)
	want := "interface TenGigE0/0/0/1\n monitor-session nm-1 ethernet direction rx-only port-level\n  mirror first 200\n !\n!\nmonitor-session nm-1 ethernet\n destination interface TenGigE0/0/0/9\n!\n"
	if got := sw.RunningConfig(); !strings.Contains(got, want) {
		t.Errorf("the command line shows\n%s", got)
	}
	sw.Exec("configure", "monitor-session voice ipv4", "destination next-hop ipv4 192.0.2.9 vrf red", "root", "monitor-session tape ethernet", "destination file size 2000 format pcapng", "rate-limit rx 1000",
		"interface TenGigE0/0/0/2", "description a port", "ipv4 address 192.0.2.1 255.255.255.0", "monitor-session voice ipv4 acl", "acl ipv4 L", "root",
		"interface TenGigE0/0/0/3", "bundle id 7 mode active", "shutdown", "root", "interface TenGigE0/0/0/4.100 l2transport", "encapsulation dot1q 100", "root",
		"interface tunnel-ip5", "ipv4 address 169.254.1.0 255.255.255.254", "tunnel mode gre ipv4", "tunnel source 192.0.2.1", "tunnel destination 198.51.100.9", "tunnel tos 32", "root", "commit", "end")
	x.says(`<get-config><source><running/></source></get-config>`,
		`<monitor-session><session-name>tape</session-name><traffic-type>ethernet</traffic-type><destination><file><size>2000</size><format><pcapng/></format></file></destination><rate-limit><rx>1000</rx></rate-limit></monitor-session>`,
		`<session-name>voice</session-name><traffic-type>ipv4</traffic-type><destination><next-hop><ipv4-address>192.0.2.9</ipv4-address><vrf>red</vrf></next-hop></destination>`,
		`<ipv4><addresses xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-if-ip-address-cfg"><address><address>192.0.2.1</address><netmask>255.255.255.0</netmask></address></addresses></ipv4><description>a port</description>`,
		`<monitor-session><session-name>voice</session-name><ipv4/><acl/><acl-ipv4><acl-name>L</acl-name></acl-ipv4></monitor-session>`,
		`<shutdown/><bundle xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-if-bundle-cfg"><id><bundle-id>7</bundle-id><mode>active</mode></id></bundle>`,
		`<interface-name>TenGigE0/0/0/4.100</interface-name><sub-interface-type><l2transport/></sub-interface-type><l2transport-encapsulation`,
		`<tunnel xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-if-tunnel-cfg"><mode><gre><ipv4/></gre></mode><source><ipv4-address>192.0.2.1</ipv4-address></source><destination><ipv4-address>198.51.100.9</ipv4-address></destination><tos>32</tos></tunnel>`)
	before := sw.RunningConfig()
	x.ok(edit(xrSessions(`<monitor-session `+nc+`"delete"><session-name>nm-1</session-name></monitor-session>`)+
		xrPorts(`<interface><interface-name>TenGigE0/0/0/1</interface-name><monitor-sessions `+umSpan+`><monitor-session `+nc+`"remove"><session-name>nm-1</session-name></monitor-session></monitor-sessions></interface>`)), `<commit/>`)
	if got := sw.RunningConfig(); strings.Contains(got, "nm-1") || !strings.Contains(got, "tunnel tos 32") || got == before {
		t.Errorf("after a deletion:\n%s", got)
	}
	x.says(edit(xrSessions(`<monitor-session `+nc+`"delete"><session-name>nm-1</session-name></monitor-session>`)), "data-missing")
	x.ok(edit(xrPorts(`<interface><interface-name>TenGigE0/0/0/3</interface-name><shutdown `+nc+`"delete"/></interface>`)), `<commit/>`)
	if got := answered(sw, "show running-config interface TenGigE0/0/0/3"); strings.Contains(got, "shutdown") || !strings.Contains(got, "bundle id 7") {
		t.Errorf("%s", got)
	}
}

// What Cisco's module refuses is refused, and what the command line of the router does.
func TestXRRefusesOverNETCONF(t *testing.T) {
	sw := xrNETCONF(t, "", "")
	config := sw.RunningConfig()
	x := chunks(t, sw, "admin")
	session := func(inner string) string {
		return edit(xrSessions("<monitor-session><session-name>nm-1</session-name>"+inner+"</monitor-session>"), "<test-option>test-then-set</test-option>")
	}
	source := func(port, inner string) string {
		return edit(xrPorts(xrSource(port, "<monitor-session><session-name>nm-1</session-name>"+inner+"</monitor-session>")), "<test-option>test-then-set</test-option>")
	}
	for op, tag := range map[string]string{
		session(""): "data-missing", session("<traffic-type>arp</traffic-type>"): "invalid-value",
		session("<traffic-type>ipv4</traffic-type><destination><interface>TenGigE0/0/0/9</interface></destination>"):                                             "operation-failed",
		session("<traffic-type>ethernet</traffic-type><destination><interface>TenGigE0/0/0/9</interface><pseudowire/></destination>"):                            "operation-failed",
		session("<traffic-type>ethernet</traffic-type><destination><next-hop><ipv4-address>192.0.2.9</ipv4-address></next-hop><file/></destination>"):            "operation-failed",
		session("<traffic-type>ethernet</traffic-type><mirror><first>10001</first></mirror>"):                                                                    "invalid-value",
		session("<traffic-type>ethernet</traffic-type><mirror><interval>3</interval></mirror>"):                                                                  "invalid-value",
		session("<traffic-type>ethernet</traffic-type><traffic-class>8</traffic-class>"):                                                                         "invalid-value",
		session("<traffic-type>ethernet</traffic-type><forward-drop><rx/><tx/></forward-drop>"):                                                                  "operation-failed",
		session("<traffic-type>ethernet</traffic-type><colour>red</colour>"):                                                                                     "unknown-element",
		edit(xrSessions("<monitor-session><session-name>" + strings.Repeat("n", 80) + "</session-name><traffic-type>ethernet</traffic-type></monitor-session>")): "invalid-value",
		source("TenGigE0/0/0/1", ""): "operation-failed", source("TenGigE0/0/0/1", "<ethernet/><ipv4/>"): "operation-failed",
		source("TenGigE0/0/0/1", "<ethernet/><direction><rx-only/><tx-only/></direction>"): "operation-failed",
		source("TenGigE0/0/0/99", "<ethernet/>"):                                           "invalid-value", source("Te0/0/0/1", "<ethernet/>"): "invalid-value", source("a b", "<ethernet/>"): "invalid-value",
		edit(strings.Replace(xrSessions(xrLocal), "um-monitor-session-cfg", "um-monitor-session", 1)): "unknown-namespace",
	} {
		x.says(op, "<error-tag>"+tag+"</error-tag>")
	}
	x.ok(edit(xrSessions("<monitor-session><session-name>nm-1</session-name><traffic-type>ipv6</traffic-type><destination><pseudowire/></destination></monitor-session>")))
	x.says(`<commit/>`, "operation-failed", "'pseudowire' is for sessions of ethernet alone")
	x.says(validateIt, "operation-failed")
	x.ok(`<discard-changes/>`, validateIt)
	for i := range 5 {
		x.ok(edit(xrSessions(strings.ReplaceAll(xrLocal, "nm-1", fmt.Sprint("s", i)))))
	}
	x.says(`<commit/>`, "operation-failed", "4 sessions are the most")
	if got := sw.RunningConfig(); got != config {
		t.Errorf("something is left:\n%s", got)
	}
	op := chunks(t, sw, "op")
	op.says(edit(xrSessions(xrLocal)), "access-denied")
	op.says(`<commit/>`, "access-denied")
	asr := chunks(t, xrNETCONF(t, "ASR-9006", ""), "admin")
	asr.says(edit(xrPorts(xrSource("GigabitEthernet0/0/0/1", xrRx[:len(xrRx)-len("</monitor-session>")]+"</monitor-session>"))+xrSessions(strings.Replace(xrLocal, "<destination>", "<mirror><first>300</first></mirror><destination>", 1))), "invalid-value", "mirror first 300")
	if old := chunks(t, xrNETCONF(t, "", "7.2.1"), "admin"); strings.Contains(old.hello, "um-monitor-session-cfg") {
		t.Error("a release without the model announces it")
	}
}

// Locks and commits that wait are told from those of a command line.
func TestXRLocksAndTrialsOverNETCONF(t *testing.T) {
	sw := xrNETCONF(t, "", "")
	held := func() bool { return strings.Contains(sw.RunningConfig(), "nm-1") }
	config := sw.RunningConfig()
	a, b := chunks(t, sw, "admin"), chunks(t, sw, "admin")
	a.ok(lockCandidate)
	b.says(lockCandidate, "lock-denied", "<session-id>"+a.session()+"</session-id>")
	b.says(edit(xrSessions(xrLocal)), "in-use", "<session-id>"+a.session()+"</session-id>")
	b.says(`<lock><target><running/></target></lock>`, "operation-not-supported")
	if got := sw.Exec("configure exclusive"); !strings.Contains(got, "locked by another agent") {
		t.Errorf("%s", got)
	}
	trial := func(id string) string {
		return "<commit><confirmed/><confirm-timeout>60</confirm-timeout><persist>" + id + "</persist></commit>"
	}
	a.ok(edit(xrSessions(xrLocal)), trial("tx-1"))
	if got := answered(sw, "show configuration sessions detail"); !held() || !strings.Contains(got, "commit-confirm") {
		t.Errorf("held %t, sessions:\n%s", held(), got)
	}
	if got := sw.Exec("configure", "snmp-server contact theirs", "commit", "abort"); !strings.Contains(got, "unexpired trial") {
		t.Errorf("another commits meanwhile:\n%s", got)
	}
	a.says(`<commit/>`, "in-use") // what has a name is confirmed by that
	b.says(`<commit><persist-id>tx-1</persist-id></commit>`, "in-use")
	a.client.Close()
	testkit.Eventually(t, testkit.Patience, "the lock of a lost connection", func() bool {
		return strings.Contains(b.rpc(`<commit><persist-id>tx-2</persist-id></commit>`), "invalid-value") && b.rpc(`<commit><persist-id>tx-1</persist-id></commit>`) == "<ok/>"
	})
	sw.Lapse()
	b.says(`<commit><persist-id>tx-1</persist-id></commit>`, "invalid-value", "<bad-element>persist-id</bad-element>")
	if !held() {
		t.Error("confirmed, and gone")
	}
	gone := edit(xrSessions(`<monitor-session ` + nc + `"delete"><session-name>nm-1</session-name></monitor-session>`))
	b.ok(lockCandidate, gone, trial("tx-3"), unlockCandidate)
	b.says(lockCandidate, "lock-denied", "<session-id>0</session-id>") // while it waits
	chunks(t, sw, "admin").ok(`<cancel-commit><persist-id>tx-3</persist-id></cancel-commit>`)
	if !held() {
		t.Error("taken back, and gone all the same")
	}
	b.ok(gone, trial("tx-4"))
	sw.Lapse()
	b.says(`<cancel-commit><persist-id>tx-4</persist-id></cancel-commit>`, "invalid-value")
	c := chunks(t, sw, "admin")
	c.ok(gone, "<commit><confirmed/></commit>")
	if held() {
		t.Error("not in force while it waits")
	}
	c.client.Close() // what has no name goes back with its session
	testkit.Eventually(t, testkit.Patience, "a commit that is bound to a session", held)
	b.ok(gone, `<commit/>`)
	if got := sw.RunningConfig(); got != config {
		t.Errorf("something is left:\n%s", got)
	}
	sw.Exec("configure exclusive", "snmp-server contact theirs", "commit confirmed 65535")
	b.says(lockCandidate, "lock-denied", "<session-id>0</session-id>")
	b.ok(edit(xrSessions(xrLocal)))
	b.says(`<commit/>`, "in-use", "unexpired trial")
	sw.Lapse()
	b.ok(`<commit/>`)
}

// The state of sessions and of ports, as the command line tells them.
func TestXRStateOverNETCONF(t *testing.T) {
	sw := start(t, "fabric:\n  switches:\n    - {name: sw, platform: cisco_iosxr, netconf: {listen: '127.0.0.1:0'}, credentials: [{username: admin, password: pw}], ports: [TenGigE0/0/0/1-3, TenGigE0/0/0/9]}\n"+
		"  hosts: [{at: 'sw:TenGigE0/0/0/1', name: one}, {at: 'sw:TenGigE0/0/0/9', name: ids}]\n").Switch("sw")
	x := chunks(t, sw, "admin")
	state := func(filter string, parts ...string) {
		t.Helper()
		x.says(`<get><filter type="subtree">`+filter+`</filter></get>`, parts...)
	}
	span := `<span-monitor-session xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-Ethernet-SPAN-oper"/>`
	x.ok(edit(xrSessions(xrLocal)+xrPorts(xrSource("TenGigE0/0/0/1", xrRx)+xrSource("TenGigE0/0/0/2", strings.ReplaceAll(xrRx, "nm-1", "gone")))), `<commit/>`)
	state(span, "<global-session><session>nm-1</session><name>nm-1</name>", "<interface-data><interface-name>TenGigE0/0/0/9</interface-name><interface-state>im-state-up</interface-state></interface-data>",
		"<node><node>0/0/CPU0</node>", "<attachment><session>gone</session><interface>TenGigE0/0/0/2</interface>", "<session-is-configured>false</session-is-configured>",
		"<hardware-session><name>nm-1</name>", "<interfaces><interface><interface>TenGigE0/0/0/1</interface>")
	if err := sw.UpdateFaults(func(f *Faults) { f.NotProgrammed = true }); err != nil {
		t.Fatal(err)
	}
	state(span, "<platform-error>1</platform-error>")
	state(`<interfaces xmlns="http://openconfig.net/yang/interfaces"/>`, "<interface><name>TenGigE0/0/0/1</name><state><name>TenGigE0/0/0/1</name><admin-status>UP</admin-status><oper-status>UP</oper-status>", "SPEED_10GB", "<oper-status>DOWN</oper-status>")
	state(`<inventory xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-invmgr-oper"/>`, "<software-revision>7.5.2</software-revision><model-name>NCS-5501</model-name>")
	state(`<system-time xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-shellutil-oper"/>`, "<host-name>sw</host-name>")
}
