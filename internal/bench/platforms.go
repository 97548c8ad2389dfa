package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

// committing is how long a commit takes where switches think.
const committing = 2 * time.Second

// acts are the rows of a platform.
var acts = []string{"create, warm", "create, cold", "delete, warm", "resync, warm", alone}

// alone is a script that types the lines, and commits where it must, and looks at nothing.
const alone = "the lines alone, warm"

// platforms prints for each platform what a session costs, beside a stock script.
func platforms(ctx context.Context) error {
	fmt.Println("\nA session of four ports on each platform's simulated switch. The script is stock scrapligo with the lines of netmirror's plan:")
	fmt.Println("it looks at the sessions, types, commits on trial where netmirror does, looks again, confirms, and saves where nothing commits.")
	fmt.Println("With the same reads it also looks at the port, at what waits and at what is unsaved, and logs in anew before it confirms.")
	fmt.Println("netmirror's resync is measured as a preview, which reads the session's ports besides.")
	legend()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, think := range []time.Duration{0, 200 * time.Millisecond} {
		for _, r := range []time.Duration{0, 2 * time.Millisecond, 30 * time.Millisecond} {
			timing := lab.Timing{Latency: lab.Duration(r), ThinkTime: lab.Duration(think)}
			if think > 0 {
				timing.CommitTime = lab.Duration(committing)
			}
			fmt.Fprintf(w, "\nr = %v, %v thinking time a command, %v a commit\n", r, think, time.Duration(timing.CommitTime))
			fmt.Fprintln(w, "  platform\twhat\tnetmirror\tround trips\tscript, same reads\tround trips\tratio of times\tshort script\tround trips\tratio of times")
			tables, err := atTiming(ctx, timing)
			if err != nil {
				return err
			}
			for i, rows := range tables {
				for _, row := range rows {
					fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", kinds[i].platform, row.what, row.ours, row.careful, row.careful.ratio(row.ours), row.short, row.short.ratio(row.ours))
				}
			}
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// atTiming measures the platforms, one after the other; where switches are slow or far
// away they are what is waited for, so there all at once.
func atTiming(ctx context.Context, timing lab.Timing) ([][]row, error) {
	out, errs := make([][]row, len(kinds)), make([]error, len(kinds))
	var wait sync.WaitGroup
	for i, k := range kinds {
		wait.Go(func() {
			if out[i], errs[i] = k.rows(ctx, timing); errs[i] != nil {
				errs[i] = fmt.Errorf("%s: %w", k.platform, errs[i])
			}
		})
		if time.Duration(timing.ThinkTime+timing.Latency) < 20*time.Millisecond {
			wait.Wait()
		}
	}
	wait.Wait()
	return out, errors.Join(errs...)
}

// rows measures a platform.
func (k kind) rows(ctx context.Context, timing lab.Timing) (rows []row, err error) {
	spec, err := lab.Load(strings.NewReader(described([]kind{k}, 1)))
	if err != nil {
		return nil, err
	}
	l, err := lab.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	sw := l.Switch(only)
	text, err := k.text(ctx, sw)
	if err != nil {
		return nil, fmt.Errorf("netmirror's plan: %w", err)
	}
	sw.SetTiming(timing)
	ours, err := measureOurs(ctx, k, k.at(sw), acts)
	if err != nil {
		return nil, fmt.Errorf("netmirror: %w", err)
	}
	careful, err := measureTyping(k, sw, text, true)
	if err != nil {
		return nil, fmt.Errorf("scrapligo, careful: %w", err)
	}
	short, err := measureTyping(k, sw, text, false)
	if err != nil {
		return nil, fmt.Errorf("scrapligo: %w", err)
	}
	for _, what := range acts {
		rows = append(rows, row{what, ours[what], careful[what], short[what]})
	}
	return rows, nil
}

// A typed is the lines that make a session and those that take it away.
type typed struct{ make, unmake []string }

// text is what netmirror plans to send to a switch.
func (k kind) text(ctx context.Context, sw *lab.Switch) (out typed, err error) {
	dir, err := os.MkdirTemp("", "netmirror-bench-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	c, err := newController(ctx, dir)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := c.device(k, only, k.at(sw).address); err != nil {
		return out, err
	}
	return c.text(k.intent("s", only, mirror.RX, 1))
}

// text is what netmirror plans to send for a session of one device.
func (c *controller) text(s mirror.Session) (out typed, err error) {
	p, err := c.Plan(c.ctx, user, s)
	if err != nil {
		return out, err
	}
	for _, part := range p.Devices {
		out.make, out.unmake = append(out.make, linesOf(part.Forward)...), append(out.unmake, linesOf(part.Undo)...)
	}
	if len(out.make) == 0 || len(out.unmake) == 0 {
		return out, fmt.Errorf("nothing is planned for %s", s.Name)
	}
	return out, nil
}

func linesOf(p mirror.Payload) (out []string) {
	for _, b := range p.Blocks {
		for line := range strings.Lines(b.Text) {
			if line = strings.TrimRight(line, "\n"); line != "" {
				out = append(out, line)
			}
		}
	}
	return out
}
