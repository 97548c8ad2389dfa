package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

func clientCommands(c console) []*cobra.Command {
	f := &clientFlags{console: c}
	cmds := append([]*cobra.Command{applyCommand(f), planCommand(f), getCommand(f), topCommand(f), deleteCommand(f), whoamiCommand(f), versionCommand(f)}, verbCommands(f)...)
	for _, cmd := range cmds {
		eachRun(cmd, hinted)
		f.addTo(cmd)
		f.completed(cmd)
	}
	return cmds
}

func applyCommand(f *clientFlags) *cobra.Command {
	var files []string
	var planned string
	var dryRun, wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "apply {-f FILE... | --plan ID}",
		Short: "Create or change devices, tools, filters and sessions from YAML files, or do what a plan says",
		Long: "Create or change devices, tools, filters and sessions from YAML files, or do what a plan says.\n\n" +
			filesHelp + "\n\nA plan (netmirror plan) is applied as it stands, once, or not at all when something that it rests\n" +
			"on has changed meanwhile.",
		Example: "  netmirror apply -f first.yaml\n  netmirror apply -f devices/ -f 'sessions-*.yaml'\n  netmirror apply --plan plan-abc",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (planned == "") == (len(files) == 0) {
				return failure{errors.New("give files (-f) or a plan (--plan), one of them"), exitUsage}
			}
			if planned != "" {
				return f.applyPlan(cmd.Context(), planned, timeout)
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
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return apply(ctx, cl, m, f.console.out, dryRun, wait)
		},
	}
	cmd.Flags().StringArrayVarP(&files, "file", "f", nil, filesFlag)
	cmd.Flags().StringVar(&planned, "plan", "", "id of a plan to be done")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would be sent for the sessions; store and send nothing")
	cmd.Flags().BoolVar(&wait, "wait", true, "wait until the devices were read back")
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait")
	return cmd
}

// apply puts everything in the order in which it depends on one another. Each
// failure is told and the rest is still tried; nothing that was refused is half
// done.
func apply(ctx context.Context, cl *client.Client, m manifest, out io.Writer, dryRun, wait bool) error {
	var failed, unsent int
	say := func(kind, name, what string, err error) {
		if err != nil {
			failed++
			what = "FAILED: " + err.Error()
		}
		fmt.Fprintf(out, "%s/%s %s\n", kind, plain(name), what)
	}
	for _, group := range m.groups() {
		for _, item := range group.list {
			name := item["name"].(string)
			delete(item, "name")
			path := at(group.kind, name)
			switch {
			case group.kind == "filters" && dryRun:
				unsent++
				text, err := previewFilter(ctx, cl, path, item)
				say(group.kind, name, text, err)
			case group.kind == "filters":
				text, err := putFilter(ctx, cl, path, item, wait)
				say(group.kind, name, text, err)
			case group.kind != "sessions" && dryRun:
				unsent++
				say(group.kind, name, "not sent (dry run)", nil)
			case group.kind != "sessions":
				m, err := put(ctx, cl, path, item, false, nil)
				say(group.kind, name, verb(m), err)
			case dryRun:
				text, err := previewSession(ctx, cl, path, item)
				say(group.kind, name, text, err)
			default:
				text, err := putSession(ctx, cl, path, item, wait)
				say(group.kind, name, text, err)
			}
		}
	}
	if failed > 0 {
		hint := ""
		if unsent > 0 {
			hint = "; a dry run stores nothing, so a session does not find what only this file has yet: netmirror plan -f plans the whole file"
		}
		return fmt.Errorf("%d of %d resources failed%s", failed, m.count(), hint)
	}
	return nil
}

func verb(m client.Meta) string {
	switch m.Status {
	case http.StatusCreated:
		return "created"
	case http.StatusAccepted:
		return "accepted"
	}
	return "stored"
}

func putSession(ctx context.Context, cl *client.Client, path string, body map[string]any, wait bool) (string, error) {
	var a client.Answer[client.Session]
	var err error
	if a.Meta, err = put(ctx, cl, path, body, wait, &a.Value); err != nil {
		return "", explained(err)
	}
	if wait {
		if err := settle(ctx, cl, &a); err != nil {
			return "", err
		}
	}
	return summary(a.Value), failedSession(a.Value)
}

// settle waits for the rollout of a write and reads the session again. What waits
// for a device that is away is not followed.
func settle(ctx context.Context, cl *client.Client, a *client.Answer[client.Session]) error {
	if a.Status != http.StatusAccepted || waitsForADevice(a.Value) != "" {
		return nil
	}
	if _, err := client.Settle(ctx, cl, *a); err != nil {
		return fmt.Errorf("accepted, still %s: %w%s", a.Value.Status.Phase, err, whyNotYet(ctx, cl, a.Value.Name))
	}
	again, err := cl.GetSession(ctx, a.Value.Name)
	if err == nil {
		a.Value = again.Value
	}
	return err
}

func previewSession(ctx context.Context, cl *client.Client, path string, body map[string]any) (string, error) {
	var plan client.Plan
	if err := preview(ctx, cl, path, body, &plan); err != nil {
		return "", err
	}
	return fmt.Sprintf("would be accepted as %s; nothing was stored or sent%s%s%s", plan.Kind, warnings(plan.Warnings), fittingEnds(plan.Forecast), changes(plan)), nil
}

// changes are the lines for each device, each on a line of its own.
func changes(p client.Plan) string {
	var b strings.Builder
	for _, d := range p.Devices {
		if len(d.Forward.Blocks) == 0 {
			fmt.Fprintf(&b, "\n--- %s: nothing to change", d.Device)
		}
		for _, block := range d.Forward.Blocks {
			fmt.Fprintf(&b, "\n--- %s would be sent:\n%s", d.Device, strings.TrimRight(block.Text, "\n"))
		}
	}
	return b.String()
}
