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
	write := func(tx mirror.Tx) (touched []string, err error) {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return nil, err
		}
		fresh, err := tx.PlacementsByDevice(p.w.name)
		if err != nil {
			return nil, err
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
				return nil, err
			}
			if err := p.transcribe(tx, row.Session, append(p.marksOf(p.rows[i]), next.Mark)); err != nil {
				return nil, err
			}
		}
		if err := p.tellDrift(tx, left); err != nil {
			return nil, err
		}
		if err := p.endRepairs(tx, left, now); err != nil {
			return nil, err
		}
		if p.saving != nil {
			if err := tx.PutOperation(*p.saving); err != nil {
				return nil, err
			}
		}
		return touched, p.tidyLedger(tx)
	}
	// Who sees the session done sees what is settled by it, too.
	rests := len(left) == 0 && len(p.undecided) == 0
	beside := p.s.Reads.Judged(p.w.name) && !(rests && p.unsettled())
	goOn := func() {}
	if len(p.pushed) > 0 || !p.s.nothingToWrite(ctx, func(tx mirror.Tx) error { _, err := write(tx); return err }) {
		err := p.s.States.Beside(p.w.name, func(put func(mirror.Tx) error) (err error) {
			goOn, err = p.s.Desk.Record(ctx, beside, func(tx mirror.Tx) (touched []string, err error) {
				if touched, err = write(tx); err == nil {
					err = put(tx)
				}
				return touched, err
			})
			return err
		})
		if err != nil {
			return err
		}
		p.s.Failpoint("recorded")
	} else {
		p.w.keepState(ctx)
	}
	p.w.repairsEnded = true
	p.remember(left)
	if rests {
		p.w.again = 0 // nothing waits for what keeps from pushing
		if err := p.settled(ctx); err != nil {
			return err
		}
	}
	p.s.judge(ctx, p.w.name)
	goOn()
	return nil
}

// nothingToWrite reports whether a transaction has nothing to write, as most have that are
// about a device on which nothing is new: one that only reads fails at the first write.
func (s *Shared) nothingToWrite(ctx context.Context, fn func(mirror.Tx) error) bool {
	return s.Store.View(ctx, fn) == nil
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
