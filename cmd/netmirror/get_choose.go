package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choosing narrows the lists of get as the API does; each flag is the query parameter of
// its name.
type choosing struct {
	flags *pflag.FlagSet
}

// A choice is a flag, and the kinds whose lists it narrows.
type choice struct {
	flag, usage string
	kinds       []string
	values      []string // nil = any
}

var choices = []choice{
	{"text", "of sessions: those with this text in name, description, purpose, person, port, ...; of devices: in name, address, model, ...", []string{"sessions", "devices"}, nil},
	{"phase", "of sessions: those of this phase", []string{"sessions"},
		[]string{"Pending", "Applying", "Active", "Degraded", "Unknown", "Suspended", "Expired", "Deleting", "Failed"}},
	{"tool", "of sessions: those that copy to this tool", []string{"sessions"}, nil},
	{"reachable", "of devices: those of which this is known: True, False or Unknown", []string{"devices"}, []string{"True", "False", "Unknown"}},
	{"platform", "of devices: those of this platform", []string{"devices"}, nil},
	{"foreign", "of devices: true: those with a native session that netmirror did not make", []string{"devices"}, []string{"true"}},
	{"order", "of tools and devices: worst: the worst first", []string{"tools", "devices"}, []string{"worst"}},
	{"device", "of sessions and operations: those that have to do with this device", []string{"sessions", "operations"}, nil},
}

func (c *choosing) declare(flags *pflag.FlagSet) {
	c.flags = flags
	for _, x := range choices {
		flags.String(x.flag, "", x.usage)
	}
}

// complete offers what the flags take.
func (c *choosing) complete(f *clientFlags, cmd *cobra.Command) {
	for _, x := range choices {
		if x.values != nil {
			_ = cmd.RegisterFlagCompletionFunc(x.flag, cobra.FixedCompletions(x.values, cobra.ShellCompDirectiveNoFileComp)) // the flags are there
		}
	}
	for _, kind := range []string{"device", "tool"} {
		_ = cmd.RegisterFlagCompletionFunc(kind, func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return f.names(cmd, kind+"s", nil, typed)
		})
	}
}

// check refuses what does not go with what is asked for.
func (c *choosing) check(asked []asking, watch bool) error {
	for _, x := range choices {
		if !c.flags.Changed(x.flag) {
			continue
		}
		value, err := c.flags.GetString(x.flag)
		named := slices.ContainsFunc(asked, func(a asking) bool { return len(a.names) > 0 && a.kind != "operations" })
		switch {
		case err != nil:
			return err
		case slices.ContainsFunc(asked, func(a asking) bool { return !slices.Contains(x.kinds, a.kind) }):
			return fmt.Errorf("--%s chooses among %s: netmirror get %s --%s ...", x.flag, strings.Join(x.kinds, " or "), x.kinds[0], x.flag)
		case named:
			return fmt.Errorf("--%s chooses among all %s; no names with it", x.flag, x.kinds[0])
		case watch && !slices.ContainsFunc(asked, func(a asking) bool { return a.kind == "operations" }):
			return errors.New("-w shows what changes, whatever it is; no --" + x.flag + " with it")
		case x.values != nil && !slices.Contains(x.values, value):
			return fmt.Errorf("%s %q is none of %s", x.flag, value, strings.Join(x.values, ", "))
		}
	}
	return nil
}

// query adds what was chosen of a kind.
func (c *choosing) query(kind string, q url.Values) {
	for _, x := range choices {
		if value, err := c.flags.GetString(x.flag); err == nil && value != "" && slices.Contains(x.kinds, kind) {
			q.Set(x.flag, value)
		}
	}
}
