package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netmirror/netmirror/client"
)

// ofOperations is which operations get was asked for.
type ofOperations struct {
	kind  string
	limit int
	flags *pflag.FlagSet
}

var operationTypes = []string{"rollout", "repair", "save"}

func (o *ofOperations) declare(flags *pflag.FlagSet) {
	o.flags = flags
	flags.StringVar(&o.kind, "type", "", "of operations: "+strings.Join(operationTypes, ", "))
	flags.IntVarP(&o.limit, "limit", "n", 50, "of operations: show so many of the newest; 0 = all")
}

// complete offers what the flags take.
func (o *ofOperations) complete(cmd *cobra.Command) {
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(operationTypes, cobra.ShellCompDirectiveNoFileComp)) // the flags are there
}

// check refuses what does not go with what is asked for.
func (o *ofOperations) check(asked []asking) error {
	for _, flag := range []string{"device", "type", "limit"} {
		if !o.flags.Changed(flag) {
			continue
		}
		if flag != "device" && slices.ContainsFunc(asked, func(a asking) bool { return a.kind != "operations" }) {
			return fmt.Errorf("--%s chooses among operations: netmirror get operations --%s ...", flag, flag)
		}
		if slices.ContainsFunc(asked, func(a asking) bool {
			return slices.ContainsFunc(a.names, func(n string) bool { return strings.HasPrefix(n, "op-") })
		}) {
			return fmt.Errorf("--%s chooses among operations, and one is named by its id", flag)
		}
	}
	switch {
	case o.kind != "" && !slices.Contains(operationTypes, o.kind):
		return fmt.Errorf("type %q is none of %s", o.kind, strings.Join(operationTypes, ", "))
	case o.limit < 0:
		return fmt.Errorf("-n %d is no number of operations", o.limit)
	}
	return nil
}

// read gives the newest of them, the newest last.
func (o *ofOperations) read(ctx context.Context, cl *client.Client, path string, chosen choosing) ([]json.RawMessage, error) {
	path, text, _ := strings.Cut(path, "?")
	q, err := url.ParseQuery(text)
	if err != nil {
		return nil, errors.Join(errors.New("a path of ours is none"), err)
	}
	q.Set("limit", fmt.Sprint(min(max(o.limit, 0), 500)))
	if o.limit == 0 {
		q.Set("limit", "500")
	}
	chosen.query("operations", q)
	if o.kind != "" {
		q.Set("type", o.kind)
	}
	items := []json.RawMessage{}
	for raw, err := range cl.Each(ctx, client.Base+path, q, false) {
		if err != nil {
			return nil, err
		}
		if items = append(items, raw); len(items) == o.limit {
			break
		}
	}
	slices.Reverse(items)
	return items, nil
}
