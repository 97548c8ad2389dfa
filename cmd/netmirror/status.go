package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// worst is how many problems status shows.
const worst = 5

func statusCommand(f *clientFlags) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "status", Short: "Show how everything stands: sessions, devices, and the worst problems", Args: cobra.NoArgs,
		Long: "Show how everything stands: how many sessions are in which phase, how many devices are reached, and the worst\n" +
			"problems. netmirror problems lists them all.",
		Example: "  netmirror status\n  netmirror status -o json | jq .sessions.phases",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if output != "text" && output != "json" {
				return failure{fmt.Errorf("output %q is neither text nor json", output), exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			s, err := cl.GetSummary(cmd.Context())
			if err != nil {
				return err
			}
			if output == "json" {
				return writeJSON(f.console.out, s)
			}
			d := describing{cl: cl, p: f.paper(), did: map[string]bool{}}
			return d.summary(cmd.Context(), s)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func (d *describing) summary(ctx context.Context, s client.Summary) error {
	d.fact("sessions", partsOf(s.Sessions.Total, s.Sessions.Phases))
	d.fact("devices", partsOf(s.Devices.Total, map[string]int64{"reached": s.Devices.Reachable["True"], "not reached": s.Devices.Reachable["False"],
		"not read yet": s.Devices.Reachable["Unknown"], "retired": s.Devices.Retired, "in maintenance": s.Devices.Maintenance, "braked": s.Devices.Braked,
		"in mode observe": s.Devices.Modes["observe"]}))
	d.fact("tools", fmt.Sprint(s.Tools.Total))
	d.fact("filters", fmt.Sprint(s.Filters.Total))
	var total int64
	for _, n := range s.Problems {
		total += n
	}
	d.fact("problems", partsOf(total, s.Problems))
	d.fact("nothing sent", s.Message)
	if total == 0 {
		return d.p.write(d.lines...)
	}
	page, err := d.cl.ListProblems(ctx, client.ListProblemsOptions{Limit: worst})
	if err != nil {
		return err
	}
	d.lines = append(d.lines, nil)
	for _, c := range page.Items {
		d.concern(c)
	}
	if page.NextCursor != "" {
		d.lines = append(d.lines, line{{"netmirror problems lists them all", ""}})
	}
	return d.p.write(d.lines...)
}

// partsOf is "4: 1 Degraded, 3 Active", the largest part last.
func partsOf(total int64, parts map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(parts), func(a, b string) int {
		if parts[a] != parts[b] {
			return int(min(1, max(-1, parts[a]-parts[b])))
		}
		return strings.Compare(a, b)
	})
	var out []string
	for _, name := range names {
		if parts[name] > 0 {
			out = append(out, fmt.Sprintf("%d %s", parts[name], name))
		}
	}
	if len(out) == 0 {
		return fmt.Sprint(total)
	}
	return fmt.Sprintf("%d: %s", total, strings.Join(out, ", "))
}

func problemsCommand(f *clientFlags) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "problems", Short: "Show what needs somebody now, the worst first, and what to do", Args: cobra.NoArgs,
		Long: "Show what needs somebody now, the worst first: critical (copies are lost or missing, or nothing is pushed),\n" +
			"error (a device does not hold what it shall, or is away), warning, notice; each with what to do.",
		Example: "  netmirror problems\n  netmirror problems -o json | jq -r '.severity + \" \" + .object.name'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains([]string{"text", "wide", "json"}, output) {
				return failure{fmt.Errorf("output %q is none of text, wide, json", output), exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return showProblems(cmd.Context(), cl, f, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text, wide (a table), or json: a problem a line")
	return cmd
}

func showProblems(ctx context.Context, cl *client.Client, f *clientFlags, output string) error {
	d := describing{cl: cl, p: f.paper(), did: map[string]bool{}}
	t := &table{columns: problemColumns}
	n := 0
	for c, err := range cl.AllProblems(ctx, client.ListProblemsOptions{Limit: 500}) {
		if err != nil {
			return err
		}
		n++
		switch output {
		case "json":
			err = json.NewEncoder(f.console.out).Encode(c)
		case "wide":
			var r resource
			if err = retyped(c, &r); err == nil {
				t.add(r)
			}
		default:
			d.lines = nil
			d.concern(c)
			err = d.p.write(d.lines...)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case output == "json":
		return nil
	case n == 0:
		_, err := fmt.Fprintln(f.console.err, "there are no problems")
		return err
	case output == "wide":
		return d.p.table(t, true)
	}
	return nil
}

var problemColumns = []column{field("SEVERITY", "severity"), computed("OBJECT", func(r resource) string { return strings.TrimSuffix(r.at("object.kind")+"/"+r.at("object.name"), "/") }).name(),
	field("CONDITION", "condition"), field("REASON", "reason"), aged("AGE", "since"), field("MESSAGE", "message"), field("TO DO", "todo")}

// concern tells a problem, and what to do where that was not told before.
func (d *describing) concern(c client.Concern) {
	rest := " " + strings.TrimSpace(plain(c.Condition+" "+c.Reason))
	if c.Since != nil {
		rest += ", for " + briefly(time.Since(*c.Since))
	}
	object := strings.TrimSuffix(c.Object.Kind+"/"+c.Object.Name, "/")
	d.lines = append(d.lines, line{{c.Severity, colourOf(c.Severity)}, {" " + plain(object), bold}, {rest, ""}})
	if c.Message != "" {
		d.text(4, c.Message)
	}
	if c.Todo != "" && !d.did[c.Reason] {
		d.did[c.Reason] = true
		d.wrapped(line{span{"    -> ", ""}}, 7, c.Todo)
	}
}
