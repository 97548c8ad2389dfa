package engine

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/worker"
)

// A PlanStep is what one device is sent at once, in the order of execution. Steps of one
// Stage go on side by side: a stage begins for a session when the one before is done for it.
type PlanStep struct {
	Stage  int    `json:"stage"` // from 1
	Device string `json:"device"`
	// NotRead: the device is not stored, so nobody has read it, and this is by the least
	// that its family can do.
	NotRead bool `json:"notRead,omitempty"`
	// Why there is no text, "" where there is.
	Unsaid  string         `json:"unsaid,omitempty"`
	Changes []PlanChange   `json:"changes"`
	Forward mirror.Payload `json:"forward"`
	// Undo is the reverse as of now; the executed one is made from what is found then.
	Undo mirror.Payload `json:"undo"`
	// Hints are how a person sees on the device what it made.
	Hints []mirror.Hint `json:"hints,omitempty"`
}

// A PlanChange is one change of a step, of the block that stands at the same place in
// its forward payload.
type PlanChange struct {
	mirror.Change
	Sessions   []string `json:"sessions"` // of the plan, that it is for
	Summary    string   `json:"summary"`
	Interrupts string   `json:"interrupts"` // of copies that are wanted on: no, maybe or yes
	Why        string   `json:"why,omitempty"`
}

// A rehearsal makes the rollouts of a scratch as the coordinator and the workers would,
// with devices that do what they are told. What it writes down is what a plan tells.
type rehearsal struct {
	e        *Engine
	tx       *scratch
	plan     string // id
	now      time.Time
	seen     map[string]mirror.Observation // of devices, after what was sent
	steps    []PlanStep
	warnings []mirror.Reason
}

// maxStages bounds a rehearsal. A rollout has six stages.
const maxStages = 64

// play makes all rollouts of the sessions given, whose first goals have moved.
func (e *Engine) rehearse(tx *scratch, id string, moved []refiltered, now time.Time) (*rehearsal, error) {
	r := &rehearsal{e: e, tx: tx, plan: id, now: now, seen: map[string]mirror.Observation{}}
	open := map[string]bool{}
	wake := map[string]bool{}
	for _, m := range moved {
		open[m.rec.Session.Name] = true
		for _, d := range m.wake {
			wake[d] = true
		}
	}
	for stage := 1; len(open) > 0 && stage < maxStages; stage++ {
		for _, device := range slices.Sorted(maps.Keys(wake)) {
			if err := r.device(stage, device); err != nil {
				return nil, err
			}
		}
		clear(wake)
		for _, name := range slices.Sorted(maps.Keys(open)) {
			m, over, err := r.step(name)
			if err != nil {
				return nil, err
			}
			for _, d := range m.wake {
				wake[d] = true
			}
			if over || len(m.wake) == 0 && !r.waits(name) {
				delete(open, name)
			}
		}
	}
	return r, nil
}

// waits: a placement of a session has a goal that its device has not reached.
func (r *rehearsal) waits(session string) bool {
	rows, err := r.tx.Placements(session)
	return err == nil && slices.ContainsFunc(rows, func(p mirror.Placement) bool { return !p.Settled() })
}

// step has the coordinator look at a session.
func (r *rehearsal) step(name string) (m refiltered, over bool, err error) {
	rec, err := r.tx.Session(name)
	if errors.Is(err, mirror.ErrNotFound) {
		return m, true, nil
	}
	if err != nil {
		return m, false, err
	}
	op, err := r.tx.Operation(rec.Operation)
	if err != nil {
		return m, false, err
	}
	m = refiltered{rec: rec, op: op}
	if !op.State.Open() {
		return m, true, nil
	}
	err = r.e.moveNow(r.tx, &m, r.now)
	return m, !m.op.State.Open(), err
}

// device makes what is due on a device, as its worker would.
func (r *rehearsal) device(stage int, name string) error {
	d, _, err := r.tx.Device(name)
	if err != nil {
		return err
	}
	drv, err := r.e.driver(d)
	if err != nil {
		return err
	}
	st, err := r.e.states.Of(r.tx, name)
	if err != nil {
		return err
	}
	rows, err := r.tx.PlacementsByDevice(name)
	if err != nil {
		return err
	}
	step := PlanStep{Stage: stage, Device: name, NotRead: r.tx.unread[name]}
	said := map[string]bool{}
	held := false
	var undo []mirror.Block
	for {
		info, err := r.info(d)
		if err != nil {
			return err
		}
		turn := r.turn(rows, info, said)
		held = held || turn.held
		if len(turn.due) == 0 {
			break
		}
		before := len(undo)
		noUndo, err := turn.say(drv, st.Facts, info, &step, &undo)
		if noUndo != nil {
			r.warn(noWayBack(name, noUndo.Error()))
		}
		if err != nil {
			if !step.NotRead {
				return r.unworded(name, err, rows)
			}
			step.Unsaid = errors.Unwrap(err).Error()
		}
		undo = slices.Concat(undo[before:], undo[:before])
		r.seen[name] = plan.After(info.Observation, turn.due)
		if err := r.claim(name, turn.due); err != nil {
			return err
		}
	}
	if step.Undo.Format = step.Forward.Format; len(undo) > 0 {
		step.Undo.Blocks = undo
	}
	if len(step.Changes) > 0 {
		for _, c := range step.Changes {
			step.Hints = append(step.Hints, hintsOn(drv, st.Facts, c.After)...)
		}
		step.Hints = onceEach(step.Hints)
		r.explain(&step, rows)
		r.steps = append(r.steps, step)
	}
	return r.reach(rows, held)
}

// info is a device as it is after what was sent.
func (r *rehearsal) info(d mirror.Device) (plan.DeviceInfo, error) {
	info, err := r.e.info(r.tx, d)
	if obs, changed := r.seen[d.Name]; changed {
		info.Observation = obs
	}
	return info, err
}

// A turn is one push of a worker.
type turn struct {
	due  []mirror.Change
	held bool // something waits for other sessions of the plan
}

// turn finds what is due next on a device and was not said yet.
func (r *rehearsal) turn(rows []mirror.Placement, info plan.DeviceInfo, said map[string]bool) (out turn) {
	var fragments []mirror.Fragment
	for _, row := range rows {
		if f := plan.Standing(row); f != nil {
			fragments = append(fragments, *f)
		}
	}
	desired := plan.Compose(r.e.instance, info.Device.Name, fragments)
	lost := plan.Lost(info)
	var all []mirror.Change
	for _, c := range plan.Diff(desired, info) {
		ours := r.concerned(c, rows)
		switch {
		case lost[c.Mark] != "":
		case len(ours) == 0:
			r.beside(info.Device.Name, c)
		case plan.Awaits(c, ours, rows, r.e.instance):
			out.held = true
		default:
			all = append(all, c)
		}
	}
	due := plan.Stage(plan.Grounded(all, desired, info), info.Capabilities.Atomic)
	assigned, errs := plan.AssignIDs(due, plan.Pins(desired, rows), info)
	if deletes := slices.DeleteFunc(slices.Clone(due), func(c mirror.Change) bool { return c.After != nil }); errors.Join(errs...) != nil && len(deletes) > 0 {
		assigned, errs = deletes, make([]error, len(deletes)) // a number may come free
	}
	for i, c := range assigned {
		key := c.Verb() + " " + c.Mark
		if errs[i] != nil {
			r.warn(mirror.Reason{Code: "no-native-id", Message: errs[i].Error()})
		}
		if errs[i] == nil && !said[key] {
			said[key] = true
			out.due = append(out.due, c)
		}
	}
	return out
}

// beside tells of what a device lacks that has nothing to do with the plan.
func (r *rehearsal) beside(device string, c mirror.Change) {
	r.warn(mirror.Reason{Code: "differs", Message: "device " + device + " differs from what other sessions want of it, which is repaired beside this by their policies: " + plan.Summary(c)})
}

func (r *rehearsal) warn(w mirror.Reason) {
	if !slices.Contains(r.warnings, w) {
		r.warnings = append(r.warnings, w)
	}
}

// concerned are the placements that a change is made for and that move by the plan.
func (r *rehearsal) concerned(c mirror.Change, rows []mirror.Placement) (out []mirror.Placement) {
	for _, row := range rows {
		if row.Planned == nil || row.Settled() {
			continue
		}
		for _, f := range []*mirror.Fragment{row.Goal, row.Applied} {
			if f == nil {
				continue
			}
			marks := mirror.Marks(r.e.instance, row.Device, f.Spec)
			if slices.Contains(marks, c.Mark) || slices.Contains(marks, c.Was) {
				out = append(out, row)
				break
			}
		}
	}
	return out
}

// say writes down what is sent, one change after the other, and what undoes it. Why that
// cannot be undone is noUndo: another hand has left on the device what no driver makes.
func (t turn) say(drv worker.Driver, facts mirror.Facts, info plan.DeviceInfo, step *PlanStep, undo *[]mirror.Block) (noUndo, err error) {
	say := plan.Say(t.due, info)
	for i, c := range t.due {
		one, err := drv.Render(facts, say.Beside(c), say.Said[i:i+1])
		step.Changes = append(step.Changes, PlanChange{Change: c})
		if err != nil {
			return nil, &unworded{of: t.due[i : i+1], err: err}
		}
		step.Forward.Format = cmp.Or(step.Forward.Format, one.Format)
		step.Forward.Blocks = append(step.Forward.Blocks, one.Blocks...)
	}
	back := plan.Reverse(t.due)
	if info.Capabilities.Atomic {
		back = plan.Together(back)
	}
	payload, err := drv.Render(facts, plan.After(info.Observation, t.due), back)
	*undo = append(*undo, payload.Blocks...)
	return err, nil
}

// noWayBack warns of what a plan has no undo for. It is no reason against the plan: whoever
// broke a session by hand must be able to have it repaired, or removed.
func noWayBack(device, why string) mirror.Reason {
	return mirror.Reason{Code: "no-undo", Message: "device " + device + ": what it holds now could not be put back: " + why}
}

// An unworded is what a driver has no words for, and which sessions of the plan want it.
type unworded struct {
	of       []mirror.Change
	device   string
	sessions map[string]bool
	err      error
}

func (u *unworded) Error() string { return "device " + u.device + ": " + u.err.Error() }
func (u *unworded) Unwrap() error { return u.err }

func (r *rehearsal) unworded(device string, err error, rows []mirror.Placement) error {
	if u := (*unworded)(nil); errors.As(err, &u) {
		u.device, u.sessions = device, map[string]bool{}
		for _, c := range u.of {
			for _, row := range r.concerned(c, rows) {
				u.sessions[row.Session] = true
			}
		}
	}
	return err
}

// explain tells of each change whom it is for and what it means.
func (r *rehearsal) explain(step *PlanStep, rows []mirror.Placement) {
	all := make([]mirror.Change, len(step.Changes))
	for i, c := range step.Changes {
		all[i] = c.Change
	}
	for i := range step.Changes {
		c := &step.Changes[i]
		for _, row := range r.concerned(c.Change, rows) {
			if !slices.Contains(c.Sessions, row.Session) {
				c.Sessions = append(c.Sessions, row.Session)
			}
		}
		c.Summary = plan.Summary(c.Change)
		c.Interrupts, c.Why = plan.Interrupts(c.Change, all)
	}
}

// claim writes the ledger as it is after what was sent.
func (r *rehearsal) claim(device string, changes []mirror.Change) error {
	for _, c := range changes {
		if c.Before != nil {
			if err := r.tx.DeleteNative(device, cmp.Or(c.Was, c.Mark)); err != nil {
				return err
			}
		}
		if c.After == nil {
			continue
		}
		line := mirror.Native{Device: device, Mark: c.Mark, ID: c.After.ID, Handle: c.After.Handle, Spec: c.After.Spec, Created: r.now}
		if err := r.tx.PutNative(line); err != nil {
			return err
		}
	}
	return nil
}

// reach has the goals of a device reached, but for those that wait for other sessions.
func (r *rehearsal) reach(rows []mirror.Placement, held bool) error {
	for _, row := range rows {
		if row.Planned == nil || row.Settled() || held && r.held(row, rows) {
			continue
		}
		row.Applied, row.AppliedRev, row.FailedRev, row.Failure = row.Goal, row.GoalRev, 0, ""
		row.Mark, row.NativeID = "", ""
		row.Configured = mirror.Check{State: mirror.True, Reason: "ReadBack"}
		if row.Goal != nil {
			row.Mark = mirror.Mark(r.e.instance, row.Device, row.Goal.Spec)
		}
		if err := r.tx.PutPlacement(row); err != nil {
			return err
		}
	}
	return nil
}

func (r *rehearsal) held(row mirror.Placement, rows []mirror.Placement) bool {
	for _, f := range []*mirror.Fragment{row.Goal, row.Applied} {
		if f == nil {
			continue
		}
		for _, mark := range mirror.Marks(r.e.instance, row.Device, f.Spec) {
			c := mirror.Change{Mark: mark}
			if plan.Awaits(c, r.concerned(c, rows), rows, r.e.instance) {
				return true
			}
		}
	}
	return false
}
