package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// An armed push waits to be confirmed.
type armed struct {
	name  string
	until time.Time
}

// waits asks what waits.
func (c *Conn) waits(ctx context.Context) ([]Wait, error) {
	waits, _, err := c.askWaits(ctx)
	return waits, err
}

// askWaits asks what waits; trials is false where the device does not list them.
func (c *Conn) askWaits(ctx context.Context) (waits []Wait, trials bool, err error) {
	k := c.d.p.Commit
	replies, err := c.run(ctx, k.Ask...)
	if err != nil {
		return nil, false, err
	}
	waits, err = k.Waits(c.facts, replies, c.now())
	return waits, k.Unlisted == nil || !k.Unlisted(replies), err
}

// Pending lists what waits on the device or keeps from pushing now, and what bears a
// name of netmirror's. A platform without candidates has nothing.
func (c *Conn) Pending(ctx context.Context) (out []mirror.Pending, err error) {
	if c.d.p.Commit == nil {
		return nil, nil
	}
	waits, trials, err := c.askWaits(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask what waits: %w", hide(c.term, err))
	}
	if !trials && c.inside() && len(c.armed) > 0 {
		waits = append(waits, Wait{Pending: mirror.Pending{Kind: mirror.WaitTrial}})
	}
	for _, w := range waits {
		if w.Kind == mirror.WaitTrial && c.d.p.Commit.Bound && c.inside() {
			for tx := range c.armed { // it bears no name, and no other connection could have made one
				w.Tx, w.Ours = tx, true
			}
		}
		w.Holder = hideText(c.term, w.Holder)
		out = append(out, w.Pending)
	}
	return out, nil
}

// Confirm makes a push last. mirror.ErrNotFound: it does not wait any more, which is
// asked first, because a device may take the confirmation of what is gone.
// mirror.ErrUnsupported: only the connection that made it could. mirror.ErrBusy: the
// candidate is locked.
func (c *Conn) Confirm(ctx context.Context, tx string) (err error) {
	defer func() { err = hide(c.term, err) }()
	k := c.d.p.Commit
	switch {
	case k == nil:
		return mirror.Unsupported("pushes of this platform simply stand")
	case k.ConfirmsAny:
		return c.endShared(ctx, "confirm", tx, k.Confirm)
	case k.Bound:
		return c.endBound(ctx, "confirm", tx, k.Confirm)
	}
	return c.confirmNamed(ctx, tx)
}

// Abort takes a push back, or drops its candidate. mirror.ErrNotFound: there is
// neither. Other errors are those of Confirm.
func (c *Conn) Abort(ctx context.Context, tx string) (err error) {
	defer func() { err = hide(c.term, err) }()
	k := c.d.p.Commit
	if k == nil {
		return mirror.Unsupported("pushes of this platform simply stand")
	}
	c.dirty, c.doubt, c.compared, c.lookAgain = true, true, false, true
	switch {
	case k.ConfirmsAny:
		return c.endShared(ctx, "abort", tx, k.Abort)
	case k.Bound:
		return c.endBound(ctx, "abort", tx, k.Abort)
	}
	return c.abortNamed(ctx, tx)
}

// confirmNamed confirms in one write, with what waits asked before and behind. What was
// refused and does not wait any more went back, or another has confirmed it.
func (c *Conn) confirmNamed(ctx context.Context, tx string) error {
	k := c.d.p.Commit
	name := c.armed[tx].name
	if name == "" {
		waits, err := c.waits(ctx)
		if err != nil {
			return fmt.Errorf("confirm: %w", err)
		}
		name = waiting(waits, tx)
	}
	if name == "" {
		return fmt.Errorf("confirm %s: %w", tx, mirror.ErrNotFound)
	}
	confirm := k.Confirm(name)
	said, err := c.term.Run(ctx, slices.Concat(k.Ask, confirm, k.Ask)...)
	if err == nil && len(said) != 2*len(k.Ask)+len(confirm) {
		err = fmt.Errorf("%d replies: %w", len(said), mirror.ErrUnreachable)
	}
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	delete(c.armed, tx)
	var names [2]string
	locked := false
	for i, part := range [][]cli.Reply{said[:len(k.Ask)], said[len(k.Ask)+len(confirm):]} {
		replies := Replies{}
		for _, r := range part {
			replies[r.Command] = r.Text
		}
		waits, err := k.Waits(c.facts, replies, c.now())
		if err != nil {
			return fmt.Errorf("confirm: %w", err)
		}
		names[i] = waiting(waits, tx)
		locked = locked || locks(waits)
	}
	last := said[len(k.Ask)+len(confirm)-1]
	answer := answered{line: last.Command, answer: last.Text}
	answer.taken, answer.refused = c.d.judge(last.Text)
	switch {
	case names[0] == "":
		return fmt.Errorf("confirm %s: %w", tx, mirror.ErrNotFound)
	case names[1] != "":
		return c.heldBack(answer, locked)
	case answer.refused != "":
		return fmt.Errorf("confirm %s: %w: %w", tx, mirror.ErrNotFound, c.said(answer))
	}
	return nil
}

// waiting is the name under which the push of a transaction waits to be confirmed, ""
// = it does not.
func waiting(waits []Wait, tx string) string {
	for _, w := range waits {
		if w.Ours && w.Tx == tx && w.Kind == mirror.WaitTimer {
			return w.Name
		}
	}
	return ""
}

// heldBack is a refusal in the words of the device. Where another hand locks it, that is
// why, whatever the words.
func (c *Conn) heldBack(a answered, locked bool) error {
	said := c.said(a)
	if locked {
		said.Kind = mirror.ErrBusy
	}
	return said
}

// locks reports whether another hand locks the device.
func locks(waits []Wait) bool {
	return slices.ContainsFunc(waits, func(w Wait) bool { return w.Kind == mirror.WaitLock && !w.Ours })
}

// abortNamed ends everything that bears the name of a transaction.
func (c *Conn) abortNamed(ctx context.Context, tx string) error {
	k := c.d.p.Commit
	waits, err := c.waits(ctx)
	if err != nil {
		return fmt.Errorf("abort: %w", err)
	}
	delete(c.armed, tx)
	found := false
	for _, w := range waits {
		if !w.Ours || w.Tx != tx || w.Name == "" {
			continue
		}
		found = true
		answer, err := c.order(ctx, w.Until, k.Abort(w.Name)...)
		switch {
		case err != nil:
			return fmt.Errorf("abort: %w", err)
		case answer.refused != "":
			return c.heldBack(answer, locks(waits))
		}
	}
	if !found {
		return fmt.Errorf("abort %s: %w", tx, mirror.ErrNotFound)
	}
	return nil
}

// endShared ends what waits from within the candidate: while that is locked, nobody else
// can commit, so what was seen to wait there is what is ended. But the device's own timer
// fires all the same, and what was the configuration before ours is another one then. So
// what waits is asked once more behind the lines that fetch it: if ours waits still, what
// was fetched is what was before it, whatever happens until it is committed.
func (c *Conn) endShared(ctx context.Context, verb, tx string, by func(string) []string) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", verb, err), c.leave(ctx))
		}
	}()
	k := c.d.p.Commit
	waits, err := c.lockedWaits(ctx, c.armed[tx].until)
	if err != nil {
		return err
	}
	name := waiting(waits, tx)
	if name == "" {
		delete(c.armed, tx)
		return errors.Join(fmt.Errorf("%s: %w", tx, mirror.ErrNotFound), c.leaveBy(ctx, k.Leave))
	}
	lines := by(name)
	last := len(lines) - 1
	if last > 0 {
		if still, err := c.fetched(ctx, tx, lines[:last]...); err != nil {
			return err
		} else if !still {
			delete(c.armed, tx)
			return errors.Join(fmt.Errorf("%s: it went back by itself: %w", tx, mirror.ErrNotFound), c.leave(ctx))
		}
	}
	answer, err := c.order(ctx, c.armed[tx].until, lines[last])
	switch {
	case err != nil:
		return err
	case answer.refused != "":
		return c.said(answer)
	}
	delete(c.armed, tx)
	if err := c.leaveBy(ctx, k.Leave); err != nil {
		return err
	}
	if waits, err = c.waits(ctx); err == nil && waiting(waits, tx) != "" {
		return c.said(answer)
	}
	return err
}

// fetched types the lines that make the candidate what it was before a push, and reports
// whether the push waits still behind them.
func (c *Conn) fetched(ctx context.Context, tx string, lines ...string) (still bool, err error) {
	answer, err := c.order(ctx, c.armed[tx].until, lines...)
	switch {
	case err != nil:
		return false, err
	case answer.refused != "":
		return false, c.said(answer)
	}
	waits, err := c.waits(ctx)
	return err == nil && waiting(waits, tx) != "", err
}

// lockedWaits enters the candidate and asks there what waits. While it is locked by
// another it is tried again, once a second, until a time.
func (c *Conn) lockedWaits(ctx context.Context, until time.Time) ([]Wait, error) {
	k := c.d.p.Commit
	if err := c.leave(ctx); err != nil {
		return nil, err
	}
	asks := c.asks()
	b := cli.Block{Enter: []string{k.Enter("")}, Stay: true, Lines: cli.Lines(asks...), Refused: c.d.refusedBut(asks)}
	for {
		answers, err := c.configureBlock(ctx, b)
		switch {
		case err != nil:
			return nil, err
		case answers.Err == nil:
			return c.readWaits(answers.Lines)
		case !errors.Is(answers.Err, mirror.ErrBusy) || !c.pause(ctx, until):
			return nil, answers.Err
		}
	}
}

// endBound ends what waits over the connection that armed it. Taking back takes the
// device seconds; that is waited for. Where trials are not listed, the device's answer
// tells whether it was confirmed.
func (c *Conn) endBound(ctx context.Context, verb, tx string, by func(string) []string) error {
	waits, listed, err := c.askWaits(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	mine, there := c.armed[tx]
	switch {
	case listed && !trials(waits):
		delete(c.armed, tx)
		return errors.Join(fmt.Errorf("%s %s: %w", verb, tx, mirror.ErrNotFound), c.leave(ctx))
	case !there || !c.inside():
		return mirror.Unsupported("only the connection that made a trial commit can end it")
	}
	answer, err := c.order(ctx, mine.until, by(mine.name)...)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", verb, err)
	case answer.refused != "" && c.inside():
		return c.said(answer)
	}
	delete(c.armed, tx)
	if err := c.leaveBy(ctx, c.d.p.Commit.Leave); err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	if answer.taken && verb == "confirm" {
		return nil
	}
	if err := c.wentBack(ctx, mine.until, listed); errors.Is(err, errTrial) {
		return c.said(answer)
	} else if err != nil {
		return fmt.Errorf("%s: %w", verb, err)
	}
	if verb == "confirm" { // nobody said that it was taken
		return fmt.Errorf("%s %s: %w (the device said %q)", verb, tx, mirror.ErrNotFound, text.Quote(answer.answer))
	}
	return nil
}

// errTrial: a trial waits still.
var errTrial = errors.New("a trial waits")

// wentBack waits until no trial is there any more, or errTrial at a time. Where they are
// not listed, nobody is let into the configuration while there is one.
func (c *Conn) wentBack(ctx context.Context, until time.Time, listed bool) error {
	if !listed {
		_, err := c.lockedWaits(ctx, until)
		return errors.Join(err, c.leave(ctx))
	}
	for {
		waits, err := c.waits(ctx)
		switch {
		case err != nil || !trials(waits):
			return err
		case !c.pause(ctx, until):
			return errTrial
		}
	}
}

// trials reports whether a trial waits.
func trials(waits []Wait) bool {
	return slices.ContainsFunc(waits, func(w Wait) bool { return w.Kind == mirror.WaitTrial })
}
