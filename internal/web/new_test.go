package web

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

// makingAPI is an API with two devices, a tool with room and one session, and a plan.
func makingAPI(t *testing.T) *fakeAPI {
	f := newFakeAPI(t)
	port := func(name string, speed int64) client.Interface {
		return client.Interface{Name: name, Up: "True", Speed: &speed}
	}
	f.say("GET /devices", client.DeviceList{Items: []client.Device{{Name: "acc-1"}, {Name: "dist-1"}}})
	f.say("GET /devices/acc-1/interfaces", client.InterfaceList{Items: []client.Interface{port("GigabitEthernet1/0/10", 1e9), port("GigabitEthernet1/0/8", 1e9), port("GigabitEthernet1/0/23", 1e9)}})
	f.say("GET /filters", client.FilterList{})
	f.say("GET /tools", client.ToolList{Items: []client.Tool{{Name: "ids-1", Spec: client.ToolSpec{Device: "acc-1", Interface: "Gi1/0/23"}}}})
	f.say("GET /loads", client.LoadList{})
	f.say("GET /sessions/cam", nil)
	f.session("cam", `"3"`, `{"sources":[{"device":"acc-1","interface":"Gi1/0/8","direction":"rx","priority":80,"essential":true}],"destinations":[{"tool":"ids-1"}],"kind":"auto","nativeId":"7","purpose":{"reason":"old"}}`)
	f.say("POST /plans", somePlan())
	return f
}

func somePlan() client.StoredPlan {
	block := func(text string) client.Payload {
		return client.Payload{Format: "cli", Blocks: []client.Block{{Text: text}}}
	}
	return client.StoredPlan{ID: "plan-abc", Actor: "operator-1", Created: formNow, Expires: formNow.Add(24 * time.Hour), Digest: "9c41", Fingerprint: "as-shown",
		Objects: []client.PlannedObject{{Kind: "session", Name: "cam", Action: "created", Warnings: []client.Reason{{Message: "dist-1 floods <script> too"}}, After: json.RawMessage(`{"purpose":{"reason":"odd traffic","ticket":"SEC-882"},"lease":{"until":"2026-03-12T18:00:00Z"},"sources":[{"device":"acc-1","interface":"Gi1/0/8","direction":"rx"}],"destinations":[{"tool":"ids-1"}]}`)}},
		Steps: []client.PlannedStep{
			{Stage: 1, Device: "dist-1", Forward: block("vlan 901\n remote-span\n"), Undo: block("no vlan 901\n"), Changes: []client.PlannedChange{{Verb: "create", Summary: "create remote VLAN 901", Interrupts: "no"}}},
			{Stage: 2, Device: "acc-1", Forward: block("monitor session 66 <&>\n"), Undo: block("no monitor session 66\n"), Changes: []client.PlannedChange{{Verb: "change", Summary: "change native session 66", Interrupts: "maybe", Why: "nobody knows"}}},
		},
		Forecast: []client.Forecast{tooMuch(600e6)}}
}

// tooMuch is a forecast of ids-1 with this much, of 800 Mb/s.
func tooMuch(offered int64) client.Forecast {
	capacity, limit := int64(1e9), int64(800e6)
	f := client.Forecast{Tool: "ids-1", Admitted: "True", Verdict: "admit", Basis: "measured", Offered: offered, Capacity: &capacity, Limit: &limit, MaxUtilization: 0.8, CapacityFrom: "speed of the port",
		Terms: []client.Term{{Session: "cam", Device: "acc-1", Source: "GigabitEthernet1/0/8", Direction: "rx", Offered: offered}}}
	if offered > limit {
		f.Admitted, f.Verdict = "False", "refuse"
	}
	return f
}

// session is one session with this ETag and spec.
func (f *fakeAPI) session(name, etag, spec string) {
	var s client.Session
	if err := json.Unmarshal([]byte(`{"name":"`+name+`","spec":`+spec+`,"status":{"updatedBy":"operator-2","updatedAt":"2026-03-12T14:30:01Z"}}`), &s); err != nil {
		f.t.Fatal(err)
	}
	f.headers = map[string]http.Header{"GET /sessions/" + name: {"Etag": {etag}}}
	f.say("GET /sessions/"+name, s)
}

// body keeps what a call was sent.
func (f *fakeAPI) body(call string, status int, answer any) *string {
	sent := new(string)
	f.answers[call] = func(r *http.Request) (int, any) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			f.t.Error(err)
		}
		*sent = string(raw)
		return status, answer
	}
	return sent
}

func typed(more ...string) url.Values {
	q := url.Values{"name": {"new-one"}, "src-device": {"acc-1"}, "src-port": {"Gi1/0/8"}, "src-direction": {"both"}, "src-was": {""}, "tool": {"ids-1"}, "lease": {leaseNone}, "reason": {"odd <b>traffic"}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return q
}

func TestTheFormIsEmptyOrBegun(t *testing.T) {
	b := newBrowser(t, makingAPI(t)).as("nmt_operator")
	g := b.get("/new")
	g.says(t, "<h1>New session</h1>", "until 18:00", "800 of 800 Mb/s free", `value="until:2026-03-12T18:00:00Z" checked`)
	g = b.get("/new?tool=ids-1&device=acc-1&port=Gi1/0/8&direction=rx")
	g.says(t, `value="Gi1/0/8"`, `value="ids-1" checked`, `<option value="rx" selected`, "on the same switch", `<datalist id="ports-acc-1"><option value="GigabitEthernet1/0/8">`)
	if g = b.get("/new/ports?device=acc-1"); strings.Index(g.body, "1/0/8") > strings.Index(g.body, "1/0/10") {
		t.Error("port 10 is suggested before port 8")
	}
}

func TestAViewerReadsTheFormAndSeesWhyNoMore(t *testing.T) {
	api := makingAPI(t)
	b := newBrowser(t, api).as("nmt_viewer")
	g := b.get("/new?edit=cam")
	g.says(t, "Your token is a viewer’s", `value="preview" disabled`, "Gi1/0/8")
	api.answers["POST /plans"] = func(*http.Request) (int, any) {
		return http.StatusForbidden, client.Problem{Status: 403, Code: "forbidden", Title: "not allowed", Detail: "the token has access viewer"}
	}
	if g = b.post("/new", typed("do", "preview")); g.status != http.StatusForbidden {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "the token has access viewer", `value="Gi1/0/8"`)
}

func TestRowsComeAndGoWithoutScript(t *testing.T) {
	b := newBrowser(t, makingAPI(t)).as("nmt_operator")
	g := b.post("/new", typed("do", "add-source"))
	if n := strings.Count(g.body, `name="src-device"`); n != 2 || g.status != http.StatusOK {
		t.Errorf("%d rows, status %d", n, g.status)
	}
	g.says(t, "odd &lt;b&gt;traffic", `id="src-1"`)
	g = b.post("/new", typed("do", "drop-source:0"))
	if strings.Contains(g.body, `value="Gi1/0/8"`) || strings.Count(g.body, `name="src-device"`) != 1 {
		t.Error("the row is still there, or none is")
	}
	g = b.post("/new", typed("do", "add-place"))
	g.says(t, `id="dst-0"`)
}

func TestThePreviewShowsWhatIsSentAndAppliesThat(t *testing.T) {
	api := makingAPI(t)
	sent := api.body("POST /plans", http.StatusCreated, somePlan())
	b := newBrowser(t, api).as("nmt_operator")
	g := b.post("/new", typed("do", "preview"))
	if want := `{"sessions":[{"destinations":[{"tool":"ids-1"}],"name":"new-one","purpose":{"reason":"odd \u003cb\u003etraffic"},"sources":[{"device":"acc-1","interface":"Gi1/0/8"}]}]}`; strings.TrimSpace(*sent) != want {
		t.Errorf("planned\n%s", *sent)
	}
	if g.status != http.StatusOK {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "2 devices, 3 lines", "1. dist-1", "2. acc-1", "<pre class=\"code\">monitor session 66 &lt;&amp;&gt;\n</pre>", "no vlan 901", "dist-1 floods &lt;script&gt; too",
		"may interrupt copies: change native session 66 nobody knows", "Apply to 2 devices", `value="apply:as-shown"`, `value="keep:as-shown"`, "600 of 800 Mb/s</b>, 75 %", "Fits", "netmirror apply -f new-one.json")

	if queries := strings.Join(api.queriesOf("POST /plans"), " "); queries != "dryRun=true" {
		t.Errorf("a preview asked with %q", queries)
	}

	g = b.post("/new", typed("do", "back"))
	g.says(t, `value="Gi1/0/8"`, "odd &lt;b&gt;traffic", `value="ids-1" checked`)

	done := somePlan()
	done.Applied = &client.PlanResult{Objects: []client.PlannedObject{{Operation: "op-1"}}}
	api.say("POST /plans/plan-abc:apply", done)
	if g = b.post("/new", typed("do", "apply:as-shown")); g.status != http.StatusSeeOther || g.location != "/sessions/new-one" {
		t.Errorf("%d to %s", g.status, g.location)
	}
	if g = b.post("/new", typed("do", "keep:as-shown")); g.status != http.StatusSeeOther || g.location != "/plans/plan-abc" {
		t.Errorf("%d to %s", g.status, g.location)
	}
	if queries := strings.Join(api.queriesOf("POST /plans"), " "); queries != "dryRun=true ifFingerprint=as-shown ifFingerprint=as-shown" {
		t.Errorf("asked with %q", queries)
	}
}

func TestAStalePlanIsToldAndWhatWasTypedStays(t *testing.T) {
	api := makingAPI(t)
	api.answers["POST /plans"] = func(*http.Request) (int, any) {
		return http.StatusConflict, client.Problem{Status: 409, Code: "plan-stale", Title: "stale", Errors: []client.Reason{{Code: "plan-stale", Message: "the mirror configuration of device \"acc-1\" is not what it was"}}}
	}
	g := newBrowser(t, api).as("nmt_operator").post("/new", typed("do", "apply:as-shown"))
	if g.status != http.StatusConflict {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "The plan is stale", "the mirror configuration of device &#34;acc-1&#34;", "Preview again", `value="Gi1/0/8"`)
}

func TestARefusalIsOnTopAndAtItsFields(t *testing.T) {
	api := makingAPI(t)
	proposal := client.Proposal{Kind: "rx-only", Message: "copy rx alone: 500 Mbit/s", Offered: 500e6, Limit: 800e6, Patch: json.RawMessage(`{"sources":[{"device":"acc-1","interface":"Gi1/0/8","direction":"rx"}]}`)}
	api.body("POST /plans", 422, client.Problem{Status: 422, Code: "oversubscribed", Title: "too much",
		Errors: []client.Reason{
			{Pointer: "/sessions/0/destinations/0", Code: "oversubscribed", Message: "ids-1 cannot take it"},
			{Pointer: "/sessions/0/sample", Code: "unsupported", Message: "acc-1 cannot sample", Source: "Command Reference"},
			{Pointer: "/sessions/0/sources/1", Code: "unknown-port", Message: "no port Gi9"},
			{Pointer: "/sessions/0/admission/mode", Code: "odd", Message: "no field for it"}},
		Forecast: []client.Forecast{tooMuch(1200e6)}, Objects: []client.PlannedObject{{Proposals: []client.Proposal{proposal}}}})
	q := typed("do", "preview", "sample", "100")
	q["src-device"], q["src-port"], q["src-direction"], q["src-was"] = []string{"acc-1", "acc-1"}, []string{"Gi1/0/8", "Gi9"}, []string{"both", "both"}, []string{"", ""}
	b := newBrowser(t, api).as("nmt_operator")
	g := b.post("/new", q)
	if g.status != http.StatusUnprocessableEntity {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "<title>Refused, 4 reasons: New session", `role="alert" tabindex="-1" autofocus`, "for 4 reasons",
		`<a href="#tool-ids-1">ids-1 cannot take it</a>`, `aria-invalid="true" aria-describedby="e-tool-ids-1"`,
		`<a href="#f-sample">`, `id="e-f-sample"`, "Source: Command Reference", "<code>/sample</code> <code>unsupported</code>", `value="patch:{&#34;sample&#34;:null}">Leave it out`,
		`<a href="#src-1">`, `value="drop-source:1">Take it out`, "<li>no field for it", `<details class="card more" open>`,
		"Does not fit", "1,200 of 800 Mb/s", "rx only", "500 of 800 Mb/s")

	// The way that fits, taken: it is in the form, and reckoned again.
	api.body("PUT /sessions/new-one", 200, client.Plan{Forecast: []client.Forecast{tooMuch(500e6)}, Destinations: []client.DestinationStatus{{Kind: "span", KindReason: "one switch"}}})
	g = b.post("/new", typed("do", wayOf(proposal).Do))
	g.says(t, `<option value="rx" selected`, "<p class=\"vd t-ok\"><i class=\"s ok\"></i>Fits", "500 of 800 Mb/s", "SPAN: one switch", "odd &lt;b&gt;traffic", `<output data-rate>500</output>`)
}

func TestANameIsWantedAndIsTheOnlyOne(t *testing.T) {
	api := makingAPI(t)
	b := newBrowser(t, api).as("nmt_operator")
	g := b.post("/new", typed("do", "preview", "name", ""))
	g.says(t, "A session needs a name", `value="name:acc-1-gi1-0-8">Name it acc-1-gi1-0-8`)
	g = b.post("/new", typed("do", "name:acc-1-gi1-0-8", "name", ""))
	g.says(t, `name="name" value="acc-1-gi1-0-8"`)
	g = b.post("/new", typed("do", "preview", "name", "cam"))
	g.says(t, "A session cam is there already", `href="/new?edit=cam"`)
}

func TestAnEditKeepsWhatTheFormHasNoFieldFor(t *testing.T) {
	api := makingAPI(t)
	sent := api.body("POST /plans", http.StatusCreated, somePlan())
	b := newBrowser(t, api).as("nmt_operator")
	g := b.get("/new?edit=cam")
	g.says(t, "<h1>Change cam</h1>", "nativeId 7", "priority 80, essential", `name="etag" value="&#34;3&#34;"`)
	q := fieldsOf(g.body)
	q.Set("reason", "new")
	q.Set("do", "preview")
	g = b.post("/new?edit=cam", q)
	g.says(t, "Apply to 2 devices")
	if want := `{"sessions":[{"destinations":[{"tool":"ids-1"}],"kind":"auto","name":"cam","nativeId":"7","purpose":{"reason":"new"},"sources":[{"device":"acc-1","direction":"rx","essential":true,"interface":"Gi1/0/8","priority":80}]}]}`; strings.TrimSpace(*sent) != want {
		t.Errorf("planned\n%s", *sent)
	}
}

func TestTwoEditOneSession(t *testing.T) {
	api := makingAPI(t)
	b := newBrowser(t, api).as("nmt_operator")
	q := fieldsOf(b.get("/new?edit=cam").body)
	api.session("cam", `"4"`, `{"sources":[{"device":"acc-1","interface":"Gi1/0/9"}],"destinations":[{"tool":"ids-1"}],"kind":"auto","nativeId":"7","purpose":{"reason":"old"}}`)
	q.Set("reason", "mine <i>")
	q.Set("do", "preview")
	g := b.post("/new?edit=cam", q)
	if g.status != http.StatusPreconditionFailed {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "operator-2 changed cam at 14:30:01", "<code>sources</code>", "acc-1 Gi1/0/8 rx essential true priority 80", "<ins>acc-1 Gi1/0/9</ins>", "as you read it", `value="mine &lt;i&gt;"`, `value="Gi1/0/8"`, `role="alert"`)
	if strings.Contains(g.body, "apply:as-shown") {
		t.Error("the plan can be applied all the same")
	}
	q = fieldsOf(g.body)
	q.Set("do", "merge")
	g = b.post("/new?edit=cam", q)
	g.says(t, `value="mine &lt;i&gt;"`, `value="Gi1/0/9"`, `name="etag" value="&#34;4&#34;"`)
	q = fieldsOf(g.body)
	q.Set("do", "preview")
	if g = b.post("/new?edit=cam", q); g.status != http.StatusOK {
		t.Errorf("status %d after taking theirs", g.status)
	}

	api.answers["GET /sessions/cam"] = func(*http.Request) (int, any) { return 404, client.Problem{Status: 404, Code: "not-found"} }
	b.post("/new?edit=cam", q).says(t, "cam is not there any more", `value="mine &lt;i&gt;"`)
}
