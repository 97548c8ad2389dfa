package nxos

import (
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A bench is a virtual switch with a connection to it. It is a simulation: recordings
// outrank it.
type bench struct {
	t     *testing.T
	sw    *lab.Switch
	conn  *Conn
	sent  []string // by the last connection
	known mirror.Known
}

const (
	tx     = "abcdefghijklmnop"
	first  = "nm-aaaaaaaaaa"
	second = "nm-bbbbbbbbbb"
)

func startLab(t *testing.T, model string) *bench {
	t.Helper()
	spec := lab.SwitchSpec{Name: "sw1", Platform: Platform, Model: model, Config: `ip access-list voice
  10 permit udp any any eq 5060
vrf context tools
  ip route 198.51.100.0/24 192.0.2.2
ip route 198.51.100.0/24 192.0.2.2
interface port-channel1
  switchport mode trunk
interface Ethernet1/20
  no switchport
  ip address 192.0.2.1/24
interface Ethernet1/23
  switchport mode trunk
  channel-group 1 mode active
interface Ethernet1/30
  shutdown
interface Ethernet1/40
  switchport monitor
interface Ethernet1/41
  switchport monitor
interface Ethernet1/47
  switchport monitor
interface Ethernet1/48
  switchport monitor
monitor session 1
  description theirs
  source interface Ethernet1/10 rx
  destination interface Ethernet1/40
  no shut
`}
	l, err := lab.Start(context.Background(), lab.Spec{Fabric: lab.FabricSpec{Switches: []lab.SwitchSpec{spec},
		Hosts: []lab.HostSpec{{At: "sw1:Ethernet1/5", Name: "pc", MAC: "0011.2233.4455", LLDP: true}, {At: "sw1:Ethernet1/1", Name: "one"}, {At: "sw1:Ethernet1/2", Name: "two"}, {At: "sw1:Ethernet1/3", Name: "three"}, {At: "sw1:Ethernet1/10", Name: "ten"},
			{At: "sw1:Ethernet1/20", Name: "up"}, {At: "sw1:Ethernet1/40", Name: "ids-0"}, {At: "sw1:Ethernet1/47", Name: "ids-1"}, {At: "sw1:Ethernet1/48", Name: "ids-2"}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	b := &bench{t: t, sw: l.Switch("sw1")}
	b.connect()
	return b
}

// connect makes a new connection, and leaves the one before open.
func (b *bench) connect() {
	b.t.Helper()
	host, port, err := net.SplitHostPort(b.sw.Addr())
	if err != nil {
		b.t.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	target := mirror.Target{Device: mirror.Device{Name: "sw1"}, Login: mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("admin"), Password: mirror.NewSecret("admin")},
		Transport: mirror.Transport{Protocol: Protocol, Address: host, Port: n, HostKey: cli.HostKeyInsecure}}
	b.sent = nil
	sent := &b.sent
	if b.conn, err = Connect(b.ctx(), target, Options{Transcript: func(e cli.Event) {
		if e.Sent {
			*sent = append(*sent, e.Text)
		}
	}}); err != nil {
		b.t.Fatal(err)
	}
	conn := b.conn
	b.t.Cleanup(func() { _ = conn.Close() })
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testkit.Patience)
	b.t.Cleanup(cancel)
	return ctx
}

func (b *bench) read(look mirror.Look) mirror.Observation {
	b.t.Helper()
	look.Known = b.known
	known, err := b.conn.Observe(b.ctx(), look)
	if err != nil {
		b.t.Fatal(err)
	}
	b.known = known
	return known.Observation
}

func (b *bench) observe() mirror.Observation {
	b.t.Helper()
	return b.read(mirror.Look{Whole: true})
}

func (b *bench) session(id string) (mirror.NativeSession, bool) {
	b.t.Helper()
	for _, n := range b.observe().Natives {
		if n.ID == id {
			return n, true
		}
	}
	return mirror.NativeSession{}, false
}

func (b *bench) push(changes ...mirror.Change) mirror.PushReport {
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

func (b *bench) mustPush(changes ...mirror.Change) {
	b.t.Helper()
	for _, r := range b.push(changes...).Blocks {
		if r.Err != nil {
			b.t.Fatal(r.Err)
		}
	}
}

// typed is what another hand types in configuration mode.
func (b *bench) typed(lines ...string) {
	b.t.Helper()
	if said := b.sw.Exec(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...); strings.Contains(said, "% ") || strings.Contains(said, "ERROR:") {
		b.t.Fatal(said)
	}
}

// makes is the change that makes a session.
func makes(t *testing.T, w want) mirror.Change {
	t.Helper()
	return mirror.Change{Mark: w.mark, After: session(t, w)}
}

func refuse(line, answer string) func(*lab.Faults) {
	return func(f *lab.Faults) { f.Refuse = []lab.Refusal{{Line: line, Answer: answer, Times: 1}} }
}

var (
	local = want{id: "32", mark: first, sources: "both Ethernet1/1; rx Ethernet1/2 110 120-122", to: []mirror.PortName{"Ethernet1/47"}}
	far   = want{id: "31", mark: second, role: mirror.RoleERSPANSource, sources: "both port-channel1; rx Ethernet1/3",
		options: mirror.Options{Collector: "198.51.100.7", Truncate: 400, Filter: "voice", ERSPAN: &mirror.ERSPAN{ID: 42, Origin: "192.0.2.1", TTL: 32, DSCP: 8, Type: 3}}}
)

func TestSessionsArrive(t *testing.T) {
	for _, model := range []string{"", "N7K-C7009", "N5K-C5672UP", "N3K-C3064PQ", "N3K-C3548P"} {
		t.Run(model, func(t *testing.T) {
			b := startLab(t, model)
			b.typed("monitor erspan origin ip-address 192.0.2.1 global")
			far := far
			if familyOf(b.conn.Facts()) != nexus9000 {
				far.options.Filter = ""
				if !Capabilities(b.conn.Facts()).Truncate.OK() {
					far.options.Truncate = 0
				}
			}
			config := b.sw.RunningConfig()
			for _, w := range []want{local, far} {
				b.mustPush(makes(t, w))
				n, there := b.session(w.id)
				if !there {
					t.Fatalf("%s is not there:\n%s", w.id, b.sw.RunningConfig())
				}
				w.check(t, n)
				if n.Programmed != mirror.True || n.ProgrammedReason != "state : up" {
					t.Errorf("session %s: %s, %s", w.id, n.Programmed, n.ProgrammedReason)
				}
				change := makes(t, w)
				change.Before, change.After = change.After, nil
				b.mustPush(change)
				if got := b.sw.RunningConfig(); got != config {
					t.Errorf("it is not as it was:\n%s", got)
				}
			}
		})
	}
}

// What waits is no fault; what is shut is opened.
func TestStatesOfASwitch(t *testing.T) {
	b := startLab(t, "")
	b.typed("monitor erspan origin ip-address 192.0.2.1 global")
	nowhere := far
	nowhere.options.Collector, nowhere.options.Filter = "203.0.113.9", ""
	b.mustPush(makes(t, nowhere))
	if n, _ := b.session("31"); n.Programmed != mirror.Unknown || n.Waits != "down (No route to destination IP address)" {
		t.Errorf("%s, %s, %q", n.Programmed, n.ProgrammedReason, n.Waits)
	}
	b.mustPush(makes(t, local))
	b.typed("monitor session 32", "shut")
	n, _ := b.session("32")
	if !n.Spec.Shut || n.Programmed != mirror.False || n.ProgrammedReason != "state : down (Session admin shut)" || n.Opaque != "" {
		t.Errorf("shut by hand: %+v", n)
	}
	was := n
	b.mustPush(mirror.Change{Mark: first, Before: &was, After: session(t, local)})
	if n, _ = b.session("32"); n.Spec.Shut || n.Programmed != mirror.True {
		t.Errorf("opened again: %+v", n)
	}
	b.typed("interface Ethernet1/47", "no switchport monitor") // which no line of a session shows
	b.sent = nil
	n = b.read(mirror.Look{}).Natives[2]
	if slices.ContainsFunc(b.sent, func(s string) bool { return strings.Contains(s, showStatus) }) {
		t.Errorf("everything was read: %q", b.sent)
	}
	if n.Programmed != mirror.False || !strings.Contains(n.ProgrammedReason, "Dst in wrong mode") {
		t.Errorf("its destination is no port for copies: %+v", n)
	}
}

// A line that is refused has the session taken back, whichever it is.
func TestARefusedLineIsTakenBack(t *testing.T) {
	b := startLab(t, "")
	b.typed("monitor erspan origin ip-address 192.0.2.1 global")
	config := b.sw.RunningConfig()
	p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{makes(t, far)})
	if err != nil {
		t.Fatal(err)
	}
	refusals := []string{"% Invalid value/range", "ERROR: no", "% Permission denied for the role"}
	for i, line := range strings.Split(strings.TrimSpace(p.Blocks[0].Text), "\n") {
		line, words := strings.TrimSpace(line), refusals[i%len(refusals)]
		if err := b.sw.UpdateFaults(refuse("^"+line+"$", words)); err != nil {
			t.Fatal(err)
		}
		r := b.push(makes(t, far)).Blocks[0]
		if r.Err == nil || !strings.Contains(r.Err.Error(), words) || !strings.Contains(r.Err.Error(), line) {
			t.Errorf("%q: %v", line, r.Err)
		}
		if got := b.sw.RunningConfig(); got != config {
			t.Fatalf("%q left\n%s", line, got)
		}
	}
}

// A change that is refused leaves the session as it was, and open.
func TestARefusedChangeIsTakenBack(t *testing.T) {
	b := startLab(t, "")
	b.mustPush(makes(t, local))
	config := b.sw.RunningConfig()
	other := local
	other.sources, other.options.Truncate, other.options.Filter = "tx Ethernet1/1; rx 110", 400, "voice"
	change := func() mirror.Change {
		n, _ := b.session("32")
		return mirror.Change{Mark: first, Before: &n, After: session(t, other)}
	}
	p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{change()})
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(p.Blocks[0].Text) {
		line = strings.TrimSpace(line)
		if err := b.sw.UpdateFaults(refuse("^"+line+"$", "ERROR: no")); err != nil {
			t.Fatal(err)
		}
		if r := b.push(change()).Blocks[0]; r.Err == nil || !strings.Contains(r.Err.Error(), "ERROR: no") {
			t.Errorf("%q: %v", line, r.Err)
		}
		if got := b.sw.RunningConfig(); got != config {
			t.Fatalf("%q left\n%s", line, got)
		}
	}
	b.mustPush(change())
	n, _ := b.session("32")
	other.check(t, n)
}

// A number that another hand took meanwhile is left alone.
func TestANumberThatAnotherTook(t *testing.T) {
	b := startLab(t, "")
	p, err := Render(b.conn.Facts(), b.observe(), []mirror.Change{makes(t, local)})
	if err != nil {
		t.Fatal(err)
	}
	b.typed("monitor session 32", "source interface Ethernet1/12 rx", "destination interface Ethernet1/41", "no shut")
	config := b.sw.RunningConfig()
	report, err := b.conn.Push(b.ctx(), tx, p)
	if err != nil || report.Blocks[0].Err == nil || report.Blocks[0].Stranger == nil {
		t.Errorf("%+v, %v", report, err)
	}
	if got := b.sw.RunningConfig(); got != config {
		t.Errorf("theirs is not as it was:\n%s", got)
	}
	ours := makes(t, local)
	ours.Before, ours.After = ours.After, nil
	ours.Before.ID = "32"
	b.known = mirror.Known{}
	p, err = Render(b.conn.Facts(), mirror.Observation{}, []mirror.Change{ours})
	if err != nil {
		t.Fatal(err)
	}
	if report, err = b.conn.Push(b.ctx(), tx, p); err != nil || report.Blocks[0].Err == nil {
		t.Errorf("deleted: %+v, %v", report, err)
	}
	if got := b.sw.RunningConfig(); got != config {
		t.Errorf("theirs is not as it was:\n%s", got)
	}
}

func TestPortsOfALook(t *testing.T) {
	b := startLab(t, "")
	o := b.observe()
	for name, want := range map[mirror.PortName]string{"Ethernet1/1": "", "Ethernet1/5": "neighbour", "Ethernet1/30": "", "Ethernet1/20": "addressed", "mgmt0": "management", "port-channel1": "trunk", "Ethernet1/23": "lag-member", "Ethernet1/47": ""} {
		p, there := o.Port(name)
		if !there || (want == "") != (len(p.Uses) == 0) || want != "" && !slices.ContainsFunc(p.Uses, func(u mirror.PortUse) bool { return u.Kind == want }) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p, _ := o.Port("Ethernet1/30"); p.Admin != mirror.False {
		t.Errorf("a port that is shut down: %+v", p)
	}
	if p, _ := o.Port("port-channel1"); !slices.Equal(p.Members, []mirror.PortName{"Ethernet1/23"}) {
		t.Errorf("a port-channel: %+v", p)
	}
	b.typed("interface Ethernet1/1", "switchport mode trunk")
	b.sent = nil
	o = b.read(mirror.Look{Ports: []mirror.PortName{"Ethernet1/1"}, Traffic: []mirror.PortName{"Ethernet1/1"}})
	if p, _ := o.Port("Ethernet1/1"); p.Trunk == nil {
		t.Errorf("a port of a look is not of now: %+v", p)
	}
	if slices.ContainsFunc(b.sent, func(s string) bool { return strings.Contains(s, showStatus+"\n") }) {
		t.Errorf("all ports were asked for: %q", b.sent)
	}
}

func TestOnlyOursIsSaved(t *testing.T) {
	b := startLab(t, "")
	b.mustPush(makes(t, local))
	b.observe()
	if saved, why, err := b.conn.Save(b.ctx(), true, nil); !saved || why != "" || err != nil {
		t.Errorf("ours alone: %v, %q, %v", saved, why, err)
	}
	if !strings.Contains(b.sw.StartupConfig(), first) {
		t.Error("it is not in startup")
	}
	b.typed("monitor erspan origin ip-address 192.0.2.1 global")
	b.mustPush(makes(t, far))
	b.typed("interface Ethernet1/7", "description theirs")
	if saved, why, err := b.conn.Save(b.ctx(), true, nil); saved || !strings.Contains(why, "lines of another hand") || err != nil {
		t.Errorf("with another hand's: %v, %q, %v", saved, why, err)
	}
	if strings.Contains(b.sw.StartupConfig(), second) {
		t.Error("it was saved all the same")
	}
	if saved, _, err := b.conn.Save(b.ctx(), false, nil); !saved || err != nil || !strings.Contains(b.sw.StartupConfig(), "theirs") {
		t.Errorf("always: %v, %v", saved, err)
	}
}

func TestCountersOfASwitch(t *testing.T) {
	b := startLab(t, "")
	got, err := b.conn.Counters(b.ctx(), mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet1/1", "Ethernet1/2", "Ethernet1/99"}})
	if err != nil || len(got.Ports) != 2 || !got.Ports[0].Complete || got.Missing["Ethernet1/99"] == "" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err = b.conn.Counters(b.ctx(), mirror.CounterAsk{All: true}); err != nil || len(got.Ports) != 9 { // those that are up
		t.Errorf("%d ports, %v", len(got.Ports), err)
	}
}

func TestTheFirstDayCheck(t *testing.T) {
	b := startLab(t, "")
	p, broken, err := b.conn.Prove(b.ctx())
	if err != nil || broken || slices.ContainsFunc(p.Items, func(i mirror.Proof) bool { return i.State == mirror.False }) || p.TypeAhead != mirror.TypeAheadAuto {
		t.Errorf("%+v, %v, %v", p, broken, err)
	}
}
