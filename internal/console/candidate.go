package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A candidate is a push of several blocks that becomes one commit.
type candidate struct {
	c      *Conn
	tx     string
	blocks []mirror.Block
	report mirror.PushReport
	stages []block
	// ordered: a commit was typed, or a transaction taken. What was typed before is gone with
	// the connection, where the candidate is not one that has a name.
	ordered bool
	gone    map[int]bool // blocks of sessions that were gone by themselves
}

// An undivided is a refusal of which nobody knows what block it is about.
type undivided struct{ error }

func (u undivided) Unwrap() error { return u.error }

// pushCandidate writes the blocks into one candidate, has its difference shown, and
// commits it when nothing in it is another hand's. A block of which a line was refused,
// or that a commit was refused for, is left out with what stands on it: the candidate is
// dropped, and one without it made. Where nobody knows which block a commit was refused
// for, it is halved. An empty difference is not committed.
func (c *Conn) pushCandidate(ctx context.Context, tx string, p mirror.Payload) (_ mirror.PushReport, err error) {
	s, rest := c.candidate(tx, p)
	defer func() {
		if c.d.p.Commit.Inside && !s.ordered && errors.Is(err, mirror.ErrUnreachable) {
			err = fmt.Errorf("%w: %w", mirror.ErrNotSent, err)
		}
	}()
	defer func() { // an error about the candidate must not leave it locked
		if err != nil && c.inside() {
			err = errors.Join(err, c.term.Close())
		}
	}()
	if err := c.leave(ctx); err != nil { // of an earlier push that nobody ended
		return s.report, err
	}
	if rest, err = s.free(ctx, rest); err != nil {
		return s.report, err
	}
	doubt, lookAgain := c.doubt, c.lookAgain
	c.dirty, c.doubt, c.compared, c.lookAgain = true, true, false, true
	defer func() { // what is armed, and holds sessions alone, is proven by them alone
		if !s.report.Until.IsZero() && !slices.ContainsFunc(p.Blocks, func(b mirror.Block) bool { return b.Change.Footing() != nil }) {
			c.doubt, c.lookAgain = doubt, lookAgain
		}
	}()
	return s.report, s.commitAll(ctx, [][]int{rest})
}

// maxAttempts bounds the candidates of one push: while they are tried the configuration
// is locked again and again.
const maxAttempts = 16

// commitAll commits groups of blocks one after the other, each as one, until one waits
// to be confirmed, or it was tried often enough: what is left then is pushed again by
// who called.
func (s *candidate) commitAll(ctx context.Context, groups [][]int) error {
	longest, refused := time.Duration(0), "others of it were refused"
	for attempt := 1; len(groups) > 0; {
		which := s.left(groups[0])
		groups = groups[1:]
		if len(which) == 0 {
			continue
		}
		if attempt > maxAttempts || attempt > 1 && !enough(ctx, longest) {
			s.unsent(append(groups, which), "the push had to be tried in parts: "+refused)
			return nil
		}
		name, began := candidateName(s.tx, attempt), time.Now()
		attempt++
		committed, cause, err := s.attempt(ctx, name, which)
		if err != nil {
			return err
		}
		if !committed && !s.c.wholly() {
			kept, err := s.drop(ctx, name)
			if err != nil {
				return err
			}
			if kept != nil { // another would be one more that stays
				s.keeps(which, kept)
				s.fail(slices.Concat(append(groups, which)...), withKept(cause, kept))
				return nil
			}
		}
		longest = max(longest, time.Since(began))
		half := undivided{}
		switch {
		case cause == nil && !committed && len(s.left(which)) == len(which):
			s.fail(which, fmt.Errorf("%s: not committed, and nobody knows why: %w", s.c.device, mirror.ErrRejected))
		case cause == nil && !committed:
			groups = append([][]int{which}, groups...) // without those that were refused
		case errors.As(cause, &half):
			refused = half.Error()
			if parts := mirror.Halves(s.blocks, which); len(parts) > 1 {
				groups = append(parts, groups...)
			} else {
				s.fail(which, half.error)
			}
		case cause != nil:
			s.fail(slices.Concat(append(groups, which)...), cause)
			return nil
		case !s.report.Until.IsZero():
			s.unsent(groups, "what was sent before it has to be confirmed first")
			return nil
		}
	}
	return nil
}

// enough: there is time for a candidate that takes as long as the longest so far, and to
// clean up.
func enough(ctx context.Context, longest time.Duration) bool {
	end, bounded := ctx.Deadline()
	return !bounded || time.Until(end) > 2*longest+commitReserve
}

// unsent gives blocks an error that were not committed and may be pushed again.
func (s *candidate) unsent(groups [][]int, why string) {
	s.fail(slices.Concat(groups...), fmt.Errorf("%s: not sent, because %s: %w (%w)", s.c.device, why, mirror.ErrChanged, mirror.ErrNotSent))
}

// attempt types blocks and commits them when every line was taken. cause is why the
// candidate failed as a whole; without it, what was not committed was refused by block.
// An empty difference counts as committed.
func (s *candidate) attempt(ctx context.Context, name string, which []int) (committed bool, cause, err error) {
	if s.c.wholly() {
		return s.transact(ctx, which)
	}
	difference, cause, err := s.write(ctx, name, which)
	if err != nil || cause != nil || len(s.left(which)) < len(which) {
		return false, cause, err
	}
	return s.commit(ctx, name, which, difference)
}

// left are the blocks of a group that were not refused, and do not stand on one that was.
func (s *candidate) left(which []int) []int {
	return s.report.Left(s.c.device, s.blocks, which)
}

// free leaves out the blocks of footings that another hand has touched since they were
// read, and those that take away what a session stands on by now, whoever's it is: the
// candidate's difference does not show that.
func (s *candidate) free(ctx context.Context, which []int) (free []int, err error) {
	steps := map[int][]step{}
	var changes []mirror.Change
	for _, i := range which {
		changes = append(changes, s.blocks[i].Change)
		if s.blocks[i].Change.Footing() == nil {
			continue
		}
		g, err := s.c.d.ground(s.c.seen(), s.blocks[i].Change)
		if err != nil {
			s.report.Blocks[i].Err = fmt.Errorf("%s: %w", s.c.device, err)
			continue
		}
		steps[i] = g.steps()
	}
	if len(steps) > 0 {
		was, err := s.c.standing(ctx)
		if err != nil {
			return nil, err
		}
		for i, all := range steps {
			s.report.Blocks[i].Err = s.c.stale(all, was, changes...)
		}
	}
	return slices.DeleteFunc(slices.Clone(which), func(i int) bool { return s.report.Blocks[i].Err != nil }), nil
}

// fail gives blocks an error that have none.
func (s *candidate) fail(which []int, err error) {
	for _, i := range which {
		if r := &s.report.Blocks[i]; r.Err == nil {
			r.Err = err
		}
	}
}

// lines are those of blocks, and the block of each; that of a line in between is that of
// the block behind it.
func (s *candidate) lines(which []int) (lines []cli.Line, of []int) {
	top := s.c.d.p.Commit.Top
	for n, i := range which {
		if n > 0 && top != "" {
			lines, of = append(lines, cli.Line{Text: top}), append(of, i)
		}
		for _, st := range s.stages[i] {
			lines = append(lines, st.lines...)
			of = append(of, slices.Repeat([]int{i}, len(st.lines))...)
		}
	}
	return lines, of
}

// write types blocks into a candidate and has the difference shown. A refused line is
// that of its block; cause is why the whole candidate failed, err of the connection.
func (s *candidate) write(ctx context.Context, name string, which []int) (difference string, cause, err error) {
	k := s.c.d.p.Commit
	lines, of := s.lines(which)
	var asks []string
	if k.ConfirmsAny {
		asks = s.c.asks()
	}
	enter := k.Enter(name)
	b := cli.Block{Enter: []string{enter}, Stay: k.Inside}
	b.Lines = slices.Concat(lines, cli.Lines(asks...), cli.Lines(k.Difference))
	if !k.Inside {
		b.Leave = []string{k.Leave}
	}
	b.Refused = s.c.d.refusedBut(asks)
	answers, err := s.c.configureBlock(ctx, b)
	if err != nil {
		return "", nil, err
	}
	if said := (*mirror.DeviceError)(nil); errors.As(answers.Err, &said) && said.Sent == enter {
		return "", said, nil // it is locked, or there are too many
	}
	for at, i := range of {
		l := answers.Lines[at]
		if r := &s.report.Blocks[i]; l.Refused && r.Err == nil {
			r.Err = &mirror.DeviceError{Device: s.c.device, Sent: l.Text, Answer: l.Answer}
		}
		if l.Answer != "" {
			s.report.Blocks[i].Answer = strings.TrimLeft(s.report.Blocks[i].Answer+"\n"+l.Text+"\n"+l.Answer, "\n")
		}
	}
	last := answers.Lines[len(answers.Lines)-1]
	if !last.Sent {
		return "", nil, nil
	}
	if cause = s.c.waitsIn(answers.Lines[len(of) : len(of)+len(asks)]); cause != nil {
		return "", cause, nil
	}
	if last.Refused {
		return "", &mirror.DeviceError{Device: s.c.device, Sent: last.Text, Answer: last.Answer}, nil
	}
	return last.Answer, nil, nil
}

// asks are the questions about what waits as they are typed in the candidate.
func (c *Conn) asks() (out []string) {
	for _, ask := range c.d.p.Commit.Ask {
		out = append(out, c.d.p.Commit.Do+c.spelled(ask))
	}
	return out
}

// waitsIn is why nothing may be committed or tried, from the answers to asks: it would
// confirm what waits. Nil: nothing waits, or nothing was asked.
func (c *Conn) waitsIn(answers []cli.LineResult) error {
	if len(answers) == 0 {
		return nil
	}
	waits, err := c.readWaits(answers)
	if err != nil {
		return err
	}
	for _, w := range waits {
		if w.Kind == mirror.WaitTimer || w.Kind == mirror.WaitTrial {
			who := w.Holder
			if w.Ours {
				who = w.Name
			}
			return &mirror.DeviceError{Device: c.device, Sent: answers[0].Text, Answer: strings.TrimSpace("a commit waits to be confirmed: " + who), Kind: mirror.ErrBusy}
		}
	}
	return nil
}

// readWaits reads the answers to asks.
func (c *Conn) readWaits(answers []cli.LineResult) ([]Wait, error) {
	replies := Replies{}
	for i, a := range answers {
		replies[c.d.p.Commit.Ask[i]] = a.Answer
	}
	return c.d.p.Commit.Waits(c.facts, replies, c.now())
}

// foreign is an error when the difference holds a line that is not of the blocks: the
// candidate is a copy, and would put back what another hand changed since.
func (s *candidate) foreign(lines []Difference) error {
	var ours []mirror.Unsaved
	for _, b := range s.blocks {
		for _, n := range []*mirror.NativeSession{b.Change.Before, b.Change.After} {
			if n != nil {
				ours = append(ours, mirror.Unsaved{ID: n.ID, Spec: n.Spec, Set: b.Change.After != nil})
			}
		}
	}
	lists := s.c.trunkLists(lines)
	var about []string
	for _, d := range lines {
		if !s.c.listed(d, ours, lists) {
			about = append(about, s.c.d.about(d).Subject)
		}
	}
	if len(about) == 0 {
		return nil
	}
	return fmt.Errorf("%s: not committed, because the commit would take with it %s: %w", s.c.device, theirLines(about), mirror.ErrChanged)
}
