package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Push sends all blocks as one transaction, and where that is refused in parts: a refusal
// stays with its block. What they rest on is looked at right before. See the
// worker's Conn.
func (c *Conn) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	report := mirror.PushReport{}
	c.taken = false
	defer func() { c.last, c.seen = mirror.Known{}, time.Time{} }() // it is older than the push
	if p.Format != c.d.format {
		return report, fmt.Errorf("payload of format %q: %w", p.Format, mirror.ErrInvalid)
	}
	all := make([]int, len(p.Blocks))
	report.Blocks = make([]mirror.BlockResult, len(p.Blocks))
	for i, b := range p.Blocks {
		all[i], report.Blocks[i].Mark = i, b.Mark()
		report.Blocks[i].Err = c.check(b)
	}
	sent, err := c.commit(ctx, tx, p.Blocks, [][]int{all}, &report)
	if err != nil {
		switch {
		case !errors.Is(err, mirror.ErrNotSent):
		case c.taken: // only what came last was not sent
			err = fmt.Errorf("%w: %v", mirror.ErrUnreachable, err) //nolint:errorlint // that it was not sent is not true of the push
		case sent == 0:
			report.Blocks = nil
		}
		if report.Blocks != nil {
			report.Blocks = report.Blocks[:sent]
		}
		return report, fmt.Errorf("push to %s: %w", c.device, err)
	}
	return report, nil
}

// check refuses a block whose text is none of Render's for its change.
func (c *Conn) check(b mirror.Block) error {
	paths, err := c.wire.Touched(b.Text)
	if err != nil {
		return fmt.Errorf("%s: %w", c.device, err)
	}
	var foreign []string
	for _, p := range paths {
		if !c.d.p.Allowed(b.Change, p) {
			foreign = append(foreign, p)
		}
	}
	if len(foreign) > 0 {
		return fmt.Errorf("%s: a block for %s would touch %s: %w", c.device, b.Mark(), strings.Join(foreign, ", "), mirror.ErrInvalid)
	}
	return nil
}

// mostPushes bounds the transactions of one push: while they are tried, others wait.
const mostPushes = 16

// commit pushes groups of blocks one after the other, each as one transaction: without
// those that the device refuses by name, and halved where it does not tell which it means.
// It ends when one waits to be confirmed, since there is one at a time, or when it was
// tried often enough: what is left then is pushed again by who called. sent is how many
// blocks from the first have an answer when the connection was lost.
func (c *Conn) commit(ctx context.Context, tx string, blocks []mirror.Block, groups [][]int, report *mirror.PushReport) (sent int, err error) {
	longest := time.Duration(0)
	for attempt := 1; len(groups) > 0; {
		which := report.Left(c.device, blocks, groups[0])
		groups = groups[1:]
		switch {
		case len(which) == 0:
			continue
		case !report.Until.IsZero():
			c.unsent(report, append(groups, which), "what was sent before it has to be confirmed first")
			return len(blocks), nil
		case attempt > mostPushes || attempt > 1 && !enough(ctx, longest):
			c.unsent(report, append(groups, which), "the push had to be tried in parts, and there was no time for more")
			return len(blocks), nil
		}
		attempt++
		began := time.Now()
		refused, tried, err := c.once(ctx, tx, blocks, which, report)
		if err != nil {
			return slices.Min(slices.Concat(append(groups, which)...)), err
		}
		longest = max(longest, time.Since(began))
		switch {
		case refused == nil:
		case refused.All, errors.Is(refused.Err, mirror.ErrBusy): // it is not about what the blocks hold
			fail(report, append(groups, tried), refused.Err)
			return len(blocks), nil
		case refused.Text >= 0: // the one that it is about is out; the others go together again
			report.Blocks[tried[refused.Text]].Err = refused.Err
			groups = append([][]int{tried}, groups...)
		default:
			if parts := mirror.Halves(blocks, tried); len(parts) > 1 {
				groups = append(parts, groups...)
			} else {
				fail(report, parts, refused.Err)
			}
		}
	}
	return len(blocks), nil
}

// enough: there is time for a transaction that takes as long as the longest so far, and
// to clean up.
func enough(ctx context.Context, longest time.Duration) bool {
	end, bounded := ctx.Deadline()
	return !bounded || time.Until(end) > 2*longest
}

// unsent gives blocks an error that were not sent and may be pushed again.
func (c *Conn) unsent(report *mirror.PushReport, groups [][]int, why string) {
	fail(report, groups, fmt.Errorf("%s: not sent, because %s: %w (%w)", c.device, why, mirror.ErrChanged, mirror.ErrNotSent))
}

// fail gives blocks an error that have none.
func fail(report *mirror.PushReport, groups [][]int, err error) {
	for _, i := range slices.Concat(groups...) {
		if r := &report.Blocks[i]; r.Err == nil {
			r.Err = err
		}
	}
}

// once pushes blocks of which nothing has changed since they were written: those of sent.
// None of the others is sent with it.
func (c *Conn) once(ctx context.Context, tx string, blocks []mirror.Block, which []int, report *mirror.PushReport) (refused *Refusal, sent []int, err error) {
	refused, err = c.look(ctx, blocks, which, report)
	if err != nil || refused != nil {
		return refused, which, err
	}
	if sent = report.Left(c.device, blocks, which); len(sent) == 0 {
		return nil, which, c.release(ctx)
	}
	var texts []string
	for _, i := range sent {
		texts = append(texts, blocks[i].Text)
	}
	c.seen = time.Time{}
	until, refused, err := c.wire.Push(ctx, tx, texts, c.window)
	c.taken = c.taken || err == nil && refused == nil
	c.pushed = c.pushed || err != nil || refused == nil // what sessions stand on may be none of what Narrow shows
	if until.After(report.Until) {
		report.Until = until
	}
	if err != nil && refused != nil {
		err = fmt.Errorf("%w; before it: %v", err, refused.Err) //nolint:errorlint // the kind is that of the connection
	}
	return refused, sent, err
}

// Pending lists what waits; nothing where the wire has no such thing.
func (c *Conn) Pending(ctx context.Context) ([]mirror.Pending, error) {
	if s, ok := c.wire.(Settler); ok {
		return s.Pending(ctx)
	}
	return nil, nil
}

// Confirm makes a push last.
func (c *Conn) Confirm(ctx context.Context, tx string) error {
	if s, ok := c.wire.(Settler); ok {
		return s.Confirm(ctx, tx)
	}
	return fmt.Errorf("confirm %s: %w", tx, mirror.ErrNotFound)
}

// Abort takes a push back.
func (c *Conn) Abort(ctx context.Context, tx string) error {
	c.pushed = true
	if s, ok := c.wire.(Settler); ok {
		return s.Abort(ctx, tx)
	}
	return fmt.Errorf("abort %s: %w", tx, mirror.ErrNotFound)
}

// A Saving is a Conn of a platform whose running configuration must be saved; its wire is
// a Keeper.
type Saving struct{ *Conn }

// Save makes running the startup configuration, see the worker's Saver.
func (c Saving) Save(ctx context.Context, onlyIfClean bool, ours []mirror.Unsaved) (bool, string, error) {
	k, ok := c.wire.(Keeper)
	if !ok {
		return false, "", fmt.Errorf("save on %s: %w", c.device, mirror.ErrUnsupported)
	}
	return k.Save(ctx, onlyIfClean, ours)
}

// SaveSaid is what the last save said to the device, see the worker's Quoter.
func (c Saving) SaveSaid() []mirror.Exchange {
	if q, ok := c.wire.(interface{ SaveSaid() []mirror.Exchange }); ok {
		return q.SaveSaid()
	}
	return nil
}
