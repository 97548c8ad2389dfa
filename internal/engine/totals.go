package engine

import (
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Totals count everything, of now or of a moment ago.
type Totals struct {
	At             time.Time
	Held           string // why nothing is pushed, "" when it is
	Sessions       int
	Phases         map[mirror.Phase]int
	Conditions     map[string]map[mirror.State]int // by type
	Devices        DeviceSums
	Tools, Filters int
	Problems       map[Severity]int // objects, by their worst problem
}

// Totals counts from what is counted already, without a look at all that is stored.
func (e *Engine) Totals(ctx context.Context) (Totals, error) {
	out := Totals{At: time.Now().UTC(), Held: e.heldBack(), Problems: map[Severity]int{}}
	heads, err := e.problemHeads(ctx)
	if err != nil {
		return out, err
	}
	for severity, n := range heads.counts {
		out.Problems[severity] = n
	}
	out.Phases, out.Conditions, out.Sessions = e.tally.numbers()
	out.Devices = e.deviceTally.numbers()
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		if out.Tools, err = tx.Count(mirror.ResourceTool); err != nil {
			return err
		}
		out.Filters, err = tx.Count(mirror.ResourceFilter)
		return err
	})
	return out, err
}
