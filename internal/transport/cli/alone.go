package cli

import (
	"context"
	"errors"
	"regexp"
)

// Lines that are sent alone: one line, its echo, the next prompt. Nothing is
// typed that the device has not asked for with a prompt.

// A replier gives what is typed at a question of the device; false = nobody answers it.
type replier func(question string) (typed string, answers bool)

// withEnter answers the first question that confirm matches with Enter.
func withEnter(confirm *regexp.Regexp) replier {
	asked := false
	return func(question string) (string, bool) {
		if asked || confirm == nil || !confirm.MatchString(question) {
			return "", false
		}
		asked = true
		return "", true
	}
}

// sendAlone writes one line and waits for its echo and a prompt with nothing
// behind it. It returns the answer, and the text as it came. A question is answered
// by reply; nil = none is.
func (c *Conn) sendAlone(ctx context.Context, what, line string, ok isPrompt, reply replier) (answer, string, error) {
	said, typed := "", line
	for {
		w := c.watch(ok)
		question := errAsked{}
		got, err := c.exchange(ctx, what, typed+"\n", typed+"\n", func(raw []byte) finding {
			f := w.look(raw)
			if question = (errAsked{}); errors.As(f.suspect, &question) && reply != nil {
				return finding{quietly: true, after: everything}
			}
			return c.atPrompt(append([]byte(said), raw...), line, ok, f)
		})
		said += got
		if err == nil && question.words != "" {
			answers := false
			if typed, answers = reply(question.words); answers {
				continue
			}
			err = c.breakOff(ctx, what, errAsked{c.redact.text(question.words)}, said)
		}
		if errors.Is(err, errStall) {
			err = c.breakOff(ctx, what, c.lost(err), said)
		}
		if err != nil {
			return answer{}, said, err
		}
		a, _ := echoedAlone(said, line, ok)
		return a, said, nil
	}
}

// atPrompt turns the finding that the device waits at its prompt into the end
// of a reply, when the line was echoed before it. Text for everybody may stand
// behind the prompt.
func (c *Conn) atPrompt(raw []byte, line string, ok isPrompt, f finding) finding {
	idle := errors.Is(f.suspect, errIdle)
	if !idle && (f != (finding{}) || !holdsPrompt(tail(raw), ok)) {
		return f
	}
	if _, found := echoedAlone(partial(raw), line, ok); found {
		return finding{done: idle, quietly: true, after: everything}
	}
	return f
}

// echoedAlone finds the echo of a line and the last prompt behind it that stands
// alone in its line.
func echoedAlone(text, line string, ok isPrompt) (answer, bool) {
	e, found := findEcho(text, 0, line, ok, true)
	if !found {
		return answer{}, false
	}
	out := answer{prompt: e.prompt}
	for at := e.after; at < len(text); at += len(lineOf(text, at)) + 1 {
		if start, prompt, alone := promptLine(text, at, ok); alone {
			out.text, out.next, out.known = clean(text[e.after:start]), prompt, true
		}
	}
	return out, out.known
}

// runAlone sends one command alone, and then a marker alone: output may hold a
// line that looks like the prompt, and no output can hold the marker.
func (c *Conn) runAlone(ctx context.Context, command string) (Reply, error) {
	what := c.redact.text("run " + command)
	at, ok := c.here()
	a, got, err := c.sendAlone(ctx, what, command, ok, nil)
	if err != nil {
		return Reply{}, err
	}
	rest, markers, m, err := c.typeMarker(ctx, what, a.next, at, ok)
	if err != nil {
		return Reply{}, err
	}
	m.after += len(got)
	answers, good := split(got+rest, append([]string{command}, markers...), m, ok)
	if !good { // the first marker was lost whole
		answers, good = split(got+rest, []string{command, markers[len(markers)-1]}, m, ok)
	}
	if !good {
		return Reply{}, c.breakOff(ctx, what, c.lost(errDiffers), got)
	}
	return Reply{Command: command, Text: answers[0].text}, nil
}

// typeMarker sends a marker alone and waits for it; prompt is what the device
// waits at. One that is lost, or that text for everybody pushed away from its
// prompt, gets one more chance. It returns what came since and where that ends.
func (c *Conn) typeMarker(ctx context.Context, what, prompt string, at place, ok isPrompt) (got string, markers []string, m mark, err error) {
	for range 2 {
		marker := c.marker(at)
		markers = append(markers, marker)
		ready := c.marked(marker, ok, &m)
		got, err = c.exchange(ctx, what, marker+"\n", marker+"\n", func(raw []byte) finding {
			f := ready(append([]byte(prompt), raw...))
			f.after -= len(prompt)
			return f
		})
		m.after -= len(prompt)
		if !errors.Is(err, errIdle) {
			break
		}
	}
	if errors.Is(err, errStall) {
		err = c.breakOff(ctx, what, c.lost(err), got)
	}
	return got, markers, m, err
}
