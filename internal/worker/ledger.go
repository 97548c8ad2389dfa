package worker

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// The ledger says which native sessions and footings of a device are netmirror's.
// A line is written before the push that makes something, follows what was read
// after it, and goes when what it stands for was seen gone.

// line is the ledger's line of a change.
func (p *pass) line(c mirror.Change) *mirror.Native {
	i := slices.IndexFunc(p.info.Ledger, func(l mirror.Native) bool { return l.Mark == c.Mark || c.Was != "" && l.Mark == c.Was })
	if i < 0 {
		return nil
	}
	return &p.info.Ledger[i]
}

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

// own maps marks to our native sessions as last observed, chosen as Diff does.
func (p *pass) own() map[string]mirror.NativeSession {
	wanted := map[string]bool{}
	for _, d := range p.desired {
		wanted[d.Mark] = true
	}
	return plan.Own(p.info, wanted)
}

// knew reports whether the ledger as this run knows it has the line's mark.
func (p *pass) knew(l mirror.Native) bool {
	return slices.ContainsFunc(p.info.Ledger, func(k mirror.Native) bool { return k.Mark == l.Mark })
}

// differsAt reports whether something is left to do about a mark.
func (p *pass) differsAt(mark string) bool {
	return slices.ContainsFunc(plan.Diff(p.desired, p.info), func(c mirror.Change) bool { return c.Mark == mark || c.Was == mark })
}

// claim writes the ledger's line of a change. A line that is there keeps its
// history; a rollout ends a contention, a repair counts towards one.
func (p *pass) claim(tx mirror.Tx, c mirror.Change, now time.Time) error {
	old := p.line(c)
	line := mirror.Native{Device: p.w.name, Mark: c.Mark, Created: now}
	if old != nil {
		line = *old
		line.Mark = c.Mark
	}
	switch repair := p.purpose(c) == toRepair; {
	case !repair:
		line.Repairs, line.Contended = nil, nil
	case !p.repaired[c.Mark]:
		line.Repairs = plan.Repaired(line.Repairs, now)
	}
	if c.After == nil {
		if old == nil {
			return nil
		}
		return tx.PutNative(line)
	}
	if own := p.ledgerOf(c); own != nil && own.Mark != c.Mark && own.ID == c.After.ID {
		if err := tx.DeleteNative(p.w.name, own.Mark); err != nil {
			return err
		}
	}
	if old != nil && c.After.Spec.Footing == nil {
		line.Sent = mirror.NativeSpec{}.With(old.Spec).With(old.Sent)
	}
	line.ID, line.Handle, line.Spec, line.Was = c.After.ID, c.After.Handle, c.After.Spec, ""
	if c.Before != nil && c.Before.Mark != c.Mark && c.After.Spec.Footing == nil {
		line.Was = c.Before.Mark
	}
	if f := c.After.Spec.Footing; f != nil && c.Before != nil {
		line.Spec = f.Plus(*c.Before.Spec.Footing).Spec() // what is to be taken away is ours until it was seen gone
	}
	return tx.PutNative(line)
}

// unclaim gives up numbers that were claimed for sessions which the device never
// came to hold: the connection, or the controller, was lost before the push, and
// another hand has taken the number since. A session that was held is lost
// (OwnershipLost) and is not repaired; but when a rollout wants the native session,
// alone or together with sessions that lost theirs, it is made under another number.
func (p *pass) unclaim(ctx context.Context) error {
	var gone []string
	for mark := range plan.Lost(p.info) {
		i := slices.IndexFunc(p.info.Ledger, func(l mirror.Native) bool { return l.Mark == mark })
		wanted := slices.ContainsFunc(p.rows, func(row mirror.Placement) bool {
			f := p.standing(row)
			return f != nil && p.moving(row) && slices.Contains(mirror.Marks(p.s.Instance, p.w.name, f.Spec), mark)
		})
		if wanted && !p.info.Ledger[i].Adopted {
			gone = append(gone, mark)
		}
	}
	if len(gone) == 0 || p.holdsBack() != "" {
		return nil
	}
	err := p.s.Store.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		for _, mark := range gone {
			if err := tx.DeleteNative(p.w.name, mark); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		p.info.Ledger = slices.DeleteFunc(p.info.Ledger, func(l mirror.Native) bool { return slices.Contains(gone, l.Mark) })
	}
	return err
}

// bookkeep brings the ledger, and what this run knows of it, to what was read
// after a push.
func (p *pass) bookkeep(ctx context.Context, due []mirror.Change, late map[string]bool, strangers []stranger) error {
	var lines []mirror.Native
	write := func(tx mirror.Tx) (err error) {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		for _, s := range strangers {
			if err := s.tell(tx, p); err != nil {
				return err
			}
		}
		if err := p.sweep(tx); err != nil {
			return err
		}
		for mark := range late {
			if err := tx.DeleteNative(p.w.name, mark); err != nil {
				return err
			}
		}
		lines, err = tx.Natives(p.w.name)
		return err
	}
	var err error
	if !p.s.nothingToWrite(ctx, write) {
		err = p.s.Store.Update(ctx, write)
	}
	if err == nil {
		p.learn(lines, due)
	}
	return err
}

// learn is the ledger as it is stored now. A line that is new and not of this
// run belongs to a goal that the run does not know (an adoption); it would look
// like a leftover.
func (p *pass) learn(lines []mirror.Native, due []mirror.Change) {
	p.info.Ledger = slices.DeleteFunc(lines, func(l mirror.Native) bool {
		return !p.knew(l) && !slices.ContainsFunc(due, func(c mirror.Change) bool { return c.Mark == l.Mark }) &&
			!slices.ContainsFunc(p.desired, func(d plan.Desired) bool { return d.Mark == l.Mark })
	})
}

// tidy brings the ledger to what was read before anything is pushed: a line of
// what is gone, left by a crash, would hold its number, and the line of a change
// that the device refused bears the mark of what was wanted then.
func (p *pass) tidy(ctx context.Context) error {
	p.compare()
	there, renames := p.own(), plan.Renames(p.desired, p.info)
	stale := slices.ContainsFunc(p.info.Ledger, func(l mirror.Native) bool {
		_, exists := there[l.Mark]
		wanted := slices.ContainsFunc(p.desired, func(d plan.Desired) bool { return d.Mark == l.Mark })
		return !exists && !wanted || renames[l.Mark] != ""
	})
	if !stale {
		return nil
	}
	return p.bookkeep(ctx, nil, nil, nil)
}

// sweep brings the ledger to what was read. Of footings only
// what netmirror added and is still there stays netmirror's. A line that this
// run did not know when it looked (of an adoption meanwhile) is left alone, and one
// that is gone (of a release) does not come back.
func (p *pass) sweep(tx mirror.Tx) error {
	there, renames := p.own(), plan.Renames(p.desired, p.info)
	wanted := map[string]bool{}
	for _, d := range p.desired {
		wanted[d.Mark] = true
	}
	lines, err := tx.Natives(p.w.name)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if p.mayReturn(l.Mark) {
			delete(there, l.Mark)
			continue
		}
		if to := renames[l.Mark]; to != "" {
			if err := rename(tx, l, to, there[l.Mark]); err != nil {
				return err
			}
			delete(there, l.Mark)
			continue
		}
		n, exists := there[l.Mark]
		delete(there, l.Mark)
		next := l
		if exists {
			if next.Handle, next.ID = n.Handle, n.ID; n.Mark == l.Mark {
				next.Was = ""
			}
		}
		if l.Spec.Footing != nil {
			next.Spec = plan.Kept(l, p.info.Observation).Spec()
		}
		settled := exists && l.Spec.Footing == nil && wanted[l.Mark] && l.Sent.Vacant() && l.Spec.Equal(n.Spec)
		if (l.Contended != nil || !settled) && !p.differsAt(l.Mark) {
			next.Contended = nil // it is as it shall be again
			if exists && l.Spec.Footing == nil && wanted[l.Mark] {
				next.Spec, next.Sent = n.Spec, mirror.NativeSpec{} // what was claimed for a push that was refused is not there
			}
		}
		switch {
		case !exists && !wanted[l.Mark] && !p.knew(l):
		case !exists && !wanted[l.Mark]:
			err = tx.DeleteNative(p.w.name, l.Mark)
		case !reflect.DeepEqual(next, l):
			err = tx.PutNative(next)
		}
		if err != nil {
			return err
		}
	}
	if len(there) == 0 {
		return nil
	}
	needed, err := p.needed(tx)
	if err != nil {
		return err
	}
	for mark, n := range there { // of ours by its mark, and not in the ledger
		if !needed[mark] {
			continue
		}
		line := mirror.Native{Device: p.w.name, Mark: mark, ID: n.ID, Handle: n.Handle, Spec: n.Spec, Created: time.Now().UTC()}
		if err := tx.PutNative(line); err != nil {
			return err
		}
	}
	return nil
}

// rename gives the line of a native session that stayed as it was its mark.
func rename(tx mirror.Tx, l mirror.Native, mark string, n mirror.NativeSession) error {
	if err := tx.DeleteNative(l.Device, l.Mark); err != nil {
		return err
	}
	l.Mark, l.Spec = mark, n.Spec
	return tx.PutNative(l)
}

// needed are the marks that placements need as they are now: what was released
// while the run was under way is nobody's any more, and a line that came back
// would make it a leftover that has to go.
func (p *pass) needed(tx mirror.Tx) (map[string]bool, error) {
	rows, err := tx.PlacementsByDevice(p.w.name)
	out := map[string]bool{}
	for _, row := range rows {
		row.AddMarks(out, p.s.Instance)
	}
	return out, err
}

// returned takes up again what a reload brought back: a native session or a part
// of a footing that was taken away, and the configuration without it never
// saved. It is ours as it was, and goes again.
func (p *pass) returned(ctx context.Context) error {
	started := p.facts.Started()
	var back []mirror.Native
	for _, u := range p.s.States.Known(p.w.name).Unsaved {
		if p.info.Capabilities.Persistent || started.IsZero() || !started.After(u.At) {
			continue
		}
		i := slices.IndexFunc(p.info.Ledger, func(l mirror.Native) bool { return l.Mark == u.Mark || l.ID == u.ID })
		line := mirror.Native{Device: p.w.name, Mark: u.Mark, ID: u.ID, Spec: u.Spec, Created: u.At}
		switch {
		case i < 0 && u.Set:
			continue // it was not taken away but released
		case i < 0:
		case u.Spec.Footing != nil && p.info.Ledger[i].Mark == u.Mark:
			line = p.info.Ledger[i]
			line.Spec = line.Spec.Footing.Plus(*u.Spec.Footing).Spec()
		default:
			continue // the number is a session of ours, which is compared as always
		}
		alone := p.info
		alone.Ledger = []mirror.Native{line}
		if _, there := plan.Own(alone, nil)[line.Mark]; there && (i < 0 || !line.Spec.Equal(p.info.Ledger[i].Spec)) {
			back = append(back, line)
		}
	}
	if len(back) == 0 {
		return nil
	}
	err := p.s.Desk.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		for _, line := range back {
			if err := tx.PutNative(line); err != nil {
				return err
			}
			is := mirror.TrafficOn(p.w.name, &mirror.NativeSession{ID: line.ID, Spec: line.Spec})
			err := tx.AppendEvent(mirror.Event{At: time.Now().UTC(), Type: "ReturnedByReload", Actor: mirror.ActorSystem, Device: p.w.name, After: is,
				Message: fmt.Sprintf("%s, which was removed and not saved, came back with a reload: %s", line.ID, is)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, line := range back {
		p.info.Ledger = append(slices.DeleteFunc(p.info.Ledger, func(l mirror.Native) bool { return l.Mark == line.Mark }), line)
	}
	return nil
}
