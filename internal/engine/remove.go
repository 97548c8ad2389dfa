package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Remove deletes a session: its devices are cleaned first, and the intent
// disappears when every one of them is. deletePolicy orphan releases it at
// once and leaves on the devices what no other session shares.
// A policy given here goes before the session's own: orphan also lets go of a
// session that is being deleted and waits for a device that is gone for good.
func (e *Engine) Remove(ctx context.Context, w Write, name, policy string) (SubmitResult, error) {
	if err := deletePolicy(policy); err != nil {
		return SubmitResult{}, err
	}
	var res SubmitResult
	var left []capacity.End
	var first rollout
	err := e.update(ctx, func(tx mirror.Tx) (err error) {
		if res, left, err = e.leave(tx, w, name, policy); err == nil {
			first, err = e.stepIn(tx, name)
		}
		return err
	})
	if err != nil {
		return SubmitResult{}, err
	}
	e.cfg.Failpoint("accepted")
	e.readmits.add(left...)
	e.stepped(context.WithoutCancel(ctx), name, first, true)
	return res, nil
}

func deletePolicy(policy string) error {
	if policy != "" && policy != mirror.DeleteRemove && policy != mirror.DeleteOrphan {
		return mirror.Refuse(mirror.ErrInvalid, []mirror.Reason{{Code: "bad-value", Message: "deletePolicy must be remove or orphan"}})
	}
	return nil
}

// leave writes that a session is to go, with the rollout that takes it away. left are the
// ends at which less may come at once.
func (e *Engine) leave(tx mirror.Tx, w Write, name, policy string) (res SubmitResult, left []capacity.End, err error) {
	now := time.Now().UTC()
	rec, err := tx.Session(name)
	if err != nil {
		return res, nil, err
	}
	if err := precondition(w, rec.Generation, "session", name); err != nil {
		return res, nil, err
	}
	policy = cmp.Or(policy, rec.Session.DeletePolicy)
	if rec.Deleting && policy != mirror.DeleteOrphan {
		res.Unchanged = true
		if res.View, err = e.viewSession(tx, rec); err == nil {
			res.Operation, err = tx.Operation(rec.Operation)
		}
		return res, nil, err
	}
	typ, what := "SessionDeleteAccepted", "its native sessions are removed"
	if policy == mirror.DeleteOrphan {
		typ, what = "SessionReleased", "what no other session shares stays on the devices and is nobody's now"
	}
	if err := tellLeaving(tx, typ, w.Actor.Name, rec, "by %s, deletePolicy %s: %s", w.Actor.Name, policy, what); err != nil {
		return res, nil, err
	}
	if policy == mirror.DeleteOrphan {
		rows, err := tx.Placements(name)
		if err != nil {
			return res, nil, err
		}
		left = endsAt(united(rows))
		if err := e.release(tx, name); err != nil {
			return res, nil, err
		}
	}
	if rec.Generation, err = tx.NextGeneration(name); err != nil {
		return res, nil, err
	}
	rec.Deleting, rec.Updated, rec.UpdatedBy = true, now, w.Actor.Name
	if res.Operation, err = e.startRollout(tx, &rec, goals{}, "delete", w.Actor.Name, now); err != nil {
		return res, nil, err
	}
	res.View, err = e.viewSession(tx, rec)
	return res, left, err
}

// release forgets what a session holds without touching a device: ledger lines
// that no other session shares, those of its footings too, and its placements.
func (e *Engine) release(tx mirror.Tx, name string) error {
	rows, err := tx.Placements(name)
	if err != nil {
		return err
	}
	for _, row := range rows {
		others, err := tx.PlacementsByDevice(row.Device)
		if err != nil {
			return err
		}
		held, shared := map[string]bool{}, map[string]bool{}
		row.AddMarks(held, e.instance)
		for _, o := range others {
			if o.Session != name {
				o.AddMarks(shared, e.instance)
			}
		}
		for mark := range held {
			if !shared[mark] {
				err = tx.DeleteNative(row.Device, mark)
			} else {
				err = e.releaseParts(tx, row, mark, others)
			}
			if err != nil {
				return err
			}
		}
		if err := tx.DeletePlacement(row.Key()); err != nil {
			return err
		}
	}
	return nil
}

// releaseParts lets go of those parts of a footing that the row alone needs; the
// rest of it is still needed by others.
func (e *Engine) releaseParts(tx mirror.Tx, row mirror.Placement, mark string, others []mirror.Placement) error {
	lines, err := tx.Natives(row.Device)
	i := slices.IndexFunc(lines, func(l mirror.Native) bool { return l.Mark == mark && l.Spec.Footing != nil })
	if err != nil || i < 0 {
		return err
	}
	var mine, needed mirror.Footing
	for _, o := range others {
		if o.Session == row.Session {
			mine = mine.Plus(e.footing(o, mark))
		} else {
			needed = needed.Plus(e.footing(o, mark))
		}
	}
	line := lines[i]
	line.Spec = line.Spec.Footing.Minus(mine.Minus(needed)).Spec()
	return tx.PutNative(line)
}

// footing has the parts of the footing of a mark that a placement needs.
func (e *Engine) footing(row mirror.Placement, mark string) (out mirror.Footing) {
	for _, f := range []*mirror.Fragment{row.Goal, row.Applied} {
		if f == nil {
			continue
		}
		for _, part := range f.Spec.Parts() {
			if part.Footing != nil && mirror.Mark(e.instance, row.Device, part) == mark {
				out = out.Plus(*part.Footing)
			}
		}
	}
	return out
}
