package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// somePlan is a plan of every kind of thing that a plan can have.
func somePlan(id, actor string, m mirror.Manifest) engine.PlanRecord {
	at := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	native := &mirror.NativeSession{ID: "66", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
		Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}, Destinations: []mirror.PortName{"p9"}}}
	change := mirror.Change{Mark: "nm-aaaaaaaaaa", After: native}
	undo := mirror.Change{Mark: "nm-aaaaaaaaaa", Was: "nm-aaaaaaaaaa", Before: native}
	p := engine.PlanRecord{ID: id, Actor: actor, Created: at, Expires: at.Add(24 * time.Hour), Version: "test", Manifest: m, Digest: "00ff", Forecasts: someForecasts(),
		Warnings: []mirror.Reason{{Code: "differs", Message: "device sw1 differs from what other sessions want of it"}},
		Steps: []engine.PlanStep{{Stage: 1, Device: "sw1", Hints: []mirror.Hint{{Command: "show monitor 66", Shows: "p9 active", Source: "a manual"}, {Command: "show run monitor", Shows: "its lines", Reasons: []string{"Drift"}, Source: "a manual"}},
			Changes: []engine.PlanChange{{Change: change, Sessions: []string{"s1"}, Summary: "create native session 66: p1 (both) to p9, local", Interrupts: "no"}},
			Forward: mirror.Payload{Format: "cli", Blocks: []mirror.Block{{Change: change, Text: "monitor 66\n source p1"}}},
			Undo:    mirror.Payload{Format: "cli", Blocks: []mirror.Block{{Change: undo, Text: "no monitor 66"}}}},
			{Stage: 2, Device: "sw2", NotRead: true, Unsaid: "its model decides", Changes: []engine.PlanChange{}}}}
	for i, d := range m.Devices {
		p.Objects = append(p.Objects, engine.PlanObject{Kind: mirror.ObjectDevice, Name: d.Name, Action: engine.ActionCreated, NotRead: true, Pointer: fmt.Sprintf("/devices/%d", i)})
	}
	for i, s := range m.Sessions {
		was := s
		was.Priority = 20
		p.Objects = append(p.Objects, engine.PlanObject{Kind: mirror.ObjectSession, Name: s.Name, Action: engine.ActionChanged, Changed: []string{"sources"}, As: mirror.KindSPAN,
			Before: entry(was), After: entry(s), Pointer: fmt.Sprintf("/sessions/%d", i), Warnings: []mirror.Reason{{Pointer: "/destinations/0", Code: "load-unknown", Message: "the load is not known"}}})
	}
	return p
}

func entry(s mirror.Session) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return b
}

func (f *fake) MakePlan(_ context.Context, w engine.Write, m mirror.Manifest) (engine.PlanRecord, error) {
	err := f.enter("MakePlan")
	defer f.mu.Unlock()
	if err != nil {
		return engine.PlanRecord{}, err
	}
	p := somePlan(fmt.Sprintf("plan-%c", 'a'+len(f.plans)), w.Actor.Name, m)
	f.plans = append(f.plans, p)
	return p, nil
}

// PreviewPlan has a fingerprint, and KeepPlan takes that alone.
func (f *fake) PreviewPlan(_ context.Context, w engine.Write, m mirror.Manifest) (engine.PlanRecord, error) {
	err := f.enter("PreviewPlan")
	defer f.mu.Unlock()
	p := somePlan("", w.Actor.Name, m)
	p.Fingerprint = "as-shown"
	return p, err
}

func (f *fake) KeepPlan(ctx context.Context, w engine.Write, m mirror.Manifest, fingerprint string) (engine.PlanRecord, error) {
	if fingerprint != "as-shown" {
		return engine.PlanRecord{}, mirror.Refuse(mirror.ErrPlanStale, []mirror.Reason{{Code: mirror.CodePlanStale, Message: "it is another"}})
	}
	return f.MakePlan(ctx, w, m)
}

func (f *fake) PlanOf(_ context.Context, id string) (engine.PlanRecord, error) {
	err := f.enter("PlanOf")
	defer f.mu.Unlock()
	if err != nil {
		return engine.PlanRecord{}, err
	}
	i := slices.IndexFunc(f.plans, func(p engine.PlanRecord) bool { return p.ID == id })
	if i < 0 {
		return engine.PlanRecord{}, missing("plan", id)
	}
	return f.plans[i], nil
}

func (f *fake) ApplyPlan(ctx context.Context, w engine.Write, id string) (engine.PlanRecord, error) {
	p, err := f.PlanOf(ctx, id)
	if err != nil {
		return p, err
	}
	if err = f.enter("ApplyPlan"); err == nil {
		objects := slices.Clone(p.Objects)
		for i, o := range objects {
			if o.Kind == mirror.ObjectSession {
				objects[i].Operation, objects[i].Generation = "op-"+o.Name, 2
				f.ops["op-"+o.Name] = mirror.Operation{ID: "op-" + o.Name, Session: o.Name, State: mirror.OpRunning, Plan: id}
			}
		}
		p.Applied = &engine.PlanApplied{At: p.Created, Actor: w.Actor.Name, Objects: objects}
	}
	f.mu.Unlock()
	return p, err
}

func (f *fake) Plans(_ context.Context, before string, limit int) (out []engine.PlanHead, more bool, err error) {
	err = f.enter("Plans")
	defer f.mu.Unlock()
	for _, p := range slices.Backward(f.plans) {
		if before != "" && p.ID >= before {
			continue
		}
		if more = len(out) == limit; !more {
			out = append(out, engine.PlanHead{ID: p.ID, Actor: p.Actor, Created: p.Created, Expires: p.Expires, Counts: map[string]int{"created": len(p.Objects)}, State: engine.PlanHolds})
		}
	}
	return out, more, err
}

// dryRun plans a session of the fake.
func (f *fake) dryRun(ctx context.Context, method string, w engine.Write, name string) (engine.Planned, error) {
	err := f.enter(method)
	v, had := f.sessions[name]
	f.mu.Unlock()
	switch {
	case err != nil:
		return engine.Planned{}, err
	case !had:
		return engine.Planned{}, missing("session", name)
	}
	return f.Plan(ctx, w, v.Record.Session)
}

func (f *fake) PlanRemove(ctx context.Context, w engine.Write, name, policy string) (engine.Planned, error) {
	f.removedBy = policy
	return f.dryRun(ctx, "PlanRemove", w, name)
}

func (f *fake) PlanRenew(ctx context.Context, w engine.Write, name string, _ *mirror.Lease) (engine.Planned, error) {
	return f.dryRun(ctx, "PlanRenew", w, name)
}

func (f *fake) PlanAdopt(ctx context.Context, w engine.Write, _, _ string, with mirror.Session) (engine.Planned, error) {
	err := f.enter("PlanAdopt")
	f.mu.Unlock()
	if err != nil {
		return engine.Planned{}, err
	}
	return f.Plan(ctx, w, with)
}

func (f *fake) PlanRelease(_ context.Context, name string) (mirror.PlanPart, error) {
	err := f.enter("PlanRelease")
	defer f.mu.Unlock()
	if _, had := f.devices[name]; !had && err == nil {
		err = missing("device", name)
	}
	return mirror.PlanPart{Device: name, Forward: mirror.Payload{Format: "cli"}}, err
}

func (f *fake) Ways(_ context.Context, s mirror.Session, _ mirror.VLANSet) (engine.Ways, error) {
	err := f.enter("Ways")
	defer f.mu.Unlock()
	out := engine.Ways{}
	if err == nil {
		out.Unfit = append(out.Unfit, engine.UnfitKind{Kind: mirror.KindSPAN, Reasons: []mirror.Reason{{Pointer: "/kind", Code: "kind-impossible", Message: "of " + s.Name}}})
	}
	return out, err
}
