package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/client"
)

func aDevice(t *testing.T, name string, change ...func(*client.Device)) client.Device {
	eight := int64(8)
	d := client.Device{Name: name, Spec: client.DeviceSpec{Platform: "p1", Mode: "full", Transports: client.Transports{Config: client.Transport{Protocol: "cli", Address: "192.0.2.11"}}},
		Status: client.DeviceStatus{Reachable: client.Condition{Type: "Reachable", Status: "True", Reason: "Read"}, ObservedAt: since(t, "2026-03-12T14:31:53Z"),
			NativeUsed: 3, NativeTotal: &eight, NativeCounts: "source-sessions", Facts: client.Facts{Model: "C9300-48P", Version: "17.12.4"},
			Slots: []client.Slot{{Counts: "sessions", Scope: "stack", Max: 66, Used: 4, Source: "Guide 17.17"}, {Counts: "source-sessions", Scope: "stack", Max: 8, Used: 3, Source: "Guide 17.17"}}}}
	for _, f := range change {
		f(&d)
	}
	return d
}

// fleetOf answers for devices; the list has them by reach.
func fleetOf(t *testing.T, devices ...client.Device) *fakeAPI {
	f := emptyFleet(t)
	counts := client.DeviceCounts{Total: int64(len(devices)), Reachable: map[string]int64{}, Platforms: map[string]int64{"p1": int64(len(devices))}}
	for _, d := range devices {
		counts.Reachable[d.Status.Reachable.Status]++
		f.say("GET /devices/"+d.Name, d)
		f.say("GET /devices/"+d.Name+"/observed-sessions", client.ObservedList{Items: []client.ObservedSession{
			{Device: d.Name, ID: "1", Owner: "foreign", Guess: "nothing says that netmirror made it", FirstSeen: since(t, "2026-03-12T09:40:00Z"), ProgrammedReason: "<script>", Programmed: "True",
				Native: client.NativeSpec{Role: "local", Sources: []client.NativeSource{{Port: "Gi1/0/2", Direction: "both"}}, Destinations: []string{"Gi1/0/24"}}},
			{Device: d.Name, ID: "66", Owner: "netmirror", Sessions: []string{"phones"}, Programmed: "True",
				Native: client.NativeSpec{Role: "local", Sources: []client.NativeSource{{Port: "Gi1/0/3"}, {Port: "Gi1/0/4"}}, Destinations: []string{"Gi1/0/48"}}},
		}})
	}
	f.say("GET /summary", client.Summary{Devices: counts})
	f.answers["GET /devices"] = func(r *http.Request) (int, any) {
		var list client.DeviceList
		for _, d := range devices {
			if q := r.URL.Query(); (q.Get("reachable") == "" || d.Status.Reachable.Status == q.Get("reachable")) && strings.Contains(d.Name, q.Get("text")) {
				list.Items = append(list.Items, d)
			}
		}
		return http.StatusOK, list
	}
	return f
}

func away(t *testing.T) func(*client.Device) {
	return func(d *client.Device) {
		d.Status.Reachable = client.Condition{Type: "Reachable", Status: "False", Reason: "Unreachable", Message: "dial tcp 192.0.2.32:22: i/o timeout", Since: since(t, "2026-03-12T13:58:00Z")}
		d.Status.ObservedAt, d.Status.NextRead = since(t, "2026-03-12T13:57:00Z"), since(t, "2026-03-12T14:36:00Z")
	}
}

func TestDevicesThatAreAwayComeFirst(t *testing.T) {
	g := newBrowser(t, fleetOf(t, aDevice(t, "acc-1"), aDevice(t, "zzz", away(t)))).as("nmt_operator").get("/devices")
	g.says(t, "1 of 2 devices answers", "Unreachable since 13:58:00", "The last answer: <q>dial tcp 192.0.2.32:22: i/o timeout</q>", "Tried again at 14:36:00", "as of 13:57:00",
		"14 s ago", "3 of 8 with sources, 1 foreign; 4 of 66 in all", "C9300-48P 17.12.4", "192.0.2.11, cli", "native sessions with sources, per stack<small>Guide 17.17</small>",
		`href="/sessions/phones"`, "Gi1/0/2 both › Gi1/0/24", "2 sources › Gi1/0/48", "<q>&lt;script&gt;</q>", `<i class="s no"></i>foreign`, "seen since 09:40:00",
		`href="/adopt?device=acc-1&amp;native=1" data-dialog`, "Nothing is stopped by the brake")
	if strings.Index(g.body, `id="zzz"`) > strings.Index(g.body, `id="acc-1"`) {
		t.Error("the one that is away is not first")
	}
	if strings.Contains(g.body, "/release") {
		t.Error("there is something to release")
	}
	for _, bad := range []string{`<i class="s ok"></i><a href="/sessions/phones"`} { // of what is known no more
		if at := strings.Index(g.body, `id="zzz"`); strings.Contains(g.body[at:strings.Index(g.body, `id="acc-1"`)], bad) {
			t.Error("something stale is green")
		}
	}
}

func TestDeviceSaysWhatHoldsItBack(t *testing.T) {
	yes := true
	f := fleetOf(t, aDevice(t, "acc-1", func(d *client.Device) {
		d.Status.Brake = &client.Brake{Scope: "device", Message: "4 of 5 sessions are gone at once", Since: *since(t, "2026-03-12T09:03:00Z")}
		d.Spec.Maintenance, d.Spec.Mode, d.Status.Unsaved, d.Status.Retired = &yes, "observe", []string{"66"}, true
		d.Spec.Links = []client.Link{{Interface: "Te1/1/1", Device: "dist-1", PeerInterface: "Te1/0/1"}}
		d.Spec.Labels = map[string]string{"site": "hq"}
	}))
	f.say("GET /sessions", client.SessionList{Items: []client.Session{{Name: "phones"}}})
	b := newBrowser(t, f).as("nmt_operator")
	for _, path := range []string{"/devices", "/devices/acc-1", "/devices?device=acc-1"} {
		b.get(path).says(t, "Repairs have stopped since 09:03:00", "4 of 5 sessions are gone at once", "In maintenance", "Observe mode", "Its entry has vanished", "Not saved on the device: <code>66</code>",
			`href="/devices/acc-1/release" data-dialog`, `href="/devices?device=dist-1#dist-1"`, `href="/devices?q=site%3Dhq"`)
	}
	b.get("/devices?device=acc-1").says(t, `id="acc-1" data-key="acc-1" open`, "Show all 1")
	b.get("/devices/acc-1").says(t, "<h1>acc-1</h1>", "Sessions that have to do with it")
}

func TestDevicesForAViewer(t *testing.T) {
	f := fleetOf(t, aDevice(t, "acc-1"))
	g := newBrowser(t, f).as("nmt_viewer").get("/devices")
	g.says(t, "The device answers", "Your token is a viewer’s: it sees all and changes nothing.", `<button class="btn" disabled>Read now</button>`)
	if strings.Contains(g.body, `action="/devices/acc-1/sync"`) || strings.Contains(g.body, `href="/adopt`) {
		t.Error("a viewer is offered an action")
	}
}

func TestDevicesAreReadAndChecked(t *testing.T) {
	f := fleetOf(t, aDevice(t, "acc-1"))
	f.say("POST /devices/acc-1:sync", aDevice(t, "acc-1"))
	f.say("POST /devices/acc-1:check", client.DeviceCheck{Device: "acc-1", Items: []client.CheckItem{{Name: "reachable", State: "True", Message: "22 ms"}, {Name: "privilege", State: "False", Message: `the device says "% Bad secrets"`}}})
	b := newBrowser(t, f).as("nmt_operator")
	if g := b.post("/devices/acc-1/sync", nil); g.location != "/devices/acc-1" {
		t.Errorf("%d %s", g.status, g.location)
	}
	b.get("/devices/acc-1").says(t, "acc-1 was read: 2 native sessions on it.")
	b.post("/devices/acc-1/check", nil).says(t, "First-day check, just now: something is in the way", "reachable", "22 ms", "privilege <b>no</b>", "<q>% Bad secrets</q>")
	f.answers["POST /devices/acc-1:sync"] = func(*http.Request) (int, any) {
		return http.StatusBadGateway, client.Problem{Status: http.StatusBadGateway, Title: "device", Detail: "acc-1 cannot be read", RequestID: "req-1"}
	}
	g := b.post("/devices/acc-1/sync", nil)
	g.says(t, "This failed", "acc-1 cannot be read", "Whether a device was touched", "req-1")
	if g.status != http.StatusBadGateway {
		t.Errorf("%d", g.status)
	}
}

func TestDevicesAreFiltered(t *testing.T) {
	f := fleetOf(t, aDevice(t, "acc-1"))
	var asked []string
	list := f.answers["GET /devices"]
	f.answers["GET /devices"] = func(r *http.Request) (int, any) {
		q := r.URL.Query()
		if q.Get("limit") != "300" { // of names to choose from
			asked = append(asked, strings.Join([]string{q.Get("reachable"), q.Get("platform"), q.Get("text"), q.Get("labelSelector"), q.Get("foreign"), q.Get("brief")}, "|"))
		}
		return list(r)
	}
	b := newBrowser(t, f).as("nmt_viewer")
	b.get("/devices?reachable=False&platform=p1&q=nobody+site%3Dhq&foreign=true").says(t, "No device matches unreachable, platform p1, “nobody site=hq”, with foreign sessions", "Show all 1",
		"netmirror get devices --reachable False --platform p1 --text nobody --selector site=hq --foreign true")
	if diff := cmp.Diff([]string{"False|p1|nobody|site=hq|true|true"}, asked); diff != "" {
		t.Error(diff)
	}
	b.get("/devices?device=nobody").says(t, "No device matches name nobody")
	b.get("/devices?device=%3Cscript%3E").says(t, "No device matches name &lt;script&gt;")
}

func TestDevicesAreShownPageByPage(t *testing.T) {
	var many []client.Device
	for range fleetPage {
		many = append(many, aDevice(t, "acc-1"))
	}
	f := fleetOf(t, many[0])
	f.answers["GET /devices"] = func(r *http.Request) (int, any) {
		switch r.URL.Query().Get("reachable") + r.URL.Query().Get("cursor") {
		case "False":
			return http.StatusOK, client.DeviceList{Items: many}
		case "True":
			return http.StatusOK, client.DeviceList{Items: many, NextCursor: "c1"}
		}
		return http.StatusOK, client.DeviceList{}
	}
	b := newBrowser(t, f).as("nmt_viewer")
	b.get("/devices").says(t, `href="/devices?after=Unknown%3A"`)
	b.get("/devices?after=Unknown%3A").says(t, `href="/devices?after=True%3Ac1"`)
}

func TestNoDevicesYet(t *testing.T) {
	newBrowser(t, fleetOf(t)).as("nmt_viewer").get("/devices").says(t, "No devices yet", "netmirror devices add --wizard")
}

func TestSlotsAreDrawnAndSaid(t *testing.T) {
	many, none := int64(1000), int64(0)
	r := deviceRow{Device: aDevice(t, "a", func(d *client.Device) { d.Status.NativeTotal, d.Status.NativeUsed = &many, 250 })}
	r.slots([]client.ObservedSession{{Owner: "foreign", Native: client.NativeSpec{Sources: []client.NativeSource{{Port: "1"}}}}, {Owner: "foreign"}}, *since(t, "2026-03-12T14:00:00Z"))
	if r.Slots.Part != "24.9%" || r.Slots.TheirsPart != "0.1%" || !strings.HasPrefix(r.SlotsText, "250 of 1,000 with sources, 1 foreign") {
		t.Errorf("%+v %s", r.Slots, r.SlotsText)
	}
	r.Status.NativeTotal = &none
	r.Slots = nil
	if r.slots(nil, *since(t, "2026-03-12T14:00:00Z")); r.Slots != nil || r.SlotsText != "0 native sessions, no limit known" {
		t.Errorf("%+v %s", r.Slots, r.SlotsText)
	}
	if got := squares(1, 3); got != "M11.5 .5h8v9h-8zM22.5 .5h8v9h-8z" {
		t.Error(got)
	}
}

// TestTheLastCheckOfADevice is shown with its time and who asked for it; a list has no lines.
func TestTheLastCheckOfADevice(t *testing.T) {
	checked := func(items ...client.CheckItem) client.Device {
		return aDevice(t, "acc-1", func(d *client.Device) {
			d.Status.LastCheck = &client.LastCheck{At: *since(t, "2026-03-12T09:40:00Z"), Actor: "alice", Items: items}
		})
	}
	f := fleetOf(t, checked(client.CheckItem{Name: "login", State: "False", Message: "<denied>"}))
	b := newBrowser(t, f).as("nmt_operator")
	b.get("/devices/acc-1").says(t, "First-day check, 09:40:00 by alice: something was in the way", "login <b>no</b>", "&lt;denied&gt;")
	f = fleetOf(t, checked())
	newBrowser(t, f).as("nmt_operator").get("/devices").says(t, "by alice: something was in the way", `<a class="more" href="/devices/acc-1">Line by line</a>`)
}
