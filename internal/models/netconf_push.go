package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/netconf"
)

// Push edits the candidate under its lock and commits it, for a time where a window is
// given and the device has confirmed commits; or it edits the running configuration, all
// or nothing, which stands at once. A lock that another holds is waited for; then it is a
// refusal of the kind ErrBusy.
func (w *netconfWire) Push(ctx context.Context, tx string, texts []string, window time.Duration) (time.Time, *Refusal, error) {
	if !w.candidate {
		refused, err := w.pushRunning(ctx, texts)
		return time.Time{}, refused, err
	}
	if w.n.Shared != nil {
		return w.pushShared(ctx, tx, texts, window)
	}
	w.expire(ctx)
	if !w.held {
		if err := w.lock(ctx); err != nil {
			return w.refusedOr(err)
		}
		w.held = true
	}
	refused, err := w.edit(ctx, texts)
	if err != nil {
		return time.Time{}, nil, unsent(err)
	}
	if refused != nil {
		return time.Time{}, refused, w.dropped(ctx)
	}
	return w.commit(ctx, tx, window)
}

// refusedOr tells what the device refused from the loss of a connection over which
// nothing was committed.
func (w *netconfWire) refusedOr(err error) (time.Time, *Refusal, error) {
	if why := refusal(err); why != nil {
		return time.Time{}, &Refusal{Text: -1, All: true, Err: why}, nil
	}
	return time.Time{}, nil, unsent(err)
}

// edit sends all edits in one write and reads all replies. The first refusal counts: the
// ones behind it may follow from it.
func (w *netconfWire) edit(ctx context.Context, texts []string) (*Refusal, error) {
	var ops []netconf.Operation
	for _, t := range texts {
		ops = append(ops, netconf.EditConfig(netconf.Edit{Target: netconf.Candidate, Config: t}))
	}
	if w.validates {
		ops = append(ops, netconf.Validate(netconf.Candidate))
	}
	var refused *Refusal
	for i, r := range w.do(ctx, ops...) {
		if r.Err == nil {
			continue
		}
		why := refusal(r.Err)
		if why == nil {
			return nil, r.Err
		}
		if i == len(texts) {
			i = -1
		}
		if refused == nil {
			refused = &Refusal{Text: i, Err: why}
		}
	}
	return refused, nil
}

// dropped empties the candidate of our edits and gives its lock back, unless a push waits.
// Where that is refused the session ends, with which the device does both (RFC 6241
// section 7.5).
func (w *netconfWire) dropped(ctx context.Context) error {
	ops := []netconf.Operation{netconf.DiscardChanges(), netconf.Unlock(netconf.Candidate)}
	if w.held = w.tx != ""; w.held {
		ops = ops[:1]
	}
	for _, r := range w.do(ctx, ops...) {
		if r.Err != nil {
			_ = w.conn.Close()
			return unsent(fmt.Errorf("drop the candidate of %s: %w: %w", w.device, mirror.ErrUnreachable, r.Err))
		}
	}
	return nil
}

// commit makes the candidate run. While it waits to be confirmed the lock stays: any other
// commit could confirm it, and no lock is given then (RFC 6241 section 7.5).
func (w *netconfWire) commit(ctx context.Context, tx string, window time.Duration) (until time.Time, refused *Refusal, err error) {
	op := netconf.Commit()
	waits := window > 0 && w.confirms
	if waits {
		op = netconf.CommitConfirmed(window, w.name(tx), w.name(w.tx))
	}
	until = time.Now().Add(window) // at the earliest
	err = w.do(ctx, op)[0].Err
	if why := refusal(err); why != nil {
		return time.Time{}, &Refusal{Text: -1, Err: why}, w.dropped(ctx)
	}
	if err != nil {
		return time.Time{}, nil, err
	}
	if !waits {
		return time.Time{}, nil, w.unlock(ctx)
	}
	w.tx, w.until = tx, until
	if w.n.Frees && w.persists {
		return until, nil, w.unlock(ctx)
	}
	return until, nil, nil
}

// name is that of a commit that outlives its session, "" for others.
func (w *netconfWire) name(tx string) string {
	if w.persists {
		return tx
	}
	return ""
}

// unlock gives the lock back. Its answer is waited for with the next one (do): it costs no
// round trip.
func (w *netconfWire) unlock(ctx context.Context) error {
	w.held = false
	calls, err := w.conn.Send(ctx, netconf.Unlock(w.target()))
	if errors.Is(err, mirror.ErrNotSent) {
		return nil // the connection is gone, and the lock with it; what was committed is committed
	}
	if err == nil {
		w.freed = calls[0]
	}
	return err
}

// do is one round trip. Where the device did not give back a lock of before, the session
// ends behind it, with which the device does.
func (w *netconfWire) do(ctx context.Context, ops ...netconf.Operation) []netconf.Result {
	results := w.conn.Pipeline(ctx, ops...)
	if freed := w.freed; freed != nil {
		w.freed = nil
		if _, err := freed.Wait(ctx); err != nil {
			_ = w.conn.Close() // the answers that came are good, and what comes next is told
		}
	}
	return results
}

// expire forgets a push whose time is over, and gives its lock back.
func (w *netconfWire) expire(ctx context.Context) {
	if w.tx == "" || time.Now().Before(w.until) {
		return
	}
	w.tx = ""
	if w.held {
		_ = w.unlock(ctx) // a connection that is lost is told by what comes next
	}
}

// pushRunning edits the running configuration in one edit that the device takes back as a
// whole where it refuses a part of it.
func (w *netconfWire) pushRunning(ctx context.Context, texts []string) (*Refusal, error) {
	config, err := joined(texts, w.n.Keys, w.n.Attributes...)
	if err != nil {
		return &Refusal{Text: -1, Err: err}, nil
	}
	if !w.held {
		if err := w.lock(ctx); err != nil {
			_, refused, err := w.refusedOr(err)
			return refused, err
		}
	}
	w.held = false
	results := w.do(ctx, netconf.EditConfig(netconf.Edit{Target: netconf.Running, ErrorOption: "rollback-on-error", Config: config}),
		netconf.Unlock(netconf.Running))
	if results[1].Err != nil {
		_ = w.conn.Close() // with which the device gives the lock back
	}
	if why := refusal(results[0].Err); why != nil {
		return &Refusal{Text: -1, Err: why}, nil
	}
	return nil, results[0].Err
}

// Pending lists what waits: what the device tells, where it tells it, else what this
// connection has pushed.
func (w *netconfWire) Pending(ctx context.Context) ([]mirror.Pending, error) {
	if w.n.Waits != nil {
		return w.waiting(w.do(ctx, *w.n.Waits)[0])
	}
	w.expire(ctx)
	if w.tx == "" {
		if w.n.AsksByLock && !w.held {
			return w.locked(ctx)
		}
		return nil, nil
	}
	kind := mirror.WaitTrial
	if w.persists {
		kind = mirror.WaitTimer
	}
	return []mirror.Pending{{Kind: kind, Tx: w.tx, Ours: true, Until: w.until}}, nil
}

// locked asks for the lock, and gives it back: what keeps it away is another's.
func (w *netconfWire) locked(ctx context.Context) ([]mirror.Pending, error) {
	results := w.conn.Pipeline(ctx, netconf.Lock(w.target()), netconf.Unlock(w.target()))
	var reply *netconf.ErrorReply
	switch err := results[0].Err; {
	case err == nil:
		return nil, results[1].Err
	case !errors.As(err, &reply):
		return nil, err
	}
	owner, known := reply.LockOwner()
	switch {
	case !known:
		return nil, reply
	case owner == "0": // RFC 6241 section 7.5
		owner = "a session that is not NETCONF's, or a commit that waits"
	default:
		owner = "NETCONF session " + owner
	}
	return []mirror.Pending{{Kind: mirror.WaitLock, Holder: owner}}, nil
}

// Confirm makes a push last. One that is bound to a session can be confirmed over that
// alone, and has gone back with it: mirror.ErrNotFound.
func (w *netconfWire) Confirm(ctx context.Context, tx string) error {
	if w.n.Shared != nil {
		return w.confirmShared(ctx, tx)
	}
	return w.settle(ctx, tx, "confirm", netconf.Confirm)
}

// Abort takes a push back. Without cancel-commit the session is ended, with which the
// device takes back what is bound to it (RFC 6241 section 8.4.1): the connection is gone then.
func (w *netconfWire) Abort(ctx context.Context, tx string) error {
	if w.n.Shared != nil {
		return w.abortShared(ctx, tx)
	}
	if w.tx == tx && w.confirms && !w.persists {
		w.tx = ""
		return w.conn.Close()
	}
	return w.settle(ctx, tx, "take back", netconf.CancelCommit)
}

func (w *netconfWire) settle(ctx context.Context, tx, what string, op func(string) netconf.Operation) error {
	if !w.persists && w.tx != tx {
		return fmt.Errorf("%s %s on %s: %w", what, tx, w.device, mirror.ErrNotFound)
	}
	err := w.do(ctx, op(w.name(tx)))[0].Err
	var reply *netconf.ErrorReply
	unknown := errors.As(err, &reply) && unknownName(reply)
	switch {
	case unknown:
		err = fmt.Errorf("%s %s on %s: %w: %w", what, tx, w.device, mirror.ErrNotFound, err)
	case err != nil:
		return err
	}
	if w.tx == tx {
		w.tx = ""
	}
	if w.held && w.tx == "" {
		err = errors.Join(err, w.unlock(ctx))
	}
	return err
}

// unknownName: nothing waits under this persist-id. RFC 6241 section 8.4 has it
// invalid-value; others say of which element they speak.
func unknownName(reply *netconf.ErrorReply) bool {
	for _, e := range reply.Errors {
		if e.Tag != "invalid-value" && !strings.HasSuffix(e.Path, "persist-id") && e.Detail("bad-element") != "persist-id" {
			return false
		}
	}
	return true
}
