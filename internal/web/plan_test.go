package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

func TestAPlanForATicket(t *testing.T) {
	api := newFakeAPI(t)
	p := somePlan()
	p.State = "holds"
	p.Objects[0].KindReason, p.Objects[0].SessionKind = "another switch", "rspan"
	api.say("GET /plans/plan-abc", p)
	b := newBrowser(t, api).as("nmt_operator")
	g := b.get("/plans/plan-abc")
	g.says(t, "<h1>Plan plan-abc</h1>", "Copy acc-1 Gi1/0/8 rx to ids-1", "cam, new", "odd traffic, <b>SEC-882</b>", "by itself", "operator-1, 12 March 2026", "<b>1</b> made", `t-ok"><i class="s ok"></i>holds`, "<b>2</b> devices", "<b>3</b> lines", "<b>75 %</b> of the limit",
		"1. dist-1", "no vlan 901", "may interrupt copies", "cam travels by RSPAN", "Load of ids-1", "dist-1 floods &lt;script&gt; too", "netmirror delete session cam", "netmirror describe session cam", "Approved by", "Digest 9c41",
		`href="/plans/plan-abc/apply" data-dialog>Apply…`, `href="/plans/plan-abc/text"`, "netmirror apply --plan plan-abc")

	newBrowser(t, api).as("nmt_viewer").get("/plans/plan-abc").says(t, `<button class="btn pri" disabled`, "an operator applies a plan")
	newBrowser(t, api).as("nmt_viewer").get("/plans/plan-abc/apply").says(t, `<button class="btn pri" disabled>Apply to 2 devices`)
}

func TestStatesOfAPlan(t *testing.T) {
	api := newFakeAPI(t)
	b := newBrowser(t, api).as("nmt_operator")
	for _, c := range []struct {
		state string
		says  []string
		open  bool
	}{
		{"stale", []string{`t-ba"><i class="s ba"></i>stale`, "It would be refused as plan-stale", "device &#34;acc-1&#34; is another"}, true},
		{"expired", []string{`t-pa"><i class="s pa"></i>expired`}, false},
		{"applied", []string{"applied by operator-2", `<i class="s ba"></i>session <a href="/sessions/cam">cam</a>: created, acc-1 says no`}, false},
	} {
		p := somePlan()
		p.State = c.state
		switch c.state {
		case "stale":
			p.Stale = []client.Reason{{Code: "plan-stale", Message: `device "acc-1" is another`}}
		case "applied":
			p.Applied = &client.PlanResult{Actor: "operator-2", At: formNow, Objects: []client.PlannedObject{{Kind: "session", Name: "cam", Action: "created", OperationState: "failed", Message: "acc-1 says no"}}}
		}
		api.say("GET /plans/plan-abc", p)
		g := b.get("/plans/plan-abc")
		g.says(t, c.says...)
		if again := strings.Contains(g.body, `href="/new?plan=plan-abc"`); again != (c.state != "applied") {
			t.Errorf("%s: it can be planned again: %v", c.state, again)
		}
		if strings.Contains(g.body, "Apply…") != c.open {
			t.Errorf("%s: the plan can be applied: %v", c.state, !c.open)
		}
	}
}

func TestAPlanIsAppliedOrRefusedOnItsPage(t *testing.T) {
	api := newFakeAPI(t)
	p := somePlan()
	p.State = "holds"
	api.say("GET /plans/plan-abc", p)
	b := newBrowser(t, api).as("nmt_operator")
	b.get("/plans/plan-abc/apply").says(t, "data-dialog-body", "data-keep>Not now", "Apply to 2 devices", "1 change may interrupt copies")
	api.answers["POST /plans/plan-abc:apply"] = func(*http.Request) (int, any) {
		return http.StatusConflict, client.Problem{Status: 409, Code: "plan-stale", Title: "The plan is stale", Errors: []client.Reason{{Code: "plan-stale", Message: "session cam is at version 4"}}}
	}
	g := b.post("/plans/plan-abc/apply", nil)
	if g.status != http.StatusConflict {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "The plan is stale. Nothing was changed", "session cam is at version 4")
	api.say("POST /plans/plan-abc:apply", p)
	if g = b.post("/plans/plan-abc/apply", nil); g.status != http.StatusSeeOther || g.location != "/sessions/cam" {
		t.Errorf("%d to %s", g.status, g.location)
	}
}

func TestAPlanOfManyObjects(t *testing.T) {
	p := somePlan()
	p.Objects = append(p.Objects, client.PlannedObject{Kind: "session", Name: "old", Action: "changed", Changed: []string{"sources"}, Before: []byte(`{"sources":[]}`), After: []byte(`{"sources":[{"device":"a","interface":"p1"},{"device":"a","interface":"p2"},{"device":"a","interface":"p3"},{"device":"a","vlan":4}]}`)},
		client.PlannedObject{Kind: "tool", Name: "x", Action: "deleted"})
	out := planPageOf(p, formNow)
	if out.Title != "1 session changed, 1 session created, 1 tool deleted" {
		t.Errorf("title %q", out.Title)
	}
	if !strings.Contains(out.Was, `"name": "old"`) || len(out.Back) != 1 {
		t.Errorf("back by %q and %s", out.Back, out.Was)
	}
	if got := out.Sessions[1].What; !strings.HasPrefix(got, "Copy a p1, a p2, a p3, 1 more to") {
		t.Errorf("what %q", got)
	}
}

func TestPlansAreListed(t *testing.T) {
	api := newFakeAPI(t)
	b := newBrowser(t, api).as("nmt_viewer")
	api.say("GET /plans", client.PlanList{})
	b.get("/plans").says(t, "No plan is kept", "netmirror plan -f FILE")
	applied := formNow.Add(-time.Hour)
	api.say("GET /plans", client.PlanList{NextCursor: "c+1", Items: []client.PlanSummary{
		{ID: "plan-new", Actor: "op", Created: formNow, Expires: formNow.Add(time.Hour), Devices: []string{"acc-1"}, Objects: map[string]int64{"created": 2}, State: "holds"},
		{ID: "plan-left", Created: formNow, Expires: formNow.Add(time.Hour), State: "stale"},
		{ID: "plan-old", Created: formNow, Expires: formNow, State: "expired"},
		{ID: "plan-done", Created: formNow, Expires: formNow, Applied: &applied}}})
	b.get("/plans").says(t, `href="/plans/plan-new"`, "holds, may be applied until 15:32:07", "stale: what it rests on is not as it was", "2 created", "expired 14:32:07", "applied 13:32:07", `href="/plans?after=c%2B1"`)
}

func TestTheTextOfAPlanIsTheAPIs(t *testing.T) {
	api := newFakeAPI(t)
	var accept string
	api.answers["GET /plans/plan-abc"] = func(r *http.Request) (int, any) {
		accept = r.Header.Get("Accept")
		return http.StatusOK, "text"
	}
	g := newBrowser(t, api).as("nmt_viewer").get("/plans/plan-abc/text", "Accept", "text/html")
	if g.status != http.StatusOK || accept != "text/plain" {
		t.Errorf("status %d, asked for %q", g.status, accept)
	}
	if g = newBrowser(t, api).get("/plans/plan-abc/text"); g.status != http.StatusSeeOther {
		t.Errorf("status %d for whoever is not signed in", g.status)
	}
}

func TestAPlanIsPlannedAgainOnWhatIsStoredNow(t *testing.T) {
	api := makingAPI(t)
	api.say("GET /plans/plan-abc", somePlan())
	b := newBrowser(t, api).as("nmt_operator")
	b.get("/new?plan=plan-abc").says(t, "<h1>Change cam</h1>", `name="etag" value="&#34;3&#34;"`, "SEC-882", `value="until:2026-03-12T18:00:00Z" checked`)
	p := somePlan()
	p.Objects[0].Name = "gone"
	api.say("GET /plans/plan-abc", p)
	b.get("/new?plan=plan-abc").says(t, "<h1>New session</h1>", `name="name" value="gone"`)
	p.Objects[0].Kind = "tool"
	if g := b.get("/new?plan=plan-abc"); g.status != http.StatusNotFound {
		t.Errorf("status %d", g.status)
	}
}
