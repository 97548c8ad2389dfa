package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// putFilter stores a filter, and waits for the sessions that change with it.
func putFilter(ctx context.Context, cl *client.Client, path string, body map[string]any, wait bool) (string, error) {
	var f client.Filter
	m, err := put(ctx, cl, path, body, false, &f)
	if err != nil {
		return "", explained(err)
	}
	what := verb(m)
	if len(f.Status.Rollouts) == 0 {
		return what, nil
	}
	var sessions []string
	var faults []error
	for _, r := range f.Status.Rollouts {
		sessions = append(sessions, plain(r.Session))
		if !wait {
			continue
		}
		if op, err := cl.Wait(ctx, r.Operation); err != nil {
			faults = append(faults, fmt.Errorf("session %s: %w", plain(r.Session), err))
		} else if op.State != "succeeded" {
			faults = append(faults, fmt.Errorf("session %s: %s: %s", plain(r.Session), plain(op.State), plain(op.Message)))
		}
	}
	if wait {
		return "stored; changed with it: " + strings.Join(sessions, ", "), errors.Join(faults...)
	}
	return what + "; changing with it: " + strings.Join(sessions, ", "), nil
}

// previewFilter shows which sessions would change with a filter, and how.
func previewFilter(ctx context.Context, cl *client.Client, path string, body map[string]any) (string, error) {
	var plan client.FilterPlan
	if err := preview(ctx, cl, path, body, &plan); err != nil {
		return "", err
	}
	text := "would be stored; nothing was stored or sent"
	for _, s := range plan.Sessions {
		text += "\nsession " + plain(s.Name) + warnings(s.Warnings) + fittingEnds(s.Forecast) + changes(s)
	}
	return text, nil
}
