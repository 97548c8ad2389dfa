package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/mirror"
)

// recent is how many events a description ends with.
const recent = 10

func describeCommand(f *clientFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "describe {session|device|tool|filter|webhook|trigger} NAME...",
		Short: "Tell everything about a resource: what is wanted, what is, what is wrong and what to do",
		Long: "Tell everything about a resource, for people. Of a session: what was asked for, what each device is to hold\n" +
			"and holds, what the device says itself, every condition with its reason and what can be done about it,\n" +
			"the load, and what happened last.",
		Example: "  netmirror describe session watch-alice\n  netmirror describe device sw1\n  netmirror describe tool/ids-1 filter/web",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked, err := askings(args)
			if err == nil {
				err = describable(asked)
			}
			if err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			d := describing{cl: cl, p: f.paper()}
			var faults []error
			for _, a := range asked {
				for _, name := range a.names {
					if err := d.tell(cmd.Context(), a.kind, name); err != nil {
						faults = append(faults, err)
					}
				}
			}
			return errors.Join(faults...)
		},
	}
}

func describable(asked []asking) error {
	for _, a := range asked {
		switch {
		case !slices.Contains(manifestKinds, a.kind):
			return fmt.Errorf("%s are not described; netmirror get %s lists them", a.kind, a.kind)
		case len(a.names) == 0:
			return fmt.Errorf("which %s? netmirror describe %s NAME", singular(a.kind), singular(a.kind))
		}
	}
	return nil
}

// describing writes descriptions.
type describing struct {
	cl    *client.Client
	p     paper
	told  int // how many were written
	lines []line
	did   map[string]bool // on which reasons there was advice
}

func (d *describing) tell(ctx context.Context, kind, name string) error {
	d.lines, d.did = nil, map[string]bool{}
	if d.told++; d.told > 1 {
		d.lines = append(d.lines, nil)
	}
	err := map[string]func(context.Context, string) error{"sessions": d.session, "devices": d.device, "tools": d.tool, "filters": d.filter, "webhooks": d.webhook, "triggers": d.trigger}[kind](ctx, name)
	if err != nil {
		return err
	}
	return d.p.write(d.lines...)
}

// title begins a description.
func (d *describing) title(kind, name, state string, colour style) {
	l := line{span{kind + " " + plain(name), bold}}
	if state != "" {
		l = append(l, span{"  ", ""}, span{plain(state), colour})
	}
	d.lines = append(d.lines, l)
}

// section begins a part.
func (d *describing) section(head string) {
	d.lines = append(d.lines, nil, line{span{head, bold}})
}

// labelWidth is how wide the names of facts are.
const labelWidth = 13

// fact is a name and what it is; nothing is not told.
func (d *describing) fact(label, value string) {
	if value != "" {
		d.wrapped(line{span{fmt.Sprintf("  %-*s ", labelWidth, label), ""}}, labelWidth+3, value)
	}
}

// text is told below a fact.
func (d *describing) text(indent int, text string) {
	d.wrapped(line{span{strings.Repeat(" ", indent), ""}}, indent, text)
}

// wrapped breaks a text between words where the paper ends; its further lines are indented.
func (d *describing) wrapped(first line, indent int, text string) {
	width := max(d.p.width, defaultWidth/2) - indent
	l := first
	for i, part := range wrap(plain(text), width) {
		if i > 0 {
			l = line{span{strings.Repeat(" ", indent), ""}}
		}
		d.lines = append(d.lines, append(l, span{part, ""}).trimmed())
	}
}

// wrap breaks a text between words; a word that is too long stands alone.
func wrap(text string, width int) (out []string) {
	current := ""
	for word := range strings.FieldsSeq(text) {
		if current != "" && utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > width {
			out, current = append(out, current), ""
		}
		current = strings.TrimPrefix(current+" "+word, " ")
	}
	return append(out, current)
}

// quoted are a device's own words, line by line.
func (d *describing) quoted(indent int, text string) {
	for l := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		d.lines = append(d.lines, line{span{strings.Repeat(" ", indent) + "| " + plain(strings.TrimRight(l, " \r")), ""}}.trimmed())
	}
}

// condition tells one truth, its reason, and what to do about it; names stand in the place
// of SESSION, DEVICE and the like.
func (d *describing) condition(typ, status, reason, message string, since *time.Time, names *strings.Replacer) {
	l := line{span{fmt.Sprintf("  %-18s ", typ), ""}, span{status, colourOf(status)}}
	rest := ""
	if reason != "" {
		rest = " " + plain(reason)
	}
	if since != nil && !since.IsZero() {
		rest += ", for " + briefly(time.Since(*since))
	}
	d.lines = append(d.lines, append(l, span{rest, ""}))
	if message != "" {
		d.text(4, message)
	}
	advice, known := mirror.AdviceOn(reason)
	if !known || d.did[reason] || status == "True" && advice.Do == "" {
		return
	}
	d.did[reason] = true
	if message == "" {
		d.text(4, advice.Means)
	}
	if advice.Do != "" && status != "True" {
		d.wrapped(line{span{"    -> ", ""}}, 7, names.Replace(advice.Do))
	}
}

// events tells what happened last to something.
func (d *describing) events(ctx context.Context, o client.ListEventsOptions) error {
	o.Order, o.Limit = "newest", recent
	page, err := d.cl.ListEvents(ctx, o)
	if err != nil {
		return err
	}
	if len(page.Items) == 0 {
		return nil
	}
	d.section("Last events")
	for _, e := range slices.Backward(page.Items) {
		head := fmt.Sprintf("  %s  %s", e.At.UTC().Format(time.RFC3339), plain(e.Type))
		if e.Actor != "system" {
			head += " by " + plain(e.Actor)
		}
		d.lines = append(d.lines, line{span{head, ""}})
		if e.Message != "" {
			d.text(4, e.Message)
		}
	}
	return nil
}

// ends tells the load of destinations, with the largest sources.
func (d *describing) ends(list []client.EndLoad) {
	for _, e := range list {
		var end endLoad
		if retyped(e, &end) != nil {
			continue // both are of the same document
		}
		text := end.state()
		if e.MeasuredAt != nil {
			text += fmt.Sprintf(": %s offered", brief(float64(e.Offered)))
			if e.Capacity != nil {
				text += fmt.Sprintf(" of %s", brief(float64(*e.Capacity)))
			}
			if e.Drops != nil {
				text += fmt.Sprintf(", %s dropped a second", brief(*e.Drops))
			}
		}
		d.fact("to", strings.TrimSpace(end.name()+map[bool]string{true: ", a link"}[e.Link])+": "+text)
		for i, t := range e.Terms {
			if i == 3 {
				d.text(labelWidth+5, fmt.Sprintf("and %d more", len(e.Terms)-i))
				break
			}
			d.text(labelWidth+5, termText(t))
		}
	}
}

func termText(t client.Term) string {
	what := brief(float64(t.Offered))
	if t.Unknown != "" {
		what = "not known: " + t.Unknown
	}
	whose := ""
	if t.Session != "" {
		whose = " (" + t.Session + ")"
	}
	return fmt.Sprintf("%s:%s %s%s: %s", t.Device, t.Source, t.Direction, whose, what)
}

// optional reads what an older controller, or one that measures nothing, does not have.
func (d *describing) optional(ctx context.Context, path string, v any) (bool, error) {
	_, err := d.cl.Do(ctx, client.Request{Method: http.MethodGet, Path: client.Base + path}, v)
	var p *client.Problem
	if errors.As(err, &p) && p.Status < 500 {
		return false, nil
	}
	return err == nil, err
}

// sessionsWith are the names of the sessions that are as asked.
func (d *describing) sessionsWith(ctx context.Context, asked client.ListSessionsOptions) (names []string, err error) {
	asked.Limit = 500
	for s, err := range d.cl.AllSessions(ctx, asked) {
		if err != nil {
			return nil, err
		}
		names = append(names, s.Name)
	}
	return names, nil
}

func labelsText(labels map[string]string) string {
	m := map[string]any{}
	for k, v := range labels {
		m[k] = v
	}
	return labelled.text(resource{"spec": map[string]any{"labels": m}})
}
