package iosxr

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bench is a virtual router with connections to it. It is a simulation: recordings
// outrank it.
type bench struct {
	t      *testing.T
	sw     *lab.Switch
	device mirror.Device
	conn   *Conn
	sent   []string // by the last connection
}

// few are the ports of the router: what is read of each takes time.
var few = []lab.PortSpec{{Name: "TenGigE0/0/0/1-3"}, {Name: "TenGigE0/0/0/20-24"}, {Name: "TenGigE0/0/0/46-47"}}

// startLab is a router with a session of another hand. Its timers run a hundred times
// slower, so that no trial ends by itself, however slow the machine is: see Lapse.
func startLab(t *testing.T, change func(*lab.SwitchSpec)) *bench {
	t.Helper()
	spec := lab.SwitchSpec{Name: "sw1", Platform: Platform, Ports: few, Config: "monitor-session theirs ethernet\n destination interface TenGigE0/0/0/21\n" +
		"interface TenGigE0/0/0/20\n monitor-session theirs ethernet direction rx-only\n"}
	if change != nil {
		change(&spec)
	}
	l, err := lab.Start(context.Background(), lab.Spec{Fabric: lab.FabricSpec{ClockFactor: 0.01, Switches: []lab.SwitchSpec{spec},
		Hosts: []lab.HostSpec{{At: "sw1:TenGigE0/0/0/1", Name: "one"}, {At: "sw1:TenGigE0/0/0/2", Name: "two"}, {At: "sw1:TenGigE0/0/0/46", Name: "ids"}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	b := &bench{t: t, sw: l.Switch("sw1"), device: mirror.Device{Name: "sw1"}}
	b.connect()
	return b
}

// plain is a bench whose pushes simply stand.
func plain(t *testing.T, change func(*lab.SwitchSpec)) *bench {
	t.Helper()
	b := startLab(t, change)
	b.device.Confirm = "none"
	b.connect()
	return b
}

// connect makes a new connection, and leaves the one before open.
func (b *bench) connect() *Conn {
	b.t.Helper()
	b.sent = nil
	sent := &b.sent
	conn, err := Connect(b.ctx(), b.target(), Options{Transcript: func(e cli.Event) {
		if e.Sent {
			*sent = append(*sent, e.Text)
		}
	}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	b.conn = conn
	return conn
}

func (b *bench) target() mirror.Target {
	b.t.Helper()
	host, port, err := net.SplitHostPort(b.sw.Addr())
	if err != nil {
		b.t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	return mirror.Target{Device: b.device, Login: mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("admin"), Password: mirror.NewSecret("admin")},
		Transport: mirror.Transport{Protocol: Protocol, Address: host, Port: n, HostKey: cli.HostKeyInsecure}}
}

// lock has a person hold the configuration, and leave it when the test ends.
func (b *bench) lock() {
	b.t.Helper()
	p, err := cli.LoadPlatform(Platform)
	if err != nil {
		b.t.Fatal(err)
	}
	term, err := cli.Open(b.ctx(), cli.Config{Target: b.target(), Platform: p})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = term.Close() })
	if r, err := term.Configure(b.ctx(), []cli.Block{{Enter: []string{"configure exclusive"}, Stay: true, Lines: cli.Lines("snmp-server contact theirs")}}); err != nil || r[0].Err != nil {
		b.t.Fatal(r, err)
	}
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	b.t.Cleanup(cancel)
	return ctx
}

func (b *bench) observe() mirror.Observation {
	b.t.Helper()
	known, err := b.conn.Observe(b.ctx(), mirror.Look{Whole: true})
	if err != nil {
		b.t.Fatal(err)
	}
	return known.Observation
}

// session finds what the router has of a session, nil = nothing.
func (b *bench) session(id string) *mirror.NativeSession {
	b.t.Helper()
	for _, n := range b.observe().Natives {
		if n.ID == id {
			return &n
		}
	}
	return nil
}

func (b *bench) push(tx string, changes ...mirror.Change) mirror.PushReport {
	b.t.Helper()
	p, err := Render(b.conn.Facts(), b.observe(), changes)
	if err != nil {
		b.t.Fatal(err)
	}
	report, err := b.conn.Push(b.ctx(), tx, p)
	if err != nil || len(report.Blocks) != len(changes) {
		b.t.Fatalf("%d results of %d changes, %v", len(report.Blocks), len(changes), err)
	}
	return report
}

func (b *bench) mustPush(tx string, changes ...mirror.Change) mirror.PushReport {
	b.t.Helper()
	report := b.push(tx, changes...)
	for _, r := range report.Blocks {
		if r.Err != nil {
			b.t.Fatal(r.Err)
		}
	}
	return report
}

func (b *bench) pending() []mirror.Pending {
	b.t.Helper()
	out, err := b.conn.Pending(b.ctx())
	if err != nil {
		b.t.Fatal(err)
	}
	return out
}

// typed is what another hand commits.
func (b *bench) typed(lines ...string) {
	b.t.Helper()
	if said := b.sw.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"commit", "end"})...); strings.Contains(said, "% Invalid") || strings.Contains(said, "Failed") {
		b.t.Fatal(said)
	}
}

// config is what does not change by itself, without interfaces at which nothing stands.
func (b *bench) config() string {
	return regexp.MustCompile(`(?m)^(?:!! Last configuration change at .*|interface TenGigE\S+\n!)\n`).ReplaceAllString(b.sw.RunningConfig(), "")
}

const (
	ours  = "nm-aaaaaaaaaa"
	other = "nm-bbbbbbbbbb"
)

// made, gone and became are changes of a session of ours.
func made(id string, w want) mirror.Change {
	n := native(id, w)
	n.Mark = id
	return mirror.Change{Mark: id, After: n}
}

func gone(n *mirror.NativeSession) mirror.Change { return mirror.Change{Mark: n.ID, Before: n} }

func became(n *mirror.NativeSession, w want) mirror.Change {
	return mirror.Change{Mark: n.ID, Before: n, After: native(n.ID, w)}
}

var toIDs = []mirror.PortName{"TenGigE0/0/0/46"}

// The connection that armed a commit on trial confirms it, and no other.
func TestATrialBelongsToItsConnection(t *testing.T) {
	b := startLab(t, nil)
	first := b.conn
	before := time.Now()
	report := b.mustPush("one", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
	if report.Until.Before(before) || time.Until(report.Until) > mirror.MaxConfirmWindow {
		t.Errorf("it waits until %v", report.Until)
	}
	if w := b.pending(); len(w) != 1 || w[0].Kind != mirror.WaitTrial || !w[0].Ours || w[0].Tx != "one" {
		t.Errorf("over the connection itself %+v waits", w)
	}
	b.connect()
	if w := b.pending(); len(w) != 1 || w[0].Kind != mirror.WaitTrial || w[0].Ours {
		t.Errorf("over another connection %+v waits", w)
	}
	for verb, end := range map[string]func(context.Context, string) error{"confirm": b.conn.Confirm, "abort": b.conn.Abort} {
		if err := end(b.ctx(), "one"); !errors.Is(err, mirror.ErrUnsupported) {
			t.Errorf("over another connection %s gave %v", verb, err)
		}
	}
	if err := first.Confirm(b.ctx(), "one"); err != nil {
		t.Fatal(err)
	}
	b.sw.Lapse()
	if n := b.session(ours); n == nil || len(b.pending()) > 0 {
		t.Errorf("what was confirmed is %+v, and %+v waits", n, b.pending())
	}
}

// A router takes no window under 30 s, and what is told of a push is what the router has.
func TestAWindowIsWhatTheRouterTakes(t *testing.T) {
	b := startLab(t, nil)
	b.device.ConfirmWindow = mirror.Duration(3 * time.Second)
	b.connect()
	before := time.Now()
	report := b.mustPush("short", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
	b.typed("commit label nm-short confirmed 30")
	if w := report.Until.Sub(before); w < 30*time.Second {
		t.Errorf("it is to go back %v after the push began", w)
	}
}

// A release that lists who configures in the short form alone, in which no trial shows:
// a push is confirmed, taken back, and told when its time was over.
func TestATrialThatIsNotListed(t *testing.T) {
	for _, version := range []string{"6.2.3", "7.5.2"} {
		t.Run(version, func(t *testing.T) {
			b := startLab(t, func(s *lab.SwitchSpec) {
				s.Version = version
				s.Faults.Refuse = []lab.Refusal{{Line: "show configuration sessions detail", Answer: "% Invalid input detected at '^' marker."}}
			})
			before := b.config()
			b.mustPush("one", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
			if w := b.pending(); len(w) != 1 || w[0].Kind != mirror.WaitTrial || !w[0].Ours || w[0].Tx != "one" {
				t.Errorf("%+v waits; typed %q", w, b.sent)
			}
			if err := b.conn.Abort(b.ctx(), "one"); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(before, b.config()); d != "" {
				t.Errorf("what was taken back is there (-was +is):\n%s", d)
			}
			b.mustPush("two", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
			b.sw.Lapse()
			if err := b.conn.Confirm(b.ctx(), "two"); !errors.Is(err, mirror.ErrNotFound) || !strings.Contains(err.Error(), "No configuration changes to commit") {
				t.Errorf("confirmed too late: %v", err)
			}
			b.mustPush("three", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
			if err := b.conn.Confirm(b.ctx(), "three"); err != nil {
				t.Fatal(err)
			}
			b.sw.Lapse()
			if n := b.session(ours); n == nil || len(b.pending()) > 0 {
				t.Errorf("what was confirmed is %+v, and %+v waits", n, b.pending())
			}
		})
	}
}

// A connection that is lost in the window takes the push with it.
func TestALostConnectionTakesItsTrialBack(t *testing.T) {
	b := startLab(t, nil)
	before := b.config()
	b.mustPush("one", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
	if b.session(ours) == nil {
		t.Fatal("what was pushed is not there")
	}
	_ = b.conn.Close()
	b.connect()
	if w := b.pending(); len(w) != 1 || w[0].Kind != mirror.WaitTrial {
		t.Errorf("%+v waits", w)
	}
	b.sw.Lapse()
	testkit.Eventually(t, testkit.Patience, "nothing to wait", func() bool { return len(b.pending()) == 0 })
	if d := cmp.Diff(before, b.config()); d != "" {
		t.Errorf("the router did not go back (-was +is):\n%s", d)
	}
	b.mustPush("two", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
	if err := b.conn.Abort(b.ctx(), "two"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, b.config()); d != "" {
		t.Errorf("what was taken back is there (-was +is):\n%s", d)
	}
}

// While another hand's trial waits, or another holds the configuration, nothing is pushed,
// and the router's words say so.
func TestNothingIsPushedBesideAnother(t *testing.T) {
	for name, occupy := range map[string]func(*bench){
		"a trial": func(b *bench) {
			b.sw.Exec("configure exclusive", "snmp-server contact theirs", "commit confirmed 65535")
		},
		"a lock": (*bench).lock,
	} {
		t.Run(name, func(t *testing.T) {
			b := plain(t, nil)
			occupy(b)
			before := b.config()
			report := b.push("one", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}))
			if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrBusy) || !strings.Contains(fmt.Sprint(err), "exclusive mode") {
				t.Errorf("%v", err)
			}
			if d := cmp.Diff(before, b.config()); d != "" {
				t.Errorf("(-was +is):\n%s", d)
			}
			if w := b.pending(); len(w) != 1 || w[0].Ours {
				t.Errorf("%+v waits", w)
			}
		})
	}
}

// What is left at interfaces of a session that is gone is read; ours is made whole, or
// goes with all that is left. Another's is never touched.
func TestWhatIsLeftAtInterfaces(t *testing.T) {
	b := plain(t, nil)
	b.mustPush("one", made(ours, want{sources: "both Te0/0/0/1; rx Te0/0/0/2", to: toIDs}))
	b.typed("no monitor-session "+ours, "no monitor-session theirs")
	left := b.session(ours)
	if left == nil || left.Opaque != "" || left.Programmed != mirror.False || len(left.Spec.Sources) != 2 || len(left.Spec.Destinations) > 0 {
		t.Fatalf("what is left is read as %+v", left)
	}
	b.mustPush("two", became(left, want{sources: "both Te0/0/0/1; rx Te0/0/0/2", to: toIDs}))
	if n := b.session(ours); n == nil || n.Programmed != mirror.True {
		t.Fatalf("made whole it is %+v", n)
	}
	b.typed("no monitor-session " + ours)
	b.mustPush("three", gone(b.session(ours)))
	if c := b.config(); strings.Contains(c, ours) || !strings.Contains(c, "interface TenGigE0/0/0/20\n monitor-session theirs ethernet direction rx-only\n") {
		t.Errorf("left is\n%s", c)
	}
}

// A commit that the router refuses for one session leaves the others: the reason stands
// behind the line that it is about.
func TestACommitIsRefusedForOneSession(t *testing.T) {
	b := plain(t, func(s *lab.SwitchSpec) { s.Limits = &lab.LimitsSpec{SourceSessions: 2} })
	report := b.push("one", made(ours, want{sources: "both Te0/0/0/1", to: toIDs}), made(other, want{sources: "both Te0/0/0/2", to: []mirror.PortName{"TenGigE0/0/0/47"}}))
	var refused []string
	for _, r := range report.Blocks {
		if r.Err != nil {
			refused = append(refused, r.Mark)
			if !errors.Is(r.Err, mirror.ErrRejected) || !strings.Contains(r.Err.Error(), "2 sessions are the most") {
				t.Errorf("%s: %v", r.Mark, r.Err)
			}
		}
	}
	if len(refused) != 1 {
		t.Fatalf("refused are %q", refused)
	}
	for _, id := range []string{ours, other} {
		if there := b.session(id) != nil; there == slices.Contains(refused, id) {
			t.Errorf("session %s is there: %v", id, there)
		}
	}
}

// A session into a tunnel and its tunnel are one commit, and go together.
func TestATunnelComesAndGoesWithItsSession(t *testing.T) {
	b := plain(t, func(s *lab.SwitchSpec) {
		s.Config += "interface TenGigE0/0/0/24\n ipv4 address 192.0.2.1 255.255.255.0\n"
	})
	before := b.config()
	way := mirror.Tunnel{From: "192.0.2.1", To: "192.0.2.9", TTL: 32, DSCP: 8}
	f := mirror.Footing{Kind: mirror.FootingTunnel, Name: ourTunnels.Name(way), Tunnel: &way, Made: true}
	tunnel := mirror.Change{Mark: "nm-cccccccccc", After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
	o := through(f.Name, way.From, way.To)
	o.ERSPAN.TTL, o.ERSPAN.DSCP = way.TTL, way.DSCP
	b.mustPush("one", tunnel, made(ours, want{sources: "rx Te0/0/0/1", options: o}))
	n := b.session(ours)
	if n == nil {
		t.Fatal("the session is not there")
	}
	want{id: ours, sources: "rx Te0/0/0/1", options: o}.check(t, *n)
	if commits := strings.Count(strings.Join(b.sent, "\n"), "commit label"); commits != 1 {
		t.Errorf("%d commits", commits)
	}
	b.mustPush("two", gone(n), mirror.Change{Mark: tunnel.Mark, Before: tunnel.After})
	if d := cmp.Diff(before, b.config()); d != "" {
		t.Errorf("(-was +is):\n%s", d)
	}
}

// filtered is a filter of ours at ports, with its list.
func filtered(name string, rules []mirror.Entry, ports ...mirror.PortName) *mirror.NativeSession {
	f := mirror.Footing{Kind: mirror.FootingFilter, Name: name, Rules: rules, Ports: ports, Made: true}
	return &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}
}

// No frame of the users is lost by a list at their ports: whatever is created, changed,
// deleted, refused or cut off. One frame that a list drops is counted.
func TestNoFrameOfTheUsersIsLost(t *testing.T) {
	b := startLab(t, nil)
	packet := func(proto, port int, from string) lab.TrafficSpec {
		p := lab.PacketSpec{Protocol: proto, ToPort: port}
		if from != "" {
			p.From = netip.MustParseAddr(from)
		}
		return lab.TrafficSpec{FramesPerSecond: 1000, Packet: p}
	}
	for _, p := range []string{"TenGigE0/0/0/1", "TenGigE0/0/0/2"} {
		if err := b.sw.SetTraffic(p, "in", packet(6, 443, "192.0.2.7"), packet(17, 5060, "192.0.2.7"), packet(89, 0, "192.0.2.8"), packet(6, 443, "2001:db8::7"), lab.TrafficSpec{FramesPerSecond: 1000}); err != nil {
			t.Fatal(err)
		}
	}
	lost := func(when string) {
		t.Helper()
		for name, c := range b.sw.Counters() {
			if c.InDrops > 0 {
				t.Fatalf("%s: %d frames of users are lost at %s", when, c.InDrops, name)
			}
		}
	}
	rule := func(permit bool, proto, port int) mirror.Entry {
		return mirror.Entry{Permit: permit, Protocol: proto, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any(), DestinationPort: mirror.PortRange{From: port, To: port}}
	}
	const listA, listB = "nm-2222222222", "nm-3333333333"
	rulesA, rulesB := []mirror.Entry{rule(false, 6, 443), rule(true, 17, 5060)}, []mirror.Entry{rule(true, 6, 443)}
	first, second := mirror.PortName("TenGigE0/0/0/1"), mirror.PortName("TenGigE0/0/0/2")
	a, session := filtered(listA, rulesA, first), want{sources: "rx Te0/0/0/1", to: toIDs, options: mirror.Options{Filter: listA}}
	copied := want{sources: "rx Te0/0/0/1 Te0/0/0/2", to: toIDs, options: mirror.Options{Filter: listB}}
	create := []mirror.Change{{Mark: "nm-dddddddddd", After: a}, made(ours, session)}
	change := func() []mirror.Change { // the new list takes the place of the old one at the first port
		without := filtered(listA, rulesA)
		return []mirror.Change{{Mark: "nm-eeeeeeeeee", After: filtered(listB, rulesB, first, second)}, became(b.session(ours), copied), {Mark: "nm-dddddddddd", Before: without}}
	}
	remove := func() []mirror.Change {
		return []mirror.Change{gone(b.session(ours)), {Mark: "nm-eeeeeeeeee", Before: filtered(listB, rulesB, first, second)}}
	}
	lost("before")
	before := b.config()
	tries := 0
	try := func(verb string, changes func() []mirror.Change) {
		t.Helper()
		p, err := Render(b.conn.Facts(), b.observe(), changes())
		if err != nil {
			t.Fatal(err)
		}
		was := b.config()
		lines := []string{"commit label nm-" + verb + ".*"}
		for _, block := range p.Blocks {
			for line := range strings.Lines(block.Text) {
				lines = append(lines, regexp.QuoteMeta(strings.TrimSpace(line)))
			}
		}
		slices.Sort(lines)
		for i, line := range slices.Compact(lines) { // refused, each in turn
			if i%4 > 0 && os.Getenv("NETMIRROR_FAULTS") == "" { // make faults: the rest
				continue
			}
			tries++
			b.refuse(line)
			report := b.push(fmt.Sprintf("%s-%d", verb, tries), changes()...)
			b.refuse("")
			lost(verb + ", with " + line + " refused")
			if !slices.ContainsFunc(report.Blocks, func(r mirror.BlockResult) bool { return r.Err != nil }) {
				t.Errorf("%s: %s was not refused", verb, line)
			}
			if !report.Until.IsZero() { // what was left of it waits
				if err := b.conn.Abort(b.ctx(), fmt.Sprintf("%s-%d", verb, tries)); err != nil {
					t.Fatal(err)
				}
				lost(verb + ", taken back")
			}
		}
		tries++
		b.mustPush(fmt.Sprintf("%s-%d", verb, tries), changes()...)
		lost(verb + ", in trial")
		b.sw.DropConnections() // a crash
		b.sw.Lapse()
		b.connect()
		testkit.Eventually(t, testkit.Patience, "nothing to wait", func() bool { return len(b.pending()) == 0 })
		lost(verb + ", gone back")
		if d := cmp.Diff(was, b.config()); d != "" {
			t.Fatalf("%s: it did not go back (-was +is):\n%s", verb, d)
		}
		tries++
		tx := fmt.Sprintf("%s-%d", verb, tries)
		b.mustPush(tx, changes()...)
		if err := b.conn.Confirm(b.ctx(), tx); err != nil {
			t.Fatal(err)
		}
		lost(verb)
	}
	try("create", func() []mirror.Change { return create })
	session.id = ours
	session.check(t, *b.session(ours))
	try("change", change)
	copied.id = ours
	copied.check(t, *b.session(ours))
	if f, ok := b.observe().Footing(mirror.FootingFilter, listB); !ok || !slices.Equal(f.Ports, []mirror.PortName{first, second}) || !slices.Equal(f.Rules, rulesB) {
		t.Errorf("the list is read as %+v", f)
	}
	try("delete", remove)
	if d := cmp.Diff(before, b.config()); d != "" {
		t.Errorf("with nothing left the configuration is not what it was (-was +is):\n%s", d)
	}
	b.typed("ipv4 access-list theirs", "10 permit udp any any", "interface TenGigE0/0/0/2", "ipv4 access-group theirs ingress")
	if b.sw.Counters()["TenGigE0/0/0/2"].InDrops == 0 {
		t.Error("a list that lets little pass loses nothing: the test cannot fail")
	}
}

// refuse has the router refuse a line, "" = none.
func (b *bench) refuse(line string) {
	b.t.Helper()
	err := b.sw.UpdateFaults(func(f *lab.Faults) {
		if f.Refuse = nil; line != "" {
			f.Refuse = []lab.Refusal{{Line: "^" + line + "$", Answer: "% Invalid input detected at '^' marker."}}
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
}
