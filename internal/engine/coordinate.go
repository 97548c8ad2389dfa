package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// coordinate moves rollouts until ctx ends. It is one goroutine: the steps are
// short store transactions, and the devices are driven elsewhere.
func (e *Engine) coordinate(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.sessions.signal:
		}
		for name, waited, ok := e.sessions.take(); ok && ctx.Err() == nil; name, waited, ok = e.sessions.take() {
			if err := e.step(ctx, name, waited); err != nil && ctx.Err() == nil {
				e.log.Error("rollout step", "session", name, "err", err)
				e.later(ctx, name, time.Second)
			}
		}
	}
}

// later looks at a session again after a while.
func (e *Engine) later(ctx context.Context, session string, after time.Duration) {
	if ctx.Err() == nil { // a timer that outlives the engine adds to a queue that nobody reads
		time.AfterFunc(after, func() { e.sessions.add(session) })
	}
}

// A rollout is one step of the coordinator over one session.
type rollout struct {
	rec   mirror.SessionRecord
	rows  []mirror.Placement
	op    mirror.Operation
	wake  []string      // devices whose goals moved
	again time.Duration // when a refused goal is due to be tried again
	ended bool
	left  []capacity.End // at which less may come now
	retry time.Duration
}

// step makes the next step of a session's rollout, if one is open, and brings
// its status up to date, in one transaction. What somebody waits for has something
// to write.
func (e *Engine) step(ctx context.Context, name string, waited bool) error {
	var r rollout
	write := func(tx mirror.Tx) (err error) {
		r, err = e.stepIn(tx, name)
		return err
	}
	// As in record: a read-only transaction that succeeds had nothing to write.
	wrote := waited || e.store.View(ctx, write) != nil
	if wrote {
		if err := e.update(ctx, write); err != nil {
			return err
		}
	}
	e.stepped(ctx, name, r, wrote)
	return nil
}

// stepIn is step as a part of a transaction; stepped must follow when it is stored.
func (e *Engine) stepIn(tx mirror.Tx, name string) (r rollout, err error) {
	r.retry = e.cfg.Timeouts.Retry
	if r.rec, err = tx.Session(name); errors.Is(err, mirror.ErrNotFound) {
		return r, nil
	} else if err != nil {
		return r, err
	}
	if r.rows, err = tx.Placements(name); err != nil {
		return r, err
	}
	if r.rec.Operation != "" {
		if r.op, err = tx.Operation(r.rec.Operation); err != nil {
			return r, err
		}
	}
	return r, r.advance(tx, e, time.Now().UTC())
}

// stepped has everybody go on with a step that is stored.
func (e *Engine) stepped(ctx context.Context, name string, r rollout, wrote bool) {
	if wrote && len(r.wake) > 0 {
		e.cfg.Failpoint("goal-moved")
	}
	e.tally.touch(name) // what may be told of it can change without a write
	e.cfg.Watch.SessionChanged(name)
	if r.again > 0 {
		e.later(ctx, name, r.again)
	}
	for _, d := range r.wake {
		if w := e.worker(d); w != nil {
			w.Kick()
		}
	}
	e.readmits.add(r.left...)
	if r.ended {
		e.log.Info("rollout ended", "session", name, "op", r.op.ID, "state", string(r.op.State), "detail", r.op.Message)
	}
}

// advance works on copies and writes what changed.
func (r *rollout) advance(tx mirror.Tx, e *Engine, now time.Time) error {
	rec, op, rows := r.rec, r.op, slices.Clone(r.rows)
	r.op.Steps = slices.Clone(op.Steps)
	if r.op.State.Open() {
		r.move(now)
	}
	// A rollout can succeed over drift that is only reported; the generation is
	// observed when the devices hold it.
	absent := func(p mirror.Placement) bool { return p.Goal != nil && p.Configured.State != mirror.True }
	if r.op.State == mirror.OpSucceeded && r.op.Generation == r.rec.Generation && !slices.ContainsFunc(r.rows, absent) {
		r.rec.ObservedGeneration = r.rec.Generation
	}
	if r.ended {
		r.left = left(rows, r.rows)
	}
	gone := r.rec.Deleting && r.op.State == mirror.OpSucceeded
	if !gone {
		if err := r.status(tx, e, now); err != nil {
			return err
		}
	}
	for i, row := range rows {
		if row.Key() == r.rows[i].Key() {
			continue
		}
		if err := tx.DeletePlacement(row.Key()); err != nil {
			return err
		}
	}
	for i, row := range r.rows {
		var err error
		switch {
		case gone || !r.op.State.Open() && row.Empty():
			err = tx.DeletePlacement(row.Key())
		case !reflect.DeepEqual(row, rows[i]):
			err = tx.PutPlacement(row)
		}
		if err != nil {
			return err
		}
	}
	if !reflect.DeepEqual(op, r.op) {
		if err := tx.PutOperation(r.op); err != nil {
			return err
		}
	}
	if err := r.tell(tx, rec, op, held(rows, good)); err != nil {
		return err
	}
	switch {
	case gone:
		return tx.DeleteSession(r.rec.Session.Name)
	case !reflect.DeepEqual(rec, r.rec):
		return tx.PutSession(r.rec)
	}
	return nil
}

// status brings the status up to date. That devices were not read since the start
// is told to who asks (viewSession), and neither stored nor an event of every
// session at every start: what was known before stands in the store until they
// are read.
func (r *rollout) status(tx mirror.Tx, e *Engine, now time.Time) error {
	told, unread, err := e.remembered(tx, r.rows)
	if err != nil {
		return err
	}
	e.takeMeasured(&r.rec)
	next := plan.Status(r.rec, told, r.op, now)
	ended := []mirror.Phase{mirror.Active, mirror.Degraded, mirror.Uncertain}
	if !unread || next.Phase != mirror.Uncertain || !slices.Contains(ended, r.rec.Phase) {
		r.rec = next
	}
	return nil
}

// move makes the next moves of goals, turns the rollout back, or ends it.
func (r *rollout) move(now time.Time) {
	r.settleSteps(now)
	if r.rec.Waiting != nil {
		return // not decided yet
	}
	p := plan.Advance(r.rows)
	if stale := r.stale(p.Failed); len(stale) > 0 {
		// Refused under an earlier rollout: this one has not asked yet.
		for _, i := range stale {
			r.setGoal(i, now)
		}
		return
	}
	stale := r.planStale(p.Failed)
	if len(p.Failed) > 0 && r.op.State == mirror.OpRunning && (stale || r.turnsBack()) {
		r.op.State = mirror.OpRollingBack
		if stale {
			r.op.Code, r.rec.Deleting = mirror.CodePlanStale, false // it stays, since nothing else was agreed to
		}
		r.op.Message = r.failures(p.Failed)
		r.turnBack()
		p = plan.Advance(r.rows)
	}
	switch {
	case len(p.Failed) > 0:
		r.waitOrRetry(p.Failed, now)
	case len(p.Moves) > 0:
		for _, i := range p.Moves {
			r.setGoal(i, now)
		}
	case p.Done():
		r.end(now)
	}
}

// turnBack aims at what stood before, under the names that it had.
func (r *rollout) turnBack() {
	names := map[mirror.PlacementKey]string{}
	for i := range r.rows {
		key := r.rows[i].Key()
		r.rows[i].Aim(r.rows[i].Good)
		r.rows[i].Planned = nil // the way back is made from what is found
		names[key] = r.rows[i].Ends
	}
	for i, s := range r.op.Steps {
		if ends, ok := names[s.Key(r.op.Session)]; ok {
			r.op.Steps[i].Ends = ends
		}
	}
}

// turnsBack says whether what devices refuse is undone: of a removal never, else as the
// session says. A step of relief always is: another one may do.
func (r *rollout) turnsBack() bool {
	return r.op.Type == opRelief || r.rec.Session.OnFailure == mirror.FailureRollback && r.wantsAnything()
}

// planStale reports whether a device was to be sent what the plan of the rollout did not
// say.
func (r *rollout) planStale(failed []int) bool {
	return slices.ContainsFunc(failed, func(i int) bool {
		return r.rows[i].Planned != nil && r.rows[i].Configured.Reason == mirror.ReasonPlanStale
	})
}

// wantsAnything is false for removals, which are never turned back.
func (r *rollout) wantsAnything() bool {
	return slices.ContainsFunc(r.rows, func(p mirror.Placement) bool { return p.Target != nil })
}

// stale are the refused goals that this rollout did not set.
func (r *rollout) stale(failed []int) []int {
	var out []int
	for _, i := range failed {
		row := r.rows[i]
		if !slices.ContainsFunc(r.op.Steps, func(s mirror.Step) bool { return s.Of(row) }) {
			out = append(out, i)
		}
	}
	return out
}

func (r *rollout) setGoal(i int, now time.Time) {
	row := &r.rows[i]
	row.Goal, row.GoalRev = row.Target, row.GoalRev+1
	row.FailedRev, row.Failure = 0, ""
	if row.Configured.Reason == "NotPushed" { // which was said of the goal before
		row.Configured = mirror.Check{}
	}
	action := "apply"
	switch {
	case r.op.State == mirror.OpRollingBack:
		action = "undo"
	case row.Goal == nil:
		action = "remove"
	}
	r.op.Steps = append(r.op.Steps, mirror.Step{Device: row.Device, Role: row.Role, Ends: row.Ends, Action: action, State: "moving", Rev: row.GoalRev, At: now})
	r.wake = append(r.wake, row.Device)
}

// settleSteps writes down which of the moves were reached or refused.
func (r *rollout) settleSteps(now time.Time) {
	for i := range r.op.Steps {
		s := &r.op.Steps[i]
		if s.State != "moving" {
			continue
		}
		j := slices.IndexFunc(r.rows, s.Of)
		switch {
		case j < 0:
		case r.rows[j].GoalRev > s.Rev && r.rows[j].AppliedRev != s.Rev && r.rows[j].FailedRev != s.Rev:
			s.State, s.At = "given up", now
		case r.rows[j].AppliedRev >= s.Rev:
			s.State, s.At = "done", now
		case r.rows[j].FailedRev >= s.Rev:
			s.State, s.Message, s.At = "failed", r.rows[j].Failure, now
		}
	}
}

func (r *rollout) failures(failed []int) string {
	var out []string
	for _, i := range failed {
		out = append(out, r.rows[i].Device+": "+r.rows[i].Failure)
	}
	return strings.Join(out, "; ")
}

// waitOrRetry tries refused goals again after a pause: a removal always, the
// rest where the session says so or while turning back. The pause doubles from a
// second to the configured one: another engineer's configuration lock is gone
// soon, a full table is not.
func (r *rollout) waitOrRetry(failed []int, now time.Time) {
	if r.op.State == mirror.OpRunning {
		r.op.Message = r.failures(failed)
	}
	for _, i := range failed {
		since, times := now, 0
		for _, s := range r.op.Steps {
			if s.Of(r.rows[i]) && s.State == "failed" {
				since, times = s.At, times+1
			}
		}
		pause := min(r.retry, time.Second<<min(max(times-1, 0), 10))
		if left := pause - now.Sub(since); left > 0 {
			if r.again == 0 || left < r.again {
				r.again = left
			}
			continue
		}
		r.setGoal(i, now)
	}
	if n := len(r.op.Steps); n > maxSteps { // of a rollout that is tried again for days
		r.op.Steps = r.op.Steps[n-maxSteps:]
	}
}

const maxSteps = 200

func (r *rollout) end(now time.Time) {
	r.ended = true
	r.op.Finished = now
	for i := range r.rows {
		r.rows[i].Planned = nil
	}
	if r.op.State == mirror.OpRollingBack {
		r.op.State = mirror.OpFailed
		switch r.op.Type {
		case opRelief:
			r.rec.Relief = reliefRefused(r.rec.Relief, r.op.Message, now)
		case "delete": // the intent is as it was
		default:
			r.rec.Refused = r.op.Generation
		}
		return
	}
	if r.op.Type == opRelief {
		r.rec.Relief = reliefDone(r.rec.Relief)
	}
	r.op.State, r.op.Message = mirror.OpSucceeded, ""
	for i := range r.rows {
		r.rows[i].Good = r.rows[i].Applied
	}
}

// tell writes the events of this step. before is what the devices held when the
// last rollout had ended well.
func (r *rollout) tell(tx mirror.Tx, rec mirror.SessionRecord, op mirror.Operation, before *mirror.Traffic) error {
	name := r.rec.Session.Name
	if op.State != r.op.State {
		e := mirror.Event{At: time.Now().UTC(), Actor: r.op.Actor, Session: name, Before: before, After: held(r.rows, applied),
			Type: map[mirror.OperationState]string{mirror.OpSucceeded: "RolloutSucceeded", mirror.OpFailed: "RolloutFailed", mirror.OpRollingBack: "RolloutTurnedBack"}[r.op.State]}
		switch {
		case r.rec.Deleting && r.op.State == mirror.OpSucceeded:
			e.Type, e.Message, e.After = "SessionDeleted", "the intent is gone", nil
			if before != nil {
				e.Message += "; the devices copied " + before.String() + ", and copy nothing of it any more"
			}
		case r.op.State == mirror.OpRollingBack:
			e.Message = fmt.Sprintf("goes back to copying %s", before)
		case r.op.State == mirror.OpFailed:
			e.Message = fmt.Sprintf("undone; copies %s", e.After)
		default:
			e.Message = fmt.Sprintf("the devices copied %s; they copy %s", before, e.After)
		}
		e.Message = told(fmt.Sprintf("generation %d by %s", r.op.Generation, r.op.Actor), told(e.Message, r.op.Message))
		if err := tx.AppendEvent(e); err != nil {
			return err
		}
	}
	if rec.Phase != r.rec.Phase {
		if err := mirror.Tell(tx, "PhaseChanged", mirror.ActorSystem, name, "", "%s to %s (%s)", rec.Phase, r.rec.Phase, explained(r.rec)); err != nil {
			return err
		}
	}
	return r.tellMeasured(tx, rec)
}

// told joins what is known: "what", or "what: more".
func told(what, more string) string {
	if more == "" {
		return what
	}
	return what + ": " + more
}
