package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// A sessionWatch is what watch was asked for.
type sessionWatch struct {
	f       *clientFlags
	only    []string // sessions, none are all
	until   []string // phases
	timeout time.Duration
	wide    bool

	paper paper
	known map[string]client.Session
}

// gone is what --until calls a session that is not there any more.
const gone = "gone"

func watchCommand(f *clientFlags) *cobra.Command {
	w := sessionWatch{f: f}
	cmd := &cobra.Command{
		Use:   "watch [SESSION...]",
		Short: "Show live what happens to sessions, and how their conditions change",
		Long: "Show live what happens to sessions, and how their conditions change, until Ctrl-C; all sessions where none\n" +
			"is named. --until PHASE ends it when each of the named is so (gone: deleted), with exit code 1 when --timeout\n" +
			"is over before.",
		Example: "  netmirror watch\n  netmirror watch watch-alice --until Active --timeout 2m\n  netmirror watch watch-alice --until gone",
		RunE: func(cmd *cobra.Command, args []string) error {
			w.only = args
			switch {
			case len(w.until) > 0 && len(args) == 0:
				return failure{errors.New("--until is of sessions that are named"), exitUsage}
			case w.timeout < 0:
				return failure{fmt.Errorf("timeout %v is over already", w.timeout), exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return w.run(cmd.Context(), cl)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&w.until, "until", nil, "end when each session is in one of these phases: Active, Suspended, ... or gone")
	flags.DurationVar(&w.timeout, "timeout", 0, "with --until: how long to wait; 0 = for ever")
	flags.BoolVar(&w.wide, "wide", false, "cut nothing")
	return cmd
}

func (w *sessionWatch) run(ctx context.Context, cl *client.Client) error {
	whole := ctx
	if w.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, w.timeout)
		defer cancel()
	}
	last, err := newest(ctx, cl)
	if err != nil {
		return err
	}
	w.paper, w.known = w.f.paper(), map[string]client.Session{}
	if err := w.paper.write(line{{fmt.Sprintf("%-8s  %-16s  %-9s  %s", "AT", "SESSION", "PHASE", "WHAT"), bold}}); err != nil {
		return err
	}
	if err := w.first(ctx, cl); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	happened := w.happenings(ctx, cl, last)
	tick := time.NewTicker(lookAnyway)
	defer tick.Stop()
	for !w.reached() {
		select {
		case h, more := <-happened:
			if !more {
				return w.over(whole, ctx)
			}
			if h.err != nil {
				return h.err
			}
			if err := w.happening(ctx, cl, h.event); err != nil && !passing(err) {
				return err
			}
		case <-tick.C:
			for _, name := range w.only {
				if err := w.look(ctx, cl, name); err != nil && !passing(err) {
					return err
				}
			}
		case <-ctx.Done():
			return w.over(whole, ctx)
		}
	}
	return nil
}

// over is the end that is meant, by Ctrl-C, or the one after too long a time.
func (w *sessionWatch) over(whole, ctx context.Context) error {
	if len(w.until) == 0 || whole.Err() != nil || ctx.Err() == nil {
		return nil
	}
	var out []string
	for _, name := range w.only {
		if s, there := w.known[name]; !there {
			out = append(out, name+" is not there")
		} else if !slices.Contains(w.until, s.Status.Phase) {
			out = append(out, strings.TrimSuffix(plain(name)+" is "+s.Status.Phase+": "+trouble(s), ": "))
		}
	}
	return fmt.Errorf("not %s within %v: %s", strings.Join(w.until, " or "), w.timeout, strings.Join(out, "; "))
}

func (w *sessionWatch) reached() bool {
	if len(w.until) == 0 {
		return false
	}
	for _, name := range w.only {
		s, there := w.known[name]
		if there && !slices.Contains(w.until, s.Status.Phase) || !there && !slices.Contains(w.until, gone) {
			return false
		}
	}
	return true
}

// first shows how things stand.
func (w *sessionWatch) first(ctx context.Context, cl *client.Client) error {
	for _, name := range w.only {
		a, err := cl.GetSession(ctx, name)
		if client.IsNotFound(err) && slices.Contains(w.until, gone) {
			continue
		}
		if err != nil {
			return err
		}
		w.known[name] = a.Value
	}
	if len(w.only) == 0 {
		for s, err := range cl.AllSessions(ctx, client.ListSessionsOptions{Limit: 500}) {
			if err != nil {
				return err
			}
			w.known[s.Name] = s
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.known)) {
		s := w.known[name]
		if err := w.say(time.Now(), name, s.Status.Phase, trouble(s)); err != nil {
			return err
		}
	}
	return nil
}

// happenings are the events after last, until ctx ends.
func (w *sessionWatch) happenings(ctx context.Context, cl *client.Client, last string) <-chan happening {
	q := client.ListEventsOptions{}
	if len(w.only) == 1 {
		q.Session = w.only[0]
	}
	out := make(chan happening)
	go func() {
		defer close(out)
		for e, err := range follow(ctx, cl, q, last) {
			select {
			case out <- happening{e, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// happening shows an event of a session, and what it changed of its conditions.
func (w *sessionWatch) happening(ctx context.Context, cl *client.Client, e client.Event) error {
	if e.Session == "" || len(w.only) > 0 && !slices.Contains(w.only, e.Session) {
		return nil
	}
	text := e.Type
	if e.Actor != "system" {
		text += " by " + e.Actor
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.Type != "PhaseChanged" { // it shows below
		if err := w.say(e.At, e.Session, w.known[e.Session].Status.Phase, text); err != nil {
			return err
		}
	}
	return w.look(ctx, cl, e.Session)
}

// look reads a session and shows what is new of its phase and conditions.
func (w *sessionWatch) look(ctx context.Context, cl *client.Client, name string) error {
	a, err := cl.GetSession(ctx, name)
	before, was := w.known[name]
	if client.IsNotFound(err) {
		if delete(w.known, name); !was {
			return nil
		}
		return w.say(time.Now(), name, gone, "")
	}
	if err != nil {
		return err
	}
	now := a.Value
	w.known[name] = now
	told := false
	for _, c := range now.Status.Conditions {
		i := slices.IndexFunc(before.Status.Conditions, func(o client.Condition) bool { return o.Type == c.Type })
		if i >= 0 && before.Status.Conditions[i].Status == c.Status && before.Status.Conditions[i].Reason == c.Reason {
			continue
		}
		text := fmt.Sprintf("%s %s %s", c.Type, c.Status, c.Reason)
		if c.Message != "" {
			text += ": " + c.Message
		}
		told = true
		if err := w.say(time.Now(), name, now.Status.Phase, text); err != nil {
			return err
		}
	}
	if now.Status.Phase != before.Status.Phase && !told {
		return w.say(time.Now(), name, now.Status.Phase, "was "+before.Status.Phase)
	}
	return nil
}

func (w *sessionWatch) say(at time.Time, name, phase, what string) error {
	start := fmt.Sprintf("%s  %-16s  ", at.Local().Format(time.TimeOnly), plain(name))
	rest := "  " + plain(what)
	if !w.wide {
		rest = cut(rest, max(leastText, w.paper.width-len([]rune(start))-max(9, len(phase))))
	}
	return w.paper.write(line{{start, ""}, {fmt.Sprintf("%-9s", plain(phase)), colourOf(phase)}, {rest, ""}}.trimmed())
}
