package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A Commit is how a platform commits a candidate and takes it back by itself unless
// it is confirmed. Three shapes are known: a candidate with a name, which whatever
// connection ends; one that is shared and locked, which whatever connection confirms,
// without a name; one of the connection alone, which no other can end.
//
// Commands are typed in normal mode but for Leave, Difference and Check, and what
// Inside says. The name is that of the candidate (see candidateName), which a platform
// uses as far as it has room for it.
type Commit struct {
	// Always: there is no other way to configure. Every push is a candidate; without a
	// window it is committed by Plain, and stands.
	Always bool
	// Copy: the candidate is a copy of the whole configuration, or is shared: its
	// difference may hold lines of others, and Save.Unsaved and Save.About tell whose.
	// Without it the difference is what was typed.
	Copy bool

	Enter      func(name string) string     // leads into the candidate, which it makes
	Leave      string                       // leads out of it: one that is named stays pending, any other is committed or dropped before
	Difference string                       // shows what it would change
	Empty      func(difference string) bool // nothing; nil = no line that Save.Unsaved finds
	// Check has the device try the candidate, typed in it before it is committed; "" =
	// committing does. Its answer is judged like that of a commit.
	Check string

	// Arm commits with a window, Plain without.
	Arm   func(name string, within time.Duration) string
	Plain func(name string) string
	// Inside: Arm and Plain are typed in the candidate.
	Inside bool
	// Said judges the answer to a commit or to Check: taken, or refused with the device's
	// words, or neither, which is not known until it was asked what waits. Nil: what
	// Send.Refused does not find was taken.
	Said func(answer string) (taken bool, refused string)
	// Failed is typed in the candidate behind a commit that was refused and shows why;
	// Reasons reads the device's words by the line that they are about, "" = all. "": the
	// answer says it.
	Failed  string
	Reasons func(reply string) map[string]string
	// Window is the least and the step of a window; 0 = any number of seconds.
	Window time.Duration

	// Discard drops a candidate that was not committed, typed in it, before Leave. "":
	// Abort does.
	Discard string
	// Bound: the connection that armed stays in the candidate (reads are asked from there,
	// Do before each) until Confirm or Abort, which are typed there and lead out of it; no
	// other connection can confirm. When it is lost the device takes back.
	Bound bool
	Do    string
	// Confirm and Abort end what waits. Each is a sequence of lines; the answer of the last
	// is judged by Said. A question is answered by Answer.
	Confirm func(name string) []string
	Abort   func(name string) []string
	Answer  map[string]string // of a question: part of its text, and what is typed

	Ask []string // show what waits
	// Waits reads the replies to Ask. mirror.ErrParse when they are not understood.
	Waits func(f mirror.Facts, r Replies, now time.Time) ([]Wait, error)
}

// A Wait is what waits on a device, with the name that commands call it by.
type Wait struct {
	mirror.Pending
	Name string
}

// candidateName is the name of a transaction's candidate: "nm-" and the transaction.
// What was refused is left out of another candidate, whose name counts on behind an
// underscore.
func candidateName(tx string, attempt int) string {
	if attempt == 1 {
		return mirror.MarkPrefix + tx
	}
	return mirror.MarkPrefix + tx + "_" + strconv.Itoa(attempt)
}

// TxOf is the transaction of a candidate of netmirror's; false for another hand's.
func TxOf(name string) (tx string, ours bool) {
	tx, ours = strings.CutPrefix(name, mirror.MarkPrefix)
	tx, _, _ = strings.Cut(tx, "_")
	return tx, ours
}

// A candidate is a push of several blocks that becomes one commit.
type candidate struct {
	c      *Conn
	tx     string
	blocks []mirror.Block
	report mirror.PushReport
	stages []block
}

// pushCandidate writes the blocks into one candidate, has its difference shown, and
// commits it with the timer when nothing in it is another hand's. A block of which a
// line was refused is left out: the candidate is dropped, and one without it made. An
// empty difference is not committed.
func (c *Conn) pushCandidate(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	s := &candidate{c: c, tx: tx, blocks: p.Blocks, report: mirror.PushReport{Blocks: make([]mirror.BlockResult, len(p.Blocks))}}
	var rest []int
	for i, b := range p.Blocks {
		stages, err := c.d.vetted(c.facts, c.seen(), b)
		s.stages = append(s.stages, stages)
		if s.report.Blocks[i] = (mirror.BlockResult{Mark: b.Mark()}); err != nil {
			s.report.Blocks[i].Err = fmt.Errorf("%s: %w", c.device, err)
		} else if strings.TrimSpace(b.Text) != "" {
			rest = append(rest, i)
		}
	}
	rest, err := s.free(ctx, rest)
	if err != nil {
		return s.report, err
	}
	doubt, lookAgain := c.doubt, c.lookAgain
	c.dirty, c.doubt, c.compared, c.lookAgain = true, true, false, true
	defer func() { // what is armed, and holds sessions alone, is proven by them alone
		if !s.report.Until.IsZero() && !slices.ContainsFunc(p.Blocks, func(b mirror.Block) bool { return footing(b.Change) }) {
			c.doubt, c.lookAgain = doubt, lookAgain
		}
	}()
	for attempt := 1; len(rest) > 0; attempt++ {
		name := candidateName(tx, attempt)
		difference, cause, err := s.write(ctx, name, rest)
		if err != nil {
			return s.report, err
		}
		left := slices.DeleteFunc(slices.Clone(rest), func(i int) bool { return s.report.Blocks[i].Err != nil })
		if cause == nil && len(left) == len(rest) {
			return s.report, s.commit(ctx, name, rest, difference)
		}
		if _, err := c.run(ctx, c.d.p.Commit.Abort(name)...); err != nil {
			return s.report, err
		}
		if cause != nil {
			s.fail(left, cause)
			break
		}
		rest = left
	}
	return s.report, nil
}

// free leaves out the blocks that take away what a session stands on by now, whoever's
// it is: the candidate's difference does not show that.
func (s *candidate) free(ctx context.Context, which []int) (free []int, err error) {
	ends := map[int]step{}
	for _, i := range which {
		if !footing(s.blocks[i].Change) {
			continue
		}
		g, err := s.c.d.ground(s.c.seen(), s.blocks[i].Change)
		if err != nil {
			s.report.Blocks[i].Err = fmt.Errorf("%s: %w", s.c.device, err)
			continue
		}
		if steps := g.steps(); len(steps) > 0 && steps[len(steps)-1].takesAway() {
			ends[i] = steps[len(steps)-1]
		}
	}
	var was mirror.Observation
	if len(ends) > 0 {
		if was, err = s.c.standing(ctx); err != nil {
			return nil, err
		}
	}
	for _, i := range which {
		if end, ok := ends[i]; ok && end.under(was) {
			s.report.Blocks[i].Err = s.c.inUse(end)
		}
		if s.report.Blocks[i].Err == nil {
			free = append(free, i)
		}
	}
	return free, nil
}

// fail gives blocks an error.
func (s *candidate) fail(which []int, err error) {
	for _, i := range which {
		s.report.Blocks[i].Err = err
	}
}

// write types blocks into a candidate and has the difference shown. A refused line is
// that of its block; cause is why the whole candidate failed, err of the connection.
func (s *candidate) write(ctx context.Context, name string, which []int) (difference string, cause, err error) {
	k := s.c.d.p.Commit
	var lines []cli.Line
	var of []int // block of each line
	for _, i := range which {
		for _, st := range s.stages[i] {
			lines = append(lines, st.lines...)
			of = append(of, slices.Repeat([]int{i}, len(st.lines))...)
		}
	}
	lines = append(lines, cli.Line{Text: k.Difference})
	enter := k.Enter(name)
	answers, err := s.c.configureBlock(ctx, cli.Block{Lines: lines, Enter: []string{enter}, Leave: []string{k.Leave}})
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
	last := answers.Lines[len(of)]
	if last.Refused {
		return "", &mirror.DeviceError{Device: s.c.device, Sent: last.Text, Answer: last.Answer}, nil
	}
	return last.Answer, nil, nil
}

// commit arms the candidate when its difference is ours alone.
func (s *candidate) commit(ctx context.Context, name string, which []int, difference string) error {
	c := s.c
	k := c.d.p.Commit
	lines, cause := c.d.p.Save.Unsaved(difference)
	if cause == nil {
		cause = s.foreign(lines)
	}
	if cause != nil || len(lines) == 0 {
		s.fail(which, cause)
		_, err := c.run(ctx, k.Abort(name)...)
		return err
	}
	arm := k.Arm(name, c.window)
	replies, err := c.run(ctx, arm)
	if err != nil {
		return err
	}
	words, refused := c.d.p.Send.Refused(replies[arm])
	if refused { // a commit that failed may have left its timer armed: ask what waits
		waits, err := c.waits(ctx)
		if err != nil {
			return err
		}
		refused = !slices.ContainsFunc(waits, func(w Wait) bool { return w.Name == name && w.Kind == mirror.WaitTimer })
	}
	if refused {
		s.fail(which, &mirror.DeviceError{Device: c.device, Sent: arm, Answer: words, Kind: mirror.ErrBusy})
		_, err := c.run(ctx, k.Abort(name)...)
		return err
	}
	s.report.Until = c.now().Add(c.window)
	c.armed = map[string]string{s.tx: name}
	for _, i := range which {
		id, there := idOf(s.blocks[i].Change), s.blocks[i].Change.After != nil
		c.pushed[id], c.unproven[id] = there, there
	}
	return nil
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
			about = append(about, s.c.d.p.Save.About(d).Subject)
		}
	}
	if len(about) == 0 {
		return nil
	}
	return fmt.Errorf("%s: not committed, because the commit would take with it %s: %w", s.c.device, theirLines(about), mirror.ErrChanged)
}

// waits asks what waits.
func (c *Conn) waits(ctx context.Context) ([]Wait, error) {
	replies, err := c.run(ctx, c.d.p.Commit.Ask...)
	if err != nil {
		return nil, err
	}
	return c.d.p.Commit.Waits(c.facts, replies, c.now())
}

// Pending lists what waits on the device or keeps from pushing now, and what bears a
// name of netmirror's. A platform without candidates has nothing.
func (c *Conn) Pending(ctx context.Context) (out []mirror.Pending, err error) {
	if c.d.p.Commit == nil {
		return nil, nil
	}
	waits, err := c.waits(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask what waits: %w", hide(c.term, err))
	}
	for _, w := range waits {
		out = append(out, w.Pending)
	}
	return out, nil
}

// Confirm makes a push last. mirror.ErrNotFound: it does not wait any more, which is
// asked in the same write, because a device may take the confirmation of what is gone.
func (c *Conn) Confirm(ctx context.Context, tx string) (err error) {
	defer func() { err = hide(c.term, err) }()
	k := c.d.p.Commit
	if k == nil {
		return mirror.Unsupported("pushes of this platform simply stand")
	}
	name := c.armed[tx]
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
	}
	switch answer := said[len(k.Ask)+len(confirm)-1]; {
	case names[0] == "":
		return fmt.Errorf("confirm %s: %w", tx, mirror.ErrNotFound)
	case names[1] != "":
		return &mirror.DeviceError{Device: c.device, Sent: answer.Command, Answer: text.Quote(answer.Text)}
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

// Abort takes a push back, or drops its candidate. mirror.ErrNotFound: there is
// neither.
func (c *Conn) Abort(ctx context.Context, tx string) (err error) {
	defer func() { err = hide(c.term, err) }()
	k := c.d.p.Commit
	if k == nil {
		return mirror.Unsupported("pushes of this platform simply stand")
	}
	waits, err := c.waits(ctx)
	if err != nil {
		return fmt.Errorf("abort: %w", err)
	}
	c.dirty, c.doubt, c.compared, c.lookAgain = true, true, false, true
	delete(c.armed, tx)
	found := false
	for _, w := range waits {
		if !w.Ours || w.Tx != tx || w.Name == "" {
			continue
		}
		found = true
		abort := k.Abort(w.Name)
		replies, err := c.run(ctx, abort...)
		if err != nil {
			return fmt.Errorf("abort: %w", err)
		}
		last := abort[len(abort)-1]
		if words, refused := c.d.p.Send.Refused(replies[last]); refused {
			return &mirror.DeviceError{Device: c.device, Sent: last, Answer: words}
		}
	}
	if !found {
		return fmt.Errorf("abort %s: %w", tx, mirror.ErrNotFound)
	}
	return nil
}
