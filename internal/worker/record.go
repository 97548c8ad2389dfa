package worker

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// maxTranscript bounds what an operation remembers of its dialogue.
const maxTranscript = 40

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
	// write, so its success means that there is nothing to write.
	if p.s.Store.View(ctx, write) != nil {
		if err := p.s.Desk.Update(ctx, write); err != nil {
			return err
		}
		p.s.Failpoint("recorded")
	}
	p.remember(left)
	if len(left) == 0 {
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

// remade: a placement that was released and made again while the run was under
// way counts its revisions anew, so that a number alone proves nothing.
func remade(row, seen mirror.Placement) bool {
	return row.GoalRev < seen.GoalRev || row.GoalRev == seen.GoalRev && !plan.SameFragment(row.Goal, seen.Goal)
}

// outcome is a placement after the run. seen is the row as the run knew it:
// what was reached is the goal of then.
func (p *pass) outcome(row, seen mirror.Placement, left []mirror.Change, now time.Time) mirror.Placement {
	i := slices.IndexFunc(left, func(c mirror.Change) bool { return p.touches(c, seen) && !p.gone(c, seen) })
	native, doubt := p.nativeOf(seen), p.doubtful(seen)
	switch failure := p.failed[rowKey(seen)]; {
	case failure != "":
		row.FailedRev, row.Failure = seen.GoalRev, failure
		row.Configured = mirror.Check{State: mirror.False, Reason: cmp.Or(p.reasons[rowKey(seen)], "Rejected"), Message: failure}
	case seen.FailedGoal(): // what was held before stands in its place
		if row.Configured.Message != seen.Failure {
			row.Configured = mirror.Check{State: mirror.False, Reason: "Rejected", Message: seen.Failure}
		}
	case doubt != "":
		row.Configured = mirror.Check{State: mirror.Unknown, Reason: reasonOf(mirror.ErrParse), Message: doubt}
	case i >= 0:
		row.Configured = p.differs(left[i])
	case p.missing[rowKey(seen)] != "":
		row.Configured = mirror.Check{State: mirror.False, Reason: "PortMissing", Message: "the device has no port " + p.missing[rowKey(seen)] + " any more; the rest is configured"}
	default:
		row.Configured = mirror.Check{State: mirror.True, Reason: "ReadBack"}
	}
	row.Programmed, row.Persisted = p.programmed(seen, native), p.persisted(row, seen, native)
	if doubt != "" {
		row.Programmed = mirror.Check{State: mirror.Unknown, Reason: reasonOf(mirror.ErrParse)}
	}
	if i >= 0 || doubt != "" || seen.FailedGoal() || p.failed[rowKey(seen)] != "" || seen.Settled() {
		return row
	}
	adopted := plan.SameFragment(seen.Applied, seen.Goal) // held already: there is nothing to wait for
	if why := p.unprogrammed(native, now); why != "" && !adopted {
		if why != "wait" {
			row.FailedRev, row.Failure = seen.GoalRev, why
		}
		return row
	}
	row.Applied, row.AppliedRev = seen.Goal, seen.GoalRev
	row.FailedRev, row.Failure = 0, ""
	row.Mark, row.NativeID = "", ""
	if native != nil {
		row.Mark, row.NativeID = mirror.Mark(p.s.Instance, p.w.name, seen.Goal.Spec), native.ID
	}
	return row
}

// gone: a placement that is to go has nothing in a native session that is
// somebody else's now, whoever of its sharers still wants that.
func (p *pass) gone(c mirror.Change, row mirror.Placement) bool {
	return p.lost[c.Mark] != "" && p.standing(row) == nil
}

// nativeOf finds the native session on the device that carries a placement.
func (p *pass) nativeOf(row mirror.Placement) *mirror.NativeSession {
	f := p.standing(row)
	if f == nil {
		return nil
	}
	n, ok := p.own()[mirror.Mark(p.s.Instance, p.w.name, f.Spec)]
	if !ok {
		return nil
	}
	return &n
}

// own maps marks to our native sessions as last observed, chosen as Diff does.
func (p *pass) own() map[string]mirror.NativeSession {
	wanted := map[string]bool{}
	for _, d := range p.desired {
		wanted[d.Mark] = true
	}
	return plan.Own(p.info, wanted)
}

func (p *pass) differs(c mirror.Change) mirror.Check {
	check := mirror.Check{State: mirror.False, Reason: "Drift", Message: describe(c)}
	if why := p.holdsBack(); why != "" {
		check.Reason, check.Message = "NotPushed", why+"; it would "+describe(c)
	} else if id := p.lost[c.Mark]; id != "" {
		check.Reason, check.Message = "OwnershipLost", fmt.Sprintf("native session %s is somebody else's now: its copies do not end where netmirror's ended", id)
	} else if why := p.contended[c.Mark]; why != "" {
		check.Reason, check.Message = "Contended", why
	} else if why := p.refused[c.Mark]; why != "" {
		check.Reason, check.Message = cmp.Or(p.reasons[c.Mark], "RepairRefused"), why
	} else if p.braked != "" {
		check.Reason, check.Message = "Brake", p.braked+"; it would "+describe(c)
	}
	return check
}

// describe tells a change in words: what has to be done to the device.
func describe(c mirror.Change) string {
	switch {
	case c.Before == nil:
		return fmt.Sprintf("create native session %s, which is missing", c.Mark)
	case c.After == nil:
		return fmt.Sprintf("delete native session %s", c.Before.ID)
	}
	return fmt.Sprintf("change native session %s: %s", c.Before.ID, plan.Difference(c.Before.Spec, c.After.Spec))
}

func (p *pass) programmed(row mirror.Placement, n *mirror.NativeSession) mirror.Check {
	switch {
	case row.Role.Footing() && p.standing(row) != nil:
		return mirror.Check{State: mirror.True, Reason: "ReadBack"} // a VLAN and trunks have no other state
	case n == nil:
		return mirror.Check{}
	case n.Programmed == mirror.True:
		return mirror.Check{State: mirror.True, Reason: "Confirmed", Message: n.ProgrammedReason}
	case n.Programmed == mirror.False:
		return mirror.Check{State: mirror.False, Reason: "NotProgrammed", Message: n.ProgrammedReason}
	}
	return mirror.Check{State: mirror.Unknown, Reason: "NotTold", Message: n.ProgrammedReason}
}

// unprogrammed says whether a rollout must still wait for the device to
// program what it accepted ("wait"), or why it waited long enough.
func (p *pass) unprogrammed(n *mirror.NativeSession, now time.Time) string {
	if n == nil || n.Programmed != mirror.False {
		return ""
	}
	since, ok := p.w.unsettled[n.ID]
	if !ok {
		since = now
		p.w.unsettled[n.ID] = now
	}
	if now.Sub(since) < p.s.Timeouts.Settle {
		return "wait"
	}
	return fmt.Sprintf("accepted, but not programmed within %v: %s", p.s.Timeouts.Settle, n.ProgrammedReason)
}

// transcribe adds the dialogue of this run to the rollout of a session.
func (p *pass) transcribe(tx mirror.Tx, session string, marks []string) error {
	var said []mirror.Exchange
	for _, x := range p.talk {
		if slices.Contains(marks, x.Mark) {
			said = append(said, x)
		}
	}
	if len(said) == 0 {
		return nil
	}
	rec, err := tx.Session(session)
	if err != nil || rec.Operation == "" {
		return err
	}
	op, err := tx.Operation(rec.Operation)
	if err != nil || !op.State.Open() {
		return err
	}
	op.Transcript = append(op.Transcript, said...)
	if n := len(op.Transcript); n > maxTranscript {
		op.Transcript = op.Transcript[n-maxTranscript:]
	}
	return tx.PutOperation(op)
}

// tellDrift writes events: once when drift is seen and left alone, once when it
// was repaired.
func (p *pass) tellDrift(tx mirror.Tx, left []mirror.Change) error {
	told := map[string]bool{}
	for _, c := range p.pushed {
		rows := p.concerned(c)
		rollout := slices.ContainsFunc(rows, func(r mirror.Placement) bool { return !r.Settled() })
		undone := slices.ContainsFunc(left, func(l mirror.Change) bool { return l.Mark == c.Mark })
		if len(rows) == 0 || rollout || undone || told[c.Mark] {
			continue
		}
		told[c.Mark] = true
		if err := driftEvent(tx, "DriftRepaired", p.w.name, rows, c); err != nil {
			return err
		}
	}
	for _, c := range left {
		rows := p.concerned(c)
		if len(rows) == 0 || p.waits(c) || p.w.reported[c.Mark] == describe(c) {
			continue
		}
		if err := driftEvent(tx, "DriftSeen", p.w.name, rows, c); err != nil {
			return err
		}
	}
	return nil
}

func driftEvent(tx mirror.Tx, typ, device string, rows []mirror.Placement, c mirror.Change) error {
	for _, row := range rows {
		if err := tx.AppendEvent(changeEvent(typ, row.Session, device, describe(c), c)); err != nil {
			return err
		}
	}
	return nil
}

// changeEvent is of a change of one native session: what the device held and
// what it shall hold.
func changeEvent(typ, session, device, message string, c mirror.Change) mirror.Event {
	e := mirror.Event{At: time.Now().UTC(), Type: typ, Actor: mirror.ActorSystem, Session: session, Device: device,
		Before: mirror.TrafficOn(device, c.Before), After: mirror.TrafficOn(device, c.After)}
	e.Message = fmt.Sprintf("%s (was %s; shall be %s)", message, e.Before, e.After)
	return e
}

// remember keeps, in memory, what was told and what waits to be programmed.
func (p *pass) remember(left []mirror.Change) {
	clear(p.w.reported)
	for _, c := range left {
		if !p.waits(c) {
			p.w.reported[c.Mark] = describe(c)
		}
	}
	unsettled := map[string]time.Time{}
	for _, n := range p.own() {
		if n.Programmed == mirror.False {
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
		if err := tx.CloseJournal(p.w.name, j.Tx); err != nil {
			return err
		}
	}
	return nil
}

// sweep brings the ledger to what was read. Of the footings of a remote VLAN
// only what netmirror added and is still there stays netmirror's. A line that this
// run did not know when it looked (of an adoption meanwhile) is left alone, and one
// that is gone (of a release) does not come back.
func (p *pass) sweep(tx mirror.Tx) error {
	there, renames := p.own(), plan.Renames(p.desired, p.info)
	wanted := map[string]bool{}
	for _, d := range p.desired {
		wanted[d.Mark] = true
	}
	lines, err := tx.Natives(p.w.name)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if to := renames[l.Mark]; to != "" {
			if err := rename(tx, l, to, there[l.Mark]); err != nil {
				return err
			}
			delete(there, l.Mark)
			continue
		}
		n, exists := there[l.Mark]
		delete(there, l.Mark)
		next := l
		if exists {
			next.Handle, next.ID = n.Handle, n.ID
		}
		if l.Spec.Role == mirror.RoleRSPANTransit {
			next.Spec = plan.Held(l, p.info.Observation)
		}
		settled := exists && !l.Spec.Role.Footing() && wanted[l.Mark] && l.Sent.Vacant() && l.Spec.Equal(n.Spec)
		if (l.Contended != nil || !settled) && !p.differsAt(l.Mark) {
			next.Contended = nil // it is as it shall be again
			if exists && !l.Spec.Role.Footing() && wanted[l.Mark] {
				next.Spec, next.Sent = n.Spec, mirror.NativeSpec{} // what was claimed for a push that was refused is not there
			}
		}
		switch {
		case !exists && !wanted[l.Mark] && !p.knew(l):
		case !exists && !wanted[l.Mark]:
			err = tx.DeleteNative(p.w.name, l.Mark)
		case !reflect.DeepEqual(next, l):
			err = tx.PutNative(next)
		}
		if err != nil {
			return err
		}
	}
	if len(there) == 0 {
		return nil
	}
	needed, err := p.needed(tx)
	if err != nil {
		return err
	}
	for mark, n := range there { // of ours by its mark, and not in the ledger
		if !needed[mark] {
			continue
		}
		line := mirror.Native{Device: p.w.name, Mark: mark, ID: n.ID, Handle: n.Handle, Spec: n.Spec, Created: time.Now().UTC()}
		if err := tx.PutNative(line); err != nil {
			return err
		}
	}
	return nil
}

// rename gives the line of a native session that stayed as it was its mark.
func rename(tx mirror.Tx, l mirror.Native, mark string, n mirror.NativeSession) error {
	if err := tx.DeleteNative(l.Device, l.Mark); err != nil {
		return err
	}
	l.Mark, l.Spec = mark, n.Spec
	return tx.PutNative(l)
}

// needed are the marks that placements need as they are now: what was released
// while the run was under way is nobody's any more, and a line that came back
// would make it a leftover that has to go.
func (p *pass) needed(tx mirror.Tx) (map[string]bool, error) {
	rows, err := tx.PlacementsByDevice(p.w.name)
	out := map[string]bool{}
	for _, row := range rows {
		row.AddMarks(out, p.s.Instance)
	}
	return out, err
}

// knew reports whether the ledger as this run knows it has the line's mark.
func (p *pass) knew(l mirror.Native) bool {
	return slices.ContainsFunc(p.info.Ledger, func(k mirror.Native) bool { return k.Mark == l.Mark })
}

// differsAt reports whether something is left to do about a mark.
func (p *pass) differsAt(mark string) bool {
	return slices.ContainsFunc(plan.Diff(p.desired, p.info), func(c mirror.Change) bool { return c.Mark == mark || c.Was == mark })
}
