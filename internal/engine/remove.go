package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Remove deletes a session: its devices are cleaned first, and the intent
// disappears when every one of them is. deletePolicy orphan releases it at
// once and leaves on the devices what no other session shares.
// A policy given here goes before the session's own: orphan also lets go of a
// session that is being deleted and waits for a device that is gone for good.
func (e *Engine) Remove(ctx context.Context, w Write, name, policy string) (SubmitResult, error) {
	if policy != "" && policy != mirror.DeleteRemove && policy != mirror.DeleteOrphan {
		return SubmitResult{}, mirror.Refuse(mirror.ErrInvalid, []mirror.Reason{{Code: "bad-value", Message: "deletePolicy must be remove or orphan"}})
	}
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
		policy := cmp.Or(policy, rec.Session.DeletePolicy)
		if rec.Deleting && policy != mirror.DeleteOrphan {
			res.Unchanged = true
			if res.View, err = e.viewSession(tx, rec); err == nil {
				res.Operation, err = tx.Operation(rec.Operation)
			}
			return err
		}
		typ, what := "SessionDeleteAccepted", "its native sessions are removed"
		if policy == mirror.DeleteOrphan {
			typ, what = "SessionReleased", "what no other session shares stays on the devices and is nobody's now"
		}
		if err := tellLeaving(tx, typ, w.Actor.Name, rec, "by %s, deletePolicy %s: %s", w.Actor.Name, policy, what); err != nil {
			return err
		}
		if policy == mirror.DeleteOrphan {
			if err := e.release(tx, name); err != nil {
				return err
			}
		}
		if rec.Generation, err = tx.NextGeneration(name); err != nil {
			return err
		}
		rec.Deleting, rec.Updated = true, now
		if res.Operation, err = e.startRollout(tx, &rec, nil, "delete", w.Actor.Name, now); err != nil {
			return err
		}
		res.View, err = e.viewSession(tx, rec)
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
				err = e.releaseTrunks(tx, row, mark, others)
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

// releaseTrunks lets go of the trunks of a remote VLAN that no other session than
// that of the row needs; the VLAN itself is still needed.
func (e *Engine) releaseTrunks(tx mirror.Tx, row mirror.Placement, mark string, others []mirror.Placement) error {
	lines, err := tx.Natives(row.Device)
	i := slices.IndexFunc(lines, func(l mirror.Native) bool { return l.Mark == mark && l.Spec.Role == mirror.RoleRSPANTransit })
	if err != nil || i < 0 {
		return err
	}
	line := lines[i]
	line.Spec.Trunks = slices.DeleteFunc(slices.Clone(line.Spec.Trunks), func(t mirror.PortName) bool {
		return !slices.ContainsFunc(others, func(o mirror.Placement) bool {
			return o.Session != row.Session && slices.ContainsFunc([]*mirror.Fragment{o.Goal, o.Applied}, func(f *mirror.Fragment) bool {
				return f != nil && f.Spec.RemoteVLAN == line.Spec.RemoteVLAN && slices.Contains(f.Spec.Trunks, t)
			})
		})
	})
	return tx.PutNative(line)
}
