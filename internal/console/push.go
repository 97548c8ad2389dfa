package console

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// Push sends each block of lines and, when the device refuses one of them,
// takes the block back at once: the session is read again and led to what it was at
// the last observation. The block's error is then a DeviceError with the
// device's words; it says so when taking back failed. A connection that had ended
// before anything was sent gives mirror.ErrNotSent. Where the device's setting is
// confirm: timer and the platform has it, or the platform has no other way, all blocks are
// one commit that bears the name of the transaction (candidate.go).
func (c *Conn) Push(ctx context.Context, tx string, p mirror.Payload) (report mirror.PushReport, err error) {
	sent, counted := c.octetsSent()
	defer func() {
		if now, _ := c.octetsSent(); counted && now == sent && errors.Is(err, mirror.ErrUnreachable) {
			err = fmt.Errorf("%w: %w", mirror.ErrNotSent, err)
		}
	}()
	defer func() { // the blocks' too: an undo that failed may quote what the device holds
		err = hide(c.term, err)
		for i := range report.Blocks {
			b := &report.Blocks[i]
			b.Err, b.Answer = hide(c.term, b.Err), hideText(c.term, b.Answer)
		}
	}()
	if p.Format != Protocol {
		return report, fmt.Errorf("payload of format %q: %w", p.Format, mirror.ErrInvalid)
	}
	if c.wholly() {
		return c.pushWholly(ctx, tx, p)
	}
	if k := c.d.p.Commit; k != nil && (k.Always || c.window > 0) {
		return c.pushCandidate(ctx, tx, p)
	}
	if c.state == nil || c.dirty { // what a refused block is taken back to
		if err := c.observe(ctx, mirror.Look{}); err != nil {
			return report, fmt.Errorf("read before: %w", err)
		}
	}
	refused := map[string]bool{} // ids of refused blocks: what follows would land in the wrong session
	for _, b := range p.Blocks {
		id := b.Change.ID()
		if refused[id] {
			report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark(),
				Err: fmt.Errorf("%s: not sent, because an earlier block of session %s was refused: %w", c.device, id, mirror.ErrRejected)})
			continue
		}
		result, err := c.pushBlock(ctx, b)
		if err != nil {
			return report, fmt.Errorf("%s: %w", b.Mark(), err)
		}
		refused[id] = result.Err != nil
		report.Blocks = append(report.Blocks, result)
	}
	return report, nil
}

// candidate are the blocks of a push that are to become one commit, and which of them have
// something to send and may.
func (c *Conn) candidate(tx string, p mirror.Payload) (s *candidate, rest []int) {
	s = &candidate{c: c, tx: tx, blocks: p.Blocks, report: mirror.PushReport{Blocks: make([]mirror.BlockResult, len(p.Blocks))}, gone: map[int]bool{}}
	for i, b := range p.Blocks {
		stages, err := c.d.vetted(c.facts, c.seen(), b)
		s.stages = append(s.stages, stages)
		if s.report.Blocks[i] = (mirror.BlockResult{Mark: b.Mark()}); err != nil {
			s.report.Blocks[i].Err = fmt.Errorf("%s: %w", c.device, err)
		} else if strings.TrimSpace(b.Text) != "" {
			rest = append(rest, i)
		}
	}
	return s, rest
}

// pushBlock gives the block's result; the error is of the connection. What is sent
// is what the change is written as for this device: a text that differs was made for
// another one, or by another hand.
func (c *Conn) pushBlock(ctx context.Context, b mirror.Block) (mirror.BlockResult, error) {
	stages, err := c.d.vetted(c.facts, c.seen(), b)
	switch {
	case err != nil:
		return mirror.BlockResult{Mark: b.Mark(), Err: fmt.Errorf("%s: %w", c.device, err)}, nil
	case strings.TrimSpace(b.Text) == "":
		return mirror.BlockResult{Mark: b.Mark()}, nil // nothing differs in the device's words
	case b.Change.Footing() != nil:
		return c.pushFooting(ctx, b, stages[0])
	}
	return c.pushSession(ctx, b, stages)
}

// seen is the device as it was last read.
func (c *Conn) seen() mirror.Observation {
	if c.state == nil {
		return mirror.Observation{}
	}
	return c.state.observation
}

// vetted are the stages of a block whose text is what its change is written as.
func (d *Driver) vetted(f mirror.Facts, o mirror.Observation, b mirror.Block) (block, error) {
	stages, err := d.block(f, o, b.Change)
	if err == nil {
		err = d.Vet(b)
	}
	if err == nil && stages.text() != b.Text {
		err = fmt.Errorf("the block was not made for this device as it is: %w", mirror.ErrChanged)
	}
	return stages, err
}

// Vet refuses a block that holds a line which its change does not bear:
// mirror.ErrInvalid.
func (d *Driver) Vet(b mirror.Block) error { return d.lines(&stage{change: b.Change, text: b.Text}) }

// Stats are what the connection cost so far, where the terminal counts.
func (c *Conn) Stats() (stats cli.Stats, counted bool) {
	t, counted := c.term.(interface{ Stats() cli.Stats })
	if counted {
		stats = t.Stats()
	}
	return stats, counted
}

// octetsSent counts what was written to the device so far, where the terminal counts.
func (c *Conn) octetsSent() (n int64, counted bool) {
	stats, counted := c.Stats()
	return stats.BytesSent, counted
}

// transcript is what the device said, line by line.
func transcript(r cli.BlockResult) string {
	var b strings.Builder
	for _, l := range r.Lines {
		if l.Answer != "" {
			fmt.Fprintf(&b, "%s\n%s\n", l.Text, l.Answer)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
