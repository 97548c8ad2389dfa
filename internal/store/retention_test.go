package store

import (
	"fmt"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestThePastIsBounded: old rollouts that are over go, open ones and other
// sessions' stay.
func TestThePastIsBounded(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		if err := tx.PutOperation(operation("open", "s", mirror.OpRunning, at(0))); err != nil {
			return err
		}
		if err := tx.PutOperation(operation("other", "t", mirror.OpSucceeded, at(0))); err != nil {
			return err
		}
		for i := range KeepOperations + 20 {
			if err := tx.PutOperation(operation(fmt.Sprintf("op-%03d", i), "s", mirror.OpSucceeded, at(i+1))); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx mirror.Tx) error {
		ops, err := tx.Operations("s", 0)
		if err != nil {
			return err
		}
		if len(ops) != KeepOperations+1 || ops[0].ID != fmt.Sprintf("op-%03d", KeepOperations+19) || ops[len(ops)-1].ID != "open" {
			t.Errorf("%d operations, from %s to %s", len(ops), ops[0].ID, ops[len(ops)-1].ID)
		}
		_, err = tx.Operation("other")
		return err
	})
}
