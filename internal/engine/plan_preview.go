package engine

import (
	"context"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A preview is a plan that nobody keeps: it is made as often as somebody looks, and a list
// of plans is of those that somebody asked for. What is kept, or applied, after a preview is
// bound to what was shown by its fingerprint.

// previewsRemembered bounds of how many previews is known what they rested on. It is for the
// words of a refusal alone.
const previewsRemembered = 128

// previews remembers what the newest previews rested on, by fingerprint.
type previews struct {
	mu    sync.Mutex
	order []string
	basis map[string][]PlanBasis
}

func (p *previews) add(fingerprint string, basis []PlanBasis) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.basis == nil {
		p.basis = map[string][]PlanBasis{}
	}
	if _, there := p.basis[fingerprint]; !there {
		p.order = append(p.order, fingerprint)
	}
	p.basis[fingerprint] = basis
	for len(p.order) > previewsRemembered {
		delete(p.basis, p.order[0])
		p.order = p.order[1:]
	}
}

func (p *previews) of(fingerprint string) []PlanBasis {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.basis[fingerprint]
}

// PreviewPlan is MakePlan without the keeping: the plan has no ID, and its Fingerprint is
// what KeepPlan asks for.
func (e *Engine) PreviewPlan(ctx context.Context, w Write, m mirror.Manifest) (PlanRecord, error) {
	p, err := e.planned(ctx, w, m)
	if err != nil {
		return PlanRecord{}, err
	}
	e.previews.add(p.Fingerprint, p.Basis)
	p.ID = ""
	return p, nil
}

// KeepPlan is MakePlan of what was shown before: mirror.ErrPlanStale, as a *mirror.Refusal,
// is a plan that has another fingerprint now, and nothing was kept then.
func (e *Engine) KeepPlan(ctx context.Context, w Write, m mirror.Manifest, fingerprint string) (PlanRecord, error) {
	p, err := e.planned(ctx, w, m)
	if err != nil {
		return PlanRecord{}, err
	}
	if p.Fingerprint != fingerprint {
		return PlanRecord{}, mirror.Refuse(mirror.ErrPlanStale, e.notAsShown(fingerprint, p))
	}
	return p, e.keepNewPlan(ctx, w, p)
}

// notAsShown says why a plan is not what a preview has shown, as far as it is remembered.
func (e *Engine) notAsShown(fingerprint string, now PlanRecord) []mirror.Reason {
	if was := e.previews.of(fingerprint); was != nil {
		if reasons := differences(was, now.Basis, now.Version, now.Version); len(reasons) > 0 {
			return reasons
		}
	}
	return []mirror.Reason{{Code: mirror.CodePlanStale, Message: "what would be stored or sent now is not what was shown"}}
}

// fingerprint is of everything that a plan tells: what is asked for, what it rests on, what
// becomes of the objects and the texts that devices are sent. Loads and warnings are not in
// it: they are other ones at each look.
func (p PlanRecord) fingerprint() string {
	type text struct {
		Stage         int
		Device        string
		Unsaid        string
		Forward, Undo []string
	}
	type object struct{ Kind, Name, Action, As string }
	var texts []text
	for _, s := range p.Steps {
		texts = append(texts, text{s.Stage, s.Device, s.Unsaid, blockTexts(s.Forward), blockTexts(s.Undo)})
	}
	var objects []object
	for _, o := range p.Objects {
		objects = append(objects, object{o.Kind, o.Name, o.Action, string(o.As)})
	}
	return sum([]any{p.Manifest, p.Digest, objects, texts})
}

func blockTexts(p mirror.Payload) (out []string) {
	for _, b := range p.Blocks {
		out = append(out, b.Text)
	}
	return out
}
