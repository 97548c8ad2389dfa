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

// Push sends all blocks as one transaction, and where that is refused each alone: a
// refusal stays with its block. What they rest on is looked at right before. See the
// worker's Conn.
func (c *Conn) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	report := mirror.PushReport{}
	c.taken = false
	defer func() { c.last = mirror.Known{} }() // it is older than the push
	if p.Format != c.d.format {
		return report, fmt.Errorf("payload of format %q: %w", p.Format, mirror.ErrInvalid)
	}
	all := make([]int, len(p.Blocks))
	report.Blocks = make([]mirror.BlockResult, len(p.Blocks))
	for i, b := range p.Blocks {
		all[i], report.Blocks[i].Mark = i, b.Mark()
		report.Blocks[i].Err = c.check(b)
	}
	all = c.left(p.Blocks, all, &report)
	sent, err := c.together(ctx, tx, p.Blocks, all, &report)
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

// together pushes the blocks of these indexes; sent is how many blocks from the first have
// an answer when the connection was lost.
func (c *Conn) together(ctx context.Context, tx string, blocks []mirror.Block, which []int, report *mirror.PushReport) (sent int, err error) {
	if len(which) == 0 {
		return len(blocks), nil
	}
	refused, which, err := c.once(ctx, tx, blocks, which, report)
	if err != nil {
		return which[0], err
	}
	switch {
	case refused == nil:
		return len(blocks), nil
	case len(which) == 1, refused.All:
		for _, i := range which {
			report.Blocks[i].Err = refused.Err
		}
		return len(blocks), nil
	case refused.Text >= 0: // the one that it is about is out; the others go together again
		bad := which[refused.Text]
		report.Blocks[bad].Err = refused.Err
		return c.together(ctx, tx, blocks, c.left(blocks, which, report), report)
	}
	return c.apart(ctx, tx, blocks, which, report)
}

// left are the blocks of these indexes that were not refused, and do not stand on one that
// was.
func (c *Conn) left(blocks []mirror.Block, which []int, report *mirror.PushReport) []int {
	for again := true; again; {
		again = false
		for _, i := range which {
			for j := range blocks {
				if report.Blocks[i].Err == nil && report.Blocks[j].Err != nil && blocks[i].Change.StandsOn(blocks[j].Change) {
					report.Blocks[i].Err = fmt.Errorf("%s: not sent, because what it stands on was not: %w", c.device, report.Blocks[j].Err)
					again = true
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(which), func(i int) bool { return report.Blocks[i].Err != nil })
}

// apart pushes each block alone. Where pushes wait to be confirmed, there is one at a
// time: so each is tried and taken back, and what the device takes goes together at last.
func (c *Conn) apart(ctx context.Context, tx string, blocks []mirror.Block, which []int, report *mirror.PushReport) (sent int, err error) {
	var taken []int
	for _, i := range which {
		if len(c.left(blocks, []int{i}, report)) == 0 {
			continue
		}
		refused, _, err := c.once(ctx, tx, blocks, []int{i}, report)
		if err != nil {
			return i, err
		}
		if refused != nil {
			report.Blocks[i].Err = refused.Err
		}
		if report.Blocks[i].Err != nil {
			continue
		}
		if taken = append(taken, i); c.window == 0 {
			continue
		}
		if err := c.Abort(ctx, tx); err != nil {
			return which[0], fmt.Errorf("take back a trial: %w", err)
		}
		report.Until = time.Time{}
	}
	if c.window == 0 || len(taken) == 0 {
		return len(blocks), nil
	}
	taken = c.left(blocks, taken, report)
	if len(taken) == 0 {
		return len(blocks), nil
	}
	refused, taken, err := c.once(ctx, tx, blocks, taken, report)
	if err != nil {
		return taken[0], err
	}
	if refused != nil { // each was taken alone
		for _, i := range taken {
			report.Blocks[i].Err = refused.Err
		}
	}
	return len(blocks), nil
}

// once pushes blocks of which nothing has changed since they were written: those of sent.
// None of the others is sent with it.
func (c *Conn) once(ctx context.Context, tx string, blocks []mirror.Block, which []int, report *mirror.PushReport) (refused *Refusal, sent []int, err error) {
	refused, err = c.look(ctx, blocks, which, report)
	if err != nil || refused != nil {
		return refused, which, err
	}
	if sent = c.left(blocks, which, report); len(sent) == 0 {
		return nil, which, c.release(ctx)
	}
	var texts []string
	for _, i := range sent {
		texts = append(texts, blocks[i].Text)
	}
	until, refused, err := c.wire.Push(ctx, tx, texts, c.window)
	c.taken = c.taken || err == nil && refused == nil
	c.pushed = c.pushed || err != nil || refused == nil // what sessions stand on may be none of what Narrow shows
	if until.After(report.Until) {
		report.Until = until
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
