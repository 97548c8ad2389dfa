package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// eventing is what events was asked for.
type eventing struct {
	f            *clientFlags
	output       string
	follow       bool
	limit        int
	since, until string
	query        client.ListEventsOptions
}

func eventsCommand(f *clientFlags) *cobra.Command {
	e := eventing{f: f}
	cmd := &cobra.Command{
		Use:   "events [KIND/NAME]",
		Short: "Show what has happened, the newest last; -f goes on",
		Long: "Show what has happened, the newest last: of everything, of a resource (session/NAME, device/NAME, tool/NAME,\n" +
			"filter/NAME), of a type, or by somebody. -f goes on with what happens, also when the controller starts anew\n" +
			"meanwhile. With --since or -n 0 everything of that time is shown.",
		Example: "  netmirror events session/watch-alice --since 2h\n  netmirror events -f --type DriftSeen\n  netmirror events --actor alice -o json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := e.understand(args, time.Now()); err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return e.run(cmd.Context(), cl)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&e.follow, "follow", "f", false, "go on with what happens")
	flags.IntVarP(&e.limit, "limit", "n", 50, "show so many of the newest; 0 = all")
	flags.StringVar(&e.since, "since", "", "only what happened since: 2h, 30m, 7d, or a time such as 2030-01-31T18:00:00Z")
	flags.StringVar(&e.until, "until", "", "only what happened before, as --since")
	flags.StringVar(&e.query.Session, "session", "", "only what concerns this session")
	flags.StringVar(&e.query.Device, "device", "", "only what concerns this device")
	flags.StringVar(&e.query.Type, "type", "", "only events of this type, such as DriftRepaired")
	flags.StringVar(&e.query.Actor, "actor", "", "only what this token, or system, did")
	flags.StringVarP(&e.output, "output", "o", "table", "table, wide, or json: an event a line")
	return cmd
}

// eventKinds are the kinds of objects that events are about.
var eventKinds = []string{"session", "device", "tool", "filter", "plan", "token", "credentials", "controller", "webhook", "trigger"}

func (e *eventing) understand(args []string, now time.Time) (err error) {
	if !slices.Contains([]string{"table", "wide", "json"}, e.output) {
		return fmt.Errorf("output %q is none of table, wide, json", e.output)
	}
	if e.limit < 0 {
		return fmt.Errorf("-n %d is no number of events", e.limit)
	}
	if len(args) == 1 {
		kind, name, ok := strings.Cut(args[0], "/")
		kind = singular(kind)
		if kind == "credential" {
			kind = "credentials"
		}
		switch {
		case !slices.Contains(eventKinds, kind) || !ok && kind != "controller":
			return fmt.Errorf("%q is no KIND/NAME; events are about %s", args[0], strings.Join(eventKinds, ", "))
		case kind == "session":
			e.query.Session = name // what concerns it, not only what is about it
		case kind == "device":
			e.query.Device = name
		default:
			e.query.Kind, e.query.Name = kind, name
		}
	}
	if e.query.Since, err = timeAt(e.since, now); err == nil {
		e.query.Until, err = timeAt(e.until, now)
	}
	if e.follow && e.until != "" {
		return errors.New("-f has no end, and --until is one")
	}
	return err
}

// timeAt reads how long ago something was (2h, 7d), or a time; "" is zero.
func timeAt(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	number, day := strings.CutSuffix(text, "d")
	if day {
		number += "h"
	}
	d, err := time.ParseDuration(number)
	if err != nil || d < 0 {
		return time.Time{}, fmt.Errorf("%q is neither a time such as 2030-01-31T18:00:00Z nor how long ago, such as 2h or 7d", text)
	}
	if day {
		d *= 24
	}
	return now.Add(-d), nil
}

func (e *eventing) run(ctx context.Context, cl *client.Client) error {
	w := eventWriter{paper: e.f.paper(), output: e.output}
	list, last, err := e.page(ctx, cl)
	if err != nil {
		return err
	}
	if err := w.head(); err != nil {
		return err
	}
	for _, x := range list {
		if err := w.write(x); err != nil {
			return err
		}
	}
	if !e.follow {
		if len(list) == 0 && e.output != "json" {
			_, err = fmt.Fprintln(e.f.console.err, "nothing of that is known to have happened")
		}
		return err
	}
	for x, err := range follow(ctx, cl, e.query, last) {
		if err == nil {
			err = w.write(x)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// page are the newest events, the newest last, and where to go on from.
func (e *eventing) page(ctx context.Context, cl *client.Client) (list []client.Event, last string, err error) {
	q := e.query
	q.Order, q.Limit = "newest", 500
	if e.limit > 0 && e.limit < 500 {
		q.Limit = int64(e.limit)
	}
	all := e.limit == 0 || e.since != ""
	if last, err = newest(ctx, cl); err != nil { // first: what happens meanwhile is not lost
		return nil, "", err
	}
	for x, err := range cl.AllEvents(ctx, q) {
		if err != nil {
			return nil, "", err
		}
		list = append(list, x)
		if !all && len(list) == e.limit {
			break
		}
	}
	slices.Reverse(list)
	if len(list) > 0 {
		last = list[len(list)-1].ID
	}
	return list, last, nil
}

// newest is the id of the newest event, "" when nothing has happened yet.
func newest(ctx context.Context, cl *client.Client) (string, error) {
	page, err := cl.ListEvents(ctx, client.ListEventsOptions{Order: "newest", Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return "", err
	}
	return page.Items[0].ID, nil
}

// An eventWriter writes events: what happened to what, and below it the message between the
// edges of the screen; wide as one line each; or as JSON.
type eventWriter struct {
	paper  paper
	output string
}

const (
	typeWidth    = 17
	messageStart = 4
)

func (w eventWriter) head() error {
	if w.output == "json" {
		return nil
	}
	rest := "OBJECT"
	if w.output == "wide" {
		rest = "OBJECT  MESSAGE"
	}
	return w.paper.write(line{{fmt.Sprintf("%-20s  %-*s  %s", "AT", typeWidth, "TYPE", rest), bold}})
}

func (w eventWriter) write(e client.Event) error {
	if w.output == "json" {
		return json.NewEncoder(w.paper.out).Encode(e)
	}
	head := fmt.Sprintf("%s  %-*s  %s", e.At.UTC().Format(time.RFC3339), typeWidth, plain(e.Type), plain(objectOf(e)))
	if e.Actor != "system" {
		head += " by " + plain(e.Actor)
	}
	if w.output == "wide" {
		return w.paper.write(line{{head + "  " + plain(e.Message), ""}}.trimmed())
	}
	lines := []line{{{head, ""}}}
	for _, part := range wrap(plain(e.Message), max(w.paper.width, defaultWidth/2)-messageStart) {
		lines = append(lines, line{{strings.Repeat(" ", messageStart) + part, ""}}.trimmed())
	}
	if e.Message == "" {
		lines = lines[:1]
	}
	return w.paper.write(lines...)
}

// objectOf is what an event is about, and where it was.
func objectOf(e client.Event) string {
	switch {
	case e.Object != nil && e.Object.Name != "":
		return e.Object.Kind + "/" + e.Object.Name
	case e.Object != nil:
		return e.Object.Kind
	case e.Session != "":
		return "session/" + e.Session
	case e.Device != "":
		return "device/" + e.Device
	}
	return ""
}
