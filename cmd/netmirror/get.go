package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/internal/mirror"
)

// readCommands are those that change nothing.
func readCommands(f *clientFlags) []*cobra.Command {
	return []*cobra.Command{getCommand(f), describeCommand(f), watchCommand(f), eventsCommand(f), copiesCommand(f), topCommand(f), statusCommand(f), problemsCommand(f), platformsCommand(f)}
}

// getting is what get was asked for.
type getting struct {
	f           *clientFlags
	output      string
	labels      string
	sortBy      string
	status      bool // of -o yaml
	watch       bool
	every       time.Duration
	failOnDrift bool
	quiet       bool
	operations  ofOperations
	chosen      choosing
}

const getLong = "Show resources as a table that fits the screen (80 columns where there is none), with everything (-o wide),\n" +
	"or for programs. KIND is one of %s,\n" +
	"or all: devices, tools, filters and sessions.\n\n" +
	"-o yaml gives devices, tools, filters, sessions, webhooks and triggers as a file that netmirror apply takes: applied again it\n" +
	"changes nothing. What became of them is told by netmirror describe, by -o json and by -o yaml --status.\n\n" +
	"Interfaces and observed sessions are as a device was last read. Of one that was never read nothing is known:\n" +
	"that is an error (exit code 1), and not an empty list; netmirror devices wait DEVICE waits for the first read.\n\n" +
	"-w goes on: the controller's events say what has changed, and that alone is read again and shown.\n\n" +
	"Of operations (rollouts, repairs, saves) the newest are shown, the newest last: of all sessions, or of\n" +
	"those that are named; --device, --type and -n choose.\n\n" +
	"--fail-on-drift ends with exit code 3 where a session is not as it should be, that is, neither Active nor\n" +
	"off as it was asked to be (Suspended, Expired); with -q nothing is said as long as all are, as cron likes it."

func getCommand(f *clientFlags) *cobra.Command {
	g := getting{f: f}
	cmd := &cobra.Command{
		Use:   "get KIND [NAME...]",
		Short: "Show resources: sessions, devices, tools, filters, interfaces, operations, events and more",
		Long:  fmt.Sprintf(getLong, strings.Join(slices.Sorted(maps.Keys(tables)), ", ")),
		Example: "  netmirror get sessions -l team=voice --sort-by load\n  netmirror get sessions --phase Degraded --text inc-4711\n  netmirror get session watch-alice -o yaml | netmirror apply -f -\n" +
			"  netmirror get interfaces sw1\n  netmirror get operations --type repair -w\n  netmirror get all -o yaml > everything.yaml\n  netmirror get sessions --fail-on-drift -q",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked, err := g.understand(args)
			if err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			if g.watch {
				return g.follow(cmd.Context(), cl, asked[0])
			}
			return g.run(cmd.Context(), cl, asked)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&g.output, "output", "o", "table", "table, wide, json, yaml or name")
	flags.StringVarP(&g.labels, "selector", "l", "", "labels: team=voice, env!=lab, several with commas between them")
	flags.StringVar(&g.sortBy, "sort-by", "", "a column, or a field such as status.generation; -COLUMN is descending")
	flags.BoolVar(&g.status, "status", false, "with -o yaml: as the API answers, status included; not to be applied")
	flags.BoolVarP(&g.watch, "watch", "w", false, "go on, and show what changes")
	flags.DurationVar(&g.every, "interval", time.Second, "with -w: least time between two looks, and that between two questions where no stream of events can be had")
	flags.BoolVar(&g.failOnDrift, "fail-on-drift", false, "exit code 3 where a session is not as it should be")
	flags.BoolVarP(&g.quiet, "quiet", "q", false, "with --fail-on-drift: show only sessions that are not as they should be")
	g.operations.declare(flags)
	g.operations.complete(cmd)
	g.chosen.declare(flags)
	g.chosen.complete(f, cmd)
	return cmd
}

// An asking is a kind, and names of it; none are all.
type asking struct {
	kind  string
	names []string
}

var (
	getOutputs = []string{"table", "wide", "json", "yaml", "name"}
	// manifestKinds are those that a manifest holds, in the order in which they depend on one
	// another.
	manifestKinds = append(slices.Clone(plannedKinds), besideKinds...)
	// plannedKinds are those of them that devices are sent something for.
	plannedKinds = []string{"devices", "tools", "filters", "sessions"}
)

// understand checks what was typed.
func (g getting) understand(args []string) ([]asking, error) {
	if !slices.Contains(getOutputs, g.output) {
		return nil, fmt.Errorf("output %q is none of %s", g.output, strings.Join(getOutputs, ", "))
	}
	asked, err := askings(args)
	if err != nil {
		return nil, err
	}
	sessions := slices.ContainsFunc(asked, func(a asking) bool { return a.kind == "sessions" })
	labelled := !slices.ContainsFunc(asked, func(a asking) bool { return !slices.Contains(manifestKinds, a.kind) || len(a.names) > 0 })
	if err := errors.Join(g.operations.check(asked), g.chosen.check(asked, g.watch)); err != nil {
		return nil, err
	}
	switch {
	case g.failOnDrift && !sessions:
		return nil, errors.New("--fail-on-drift looks at sessions: netmirror get sessions --fail-on-drift")
	case g.quiet && !g.failOnDrift:
		return nil, errors.New("-q goes with --fail-on-drift")
	case g.status && g.output != "yaml":
		return nil, errors.New("--status goes with -o yaml; -o json has the status anyway")
	case g.watch && (len(asked) > 1 || g.failOnDrift || g.sortBy != ""):
		return nil, errors.New("-w looks at one kind, in the order in which things change")
	case g.watch && asked[0].kind == "events":
		return nil, errors.New("netmirror events -f follows events")
	case g.watch && g.every < 100*time.Millisecond:
		return nil, fmt.Errorf("interval %v is too short", g.every)
	case g.labels != "" && !labelled:
		return nil, errors.New("-l selects among all devices, tools, filters, sessions, webhooks or triggers; no names with it, and no other kinds")
	}
	return asked, nil
}

// askings reads KIND [NAME...], KIND,KIND, all, and KIND/NAME...
func askings(args []string) ([]asking, error) {
	if strings.Contains(args[0], "/") {
		return askingsByName(args)
	}
	var kinds []string
	for kind := range strings.SplitSeq(args[0], ",") {
		if kind == "all" {
			kinds = append(kinds, plannedKinds...)
			continue
		}
		k, err := kindOf(kind)
		if err != nil {
			return nil, err
		}
		kinds = append(kinds, k)
	}
	names := args[1:]
	if len(kinds) > 1 && len(names) > 0 {
		return nil, errors.New("names are of one kind; netmirror get KIND/NAME KIND/NAME asks for several")
	}
	var out []asking
	for _, k := range kinds {
		a := asking{k, names}
		if _, err := a.paths(); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// askingsByName reads KIND/NAME..., each name with those of its kind.
func askingsByName(args []string) (out []asking, err error) {
	for _, arg := range args {
		kind, name, ok := strings.Cut(arg, "/")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is no KIND/NAME, as the others are", arg)
		}
		if kind, err = kindOf(kind); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(out, func(a asking) bool { return a.kind == kind })
		if i < 0 {
			i, out = len(out), append(out, asking{kind: kind})
		}
		out[i].names = append(out[i].names, name)
		if _, err := out[i].paths(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// kindOf is the kind that was meant, in the plural.
func kindOf(kind string) (string, error) {
	if _, plural := tables[kind+"s"]; plural {
		kind += "s"
	}
	if _, known := tables[kind]; !known {
		known := slices.Sorted(maps.Keys(tables))
		if near := mirror.Nearest(kind, known); len(near) > 0 {
			return "", fmt.Errorf("there are no %q; did you mean %s? There are %s", kind, near[0], strings.Join(known, ", "))
		}
		return "", fmt.Errorf("there are no %q; try one of %s", kind, strings.Join(known, ", "))
	}
	return kind, nil
}

// paths are where in the API it is.
func (a asking) paths() ([]string, error) {
	if len(a.names) == 0 {
		if a.kind == "interfaces" {
			return nil, errors.New("interfaces of which device? netmirror get interfaces DEVICE")
		}
		return []string{"/" + a.kind}, nil
	}
	var out []string
	for _, name := range a.names {
		name = url.PathEscape(name)
		switch {
		case a.kind == "credentials" || a.kind == "controller":
			return nil, fmt.Errorf("%s are listed alone: netmirror get %s", map[string]string{"credentials": "profiles", "controller": "its settings"}[a.kind], a.kind)
		case a.kind == "events":
			return nil, errors.New("netmirror events NAME tells what happened to something")
		case a.kind == "interfaces" || a.kind == "observed-sessions":
			out = append(out, "/devices/"+name+"/"+a.kind)
		case a.kind == "operations" && !strings.HasPrefix(name, "op-"):
			out = append(out, "/operations?session="+name)
		default:
			out = append(out, "/"+a.kind+"/"+name)
		}
	}
	return out, nil
}

// A found is what there is of a kind.
type found struct {
	kind  string
	items []json.RawMessage
	one   bool     // one was asked for by its name
	notes []string // what is to be known of it, beside it
}

// find reads what was asked for: what cannot be read is told after what can.
func (g getting) find(ctx context.Context, cl *client.Client, a asking) (found, error) {
	out := found{kind: a.kind, items: []json.RawMessage{}} // an empty list is one in JSON, too
	paths, err := a.paths()
	if err != nil {
		return out, failure{err, exitUsage}
	}
	var faults []error
	for _, path := range paths {
		note := ""
		if device := askedDevice(path); device != "" { // first: what is listed then is of the read that is told, or a later one
			if note, err = readOnce(ctx, cl, device); err != nil {
				faults = append(faults, ofName(a, path, err))
				continue
			}
		}
		items, single, err := g.pages(ctx, cl, a, path)
		if err == nil && a.kind == "interfaces" {
			items, err = withEnds(ctx, cl, strings.TrimSuffix(path, "/interfaces"), items)
		}
		if err != nil {
			faults = append(faults, ofName(a, path, err))
			continue
		}
		out.items, out.one = append(out.items, items...), single && len(paths) == 1
		if note != "" {
			out.notes = append(out.notes, note)
		}
	}
	return out, errors.Join(faults...)
}

// pages reads a list, or one resource.
func (g getting) pages(ctx context.Context, cl *client.Client, a asking, path string) (items []json.RawMessage, single bool, err error) {
	if a.kind == "operations" && !strings.HasPrefix(path, "/operations/") {
		items, err = g.operations.read(ctx, cl, path, g.chosen)
		return items, false, err
	}
	return pages(ctx, cl, path+g.query(a))
}

// query selects among the entries of a list.
func (g getting) query(a asking) string {
	if len(a.names) > 0 {
		return ""
	}
	q := url.Values{}
	if a.kind != "controller" {
		q.Set("limit", "500")
	}
	if g.labels != "" {
		q.Set("labelSelector", g.labels)
	}
	g.chosen.query(a.kind, q)
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// ofName says of which of several names an error is.
func ofName(a asking, path string, err error) error {
	if len(a.names) < 2 {
		return err
	}
	return fmt.Errorf("%s: %w", strings.TrimPrefix(path, "/"), err)
}

// run shows what was asked for.
func (g getting) run(ctx context.Context, cl *client.Client, asked []asking) error {
	var all []found
	var faults []error
	for _, a := range asked {
		got, err := g.find(ctx, cl, a)
		if err != nil {
			faults = append(faults, err)
			if len(got.items) == 0 && len(asked) == 1 {
				continue
			}
		}
		if err := sortItems(got, g.sortBy); err != nil {
			return failure{err, exitUsage}
		}
		all = append(all, got)
	}
	bad, total := 0, 0
	if g.failOnDrift {
		bad, total = g.judge(all)
	}
	if len(all) > 0 && (!g.quiet || bad > 0) {
		if err := g.show(all); err != nil {
			return err
		}
	}
	for _, got := range all {
		for _, note := range got.notes {
			fmt.Fprintln(g.f.console.err, note)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if bad > 0 {
		are := "are not as they should be"
		if bad == 1 {
			are = "is not as it should be"
		}
		return failure{fmt.Errorf("%d of %s %s", bad, counted("session", total), are), exitDiffers}
	}
	return nil
}

// judge counts the sessions that are not as they should be; of a quiet command they alone
// are left.
func (g getting) judge(all []found) (bad, total int) {
	for i, got := range all {
		if got.kind != "sessions" {
			continue
		}
		wrong := slices.DeleteFunc(slices.Clone(got.items), asItShouldBe)
		bad, total = bad+len(wrong), total+len(got.items)
		if g.quiet {
			all[i].items = wrong
		}
	}
	return bad, total
}

// asItShouldBe reports whether the devices hold of a session what its intent wants now.
func asItShouldBe(raw json.RawMessage) bool {
	var s client.Session
	return json.Unmarshal(raw, &s) == nil && slices.Contains([]string{"Active", "Suspended", "Expired"}, s.Status.Phase)
}

// pages reads all pages of a list; single is one resource, which is no list. A
// path may end with a query.
func pages(ctx context.Context, cl *client.Client, path string) (items []json.RawMessage, single bool, err error) {
	path, text, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(text)
	if err != nil {
		return nil, false, err
	}
	items = []json.RawMessage{} // an empty list is one in JSON, too
	for {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"nextCursor"`
		}
		var raw json.RawMessage
		if _, err := cl.Do(ctx, client.Request{Method: http.MethodGet, Path: client.Base + path, Query: query}, &raw); err != nil {
			return nil, false, err
		}
		if json.Unmarshal(raw, &page) != nil || page.Items == nil {
			return []json.RawMessage{raw}, true, nil
		}
		items = append(items, page.Items...)
		if page.NextCursor == "" || len(page.Items) == 0 && path == "/events" { // which always have a next
			return items, false, nil
		}
		query.Set("cursor", page.NextCursor)
	}
}
