package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/netmirror/netmirror/client"
)

// settings are the fields of a device that change while it is in use: flag, and field of
// its entry.
var settings = []struct{ flag, field, help string }{
	{"mode", "mode", "full, or observe: it is read, and nothing is pushed"},
	{"persist", "persist", "saving after a push: if-clean, always or never"},
	{"resync", "resync", `how often it is read when undisturbed, such as 2m; "" = as usual on its platform`},
	{"confirm", "confirm", `timer, or none: whether it takes back a push that is not confirmed; "" = as usual on its platform`},
}

func devicesSetCommand(f *clientFlags) *cobra.Command {
	var labels []string
	cmd := &cobra.Command{
		Use:   "set DEVICE... {--mode full|observe | --maintenance[=false] | --label KEY=VALUE | ...}",
		Short: "Change what changes while a device is in use: its mode, maintenance, labels and the like",
		Long: "Change what changes while a device is in use; what no flag says stays as it is. In mode observe, and\n" +
			"under maintenance, a device is read and nothing is pushed to it; when that ends, what differs is\n" +
			"brought about at once: netmirror get sessions shows what waits for it (NotPushed).\n\n" +
			"Somebody else's change between reading and writing is not undone: the command fails and may be\n" +
			"given again. Everything else of a device is changed by netmirror apply.",
		Example: "  netmirror devices set acc-3f-1 --mode full\n  netmirror devices set acc-3f-1 acc-3f-2 --maintenance\n" +
			"  netmirror devices set acc-3f-1 --maintenance=false --label site=berlin --label spare-",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			patch, err := settingsPatch(cmd.Flags(), labels)
			if err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			return eachDevice(args, func(name string) error {
				said, err := setDevice(cmd.Context(), cl, name, patch)
				if err == nil {
					fmt.Fprintf(f.console.out, "device/%s %s\n", plain(name), said)
				}
				return err
			})
		},
	}
	flags := cmd.Flags()
	for _, s := range settings {
		flags.String(s.flag, "", s.help)
	}
	flags.Bool("maintenance", false, "under maintenance: nothing is pushed until it ends (--maintenance=false)")
	flags.Int("max-sessions", 0, "native sessions that it may hold, foreign ones too; 0 = the platform's limit")
	flags.StringArrayVar(&labels, "label", nil, "KEY=VALUE, or KEY- to take it away; may be repeated")
	for flag, values := range map[string][]string{"mode": {"full", "observe"}, "persist": {"if-clean", "always", "never"}, "confirm": {"timer", "none"}} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	}
	return cmd
}

var labelSetting = regexp.MustCompile(`^([^=\s]+)=(\S*)$|^([^=\s]+)-$`)

// settingsPatch is the merge patch of what flags say. What a value may be, the controller
// knows.
func settingsPatch(flags *pflag.FlagSet, labels []string) (map[string]any, error) {
	patch := map[string]any{}
	for _, s := range settings {
		if value, _ := flags.GetString(s.flag); value != "" {
			patch[s.field] = value
		} else if flags.Changed(s.flag) {
			patch[s.field] = nil
		}
	}
	if flags.Changed("maintenance") {
		patch["maintenance"], _ = flags.GetBool("maintenance")
	}
	if n, _ := flags.GetInt("max-sessions"); flags.Changed("max-sessions") {
		if patch["maxSessions"] = n; n == 0 {
			patch["maxSessions"] = nil
		}
	}
	marks := map[string]any{}
	for _, l := range labels {
		m := labelSetting.FindStringSubmatch(l)
		switch {
		case m == nil:
			return nil, fmt.Errorf("label %q is neither KEY=VALUE nor KEY-", l)
		case m[3] != "":
			marks[m[3]] = nil
		default:
			marks[m[1]] = m[2]
		}
	}
	if len(marks) > 0 {
		patch["labels"] = marks
	}
	if len(patch) == 0 {
		return nil, errors.New("nothing to be set: give --mode, --maintenance, --label or another flag")
	}
	return patch, nil
}

// setDevice patches a device as it was read, and says what that changed.
func setDevice(ctx context.Context, cl *client.Client, name string, patch map[string]any) (string, error) {
	before, err := cl.GetDevice(ctx, name)
	if err != nil {
		return "", err
	}
	after, err := cl.PatchDevice(ctx, name, patch, client.PatchDeviceOptions{IfMatch: before.ETag})
	switch {
	case client.HasCode(err, "precondition-failed"):
		return "", fmt.Errorf("somebody else changed it at the same time; look, and try again: %w", err)
	case err != nil:
		return "", err
	}
	changes, err := changesOf(before.Value.Spec, after.Value.Spec)
	switch {
	case err != nil:
		return "", err
	case len(changes) == 0:
		return resultUnchanged, nil
	}
	return resultConfigured + ": " + strings.Join(changes, ", "), nil
}

// changesOf tells how two specs differ: "mode observe to full".
func changesOf(before, after any) (out []string, err error) {
	var a, b resource
	if err := errors.Join(retyped(before, &a), retyped(after, &b)); err != nil {
		return nil, err
	}
	fields := maps.Clone(a)
	maps.Copy(fields, b)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		was, is := a.at(key), b.at(key)
		if key == "labels" {
			was, is = labelled.text(resource{"spec": map[string]any(a)}), labelled.text(resource{"spec": map[string]any(b)})
		}
		if was != is {
			out = append(out, fmt.Sprintf("%s %s to %s", key, plain(cmp.Or(was, "none")), plain(cmp.Or(is, "none"))))
		}
	}
	return out, nil
}
