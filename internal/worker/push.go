package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// pushAndVerify makes one round, of those of all changes that are due now. It reports whether anything was learned that
// makes another round worthwhile beyond the bounded number.
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
	tx := strings.ToLower(rand.Text()[:16])
	was, err := p.journal(ctx, tx, due)
	if err != nil {
		return false, err
	}
	p.s.Failpoint("claimed")
	pushCtx, cancel := context.WithTimeout(ctx, p.s.tuning(p.info.Device).Timeouts.Push.Std())
	report, err := p.w.conn.Push(pushCtx, tx, payload)
	cancel()
	if errors.Is(err, mirror.ErrNotSent) {
		return p.unsent(ctx, was, payload, look.And(p.w.memory.named), err)
	}
	p.sent = true
	p.note(payload, report, err)
	if err != nil {
		p.w.forget()
		p.keepTalk(ctx, due)
		return false, deviceFault{fmt.Errorf("device %s: push: %w", p.w.name, err)}
	}
	p.s.Failpoint("pushed")
	if err := p.observe(ctx, look); err != nil {
		return false, err
	}
	p.s.Failpoint("verified")
	var strangers []stranger
	late := map[string]bool{} // marks for which a number was claimed that another hand had taken
	for i, r := range report.Blocks {
		if r.Stranger != nil {
			strangers = append(strangers, stranger{due[i], *r.Stranger})
		}
		switch {
		case r.Err == nil:
			p.pushed = append(p.pushed, due[i])
		case errors.Is(r.Err, mirror.ErrChanged):
			if claimed[due[i].Mark] && p.info.Capabilities.NamedBy() == mirror.Numbered {
				late[r.Mark] = true
			}
			p.changed[r.Mark] = r.Err
			p.s.Log.Info("device changed while we pushed", "device", p.w.name, "mark", r.Mark, "err", r.Err)
		case errors.Is(r.Err, mirror.ErrBusy):
			p.changed[r.Mark], p.busy = r.Err, true
			p.s.Log.Info("device asks to come back later", "device", p.w.name, "mark", r.Mark, "err", r.Err)
		default:
			progress = p.refuse(due[i], r.Err) || progress
		}
	}
	p.compare()
	return progress, p.bookkeep(ctx, due, late, strangers)
}

// A stranger is what another hand put under the number of a change while it was
// pushed.
type stranger struct {
	change mirror.Change
	native mirror.NativeSession
}

// tell writes that a number was taken, to every session concerned.
func (s stranger) tell(tx mirror.Tx, p *pass) error {
	return p.tellTaken(tx, s.change, s.native,
		fmt.Sprintf("another hand put something into native session %s while netmirror had to %s; theirs was left, ours is out of it", s.native.ID, describe(s.change)))
}

// tellTaken writes to every session that a change concerns whose its number is.
func (p *pass) tellTaken(tx mirror.Tx, c mirror.Change, theirs mirror.NativeSession, message string) error {
	names := []string{}
	for _, row := range p.concerned(c) {
		names = append(names, row.Session)
	}
	if len(names) == 0 {
		names = append(names, "")
	}
	for _, name := range names {
		err := tx.AppendEvent(mirror.Event{At: time.Now().UTC(), Type: "NumberTaken", Actor: mirror.ActorSystem, Session: name, Device: p.w.name,
			Message: message, After: mirror.TrafficOn(p.w.name, &theirs)})
		if err != nil {
			return err
		}
	}
	return nil
}

// bookkeep brings the ledger, and what this run knows of it, to what was read
// after a push.
func (p *pass) bookkeep(ctx context.Context, due []mirror.Change, late map[string]bool, strangers []stranger) error {
	var lines []mirror.Native
	err := p.s.Store.Update(ctx, func(tx mirror.Tx) (err error) {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		for _, s := range strangers {
			if err := s.tell(tx, p); err != nil {
				return err
			}
		}
		if err := p.sweep(tx); err != nil {
			return err
		}
		for mark := range late {
			if err := tx.DeleteNative(p.w.name, mark); err != nil {
				return err
			}
		}
		lines, err = tx.Natives(p.w.name)
		return err
	})
	if err == nil {
		p.learn(lines, due)
	}
	return err
}

// learn is the ledger as it is stored now. A line that is new and not of this
// run belongs to a goal that the run does not know (an adoption); it would look
// like a leftover.
func (p *pass) learn(lines []mirror.Native, due []mirror.Change) {
	p.info.Ledger = slices.DeleteFunc(lines, func(l mirror.Native) bool {
		return !p.knew(l) && !slices.ContainsFunc(due, func(c mirror.Change) bool { return c.Mark == l.Mark }) &&
			!slices.ContainsFunc(p.desired, func(d plan.Desired) bool { return d.Mark == l.Mark })
	})
}

// tidy brings the ledger to what was read before anything is pushed: a line of
// what is gone, left by a crash, would hold its number, and the line of a change
// that the device refused bears the mark of what was wanted then.
func (p *pass) tidy(ctx context.Context) error {
	p.compare()
	there, renames := p.own(), plan.Renames(p.desired, p.info)
	stale := slices.ContainsFunc(p.info.Ledger, func(l mirror.Native) bool {
		_, exists := there[l.Mark]
		wanted := slices.ContainsFunc(p.desired, func(d plan.Desired) bool { return d.Mark == l.Mark })
		return !exists && !wanted || renames[l.Mark] != ""
	})
	if !stale {
		return nil
	}
	return p.bookkeep(ctx, nil, nil, nil)
}

// prepare gives ids and text to the changes. One that can have none is refused
// alone; the others go on.
func (p *pass) prepare(due []mirror.Change) (ready []mirror.Change, payload mirror.Payload, progress bool) {
	pins := map[string]string{}
	for _, d := range p.desired {
		pins[d.Mark] = d.Pin
	}
	assigned, errs := plan.AssignIDs(due, pins, p.info)
	if deletes := onlyDeletes(due); errors.Join(errs...) != nil && len(deletes) > 0 && len(deletes) < len(due) {
		// A number may come free: the deletions first, and seen to be done.
		due, assigned, errs = deletes, deletes, make([]error, len(deletes))
		progress = true
	}
	stays := map[string]bool{} // marks whose deletion cannot be said
	for i, c := range assigned {
		var one mirror.Payload
		err := errs[i]
		if err == nil {
			one, err = p.driver.Render(p.facts, p.info.Observation, assigned[i:i+1])
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
		if err != nil {
			stays[c.Mark] = stays[c.Mark] || c.After == nil
			progress = p.refuse(due[i], err) || progress
			continue
		}
		ready = append(ready, c)
		payload.Format = one.Format
		payload.Blocks = append(payload.Blocks, one.Blocks...)
	}
	return ready, payload, progress
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
		for _, row := range culprits[1:] {
			p.deferred[rowKey(row)] = true
		}
	}
	return true
}

// giveUp: the device took the changes and does not hold them. Each goal fails
// once and each repair is refused once, so a run ends.
func (p *pass) giveUp(due []mirror.Change) {
	for _, c := range due {
		why := fmt.Sprintf("%s: accepted %d times and not held", describe(c), maxRounds)
		if err := p.changed[c.Mark]; err != nil {
			why = fmt.Sprintf("%s: tried %d times: %v", describe(c), maxRounds, err)
		}
		failed := false
		for _, row := range p.concerned(c) {
			if p.moving(row) {
				p.failed[rowKey(row)], failed = why, true
			}
		}
		if !failed {
			p.refused[c.Mark] = why
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

func (p *pass) ledgerOf(c mirror.Change) *mirror.Native {
	if c.Before == nil {
		return nil
	}
	mark, own := p.info.Own(*c.Before)
	i := slices.IndexFunc(p.info.Ledger, func(n mirror.Native) bool { return own && n.Mark == mark })
	if i < 0 {
		return nil
	}
	return &p.info.Ledger[i]
}

// note keeps what was said for the operation's transcript.
func (p *pass) note(payload mirror.Payload, report mirror.PushReport, err error) {
	now := time.Now().UTC()
	for i, b := range payload.Blocks {
		x := mirror.Exchange{Device: p.w.name, Mark: b.Mark(), Sent: b.Text, At: now}
		switch {
		case i < len(report.Blocks) && report.Blocks[i].Err != nil:
			x.Answer, x.Error = report.Blocks[i].Answer, report.Blocks[i].Err.Error()
		case i < len(report.Blocks):
			x.Answer = report.Blocks[i].Answer
		case errors.Is(err, mirror.ErrNotSent):
			x.Error = "this was not sent: " + err.Error()
		case err != nil:
			x.Error = "whether the device took this is unknown: " + err.Error()
		}
		p.talk = append(p.talk, x)
	}
}

// keepTalk stores the dialogue of a push whose end is unknown.
func (p *pass) keepTalk(ctx context.Context, due []mirror.Change) {
	err := p.s.Desk.Update(ctx, func(tx mirror.Tx) error {
		for _, c := range due {
			for _, row := range p.concerned(c) {
				if err := p.transcribe(tx, row.Session, []string{c.Mark}); err != nil && !errors.Is(err, mirror.ErrNotFound) {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		p.s.Log.Error("store", "device", p.w.name, "err", err)
	}
}
