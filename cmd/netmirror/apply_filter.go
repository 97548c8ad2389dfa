package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// putFilter stores a filter, and waits for the sessions that change with it.
func putFilter(ctx context.Context, cl *client, path string, body map[string]any, wait bool) (string, error) {
	var f struct {
		Status struct {
			Rollouts []struct {
				Session   string `json:"session"`
				Operation string `json:"operation"`
			} `json:"rollouts"`
		} `json:"status"`
	}
	resp, err := cl.do(ctx, http.MethodPut, path, nil, body, &f)
	if err != nil {
		return "", err
	}
	what := verb(resp)
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
		if err := cl.follow(ctx, "/operations/"+r.Operation); err != nil {
			faults = append(faults, fmt.Errorf("session %s: %w", plain(r.Session), err))
			continue
		}
		var op struct {
			State   string `json:"state"`
			Message string `json:"message"`
		}
		if _, err := cl.do(ctx, http.MethodGet, "/operations/"+r.Operation, nil, nil, &op); err != nil {
			faults = append(faults, err)
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
func previewFilter(ctx context.Context, cl *client, path string, body map[string]any) (string, error) {
	var plan struct {
		Sessions []sessionPlan `json:"sessions"`
	}
	if _, err := cl.do(ctx, http.MethodPut, path+"?dryRun=true", nil, body, &plan); err != nil {
		return "", err
	}
	text := "would be stored; nothing was stored or sent"
	for _, s := range plan.Sessions {
		text += "\nsession " + plain(s.Name) + s.Warnings.String() + s.Forecast.fitting() + s.changes()
	}
	return text, nil
}
