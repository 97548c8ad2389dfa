package eos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// releases list what waits in the two ways.
var releases = []string{"4.30.4M", "4.35.0F"}

// A bench is a virtual switch with connections to it. It is a simulation: recordings
// outrank it.
type bench struct {
	t      *testing.T
	sw     *lab.Switch
	device mirror.Device
	conn   *Conn
	sent   []string // by the last connection
	known  mirror.Known
}

func startLab(t *testing.T, factor float64, change func(*lab.SwitchSpec)) *bench {
	t.Helper()
	spec := lab.SwitchSpec{Name: "sw1", Platform: Platform, Config: "ip access-list voice\n   10 permit udp any any eq 5060\n" +
		"interface Ethernet30\n   shutdown\ninterface Port-Channel1\n   switchport mode trunk\ninterface Ethernet3.100\n   encapsulation dot1q vlan 100\n" +
		"monitor session theirs source Ethernet20 rx\nmonitor session theirs destination Ethernet21\n"}
	if change != nil {
		change(&spec)
	}
	l, err := lab.Start(context.Background(), lab.Spec{Fabric: lab.FabricSpec{ClockFactor: factor, Switches: []lab.SwitchSpec{spec},
		Hosts: []lab.HostSpec{{At: "sw1:Ethernet5", Name: "pc", MAC: "0011.2233.4455", LLDP: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	b := &bench{t: t, sw: l.Switch("sw1"), device: mirror.Device{Name: "sw1"}}
	b.connect()
	return b
}

// confirming is a bench whose pushes are to be confirmed.
func confirming(t *testing.T, release string, factor float64) *bench {
	t.Helper()
	b := startLab(t, factor, func(s *lab.SwitchSpec) { s.Version = release })
	b.device.Confirm, b.device.ConfirmWindow = mirror.ConfirmTimer, mirror.Duration(20*time.Second)
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
	target := mirror.Target{Device: b.device, Login: mirror.Login{For: mirror.Bindings{mirror.Any}, Username: mirror.NewSecret("admin"), Password: mirror.NewSecret("admin")},
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

// typed is what another hand types in configuration mode.
func (b *bench) typed(lines ...string) {
	b.t.Helper()
	if said := b.sw.Exec(slices.Concat([]string{"configure"}, lines, []string{"end"})...); strings.Contains(said, "%") {
		b.t.Fatal(said)
	}
}

// makes is the change that makes a session.
func makes(t *testing.T, id string, w want) mirror.Change {
	t.Helper()
	return mirror.Change{Mark: id, After: &mirror.NativeSession{ID: id, Mark: id, Spec: w.spec(t)}}
}

const (
	tx     = "abcdefghijklmnop"
	first  = "nm-aaaaaaaaaa"
	second = "nm-bbbbbbbbbb"
)

var (
	toFortySeven = want{sources: "both Ethernet1; rx Ethernet2", to: []mirror.PortName{"Ethernet47"}}
	toBoth       = want{sources: "rx Ethernet3.100; tx Port-Channel1", to: []mirror.PortName{"Ethernet46", "Ethernet48"}, options: mirror.Options{Filter: "voice", Truncate: 128, Sample: 50}}
)

func TestAPushIsConfirmedOverAnyConnection(t *testing.T) {
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			b := confirming(t, release, 0)
			before := time.Now()
			report := b.mustPush(tx, makes(t, first, toFortySeven), makes(t, second, toBoth))
			if w := report.Until.Sub(before); w < 20*time.Second || w > 20*time.Second+testkit.Patience {
				t.Errorf("it waits until %v after the push", w)
			}
			b.connect()
			b.known = mirror.Known{}
			p := b.pending()
			// The password of the lab is its user's name, and hidden wherever the device says it.
			if len(p) != 1 || p[0].Kind != mirror.WaitTimer || !p[0].Ours || p[0].Tx != tx || p[0].Until.IsZero() || !strings.Contains(p[0].Holder, "by ********") {
				t.Errorf("over a second connection: %+v", p)
			}
			for id, w := range map[string]want{first: toFortySeven, second: toBoth} {
				w.id = id
				if n, there := b.session(id); there {
					w.check(t, n)
				} else {
					t.Errorf("session %s is not there", id)
				}
			}
			b.typed("monitor session meanwhile source Ethernet30")
			if err := b.conn.Confirm(b.ctx(), tx); err != nil {
				t.Fatal(err)
			}
			if p := b.pending(); len(p) > 0 {
				t.Errorf("after that waits %+v", p)
			}
			if _, there := b.session("meanwhile"); !there {
				t.Error("confirming took another hand's line away")
			}
			if err := b.conn.Confirm(b.ctx(), tx); !errors.Is(err, mirror.ErrNotFound) {
				t.Errorf("once more: %v", err)
			}
		})
	}
}

func TestAPushThatNobodyConfirmsGoesBack(t *testing.T) {
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			b := confirming(t, release, 200)
			config := b.sw.RunningConfig()
			b.mustPush(tx, makes(t, first, toFortySeven))
			testkit.Eventually(t, testkit.Patience, "the switch to go back", func() bool { return b.sw.RunningConfig() == config })
			if err := b.conn.Confirm(b.ctx(), tx); !errors.Is(err, mirror.ErrNotFound) {
				t.Errorf("confirm: %v", err)
			}
			if _, there := b.session(first); there {
				t.Error("it is read as if it were there")
			}
		})
	}
}

func TestAPushIsTakenBack(t *testing.T) {
	for _, release := range releases {
		b := confirming(t, release, 0)
		config := b.sw.RunningConfig()
		b.mustPush(tx, makes(t, first, toFortySeven))
		b.connect()
		if err := b.conn.Abort(b.ctx(), tx); err != nil || b.sw.RunningConfig() != config || len(b.pending()) > 0 {
			t.Errorf("%s: %v, waits %+v", release, err, b.pending())
		}
		if err := b.conn.Abort(b.ctx(), tx); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("%s: once more: %v", release, err)
		}
	}
}

// A lock keeps lines from being typed, too: that is tried again, and is no refusal of
// a session.
func TestALockedSwitchIsBusy(t *testing.T) {
	for _, release := range releases {
		b := startLab(t, 0, func(s *lab.SwitchSpec) { s.Version = release })
		config := b.sw.RunningConfig()
		b.sw.Exec("configure lock transaction change-7 maintenance")
		report := b.push(tx, makes(t, first, toFortySeven))
		if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrBusy) || b.sw.RunningConfig() != config {
			t.Errorf("%s: %v", release, err)
		}
	}
}

// An access list that is not there is taken with a warning, and nobody knows what is
// copied then: it counts as a refusal.
func TestAMissingAccessListIsARefusal(t *testing.T) {
	for name, b := range map[string]*bench{"lines": startLab(t, 0, nil), "a commit": confirming(t, releases[0], 0)} {
		config := b.sw.RunningConfig()
		w := toFortySeven
		w.options.Filter = "gone"
		p, err := Render(b.conn.Facts(), mirror.Observation{}, []mirror.Change{makes(t, first, w)})
		if err != nil {
			t.Fatal(err)
		}
		report, err := b.conn.Push(b.ctx(), tx, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "! Access list gone not configured") || b.sw.RunningConfig() != config {
			t.Errorf("%s: %v\n%s", name, err, b.sw.RunningConfig())
		}
	}
}

// A candidate that a lost connection has left counts to the switch's room: it is
// listed, and dropped by its transaction.
func TestAnOrphanIsDropped(t *testing.T) {
	for _, release := range releases {
		b := confirming(t, release, 0)
		config := b.sw.RunningConfig()
		b.sw.Exec("configure session nm-"+tx, "monitor session x source Ethernet1", "end")
		if p := b.pending(); len(p) != 1 || p[0].Kind != mirror.WaitCandidate || !p[0].Ours || p[0].Tx != tx {
			t.Errorf("%s: waits %+v", release, p)
		}
		if err := b.conn.Confirm(b.ctx(), tx); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("%s: it is confirmed: %v", release, err)
		}
		if err := b.conn.Abort(b.ctx(), tx); err != nil || len(b.pending()) > 0 || b.sw.RunningConfig() != config {
			t.Errorf("%s: %v, waits %+v", release, err, b.pending())
		}
	}
}

// With merge on commit, too, what others type while a push waits stays.
func TestAPushWhereCommitsMerge(t *testing.T) {
	for _, release := range releases {
		b := confirming(t, release, 0)
		b.typed("service configuration session commit merge")
		b.mustPush(tx, makes(t, first, toFortySeven))
		b.typed("interface Ethernet7", "description theirs")
		if err := b.conn.Confirm(b.ctx(), tx); err != nil {
			t.Errorf("%s: %v", release, err)
		}
		if config := b.sw.RunningConfig(); !strings.Contains(config, first) || !strings.Contains(config, "description theirs") {
			t.Errorf("%s: running:\n%s", release, config)
		}
	}
}

// having is how another hand has a switch.
type having struct {
	do   []string // lines of a terminal each
	kind mirror.WaitKind
	who  string
}

// Whoever has the switch, nothing of ours is left in it, and it is tried again.
func TestASwitchThatOthersHave(t *testing.T) {
	for name, c := range map[string]having{
		"CloudVision's timer": {[]string{"configure session CVP-configtask-1; vlan 77; commit timer 00:04:00"}, mirror.WaitTimer, "CVP-configtask-1"},
		"five candidates":     fullHouse(),
		"a lock":              {[]string{"configure lock transaction change-7 maintenance"}, mirror.WaitLock, "change-7"},
	} {
		for _, release := range releases {
			t.Run(name+" "+release, func(t *testing.T) {
				b := confirming(t, release, 0)
				for _, line := range c.do {
					if said := b.sw.Exec(strings.Split(line, "; ")...); strings.Contains(said, "%") {
						t.Fatal(said)
					}
				}
				config := b.sw.RunningConfig()
				p := b.pending()
				if len(p) != 1 || p[0].Kind != c.kind || p[0].Ours || !strings.Contains(p[0].Holder, c.who) {
					t.Errorf("waits %+v", p)
				}
				report := b.push(tx, makes(t, first, toFortySeven))
				var said *mirror.DeviceError
				if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrBusy) || !errors.As(err, &said) || said.Answer == "" {
					t.Errorf("pushed: %v", err)
				}
				if got := b.sw.RunningConfig(); got != config || slices.ContainsFunc(b.pending(), func(w mirror.Pending) bool { return w.Ours }) {
					t.Errorf("something was left: %+v\n%s", b.pending(), got)
				}
			})
		}
	}
}

// fullHouse are as many candidates as a switch takes.
func fullHouse() having {
	c := having{kind: mirror.WaitFull, who: "5 pending sessions"}
	for i := range 5 {
		c.do = append(c.do, fmt.Sprintf("configure session other-%d; end", i))
	}
	return c
}

func TestARefusedBlockDoesNotKeepTheOthers(t *testing.T) {
	for _, release := range releases {
		b := confirming(t, release, 0)
		if err := b.sw.UpdateFaults(func(f *lab.Faults) {
			f.Refuse = []lab.Refusal{{Line: "^monitor session " + first + " source Ethernet2", Answer: "% Unavailable command"}}
		}); err != nil {
			t.Fatal(err)
		}
		report := b.push(tx, makes(t, first, toFortySeven), makes(t, second, toBoth))
		var said *mirror.DeviceError
		if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrRejected) || !errors.As(err, &said) || said.Sent != "monitor session "+first+" source Ethernet2 rx" {
			t.Errorf("%s: the refused block: %v", release, err)
		}
		if report.Blocks[1].Err != nil || report.Until.IsZero() {
			t.Errorf("%s: the other: %+v", release, report)
		}
		if err := b.conn.Confirm(b.ctx(), tx); err != nil {
			t.Errorf("%s: %v", release, err)
		}
		if config := b.sw.RunningConfig(); strings.Contains(config, first) || !strings.Contains(config, second) {
			t.Errorf("%s: running:\n%s", release, config)
		}
	}
}

func TestAnEmptyPushArmsNothing(t *testing.T) {
	b := confirming(t, releases[1], 0)
	b.mustPush(tx, makes(t, first, toFortySeven))
	if err := b.conn.Confirm(b.ctx(), tx); err != nil {
		t.Fatal(err)
	}
	if report := b.mustPush("bcdefghijklmnopq", makes(t, first, toFortySeven)); !report.Until.IsZero() || len(b.pending()) > 0 {
		t.Errorf("got %+v, waits %+v", report, b.pending())
	}
}

// Destinations say "unknown" for about two seconds behind a configuration: the session
// waits, and is asked again until it is active.
func TestWhatWaitsIsAskedAgain(t *testing.T) {
	b := startLab(t, 20, nil)
	b.mustPush(tx, makes(t, first, toFortySeven))
	find := func(o mirror.Observation) mirror.NativeSession {
		i := slices.IndexFunc(o.Natives, func(n mirror.NativeSession) bool { return n.ID == first })
		if i < 0 {
			t.Fatalf("sessions %+v", o.Natives)
		}
		return o.Natives[i]
	}
	testkit.Eventually(t, testkit.Patience, "the session to be active", func() bool {
		n := find(b.read(mirror.Look{}))
		if (n.Waits == "") != (n.Programmed == mirror.True) {
			t.Fatalf("%+v", n)
		}
		return n.Programmed == mirror.True && n.ProgrammedReason == "Ethernet47: active"
	})
	b.sent = nil
	b.read(mirror.Look{})
	if !slices.Equal(commands(b.sent), []string{showSessions}) {
		t.Errorf("an undisturbed switch was asked %q", b.sent)
	}
}

// commands are those of what was sent, without the transport's markers.
func commands(sent []string) (out []string) {
	for _, s := range sent {
		for line := range strings.Lines(s) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '!' {
				out = append(out, line)
			}
		}
	}
	return out
}

func TestPortsOfALook(t *testing.T) {
	b := startLab(t, 0, nil)
	o := b.observe()
	for name, want := range map[mirror.PortName]string{"Ethernet1": "", "Ethernet5": "neighbour", "Ethernet30": "", "Ethernet3.100": "addressed", "Management1": "management", "Port-Channel1": "trunk"} {
		p, there := o.Port(name)
		if !there || (want == "") != (len(p.Uses) == 0) || want != "" && !slices.ContainsFunc(p.Uses, func(u mirror.PortUse) bool { return u.Kind == want }) {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p, _ := o.Port("Ethernet30"); p.Admin != mirror.False {
		t.Errorf("a port that is shut down: %+v", p)
	}
	b.typed("interface Ethernet1", "switchport mode trunk")
	o = b.read(mirror.Look{Ports: []mirror.PortName{"Ethernet1"}, Traffic: []mirror.PortName{"Ethernet1"}})
	if p, _ := o.Port("Ethernet1"); p.Trunk == nil {
		t.Errorf("a port of a look is not of now: %+v", p)
	}
}

func TestADestinationIsSwitchedOnAndOff(t *testing.T) {
	for name, b := range map[string]*bench{"lines": startLab(t, 0, nil), "a commit": confirming(t, releases[1], 0)} {
		p, _ := b.observe().Port("Ethernet30")
		port := mirror.Footing{Kind: mirror.FootingPort, Port: "Ethernet30", Setup: &mirror.PortSetup{Up: true, Former: p.Stanza}}
		footing := &mirror.NativeSession{ID: port.ID(), Spec: port.Spec()}
		config := b.sw.RunningConfig()
		to := want{sources: "rx Ethernet1", to: []mirror.PortName{"Ethernet30"}}
		push := func(tx string, changes ...mirror.Change) {
			t.Helper()
			if report := b.mustPush(tx, changes...); !report.Until.IsZero() {
				if err := b.conn.Confirm(b.ctx(), tx); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
		}
		push(tx, mirror.Change{Mark: "nm-cccccccccc", After: footing}, makes(t, first, to))
		if p, _ := b.observe().Port("Ethernet30"); p.Admin != mirror.True {
			t.Errorf("%s: switched on: %+v", name, p)
		}
		gone := makes(t, first, to)
		gone.Before, gone.After = gone.After, nil
		push("bcdefghijklmnopq", gone, mirror.Change{Mark: "nm-cccccccccc", Before: footing})
		if got := b.sw.RunningConfig(); got != config {
			t.Errorf("%s: switched off again:\n%s", name, got)
		}
	}
}

func TestOnlyOursIsSaved(t *testing.T) {
	b := startLab(t, 0, nil)
	b.mustPush(tx, makes(t, first, toFortySeven))
	b.observe()
	if saved, why, err := b.conn.Save(b.ctx(), true, nil); !saved || why != "" || err != nil {
		t.Errorf("ours alone: %v, %q, %v", saved, why, err)
	}
	if !strings.Contains(b.sw.StartupConfig(), first) {
		t.Error("it is not in startup")
	}
	b.mustPush(tx, makes(t, second, toBoth))
	b.typed("interface Ethernet7", "description theirs")
	if saved, why, err := b.conn.Save(b.ctx(), true, nil); saved || !strings.Contains(why, `"interface Ethernet7"`) || err != nil {
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
	b := startLab(t, 0, nil)
	got, err := b.conn.Counters(b.ctx(), mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet1", "Ethernet2"}})
	if err != nil || len(got.Ports) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTheFirstDayCheck(t *testing.T) {
	b := startLab(t, 0, nil)
	p, broken, err := b.conn.Prove(b.ctx())
	if err != nil || broken || slices.ContainsFunc(p.Items, func(i mirror.Proof) bool { return i.State == mirror.False }) || p.TypeAhead != mirror.TypeAheadAuto {
		t.Errorf("%+v, %v, %v", p, broken, err)
	}
}
