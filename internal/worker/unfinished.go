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

// An ending is what is done about a push that was cut off while the device would
// have taken it back.
type ending string

const (
	confirmIt  ending = "confirm"
	takeItBack ending = "take back"
	leaveIt    ending = "look again later"
	itWentBack ending = "it went back by itself"
	itStayed   ending = "it stays"
)

// endingOf decides about an open entry of the journal:
//
//	on the device             | observed | do
//	--------------------------+----------+------------------------------------
//	ours waits, or may wait   | held     | confirm
//	unlisted, and any         |          |
//	connection can end it     | not held | take back; where that would replace
//	                          |          | everything (Keep), confirm, and our
//	                          |          | lines are removed
//	ours waits, bound to the  | any      | look again after its time and grace
//	lost connection           |          |
//	nothing of ours waits,    | any      | look again then
//	its time is ahead         |          |
//	nothing of ours waits,    | not held | it went back by itself
//	its time and grace past   | held     | it was confirmed, or outlived a restart
//
// all and some tell what of the push is held.
func endingOf(e mirror.JournalEntry, waits []mirror.Pending, rules Confirms, all, some bool, now time.Time, grace time.Duration) ending {
	ours := rules.Unlisted && e.Wait == mirror.WaitTimer && now.Before(e.Until.Add(grace)) ||
		slices.ContainsFunc(waits, func(w mirror.Pending) bool { return w.Kind == mirror.WaitTimer && w.Ours && w.Tx == e.Tx })
	switch {
	case ours && (all || rules.Keep):
		return confirmIt
	case ours:
		return takeItBack
	case now.Before(e.Until.Add(grace)):
		return leaveIt
	case some:
		return itStayed
	}
	return itWentBack
}

// unfinished deals, first thing over a new connection, with pushes that may still
// go back and with what others have left waiting.
func (p *pass) unfinished(ctx context.Context) error {
	entries := slices.DeleteFunc(slices.Clone(p.entries), func(e mirror.JournalEntry) bool { return e.Until.IsZero() })
	if len(entries) == 0 && p.w.greeted && !p.w.occupied {
		return nil
	}
	p.w.occupied = false
	if err := p.ask(ctx); err != nil {
		return err
	}
	p.w.greeted = true
	if len(entries) == 0 {
		return nil
	}
	// What is held is looked at after what waits, so that nothing goes back in
	// between unseen.
	if err := p.observe(ctx, p.w.memory.named); err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b mirror.JournalEntry) int { return a.At.Compare(b.At) })
	for _, e := range entries {
		if err := p.finish(ctx, e); err != nil {
			return err
		}
	}
	return p.load(ctx)
}

// finish ends one push, or leaves it for later.
func (p *pass) finish(ctx context.Context, e mirror.JournalEntry) error {
	if e.Wait == mirror.WaitTrial {
		p.w.trial = time.Now()
	}
	all, some := p.holds(e.Changes)
	end := endingOf(e, p.waiting, p.rules(), all, some, time.Now(), p.info.Device.Grace())
	if (end == confirmIt || end == takeItBack) && p.forbidden() != "" {
		end = leaveIt // nothing is sent, and it goes back by itself
	}
	p.s.Log.Info("push without an end", "device", p.w.name, "tx", e.Tx, "until", e.Until, "held", all, "do", string(end))
	switch end {
	case confirmIt:
		gone, err := p.confirm(ctx, &e)
		switch {
		case gone, isAnswer(err):
			p.leave(e, err)
			return nil
		}
		return err
	case takeItBack:
		return p.takeBack(ctx, e, p.w.memory.named)
	case itWentBack:
		return p.wentBack(ctx, e)
	case itStayed:
		e.Until = time.Time{}
		return p.s.Store.Update(ctx, func(tx mirror.Tx) error {
			if err := tx.CheckClaim(p.w.claim); err != nil {
				return err
			}
			if err := tx.PutJournal(e); err != nil {
				return err
			}
			return p.tellOf(tx, e.Changes, "PushStayed",
				"the device still holds a push whose confirmation nobody heard of: it was confirmed, or it outlived a restart of the device")
		})
	}
	// Who was killed in the push has journaled the latest that it could have ended. Its
	// connection is gone, and a commit goes out alone, behind the answers to its lines:
	// what is not sent by now will not be, and the grace bears a commit that is slow. The
	// window may have been another one then.
	if latest := time.Now().UTC().Add(p.s.Timeouts.Window); latest.Before(e.Until) {
		e.Until = latest
		if err := p.keepEntry(ctx, e); err != nil {
			return err
		}
	}
	p.leave(e, nil)
	return nil
}

// holds reports whether the device holds all, and some, of what a push was to bring
// about. It is compared with what was pushed: goals may have moved since.
func (p *pass) holds(changes []mirror.Change) (all, some bool) {
	wanted := map[string]bool{}
	for _, c := range changes {
		wanted[c.Mark] = true
	}
	own := plan.Own(p.info, wanted)
	all = true
	for _, c := range changes {
		n, there := own[c.Mark]
		held := !there
		if c.After != nil {
			held = there && n.Opaque == "" && p.info.Capabilities.Plain(n.Spec).Equal(p.info.Capabilities.Plain(c.After.Spec))
		}
		all, some = all && held, some || held
	}
	return all, some
}

// ask finds out what waits on the device, drops candidates that were left with a
// name of netmirror's and nobody in them, and notes what keeps from pushing. A
// device that may not be asked is pushed to all the same, unless its pushes wait.
func (p *pass) ask(ctx context.Context) error {
	p.asked = true
	c, ok := p.w.conn.(Confirmer)
	if !ok || p.rules().Unlisted && p.forbidden() != "" { // to ask such a device takes its lock
		return nil
	}
	askCtx, cancel := context.WithTimeout(ctx, p.observeLimit())
	defer cancel()
	p.w.atStep("what waits on it")
	waits, err := c.Pending(askCtx)
	denied := errors.Is(err, mirror.ErrRejected) || errors.Is(err, mirror.ErrUnsupported)
	switch {
	case denied && p.driver.window(p.info.Device) == 0:
		p.s.Log.Debug("what waits is not told", "device", p.w.name, "err", err)
		return nil
	case denied, errors.Is(err, mirror.ErrParse):
		p.occupied(fmt.Sprintf("what waits on the device is not known: %v; nothing is pushed until it tells", err), time.Time{})
		return nil
	case err != nil:
		return deviceFault{fmt.Errorf("device %s: what waits: %w", p.w.name, err)}
	}
	p.waiting = waits
	for _, w := range waits {
		switch open := p.knows(w.Tx); {
		case w.Ours && w.Kind == mirror.WaitCandidate:
			// A name that begins like ours and goes on otherwise was given by a person.
			if (open || w.Holder == "" && txName.MatchString(w.Tx)) && p.forbidden() == "" {
				err := p.say(ctx, "drop candidate", w.Tx, Confirmer.Abort)
				if fault := (deviceFault{}); errors.As(err, &fault) {
					return err
				}
				if err != nil && !errors.Is(err, mirror.ErrNotFound) { // it harms nobody until there are too many
					p.s.Log.Warn("candidate not dropped", "device", p.w.name, "tx", w.Tx, "err", err)
				}
			}
		case w.Ours && open: // see finish
		case w.Ours:
			p.occupy(w)
			if err := p.tellUnknown(ctx, w); err != nil {
				return err
			}
		case w.Kind == mirror.WaitTrial && p.boundTrial(): // ours, which bears no name
		case w.Kind == mirror.WaitLock && p.mayBeOurs(): // what we have waiting locks others out, us among them
			p.asked = false // once that has ended, the lock may be another's
		case !p.w.hindered(w):
		default:
			p.occupy(w)
		}
	}
	return nil
}

// knows reports whether the journal has an open entry of a transaction, or had one
// in this run.
func (p *pass) knows(tx string) bool {
	return p.last.entry.Tx == tx && tx != "" || slices.ContainsFunc(p.entries, func(e mirror.JournalEntry) bool { return e.Tx == tx })
}

// trialShows is how long a device may show a trial whose connection was lost, although it
// has taken it back: nine minutes were seen (transactions.md 3.2).
const trialShows = 15 * time.Minute

// boundTrial reports whether a trial of ours, which only the connection that made
// it could end, may still be on the device, or show there. While another's waits all the
// same, the device lets nobody in.
func (p *pass) boundTrial() bool {
	return time.Since(p.w.trial) < trialShows || slices.ContainsFunc(p.entries, func(e mirror.JournalEntry) bool {
		return e.Wait == mirror.WaitTrial && time.Now().Before(e.Until.Add(p.info.Device.Grace()+trialShows))
	})
}

// mayBeOurs reports whether a push of ours may wait of which the device does not tell. See
// finish; a lock that is another's is found out by whoever asks for it next.
func (p *pass) mayBeOurs() bool {
	return p.rules().Unlisted && slices.ContainsFunc(p.entries, func(e mirror.JournalEntry) bool {
		return e.Wait == mirror.WaitTimer && !e.Until.IsZero() && time.Now().Before(e.Until.Add(p.info.Device.Grace()))
	})
}

// hindered reports whether something that waits keeps from pushing. Lines that simply
// stand need no candidate.
func (w *Worker) hindered(x mirror.Pending) bool {
	drv, err := w.s.Driver(w.device)
	return x.Kind != mirror.WaitFull || err == nil && drv.window(w.device) > 0
}

// occupy notes that something of another hand keeps from pushing.
func (p *pass) occupy(w mirror.Pending) {
	p.occupied(waitText(w)+"; nothing is pushed until that has ended", w.Until)
}

// waitText says what waits or locks, whose it is, and until when.
func waitText(w mirror.Pending) string {
	text := map[mirror.WaitKind]string{
		mirror.WaitTimer:     "another's commit waits to be confirmed",
		mirror.WaitTrial:     "another's trial commit waits to be confirmed",
		mirror.WaitLock:      "the configuration is locked",
		mirror.WaitCandidate: "another's changes in the candidate are not committed",
		mirror.WaitFull:      "there is no room for a candidate",
	}[w.Kind]
	if w.Ours {
		text = "a push of netmirror's waits to be confirmed: " + w.Tx
	}
	if w.Holder != "" {
		text += " (" + w.Holder + ")"
	}
	if !w.Until.IsZero() {
		text += ", until " + w.Until.UTC().Format(time.RFC3339)
	}
	return text
}

// occupied notes why nothing is pushed, and when that is looked at again.
func (p *pass) occupied(why string, until time.Time) {
	p.blocked, p.w.occupied = why, true
	p.retry(until)
}

// leave keeps an entry open that the device may still take back, and pushes
// nothing until that is over. why is the answer that kept from ending it, nil = none.
func (p *pass) leave(e mirror.JournalEntry, why error) {
	over := e.Until.Add(p.info.Device.Grace())
	p.undecided = append(p.undecided, e)
	text := fmt.Sprintf("a push waits on the device to be taken back or to stay, until %s at the latest; nothing is pushed until then",
		over.UTC().Format(time.RFC3339))
	if why != nil {
		text += fmt.Sprintf("; it could not be ended: %v", why)
		p.s.Log.Info("push not ended", "device", p.w.name, "tx", e.Tx, "err", why)
	}
	p.occupied(text, over)
}

// retry has the device looked at again at a time, or soon where nobody knows one.
func (p *pass) retry(at time.Time) {
	p.w.occupations++
	pause := backoff(p.w.occupations, time.Minute, time.Minute)
	if left := time.Until(at); left > 0 && left < time.Hour {
		pause = left
	}
	if p.w.again == 0 || pause < p.w.again {
		p.w.again = pause
	}
}

// mayReturn reports whether the device may yet bring back, or take away, what it
// shows of a mark.
func (p *pass) mayReturn(mark string) bool {
	return slices.ContainsFunc(p.undecided, func(e mirror.JournalEntry) bool {
		return slices.ContainsFunc(e.Changes, func(c mirror.Change) bool { return c.Mark == mark || c.Was == mark })
	})
}

// unconfirmed reports whether the device may still take back what it holds of a
// placement.
func (p *pass) unconfirmed(row mirror.Placement) bool {
	return slices.ContainsFunc(p.undecided, func(e mirror.JournalEntry) bool {
		return slices.ContainsFunc(e.Changes, func(c mirror.Change) bool { return p.touches(c, row) })
	})
}

// wentBack tells that the device took a push back by itself. That is nobody's
// fight with us and nothing that vanished: what is repaired for it does not count.
func (p *pass) wentBack(ctx context.Context, e mirror.JournalEntry) error {
	for _, c := range e.Changes {
		p.w.back[c.Mark] = true
	}
	return p.closeEntry(ctx, e, "DeviceWentBack", fmt.Sprintf("a push of %s is not on the device: nobody confirmed it in time and the device took it back by itself, or the connection was lost before it was committed", e.At.UTC().Format(time.RFC3339)))
}

// closeEntry ends a push of which nothing is on the device, with an event. A
// repair that it was is not counted.
func (p *pass) closeEntry(ctx context.Context, e mirror.JournalEntry, typ, message string) error {
	write := func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		lines, err := tx.Natives(p.w.name)
		if err != nil {
			return err
		}
		for _, l := range lines {
			counted := slices.ContainsFunc(e.Changes, func(c mirror.Change) bool { return c.Mark == l.Mark }) && slices.ContainsFunc(l.Repairs, e.At.Equal)
			if !counted {
				continue
			}
			l.Repairs = slices.DeleteFunc(slices.Clone(l.Repairs), e.At.Equal)
			if err := tx.PutNative(l); err != nil {
				return err
			}
		}
		if err := tx.CloseJournal(p.w.name, e.Tx); err != nil {
			return err
		}
		return p.tellOf(tx, e.Changes, typ, message)
	}
	var err error
	if p.last.entry.Tx == e.Tx && !p.info.Capabilities.Persistent {
		err = p.s.States.Change(ctx, p.w.name, nil, func(st *mirror.DeviceState) { st.Unsaved = p.last.unsaved }, write)
	} else { // of an earlier run nobody knows what was unsaved before; one save too many does no harm
		err = p.s.Store.Update(ctx, write)
	}
	if err != nil {
		return err
	}
	for _, c := range e.Changes {
		delete(p.repaired, c.Mark)
	}
	return nil
}

// tellOf writes an event of changes to every session that they concern, or of the
// device where they concern none.
func (p *pass) tellOf(tx mirror.Tx, changes []mirror.Change, typ, message string) error {
	told := map[string]bool{}
	for _, c := range changes {
		for _, row := range p.concerned(c) {
			told[row.Session] = true
		}
	}
	if len(told) == 0 {
		told[""] = true
	}
	for session := range told {
		if err := mirror.Tell(tx, typ, mirror.ActorSystem, session, p.w.name, "%s", message); err != nil {
			return err
		}
	}
	return nil
}

// tellUnknown tells once of a push that bears a name of netmirror's and is not
// this controller's, or not of this database.
func (p *pass) tellUnknown(ctx context.Context, w mirror.Pending) error {
	if p.w.strange[w.Tx] {
		return nil
	}
	err := p.s.Store.Update(ctx, func(tx mirror.Tx) error {
		return mirror.Tell(tx, "UnknownPushWaits", mirror.ActorSystem, "", p.w.name,
			"push %s waits on the device and is not in the journal: another controller drives the device, or this one's database was restored; %s", w.Tx, p.blocked)
	})
	if err == nil {
		p.w.strange[w.Tx] = true
	}
	return err
}

// rested notes at the end of a run whether something kept it from pushing.
func (w *Worker) rested(p *pass) {
	if p.blocked == "" {
		w.occupied, w.occupations, w.again = false, 0, 0
	}
}
