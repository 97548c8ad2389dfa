package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const aManifest = `{"sessions": [{"name": "s1", "sources": [{"device": "sw1", "interface": "p1"}], "destinations": [{"device": "sw1", "interface": "p9"}],
	"purpose": {"reason": "jitter", "ticket": "INC-1"}}], "delete": {"sessions": ["old"]}}`

func TestPlans(t *testing.T) {
	h := newHarness(t)
	h.do("POST", "/api/v1/plans", aManifest).is(http.StatusCreated, "Location", "/api/v1/plans/plan-a").golden("plans/made")
	if got := h.fake.plans[0].Manifest; len(got.Sessions) != 1 || got.Sessions[0].Name != "s1" || got.Delete.Sessions[0] != "old" {
		t.Errorf("manifest %+v", got)
	}
	h.do("GET", "/api/v1/plans/plan-a", "").is(http.StatusOK, "Content-Type", mediaJSON).golden("plans/got")
	text := h.do("GET", "/api/v1/plans/plan-a", "", "Accept", "text/plain").is(http.StatusOK, "Content-Type", "text/plain; charset=utf-8").body
	for _, want := range []string{"Made by:    op", "why: jitter INC-1", "Stage 1: sw1", "    monitor 66\n     source p1", "    no monitor 66", "Stage 2: sw2 (not read)", "No text yet: its model decides", "Load that is to be expected", "\nTo see that it worked, type on sw1:\n    show monitor 66\n        p9 active\n\nStage 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the ticket lacks %q:\n%s", want, text)
		}
	}
	h.do("GET", "/api/v1/plans/plan-a", "", "Accept", "image/png").problem(http.StatusNotAcceptable, codeNotAcceptable)
	h.do("GET", "/api/v1/plans/plan-z", "").problem(http.StatusNotFound, codeNotFound)

	h.do("POST", "/api/v1/plans/plan-a:apply", "").is(http.StatusAccepted).golden("plans/applied")
	h.fake.finish = func(mirror.Operation, *fake) mirror.OperationState { return mirror.OpSucceeded }
	h.do("POST", "/api/v1/plans/plan-a:apply", "", "Prefer", "wait=5").is(http.StatusOK, "Preference-Applied", "wait=5")

	h.do("POST", "/api/v1/plans", aManifest)
	first := h.do("GET", "/api/v1/plans?limit=1", "").is(http.StatusOK).golden("plans/list")
	if !strings.Contains(first.body, "plan-b") || !strings.Contains(first.body, "nextCursor") {
		t.Errorf("first page %s", first.body)
	}
}

// TestWhatAPlanNeeds: a plan that stores or deletes devices is applied by an admin alone.
func TestWhatAPlanNeeds(t *testing.T) {
	h := newHarness(t)
	device := `{"devices": [{"name": "sw2", "platform": "fake", "transports": {"config": {"protocol": "fake", "address": "192.0.2.1"}}}]}`
	h.do("POST", "/api/v1/plans", device, "Authorization", "Bearer "+viewerToken).problem(http.StatusForbidden, codeForbidden)
	h.do("POST", "/api/v1/plans", device).is(http.StatusCreated)
	h.do("POST", "/api/v1/plans/plan-a:apply", "").problem(http.StatusForbidden, codeForbidden)
	h.do("POST", "/api/v1/plans/plan-a:apply", "", asAdmin()...).is(http.StatusOK)
}

func TestAManifestIsReadStrictly(t *testing.T) {
	h := newHarness(t)
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"unknown field", `{"session": []}`, []string{"/session unknown-field"}},
		{"of an object", `{"sessions": [{"name": "a", "sauces": []}]}`, []string{"/sessions/0/destinations missing", "/sessions/0/sauces unknown-field", "/sessions/0/sources missing"}},
		{"values", `{"sessions": [{"name": "A", "sources": [{"device": "sw1", "interface": "p1"}], "destinations": [{"tool": "t"}]}], "tools": [{"name": "t"}]}`,
			[]string{"/sessions/0/name bad-name", "/tools/0 missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := h.do("POST", "/api/v1/plans", c.body).problem(http.StatusBadRequest, codeInvalid)
			var got []string
			for _, r := range p.Errors {
				got = append(got, r.Pointer+" "+r.Code)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("reasons %q, want %q", got, c.want)
			}
		})
	}
	if slices.Contains(h.fake.calls, "MakePlan") {
		t.Error("a manifest that is not valid was planned")
	}
	var many []string
	for i := range 2000 {
		many = append(many, fmt.Sprintf(`{"name": "s%d", "sources": [{"device": "sw1", "interface": "p1"}], "destinations": [{"device": "sw1", "interface": "p9"}]}`, i))
	}
	h.do("POST", "/api/v1/plans", `{"sessions": [`+strings.Join(many, ",")+`]}`).is(http.StatusCreated)
}

// TestARefusedPlanTellsOfEveryObject, and a stale one of what differs.
func TestARefusedPlanTellsOfEveryObject(t *testing.T) {
	h := newHarness(t)
	reasons := []mirror.Reason{{Pointer: "/sessions/0/destinations/0", Code: "oversubscribed", Message: "too much"}}
	h.fake.fail["MakePlan"] = &engine.PlanRefused{Refusal: &mirror.Refusal{Kind: mirror.ErrOversubscribed, Reasons: reasons}, Forecasts: someForecasts(),
		Objects: []engine.PlanObject{{Kind: mirror.ObjectSession, Name: "s1", Action: engine.ActionRefused, Pointer: "/sessions/0", Reasons: reasons}}}
	h.do("POST", "/api/v1/plans", aManifest).golden("problems/plan-refused").problem(http.StatusUnprocessableEntity, "oversubscribed")
	delete(h.fake.fail, "MakePlan")
	h.do("POST", "/api/v1/plans", aManifest)
	h.fake.fail["ApplyPlan"] = mirror.Refuse(mirror.ErrPlanStale, []mirror.Reason{{Code: "plan-stale", Message: `session "s1" was at version 1 and is at 2`}})
	p := h.do("POST", "/api/v1/plans/plan-a:apply", "").problem(http.StatusConflict, "plan-stale")
	if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, "is at 2") {
		t.Errorf("problem %+v", p)
	}
	h.fake.fail["ApplyPlan"] = errors.New("broken")
	h.do("POST", "/api/v1/plans/plan-a:apply", "").problem(http.StatusInternalServerError, codeInternal)
}

// TestAPreviewOfAPlanIsNotKept, and what is kept of one is what was shown.
func TestAPreviewOfAPlanIsNotKept(t *testing.T) {
	h := newHarness(t)
	shown := h.do("POST", "/api/v1/plans?dryRun=true", aManifest).is(http.StatusOK)
	p := decodeReply[StoredPlan](shown)
	if p.ID != "" || p.Fingerprint == "" || shown.header.Get("Location") != "" || len(p.Objects) == 0 {
		t.Errorf("a preview: %+v", p)
	}
	h.do("POST", "/api/v1/plans?ifFingerprint=another", aManifest).problem(http.StatusConflict, "plan-stale")
	list := decodeReply[PlanList](h.do("GET", "/api/v1/plans", "").is(http.StatusOK))
	if len(list.Items) != 0 {
		t.Errorf("kept: %+v", list.Items)
	}
	h.do("POST", "/api/v1/plans?ifFingerprint="+p.Fingerprint, aManifest).is(http.StatusCreated)
	list = decodeReply[PlanList](h.do("GET", "/api/v1/plans", "").is(http.StatusOK))
	if len(list.Items) != 1 || list.Items[0].State != "holds" {
		t.Errorf("kept: %+v", list.Items)
	}
}

// TestDryRunsOfVerbs answer with a plan and call nothing that writes.
func TestDryRunsOfVerbs(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", "/api/v1/devices/sw1", `{"platform": "fake", "transports": {"config": {"protocol": "fake", "address": "192.0.2.1"}}}`, asAdmin()...)
	h.do("PUT", "/api/v1/sessions/s1", `{"sources": [{"device": "sw1", "interface": "p1"}], "destinations": [{"device": "sw1", "interface": "p9"}]}`)
	for _, c := range []struct{ method, path, body, want string }{
		{"DELETE", "/api/v1/sessions/s1?dryRun=true&deletePolicy=orphan", "", "PlanRemove"},
		{"POST", "/api/v1/sessions/s1:disable?dryRun=true", "", "Plan"},
		{"POST", "/api/v1/sessions/s1:enable?dryRun=true", "", "Plan"},
		{"POST", "/api/v1/sessions/s1:renew?dryRun=true", `{"duration": "1h"}`, "PlanRenew"},
		{"POST", "/api/v1/sessions/new:adopt?dryRun=true", `{"device": "sw1", "nativeId": "1"}`, "PlanAdopt"},
		{"POST", "/api/v1/devices/sw1:release?dryRun=true", "", "PlanRelease"},
	} {
		t.Run(c.path, func(t *testing.T) {
			h.fake.calls = nil
			h.do(c.method, c.path, c.body).is(http.StatusOK)
			for _, call := range h.fake.calls {
				if slices.Contains([]string{"Submit", "Remove", "Renew", "Adopt", "Release"}, call) {
					t.Errorf("it called %s", call)
				}
			}
			if !slices.Contains(h.fake.calls, c.want) {
				t.Errorf("calls %q lack %s", h.fake.calls, c.want)
			}
		})
	}
	h.do("DELETE", "/api/v1/sessions/none?dryRun=true", "").problem(http.StatusNotFound, codeNotFound)
}
