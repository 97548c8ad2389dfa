package engine

import (
	"context"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Remove deletes a session: its devices are cleaned first, and the intent
// disappears when every one of them is. deletePolicy orphan releases it at
// once and leaves on the devices what no other session shares.
func (e *Engine) Remove(ctx context.Context, w Write, name string) (SubmitResult, error) {
	var res SubmitResult
	err := e.update(ctx, func(tx mirror.Tx) error {
		now := time.Now().UTC()
		rec, err := tx.Session(name)
		if err != nil {
			return err
		}
		if err := precondition(w, rec.Generation, "session", name); err != nil {
			return err
		}
		if rec.Deleting && rec.Session.DeletePolicy != mirror.DeleteOrphan {
			res.Unchanged = true
			if res.View, err = viewSession(tx, rec); err == nil {
				res.Operation, err = tx.Operation(rec.Operation)
			}
			return err
		}
		if rec.Session.DeletePolicy == mirror.DeleteOrphan {
			if err := e.release(tx, name); err != nil {
				return err
			}
		}
		rec.Deleting, rec.Generation, rec.Updated = true, rec.Generation+1, now
		if res.Operation, err = e.startRollout(tx, &rec, nil, "delete", w.Actor.Name, now); err != nil {
			return err
		}
		if err := event(tx, "SessionDeleteAccepted", w.Actor.Name, name, "", "deletePolicy %s", rec.Session.DeletePolicy); err != nil {
			return err
		}
		res.View, err = viewSession(tx, rec)
		return err
	})
	if err != nil {
		return SubmitResult{}, err
	}
	e.cfg.Failpoint("accepted")
	e.sessions.add(name)
	return res, nil
}

// release forgets what a session holds without touching a device: ledger lines
// that no other session shares, and its placements.
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
		for _, f := range []*mirror.Fragment{row.Goal, row.Applied} {
			if f == nil {
				continue
			}
			mark := mirror.Mark(e.instance, row.Device, f.Spec)
			shared := slices.ContainsFunc(others, func(o mirror.Placement) bool {
				return o.Session != name && (o.Mark == mark || o.Goal != nil && mirror.Mark(e.instance, row.Device, o.Goal.Spec) == mark)
			})
			if shared {
				continue
			}
			if err := tx.DeleteNative(row.Device, mark); err != nil {
				return err
			}
		}
		if err := tx.DeletePlacement(name, row.Device, row.Role); err != nil {
			return err
		}
	}
	return nil
}
