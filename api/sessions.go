package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const listSessions = "sessions"

type (
	sessionListInput struct {
		PageParams
		SelectorParam
		SessionSelectParams
	}
	// DryRunParam asks for the plan only.
	DryRunParam struct {
		DryRun bool `query:"dryRun" doc:"true: answer with the plan, store and send nothing"`
	}
	sessionPutInput struct {
		NameParam
		Conditions
		PreferParam
		DryRunParam
	}
	sessionPatchInput struct {
		NameParam
		MatchParam
		PreferParam
		DryRunParam
	}
	sessionVerbInput struct {
		NameParam
		MatchParam
		PreferParam
		DryRunParam
	}
	// DeletePolicyParam is exported because huma ignores the fields of embedded
	// types that are not.
	DeletePolicyParam struct {
		DeletePolicy string `query:"deletePolicy" enum:"remove,orphan" doc:"goes before the session's own; orphan lets go of it without touching its devices, also while it waits for one that is gone for good"`
	}
	sessionDeleteInput struct {
		NameParam
		MatchParam
		PreferParam
		DryRunParam
		DeletePolicyParam
	}
	sessionOutput struct {
		ETag string `header:"ETag" doc:"the generation, quoted"`
		Body Session
	}
	sessionWriteOutput struct {
		Status            int
		ETag              string `header:"ETag" doc:"the generation, quoted"`
		Location          string `header:"Location" doc:"the operation on 202, the session on 201"`
		PreferenceApplied string `header:"Preference-Applied" doc:"the wait that was honoured"`
		Body              any    // Session or Plan
	}
	sessionListOutput struct{ Body SessionList }
)

func sessionPath(name string) string { return Base + "/sessions/" + name }

func (s *server) registerSessions() {
	one := Base + "/sessions/{name}"
	session, spec := reflect.TypeFor[Session](), reflect.TypeFor[SessionSpec]()
	register(s, endpoint{id: "list-sessions", method: http.MethodGet, path: Base + "/sessions", tag: "sessions",
		summary: "List sessions", doc: "By name.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[SessionList]()}}}, s.listSessions)
	register(s, endpoint{id: "get-session", method: http.MethodGet, path: one, tag: "sessions",
		summary: "Get a session", doc: "Its intent and what became of it.", access: mirror.Viewer,
		answers: []answer{{status: http.StatusOK, body: session}}, problems: []int{http.StatusNotFound}}, s.getSession)

	refusals := []int{http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusUnprocessableEntity, http.StatusBadGateway}
	withPlan := reflect.TypeFor[Plan]()
	register(s, endpoint{id: "put-session", method: http.MethodPut, path: one, tag: "sessions",
		summary: "Create or replace a session",
		doc: "The same body again is the same generation and starts nothing. 202 while the rollout runs, with its operation as Location; " +
			"with Prefer: wait=N the answer waits for it and is 201 or 200 with the state it left. Success means read back from the devices, so look at status.phase.",
		access: mirror.Operator, body: spec,
		answers:  []answer{{http.StatusOK, session, withPlan}, {http.StatusCreated, session, nil}, {http.StatusAccepted, session, nil}},
		problems: refusals}, s.putSession)
	register(s, endpoint{id: "patch-session", method: http.MethodPatch, path: one, tag: "sessions",
		summary: "Change a session", doc: "A JSON merge patch (RFC 7396) of its intent: null takes a field away, lists are replaced as a whole. Answers like PUT.",
		access: mirror.Operator, body: spec, patch: true,
		answers:  []answer{{http.StatusOK, session, withPlan}, {http.StatusAccepted, session, nil}},
		problems: refusals}, s.patchSession)
	register(s, endpoint{id: "delete-session", method: http.MethodDelete, path: one, tag: "sessions",
		summary: "Delete a session",
		doc:     "202 with the operation as Location until every device is clean, 204 once it is, which Prefer: wait=N may wait for. 404 if there is none.",
		access:  mirror.Operator, answers: []answer{{http.StatusAccepted, session, nil}, {http.StatusNoContent, nil, nil}, {http.StatusOK, withPlan, nil}},
		problems: refusals}, s.deleteSession)
	s.registerSessionVerbs(one, session, refusals)
	for verb, enabled := range map[string]bool{"enable": true, "disable": false} {
		doc := "Puts the session on its devices again."
		if !enabled {
			doc = "Takes the session off its devices and keeps the intent."
		}
		register(s, endpoint{id: verb + "-session", method: http.MethodPost, path: one + ":" + verb, tag: "sessions",
			summary: "Set enabled to " + map[bool]string{true: "true", false: "false"}[enabled], doc: doc + " Answers like PUT.", access: mirror.Operator,
			answers:  []answer{{http.StatusOK, session, withPlan}, {http.StatusAccepted, session, nil}},
			problems: refusals}, s.setEnabled(enabled))
	}
}

func (s *server) listSessions(ctx context.Context, in *sessionListInput) (*sessionListOutput, error) {
	labels, err := in.parse()
	if err != nil {
		return nil, err
	}
	sel := mirror.Selection{Labels: labels, Device: in.Device, Tool: in.Tool, Filter: in.Filter}
	views, next, err := selectPage(listSessions, in.PageParams, func(p mirror.Page) ([]engine.SessionView, string, error) {
		return s.engine.SelectSessions(ctx, sel, engine.SessionPick{Phase: mirror.Phase(in.Phase), Text: in.Text}, p)
	})
	if err != nil {
		return nil, err
	}
	out := SessionList{Items: make([]Session, len(views)), NextCursor: next}
	for i, v := range views {
		out.Items[i] = sessionOf(v)
	}
	return &sessionListOutput{out}, nil
}

func (s *server) getSession(ctx context.Context, in *NameParam) (*sessionOutput, error) {
	v, err := s.engine.Session(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &sessionOutput{ETag: etag(v.Record.Generation), Body: sessionOf(v)}, nil
}

func (s *server) sessionVersion(ctx context.Context, name string) func() (int64, error) {
	return func() (int64, error) {
		v, err := s.engine.Session(ctx, name)
		return v.Record.Generation, err
	}
}

func checkSessionSpec(name string) func(SessionSpec) []mirror.Reason {
	return func(w SessionSpec) []mirror.Reason { return w.domain(name).WithDefaults().Validate() }
}

func (s *server) putSession(ctx context.Context, in *sessionPutInput) (*sessionWriteOutput, error) {
	spec, err := decode(s, bodyOf(ctx), checkSessionSpec(in.Name))
	if err != nil {
		return nil, err
	}
	version, err := in.Conditions.resolve(s.sessionVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return s.submit(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: version}, spec.domain(in.Name), in.DryRun)
}

func (s *server) patchSession(ctx context.Context, in *sessionPatchInput) (*sessionWriteOutput, error) {
	return s.modify(ctx, in.Name, in.MatchParam, in.DryRun, func(present mirror.Session) (mirror.Session, error) {
		spec, err := decodePatch(s, bodyOf(ctx), sessionSpecOf(present), checkSessionSpec(in.Name))
		return spec.domain(in.Name), err
	})
}

func (s *server) setEnabled(enabled bool) func(context.Context, *sessionVerbInput) (*sessionWriteOutput, error) {
	return func(ctx context.Context, in *sessionVerbInput) (*sessionWriteOutput, error) {
		return s.modify(ctx, in.Name, in.MatchParam, in.DryRun, func(present mirror.Session) (mirror.Session, error) {
			present.Enabled = enabled
			return present, nil
		})
	}
}

// modify reads a session, changes it and submits it, on condition that nobody
// wrote in between.
func (s *server) modify(ctx context.Context, name string, match MatchParam, dryRun bool,
	change func(mirror.Session) (mirror.Session, error)) (*sessionWriteOutput, error) {
	version, err := match.resolve(s.sessionVersion(ctx, name))
	if err != nil {
		return nil, err
	}
	return retryChanged(version == nil, func() (*sessionWriteOutput, error) {
		v, err := s.engine.Session(ctx, name)
		if err != nil {
			return nil, err
		}
		read := v.Record.Generation
		if version != nil {
			read = *version
		}
		changed, err := change(v.Record.Session)
		if err != nil {
			return nil, err
		}
		return s.submit(ctx, engine.Write{Actor: actorOf(ctx), IfMatch: &read}, changed, dryRun)
	})
}

// submit hands an intent to the engine, or plans it, and answers.
func (s *server) submit(ctx context.Context, w engine.Write, session mirror.Session, dryRun bool) (*sessionWriteOutput, error) {
	if dryRun {
		return planAnswer(s.engine.Plan(ctx, w, session))
	}
	w.Wait = requestOf(ctx).wait
	res, err := s.engine.Submit(ctx, w, session)
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, res, session.Name)
}

func planAnswer(p engine.Planned, err error) (*sessionWriteOutput, error) {
	if err != nil {
		return nil, err
	}
	return &sessionWriteOutput{Status: http.StatusOK, Body: planOf(p)}, nil
}

// await waits for the rollout as long as Prefer asked for and reads the session
// again. waited is 0 when the client did not ask.
func (s *server) await(ctx context.Context, res engine.SubmitResult) (out engine.SubmitResult, waited time.Duration, err error) {
	wait := requestOf(ctx).wait
	// An intent that is not decided yet has waited for its devices already, or
	// waits for one that is away.
	if wait == 0 || !res.Operation.State.Open() || res.View.Record.Waiting != nil {
		return res, wait, nil
	}
	if res.Operation, err = s.engine.WaitOperation(ctx, res.Operation.ID, wait); err != nil {
		return res, 0, err
	}
	v, err := s.engine.Session(ctx, res.View.Record.Session.Name)
	if isNotFound(err) { // a removal that is done, or somebody else's
		return res, wait, nil
	}
	if err == nil {
		res.View = v
	}
	return res, wait, err
}

// writeAnswer is 202 while a rollout runs, this one or the one that took over
// from it, and 200 otherwise.
func writeAnswer(res engine.SubmitResult) *sessionWriteOutput {
	body := sessionOf(res.View)
	out := &sessionWriteOutput{Status: http.StatusOK, ETag: etag(res.View.Record.Generation)}
	if op := res.Operation; op.ID != "" {
		body.Operation = &OperationRef{ID: op.ID, Href: operationPath(op.ID), State: string(op.State), Message: op.Message, Waits: op.Waits}
		switch {
		case op.State.Open():
			out.Status, out.Location = http.StatusAccepted, operationPath(op.ID)
		case op.State == mirror.OpSuperseded && op.Superseded != "":
			out.Status, out.Location = http.StatusAccepted, operationPath(op.Superseded)
		}
	}
	out.Body = body
	return out
}

func (s *server) deleteSession(ctx context.Context, in *sessionDeleteInput) (*sessionWriteOutput, error) {
	version, err := in.MatchParam.resolve(s.sessionVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	w := engine.Write{Actor: actorOf(ctx), IfMatch: version}
	if in.DryRun {
		return planAnswer(s.engine.PlanRemove(ctx, w, in.Name, in.DeletePolicy))
	}
	res, err := s.engine.Remove(ctx, w, in.Name, in.DeletePolicy)
	if err != nil {
		return nil, err
	}
	res, waited, err := s.await(ctx, res)
	if err != nil {
		return nil, err
	}
	if !res.Operation.State.Open() {
		v, err := s.engine.Session(ctx, in.Name)
		if isNotFound(err) {
			return &sessionWriteOutput{Status: http.StatusNoContent, PreferenceApplied: preferenceApplied(waited)}, nil
		}
		if err != nil {
			return nil, err
		}
		res.View = v
	}
	out := writeAnswer(res)
	out.PreferenceApplied = preferenceApplied(waited)
	// The operation may have failed on a device; the session is there until
	// every device is clean, so the removal is accepted, not done.
	if out.Status = http.StatusAccepted; out.Location == "" {
		out.Location = operationPath(res.Operation.ID)
	}
	return out, nil
}
