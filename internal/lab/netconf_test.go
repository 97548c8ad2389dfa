package lab

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/testkit"
)

// A talker is a raw NETCONF client with the end-of-message framing of base 1.0.
type talker struct {
	t      testing.TB
	client *ssh.Client
	in     io.WriteCloser
	out    *bufio.Reader
	hello  string
	id     int
}

const theirHello = `<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>`

// talks opens a NETCONF session at an address; it ends with the test.
func talks(t testing.TB, sw *Switch, addr, user string) *talker {
	t.Helper()
	c, err := ssh.Dial("tcp", addr, &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.Password("pw")}, Timeout: testkit.Patience,
		HostKeyCallback: func(_ string, _ net.Addr, k ssh.PublicKey) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	x := &talker{t: t, client: c}
	x.in, _ = s.StdinPipe()
	out, _ := s.StdoutPipe()
	x.out = bufio.NewReader(out)
	if err := s.RequestSubsystem("netconf"); err != nil {
		t.Fatal(err)
	}
	if x.hello, err = x.read(); err != nil {
		t.Fatal(err)
	}
	x.write(theirHello)
	return x
}

func (x *talker) write(msg string) {
	x.t.Helper()
	if _, err := io.WriteString(x.in, msg+"]]>]]>"); err != nil {
		x.t.Fatal(err)
	}
}

func (x *talker) read() (string, error) {
	var b strings.Builder
	timer := time.AfterFunc(testkit.Patience, func() { x.client.Close() })
	defer timer.Stop()
	for {
		part, err := x.out.ReadString('>')
		b.WriteString(part)
		if msg, ok := strings.CutSuffix(b.String(), "]]>]]>"); ok {
			return strings.TrimSpace(msg), nil
		}
		if err != nil {
			return b.String(), err
		}
	}
}

// rpc sends an operation and returns the content of the reply, blanks between tags taken
// away.
func (x *talker) rpc(op string) string {
	x.t.Helper()
	reply, err := x.try(op)
	if err != nil {
		x.t.Fatalf("%s: %v, %q", op, err, reply)
	}
	return reply
}

func (x *talker) try(op string) (string, error) {
	x.t.Helper()
	x.id++
	x.write(fmt.Sprintf(`<rpc message-id="%d" xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">%s</rpc>`, x.id, op))
	reply, err := x.read()
	if err != nil {
		return reply, err
	}
	if !strings.Contains(reply, fmt.Sprintf(` message-id="%d"`, x.id)) {
		x.t.Errorf("the reply to %d is %s", x.id, reply)
	}
	_, reply, _ = strings.Cut(reply, ">")
	reply = strings.TrimSuffix(strings.TrimSpace(reply), "</rpc-reply>")
	return strings.TrimSpace(regexp.MustCompile(`>\s+<`).ReplaceAllString(reply, "><")), nil
}

// ok expects <ok/> of each operation.
func (x *talker) ok(ops ...string) {
	x.t.Helper()
	for _, op := range ops {
		if got := x.rpc(op); got != "<ok/>" {
			x.t.Errorf("%s:\n%s", op, got)
		}
	}
}

// says expects parts of a reply.
func (x *talker) says(op string, parts ...string) {
	x.t.Helper()
	got := x.rpc(op)
	for _, p := range parts {
		if !strings.Contains(got, p) {
			x.t.Errorf("%s: no %q in\n%s", op, p, got)
		}
	}
}

const (
	lockCandidate   = `<lock><target><candidate/></target></lock>`
	unlockCandidate = `<unlock><target><candidate/></target></unlock>`
	validateIt      = `<validate><source><candidate/></source></validate>`
)

// netconfSwitch is a Junos switch with NETCONF on its SSH port and on one of its own; its
// timers run so many times faster.
func netconfSwitch(t testing.TB, model string, factor int) *Switch {
	t.Helper()
	return start(t, fmt.Sprintf("fabric:\n  clockFactor: %d\n  switches:\n    - {name: sw, platform: juniper_junos, model: %s, netconf: {listen: '127.0.0.1:0'}, credentials: [{username: admin, password: pw}, {username: op, password: pw, privilege: 1}]}\n", factor, model)).Switch("sw")
}

// edit is an edit-config of the candidate.
func edit(config string, options ...string) string {
	return "<edit-config><target><candidate/></target>" + strings.Join(options, "") + "<config>" + config + "</config></edit-config>"
}

// analyzers wraps analyzers in a configuration.
func analyzers(list string) string {
	return "<configuration><forwarding-options>" + list + "</forwarding-options></configuration>"
}

const localAnalyzer = `<analyzer><name>nm-1</name><input><ingress><interface><name>ge-0/0/1.0</name></interface></ingress><egress><interface><name>ge-0/0/1.0</name></interface></egress></input><output><interface>ge-0/0/23.0</interface></output></analyzer>`

func TestNETCONFOfJunosOneTransaction(t *testing.T) {
	sw := netconfSwitch(t, "ex4300-48t", 1)
	for _, addr := range []string{sw.Addr(), sw.NETCONFAddr()} {
		x := talks(t, sw, addr, "admin")
		for _, want := range []string{"urn:ietf:params:netconf:base:1.0<", "capability:candidate:1.0", "confirmed-commit:1.0", "validate:1.0", "http://yang.juniper.net/junos-ex/conf/root?module=", "<session-id>31"} {
			if !strings.Contains(x.hello, want) {
				t.Errorf("no %q in the hello %s", want, x.hello)
			}
		}
		x.ok(lockCandidate, edit(analyzers(localAnalyzer)))
		x.says(`<get-config><source><candidate/></source><filter type="subtree"><configuration><forwarding-options/></configuration></filter></get-config>`,
			`<data><configuration xmlns="http://xml.juniper.net/xnm/1.1/xnm"><forwarding-options>`+localAnalyzer+"</forwarding-options></configuration></data>")
		if got := x.rpc(`<get-config><source><running/></source><filter type="subtree"><configuration><forwarding-options/></configuration></filter></get-config>`); strings.Contains(got, "nm-1") {
			t.Errorf("in force before the commit: %s", got)
		}
		x.ok(validateIt, `<commit/>`)
		if got := answered(sw, "show configuration forwarding-options | display set"); got != "set forwarding-options analyzer nm-1 input ingress interface ge-0/0/1.0\nset forwarding-options analyzer nm-1 input egress interface ge-0/0/1.0\nset forwarding-options analyzer nm-1 output interface ge-0/0/23.0\n" {
			t.Errorf("the command line shows %q", got)
		}
		x.ok(unlockCandidate)
		sw.Exec("configure", "set forwarding-options analyzer nm-1 input rate 10", "deactivate forwarding-options analyzer nm-1", "commit")
		x.says(`<get-config><source><running/></source></get-config>`, `<analyzer inactive="inactive"><name>nm-1</name><input><rate>10</rate>`, "<interface><name>ge-0/0/0</name><unit><name>0</name><family><ethernet-switching/></family></unit></interface>", "<vlans><vlan><name>default</name><vlan-id>1</vlan-id></vlan></vlans>")
		x.ok(edit(analyzers(`<analyzer operation="replace"><name>nm-1</name><output><ip-address>192.0.2.9</ip-address></output></analyzer>`)), `<commit/>`,
			edit(analyzers(`<analyzer operation="delete"><name>nm-1</name></analyzer>`)), `<commit/>`)
		x.says(edit(analyzers(`<analyzer operation="delete"><name>nm-1</name></analyzer>`)), "<error-tag>data-missing</error-tag>", "<error-path>[edit forwarding-options analyzer]</error-path>")
		x.ok(edit(analyzers(`<analyzer operation="remove"><name>nm-1</name></analyzer>`)), `<close-session/>`)
		if _, err := x.read(); err != io.EOF {
			t.Errorf("after close-session: %v", err)
		}
	}
	c, err := ssh.Dial("tcp", sw.NETCONFAddr(), &ssh.ClientConfig{User: "admin", Auth: []ssh.AuthMethod{ssh.Password("pw")}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.NewSession()
	if err != nil {
		t.Fatal(err)
	}
	if s.Shell() == nil {
		t.Error("there is a shell on the NETCONF port")
	}
}

func TestNETCONFLocksAcrossDoors(t *testing.T) {
	sw := netconfSwitch(t, "ex4300-48t", 1)
	a, b := talks(t, sw, sw.Addr(), "admin"), talks(t, sw, sw.Addr(), "admin")
	id := regexp.MustCompile(`<session-id>(\d+)</session-id>`).FindStringSubmatch(a.hello)[0]
	p := types(t, sw, "admin")
	a.ok(lockCandidate)
	b.says(lockCandidate, "<error-tag>lock-denied</error-tag>", "configuration database locked by:\n  admin terminal  (pid 31", "exclusive [edit]", "<error-info>"+id+"</error-info>")
	b.says(edit(analyzers(localAnalyzer)), "<error-tag>lock-denied</error-tag>", id)
	if got := p.says("configure exclusive"); !strings.Contains(got, "error: configuration database locked by:\n  admin terminal  (pid ") {
		t.Errorf("the command line gets in: %s", got)
	}
	a.ok(edit(analyzers(localAnalyzer)), unlockCandidate)
	if got := sw.Exec("configure", "show | compare", "exit"); strings.Contains(got, "nm-1") {
		t.Errorf("what was not committed is left behind the lock:\n%s", got)
	}
	p.says("configure exclusive")
	a.says(lockCandidate, "lock-denied", "configuration database locked by:\n  admin terminal pts/")
	p.says("exit")
	sw.Exec("configure", "set vlans v vlan-id 7", "exit")
	a.says(lockCandidate, "lock-denied", "configuration database modified", "<session-id>0</session-id>")
	sw.Exec("configure", "rollback 0", "exit")
	a.ok(lockCandidate)
	a.client.Close()
	testkit.Eventually(t, testkit.Patience, "the lock of a lost connection", func() bool { got := b.rpc(lockCandidate); return got == "<ok/>" })
	op := talks(t, sw, sw.Addr(), "op")
	op.says(lockCandidate, "access-denied", "permission denied")
	op.says(`<get-config><source><running/></source></get-config>`, "<version>")
}

func TestNETCONFConfirmedCommitOfJunos(t *testing.T) {
	sw := netconfSwitch(t, "ex4300-48t", 60)
	there := func() bool { return strings.Contains(sw.RunningConfig(), "analyzer nm-1") }
	a := talks(t, sw, sw.Addr(), "admin")
	confirmed := `<commit><confirmed/><confirm-timeout>120</confirm-timeout></commit>`
	a.ok(lockCandidate, edit(analyzers(localAnalyzer)), confirmed)
	if got := answered(sw, "show system commit"); !strings.Contains(got, "by admin via netconf commit confirmed, rollback in 2mins\n    rollback pending\n") {
		t.Errorf("%s", got)
	}
	sw.Lapse()
	if there() {
		t.Error("not taken back")
	}
	a.ok(edit(analyzers(localAnalyzer)), confirmed)
	a.client.Close() // the timer runs on, and anybody confirms
	b := talks(t, sw, sw.Addr(), "admin")
	testkit.Eventually(t, testkit.Patience, "the lock of a lost connection", func() bool { return b.rpc(lockCandidate) == "<ok/>" })
	b.ok(validateIt)
	sw.Lapse()
	if !there() {
		t.Error("a check of another session does not confirm")
	}
	b.ok(edit(analyzers(`<analyzer operation="delete"><name>nm-1</name></analyzer>`)), `<commit><confirmed/><confirm-timeout>59</confirm-timeout></commit>`)
	testkit.Eventually(t, testkit.Patience, "less than a minute is none", there)
	b.says(`<commit><confirmed/><persist>x</persist></commit>`, "unknown-element", "persist")
	b.says(`<commit><confirmed/><confirm-timeout>x</confirm-timeout></commit>`, "invalid-value")
	b.ok(`<commit-configuration><confirmed/><confirm-timeout>3</confirm-timeout><log>by a test</log></commit-configuration>`)
	if got := answered(sw, "show system commit"); !strings.Contains(got, "commit confirmed, rollback in 3mins\n    by a test\n    rollback pending\n") {
		t.Errorf("%s", got)
	}
	b.ok(`<commit/>`, unlockCandidate, `<open-configuration><exclusive/></open-configuration>`, `<close-configuration/>`)
	b.says(`<open-configuration><private/></open-configuration>`, "<error-severity>warning</error-severity>", "<ok/>")
	b.ok(edit("<configuration><system><host-name>other</host-name></system></configuration>"))
	b.says(confirmed, "commit confirmed not supported for private configuration")
	b.ok(`<commit/>`, `<close-configuration/>`)
	if got := sw.Exec("show version"); !strings.Contains(got, "Hostname: other\n") {
		t.Errorf("%s", got)
	}
	if err := sw.UpdateFaults(func(f *Faults) { f.NETCONF.TrialsEnd = true }); err != nil {
		t.Fatal(err)
	}
	c := talks(t, sw, sw.Addr(), "admin")
	c.ok(edit("<configuration><system><host-name>third</host-name></system></configuration>"), confirmed)
	c.client.Close()
	testkit.Eventually(t, testkit.Patience, "gone back with the session", func() bool { return strings.Contains(sw.RunningConfig(), "host-name other") })
}

func TestNETCONFRefusals(t *testing.T) {
	sw := netconfSwitch(t, "ex4300-48t", 1)
	x := talks(t, sw, sw.Addr(), "admin")
	for op, want := range map[string]string{
		edit(analyzers(`<analyser><name>a</name></analyser>`)):                                     "<error-message>syntax error</error-message><error-info><bad-element>analyser</bad-element></error-info>",
		edit(analyzers(`<analyzer><input><rate>1</rate></input></analyzer>`)):                      "missing mandatory argument",
		edit(analyzers(`<analyzer><name>a</name><input><rate>65536</rate></input></analyzer>`)):    "<error-tag>invalid-value</error-tag>",
		edit(`<configuration xmlns="http://yang.juniper.net/junos-qfx/conf/root"/>`):               "<error-tag>unknown-namespace</error-tag>",
		`<edit-config><target><running/></target><config/></edit-config>`:                          "operation-not-supported",
		`<edit-config><target><candidate/></target></edit-config>`:                                 "<error-tag>missing-element</error-tag>",
		edit("<configuration/>", "<test-option>never</test-option>"):                               "invalid-value",
		`<get-config><source><candidate/></source><filter type="xpath" select="/a"/></get-config>`: "bad-attribute",
		`<get-config><source><startup/></source></get-config>`:                                     "operation-not-supported",
		`<lock><target><running/></target></lock>`:                                                 "not supported",
		unlockCandidate:           "not locked",
		`<unlock-configuration/>`: "Configuration database is not open",
		`<get-nothing/>`:          "<bad-element>get-nothing</bad-element>",
		`<kill-session><session-id>1</session-id></kill-session>`:                                                                                  "invalid-value",
		edit(analyzers(localAnalyzer), "<test-option>test-only</test-option>"):                                                                     "<ok/>",
		edit(analyzers(`<analyzer><name>a</name><output><interface>ge-0/0/1.0</interface><ip-address>192.0.2.1</ip-address></output></analyzer>`)): "<ok/>", // it is the check that counts
		validateIt: "<error-path>[edit forwarding-options analyzer a output]</error-path>",
	} {
		y := talks(t, sw, sw.Addr(), "admin")
		if op == validateIt {
			y.ok(edit(analyzers(`<analyzer><name>a</name><output><interface>ge-0/0/1.0</interface><ip-address>192.0.2.1</ip-address></output></analyzer>`)))
		}
		y.says(op, want)
		y.client.Close()
		sw.Exec("configure", "rollback 0", "exit")
	}
	x.ok(lockCandidate, edit(analyzers(`<analyzer><name>a</name><output><interface>ge-0/0/1.0</interface><ip-address>192.0.2.1</ip-address></output></analyzer>`)))
	x.says(`<commit/>`, "configuration check-out failed")
	x.ok(`<discard-changes/>`, validateIt)
	x.write("<rpc")
	if got, err := x.read(); err != nil || !strings.Contains(got, "operation-failed") {
		t.Errorf("not XML: %q, %v", got, err)
	}
	if _, err := x.read(); err != io.EOF {
		t.Errorf("it goes on: %v", err)
	}
}

func TestNETCONFFaults(t *testing.T) {
	sw := netconfSwitch(t, "ex4300-48t", 1)
	with := func(change func(*Faults)) {
		t.Helper()
		if err := sw.UpdateFaults(change); err != nil {
			t.Fatal(err)
		}
	}
	there := func() bool { return strings.Contains(sw.RunningConfig(), "analyzer nm-1") }
	drop := analyzers(`<analyzer operation="remove"><name>nm-1</name></analyzer>`)
	freed := func() {
		t.Helper()
		with(func(f *Faults) { *f = Faults{} })
		y := talks(t, sw, sw.Addr(), "admin")
		testkit.Eventually(t, testkit.Patience, "the lock is free", func() bool { return y.rpc(lockCandidate) == "<ok/>" })
		y.ok(edit(drop), `<commit/>`, `<close-session/>`)
	}
	phases := []string{edit(analyzers(localAnalyzer)), validateIt, `<commit/>`}
	for n := range phases { // the connection is lost before and behind each phase
		for _, after := range []bool{false, true} {
			with(func(f *Faults) {
				*f = Faults{}
				if after {
					f.DropAfterConfigLine = n + 1
				} else {
					f.DropAtConfigLine = n + 1
				}
			})
			x := talks(t, sw, sw.Addr(), "admin")
			x.ok(lockCandidate)
			x.ok(phases[:n]...)
			if got, err := x.try(phases[n]); err == nil {
				t.Errorf("answered %q", got)
			}
			if want := n == 2 && after; there() != want {
				t.Errorf("phase %d, after %v: in force %v", n, after, there())
			}
			freed()
		}
	}
	for _, lost := range []string{lockCandidate, unlockCandidate} { // which change nothing
		x := talks(t, sw, sw.Addr(), "admin")
		if lost == unlockCandidate {
			x.ok(lockCandidate)
		}
		with(func(f *Faults) { f.NETCONF.DropAfter = "^(un)?lock " })
		if got, err := x.try(lost); err == nil {
			t.Errorf("answered %q", got)
		}
		freed()
	}
	with(func(f *Faults) { f.NETCONF.DropAfter = "^commit " })
	x := talks(t, sw, sw.Addr(), "admin")
	x.ok(edit(analyzers(localAnalyzer)))
	if got, err := x.try(`<commit/>`); err == nil || !there() {
		t.Errorf("the reply of the commit: %q, in force: %v", got, there())
	}
	with(func(f *Faults) {
		f.Refuse = []Refusal{{Line: "^commit ", Answer: "commit failed: disk full"}, {Line: "^edit-config .*nm-9", Answer: "no nine", Times: 1}}
		f.NETCONF.HalfClose = "^validate "
	})
	x = talks(t, sw, sw.Addr(), "admin")
	x.says(edit(analyzers(strings.ReplaceAll(localAnalyzer, "nm-1", "nm-9"))), "<error-message>no nine</error-message>")
	x.ok(edit(analyzers(strings.ReplaceAll(localAnalyzer, "nm-1", "nm-9"))))
	x.says(`<commit/>`, "<error-tag>operation-failed</error-tag>", "<error-message>commit failed: disk full</error-message>")
	x.ok(`<discard-changes/>`)
	if got, err := x.try(validateIt); err != io.EOF || strings.TrimSpace(got) != "" {
		t.Errorf("half closed: %q, %v", got, err)
	}
	if _, _, err := x.client.SendRequest("keepalive@test", true, nil); err != nil {
		t.Errorf("the connection is gone, too: %v", err)
	}
	with(func(f *Faults) { *f = Faults{} })

	api := httptest.NewServer(sw.lab.ControlHandler())
	defer api.Close()
	control := func(method string) {
		t.Helper()
		req, _ := http.NewRequest(method, api.URL+"/switches/sw/netconf/lock", nil)
		resp, err := http.DefaultClient.Do(req)
		if err != nil || resp.StatusCode != http.StatusNoContent {
			t.Fatalf("%s: %v %v", method, err, resp)
		}
		resp.Body.Close()
	}
	x = talks(t, sw, sw.Addr(), "admin")
	control(http.MethodPost)
	x.says(lockCandidate, "lock-denied", "other terminal")
	control(http.MethodDelete)
	x.ok(lockCandidate)
	http.DefaultClient.CloseIdleConnections()

	sw.SetTiming(Timing{CommitTime: Duration(time.Hour)})
	x.write(`<rpc message-id="9"><commit/></rpc>`)
	y := talks(t, sw, sw.Addr(), "admin")
	y.ok(`<kill-session><session-id>` + regexp.MustCompile(`<session-id>(\d+)`).FindStringSubmatch(x.hello)[1] + `</session-id></kill-session>`)
	y.ok(lockCandidate)
	if _, err := x.read(); err == nil {
		t.Error("a slow commit was answered")
	}
}
