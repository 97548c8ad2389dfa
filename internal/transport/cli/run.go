package cli

import (
	"context"
	"regexp"
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
// would be the answer.
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
		batch, lines := c.batch(commands)
		commands = commands[len(batch):]
		what := "run " + strings.Join(batch, ", ")
		r, err := c.send(ctx, c.redact.text(what), inExec, lines, c.atExec)
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
func (c *Conn) batch(commands []string) (batch, lines []string) {
	octets := 0
	for _, command := range commands {
		marker := c.marker(inExec)
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
	a, _, err := c.sendAlone(ctx, c.redact.text("run "+command), command, c.atExec, confirm)
	return Reply{Command: command, Text: a.text}, err
}
