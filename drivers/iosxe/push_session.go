package iosxe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// lookCommand shows one session from configuration mode. It goes in the same
// write as the lines of a block, because between the last read and the push
// another hand may have given the number to something else, and the device would
// add our lines to theirs, or take theirs away for ours.
const lookCommand = "do show monitor session "

// A sitting is the push of the block of one session. What it may do to a number:
//
//	the block       what is sent                           when
//	--------------+--------------------------------------+------------------------------------
//	create, change  its lines                              between two looks; what landed in a
//	                                                       stranger's session is taken out
//	delete          "no" for each thing of ours by name    between two looks
//	                "no monitor session N", alone          an empty shell still shows
//	                (ERSPAN: the number is all there is)   the look before it shows what was read
type sitting struct {
	c      *Conn
	number string
	before *mirror.NativeSession // at the last observation
	result mirror.BlockResult
	taken  []cli.Line // that the device took, in order
	back   bool       // on the way back: what is taken out is what was put in
}

// pushBlock gives the block's result; the error is of the connection.
func (c *Conn) pushBlock(ctx context.Context, b mirror.Block) (mirror.BlockResult, error) {
	result := mirror.BlockResult{Mark: b.Mark()}
	if strings.TrimSpace(b.Text) == "" {
		return result, nil // nothing differs in the device's words
	}
	number, lines, err := blockLines(b.Text)
	if err != nil {
		result.Err = fmt.Errorf("%s: %w", c.device, err)
		return result, nil
	}
	c.dirty, c.compared = true, false
	was, known := c.pushed[number]
	c.pushed[number] = b.Verb() != "delete"
	s := &sitting{c: c, number: number, result: result}
	if b.Verb() != "create" {
		s.before = find(c.state.observation.Natives, number)
	}
	var lost *lostError
	if err := s.run(ctx, b.Verb(), lines); errors.As(err, &lost) {
		return s.result, lost.cause
	} else if err != nil {
		s.result.Err = err
		// What is in that number now need not be ours to save.
		if c.pushed[number] = was; !known {
			delete(c.pushed, number)
		}
	}
	if b.Verb() == "delete" && s.result.Err == nil { // what a later block of this number is taken back to
		c.state.observation.Natives = slices.DeleteFunc(c.state.observation.Natives, func(n mirror.NativeSession) bool { return n.ID == number })
	}
	return s.result, nil
}

// run sends the lines that empty the session, then those that fill it.
func (s *sitting) run(ctx context.Context, verb string, lines []cli.Line) error {
	emptying, filling := parts(verb, lines)
	if len(emptying) > 0 {
		if err := s.empty(ctx, emptying); err != nil {
			return s.undone(ctx, err)
		}
		if len(filling) > 0 && s.result.Stranger != nil {
			return s.changed()
		}
	}
	if len(filling) == 0 {
		return nil
	}
	return s.undone(ctx, s.fill(ctx, filling, verb == "create" || len(emptying) > 0))
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
		return fmt.Errorf("%w; taking session %s back: %v", cause, s.number, err) //nolint:errorlint // the kind is that of the refusal
	}
	return cause
}

// changed is the error of a block that met a stranger's session.
func (s *sitting) changed() error {
	return fmt.Errorf("%s: session %s was given to something else by another hand meanwhile: %w", s.c.device, s.number, mirror.ErrChanged)
}

// parts splits a block in lines that empty the session, which go first and must
// be seen to be done, and lines that fill it. A change within the classic form is
// one part.
func parts(verb string, lines []cli.Line) (emptying, filling []cli.Line) {
	n := 0
	for n < len(lines) && strings.HasPrefix(lines[n].Text, "no monitor session ") {
		n++
	}
	whole := n > 0 && isNumber(lines[0].Text)
	if whole {
		n = 1
	}
	if whole || verb == "delete" || n < len(lines) && strings.Contains(lines[n].Text, " type ") {
		return lines[:n], lines[n:]
	}
	return nil, lines
}

// isNumber reports whether a line takes a session away by its number.
func isNumber(line string) bool {
	return strings.HasPrefix(line, "no monitor session ") && len(strings.Fields(line)) == 4
}

// empty takes away what the lines name, and the shell that may be left. Whatever
// is there beyond that is another hand's and stays.
func (s *sitting) empty(ctx context.Context, lines []cli.Line) error {
	if isNumber(lines[0].Text) {
		return s.removeNumber(ctx, s.before)
	}
	ours := contentOf(lines, "no ")
	var shown *mirror.NativeSession
	for _, part := range emptyingWrites(lines) {
		looks, err := s.emptyBy(ctx, part)
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

// emptyBy sends one part of the lines that empty the session. Where the device
// stopped at a refusal, what is there now is read, and the rest sent behind it.
func (s *sitting) emptyBy(ctx context.Context, part []cli.Line) (looks, error) {
	answers, seen, err := s.send(ctx, part, nil, true)
	if err != nil {
		return seen, err
	}
	rest := notSent(part, answers)
	stopped := answers.Err != nil && !seen.last.asked
	if stopped {
		if seen.last.shown, err = s.c.session(ctx, s.number); err != nil {
			return seen, err
		}
	}
	if err := stillThere(answers, seen.last.shown); err != nil {
		return seen, err
	}
	if !stopped || len(rest) == 0 || len(rest) == len(part) {
		return seen, nil
	}
	more, err := s.emptyBy(ctx, rest)
	more.first = seen.first
	return more, err
}

// notSent are the lines that a block did not come to.
func notSent(lines []cli.Line, answers cli.BlockResult) []cli.Line {
	for i, l := range answers.Lines {
		if !l.Sent && i < len(lines) {
			return lines[i:]
		}
	}
	return nil
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
	now, err := s.c.session(ctx, s.number)
	if err != nil {
		return err
	}
	return s.apply(ctx, mirror.Change{Before: now, After: theirs})
}

// emptyingWrites: filters go when it has been seen that nothing else is left. A
// filter of another hand's may be the same as ours.
func emptyingWrites(lines []cli.Line) [][]cli.Line {
	var first, filters []cli.Line
	for _, l := range lines {
		if strings.Contains(l.Text, " filter ") {
			filters = append(filters, l)
			continue
		}
		first = append(first, l)
	}
	var out [][]cli.Line
	for _, part := range [][]cli.Line{first, filters} {
		if len(part) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// stillThere: a line that takes away what is not there any more may be refused by
// the device, which is as good. One that is refused and whose thing still shows is
// a refusal.
func stillThere(answers cli.BlockResult, shown *mirror.NativeSession) error {
	if answers.Err == nil {
		return nil
	}
	var refused []cli.Line
	for _, l := range answers.Lines {
		if l.Refused {
			refused = append(refused, cli.Line{Text: l.Text})
		}
	}
	if len(refused) > 0 && (shown == nil || shown.Spec.Within(contentOf(refused, "no ")).Vacant()) {
		return nil
	}
	return answers.Err
}

// shell takes the number of an emptied session away where the device keeps it,
// and tells what else is there.
func (s *sitting) shell(ctx context.Context, shown *mirror.NativeSession, ours mirror.NativeSpec) error {
	opaque := s.before != nil && s.before.Opaque != ""
	switch rest := shown.Spec.Beyond(ours); {
	case !rest.Vacant(), shown.Opaque != "" && !opaque:
		s.found(shown)
	case shown.Spec.Vacant():
		if s.before != nil && s.before.Disputed { // the look is one of the two views
			now, err := s.c.session(ctx, s.number)
			if err != nil || now == nil {
				return err
			}
			if now.Disputed || !now.Spec.Vacant() {
				s.found(now)
				return nil
			}
		}
		return s.removeNumber(ctx, shown)
	}
	return nil
}

// found notes a stranger's session.
func (s *sitting) found(n *mirror.NativeSession) { s.result.Stranger = n }

// removeNumber sends "no monitor session N", alone and awaited, when a look that
// is awaited before it shows the session that is expected. What is left of the
// danger is the time between the two answers: a round trip and what the device
// thinks.
func (s *sitting) removeNumber(ctx context.Context, expected *mirror.NativeSession) error {
	number := cli.Line{Text: "no monitor session " + s.number, Await: true}
	answers, looks, err := s.send(ctx, []cli.Line{number}, func(l look) bool {
		return expected != nil && l.shown != nil && sameContent(*l.shown, *expected)
	}, false)
	switch {
	case err != nil:
		return err
	case looks.passed:
		return answers.Err
	case looks.first.none():
		return nil // gone by itself
	case looks.first.shown == nil:
		return &mirror.DeviceError{Device: s.c.device, Sent: lookCommand + s.number, Answer: text.Quote(looks.first.answer)}
	}
	s.found(looks.first.shown)
	return s.changed()
}

// sameContent compares what a look shows with what was read.
func sameContent(a, b mirror.NativeSession) bool {
	id := func(n mirror.NativeSession) int { return tunnelOf(n.Spec).ID }
	return a.Spec.Role == b.Spec.Role && id(a) == id(b) && a.Spec.Beyond(b.Spec).Vacant() && b.Spec.Beyond(a.Spec).Vacant()
}

// fill sends lines that make or change the session, with a look behind them, and
// one before them where it is made or has sub-modes.
func (s *sitting) fill(ctx context.Context, lines []cli.Line, creates bool) error {
	inModes := len(lines[0].Enters) > 0
	base := mirror.NativeSpec{}
	if s.before != nil && !creates {
		base = s.before.Spec
	}
	var judge func(look) bool // nothing is lost by lines that only add: they are taken out again
	switch {
	case inModes && creates:
		judge = func(l look) bool { return l.shown == nil }
	case inModes:
		judge = func(l look) bool { return !l.none() && (l.shown == nil || sameContent(*l.shown, *s.before)) }
	}
	answers, looks, err := s.send(ctx, lines, judge, true)
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
	added, kept := contentOf(lines, ""), base.Beyond(contentOf(lines, "no "))
	if strange(looks.last.shown, added, kept) {
		s.taken = landed(s.taken, looks.last.shown.Spec)
		rest := *looks.last.shown
		rest.Spec = rest.Spec.Beyond(contentOf(s.taken, ""))
		s.found(&rest)
		return s.changed()
	}
	return nil
}

// landed are the lines that can have come into a stranger's session: those behind
// the last one of which nothing shows. What we sent before went with our session.
func landed(taken []cli.Line, shown mirror.NativeSpec) []cli.Line {
	from := 0
	for i, l := range taken {
		line := contentOf(taken[i:i+1], "")
		if !strings.HasPrefix(l.Text, " ") && !line.Vacant() && line.Within(shown).Vacant() {
			from = i + 1
		}
	}
	return taken[from:]
}

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

// A look is what the answer to lookCommand shows.
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

// send sends lines with a look before them, and with one behind them when after is
// set. What judge does not pass ends the block before any of the lines is sent; nil
// judges nothing and waits for nothing. The answers are those of the lines alone.
func (s *sitting) send(ctx context.Context, lines []cli.Line, judge func(look) bool, after bool) (cli.BlockResult, looks, error) {
	all := append([]cli.Line{{Text: lookCommand + s.number, Hold: judge != nil}}, lines...)
	if after {
		all = append(all, cli.Line{Text: lookCommand + s.number})
	}
	out := looks{passed: true}
	stop := func(line, answer string) bool {
		if judge == nil || !strings.HasPrefix(line, lookCommand) {
			return false
		}
		out.passed = judge(s.look(answer))
		judge = nil // only the first one
		return !out.passed
	}
	answers, err := s.c.configure(ctx, all, stop)
	if err != nil {
		return cli.BlockResult{}, out, &lostError{err}
	}
	if len(answers.Lines) > 0 {
		out.first = s.look(answers.Lines[0].Answer)
		answers.Lines = answers.Lines[1:]
	}
	if last := len(answers.Lines) - 1; after && last >= 0 {
		if answers.Lines[last].Sent {
			out.last = s.look(answers.Lines[last].Answer)
			out.last.asked = true
		}
		answers.Lines = answers.Lines[:last]
	}
	s.note(answers)
	return answers, out, nil
}

// configure sends one block; stop may end it at a line that is held.
func (c *Conn) configure(ctx context.Context, lines []cli.Line, stop func(line, answer string) bool) (cli.BlockResult, error) {
	results, err := c.term.Configure(ctx, []cli.Block{{Lines: lines, Stop: stop, Refused: func(line, answer string) bool {
		_, refused := refusal(answer)
		return refused && !strings.HasPrefix(line, lookCommand)
	}}})
	if err != nil {
		return cli.BlockResult{}, err
	}
	if len(results) != 1 {
		return cli.BlockResult{}, fmt.Errorf("%d results of one block: %w", len(results), mirror.ErrUnreachable)
	}
	return busy(results[0]), nil
}

// look reads the answer to lookCommand.
func (s *sitting) look(answer string) look {
	views, err := parseMonitor(answer)
	if err != nil {
		return look{answer: answer}
	}
	return look{shown: find(merge(views, nil), s.number), answer: answer, parsed: true}
}

// note keeps what was said and taken.
func (s *sitting) note(answers cli.BlockResult) {
	s.result.Answer = strings.TrimLeft(s.result.Answer+"\n"+transcript(answers), "\n")
	for _, l := range answers.Lines {
		if l.Sent && !l.Refused {
			s.taken = append(s.taken, cli.Line{Text: l.Text})
		}
	}
}

// contentOf is what lines name that begin with sign ("no " or nothing), whichever
// mode they are in.
func contentOf(lines []cli.Line, sign string) mirror.NativeSpec {
	var sent strings.Builder
	for _, l := range lines {
		words := strings.TrimLeft(l.Text, " ")
		indent := l.Text[:len(l.Text)-len(words)]
		bare, no := strings.CutPrefix(words, "no ")
		if no == (sign != "") && !isNumber(words) || sourceMode.MatchString(words) || destMode.MatchString(words) {
			sent.WriteString(indent + bare + "\n")
		}
	}
	cfg, err := parseSent(sent.String())
	if err != nil || len(cfg.sessions) != 1 {
		return mirror.NativeSpec{}
	}
	return cfg.sessions[0].spec
}
