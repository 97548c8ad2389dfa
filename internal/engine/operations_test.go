package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// operations are those of a kind that have to do with sw1, the newest first.
func (b *bench) operations(kind string) []mirror.Operation {
	b.t.Helper()
	return must(b.FindOperations(context.Background(), mirror.OperationQuery{Device: "sw1", Kind: kind, Limit: 100})).Operations
}

// TestWhatARepairSendsIsKept, and what the device answered, whether it took it or not.
func TestWhatARepairSendsIsKept(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	b.reach("a", mirror.Active)
	sw.damage("d1")
	ended := func(n int) {
		t.Helper()
		testkit.Eventually(t, patience, "the repair has ended", func() bool {
			ops := b.operations(mirror.OpRepair)
			return len(ops) == n && !ops[0].State.Open()
		})
	}
	ended(1)
	op := b.operations(mirror.OpRepair)[0]
	if op.State != mirror.OpSucceeded || op.Session != "a" || op.Actor != mirror.ActorSystem || len(op.Transcript) != 1 || op.Transcript[0].Sent == "" || op.Transcript[0].Error != "" ||
		len(op.Steps) != 1 || op.Steps[0].State != "done" || op.Finished.IsZero() {
		t.Errorf("%+v", op)
	}
	sw.quietly(func() { sw.refuse = func(mirror.Change) string { return "% no room" } })
	sw.damage("d1")
	ended(2)
	op = b.operations(mirror.OpRepair)[0]
	if op.State != mirror.OpFailed || !strings.Contains(op.Message, "% no room") || len(op.Transcript) != 1 || !strings.Contains(op.Transcript[0].Error, "% no room") || op.Steps[0].State != "failed" {
		t.Errorf("of a device that refuses: %+v", op)
	}
	if ops := b.operations(mirror.OpRollout); len(ops) != 1 || ops[0].Session != "a" {
		t.Errorf("rollouts %+v", ops)
	}
	if view := must(b.Session(t.Context(), "a")); view.Record.Operation != b.operations(mirror.OpRollout)[0].ID {
		t.Errorf("the session's operation is %s", view.Record.Operation)
	}
}

// TestARepairThatWasCutOffIsNotLeftOpen: what was to be sent is kept before it is sent,
// and that nobody knows what became of it.
func TestARepairThatWasCutOffIsNotLeftOpen(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("a", "sw1:d1", "sw1:p1")
	b.reach("a", mirror.Active)
	now := time.Now().UTC()
	cut := mirror.Operation{ID: "op-cut", Session: "a", Device: "sw1", Type: mirror.OpRepair, State: mirror.OpRunning, Created: now,
		Transcript: []mirror.Exchange{{Device: "sw1", Sent: "set", Error: "whether the device took this is unknown"}}}
	b.stop()
	b.start()
	b.settle("sw1")
	b.stop() // killed in the middle of a repair
	b.start()
	if err := b.db.Update(t.Context(), func(tx mirror.Tx) error { return tx.PutOperation(cut) }); err != nil {
		t.Fatal(err)
	}
	b.stop()
	b.start()
	b.settle("sw1")
	testkit.Eventually(t, patience, "it is closed", func() bool { op := must(b.Operation(t.Context(), "op-cut")); return op.State == mirror.OpFailed })
	if op := must(b.Operation(t.Context(), "op-cut")); !strings.Contains(op.Message, "was not seen") || len(op.Transcript) != 1 {
		t.Errorf("%+v", op)
	}
	sw.quietly(func() { sw.dropAfter = 1 })
	sw.damage("d1")
	testkit.Eventually(t, patience, "the push that broke off is told", func() bool {
		ops := b.operations(mirror.OpRepair)
		return len(ops) > 1 && ops[0].ID != "op-cut" && !ops[0].State.Open()
	})
	for _, op := range b.operations(mirror.OpRepair) {
		if op.State == mirror.OpFailed && op.ID != "op-cut" && (len(op.Transcript) == 0 || !strings.Contains(op.Transcript[0].Error, "unknown")) {
			t.Errorf("%+v", op)
		}
	}
}

// TestASaveIsAnOperation, one for each that was made, and one for many that were not.
func TestASaveIsAnOperation(t *testing.T) {
	switches := one()
	sw := switches["sw1"]
	sw.facts.Model = "saves"
	b := newBench(t, nil, switches)
	b.submit("a", "sw1:d1", "sw1:p1")
	ops := b.operations(mirror.OpSave)
	if len(ops) != 1 || ops[0].State != mirror.OpSucceeded || ops[0].Session != "" || len(ops[0].Transcript) != 1 || ops[0].Transcript[0].Sent != "write" || ops[0].Transcript[0].Device != "sw1" {
		t.Fatalf("%+v", ops)
	}
	sw.quietly(func() { sw.foreignDirt = true })
	b.submit("a", "sw1:d1", "sw1:p2")
	b.settle("sw1")
	b.settle("sw1")
	ops = b.operations(mirror.OpSave)
	if len(ops) != 2 || ops[0].State != mirror.OpFailed || !strings.Contains(ops[0].Message, "another hand") {
		t.Errorf("%+v", ops)
	}
}
