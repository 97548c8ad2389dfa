package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const listPlans = "plans"

// maxManifest bounds the values in a manifest; one of 500 sessions has some 10,000.
const maxManifest = 250_000

type (
	// PlanParam is the id of a plan in the path.
	PlanParam struct {
		ID string `path:"id" maxLength:"40" pattern:"^plan-[a-z2-7]{1,32}$" doc:"of the plan"`
	}
	planApplyInput struct {
		PlanParam
		PreferParam
	}
	planMakeInput struct {
		DryRun        bool   `query:"dryRun" doc:"true: the plan is told and not kept: it has no id"`
		IfFingerprint string `query:"ifFingerprint" maxLength:"64" doc:"keep it only if it is what a dry run of this fingerprint has shown; else 409 plan-stale"`
	}
	planMadeOutput struct {
		Status   int
		Location string `header:"Location" doc:"of the plan, on 201"`
		Body     StoredPlan
	}
	planAppliedOutput struct {
		Status            int
		PreferenceApplied string `header:"Preference-Applied" doc:"the wait that was honoured"`
		Body              StoredPlan
	}
	planListOutput struct{ Body PlanList }
	planTextOutput struct {
		ContentType string `header:"Content-Type"`
		Body        []byte
	}
)

func (s *server) registerPlans() {
	one := Base + "/plans/{id}"
	plan := reflect.TypeFor[StoredPlan]()
	refusals := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusBadGateway}
	register(s, endpoint{id: "make-plan", method: http.MethodPost, path: Base + "/plans", tag: "plans",
		summary: "Plan a manifest", access: mirror.Operator, body: reflect.TypeFor[Manifest](),
		doc: "Plans devices, tools, filters, sessions and deletions together, on stored devices that are read for it; devices that are not stored are not dialled. " +
			"Nothing is changed and nothing is sent; the plan is kept and can be applied, or with dryRun only told. What cannot be is refused with every reason against every object, and objects tells of each.",
		answers: []answer{{status: http.StatusCreated, body: plan}, {status: http.StatusOK, body: plan}}, problems: refusals}, s.makePlan)
	register(s, endpoint{id: "list-plans", method: http.MethodGet, path: Base + "/plans", tag: "plans",
		summary: "List plans", doc: "The newest first. Plans are kept for a week, and a bounded number of them.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[PlanList]()}}}, s.listPlans)
	register(s, endpoint{id: "get-plan", method: http.MethodGet, path: one, tag: "plans",
		summary: "Get a plan", doc: "As JSON, or as a text for a change ticket with Accept: text/plain.", access: mirror.Viewer, also: mediaText,
		answers: []answer{{status: http.StatusOK, body: plan}}, problems: []int{http.StatusNotFound}}, s.getPlan)
	register(s, endpoint{id: "apply-plan", method: http.MethodPost, path: one + ":apply", tag: "plans",
		summary: "Do what a plan says", access: mirror.Operator,
		doc: "Once: applied again it answers what became of it. 409 plan-stale when something that the plan rests on is not as it was; errors says what, and nothing was changed. " +
			"Devices and tools are stored first, then filters and sessions together or not at all, then deletions are made. A device that would be sent another text than the plan has is sent nothing, " +
			"and the rollout of that session fails with code plan-stale and is undone. A plan that stores or deletes devices needs access admin. 202 while rollouts run; Prefer: wait=N waits for them.",
		answers: []answer{{status: http.StatusOK, body: plan}, {status: http.StatusAccepted, body: plan}}, problems: refusals}, s.applyPlan)
}

func (s *server) makePlan(ctx context.Context, in *planMakeInput) (*planMadeOutput, error) {
	m, err := decodeUpTo(s, maxManifest, bodyOf(ctx), Manifest.validate)
	if err != nil {
		return nil, explainFormer(err)
	}
	w := engine.Write{Actor: actorOf(ctx)}
	var p engine.PlanRecord
	switch {
	case in.DryRun:
		p, err = s.engine.PreviewPlan(ctx, w, m.domain())
	case in.IfFingerprint != "":
		p, err = s.engine.KeepPlan(ctx, w, m.domain(), in.IfFingerprint)
	default:
		p, err = s.engine.MakePlan(ctx, w, m.domain())
	}
	if err != nil {
		return nil, err
	}
	out := &planMadeOutput{Status: http.StatusOK, Body: storedPlanOf(p)}
	if !in.DryRun {
		out.Status, out.Location = http.StatusCreated, Base+"/plans/"+p.ID
	}
	return out, nil
}

func (s *server) listPlans(ctx context.Context, in *PageParams) (*planListOutput, error) {
	after, err := in.after(listPlans)
	if err != nil {
		return nil, err
	}
	heads, more, err := s.engine.Plans(ctx, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := PlanList{Items: []PlanSummary{}}
	if more {
		out.NextCursor = cursorOf(listPlans, heads[len(heads)-1].ID)
	}
	for _, h := range heads {
		out.Items = append(out.Items, PlanSummary{ID: h.ID, Actor: h.Actor, Created: h.Created, Expires: h.Expires, Applied: h.Applied, Objects: h.Counts, Devices: orEmpty(h.Devices), State: string(h.State)})
	}
	return &planListOutput{out}, nil
}

func (s *server) getPlan(ctx context.Context, in *PlanParam) (*planTextOutput, error) {
	p, err := s.engine.PlanOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if requestOf(ctx).also {
		return &planTextOutput{ContentType: mediaText + "; charset=utf-8", Body: []byte(ticket(p))}, nil
	}
	body, err := json.Marshal(storedPlanOf(p))
	if err != nil {
		return nil, fmt.Errorf("api: encode plan %s: %w", p.ID, err)
	}
	return &planTextOutput{ContentType: mediaJSON, Body: append(body, '\n')}, nil
}

func (s *server) applyPlan(ctx context.Context, in *planApplyInput) (*planAppliedOutput, error) {
	p, err := s.engine.PlanOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	actor, wait := actorOf(ctx), requestOf(ctx).wait
	if asksAdmin(p.Objects) && !actor.Access.Allows(mirror.Admin) {
		return nil, newProblem(codeForbidden, fmt.Sprintf("the plan stores or deletes devices, which needs access %s; the token has %s", mirror.Admin, actor.Access))
	}
	end := time.Now().Add(wait)
	p, err = s.engine.ApplyPlan(ctx, engine.Write{Actor: actor, Wait: wait}, in.ID)
	if err != nil {
		return nil, err
	}
	out := &planAppliedOutput{Status: http.StatusOK, PreferenceApplied: preferenceApplied(wait), Body: storedPlanOf(p)}
	for i := range out.Body.Applied.Objects {
		o := &out.Body.Applied.Objects[i]
		if o.Operation == "" {
			continue
		}
		op, err := s.engine.WaitOperation(ctx, o.Operation, max(time.Until(end), 0))
		if isNotFound(err) { // of long ago
			continue
		}
		if err != nil {
			return nil, err
		}
		o.OperationNow, o.Message = string(op.State), clean(op.Message)
		if op.State.Open() {
			out.Status = http.StatusAccepted
		}
	}
	return out, nil
}
