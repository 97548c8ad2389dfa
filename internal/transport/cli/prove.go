package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Proof is what a command line was seen to do, see Conn.Prove.
type Proof struct {
	ConfigPrompt string // of configuration mode; "" = none came
	Answer       string // to the command that was typed there
	Typed        int    // octets that were typed ahead
	Lost         error  // what came of them; nil = everything was echoed as it was typed
}

// proofLength is the length of a comment line of a proof: far below the 253 octets
// to which IOS echoes (NED cisco-ios, IOSNedCli.java).
const proofLength = 120

// Prove tries what pushes rely on and changes nothing: it enters configuration,
// types one command that shows something, types comment lines ahead, as many
// octets as one write may hold, whatever typeAhead says, and leaves. Where
// comments of configuration mode are stored, they are typed in exec mode.
//
// The error is about the connection, which is then broken; the proof says how
// far it came. No prompt in configuration mode is mirror.ErrUnsupported. Lost
// input is no error, but it, too, breaks the connection: Alive tells.
func (c *Conn) Prove(ctx context.Context, command string) (Proof, error) {
	var p Proof
	level := c.platform.levels[c.platform.config]
	if level == nil {
		return p, fmt.Errorf("no configuration mode: %w", mirror.ErrInvalid)
	}
	if err := checkLine(command); err != nil {
		return p, err
	}
	if err := c.acquire(ctx); err != nil {
		return p, err
	}
	defer c.release()
	stored := c.platform.marker != c.platform.comment
	if stored {
		if c.typeComments(ctx, &p, inExec, c.atExec); p.Lost != nil {
			return p, nil
		}
	}
	a, err := c.enterConfig(ctx, "prove configuration mode", level.escalate)
	if err != nil {
		return p, err
	}
	if a.next == c.prompt {
		return p, &mirror.DeviceError{Device: c.cfg.name(), Sent: level.escalate, Answer: c.redact.text(strings.TrimSpace(a.text + "\n" + a.next)), Kind: mirror.ErrRejected}
	}
	c.warm, p.ConfigPrompt = true, c.redact.text(a.next)
	if a, _, err = c.sendAlone(ctx, "prove "+command, command, c.atEither, nil); err != nil {
		return p, err
	}
	p.Answer = a.text
	if !stored {
		if c.typeComments(ctx, &p, inConfig, c.atEither); p.Lost != nil {
			return p, nil
		}
	}
	if a, _, err = c.sendAlone(ctx, "leave configuration", level.deescalate, c.atEither, nil); err != nil {
		return p, err
	}
	if a.next != c.prompt {
		return p, c.breakOff(ctx, "leave configuration", fmt.Errorf("the prompt is still %q: %w", c.redact.text(a.next), mirror.ErrUnreachable), "")
	}
	return p, nil
}

// typeComments types comment lines ahead and notes what came of them.
func (c *Conn) typeComments(ctx context.Context, p *Proof, at place, ok isPrompt) {
	marker := c.marker(at)
	room := c.cfg.maxBytes() - len(marker) - 1
	var lines []string
	for room > 0 && len(lines) < c.cfg.MaxLines-1 {
		line := fmt.Sprintf("%s netmirror check %02d ", c.platform.comment, len(lines))
		n := min(proofLength, room-1)
		if n < len(line)+1 {
			break
		}
		line += strings.Repeat("0123456789", proofLength/10)[:n-len(line)]
		lines = append(lines, line)
		room -= n + 1
	}
	lines = append(lines, marker)
	p.Typed = len(strings.Join(lines, "\n")) + 1
	if _, err := c.send(ctx, "type ahead", at, lines, ok); err != nil {
		p.Lost = err
	}
}

// errNoPrompt: a line was echoed, and no prompt followed.
var errNoPrompt = fmt.Errorf("no prompt came in configuration mode (is \"no service prompt config\" set?): %w", mirror.ErrUnsupported)

// promptPatience is how many times Timeouts.Idle a prompt of configuration mode is
// waited for in silence.
const promptPatience = 15

// enterConfig types the line that enters configuration alone.
func (c *Conn) enterConfig(ctx context.Context, what, line string) (answer, error) {
	w := c.watch(c.atEither)
	got, err := c.exchange(ctx, what, line+"\n", line+"\n", func(raw []byte) finding {
		f := c.atPrompt(raw, line, c.atEither, w.look(raw))
		if f == (finding{}) {
			f = finding{suspect: errNoPrompt, within: promptPatience * c.cfg.Timeouts.Idle}
		}
		return f
	})
	if errors.Is(err, errStall) {
		err = c.breakOff(ctx, what, c.lost(err), got)
	}
	if err != nil {
		return answer{}, err
	}
	a, _ := echoedAlone(got, line, c.atEither)
	return a, nil
}
