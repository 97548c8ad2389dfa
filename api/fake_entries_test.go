package api

import (
	"context"
	"encoding/json"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func entryJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// entryPlan plans a write of an entry, or that it goes where after is nil.
func (f *fake) entryPlan(call string, w engine.Write, kind, name string, after any) (engine.EntryPlan, error) {
	err := f.enter(call)
	defer f.mu.Unlock()
	if err != nil {
		return engine.EntryPlan{}, err
	}
	var before any
	var version int64
	switch kind {
	case mirror.ObjectDevice:
		before, version = f.devices[name].Device, f.devices[name].Version
	case mirror.ObjectTool:
		before, version = f.tools[name].Tool, f.tools[name].Version
	case mirror.ObjectWebhook:
		before, version = f.webhooks[name].Webhook, f.webhooks[name].Version
	case mirror.ObjectTrigger:
		before, version = f.triggers[name].Trigger, f.triggers[name].Version
	case mirror.ObjectFilter:
		before, version = f.filters[name].Filter, f.filters[name].Version
	}
	if err := f.precondition(w, version); err != nil {
		return engine.EntryPlan{}, err
	}
	p := engine.EntryPlan{PlanObject: engine.PlanObject{Kind: kind, Name: name, Action: engine.ActionCreated}}
	switch {
	case after == nil && version == 0:
		return p, missing(kind, name)
	case after == nil:
		p.Action, p.Before = engine.ActionDeleted, entryJSON(before)
		return p, nil
	case version > 0:
		p.Action, p.Changed, p.Before = engine.ActionChanged, []string{"labels"}, entryJSON(before)
	}
	p.After = entryJSON(after)
	return p, nil
}

func (f *fake) PlanDevice(_ context.Context, w engine.Write, d mirror.Device) (engine.EntryPlan, error) {
	p, err := f.entryPlan("PlanDevice", w, mirror.ObjectDevice, d.Name, d.WithDefaults())
	p.Devices = []mirror.PlanPart{{Device: d.Name, Forward: mirror.Payload{Format: "cli"}, Undo: mirror.Payload{Format: "cli"}}}
	p.Warnings = []mirror.Reason{{Code: "device-unreadable", Message: "nobody answers"}}
	return p, err
}

func (f *fake) PlanTool(_ context.Context, w engine.Write, t mirror.Tool) (engine.EntryPlan, error) {
	return f.entryPlan("PlanTool", w, mirror.ObjectTool, t.Name, t)
}

func (f *fake) PlanWebhook(_ context.Context, w engine.Write, h mirror.Webhook) (engine.EntryPlan, error) {
	return f.entryPlan("PlanWebhook", w, mirror.ObjectWebhook, h.Name, h)
}

func (f *fake) PlanTrigger(_ context.Context, w engine.Write, t mirror.Trigger) (engine.EntryPlan, error) {
	return f.entryPlan("PlanTrigger", w, mirror.ObjectTrigger, t.Name, t)
}

func (f *fake) PlanDelete(_ context.Context, w engine.Write, kind, name string) (engine.EntryPlan, error) {
	return f.entryPlan("PlanDelete", w, kind, name, nil)
}

func (f *fake) Nearest(_ context.Context, kind, name string) ([]string, error) {
	err := f.enter("Nearest")
	defer f.mu.Unlock()
	if kind == mirror.ObjectSession && name == "s" {
		return []string{"s1", "s2"}, err
	}
	return nil, err
}
