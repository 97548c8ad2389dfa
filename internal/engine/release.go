package engine

import (
	"context"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Release lets the repairs of a device go on that the brake, or somebody who
// keeps changing things back, has stopped, and asks at once for what the device
// refused and rollouts wait to try again. It answers with the device as it was
// known before the repairs, which follow at once.
func (e *Engine) Release(ctx context.Context, w Write, name string) (DeviceView, error) {
	if _, err := e.Device(ctx, name); err != nil {
		return DeviceView{}, err
	}
	now := time.Now().UTC()
	var asked []string
	err := e.states.Change(ctx, name, nil, func(st *mirror.DeviceState) { st.Brake, st.Released = nil, now },
		func(tx mirror.Tx) error {
			lines, err := tx.Natives(name)
			if err != nil {
				return err
			}
			if asked, err = askAgain(tx, name); err != nil {
				return err
			}
			for _, l := range lines {
				if l.Contended == nil && len(l.Repairs) == 0 {
					continue
				}
				l.Contended, l.Repairs = nil, nil
				if err := tx.PutNative(l); err != nil {
					return err
				}
			}
			return mirror.Tell(tx, "DeviceReleased", w.Actor.Name, "", name, "repairs go on")
		})
	if err != nil {
		return DeviceView{}, err
	}
	for _, session := range asked {
		e.sessions.add(session)
	}
	if w := e.worker(name); w != nil {
		w.Hint() // what is read decides
		w.Kick()
	}
	return e.Device(ctx, name)
}

// askAgain makes the refused goals of a device due, of rollouts that are not
// over, and names their sessions.
func askAgain(tx mirror.Tx, device string) ([]string, error) {
	rows, err := tx.PlacementsByDevice(device)
	if err != nil {
		return nil, err
	}
	var sessions []string
	for _, row := range rows {
		if !row.FailedGoal() {
			continue
		}
		rec, err := tx.Session(row.Session)
		if err != nil {
			return nil, err
		}
		op, err := tx.Operation(rec.Operation)
		if err != nil {
			return nil, err
		}
		if !op.State.Open() {
			continue
		}
		row.GoalRev, row.FailedRev, row.Failure = row.GoalRev+1, 0, ""
		if err := tx.PutPlacement(row); err != nil {
			return nil, err
		}
		sessions = append(sessions, row.Session)
	}
	return sessions, nil
}
