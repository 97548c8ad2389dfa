package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A transactor is a Terminal whose Configure puts the lines of all blocks in force, or
// none. When one of the results has an error nothing is in force: the block at fault has
// the error and a line that is marked as refused; where it is not known which it is, each
// has the error and no line is marked.
type transactor interface{ AllOrNothing() bool }

// wholly reports whether a push over this connection is one transaction, without a
// candidate that could be looked at.
func (c *Conn) wholly() bool {
	t, ok := c.term.(transactor)
	return ok && t.AllOrNothing()
}

// pushWholly sends all blocks as one transaction. What it was refused for is left out of
// another one, with what stands on it; where nobody knows what that was, the blocks are
// halved. There is nothing to take back. What footings and filters rest on is read right
// before: the device may tell no warning about a line that it takes.
func (c *Conn) pushWholly(ctx context.Context, tx string, p mirror.Payload) (_ mirror.PushReport, err error) {
	s, rest := c.candidate(tx, p)
	sent := false
	defer func() {
		switch {
		case errors.Is(err, mirror.ErrUnreachable) && !sent:
			err = fmt.Errorf("%w: %w", mirror.ErrNotSent, err)
		case errors.Is(err, mirror.ErrNotSent) && s.ordered: // a part of it was
			err = fmt.Errorf("%w: %v", mirror.ErrUnreachable, err) //nolint:errorlint // what was sent is not unsent
		}
	}()
	rest, err = s.free(ctx, rest)
	if err == nil {
		rest, err = s.filtered(ctx, rest)
	}
	if err != nil || len(rest) == 0 {
		return s.report, err
	}
	c.dirty, c.compared = true, false
	if slices.ContainsFunc(rest, func(i int) bool { return s.blocks[i].Change.Footing() != nil }) {
		c.doubt, c.lookAgain = true, true
	}
	sent = true
	return s.report, s.commitAll(ctx, [][]int{rest})
}

// filtered leaves out the sessions that get a filter which is not on the device any more.
func (s *candidate) filtered(ctx context.Context, which []int) (free []int, err error) {
	var changes []mirror.Change
	var asked []int
	for _, i := range which {
		c := s.blocks[i].Change
		changes = append(changes, c)
		if c.After != nil && c.After.Spec.Options.Filter != "" && (c.Before == nil || c.Before.Spec.Options.Filter != c.After.Spec.Options.Filter) {
			asked = append(asked, i)
		}
	}
	if len(asked) == 0 {
		return which, nil
	}
	now, err := s.c.standing(ctx)
	if err != nil {
		return nil, err
	}
	later := now.Behind(changes)
	for _, i := range asked {
		if err := mirror.Refuse(mirror.ErrChanged, s.c.d.p.Words.Against(s.c.facts, later, s.blocks[i].Change.After.Spec)); err != nil {
			s.report.Blocks[i].Err = fmt.Errorf("%s: %w", s.c.device, err)
		}
	}
	return slices.DeleteFunc(slices.Clone(which), func(i int) bool { return s.report.Blocks[i].Err != nil }), nil
}

// transact sends blocks as one transaction. See attempt.
func (s *candidate) transact(ctx context.Context, which []int) (committed bool, cause, err error) {
	which = slices.DeleteFunc(slices.Clone(which), func(i int) bool { return s.gone[i] })
	if len(which) == 0 {
		return true, nil, nil
	}
	blocks := make([]cli.Block, len(which))
	for at, i := range which {
		for _, st := range s.stages[i] {
			blocks[at].Lines = append(blocks[at].Lines, st.lines...)
		}
	}
	s.c.behind = ""
	results, err := s.c.term.Configure(ctx, blocks)
	if err == nil && len(results) != len(blocks) {
		err = fmt.Errorf("%d results of %d blocks: %w", len(results), len(blocks), mirror.ErrUnreachable)
	}
	if err != nil {
		return false, nil, err
	}
	failed := slices.IndexFunc(results, func(r cli.BlockResult) bool { return r.Err != nil })
	if failed < 0 {
		s.ordered = true
		s.note("", which, 0)
		return true, nil, nil
	}
	why := results[failed].Err
	known := len(which) == 1 || slices.ContainsFunc(results[failed].Lines, func(l cli.LineResult) bool { return l.Refused })
	switch {
	case !errors.Is(why, mirror.ErrRejected): // it is not about what the blocks hold
		return false, why, nil
	case !known:
		return false, undivided{why}, nil
	}
	i := which[failed]
	if gone, err := s.isGone(ctx, i); err != nil {
		return false, nil, err
	} else if gone {
		s.gone[i] = true
		s.note("", []int{i}, 0)
		return s.transact(ctx, which)
	}
	s.report.Blocks[i].Err = why
	if said := (*mirror.DeviceError)(nil); errors.As(why, &said) {
		s.report.Blocks[i].Answer = strings.TrimSpace(said.Sent + "\n" + said.Answer)
	}
	return false, nil, nil
}

// isGone reports whether a refused block takes away a session that is not there any more:
// there are devices that refuse that.
func (s *candidate) isGone(ctx context.Context, i int) (bool, error) {
	change := s.blocks[i].Change
	if change.After != nil || change.Footing() != nil {
		return false, nil
	}
	now, err := s.c.session(ctx, change.Before.ID)
	if lost := (*lostError)(nil); errors.As(err, &lost) {
		err = lost.cause
	}
	return err == nil && now == nil, err
}
