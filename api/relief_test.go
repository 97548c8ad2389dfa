package api

import (
	"testing"
)

// Relief is pinned, told in the status, planned by a dry run, and cleared, over the
// real engine.
func TestReliefIsPinnedAndCleared(t *testing.T) {
	h, m := newEngineHarness(t)
	h.do("PUT", s1, plainSession, "Prefer", "wait=30").is(201)
	plan := decodeReply[Plan](h.do("POST", s1+":pin-relief?dryRun=true", `{"rung":"suspend"}`).is(200))
	if plan.Relief == nil || !plan.Relief.Pinned || len(plan.Fragments) != 0 || len(plan.Devices) != 1 || plan.Devices[0].Changes[0].Verb != "delete" || len(plan.Asked) != 1 {
		t.Errorf("plan %+v", plan)
	}
	s := decodeReply[Session](h.do("POST", s1+":pin-relief", `{"rung":"suspend"}`, "Prefer", "wait=30").is(200))
	if r := s.Status.Relief; s.Status.Phase != "Suspended" || r == nil || !r.Pinned || r.Steps[0].Rung != "suspend" || s.Status.Generation != 1 {
		t.Errorf("status %+v", s.Status)
	}
	if natives, _ := m.count(); natives != 0 {
		t.Errorf("%d native sessions are left", natives)
	}
	h.do("POST", s1+":pin-relief", `{"rung":"drop"}`).problem(400, "invalid-request")
	h.do("POST", s1+":pin-relief", `{"rung":"truncate"}`).problem(409, "conflict")
	h.do("POST", s1+":clear-relief", "", "If-Match", `"7"`).problem(412, "precondition-failed")
	s = decodeReply[Session](h.do("POST", s1+":clear-relief", "", "Prefer", "wait=30").is(200))
	if s.Status.Phase != "Active" || s.Status.Relief != nil {
		t.Errorf("status %+v", s.Status)
	}
}
