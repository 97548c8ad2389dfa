package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/client"
)

func since(t *testing.T, text string) *time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return &at
}

// busyFleet has one of each kind of problem, and two sessions.
func busyFleet(t *testing.T) *fakeAPI {
	f := emptyFleet(t)
	f.say("GET /summary", client.Summary{Sessions: client.SessionCounts{Total: 2, Phases: map[string]int64{"Degraded": 1, "Active": 1},
		Conditions: map[string]map[string]int64{"Effective": {"False": 1, "True": 1}}}, Devices: client.DeviceCounts{Total: 2, Reachable: map[string]int64{"True": 1, "False": 1}},
		Problems: map[string]int64{"critical": 1, "error": 1, "notice": 1}})
	f.say("GET /problems", client.ConcernList{Items: []client.Concern{
		{Object: client.EventObject{Kind: "session", Name: "cam"}, Severity: "critical", Condition: "Effective", Reason: "CopiesNotFlowing", Since: since(t, "2026-03-12T13:51:00Z"),
			Message: `none of 18400 copies came; bld7 says "State : up <script>"`},
		{Object: client.EventObject{Kind: "device", Name: "n9k"}, Severity: "error", Condition: "Reachable", Reason: "Unreachable", Message: "dial tcp 192.0.2.32:22: i/o timeout"},
		{Object: client.EventObject{Kind: "session", Name: "phones"}, Severity: "notice", Reason: "LeaseEnding", Means: "Then it leaves its devices.", Until: since(t, "2026-03-12T14:44:07Z")},
	}})
	f.say("GET /tools", client.ToolList{Items: []client.Tool{{Name: "ids-1"}}})
	f.say("GET /devices", client.DeviceList{Items: []client.Device{{Name: "sw1"}}})
	return f
}

func TestOverviewNamesWhatNeedsSomebody(t *testing.T) {
	g := newBrowser(t, busyFleet(t)).as("nmt_viewer").get("/")
	g.says(t, "1 session needs you now, 2 things come next", "Copies do not flow", "<code class=\"rs\">CopiesNotFlowing</code>", "<q>State : up &lt;script&gt;</q>",
		"since 13:51:00", "Device unreachable", "<q>dial tcp 192.0.2.32:22: i/o timeout</q>", `href="/devices?device=n9k#n9k"`,
		`Lease ends in <span data-until="2026-03-12T14:44:07Z">12 min</span>`, `href="/sessions/phones/renew" data-dialog`, "1 needs you now",
		`<option value="ids-1">`, `<option value="sw1">`)
	if now, next := strings.Index(g.body, `id="now-h"`), strings.Index(g.body, "Device unreachable"); now < 0 || next < strings.Index(g.body, `id="next-h"`) {
		t.Error("a device that is away stands in Now")
	}
}

// What is switched off, or whose lease has ended, is on no device: that is no doubt.
func TestOverviewCountsWhatIsOff(t *testing.T) {
	f := emptyFleet(t)
	f.say("GET /summary", client.Summary{Sessions: client.SessionCounts{Total: 5, Phases: map[string]int64{"Active": 1, "Unknown": 1, "Suspended": 2, "Expired": 1},
		Conditions: map[string]map[string]int64{"Configured": {"True": 1, "Unknown": 4}, "Effective": {"True": 1, "Unknown": 4}}}, Devices: client.DeviceCounts{Total: 1}})
	g := newBrowser(t, f).as("nmt_viewer").get("/")
	g.says(t, "1 unknown", "1 in sync", "1 arriving", "3 off")
	if strings.Contains(g.body, "4 unknown") {
		t.Error("what is off counts as unknown")
	}
}

func TestOverviewIsQuietWhenAllIsWell(t *testing.T) {
	f := emptyFleet(t)
	f.say("GET /summary", client.Summary{Sessions: client.SessionCounts{Total: 3, Phases: map[string]int64{"Active": 3}}, Devices: client.DeviceCounts{Total: 2}})
	g := newBrowser(t, f).as("nmt_viewer").get("/")
	g.says(t, "Everything is as it should be")
	if strings.Contains(g.body, `id="now-h"`) || strings.Contains(g.body, `id="next-h"`) {
		t.Error("empty lists are shown")
	}
}

func TestOverviewSaysWhenThereIsMoreThanItShows(t *testing.T) {
	f := busyFleet(t)
	f.say("GET /summary", client.Summary{Sessions: client.SessionCounts{Total: 9000}, Devices: client.DeviceCounts{Total: 2}, Problems: map[string]int64{"critical": 4000}})
	newBrowser(t, f).as("nmt_viewer").get("/").says(t, "4,000 things need somebody", "3,997 more")
}

func TestOverviewFiltersByLabelAndText(t *testing.T) {
	f := busyFleet(t)
	var asked []string
	f.answers["GET /sessions"] = func(r *http.Request) (int, any) {
		q := r.URL.Query()
		if q.Get("phase") == "" { // what a device that is away holds
			return http.StatusOK, client.SessionList{}
		}
		asked = append(asked, strings.Join([]string{q.Get("phase"), q.Get("tool"), q.Get("device"), q.Get("text"), q.Get("labelSelector")}, "|"))
		return http.StatusOK, client.SessionList{}
	}
	b := newBrowser(t, f).as("nmt_viewer")
	b.get("/?phase=Degraded&tool=ids-1&device=sw1&q=inc-47+team=voice+Gi1/0/14+env!%3Dlab").says(t, "No session matches Degraded, tool ids-1, device sw1, “inc-47 team=voice Gi1/0/14 env!=lab”",
		"Show all 2", "netmirror get sessions --phase Degraded --tool ids-1 --device sw1 --text &#39;inc-47 Gi1/0/14&#39; --selector &#39;team=voice,env!=lab&#39;")
	if diff := cmp.Diff([]string{"Degraded|ids-1|sw1|inc-47 Gi1/0/14|team=voice,env!=lab"}, asked); diff != "" {
		t.Error(diff)
	}
	asked = nil
	b.get("/?q=a%3D%3Cscript%3E").says(t, "“a=&lt;script&gt;”") // no label: it is searched for
	if len(asked) == 0 || !strings.HasSuffix(asked[0], "|a=<script>|") {
		t.Errorf("asked %q", asked)
	}
}

func TestSourcesAreCountedOrCalledEntries(t *testing.T) {
	one := int64(110)
	port := func(names ...string) (out []client.Source) {
		for _, n := range names {
			out = append(out, client.Source{Device: "sw1", Interface: n})
		}
		return out
	}
	for _, c := range []struct {
		sources []client.Source
		want    string
	}{
		{port("Gi1/0/14"), "1 port"},
		{port("Gi1/0/14", "Gi1/0/2-4"), "4 ports"},
		{port("ge-0/0/1", "ge-0/0/2"), "2 ports"},
		{port("Ethernet1 - 12"), "12 ports"},
		{port("Gi1/0/1,Gi1/0/5"), "1 entry"},
		{port("Gi1/0/9-4", "Gi1/0/1"), "2 entries"},
		{append(port("Gi1/0/1"), client.Source{Device: "sw1", VLAN: &one}), "1 port, 1 VLAN"},
		{[]client.Source{{Device: "sw1", VLAN: &one}}, "1 VLAN"},
	} {
		if got := sourcesText(c.sources); got != c.want {
			t.Errorf("%v: %q, want %q", c.sources, got, c.want)
		}
	}
}

func TestWordsOfDevicesStandApart(t *testing.T) {
	for message, want := range map[string][]saying{
		"":                           nil,
		"nothing is quoted":          {{Text: "nothing is quoted"}},
		`sw1 says "% \"x\" y", so`:   {{Text: "sw1 says "}, {Text: `% "x" y`, Quote: true}, {Text: ", so"}},
		`a mark " that never closes`: {{Text: `a mark " that never closes`}},
		`""`:                         {{Text: `""`, Quote: true}},
	} {
		if diff := cmp.Diff(want, spoken(message)); diff != "" {
			t.Errorf("%s: %s", message, diff)
		}
	}
}
