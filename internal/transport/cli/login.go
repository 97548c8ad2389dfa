package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ssh"
)

// login waits for a prompt, learns it exactly, climbs to the platform's normal
// privilege level and sends the platform's opening commands. Nothing is sent
// before something like a prompt has come: what a login script asks must not be
// answered by accident. The first guess may be wrong (a banner with a prompt in
// it); the marker settles it.
func (c *Conn) login(ctx context.Context) error {
	guess, err := c.firstPrompt(ctx)
	if err != nil {
		return err
	}
	// At most one climb per level, a settling after each, and one for a wrong
	// first guess.
	for range 2 * (len(c.platform.path()) + 1) {
		if step, below := c.platform.next(guess); below {
			guess, err = c.climb(ctx, step)
		} else if guess, err = c.settle(ctx); err == nil {
			if guess == c.platform.desired {
				return nil
			}
			if _, below := c.platform.next(guess); !below {
				break
			}
		}
		if err != nil {
			return err
		}
	}
	return c.breakOff(ctx, "log in", fmt.Errorf("no way from the prompt %q to level %s of %s%s: %w",
		c.redact.text(c.prompt), c.platform.desired, c.platform.name, special(c.prompt), mirror.ErrUnsupported), "")
}

// special says what a prompt of a special mode means (Unicon's patterns for IOS-XE
// and NX-OS).
func special(prompt string) string {
	for mark, words := range map[string]string{"(maint-mode)": "maintenance mode", "(recovery-mode)": "recovery mode", "(boot)": "boot mode"} {
		if strings.Contains(prompt, mark) {
			return ", the switch is in " + words
		}
	}
	return ""
}

// anyPrompt accepts a prompt of any level.
func (c *Conn) anyPrompt(before, x string) (ok, two bool) {
	name, ok := c.platform.anyLevel(before, x)
	if !ok {
		return false, false
	}
	return c.platform.at(name, before, x)
}

// firstPrompt waits until the last line could be a prompt and returns the level
// it looks like. It sends nothing.
func (c *Conn) firstPrompt(ctx context.Context) (string, error) {
	var guess string
	if !c.cfg.Target.Transport.WantReply { // else the reply to the shell request was waited for
		c.mu.Lock()
		c.stats.RoundTrips++
		c.mu.Unlock()
	}
	_, err := c.exchange(ctx, "wait for the first prompt", "", "", func(raw []byte) finding {
		before, last := lastTwo(tail(raw))
		name, ok := c.platform.anyLevel(before, last)
		if guess = name; ok {
			return finding{done: true, after: everything}
		}
		guess = c.glued(last)
		return finding{quietly: guess != "", after: everything}
	})
	return guess, err
}

// glued is the level of a prompt that stands behind other text in its line,
// because the banner before it does not end with a newline.
func (c *Conn) glued(line string) string {
	for i := range line {
		if name, ok := c.platform.anyLevel("", line[i:]); ok && i > 0 {
			return name
		}
	}
	return ""
}

// settle sends the opening commands and a marker in one write, or each alone
// with typeAhead off, and learns the prompt and its level.
func (c *Conn) settle(ctx context.Context) (string, error) {
	const what = "prepare the terminal"
	marker := c.marker(inExec)
	var prompt string
	if c.cfg.lineByLine() {
		// The first line's prompt may be glued to a banner: the marker goes twice.
		var a answer
		var err error
		for _, line := range append(slices.Clone(c.platform.onOpen), marker) {
			if a, _, err = c.sendAlone(ctx, what, line, c.anyPrompt, nil); err != nil {
				return "", err
			}
		}
		_, _, m, err := c.typeMarker(ctx, what, a.next, inExec, c.anyPrompt)
		if err != nil {
			return "", err
		}
		prompt = strings.TrimRight(m.prompt, " ")
	} else {
		lines := append(slices.Clone(c.platform.onOpen), marker)
		if len(lines) == 1 { // as above
			lines = append(lines, marker)
		}
		r, err := c.send(ctx, what, inExec, lines, c.anyPrompt)
		if err != nil {
			return "", err
		}
		prompt = r.prompt
	}
	c.prompt = prompt
	name, _ := c.platform.anyLevel("", prompt)
	if name == "" { // the prompt has two lines
		name = c.platform.desired
	}
	return name, nil
}

// climb goes one level up from where the device seems to be. A marker goes in
// front of the escalating line, in the same write, so that its answer cannot be
// mistaken; it goes twice, because the first prompt may be glued to a banner.
// The secret is sent only after the device has asked for it behind the
// echo of that line: it can never be taken for a command.
func (c *Conn) climb(ctx context.Context, step *level) (string, error) {
	const what = "raise privileges"
	var o outcome
	got, err := c.escalate(ctx, what, step, &o)
	if errors.Is(err, errStall) {
		err = c.breakOff(ctx, what, c.lost(err), got)
	}
	if err != nil {
		return "", err
	}
	if o.asks {
		secret := c.cfg.Target.Enable
		if secret.IsZero() {
			return "", c.breakOff(ctx, what, fmt.Errorf("no enable secret is given: %w", c.missingSecret(step, o.last)), "")
		}
		got, err = c.exchange(ctx, what, secret.Reveal()+"\n", stars+"\n", func(raw []byte) finding {
			f := c.answered(raw, step, &o)
			if f == (finding{}) && !bytes.Contains(raw, []byte("\n")) { // the secret is not echoed, its newline is
				f = finding{suspect: errMidLine, within: 2 * c.cfg.Timeouts.Stall}
			}
			return f
		})
		if errors.Is(err, errStall) {
			err = c.breakOff(ctx, what, c.lost(err), got)
		}
		words := clean(got)
		if errors.Is(err, ssh.ErrHungUp) && words != "" { // a refusal, not an accident
			return "", fmt.Errorf("%s: %w", what, c.deviceWords(step, words))
		}
		if err != nil {
			return "", err
		}
	}
	return c.climbed(ctx, step, o, got)
}

// escalate types the escalating line and waits for the question or a prompt.
func (c *Conn) escalate(ctx context.Context, what string, step *level, o *outcome) (string, error) {
	marker := c.marker(inExec)
	if c.cfg.lineByLine() {
		if _, _, err := c.sendAlone(ctx, what, marker, c.anyPrompt, nil); err != nil {
			return "", err
		}
		w := c.watch(c.anyPrompt)
		return c.exchange(ctx, what, step.escalate+"\n", step.escalate+"\n", func(raw []byte) finding {
			return c.askedOr(raw, step, o, w)
		})
	}
	var m mark
	text := marker + "\n" + marker + "\n" + step.escalate + "\n"
	atMark, w := c.marked(marker, c.anyPrompt, &m), c.watch(c.anyPrompt)
	return c.exchange(ctx, what, text, text, func(raw []byte) finding {
		if f := atMark(raw); !f.done {
			if f == (finding{}) && c.conclusive(raw, step) { // it asks, and what was typed before is garbled: nothing is told
				f = finding{suspect: errAtQuestion, within: c.cfg.Timeouts.Stall}
			}
			return f
		}
		return c.askedOr(raw, step, o, w)
	})
}

// askedOr is asked, or what keeps the device from answering: the line may be lost.
func (c *Conn) askedOr(raw []byte, step *level, o *outcome, w *watch) finding {
	if f := c.asked(raw, step, o); f != (finding{}) {
		return f
	}
	return w.look(raw)
}

// deviceWords is a refusal to escalate, in the device's own words.
func (c *Conn) deviceWords(step *level, words string) error {
	return &mirror.DeviceError{Device: c.cfg.name(), Sent: step.escalate,
		Answer: c.redact.text(strings.TrimSpace(words)), Kind: mirror.ErrLoginRefused}
}

// missingSecret is a question that we have no answer to: the device has refused
// nothing.
func (c *Conn) missingSecret(step *level, words string) error {
	return &mirror.DeviceError{Device: c.cfg.name(), Sent: step.escalate, Answer: c.redact.text(strings.TrimSpace(words)), Kind: mirror.ErrAuth}
}

// outcome is how an escalation stands.
type outcome struct {
	asks  bool   // the device wants the secret
	level string // the level of the prompt that came
	last  string // the last line
}

// asked looks behind the echo of the escalating line for the question, or for a
// prompt when nothing is asked.
func (c *Conn) asked(raw []byte, step *level, o *outcome) finding {
	if !c.conclusive(raw, step) {
		return finding{}
	}
	text := partial(raw)
	e, ok := lastEcho(text, step.escalate, c.anyPrompt)
	if !ok {
		return finding{}
	}
	return c.judge(text, text[e.after:], step, o)
}

// answered looks for the prompt after the secret, or for the question again.
func (c *Conn) answered(raw []byte, step *level, o *outcome) finding {
	if !c.conclusive(raw, step) {
		return finding{}
	}
	text := partial(raw)
	if !strings.Contains(text, "\n") {
		return finding{} // the secret is not echoed, its newline is
	}
	return c.judge(text, text, step, o)
}

// conclusive reports whether the last line is the question or a prompt, before
// all that came is looked at.
func (c *Conn) conclusive(raw []byte, step *level) bool {
	before, last := lastTwo(tail(raw))
	_, ok := c.platform.anyLevel(before, last)
	return ok || step.asks != nil && step.asks.MatchString(last)
}

func (c *Conn) judge(text, reply string, step *level, o *outcome) finding {
	before, last := lastTwo(reply)
	*o = outcome{last: last}
	if step.asks != nil && step.asks.MatchString(last) {
		o.asks = true
		return finding{done: true, after: len(text)}
	}
	name, ok := c.platform.anyLevel(before, last)
	o.level = name
	return finding{done: ok, after: len(text)}
}

// climbed draws the conclusion: the level is reached, or the device refused.
func (c *Conn) climbed(ctx context.Context, step *level, o outcome, got string) (string, error) {
	if !o.asks && o.level == step.name {
		return o.level, nil
	}
	words := got
	if e, ok := lastEcho(got, step.escalate, c.anyPrompt); ok {
		words = got[e.after:]
	}
	words = clean(words)
	if i := strings.LastIndexByte(words, '\n'); i >= 0 && !o.asks {
		words = words[:i] // without the prompt
	}
	return "", c.breakOff(ctx, "raise privileges", c.deviceWords(step, words), "")
}

// lastEcho finds the last echo of a line, with or without a prompt before it.
func lastEcho(text, line string, ok isPrompt) (last echo, found bool) {
	for pos := 0; ; pos = last.after {
		e, more := findEcho(text, pos, line, ok, pos == 0)
		if !more {
			return last, found
		}
		last, found = e, true
	}
}

// lastTwo are the last line, as far as it has come, and the line before it.
func lastTwo(text string) (before, last string) {
	start, before := lineAt(text, len(text))
	return before, seenPrompt(text[start:])
}
