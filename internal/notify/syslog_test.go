package notify

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// syslogParams are the parameters of our structured data.
var syslogParams = []string{"id", "instance", "type", "actor", "kind", "name", "session", "device"}

func target(t *testing.T, network string, port int) SyslogTarget {
	t.Helper()
	s, err := ParseSyslogTarget(fmt.Sprintf("%s://127.0.0.1:%d", network, port))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// syslogRig is a rig that tells syslog servers.
func syslogRig(t *testing.T, files certs.Files, targets ...SyslogTarget) *rig {
	return newRig(t, func(c *Config) {
		c.Syslog, c.Facility, c.Host, c.Process = targets, 16, "nm1.example.net", "7"
		c.TLS = func(host string) (*tls.Config, error) { return files.Config(host, "") }
		c.Pause = func(int) time.Duration { return 20 * time.Millisecond }
	})
}

// outletOf waits for a condition of a syslog server's outlet.
func (r *rig) outletOf(s SyslogTarget, what string, ok func(mirror.Outlet) bool) (o mirror.Outlet) {
	r.t.Helper()
	testkit.Eventually(r.t, testkit.Patience, what, func() bool {
		r.shelf.mu.Lock()
		defer r.shelf.mu.Unlock()
		o = r.shelf.kept.outlets[mirror.SyslogOutlet(s.String())]
		return ok(o)
	})
	return o
}

func made(o mirror.Outlet) bool { return !o.Made.IsZero() }

// nasty is what an event may have in it, and a parser stumble over.
const nasty = "a \"b\" ]c\\d [e f=\"g\"] \\\" \\] ü€😀 {\"x\":1} %s"

func TestRsyslogReadsWhatIsTold(t *testing.T) {
	ca := testkit.NewAuthority(t, "syslog")
	cert, key := ca.Issue(t, "127.0.0.1", "127.0.0.1")
	server := testkit.StartRsyslog(t, cert, key, "", SyslogID, syslogParams...)
	for _, s := range []SyslogTarget{target(t, "udp", server.UDP), target(t, "tcp", server.TCP), target(t, "tls", server.TLS)} {
		t.Run(s.Network, func(t *testing.T) {
			before := len(server.Messages())
			r := syslogRig(t, certs.Files{CA: ca.CA}, s)
			r.outletOf(s, "made", made)
			at := time.Date(2026, 11, 29, 10, 11, 12, 123_456_789, time.UTC)
			long := strings.Repeat("x€", 6000)
			for _, e := range []mirror.Event{
				{At: at, Type: "SessionAccepted", Actor: "ann", Session: "phones", Message: "generation 1"},
				{At: at, Type: "RolloutFailed", Actor: mirror.ActorSystem, Session: "phones", Device: "acc-1", Message: nasty},
				{At: at, Type: "TokenCreated", Actor: nasty, Object: mirror.Object{Kind: mirror.ObjectToken, Name: nasty}, Message: "two\nlines\tand\x00\x1b[31m\xff"},
				{At: at, Type: "AVeryLongTypeOfAnEventThatNobodyWouldMake", Actor: mirror.ActorSystem, Message: long},
			} {
				_ = r.shelf.Update(t.Context(), func(tx mirror.Tx) error { return tx.AppendEvent(e) })
			}
			testkit.Eventually(t, testkit.Patience, "all are read", func() bool { return len(server.Messages()) >= before+4 })
			got := server.Messages()[before:]
			bom := "\ufeff"
			want := []testkit.SyslogMessage{
				{PRI: "133", MsgID: "SessionAccepted", Message: bom + "generation 1", Sequence: "1", Data: map[string]string{"actor": "ann", "kind": "session", "name": "phones", "session": "phones"}},
				{PRI: "131", MsgID: "RolloutFailed", Message: bom + nasty, Sequence: "2", Data: map[string]string{"actor": "system", "kind": "session", "name": "phones", "session": "phones", "device": "acc-1"}},
				{PRI: "133", MsgID: "TokenCreated", Message: bom + "two lines and  [31m\ufffd", Sequence: "3", Data: map[string]string{"actor": nasty, "kind": "token", "name": nasty}},
				{PRI: "134", MsgID: "AVeryLongTypeOfAnEventThatNobody", Sequence: "4", Data: map[string]string{"actor": "system", "type": "AVeryLongTypeOfAnEventThatNobodyWouldMake"}},
			}
			for i, w := range want {
				w.Time, w.Host, w.App, w.Process = "2026-11-29T10:11:12.123456Z", "nm1.example.net", "netmirror", "7"
				w.Data["id"], w.Data["instance"] = eventID(mirror.Event{Seq: int64(i + 1), At: at}), "i1"
				g := got[i]
				if i == 3 { // its length is bounded
					rest, ok := strings.CutSuffix(strings.TrimPrefix(g.Message, bom), cutMark)
					if !ok || !strings.HasPrefix(long, rest) || len(rest) < s.limit()-600 || len(rest) > s.limit() {
						t.Errorf("%d octets are left, marked %t", len(rest), ok)
					}
					g.Message = ""
				}
				if fmt.Sprint(g) != fmt.Sprint(w) {
					t.Errorf("read %q\nwant %q", g, w)
				}
			}
			if o := r.outletOf(s, "delivered", delivered(4)); o.Failed != 0 || o.Error != "" {
				t.Errorf("outlet %+v", o)
			}
		})
	}
}

// A server that stops, is killed, and is away while things happen has every event in the
// end, and in order.
func TestASyslogServerThatComesAndGoes(t *testing.T) {
	ca := testkit.NewAuthority(t, "syslog")
	cert, key := ca.Issue(t, "127.0.0.1", "127.0.0.1")
	server := testkit.StartRsyslog(t, cert, key, "", SyslogID, syslogParams...)
	targets := []SyslogTarget{target(t, "tcp", server.TCP), target(t, "tls", server.TLS)}
	r := syslogRig(t, certs.Files{CA: ca.CA}, targets...)
	n, failed := int64(0), int64(0)
	tell := func(many int) {
		for range many {
			n++
			r.shelf.tell(time.Unix(1000+n, 0), "A")
		}
	}
	for _, s := range targets {
		r.outletOf(s, "made", made)
	}
	for round, stop := range []func(){server.Stop, server.Kill} {
		tell(20)
		for _, s := range targets {
			r.outletOf(s, "delivered", delivered(n))
		}
		if round == 1 { // what its kernel took and it did not read is lost: wait for it
			testkit.Eventually(t, testkit.Patience, "read", func() bool { return len(server.Messages()) >= 2*int(n) })
		}
		stop()
		tell(5)
		for _, s := range targets {
			o := r.outletOf(s, "failed", func(o mirror.Outlet) bool { return o.Failed > failed && o.Error != "" })
			if o.Delivered > n-5 || o.Cursor > n-5 {
				t.Errorf("%s is told %d of %d while nobody is there", s, o.Delivered, n)
			}
			if !strings.Contains(o.Error, s.String()+": ") {
				t.Errorf("error %q", o.Error)
			}
		}
		server.Start()
		for _, s := range targets {
			o := r.outletOf(s, "delivered again", func(o mirror.Outlet) bool { return o.Cursor == n })
			failed = max(failed, o.Failed)
		}
	}
	r.end()
	testkit.Eventually(t, testkit.Patience, "all are read", func() bool { return len(server.Messages()) >= 2*int(n) })
	seen, last := map[string]int{}, map[string]int{}
	for _, m := range server.Messages() {
		seen[m.Data["id"]]++
		seq, _, _ := strings.Cut(m.Data["id"], "-")
		if k, err := strconv.Atoi(seq); err == nil {
			last[seq] = k
		}
	}
	for i := int64(1); i <= n; i++ {
		if id := eventID(mirror.Event{Seq: i, At: time.Unix(1000+i, 0)}); seen[id] < 2 {
			t.Errorf("event %d was read %d times by two listeners", i, seen[id])
		}
	}
}

// A restart of the controller goes on where it was, and what happened meanwhile is told.
func TestSyslogGoesOnAfterARestart(t *testing.T) {
	server := newSink(t)
	s := target(t, "tcp", server.port())
	r := syslogRig(t, certs.Files{}, s)
	r.shelf.tell(time.Unix(1, 0), "Before")
	first := r.outletOf(s, "made", made)
	r.shelf.tell(time.Unix(2, 0), "A", "B")
	r.outletOf(s, "delivered", delivered(2-first.Cursor+1))
	r.end()
	r.shelf.tell(time.Unix(3, 0), "C")
	run := func(cfg Config, until func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { New(cfg).Run(ctx, Source{r.shelf, r.shelf.added}); close(done) }()
		until()
		cancel()
		<-done
	}
	cfg := r.n.cfg
	other := SyslogTarget{"tcp", "127.0.0.2", 1}
	cfg.Syslog = []SyslogTarget{other} // the settings name another server
	run(cfg, func() {
		r.outletOf(s, "off", func(o mirror.Outlet) bool { return o.Off })
		r.outletOf(other, "made", made)
	})
	cfg.Syslog = []SyslogTarget{s}
	run(cfg, func() {
		r.outletOf(s, "delivered", func(o mirror.Outlet) bool { return o.Cursor == 4 && !o.Off })
		r.outletOf(other, "off", func(o mirror.Outlet) bool { return o.Off })
	})
	var types []string
	for _, m := range server.messages() {
		types = append(types, strings.Fields(m)[5])
	}
	if got := strings.Join(types, " "); strings.TrimPrefix(got, "Before ") != "A B C" {
		t.Errorf("told %s", got)
	}
}

// A sink is a server that takes syslog over TCP, as the test says.
type sink struct {
	net.Listener
	mu  sync.Mutex
	got []string
}

func newSink(t *testing.T) *sink {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{Listener: l}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				for in := bufio.NewReader(conn); ; {
					m, err := frame(in)
					if err != nil {
						return
					}
					s.mu.Lock()
					s.got = append(s.got, m)
					s.mu.Unlock()
				}
			}()
		}
	}()
	return s
}

// frame reads one message with its length before it.
func frame(in *bufio.Reader) (string, error) {
	length, err := in.ReadString(' ')
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(strings.TrimSpace(length))
	if err != nil {
		return "", err
	}
	raw := make([]byte, n)
	_, err = io.ReadFull(in, raw)
	return string(raw), err
}

func (s *sink) port() int { return s.Addr().(*net.TCPAddr).Port }

func (s *sink) messages() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

// A server that takes connections and reads nothing holds up nobody: when the window is
// full an attempt ends, and what it began is begun anew.
func TestASyslogServerThatReadsNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	held := make(chan net.Conn, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_ = conn.(*net.TCPConn).SetReadBuffer(4096)
			held <- conn
		}
	}()
	n := newNotifier(func(c *Config) { c.Host = "h" })
	s := n.syslog(target(t, "tcp", l.Addr().(*net.TCPAddr).Port)).(*stream)
	defer s.Close()
	e := mirror.Event{Seq: 1, At: time.Unix(1, 0), Type: "A", Message: strings.Repeat("x", 9000)}
	if v := s.carry(t.Context(), e); v.err != nil {
		t.Fatal(v.err)
	}
	conn := <-held
	defer conn.Close()
	for i := range 20000 {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		v := s.carry(ctx, e)
		cancel()
		if v.err != nil {
			if !errors.Is(v.err, os.ErrDeadlineExceeded) && !errors.Is(v.err, mirror.ErrTimeout) && !errors.Is(v.err, context.DeadlineExceeded) {
				t.Errorf("after %d: %v", i, v.err)
			}
			if s.conn != nil {
				t.Error("the connection with half a message in it is kept")
			}
			return
		}
	}
	t.Error("everything was taken by nobody")
}

// What a server acknowledged and then closed without reading is told again.
func TestAServerThatClosesIsToldAgain(t *testing.T) {
	server := newSink(t)
	n := newNotifier(func(c *Config) { c.Host = "h" })
	s := n.syslog(target(t, "tcp", server.port())).(*stream)
	defer s.Close()
	for i := range int64(3) {
		if v := s.carry(t.Context(), mirror.Event{Seq: i, At: time.Unix(1, 0), Type: "A"}); v.err != nil {
			t.Fatal(v.err)
		}
		if i == 1 {
			_ = s.raw.CloseRead() // as seen when the server ends the connection
			<-s.gone
		}
	}
	testkit.Eventually(t, testkit.Patience, "all are read", func() bool { return len(server.messages()) == 3 })
}

// Whoever cannot prove to be the server is told nothing.
func TestSyslogServersAreVerified(t *testing.T) {
	ca, others := testkit.NewAuthority(t, "syslog"), testkit.NewAuthority(t, "others")
	for name, c := range map[string]struct {
		issue func(testing.TB, string, ...string) (string, string)
		host  string
		want  string
	}{
		"right":          {ca.Issue, "127.0.0.1", ""},
		"another's name": {ca.Issue, "192.0.2.1", "127.0.0.1"},
		"expired":        {ca.IssueExpired, "127.0.0.1", "expired"},
		"of nobody":      {others.Issue, "127.0.0.1", "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			cert, key := c.issue(t, c.host, c.host)
			pair, err := tls.LoadX509KeyPair(cert, key)
			if err != nil {
				t.Fatal(err)
			}
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			read := make(chan string, 1)
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				m, _ := frame(bufio.NewReader(conn))
				_ = conn.Close()
				read <- m
			}()
			n := newNotifier(func(cfg *Config) {
				cfg.TLS = func(host string) (*tls.Config, error) { return certs.Files{CA: ca.CA}.Config(host, "") }
			})
			s := n.syslog(target(t, "tls", l.Addr().(*net.TCPAddr).Port))
			defer s.Close()
			v := s.carry(t.Context(), mirror.Event{Seq: 1, At: time.Unix(1, 0), Type: "A", Message: "m"})
			got := <-read
			if c.want == "" && !strings.HasSuffix(got, "\ufeffm") || c.want != "" && (v.err == nil || !strings.Contains(v.err.Error(), c.want) || got != "") {
				t.Errorf("error %v, read %q", v.err, got)
			}
		})
	}
}

// rsyslogd that wants to know its clients takes one that shows a certificate, and one
// without is not taken for told.
func TestASyslogServerThatAsksForACertificate(t *testing.T) {
	ca := testkit.NewAuthority(t, "syslog")
	cert, key := ca.Issue(t, "127.0.0.1", "127.0.0.1")
	server := testkit.StartRsyslog(t, cert, key, ca.CA, SyslogID, syslogParams...)
	s := target(t, "tls", server.TLS)
	ourCert, ourKey := ca.Issue(t, "nm1", "nm1")
	e := mirror.Event{Seq: 1, At: time.Unix(1, 0), Type: "A", Message: "m"}
	try := func(files certs.Files) error {
		n := newNotifier(func(c *Config) {
			c.TLS = func(host string) (*tls.Config, error) { return files.Config(host, "") }
		})
		carrier := n.syslog(s)
		defer carrier.Close()
		return carrier.carry(t.Context(), e).err
	}
	if err := try(certs.Files{CA: ca.CA}); err == nil {
		t.Error("told without a certificate")
	}
	if err := try(certs.Files{CA: ca.CA, Cert: ourCert, Key: ourKey}); err != nil {
		t.Error(err)
	}
	testkit.Eventually(t, testkit.Patience, "read", func() bool { return len(server.Messages()) == 1 })
}

// Over UDP nobody answers, but a machine says when nobody listens.
func TestNobodyListensOverUDP(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := target(t, "udp", conn.LocalAddr().(*net.UDPAddr).Port)
	_ = conn.Close()
	n := newNotifier(nil)
	d := n.syslog(s)
	defer d.Close()
	e := mirror.Event{Seq: 1, At: time.Unix(1, 0), Type: "A", Message: "m"}
	var told error
	testkit.Eventually(t, testkit.Patience, "refused", func() bool { told = d.carry(t.Context(), e).err; return told != nil })
	if !strings.Contains(told.Error(), "connection refused") || !strings.HasPrefix(told.Error(), s.String()+": ") {
		t.Error(told)
	}
}
