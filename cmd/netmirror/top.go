package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/netmirror/netmirror/client"
)

// A top is what `netmirror top` was asked for.
type top struct {
	every  time.Duration
	once   bool
	output string
	only   []string // destinations by name, all for none
}

func topCommand(f *clientFlags) *cobra.Command {
	var t top
	cmd := &cobra.Command{
		Use:   "top [DESTINATION...]",
		Short: "Show live what is copied where: offered load, capacity, drops, and how much arrives",
		Long: "Show live what is copied where, the fullest destination first: what the sources feed to it\n" +
			"(OFFERED, on the wire), what it can take, dropped copies per second, and how many of the copies\n" +
			"arrive (COPIES, where the platform counts them).\n\n" +
			"A sign before a figure says that it is a bound: ≤ of VLANs and filtered sessions, ≥ where the load\n" +
			"of some sources is not known. - is not known. A DESTINATION is a tool, DEVICE:INTERFACE, a device\n" +
			"or an address.",
		Example: "  netmirror top\n  netmirror top ids-1 --interval 2s\n  netmirror top --once -o json | jq '.items[] | select(.oversubscribed)'",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case t.output != "table" && t.output != "json":
				return failure{fmt.Errorf("output %q is neither table nor json", t.output), 2}
			case t.every < time.Second:
				return failure{fmt.Errorf("interval %v is shorter than a second; counters are read every 10 seconds, or more rarely", t.every), 2}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			t.only = args
			return t.run(cmd.Context(), cl, f.console.out)
		},
	}
	cmd.Flags().DurationVar(&t.every, "interval", 5*time.Second, "time between two looks")
	cmd.Flags().BoolVar(&t.once, "once", false, "look once and end")
	cmd.Flags().StringVarP(&t.output, "output", "o", "table", "table, or json: one document a look, each on a line of its own")
	return cmd
}

// A look is what the API answered. For JSON the items go out as they came.
type look struct {
	At    time.Time         `json:"at"`
	Items []json.RawMessage `json:"items"`
	ends  []endLoad
}

// look asks the API, and leaves the destinations that were asked for.
func (t top) look(ctx context.Context, cl *client.Client) (look, error) {
	l := look{Items: []json.RawMessage{}} // an empty list is one in JSON, too
	all, _, err := pages(ctx, cl, "/loads")
	if err != nil {
		return l, err
	}
	l.At = time.Now()
	for _, raw := range all {
		var e endLoad
		if err := json.Unmarshal(raw, &e); err != nil {
			return l, fmt.Errorf("the answer is not understood: %w", err)
		}
		if len(t.only) == 0 || slices.ContainsFunc(t.only, e.answersTo) {
			l.Items, l.ends = append(l.Items, raw), append(l.ends, e)
		}
	}
	return l, nil
}

// run shows until ctx ends, or once. A look that fails ends it when it is the first:
// later ones are told and tried again, since whoever watches a controller that starts
// anew wants to go on watching.
func (t top) run(ctx context.Context, cl *client.Client, out io.Writer) error {
	screen := screenOf(out)
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	defer screen.leave()
	var last look
	for first := true; ; first = false {
		got, err := t.look(ctx, cl)
		switch {
		case err == nil:
			last = got
		case ctx.Err() != nil && !first:
			return nil
		case first:
			return err
		}
		if err := t.show(screen, last, err); err != nil || t.once {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil // as it is meant to be ended
		}
	}
}

func (t top) show(s screen, got look, failed error) error {
	if t.output == "json" {
		if failed != nil {
			return nil // each document tells when it was made
		}
		return json.NewEncoder(s.text).Encode(got)
	}
	width, height := s.size()
	lines := []string{headline(got, failed)}
	if failed == nil || s.terminal != nil {
		lines = append(lines, topTable(got.ends, width, height-1)...)
	}
	return s.draw(lines, width)
}

func headline(got look, failed error) string {
	if failed != nil {
		return plain(fmt.Sprintf("%s  no answer since %s: %v", time.Now().Format(time.TimeOnly), got.At.Format(time.TimeOnly), failed))
	}
	over := 0
	for _, e := range got.ends {
		if e.Oversubscribed {
			over++
		}
	}
	return fmt.Sprintf("%s  %s, %d oversubscribed", got.At.Format(time.TimeOnly), counted("destination", len(got.ends)), over)
}

func counted(what string, n int) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// A screen is a terminal on which each look takes the place of the last one, or
// anything else that text is written to.
type screen struct {
	text     io.Writer // lets nothing through but text
	terminal *os.File  // nil = text is all it takes
}

func screenOf(out io.Writer) screen {
	s := screen{text: out}
	if v, ok := out.(visibleWriter); ok {
		if f, ok := v.w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			s.terminal = f
		}
	}
	return s
}

// size is how much it shows, in columns and lines; 0 = there is no end. The last column
// stays empty: what is written there, some terminals wrap.
func (s screen) size() (width, height int) {
	if s.terminal == nil {
		return 0, 0
	}
	width, height, err := term.GetSize(int(s.terminal.Fd()))
	if err != nil || width == 0 { // some say nothing
		return 80, 24
	}
	return max(1, width-1), height
}

// leave puts the cursor behind what was shown.
func (s screen) leave() {
	if s.terminal != nil {
		_, _ = s.terminal.WriteString("\n")
	}
}

// draw shows the lines. On a terminal it goes to the first column of the first line,
// clears the rest of each line and what is below: nothing flickers.
func (s screen) draw(lines []string, width int) error {
	if s.terminal == nil {
		_, err := io.WriteString(s.text, strings.Join(lines, "\n")+"\n")
		return err
	}
	var faults []error
	control := func(sequence string) {
		_, err := s.terminal.WriteString(sequence)
		faults = append(faults, err)
	}
	control("\x1b[H")
	for i, l := range lines {
		_, err := io.WriteString(s.text, cut(l, width))
		faults = append(faults, err)
		control("\x1b[K")
		if i < len(lines)-1 {
			control("\n")
		}
	}
	control("\x1b[J")
	return errors.Join(faults...)
}
