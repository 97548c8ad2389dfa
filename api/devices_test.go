package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const d1 = "/api/v1/devices/d1"

const fullDevice = `{"platform":"cisco_iosxe","labels":{"site":"x"},"mode":"observe","maintenance":true,"resync":"90s","confirm":"timer","confirmWindow":"30s","confirmGrace":"45s","nativeIds":{"from":3,"to":9},"maxSessions":6,
	"transports":{"config":{"protocol":"cli","address":"192.0.2.1","port":2222,"credentials":"campus",
		"hostKey":"strict","jumpHost":{"address":"192.0.2.9:22","credentials":"jump"},"legacyAlgorithms":true,"typeAhead":"off","maxWriteBytes":512,"maxReplyBytes":1048576,
		"keepalive":"30s","wantReply":true,"idleClose":"5m","timeouts":{"dial":"90s","read":"10m","push":"20m"}},
	"counters":{"protocol":"snmp","address":"192.0.2.1","bridge":"br0"},"state":{"protocol":"gnmi","address":"192.0.2.1","insecure":"skip-verify"}}}`

func TestDevices(t *testing.T) {
	h := newHarness(t)
	h.do("GET", d1, "").problem(404, codeNotFound)
	h.do("PUT", d1, fullDevice, asAdmin()...).is(201, "Location", d1, "ETag", `"1"`)
	want := mirror.Device{Name: "d1", Platform: "cisco_iosxe", Labels: map[string]string{"site": "x"}, Mode: "observe", Maintenance: true, Resync: mirror.Duration(90 * time.Second), Persist: "if-clean",
		Confirm: "timer", ConfirmWindow: mirror.Duration(30 * time.Second), ConfirmGrace: mirror.Duration(45 * time.Second),
		NativeIDs: &mirror.IDRange{From: 3, To: 9}, MaxSessions: 6, ManagedBy: "api", Transports: mirror.Transports{
			Config: mirror.Transport{Protocol: "cli", Address: "192.0.2.1", Port: 2222, HostKey: "strict", JumpHost: mirror.JumpHost{Address: "192.0.2.9:22", Credentials: "jump"}, Legacy: true,
				Credentials: "campus",
				Tuning: mirror.Tuning{TypeAhead: "off", MaxWriteBytes: 512, MaxReplyBytes: 1 << 20, Keepalive: mirror.Duration(30 * time.Second),
					WantReply: true, IdleClose: mirror.Duration(5 * time.Minute), Timeouts: mirror.WaitingLimits{
						Dial: mirror.Duration(90 * time.Second), Read: mirror.Duration(10 * time.Minute), Push: mirror.Duration(20 * time.Minute)}}},
			Counters: &mirror.Transport{Protocol: "snmp", Address: "192.0.2.1", Bridge: "br0"},
			State:    &mirror.Transport{Protocol: "gnmi", Address: "192.0.2.1", Insecure: mirror.InsecureSkipVerify}}}
	if diff := cmp.Diff(want, h.fake.devices["d1"].Device); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, deviceSpecOf(want).domain("d1")); diff != "" {
		t.Errorf("what is read cannot be written back: %s", diff)
	}
	h.do("PUT", d1, fullDevice, asAdmin("If-None-Match", "*")...).problem(412, codePrecondition)
	h.do("PATCH", d1, `{"maintenance":false,"transports":{"counters":null,"config":{"port":null}}}`, asAdmin("If-Match", `"1"`)...).is(200, "ETag", `"2"`)
	if got := h.fake.devices["d1"].Device; got.Maintenance || got.Transports.Counters != nil || got.Transports.Config.Port != 0 || got.Transports.Config.Address != "192.0.2.1" {
		t.Errorf("%+v", got)
	}
	h.do("PATCH", d1, `{"transports":{"config":{"credentials":"Campus"}}}`, asAdmin()...).problem(400, codeInvalid)
	for _, bad := range []string{`"typeAhead":"sometimes"`, `"maxWriteBytes":127`, `"maxReplyBytes":1`, `"keepalive":"1s"`, `"idleClose":"48h"`,
		`"idleClose":"soon"`, `"insecure":"plaintext"`, `"protocol":"gnmi","insecure":"yes"`, `"protocol":"gnmi","tls":true`, `"protocol":"gnmi","insecure":"plaintext","serverName":"x"`, `"timeouts":{"dial":"20m"}`, `"timeouts":{"read":"1ms"}`, `"timeouts":{"push":"2h"}`, `"timeouts":{"other":"2h"}`} {
		h.do("PATCH", d1, `{"transports":{"config":{`+bad+`}}}`, asAdmin()...).problem(400, codeInvalid)
	}
	for _, bad := range []string{`"1ms"`, `"25h"`, `"often"`, `"-1m"`} {
		h.do("PATCH", d1, `{"resync":`+bad+`}`, asAdmin()...).problem(400, codeInvalid)
	}
	for _, bad := range []string{`"confirm":"always"`, `"confirmWindow":"2m"`, `"confirmWindow":"soon"`, `"confirmWindow":"1ms"`, `"confirmGrace":"1h"`, `"maxSessions":-1`, `"maxSessions":9999`} {
		h.do("PATCH", d1, `{`+bad+`}`, asAdmin()...).problem(400, codeInvalid)
	}
	h.do("PATCH", d1, `{"managedBy":"file"}`, asAdmin()...).problem(400, codeInvalid)
	h.do("PATCH", "/api/v1/devices/other", `{}`, asAdmin()...).problem(404, codeNotFound)
	h.do("DELETE", d1, "", asAdmin("If-Match", `"1"`)...).problem(412, codePrecondition)
	h.do("DELETE", d1, "", asAdmin("If-Match", `"2"`)...).is(204)
	h.do("DELETE", d1, "", asAdmin()...).problem(404, codeNotFound)
}

func TestDeviceStatus(t *testing.T) {
	h := newHarness(t)
	limit := mirror.Limit{Counts: mirror.LimitSessions, Scope: "switch", Max: 32, Source: "doc"}
	h.fake.devices["sw1"] = engine.DeviceView{
		Device: mirror.Device{Name: "sw1", Platform: "openvswitch", Mode: "full", ManagedBy: "file", Retired: true,
			Transports: mirror.Transports{Config: mirror.Transport{Protocol: "ovsdb", Address: "/run/ovs/db.sock", Bridge: "br0"}}},
		Version: 7, Binding: engine.Slot{Limit: limit, Used: 2}, Slots: []engine.Slot{{Limit: limit, Used: 2}},
		State: mirror.DeviceState{Reachable: mirror.Check{State: mirror.False, Reason: "Unreachable", Message: "connection refused"}, Changed: testTime,
			Facts:       mirror.Facts{Hostname: "sw1", Version: "3.3.4", Uptime: 90 * time.Minute, LearnedAt: testTime, Extra: map[string]string{"schema": "8.5.0"}},
			Observation: mirror.Observation{At: testTime},
			LastCheck:   &mirror.LastCheck{At: testTime, Actor: "ops", Items: []mirror.CheckItem{{Name: "reachable", State: mirror.False, Message: "connection refused"}}}},
		Capabilities: mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: {Level: mirror.Yes, Source: "doc"}},
			Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: {mirror.RX: {Level: mirror.Unverified, Remark: "r"}}}, Ranges: mirror.Ranges{Truncate: mirror.Values{From: 14, To: 65535}},
			Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "switch", Max: 32, Source: "doc"}}},
	}
	h.do("GET", "/api/v1/devices/sw1", "").is(200, "ETag", `"7"`).golden("device-status")
	view := h.fake.devices["sw1"]
	view.Capabilities.Filter, view.Capabilities.FilterAt = mirror.Support{Level: mirror.Unverified}, mirror.FilterAtSources
	view.Capabilities.DeviceOrigin, view.Capabilities.Atomic = true, true
	view.Capabilities.Tunnels = &mirror.Tunnels{Prefix: "tunnel-ip", From: 20000, To: 29999}
	h.fake.devices["sw1"] = view
	got := h.do("GET", "/api/v1/devices/sw1", "").is(200).body
	for _, want := range []string{`"filterAt":"sources"`, `"deviceOrigin":true`, `"atomic":true`, `"tunnels":{"prefix":"tunnel-ip","from":20000,"to":29999}`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not told: %s", want, got)
		}
	}
	view.Capabilities.FilterAt = mirror.FilterAtSession
	h.fake.devices["sw1"] = view
	if got := h.do("GET", "/api/v1/devices/sw1", "").is(200).body; !strings.Contains(got, `"filterAt":"session"`) {
		t.Errorf("a filter at the session: %s", got)
	}
	h.do("POST", "/api/v1/devices/sw1:sync", "").is(200, "ETag", `"7"`)
	h.do("POST", "/api/v1/devices/sw1:check", "").is(200).golden("device-check")
	h.do("POST", "/api/v1/devices/other:sync", "").problem(404, codeNotFound)
	h.do("GET", "/api/v1/devices/sw1:sync", "").problem(400, codeInvalid) // "sw1:sync" is no name
}

func TestCredentialsAreNamesAndBindings(t *testing.T) {
	h := newHarness(t)
	h.fake.credentials = []engine.CredentialsView{
		{Profile: mirror.Profile{Name: "core", For: mirror.Bindings{"any"}, Stamp: "s", Problem: "the file is empty"}},
		{Profile: mirror.Profile{Name: "campus", For: mirror.Bindings{"10.0.0.0/8", "sw1.example"}, Stamp: "s"},
			Pauses: []mirror.LoginRefusal{{Profile: "campus", Server: "10.1.1.1:22", Count: 2, Paused: testTime, Message: "2 logins were refused"}, {Profile: "campus", Paused: testTime, Message: "2 servers refused"}}}}
	h.do("GET", "/api/v1/credentials", "").problem(403, codeForbidden)
	h.do("GET", "/api/v1/credentials", "", asAdmin()...).is(200).golden("credentials")
	h.do("PUT", "/api/v1/credentials/x", "{}", asAdmin()...).problem(404, codeNotFound)
	h.fake.credentials = []engine.CredentialsView{}
	if r := h.do("GET", "/api/v1/credentials", "", asAdmin()...).is(200); !strings.Contains(r.body, `"items":[]`) {
		t.Error(r.body)
	}
}

func TestReferencesInARequestAreRefusedClearly(t *testing.T) {
	h := newHarness(t)
	h.do("PUT", d1, `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":{"username":"file:/etc/shadow","password":"env:PW"},"jumpHost":"j@192.0.2.9"}}}`, asAdmin()...).
		golden("problems/credentials-by-reference").problem(400, codeInvalid)
	plain := h.do("PUT", d1, `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.1","username":"netmirror","password":"env:PW"}}}`, asAdmin()...).problem(400, codeInvalid)
	if len(plain.Errors) != 2 || !strings.Contains(plain.Errors[0].Message, "credentials set") || !strings.Contains(plain.Errors[1].Message, "credentials set") {
		t.Errorf("a login in a device: %+v", plain.Errors)
	}
	h.do("PUT", d1, `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":"inventory/campus"}}}`, asAdmin()...).problem(400, codeInvalid)
	h.fake.fail["PutDevice"] = mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/transports/config/credentials", Code: "unknown-credentials", Message: "there is none"}})
	h.do("PUT", d1, `{"platform":"cisco_iosxe","transports":{"config":{"protocol":"cli","address":"192.0.2.1","credentials":"nobody"}}}`, asAdmin()...).problem(422, "cannot-be-done")
	h.fake.fail["Sync"] = mirror.Refuse(mirror.ErrCredentials, []mirror.Reason{{Code: "device-unreadable", Message: "paused"}})
	h.do("POST", d1+":sync", "").problem(422, "credentials-unusable")
}

func TestTools(t *testing.T) {
	h := newHarness(t)
	const t1 = "/api/v1/tools/t1"
	full := `{"description":"IDS","device":"sw1","interface":"p9","capacity":10000000000,"maxUtilization":0.8,"owner":"soc","accepts":["tagged"],"labels":{"a":"b"}}`
	h.do("PUT", t1, full).is(201, "Location", t1, "ETag", `"1"`)
	want := mirror.Tool{Name: "t1", Description: "IDS", Device: "sw1", Interface: "p9", Capacity: 10_000_000_000, MaxUtilization: 0.8, Owner: "soc",
		Accepts: []string{"tagged"}, Labels: map[string]string{"a": "b"}}
	if diff := cmp.Diff(want, h.fake.tools["t1"].Tool); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, toolSpecOf(want).domain("t1")); diff != "" {
		t.Errorf("what is read cannot be written back: %s", diff)
	}
	h.do("GET", t1, "").is(200, "ETag", `"1"`).golden("tool")
	h.do("PUT", t1, full, "If-Match", `"2"`).problem(412, codePrecondition)
	h.do("PUT", t1, `{"ip":"192.0.2.1"}`, "If-Match", `"1"`).is(200, "ETag", `"2"`)
	for _, bad := range []string{`{}`, `{"ip":"nonsense"}`, `{"device":"sw1"}`, `{"ip":"192.0.2.1","capacity":-1}`, `{"ip":"192.0.2.1","capacity":1.5}`,
		`{"ip":"192.0.2.1","maxUtilization":1.1}`, `{"ip":"192.0.2.1","accepts":["a;b"]}`, `{"ip":"192.0.2.1","speed":1}`} {
		h.do("PUT", t1, bad).problem(400, codeInvalid)
	}
	h.do("PATCH", t1, `{"owner":"ann","ip":"192.0.2.7"}`, "If-Match", `"2"`).is(200, "ETag", `"3"`)
	h.do("PATCH", t1, `{"owner":null}`).is(200, "ETag", `"4"`)
	if got := h.fake.tools["t1"].Tool; got.Owner != "" || got.IP != "192.0.2.7" {
		t.Errorf("patched: %+v", got)
	}
	h.do("PATCH", t1, `{"ip":null}`).problem(400, codeInvalid)
	h.do("PATCH", t1, `{"owner":"bob"}`, "If-Match", `"3"`).problem(412, codePrecondition)
	h.do("PATCH", "/api/v1/tools/none", `{"owner":"bob"}`).problem(404, codeNotFound)
	h.fake.fail["DeleteTool"] = mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Code: "in-use", Message: "session s1 ends at it"}})
	h.do("DELETE", t1, "").golden("problems/in-use").problem(409, codeConflict)
	delete(h.fake.fail, "DeleteTool")
	h.do("DELETE", t1, "", "If-Match", "*").is(204)
	h.do("DELETE", t1, "", "If-Match", "*").problem(412, codePrecondition)
	h.do("DELETE", t1, "").problem(404, codeNotFound)
}

func TestDocumentation(t *testing.T) {
	h := newHarness(t)
	doc := h.do("GET", "/openapi.json", "", "Authorization", "").is(http.StatusOK, "Content-Type", "application/openapi+json").body
	for _, want := range []string{`"openapi":"3.1.0"`, `"/api/v1/sessions/{name}:enable"`, `"SessionSpecPatch"`, `"bearer"`} {
		if !strings.Contains(doc, want) {
			t.Errorf("the document lacks %s", want)
		}
	}
	r := h.do("GET", "/docs", "", "Authorization", "", "Accept", "text/html").is(http.StatusOK, "Content-Type", "text/html; charset=utf-8")
	for _, want := range []string{"/api/v1/devices/{name}:check", `id="schema-SessionSpec"`, `href="#schema-Problem"`, "VLAN tags of the copies", "If-Match"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, bad := range []string{"<script", `"http://`, `"https://`, "url(", "src=", "ZgotmplZ", "@import"} {
		if strings.Contains(r.body, bad) {
			t.Errorf("the page holds %q and would need more than itself", bad)
		}
	}
	for _, link := range strings.Split(r.body, `href="#`)[1:] {
		id, _, _ := strings.Cut(link, `"`)
		if !strings.Contains(r.body, `id="`+id+`"`) {
			t.Errorf("the page links to #%s, which is not there", id)
		}
	}
	if csp := r.header.Get("Content-Security-Policy"); !strings.Contains(csp, "style-src 'sha256-") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
}
