package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/netmirror/netmirror/client"
)

// dryFlag is the flag of verbs that show first what would be sent.
func dryFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("dry-run", false, "show what would be sent; store and send nothing")
}

// sessionRehearse shows what a verb of a session would send.
func (f *clientFlags) sessionRehearse(ctx context.Context, name, verb string, body any) error {
	cl, err := f.open()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	var p client.Plan
	r := client.Request{Method: http.MethodPost, Path: at("sessions", name) + ":" + verb, Query: url.Values{"dryRun": {"true"}}, Body: body}
	if _, err := cl.Do(ctx, r, &p); err != nil {
		return explained(err)
	}
	return f.paper().write(rehearsal(p.Devices, p.Warnings)...)
}

// sessionVerbOrDry posts a verb, or only shows what it would send.
func (f *clientFlags) sessionVerbOrDry(ctx context.Context, dry bool, name, verb string, body any) error {
	if dry {
		return f.sessionRehearse(ctx, name, verb, body)
	}
	return f.sessionPost(ctx, name, verb, body)
}

// rehearsal is what devices would be sent.
func rehearsal(devices []client.PlanDevice, warnings []client.Reason) (out []line) {
	n := 0
	for _, d := range devices {
		if len(d.Forward.Blocks) == 0 {
			continue
		}
		n++
		step := client.PlannedStep{Device: d.Device, Forward: d.Forward}
		for _, b := range d.Forward.Blocks {
			step.Changes = append(step.Changes, client.PlannedChange{Summary: b.Summary})
		}
		lines := stepLines(n, step)
		if n == 1 {
			lines = lines[1:] // nothing is before it
		}
		out = append(append(out, lines...), looks(d.Device, d.Hints)...)
	}
	if n == 0 {
		out = append(out, line{{"no device would be sent anything", ""}})
	}
	for _, w := range warnings {
		out = append(out, line{{"warning: " + placed(w), ""}})
	}
	return append(out, line{{"nothing was stored or sent (dry run)", ""}})
}
