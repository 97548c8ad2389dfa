package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A way is proposed with what makes it of the session that was sent, and is accepted as it
// stands; kinds that do not do are told with their reasons.
func TestWaysAreProposed(t *testing.T) {
	h, _ := newEngineHarness(t)
	const propose = "/api/v1/sessions:propose"
	h.do("POST", "/api/v1/devices/sw1:sync", "", asAdmin()...).is(200)
	got := decodeReply[WayList](h.do("POST", propose, strings.TrimSuffix(plainSession, "}")+`,"kind":"rspan","rspan":{"vlan":900},"priority":70}`).is(200))
	if len(got.Ways) != 1 || got.Ways[0].Kind != "span" || got.Read == nil {
		t.Fatalf("%+v", got)
	}
	w := got.Ways[0]
	patch, err := json.Marshal(w.Patch)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"kind":"span","rspan":null}`, string(patch)); diff != "" {
		t.Error(diff)
	}
	if w.Spec.RSPAN != nil || w.Spec.Priority != 70 || w.Spec.Kind != "span" {
		t.Errorf("spec: %+v", w.Spec)
	}
	for _, u := range got.Unfit {
		if len(u.Reasons) == 0 {
			t.Errorf("%s: no reason", u.Kind)
		}
	}
	if len(got.Unfit) != 2 || got.Unfit[0].Kind != "rspan" || got.Unfit[1].Kind != "erspan" {
		t.Errorf("unfit: %+v", got.Unfit)
	}
	spec, err := json.Marshal(w.Spec)
	if err != nil {
		t.Fatal(err)
	}
	h.do("PUT", s1, string(spec), "Prefer", "wait=20").is(201)

	none := decodeReply[WayList](h.do("POST", propose, strings.Replace(plainSession, "sw1", "sw9", 1)).is(200))
	if len(none.Ways) != 0 || len(none.Unfit) != 3 || none.Read != nil && none.Read.IsZero() {
		t.Errorf("of an unknown device: %+v", none)
	}
}

func TestWhatIsNoQuestionForWaysIsRefused(t *testing.T) {
	h := newHarness(t)
	const propose = "/api/v1/sessions:propose"
	h.do("POST", propose, `{"sources":[],"destinations":[{"tool":"t"}]}`).problem(400, codeInvalid)
	h.do("POST", propose, strings.TrimSuffix(plainSession, "}")+`,"vlans":"900-"}`).problem(400, codeInvalid)
	h.do("POST", propose, strings.TrimSuffix(plainSession, "}")+`,"name":"Not A Name"}`).problem(400, codeInvalid)
	h.do("POST", propose, strings.TrimSuffix(plainSession, "}")+`,"wish":1}`).problem(400, codeInvalid)
	h.do("POST", propose, plainSession, "Authorization", "Bearer "+viewerToken).problem(403, codeForbidden)
	if got := decodeReply[WayList](h.do("POST", propose, plainSession).is(200)); got.Read != nil || len(got.Unfit) != 1 {
		t.Errorf("%+v", got)
	}
}
