package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// carrying is what ports carry: Mbit/s on the wire in and out, in frames of so many
// octets each.
type carrying map[string][3]float64

func (c carrying) Port(_ string, name mirror.PortName) (capacity.Port, bool) {
	p, ok := c[string(name)]
	stat := func(mbit float64) capacity.Stat {
		frames := mbit * 1e6 / 8 / (p[2] + 20)
		f := capacity.Flow{Octets: frames * p[2], Frames: frames}
		return capacity.Stat{P95: f, Peak: f}
	}
	return capacity.Port{Known: true, In: stat(p[0]), Out: stat(p[1]), How: "a test"}, ok
}

// newLoadedHarness has one switch with ports of 1 Gbit/s, and tools "small" of 100
// Mbit/s at d1, "ids" at d2 and "wide" at d3, which has 10 Gbit/s.
func newLoadedHarness(t *testing.T, loads engine.Rates, can func(*mirror.Capabilities)) *harness {
	t.Helper()
	h, _ := newEngineHarness(t, func(c *engine.Config, m *memorySwitch) {
		c.Rates, m.can, m.ports = loads, can, nil
		for _, name := range []mirror.PortName{"p1", "p2", "p3", "p4", "d1", "d2", "d3"} {
			m.ports = append(m.ports, mirror.Port{Name: name, Up: mirror.True, Speed: 1e9})
		}
		m.ports[6].Speed = 1e10
	})
	h.do("PUT", "/api/v1/tools/small", `{"device":"sw1","interface":"d1","capacity":100000000}`).is(201)
	h.do("PUT", "/api/v1/tools/ids", `{"device":"sw1","interface":"d2"}`).is(201)
	return h
}

// session is a body: sources like "p1 rx", a tool, and more fields.
func session(tool, more string, sources ...string) string {
	var list []string
	for _, s := range sources {
		port, rest, _ := strings.Cut(s, " ")
		direction, extra, _ := strings.Cut(rest, " ")
		if direction == "" {
			direction = "both"
		}
		list = append(list, fmt.Sprintf(`{"device":"sw1","interface":%q,"direction":%q%s}`, port, direction, extra))
	}
	return fmt.Sprintf(`{"sources":[%s],"destinations":[{"tool":%q}]%s}`, strings.Join(list, ","), tool, more)
}

// patched is a merge patch (RFC 7396) applied to a body.
func patched(t *testing.T, body string, patch any) string {
	t.Helper()
	text, err := json.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	var to, with map[string]any
	if err := json.Unmarshal([]byte(body), &to); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &with); err != nil {
		t.Fatal(err)
	}
	var merge func(to, with map[string]any)
	merge = func(to, with map[string]any) {
		for k, v := range with {
			inner, is := v.(map[string]any)
			switch {
			case v == nil:
				delete(to, k)
			case is:
				there, _ := to[k].(map[string]any)
				if there == nil {
					there = map[string]any{}
				}
				merge(there, inner)
				to[k] = there
			default:
				to[k] = v
			}
		}
	}
	merge(to, with)
	out, err := json.Marshal(to)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

var waitDone = []string{"Prefer", "wait=30"}

// Named overloads, each with the proposal that it must have. Every proposal is asked
// for, and accepted.
func TestOverloadsAndTheirProposals(t *testing.T) {
	yes := mirror.Support{Level: mirror.Yes}
	plain := func(*mirror.Capabilities) {}
	cuts := func(c *mirror.Capabilities) { c.Truncate = yes }
	samples := func(c *mirror.Capabilities) { c.Sample = yes }
	both := func(c *mirror.Capabilities) { c.Truncate, c.Sample = yes, yes }
	wide := `{"device":"sw1","interface":"d3"}`
	for _, tt := range []struct {
		name   string
		can    func(*mirror.Capabilities)
		loads  carrying
		stored map[string]string // what is there before, by path
		body   string
		limit  float64 // Mbit/s, of the end that is full
		want   string  // kind of a proposal, "" = there is none
		absent string  // kind that must not be proposed
	}{
		// 500 + 400 = 900 > 800; rx alone 500.
		{"both directions of one port", plain, carrying{"p1": {500, 400, 1230}}, nil, session("ids", "", "p1"), 800, "rx-only", "truncate"},
		// 900 rx and 300 tx = 1200; rx alone is 900 still, tx alone 300.
		{"more enters than fits", plain, carrying{"p1": {900, 300, 1230}}, nil, session("ids", "", "p1"), 800, "tx-only", "rx-only"},
		// 900 rx in frames of 1230: cut to 512, (512+20)/(1230+20) of it = 383.
		{"long frames, one direction", cuts, carrying{"p1": {900, 0, 1230}}, nil, session("ids", "", "p1 rx"), 800, "truncate", "rx-only"},
		// Frames of 64 octets cannot be cut to anything shorter that is kept.
		{"short frames", both, carrying{"p1": {900, 0, 64}}, nil, session("ids", "", "p1 rx"), 800, "sample", "truncate"},
		// 500 + 450 = 950; without p2, of priority 10, 500.
		{"a source of low priority", plain, carrying{"p1": {500, 0, 1230}, "p2": {450, 0, 1230}}, nil, session("ids", "", "p1 rx", `p2 rx ,"priority":10`), 800, "shed-sources", "truncate"},
		// The same: p1 goes first by its priority, and is essential.
		{"an essential source is not shed", plain, carrying{"p1": {500, 0, 1230}, "p2": {450, 0, 1230}}, nil, session("ids", "", `p1 rx ,"priority":1,"essential":true`, "p2 rx"), 800, "shed-sources", ""},
		// 900 fits a tool at 10 Gbit/s.
		{"another tool", plain, carrying{"p1": {900, 0, 1230}}, map[string]string{"tools/wide": wide}, session("ids", "", "p1 rx"), 800, "other-tool", ""},
		// 700 are there already; 200 more would fit if only the heads were copied.
		{"a tool that others use", plain, carrying{"p1": {150, 80, 1230}, "p2": {700, 0, 1230}}, map[string]string{"sessions/first": session("ids", "", "p2 rx"), "tools/wide": wide}, session("ids", "", "p1"), 800, "other-tool", ""},
		// 50 + 40 = 90 of 100 x 0.8.
		{"a small tool", plain, carrying{"p1": {50, 40, 1230}}, nil, session("small", "", "p1"), 80, "rx-only", "sample"},
		// The tool says 0.5: 500.
		{"a careful tool", plain, carrying{"p1": {400, 200, 1230}}, map[string]string{"tools/ids": `{"device":"sw1","interface":"d2","maxUtilization":0.5}`}, session("ids", "", "p1"), 500, "rx-only", ""},
		// 850 of 1000: 0.85 would do, and is below what raises the alarm.
		{"a little too much", plain, carrying{"p1": {850, 0, 1230}}, nil, session("ids", "", "p1 rx"), 800, "max-utilization", "rx-only"},
		// The session itself says 0.3.
		{"a careful session", plain, carrying{"p1": {250, 200, 1230}}, nil, session("ids", `,"admission":{"maxUtilization":0.3}`, "p1"), 300, "rx-only", ""},
		// Two ports of 1 Gbit/s in one direction are 2 Gbit/s at worst, and 20 in fact.
		{"the worst case of idle ports", plain, carrying{"p1": {10, 0, 1230}, "p2": {10, 0, 1230}}, nil, session("ids", `,"admission":{"basis":"worst-case"}`, "p1 rx", "p2 rx"), 800, "measured", ""},
		// 950 rx and 950 tx: rx alone is too much, so is a cut of both; together they do.
		{"two changes at once", samples, carrying{"p1": {950, 950, 64}}, nil, session("ids", "", "p1"), 800, "sample", "rx-only"},
		// One source in one direction on a platform that can nothing: nothing helps.
		{"nothing helps", plain, carrying{"p1": {990, 0, 1230}}, nil, session("ids", "", "p1 rx"), 800, "", "rx-only"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newLoadedHarness(t, tt.loads, tt.can)
			for _, path := range slices.Backward(slices.Sorted(maps.Keys(tt.stored))) { // tools before sessions
				if r := h.do("PUT", "/api/v1/"+path, tt.stored[path], waitDone...); r.status/100 != 2 {
					t.Fatalf("%s: %d %s", path, r.status, r.body)
				}
			}
			h.do("PUT", s1+"?dryRun=true", tt.body).problem(422, "oversubscribed")
			p := h.do("PUT", s1, tt.body).problem(422, "oversubscribed")
			if len(p.Forecast) != 1 || p.Forecast[0].Verdict != "refuse" || p.Forecast[0].Limit != uint64(tt.limit*1e6) || len(p.Errors) != 1 ||
				!strings.HasSuffix(p.Errors[0].Message, p.Forecast[0].Message) || p.Errors[0].Code != "oversubscribed" {
				t.Errorf("forecast %+v, errors %+v", p.Forecast, p.Errors)
			}
			var sum uint64
			for i, term := range p.Forecast[0].Terms {
				sum += term.Offered
				if i > 0 && term.Offered > p.Forecast[0].Terms[i-1].Offered {
					t.Errorf("the terms are not sorted: %+v", p.Forecast[0].Terms)
				}
			}
			if sum != p.Forecast[0].Offered || sum <= p.Forecast[0].Limit {
				t.Errorf("terms of %d, offered %d, limit %d", sum, p.Forecast[0].Offered, p.Forecast[0].Limit)
			}
			var kinds []string
			for _, proposal := range p.Proposals {
				kinds = append(kinds, proposal.Kind)
			}
			if tt.want == "" && len(kinds) > 0 || tt.want != "" && !slices.Contains(kinds, tt.want) || slices.Contains(kinds, tt.absent) {
				t.Errorf("proposed %v, want %q and not %q", kinds, tt.want, tt.absent)
			}
			for _, proposal := range p.Proposals {
				body := patched(t, tt.body, proposal.Patch)
				plan := decodeReply[Plan](h.do("PUT", s1+"?dryRun=true", body).is(200))
				i := slices.IndexFunc(plan.Forecast, func(f Forecast) bool { return f.Offered == proposal.Offered && f.Limit == proposal.Limit })
				if i < 0 {
					t.Errorf("%s promises %d of %d; the plan says %+v", proposal.Kind, proposal.Offered, proposal.Limit, plan.Forecast)
				}
				if r := h.do("PUT", s1, body, waitDone...); r.status != 201 {
					t.Fatalf("%s is not accepted: %d %s", proposal.Kind, r.status, r.body)
				}
				got := decodeReply[Session](h.do("GET", s1, "").is(200))
				if c := got.Status.Conditions[0]; c.Type != "Admitted" || c.Status != "True" || len(got.Status.Forecast) != 1 || got.Status.Forecast[0].Admitted != "True" || got.Status.Forecast[0].At == nil {
					t.Errorf("%s: condition %+v, forecast %+v", proposal.Kind, c, got.Status.Forecast)
				}
				h.do("DELETE", s1, "", waitDone...).is(204)
			}
		})
	}
}

// Two requests at once that fit each but not together: one is accepted.
func TestTwoRequestsThatDoNotFitTogether(t *testing.T) {
	h := newLoadedHarness(t, carrying{"p1": {500, 0, 1230}, "p2": {500, 0, 1230}}, nil)
	var wait sync.WaitGroup
	replies := make([]*reply, 8)
	for i := range replies {
		wait.Go(func() {
			replies[i] = h.do("PUT", fmt.Sprintf("/api/v1/sessions/s%d", i), session("ids", "", fmt.Sprintf("p%d rx", i%2+1)))
		})
	}
	wait.Wait()
	ports := map[string]bool{} // of those that were accepted; a copy of one port is made once
	for i, r := range replies {
		if r.status/100 == 2 {
			ports[fmt.Sprintf("p%d", i%2+1)] = true
		} else {
			r.problem(422, "oversubscribed")
		}
	}
	if len(ports) != 1 {
		t.Errorf("accepted of %v", ports)
	}
}

// What warns is accepted, and told in plan and status; a tool says what it accepts.
func TestWhatWarns(t *testing.T) {
	h := newLoadedHarness(t, carrying{"p1": {900, 0, 1230}}, nil)
	body := session("ids", `,"admission":{"mode":"warn"}`, "p1 rx")
	plan := decodeReply[Plan](h.do("PUT", s1+"?dryRun=true", body).is(200))
	h.do("PUT", s1, body, waitDone...).is(201)
	got := decodeReply[Session](h.do("GET", s1, "").is(200))
	for what, list := range map[string][]Reason{"plan": plan.Warnings, "status": got.Status.Warnings} {
		if len(list) != 1 || list[0].Code != "oversubscribed" || list[0].Pointer != "/destinations/0" || !strings.Contains(list[0].Message, "900 Mbit/s offered") {
			t.Errorf("%s: %+v", what, list)
		}
	}
	if c := got.Status.Conditions[0]; c.Status != "False" || c.Reason != "Oversubscribed" || got.Status.Phase != "Active" || plan.Forecast[0].Verdict != "warn" {
		t.Errorf("condition %+v, phase %s, forecast %+v", c, got.Status.Phase, plan.Forecast)
	}
	off := decodeReply[Plan](h.do("PUT", s1+"?dryRun=true", session("ids", `,"admission":{"mode":"off"}`, "p1 rx")).is(200))
	if len(off.Forecast) != 0 || len(off.Warnings) != 0 {
		t.Errorf("off: %+v", off)
	}
	h.do("PUT", "/api/v1/tools/small", `{"device":"sw1","interface":"d1","accepts":["erspan2"]}`).is(200)
	if p := h.do("PUT", "/api/v1/sessions/s2", session("small", "", "p2 rx")).problem(422, "cannot-be-done"); p.Errors[0].Code != "not-accepted" || !strings.Contains(p.Errors[0].Message, "tool \"small\" accepts erspan2") {
		t.Errorf("%+v", p.Errors)
	}
	h.do("PUT", "/api/v1/tools/small", `{"device":"sw1","interface":"d1","accepts":["untagged"]}`).is(200)
	plan = decodeReply[Plan](h.do("PUT", "/api/v1/sessions/s2?dryRun=true", session("small", "", "p2 rx")).is(200))
	if !slices.ContainsFunc(plan.Warnings, func(r Reason) bool { return r.Code == "accepts-unknown" && r.Pointer == "/destinations/0/tool" }) {
		t.Errorf("warnings %+v", plan.Warnings)
	}
	for body, pointers := range map[string][]string{
		session("ids", `,"admission":{"mode":"maybe","basis":"dreams","maxUtilization":0.5}`, "p1"): {"/admission/basis", "/admission/mode"},
		session("ids", `,"admission":{"maxUtilization":1.5},"priority":101`, "p1"):                  {"/admission/maxUtilization", "/priority"},
	} {
		var at []string
		for _, r := range h.do("PUT", s1, body).problem(400, codeInvalid).Errors {
			at = append(at, r.Pointer)
		}
		slices.Sort(at)
		if !reflect.DeepEqual(at, pointers) {
			t.Errorf("%s: refused at %v", body, at)
		}
	}
}
