package api

import (
	"context"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func (f *fake) SessionLoad(_ context.Context, name string, past engine.Span) (engine.LoadView, error) {
	return f.loadOf("SessionLoad", name, past)
}

func (f *fake) ToolLoad(_ context.Context, name string, past engine.Span) (engine.LoadView, error) {
	return f.loadOf("ToolLoad", name, past)
}

func (f *fake) DeviceLoad(_ context.Context, name string, past engine.Span) (engine.LoadView, error) {
	return f.loadOf("DeviceLoad", name, past)
}

func (f *fake) Loads() []engine.EndView { return f.loads }

func (f *fake) loadOf(method, name string, past engine.Span) (engine.LoadView, error) {
	err := f.enter(method)
	defer f.mu.Unlock()
	if err != nil {
		return engine.LoadView{}, err
	}
	if name != "known" {
		return engine.LoadView{}, missing("resource", name)
	}
	v := f.load
	if past == engine.SpanNone {
		v.History = nil
	}
	f.pasts = append(f.pasts, past)
	return v, nil
}

func someLoad() engine.LoadView {
	ratio := 0.98
	end := capacity.End{Device: "sw1", Port: "p4", Tool: "ids"}
	flow := capacity.Flow{Octets: 1_250_000, Frames: 1250}
	return engine.LoadView{
		Healthy:   mirror.Check{State: mirror.False, Reason: "Oversubscribed", Message: "too much"},
		Effective: mirror.Check{State: mirror.True, Reason: "CopiesFlow"},
		Ends: []capacity.EndLoad{{End: end, At: testTime, Sessions: []string{"known"}, Capacity: 10e6, CapacityFrom: "capacity of tool ids", Offered: 10_200_000,
			Known: true, Up: mirror.True, Sent: flow, Drops: 7, Counted: true, Over: true,
			Terms: []capacity.Term{{Session: "known", Device: "sw1", Source: "p1", Direction: mirror.RX, Carried: flow, Copied: flow, Offered: 10_200_000, How: "the last 10 s"},
				{Session: "known", Device: "sw1", Source: "VLAN 7", Direction: mirror.RX, Bound: true, Unknown: "no port is known to carry VLAN 7"}}},
			{End: capacity.End{IP: "10.0.0.9"}, Known: false}},
		Copies: []capacity.CopyLoad{{Device: "sw1", Native: "66", Port: "p4", Sessions: []string{"known"}, Delivery: capacity.Delivery{State: mirror.True,
			Reason: "CopiesFlow", At: mirror.CountedOutOctets, Ratio: &ratio, Confidence: 0.9, Expected: 1000, Counted: 980, From: testTime, To: testTime.Add(time.Minute)}}},
		Ports: []capacity.PortLoad{{Port: "p1", At: testTime, Up: mirror.True, Speed: 1e9, In: flow, Known: true}, {Port: "p2", Why: "the device tells no counters of it"}},
		History: []mirror.LoadMinute{{Place: "sw1", At: testTime, Ports: []mirror.PortMinute{{Port: "p1", InOctets: 1, InFrames: 2, OutOctets: 3, OutFrames: 4, Drops: 5}},
			Ends: []mirror.EndMinute{{Port: "p4", Offered: 6, Peak: 7, Capacity: 8}}}},
	}
}

func TestLoads(t *testing.T) {
	h := newHarness(t)
	h.fake.load = someLoad()
	for kind, name := range map[string]string{"sessions": "session-load", "tools": "tool-load", "devices": "device-load"} {
		path := "/api/v1/" + kind + "/known/load"
		h.do("GET", path+"?history=hour", "").is(200).golden(name)
		for _, past := range []string{"", "?history=none", "?history=day"} {
			h.do("GET", path+past, "").is(200)
		}
		h.do("GET", path+"?history=year", "").problem(400, codeInvalid)
		h.do("GET", "/api/v1/"+kind+"/unheard-of/load", "").problem(404, codeNotFound)
	}
	for i, past := range h.fake.pasts {
		if want := []engine.Span{engine.SpanHour, engine.SpanNone, engine.SpanNone, engine.SpanDay}[i%4]; past != want {
			t.Errorf("the engine was asked for %q, want %q", past, want)
		}
	}
}

func TestTheListOfLoads(t *testing.T) {
	h := newHarness(t)
	h.do("GET", "/api/v1/loads", "").is(200).golden("loads-none")
	v := someLoad()
	h.fake.loads = []engine.EndView{{Load: v.Ends[0], Copies: v.Copies}, {Load: v.Ends[1]}}
	h.do("GET", "/api/v1/loads", "", "Authorization", "Bearer "+viewerToken).is(200).golden("loads")
	first := decodeReply[LoadList](h.do("GET", "/api/v1/loads?limit=1", "").is(200))
	second := decodeReply[LoadList](h.do("GET", "/api/v1/loads?limit=1&cursor="+first.NextCursor, "").is(200))
	if len(first.Items) != 1 || len(second.Items) != 1 || first.Items[0].IP+second.Items[0].IP != "10.0.0.9" || second.NextCursor != "" {
		t.Errorf("in pages: %+v, %+v", first, second)
	}
	h.do("GET", "/api/v1/loads", "", "Authorization", "").problem(401, codeUnauthenticated)
}

// TestDropsThatNobodyCountsAreNotZero: they are left out.
func TestDropsThatNobodyCountsAreNotZero(t *testing.T) {
	end := capacity.EndLoad{Counted: true, NoDrops: true}
	if got := endLoadOf(end); got.Drops != nil || got.Sent == nil {
		t.Errorf("of an end: %v drops, %v sent", got.Drops, got.Sent)
	}
	if got := portLoadOf(capacity.PortLoad{Known: true, NoDrops: true}); got.Drops != nil || got.Out == nil {
		t.Errorf("of a port: %v drops, %v out", got.Drops, got.Out)
	}
	if got := summaryOf(&capacity.SessionLoad{Ends: []capacity.EndLoad{end}}); got.Drops != nil {
		t.Errorf("of a session: %v drops", *got.Drops)
	}
}

// TestTheLoadOfASessionInShort is that of the destination that is used most, and the
// worst delivery.
func TestTheLoadOfASessionInShort(t *testing.T) {
	v := someLoad()
	v.Ends = append(v.Ends, capacity.EndLoad{End: capacity.End{Device: "sw1", Port: "p5"}, Offered: 20e6, Capacity: 1e9, Counted: true, Drops: 1},
		capacity.EndLoad{End: capacity.End{Device: "sw1", Port: "t1", Link: true}, Offered: 99e6, Capacity: 1, Counted: true, Drops: 50})
	got := summaryOf(&capacity.SessionLoad{Ends: v.Ends, Copies: v.Copies})
	if got.Offered != 10_200_000 || got.Capacity != 10e6 || *got.Drops != 8 || !got.Oversubscribed || *got.DeliveryRatio != 0.98 || got.CountedAt != "out-counters" {
		t.Errorf("%+v", got)
	}
	if got := summaryOf(nil); got != nil {
		t.Errorf("before anything was measured: %+v", got)
	}
}
