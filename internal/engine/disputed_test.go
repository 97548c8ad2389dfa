package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A session that the device shows in two ways is no drift: where it is ours
// nothing is repaired, and the status says why; where it is another hand's it
// holds up nothing.
func TestADisputedSessionIsNotRepaired(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Resync = 20 * time.Millisecond }, one())
	sw := b.switches["sw1"]
	sw.foreign("1", "p9", "p8")
	dispute := func(id string, on bool) {
		sw.edit(func() {
			n := sw.natives[id]
			if n.Disputed, n.Opaque = on, ""; on {
				n.Opaque = "two commands disagree"
			}
			sw.natives[id] = n
		})
	}
	dispute("1", true)
	b.submit("a", "sw1:d1", "sw1:p1")
	pushes, ours := sw.pushes, ""
	for _, id := range sw.ids() {
		if id != "1" {
			ours = id
		}
	}
	dispute(ours, true)
	v := b.reach("a", mirror.Uncertain)
	if c := v.Record.Condition(mirror.CondConfigured); c.Status != mirror.Unknown || c.Reason != "NotUnderstood" || !strings.Contains(c.Message, "two commands disagree") {
		t.Errorf("condition %+v", c)
	}
	dispute(ours, false)
	b.reach("a", mirror.Active)
	if sw.pushes != pushes {
		t.Errorf("%d pushes", sw.pushes-pushes)
	}
}
