package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// A SharedCommit is how a platform commits whose commits bear a text in a list that every
// session reads, and of which any commit of anybody, and any check, confirms one that
// waits. So nothing is checked or committed before it was seen, under the lock of the
// candidate, that nothing waits; and whatever session has that lock can confirm a push or
// take it back, whoever made it. So the lock is given back while a push waits.
type SharedCommit struct {
	// Name is the text of a transaction's commits.
	Name func(tx string) string
	// Arm commits for a time, of which Step is the least and the step; Plain for good. Check
	// has the candidate tried.
	Arm   func(name string, within time.Duration) netconf.Operation
	Plain func(name string) netconf.Operation
	Check netconf.Operation
	Step  time.Duration
	// Confirm makes what waits last. Back makes the candidate what was before the last
	// commit; Plain of Undone(name) then puts that in force.
	Confirm netconf.Operation
	Back    netconf.Operation
	Undone  func(name string) string
	// Place is what an error is about, as a path in the form of Touched, "" = it does not
	// tell.
	Place func(netconf.RPCError) string
}

// mostTried is of how many texts it is still tried without which of them a refused push
// would be taken.
const mostTried = 16

// pushShared is Push.
func (w *netconfWire) pushShared(ctx context.Context, tx string, texts []string, window time.Duration) (until time.Time, refused *Refusal, err error) {
	none := time.Time{}
	asked, err := w.lockedAsk(ctx)
	if err != nil {
		return w.refusedOr(err)
	}
	if refused, err = w.free(asked); err == nil && refused == nil {
		var ops []netconf.Operation
		for _, t := range texts {
			ops = append(ops, netconf.EditConfig(netconf.Edit{Target: netconf.Candidate, Config: t}))
		}
		refused, err = firstRefused(w.do(ctx, ops...))
	}
	if err != nil {
		return none, nil, unsent(err)
	}
	if refused != nil {
		return none, refused, w.dropped(ctx)
	}
	s := w.n.Shared
	op := s.Plain(s.Name(tx))
	if window = w.rounded(window); window > 0 {
		op = s.Arm(s.Name(tx), window)
	}
	until = time.Now().Add(window) // at the earliest
	results, lost := w.finish(ctx, op)
	err = results[0].Err
	if why := refusal(err); why != nil && lost != nil {
		return none, &Refusal{Text: -1, Err: why}, lost
	} else if why != nil {
		return w.blame(ctx, texts, why)
	}
	if err = cmp.Or(err, lost); err != nil {
		return none, nil, err
	}
	if window == 0 {
		until = none
	}
	return until, nil, nil
}

// finish does operations, and gives the lock back with an empty candidate, in one round trip.
// Where that is refused the session ends, with which the device does both.
func (w *netconfWire) finish(ctx context.Context, ops ...netconf.Operation) (results []netconf.Result, lost error) {
	w.held = false
	results = w.do(ctx, append(ops, netconf.DiscardChanges(), netconf.Unlock(netconf.Candidate))...)
	for _, r := range results[len(ops):] {
		if r.Err != nil {
			_ = w.conn.Close()
			return results, fmt.Errorf("drop the candidate of %s: %w: %w", w.device, mirror.ErrUnreachable, r.Err)
		}
	}
	return results, nil
}

// lockedAsk locks the candidate and asks what waits: one round trip where nobody else has
// the lock, and none behind a look.
func (w *netconfWire) lockedAsk(ctx context.Context) (netconf.Result, error) {
	if w.held {
		return w.asked, nil
	}
	results, err := w.lockedPipeline(ctx, *w.n.Waits)
	if err != nil {
		return netconf.Result{}, err
	}
	return results[0], nil
}

// rounded is the window that the device has room for, 0 = a push stands at once.
func (w *netconfWire) rounded(window time.Duration) time.Duration {
	if window <= 0 || !w.confirms {
		return 0
	}
	if step := w.n.Shared.Step; step > 0 {
		window = (window + step - 1) / step * step
	}
	return window
}

// firstRefused tells the first refusal of edits from the loss of a connection.
func firstRefused(results []netconf.Result) (refused *Refusal, err error) {
	for i, r := range results {
		switch why := refusal(r.Err); {
		case r.Err != nil && why == nil:
			return nil, r.Err
		case why != nil && refused == nil:
			refused = &Refusal{Text: i, Err: why}
		}
	}
	return refused, nil
}

// free refuses a push while a commit waits to be confirmed, whoever made it.
func (w *netconfWire) free(asked netconf.Result) (*Refusal, error) {
	waits, err := w.waiting(asked)
	switch {
	case asked.Err != nil && refusal(asked.Err) == nil:
		return nil, asked.Err
	case err != nil: // it does not tell, so it may be that something waits
		return &Refusal{Text: -1, All: true, Err: err}, nil
	case len(waits) == 0:
		return nil, nil
	}
	who := waits[0].Holder
	if waits[0].Ours {
		who += " " + w.n.Shared.Name(waits[0].Tx)
	}
	return &Refusal{Text: -1, All: true, Err: &mirror.DeviceError{Device: w.device, Sent: w.n.Waits.Name,
		Answer: strings.TrimSpace("a commit waits to be confirmed: " + who), Kind: mirror.ErrBusy}}, nil
}

func (w *netconfWire) waiting(asked netconf.Result) ([]mirror.Pending, error) {
	if asked.Err != nil {
		return nil, asked.Err
	}
	return w.n.Waiting(asked.Reply.Body)
}

// waitsFor reports whether the push of a transaction is among what waits.
func waitsFor(waits []mirror.Pending, tx string) bool {
	for _, p := range waits {
		if p.Ours && p.Tx == tx && p.Kind == mirror.WaitTimer {
			return true
		}
	}
	return false
}

// blame finds the text that a refused commit was refused for. A commit that failed may have
// left its timer armed.
func (w *netconfWire) blame(ctx context.Context, texts []string, why error) (time.Time, *Refusal, error) {
	refused := &Refusal{Text: -1, Err: why}
	if len(texts) == 1 {
		refused.Text = 0
	} else if i := w.place(texts, why); i >= 0 {
		refused.Text = i
	}
	waits, err := w.waiting(w.do(ctx, *w.n.Waits)[0])
	if err != nil && refusal(err) == nil && !errors.Is(err, mirror.ErrParse) {
		return time.Time{}, refused, err
	}
	if err != nil || refused.Text >= 0 || len(texts) > mostTried || len(waits) > 0 {
		return time.Time{}, refused, nil
	}
	refused.Text, err = w.without(ctx, texts)
	return time.Time{}, refused, err
}

// place is the one text that touches what the errors are about, -1 = none or several do.
func (w *netconfWire) place(texts []string, why error) int {
	var reply *netconf.ErrorReply
	found := -1
	if !errors.As(why, &reply) || w.n.Shared.Place == nil {
		return found
	}
	for _, e := range reply.Errors {
		at := w.n.Shared.Place(e)
		if at == "" {
			continue
		}
		for i, t := range texts {
			if !w.within(t, at) {
				continue
			}
			if found >= 0 && found != i {
				return -1
			}
			found = i
		}
	}
	return found
}

// within reports whether a text touches something at or below a path.
func (w *netconfWire) within(text, at string) bool {
	paths, err := w.Touched(text)
	if err != nil {
		return false
	}
	for _, p := range paths {
		if rest, ok := strings.CutPrefix(p, at); ok && (rest == "" || rest[0] == '/' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// without is the one text without which the others are taken, -1 = there is none, or
// several. They are tried in one round trip, and nothing stays in the candidate.
func (w *netconfWire) without(ctx context.Context, texts []string) (int, error) {
	asked, err := w.lockedAsk(ctx)
	if err != nil {
		if refusal(err) != nil {
			return -1, nil
		}
		return -1, unsent(err)
	}
	// A check confirms whatever waits, so what began to wait meanwhile is asked for first.
	if waits, err := w.free(asked); err != nil || waits != nil {
		return -1, errors.Join(err, w.dropped(ctx))
	}
	var ops []netconf.Operation
	for i := range texts {
		for j, t := range texts {
			if i != j {
				ops = append(ops, netconf.EditConfig(netconf.Edit{Target: netconf.Candidate, Config: t}))
			}
		}
		ops = append(ops, w.n.Shared.Check, netconf.DiscardChanges())
	}
	found, each := -1, len(texts)+1
	results := w.do(ctx, ops...)
	for i := range texts {
		part := results[i*each : (i+1)*each]
		refused, err := firstRefused(part)
		switch {
		case err != nil:
			return -1, unsent(err)
		case refused != nil:
		case found >= 0:
			return -1, w.dropped(ctx)
		default:
			found = i
		}
	}
	return found, w.dropped(ctx)
}

// settleShared locks the candidate and sees that the push of a transaction waits.
// mirror.ErrNotFound: it does not, and the lock is given back.
func (w *netconfWire) settleShared(ctx context.Context, tx string) error {
	asked, err := w.lockedAsk(ctx)
	if err != nil {
		return err
	}
	waits, err := w.waiting(asked)
	switch {
	case err != nil:
		return errors.Join(err, w.dropped(ctx))
	case !waitsFor(waits, tx):
		return errors.Join(mirror.ErrNotFound, w.dropped(ctx))
	}
	return nil
}

func (w *netconfWire) confirmShared(ctx context.Context, tx string) error {
	doing := func(err error) error { return fmt.Errorf("confirm %s on %s: %w", tx, w.device, err) }
	if err := w.settleShared(ctx, tx); err != nil {
		return doing(err)
	}
	results, lost := w.finish(ctx, w.n.Shared.Confirm, *w.n.Waits)
	waits, err := w.waiting(results[1])
	if err = errors.Join(results[0].Err, err, lost); err == nil && waitsFor(waits, tx) {
		err = &mirror.DeviceError{Device: w.device, Sent: w.n.Shared.Confirm.Name, Answer: "it waits still"}
	}
	if err != nil {
		return doing(err)
	}
	return nil
}

// abortShared asks once more behind what fetches the configuration of before: the device's
// own timer fires whoever has the lock, and what was before the last commit is another
// one then.
func (w *netconfWire) abortShared(ctx context.Context, tx string) error {
	doing := func(err error) error { return fmt.Errorf("take back %s on %s: %w", tx, w.device, err) }
	if err := w.settleShared(ctx, tx); err != nil {
		return doing(err)
	}
	s := w.n.Shared
	results := w.do(ctx, s.Back, *w.n.Waits)
	waits, err := w.waiting(results[1])
	switch {
	case errors.Join(results[0].Err, err) != nil:
		return doing(errors.Join(results[0].Err, err, w.dropped(ctx)))
	case !waitsFor(waits, tx):
		return doing(errors.Join(fmt.Errorf("it went back by itself: %w", mirror.ErrNotFound), w.dropped(ctx)))
	}
	results, lost := w.finish(ctx, s.Plain(s.Undone(s.Name(tx))))
	if err := errors.Join(results[0].Err, lost); err != nil {
		return doing(err)
	}
	return nil
}
