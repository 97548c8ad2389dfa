package cli

import (
	"context"
	"errors"
	"regexp"
)

// Lines that are sent alone: one line, its echo, the next prompt. Nothing is
// typed that the device has not asked for with a prompt.

// sendAlone writes one line and waits for its echo and a prompt with nothing
// behind it. It returns the answer, and the text as it came. A question that
// confirm matches is answered with Enter, once; nil = none is.
func (c *Conn) sendAlone(ctx context.Context, what, line string, ok isPrompt, confirm *regexp.Regexp) (answer, string, error) {
	w := c.watch(ok)
	asked := false
	got, err := c.exchange(ctx, what, line+"\n", line+"\n", func(raw []byte) finding {
		f := w.look(raw)
		if question := (errAsked{}); confirm != nil && errors.As(f.suspect, &question) && confirm.MatchString(question.words) {
			asked = true
			return finding{quietly: true, after: everything}
		}
		asked = false
		return c.atPrompt(raw, line, ok, f)
	})
	if err == nil && asked {
		said := got
		w = c.watch(ok)
		got, err = c.exchange(ctx, what, "\n", "\n", func(raw []byte) finding {
			return c.atPrompt(append([]byte(said), raw...), line, ok, w.look(raw))
		})
		got = said + got
	}
	if errors.Is(err, errStall) {
		err = c.breakOff(ctx, what, c.lost(err), got)
	}
	if err != nil {
		return answer{}, got, err
	}
	a, _ := echoedAlone(got, line, ok)
	return a, got, nil
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
	a, got, err := c.sendAlone(ctx, what, command, c.atExec, nil)
	if err != nil {
		return Reply{}, err
	}
	rest, markers, m, err := c.typeMarker(ctx, what, a.next, c.atExec)
	if err != nil {
		return Reply{}, err
	}
	m.after += len(got)
	answers, good := split(got+rest, append([]string{command}, markers...), m, c.atExec)
	if !good { // the first marker was lost whole
		answers, good = split(got+rest, []string{command, markers[len(markers)-1]}, m, c.atExec)
	}
	if !good {
		return Reply{}, c.breakOff(ctx, what, c.lost(errDiffers), got)
	}
	return Reply{Command: command, Text: answers[0].text}, nil
}

// typeMarker sends a marker alone and waits for it; prompt is what the device
// waits at. One that is lost, or that text for everybody pushed away from its
// prompt, gets one more chance. It returns what came since and where that ends.
func (c *Conn) typeMarker(ctx context.Context, what, prompt string, ok isPrompt) (got string, markers []string, m mark, err error) {
	for range 2 {
		marker := c.marker(inExec)
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
