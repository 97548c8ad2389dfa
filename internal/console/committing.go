package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A converser is a Terminal that can stay in a candidate; *cli.Conn is one.
type converser interface {
	Converse(ctx context.Context, lines []string, answers map[string]string, stop func(cli.Reply) bool) ([]cli.Reply, error)
	Inside() bool
}

// inside reports whether the connection stays in a candidate.
func (c *Conn) inside() bool {
	t, ok := c.term.(converser)
	return ok && t.Inside()
}

// converse types lines in the candidate, until one leads out of it or stop says so.
func (c *Conn) converse(ctx context.Context, lines []string, stop func(cli.Reply) bool) ([]cli.Reply, error) {
	t, ok := c.term.(converser)
	if !ok {
		return nil, fmt.Errorf("%s: nothing can be typed in a candidate: %w", c.device, mirror.ErrUnsupported)
	}
	c.behind = ""
	return t.Converse(ctx, lines, c.d.p.Commit.Answer, func(r cli.Reply) bool { return stop != nil && stop(r) || !t.Inside() })
}

// leave drops what is in the candidate where the connection is in one, and leads out.
func (c *Conn) leave(ctx context.Context) error {
	return c.leaveBy(ctx, c.d.p.Commit.Discard, c.d.p.Commit.Leave)
}

// leaveBy leads out of the candidate where the connection is in one. When it stays in it,
// it is closed: that frees what it locks.
func (c *Conn) leaveBy(ctx context.Context, lines ...string) error {
	if !c.inside() {
		return nil
	}
	_, err := c.converse(ctx, slices.DeleteFunc(lines, func(l string) bool { return l == "" }), nil)
	if c.inside() {
		err = errors.Join(fmt.Errorf("%s: the candidate was not left: %w", c.device, cmp.Or(err, mirror.ErrUnreachable)), c.term.Close())
	}
	return err
}

// commitPause is how long a device is left alone that asks for another time.
const commitPause = time.Second

// commitReserve is what is kept of the time of a call to clean up in.
const commitReserve = 5 * time.Second

// pause waits before something is typed again; false when there is no time left, or
// until is past (zero = no such time).
func (c *Conn) pause(ctx context.Context, until time.Time) bool {
	end, bounded := ctx.Deadline()
	if bounded && time.Until(end) < commitReserve+commitPause || !bounded && until.IsZero() || !until.IsZero() && !c.now().Before(until) {
		return false
	}
	select {
	case <-time.After(commitPause):
		return true
	case <-ctx.Done():
		return false
	}
}

// An answered is what a device made of a commit, a check, or what ends a wait. Neither
// taken nor refused: its answer does not tell.
type answered struct {
	taken   bool
	refused string // its words
	line    string // that it is about
	answer  string
}

// busy: the device asks for another time.
func (c *Conn) busy(a answered) bool {
	return a.refused != "" && c.d.p.Send.Later != nil && c.d.p.Send.Later(a.refused)
}

// order types lines that commit, check or end, in the candidate or in normal mode, and
// judges the answer to the last, or to the first that is refused: nothing is typed behind
// that. While the device asks for another time they are typed again.
func (c *Conn) order(ctx context.Context, until time.Time, lines ...string) (out answered, err error) {
	for {
		hear := func(line, reply string) bool {
			taken, refused := c.d.judge(reply)
			out = answered{taken, refused, line, reply}
			return refused != ""
		}
		out = answered{}
		if c.inside() {
			_, err = c.converse(ctx, lines, func(r cli.Reply) bool { return hear(r.Command, r.Text) })
		} else {
			var replies Replies
			replies, err = c.run(ctx, lines...)
			for _, l := range lines {
				if hear(l, replies[l]) {
					break
				}
			}
		}
		if err != nil || !c.busy(out) || !c.pause(ctx, until) {
			return out, err
		}
	}
}

// said is a refusal in the words of the device.
func (c *Conn) said(a answered) *mirror.DeviceError {
	e := &mirror.DeviceError{Device: c.device, Sent: a.line, Answer: a.refused}
	if e.Answer == "" {
		e.Answer = text.Quote(a.answer)
	}
	if c.busy(a) {
		e.Kind = mirror.ErrBusy
	}
	return e
}

// commit commits the candidate when its difference is ours alone. See attempt.
func (s *candidate) commit(ctx context.Context, name string, which []int, difference string) (committed bool, cause, err error) {
	c := s.c
	k := c.d.p.Commit
	var lines []Difference
	if k.Copy || k.Empty == nil {
		if lines, cause = c.d.lineDifferences(difference); cause == nil && k.Copy {
			cause = s.foreign(lines)
		}
	}
	switch {
	case cause != nil:
		return false, cause, nil
	case k.Empty != nil && k.Empty(difference), k.Empty == nil && len(lines) == 0:
		kept, err := s.drop(ctx, name)
		for _, i := range which {
			if r := &s.report.Blocks[i]; kept != nil { // nothing is wrong with what they are about
				r.Answer = strings.TrimLeft(r.Answer+"\n"+kept.Error(), "\n")
			}
		}
		return true, nil, err
	}
	if k.Check != "" {
		tried, err := c.order(ctx, time.Time{}, k.Check)
		if err != nil {
			return false, nil, err
		}
		if !tried.taken {
			cause, err = s.refusedBy(ctx, which, tried, "")
			return false, cause, err
		}
	}
	within := k.roundUp(c.window)
	commit := ""
	if within > 0 {
		commit = k.Arm(c.facts, name, within)
	} else {
		commit = k.Plain(name)
	}
	s.ordered = true
	answer, err := c.order(ctx, time.Time{}, commit)
	if err != nil {
		return false, nil, err
	}
	if !answer.taken {
		if taken, err := s.waits(ctx, name, answer); err != nil || !taken {
			if err == nil {
				cause, err = s.refusedBy(ctx, which, answer, k.Failed)
			}
			return false, cause, err
		}
	}
	s.note(name, which, within)
	if within == 0 || !k.Bound {
		err = c.leaveBy(ctx, k.Leave)
	}
	return true, nil, err
}

// note notes that blocks are committed.
func (s *candidate) note(name string, which []int, within time.Duration) {
	c := s.c
	if within > 0 {
		s.report.Until = c.now().Add(within)
		c.armed = map[string]armed{s.tx: {name, s.report.Until}}
	}
	for _, i := range which {
		id, there := s.blocks[i].Change.ID(), s.blocks[i].Change.After != nil
		c.pushed[id], c.unproven[id] = there, there
	}
}

// waits reports whether a commit was made that the device did not say it took: a commit
// that failed may have left its timer armed, and an answer may not tell. One that would
// simply stand is told by the next read. A trial bears no name, so one that waits behind a
// refusal may be another's; if it is ours, dropping the candidate takes it back.
func (s *candidate) waits(ctx context.Context, name string, a answered) (bool, error) {
	switch {
	case s.c.window == 0:
		return a.refused == "", nil
	case s.c.d.p.Commit.Bound && a.refused != "":
		return false, nil
	}
	waits, err := s.c.waits(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(waits, func(w Wait) bool {
		return w.Kind == mirror.WaitTimer && w.Name == name || s.c.d.p.Commit.Bound && w.Kind == mirror.WaitTrial
	}), nil
}

// refusedBy gives the blocks that a commit or a check was refused for their errors. The
// cause is returned instead when it is not known which they are.
func (s *candidate) refusedBy(ctx context.Context, which []int, a answered, show string) (cause, err error) {
	k := s.c.d.p.Commit
	why := s.c.said(a)
	switch {
	case k.Said == nil: // all that is known of it is that it was refused
		why.Kind = mirror.ErrBusy
		return why, nil
	case why.Kind != nil:
		return why, nil
	}
	reply := a.answer
	if show != "" {
		replies, err := s.c.converse(ctx, []string{show}, nil)
		if err != nil {
			return nil, err
		}
		reply = replies[0].Text
	}
	var reasons map[string]string
	if k.Reasons != nil {
		reasons = k.Reasons(reply)
	}
	found := false
	for _, key := range slices.Sorted(maps.Keys(reasons)) {
		for _, i := range which {
			if r := &s.report.Blocks[i]; s.holds(i, key) {
				found = true
				if r.Err == nil {
					r.Err = &mirror.DeviceError{Device: s.c.device, Sent: key[strings.LastIndexByte(key, '\n')+1:], Answer: reasons[key]}
				}
			}
		}
	}
	if found {
		return nil, nil
	}
	if all := strings.Join(slices.Sorted(maps.Values(reasons)), "\n"); all != "" {
		why.Answer = all
	}
	return undivided{why}, nil
}

// holds reports whether a block holds the line of a key of Reasons.
func (s *candidate) holds(i int, key string) bool {
	path := strings.Split(key, "\n")
	want := path[len(path)-1]
	for _, st := range s.stages[i] {
		for at, l := range st.lines {
			words := strings.TrimSpace(l.Text)
			below := len(path) == 1 || st.heads[at] == path[len(path)-2]
			if want != "" && below && (words == want || strings.HasPrefix(words, want+" ")) {
				return true
			}
		}
	}
	return false
}
