package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func exportCommand(f *clientFlags) *cobra.Command {
	var labels string
	cmd := &cobra.Command{
		Use:   "export [KIND...]",
		Short: "Write devices, tools, filters, sessions, webhooks and triggers as YAML that apply takes again",
		Long: "Write devices, tools, filters, sessions, webhooks and triggers, or those of the kinds that are named, as YAML: a document\n" +
			"for each kind, in the order in which they depend on one another. netmirror apply takes it as it stands\n" +
			"and finds all of it unchanged. Left out, and told, are devices that another door manages (they are\n" +
			"changed there), and sessions that are being deleted. No secret is in it, since profiles are named; but the URL of a webhook\n" +
			"may hold a token of its receiver. Webhooks are left out where the token may not see them (admin does).",
		Example: "  netmirror export > all.yaml\n  netmirror export sessions -l team=voice | netmirror apply --context other -f -",
		RunE: func(cmd *cobra.Command, args []string) error {
			kinds := manifestKinds
			if len(args) > 0 {
				kinds = nil
			}
			for _, a := range args {
				kind, err := writtenKind(a)
				if err != nil {
					return failure{err, exitUsage}
				}
				kinds = append(kinds, kind)
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return export(cmd.Context(), cl, kinds, labels, f.console)
		},
	}
	cmd.Flags().StringVarP(&labels, "selector", "l", "", "only those with these labels, such as team=voice,env!=lab")
	return cmd
}

// export writes a document for each kind.
func export(ctx context.Context, cl *client.Client, kinds []string, labels string, c console) error {
	written := 0
	for _, kind := range manifestKinds { // as they depend on one another
		if !slices.Contains(kinds, kind) {
			continue
		}
		list, left, err := exported(ctx, cl, kind, labels)
		if isBeside(kind) && len(kinds) == len(manifestKinds) && client.HasCode(err, "forbidden") {
			left, err = []string{kind + " (only admins see them)"}, nil
		}
		if err != nil {
			return err
		}
		if len(left) > 0 {
			fmt.Fprintf(c.err, "left out: %s\n", strings.Join(left, ", "))
		}
		if len(list) == 0 {
			continue
		}
		if written > 0 {
			if _, err := io.WriteString(c.out, "---\n"); err != nil {
				return err
			}
		}
		if err := writeManifest(c.out, []found{{kind: kind, items: list}}); err != nil {
			return err
		}
		written += len(list)
	}
	if written == 0 {
		return errors.New("there is nothing to export")
	}
	return nil
}

// exported are the resources of a kind that apply can take again; left says which others
// there are, and why.
func exported(ctx context.Context, cl *client.Client, kind, labels string) (list []json.RawMessage, left []string, err error) {
	query := url.Values{"limit": {"500"}}
	if labels != "" {
		query.Set("labelSelector", labels)
	}
	for raw, err := range cl.Each(ctx, client.Base+"/"+kind, query, false) {
		if err != nil {
			return nil, nil, err
		}
		var x struct {
			Name   string
			Status struct {
				ManagedBy string
				Deleting  bool
			}
		}
		if err := json.Unmarshal(raw, &x); err != nil {
			return nil, nil, fmt.Errorf("the answer is not understood: %w", err)
		}
		name := singular(kind) + "/" + plain(x.Name)
		switch by := x.Status.ManagedBy; {
		case by != "" && by != "api":
			left = append(left, name+" (managed by "+plain(by)+")")
		case x.Status.Deleting:
			left = append(left, name+" (being deleted)")
		default:
			list = append(list, raw)
		}
	}
	return list, left, nil
}
