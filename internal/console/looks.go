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

// strange reports whether a session that shows after a push is another hand's:
// there is something that we neither sent nor knew, and nothing of what was to
// stay is missing where something was. Something more beside all of ours is drift,
// which is repaired or told.
func strange(shown *mirror.NativeSession, added, kept mirror.NativeSpec) bool {
	if shown == nil || shown.Spec.Beyond(added.With(kept)).Vacant() {
		return false
	}
	return kept.Vacant() || !kept.Beyond(shown.Spec).Vacant()
}

// A look is what the answer to Send.Look shows.
type look struct {
	shown  *mirror.NativeSession // nil = no session, or not understood
	answer string
	parsed bool
	asked  bool // it was sent
}

// none: there is no such session. An answer that is not understood does not say
// so, though it may be the device's words for it.
func (l look) none() bool { return l.parsed && l.shown == nil }

// looks are what the looks of a write showed.
type looks struct {
	first, last look
	passed      bool // the first one was judged good, or not judged
}

// all are the lines of a stage.
func all(st *stage) []int {
	out := make([]int, len(st.lines))
	for i := range out {
		out[i] = i
	}
	return out
}

// send sends lines of a stage with a look before them, and with one behind them when
// after is set. What judge does not pass ends the block before any of the lines is
// sent; nil judges nothing and waits for nothing. The answers are those of the lines
// alone.
func (s *sitting) send(ctx context.Context, st *stage, which []int, judge func(look) bool, after bool) (cli.BlockResult, looks, error) {
	var lines []cli.Line
	looking := s.c.d.p.Send.Look != nil
	show := ""
	if looking {
		show = s.c.d.p.Send.Look(s.id)
		lines = append(lines, cli.Line{Text: show, Hold: judge != nil})
	}
	for _, i := range which {
		lines = append(lines, st.lines[i])
	}
	after = after && looking
	if after {
		behind := show
		if all := s.c.d.p.Send.LookAll; all != "" {
			behind = all
		}
		lines = append(lines, cli.Line{Text: behind})
	}
	out := looks{passed: true}
	stop := func(line, answer string) bool {
		if judge == nil || line != show {
			return false
		}
		out.passed = judge(s.look(answer))
		judge = nil // only the first one
		return !out.passed
	}
	answers, err := s.c.configure(ctx, lines, stop)
	if err != nil {
		return cli.BlockResult{}, out, &lostError{err}
	}
	if looking && len(answers.Lines) > 0 {
		out.first = s.look(answers.Lines[0].Answer)
		answers.Lines = answers.Lines[1:]
	}
	if last := len(answers.Lines) - 1; after && last >= 0 {
		if answers.Lines[last].Sent {
			out.last = s.look(answers.Lines[last].Answer)
			out.last.asked = true
			if out.last.parsed && s.c.d.p.Send.LookAll != "" {
				s.c.behind = out.last.answer
			}
		}
		answers.Lines = answers.Lines[:last]
	}
	s.note(st, which, answers)
	return answers, out, nil
}

// configure sends one block; stop may end it at a line that is held.
func (c *Conn) configure(ctx context.Context, lines []cli.Line, stop func(line, answer string) bool) (cli.BlockResult, error) {
	return c.configureBlock(ctx, cli.Block{Lines: lines, Stop: stop})
}

// refusedBut judges lines by the platform's words, but for some that only ask.
func (d *Driver) refusedBut(asks []string) func(line, answer string) bool {
	return func(line, answer string) bool {
		if slices.Contains(asks, line) {
			return false
		}
		_, refused := d.p.Send.Refused(answer)
		return refused
	}
}

// configureBlock sends a block whose lines are judged by the platform's words, unless it
// says otherwise.
func (c *Conn) configureBlock(ctx context.Context, b cli.Block) (cli.BlockResult, error) {
	send := &c.d.p.Send
	c.behind = ""
	if b.Refused == nil {
		b.Refused = func(line, answer string) bool {
			if send.Look != nil && c.d.shows(line) {
				return false
			}
			_, refused := send.Refused(answer)
			return refused
		}
	}
	results, err := c.term.Configure(ctx, []cli.Block{b})
	if err != nil {
		return cli.BlockResult{}, err
	}
	if len(results) != 1 {
		return cli.BlockResult{}, fmt.Errorf("%d results of one block: %w", len(results), mirror.ErrUnreachable)
	}
	return c.d.later(b, results[0]), nil
}

// shows reports whether a line is a look.
func (d *Driver) shows(line string) bool {
	begin, _, _ := strings.Cut(d.p.Send.Look("\x00"), "\x00")
	return strings.HasPrefix(line, begin)
}

// later gives the refusal of a device that asks for another time its kind. One with
// candidates can be locked: when it does not let us in, and not for want of a right,
// that is such an answer, whatever its words.
func (d *Driver) later(b cli.Block, r cli.BlockResult) cli.BlockResult {
	said := (*mirror.DeviceError)(nil)
	if !errors.As(r.Err, &said) {
		return r
	}
	atDoor := d.p.Commit != nil && !d.p.Reads.Absent(said.Answer) && !slices.ContainsFunc(b.Lines, func(l cli.Line) bool { return l.Text == said.Sent })
	if atDoor || d.p.Send.Later != nil && d.p.Send.Later(said.Answer) {
		told := *said
		told.Kind = mirror.ErrBusy
		r.Err = &told
	}
	return r
}

// look reads the answer to Send.Look.
func (s *sitting) look(answer string) look {
	o, err := s.c.d.p.Reads.Observe(s.c.facts, Replies{s.c.d.p.Reads.Narrow: answer}, nil)
	if err != nil {
		return look{answer: answer}
	}
	return look{shown: find(o.Natives, s.id), answer: answer, parsed: true}
}

// note keeps what was said and taken.
func (s *sitting) note(st *stage, which []int, answers cli.BlockResult) {
	s.result.Answer = strings.TrimLeft(s.result.Answer+"\n"+transcript(answers), "\n")
	for i, l := range answers.Lines {
		if took := s.c.d.p.Send.Took; l.Sent && (!l.Refused || took != nil && took(l.Answer)) {
			s.taken = append(s.taken, taken{st, which[i]})
		}
	}
}
