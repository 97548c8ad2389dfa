package engine_test

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A connection that the device closes between the read on which a write was
// accepted and its push is made anew without a word: nothing had been sent. So is
// one that is closed before a read in front of the push.
func TestAConnectionClosedBeforeThePushIsMadeAnew(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	sw.numbered = true
	sw.facts.Model = "saves"
	var hang atomic.Bool
	b := newBench(t, func(c *engine.Config) {
		polled(c)
		c.Failpoint = func(at string) {
			if at == "claimed" && hang.CompareAndSwap(true, false) {
				sw.quietly(func() { sw.hungUp = sw.lines })
			}
		}
	}, switches)
	b.settle("sw1")
	hang.Store(true)
	op := b.submit("s", "sw1:d1", "sw1:p1 rx")
	if op.State != mirror.OpSucceeded || len(op.Transcript) != 1 || hang.Load() {
		t.Errorf("made: %+v", op)
	}
	b.quiet("s")
	for _, when := range []string{"changed", "deleted"} {
		sw.quietly(func() { sw.hungUp = sw.lines })
		if when == "changed" {
			op = b.submit("s", "sw1:d1", "sw1:p2 rx")
			b.quiet("s")
		} else {
			op = b.remove("s")
		}
		if op.State != mirror.OpSucceeded {
			t.Errorf("%s: %+v", when, op)
		}
	}
	if n := len(b.events("DeviceUnreachable")); n != 0 || len(sw.ids()) != 0 {
		t.Errorf("%d times unreachable; left %v", n, sw.ids())
	}
	if made, _ := sw.connections(); made != 4 {
		t.Errorf("%d connections, want one and three anew", made)
	}
}

// A push of which nothing was sent is known not to have happened: the journal is
// closed, and number, repairs and what is to be saved are as they were, also when
// the device cannot be reached again.
func TestAPushThatWasNotSentIsNotInTheJournal(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	sw.numbered = true
	sw.facts.Model = "saves"
	var away atomic.Bool
	b := newBench(t, func(c *engine.Config) {
		polled(c)
		c.Failpoint = func(at string) {
			if at == "claimed" && away.Load() {
				sw.quietly(func() { sw.hungUp, sw.down = sw.lines, true })
			}
		}
	}, switches)
	b.submit("s", "sw1:d1", "sw1:p1 rx")
	before := b.claims("sw1")
	away.Store(true)
	res := b.accepted(intent("s", "sw1:d1", "sw1:p2 rx"))
	testkit.Eventually(t, patience, "the device is away", func() bool { return b.reachable("sw1").State == mirror.False })
	if got := b.claims("sw1"); got != before {
		t.Errorf("the store has\n%s\nwant\n%s", got, before)
	}
	away.Store(false)
	sw.quietly(func() { sw.down = false })
	op := b.wait(res.Operation.ID)
	if op.State != mirror.OpSucceeded || !slices.ContainsFunc(op.Transcript, func(x mirror.Exchange) bool { return x.Error != "" }) {
		t.Errorf("%+v", op)
	}
}

// claims is what the store holds of pushes to a device: journal, ledger, and what
// is to be saved.
func (b *bench) claims(device string) string {
	b.t.Helper()
	var open []mirror.JournalEntry
	var lines []mirror.Native
	err := b.db.View(b.t.Context(), func(tx mirror.Tx) (err error) {
		if open, err = tx.Journal(device); err != nil {
			return err
		}
		lines, err = tx.Natives(device)
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	v, err := b.Device(b.t.Context(), device)
	if err != nil {
		b.t.Fatal(err)
	}
	return jsonText(open) + "\n" + jsonText(lines) + "\n" + jsonText(v.State.Unsaved)
}
