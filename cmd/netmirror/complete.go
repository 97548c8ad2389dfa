package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
	"github.com/netmirror/netmirror/client/contexts"
)

// Bounds of what the Tab key asks for: somebody waits, and reads what is shown.
const (
	completeWithin = 3 * time.Second
	completeNames  = 1000
)

type completion = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// named are the kinds whose entries have names, by what get calls the kind: an
// interface is asked for by its device.
var named = map[string]string{"sessions": "sessions", "devices": "devices", "tools": "tools", "filters": "filters", "webhooks": "webhooks", "triggers": "triggers",
	"interfaces": "devices", "observed-sessions": "devices", "operations": "sessions"}

// completions are what stands at each place of a command line, the last at all
// further ones; "" is free text.
var completions = map[string][]string{
	"enable": {"sessions", ""}, "disable": {"sessions", ""}, "pin-relief": {"sessions", ""}, "clear-relief": {"sessions", ""},
	"renew": {"sessions", ""}, "adopt": {"", "devices", ""}, "release": {"devices"}, "check": {"devices"}, "wait": {"devices"}, "set": {"devices"}, "watch": {"sessions"},
}

// completed gives commands what the Tab key offers.
func (f *clientFlags) completed(cmd *cobra.Command) {
	switch places, ok := completions[cmd.Name()]; {
	case cmd.Name() == "get":
		cmd.ValidArgsFunction = f.completeResource(append(slices.Sorted(maps.Keys(tables)), "all"))
	case cmd.Name() == "events":
		cmd.ValidArgsFunction = f.completeObject
	case cmd.Name() == "describe":
		cmd.ValidArgsFunction = f.completeResource(slices.Sorted(slices.Values(kindNames())))
	case cmd.Name() == "delete":
		cmd.ValidArgsFunction = f.completeResource(slices.Sorted(slices.Values(kindNames())))
	case ok:
		cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			return f.names(cmd, places[min(len(args), len(places)-1)], args, typed)
		}
	}
	for _, below := range cmd.Commands() {
		f.completed(below)
	}
}

// completeObject completes KIND/NAME.
func (f *clientFlags) completeObject(cmd *cobra.Command, have []string, typed string) ([]string, cobra.ShellCompDirective) {
	kind, name, ok := strings.Cut(typed, "/")
	if len(have) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	if !ok {
		return []string{"session/", "device/", "tool/", "filter/", "webhook/", "trigger/"}, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	names, directive := f.names(cmd, named[kind+"s"], nil, name)
	for i := range names {
		names[i] = kind + "/" + names[i]
	}
	return names, directive
}

// completeResource completes a kind and then the names of it.
func (f *clientFlags) completeResource(kinds []string) completion {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return kinds, cobra.ShellCompDirectiveNoFileComp
		}
		return f.names(cmd, named[strings.TrimSuffix(args[0], "s")+"s"], args[1:], typed)
	}
}

// names asks the controller for the names of a kind, those that stand there
// already left out. Where it does not answer nothing is offered.
func (f *clientFlags) names(cmd *cobra.Command, kind string, have []string, typed string) ([]string, cobra.ShellCompDirective) {
	if kind == "" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	cl, err := f.open()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completeWithin)
	defer cancel()
	var out []string
	for raw, err := range cl.Each(ctx, client.Base+"/"+kind, url.Values{"limit": {"500"}}, false) {
		var x struct {
			Name string `json:"name"`
		}
		if err != nil || json.Unmarshal(raw, &x) != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		if strings.HasPrefix(x.Name, typed) && !slices.Contains(have, x.Name) {
			out = append(out, plain(x.Name))
		}
		if len(out) == completeNames {
			break
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeContexts offers the names of contexts.
func completeContexts(c console) completion {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		all, err := contexts.Read(c.env)
		if err != nil || len(args) > 0 && cmd.Flag("context") == nil { // it is no flag that is completed
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var out []string
		for _, x := range all.Contexts {
			out = append(out, x.Name)
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
