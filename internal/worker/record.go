package worker

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// record writes what the run found: what is applied, what differs, what was
// refused; it clears the ledger of what is gone, and closes the journal. Only
// fields of the worker are written, on rows as they are now: goals may have
// moved meanwhile.
func (p *pass) record(ctx context.Context) error {
	left := p.compare()
	now := time.Now().UTC()
	var touched []string
	write := func(tx mirror.Tx) error {
		touched = touched[:0]
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		fresh, err := tx.PlacementsByDevice(p.w.name)
		if err != nil {
			return err
		}
		for _, row := range fresh {
			i := slices.IndexFunc(p.rows, func(r mirror.Placement) bool { return rowKey(r) == rowKey(row) })
			if i < 0 || remade(row, p.rows[i]) {
				continue // what this run reached is not this row's
			}
			next := p.outcome(row, p.rows[i], left, now)
			if reflect.DeepEqual(next, row) {
				continue
			}
			next.CheckedAt = now
			touched = append(touched, row.Session)
			if err := tx.PutPlacement(next); err != nil {
				return err
			}
			if err := p.transcribe(tx, row.Session, append(p.marksOf(p.rows[i]), next.Mark)); err != nil {
				return err
			}
		}
		if err := p.tellDrift(tx, left); err != nil {
			return err
		}
		return p.tidyLedger(tx)
	}
	// Most runs find nothing new. A read-only transaction fails at the first
	// write, so its success means that there is nothing to write. A run that
	// pushed need not try.
	if len(p.pushed) > 0 || p.s.Store.View(ctx, write) != nil {
		if err := p.s.Desk.Update(ctx, write); err != nil {
			return err
		}
		p.s.Failpoint("recorded")
	}
	p.remember(left)
	if len(left) == 0 && len(p.undecided) == 0 {
		p.w.again = 0 // nothing waits for what keeps from pushing
		if err := p.settled(ctx); err != nil {
			return err
		}
	}
	p.s.judge(ctx, p.w.name)
	for _, s := range touched {
		p.s.Desk.Step(s)
	}
	return nil
}

// remember keeps, in memory, what was told and what waits to be programmed.
func (p *pass) remember(left []mirror.Change) {
	clear(p.w.reported)
	for _, c := range left {
		if !p.waits(c) && !asked(p.concerned(c)) {
			p.w.reported[c.Mark] = describe(c)
		}
	}
	maps.DeleteFunc(p.w.back, func(mark string, _ bool) bool {
		return !slices.ContainsFunc(left, func(c mirror.Change) bool { return c.Mark == mark })
	})
	unsettled := map[string]time.Time{}
	for _, n := range p.own() {
		if n.Programmed == mirror.False && n.Waits == "" {
			unsettled[n.ID] = time.Now()
			if since, ok := p.w.unsettled[n.ID]; ok {
				unsettled[n.ID] = since
			}
		}
	}
	p.w.unsettled = unsettled
	for _, c := range p.pushed {
		p.s.Log.Info("device changed", "device", p.w.name, "verb", c.Verb(), "mark", c.Mark)
	}
}

// tidyLedger drops the lines of native sessions that are neither wanted nor
// there, learns row ids, writes lines for sessions that were taken up again by
// their mark, and closes the journal: this run has seen the end of every push.
func (p *pass) tidyLedger(tx mirror.Tx) error {
	if err := p.sweep(tx); err != nil {
		return err
	}
	entries, err := tx.Journal(p.w.name)
	if err != nil {
		return err
	}
	for _, j := range entries {
		if slices.ContainsFunc(p.undecided, func(e mirror.JournalEntry) bool { return e.Tx == j.Tx }) {
			continue
		}
		if err := tx.CloseJournal(p.w.name, j.Tx); err != nil {
			return err
		}
	}
	return nil
}
