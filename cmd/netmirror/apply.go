package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func clientCommands(c console) []*cobra.Command {
	f := &clientFlags{console: c}
	cmds := append([]*cobra.Command{applyCommand(f), planCommand(f), proposeCommand(f), diffCommand(f), exportCommand(f), importCommand(f), deleteCommand(f), whoamiCommand(f), versionCommand(f), healthCommand(f)}, slices.Concat(readCommands(f), verbCommands(f))...)
	for _, cmd := range cmds {
		eachRun(cmd, f.hinted)
		f.addTo(cmd)
		f.completed(cmd)
	}
	return cmds
}

func applyCommand(f *clientFlags) *cobra.Command {
	var files []string
	var planned string
	a := applying{flags: f}
	cmd := &cobra.Command{
		Use:   "apply {-f FILE... | --plan ID}",
		Short: "Create or change devices, tools, filters, sessions, webhooks and triggers from YAML files, or do what a plan says",
		Long: "Create or change devices, tools, filters, sessions, webhooks and triggers from YAML files, or do what a plan says.\n\n" +
			filesHelp + "\n\nDevices come first, then tools, filters, sessions, webhooks and triggers, and those of a kind side by side. Each object\n" +
			"is told when it is done: created, configured (changed), unchanged, refused (it was not tried, and\n" +
			"why), or failed (it was tried, and what became of it). --timeout is for each object.\n\n" +
			"With --prune, what the labels of -l choose and no file has is deleted at the end, if nothing was\n" +
			"refused and nothing failed; what goes is shown, and asked for on a terminal.\n\n" +
			"A plan (netmirror plan) is applied as it stands, once, or not at all when something that it rests\n" +
			"on has changed meanwhile.",
		Example: "  netmirror apply -f first.yaml\n  netmirror apply -f devices/ -f 'sessions-*.yaml'\n  netmirror apply -f voice/ --prune -l team=voice\n  netmirror apply --plan plan-abc",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (planned == "") == (len(files) == 0) {
				return usage("give files (-f) or a plan (--plan), one of them")
			}
			if planned != "" {
				return f.applyPlan(cmd.Context(), planned, a.timeout)
			}
			if err := errors.Join(a.badOutput(), a.prune.check(a)); err != nil {
				return failure{err, exitUsage}
			}
			m, err := readManifest(files, f.console.in)
			if err == nil && m.deletions() > 0 {
				err = errors.New("what is deleted is planned first: netmirror plan -f FILE, then netmirror apply --plan ID")
			}
			if err != nil {
				return failure{err, exitUsage}
			}
			cl, err := f.open()
			if err != nil {
				return err
			}
			a.client = cl
			if a.dryRun {
				return a.dryApply(cmd.Context(), m)
			}
			return a.apply(cmd.Context(), m)
		},
	}
	cmd.Flags().StringArrayVarP(&files, "file", "f", nil, filesFlag)
	cmd.Flags().StringVar(&planned, "plan", "", "id of a plan to be done")
	a.prune.declare(cmd)
	cmd.Flags().BoolVar(&a.dryRun, "dry-run", false, "show what would be sent; store and send nothing")
	cmd.Flags().BoolVar(&a.wait, "wait", true, "wait until the devices were read back")
	cmd.Flags().DurationVar(&a.timeout, "timeout", 2*time.Minute, "how long each object may take")
	cmd.Flags().StringVarP(&a.output, "output", "o", "text", "text, json or name")
	return cmd
}

func (a *applying) badOutput() error {
	if !slices.Contains([]string{"text", "json", "name"}, a.output) {
		return fmt.Errorf("output %q is none of text, json, name", a.output)
	}
	return nil
}

// dryApply shows the plan of what apply would do.
func (a *applying) dryApply(ctx context.Context, m manifest) error {
	part, beside := m.planned()
	if err := dryBeside(ctx, a.client, beside, false, a.flags.console); err != nil {
		return err
	}
	if a.prune.wanted {
		rest, kept, err := a.unmentioned(ctx, m)
		if err != nil {
			return err
		}
		for _, o := range kept {
			fmt.Fprintln(a.flags.console.out, o.text())
		}
		pruned := slices.DeleteFunc(slices.Clone(rest), func(o object) bool { return !isBeside(o.kind) })
		if err := dryBeside(ctx, a.client, pruned, true, a.flags.console); err != nil {
			return err
		}
		part.delete(slices.DeleteFunc(rest, func(o object) bool { return isBeside(o.kind) }))
	}
	if part.count()+part.deletions() == 0 {
		_, err := fmt.Fprintln(a.flags.console.out, "nothing was stored or sent (dry run)")
		return err
	}
	return dryRun(ctx, a.client, part, a.flags.paper())
}

// dryRun shows the plan of a manifest.
func dryRun(ctx context.Context, cl *client.Client, m manifest, out paper) error {
	p, err := planManifest(ctx, cl, m, false)
	if err != nil {
		return err
	}
	if err := writePlan(p, out); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.out, "nothing was stored or sent (dry run)")
	return err
}

// settle waits for the rollout of a write and reads the session again. What waits
// for a device that is away is not followed.
func settle(ctx context.Context, cl *client.Client, a *client.Answer[client.Session]) error {
	if a.Status != http.StatusAccepted || waitsForADevice(a.Value) != "" {
		return nil
	}
	_, err := client.Settle(ctx, cl, *a)
	if heldUp(err) != "" {
		return err
	}
	if err != nil {
		return fmt.Errorf("accepted, still %s: %w%s", a.Value.Status.Phase, err, whyNotYet(ctx, cl, a.Value.Name))
	}
	again, err := cl.GetSession(ctx, a.Value.Name)
	if err == nil {
		a.Value = again.Value
	}
	return err
}

// heldUp is why something accepted is not pushed until somebody acts, "" when err is
// another one: that is no failure.
func heldUp(err error) string {
	if u := (*client.Unfinished)(nil); errors.As(err, &u) {
		return plain(u.Operation.Waits)
	}
	return ""
}
