package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// pages follows nextCursor to the end and gives the names of all entries.
func (h *harness) pages(path, name string) (names []string, count int) {
	h.t.Helper()
	cursor := ""
	for {
		u := path
		if cursor != "" {
			u += cmpOr(strings.Contains(u, "?"), "&", "?") + "cursor=" + url.QueryEscape(cursor)
		}
		var page struct {
			Items      []map[string]any `json:"items"`
			NextCursor string           `json:"nextCursor"`
		}
		if err := json.Unmarshal([]byte(h.do("GET", u, "").is(http.StatusOK).body), &page); err != nil {
			h.t.Fatal(err)
		}
		for _, item := range page.Items {
			names = append(names, fmt.Sprint(item[name]))
		}
		if count++; page.NextCursor == "" {
			return names, count
		}
		if cursor = page.NextCursor; count > 10000 {
			h.t.Fatal("the list does not end")
		}
	}
}

// Every entry comes exactly once and in order, whatever the page size.
func TestPagesHoldEverythingOnce(t *testing.T) {
	h := newHarness(t)
	rapid.Check(t, func(rt *rapid.T) {
		clear(h.fake.sessions)
		clear(h.fake.tools)
		clear(h.fake.filters)
		clear(h.fake.devices)
		n, limit := rapid.IntRange(0, 12).Draw(rt, "n"), rapid.IntRange(1, 13).Draw(rt, "limit")
		var want []string
		for i := range n {
			name := fmt.Sprintf("s%02d", i)
			want = append(want, name)
			label := map[string]string{"odd": fmt.Sprint(i % 2)}
			h.fake.sessions[name] = engine.SessionView{Record: mirror.SessionRecord{Session: mirror.Session{Name: name, Labels: label}}}
			h.fake.tools[name] = engine.ToolView{Tool: mirror.Tool{Name: name, Labels: label}}
			h.fake.filters[name] = engine.FilterView{Filter: mirror.Filter{Name: name, Labels: label}}
			h.fake.devices[name] = engine.DeviceView{Device: mirror.Device{Name: name, Labels: label}}
		}
		for _, kind := range []string{"sessions", "tools", "filters", "devices"} {
			got, count := h.pages(fmt.Sprintf("/api/v1/%s?limit=%d", kind, limit), "name")
			if !slices.Equal(got, want) {
				rt.Fatalf("%s: want %v, got %v", kind, want, got)
			}
			if most := max(1, (n+limit-1)/limit); count != most {
				rt.Fatalf("%s: %d pages, want %d", kind, count, most)
			}
			odd, _ := h.pages(fmt.Sprintf("/api/v1/%s?limit=%d&labelSelector=odd%%3D1", kind, limit), "name")
			if len(odd) != n/2 {
				rt.Fatalf("%s: odd ones are %v", kind, odd)
			}
		}
	})
}

func TestSelectors(t *testing.T) {
	h := newHarness(t)
	for name, labels := range map[string]map[string]string{"a": {"team": "voice", "env": "lab"}, "b": {"team": "data", "env": "prod"}, "c": {"env": "test"}, "d": nil} {
		h.fake.tools[name] = engine.ToolView{Tool: mirror.Tool{Name: name, Labels: labels}}
	}
	for selector, want := range map[string][]string{
		"team=voice": {"a"}, "team==voice": {"a"}, " team = voice ": {"a"},
		"env!=lab": {"b", "c", "d"}, "team": {"a", "b"}, "!team": {"c", "d"},
		"env in (lab, test)": {"a", "c"}, "env notin (lab,test)": {"b", "d"},
		"team,env!=lab": {"b"}, "env in (lab,prod),team notin (data)": {"a"}, "team=": nil,
	} {
		if got, _ := h.pages("/api/v1/tools?labelSelector="+url.QueryEscape(selector), "name"); !slices.Equal(got, want) {
			t.Errorf("%s: want %v, got %v", selector, want, got)
		}
	}
	for _, bad := range []string{"=voice", "!", "team,", "in (a)", "team in (a", "team in a", "team=a b", "a=(b)", "te am", "-x", "team=voice;env=lab", strings.Repeat("a,", 21) + "a"} {
		h.do("GET", "/api/v1/tools?labelSelector="+url.QueryEscape(bad), "").problem(400, codeInvalid)
	}
}

func TestSessionsAreSelected(t *testing.T) {
	h := newHarness(t)
	for name, s := range map[string]mirror.Session{
		"a": {Sources: []mirror.Source{{Device: "sw1"}}, Destinations: []mirror.Destination{{Tool: "ids"}}},
		"b": {Sources: []mirror.Source{{Device: "sw2"}}, Destinations: []mirror.Destination{{Tool: "ids"}}, Filter: "web"},
		"c": {Sources: []mirror.Source{{Device: "sw1"}}},
	} {
		s.Name = name
		h.fake.sessions[name] = engine.SessionView{Record: mirror.SessionRecord{Session: s, Phase: map[bool]mirror.Phase{true: mirror.Active, false: mirror.Failed}[name == "a"]}}
	}
	for query, want := range map[string][]string{"device=sw1": {"a", "c"}, "tool=ids": {"a", "b"}, "filter=web": {"b"}, "device=sw1&tool=ids": {"a"}, "phase=Failed&device=sw1": {"c"}, "device=sw9": nil} {
		if got, _ := h.pages("/api/v1/sessions?"+query, "name"); !slices.Equal(got, want) {
			t.Errorf("%s: want %v, got %v", query, want, got)
		}
	}
	h.do("GET", "/api/v1/sessions?phase=Asleep", "").problem(400, codeInvalid)
	h.do("GET", "/api/v1/tools?device=sw1", "").problem(400, codeInvalid)
}

func TestACursorBelongsToItsList(t *testing.T) {
	h := newHarness(t)
	for _, name := range []string{"a", "b"} {
		h.fake.sessions[name] = engine.SessionView{Record: mirror.SessionRecord{Session: mirror.Session{Name: name}}}
	}
	next := decodeReply[SessionList](h.do("GET", "/api/v1/sessions?limit=1", "").is(200)).NextCursor
	h.do("GET", "/api/v1/tools?cursor="+next, "").golden("problems/bad-cursor").problem(400, codeInvalid)
	h.do("GET", "/api/v1/events?cursor="+next, "").problem(400, codeInvalid)
	h.do("GET", "/api/v1/sessions?cursor="+next, "").is(200)
}

func TestEvents(t *testing.T) {
	h := newHarness(t)
	empty := decodeReply[EventPage](h.do("GET", "/api/v1/events", "").is(200))
	for i := range 5 {
		h.fake.events = append(h.fake.events, mirror.Event{Seq: int64(i + 1), At: testTime, Type: "SessionAccepted", Actor: "ops", Message: fmt.Sprint("m", i+1)})
	}
	var got string
	cursor := empty.NextCursor // nothing there yet is a place to go on from
	for range 4 {
		page := decodeReply[EventPage](h.do("GET", "/api/v1/events?limit=2&cursor="+cursor, "").is(200))
		for _, e := range page.Items {
			got += e.Message
		}
		if n := len(page.Items); n > 0 && page.Items[n-1].ID != page.NextCursor {
			t.Errorf("last id %q, next %q", page.Items[n-1].ID, page.NextCursor)
		}
		cursor = page.NextCursor
	}
	if got != "m1m2m3m4m5" {
		t.Errorf("got %s", got)
	}
	h.fake.events = append(h.fake.events, mirror.Event{Seq: 6, At: testTime, Type: "DriftRepaired", Actor: "system", Session: "s1", Device: "sw1", Message: "m6", Changed: []string{"sources"},
		Before: &mirror.Traffic{Role: mirror.RoleLocal, NativeID: "66", Sources: []mirror.Source{{Device: "sw1", Interface: "p1", Direction: mirror.RX}}, Destinations: []mirror.Destination{{Device: "sw1", Interface: "d1"}}},
		After:  &mirror.Traffic{Kind: mirror.KindERSPAN, Sources: []mirror.Source{{Device: "sw1", VLAN: 9, Direction: mirror.Both}}, Destinations: []mirror.Destination{{Tool: "ids", IP: "192.0.2.9"}}, ERSPAN: &mirror.ERSPAN{ID: 7}, Expires: testTime}})
	h.do("GET", "/api/v1/events?cursor="+cursor, "").is(200).golden("events")
	for path, want := range map[string]string{
		"session=s1":                                        "m6",
		"device=sw1&type=DriftRepaired":                     "m6",
		"kind=session&name=s1":                              "m6",
		"kind=device":                                       "",
		"actor=ops&order=newest&limit=2":                    "m5m4",
		"since=2000-01-01T00:00:00Z&order=newest&limit=1":   "m6",
		"until=2000-01-01T00:00:00Z":                        "",
		"until=2000-01-01T00:00:00%2B01:00&since=&session=": "",
	} {
		var got string
		for _, e := range decodeReply[EventPage](h.do("GET", "/api/v1/events?"+path, "").is(200)).Items {
			got += e.Message
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if got, pages := h.pages("/api/v1/events?order=newest&limit=4", "message"); !slices.Equal(got, []string{"m6", "m5", "m4", "m3", "m2", "m1"}) {
		t.Errorf("newest first: %v in %d pages", got, pages)
	}
	newest := decodeReply[EventPage](h.do("GET", "/api/v1/events?order=newest&limit=1", "").is(200)).NextCursor
	for _, bad := range []string{"since=yesterday", "name=s1", "kind=switch", "order=random", "cursor=" + newest, "order=newest&cursor=" + cursor} {
		h.do("GET", "/api/v1/events?"+bad, "").problem(400, codeInvalid)
	}
	h.fake.events = h.fake.events[4:]
	if page := decodeReply[EventPage](h.do("GET", "/api/v1/events?cursor="+eventID(2), "").is(200)); !page.Lost || len(page.Items) != 2 {
		t.Errorf("after what is not kept: %+v", page)
	}
}

// TestAnEmptyPageOfEventsIsTheLast: a filter that takes few looks further.
func TestAnEmptyPageOfEventsIsTheLast(t *testing.T) {
	h := newHarness(t)
	h.fake.look = 10
	for i := range 100 {
		h.fake.events = append(h.fake.events, mirror.Event{Seq: int64(i + 1), At: testTime, Type: cmpOr(i == 50, "Seldom", "Often"), Message: "m"})
	}
	for _, order := range []string{"oldest", "newest"} {
		page := decodeReply[EventPage](h.do("GET", "/api/v1/events?type=Seldom&order="+order, "").is(200))
		if len(page.Items) != 1 || !page.More {
			t.Errorf("%s: %+v", order, page)
		}
		page = decodeReply[EventPage](h.do("GET", "/api/v1/events?type=Seldom&order="+order+"&cursor="+page.NextCursor, "").is(200))
		if len(page.Items) != 0 || page.More || (page.NextCursor == "") != (order == "newest") {
			t.Errorf("%s: then %+v", order, page)
		}
	}
}

func TestOperations(t *testing.T) {
	h := newHarness(t)
	for _, d := range []string{"1", "2", "3"} {
		h.do("PUT", s1, with("description", d))
	}
	h.do("PUT", "/api/v1/sessions/other", plainSession)
	got, _ := h.pages("/api/v1/operations?session=s1&limit=2", "id")
	if !slices.Equal(got, []string{"op3", "op2", "op1"}) {
		t.Errorf("got %v", got)
	}
	h.fake.ops["op9"] = mirror.Operation{ID: "op9", Device: "sw1", Type: mirror.OpSave, State: mirror.OpFailed, Message: "why", Created: testTime, Transcript: []mirror.Exchange{{Device: "sw1", Sent: "write", At: testTime}}}
	for query, want := range map[string][]string{"": {"op9", "op4", "op3", "op2", "op1"}, "type=save": {"op9"}, "type=rollout&session=other": {"op4"}, "device=sw1": {"op9"}, "type=repair": nil} {
		if got, _ := h.pages("/api/v1/operations?"+query, "id"); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
	h.do("GET", "/api/v1/operations?type=apply", "").problem(400, codeInvalid)
	h.do("GET", "/api/v1/operations?cursor=x", "").problem(400, codeInvalid)
	h.do("GET", "/api/v1/operations/op99", "").problem(404, codeNotFound)
	op := h.fake.ops["op3"]
	op.Finished = testTime
	op.Steps = []mirror.Step{{Device: "sw1", Role: mirror.RoleLocal, Action: "apply", State: "done", Rev: 1, At: testTime}}
	op.Transcript = []mirror.Exchange{{Device: "sw1", Mark: "nm-aaaaaaaaaa", Sent: "insert", Answer: "ok", At: testTime}}
	h.fake.ops["op3"] = op
	h.do("GET", "/api/v1/operations/op3", "").is(200).golden("operation-done")
}

func TestObservedSessionsAndInterfaces(t *testing.T) {
	h := newHarness(t)
	h.fake.observed = append(h.fake.observed, []engine.ObservedSession{
		{Device: "sw2", Owner: "foreign", At: testTime, Native: mirror.NativeSession{ID: "m1", Opaque: "mirrors everything", Text: "_uuid ..."}},
		{Device: "sw1", Owner: "foreign", At: testTime, Native: mirror.NativeSession{ID: "2", Spec: mirror.NativeSpec{Role: mirror.RoleLocal}}},
		{Device: "sw1", Owner: "netmirror", Sessions: []string{"s1"}, At: testTime, Native: mirror.NativeSession{ID: "1", Mark: "nm-aaaaaaaaaa",
			Programmed: mirror.True, Copies: mirror.Copies{Known: true, Packets: 6, Octets: 588},
			Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}, {VLAN: 7, Direction: mirror.Both}},
				Destinations: []mirror.PortName{"p9"}, Options: mirror.Options{FilterVLANs: []int{7}, ERSPAN: &mirror.ERSPAN{ID: 1}}}}},
	}...)
	for path, want := range map[string][]string{
		"/api/v1/observed-sessions":                                     {"1", "2", "m1"},
		"/api/v1/observed-sessions?limit=1":                             {"1", "2", "m1"},
		"/api/v1/observed-sessions?owner=foreign&limit=1":               {"2", "m1"},
		"/api/v1/observed-sessions?owner=netmirror-other":               nil,
		"/api/v1/devices/sw1/observed-sessions":                         {"1", "2"},
		"/api/v1/devices/sw1/observed-sessions?owner=netmirror":         {"1"},
		"/api/v1/devices/unheard-of/observed-sessions?owner=&":          nil,
		"/api/v1/devices/sw2/observed-sessions?owner=foreign":           {"m1"},
		"/api/v1/devices/sw1/observed-sessions?limit=1&owner=netmirror": {"1"},
		"/api/v1/devices/sw1/observed-sessions?interface=p1":            {"1"},
		"/api/v1/devices/sw1/observed-sessions?interface=p2":            nil,
	} {
		if got, _ := h.pages(path, "id"); !slices.Equal(got, want) {
			t.Errorf("%s: want %v, got %v", path, want, got)
		}
	}
	h.do("GET", "/api/v1/observed-sessions", "").golden("observed")
	h.do("GET", "/api/v1/observed-sessions?owner=nobody", "").problem(400, codeInvalid)

	h.do("GET", "/api/v1/devices/sw1/interfaces", "").problem(404, codeNotFound)
	d := engine.DeviceView{Device: mirror.Device{Name: "sw1"}}
	h.fake.devices["sw1"] = d
	if before := decodeReply[InterfaceList](h.do("GET", "/api/v1/devices/sw1/interfaces", "").is(200)); before.ObservedAt != nil || len(before.Items) != 0 {
		t.Errorf("before the first read: %+v", before)
	}
	d.State.Observation = mirror.Observation{At: testTime, Ports: []mirror.Port{
		{Name: "p9", Up: mirror.True, Speed: 1e9, Uses: []mirror.PortUse{{Kind: "learned", Detail: "2 addresses"}}},
		{Name: "Ethernet1/1", Up: mirror.False, Members: []mirror.PortName{"p1"}, LAG: true}}}
	h.fake.devices["sw1"] = d
	if got, _ := h.pages("/api/v1/devices/sw1/interfaces?limit=1", "name"); !slices.Equal(got, []string{"Ethernet1/1", "p9"}) {
		t.Errorf("got %v", got)
	}
	h.do("GET", "/api/v1/devices/sw1/interfaces", "").golden("interfaces")
}
