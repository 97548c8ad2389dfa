package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A purpose is why a change would be pushed.
type purpose int

const (
	toRollOut purpose = iota // a goal has moved, or goes back
	toRepair                 // the device differs from what it held
	toReport                 // it differs, and its sessions ask for a report only
)

func (p *pass) purpose(c mirror.Change) purpose {
	rows := p.concerned(c)
	rolling := slices.ContainsFunc(rows, func(row mirror.Placement) bool {
		return p.moving(row) || p.failed[rowKey(row)] != "" || row.FailedGoal() || p.deferred[rowKey(row)]
	})
	if rolling {
		return toRollOut
	}
	report := len(rows) > 0
	for _, row := range rows {
		if f := p.standing(row); f == nil || f.DriftPolicy != mirror.DriftReport {
			report = false
		}
	}
	if report {
		return toReport
	}
	return toRepair
}

// allowed keeps the changes that may be pushed, in their order: those of a
// rollout always, repairs unless every session concerned asks for reports only,
// somebody else keeps changing it back, or the brake is on; none in observe
// mode, in maintenance, or where a repair was refused just now.
func (p *pass) allowed(ctx context.Context, changes []mirror.Change) ([]mirror.Change, error) {
	if p.holdsBack() != "" {
		return nil, nil
	}
	p.braked = ""
	lost := plan.Lost(p.info)
	var out, repairs []mirror.Change
	for _, c := range changes {
		if id, ok := lost[c.Mark]; ok {
			p.lost[c.Mark] = id
			continue
		}
		if p.refused[c.Mark] != "" || p.waits(c) || p.awaits(c) {
			continue
		}
		switch p.purpose(c) {
		case toReport:
			continue
		case toRepair:
			repairs = append(repairs, c)
		}
		out = append(out, c)
	}
	held, err := p.held(ctx, repairs)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out, func(c mirror.Change) bool {
		isRepair := slices.ContainsFunc(repairs, func(r mirror.Change) bool { return r.Mark == c.Mark && r.Verb() == c.Verb() })
		return isRepair && (p.braked != "" || held[c.Mark])
	}), nil
}

// held tells which repairs are not made because they are contended, and sets
// p.braked when none is.
func (p *pass) held(ctx context.Context, repairs []mirror.Change) (map[string]bool, error) {
	// What the device took back by itself nobody fights about, and nobody took away.
	repairs = slices.DeleteFunc(slices.Clone(repairs), func(c mirror.Change) bool { return p.w.back[c.Mark] })
	if len(repairs) == 0 {
		return nil, nil
	}
	if err := p.brake(ctx, repairs); err != nil || p.braked != "" {
		return nil, err
	}
	out := map[string]bool{}
	now := time.Now().UTC()
	for _, c := range repairs {
		line := p.line(c)
		switch {
		case line == nil || p.repaired[c.Mark]:
			continue // of this run: one repair may take several rounds
		case line.Contended != nil:
			p.contended[c.Mark] = line.Contended.Message
		case plan.Fought(line.Repairs, now, p.s.fight(p.info.Device)):
			if err := p.contend(ctx, c, *line, now); err != nil {
				return nil, err
			}
		default:
			continue
		}
		out[c.Mark] = true
	}
	return out, nil
}

// fight is within how long repairs of one thing are taken for a fight: a device
// that is read seldom is repaired seldom.
func (s *Shared) fight(d mirror.Device) time.Duration {
	return max(plan.BrakeWindow, 4*s.resync(d))
}

// contend gives a native session up: it was repaired again and again, and
// differs again.
func (p *pass) contend(ctx context.Context, c mirror.Change, line mirror.Native, now time.Time) error {
	why := fmt.Sprintf("repaired %d times within %s and changed again by somebody else; repairs have stopped until the device is released or the session changes. It would %s",
		len(line.Repairs), strings.TrimSuffix(p.s.fight(p.info.Device).String(), "0s"), describe(c))
	if who := p.lastChange(ctx); who != "" {
		why += fmt.Sprintf(". The device says: %q", who)
	} else if others := p.otherControllers(); len(others) > 0 {
		why += ". On the device there are also sessions of another netmirror: " + strings.Join(others, ", ")
	}
	line.Contended = &mirror.Contention{Since: now, Message: why}
	p.contended[c.Mark] = why
	err := p.s.Desk.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		for _, row := range p.concerned(c) {
			if err := tx.AppendEvent(changeEvent("Contended", row.Session, p.w.name, why, c)); err != nil {
				return err
			}
		}
		return tx.PutNative(line)
	})
	if err != nil {
		return err
	}
	if l := p.line(c); l != nil {
		l.Contended = line.Contended
	}
	return nil
}

// lastChange asks the device who configured it last, where it tells.
func (p *pass) lastChange(ctx context.Context) string {
	w, ok := p.w.conn.(Witness)
	if !ok {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, p.observeLimit())
	defer cancel()
	who, err := w.LastChange(ctx)
	if err != nil {
		p.s.Log.Debug("last change not told", "device", p.w.name, "err", err)
		return ""
	}
	return who
}

func (p *pass) otherControllers() []string {
	var out []string
	for _, n := range p.info.Observation.Natives {
		if n.Instance != "" && n.Instance != p.s.Instance {
			out = append(out, n.ID)
		}
	}
	return out
}

// brake decides whether the repairs of this run may be made without asking,
// and remembers, for operators and restarts, that they may not.
func (p *pass) brake(ctx context.Context, repairs []mirror.Change) error {
	now := time.Now().UTC()
	st := p.s.States.Known(p.w.name)
	switch {
	case st.Brake != nil:
		p.braked = st.Brake.Message
		return nil
	case now.Sub(st.Released) < plan.BrakeWindow, plan.Rebooted(st.Settled, p.facts.Started()):
		return nil
	}
	owned := slices.DeleteFunc(slices.Clone(p.info.Ledger), func(l mirror.Native) bool { return l.Spec.Footing != nil })
	brake := mirror.Brake{Scope: mirror.BrakeDevice, Message: plan.TooMuch(repairs, p.info.Ledger), Since: now}
	if len(owned) > 0 && len(plan.OwnSessions(p.info, nil)) == 0 {
		platform := p.info.Device.Platform
		if why := plan.TooMany(platform, p.s.vanished.note(platform, p.w.name, now)); why != "" {
			brake.Scope, brake.Message = mirror.BrakePlatform, why
		}
	}
	if brake.Message == "" {
		return nil
	}
	brake.Message += "; repairs have stopped until an operator releases the device"
	p.braked = brake.Message
	return p.s.States.Change(ctx, p.w.name, nil, func(st *mirror.DeviceState) { st.Brake = &brake },
		func(tx mirror.Tx) error {
			return mirror.Tell(tx, "BrakeOn", mirror.ActorSystem, "", p.w.name, "%s", brake.Message)
		})
}

// restarted reports whether the device was not settled yet since it started.
func (p *pass) restarted() bool {
	started, settled := p.facts.Started(), p.s.States.Known(p.w.name).Settled
	return !started.IsZero() && (settled.IsZero() || plan.Rebooted(settled, started))
}

// unsettled reports whether settled has something to note.
func (p *pass) unsettled() bool {
	st := p.s.States.Known(p.w.name)
	return st.Brake != nil || !st.Released.IsZero() || p.restarted()
}

// settled notes, when nothing is left to repair, that there is nothing to ask
// about any more, and when the device had started.
func (p *pass) settled(ctx context.Context) error {
	if !p.unsettled() {
		return nil
	}
	started, moved, st := p.facts.Started(), p.restarted(), p.s.States.Known(p.w.name)
	return p.s.States.Change(ctx, p.w.name, nil, func(st *mirror.DeviceState) {
		st.Brake, st.Released = nil, time.Time{}
		if moved {
			st.Settled = started
		}
	}, func(tx mirror.Tx) error {
		if st.Brake == nil {
			return nil
		}
		return mirror.Tell(tx, "BrakeOff", mirror.ActorSystem, "", p.w.name, "nothing is left to repair")
	})
}
