package cli

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A Reply is what a device printed for one command: what a terminal would show,
// without echo, prompts and blanks at the ends of lines.
type Reply struct {
	Command string
	Text    string
}

// Run sends commands that only read, several in one write (one at a time with
// typeAhead off), and returns their replies in order. It does not judge them: a
// refused command is a reply with the device's words (Platform.Failed). A
// command must be one line, and must not ask a question: the line after it
// would be the answer. Behind a block that stays in configuration the commands are
// typed there, and must not lead elsewhere.
//
// Errors: mirror.ErrInvalid before anything is sent; mirror.ErrTimeout,
// ErrUnreachable, ErrParse (a pager, a reply beyond the limit), ErrRejected (a
// question) or ErrInputLost with the connection broken. The replies
// that were complete are returned with the error.
func (c *Conn) Run(ctx context.Context, commands ...string) ([]Reply, error) {
	for _, command := range commands {
		if err := checkLine(command); err != nil {
			return nil, err
		}
	}
	if err := c.acquire(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	at, ok := c.here()
	replies := make([]Reply, 0, len(commands))
	if c.cfg.lineByLine() {
		for _, command := range commands {
			r, err := c.runAlone(ctx, command)
			if err != nil {
				return replies, err
			}
			replies = append(replies, r)
		}
		return replies, nil
	}
	for len(commands) > 0 {
		batch, lines := c.batch(commands, at)
		commands = commands[len(batch):]
		what := "run " + strings.Join(batch, ", ")
		r, err := c.send(ctx, c.redact.text(what), at, lines, ok)
		for i, command := range batch {
			if err != nil && (2*i+1 >= len(r.answers) || !r.answers[2*i+1].known) {
				return replies, err // whatever is known of later ones: the connection is gone
			}
			replies = append(replies, Reply{Command: command, Text: r.answers[2*i].text})
		}
		if err != nil {
			return replies, err
		}
	}
	return replies, nil
}

// batch takes as many commands, each with its marker, as one write may hold.
func (c *Conn) batch(commands []string, at place) (batch, lines []string) {
	octets := 0
	for _, command := range commands {
		marker := c.marker(at)
		octets += len(command) + len(marker) + 2
		if len(batch) > 0 && (octets > c.cfg.maxBytes() || len(lines)+2 > c.cfg.MaxLines) {
			break
		}
		batch, lines = append(batch, command), append(lines, command, marker)
	}
	return batch, lines
}

// RunConfirmed is Run of one command that may ask a question. It is sent alone,
// with no marker behind it: its output must hold no line that is a prompt. A
// question that confirm matches is answered with Enter, once; any other question
// is an error with the device's words, as in Run.
func (c *Conn) RunConfirmed(ctx context.Context, command string, confirm *regexp.Regexp) (Reply, error) {
	if err := checkLine(command); err != nil {
		return Reply{}, err
	}
	if err := c.acquire(ctx); err != nil {
		return Reply{}, err
	}
	defer c.release()
	a, _, err := c.sendAlone(ctx, c.redact.text("run "+command), command, c.atExec, withEnter(confirm))
	return Reply{Command: command, Text: a.text}, err
}

// Converse types lines one at a time, each behind the answer to the one before, where
// the connection stands; a line may lead into configuration or out of it. A question is
// answered by the text of answers whose key it contains, each once a line; any other
// question is an error with the device's words, as in Run. stop ends it behind a line,
// from its reply; nil = never. The replies are those of the lines that were typed.
//
// The device may be silent for as long as the write may take: a commit is silent for
// minutes (transactions.md 6). Errors are those of Run.
func (c *Conn) Converse(ctx context.Context, lines []string, answers map[string]string, stop func(Reply) bool) ([]Reply, error) {
	for _, line := range lines {
		if err := checkLine(line); err != nil {
			return nil, err
		}
	}
	if err := c.acquire(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	c.silence = c.cfg.Timeouts.Command
	defer func() { c.silence = 0 }()
	var replies []Reply
	for _, line := range lines {
		a, _, err := c.sendAlone(ctx, c.redact.text("type "+line), line, c.atEither, from(answers))
		if err != nil {
			return replies, err
		}
		if c.inside = ""; a.next != c.prompt {
			c.inside = a.next
		}
		replies = append(replies, Reply{Command: line, Text: a.text})
		if stop != nil && stop(replies[len(replies)-1]) {
			break
		}
	}
	return replies, nil
}

// from answers each of the questions once.
func from(answers map[string]string) replier {
	left := maps.Clone(answers)
	return func(question string) (string, bool) {
		for _, part := range slices.Sorted(maps.Keys(left)) { // the same one each time, where two fit
			if typed := left[part]; strings.Contains(question, part) {
				delete(left, part)
				return typed, true
			}
		}
		return "", false
	}
}

// Inside reports whether the connection stays in configuration.
func (c *Conn) Inside() bool { return c.inside != "" }
