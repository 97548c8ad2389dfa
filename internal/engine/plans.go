package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// PlanLives is how long a plan may be applied.
const PlanLives = 24 * time.Hour

// The actions of objects of a plan.
const (
	ActionCreated   = "created"
	ActionChanged   = "changed"
	ActionUnchanged = "unchanged"
	ActionDeleted   = "deleted"
	ActionRefused   = "refused"
)

// A PlanRecord is what a manifest would change, made on devices that were read just then.
// It does not change any more, but for Applied.
type PlanRecord struct {
	ID      string    `json:"id"`
	Actor   string    `json:"actor"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	// Version is that of the netmirror that wrote the texts.
	Version  string          `json:"version"`
	Manifest mirror.Manifest `json:"manifest"`
	Digest   string          `json:"digest"`
	Basis    []PlanBasis     `json:"basis"`
	Objects  []PlanObject    `json:"objects"`
	Steps    []PlanStep      `json:"steps"`
	// Forecasts are of each end at which copies of the plan end, as it will be with all
	// of them.
	Forecasts []capacity.Forecast `json:"forecasts,omitempty"`
	Warnings  []mirror.Reason     `json:"warnings,omitempty"`
	Applied   *PlanApplied        `json:"applied,omitempty"`
	// Fingerprint is of everything that the plan tells, but for loads and warnings: two
	// plans of the same have the same.
	Fingerprint string `json:"fingerprint,omitempty"`

	// State and Differences are of now, by what was last read of the devices, and are not
	// stored: PlanOf tells them.
	State       PlanState       `json:"-"`
	Differences []mirror.Reason `json:"-"` // why it is stale
}

// PlanState says whether a plan may be applied.
type PlanState string

const (
	PlanHolds   PlanState = "holds"
	PlanStale   PlanState = "stale" // something that it rests on is not as it was
	PlanExpired PlanState = "expired"
	PlanDone    PlanState = "applied"
)

// lookedAt bounds the objects of the plans of one page of which is told whether they hold:
// what each rests on is looked up. The page ends before the plan that would exceed it, but
// it has one such plan at least.
const lookedAt = 2000

// A PlanObject is what becomes of one object.
type PlanObject struct {
	Kind   string `json:"kind"` // mirror.ObjectDevice, ...
	Name   string `json:"name"`
	Action string `json:"action"`
	// Pointer is where it stands in the manifest, "" for a session that changes because
	// its filter does.
	Pointer string   `json:"pointer,omitempty"`
	Changed []string `json:"changed,omitempty"` // fields
	// Before and After are the entry as it is stored and as it will be, a mirror.Device,
	// Tool, Filter or Session of JSON; nil where it is unchanged or there is none. What was
	// applied does not bear them.
	Before  json.RawMessage `json:"before,omitempty"`
	After   json.RawMessage `json:"after,omitempty"`
	NotRead bool            `json:"notRead,omitempty"` // a device that nobody has read
	Reasons []mirror.Reason `json:"reasons,omitempty"` // why it is refused
	// Of a session:
	As         mirror.Kind              `json:"as,omitempty"` // the kind that auto became
	AsReason   string                   `json:"asReason,omitempty"`
	Kinds      []mirror.DestinationKind `json:"kinds,omitempty"`
	Warnings   []mirror.Reason          `json:"warnings,omitempty"`
	Waiting    string                   `json:"waiting,omitempty"` // for what device that is away it waits
	Proposals  []capacity.Proposal      `json:"proposals,omitempty"`
	Generation int64                    `json:"generation,omitempty"` // once applied
	Operation  string                   `json:"operation,omitempty"`  // once applied
}

// PlanApplied is what became of a plan that was applied. Objects are all of the plan's,
// with reasons where one was refused; Pending ones are deleted once the sessions that use
// them are gone.
type PlanApplied struct {
	At      time.Time    `json:"at"`
	Actor   string       `json:"actor"`
	Objects []PlanObject `json:"objects"`
	Pending bool         `json:"pending,omitempty"`
}

// A PlanHead is what a list tells of a plan.
type PlanHead struct {
	ID      string         `json:"id"`
	Actor   string         `json:"actor"`
	Created time.Time      `json:"created"`
	Expires time.Time      `json:"expires"`
	Applied *time.Time     `json:"applied,omitempty"`
	Counts  map[string]int `json:"counts"`  // of objects, by action
	Devices []string       `json:"devices"` // that are sent something
	// State is of now, by what was last read of the devices, and is not stored.
	State PlanState `json:"-"`
}

// A PlanRefused is a plan that cannot be: its objects tell which of them are refused, and
// why; the refusal has every reason with its place in the manifest.
type PlanRefused struct {
	*mirror.Refusal
	Objects   []PlanObject
	Forecasts []capacity.Forecast
}

// Unwrap gives the refusal to errors.As.
func (p *PlanRefused) Unwrap() error { return p.Refusal }

func (p PlanRecord) head() PlanHead {
	h := PlanHead{ID: p.ID, Actor: p.Actor, Created: p.Created, Expires: p.Expires, Counts: map[string]int{}, Devices: []string{}}
	for _, o := range p.Objects {
		h.Counts[o.Action]++
	}
	for _, s := range p.Steps {
		if !slices.Contains(h.Devices, s.Device) {
			h.Devices = append(h.Devices, s.Device)
		}
	}
	slices.Sort(h.Devices)
	if p.Applied != nil {
		h.Applied = &p.Applied.At
	}
	return h
}

func (p PlanRecord) stored() (mirror.StoredPlan, error) {
	head, err := json.Marshal(p.head())
	if err != nil {
		return mirror.StoredPlan{}, fmt.Errorf("engine: plan %s: %w", p.ID, err)
	}
	doc, err := json.Marshal(p)
	if err != nil {
		return mirror.StoredPlan{}, fmt.Errorf("engine: plan %s: %w", p.ID, err)
	}
	return mirror.StoredPlan{ID: p.ID, Created: p.Created, Head: head, Document: doc}, nil
}

// MakePlan plans a manifest as a whole, on stored devices that are read for it, and keeps
// the plan. Devices that only the manifest has are not dialled. Nothing else is stored, and
// nothing is sent. What cannot be is a *PlanRefused, or a *mirror.Refusal where the
// manifest is not valid; both have every reason against every object.
func (e *Engine) MakePlan(ctx context.Context, w Write, m mirror.Manifest) (PlanRecord, error) {
	p, err := e.planned(ctx, w, m)
	if err != nil {
		return PlanRecord{}, err
	}
	return p, e.keepNewPlan(ctx, w, p)
}

func (e *Engine) keepNewPlan(ctx context.Context, w Write, p PlanRecord) error {
	stored, err := p.stored()
	if err != nil {
		return err
	}
	return e.update(ctx, func(tx mirror.Tx) error {
		if err := tx.PutPlan(stored); err != nil {
			return err
		}
		return tx.AppendEvent(objectEvent("PlanMade", w, mirror.ObjectPlan, p.ID, "plan %s of %d objects", p.ID, len(p.Objects)))
	})
}

// planned is MakePlan without the keeping.
func (e *Engine) planned(ctx context.Context, w Write, m mirror.Manifest) (PlanRecord, error) {
	m, err := e.acceptManifest(m)
	if err != nil {
		return PlanRecord{}, err
	}
	var p PlanRecord
	err = e.onReadDevices(ctx, m, func(away map[string]fault) error {
		return e.store.View(ctx, func(tx mirror.Tx) (err error) {
			p, err = e.draft(ctx, tx, w, m, away)
			return err
		})
	})
	return p, err
}

// draft makes a plan in a transaction that can only read.
func (e *Engine) draft(ctx context.Context, tx mirror.Tx, w Write, m mirror.Manifest, away map[string]fault) (PlanRecord, error) {
	now := time.Now().UTC()
	p := PlanRecord{ID: "plan-" + strings.ToLower(rand.Text()[:16]), Actor: w.Actor.Name, Created: now, Expires: now.Add(PlanLives), Version: e.cfg.Version, Manifest: m}
	basis, err := e.basis(tx, m)
	if err != nil {
		return p, err
	}
	p.Basis, p.Digest = basis, digest(basis, p.Version)
	sc := newScratch(tx, false)
	until := time.Now().Add(maxTrying)
	wr := &writing{e: e, tx: sc, w: w, m: m, plan: p.ID, away: away, now: now, forecasts: map[string]capacity.Forecast{},
		propose: func(s mirror.Session, over *Oversubscribed) { e.proposeOn(ctx, sc, s, over, until) }}
	if err := wr.inventory(); err != nil {
		return p, err
	}
	if err := wr.intents(); err != nil {
		return p, err
	}
	if len(wr.reasons) == 0 { // else what would be sent is of half a manifest
		r, err := e.rehearse(sc, p.ID, wr.moved, now)
		switch u := (*unworded)(nil); {
		case errors.As(err, &u) && refuses(err):
			wr.unworded(u)
		case err != nil:
			return p, err
		default:
			p.Steps, p.Warnings = r.steps, r.warnings
		}
	}
	if err := wr.deletions(); err != nil {
		return p, err
	}
	p.Objects, p.Forecasts, p.State = wr.objects, wr.ends(), PlanHolds
	p.Fingerprint = p.fingerprint()
	if err := mirror.Refuse(wr.kind(), wr.reasons); err != nil {
		refusal := (*mirror.Refusal)(nil)
		errors.As(err, &refusal)
		return p, &PlanRefused{Refusal: refusal, Objects: p.Objects, Forecasts: p.Forecasts}
	}
	return p, nil
}

// PlanOf shows a stored plan, and whether it holds by what was last read; no device is
// asked.
func (e *Engine) PlanOf(ctx context.Context, id string) (p PlanRecord, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		if p, err = storedPlan(tx, id); err != nil {
			return err
		}
		return e.planState(tx, &p)
	})
	return p, err
}

func (e *Engine) planState(tx mirror.Tx, p *PlanRecord) error {
	switch {
	case p.Applied != nil:
		p.State = PlanDone
		return nil
	case time.Now().After(p.Expires):
		p.State = PlanExpired
		return nil
	}
	basis, err := e.basis(tx, p.Manifest)
	if err != nil {
		return err
	}
	if p.State = PlanHolds; digest(basis, e.cfg.Version) != p.Digest {
		p.State, p.Differences = PlanStale, differences(p.Basis, basis, p.Version, e.cfg.Version)
	}
	return nil
}

func storedPlan(tx mirror.Tx, id string) (p PlanRecord, err error) {
	stored, err := tx.Plan(id)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(stored.Document, &p); err != nil {
		return p, fmt.Errorf("engine: plan %s: stored document: %w", id, err)
	}
	return p, nil
}

// Plans lists the newest plans, newest first, and whether each holds by what was last read;
// before, when not "", is the last one of the page before. There may be fewer than limit
// while more follow, see lookedAt.
func (e *Engine) Plans(ctx context.Context, before string, limit int) (heads []PlanHead, more bool, err error) {
	asked := 0 // all
	if limit > 0 {
		asked = limit + 1
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		heads, more = nil, false
		list, err := tx.Plans(before, asked)
		looked := 0
		for i, s := range list {
			if more = limit > 0 && i == limit; more {
				break
			}
			var h PlanHead
			if err := json.Unmarshal(s.Head, &h); err != nil {
				return fmt.Errorf("engine: plan %s: stored head: %w", s.ID, err)
			}
			objects := h.looks()
			if more = looked > 0 && objects > 0 && looked+objects > lookedAt; more {
				break
			}
			looked += objects
			if err := e.headState(tx, &h); err != nil {
				return err
			}
			heads = append(heads, h)
		}
		return err
	})
	return heads, more, err
}

// looks is how many objects are looked at to tell whether a plan holds; an empty plan is
// one, too, since it is read.
func (h PlanHead) looks() int {
	if h.over() != "" {
		return 0
	}
	objects := 0
	for _, n := range h.Counts {
		objects += n
	}
	return max(objects, 1)
}

// over is the state of a plan that nothing need be looked at for, "" where something must.
func (h PlanHead) over() PlanState {
	switch {
	case h.Applied != nil:
		return PlanDone
	case time.Now().After(h.Expires):
		return PlanExpired
	}
	return ""
}

// headState tells whether a plan of a list holds.
func (e *Engine) headState(tx mirror.Tx, h *PlanHead) error {
	if h.State = h.over(); h.State != "" {
		return nil
	}
	p, err := storedPlan(tx, h.ID)
	if err == nil {
		err = e.planState(tx, &p)
	}
	h.State = p.State
	return err
}
