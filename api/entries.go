package api

import (
	"context"
	"net/http"

	"github.com/netmirror/netmirror/internal/engine"
)

// EntryPlan is a preview of a write of a device, a tool, a webhook or a trigger, or of
// deleting one, or a filter:
// nothing was stored or sent.
type EntryPlan struct {
	Kind     string       `json:"kind" doc:"device, tool, filter, webhook or trigger"`
	Name     string       `json:"name"`
	Action   string       `json:"action" doc:"created, changed, unchanged or deleted"`
	Changed  []string     `json:"changed,omitempty" doc:"fields that change"`
	Before   any          `json:"before,omitempty" doc:"the spec as it is stored; left out where nothing is, or nothing changes"`
	After    any          `json:"after,omitempty" doc:"the spec as it will be, with its defaults; left out where nothing will be, or nothing changes"`
	Devices  []PlanDevice `json:"devices" doc:"what devices would be sent: one that the entry lets be pushed to again (mode, maintenance), by how it differs from what its sessions want; drift that a session only reports stays"`
	Warnings []Reason     `json:"warnings"`
}

func entryPlanOf(p engine.EntryPlan) EntryPlan {
	return EntryPlan{Kind: p.Kind, Name: p.Name, Action: p.Action, Changed: p.Changed, Before: specIn(p.Kind, p.Before), After: specIn(p.Kind, p.After),
		Devices: orEmpty(translateAll(p.Devices, planDeviceOf)), Warnings: reasonsOf(p.Warnings)}
}

type (
	// entryDeleteInput names an entry that is to go.
	entryDeleteInput struct {
		NameParam
		MatchParam
		DryRunParam
	}
	// entryWriteOutput is an entry as it is now, or the plan of a dry run.
	entryWriteOutput struct {
		Status   int
		ETag     string `header:"ETag" doc:"the version, quoted"`
		Location string `header:"Location" doc:"the new resource, on 201"`
		Body     any    // Device, Tool or EntryPlan
	}
	entryDeleteOutput struct {
		Status int
		Body   any // EntryPlan, or nothing
	}
)

// entryPlan answers with the plan of a dry run.
func entryPlan(p engine.EntryPlan, err error) (*entryWriteOutput, error) {
	if err != nil {
		return nil, err
	}
	return &entryWriteOutput{Status: http.StatusOK, Body: entryPlanOf(p)}, nil
}

// deleteEntry deletes an entry, or plans it, and answers.
func (s *server) deleteEntry(ctx context.Context, in *entryDeleteInput, kind string, version func() (int64, error),
	remove func(context.Context, engine.Write, string) error) (*entryDeleteOutput, error) {
	at, err := in.MatchParam.resolve(version)
	if err != nil {
		return nil, err
	}
	w := engine.Write{Actor: actorOf(ctx), IfMatch: at}
	if in.DryRun {
		p, err := s.engine.PlanDelete(ctx, w, kind, in.Name)
		if err != nil {
			return nil, err
		}
		return &entryDeleteOutput{Status: http.StatusOK, Body: entryPlanOf(p)}, nil
	}
	if err := remove(ctx, w, in.Name); err != nil {
		return nil, err
	}
	return &entryDeleteOutput{Status: http.StatusNoContent}, nil
}
