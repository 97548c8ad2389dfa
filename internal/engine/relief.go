package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Relief is decided end by end, each time something was measured there. What is in
// force stands in the records of the sessions and reaches the devices by rollouts like
// anything else; what is counted from sample to sample begins anew at a start.

// opRelief is the type of the rollouts that bring steps of relief to devices.
const opRelief = "relief"

// Carried tells what a port carried in the newest reading.
type Carried func(device string, port mirror.PortName) (in, out capacity.Flow, known bool)

// reliefs is what is known of relief beside the store.
type reliefs struct {
	mu      sync.Mutex
	pending []capacity.EndLoad // measured and not looked at
	carried Carried
	latest  map[string]capacity.EndLoad // by end
	steps   map[string][]string         // ends for which steps are in force, by session: a hint
	signal  chan struct{}
	counts  map[string]capacity.ReliefCount // by end; of the one goroutine that decides
	told    map[string]string               // why no step was left, by end; likewise
}

func newReliefs() *reliefs {
	return &reliefs{latest: map[string]capacity.EndLoad{}, steps: map[string][]string{}, signal: make(chan struct{}, 1),
		counts: map[string]capacity.ReliefCount{}, told: map[string]string{}}
}

// note remembers what of a stored session is in force.
func (r *reliefs) note(session string, relief *mirror.Relief) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.steps, session)
	for _, step := range relief.Clone().Steps {
		r.steps[session] = append(r.steps[session], step.End)
	}
}

// of lists the sessions with steps in force for an end.
func (r *reliefs) of(end string) (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for session, ends := range r.steps {
		if slices.Contains(ends, end) {
			out = append(out, session)
		}
	}
	slices.Sort(out)
	return out
}

// Measured says that something new was measured at ends, and what the ports carried
// then. It does not block.
func (e *Engine) Measured(ends []capacity.EndLoad, carried Carried) {
	r := e.relief
	r.mu.Lock()
	r.carried = carried
	for _, end := range ends {
		r.latest[end.End.Key()] = end
		if i := slices.IndexFunc(r.pending, func(x capacity.EndLoad) bool { return x.End.Same(end.End) }); i >= 0 {
			r.pending[i] = end // nobody came to look at the one before
		} else {
			r.pending = append(r.pending, end)
		}
	}
	r.mu.Unlock()
	select {
	case r.signal <- struct{}{}:
	default:
	}
}

func (r *reliefs) take() (end capacity.EndLoad, carried Carried, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.pending) == 0 {
		return end, nil, false
	}
	end, r.pending = r.pending[0], r.pending[1:]
	return end, r.carried, true
}

// near gives what was measured last at an end.
func (r *reliefs) near(end string) (capacity.EndLoad, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	load, ok := r.latest[end]
	return load, ok
}

// relieve decides about ends until ctx ends.
func (e *Engine) relieve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.relief.signal:
		}
		for end, carried, ok := e.relief.take(); ok && ctx.Err() == nil; end, carried, ok = e.relief.take() {
			if err := e.relieveEnd(ctx, end, carried); err != nil && ctx.Err() == nil {
				e.log.Error("relief", "end", end.End.String(), "err", err)
			}
		}
	}
}

// relieveEnd makes the next step of relief at an end, if one is due.
func (e *Engine) relieveEnd(ctx context.Context, end capacity.EndLoad, carried Carried) error {
	key := end.End.Key()
	count := e.relief.counts[key]
	over := end.Capacity > 0 && float64(end.Offered) > capacity.ReliefOver*float64(end.Capacity)
	if e.heldBack() != "" || !over && len(e.relief.of(key)) == 0 {
		e.relief.counts[key] = count.Calm()
		delete(e.relief.told, key)
		return nil
	}
	now := time.Now().UTC()
	var move *capacity.ReliefMove
	var passed []capacity.Passed
	var next capacity.ReliefCount
	decide := func(tx mirror.Tx) error {
		v := e.reliefView(tx, end, carried, now)
		q, err := v.question()
		if err != nil {
			return err
		}
		if move = v.uneven(q); move == nil {
			move, passed, next = capacity.NextStep(q, count)
		}
		return nil
	}
	if err := e.store.View(ctx, decide); err != nil {
		return err
	}
	if move == nil {
		e.relief.counts[key] = next
		return e.tellNoStep(ctx, end, next, passed)
	}
	var moved []refiltered
	err := e.update(ctx, func(tx mirror.Tx) (err error) {
		if err = decide(tx); err != nil || move == nil { // what was read may have changed
			return err
		}
		moved, err = e.storeRelief(tx, end.End, *move, passed, now)
		return err
	})
	if err != nil {
		return err
	}
	e.relief.counts[key] = next
	delete(e.relief.told, key)
	e.setOff(moved)
	return nil
}

// setOff has the workers and the coordinator go on with rollouts that were stored.
func (e *Engine) setOff(moved []refiltered) {
	if len(moved) > 0 {
		e.cfg.Failpoint("accepted")
	}
	for _, m := range moved {
		e.log.Info("goals moved", "session", m.rec.Session.Name, "op", m.op.ID, "type", m.op.Type, "reason", m.rec.Relief.Clone().Reason)
		e.sessions.add(m.rec.Session.Name)
		for _, device := range m.wake {
			if w := e.worker(device); w != nil {
				w.Kick()
			}
		}
	}
}

// storeRelief writes a step of relief into the records of its sessions, with their
// rollouts, whose first moves are made at once: sessions of one native session must
// not differ in its options.
func (e *Engine) storeRelief(tx mirror.Tx, end capacity.End, m capacity.ReliefMove, passed []capacity.Passed, now time.Time) ([]refiltered, error) {
	reason := fmt.Sprintf("%s: %s", end, m)
	typ, verb := "ReliefTaken", "takes "
	if m.Release {
		typ, verb = "ReliefReleased", "releases "
	}
	change := reliefChange{typ: typ, what: verb + m.Step.String(), reason: reason, actor: mirror.ActorSystem, now: now}
	if len(passed) > 0 && !m.Release {
		change.more = "passed over: " + passedText(passed)
	}
	return e.changeRelief(tx, m.Steps, change)
}

// A reliefChange says why steps of relief change.
type reliefChange struct {
	typ, what    string // of the event
	reason, more string
	actor        string
	now          time.Time
	pin          string // the session that its actor pins with it, "" = none
	clear        string // the session whose pin goes, "" = none
}

// changeRelief puts steps in force for sessions, all in one transaction.
func (e *Engine) changeRelief(tx mirror.Tx, steps map[string][]mirror.ReliefStep, c reliefChange) ([]refiltered, error) {
	var moved []refiltered
	for _, name := range slices.Sorted(maps.Keys(steps)) {
		rec, err := tx.Session(name)
		if err != nil {
			return nil, err
		}
		m, err := e.changeOne(tx, rec, steps[name], c)
		if err != nil {
			return nil, err
		}
		moved = append(moved, m)
	}
	for i := range moved {
		if err := e.moveNow(tx, &moved[i], c.now); err != nil {
			return nil, err
		}
	}
	return moved, nil
}

// changeOne puts steps in force for one session and opens the rollout.
func (e *Engine) changeOne(tx mirror.Tx, rec mirror.SessionRecord, steps []mirror.ReliefStep, c reliefChange) (out refiltered, err error) {
	before, err := relievedTraffic(tx, rec, c.now)
	if err != nil {
		return out, err
	}
	relief := rec.Relief.Clone()
	relief.Before, relief.Steps, relief.Since, relief.Reason = relief.Steps, steps, c.now, c.reason
	switch rec.Session.Name {
	case c.pin:
		relief.Pinned, relief.By, relief.Refused = true, c.actor, nil
	case c.clear:
		relief.Pinned, relief.By, relief.Refused = false, "", nil
	}
	rec.Relief = &relief
	asked, err := intendedFragments(tx, rec.Session.Name)
	if err != nil {
		return out, err
	}
	want, err := e.goals(tx, rec, asked, c.now)
	if err != nil {
		return out, err
	}
	if out.op, err = e.startRollout(tx, &rec, want, opRelief, c.actor, c.now); err != nil {
		return out, err
	}
	out.rec = rec
	after, err := relievedTraffic(tx, rec, c.now)
	if err != nil {
		return out, err
	}
	message := fmt.Sprintf("%s: %s; in force: %s; copied %s; copies %s", c.what, c.reason, stepsText(steps), before, after)
	if c.more != "" {
		message += "; " + c.more
	}
	return out, tx.AppendEvent(mirror.Event{At: c.now, Type: c.typ, Actor: c.actor, Session: rec.Session.Name, Before: before, After: after, Message: message})
}

func stepsText(steps []mirror.ReliefStep) string {
	if len(steps) == 0 {
		return "nothing, it is as asked"
	}
	texts := make([]string, len(steps))
	for i, s := range steps {
		texts[i] = s.String()
	}
	return strings.Join(texts, ", ")
}

func passedText(passed []capacity.Passed) string {
	texts := make([]string, 0, len(passed))
	for _, p := range passed[:min(len(passed), maxPassed)] {
		texts = append(texts, fmt.Sprintf("%s of %s (%s)", p.Rung, p.Session, p.Why))
	}
	if more := len(passed) - len(texts); more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(texts, ", ")
}

// maxPassed bounds the rungs in a sentence that were passed over.
const maxPassed = 6

// tellNoStep writes, once, that an end is oversubscribed and no step is left.
func (e *Engine) tellNoStep(ctx context.Context, end capacity.EndLoad, c capacity.ReliefCount, passed []capacity.Passed) error {
	key, text := end.End.Key(), passedText(passed)
	if c.Over == 0 {
		delete(e.relief.told, key)
	}
	if len(passed) == 0 || e.relief.told[key] == text {
		return nil
	}
	sessions := map[string]bool{}
	for _, p := range passed {
		sessions[p.Session] = true
	}
	err := e.update(ctx, func(tx mirror.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(sessions)) {
			if err := mirror.Tell(tx, "ReliefExhausted", mirror.ActorSystem, name, end.End.Device, "%s: %s of %s are offered, and no step of relief is left: %s",
				end.End, capacity.Rate(end.Offered), capacity.Rate(end.Capacity), text); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		e.relief.told[key] = text
	}
	return err
}

// intendedFragments are what a session asks of devices.
func intendedFragments(tx mirror.Tx, session string) ([]mirror.Fragment, error) {
	rows, err := tx.Placements(session)
	var out []mirror.Fragment
	for _, row := range rows {
		if f := row.Intended(); f != nil {
			out = append(out, *f)
		}
	}
	return out, err
}

// reliefRefused is the relief of a session after devices refused its last change: that
// is taken back, and not tried again for a while.
func reliefRefused(r *mirror.Relief, why string, now time.Time) *mirror.Relief {
	out := r.Clone()
	was, is := out.Before, out.Steps
	refusal := mirror.ReliefRefusal{Release: len(is) < len(was), At: now, Times: 1, Message: why}
	if refusal.Release {
		was, is = is, was
	}
	for _, step := range is {
		if !slices.ContainsFunc(was, step.Same) {
			refusal.Rung = step.Rung
		}
	}
	out.Refused = slices.DeleteFunc(out.Refused, func(x mirror.ReliefRefusal) bool {
		same := x.Rung == refusal.Rung && x.Release == refusal.Release
		if same {
			refusal.Times += x.Times
		}
		return same
	})
	out.Refused = append(out.Refused, refusal)
	out.Steps, out.Before, out.Since = out.Before, nil, now
	out.Reason = "devices refused the last change, which was undone: " + why
	return &out
}

// reliefDone is the relief of a session after its last change has reached the devices.
func reliefDone(r *mirror.Relief) *mirror.Relief {
	out := r.Clone()
	out.Refused = slices.DeleteFunc(out.Refused, func(x mirror.ReliefRefusal) bool {
		in := func(steps []mirror.ReliefStep) bool {
			return slices.ContainsFunc(steps, func(s mirror.ReliefStep) bool { return s.Rung == x.Rung })
		}
		return in(out.Steps) != x.Release && in(out.Before) == x.Release
	})
	out.Before = nil
	return &out
}

// relievedTraffic is what is copied of a session as relief makes it.
func relievedTraffic(tx mirror.Tx, rec mirror.SessionRecord, now time.Time) (*mirror.Traffic, error) {
	rec.Session, _ = plan.Effective(rec, now)
	return traffic(tx, rec)
}
