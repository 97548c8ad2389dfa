package api

import (
	"context"
	"errors"
	"math"
	"net/http"
	"reflect"
	"strconv"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const listTriggers = "triggers"

type (
	triggerListInput struct {
		PageParams
		SelectorParam
	}
	triggerPutInput struct {
		NameParam
		Conditions
		DryRunParam
	}
	triggerPatchInput struct {
		NameParam
		MatchParam
		DryRunParam
	}
	triggerOutput struct {
		Status   int
		ETag     string `header:"ETag" doc:"the version, quoted"`
		Location string `header:"Location" doc:"the new resource, on 201"`
		Body     any    // Trigger or EntryPlan
	}
	fireInput struct {
		NameParam
		DryRunParam
	}
	fireOutput struct {
		Status     int
		RetryAfter string `header:"Retry-After" doc:"where the rate refused a start: in how many seconds there is room for one"`
		Body       any    // FiredAlerts or Problem
	}
	triggerListOutput struct{ Body TriggerList }
)

func (s *server) registerTriggers() {
	one := Base + "/triggers/{name}"
	trigger := reflect.TypeFor[Trigger]()
	withPlan := reflect.TypeFor[EntryPlan]()
	refusals := []int{http.StatusNotFound, http.StatusPreconditionFailed, http.StatusUnprocessableEntity}
	register(s, endpoint{id: "list-triggers", method: http.MethodGet, path: Base + "/triggers", tag: "triggers",
		summary: "List triggers", doc: "By name.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[TriggerList]()}}}, s.listTriggers)
	register(s, endpoint{id: "get-trigger", method: http.MethodGet, path: one, tag: "triggers",
		summary: "Get a trigger", doc: "Its entry, and what it did.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: trigger}}, problems: []int{http.StatusNotFound}}, s.getTrigger)
	register(s, endpoint{id: "put-trigger", method: http.MethodPut, path: one, tag: "triggers",
		summary: "Create or replace a trigger", access: mirror.Admin,
		doc: "It says how a session is made of an alert, which ports alerts may have copied, and for how long, how many and how often. " +
			"What it started before goes on until its lease ends. The same body again changes nothing.",
		body:     reflect.TypeFor[TriggerSpec](),
		answers:  []answer{{http.StatusOK, trigger, withPlan}, {status: http.StatusCreated, body: trigger}},
		problems: refusals}, s.putTrigger)
	register(s, endpoint{id: "patch-trigger", method: http.MethodPatch, path: one, tag: "triggers",
		summary: "Change a trigger", doc: "A JSON merge patch (RFC 7396) of its entry.", access: mirror.Admin,
		body: reflect.TypeFor[TriggerSpec](), patch: true,
		answers: []answer{{http.StatusOK, trigger, withPlan}}, problems: refusals}, s.patchTrigger)
	register(s, endpoint{id: "delete-trigger", method: http.MethodDelete, path: one, tag: "triggers",
		summary: "Delete a trigger", doc: "What it started ends with its lease.", access: mirror.Admin,
		answers: []answer{{http.StatusOK, withPlan, nil}, {status: http.StatusNoContent}}, problems: []int{http.StatusNotFound, http.StatusPreconditionFailed}}, s.deleteTrigger)
	register(s, endpoint{id: "fire-trigger", method: http.MethodPost, path: one, tag: "triggers",
		summary: "Fire a trigger", access: mirror.Operator, fires: true,
		doc: "The body is what an alerting program sends, in the format of the trigger. Each alert starts the session of its port, as a PUT of it would, or renews its lease. " +
			"A body that can be read is answered with what became of each alert; a body that is none of the format is 422. " +
			"Where the rate refused what was asked for, and nothing else came of the body, the answer is 429 with Retry-After. " +
			"With dryRun everything is decided on devices that are read for it, and nothing is stored. A token of role trigger may do this with its own trigger, and nothing else.",
		body: reflect.TypeFor[any](), answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[FiredAlerts]()}},
		problems: []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}}, s.fireTrigger)
}

func (s *server) listTriggers(ctx context.Context, in *triggerListInput) (*triggerListOutput, error) {
	labels, err := in.parse()
	if err != nil {
		return nil, err
	}
	views, next, err := selectPage(listTriggers, in.PageParams, func(p mirror.Page) ([]engine.TriggerView, string, error) {
		return s.engine.SelectTriggers(ctx, mirror.Selection{Labels: labels}, p)
	})
	if err != nil {
		return nil, err
	}
	return &triggerListOutput{TriggerList{Items: orEmpty(translateAll(views, triggerOf)), NextCursor: next}}, nil
}

func triggerAnswer(v engine.TriggerView, created bool, err error) (*triggerOutput, error) {
	if err != nil {
		return nil, err
	}
	out := &triggerOutput{Status: http.StatusOK, ETag: etag(v.Version), Body: triggerOf(v)}
	if created {
		out.Status, out.Location = http.StatusCreated, Base+"/triggers/"+v.Trigger.Name
	}
	return out, nil
}

func (s *server) getTrigger(ctx context.Context, in *NameParam) (*triggerOutput, error) {
	v, err := s.engine.Trigger(ctx, in.Name)
	return triggerAnswer(v, false, err)
}

func (s *server) triggerVersion(ctx context.Context, name string) func() (int64, error) {
	return func() (int64, error) {
		v, err := s.engine.Trigger(ctx, name)
		return v.Version, err
	}
}

func (s *server) putTrigger(ctx context.Context, in *triggerPutInput) (*triggerOutput, error) {
	spec, err := decode(s, bodyOf(ctx), checkTriggerSpec(in.Name))
	if err != nil {
		return nil, err
	}
	version, err := in.Conditions.resolve(s.triggerVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return s.writeTrigger(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: version}, spec.domain(in.Name), in.DryRun)
}

func (s *server) patchTrigger(ctx context.Context, in *triggerPatchInput) (*triggerOutput, error) {
	version, err := in.resolve(s.triggerVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return retryChanged(version == nil, func() (*triggerOutput, error) {
		v, err := s.engine.Trigger(ctx, in.Name)
		if err != nil {
			return nil, err
		}
		spec, err := decodePatch(s, bodyOf(ctx), triggerSpecOf(v.Trigger), checkTriggerSpec(in.Name))
		if err != nil {
			return nil, err
		}
		read := v.Version
		if version != nil {
			read = *version
		}
		return s.writeTrigger(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: &read}, spec.domain(in.Name), in.DryRun)
	})
}

// writeTrigger hands an entry to the engine, or plans it, and answers.
func (s *server) writeTrigger(ctx context.Context, w engine.Write, x mirror.Trigger, dryRun bool) (*triggerOutput, error) {
	if dryRun {
		p, err := s.engine.PlanTrigger(ctx, w, x)
		if err != nil {
			return nil, err
		}
		return &triggerOutput{Status: http.StatusOK, Body: entryPlanOf(p)}, nil
	}
	v, created, err := s.engine.PutTrigger(ctx, w, x)
	return triggerAnswer(v, created, err)
}

func (s *server) deleteTrigger(ctx context.Context, in *entryDeleteInput) (*entryDeleteOutput, error) {
	return s.deleteEntry(ctx, in, mirror.ObjectTrigger, s.triggerVersion(ctx, in.Name), s.engine.DeleteTrigger)
}

func (s *server) fireTrigger(ctx context.Context, in *fireInput) (*fireOutput, error) {
	fired, err := s.engine.FireTrigger(ctx, engine.Write{Actor: actorOf(ctx)}, in.Name, bodyOf(ctx), in.DryRun)
	var busy *engine.TriggerBusy
	if errors.As(err, &busy) {
		p := newProblem(codeTriggerRate, busy.Error(), reasonsOf(busy.Reasons)...)
		p.RequestID = requestOf(ctx).id
		return &fireOutput{Status: p.Status, RetryAfter: retryAfter(busy.Wait.Seconds()), Body: p}, nil
	}
	if err != nil {
		return nil, err
	}
	out := &fireOutput{Status: http.StatusOK, Body: FiredAlerts{DryRun: in.DryRun, Alerts: orEmpty(translateAll(fired.Alerts, firedOf))}}
	if fired.Wait > 0 {
		out.RetryAfter = retryAfter(fired.Wait.Seconds())
	}
	return out, nil
}

func retryAfter(seconds float64) string { return strconv.Itoa(int(math.Max(1, math.Ceil(seconds)))) }
