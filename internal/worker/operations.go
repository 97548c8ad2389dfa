package worker

import (
	"cmp"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A repairing is the operation of what a run repairs for one session.
type repairing struct {
	op    mirror.Operation
	marks []string
	rows  []mirror.Placement
}

func newOperation(typ, device string, now time.Time) mirror.Operation {
	return mirror.Operation{ID: "op-" + strings.ToLower(rand.Text()[:16]), Device: device, Type: typ, Actor: mirror.ActorSystem, Created: now}
}

// beginRepairs opens operations for what of a push is a repair, one for each session
// concerned, with what will be sent: after a crash nobody knows whether the device took it.
func (p *pass) beginRepairs(due []mirror.Change, payload mirror.Payload, now time.Time) {
	pending := map[string][]mirror.Exchange{}
	for i, c := range due {
		if p.purpose(c) != toRepair {
			continue
		}
		rows := p.concerned(c)
		if len(rows) == 0 {
			rows = []mirror.Placement{{Device: p.w.name}}
		}
		for _, row := range rows {
			r := p.repairs[row.Session]
			if r == nil {
				r = &repairing{op: newOperation(mirror.OpRepair, p.w.name, now)}
				r.op.Session, r.op.State = row.Session, mirror.OpRunning
				p.repairs[row.Session] = r
			}
			if !slices.Contains(r.marks, c.Mark) {
				r.marks = append(r.marks, c.Mark)
			}
			if row.Role != "" && !slices.ContainsFunc(r.rows, func(o mirror.Placement) bool { return o.Key() == row.Key() }) {
				r.rows = append(r.rows, row)
			}
			pending[row.Session] = append(pending[row.Session], mirror.Exchange{Device: p.w.name, Mark: c.Mark, Sent: payload.Blocks[i].Text, At: now,
				Error: "whether the device took this is unknown: the controller was lost"})
		}
	}
	for session, exchanges := range pending {
		r := p.repairs[session]
		r.op.Transcript = append(r.said(p.talk), exchanges...)
	}
}

// said is what was sent for the marks of a repair.
func (r *repairing) said(talk []mirror.Exchange) (out []mirror.Exchange) {
	for _, x := range talk {
		if slices.Contains(r.marks, x.Mark) {
			out = append(out, x)
		}
	}
	return out[max(0, len(out)-maxTranscript):]
}

// end tells what became of a repair: why is "" when the device holds what it shall.
func (r *repairing) end(talk []mirror.Exchange, why string, now time.Time) {
	r.op.State, r.op.Message, r.op.Finished = mirror.OpSucceeded, why, now
	state := "done"
	if why != "" {
		r.op.State, state = mirror.OpFailed, "failed"
	}
	r.op.Transcript, r.op.Steps = r.said(talk), nil
	for _, row := range r.rows {
		r.op.Steps = append(r.op.Steps, mirror.Step{Device: row.Device, Role: row.Role, Ends: row.Ends, Action: mirror.OpRepair, State: state, Message: why, Rev: row.GoalRev, At: now})
	}
}

// putRepairs stores the operations of repairs as they stand.
func (p *pass) putRepairs(tx mirror.Tx) error {
	for _, session := range slices.Sorted(maps.Keys(p.repairs)) {
		if err := tx.PutOperation(p.repairs[session].op); err != nil {
			return err
		}
	}
	return nil
}

// endRepairs stores what became of the repairs of this run, and of those of earlier ones
// of which nothing was seen any more. left is what still differs.
func (p *pass) endRepairs(tx mirror.Tx, left []mirror.Change, now time.Time) error {
	for _, r := range p.repairs {
		why := ""
		for _, mark := range r.marks {
			i := slices.IndexFunc(left, func(c mirror.Change) bool { return c.Mark == mark })
			if i >= 0 || p.refused[mark] != "" {
				why = cmp.Or(p.refused[mark], why)
			}
			if i >= 0 {
				why = cmp.Or(why, "the device does not hold it: "+describe(left[i]))
			}
		}
		r.end(p.talk, why, now)
	}
	if err := p.putRepairs(tx); err != nil || p.w.repairsEnded {
		return err
	}
	open, err := tx.OpenRepairs(p.w.name)
	if err != nil {
		return err
	}
	for _, op := range open {
		op.State, op.Finished = mirror.OpFailed, now
		op.Message = "whether the device took it was not seen: the controller or its connection was lost"
		if err := tx.PutOperation(op); err != nil {
			return err
		}
	}
	return nil
}

// failRepairs tells of the repairs of a run that ends with an error.
func (p *pass) failRepairs(tx mirror.Tx, cause error, now time.Time) error {
	for _, r := range p.repairs {
		r.end(p.talk, cause.Error(), now)
	}
	return p.putRepairs(tx)
}

// keepRemnant stores what was sent to take ours out of a stranger's session, as a repair.
func (p *pass) keepRemnant(tx mirror.Tx, r remnant) error {
	done := repairing{op: newOperation(mirror.OpRepair, p.w.name, time.Now().UTC()), marks: []string{r.change.Mark}}
	if len(done.said(p.talk)) == 0 {
		return nil
	}
	if done.rows = p.concerned(r.change); len(done.rows) > 0 {
		done.op.Session = done.rows[0].Session
	}
	done.end(p.talk, r.leave, done.op.Created)
	return tx.PutOperation(done.op)
}

// keepSave makes the operation of a save that was tried. What says the same as the one
// before and saved nothing is left out: it is tried again and again.
func (p *pass) keepSave(saver Saver, began time.Time, err error) {
	if errors.Is(err, mirror.ErrUnsupported) || p.saved.State != mirror.True && p.w.lastSave == p.saved {
		return
	}
	p.w.lastSave = p.saved
	op := newOperation(mirror.OpSave, p.w.name, began)
	op.State, op.Message, op.Finished = mirror.OpFailed, p.saved.Message, time.Now().UTC()
	if p.saved.State == mirror.True {
		op.State = mirror.OpSucceeded
	}
	if q, ok := saver.(Quoter); ok {
		op.Transcript = q.SaveSaid()
	}
	for i := range op.Transcript {
		op.Transcript[i].Device, op.Transcript[i].At = p.w.name, op.Finished
	}
	p.saving = &op
}
