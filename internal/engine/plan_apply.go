package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A plan is applied on devices that are read once more, and only where everything that it
// rests on is as it was. Devices and tools are written first, since a new device has to be
// read before anything can be decided on it; then filters, sessions and which sessions go,
// in one transaction, all or none, on a scratch as the plan was; then what no session uses
// any more is taken away, once the sessions that go are gone. Workers send what the plan
// said, or nothing (worker/planned.go).

// applying keeps a plan from being applied twice at a time.
type applying struct{ mu sync.Mutex }

// ApplyPlan does what a plan says, once: of a plan that was applied it tells what became
// of it. ErrPlanStale, as a *mirror.Refusal that says what differs, is a plan that rests on
// what is not so any more; nothing was stored then. Objects that are refused all the same,
// such as sessions on devices that nobody had read, are told in Applied.
func (e *Engine) ApplyPlan(ctx context.Context, w Write, id string) (PlanRecord, error) {
	e.applying.mu.Lock()
	defer e.applying.mu.Unlock()
	p, err := e.PlanOf(ctx, id)
	if err != nil {
		return p, err
	}
	if p.Applied == nil {
		if err := e.stillHolds(ctx, p); err != nil {
			return p, err
		}
		if err := e.apply(ctx, w, &p); err != nil {
			return p, err
		}
	}
	if p.Applied.Pending {
		return p, e.applyDeletions(ctx, w, &p)
	}
	return p, nil
}

// stillHolds refuses a plan that rests on what is not so any more, on devices that are
// read now.
func (e *Engine) stillHolds(ctx context.Context, p PlanRecord) error {
	if now := time.Now(); now.After(p.Expires) {
		return mirror.Refuse(mirror.ErrPlanStale, []mirror.Reason{{Code: mirror.CodePlanStale, Message: "the plan expired at " + p.Expires.UTC().Format(time.RFC3339)}})
	}
	var looks map[string]mirror.Look
	err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		looks, err = e.planLooks(tx, p.Manifest)
		return err
	})
	if err != nil {
		return err
	}
	e.readAll(ctx, looks, false) // who does not answer is told by what needs it
	return e.store.View(ctx, func(tx mirror.Tx) error { return e.unchangedBasis(tx, p) })
}

func (e *Engine) unchangedBasis(tx mirror.Tx, p PlanRecord) error {
	basis, err := e.basis(tx, p.Manifest)
	if err != nil {
		return err
	}
	if digest(basis, e.cfg.Version) == p.Digest {
		return nil
	}
	return mirror.Refuse(mirror.ErrPlanStale, differences(p.Basis, basis, p.Version, e.cfg.Version))
}

// apply writes everything but what is taken away last.
func (e *Engine) apply(ctx context.Context, w Write, p *PlanRecord) error {
	objects, err := e.applyInventory(ctx, w, *p)
	if err != nil {
		return err
	}
	var wr *writing
	m := p.Manifest
	write := func(away map[string]fault) error {
		return e.update(ctx, func(tx mirror.Tx) error {
			sc := newScratch(tx, true)
			wr = &writing{e: e, tx: sc, w: w, m: m, plan: p.ID, away: away, now: time.Now().UTC(), said: p.said(), forecasts: map[string]capacity.Forecast{},
				refused: refusedOf(objects), versions: p.versions()}
			if err := wr.intents(); err != nil {
				return err
			}
			if err := mirror.Refuse(wr.kind(), wr.reasons); err != nil {
				return err
			}
			return wr.finish(p, w, objects)
		})
	}
	err = e.onReadDevices(ctx, m, write)
	if refusal := (*mirror.Refusal)(nil); errors.As(err, &refusal) {
		all := slices.Concat(objects, notDone(wr.objects), notDone(p.last()))
		if !slices.ContainsFunc(objects, func(o PlanObject) bool { return o.Action == ActionCreated || o.Action == ActionChanged }) {
			return &PlanRefused{Refusal: refusal, Objects: all} // nothing was stored, and it may be tried again
		}
		p.Applied = &PlanApplied{At: time.Now().UTC(), Actor: w.Actor.Name, Objects: all}
		return e.keepPlan(ctx, *p)
	}
	if err != nil {
		return err
	}
	e.applied(ctx, wr)
	return nil
}

// refusedOf are the objects that are refused, by kind and name.
func refusedOf(objects []PlanObject) map[string]bool {
	out := map[string]bool{}
	for _, o := range objects {
		if o.Action == ActionRefused {
			out[o.Kind+" "+o.Name] = true
		}
	}
	return out
}

// notDone are objects that were left alone because others of the plan were refused.
func notDone(objects []PlanObject) []PlanObject {
	out := slices.Clone(objects)
	for i, o := range out {
		if o.Action == ActionRefused || o.Action == ActionUnchanged {
			continue
		}
		out[i].Action, out[i].Changed, out[i].Operation, out[i].Generation = ActionRefused, nil, "", 0
		out[i].Reasons = []mirror.Reason{{Pointer: o.Pointer, Code: "not-alone", Message: "others of the plan were refused, and its sessions are made together or not at all"}}
	}
	return out
}

// last are the objects of a plan that are taken away last.
func (p PlanRecord) last() (out []PlanObject) {
	for _, o := range p.Objects {
		if o.Action == ActionDeleted && o.Kind != mirror.ObjectSession {
			out = append(out, o)
		}
	}
	return out
}

// finish stores what became of the plan with what it wrote.
func (wr *writing) finish(p *PlanRecord, w Write, objects []PlanObject) error {
	done := PlanApplied{At: wr.now, Actor: w.Actor.Name, Objects: slices.Concat(objects, wr.objects)}
	for i := range done.Objects { // the plan tells the entries
		done.Objects[i].Before, done.Objects[i].After = nil, nil
	}
	done.Pending = len(p.last()) > 0
	p.Applied = &done
	stored, err := p.stored()
	if err != nil {
		return err
	}
	if err := wr.tx.flush(); err != nil {
		return err
	}
	if err := wr.tx.Tx.PutPlan(stored); err != nil {
		return err
	}
	return wr.tx.Tx.AppendEvent(objectEvent("PlanApplied", w, mirror.ObjectPlan, p.ID, "plan %s of %s, of %d objects", p.ID, p.Actor, len(p.Objects)))
}

// said is what the plan tells that is sent, by session and device.
func (p PlanRecord) said() map[string]map[string]*mirror.Planned {
	out := map[string]map[string]*mirror.Planned{}
	for _, step := range p.Steps {
		for i, c := range step.Changes {
			for _, session := range c.Sessions {
				if out[session] == nil {
					out[session] = map[string]*mirror.Planned{}
				}
				of := out[session][step.Device]
				if of == nil {
					of = &mirror.Planned{Plan: p.ID, Open: step.NotRead}
					out[session][step.Device] = of
				}
				if step.NotRead || i >= len(step.Forward.Blocks) {
					continue
				}
				b := mirror.PlannedBlock{Mark: c.Mark, Verb: c.Verb(), Sum: mirror.TextSum(step.Forward.Blocks[i].Text)}
				if c.After != nil && c.After.Spec.Footing == nil {
					b.ID = c.After.ID
				}
				of.Blocks = append(of.Blocks, b)
			}
		}
	}
	return out
}

// versions are those on which a plan rests, by kind and name.
type versions map[string]int64

// of is the version that an object must be at; nil: any.
func (v versions) of(kind, name string) *int64 {
	if n, there := v[kind+" "+name]; there {
		return &n
	}
	return nil
}

func (p PlanRecord) versions() versions {
	out := versions{}
	for _, b := range p.Basis {
		if n, err := strconv.ParseInt(b.State, 10, 64); err == nil && b.Kind != basisConfiguration {
			out[b.Kind+" "+b.Name] = n
		}
	}
	return out
}

// applyInventory writes devices and tools as they stand in the plan.
func (e *Engine) applyInventory(ctx context.Context, w Write, p PlanRecord) (out []PlanObject, err error) {
	at := p.versions()
	for _, o := range p.Objects {
		if o.Action == ActionDeleted || o.Kind != mirror.ObjectDevice && o.Kind != mirror.ObjectTool {
			continue
		}
		if o.Action == ActionUnchanged {
			out = append(out, o)
			continue
		}
		w := w
		w.IfMatch = at.of(o.Kind, o.Name)
		switch o.Kind {
		case mirror.ObjectDevice:
			i := slices.IndexFunc(p.Manifest.Devices, func(d mirror.Device) bool { return d.Name == o.Name })
			_, _, err = e.PutDevice(ctx, w, p.Manifest.Devices[i])
		default:
			i := slices.IndexFunc(p.Manifest.Tools, func(t mirror.Tool) bool { return t.Name == o.Name })
			if refusal := refusedTool(p.Manifest.Tools[i], out); refusal != nil {
				err = refusal
			} else {
				_, _, err = e.PutTool(ctx, w, p.Manifest.Tools[i])
			}
		}
		if err != nil && !refuses(err) {
			return nil, err
		}
		if err != nil {
			o.Action, o.Reasons, err = ActionRefused, placed(o.Pointer, err), nil
		}
		out = append(out, o)
	}
	return out, nil
}

func refusedTool(t mirror.Tool, objects []PlanObject) error {
	wr := writing{refused: refusedOf(objects)}
	return wr.standsOn("/device", mirror.ObjectDevice, t.Device)
}

func (e *Engine) keepPlan(ctx context.Context, p PlanRecord) error {
	stored, err := p.stored()
	if err != nil {
		return err
	}
	return e.update(ctx, func(tx mirror.Tx) error { return tx.PutPlan(stored) })
}

// applied goes on with what was stored, as the single writes do.
func (e *Engine) applied(ctx context.Context, wr *writing) {
	e.cfg.Failpoint("accepted")
	var names []string
	for _, res := range wr.results {
		rec := res.View.Record
		names = append(names, rec.Session.Name)
		e.log.Info("session accepted", "session", rec.Session.Name, "generation", rec.Generation, "plan", wr.plan, "actor", wr.w.Actor.Name, "op", res.Operation.ID)
		if rec.Deleting {
			continue
		}
		e.decided(rec.Judged, nil)
		e.readmits.accepted(res)
		e.leases.set(rec)
		e.await(ctx, rec, nil)
	}
	e.stepTogether(context.WithoutCancel(ctx), names)
	e.readmits.add(wr.left...)
	e.setOff(wr.moved)
}

// applyDeletions takes away what the plan takes away, once the sessions that go are gone,
// and waits for these as long as a write waits.
func (e *Engine) applyDeletions(ctx context.Context, w Write, p *PlanRecord) error {
	end := time.Now().Add(cmp.Or(w.Wait, e.cfg.Timeouts.Submit))
	for _, o := range p.Applied.Objects {
		if o.Action != ActionDeleted || o.Operation == "" {
			continue
		}
		if _, err := e.WaitOperation(ctx, o.Operation, time.Until(end)); err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return err
		}
	}
	kept := slices.DeleteFunc(slices.Clone(p.Applied.Objects), func(o PlanObject) bool { return o.Kind != mirror.ObjectSession && p.takes(o) })
	done := PlanApplied{At: p.Applied.At, Actor: p.Applied.Actor, Objects: kept}
	for _, o := range p.last() {
		var err error
		switch o.Kind {
		case mirror.ObjectFilter:
			err = e.DeleteFilter(ctx, w, o.Name)
		case mirror.ObjectTool:
			err = e.DeleteTool(ctx, w, o.Name)
		default:
			err = e.DeleteDevice(ctx, w, o.Name)
		}
		switch {
		case err == nil || errors.Is(err, mirror.ErrNotFound): // by us, before a crash
		case errors.Is(err, mirror.ErrConflict):
			o.Action, o.Reasons = ActionRefused, placed(o.Pointer, fmt.Errorf("%w; apply the plan again once it is not", err))
			done.Pending = true
		default:
			return err
		}
		done.Objects = append(done.Objects, o)
	}
	p.Applied = &done
	return e.keepPlan(ctx, *p)
}

// takes reports whether the plan takes an object away last.
func (p PlanRecord) takes(o PlanObject) bool {
	return slices.ContainsFunc(p.last(), func(l PlanObject) bool { return l.Kind == o.Kind && l.Name == o.Name })
}
