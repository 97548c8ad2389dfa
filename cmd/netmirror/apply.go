package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/inventory"
)

// waitSlice is how long one request waits for an operation; the command asks
// again until --timeout.
const waitSlice = 30 * time.Second

type clientFlags struct {
	server, tokenFile string
	console           console
}

// open makes the client from flags and environment.
func (f *clientFlags) open() (*client, error) {
	server := f.server
	if env, ok := f.console.env("NETMIRROR_URL"); ok && server == "" {
		server = env
	}
	if server == "" {
		server = "http://127.0.0.1:8420"
	}
	token, _ := f.console.env("NETMIRROR_TOKEN")
	if f.tokenFile != "" {
		raw, err := os.ReadFile(f.tokenFile)
		if err != nil {
			return nil, failure{err, 2}
		}
		token = strings.TrimSpace(string(raw))
	}
	return newClient(server, token)
}

func clientCommands(c console) []*cobra.Command {
	f := &clientFlags{console: c}
	cmds := []*cobra.Command{applyCommand(f), getCommand(f), deleteCommand(f)}
	for _, cmd := range cmds {
		cmd.Flags().StringVar(&f.server, "server", "", "URL of the controller (default $NETMIRROR_URL, then http://127.0.0.1:8420)")
		cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "file with the bearer token (default $NETMIRROR_TOKEN)")
	}
	return cmds
}

// A manifest is what apply reads: lists of resources, each with its name.
type manifest struct {
	Devices  []map[string]any `json:"devices"`
	Tools    []map[string]any `json:"tools"`
	Sessions []map[string]any `json:"sessions"`
}

func applyCommand(f *clientFlags) *cobra.Command {
	var file string
	var dryRun, wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "Create or change devices, tools and sessions from a YAML file (- for standard input)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			m, err := readManifest(file, f.console.in)
			if err != nil {
				return failure{err, 2}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return apply(ctx, cl, m, f.console.out, dryRun, wait)
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "YAML file with lists named devices, tools, sessions")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would be sent for the sessions; store and send nothing")
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until the devices were read back")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait")
	_ = cmd.MarkFlagRequired("file")
	return cmd
}

func readManifest(file string, in io.Reader) (m manifest, err error) {
	raw, err := readAll(file, in)
	if err != nil {
		return m, err
	}
	if err := inventory.Decode(raw, &m); err != nil {
		return m, fmt.Errorf("%s: %w", file, err)
	}
	var faults []error
	for kind, list := range map[string][]map[string]any{"devices": m.Devices, "tools": m.Tools, "sessions": m.Sessions} {
		for i, item := range list {
			if name, ok := item["name"].(string); !ok || name == "" {
				faults = append(faults, fmt.Errorf("%s: %s[%d] has no name", file, kind, i))
			}
		}
	}
	if len(m.Devices)+len(m.Tools)+len(m.Sessions) == 0 {
		faults = append(faults, fmt.Errorf("%s: no devices, tools or sessions in it", file))
	}
	return m, errors.Join(faults...)
}

func readAll(file string, in io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(file)
}

// apply puts everything in the order in which it depends on one another. Each
// failure is told and the rest is still tried; nothing that was refused is half
// done.
func apply(ctx context.Context, cl *client, m manifest, out io.Writer, dryRun, wait bool) error {
	var failed int
	say := func(kind, name, what string, err error) {
		if err != nil {
			failed++
			what = "FAILED: " + err.Error()
		}
		fmt.Fprintf(out, "%s/%s %s\n", kind, name, what)
	}
	for _, group := range []struct {
		kind string
		list []map[string]any
	}{{"devices", m.Devices}, {"tools", m.Tools}, {"sessions", m.Sessions}} {
		for _, item := range group.list {
			name := item["name"].(string)
			delete(item, "name")
			path := "/" + group.kind + "/" + url.PathEscape(name)
			switch {
			case group.kind != "sessions" && dryRun:
				say(group.kind, name, "not sent (dry run)", nil)
			case group.kind != "sessions":
				resp, err := cl.do(ctx, http.MethodPut, path, nil, item, nil)
				say(group.kind, name, verb(resp), err)
			case dryRun:
				text, err := preview(ctx, cl, path, item)
				say(group.kind, name, text, err)
			default:
				text, err := putSession(ctx, cl, path, item, wait)
				say(group.kind, name, text, err)
			}
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d resources failed", failed, len(m.Devices)+len(m.Tools)+len(m.Sessions))
	}
	return nil
}

func verb(resp *http.Response) string {
	switch {
	case resp == nil:
		return ""
	case resp.StatusCode == http.StatusCreated:
		return "created"
	case resp.StatusCode == http.StatusAccepted:
		return "accepted"
	}
	return "stored"
}

func putSession(ctx context.Context, cl *client, path string, body map[string]any, wait bool) (string, error) {
	header := http.Header{}
	if wait {
		header.Set("Prefer", "wait="+strconv.Itoa(int(waitSlice.Seconds())))
	}
	for {
		var s sessionView
		resp, err := cl.do(ctx, http.MethodPut, path, header, body, &s)
		if err != nil {
			return "", err
		}
		if !wait || resp.StatusCode != http.StatusAccepted {
			return s.summary(), s.problem()
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("still %s: %w", s.Status.Phase, ctx.Err())
		}
	}
}

func preview(ctx context.Context, cl *client, path string, body map[string]any) (string, error) {
	var plan struct {
		Kind    string `json:"kind"`
		Devices []struct {
			Device  string `json:"device"`
			Forward struct {
				Blocks []struct {
					Text string `json:"text"`
				} `json:"blocks"`
			} `json:"forward"`
		} `json:"devices"`
	}
	if _, err := cl.do(ctx, http.MethodPut, path+"?dryRun=true", nil, body, &plan); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "would be accepted as %s; nothing was stored or sent", plan.Kind)
	for _, d := range plan.Devices {
		if len(d.Forward.Blocks) == 0 {
			fmt.Fprintf(&b, "\n--- %s: nothing to change", d.Device)
		}
		for _, block := range d.Forward.Blocks {
			fmt.Fprintf(&b, "\n--- %s would be sent:\n%s", d.Device, strings.TrimRight(block.Text, "\n"))
		}
	}
	return b.String(), nil
}

// sessionView is what the command line shows of a session.
type sessionView struct {
	Name string `json:"name"`
	Spec struct {
		Sources []struct {
			Device    string `json:"device"`
			Interface string `json:"interface"`
			VLAN      int    `json:"vlan"`
			Direction string `json:"direction"`
		} `json:"sources"`
		Destinations []struct {
			Tool      string `json:"tool"`
			Device    string `json:"device"`
			Interface string `json:"interface"`
			IP        string `json:"ip"`
		} `json:"destinations"`
	} `json:"spec"`
	Status struct {
		Phase      string `json:"phase"`
		Generation int64  `json:"generation"`
		Conditions []struct {
			Type    string `json:"type"`
			Status  string `json:"status"`
			Reason  string `json:"reason"`
			Message string `json:"message"`
		} `json:"conditions"`
	} `json:"status"`
}

// trouble is the first condition that is False.
func (s sessionView) trouble() string {
	for _, c := range s.Status.Conditions {
		if c.Status == "False" {
			return c.Type + "=False " + c.Reason + ": " + c.Message
		}
	}
	return ""
}

func (s sessionView) summary() string {
	return fmt.Sprintf("%s, generation %d", s.Status.Phase, s.Status.Generation)
}

func (s sessionView) problem() error {
	if s.Status.Phase == "Failed" || s.Status.Phase == "Degraded" {
		return fmt.Errorf("%s: %s", s.Status.Phase, s.trouble())
	}
	return nil
}

func (s sessionView) from() string {
	var out []string
	for _, x := range s.Spec.Sources {
		what := x.Interface
		if x.VLAN != 0 {
			what = "vlan " + strconv.Itoa(x.VLAN)
		}
		out = append(out, x.Device+":"+what+" "+x.Direction)
	}
	if len(out) > 3 {
		out = append(out[:3], fmt.Sprintf("and %d more", len(s.Spec.Sources)-3))
	}
	return strings.Join(out, ", ")
}

func (s sessionView) to() string {
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

func getCommand(f *clientFlags) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "get {sessions|devices|tools|observed-sessions|operations|events} [NAME]",
		Short: "Show resources",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind, ok := map[string]string{"session": "sessions", "device": "devices", "tool": "tools", "operation": "operations", "event": "events"}[args[0]]
			if !ok {
				kind = args[0]
			}
			if output != "table" && output != "json" && output != "yaml" {
				return failure{fmt.Errorf("output %q is none of table, json, yaml", output), 2}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			path := "/" + url.PathEscape(kind)
			if len(args) == 2 {
				path += "/" + url.PathEscape(args[1])
			}
			return get(cmd.Context(), cl, path, kind, output, f.console.out)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "table", "table, json or yaml")
	return cmd
}

// get shows one resource, or all pages of a list.
func get(ctx context.Context, cl *client, path, kind, output string, out io.Writer) error {
	var items []json.RawMessage
	single := false
	for cursor := ""; ; {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"nextCursor"`
		}
		var raw json.RawMessage
		at := path
		if cursor != "" {
			at += "?cursor=" + url.QueryEscape(cursor)
		}
		if _, err := cl.do(ctx, http.MethodGet, at, nil, nil, &raw); err != nil {
			return err
		}
		if json.Unmarshal(raw, &page) != nil || page.Items == nil {
			items, single = []json.RawMessage{raw}, true
			break
		}
		items = append(items, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if output == "table" && kind == "sessions" {
		return sessionTable(items, out)
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
	var tree any
	if err := yaml.Unmarshal(b, &tree); err != nil { // JSON is YAML; numbers stay whole
		return err
	}
	return yaml.NewEncoder(out).Encode(tree)
}

func sessionTable(items []json.RawMessage, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tPHASE\tGEN\tSOURCES\tDESTINATION\tTROUBLE")
	for _, raw := range items {
		var s sessionView
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", s.Name, s.Status.Phase, s.Status.Generation, s.from(), s.to(), s.trouble())
	}
	return w.Flush()
}

func deleteCommand(f *clientFlags) *cobra.Command {
	var timeout time.Duration
	var wait bool
	cmd := &cobra.Command{
		Use:   "delete {session|device|tool} NAME",
		Short: "Delete a resource; a session leaves its devices first",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := strings.TrimSuffix(args[0], "s")
			if kind != "session" && kind != "device" && kind != "tool" {
				return failure{fmt.Errorf("%q is none of session, device, tool", args[0]), 2}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return remove(ctx, cl, "/"+kind+"s/"+url.PathEscape(args[1]), kind+"/"+args[1], wait && kind == "session", f.console.out)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until the devices are clean")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait")
	return cmd
}

func remove(ctx context.Context, cl *client, path, what string, wait bool, out io.Writer) error {
	header := http.Header{}
	if wait {
		header.Set("Prefer", "wait="+strconv.Itoa(int(waitSlice.Seconds())))
	}
	for asked := 0; ; asked++ {
		resp, err := cl.do(ctx, http.MethodDelete, path, header, nil, nil)
		if p := (problem{}); asked > 0 && errors.As(err, &p) && p.Status == http.StatusNotFound {
			fmt.Fprintf(out, "%s deleted\n", what) // between two waits
			return nil
		}
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusAccepted {
			fmt.Fprintf(out, "%s deleted\n", what)
			return nil
		}
		if !wait {
			fmt.Fprintf(out, "%s is being deleted\n", what)
			return nil
		}
	}
}
