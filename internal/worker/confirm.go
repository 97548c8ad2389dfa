package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A device can be set to take a push back by itself unless it is confirmed in
// time: what goes wrong in between (the controller is killed, the device cannot be
// reached any more) mends itself then. So a push is confirmed only when the device
// was seen to hold it, and to be reachable still. What a cut-off push has left is
// dealt with in unfinished.go.

// errTakenBack is of a block that the device took and gave back, or may yet give
// back, with the rest of its push. It is pushed again.
var errTakenBack = errors.New("taken back with the push that it was part of")

// A notHeld is why a push was not confirmed as it is.
type notHeld struct{ why string }

func (n notHeld) Error() string { return n.why }

// Unwrap gives the kind.
func (notHeld) Unwrap() error { return mirror.ErrRejected }

// rules are how the platform confirms; a driver that says nothing of it takes back.
func (p *pass) rules() Confirms {
	if p.driver.Confirms == nil {
		return Confirms{Wait: mirror.WaitTimer}
	}
	return *p.driver.Confirms
}

// arm completes what is journaled of a push that the device will take back unless
// it is confirmed: at the latest then, before it is known when. A platform may have
// room for longer windows only.
func (p *pass) arm(entry *mirror.JournalEntry) {
	window := p.driver.window(p.info.Device)
	if _, ok := p.w.conn.(Confirmer); !ok || window == 0 || p.driver.Confirms == nil {
		return
	}
	entry.Until = entry.At.Add(p.pushLimit() + max(window, p.s.Timeouts.Window))
	entry.Wait = p.driver.Confirms.Wait
}

// armed notes until when a push waits, as the device said.
func (p *pass) armed(ctx context.Context, entry *mirror.JournalEntry, until time.Time) error {
	if entry.Until.IsZero() && until.IsZero() {
		return nil
	}
	entry.Until = until
	return p.keepEntry(ctx, *entry)
}

// keepEntry stores an open entry of the journal as it is now.
func (p *pass) keepEntry(ctx context.Context, entry mirror.JournalEntry) error {
	return p.s.Store.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		return tx.PutJournal(entry)
	})
}

// settle ends a push that the device would take back: it is confirmed when all of
// it is held and programmed and the device is reachable, and otherwise taken back,
// or confirmed and its lines removed, as the platform has it. Blocks that are not
// held become refused; look is how the device is read.
func (p *pass) settle(ctx context.Context, entry mirror.JournalEntry, report *mirror.PushReport, look mirror.Look) error {
	if entry.Until.IsZero() {
		return nil
	}
	bad, err := p.await(ctx, entry, report, look)
	if err != nil {
		return err
	}
	keep, wait := p.rules().Keep, false
	if len(bad) == 0 {
		keep = true
		if why := p.unproven(ctx, entry); why != "" {
			// Here taking back is right on every platform: who confirmed it could
			// lose the device for good.
			bad, keep = p.blame(entry.Changes, why), false
		}
	}
	if keep {
		gone, err := p.confirmHeld(ctx, &entry)
		switch {
		case errors.Is(err, mirror.ErrBusy): // another hand locks it: nothing of ours is at fault
			if keep, wait = false, p.rules().Keep; wait {
				p.leave(entry, err)
			}
		case errors.Is(err, mirror.ErrRejected):
			bad, keep = p.blame(entry.Changes, fmt.Sprintf("could not be confirmed: %v", err)), false
		case err != nil:
			return err
		case gone:
			return p.lapsed(ctx, entry, report, look)
		}
	}
	if !keep && !wait {
		if err := p.takeBack(ctx, entry, look); err != nil {
			return err
		}
	}
	for i := range report.Blocks {
		r := &report.Blocks[i]
		why, isBad := bad[r.Mark]
		switch {
		case r.Err != nil:
		case isBad:
			r.Err = notHeld{why}
		case !keep:
			r.Err = errTakenBack
		}
	}
	return nil
}

// await reads the device until it has programmed all that it holds of a push, for
// as long as leaves time to confirm it, and tells by mark what it does not hold.
func (p *pass) await(ctx context.Context, entry mirror.JournalEntry, report *mirror.PushReport, look mirror.Look) (map[string]string, error) {
	for end := time.Now().Add(min(p.s.Timeouts.Settle, time.Until(entry.Until)/2)); ; {
		missing, unsettled := p.verdicts(entry.Changes, report)
		left := time.Until(end)
		if len(missing) > 0 || len(unsettled) == 0 {
			return missing, nil
		}
		if left <= 0 {
			return unsettled, nil
		}
		select {
		case <-time.After(min(left, p.s.Timeouts.Settle/8)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := p.observe(ctx, look); err != nil {
			return nil, err
		}
	}
}

// verdicts tells, of the changes that the device took, which it does not hold and
// which may still need time, by mark.
func (p *pass) verdicts(changes []mirror.Change, report *mirror.PushReport) (missing, unsettled map[string]string) {
	missing, unsettled = map[string]string{}, map[string]string{}
	left, own := p.compare(), p.own()
	for i, c := range changes {
		if i >= len(report.Blocks) || report.Blocks[i].Err != nil {
			continue
		}
		n, there := own[c.Mark]
		j := slices.IndexFunc(left, func(l mirror.Change) bool { return l.Mark == c.Mark && (l.After == nil) == (c.After == nil) })
		switch {
		case there && n.Disputed:
			unsettled[c.Mark] = fmt.Sprintf("the device shows native session %s in two ways: %s", n.ID, n.Opaque)
		case j >= 0:
			missing[c.Mark] = "accepted, and not held: what is left is to " + describe(left[j])
		case c.After != nil && there && n.Programmed == mirror.False:
			unsettled[c.Mark] = "accepted, but not programmed in time: " + n.ProgrammedReason
		}
	}
	return missing, unsettled
}

// unproven says why it is not known that the device can be reached by a new
// connection after a push that touched a port, a VLAN or a tunnel, "" when it can.
func (p *pass) unproven(ctx context.Context, entry mirror.JournalEntry) string {
	if !slices.ContainsFunc(entry.Changes, touchesPath) {
		return ""
	}
	drv, target, err := p.w.target(p.info.Device)
	if err != nil {
		return err.Error()
	}
	target.Facts = p.w.memory.facts
	target.Transport.Tuning = p.w.learned(target.Transport.Tuning)
	ctx, cancel := context.WithTimeout(ctx, min(target.Transport.Timeouts.Dial.Std(), time.Until(entry.Until)/2))
	defer cancel()
	p.w.atStep("a second connection")
	for {
		conn, err := drv.Connect(ctx, target)
		switch {
		case err == nil:
			if err := conn.Close(); err != nil {
				p.s.Log.Debug("close", "device", p.w.name, "err", err)
			}
			return ""
		case errors.Is(err, mirror.ErrAuth), errors.Is(err, mirror.ErrHostKey):
			return "" // it answered
		case !errors.Is(err, mirror.ErrUnreachable) && !errors.Is(err, mirror.ErrTimeout):
			return fmt.Sprintf("whether the device is still reachable could not be tried: %v", err)
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return fmt.Sprintf("after it, no new connection could be made: %v", err)
		}
	}
}

// touchesPath reports whether a change could cut the way to the device: it touches
// a port, a VLAN or a tunnel.
func touchesPath(c mirror.Change) bool {
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n != nil && (n.Spec.Footing != nil || n.Spec.Options.ERSPAN != nil) {
			return true
		}
	}
	return len(plan.Landings(c)) > 0
}

// blame is why each of the changes of a push is refused that touch a port, a VLAN
// or a tunnel, and every change where none does.
func (p *pass) blame(changes []mirror.Change, why string) map[string]string {
	all := !slices.ContainsFunc(changes, touchesPath)
	out := map[string]string{}
	for _, c := range changes {
		if all || touchesPath(c) {
			out[c.Mark] = why
		}
	}
	return out
}

// confirmHeld is confirm. While another hand holds the device, it is tried again where
// taking back would put the whole configuration back, and what that hand changed with it:
// until the device is about to do that by itself.
func (p *pass) confirmHeld(ctx context.Context, entry *mirror.JournalEntry) (gone bool, err error) {
	for pause := p.s.Timeouts.Busy / busyTries; ; {
		gone, err = p.confirm(ctx, entry)
		if !errors.Is(err, mirror.ErrBusy) || !p.rules().Keep || time.Until(entry.Until) < 2*pause {
			return gone, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// confirm makes a push last. gone: it did not wait any more.
func (p *pass) confirm(ctx context.Context, entry *mirror.JournalEntry) (gone bool, err error) {
	p.s.Failpoint("confirming")
	err = p.say(ctx, "confirm", entry.Tx, Confirmer.Confirm)
	if errors.Is(err, mirror.ErrNotFound) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	p.s.Failpoint("confirmed")
	p.s.Log.Info("push confirmed", "device", p.w.name, "tx", entry.Tx)
	entry.Until = time.Time{}
	return false, p.keepEntry(ctx, *entry)
}

// say has a Confirmer do something about a push. What the device answers is told;
// every other error is of the connection.
func (p *pass) say(ctx context.Context, verb, tx string, do func(Confirmer, context.Context, string) error) error {
	c, ok := p.w.conn.(Confirmer)
	if !ok {
		return fmt.Errorf("device %s: %s: the driver cannot: %w", p.w.name, verb, mirror.ErrUnsupported)
	}
	ctx, cancel := context.WithTimeout(ctx, p.pushLimit())
	defer cancel()
	p.sent = true
	p.w.atStep("its answer to " + verb)
	err := do(c, ctx, tx)
	if err == nil || isAnswer(err) {
		return err
	}
	p.w.forget()
	return deviceFault{fmt.Errorf("device %s: %s: %w", p.w.name, verb, err)}
}

// isAnswer: the device, or its driver, said why it does not do what it was told.
func isAnswer(err error) bool {
	return slices.ContainsFunc([]error{mirror.ErrNotFound, mirror.ErrUnsupported, mirror.ErrRejected, mirror.ErrBusy},
		func(kind error) bool { return errors.Is(err, kind) })
}

// takeBack undoes a push as a whole, and reads what the device holds then. Where
// only time can do that it is waited for.
func (p *pass) takeBack(ctx context.Context, entry mirror.JournalEntry, look mirror.Look) error {
	err := p.say(ctx, "take back", entry.Tx, Confirmer.Abort)
	switch {
	case isAnswer(err):
		p.leave(entry, err)
		return nil
	case err != nil:
		return err
	}
	p.w.forget()
	if err := p.observe(ctx, look); err != nil {
		return err
	}
	return p.closeEntry(ctx, entry, "PushTakenBack",
		"what was pushed was taken back as a whole, because it was not held or the device was not reachable after it; what else was in it is pushed again")
}

// lapsed deals with a push that did not wait any more when it was to be confirmed.
// Before its time that was another hand's doing, and what is held decides; after it
// the device may still be taking it back.
func (p *pass) lapsed(ctx context.Context, entry mirror.JournalEntry, report *mirror.PushReport, look mirror.Look) error {
	if time.Now().After(entry.Until) {
		p.leave(entry, nil)
	} else {
		p.w.forget()
		if err := p.observe(ctx, look); err != nil {
			return err
		}
		if missing, _ := p.verdicts(entry.Changes, report); len(missing) == 0 {
			entry.Until = time.Time{}
			return p.keepEntry(ctx, entry)
		}
		if err := p.wentBack(ctx, entry); err != nil {
			return err
		}
	}
	for i := range report.Blocks {
		if report.Blocks[i].Err == nil {
			report.Blocks[i].Err = errTakenBack
		}
	}
	return nil
}
