package junos

import (
	"context"
	"errors"
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

// A bench is a virtual switch with connections to it. It is a simulation: recordings
// outrank it.
type bench struct {
	t      *testing.T
	sw     *lab.Switch
	device mirror.Device
	conn   *Conn
	known  mirror.Known
	onSent func(line string) // before the last connection sends it; nil = nothing
}

// The switches of the tests: ELS, one before it, and one whose confirmed commits leave
// another entry in its history.
var switches = []string{"ex4300-48t", "ex4200-48t", "acx7024"}

// portOf is a port of a model.
func portOf(model string, n int) mirror.PortName {
	kind := "ge"
	if strings.HasPrefix(model, "acx") {
		kind = "et"
	}
	return mirror.PortName(kind + "-0/0/" + strconv.Itoa(n))
}

func startLab(t *testing.T, model string, factor float64) *bench {
	t.Helper()
	spec := lab.SwitchSpec{Name: "sw1", Platform: Platform, Model: model, Config: "set vlans phones vlan-id 110\n"}
	l, err := lab.Start(context.Background(), lab.Spec{Fabric: lab.FabricSpec{ClockFactor: factor, Switches: []lab.SwitchSpec{spec},
		Hosts: []lab.HostSpec{{At: "sw1:" + string(portOf(model, 5)), Name: "pc", MAC: "0011.2233.4455", LLDP: true}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	b := &bench{t: t, sw: l.Switch("sw1"), device: mirror.Device{Name: "sw1", Confirm: mirror.ConfirmTimer}}
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
	sent := func(e cli.Event) {
		if e.Sent && b.onSent != nil {
			b.onSent(e.Text)
		}
	}
	if b.conn, err = Connect(b.ctx(), target, Options{Transcript: sent}); err != nil {
		b.t.Fatal(err)
	}
	b.known = mirror.Known{}
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

func (b *bench) mustPush(changes ...mirror.Change) mirror.PushReport {
	b.t.Helper()
	report := b.push(changes...)
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

// typed is what another hand types in configuration mode, and commits.
func (b *bench) typed(lines ...string) {
	b.t.Helper()
	if said := b.sw.Exec(slices.Concat([]string{"configure"}, lines, []string{"commit and-quit"})...); strings.Contains(said, "error") {
		b.t.Fatal(said)
	}
}

const (
	tx     = "abcdefghijklmnop"
	second = "nm-bbbbbbbbbb"
)

// makes is the change that makes a session.
func makes(t *testing.T, id string, w want) mirror.Change {
	t.Helper()
	return mirror.Change{Mark: id, After: &mirror.NativeSession{ID: id, Mark: id, Spec: w.spec(t)}}
}

// one is a session that every model takes.
func one(model string) want {
	return want{sources: "both " + string(portOf(model, 1)) + "; rx " + string(portOf(model, 2)), to: []mirror.PortName{portOf(model, 7)}}
}

func TestAPushIsConfirmedOverAnyConnection(t *testing.T) {
	for _, model := range switches {
		t.Run(model, func(t *testing.T) {
			b := startLab(t, model, 0)
			before := time.Now()
			report := b.mustPush(makes(t, first, one(model)))
			if w := report.Until.Sub(before); w < time.Minute || w > time.Minute+testkit.Patience {
				t.Errorf("it waits until %v after the push", w)
			}
			b.connect()
			p := b.pending()
			// The password of the lab is its user's name, and hidden wherever the device says it.
			if len(p) != 1 || p[0].Kind != mirror.WaitTimer || !p[0].Ours || p[0].Tx != tx || p[0].Until.IsZero() || !strings.Contains(p[0].Holder, "by ********") {
				t.Errorf("over a second connection: %+v", p)
			}
			w := one(model)
			w.id = first
			if n, there := b.session(first); there {
				w.check(t, n)
			} else {
				t.Fatalf("session %s is not there", first)
			}
			if err := b.conn.Confirm(b.ctx(), tx); err != nil {
				t.Fatal(err)
			}
			if p := b.pending(); len(p) > 0 {
				t.Errorf("after that waits %+v", p)
			}
			b.sw.Lapse()
			if n, there := b.session(first); !there {
				t.Error("what was confirmed went back")
			} else if model != switches[1] && n.Programmed != mirror.True && n.Waits == "" {
				t.Errorf("its state is %s: %s", n.Programmed, n.ProgrammedReason)
			}
			if err := b.conn.Confirm(b.ctx(), tx); !errors.Is(err, mirror.ErrNotFound) {
				t.Errorf("once more: %v", err)
			}
		})
	}
}

func TestAPushThatNobodyConfirmsGoesBack(t *testing.T) {
	for _, model := range switches {
		b := startLab(t, model, 0)
		config := b.sw.RunningConfig()
		b.mustPush(makes(t, first, one(model)))
		b.sw.Lapse()
		if b.sw.RunningConfig() != config {
			t.Errorf("%s: %s", model, b.sw.RunningConfig())
		}
		if err := b.conn.Confirm(b.ctx(), tx); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("%s: confirm: %v", model, err)
		}
		if _, there := b.session(first); there {
			t.Errorf("%s: it is read as if it were there", model)
		}
	}
}

func TestAPushIsTakenBack(t *testing.T) {
	for _, model := range switches {
		b := startLab(t, model, 0)
		config := b.sw.RunningConfig()
		b.mustPush(makes(t, first, one(model)))
		b.connect()
		if err := b.conn.Abort(b.ctx(), tx); err != nil || b.sw.RunningConfig() != config || len(b.pending()) > 0 {
			t.Errorf("%s: %v, waits %+v", model, err, b.pending())
		}
		if err := b.conn.Abort(b.ctx(), tx); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("%s: once more: %v", model, err)
		}
	}
}

// The timer of a switch fires while the push is taken back: what was before the last
// commit is the push by then, and is not put in force for good.
func TestAPushGoesBackWhileItIsTakenBack(t *testing.T) {
	for _, model := range switches {
		for _, at := range []string{"rollback 1", "commit comment"} {
			b := startLab(t, model, 0)
			config := b.sw.RunningConfig()
			b.mustPush(makes(t, first, one(model)))
			b.connect()
			fired := false
			b.onSent = func(line string) {
				if strings.HasPrefix(line, at) {
					b.sw.Lapse()
					fired = true
				}
			}
			err := b.conn.Abort(b.ctx(), tx)
			if !fired || errors.Is(err, mirror.ErrNotFound) != (at == "rollback 1") || err != nil && !errors.Is(err, mirror.ErrNotFound) {
				t.Errorf("%s: at %q, which was typed: %v: %v", model, at, fired, err)
			}
			if b.sw.RunningConfig() != config || len(b.pending()) > 0 {
				t.Errorf("%s: at %q: waits %+v, running\n%s", model, at, b.pending(), b.sw.RunningConfig())
			}
		}
	}
}

// Another's commit that waits is neither confirmed nor lost, whatever we would do.
func TestAnothersCommitKeepsWaiting(t *testing.T) {
	for _, model := range switches {
		b := startLab(t, model, 0)
		config := b.sw.RunningConfig()
		b.sw.Exec("configure", "set vlans theirs vlan-id 77", "commit confirmed 65535 comment change-7")
		p := b.pending()
		if len(p) != 1 || p[0].Ours || p[0].Kind != mirror.WaitTimer || !strings.Contains(p[0].Holder, "change-7") {
			t.Errorf("%s: waits %+v", model, p)
		}
		report := b.push(makes(t, first, one(model)))
		if err := report.Blocks[0].Err; !errors.Is(err, mirror.ErrBusy) || !strings.Contains(err.Error(), "change-7") {
			t.Errorf("%s: %v", model, err)
		}
		for what, err := range map[string]error{"confirm": b.conn.Confirm(b.ctx(), tx), "abort": b.conn.Abort(b.ctx(), tx)} {
			if !errors.Is(err, mirror.ErrNotFound) {
				t.Errorf("%s: %s: %v", model, what, err)
			}
		}
		if p := b.pending(); len(p) != 1 {
			t.Errorf("%s: then waits %+v", model, p)
		}
		if b.sw.Lapse(); b.sw.RunningConfig() != config {
			t.Errorf("%s: theirs did not go back:\n%s", model, b.sw.RunningConfig())
		}
	}
}

// Whoever has the configuration, nothing of ours is left in it, and it is tried again.
func TestASwitchThatOthersHave(t *testing.T) {
	for words, lines := range map[string][]string{
		"configuration database modified":  {"configure", "set system domain-name half.done"},
		"configuration database locked by": {"configure exclusive", "set system domain-name half.done"},
	} {
		b := startLab(t, switches[0], 0)
		config := b.sw.RunningConfig()
		theirs := b.sw.Exec(lines...)
		report := b.push(makes(t, first, one(switches[0])))
		if err := report.Blocks[0].Err; words == "configuration database modified" && (!errors.Is(err, mirror.ErrBusy) || !strings.Contains(err.Error(), words)) {
			t.Errorf("%s: %v after\n%s", words, err, theirs)
		}
		if strings.Contains(b.sw.RunningConfig(), "half.done") || words == "configuration database modified" && b.sw.RunningConfig() != config {
			t.Errorf("%s: running:\n%s", words, b.sw.RunningConfig())
		}
	}
}

// What the switch refuses when it commits is left out, in its words; the rest stands.
func TestARefusedCommitIsOfItsBlock(t *testing.T) {
	b := startLab(t, switches[0], 0)
	good, bad := one(switches[0]), want{sources: "rx ge-0/0/1", to: []mirror.PortName{"ge-0/0/7"}} // the same output
	report := b.push(makes(t, first, good), makes(t, second, bad))
	if err := report.Blocks[1].Err; !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "output interface of analyzer") {
		t.Errorf("refused with %v", err)
	}
	if err := report.Blocks[0].Err; err != nil {
		t.Error(err)
	}
	if err := b.conn.Confirm(b.ctx(), tx); err != nil {
		t.Fatal(err)
	}
	if _, there := b.session(first); !there {
		t.Error("the good one is not there")
	}
	if _, there := b.session(second); there {
		t.Error("the refused one is there")
	}
}

// A session of a group is read, and told from those that stand in the configuration.
func TestAGroupIsRead(t *testing.T) {
	b := startLab(t, switches[0], 0)
	b.typed("set groups G forwarding-options analyzer A0 input ingress interface ge-0/0/3.0", "set groups G forwarding-options analyzer A0 output interface ge-0/0/8.0", "set apply-groups G",
		"set forwarding-options analyzer theirs input ingress vlan phones", "set forwarding-options analyzer theirs output interface ge-0/0/9.0", "deactivate forwarding-options analyzer theirs")
	checkAll(t, []want{
		{id: "A0", sources: "rx ge-0/0/3", to: []mirror.PortName{"ge-0/0/8"}, opaque: []string{"inherited from a group"}},
		{id: "theirs", sources: "rx vlan110", to: []mirror.PortName{"ge-0/0/9"}, shut: true},
	}, b.observe().Natives)
}

// A look at a switch that nobody touched is one command.
func TestAnUndisturbedSwitchIsAskedOneThing(t *testing.T) {
	for _, model := range switches {
		b := startLab(t, model, 0)
		b.observe()
		stats, _ := b.conn.Stats()
		b.read(mirror.Look{})
		now, _ := b.conn.Stats()
		if trips := now.RoundTrips - stats.RoundTrips; trips != 1 {
			t.Errorf("%s: %d round trips", model, trips)
		}
		b.typed("set " + map[bool]string{true: hierarchyOld, false: hierarchyELS}[model == switches[1]] + " analyzer theirs output interface " + logical(portOf(model, 9)))
		if o := b.read(mirror.Look{}); len(o.Natives) != 1 {
			t.Errorf("%s: %+v", model, o.Natives)
		}
	}
}

// What the guard decides on is read of the ports of a look alone.
func TestPortsOfALook(t *testing.T) {
	b := startLab(t, switches[0], 0)
	b.observe()
	b.typed("set interfaces ge-0/0/5 disable", "set interfaces ge-0/0/6 unit 0 family ethernet-switching vlan members phones")
	o := b.read(mirror.Look{Ports: []mirror.PortName{"ge-0/0/5", "ge-0/0/6"}, Traffic: []mirror.PortName{"ge-0/0/6"}})
	five, _ := o.Port("ge-0/0/5")
	six, _ := o.Port("ge-0/0/6")
	if five.Admin != mirror.False || six.Access != 110 || six.Admin != mirror.True {
		t.Errorf("%+v\n%+v", five, six)
	}
	if o = b.observe(); len(o.Ports) < 50 {
		t.Errorf("%d ports", len(o.Ports))
	}
}
