package web

import (
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

const hostile = `<script>alert("x")</script>`

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

// sessionThat is in order, after changes.
func sessionThat(change ...func(*client.Session)) client.Session {
	x := client.Session{Name: "phones", Spec: client.SessionSpec{Description: "jitter " + hostile, Purpose: &client.Purpose{Reason: "voice quality", Ticket: "INC-4711"},
		Sources: []client.Source{{Device: "acc-1", Interface: "Gi1/0/14", Priority: ptr(int64(70))}}, Destinations: []client.Destination{{Tool: "ids-1"}},
		Lease: &client.Lease{Duration: ptr(client.Duration(4 * time.Hour))}, Labels: map[string]string{"team": "voice"}}}
	x.Status = client.SessionStatus{Phase: "Active", Created: noon, CreatedBy: "operator-2", Generation: 1, Expires: ptr(noon.Add(6 * time.Hour)), Kind: "span",
		Forecast:  []client.Forecast{{Tool: "ids-1", Device: "acc-1", Interface: "Port23", Offered: 118e6, Capacity: ptr(int64(1e9)), Limit: ptr(int64(8e8)), MaxUtilization: 0.8}},
		Fragments: []client.FragmentStatus{{Device: "acc-1", Role: "local", NativeID: "66", Mark: "nm-x", GoalRevision: 1, AppliedRevision: 1, Configured: client.Check{State: "True", Reason: "ReadBack"}}}}
	for _, c := range []string{"Admitted", "Configured", "Programmed", "Effective", "DestinationHealthy", "Persisted"} {
		x.Status.Conditions = append(x.Status.Conditions, client.Condition{Type: c, Status: "True", Since: &noon})
	}
	for _, f := range change {
		f(&x)
	}
	return x
}

func is(name, status, reason, message string) func(*client.Session) {
	return func(x *client.Session) {
		for i, c := range x.Status.Conditions {
			if c.Type == name {
				x.Status.Conditions[i] = client.Condition{Type: name, Status: status, Reason: reason, Message: message, Since: &noon}
			}
		}
	}
}

func phase(p string) func(*client.Session) { return func(x *client.Session) { x.Status.Phase = p } }

// toIDS is the load of ids-1, of one source and another session's.
func toIDS() client.EndLoad {
	return client.EndLoad{Device: "acc-1", Interface: "Port23", Tool: "ids-1", MeasuredAt: ptr(noon.Add(152 * time.Minute)), Capacity: ptr(int64(1e9)), CapacityFrom: "speed of the port",
		Offered: 150e6, OfferedKnown: true, Up: "True", Terms: []client.Term{
			{Session: "phones", Device: "acc-1", Source: "Port14", Direction: "rx", Offered: 118e6},
			{Session: "others", Device: "acc-1", Source: "Port15", Direction: "tx", Offered: 32e6}}}
}

// apiWith answers for the session as a controller would.
func apiWith(t *testing.T, x client.Session, load client.SessionLoad, holding client.Holding, concerns ...client.Concern) *fakeAPI {
	f := newFakeAPI(t)
	f.say("GET /sessions/phones", x)
	f.say("GET /sessions/phones/load", load)
	f.say("GET /sessions/phones/holdings", client.HoldingList{Items: []client.Holding{holding}})
	f.say("GET /problems", client.ConcernList{Items: concerns})
	f.say("GET /operations", client.OperationList{Items: []client.Operation{{ID: "op-1", Type: "apply", Actor: "operator-2", State: "succeeded", Created: noon, Finished: ptr(noon.Add(8 * time.Second)), Generation: ptr(int64(1)),
		Transcript: []client.Exchange{{At: noon, Device: "acc-1", Sent: "mirror on", Answer: hostile}}}}})
	f.say("GET /events", client.EventPage{Items: []client.Event{{ID: "e1", At: noon, Type: "RolloutSucceeded", Actor: "operator-2", Message: "generation 1 " + hostile}}})
	return f
}

func held() client.Holding {
	return client.Holding{Device: "acc-1", Role: "local", Mark: "nm-x", NativeID: "66", ReadAt: &noon, WantedText: "mirror port 14", HeldText: "mirror port 14 " + hostile, Owner: "netmirror"}
}

func TestASessionInOrderIsQuiet(t *testing.T) {
	minutes := []client.LoadPoint{}
	for i := range 40 {
		at := noon.Add(100*time.Minute + time.Duration(i)*time.Minute)
		if i >= 15 && i < 25 { // nothing was measured
			continue
		}
		minutes = append(minutes, client.LoadPoint{At: at, Place: "acc-1", Ends: []client.EndPoint{{Interface: "Port23", Offered: 150e6}}, Ports: []client.PortPoint{{Interface: "Port23", OutOctets: 18e6, OutFrames: 1e4, Drops: map[bool]float64{true: 5}[i == 30]}}})
	}
	g := newBrowser(t, apiWith(t, sessionThat(), client.SessionLoad{Ends: []client.EndLoad{toIDS()}, History: minutes}, held())).as("nmt_operator").get("/sessions/phones")
	g.says(t, "<title>phones: Active · netmirror</title>", "Admitted", "In sync", "Arriving", "INC-4711", "operator-2, 12:00:00", "until 18:00:00", "team=voice",
		"Port14", "118", "150", "1,000 × 80 %", "800", "70", `href="/tools#ids-1"`, "mirror port 14", "took 8.0 s", "mirror on", "RolloutSucceeded",
		"150 Mb/s of 1 Gb/s", "takes 800 Mb/s", "netmirror describe session phones", `data-dialog>Renew…`, "As a command or API call", "copies were dropped")
	for _, never := range []string{hostile, `id="todo"`, "disabled"} {
		if strings.Contains(g.body, never) {
			t.Errorf("the page has %q", never)
		}
	}
	offered, _, _ := strings.Cut(after(g.body, `<path class="of" d="`), `"`)
	if n := strings.Count(offered, "M"); n != 2 {
		t.Errorf("the line has %d pieces, want 2, since nothing was measured between: %s", n, offered)
	}
}

func after(text, mark string) string {
	_, rest, _ := strings.Cut(text, mark)
	return rest
}

func TestASessionInTroubleSaysWhatToDo(t *testing.T) {
	lost := held()
	lost.Difference, lost.NoForward, lost.HeldText, lost.Owner, lost.Held = "missing port 14", "it is not netmirror's any more", "mirror port 20", "foreign", &client.NativeSpec{Role: "local"}
	own := func(x *client.Session) {
		x.Status.Fragments[0].Configured = client.Check{State: "False", Reason: "OwnershipLost", Message: "somebody else's now"}
	}
	end := toIDS()
	end.MeasuredAt = nil
	for _, c := range []struct {
		name     string
		x        client.Session
		load     client.SessionLoad
		holding  client.Holding
		concerns []client.Concern
		says     []string
	}{
		{"copies do not flow", sessionThat(phase("Degraded"), is("Effective", "False", "CopiesNotFlowing", "0 of 900 copies")),
			client.SessionLoad{Ends: []client.EndLoad{toIDS()}, Copies: []client.CopyLoad{{Device: "acc-1", State: "False", Counted: 0, Expected: 900}}}, held(),
			[]client.Concern{{Severity: "critical", Condition: "Effective", Reason: "CopiesNotFlowing", Message: "0 of 900 copies", Means: "Nothing comes out.", Todo: "Look at the port."}},
			[]string{"Copies do not flow", "0 of 900 copies.", "Nothing comes out.", "Look at the port.", "Not arriving", "<code>CopiesNotFlowing</code>", "0 of 900 frames", "nothing comes out"}},
		{"ownership lost", sessionThat(phase("Degraded"), own, is("Configured", "False", "OwnershipLost", "acc-1: somebody else's now")), client.SessionLoad{}, lost,
			[]client.Concern{{Severity: "error", Condition: "Configured", Reason: "OwnershipLost", Message: "acc-1: somebody else's now"}},
			[]string{"Another hand changed the native session", "Not ours", "acc-1 holds:", "mirror port 20", "missing port 14", "Nothing is sent: it is not", `href="/adopt?device=acc-1&native=66" data-dialog`}},
		{"contended", sessionThat(phase("Degraded"), func(x *client.Session) {
			x.Status.Fragments[0].Configured = client.Check{State: "False", Reason: "Contended"}
		}, is("Configured", "False", "Contended", "acc-1: changed 4 times")), client.SessionLoad{}, held(), nil, []string{"Degraded", "acc-1: changed 4 times.", `href="/devices/acc-1/release" data-dialog`}},
		{"expired", sessionThat(phase("Expired"), func(x *client.Session) { x.Status.Expires = nil }), client.SessionLoad{}, held(), nil,
			[]string{"The lease has ended", "Off", `href="/sessions/phones/renew"`, "Nothing is copied: it is off."}},
		{"suspended", sessionThat(phase("Suspended"), func(x *client.Session) { x.Spec.Enabled, x.Status.UpdatedBy = ptr(false), "operator-3" }), client.SessionLoad{}, held(), nil,
			[]string{"Suspended", "by operator-3", "Enable…"}},
		{"deleting", sessionThat(phase("Deleting"), is("Configured", "Unknown", "Removing", "")), client.SessionLoad{}, held(), nil, []string{"Being deleted", "The devices are cleaned first"}},
		{"a device is away", sessionThat(phase("Unknown"), is("Configured", "Unknown", "Unreachable", "acc-1: no answer"), func(x *client.Session) {
			x.Status.Fragments[0].Configured = client.Check{State: "Unknown", Reason: "Unreachable"}
		}), client.SessionLoad{Ends: []client.EndLoad{end}}, held(), nil,
			[]string{"It is not known whether the devices still hold it", "as of 12:00:00", "acc-1: no answer", "Unreachable"}},
		{"relieved and pinned", sessionThat(func(x *client.Session) {
			x.Status.Relief = &client.Relief{Pinned: true, By: "operator-3", Steps: []client.ReliefStep{{Rung: "shed-sources", Shed: []client.Source{{Device: "acc-1", Interface: "Gi1/0/15"}}}}}
		}), client.SessionLoad{Ends: []client.EndLoad{toIDS()}}, held(), nil, []string{"acc-1 Gi1/0/15 left out by relief", "Pinned by operator-3", "left out", "Clear relief…", "relief step 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newBrowser(t, apiWith(t, c.x, c.load, c.holding, c.concerns...)).as("nmt_operator").get("/sessions/phones")
			unescaped := strings.NewReplacer("&#39;", "'", "&amp;", "&").Replace(g.body)
			got{status: g.status, body: unescaped}.says(t, c.says...)
			if suspended := c.name == "suspended"; strings.Contains(g.body, `id="todo"`) == suspended {
				t.Errorf("a banner: %v", !suspended)
			}
		})
	}
}

func TestAViewerSeesWhyHeMayNot(t *testing.T) {
	f := apiWith(t, sessionThat(), client.SessionLoad{}, held())
	b := newBrowser(t, f).as("nmt_viewer")
	g := b.get("/sessions/phones")
	g.says(t, "Your token is a viewer’s", `disabled>Delete…</button>`)
	if strings.Contains(g.body, `href="/sessions/phones/delete"`) {
		t.Error("a viewer is led to an action")
	}
	b.get("/sessions/phones/delete").says(t, "Your token is a viewer’s", `<button class="btn dan" disabled`)
	for _, asked := range f.asked {
		if !strings.HasPrefix(asked, "GET ") {
			t.Errorf("the page asked %s for a viewer", asked)
		}
	}
	if g := b.get("/sessions/none"); g.status != http.StatusNotFound {
		t.Errorf("no such session: %d", g.status)
	}
}

// planAnswer is what a dry run would send.
func planAnswer(text string) client.Plan {
	return client.Plan{Name: "phones", Devices: []client.PlanDevice{{Device: "acc-1", Forward: client.Payload{Format: "cli", Blocks: []client.Block{{Verb: "delete", Summary: "delete native session 66", Text: text}}}}}}
}

func TestActionsShowWhatWouldBeSentAndDoIt(t *testing.T) {
	f := apiWith(t, sessionThat(), client.SessionLoad{}, held())
	f.say("DELETE /sessions/phones", planAnswer("no mirror 66 "+hostile+"\n"))
	b := newBrowser(t, f).as("nmt_operator")
	g := b.get("/sessions/phones/delete")
	g.says(t, "Delete phones", "The devices are cleaned first", "no mirror 66", "delete native session 66", "--orphan", "netmirror delete session phones", `-X DELETE`, "data-keep>Keep it", "<h1>")
	if strings.Contains(g.body, hostile) {
		t.Error("device text is not text")
	}
	var asked []string
	f.answers["DELETE /sessions/phones"] = func(r *http.Request) (int, any) {
		asked = append(asked, r.URL.RawQuery+" "+r.Header.Get("If-Match"))
		return http.StatusNoContent, nil
	}
	if g := b.post("/sessions/phones/delete", url.Values{"match": {`"1"`}, "orphan": {"1"}}); g.location != "/" {
		t.Errorf("after: %d %s", g.status, g.location)
	}
	if len(asked) != 1 || asked[0] != `deletePolicy=orphan "1"` {
		t.Errorf("asked %q", asked)
	}

	var body map[string]any
	f.answers["POST /sessions/phones:renew"] = func(r *http.Request) (int, any) {
		body = decoded(t, r)
		if r.URL.Query().Get("dryRun") == "true" {
			return http.StatusOK, client.Plan{Name: "phones"}
		}
		return http.StatusOK, sessionThat()
	}
	b.get("/sessions/phones/renew").says(t, "18:00 today", "4 h again", "At another time", "Nothing is sent to a device.", "Keep 18:00:00", "netmirror renew phones")
	if g := b.post("/sessions/phones/renew", url.Values{"to": {"other"}, "time": {"2026-03-13T09:30"}}); g.location != "/sessions/phones" || body["until"] != "2026-03-13T09:30:00Z" {
		t.Errorf("renewed: %d %s %v", g.status, g.location, body)
	}
	if g := b.post("/sessions/phones/renew", url.Values{"to": {"other"}, "time": {"soon"}}); g.status != http.StatusUnprocessableEntity {
		t.Errorf("no time: %d", g.status)
	} else {
		g.says(t, "“soon” is no date and time", "Renew phones")
	}
}

func TestARefusalComesBackWithEveryReason(t *testing.T) {
	f := apiWith(t, sessionThat(func(x *client.Session) { x.Status.UpdatedBy, x.Status.Updated = "operator-9", noon }), client.SessionLoad{}, held())
	b := newBrowser(t, f).as("nmt_operator")
	status := http.StatusUnprocessableEntity
	f.answers["POST /sessions/phones:enable"] = func(r *http.Request) (int, any) {
		if r.URL.Query().Get("dryRun") == "true" {
			return http.StatusOK, planAnswer("mirror 66")
		}
		return status, client.Problem{Status: int64(status), Code: "cannot-be-done", Detail: "refused for two reasons", Errors: []client.Reason{{Code: "no-slot", Message: "no session is free", Pointer: "/sources/0"}, {Code: "no-port", Message: hostile}}}
	}
	g := b.post("/sessions/phones/enable", url.Values{"match": {`"1"`}})
	g.says(t, "Refused: Enable phones", "Refused for two reasons", "no session is free", "no-slot", "/sources/0", "&lt;script&gt;", "mirror 66", "Leave it off")
	if g.status != status {
		t.Errorf("status %d", g.status)
	}
	status = http.StatusPreconditionFailed
	if g = b.post("/sessions/phones/enable", url.Values{"match": {`"1"`}}); g.status != status {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "was changed meanwhile by operator-9 at 12:00:00")
	was := regexp.MustCompile(`name="was" value="([^"]*)"`).FindStringSubmatch(g.body)
	if was == nil {
		t.Fatal("the form does not know what was shown")
	}
	if g = b.post("/sessions/phones/enable", url.Values{"match": {`"1"`}, "was": {html.UnescapeString(was[1])}}); strings.Contains(g.body, "As you saw it") {
		t.Error("a difference is shown where none is")
	}
	g.says(t, "Its fields are as you saw them")
	g = b.post("/sessions/phones/enable", url.Values{"match": {`"1"`}, "was": {strings.Replace(html.UnescapeString(was[1]), `"sources":`, `"truncate":64,"description":"<old>","sources":`, 1)}})
	g.says(t, "As you saw it", "<code>truncate</code>", "<del>64</del>", "<code>description</code>", "<del>&lt;old&gt;</del>", "<ins>")
	refused := http.StatusUnprocessableEntity
	for _, action := range []string{"disable", "enable"} {
		f.answers["POST /sessions/phones:"+action] = func(*http.Request) (int, any) {
			return refused, client.Problem{Status: int64(refused), Detail: "held back"}
		}
	}
	for _, refused = range []int{http.StatusUnprocessableEntity, http.StatusConflict} { // 409: it is being deleted
		for action, button := range map[string]string{"disable": "Disable", "enable": "Enable"} {
			if g = b.get("/sessions/phones/" + action); strings.Contains(g.body, ">"+button+"</button>") {
				t.Errorf("what is refused already, with %d, has a button %s", refused, button)
			}
			g.says(t, "held back.", "Leave it o")
		}
	}
}

func TestReleaseAndAdoption(t *testing.T) {
	f := newFakeAPI(t)
	f.say("GET /devices/acc-1", client.Device{Name: "acc-1", Status: client.DeviceStatus{Brake: &client.Brake{Message: "3 repairs in an hour"}}})
	f.say("POST /devices/acc-1:release", planAnswer("mirror 66").Devices[0])
	b := newBrowser(t, f).as("nmt_operator")
	b.get("/devices/acc-1/release").says(t, "Release acc-1", "3 repairs in an hour.", "mirror 66", "netmirror release acc-1", "Leave it stopped")
	f.say("POST /devices/acc-1:release", client.Device{Name: "acc-1"})
	if g := b.post("/devices/acc-1/release", url.Values{}); g.location != "/devices#acc-1" {
		t.Errorf("released: %d %s", g.status, g.location)
	}

	f.say("GET /devices/acc-1/observed-sessions", client.ObservedList{Items: []client.ObservedSession{{ID: "1", Text: "mirror 1 " + hostile}}})
	f.say("POST /sessions/adopted-acc-1-1:adopt", client.Plan{})
	g := b.get("/sessions/adopt?device=acc-1&native=1")
	g.says(t, "Adopt native session 1 of acc-1", "mirror 1 &lt;script&gt;", `value="adopted-acc-1-1"`, "netmirror adopt adopted-acc-1-1 acc-1 1", "Leave it alone")
	var body map[string]any
	f.answers["POST /sessions/taps:adopt"] = func(r *http.Request) (int, any) {
		body = decoded(t, r)
		return http.StatusCreated, client.Session{Name: "taps"}
	}
	if g := b.post("/adopt", url.Values{"device": {"acc-1"}, "native": {"1"}, "name": {"taps"}, "ticket": {"CHG-7"}, "for": {"24h"}}); g.location != "/sessions/taps" {
		t.Errorf("adopted: %d %s", g.status, g.location)
	}
	if body["nativeId"] != "1" || body["purpose"].(map[string]any)["ticket"] != "CHG-7" || body["lease"].(map[string]any)["duration"] != "24h0m0s" {
		t.Errorf("asked for %v", body)
	}
}

func decoded(t *testing.T, r *http.Request) map[string]any {
	t.Helper()
	out := map[string]any{}
	if r.ContentLength == 0 {
		return out
	}
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil {
		t.Errorf("the body of %s: %v", r.URL, err)
	}
	return out
}
