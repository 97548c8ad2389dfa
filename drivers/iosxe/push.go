package iosxe

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// Push sends each block of lines and, when the device refuses one of them,
// takes the block back at once: the session is read again and led to what it
// was at the last observation. The block's error is then a DeviceError with the
// device's words; it says so when taking back failed. The transaction id is not
// used, the device has no place for one.
func (c *Conn) Push(ctx context.Context, _ string, p mirror.Payload) (mirror.PushReport, error) {
	var report mirror.PushReport
	if p.Format != format {
		return report, fmt.Errorf("iosxe: push to %s: payload of format %q: %w", c.device, p.Format, mirror.ErrInvalid)
	}
	if c.state == nil || c.dirty { // what a refused block is taken back to
		if err := c.observe(ctx, mirror.Look{}); err != nil {
			return report, fmt.Errorf("iosxe: push to %s: read before: %w", c.device, err)
		}
	}
	refused := map[string]bool{} // numbers of refused blocks: what follows would land in the wrong session
	for _, b := range p.Blocks {
		if isFooting(b.Text) {
			result, err := c.pushFooting(ctx, b)
			if err != nil {
				return report, fmt.Errorf("iosxe: push %s to %s: %w", b.Mark, c.device, err)
			}
			report.Blocks = append(report.Blocks, result)
			continue
		}
		number, _, _ := blockLines(b.Text)
		if number != "" && refused[number] {
			report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark,
				Err: fmt.Errorf("%s: not sent, because an earlier block of session %s was refused: %w", c.device, number, mirror.ErrRejected)})
			continue
		}
		result, err := c.pushBlock(ctx, b)
		if err != nil {
			return report, fmt.Errorf("iosxe: push %s to %s: %w", b.Mark, c.device, err)
		}
		refused[number] = result.Err != nil
		report.Blocks = append(report.Blocks, result)
	}
	return report, nil
}

// pushBlock gives the block's result; the error is of the connection.
func (c *Conn) pushBlock(ctx context.Context, b mirror.Block) (mirror.BlockResult, error) {
	result := mirror.BlockResult{Mark: b.Mark}
	if strings.TrimSpace(b.Text) == "" {
		return result, nil // nothing differs in the device's words
	}
	number, lines, err := blockLines(b.Text)
	if err != nil {
		result.Err = fmt.Errorf("%s: %w", c.device, err)
		return result, nil
	}
	c.dirty, c.compared = true, false
	before, known := c.pushed[number]
	c.pushed[number] = b.Verb != "delete"
	looks := b.Verb == "create" && find(c.state.observation.Natives, number) == nil
	if looks {
		lines = slices.Insert(lines, 0, cli.Line{Text: lookCommand + number})
	}
	answers, err := c.configure(ctx, lines)
	if err != nil {
		return result, err
	}
	var stranger *mirror.NativeSession
	if looks && len(answers.Lines) > 0 {
		stranger = appeared(answers.Lines[0].Answer, number)
		answers.Lines = answers.Lines[1:]
	}
	result.Answer = transcript(answers)
	if stranger != nil && answers.Err == nil {
		answers.Err = fmt.Errorf("%s: session %s was made by another hand meanwhile: %w", c.device, number, mirror.ErrChanged)
		c.state.observation.Natives = append(c.state.observation.Natives, *stranger) // what it is taken back to
	}
	if answers.Err != nil { // what is in that number now need not be ours to save
		if c.pushed[number] = before; !known {
			delete(c.pushed, number)
		}
	}
	if answers.Err == nil {
		if b.Verb == "delete" { // what a later block of this number is taken back to
			c.state.observation.Natives = slices.DeleteFunc(c.state.observation.Natives, func(n mirror.NativeSession) bool { return n.ID == number })
		}
		return result, nil
	}
	result.Err = answers.Err
	var lost *lostError
	if err := c.takeBack(ctx, number, accepted(answers)); errors.As(err, &lost) {
		return result, lost.cause
	} else if err != nil {
		result.Err = fmt.Errorf("%w; taking session %s back: %v", answers.Err, number, err) //nolint:errorlint // the kind is that of the refusal
	}
	return result, nil
}

func (c *Conn) configure(ctx context.Context, lines []cli.Line) (cli.BlockResult, error) {
	results, err := c.term.Configure(ctx, []cli.Block{{Lines: lines, Refused: func(line, answer string) bool {
		_, refused := refusal(answer)
		return refused && !strings.HasPrefix(line, lookCommand)
	}}})
	if err != nil {
		return cli.BlockResult{}, err
	}
	if len(results) != 1 {
		return cli.BlockResult{}, fmt.Errorf("%d results of one block: %w", len(results), mirror.ErrUnreachable)
	}
	return results[0], nil
}

// lookCommand goes before the lines that make a session, in the same write:
// between the last read and the push another hand may have made one of that
// number, and the device would add our lines to it.
const lookCommand = "do show monitor session "

// appeared is the session that the answer to lookCommand shows, nil for none. An
// answer that is not understood shows none: the words for "there is none" differ.
func appeared(answer, number string) *mirror.NativeSession {
	views, err := parseMonitor(answer)
	if err != nil {
		return nil
	}
	return find(merge(views, nil), number)
}

// transcript is what the device said, line by line.
func transcript(r cli.BlockResult) string {
	var b strings.Builder
	for _, l := range r.Lines {
		if l.Answer != "" {
			fmt.Fprintf(&b, "%s\n%s\n", l.Text, l.Answer)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

var (
	blockHead  = regexp.MustCompile(`^(?:no )?monitor session (\d+)(?: |$)`)
	sourceMode = regexp.MustCompile(`^monitor session \d+ type erspan-source$`)
	destMode   = regexp.MustCompile(`^monitor session \d+ type erspan-destination$`)
)

// blockLines makes lines of a block's text, and says which of them open a
// sub-mode whose lines take effect at once. Every line that is not inside a
// sub-mode must be of the one session: nothing else is ever sent.
func blockLines(text string) (number string, lines []cli.Line, err error) {
	mode := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		words := strings.TrimSpace(line)
		if m := blockHead.FindStringSubmatch(words); m != nil {
			if number != "" && number != m[1] {
				return "", nil, fmt.Errorf("a block of sessions %s and %s: %w", number, m[1], mirror.ErrInvalid)
			}
			number, mode = m[1], ""
		} else if mode == "" {
			return "", nil, fmt.Errorf("%q is no line of a session: %w", quote(words), mirror.ErrInvalid)
		}
		l := cli.Line{Text: line}
		switch {
		case sourceMode.MatchString(words):
			mode = "config-mon-erspan-src"
			l.Enters = []string{mode}
		case destMode.MatchString(words):
			mode = "config-mon-erspan-dst"
			l.Enters = []string{mode}
		case mode == "config-mon-erspan-src" && words == "destination", mode == "config-mon-erspan-dst" && words == "source":
			l.Enters = []string{mode + "-" + map[string]string{"destination": "dst", "source": "src"}[words]}
		}
		lines = append(lines, l)
	}
	return number, lines, nil
}

// lostError marks an error of the connection on the way back.
type lostError struct{ cause error }

func (e *lostError) Error() string { return e.cause.Error() }

// accepted are the lines of a block that the device took.
func accepted(r cli.BlockResult) string {
	var b strings.Builder
	for _, l := range r.Lines {
		if l.Sent && !l.Refused {
			b.WriteString(l.Text + "\n")
		}
	}
	return b.String()
}

// takeBack leads a session to what it was before a refused block, of which the
// device took some lines, and looks whether it is.
func (c *Conn) takeBack(ctx context.Context, number, taken string) error {
	was := find(c.state.observation.Natives, number)
	if was == nil && strings.TrimSpace(taken) == "" {
		return nil // whatever is there now, nothing of it is ours
	}
	now, err := c.session(ctx, number)
	if err != nil || sameText(was, now) {
		return err
	}
	goal, texts, err := c.wayBack(was, now, taken)
	if err != nil {
		return err
	}
	for _, text := range texts {
		_, lines, err := blockLines(text)
		if err != nil {
			return err
		}
		answers, err := c.configure(ctx, lines)
		if err != nil {
			return &lostError{err}
		}
		if answers.Err != nil {
			return answers.Err
		}
	}
	then, err := c.session(ctx, number)
	switch {
	case err != nil:
		return err
	case goal == was && !sameText(was, then) && (was == nil || then == nil || !was.Spec.Equal(then.Spec)), (goal == nil) != (then == nil), goal != nil && !goal.Spec.Equal(then.Spec):
		return fmt.Errorf("the device holds %q now", quote(textOf(then)))
	}
	return nil
}

func textOf(n *mirror.NativeSession) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// sameText compares in the device's own words.
func sameText(a, b *mirror.NativeSession) bool { return textOf(a) == textOf(b) }

func find(natives []mirror.NativeSession, id string) *mirror.NativeSession {
	i := slices.IndexFunc(natives, func(n mirror.NativeSession) bool { return n.ID == id })
	if i < 0 {
		return nil
	}
	return &natives[i]
}

// session reads one session, nil when there is none.
func (c *Conn) session(ctx context.Context, number string) (*mirror.NativeSession, error) {
	replies, err := c.run(ctx, showMonitor, showConfig)
	if err != nil {
		return nil, &lostError{err}
	}
	_, views, err := c.readMonitor(replies[showMonitor])
	if err != nil {
		return nil, err
	}
	cfg, err := readConfig(replies[showConfig])
	if err != nil {
		return nil, err
	}
	return find(merge(views, cfg), number), nil
}

// wayBack renders what leads from now to the goal, as blocks. The goal is what
// was; but a session that a refused block created goes by its number only when
// it holds nothing else than what was taken.
func (c *Conn) wayBack(was, now *mirror.NativeSession, taken string) (goal *mirror.NativeSession, texts []string, err error) {
	goal = was
	changes := []mirror.Change{{Before: now, After: was}}
	switch {
	case was == nil:
		if goal, err = remainder(*now, taken); err != nil {
			return nil, nil, err
		}
		changes[0].After = goal
	case was.Opaque != "":
		return nil, nil, fmt.Errorf("session %s was %s, which cannot be written: %w", was.ID, was.Opaque, mirror.ErrUnsupported)
	case now != nil && now.Opaque != "":
		changes = []mirror.Change{{Before: now}, {After: was}}
	}
	for _, change := range changes {
		text, err := c.renderer.change(c.quirk, change)
		if err != nil {
			return nil, nil, err
		}
		if text != "" {
			texts = append(texts, text)
		}
	}
	return goal, texts, nil
}

// remainder is what a session holds beyond what a block sent; nil for nothing.
func remainder(now mirror.NativeSession, sent string) (*mirror.NativeSession, error) {
	cfg, err := parseSent(sent)
	if err != nil {
		return nil, err
	}
	var ours mirror.NativeSpec
	if len(cfg.sessions) == 1 {
		ours = cfg.sessions[0].spec
	}
	rest := now
	rest.Spec.Sources, rest.Spec.Destinations, rest.Spec.Options.FilterVLANs = nil, nil, nil
	for _, s := range now.Spec.Sources {
		if !slices.ContainsFunc(ours.Sources, func(o mirror.NativeSource) bool { return o.Port == s.Port && o.VLAN == s.VLAN }) {
			rest.Spec.Sources = append(rest.Spec.Sources, s)
		}
	}
	for _, d := range now.Spec.Destinations {
		if !slices.Contains(ours.Destinations, d) {
			rest.Spec.Destinations = append(rest.Spec.Destinations, d)
		}
	}
	if len(rest.Spec.Sources)+len(rest.Spec.Destinations) == 0 && onlyOurs(now, ours) {
		return nil, nil
	}
	if now.Opaque != "" {
		return nil, fmt.Errorf("session %s also holds what was not sent, and is %s: left as it is: %w", now.ID, now.Opaque, mirror.ErrConflict)
	}
	for _, v := range now.Spec.Options.FilterVLANs {
		if !slices.Contains(ours.Options.FilterVLANs, v) {
			rest.Spec.Options.FilterVLANs = append(rest.Spec.Options.FilterVLANs, v)
		}
	}
	if rest.Spec.Options.Filter == ours.Options.Filter {
		rest.Spec.Options.Filter = ""
	}
	if rest.Spec.RemoteVLAN == ours.RemoteVLAN {
		rest.Spec.RemoteVLAN = 0
	}
	return &rest, nil
}

// onlyOurs reports whether a session without foreign ports holds nothing else
// of another hand: a remote VLAN, a filter, another type. An ERSPAN session that
// was made and not switched on yet is opaque for that alone.
func onlyOurs(now mirror.NativeSession, ours mirror.NativeSpec) bool {
	n := now.Spec
	made := n.Role == mirror.RoleERSPANSource || n.Role == mirror.RoleERSPANDestination
	return (now.Opaque == "" || made && now.Opaque == disabledOpaque) &&
		(n.Role == ours.Role || len(n.Sources)+len(n.Destinations) == 0 && n.RemoteVLAN == 0 && ours.Role != "") &&
		(n.RemoteVLAN == 0 || n.RemoteVLAN == ours.RemoteVLAN) &&
		(n.Options.Filter == "" || n.Options.Filter == ours.Options.Filter) &&
		!slices.ContainsFunc(n.Options.FilterVLANs, func(v int) bool { return !slices.Contains(ours.Options.FilterVLANs, v) })
}
