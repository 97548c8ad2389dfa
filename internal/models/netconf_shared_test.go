package models

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// A shared is a device of which any commit of anybody, and any check, confirms the one
// that waits. Its configuration are entries "name=mtu".
type shared struct {
	addr string

	mu                         sync.Mutex
	running, candidate, former []string
	owner                      int    // who has the lock, 0 = nobody
	waits                      string // the name of the commit that waits, "" = none
	confirmed                  string // the name of one that another commit or a check has confirmed
	asked                      []string
	refuse                     map[string]string      // words for operations
	before                     func(op string, n int) // is called with how often it was asked for
}

func newShared(t *testing.T, running ...string) *shared {
	t.Helper()
	d := &shared{running: running, candidate: running, refuse: map[string]string{}}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &ssh.ServerConfig{PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, nil }}
	cfg.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.addr = l.Addr().String()
	var wg sync.WaitGroup
	wg.Go(func() {
		for id := 1; ; id++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { d.serve(c, cfg, id) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() }) // behind the end of every session
	return d
}

func (d *shared) serve(c net.Conn, cfg *ssh.ServerConfig, id int) {
	conn, chans, reqs, err := ssh.NewServerConn(c, cfg)
	if err != nil {
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(reqs)
	for n := range chans {
		ch, reqs, err := n.Accept()
		if err != nil {
			return
		}
		for r := range reqs {
			_ = r.Reply(r.Type == "subsystem", nil)
			if r.Type == "subsystem" {
				d.talk(ch, id)
				return
			}
		}
	}
}

// talk answers what comes, each message behind the next mark of its end.
func (d *shared) talk(ch ssh.Channel, id int) {
	const end = "]]>]]>"
	fmt.Fprintf(ch, `<hello xmlns="%s"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability><capability>urn:ietf:params:netconf:capability:candidate:1.0</capability>`+
		`<capability>urn:ietf:params:netconf:capability:confirmed-commit:1.0</capability></capabilities><session-id>%d</session-id></hello>%s`, netconf.BaseNamespace, id, end)
	var text string
	for buf := make([]byte, 4096); ; {
		n, err := ch.Read(buf)
		if err != nil {
			break
		}
		for text += string(buf[:n]); strings.Contains(text, end); {
			var message string
			message, text, _ = strings.Cut(text, end)
			var rpc struct {
				XMLName   xml.Name
				ID        string `xml:"message-id,attr"`
				Operation struct {
					XMLName xml.Name
					Inner   string `xml:",innerxml"`
				} `xml:",any"`
			}
			if xml.Unmarshal([]byte(message), &rpc) != nil || rpc.XMLName.Local != "rpc" {
				continue // the hello
			}
			_, _ = io.WriteString(ch, fmt.Sprintf(`<rpc-reply xmlns="%s" message-id="%s">%s</rpc-reply>%s`, netconf.BaseNamespace, rpc.ID,
				d.answer(id, rpc.Operation.XMLName.Local, rpc.Operation.Inner), end))
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.owner == id { // RFC 6241 section 7.5
		d.owner, d.candidate = 0, d.running
	}
}

func (d *shared) answer(id int, op, inner string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	fault := func(words string) string {
		return "<rpc-error><error-type>application</error-type><error-tag>operation-failed</error-tag><error-severity>error</error-severity><error-message>" + words + "</error-message></rpc-error>"
	}
	d.asked = append(d.asked, op)
	if d.before != nil {
		d.before(op, len(slices.DeleteFunc(slices.Clone(d.asked), func(o string) bool { return o != op })))
	}
	if words := d.refuse[op]; words != "" {
		return fault(words)
	}
	committed := func(back bool) string {
		if i := slices.IndexFunc(d.candidate, func(e string) bool { return strings.Contains(e, "bad") }); i >= 0 {
			return fault("the hardware does not take it")
		}
		if d.waits != "" {
			if !back { // what was before takes its place
				d.confirmed = d.waits
			}
			d.waits = ""
		}
		return ""
	}
	switch op {
	case "lock":
		if d.owner != 0 && d.owner != id {
			return fault("locked")
		}
		d.owner, d.candidate = id, d.running
	case "unlock":
		d.owner = 0
	case "discard-changes":
		d.candidate = d.running
	case "edit-config":
		name, mtu := between(inner, "<name>", "</name>"), between(inner, "<mtu>", "</mtu>")
		d.candidate = slices.DeleteFunc(slices.Clone(d.candidate), func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if mtu != "" {
			d.candidate = append(d.candidate, name+"="+mtu)
		}
	case "check":
		if words := committed(false); words != "" {
			return words
		}
	case "arm", "plain":
		if words := committed(strings.HasSuffix(inner, "_back")); words != "" {
			return words
		}
		d.former, d.running = d.running, d.candidate
		if op == "arm" {
			d.waits = inner
		}
	case "confirm":
		d.waits = ""
	case "back":
		d.candidate = d.former
	case "waits":
		return "<data><waits>" + d.waits + "</waits></data>"
	case "get-config", "get":
		out := ""
		for _, e := range d.running {
			name, mtu, _ := strings.Cut(e, "=")
			out += "<entry><name>" + name + "</name><mtu>" + mtu + "</mtu></entry>"
		}
		return `<data><top xmlns="urn:netmirror:test">` + out + "</top></data>"
	}
	return "<ok/>"
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// has is what runs and what waits.
func (d *shared) has() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := strings.Join(slices.Sorted(slices.Values(d.running)), " ")
	if d.waits != "" {
		out += ", waits " + d.waits
	}
	if d.confirmed != "" {
		out += ", confirmed " + d.confirmed
	}
	if d.owner != 0 {
		out += ", locked"
	}
	return out
}

func sharedOp(name string) netconf.Operation {
	return netconf.Operation{Name: name, Body: "<" + name + "/>"}
}

// sharing is how the device commits.
func sharing() NETCONF {
	waits := sharedOp("waits")
	named := func(op, name string) netconf.Operation {
		return netconf.Operation{Name: op, Body: "<" + op + ">" + name + "</" + op + ">"}
	}
	return NETCONF{Keys: map[string][]string{"/top/entry": {"name"}}, Waits: &waits,
		Waiting: func(body []byte) ([]mirror.Pending, error) {
			switch name := between(string(body), "<waits>", "</waits>"); {
			case !strings.Contains(string(body), "</data>"):
				return nil, mirror.ErrParse
			case name == "":
				return nil, nil
			case strings.HasPrefix(name, mirror.MarkPrefix):
				return []mirror.Pending{{Kind: mirror.WaitTimer, Tx: strings.TrimPrefix(name, mirror.MarkPrefix), Ours: true}}, nil
			default:
				return []mirror.Pending{{Kind: mirror.WaitTimer, Holder: name}}, nil
			}
		},
		Shared: &SharedCommit{
			Name:  func(tx string) string { return mirror.MarkPrefix + tx },
			Arm:   func(name string, _ time.Duration) netconf.Operation { return named("arm", name) },
			Plain: func(name string) netconf.Operation { return named("plain", name) },
			Check: sharedOp("check"), Confirm: sharedOp("confirm"), Back: sharedOp("back"), Step: time.Minute,
			Undone: func(name string) string { return name + "_back" },
		}}
}

func openShared(t *testing.T, d *shared, window time.Duration) *Conn {
	t.Helper()
	at, err := net.ResolveTCPAddr("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	target := mirror.Target{Device: mirror.Device{Name: "sw1"}, Transport: mirror.Transport{Protocol: "netconf", Address: at.IP.String(), Port: at.Port, HostKey: "insecure"},
		Login: mirror.Login{Username: mirror.NewSecret("u"), Password: mirror.NewSecret("p"), For: mirror.Bindings{mirror.Any}}}
	n, p := sharing(), entries()
	p.Facts = func(Server, Answers) (mirror.Facts, error) { return mirror.Facts{}, nil }
	wire, err := n.Dial(t.Context(), target, p, netconf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Driver(p).Open(t.Context(), target, wire, window)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func wantShared(t *testing.T, d *shared, want string) {
	t.Helper()
	if got := d.has(); got != want {
		t.Errorf("the device has %q, want %q", got, want)
	}
}

func TestASharedCommitIsConfirmedOrTakenBackByAnyConnection(t *testing.T) {
	d := newShared(t, "x=1")
	c, other := openShared(t, d, 90*time.Second), openShared(t, d, 0)
	trips := 0
	before := time.Now()
	report, err := c.Push(mirror.WithRoundTrips(t.Context(), func() { trips++ }), "t1", texts(t, c, "a=1500", "b=1500"))
	if err != nil || report.Blocks[0].Err != nil || report.Blocks[1].Err != nil || report.Until.Before(before.Add(2*time.Minute)) {
		t.Fatalf("%+v %v", report, err)
	}
	if trips != 3 { // the lock with the look, the edits, the commit
		t.Errorf("%d round trips", trips)
	}
	wantShared(t, d, "a=1500 b=1500 x=1, waits nm-t1")
	if err := other.Confirm(t.Context(), "t0"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("another's: %v", err)
	}
	if err := other.Confirm(t.Context(), "t1"); err != nil {
		t.Error(err)
	}
	wantShared(t, d, "a=1500 b=1500 x=1")
	push(t, c, "t2", "c=1500")
	if err := other.Abort(t.Context(), "t2"); err != nil {
		t.Error(err)
	}
	wantShared(t, d, "a=1500 b=1500 x=1")
	for _, settle := range []func(context.Context, string) error{c.Confirm, c.Abort} {
		if err := settle(t.Context(), "t2"); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("a second time: %v", err)
		}
	}
}

// The device's timer fires whoever has the lock: what was before the last commit is
// another one then.
func TestASharedCommitThatWentBackByItselfIsNotTakenBackTwice(t *testing.T) {
	d := newShared(t, "x=1")
	c := openShared(t, d, time.Minute)
	push(t, c, "t1", "a=1500")
	d.mu.Lock()
	d.before = func(op string, n int) {
		if op == "back" {
			d.waits, d.running, d.former = "", []string{"x=1"}, []string{"older=1"}
		}
	}
	d.mu.Unlock()
	if err := c.Abort(t.Context(), "t1"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("%v", err)
	}
	wantShared(t, d, "x=1")
}

// What waits is of another: nothing is committed or checked, which would confirm it.
func TestAPushDoesNotConfirmWhatWaits(t *testing.T) {
	d := newShared(t)
	c := openShared(t, d, 0)
	d.mu.Lock()
	d.waits = "change-7"
	d.mu.Unlock()
	report := push(t, c, "t1", "a=1500", "b=1500")
	for _, b := range report.Blocks {
		if !errors.Is(b.Err, mirror.ErrBusy) || !strings.Contains(b.Err.Error(), "change-7") {
			t.Errorf("%+v", b)
		}
	}
	wantShared(t, d, ", waits change-7")
	d.mu.Lock()
	d.waits, d.asked = "", nil
	d.before = func(op string, n int) { // between the commit that is refused and the checks
		if op == "lock" && n == 2 {
			d.waits = "change-8"
		}
	}
	d.mu.Unlock()
	report = push(t, c, "t2", "a=1500", "bad=1500")
	if report.Blocks[0].Err == nil || report.Blocks[1].Err == nil {
		t.Errorf("%+v", report)
	}
	wantShared(t, d, ", waits change-8")
}

// The text without which the others are taken is to blame.
func TestARefusedSharedCommitIsBlamedOnOneText(t *testing.T) {
	d := newShared(t)
	c := openShared(t, d, 0)
	report := push(t, c, "t1", "a=1500", "bad=1500", "b=1500")
	var device *mirror.DeviceError
	if report.Blocks[0].Err != nil || report.Blocks[2].Err != nil || !errors.As(report.Blocks[1].Err, &device) || device.Answer != "the hardware does not take it" {
		t.Errorf("%+v", report)
	}
	wantShared(t, d, "a=1500 b=1500")
	report = push(t, c, "t2", "bad=1", "c=1500", "worse-bad=1", "d=1500") // no single one
	if report.Blocks[0].Err == nil || report.Blocks[1].Err != nil || report.Blocks[2].Err == nil || report.Blocks[3].Err != nil {
		t.Errorf("%+v", report)
	}
	wantShared(t, d, "a=1500 b=1500 c=1500 d=1500")
}

// The device's words stay where it does not even drop what it refused, and the session
// ends, with which the lock goes.
func TestADeviceThatDoesNotDropItsCandidateIsLeft(t *testing.T) {
	for name, refuse := range map[string]string{"an edit": "edit-config", "a commit": "plain"} {
		d := newShared(t)
		c := openShared(t, d, 0)
		d.mu.Lock()
		d.refuse = map[string]string{refuse: "no room for it", "discard-changes": "not now"}
		d.mu.Unlock()
		_, err := c.Push(t.Context(), "t1", texts(t, c, "a=1500", "b=1500"))
		if !errors.Is(err, mirror.ErrUnreachable) || !strings.Contains(err.Error(), "no room for it") || !strings.Contains(err.Error(), "not now") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := c.Observe(t.Context(), mirror.Look{}); !errors.Is(err, mirror.ErrUnreachable) {
			t.Errorf("%s: the connection is still used: %v", name, err)
		}
	}
}

// A lock that the device does not give back goes with the session.
func TestALockThatIsNotGivenBackEndsTheSession(t *testing.T) {
	d := newShared(t)
	c := openShared(t, d, 0)
	w := c.wire.(*netconfWire)
	if _, refused, err := w.Hold(t.Context(), []Read{{Path: data.Names("t:top")}}); refused != nil || err != nil {
		t.Fatal(refused, err)
	}
	wantShared(t, d, ", locked")
	d.mu.Lock()
	d.refuse["unlock"] = "not now"
	d.mu.Unlock()
	if err := w.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Observe(t.Context(), mirror.Look{}); err != nil {
		t.Errorf("what was answered is good: %v", err)
	}
	if _, err := c.Observe(t.Context(), mirror.Look{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("the connection is still used: %v", err)
	}
}
