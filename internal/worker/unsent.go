package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// journaled is what the store and this run held of pushes before one.
type journaled struct {
	entry    mirror.JournalEntry
	lines    []mirror.Native // the ledger before
	claimed  []mirror.Native // the ledger with the claims of the push
	unsaved  []mirror.Unsaved
	repaired map[string]bool
}

// unsent ends a push of which nothing was sent. It is known not to have happened,
// so its claims are withdrawn. Over a new connection the device is read again, and
// what is due then is pushed.
func (p *pass) unsent(ctx context.Context, c journaled, payload mirror.Payload, look mirror.Look, cause error) (progress bool, err error) {
	if err := p.withdraw(ctx, c); err != nil {
		return false, err
	}
	fault := error(deviceFault{fmt.Errorf("device %s: push: %w", p.w.name, cause)})
	if p.mayRedial(ctx, cause) {
		if fault = p.redial(ctx, cause); fault == nil {
			return true, p.observe(ctx, look)
		}
	}
	p.note(payload, mirror.PushReport{}, cause)
	p.keepTalk(ctx, c.entry.Changes, cause)
	return false, fault
}

// withdraw closes the journal over a push that did not happen, and makes ledger
// and unsaved changes what they were. A line that somebody wrote since stays.
func (p *pass) withdraw(ctx context.Context, c journaled) error {
	var lines []mirror.Native
	write := func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		err := p.restore(tx, c, nil)
		if err != nil {
			return err
		}
		if lines, err = tx.Natives(p.w.name); err != nil {
			return err
		}
		return tx.CloseJournal(p.w.name, c.entry.Tx)
	}
	var err error
	if p.info.Capabilities.Persistent {
		err = p.s.Store.Update(ctx, write)
	} else {
		err = p.s.States.Change(ctx, p.w.name, nil, func(st *mirror.DeviceState) { st.Unsaved = c.unsaved }, write)
	}
	if err == nil {
		p.repaired = maps.Clone(c.repaired)
		p.learn(lines, c.entry.Changes)
	}
	return err
}

// restore makes the ledger's lines of some marks, nil = all, what they were before a push
// claimed them. A line that somebody wrote since stays.
func (p *pass) restore(tx mirror.Tx, c journaled, marks []string) error {
	of := func(lines []mirror.Native, mark string) *mirror.Native {
		i := slices.IndexFunc(lines, func(l mirror.Native) bool { return l.Mark == mark })
		if i < 0 {
			return nil
		}
		return &lines[i]
	}
	now, err := tx.Natives(p.w.name)
	if err != nil {
		return err
	}
	for _, l := range slices.Concat(c.lines, c.claimed) {
		if marks != nil && !slices.Contains(marks, l.Mark) {
			continue
		}
		before, claimed, is := of(c.lines, l.Mark), of(c.claimed, l.Mark), of(now, l.Mark)
		switch {
		case reflect.DeepEqual(before, claimed) || !reflect.DeepEqual(is, claimed):
		case before == nil:
			err = tx.DeleteNative(p.w.name, l.Mark)
		default:
			err = tx.PutNative(*before)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// disclaim withdraws the claims of those changes of a push that did nothing, since what
// they rest on had changed meanwhile, where native sessions are known by their destination:
// a source that another hand copies there by now would count as ours.
func (p *pass) disclaim(ctx context.Context, c journaled, report mirror.PushReport) error {
	if p.info.Capabilities.NamedBy() != mirror.Placed {
		return nil
	}
	marks := []string{}
	for i, r := range report.Blocks {
		if errors.Is(r.Err, mirror.ErrChanged) && !errors.Is(r.Err, errTakenBack) {
			marks = append(marks, c.entry.Changes[i].Mark, c.entry.Changes[i].Was)
		}
	}
	if len(marks) == 0 {
		return nil
	}
	var lines []mirror.Native
	err := p.s.Store.Update(ctx, func(tx mirror.Tx) (err error) {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		if err := p.restore(tx, c, marks); err != nil {
			return err
		}
		lines, err = tx.Natives(p.w.name)
		return err
	})
	if err == nil {
		p.learn(lines, c.entry.Changes)
	}
	return err
}
