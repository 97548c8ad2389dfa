package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// RungNone is where the relief of a session is pinned of which none is wanted.
const RungNone = "none"

// A ReliefOrder is what an operator asks of the relief of a session.
type ReliefOrder struct {
	// Clear takes the pin away and releases what is in force. Otherwise the relief is
	// pinned: at Rung, with what is in force of the rungs before it, at RungNone with
	// nothing, and as it stands for "".
	Clear bool
	Rung  string
}

func (o ReliefOrder) validate() []mirror.Reason {
	if o.Rung == "" || o.Rung == RungNone || slices.Contains(mirror.Rungs, o.Rung) {
		return nil
	}
	return []mirror.Reason{{Pointer: "/rung", Code: "bad-value", Message: "must be one of " + strings.Join(append([]string{RungNone}, mirror.Rungs...), ", ")}}
}

// OrderRelief pins the relief of a session, or clears it.
func (e *Engine) OrderRelief(ctx context.Context, w Write, name string, order ReliefOrder) (res SubmitResult, err error) {
	if err := mirror.Refuse(mirror.ErrInvalid, order.validate()); err != nil {
		return res, err
	}
	var moved []refiltered
	err = e.update(ctx, func(tx mirror.Tx) error {
		now := time.Now().UTC()
		rec, steps, err := e.ordered(tx, w, name, order, now)
		if err != nil {
			return err
		}
		moved = nil
		if same(rec, steps[name]) && len(steps) == 1 {
			res, err = e.pinOnly(tx, w, rec, order, now)
			return err
		}
		moved, err = e.changeRelief(tx, steps, order.change(w.Actor.Name, name, now))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(moved, func(m refiltered) bool { return m.rec.Session.Name == name })
		res.Operation = moved[i].op
		res.View, err = e.viewSession(tx, moved[i].rec)
		return err
	})
	if err == nil {
		e.setOff(moved)
	}
	return res, err
}

func (o ReliefOrder) change(actor, session string, now time.Time) reliefChange {
	c := reliefChange{typ: "ReliefPinned", what: "pinned " + o.at(), reason: "by " + actor, actor: actor, now: now, pin: session}
	if o.Clear {
		c.typ, c.what, c.pin, c.clear = "ReliefCleared", "cleared", "", session
	}
	return c
}

func (o ReliefOrder) at() string {
	switch o.Rung {
	case "":
		return "as it stands"
	case RungNone:
		return "at none"
	}
	return "at " + o.Rung
}

func same(rec mirror.SessionRecord, steps []mirror.ReliefStep) bool {
	return slices.EqualFunc(rec.Relief.Clone().Steps, steps, mirror.ReliefStep.Same)
}

// pinOnly notes a pin, or that there is none any more, where the steps stay as they are.
func (e *Engine) pinOnly(tx mirror.Tx, w Write, rec mirror.SessionRecord, order ReliefOrder, now time.Time) (res SubmitResult, err error) {
	before := rec.Relief.Clone()
	relief := rec.Relief.Clone()
	relief.Pinned, relief.By = !order.Clear, ""
	if relief.Pinned {
		relief.By = w.Actor.Name
	}
	res.Unchanged = before.Pinned == relief.Pinned && before.By == relief.By
	if !res.Unchanged {
		rec.Relief = &relief
		if order.Clear {
			relief.Refused = nil
		}
		if err = tx.PutSession(rec); err != nil {
			return res, err
		}
		c := order.change(w.Actor.Name, rec.Session.Name, now)
		if err = mirror.Tell(tx, c.typ, w.Actor.Name, rec.Session.Name, "", "%s %s; in force: %s", c.what, c.reason, stepsText(relief.Steps)); err != nil {
			return res, err
		}
	}
	if rec.Operation != "" {
		if res.Operation, err = tx.Operation(rec.Operation); err != nil {
			return res, err
		}
	}
	res.View, err = e.viewSession(tx, rec)
	return res, err
}

// ordered are the steps in force after an order, of the session and of those that
// change with it.
func (e *Engine) ordered(tx mirror.Tx, w Write, name string, order ReliefOrder, now time.Time) (mirror.SessionRecord, map[string][]mirror.ReliefStep, error) {
	rec, err := tx.Session(name)
	if err == nil {
		err = precondition(w, rec.Generation, "session", name)
	}
	if err != nil {
		return rec, nil, err
	}
	refuse := func(code, format string, args ...any) (mirror.SessionRecord, map[string][]mirror.ReliefStep, error) {
		return rec, nil, mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Pointer: "/rung", Code: code, Message: fmt.Sprintf(format, args...)}})
	}
	_, on := plan.Effective(plan.AsAsked(rec), now)
	switch rung := order.Rung; {
	case rec.Deleting:
		return refuse("deleting", "session %q is being deleted", name)
	case rec.Waiting != nil:
		return refuse("undecided", "session %q waits to be decided: %s", name, rec.Waiting.Message)
	case rec.Refused != 0 && rec.Refused == rec.Generation:
		return refuse("refused", "generation %d of session %q was refused and undone; change it first", rec.Generation, name)
	case !on && !order.Clear && rung != "" && rung != RungNone:
		return refuse("off", "session %q is not on its devices: it is switched off, or its lease is over", name)
	}
	v := e.reliefView(tx, e.endOf(tx, name), e.relief.lastCarried(), now)
	q, err := v.question()
	if err != nil {
		return rec, nil, err
	}
	if _, found := v.recs[name]; !found { // it asks nothing of devices
		v.recs[name] = rec
	}
	steps, err := v.without(name, order)
	if err != nil || order.Clear || order.Rung == "" || order.Rung == RungNone {
		return rec, steps, err
	}
	if slices.ContainsFunc(steps[name], func(s mirror.ReliefStep) bool { return s.Rung == order.Rung }) {
		return rec, steps, nil // it stands there already
	}
	for i := range q.Sessions { // the order goes before what is on the way
		q.Sessions[i].Busy, q.Sessions[i].Relief.Refused = "", nil
		name := q.Sessions[i].Session.Name
		if rest, changed := steps[name]; changed {
			q.Sessions[i].Relief.Steps = rest
			rec, relief := v.recs[name], v.recs[name].Relief.Clone()
			relief.Steps = rest
			rec.Relief = &relief
			v.recs[name] = rec
		}
	}
	q.End = capacity.End{}
	move, why := q.Pin(name, order.Rung)
	if move == nil {
		return refuse("impossible", "%s of session %q: %s", order.Rung, name, cmp.Or(why, "it changes nothing"))
	}
	maps.Copy(steps, move.Steps)
	return rec, steps, nil
}

// without are the steps of a session, and of those that must agree with it, once those
// are released that an order does not keep.
func (v *reliefView) without(name string, order ReliefOrder) (map[string][]mirror.ReliefStep, error) {
	rec := v.recs[name]
	ladder := rec.Session.Relieves()
	if !slices.Contains(ladder, order.Rung) {
		ladder = mirror.Rungs
	}
	var kept []mirror.ReliefStep
	dropped := map[string]bool{} // options
	for _, s := range rec.Relief.Clone().Steps {
		switch {
		case !order.Clear && order.Rung == "",
			!order.Clear && order.Rung != RungNone && slices.Contains(ladder, s.Rung) && slices.Index(ladder, s.Rung) <= slices.Index(ladder, order.Rung):
			kept = append(kept, s)
		case mirror.SharedRung(s.Rung):
			dropped[s.Rung] = true
		}
	}
	out := map[string][]mirror.ReliefStep{name: kept}
	if len(dropped) == 0 {
		return out, nil
	}
	for _, o := range v.others(name) {
		relief := v.recs[o].Relief.Clone()
		rest := slices.DeleteFunc(slices.Clone(relief.Steps), func(s mirror.ReliefStep) bool { return dropped[s.Rung] })
		if len(rest) == len(relief.Steps) {
			continue
		}
		if relief.Pinned {
			return nil, mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Pointer: "/rung", Code: "relief-pinned",
				Message: fmt.Sprintf("session %q shares the native session, and its relief is pinned with an option that both must have; clear that first", o)}})
		}
		out[o] = rest
	}
	return out, nil
}

// endOf is an end of a session, that with the highest load of those that are measured.
func (e *Engine) endOf(tx mirror.Tx, name string) capacity.EndLoad {
	asked, err := intendedFragments(tx, name)
	if err != nil {
		return capacity.EndLoad{Sessions: []string{name}}
	}
	best := capacity.EndLoad{Sessions: []string{name}}
	for _, f := range capacity.FeedsOf(name, asked, e.sight(tx)) {
		for _, end := range f.Ends {
			load, known := e.relief.near(end.Key())
			if !known {
				load = capacity.EndLoad{End: end}
			}
			if best.End == (capacity.End{}) || best.Capacity == 0 && load.Capacity > 0 ||
				load.Capacity > 0 && float64(load.Offered)/float64(load.Capacity) > float64(best.Offered)/float64(best.Capacity) {
				best = load
			}
		}
	}
	if !slices.Contains(best.Sessions, name) {
		best.Sessions = append(slices.Clone(best.Sessions), name)
	}
	return best
}

// lastCarried tells what ports carried when something was measured last.
func (r *reliefs) lastCarried() Carried {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.carried == nil {
		return func(string, mirror.PortName) (in, out capacity.Flow, known bool) { return }
	}
	return r.carried
}
