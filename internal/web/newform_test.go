package web

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var formNow = time.Date(2026, 3, 12, 14, 32, 7, 0, time.UTC)

// through sends a draft through the form that a browser gets and sends back.
func through(d draft) draft {
	q := url.Values{}
	for _, p := range d.Pairs() {
		q.Add(p.Name, strings.ReplaceAll(p.Value, "\n", "\r\n")) // as browsers do
	}
	return draftOf(q)
}

func sameSpec(t interface{ Fatalf(string, ...any) }, got, want specTree) {
	if a, b := specOf([]byte(jsonText(got))), specOf([]byte(jsonText(want))); !reflect.DeepEqual(a, b) {
		t.Fatalf("the form made\n%s\nof\n%s", jsonText(a), jsonText(b))
	}
}

// randomSpec draws a spec of anything that PUT takes, and of fields that this form has
// never heard of.
func randomSpec(t *rapid.T) specTree {
	word := rapid.StringMatching(`[a-z][a-z0-9 ,.=:/-]{0,9}`)
	n := func(label string) json.Number {
		return json.Number(rapid.StringMatching(`[1-9][0-9]{0,3}`).Draw(t, label))
	}
	maybe := func(label string) bool { return rapid.Bool().Draw(t, label) }
	spec := specTree{}
	sources, destinations := []any{}, []any{}
	for range rapid.IntRange(1, 4).Draw(t, "sources") {
		s := map[string]any{"device": rapid.SampledFrom([]string{"acc-1", "dist 1", "x"}).Draw(t, "device")}
		if maybe("is a VLAN") {
			s["vlan"] = n("vlan")
		} else {
			s["interface"] = word.Draw(t, "interface")
		}
		if maybe("direction") {
			s["direction"] = rapid.SampledFrom([]string{"rx", "tx", "both"}).Draw(t, "which")
		}
		if maybe("rest") {
			s["priority"], s["essential"], s["later"] = n("priority"), true, []any{"x"}
		}
		sources = append(sources, s)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "destinations") {
		switch name := string(rune('a' + i)); rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			destinations = append(destinations, map[string]any{"tool": "tool-" + name})
		case 1:
			destinations = append(destinations, map[string]any{"device": "d-" + name, "interface": "Et" + name})
		default:
			destinations = append(destinations, map[string]any{"ip": "192.0.2." + name})
		}
	}
	spec["sources"], spec["destinations"] = sources, destinations
	text := func(key string, of ...string) {
		if maybe(key) {
			spec[key] = rapid.SampledFrom(of).Draw(t, key)
		}
	}
	text("kind", "auto", "span", "later")
	text("tags", "preserve", "strip")
	text("driftPolicy", "repair", "report")
	text("onUnreachable", "refuse", "queue")
	text("description", "", " a <b> ", "two\nlines")
	text("filter", "voice")
	text("nativeId", "7")
	text("deletePolicy", "orphan")
	for _, key := range []string{"sample", "truncate", "priority"} {
		if maybe(key) {
			spec[key] = n(key)
		}
	}
	for _, key := range []string{"force", "enabled"} {
		if maybe(key) {
			spec[key] = maybe("value")
		}
	}
	if maybe("filterVlans") {
		spec["filterVlans"] = []any{n("a"), n("b")}
	}
	if maybe("labels") {
		spec["labels"] = map[string]any{word.Draw(t, "key"): word.Draw(t, "value"), "team": "soc"}
	}
	if maybe("purpose") {
		spec["purpose"] = map[string]any{"reason": word.Draw(t, "reason"), "later": "x"}
	}
	if maybe("onOverload") {
		spec["onOverload"] = map[string]any{"action": "relieve", "ladder": []any{"rx-only", word.Draw(t, "step")}}
	}
	if maybe("rspan") {
		spec["rspan"] = map[string]any{"vlan": n("vlan"), "transit": []any{map[string]any{"device": word.Draw(t, "device"), "trunks": []any{word.Draw(t, "trunk"), "Te1"}}}}
	}
	if maybe("erspan") {
		spec["erspan"] = map[string]any{"id": n("id"), "ttl": n("ttl"), "origins": []any{map[string]any{"device": "a", "address": "192.0.2.1"}}}
	}
	if maybe("lease") {
		spec["lease"] = rapid.SampledFrom([]any{
			map[string]any{"duration": "1h0m0s"}, map[string]any{"duration": "168h"}, map[string]any{"duration": "90m"},
			map[string]any{"until": "2026-03-12T18:00:00Z"}, map[string]any{"until": "2031-01-01T00:00:00+02:00"},
		}).Draw(t, "which")
	}
	if maybe("later") {
		spec["later"] = map[string]any{"a": []any{json.Number("1.50")}}
	}
	return spec
}

func TestWhatNobodyTouchesComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := randomSpec(t)
		d := fill(spec, formNow)
		got, reasons := through(d).spec(formNow.Add(time.Hour))
		if len(reasons) > 0 {
			t.Fatalf("refused: %v", reasons)
		}
		sameSpec(t, got, spec)
	})
}

// What is typed into an empty form is what the spec says, and a change of one field leaves
// the others.
func TestWhatIsTypedIsWhatTheSpecSays(t *testing.T) {
	q := url.Values{"name": {" cam "}, "src-device": {"acc-1", "", "acc-1"}, "src-port": {"Gi1/0/8", "", "vlan 120"}, "src-direction": {"both", "both", "rx"}, "src-was": {"", "", ""},
		"tool": {"ids-1"}, "dst-device": {"leaf-1", ""}, "dst-port": {"Et47", ""}, "dst-ip": {"", "192.0.2.7"},
		"reason": {"why"}, "vlan": {"901"}, "path": {"acc-1 Te1/1/1\r\ndist-1: Te1/1/1, Te1/1/2\r\n"}, "labels": {"team=soc, site=a"}, "ladder": {"rx-only, suspend"}, "action": {"relieve"},
		"vlans": {"110 120"}, "sample": {"0100"}, "force": {"true"}, "lease": {"other"}, "lease-other": {"3 days"}}
	got, reasons := draftOf(q).spec(formNow)
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	sameSpec(t, got, specOf([]byte(`{"sources":[{"device":"acc-1","interface":"Gi1/0/8"},{"device":"acc-1","vlan":120,"direction":"rx"}],
		"destinations":[{"tool":"ids-1"},{"device":"leaf-1","interface":"Et47"},{"ip":"192.0.2.7"}],"purpose":{"reason":"why"},
		"rspan":{"vlan":901,"transit":[{"device":"acc-1","trunks":["Te1/1/1"]},{"device":"dist-1","trunks":["Te1/1/1","Te1/1/2"]}]},
		"labels":{"team":"soc","site":"a"},"onOverload":{"action":"relieve","ladder":["rx-only","suspend"]},"filterVlans":[110,120],"sample":100,"force":true,"lease":{"duration":"72h"}}`)))

	d := fill(got, formNow)
	d = through(d)
	d.Text["vlan"], d.Text["path"], d.Sources[1].Direction, d.Text["force"] = "", "", "tx", "false"
	now, _ := through(d).spec(formNow)
	want := specOf([]byte(jsonText(got)))
	delete(want, "rspan")
	delete(want, "force")
	want["sources"].([]any)[1].(map[string]any)["direction"] = "tx"
	sameSpec(t, now, want)
}

func TestTextsThatSayNothingAreReasons(t *testing.T) {
	q := url.Values{"sample": {"many"}, "vlans": {"voice"}, "labels": {"soc"}, "path": {"dist-1"}, "erspan-id": {"-1"}, "lease": {"other"}, "lease-other": {"soon"}}
	spec, reasons := draftOf(q).spec(formNow)
	var at []string
	for _, r := range reasons {
		at = append(at, r.Pointer)
	}
	if got := strings.Join(at, " "); got != "/rspan/transit /erspan/id /filterVlans /sample /labels /lease" {
		t.Errorf("reasons at %s", got)
	}
	sameSpec(t, spec, specTree{"sources": []any{}, "destinations": []any{}})
}

func TestLeaseOfTheForm(t *testing.T) {
	late := time.Date(2026, 3, 12, 17, 45, 0, 0, time.UTC)
	if got := evening(late).Format(time.DateTime); got != "2026-03-13 18:00:00" {
		t.Errorf("the next evening is %s", got)
	}
	for text, want := range map[string]string{
		"4h": `{"duration":"4h0m0s"}`, "90 min": `{"duration":"1h30m0s"}`, "2d": `{"duration":"48h"}`, "18:00": `{"until":"2026-03-12T18:00:00Z"}`,
		"09:15": `{"until":"2026-03-13T09:15:00Z"}`, "2026-03-14 18:00": `{"until":"2026-03-14T18:00:00Z"}`, "2026-03-14T18:00:00+01:00": `{"until":"2026-03-14T18:00:00+01:00"}`,
		"2020-01-01 00:00": "", "": "", "tomorrow": "",
	} {
		got, err := readLease(text, formNow)
		if (err == nil) != (want != "") || err == nil && jsonText(got) != want {
			t.Errorf("%q is %s, %v", text, jsonText(got), err)
		}
	}
	// A choice that is made once stays the same instant when the form goes to and fro.
	d := draft{Lease: eveningChoice(formNow), kept: specTree{}, Text: map[string]string{}}
	spec := specTree{}
	if err := d.lease(spec, formNow.Add(24*time.Hour)); err != nil || jsonText(spec) != `{"lease":{"until":"2026-03-12T18:00:00Z"}}` {
		t.Errorf("%s, %v", jsonText(spec), err)
	}
}

func TestAPatchIsAppliedToTheForm(t *testing.T) {
	spec := specOf([]byte(`{"sources":[{"device":"a","interface":"Gi1","essential":true}],"destinations":[{"tool":"x"}],"nativeId":"7"}`))
	d := fill(spec, formNow)
	d.Name, d.Edit, d.ETag, d.base = "cam", "cam", `"4"`, spec
	d.Text["reason"], d.Text["vlans"], d.Lease = "why", "voice", "24h"
	d = through(d).patched(specOf([]byte(`{"sources":[{"device":"a","interface":"Gi1","direction":"rx","essential":true}],"truncate":128,"nativeId":null}`)), formNow)
	if d.Text["vlans"] != "voice" {
		t.Errorf("what could not be read is lost: %q", d.Text["vlans"])
	}
	d = through(d)
	d.Text["vlans"] = ""
	got, reasons := d.spec(formNow)
	if len(reasons) > 0 || d.ETag != `"4"` || d.Edit != "cam" {
		t.Error(reasons, d)
	}
	sameSpec(t, got, specOf([]byte(`{"sources":[{"device":"a","interface":"Gi1","direction":"rx","essential":true}],"destinations":[{"tool":"x"}],"purpose":{"reason":"why"},"truncate":128,"lease":{"duration":"24h"}}`)))
	sameSpec(t, d.base, spec)
}

func TestSamePort(t *testing.T) {
	for _, c := range []struct {
		typed, canonical string
		want             bool
	}{
		{"Gi1/0/8", "GigabitEthernet1/0/8", true}, {"gi 1/0/8", "GigabitEthernet1/0/8", true}, {"Gi1/0/8", "GigabitEthernet1/0/18", false},
		{"Gi1/0/2-4", "GigabitEthernet1/0/3", true}, {"Gi1/0/2-4", "GigabitEthernet1/0/5", false}, {"Gi1/0/2-4", "GigabitEthernet1/1/3", false},
		{"Te1/0/8", "GigabitEthernet1/0/8", false}, {"VLAN 120", "VLAN 120", true}, {"", "GigabitEthernet1/0/8", false}, {"eth0", "eth0", true},
	} {
		if got := samePort(c.typed, c.canonical); got != c.want {
			t.Errorf("samePort(%q, %q) is %v", c.typed, c.canonical, got)
		}
	}
}
