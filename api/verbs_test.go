package api

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A lease is begun, renewed with and without a body, and never by a PUT.
func TestALeaseIsRenewed(t *testing.T) {
	h, _ := newEngineHarness(t)
	leased := strings.TrimSuffix(plainSession, "}") + `,"lease":{"duration":"1h"}}`
	first := decodeReply[Session](h.do("PUT", s1, leased, "Prefer", "wait=20").is(201))
	if first.Status.Expires == nil {
		t.Fatalf("status: %+v", first.Status)
	}
	again := decodeReply[Session](h.do("PUT", s1, leased).is(200))
	if !again.Status.Expires.Equal(*first.Status.Expires) {
		t.Errorf("the same PUT moved the end from %v to %v", first.Status.Expires, again.Status.Expires)
	}
	renewed := decodeReply[Session](h.do("POST", s1+":renew", "", "Prefer", "wait=20").is(200))
	if !renewed.Status.Expires.After(*first.Status.Expires) {
		t.Errorf("renewed from %v to %v", first.Status.Expires, renewed.Status.Expires)
	}
	other := decodeReply[Session](h.do("POST", s1+":renew", `{"until":"2099-01-31T18:00:00Z"}`, "Prefer", "wait=20").is(200))
	if other.Status.Expires.Year() != 2099 || other.Spec.Lease.Duration != "" {
		t.Errorf("renewed until %v, lease %+v", other.Status.Expires, other.Spec.Lease)
	}
	h.do("POST", s1+":renew", "", "Prefer", "wait=20").problem(422, "cannot-be-done")
	h.do("POST", s1+":renew", `{"until":"2001-01-31T18:00:00Z"}`).problem(400, codeInvalid)
	h.do("POST", s1+":renew", `{"unti":"x"}`).problem(400, codeInvalid)
	h.do("POST", s1+":renew", `{"duration":"1h"}`, "If-Match", `"99"`).problem(412, codePrecondition)
	h.do("POST", "/api/v1/sessions/none:renew", "").problem(404, codeNotFound)
	h.do("PUT", "/api/v1/sessions/s2", strings.TrimSuffix(plainSession, "}")+`,"lease":{}}`).problem(400, codeInvalid)
}

// What another hand made is taken over as it stands, and nothing is pushed but
// the mark.
func TestAForeignSessionIsAdopted(t *testing.T) {
	h, m := newEngineHarness(t)
	spec := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}, Destinations: []mirror.PortName{"p9"},
		Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
	m.mu.Lock()
	m.natives["theirs"] = mirror.NativeSession{ID: "theirs", Handle: "row-1", Spec: spec, Programmed: mirror.True}
	m.mu.Unlock()
	adopt := "/api/v1/sessions/taken:adopt"
	h.do("POST", adopt, `{"device":"sw1"}`).problem(400, codeInvalid)
	h.do("POST", adopt, `{"device":"sw1","nativeId":"none"}`).problem(422, "cannot-be-done")
	h.do("POST", adopt, `{"device":"sw7","nativeId":"theirs"}`).problem(404, codeNotFound)
	got := decodeReply[Session](h.do("POST", adopt, `{"device":"sw1","nativeId":"theirs","labels":{"team":"noc"}}`, "Prefer", "wait=20").is(201))
	if got.Status.Phase != "Active" || got.Status.Fragments[0].NativeID != "theirs" || got.Spec.Sources[0].Interface != "p1" || got.Spec.Labels["team"] != "noc" {
		t.Errorf("adopted: %+v", got)
	}
	m.mu.Lock()
	n := m.natives["theirs"]
	m.mu.Unlock()
	if !n.Spec.Equal(spec) || n.Mark == "" || n.ID != "theirs" {
		t.Errorf("on the device: %+v", n)
	}
	h.do("POST", adopt, `{"device":"sw1","nativeId":"theirs"}`).problem(409, codeConflict)
	h.do("POST", "/api/v1/sessions/other:adopt", `{"device":"sw1","nativeId":"theirs"}`).problem(409, codeConflict)
	h.do("POST", "/api/v1/devices/sw1:release", "").is(200)
	h.do("DELETE", "/api/v1/sessions/taken", "", "Prefer", "wait=20").is(204)
	if natives, _ := m.count(); natives != 0 {
		t.Errorf("deleted, and %d native sessions are left", natives)
	}
}
