package api

import (
	"fmt"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

func TestSummaryAndProblems(t *testing.T) {
	h := newHarness(t)
	if p := decodeReply[ConcernList](h.do("GET", "/api/v1/problems", "").is(200)); len(p.Items) != 0 || p.NextCursor != "" {
		t.Errorf("no problems: %+v", p)
	}
	h.do("PUT", s1, plainSession)
	h.fake.problems = []engine.Problem{
		{Object: mirror.Object{Kind: mirror.ObjectSession, Name: "s1"}, Severity: engine.Critical, Condition: mirror.CondEffective, Reason: "CopiesNotFlowing",
			Message: "no copy is counted", Since: testTime, Means: "means", Do: "do"},
		{Object: mirror.Object{Kind: mirror.ObjectController}, Severity: engine.Critical, Reason: engine.ProblemHeld, Message: "held back"},
		{Object: mirror.Object{Kind: mirror.ObjectDevice, Name: "sw1"}, Severity: engine.Serious, Reason: "Unreachable", Message: "m"},
	}
	h.do("GET", "/api/v1/summary", "").is(200).golden("summary")
	h.do("GET", "/api/v1/problems", "").is(200).golden("problems")
	if got, pages := h.pages("/api/v1/problems?limit=1", "reason"); !slices.Equal(got, []string{"CopiesNotFlowing", engine.ProblemHeld, "Unreachable"}) || pages != 3 {
		t.Errorf("got %v in %d pages", got, pages)
	}
	h.do("GET", "/api/v1/problems?cursor=AAAA", "").problem(400, codeInvalid)
	h.do("GET", "/api/v1/summary", "", "Authorization", "").problem(401, codeUnauthenticated)
}

// On the real engine a session that its switch has lost is a problem until it is there
// again, and a switch that is away is one.
func TestSummaryAndProblemsOfTheRealEngine(t *testing.T) {
	h, m := newEngineHarness(t)
	h.do("PUT", s1, with("driftPolicy", "report"), "Prefer", "wait=20").is(201)
	summary := func(what string, want func(Summary) bool) {
		t.Helper()
		var last Summary
		testkit.Eventually(t, patience, what, func() bool {
			last = decodeReply[Summary](h.do("GET", "/api/v1/summary", "").is(200))
			return want(last)
		})
	}
	summary("one is active", func(s Summary) bool {
		return s.Sessions.Total == 1 && s.Sessions.Phases["Active"] == 1 && s.Sessions.Conditions["Configured"]["True"] == 1 &&
			s.Devices.Total == 1 && s.Devices.Reachable["True"] == 1 && s.Devices.Platforms["memory"] == 1 && len(s.Problems) == 0
	})
	holding := func() Holding {
		t.Helper()
		list := decodeReply[HoldingList](h.do("GET", s1+"/holdings", "").is(200)).Items
		if len(list) != 1 || list[0].Device != "sw1" || list[0].Wanted == nil || list[0].WantedText == "" {
			t.Fatalf("holdings: %+v", list)
		}
		return list[0]
	}
	if g := holding(); g.Held == nil || g.Owner != "netmirror" || g.Difference != "" || len(g.Forward.Blocks) != 0 || g.NoForward != "" {
		t.Errorf("in sync: %+v", g)
	}
	m.mu.Lock()
	held := m.natives
	m.natives = map[string]mirror.NativeSession{}
	m.mu.Unlock()
	h.do("POST", "/api/v1/devices/sw1:sync", "").is(200)
	summary("one is degraded", func(s Summary) bool { return s.Sessions.Phases["Degraded"] == 1 && s.Problems["error"] == 1 })
	p := decodeReply[ConcernList](h.do("GET", "/api/v1/problems", "").is(200)).Items
	if len(p) != 1 || p[0].Object.Name != "s1" || p[0].Condition != "Configured" || p[0].Message == "" || p[0].Todo == "" {
		t.Errorf("problems: %+v", p)
	}
	if of := decodeReply[ConcernList](h.do("GET", "/api/v1/problems?session=s1", "").is(200)).Items; len(of) != 1 || of[0].Reason != p[0].Reason {
		t.Errorf("problems of s1: %+v", of)
	}
	if of := decodeReply[ConcernList](h.do("GET", "/api/v1/problems?session=s2", "").is(200)).Items; len(of) != 0 {
		t.Errorf("problems of another: %+v", of)
	}
	if g := holding(); g.Held != nil || g.Difference == "" || len(g.Forward.Blocks) != 1 || g.Forward.Blocks[0].Text != g.WantedText {
		t.Errorf("lost: %+v", g)
	}
	h.do("GET", "/api/v1/sessions/none/holdings", "").problem(404, codeNotFound)
	m.mu.Lock()
	m.natives, m.down = held, true
	m.mu.Unlock()
	h.do("POST", "/api/v1/devices/sw1:sync", "").problem(503, "device-unreachable")
	summary("the switch is away", func(s Summary) bool { return s.Devices.Reachable["False"] == 1 && s.Problems["error"] >= 1 })
	found := func(what string, object EventObject, there bool) {
		t.Helper()
		testkit.Eventually(t, patience, what, func() bool {
			p := decodeReply[ConcernList](h.do("GET", "/api/v1/problems", "").is(200)).Items
			return slices.ContainsFunc(p, func(c Concern) bool { return c.Object == object && c.Reason != "" && c.Todo != "" }) == there
		})
	}
	sw1 := EventObject{Kind: "device", Name: "sw1"}
	found("the switch is a problem", sw1, true)
	m.mu.Lock()
	m.down = false
	m.mu.Unlock()
	h.do("POST", "/api/v1/devices/sw1:sync", "").is(200)
	found("it is none any more", sw1, false)
	found("nor is the session", EventObject{Kind: "session", Name: "s1"}, false)
	h.do("PUT", s1, fmt.Sprintf(`{"lease":{"duration":"10m"},%s`, plainSession[1:]), "Prefer", "wait=20")
	summary("a lease ends soon", func(s Summary) bool { return s.Problems["notice"] == 1 })
}
