package cli

import (
	"context"
	"fmt"
	"strings"
)

// A Reply is what a device printed for one command: what a terminal would show,
// without echo, prompts and blanks at the ends of lines.
type Reply struct {
	Command string
	Text    string
}

// Run sends commands that only read, several in one write, and returns their
// replies in order. It does not judge them: a refused command is a reply with
// the device's words (Platform.Failed). A command must be one line, and must not
// ask a question: the line after it would be the answer.
//
// Errors: mirror.ErrInvalid before anything is sent; mirror.ErrTimeout,
// ErrUnreachable or ErrParse (a pager) with the connection broken. The replies
// that were complete are returned with the error.
func (c *Conn) Run(ctx context.Context, commands ...string) ([]Reply, error) {
	for _, command := range commands {
		if err := checkLine(command); err != nil {
			return nil, fmt.Errorf("cli: %s: %w", c.cfg.name(), err)
		}
	}
	if err := c.acquire(ctx); err != nil {
		return nil, err
	}
	defer c.release()
	replies := make([]Reply, 0, len(commands))
	for len(commands) > 0 {
		n := min(len(commands), max(1, c.cfg.MaxLines/2)) // each has a marker
		batch := commands[:n]
		commands = commands[n:]
		var lines []string
		for _, command := range batch {
			lines = append(lines, command, c.marker())
		}
		what := "run " + strings.Join(batch, ", ")
		answers, _, err := c.send(ctx, c.redact.text(what), lines, c.atExec)
		if err != nil {
			return replies, err
		}
		for i, command := range batch {
			replies = append(replies, Reply{Command: command, Text: answers[2*i].text})
		}
	}
	return replies, nil
}
