package engine_test

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// polled takes the tellers of changes from the drivers, as of a command line.
func polled(c *engine.Config) {
	for i := range c.Drivers {
		c.Drivers[i].Watch = nil
	}
}

// lines counts the connections to a switch so far, and those closed again.
func (s *fakeSwitch) connections() (made, closed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines, s.closed
}

// quiet demands that a session was Active all along and the device reachable.
func (b *bench) quiet(session string) {
	b.t.Helper()
	if n := len(b.events("DeviceUnreachable")); n != 0 {
		b.t.Errorf("%d times unreachable", n)
	}
	v, err := b.Session(b.t.Context(), session)
	if err != nil {
		b.t.Fatal(err)
	}
	if v.Record.Phase != mirror.Active || v.Record.Condition(mirror.CondConfigured).Status != mirror.True {
		b.t.Errorf("%s: %+v", v.Record.Phase, v.Record.Condition(mirror.CondConfigured))
	}
}

// A command line is given back when nothing needs it, and dialled anew at the
// next run; nothing of that shows.
func TestAnIdleConnectionIsGivenBack(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	b := newBench(t, func(c *engine.Config) { polled(c); c.Timeouts.Idle = 30 * time.Millisecond }, switches)
	b.submit("s", "sw1:d1", "sw1:p1 rx")
	closed := func() bool { made, closed := sw.connections(); return made > 0 && made == closed }
	testkit.Eventually(t, patience, "the connection to be closed", closed)
	before, _ := sw.connections()
	b.settle("sw1")
	if made, _ := sw.connections(); made <= before {
		t.Errorf("%d connections, want more than %d", made, before)
	}
	testkit.Eventually(t, patience, "the connection to be closed again", closed)
	b.quiet("s")
}

// A platform that tells of changes keeps its connection, and so does a device
// that says so.
func TestWhoKeepsAnIdleConnection(t *testing.T) {
	switches := map[string]*fakeSwitch{"sw1": newSwitch("p1", "d1"), "sw2": newSwitch("p1", "d1"), "sw3": newSwitch("p1", "d1")}
	switches["sw1"].numbered, switches["sw2"].numbered = true, true
	b := newBench(t, func(c *engine.Config) { c.Drivers[1].Watch, c.Timeouts.Idle = nil, 30*time.Millisecond }, switches)
	b.change("sw2", func(d *mirror.Device) { d.Transports.Config.IdleClose = mirror.Duration(time.Hour) })
	for name := range switches {
		b.settle(name)
	}
	testkit.Eventually(t, patience, "the connection to sw1 to be closed", func() bool {
		made, closed := switches["sw1"].connections()
		return made == closed
	})
	for _, name := range []string{"sw2", "sw3"} {
		if made, closed := switches[name].connections(); made != closed+1 {
			t.Errorf("%s: %d connections of %d are closed", name, closed, made)
		}
	}
}

// A connection that the device closed while it was idle is made anew without a
// word; one that is refused then is a device that is away.
func TestAConnectionClosedByTheDeviceIsMadeAnew(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	b := newBench(t, polled, switches)
	b.submit("s", "sw1:d1", "sw1:p1 rx")
	before, _ := sw.connections()
	sw.quietly(func() { sw.hungUp = sw.lines })
	b.settle("sw1")
	if made, _ := sw.connections(); made != before+1 {
		t.Errorf("%d connections, want %d", made, before+1)
	}
	b.quiet("s")
	sw.quietly(func() { sw.hungUp, sw.down = sw.lines, true })
	if _, err := b.Sync(t.Context(), admin, "sw1"); err == nil {
		t.Error("a device that is away was read")
	}
	testkit.Eventually(t, patience, "the device to be unreachable", func() bool { return len(b.events("DeviceUnreachable")) == 1 })
}

// How often a device is read: its own setting, the controller's, the platform's.
func TestHowOftenADeviceIsRead(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	b := newBench(t, func(c *engine.Config) { polled(c); c.Resync, c.Drivers[0].Resync = 0, 30*time.Millisecond }, switches)
	several := func() bool { n := sw.readings(); return n > 3 }
	testkit.Eventually(t, patience, "the platform's interval to pass", several)
	b.change("sw1", func(d *mirror.Device) { d.Resync = mirror.Duration(time.Hour) })
	b.settle("sw1")
	n := sw.readings()
	b.settle("sw1")
	if got := sw.readings(); got != n+2 {
		t.Errorf("%d reads beyond those that were asked for", got-n-2)
	}
}
