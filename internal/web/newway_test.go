package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/client"
)

func TestThePathIsFilledInWithoutScript(t *testing.T) {
	api := makingAPI(t)
	var list client.WayList
	if err := json.Unmarshal([]byte(`{"readAt":"2026-03-12T14:30:00Z","ways":[
		{"kind":"rspan","message":"acc-1 to core over <1> link","patch":{"kind":"rspan","rspan":{"vlan":900}},"warnings":[{"code":"floods","message":"copies also leave core"}],
		 "spec":{"sources":[],"destinations":[],"kind":"rspan","rspan":{"vlan":900,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"core","trunks":["Te1/0/1","Te1/0/2"]}]}},
		 "hops":[{"device":"acc-1","trunks":[{"interface":"Te1/1/1","to":"core"}]},{"device":"core","trunks":[{"interface":"Te1/0/1","to":"acc-1"}]}]},
		{"kind":"erspan","message":"over IP","patch":{},"spec":{"sources":[],"destinations":[],"kind":"erspan","erspan":{"id":7,"origin":"192.0.2.1"}},"hops":[]}],
		"unfit":[{"kind":"span","reasons":[{"pointer":"/kind","code":"kind-impossible","message":"it is on <another> switch","source":"Guide"}]}]}`), &list); err != nil {
		t.Fatal(err)
	}
	sent := api.body("POST /sessions:propose", http.StatusOK, list)
	api.body("PUT /sessions/new-one", http.StatusOK, client.Plan{Forecast: []client.Forecast{tooMuch(500e6)}})
	b := newBrowser(t, api).as("nmt_operator")
	b.get("/new").says(t, `value="way" formaction="/new#way" data-in-place>Propose the path`)
	// A path that was typed is what is looked for: it is not sent.
	g := b.post("/new", typed("do", "way", "path", "old-hop Te1/1/9", "erspan-origin", "192.0.2.1"))
	if want := `"erspan":{"id":0,"origin":"192.0.2.1"}`; !strings.Contains(*sent, want) || strings.Contains(*sent, "old-hop") || strings.Contains(*sent, `"name"`) {
		t.Errorf("sent %s", *sent)
	}
	if g.status != http.StatusOK {
		t.Errorf("status %d", g.status)
	}
	g.says(t, "RSPAN is filled in:</b> acc-1 to core over &lt;1&gt; link", `<option value="rspan" selected`, `name="vlan" value="900"`, "acc-1 Te1/1/1\ncore Te1/0/1, Te1/0/2</textarea>",
		"<b>core</b> <small>Te1/0/1 to acc-1", "copies also leave core", "ERSPAN instead</button> over IP", "Not SPAN:</b> it is on &lt;another&gt; switch (source: Guide)", "the oldest at", "odd &lt;b&gt;traffic", `value="Gi1/0/8"`, "Fits")
	if strings.Contains(g.body, "old-hop") || strings.Contains(g.body, `name="erspan-origin" value="192.0.2.1"`) {
		t.Error("what was typed before is still there")
	}
	// The other way, taken.
	patch := wayPatch(list.Ways[1])
	g = b.post("/new", typed("do", "patch:"+jsonText(patch), "vlan", "900", "path", "acc-1 Te1/1/1"))
	g.says(t, `<option value="erspan" selected`, `name="erspan-id" value="7"`, `name="erspan-origin" value="192.0.2.1"`)
	if strings.Contains(g.body, `name="vlan" value="900"`) {
		t.Error("the VLAN of the first way is still there")
	}
}

func TestNoPathIsToldWithItsReasons(t *testing.T) {
	api := makingAPI(t)
	api.body("POST /sessions:propose", http.StatusOK, client.WayList{Unfit: []client.Unfit{{Kind: "rspan", Reasons: []client.Reason{{Message: "no trunks lead there"}, {Message: "core is down"}}}}})
	api.body("PUT /sessions/new-one", http.StatusOK, client.Plan{})
	b := newBrowser(t, api).as("nmt_operator")
	b.post("/new", typed("do", "way")).says(t, "No way fits", "Not RSPAN:</b> no trunks lead there; core is down.", `value="Gi1/0/8"`)
	api.body("POST /sessions:propose", http.StatusBadRequest, client.Problem{Status: 400, Errors: []client.Reason{{Message: "sources are needed"}}})
	b.post("/new", typed("do", "way")).says(t, "Nothing can be proposed yet", "sources are needed")
	b.post("/new", typed("do", "way", "vlan", "many")).says(t, "Nothing can be proposed yet", "no whole number")
}
