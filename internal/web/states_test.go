package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

// lacks fails where a page says what it shall not.
func (g got) lacks(t *testing.T, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(g.body, p) {
			t.Errorf("the page says %q", p)
		}
	}
}

// A list that is empty says what to do first, and shows no filter of nothing.
func TestAnEmptyListSaysWhatToDoFirst(t *testing.T) {
	f := emptyFleet(t)
	f.say("GET /plans", client.PlanList{})
	for call, nothing := range map[string]any{"tools": client.ToolList{}, "devices": client.DeviceList{}, "filters": client.FilterList{}, "loads": client.LoadList{}} {
		f.say("GET /"+call, nothing)
	}
	b := newBrowser(t, f).as("nmt_admin")
	g := b.get("/")
	g.says(t, "No switch yet", "<pre class=\"code\">netmirror devices add --wizard</pre>", "none yet", "They come once there is a switch")
	g.lacks(t, `aria-label="Sessions" action`, "0 of 0")
	g = b.get("/devices")
	g.says(t, "No switch yet", "netmirror devices add --wizard")
	g.lacks(t, "</svg>free")
	b.get("/tools").lacks(t, "The mark in each bar")
	b.get("/plans").says(t, "netmirror plan -f FILE")
	b.get("/new").says(t, "No switch is known yet", "netmirror devices add --wizard", "No tool is known", "ids-1, device: acc-1")
	f.say("GET /summary", client.Summary{Devices: client.DeviceCounts{Total: 1}})
	b.get("/").says(t, "No session yet", "netmirror propose phones --from acc-1:Gi1/0/14 --to ids-1", "netmirror apply -f phones.yaml")
}

// What matches nothing names the filter and offers to drop it.
func TestNoMatchNamesTheFilter(t *testing.T) {
	f := emptyFleet(t)
	f.say("GET /summary", client.Summary{Tools: client.Count{Total: 2}, Devices: client.DeviceCounts{Total: 2}})
	f.say("GET /copies", client.CopyPage{Whole: *since(t, "2026-01-02T03:04:05Z")})
	f.say("GET /events", client.EventPage{})
	f.say("GET /observed-sessions", client.ObservedList{})
	b := newBrowser(t, f).as("nmt_viewer")
	g := b.get("/tools?tool=gone")
	g.says(t, "No tool matches gone", "Show all 2")
	g.lacks(t, "One tool is shown")
	g = b.get("/devices?device=gone")
	g.says(t, "No device matches name gone", "Show all 2")
	g.lacks(t, "One device is shown")
	g = b.get("/audit?from=2026-03-10&to=2026-03-11&device=acc-1&port=Gi1/0/14&person=analyst-1")
	g.says(t, "No copy matches acc-1 Gi1/0/14, person analyst-1, from 10 March 2026 to 11 March 2026.", `href="/audit?from=2026-03-10&amp;to=2026-03-11">Show all of these days`,
		"device=acc-1&amp;from=2026-01-02", "Ask from the first record on", "No event matches")
	g = b.get("/audit")
	g.says(t, "No copy is recorded, from 2 March 2026 on.")
	g.lacks(t, "Show all of these days")
}

// asOf is a session on a device that does not answer.
func asOf(t *testing.T) (client.Session, *fakeAPI) {
	limit, capacity := int64(8_000_000_000), int64(10_000_000_000)
	when := since(t, "2026-03-12T13:58:00Z")
	x := client.Session{Name: "nx", Spec: client.SessionSpec{Sources: []client.Source{{Device: "n9k-b2", Interface: "Ethernet1"}}, Destinations: []client.Destination{{Device: "n9k-b2", Interface: "Ethernet2"}}},
		Status: client.SessionStatus{Phase: "Unknown", Generation: 1,
			Conditions: []client.Condition{{Type: "Admitted", Status: "True"}, {Type: "Configured", Status: "Unknown", Reason: "Unreachable", Message: "n9k-b2: no answer", Since: when},
				{Type: "Programmed", Status: "True"}, {Type: "Persisted", Status: "True"}, {Type: "Effective", Status: "Unknown", Reason: "DeviceUnreachable", Message: "n9k-b2: no answer"},
				{Type: "DestinationHealthy", Status: "Unknown", Reason: "DeviceUnreachable"}},
			Fragments: []client.FragmentStatus{{Device: "n9k-b2", Role: "local", Configured: client.Check{State: "Unknown", Reason: "Unreachable"}}},
			Load:      &client.LoadSummary{Offered: 4_200_000_000, Capacity: &capacity},
			Forecast:  []client.Forecast{{Device: "n9k-b2", Interface: "Ethernet2", Limit: &limit, Capacity: &capacity, MaxUtilization: 0.8}}}}
	f := fleetOf(t, aDevice(t, "n9k-b2", func(d *client.Device) {
		d.Status.Reachable = client.Condition{Type: "Reachable", Status: "False", Reason: "Unreachable", Message: "dial tcp 192.0.2.32:22: i/o timeout", Since: when}
		d.Status.ObservedAt, d.Status.NextRead = since(t, "2026-03-12T13:57:10Z"), since(t, "2026-03-12T14:34:00Z")
	}))
	f.say("GET /sessions/nx", x)
	f.say("GET /sessions/nx/load", client.SessionLoad{Ends: []client.EndLoad{{Device: "n9k-b2", Interface: "Ethernet2", Up: "False", Capacity: &capacity}}})
	f.say("GET /sessions/nx/holdings", client.HoldingList{})
	f.say("GET /operations", client.OperationList{})
	f.say("GET /events", client.EventPage{})
	return x, f
}

// What is not known now keeps its figures with their time, and is neither green nor red;
// beside it stand the reason, what netmirror does, and what a person can do.
func TestStaleIsNeitherGreenNorRed(t *testing.T) {
	x, f := asOf(t)
	b := newBrowser(t, f).as("nmt_operator")
	f.say("GET /problems", client.ConcernList{Items: []client.Concern{{Object: client.EventObject{Kind: "session", Name: "nx"}, Severity: "notice", Condition: "Persisted", Reason: "NotSaved"}}}) // a lesser one
	g := b.get("/sessions/nx")
	g.says(t, "It is not known whether the devices still hold it, since 13:58:00", "n9k-b2 cannot be reached since 13:58:00; what is shown of it is as of 13:57:10. netmirror changes nothing there meanwhile, and tries again at 14:34:00",
		"The last answer", "dial tcp 192.0.2.32:22: i/o timeout", `action="/devices/n9k-b2/sync" data-wait="Reading n9k-b2"`, "It was True when the device was last read", "its link was down")
	_, truths, _ := strings.Cut(g.body, `data-part="truths"`)
	_, truths, _ = strings.Cut(truths, ">Configured<")
	truths, path, _ := strings.Cut(truths, "Path of the copies")
	for _, green := range []string{"s ok", "s ba"} {
		if strings.Contains(truths, green) {
			t.Errorf("what is not known is drawn as %q: %s", green, truths)
		}
	}
	path, _, _ = strings.Cut(path, `class="cols"`)
	if strings.Contains(path, " ba") {
		t.Errorf("a link that was down when it was last read is red: %s", path)
	}
	f.say("GET /sessions", client.SessionList{Items: []client.Session{x}})
	f.say("GET /summary", client.Summary{Sessions: client.SessionCounts{Total: 1, Phases: map[string]int64{"Unknown": 1}}, Devices: client.DeviceCounts{Total: 1}})
	f.say("GET /problems", client.ConcernList{Items: []client.Concern{{Object: client.EventObject{Kind: "device", Name: "n9k-b2"}, Severity: "error", Condition: "Reachable", Reason: "Unreachable", Message: "i/o timeout"}}})
	b.get("/").says(t, "<span>4.2 of 8 Gb/s</span><small>as of 13:58:00</small>", `<rect class="f un"`, "Not verified since: nx.")

	f.say("GET /sessions", client.SessionList{Items: []client.Session{{Name: "o", Status: client.SessionStatus{Phase: "Suspended"}}}, NextCursor: "more"})
	if g := b.get("/"); strings.Contains(g.body, "No session is on it") {
		t.Error("sessions that were not looked at are said not to be there")
	}
}

// A figure under "of limit" is of the limit, which is less than the capacity.
func TestTheLoadIsOfTheLimit(t *testing.T) {
	limit, capacity := int64(800_000_000), int64(1_000_000_000)
	x := client.Session{Status: client.SessionStatus{Phase: "Active", Load: &client.LoadSummary{Offered: 900_000_000, Capacity: &capacity}, Forecast: []client.Forecast{{Tool: "t", Limit: &limit, Capacity: &capacity}},
		Conditions: []client.Condition{{Type: "Configured", Status: "True"}}}}
	if got, want := loadOf(x), (loadCell{Text: "900 of 800 Mb/s", Shape: shapeSoon, Width: "90.0%", Mark: "80.0%"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	x.Status.Forecast = nil
	if got := loadOf(x); got.Text != "900 Mb/s of 1 Gb/s" && got.Note != "of its capacity" {
		t.Errorf("%+v", got)
	}
	x.Status.Conditions = append(x.Status.Conditions, client.Condition{Type: "Effective", Status: "False", Reason: "CopiesNotFlowing"})
	if got := loadOf(x); got.Note != "offered; none arrive" || got.Shape != shapeBad {
		t.Errorf("%+v", got)
	}
}

// A lease that ends within half an hour is one to look at.
func TestALeaseThatEndsSoonIsMarked(t *testing.T) {
	f := emptyFleet(t)
	soon, later := client.Session{Name: "soon"}, client.Session{Name: "later"}
	soon.Status = client.SessionStatus{Phase: "Active", Expires: since(t, "2026-03-12T14:44:07Z")}
	later.Status = client.SessionStatus{Phase: "Active", Expires: since(t, "2026-03-12T15:44:07Z")}
	f.say("GET /summary", client.Summary{Sessions: client.SessionCounts{Total: 2, Phases: map[string]int64{"Active": 2}}, Devices: client.DeviceCounts{Total: 1}})
	f.say("GET /sessions", client.SessionList{Items: []client.Session{soon, later}})
	g := newBrowser(t, f).as("nmt_viewer").get("/")
	g.says(t, `<td role="cell" class="le t-wa"><i class="s wa"></i><span data-until="2026-03-12T14:44:07Z">12 min</span>`, `<td role="cell" class="le"><span data-until="2026-03-12T15:44:07Z">`)
}

// An error of ours says what failed, whether a device was touched, and by what it is found
// in the log.
func TestAnErrorOfOursNamesItsRequest(t *testing.T) {
	f := emptyFleet(t)
	f.answers["GET /summary"] = func(*http.Request) (int, any) {
		return http.StatusInternalServerError, client.Problem{Status: http.StatusInternalServerError, Title: "store", Detail: "the store did not answer within 5 s", RequestID: "req-7"}
	}
	b := newBrowser(t, f).as("nmt_viewer")
	b.get("/").says(t, "This page could not be made", "the store did not answer within 5 s. No device was touched.", "<code>req-7</code>", "Try again")
	f.answers["GET /summary"] = func(*http.Request) (int, any) {
		return http.StatusInternalServerError, client.Problem{Status: http.StatusInternalServerError, Title: "no more is known"}
	}
	g := b.get("/")
	if _, id, ok := strings.Cut(g.body, "The log has more under <code>"); !ok || len(id) < 20 || id[0] == '<' {
		t.Errorf("nothing leads to the log: %s", g.body)
	}
	b.get("/sessions/gone").says(t, "There is no session gone", `href="/audit?session=gone"`)
}

// A device that cannot be read is shown with what is known of it, not by an error page.
func TestReadingADeviceThatIsAway(t *testing.T) {
	_, f := asOf(t)
	f.answers["POST /devices/n9k-b2:sync"] = func(*http.Request) (int, any) {
		return http.StatusServiceUnavailable, client.Problem{Status: http.StatusServiceUnavailable, Code: "device-unreachable", Detail: "dial tcp: i/o timeout"}
	}
	b := newBrowser(t, f).as("nmt_operator")
	if g := b.post("/devices/n9k-b2/sync", nil); g.status != http.StatusSeeOther || g.location != "/devices/n9k-b2" {
		t.Fatalf("%d %s", g.status, g.location)
	}
	b.get("/devices/n9k-b2").says(t, `<p class="bar2 b-wa said" role="status"><i class="s wa"></i>n9k-b2 could not be read. Its last answer is below.</p>`, "Unreachable since 13:58:00")
}

// All reasons of a refusal come at once, though the name is none.
func TestABadNameHidesNoOtherReason(t *testing.T) {
	f := makingAPI(t)
	f.answers["POST /plans"] = func(*http.Request) (int, any) {
		return http.StatusUnprocessableEntity, client.Problem{Status: http.StatusUnprocessableEntity, Code: "cannot-be-done", Errors: []client.Reason{{Pointer: "/sessions/0/sources/0/interface", Code: "no-such-port", Message: "leaf-1 has no Et99"}}}
	}
	g := newBrowser(t, f).as("nmt_operator").post("/new", url.Values{"do": {"preview"}, "name": {"Bad Name!"}, "src-device": {"leaf-1"}, "src-port": {"Et99"}, "src-direction": {"both"}, "dst-device": {"leaf-1"}, "dst-port": {"Et2"}, "dst-ip": {""}, "lease": {"none"}})
	g.says(t, "for 2 reasons", "A name is 1 to 63 of a-z", "leaf-1 has no Et99", `value="Bad Name!"`)
}

// What holds pushes back is said until it is over: since when, by whom, and what ends it.
func TestWhatHoldsPushesBackIsSaid(t *testing.T) {
	f := fleetOf(t, aDevice(t, "dist-1", func(d *client.Device) {
		d.Spec.Maintenance = new(true)
		d.Status.UpdatedBy, d.Status.UpdatedAt = "op-2", since(t, "2026-03-12T14:00:00Z")
	}), aDevice(t, "leaf-1", func(d *client.Device) { d.Spec.Mode = "observe" }))
	b := newBrowser(t, f).as("nmt_viewer")
	b.get("/devices").says(t, "In maintenance: it is read, and nothing is pushed; its entry was last changed by op-2, 14:00:00. It ends by <code>netmirror devices set dist-1 --maintenance=false</code>",
		"<code>netmirror devices set leaf-1 --mode full</code>")
	f.say("GET /summary", client.Summary{Devices: client.DeviceCounts{Total: 2, Maintenance: 1, Modes: map[string]int64{"observe": 1, "full": 1}}})
	b.get("/").says(t, "1 device in maintenance", "1 device in observe mode")
	f.say("GET /sessions/s1", client.Session{Name: "s1", Status: client.SessionStatus{Phase: "Active"}})
	f.say("GET /sessions/s1/load", client.SessionLoad{})
	f.say("GET /sessions/s1/holdings", client.HoldingList{Items: []client.Holding{{Device: "dist-1"}, {Device: "dist-1", Mark: "b"}, {Device: "leaf-1"}}})
	f.say("GET /operations", client.OperationList{})
	f.say("GET /events", client.EventPage{})
	g := b.get("/sessions/s1")
	g.says(t, "dist-1</a> is in maintenance: it is read, and nothing is pushed; its entry was last changed by op-2, 14:00:00", "leaf-1</a> is in observe mode")
	if n := strings.Count(g.body, "is in maintenance"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	f.say("GET /controller", client.Controller{Mode: "observe"})
	b.get("/").says(t, "Observe mode: everything is read, nothing is pushed. Whoever started the controller set it", "<code>--mode full</code>")
	f.say("GET /controller", client.Controller{Mode: "full", Message: "the database was restored", Hold: &client.Hold{Since: *since(t, "2026-03-12T09:00:00Z")}})
	b.get("/").says(t, "the database was restored. Since 09:00:00; an admin ends it: <code>netmirror resume</code>")
}

func TestZonesAreNamedOnce(t *testing.T) {
	at := time.Date(2026, 3, 12, 14, 0, 0, 0, time.UTC)
	for want, in := range map[string]*time.Location{"UTC": time.UTC, "CET, UTC+1": time.FixedZone("CET", 3600), "IST, UTC+5:30": time.FixedZone("IST", 19800), "NST, UTC-3:30": time.FixedZone("NST", -12600), "UTC+3": time.FixedZone("+03", 10800)} {
		if got := zone(at.In(in)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A preview says of what it is: what is copied where, until when, and why.
func TestAPreviewSaysWhatItIsOf(t *testing.T) {
	g := newBrowser(t, makingAPI(t)).as("nmt_operator").post("/new", url.Values{"do": {"preview"}, "name": {"new-one"}, "src-device": {"acc-1"}, "src-port": {"Gi1/0/8"}, "src-direction": {"rx"}, "tool": {"ids-1"}, "lease": {"none"}})
	g.says(t, "<dt>Session</dt><dd>cam: Copy acc-1 Gi1/0/8 rx to ids-1</dd>", "<dt>Ends</dt><dd>12 March 2026 18:00:00", "<dd>odd traffic, <b>SEC-882</b></dd>")
}
