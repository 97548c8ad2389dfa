package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// copyReport is what copies was asked for.
type copyReport struct {
	f            *clientFlags
	output       string
	since, until string
	query        client.ListCopiesOptions
}

var copyOutputs = []string{"table", "wide", "json", "yaml", "csv"}

func copiesCommand(f *clientFlags) *cobra.Command {
	c := copyReport{f: f}
	cmd := &cobra.Command{
		Use:   "copies",
		Short: "Report who had which port copied where, from when to when, and why",
		Long: "Report who had which port copied where, from when to when, and why: an entry for each stretch of time, in the\n" +
			"order in which they began, as devices were read. What is copied now has no end. With --since there is what\n" +
			"was still copied then or later, with --until what began before. -o csv is for spreadsheets.",
		Example: "  netmirror copies --device sw1 --interface Gi1/0/14\n  netmirror copies --session watch-alice -o wide\n  netmirror copies --since 30d -o csv > copies.csv",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.understand(time.Now()); err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return c.run(cmd.Context(), cl)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&c.query.Device, "device", "", "only traffic of this device")
	flags.StringVar(&c.query.Interface, "interface", "", "with --device: only this interface, or a VLAN: \"vlan 110\"")
	flags.StringVar(&c.query.Session, "session", "", "only for this session, which may be gone")
	flags.StringVar(&c.query.Actor, "actor", "", "only what this token, or system, asked for")
	flags.StringVar(&c.since, "since", "", "only what was copied then or later: 2h, 30d, or a time such as 2030-01-31T18:00:00Z")
	flags.StringVar(&c.until, "until", "", "only what began before, as --since")
	flags.StringVarP(&c.output, "output", "o", "table", "table, wide, json, yaml or csv")
	return cmd
}

func (c *copyReport) understand(now time.Time) (err error) {
	if !slices.Contains(copyOutputs, c.output) {
		return fmt.Errorf("output %q is none of %s", c.output, strings.Join(copyOutputs, ", "))
	}
	if c.query.Interface != "" && c.query.Device == "" {
		return errors.New("--interface needs --device")
	}
	if c.query.Since, err = timeAt(c.since, now); err == nil {
		c.query.Until, err = timeAt(c.until, now)
	}
	return err
}

func (c *copyReport) run(ctx context.Context, cl *client.Client) error {
	switch c.output {
	case "csv":
		return c.spreadsheet(ctx, cl)
	case "json", "yaml":
		items := []json.RawMessage{}
		for item, err := range cl.Each(ctx, client.Base+"/copies", c.values(), false) {
			if err != nil {
				return err
			}
			items = append(items, item)
		}
		if c.output == "json" {
			return writeJSON(c.f.console.out, items)
		}
		return writeYAML(c.f.console.out, items)
	case "wide":
		return c.table(ctx, cl)
	}
	paper, none := c.f.paper(), true
	c.query.Limit = 500
	for x, err := range cl.AllCopies(ctx, c.query) {
		if err != nil {
			return err
		}
		if none {
			if err := paper.write(line{{fmt.Sprintf("%-20s  %-20s  %s", "BEGAN", "ENDED", "COPIED"), bold}}); err != nil {
				return err
			}
		}
		none = false
		if err := paper.write(copyLines(x, paper.width)...); err != nil {
			return err
		}
	}
	return c.nothing(none)
}

func (c *copyReport) nothing(none bool) error {
	if none {
		fmt.Fprintln(c.f.console.err, "nothing of that is known to have been copied")
	}
	return nil
}

// values are the parameters, of a page as long as there is one.
func (c *copyReport) values() url.Values {
	q := url.Values{"limit": {"500"}}
	for name, value := range map[string]string{"device": c.query.Device, "interface": c.query.Interface, "session": c.query.Session, "actor": c.query.Actor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, at := range map[string]time.Time{"since": c.query.Since, "until": c.query.Until} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return q
}

// spreadsheet writes what the controller answers as CSV: the heads once, and page after page.
func (c *copyReport) spreadsheet(ctx context.Context, cl *client.Client) error {
	q := c.values()
	q.Set("format", "csv")
	for first := true; ; first = false {
		var page []byte
		meta, err := cl.Do(ctx, client.Request{Method: http.MethodGet, Path: client.Base + "/copies", Query: q}, &page)
		if err != nil {
			return err
		}
		if !first {
			_, page, _ = bytes.Cut(page, []byte("\n"))
		}
		if _, err := c.f.console.out.Write(page); err != nil {
			return err
		}
		if meta.Next == "" {
			return nil
		}
		next, err := url.Parse(meta.Next)
		if err != nil {
			return fmt.Errorf("the answer is not understood: %w", err)
		}
		q = next.Query()
	}
}

// copyLines are a copy on a narrow screen: when and what, and below it the rest between the
// edges.
func copyLines(x client.Copy, width int) []line {
	lines := []line{{{fmt.Sprintf("%-20s  %-20s  %s", x.Began.UTC().Format(time.RFC3339), endText(x), plain(sourceText(x))), ""}}}
	text := "to " + toText(x) + " for session " + x.Session + " by " + x.Actor
	if why := whyText(x); why != "" {
		text += ": " + why
	}
	if x.Ending != "" {
		text += " (ended: " + x.Ending + ")"
	}
	if x.Earlier {
		text += "; it was copied before that already"
	}
	for _, part := range wrap(plain(text), max(width, defaultWidth/2)-messageStart) {
		lines = append(lines, line{{strings.Repeat(" ", messageStart) + part, ""}}.trimmed())
	}
	return lines
}

func endText(x client.Copy) string {
	if x.Ended == nil {
		return "not yet"
	}
	return x.Ended.UTC().Format(time.RFC3339)
}

func sourceText(x client.Copy) string {
	port := x.Source.Interface
	if x.Source.VLAN != nil {
		port = fmt.Sprintf("vlan %d", *x.Source.VLAN)
	}
	return fmt.Sprintf("%s %s (%s)", x.Source.Device, port, x.Source.Direction)
}

func toText(x client.Copy) string {
	var out []string
	for _, d := range x.To {
		at := d.IP
		if d.Device != "" {
			at = d.Device + " " + d.Interface
		}
		if d.Tool != "" {
			at = d.Tool + " at " + at
		}
		out = append(out, at)
	}
	return strings.Join(out, ", ")
}

func whyText(x client.Copy) string {
	if x.Purpose == nil {
		return ""
	}
	return strings.Trim(x.Purpose.Reason+", "+x.Purpose.Ticket, ", ")
}

// table is everything in one line each.
func (c *copyReport) table(ctx context.Context, cl *client.Client) error {
	t := &table{columns: copyColumns}
	for item, err := range cl.Each(ctx, client.Base+"/copies", c.values(), false) {
		var r resource
		if err == nil {
			err = json.Unmarshal(item, &r)
		}
		if err != nil {
			return err
		}
		t.add(r)
	}
	if len(t.rows) == 0 {
		return c.nothing(true)
	}
	return c.f.paper().table(t, true)
}

var copyColumns = []column{moment("BEGAN", "began"), moment("ENDED", "ended"), field("ENDING", "ending"), ofCopy("COPIED", sourceText), ofCopy("TO", toText),
	field("SESSION", "session"), field("GEN", "generation").number(), field("ACTOR", "actor"), ofCopy("WHY", whyText), moment("LEASE", "lease"), field("EARLIER", "earlier")}

func ofCopy(head string, text func(client.Copy) string) column {
	return computed(head, func(r resource) string {
		var x client.Copy
		if retyped(r, &x) != nil {
			return ""
		}
		return text(x)
	})
}
