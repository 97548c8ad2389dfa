package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

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
