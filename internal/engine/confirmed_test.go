package engine_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// A timer has the pushes to one switch taken back unless they are confirmed.
type timer struct {
	mu        sync.Mutex
	tx        string // that waits, "" = none
	confirmed int
	wentBack  int
	back      func()
}

// counts are how many pushes were confirmed, and went back.
func (m *timer) counts() (confirmed, wentBack int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.confirmed, m.wentBack
}

// memory gives back what the switch holds now, at once: natives, VLANs and trunks.
func (s *fakeSwitch) memory() (restore func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	natives, vlans, ports := maps.Clone(s.natives), maps.Clone(s.vlans), slices.Clone(s.ports)
	return func() { s.quietly(func() { s.natives, s.vlans, s.ports = natives, vlans, ports }) }
}

type timedConn struct {
	worker.Conn
	m      *timer
	s      *fakeSwitch
	window time.Duration
}

func (c timedConn) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	back := c.s.memory()
	report, err := c.Conn.Push(ctx, tx, p)
	if c.window > 0 {
		c.m.mu.Lock()
		c.m.tx, c.m.back, report.Until = tx, back, time.Now().Add(c.window)
		if err != nil { // its time is over before anybody is back
			back()
			c.m.tx, c.m.wentBack = "", c.m.wentBack+1
		}
		c.m.mu.Unlock()
	}
	return report, err
}

func (c timedConn) Pending(context.Context) (out []mirror.Pending, err error) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if c.m.tx != "" {
		out = append(out, mirror.Pending{Kind: mirror.WaitTimer, Tx: c.m.tx, Ours: true})
	}
	return out, nil
}

func (c timedConn) Confirm(_ context.Context, tx string) error { return c.end(tx, false) }
func (c timedConn) Abort(_ context.Context, tx string) error   { return c.end(tx, true) }

func (c timedConn) end(tx string, back bool) error {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	switch {
	case c.m.tx != tx:
		return fmt.Errorf("fake: %w", mirror.ErrNotFound)
	case back:
		c.m.back()
	default:
		c.m.confirmed++
	}
	c.m.tx = ""
	return nil
}

// onTimers has the pushes to switches wait to be confirmed where their device says so.
func onTimers(c *engine.Config, switches map[string]*fakeSwitch, timers map[string]*timer, keep bool) {
	c.Timeouts.Window = confirmWindow // nobody is cut off in a longer one
	for i := range c.Drivers {
		c.Drivers[i].Confirms = &worker.Confirms{Wait: mirror.WaitTimer, Keep: keep}
	}
	wrapConns(c, func(target mirror.Target, conn worker.Conn) worker.Conn {
		name := target.Device.Name
		return timedConn{conn, timers[name], switches[name], target.Device.Window(false)}
	})
}

const confirmWindow = time.Second

// confirmed are the settings of a device whose pushes wait.
func confirmed(d *mirror.Device) {
	d.Confirm, d.ConfirmWindow, d.ConfirmGrace = mirror.ConfirmTimer, mirror.Duration(confirmWindow), mirror.Duration(time.Second)
}

// newTimedBench is a bench over a path of two switches whose pushes are confirmed.
func newTimedBench(t *testing.T) (*bench, map[string]*timer, mirror.Session) {
	t.Helper()
	timers := map[string]*timer{"sw1": {}, "sw2": {}}
	switches := map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "t1"), "sw2": newSwitch("d1", "t1")}
	b := newBench(t, func(c *engine.Config) {
		c.Timeouts.Push = 50 * time.Millisecond
		onTimers(c, switches, timers, false)
	}, switches)
	for name := range switches {
		b.change(name, confirmed)
	}
	s := intent("a", "sw2:d1", "sw1:p1")
	s.RSPAN = &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{{Device: "sw1", Trunks: []string{"t1"}}, {Device: "sw2", Trunks: []string{"t1"}}}}
	return b, timers, s
}

// A path over two devices is made and taken away by confirmed pushes: each stage of
// it, footings and sessions, is confirmed before the next one.
func TestAPathIsMadeByConfirmedPushes(t *testing.T) {
	b, timers, s := newTimedBench(t)
	before := map[string]string{}
	for name, sw := range b.switches {
		before[name] = sw.config()
	}
	if op := b.put(s); op.State != mirror.OpSucceeded {
		t.Fatalf("%s: %s", op.State, op.Message)
	}
	b.reach("a", mirror.Active)
	if op := b.remove("a"); op.State != mirror.OpSucceeded {
		t.Fatalf("%s: %s", op.State, op.Message)
	}
	for name, sw := range b.switches {
		if got := sw.config(); got != before[name] {
			t.Errorf("%s is left with\n%s\nwas\n%s", name, got, before[name])
		}
		if n, _ := timers[name].counts(); n < 4 { // two stages there and two back
			t.Errorf("%s: %d pushes were confirmed", name, n)
		}
	}
}

// A connection is lost at a push of the path, and the device goes back by itself:
// it says so, and the path is made in the end.
func TestAPathIsMadeAfterADeviceWentBack(t *testing.T) {
	b, timers, s := newTimedBench(t)
	sw := b.switches["sw1"]
	sw.quietly(func() { sw.dropAfter = 1 })
	if op := b.put(s); op.State != mirror.OpSucceeded {
		t.Fatalf("%s: %s", op.State, op.Message)
	}
	b.reach("a", mirror.Active)
	if _, n := timers["sw1"].counts(); n != 1 || len(b.events("DeviceWentBack")) == 0 {
		t.Errorf("it went back %d times: %+v", n, b.events("DeviceWentBack"))
	}
	if told := append(b.events("Contended"), b.events("BrakeOn")...); len(told) > 0 {
		t.Errorf("%+v", told)
	}
}
