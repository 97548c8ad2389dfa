package iosxe

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// Push sends each block of lines and, when the device refuses one of them,
// takes the block back at once: the session is read again and led to what it
// was at the last observation. The block's error is then a DeviceError with the
// device's words; it says so when taking back failed. The transaction id is not
// used, the device has no place for one. A connection that had ended before
// anything was sent gives mirror.ErrNotSent.
func (c *Conn) Push(ctx context.Context, _ string, p mirror.Payload) (report mirror.PushReport, err error) {
	sent, counted := c.octetsSent()
	defer func() {
		if now, _ := c.octetsSent(); counted && now == sent && errors.Is(err, mirror.ErrUnreachable) {
			err = fmt.Errorf("%w: %w", mirror.ErrNotSent, err)
		}
	}()
	defer func() { // the blocks' too: an undo that failed may quote what the device holds
		err = hide(c.term, err)
		for i := range report.Blocks {
			b := &report.Blocks[i]
			b.Err, b.Answer = hide(c.term, b.Err), hideText(c.term, b.Answer)
		}
	}()
	if p.Format != format {
		return report, fmt.Errorf("payload of format %q: %w", p.Format, mirror.ErrInvalid)
	}
	if c.state == nil || c.dirty { // what a refused block is taken back to
		if err := c.observe(ctx, mirror.Look{}); err != nil {
			return report, fmt.Errorf("read before: %w", err)
		}
	}
	refused := map[string]bool{} // numbers of refused blocks: what follows would land in the wrong session
	for _, b := range p.Blocks {
		if isFooting(b.Text) {
			result, err := c.pushFooting(ctx, b)
			if err != nil {
				return report, fmt.Errorf("%s: %w", b.Mark(), err)
			}
			report.Blocks = append(report.Blocks, result)
			continue
		}
		number, _, _ := blockLines(b.Text)
		if number != "" && refused[number] {
			report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark(),
				Err: fmt.Errorf("%s: not sent, because an earlier block of session %s was refused: %w", c.device, number, mirror.ErrRejected)})
			continue
		}
		result, err := c.pushBlock(ctx, b)
		if err != nil {
			return report, fmt.Errorf("%s: %w", b.Mark(), err)
		}
		refused[number] = result.Err != nil
		report.Blocks = append(report.Blocks, result)
	}
	return report, nil
}

// octetsSent counts what was written to the device so far, where the terminal counts.
func (c *Conn) octetsSent() (n int64, counted bool) {
	t, counted := c.term.(interface{ Stats() cli.Stats })
	if counted {
		n = t.Stats().BytesSent
	}
	return n, counted
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
func blockLines(reply string) (number string, lines []cli.Line, err error) {
	mode := ""
	for line := range strings.Lines(reply) {
		line = strings.TrimRight(line, "\n")
		words := strings.TrimSpace(line)
		if m := blockHead.FindStringSubmatch(words); m != nil {
			if number != "" && number != m[1] {
				return "", nil, fmt.Errorf("a block of sessions %s and %s: %w", number, m[1], mirror.ErrInvalid)
			}
			number, mode = m[1], ""
		} else if mode == "" {
			return "", nil, fmt.Errorf("%q is no line of a session: %w", text.Quote(words), mirror.ErrInvalid)
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
