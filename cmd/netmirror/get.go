package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/client"
)

func getCommand(f *clientFlags) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "get KIND [NAME]",
		Short: "Show resources: sessions, devices, tools, filters, credentials, interfaces, observed-sessions, operations, events, plans, controller",
		Example: "  netmirror get sessions\n  netmirror get session watch-alice -o yaml\n  netmirror get interfaces sw1\n" +
			"  netmirror get operations watch-alice\n  netmirror get observed-sessions",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != "table" && output != "json" && output != "yaml" {
				return failure{fmt.Errorf("output %q is none of table, json, yaml", output), 2}
			}
			kind, path, err := resourcePath(args)
			if err != nil {
				return failure{err, 2}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return get(cmd.Context(), cl, path, kind, output, f.console.out)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json or yaml")
	return cmd
}

// resourcePath is the path in the API of what get was asked for.
func resourcePath(args []string) (kind, path string, err error) {
	kind = args[0]
	if _, plural := tables[kind+"s"]; plural {
		kind += "s"
	}
	if _, known := tables[kind]; !known {
		return "", "", fmt.Errorf("there are no %q; try one of %s", kind, strings.Join(slices.Sorted(maps.Keys(tables)), ", "))
	}
	name := ""
	if len(args) == 2 {
		name = url.PathEscape(args[1])
	}
	switch {
	case kind == "credentials" && name != "":
		return "", "", errors.New("profiles are listed alone: netmirror get credentials")
	case kind == "interfaces" && name == "":
		return "", "", errors.New("interfaces of which device? netmirror get interfaces DEVICE")
	case kind == "interfaces":
		return kind, "/devices/" + name + "/interfaces", nil
	case kind == "observed-sessions" && name != "":
		return kind, "/devices/" + name + "/observed-sessions", nil
	case kind == "operations" && name == "":
		return "", "", errors.New("operations of which session? netmirror get operations SESSION (or an operation's id)")
	case kind == "operations" && !strings.HasPrefix(name, "op-"):
		return kind, "/operations?session=" + name, nil
	case name != "":
		return kind, "/" + kind + "/" + name, nil
	}
	return kind, "/" + kind, nil
}

// get shows one resource, or all pages of a list.
func get(ctx context.Context, cl *client.Client, path, kind, output string, out io.Writer) error {
	items, single, err := pages(ctx, cl, path)
	if err != nil {
		return err
	}
	if output == "table" {
		if kind == "interfaces" {
			if items, err = withEnds(ctx, cl, strings.TrimSuffix(path, "/interfaces"), items); err != nil {
				return err
			}
		}
		if err := table(tables[kind], items, out); err != nil || kind != "sessions" || !single {
			return err
		}
		return loadOf(items[0], out)
	}
	var v any = items
	if single {
		v = items[0]
	}
	if output == "json" {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	document, err := yamlOf(b)
	if err != nil {
		return err
	}
	return yaml.NewEncoder(out).Encode(document)
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

// A column of a table: its head, and where in the resource its text stands.
type column struct {
	head string
	text func(resource) string
}

// A resource is what the API answered, as a tree.
type resource map[string]any

// at finds the text at a path such as "status.facts.model".
func (r resource) at(path string) string {
	var v any = map[string]any(r)
	for _, key := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[key]
	}
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		out := make([]string, len(v))
		for i, x := range v {
			out[i] = fmt.Sprint(x)
		}
		return strings.Join(out, ", ")
	}
	return fmt.Sprint(v)
}

// speed is a rate as engineers write it: 1G, 2500M.
func speed(r resource) string {
	bits, ok := r["speed"].(float64)
	switch {
	case !ok:
		return ""
	case bits >= 1e9 && math.Mod(bits, 1e9) == 0:
		return fmt.Sprintf("%.0fG", bits/1e9)
	}
	return fmt.Sprintf("%.0fM", bits/1e6)
}

// toolTakes is the capacity of a tool and the share of it that may be used, as far as it
// says them: "500M x 0.5".
func toolTakes(r resource) string {
	spec, _ := r["spec"].(map[string]any)
	takes := speed(resource{"speed": spec["capacity"]})
	if share, ok := spec["maxUtilization"].(float64); ok {
		takes = strings.TrimSpace(fmt.Sprintf("%s x %g", takes, share))
	}
	return takes
}

func field(head, at string) column { return column{head, func(r resource) string { return r.at(at) }} }

// ofSession is a column that needs a session's own type.
func ofSession(head string, text func(client.Session) string) column {
	return column{head, func(r resource) string {
		var s client.Session
		b, err := json.Marshal(r)
		if err == nil {
			err = json.Unmarshal(b, &s)
		}
		if err != nil {
			return err.Error()
		}
		return text(s)
	}}
}

var tables = map[string][]column{
	"sessions": {field("NAME", "name"), field("PHASE", "status.phase"), field("GEN", "status.generation"),
		ofSession("SOURCES", sourcesOf), ofSession("DESTINATION", destinationsOf), {"LOAD", measuredLoad}, ofSession("UNTIL", leaseEnd), ofSession("TROUBLE", trouble)},
	"devices": {field("NAME", "name"), field("PLATFORM", "spec.platform"), field("REACHABLE", "status.reachable.status"), field("NATIVE", "status.nativeUsed"),
		field("OF", "status.nativeTotal"), field("MODEL", "status.facts.model"), field("VERSION", "status.facts.version"), {"MESSAGE", func(r resource) string {
			if brake := r.at("status.brake.message"); brake != "" {
				return "BRAKE: " + brake
			}
			return r.at("status.reachable.message")
		}}},
	"tools":   {field("NAME", "name"), field("DEVICE", "spec.device"), field("INTERFACE", "spec.interface"), field("IP", "spec.ip"), {"CAPACITY", toolTakes}, field("OWNER", "spec.owner")},
	"filters": {field("NAME", "name"), {"RULES", ruleTexts}, field("DESCRIPTION", "spec.description")},
	"credentials": {field("NAME", "name"), field("FOR", "for"), {"TROUBLE", func(r resource) string {
		out := []string{}
		if p := r.at("problem"); p != "" {
			out = append(out, p)
		}
		pauses, _ := r["pauses"].([]any)
		for _, p := range pauses {
			if m, ok := p.(map[string]any); ok {
				out = append(out, fmt.Sprintf("paused: %v", m["message"]))
			}
		}
		return strings.Join(out, "; ")
	}}},
	"interfaces": {field("NAME", "name"), field("UP", "up"), {"SPEED", speed}, field("ACCESS", "accessVlan"), field("MEMBERS", "members"),
		{"IN USE", func(r resource) string {
			var out []string
			uses, _ := r["uses"].([]any)
			for _, u := range uses {
				if m, ok := u.(map[string]any); ok {
					out = append(out, fmt.Sprint(m["kind"], ": ", m["detail"]))
				}
			}
			return strings.Join(out, "; ")
		}}},
	"observed-sessions": {field("DEVICE", "device"), field("ID", "id"), field("OWNER", "owner"), field("SESSIONS", "sessions"), {"DESTINATIONS", observedEnds}, field("WHY", "guess")},
	"operations":        {field("ID", "id"), field("SESSION", "session"), field("GEN", "generation"), field("TYPE", "type"), field("STATE", "state"), field("ACTOR", "actor"), field("MESSAGE", "message")},
	"plans":             {field("ID", "id"), field("CREATED", "created"), field("UNTIL", "expires"), field("APPLIED", "applied"), field("ACTOR", "actor"), field("DEVICES", "devices")},
	"controller":        {field("MODE", "mode"), field("SINCE", "hold.since"), field("INSTANCE", "instance"), field("MESSAGE", "message")},
	"events":            {field("AT", "at"), field("TYPE", "type"), field("ACTOR", "actor"), field("SESSION", "session"), field("DEVICE", "device"), field("MESSAGE", "message")},
}

// observedEnds are where an observed session copies to: ports, or the collector of a
// tunnel.
func observedEnds(r resource) string {
	return cmp.Or(r.at("native.destinations"), r.at("native.collector"))
}

// ruleTexts are the rules of a filter in words.
func ruleTexts(r resource) string {
	spec, _ := r["spec"].(map[string]any)
	rules, _ := spec["rules"].([]any)
	var out []string
	for _, item := range rules {
		rule, _ := item.(map[string]any)
		text := func(key, otherwise string) string {
			if v, ok := rule[key]; ok {
				return fmt.Sprint(v)
			}
			return otherwise
		}
		end := func(address, port string) string {
			if p := text(port, ""); p != "" {
				return text(address, "any") + " port " + p
			}
			return text(address, "any")
		}
		words := fmt.Sprintf("%s %s from %s to %s", text("action", ""), text("protocol", "all"), end("source", "sourcePort"), end("destination", "destinationPort"))
		if vlan := text("vlan", ""); vlan != "" {
			words += " in VLAN " + vlan
		}
		out = append(out, words)
	}
	return strings.Join(out, "; ")
}

func table(columns []column, items []json.RawMessage, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range columns {
		fmt.Fprint(w, c.head, "\t")
	}
	fmt.Fprintln(w)
	for _, raw := range items {
		var r resource
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		for _, c := range columns {
			fmt.Fprint(w, plain(c.text(r)), "\t")
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// trouble is the first condition that is False, or why nobody knows whether the
// session is configured: that comes before what was last known of its saving.
func trouble(s client.Session) string {
	for _, c := range s.Status.Conditions {
		unknown := c.Type == "Configured" && c.Status == "Unknown" && s.Status.Phase != "Suspended"
		if c.Status == "False" || unknown {
			return plain(c.Type + "=" + c.Status + " " + c.Reason + ": " + c.Message)
		}
	}
	return ""
}

// waitsForADevice is for which device that is away an accepted session waits, ""
// when it does not: nothing is gained by following its rollout.
func waitsForADevice(s client.Session) string {
	for _, c := range s.Status.Conditions {
		if s.Status.Phase == "Pending" && c.Type == "Admitted" && c.Reason == "DeviceUnreachable" {
			return plain(c.Message)
		}
	}
	return ""
}

func summary(s client.Session) string {
	until := leaseEnd(s)
	if until != "" {
		until = ", until " + until
	}
	text := fmt.Sprintf("%s, generation %d%s%s", s.Status.Phase, s.Status.Generation, until, warnings(s.Status.Warnings)) + fittingEnds(s.Status.Forecast)
	if why := waitsForADevice(s); why != "" {
		text += "\n  queued: " + why
	}
	return text
}

func leaseEnd(s client.Session) string {
	if s.Status.Expires == nil {
		return ""
	}
	return s.Status.Expires.Format(time.RFC3339)
}

// warnings are what forbids nothing and should be known, each on a line of its
// own, after what it is added to.
func warnings(list []client.Reason) string {
	var b strings.Builder
	for _, w := range list {
		fmt.Fprintf(&b, "\n  warning: %s [%s]", plain(w.Message), plain(w.Pointer))
	}
	return b.String()
}

// failedSession is why a session is not as it was asked for, nil where it is, or where nobody
// can know yet.
func failedSession(s client.Session) error {
	for _, c := range s.Status.Conditions { // right after a start, the reading of the devices is under way
		if c.Type == "Configured" && c.Reason == "NotReadYet" {
			return nil
		}
	}
	if slices.Contains([]string{"Failed", "Degraded", "Unknown"}, s.Status.Phase) {
		return fmt.Errorf("%s: %s", s.Status.Phase, trouble(s))
	}
	return nil
}

// measuredLoad reads "83M of 1G", or "83M" where the capacity is not known; "" before anything
// was measured.
func measuredLoad(r resource) string {
	status, _ := r["status"].(map[string]any)
	load, _ := status["load"].(map[string]any)
	offered, ok := load["offered"].(float64)
	if !ok {
		return ""
	}
	text := brief(offered)
	if capacity, ok := load["capacity"].(float64); ok {
		text += " of " + brief(capacity)
	}
	return text
}

func sourcesOf(s client.Session) string {
	var out []string
	for _, x := range s.Spec.Sources {
		what := x.Interface
		if x.VLAN != nil {
			what = "vlan " + strconv.FormatInt(*x.VLAN, 10)
		}
		out = append(out, x.Device+":"+what+" "+x.Direction)
	}
	if len(out) > 3 {
		out = append(out[:3], fmt.Sprintf("and %d more", len(s.Spec.Sources)-3))
	}
	return strings.Join(out, ", ")
}

func destinationsOf(s client.Session) string {
	var out []string
	for _, d := range s.Spec.Destinations {
		switch {
		case d.Tool != "":
			out = append(out, d.Tool)
		case d.IP != "":
			out = append(out, d.IP)
		default:
			out = append(out, d.Device+":"+d.Interface)
		}
	}
	return strings.Join(out, ", ")
}
