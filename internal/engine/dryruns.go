package engine

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// The dry runs of what is no intent: each is done on a scratch and rehearsed.

// Summary tells a change in plain words.
func Summary(c mirror.Change) string { return plan.Summary(c) }

// PlanRemove is the dry run of Remove. Devices that do not answer are taken for what was
// last known of them, which is warned of.
func (e *Engine) PlanRemove(ctx context.Context, w Write, name, policy string) (Planned, error) {
	if err := deletePolicy(policy); err != nil {
		return Planned{}, err
	}
	if _, err := e.Session(ctx, name); err != nil {
		return Planned{}, err
	}
	unread, err := e.readWhoAnswers(ctx, mirror.Manifest{Delete: mirror.Deletion{Sessions: []string{name}}})
	if err != nil {
		return Planned{}, err
	}
	out, err := e.dryRun(ctx, func(sc *scratch) (SubmitResult, error) {
		res, _, err := e.leave(sc, w, name, policy)
		return res, err
	})
	out.Warnings = append(out.Warnings, unread...)
	return out, err
}

// PlanAdopt is the dry run of Adopt.
func (e *Engine) PlanAdopt(ctx context.Context, w Write, device, nativeID string, with mirror.Session) (Planned, error) {
	if err := e.readForAdoption(ctx, device); err != nil {
		return Planned{}, err
	}
	return e.dryRun(ctx, func(sc *scratch) (SubmitResult, error) { return e.adopt(sc, w, device, nativeID, with) })
}

// PlanRelease is the dry run of Release: what the device would be sent.
func (e *Engine) PlanRelease(ctx context.Context, name string) (part mirror.PlanPart, err error) {
	if _, err := e.Device(ctx, name); err != nil {
		return part, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	if err := e.observe(ctx, name, mirror.Look{}); err != nil {
		return part, mirror.Refuse(kindOf(err), []mirror.Reason{{Code: "device-unreadable", Message: err.Error()}})
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		sc := newScratch(tx, false)
		if _, err := askAgain(sc, name); err != nil {
			return err
		}
		part, _, err = e.planDevice(sc, name, nil)
		return err
	})
	return part, err
}

// dryRun does a write of one session on a scratch and rehearses it.
func (e *Engine) dryRun(ctx context.Context, write func(*scratch) (SubmitResult, error)) (out Planned, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		now := time.Now().UTC()
		sc := newScratch(tx, false)
		res, err := write(sc)
		if err != nil {
			return err
		}
		wr := &writing{e: e, tx: sc, plan: strings.ToLower(rand.Text()[:16]), now: now, results: []SubmitResult{res}}
		rec := res.View.Record
		out = Planned{Plan: mirror.Plan{Session: rec.Session, Kind: rec.Kind, KindReason: rec.KindReason, Kinds: rec.Kinds, Warnings: rec.Warnings}, Forecasts: res.Forecasts}
		if res.Unchanged {
			return nil
		}
		if err := wr.bind(rec.Session.Name); err != nil {
			return err
		}
		rows, err := sc.Placements(rec.Session.Name)
		if err != nil {
			return err
		}
		out.Fragments = targets(rows)
		if err := wr.firstMoves(); err != nil {
			return err
		}
		for i := range wr.moved { // what is adopted has its goals already
			for _, row := range rows {
				if !row.Settled() && !slices.Contains(wr.moved[i].wake, row.Device) {
					wr.moved[i].wake = append(wr.moved[i].wake, row.Device)
				}
			}
		}
		r, err := e.rehearse(sc, wr.plan, wr.moved, now)
		if err != nil {
			return err
		}
		out.Devices, out.Warnings = parts(r.steps), slices.Concat(out.Warnings, r.warnings)
		return nil
	})
	return out, err
}

// parts are steps by device, in the order in which each is first sent something.
func parts(steps []PlanStep) (out []mirror.PlanPart) {
	for _, s := range steps {
		i := slices.IndexFunc(out, func(p mirror.PlanPart) bool { return p.Device == s.Device })
		if i < 0 {
			out, i = append(out, mirror.PlanPart{Device: s.Device, Forward: mirror.Payload{Format: s.Forward.Format}, Undo: mirror.Payload{Format: s.Undo.Format}}), len(out)
		}
		p := &out[i]
		p.Hints = onceEach(append(p.Hints, s.Hints...))
		for _, c := range s.Changes {
			p.Changes = append(p.Changes, c.Change)
		}
		p.Forward.Blocks = append(p.Forward.Blocks, s.Forward.Blocks...)
		p.Undo.Blocks = slices.Concat(s.Undo.Blocks, p.Undo.Blocks)
	}
	return out
}
