package console

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A sitting is the push of the block of one session. A look (Send.Look) goes in the
// same write as lines, where the id is a number: between the last read and the push
// another hand may have given it to something else, and the device would add our
// lines to theirs, or take theirs away for ours. What it may do to a session:
//
//	the block       what is sent                           when
//	--------------+--------------------------------------+------------------------------------
//	create, change  its lines                              between two looks; what landed in a
//	                                                       stranger's session is taken out
//	delete          each thing of ours by name             between two looks
//	                the whole, by its id, alone            an empty shell still shows; the look
//	                (or where there is no other way)       before it shows what was read
type sitting struct {
	c      *Conn
	id     string
	before *mirror.NativeSession // at the last observation
	result mirror.BlockResult
	taken  []taken // what the device took, in order
	back   bool    // on the way back: what is taken out is what was put in
}

// taken is a line that the device took.
type taken struct {
	stage *stage
	line  int
}

// content is what the lines put in, and what they took out.
func (s *sitting) content(lines []taken) (puts, takes mirror.NativeSpec) {
	for _, t := range lines {
		p := s.c.d.part(s.c.facts, t.stage, t.line)
		puts, takes = puts.With(p.puts), takes.With(p.takes)
	}
	return puts, takes
}

// pushSession gives the block's result; the error is of the connection.
func (c *Conn) pushSession(ctx context.Context, b mirror.Block, stages block) (mirror.BlockResult, error) {
	c.dirty, c.compared = true, false
	id := b.Change.ID()
	was, known := c.pushed[id]
	c.pushed[id], c.unproven[id] = b.Change.After != nil, b.Change.After != nil
	s := &sitting{c: c, id: id, result: mirror.BlockResult{Mark: b.Mark()}}
	if b.Change.Before != nil {
		s.before = find(c.state.observation.Natives, id)
	}
	var lost *lostError
	if err := s.run(ctx, stages); errors.As(err, &lost) {
		return s.result, lost.cause
	} else if err != nil {
		s.result.Err = err
		c.behind = ""
		// What is under that id now need not be ours to save.
		if c.pushed[id] = was; !known {
			delete(c.pushed, id)
		}
	}
	if b.Change.After == nil && s.result.Err == nil { // what a later block of this id is taken back to
		c.state.observation.Natives = slices.DeleteFunc(c.state.observation.Natives, func(n mirror.NativeSession) bool { return n.ID == id })
	}
	return s.result, nil
}

// run sends the stage that empties the session, then the one that fills it.
func (s *sitting) run(ctx context.Context, stages block) error {
	// Where a session bears a mark, one that bears another is not the one that was read.
	if b := stages[0].change.Before; b != nil && s.before != nil && b.Mark != s.before.Mark && s.c.d.p.Can(s.c.facts).Marks {
		s.found(s.before)
		return s.changed()
	}
	for i := range stages {
		st := &stages[i]
		if st.change.After == nil {
			if err := s.empty(ctx, st); err != nil {
				return s.undone(ctx, err)
			}
			if i+1 < len(stages) && s.result.Stranger != nil {
				return s.changed()
			}
			continue
		}
		if len(st.lines) == 0 {
			continue
		}
		if err := s.fill(ctx, st, st.change.Before == nil); err != nil {
			return s.undone(ctx, err)
		}
	}
	return nil
}

// undone takes a block back that failed, unless the connection did.
func (s *sitting) undone(ctx context.Context, cause error) error {
	var lost *lostError
	if cause == nil || errors.As(cause, &lost) {
		return cause
	}
	if err := s.takeBack(ctx); errors.As(err, &lost) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w; taking session %s back: %v", cause, s.id, err) //nolint:errorlint // the kind is that of the refusal
	}
	return cause
}

// changed is the error of a block that met a stranger's session.
func (s *sitting) changed() error {
	return fmt.Errorf("%s: session %s was given to something else by another hand meanwhile: %w", s.c.device, s.id, mirror.ErrChanged)
}

// empty takes away what a stage names, and the shell that may be left. Whatever is
// there beyond that is another hand's and stays.
func (s *sitting) empty(ctx context.Context, st *stage) error {
	switch {
	case st.byID:
		return s.removeID(ctx, s.before)
	case len(st.lines) == 0:
		return nil
	}
	ours := st.change.Before.Spec
	var shown *mirror.NativeSession
	for _, part := range s.emptyingWrites(st) {
		looks, err := s.emptyBy(ctx, st, part)
		if err != nil {
			return err
		}
		shown = looks.last.shown
		if !s.back && s.foreign(looks.first) {
			return s.giveBack(ctx, ours)
		}
		if shown == nil {
			return nil
		}
		if !s.back && !shown.Spec.Beyond(ours).Vacant() {
			break // a filter that is left, and the same as ours, may be theirs
		}
	}
	return s.shell(ctx, shown, ours)
}

// emptyBy sends some of the lines that empty the session. Where the device stopped at
// a refusal, what is there now is read, and the rest sent behind it.
func (s *sitting) emptyBy(ctx context.Context, st *stage, part []int) (looks, error) {
	answers, seen, err := s.send(ctx, st, part, nil, true)
	if err != nil {
		return seen, err
	}
	rest := part[:0:0]
	for i, l := range answers.Lines {
		if !l.Sent && i < len(part) {
			rest = part[i:]
			break
		}
	}
	stopped := answers.Err != nil && !seen.last.asked
	if stopped {
		if seen.last.shown, err = s.c.session(ctx, s.id); err != nil {
			return seen, err
		}
	}
	if err := s.stillThere(st, part, answers, seen.last.shown); err != nil {
		return seen, err
	}
	if !stopped || len(rest) == 0 || len(rest) == len(part) {
		return seen, nil
	}
	more, err := s.emptyBy(ctx, st, rest)
	more.first = seen.first
	return more, err
}

// foreign reports whether a look in front of our lines shows a stranger's session,
// and notes it: there is something that was not there, and not all is that was.
func (s *sitting) foreign(l look) bool {
	var was mirror.NativeSpec
	if s.before != nil {
		was = s.before.Spec
	}
	if !strange(l.shown, mirror.NativeSpec{}, was) {
		return false
	}
	s.found(l.shown)
	return true
}

// giveBack puts into a stranger's session what our lines took from it, because it
// had the same as ours.
func (s *sitting) giveBack(ctx context.Context, gone mirror.NativeSpec) error {
	theirs := s.result.Stranger
	if theirs.Spec.Within(gone).Vacant() {
		return nil
	}
	now, err := s.c.session(ctx, s.id)
	if err != nil {
		return err
	}
	return s.apply(ctx, mirror.Change{Before: now, After: theirs})
}

// emptyingWrites: filters go when it has been seen that nothing else is left. A
// filter of another hand's may be the same as ours.
func (s *sitting) emptyingWrites(st *stage) [][]int {
	var first, filters []int
	for i := range st.lines {
		if o := s.c.d.part(s.c.facts, st, i).takes.Options; s.filtered(st) && (o.Filter != "" || len(o.FilterVLANs) > 0) {
			filters = append(filters, i)
			continue
		}
		first = append(first, i)
	}
	return slices.DeleteFunc([][]int{first, filters}, func(part []int) bool { return len(part) == 0 })
}

func (s *sitting) filtered(st *stage) bool {
	o := st.change.Before.Spec.Options
	return o.Filter != "" || len(o.FilterVLANs) > 0
}

// stillThere: a line that takes away what is not there any more may be refused by
// the device, which is as good. One that is refused and whose thing still shows is
// a refusal.
func (s *sitting) stillThere(st *stage, part []int, answers cli.BlockResult, shown *mirror.NativeSession) error {
	if answers.Err == nil {
		return nil
	}
	var refused []taken
	for i, l := range answers.Lines {
		if l.Refused {
			refused = append(refused, taken{st, part[i]})
		}
	}
	if len(refused) > 0 {
		if _, takes := s.content(refused); shown == nil || shown.Spec.Within(takes).Vacant() {
			return nil
		}
	}
	return answers.Err
}

// shell takes an emptied session away by its id where the device keeps it, and tells
// what else is there.
func (s *sitting) shell(ctx context.Context, shown *mirror.NativeSession, ours mirror.NativeSpec) error {
	opaque := s.before != nil && s.before.Opaque != ""
	switch rest := shown.Spec.Beyond(ours); {
	case !rest.Vacant(), shown.Opaque != "" && !opaque:
		s.found(shown)
	case shown.Spec.Vacant():
		if s.before != nil && s.before.Disputed { // the look is one of the two views
			now, err := s.c.session(ctx, s.id)
			if err != nil || now == nil {
				return err
			}
			if now.Disputed || !now.Spec.Vacant() {
				s.found(now)
				return nil
			}
		}
		return s.removeID(ctx, shown)
	}
	return nil
}

// found notes a stranger's session.
func (s *sitting) found(n *mirror.NativeSession) { s.result.Stranger = n }

// removeID takes the whole session away by its id, with lines that go alone and are
// awaited, when a look that is awaited before them shows the session that is expected.
// What is left of the danger is the time between the two answers: a round trip and
// what the device thinks.
func (s *sitting) removeID(ctx context.Context, expected *mirror.NativeSession) error {
	gone := mirror.NativeSession{ID: s.id}
	if expected != nil {
		gone = *expected
	}
	if !s.c.d.goesByID(gone.Spec) {
		gone.Spec = mirror.NativeSpec{Role: gone.Spec.Role}
	}
	st, err := s.c.d.stage(s.c.facts, mirror.Change{Before: &gone})
	if err != nil {
		return err
	}
	for i := range st.lines {
		st.lines[i].Await = true
	}
	st.byID = true
	var judge func(look) bool
	if s.c.d.p.Send.Look != nil {
		judge = func(l look) bool { return expected != nil && l.shown != nil && sameContent(*l.shown, *expected) }
	}
	answers, looks, err := s.send(ctx, &st, all(&st), judge, false)
	switch {
	case err != nil:
		return err
	case looks.passed && answers.Err != nil && judge == nil: // what is gone already may be refused
		if now, err := s.c.session(ctx, s.id); err != nil || now == nil {
			return err
		}
		return answers.Err
	case looks.passed:
		return answers.Err
	case looks.first.none():
		return nil // gone by itself
	case looks.first.shown == nil:
		return &mirror.DeviceError{Device: s.c.device, Sent: s.c.d.p.Send.Look(s.id), Answer: text.Quote(looks.first.answer)}
	}
	s.found(looks.first.shown)
	return s.changed()
}

// sameContent compares what a look shows with what was read.
func sameContent(a, b mirror.NativeSession) bool {
	id := func(n mirror.NativeSession) int {
		if n.Spec.Options.ERSPAN == nil {
			return 0
		}
		return n.Spec.Options.ERSPAN.ID
	}
	return a.Mark == b.Mark && a.Spec.Role == b.Spec.Role && id(a) == id(b) && a.Spec.Beyond(b.Spec).Vacant() && b.Spec.Beyond(a.Spec).Vacant()
}

// fill sends lines that make or change the session, with a look behind them, and
// one before them where it is made or has modes.
func (s *sitting) fill(ctx context.Context, st *stage, creates bool) error {
	inModes := len(st.lines[0].Enters) > 0
	base, gone := mirror.NativeSpec{}, mirror.NativeSpec{}
	if s.before != nil && !creates {
		base, gone = s.before.Spec, st.change.Before.Spec.Beyond(st.change.After.Spec)
	}
	var judge func(look) bool // nothing is lost by lines that only add: they are taken out again
	switch {
	case s.c.d.p.Send.Look == nil:
	case inModes && creates:
		judge = func(l look) bool { return l.shown == nil }
	case inModes:
		judge = func(l look) bool { return !l.none() && (l.shown == nil || sameContent(*l.shown, *s.before)) }
	}
	answers, looks, err := s.send(ctx, st, all(st), judge, true)
	if err != nil {
		return err
	}
	if creates && looks.first.shown != nil || !looks.passed {
		s.found(looks.first.shown)
		return s.changed()
	}
	if !creates && s.foreign(looks.first) {
		return s.changed()
	}
	if answers.Err != nil {
		return answers.Err
	}
	if strange(looks.last.shown, st.change.After.Spec, base.Beyond(gone)) {
		s.taken = s.landed(looks.last.shown.Spec)
		rest := *looks.last.shown
		puts, _ := s.content(s.taken)
		rest.Spec = rest.Spec.Beyond(puts)
		s.found(&rest)
		return s.changed()
	}
	return nil
}

// landed are the lines that can have come into a stranger's session: those behind
// the last one of which nothing shows. What we sent before went with our session.
func (s *sitting) landed(shown mirror.NativeSpec) []taken {
	from := 0
	for i, t := range s.taken {
		puts, _ := s.content(s.taken[i : i+1])
		if t.stage.heads[t.line] == "" && !puts.Vacant() && puts.Within(shown).Vacant() {
			from = i + 1
		}
	}
	return s.taken[from:]
}
