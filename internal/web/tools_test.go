package web

import (
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

func TestToolsShowTheirArithmetic(t *testing.T) {
	ten, eight := int64(10_000_000_000), int64(8_000_000_000)
	f := emptyFleet(t)
	f.say("GET /summary", client.Summary{Tools: client.Count{Total: 2}})
	f.say("GET /tools", client.ToolList{Items: []client.Tool{{Name: "idle"}, {Name: "rec", Spec: client.ToolSpec{Device: "leaf-11", Interface: "Ethernet47", Owner: "dba", Accepts: []string{"untagged"}}}}})
	f.say("GET /tools/rec", client.Tool{Name: "rec"})
	f.say("GET /tools/idle/load", client.ToolLoad{})
	f.say("GET /tools/rec/load", client.ToolLoad{Ends: []client.EndLoad{{Capacity: &ten, Offered: 9_400_000_000, Oversubscribed: true,
		Terms: []client.Term{{Session: "db", Device: "leaf-11", Source: "Ethernet1", Direction: "rx", Offered: 6_100_000_000}, {Session: "db", Device: "leaf-11", Source: "Ethernet2", Direction: "tx", Offered: 3_300_000_000}}}}})
	f.say("GET /sessions", client.SessionList{Items: []client.Session{{Name: "db", Status: client.SessionStatus{Phase: "Degraded", Forecast: []client.Forecast{{Tool: "rec", Offered: 12_000_000_000, Limit: &eight, MaxUtilization: 0.8}},
		Conditions: []client.Condition{{Type: "Effective", Status: "True"}, {Type: "DestinationHealthy", Status: "False", Reason: "Oversubscribed", Message: `it says "<script>"`, Since: since(t, "2026-03-12T14:07:00Z")}}}}}})
	b := newBrowser(t, f).as("nmt_viewer")
	g := b.get("/tools")
	g.says(t, "2 tools: 2 lose copies", "Oversubscribed since 14:07:00", "<b>9.4 of 8 Gb/s</b> now", "p95 12", "6,100", "3,300", "9,400", "Limit 10,000 × 80 % = 8,000 Mb/s", "owner dba", "accepts untagged",
		`x="80.0%"`, `<a href="/sessions/db">db</a>`, "<q>&lt;script&gt;</q>", "not measured")
	b.get("/tools?tool=rec").says(t, `id="rec" data-key="rec" open`, "Show all 2")
	b.get("/tools?tool=%3Cb%3E").says(t, "No tool matches &lt;b&gt;")
}

func TestToolsThatGetNothing(t *testing.T) {
	f := emptyFleet(t)
	f.say("GET /tools", client.ToolList{})
	b := newBrowser(t, f).as("nmt_viewer")
	b.get("/tools").says(t, "No tools yet", "netmirror apply -f - &lt;&lt;&#39;END&#39;", "- {name: ids-1, device: acc-1, interface: Gi1/0/23}")
	f.say("GET /summary", client.Summary{Tools: client.Count{Total: 1}})
	f.say("GET /tools", client.ToolList{Items: []client.Tool{{Name: "idle", Spec: client.ToolSpec{IP: "198.51.100.50"}}}})
	f.say("GET /tools/idle/load", client.ToolLoad{})
	g := b.get("/tools")
	g.says(t, "No copies come to it", "198.51.100.50", "Nothing is measured here", "Its capacity is not known")
	if strings.Contains(g.body, "s ba") {
		t.Error("what nobody asked for is shown as a fault")
	}
}
