package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// AdoptRequest names a native session that another hand made, and what the
// intent that is written for it shall say beside what it copies.
type AdoptRequest struct {
	Device       string            `json:"device"`
	NativeID     string            `json:"nativeId" minLength:"1" doc:"number or name, as observed-sessions tells it"`
	Description  string            `json:"description,omitempty"`
	DriftPolicy  string            `json:"driftPolicy,omitempty" minLength:"1" doc:"repair (default) or report"`
	DeletePolicy string            `json:"deletePolicy,omitempty" minLength:"1" doc:"remove (default), or orphan: leave it on the device"`
	Admission    *Admission        `json:"admission,omitempty"`
	Lease        *Lease            `json:"lease,omitempty"`
	Purpose      *Purpose          `json:"purpose,omitempty"`
	Labels       map[string]string `json:"labels,omitempty"`
}

type (
	sessionRenewInput struct {
		NameParam
		MatchParam
		PreferParam
		DryRunParam
	}
	reliefInput struct {
		NameParam
		MatchParam
		PreferParam
		DryRunParam
	}
	sessionAdoptInput struct {
		NameParam
		PreferParam
		DryRunParam
	}
)

func (s *server) registerSessionVerbs(one string, session reflect.Type, refusals []int) {
	plan := reflect.TypeFor[Plan]()
	register(s, endpoint{id: "renew-session", method: http.MethodPost, path: one + ":renew", tag: "sessions",
		summary: "Let a session live on", access: mirror.Operator, body: reflect.TypeFor[Lease](), optional: true,
		doc:      "Without a body the lease's own duration begins again now. With one the lease becomes that. A session that has expired is checked anew and goes back to its devices. Answers like PUT.",
		answers:  []answer{{http.StatusOK, session, plan}, {http.StatusAccepted, session, nil}},
		problems: refusals}, s.renewSession)
	register(s, endpoint{id: "pin-relief", method: http.MethodPost, path: one + ":pin-relief", tag: "sessions",
		summary: "Pin the relief of a session", access: mirror.Operator, body: reflect.TypeFor[ReliefPin](), optional: true,
		doc: "At a rung, whatever the load is and whether or not the ladder has it: with what is in force of the rungs before it, and without those after it; at none, so that the session stays as asked; " +
			"without a body as it stands. An option of the native session (truncate, sample) is that of all of its sessions, and their ladders must have it. Nothing is taken or released until the pin is cleared. Answers like PUT.",
		answers:  []answer{{http.StatusOK, session, plan}, {http.StatusAccepted, session, nil}},
		problems: refusals}, s.pinRelief)
	register(s, endpoint{id: "clear-relief", method: http.MethodPost, path: one + ":clear-relief", tag: "sessions",
		summary: "Release the relief of a session", access: mirror.Operator,
		doc:     "Takes the pin away and releases every step, so that the session is as asked. If its destination is oversubscribed still, it is relieved again. Answers like PUT.",
		answers: []answer{{http.StatusOK, session, plan}, {http.StatusAccepted, session, nil}}, problems: refusals}, s.clearRelief)
	register(s, endpoint{id: "adopt-session", method: http.MethodPost, path: one + ":adopt", tag: "sessions",
		summary: "Take over a native session as it stands", access: mirror.Operator, body: reflect.TypeFor[AdoptRequest](),
		doc: "Writes an intent of this name that describes a native session which another hand made, and says in the ledger (and in the mark, where the device has room) that it is netmirror's from now on. " +
			"Nothing else on the device changes. 409 when the name is taken or it is somebody's, 422 when it cannot be described as an intent.",
		answers:  []answer{{http.StatusCreated, session, nil}, {http.StatusAccepted, session, nil}, {http.StatusOK, plan, nil}},
		problems: refusals}, s.adoptSession)
}

func (s *server) renewSession(ctx context.Context, in *sessionRenewInput) (*sessionWriteOutput, error) {
	wire, err := decode(s, bodyOf(ctx), func(Lease) []mirror.Reason { return nil })
	if err != nil {
		return nil, err
	}
	var lease *mirror.Lease
	if l := wire.domain(); l != (mirror.Lease{}) {
		lease = &l
	}
	version, err := in.MatchParam.resolve(s.sessionVersion(ctx, in.Name))
	if err != nil {
		return nil, err
	}
	return retryChanged(version == nil, func() (*sessionWriteOutput, error) {
		w := engine.Write{Actor: actorOf(ctx), IfMatch: version}
		if in.DryRun {
			return planAnswer(s.engine.PlanRenew(ctx, w, in.Name, lease))
		}
		res, err := s.engine.Renew(ctx, w, in.Name, lease)
		if err != nil {
			return nil, err
		}
		return s.answer(ctx, res, in.Name)
	})
}

func (s *server) adoptSession(ctx context.Context, in *sessionAdoptInput) (*sessionWriteOutput, error) {
	body, err := decode(s, bodyOf(ctx), func(r AdoptRequest) []mirror.Reason { return r.validate(in.Name) })
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		return planAnswer(s.engine.PlanAdopt(ctx, engine.Write{Actor: actorOf(ctx)}, body.Device, body.NativeID, body.domain(in.Name)))
	}
	res, err := s.engine.Adopt(ctx, engine.Write{Actor: actorOf(ctx)}, body.Device, body.NativeID, body.domain(in.Name))
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, res, in.Name)
}

func (r AdoptRequest) domain(name string) mirror.Session {
	return mirror.Session{Name: name, Description: r.Description, DriftPolicy: r.DriftPolicy, DeletePolicy: r.DeletePolicy,
		Admission: translate1(r.Admission, func(x Admission) mirror.Admission { return mirror.Admission(x) }),
		Lease:     translate1(r.Lease, Lease.domain), Purpose: translate1(r.Purpose, func(x Purpose) mirror.Purpose { return mirror.Purpose(x) }), Labels: r.Labels}
}

// validate is what the domain says of the fields that the caller gives: those
// of the native session stand in for the rest.
func (r AdoptRequest) validate(name string) []mirror.Reason {
	s := r.domain(name)
	s.Sources = []mirror.Source{{Device: r.Device, VLAN: 1}}
	s.Destinations = []mirror.Destination{{Tool: "any"}}
	var out []mirror.Reason
	for _, reason := range s.WithDefaults().Validate() {
		if reason.Pointer == "/sources/0/device" {
			reason.Pointer = "/device"
		}
		out = append(out, reason)
	}
	return out
}

// answer waits for the rollout of a write and answers as PUT does.
func (s *server) answer(ctx context.Context, res engine.SubmitResult, name string) (*sessionWriteOutput, error) {
	res, waited, err := s.await(ctx, res)
	if err != nil {
		return nil, err
	}
	out := writeAnswer(res)
	out.PreferenceApplied = preferenceApplied(waited)
	if out.Status == http.StatusOK && res.Created {
		out.Status, out.Location = http.StatusCreated, sessionPath(name)
	}
	return out, nil
}
