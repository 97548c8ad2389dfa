package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// pushAndVerify makes one round, of those of all changes that are due now. It reports
// whether anything was learned that makes another round worthwhile beyond the bounded
// number.
func (p *pass) pushAndVerify(ctx context.Context, due, all []mirror.Change) (progress bool, err error) {
	later := slices.DeleteFunc(slices.Clone(all), func(c mirror.Change) bool {
		return slices.ContainsFunc(due, func(d mirror.Change) bool { return d.Mark == c.Mark && d.Verb() == c.Verb() })
	})
	look, err := p.landing(ctx, later)
	if err != nil {
		return false, err
	}
	due, payload, progress := p.prepare(due)
	if len(due) == 0 {
		return progress, nil
	}
	claimed := map[string]bool{} // marks whose number this push is the first to claim
	for _, c := range due {
		claimed[c.Mark] = c.Before == nil && p.line(c) == nil
	}
	tx := newTx()
	was, err := p.journal(ctx, tx, due, payload)
	if err != nil {
		return false, err
	}
	p.last = was
	p.s.Failpoint("claimed")
	pushCtx, cancel := context.WithTimeout(ctx, p.pushLimit())
	end := p.w.timed(Push)
	report, err := p.w.conn.Push(pushCtx, tx, payload)
	end(err)
	cancel()
	if errors.Is(err, mirror.ErrNotSent) {
		return p.unsent(ctx, was, payload, look.And(p.w.memory.named), err)
	}
	p.sent = true
	p.note(payload, report, err)
	if err != nil {
		p.w.forget()
		p.keepTalk(ctx, due, err)
		return false, deviceFault{fmt.Errorf("device %s: push: %w", p.w.name, err)}
	}
	if err := p.armed(ctx, &was.entry, report.Until); err != nil {
		return false, err
	}
	p.s.Failpoint("pushed")
	if err := p.observe(ctx, look); err != nil {
		return false, err
	}
	p.s.Failpoint("verified")
	if err := p.settle(ctx, was.entry, &report, look); err != nil {
		return false, err
	}
	if err := p.disclaim(ctx, was, report); err != nil {
		return false, err
	}
	var strangers []stranger
	late := map[string]bool{}       // marks for which a number was claimed that another hand had taken
	decided, unsent := false, false // of some blocks; what was not sent goes in another round
	for i, r := range report.Blocks {
		if r.Stranger != nil {
			strangers = append(strangers, stranger{due[i], *r.Stranger})
		}
		unsent = unsent || errors.Is(r.Err, mirror.ErrNotSent)
		switch {
		case r.Err == nil:
			decided, p.pushed = true, append(p.pushed, due[i])
		case errors.Is(r.Err, errTakenBack):
			p.changed[r.Mark] = r.Err
		case errors.Is(r.Err, mirror.ErrChanged):
			if claimed[due[i].Mark] && p.info.Capabilities.NamedBy() == mirror.Numbered {
				late[r.Mark] = true
			}
			p.changed[r.Mark] = r.Err
			p.s.Log.Info("device changed while we pushed", "device", p.w.name, "mark", r.Mark, "err", r.Err)
		case errors.Is(r.Err, mirror.ErrBusy):
			p.changed[r.Mark], p.busy = r.Err, true
			p.asked = false // something may wait there since it was asked
			p.s.Log.Info("device asks to come back later", "device", p.w.name, "mark", r.Mark, "err", r.Err)
		default:
			decided, progress = true, p.refuse(due[i], r.Err) || progress
		}
	}
	p.compare()
	return progress || decided && unsent, p.bookkeep(ctx, due, late, strangers)
}

// newTx names a transaction: 80 bits in 16 letters and digits.
func newTx() string { return strings.ToLower(rand.Text()[:16]) }

var txName = regexp.MustCompile(`^[a-z2-7]{16}$`)

// prepare gives ids and text to the changes. One that can have none is refused
// alone; the others go on.
func (p *pass) prepare(due []mirror.Change) (ready []mirror.Change, payload mirror.Payload, progress bool) {
	assigned, errs := plan.AssignIDs(due, plan.Pins(p.desired, p.rows), p.info)
	if deletes := onlyDeletes(due); errors.Join(errs...) != nil && len(deletes) > 0 && len(deletes) < len(due) {
		// A number may come free: the deletions first, and seen to be done.
		due, assigned, errs = deletes, deletes, make([]error, len(deletes))
		progress = true
	}
	stays := map[string]bool{} // marks whose deletion cannot be said
	say := plan.Say(assigned, p.info)
	for i, c := range assigned {
		var one mirror.Payload
		err := errs[i]
		if err == nil {
			one, err = p.driver.Render(p.facts, say.Beside(c), say.Said[i:i+1])
		}
		if err == nil && len(one.Blocks) != 1 {
			err = fmt.Errorf("driver %s rendered %d blocks for one change: %w", p.driver.Platform, len(one.Blocks), mirror.ErrUnsupported)
		}
		if err == nil {
			err = plan.Unfooted(c, p.info)
		}
		if err == nil && stays[c.Mark] {
			err = fmt.Errorf("the native session before it cannot be deleted: %w", mirror.ErrConflict)
		}
		if p.unplanned(due[i], one, err) {
			progress = true
			continue
		}
		if err != nil {
			stays[c.Mark] = stays[c.Mark] || c.After == nil
			progress = p.refuse(due[i], err) || progress
			continue
		}
		ready = append(ready, c)
		payload.Format = one.Format
		payload.Blocks = append(payload.Blocks, one.Blocks...)
	}
	ready, payload.Blocks = p.asPlanned(ready, payload.Blocks)
	if p.info.Capabilities.Atomic {
		ready, payload.Blocks = p.grounded(ready, payload.Blocks)
	}
	return ready, payload, progress
}

// grounded leaves out of a push that is one commit what stands on what was left out of
// it. It is due again in the next round, on what is read then.
func (p *pass) grounded(ready []mirror.Change, blocks []mirror.Block) (left []mirror.Change, of []mirror.Block) {
	kept := plan.Grounded(ready, p.desired, p.info)
	for i, c := range ready {
		if slices.ContainsFunc(kept, func(k mirror.Change) bool { return k.Mark == c.Mark && k.Verb() == c.Verb() }) {
			left, of = append(left, c), append(of, blocks[i])
		}
	}
	return left, of
}

func onlyDeletes(changes []mirror.Change) []mirror.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c mirror.Change) bool { return c.After != nil })
}

// refuse records that the device, or the driver for it, will not have a change.
// A refused native session with several new sessions in it is tried again with
// one of them at a time, so that one refused session never undoes another. It
// reports whether the next round will differ.
func (p *pass) refuse(c mirror.Change, cause error) bool {
	var culprits []mirror.Placement
	for _, row := range p.concerned(c) {
		if p.moving(row) {
			culprits = append(culprits, row)
		}
	}
	switch len(culprits) {
	case 0:
		p.refused[c.Mark] = cause.Error()
		p.reasons[c.Mark] = refusalReason(cause, "RepairRefused")
		return false
	case 1:
		p.failed[rowKey(culprits[0])] = cause.Error()
		p.reasons[rowKey(culprits[0])] = refusalReason(cause, "Rejected")
	default:
		together := p.changesOptions(culprits) || len(plan.Plans(culprits)) > 0 // alone they would be sent what no plan said
		for i, row := range culprits {
			switch {
			case together:
				p.failed[rowKey(row)] = cause.Error()
				p.reasons[rowKey(row)] = refusalReason(cause, "Rejected")
			case i > 0:
				p.deferred[rowKey(row)] = true
			}
		}
	}
	return true
}

// changesOptions reports whether the options change of a native session that several
// sessions share already, such as its filter. They change, and go back,
// together: one alone would want the destination under other options than the rest.
func (p *pass) changesOptions(culprits []mirror.Placement) bool {
	changed := 0
	for _, row := range culprits {
		if f := p.standing(row); f != nil && row.Applied != nil && f.Spec.ShareKey() != row.Applied.Spec.ShareKey() &&
			f.Spec.DestinationKey() == row.Applied.Spec.DestinationKey() {
			changed++
		}
	}
	return changed > 1
}

// giveUp: the device took the changes and does not hold them. Each goal fails
// once and each repair is refused once, so a run ends.
func (p *pass) giveUp(due []mirror.Change) {
	for _, c := range due {
		why := fmt.Sprintf("%s: accepted %d times and not held", describe(c), maxRounds)
		if err := p.changed[c.Mark]; err != nil {
			why = fmt.Sprintf("%s: tried %d times: %v", describe(c), maxRounds, err)
		}
		busy := errors.Is(p.changed[c.Mark], mirror.ErrBusy) // the device says whose it is
		failed := false
		for _, row := range p.concerned(c) {
			if !p.moving(row) {
				continue
			}
			p.failed[rowKey(row)], failed = why, true
			if busy {
				p.reasons[rowKey(row)] = "Busy"
			}
		}
		if !failed {
			p.refused[c.Mark] = why
			if busy {
				p.reasons[c.Mark] = "Busy"
			}
		}
	}
}

// stillThere ends the run when a placement that the push is for is gone by now
// (released while this run was under way): its native session must not be
// claimed again.
func (p *pass) stillThere(tx mirror.Tx, due []mirror.Change) error {
	fresh, err := tx.PlacementsByDevice(p.w.name)
	if err != nil {
		return err
	}
	for _, c := range due {
		for _, row := range p.concerned(c) {
			if !slices.ContainsFunc(fresh, func(f mirror.Placement) bool { return rowKey(f) == rowKey(row) }) {
				return fmt.Errorf("device %s: session %q was released meanwhile: %w", p.w.name, row.Session, errAgain)
			}
		}
	}
	return nil
}

// errAgain ends a run whose view of the goals is old; the device is fine.
var errAgain = errors.New("goals changed")
