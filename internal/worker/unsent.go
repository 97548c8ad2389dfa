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

// mayRedial reports whether a connection that ended with err may be made anew
// within the run. Once is enough for what the device closed while it was idle. One
// that ended at a keepalive is made anew after that was learned.
func (p *pass) mayRedial(ctx context.Context, err error) bool {
	return !p.redialled && ctx.Err() == nil && !errors.Is(err, mirror.ErrProbed)
}

// redial makes a connection anew that the device had closed.
func (p *pass) redial(ctx context.Context, cause error) error {
	p.redialled = true
	p.s.Log.Debug("connection was closed by the device", "device", p.w.name, "err", cause)
	p.w.disconnect()
	if err := p.w.connect(ctx, p.info.Device); err != nil {
		return deviceFault{err}
	}
	p.facts = p.w.memory.facts
	p.info.Capabilities = p.driver.Capabilities(p.facts)
	return nil
}

// journaled is what the store and this run held of pushes before one.
type journaled struct {
	tx       string
	due      []mirror.Change
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
	p.keepTalk(ctx, c.due)
	return false, fault
}

// withdraw closes the journal over a push that did not happen, and makes ledger
// and unsaved changes what they were. A line that somebody wrote since stays.
func (p *pass) withdraw(ctx context.Context, c journaled) error {
	of := func(lines []mirror.Native, mark string) *mirror.Native {
		i := slices.IndexFunc(lines, func(l mirror.Native) bool { return l.Mark == mark })
		if i < 0 {
			return nil
		}
		return &lines[i]
	}
	var lines []mirror.Native
	write := func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		now, err := tx.Natives(p.w.name)
		if err != nil {
			return err
		}
		for _, l := range slices.Concat(c.lines, c.claimed) {
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
		if lines, err = tx.Natives(p.w.name); err != nil {
			return err
		}
		return tx.CloseJournal(p.w.name, c.tx)
	}
	var err error
	if p.info.Capabilities.Persistent {
		err = p.s.Store.Update(ctx, write)
	} else {
		err = p.s.States.Change(ctx, p.w.name, nil, func(st *mirror.DeviceState) { st.Unsaved = c.unsaved }, write)
	}
	if err == nil {
		p.repaired = maps.Clone(c.repaired)
		p.learn(lines, c.due)
	}
	return err
}
