package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	w      *Worker
	s      *Shared
	driver Driver
	info   plan.DeviceInfo
	facts  mirror.Facts

	rows     []mirror.Placement
	desired  []plan.Desired
	deferred map[string]bool   // placements held back: their native session was refused with several new sessions in it
	failed   map[string]string // placement -> why its goal was refused for good, device's words
	refused  map[string]string // mark -> why a repair was refused
	reasons  map[string]string // of those, by placement or mark: why, as a condition's reason
	lost     map[string]string // mark -> native id that is somebody else's now
	missing  map[string]string // placement -> its ports that the device does not have any more
	changed  map[string]error  // mark -> what the device said to a push that rested on an old view
	talk     []mirror.Exchange
	repairs  map[string]*repairing // by session, "" = for none
	saving   *mirror.Operation     // of a save that was tried in this run
	pushed   []mirror.Change       // that the device accepted in this run
	unheard  []mirror.Change       // of pushes before this run whose end nobody heard of
	saved    mirror.Check          // what became of saving them

	entries   []mirror.JournalEntry // open when this run began
	asked     bool                  // what waits on the device was asked
	waiting   []mirror.Pending      // that answer
	blocked   string                // why nothing may be pushed until something on the device has ended
	last      journaled             // the last push of this run
	undecided []mirror.JournalEntry // pushes that the device may still take back

	disputed map[string]mirror.NativeSession // ours that the device shows in two ways, by mark

	braked    string            // why drift repairs have stopped on this device
	contended map[string]string // mark -> why it is not repaired any more
	repaired  map[string]bool   // marks of which this run has counted a repair
	busy      bool              // the device asked to come back later at the last push
	busySince time.Time         // since when it does
	read      bool              // the device was read in this run
	sent      bool              // something was pushed, or may have been
	redialled bool              // a connection that the device had closed was made anew
}

func rowKey(p mirror.Placement) string { return p.Session + "/" + string(p.Role) + "/" + p.Ends }

// reconcile is the whole step: observe, diff, assign, journal, push, verify,
// record. An error means that the device could not be reached, read or driven;
// what the device refused is recorded and is no error.
func (w *Worker) reconcile(ctx context.Context, device mirror.Device) error {
	drv, err := w.s.Driver(device)
	if err != nil {
		return err
	}
	p := &pass{w: w, s: w.s, driver: drv, facts: w.memory.facts,
		deferred: map[string]bool{}, failed: map[string]string{}, refused: map[string]string{}, changed: map[string]error{}, missing: map[string]string{}, lost: map[string]string{}, reasons: map[string]string{},
		contended: map[string]string{}, repaired: map[string]bool{}, repairs: map[string]*repairing{}}
	p.info = plan.DeviceInfo{Device: device, Ports: drv.Ports, Capabilities: drv.Capabilities(p.facts).On(device), Instance: w.s.Instance}
	w.again = 0
	// A goal that moves right after the read on which its session was checked
	// does not read again: that is one round trip of four.
	expected, err := p.expect(ctx)
	if err != nil {
		return err
	}
	// A device that the last try did not reach is read, however young the read before that
	// is: who waits for it waits for a device that answers.
	recent := w.fresh() && !w.mustRead && w.s.States.Known(w.name).Reachable.State == mirror.True
	if recent {
		p.info.Observation = w.programmed(w.memory.known.Observation)
	} else if err := p.observe(ctx, w.look.And(expected)); err != nil {
		return err
	}
	w.silent = false
	w.leave()
	w.answer(nil)
	w.s.Desk.Returned(w.name)
	if err := p.load(ctx); err != nil {
		return err
	}
	if recent && p.takesAway() {
		if err := p.observe(ctx, expected); err != nil {
			return err
		}
		if err := p.load(ctx); err != nil {
			return err
		}
	}
	if err := p.unfinished(ctx); err != nil {
		return err
	}
	if err := p.returned(ctx); err != nil {
		return err
	}
	if err := p.takeOutRemnants(ctx); err != nil {
		return err
	}
	if err := p.unclaim(ctx); err != nil {
		return err
	}
	if err := p.tidy(ctx); err != nil {
		return err
	}
	if err := p.drive(ctx); err != nil {
		return err
	}
	p.save(ctx)
	if err := p.record(ctx); err != nil {
		return err
	}
	w.doubt(len(p.disputed) > 0)
	w.rested(p)
	return nil
}

// takesAway reports whether anything is due but new native sessions: what is there
// may be another hand's since the last read, and is touched on a read of now alone.
func (p *pass) takesAway() bool {
	changes := p.compare()
	clear(p.failed) // compare decides anew on what is read
	return slices.ContainsFunc(changes, func(c mirror.Change) bool { return c.Before != nil })
}

// drive pushes what may be pushed, a stage at a time, until nothing is due.
func (p *pass) drive(ctx context.Context) error {
	for tries, total := 0, 0; ; tries, total = tries+1, total+1 {
		all, err := p.guarded(ctx)
		if err != nil {
			return err
		}
		due := plan.Stage(plan.Grounded(all, p.desired, p.info), p.info.Capabilities.Atomic)
		switch {
		case len(due) == 0 && !p.release():
			return nil
		case len(due) == 0:
		case tries >= maxRounds || total >= maxRounds*8:
			p.giveUp(due)
			tries = 0
		default:
			if !p.asked {
				if err := p.ask(ctx); err != nil {
					return err
				}
				if p.blocked != "" {
					return nil
				}
			}
			progress, err := p.pushAndVerify(ctx, due, all)
			if err != nil {
				return err
			}
			if progress || len(due) < len(all) {
				tries = 0
			}
			again, err := p.later(ctx)
			if err != nil {
				return err
			}
			if again {
				tries, total = -1, total-1
			}
		}
	}
}

// guarded lists what may be pushed, once it was decided, on facts of now, that
// its copies may end where they would.
func (p *pass) guarded(ctx context.Context) ([]mirror.Change, error) {
	for {
		if err := p.unclaim(ctx); err != nil {
			return nil, err
		}
		all, err := p.allowed(ctx, p.compare())
		if err != nil {
			return nil, err
		}
		look, err := p.landing(ctx, all)
		switch {
		case err != nil:
			return nil, err
		case !p.w.memory.named.Covers(look):
			if err := p.observe(ctx, look); err != nil {
				return nil, err
			}
		case !p.guard(all):
			return all, nil
		}
	}
}

// observe reads the device. A connection that the device closed, while it was idle
// say, is made anew without a word: nothing but a question can have been lost with it.
func (p *pass) observe(ctx context.Context, look mirror.Look) error {
	err := p.observeOnce(ctx, look)
	if err == nil || p.sent || !p.w.reused && !p.read || !errors.Is(err, mirror.ErrUnreachable) || !p.mayRedial(ctx, err) {
		return err
	}
	if err := p.redial(ctx, err); err != nil {
		return err
	}
	return p.observeOnce(ctx, look)
}

func (p *pass) observeOnce(ctx context.Context, look mirror.Look) error {
	ctx, cancel := context.WithTimeout(ctx, p.observeLimit())
	defer cancel()
	answered := p.w.tellSilence(ctx)
	obs, err := p.w.read(ctx, look)
	answered()
	if err != nil {
		return deviceFault{fmt.Errorf("device %s: observe: %w", p.w.name, err)}
	}
	p.info.Observation, p.read = obs, true
	p.s.Reads.note(p.w.name, obs.At)
	known := p.w.memory.known
	change := func(st *mirror.DeviceState) {
		st.Reachable = mirror.Check{State: mirror.True, Reason: "Read"}
		st.Facts, st.Observation, st.View, st.Read = p.facts, obs, known.View, known.Read
	}
	if !p.sent {
		p.w.saveState(ctx, change)
		return nil
	}
	// The end of the run stores it, with what was saved: see keepState.
	if err := p.s.States.Hold(ctx, p.w.name, p.w.alive, change); err != nil {
		p.s.Log.Error("store", "device", p.w.name, "err", err)
	}
	return nil
}

// pushLimit is the most that one write of configuration may take.
func (p *pass) pushLimit() time.Duration {
	return p.s.tuning(p.info.Device).Timeouts.Push.Std()
}

// observeLimit is the most that a whole read of the device may take: never less
// than the silence that is borne with.
func (p *pass) observeLimit() time.Duration {
	return max(p.s.Timeouts.Observe, 2*p.s.tuning(p.info.Device).Timeouts.Read.Std())
}

// load renews the claim when its end is near, and reads goals and ledger.
func (p *pass) load(ctx context.Context) error {
	term := 10 * (p.s.tuning(p.info.Device).Timeouts.Push.Std() + p.observeLimit())
	if now := time.Now().UTC(); p.w.claim.Deadline.Sub(now) < term/2 {
		var next mirror.Claim // it is ours once it is stored
		err := p.s.Store.Update(ctx, func(tx mirror.Tx) (err error) {
			next, err = tx.Claim(p.w.name, p.s.Owner, now.Add(term))
			return err
		})
		if err != nil {
			return err
		}
		p.w.claim = next
	}
	return p.s.Store.View(ctx, func(tx mirror.Tx) (err error) {
		if p.rows, err = tx.PlacementsByDevice(p.w.name); err != nil {
			return err
		}
		p.info.Taken = plan.Taken(p.rows)
		if p.info.Ledger, err = tx.Natives(p.w.name); err != nil {
			return err
		}
		err = p.openEnds(tx)
		p.info.Unheard, p.info.Begun = nil, nil
		for _, c := range p.unheard {
			p.info.Unheard = append(p.info.Unheard, c.Mark)
			held := slices.ContainsFunc(p.unheard, func(o mirror.Change) bool { return o.Mark == c.Mark && o.Before != nil })
			if !held {
				p.info.Begun = append(p.info.Begun, c.Mark)
			}
		}
		return err
	})
}

// holdsBack says why nothing may be pushed at all, "" when pushes are allowed.
func (p *pass) holdsBack() string {
	if why := p.forbidden(); why != "" {
		return why
	}
	return p.blocked
}

// forbidden says why nothing may be sent but questions, "" when more may.
func (p *pass) forbidden() string {
	if why := p.s.Desk.HeldBack(); why != "" {
		return why
	}
	switch {
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
