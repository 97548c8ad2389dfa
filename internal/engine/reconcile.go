package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// maxRounds bounds the pushes of one run. A device that still differs after
// them does not do what it accepts.
const maxRounds = 4

// A pass is one run of a worker over its device: what was read, what is
// wanted, and what became of it.
type pass struct {
	w      *worker
	e      *Engine
	driver Driver
	info   plan.DeviceInfo
	facts  mirror.Facts

	rows     []mirror.Placement
	desired  []plan.Desired
	deferred map[string]bool   // placements held back: their native session was refused with several new sessions in it
	failed   map[string]string // placement -> why its goal was refused for good, device's words
	refused  map[string]string // mark -> why a repair was refused
	lost     map[string]string // mark -> native id that is somebody else's now
	missing  map[string]string // placement -> its ports that the device does not have any more
	changed  map[string]error  // mark -> what the device said to a push that rested on an old view
	talk     []mirror.Exchange
	pushed   []mirror.Change // that the device accepted in this run
	saved    mirror.Check    // what became of saving them

	braked    string            // why drift repairs have stopped on this device
	contended map[string]string // mark -> why it is not repaired any more
	repaired  map[string]bool   // marks of which this run has counted a repair
}

func rowKey(p mirror.Placement) string { return p.Session + "/" + string(p.Role) }

// reconcile is the whole step: observe, diff, assign, journal, push, verify,
// record. An error means that the device could not be reached, read or driven;
// what the device refused is recorded and is no error.
func (w *worker) reconcile(ctx context.Context, device mirror.Device) error {
	drv, err := w.e.driver(device)
	if err != nil {
		return err
	}
	p := &pass{w: w, e: w.e, driver: drv, facts: w.conn.Facts(),
		deferred: map[string]bool{}, failed: map[string]string{}, refused: map[string]string{}, changed: map[string]error{}, missing: map[string]string{}, lost: map[string]string{},
		contended: map[string]string{}, repaired: map[string]bool{}}
	p.info = plan.DeviceInfo{Device: device, Ports: drv.Ports, Capabilities: drv.Capabilities(p.facts), Instance: w.e.instance}
	if r, ok := w.conn.(Refresher); ok && w.refresh {
		r.Refresh()
	}
	// A goal that moves right after the read on which its session was checked
	// does not read again: that is one round trip of four.
	if fresh := time.Since(w.last.At) < w.e.cfg.Timeouts.Fresh; fresh && !w.mustRead {
		p.info.Observation = w.last
	} else if err := p.observe(ctx); err != nil {
		return err
	}
	w.answer(nil)
	if err := p.load(ctx); err != nil {
		return err
	}
	if err := p.returned(ctx); err != nil {
		return err
	}
	if err := p.drive(ctx); err != nil {
		return err
	}
	p.save(ctx)
	return p.record(ctx)
}

// drive pushes what may be pushed, a stage at a time, until nothing is due.
func (p *pass) drive(ctx context.Context) error {
	for tries, total := 0, 0; ; tries, total = tries+1, total+1 {
		all, err := p.allowed(ctx, p.compare())
		if err != nil {
			return err
		}
		due := plan.Stage(all)
		switch {
		case len(due) == 0 && !p.release():
			return nil
		case len(due) == 0:
		case tries >= maxRounds || total >= maxRounds*8:
			p.giveUp(due)
			tries = 0
		default:
			progress, err := p.pushAndVerify(ctx, due)
			if err != nil {
				return err
			}
			if progress || len(due) < len(all) {
				tries = 0
			}
		}
	}
}

func (p *pass) observe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.e.cfg.Timeouts.Observe)
	defer cancel()
	obs, err := p.w.conn.Observe(ctx)
	if err != nil {
		return deviceFault{fmt.Errorf("device %s: observe: %w", p.w.name, err)}
	}
	p.info.Observation, p.w.last = obs, obs
	p.w.saveState(ctx, func(st *mirror.DeviceState) {
		st.Reachable = mirror.Check{State: mirror.True, Reason: "Read"}
		st.Facts, st.Observation = p.facts, obs
	})
	return nil
}

// load renews the claim when its end is near, and reads goals and ledger.
func (p *pass) load(ctx context.Context) error {
	term := 10 * (p.e.cfg.Timeouts.Push + p.e.cfg.Timeouts.Observe)
	if now := time.Now().UTC(); p.w.claim.Deadline.Sub(now) < term/2 {
		err := p.e.store.Update(ctx, func(tx mirror.Tx) (err error) {
			p.w.claim, err = tx.Claim(p.w.name, p.e.owner, now.Add(term))
			return err
		})
		if err != nil {
			return err
		}
	}
	return p.e.store.View(ctx, func(tx mirror.Tx) (err error) {
		if p.rows, err = tx.PlacementsByDevice(p.w.name); err != nil {
			return err
		}
		p.info.Ledger, err = tx.Natives(p.w.name)
		return err
	})
}

// standing is the fragment that the device shall hold for a placement, as far
// as this run goes.
func (p *pass) standing(row mirror.Placement) *mirror.Fragment {
	if p.deferred[rowKey(row)] || p.failed[rowKey(row)] != "" {
		return row.Applied
	}
	return plan.Standing(row)
}

// compare composes what is wanted and lists what differs. What names a port
// that the device does not have any more is left out, so that one vanished port
// does not stand in the way of its neighbours.
func (p *pass) compare() []mirror.Change {
	standing := map[string]*mirror.Fragment{}
	wanted := map[string]bool{}
	for _, row := range p.rows {
		if f := p.standing(row); f != nil {
			standing[rowKey(row)] = f
			for _, mark := range mirror.Marks(p.e.instance, p.w.name, f.Spec) {
				wanted[mark] = true
			}
		}
	}
	held := plan.OwnSessions(p.info, wanted)
	clear(p.missing)
	var fragments []mirror.Fragment
	for _, row := range p.rows {
		f := standing[rowKey(row)]
		if f == nil {
			continue
		}
		present, missing := plan.Present(*f, held[mirror.Mark(p.e.instance, p.w.name, f.Spec)].Spec, p.info.Observation)
		switch {
		case len(missing) > 0 && p.moving(row):
			p.failed[rowKey(row)] = "the device has no port " + strings.Join(missing, ", ")
			return p.compare() // with what was applied before
		case len(missing) > 0:
			p.missing[rowKey(row)] = strings.Join(missing, ", ")
		}
		if present != nil {
			fragments = append(fragments, *present)
		}
	}
	p.desired = plan.Compose(p.e.instance, p.w.name, fragments)
	return plan.Diff(p.desired, p.info)
}

// marksOf are the marks a placement has to do with: of the native session that
// shall carry it and what it stands on, and of those that carry it now.
func (p *pass) marksOf(row mirror.Placement) []string {
	var out []string
	for _, f := range []*mirror.Fragment{p.standing(row), row.Applied} {
		if f != nil {
			out = append(out, mirror.Marks(p.e.instance, p.w.name, f.Spec)...)
		}
	}
	if row.Mark != "" {
		out = append(out, row.Mark)
	}
	return out
}

// touches reports whether a change concerns a placement. A removal has to do
// with every deletion that no placement claims: after a crash between push and
// record, nothing else knows whose the native session was.
func (p *pass) touches(c mirror.Change, row mirror.Placement) bool {
	has := func(marks []string) bool { return slices.Contains(marks, c.Mark) || slices.Contains(marks, c.Was) }
	if has(p.marksOf(row)) {
		return true
	}
	if c.After != nil || row.Settled() || p.standing(row) != nil {
		return false
	}
	return !slices.ContainsFunc(p.rows, func(r mirror.Placement) bool { return has(p.marksOf(r)) })
}

func (p *pass) concerned(c mirror.Change) []mirror.Placement {
	var out []mirror.Placement
	for _, row := range p.rows {
		if p.touches(c, row) {
			out = append(out, row)
		}
	}
	return out
}

func (p *pass) moving(row mirror.Placement) bool {
	return !row.Settled() && !row.FailedGoal() && p.failed[rowKey(row)] == "" && !p.deferred[rowKey(row)]
}

// holdsBack says why nothing may be pushed at all, "" when pushes are allowed.
func (p *pass) holdsBack() string {
	switch {
	case p.e.cfg.Mode == mirror.ModeObserve:
		return "the controller runs in observe mode"
	case p.info.Device.Mode == mirror.ModeObserve:
		return "the device is in observe mode"
	case p.info.Device.Maintenance:
		return "the device is under maintenance"
	}
	return ""
}

// release lets one held-back placement try again, alone.
func (p *pass) release() bool {
	keys := slices.Sorted(maps.Keys(p.deferred))
	if len(keys) == 0 {
		return false
	}
	delete(p.deferred, keys[0])
	return true
}

// pushAndVerify makes one round. It reports whether anything was learned that
// makes another round worthwhile beyond the bounded number.
func (p *pass) pushAndVerify(ctx context.Context, due []mirror.Change) (progress bool, err error) {
	due, payload, progress := p.prepare(due)
	if len(due) == 0 {
		return progress, nil
	}
	tx := strings.ToLower(rand.Text()[:16])
	if err := p.journal(ctx, tx, due); err != nil {
		return false, err
	}
	p.e.cfg.Failpoint("claimed")
	pushCtx, cancel := context.WithTimeout(ctx, p.e.cfg.Timeouts.Push)
	report, err := p.w.conn.Push(pushCtx, tx, payload)
	cancel()
	p.note(payload, report, err)
	if err != nil {
		p.keepTalk(ctx, due)
		return false, deviceFault{fmt.Errorf("device %s: push: %w", p.w.name, err)}
	}
	p.e.cfg.Failpoint("pushed")
	if err := p.observe(ctx); err != nil {
		return false, err
	}
	p.e.cfg.Failpoint("verified")
	for i, r := range report.Blocks {
		switch {
		case r.Err == nil:
			p.pushed = append(p.pushed, due[i])
		case errors.Is(r.Err, mirror.ErrChanged):
			p.changed[r.Mark] = r.Err
			p.e.log.Info("device changed while we pushed", "device", p.w.name, "mark", r.Mark, "err", r.Err)
		default:
			progress = p.refuse(due[i], r.Err) || progress
		}
	}
	p.compare()
	err = p.e.store.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		if err := p.sweep(tx); err != nil {
			return err
		}
		p.info.Ledger, err = tx.Natives(p.w.name)
		return err
	})
	return progress, err
}

// prepare gives ids and text to the changes. One that can have none is refused
// alone; the others go on.
func (p *pass) prepare(due []mirror.Change) (ready []mirror.Change, payload mirror.Payload, progress bool) {
	pins := map[string]string{}
	for _, d := range p.desired {
		pins[d.Mark] = d.Pin
	}
	assigned, errs := plan.AssignIDs(due, pins, p.info)
	if deletes := onlyDeletes(due); errors.Join(errs...) != nil && len(deletes) > 0 && len(deletes) < len(due) {
		// A number may come free: the deletions first, and seen to be done.
		due, assigned, errs = deletes, deletes, make([]error, len(deletes))
		progress = true
	}
	stays := map[string]bool{} // marks whose deletion cannot be said
	for i, c := range assigned {
		var one mirror.Payload
		err := errs[i]
		if err == nil {
			one, err = p.driver.Render(p.facts, p.info.Observation, assigned[i:i+1])
		}
		if err == nil && len(one.Blocks) != 1 {
			err = fmt.Errorf("driver %s rendered %d blocks for one change: %w", p.driver.Platform, len(one.Blocks), mirror.ErrUnsupported)
		}
		if err == nil {
			err = plan.Unfooted(c, p.info)
		}
		if err == nil && stays[c.Mark] {
			err = fmt.Errorf("the native session before it cannot be deleted: %w", mirror.ErrConflict)
		}
		if err != nil {
			stays[c.Mark] = stays[c.Mark] || c.After == nil
			progress = p.refuse(due[i], err) || progress
			continue
		}
		ready = append(ready, c)
		payload.Format = one.Format
		payload.Blocks = append(payload.Blocks, one.Blocks...)
	}
	return ready, payload, progress
}

func onlyDeletes(changes []mirror.Change) []mirror.Change {
	return slices.DeleteFunc(slices.Clone(changes), func(c mirror.Change) bool { return c.After != nil })
}

// refuse records that the device, or the driver for it, will not have a change.
// A refused native session with several new sessions in it is tried again with
// one of them at a time, so that one refused session never undoes another. It
// reports whether the next round will differ.
func (p *pass) refuse(c mirror.Change, cause error) bool {
	var culprits []mirror.Placement
	for _, row := range p.concerned(c) {
		if p.moving(row) {
			culprits = append(culprits, row)
		}
	}
	switch len(culprits) {
	case 0:
		p.refused[c.Mark] = cause.Error()
		return false
	case 1:
		p.failed[rowKey(culprits[0])] = cause.Error()
	default:
		for _, row := range culprits[1:] {
			p.deferred[rowKey(row)] = true
		}
	}
	return true
}

// giveUp: the device took the changes and does not hold them. Each goal fails
// once and each repair is refused once, so a run ends.
func (p *pass) giveUp(due []mirror.Change) {
	for _, c := range due {
		why := fmt.Sprintf("%s: accepted %d times and not held", describe(c), maxRounds)
		if err := p.changed[c.Mark]; err != nil {
			why = fmt.Sprintf("%s: tried %d times: %v", describe(c), maxRounds, err)
		}
		failed := false
		for _, row := range p.concerned(c) {
			if p.moving(row) {
				p.failed[rowKey(row)], failed = why, true
			}
		}
		if !failed {
			p.refused[c.Mark] = why
		}
	}
}

// stillThere ends the run when a placement that the push is for is gone by now
// (released while this run was under way): its native session must not be
// claimed again.
func (p *pass) stillThere(tx mirror.Tx, due []mirror.Change) error {
	fresh, err := tx.PlacementsByDevice(p.w.name)
	if err != nil {
		return err
	}
	for _, c := range due {
		for _, row := range p.concerned(c) {
			if !slices.ContainsFunc(fresh, func(f mirror.Placement) bool { return rowKey(f) == rowKey(row) }) {
				return fmt.Errorf("device %s: session %q was released meanwhile: %w", p.w.name, row.Session, errAgain)
			}
		}
	}
	return nil
}

// errAgain ends a run whose view of the goals is old; the device is fine.
var errAgain = errors.New("goals changed")

func (p *pass) ledgerOf(c mirror.Change) *mirror.Native {
	if c.Before == nil {
		return nil
	}
	mark, own := p.info.Own(*c.Before)
	i := slices.IndexFunc(p.info.Ledger, func(n mirror.Native) bool { return own && n.Mark == mark })
	if i < 0 {
		return nil
	}
	return &p.info.Ledger[i]
}

// note keeps what was said for the operation's transcript.
func (p *pass) note(payload mirror.Payload, report mirror.PushReport, err error) {
	now := time.Now().UTC()
	for i, b := range payload.Blocks {
		x := mirror.Exchange{Device: p.w.name, Mark: b.Mark, Sent: b.Text, At: now}
		switch {
		case i < len(report.Blocks) && report.Blocks[i].Err != nil:
			x.Answer, x.Error = report.Blocks[i].Answer, report.Blocks[i].Err.Error()
		case i < len(report.Blocks):
			x.Answer = report.Blocks[i].Answer
		case err != nil:
			x.Error = "whether the device took this is unknown: " + err.Error()
		}
		p.talk = append(p.talk, x)
	}
}

// keepTalk stores the dialogue of a push whose end is unknown.
func (p *pass) keepTalk(ctx context.Context, due []mirror.Change) {
	err := p.e.update(ctx, func(tx mirror.Tx) error {
		for _, c := range due {
			for _, row := range p.concerned(c) {
				if err := p.transcribe(tx, row.Session, []string{c.Mark}); err != nil && !errors.Is(err, mirror.ErrNotFound) {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		p.e.log.Error("store", "device", p.w.name, "err", err)
	}
}
