package api

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func TestWebhooks(t *testing.T) {
	h := newHarness(t)
	const w1 = "/api/v1/webhooks/w1"
	full := `{"description":"chat","url":"https://receiver.example/hook?token=x","secret":"hooks","filter":{"types":["SessionAccepted"],"kinds":["session"],"session":"s1","device":"sw1"},
		"serverName":"hooks.example","allowLinkLocal":true,"timeout":"5s","maxAttempts":3,"enabled":false,"labels":{"a":"b"}}`
	h.do("PUT", w1, full, asAdmin()...).is(201, "Location", w1, "ETag", `"1"`)
	want := mirror.Webhook{Name: "w1", Description: "chat", URL: "https://receiver.example/hook?token=x", Secret: "hooks", ServerName: "hooks.example", LinkLocal: true,
		Filter:  mirror.EventFilter{Types: []string{"SessionAccepted"}, Kinds: []string{"session"}, Session: "s1", Device: "sw1"},
		Timeout: 5 * time.Second, MaxAttempts: 3, Disabled: true, Labels: map[string]string{"a": "b"}}
	if diff := cmp.Diff(want, h.fake.webhooks["w1"].Webhook); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, webhookSpecOf(want).domain("w1")); diff != "" {
		t.Errorf("what is read cannot be written back: %s", diff)
	}
	v := h.fake.webhooks["w1"]
	v.Outlet = mirror.Outlet{Delivered: 7, Failed: 4, Lost: 2, Attempts: 1, Failing: testTime, Next: testTime.Add(time.Minute), Error: "receiver.example answered 503 Service Unavailable", Last: testTime}
	v.Behind, v.Oldest, v.Dead = 3, testTime, 1
	h.fake.webhooks["w1"] = v
	h.do("GET", w1, "", asAdmin()...).is(200, "ETag", `"1"`).golden("webhook")
	h.do("GET", "/api/v1/webhooks", "", asAdmin()...).is(200)
	h.do("PATCH", w1, `{"enabled":true,"filter":null}`, asAdmin("If-Match", `"1"`)...).is(200, "ETag", `"2"`)
	if got := h.fake.webhooks["w1"].Webhook; got.Disabled || !got.Filter.IsZero() || got.URL != want.URL {
		t.Errorf("patched: %+v", got)
	}
	h.do("PUT", w1, full, asAdmin("If-Match", `"1"`)...).problem(412, codePrecondition)
	h.do("POST", w1+":test", "", asAdmin()...).is(200).golden("webhook-test")
	h.do("DELETE", w1, "", asAdmin("If-Match", `"9"`)...).problem(412, codePrecondition)
	h.do("DELETE", w1, "", asAdmin()...).is(204)
	h.do("GET", w1, "", asAdmin()...).problem(404, codeNotFound)
	h.do("POST", w1+":test", "", asAdmin()...).problem(404, codeNotFound)
	for _, path := range []string{"", "/w1", "/w1/deliveries"} { // a URL may hold a token of the receiver's
		h.do("GET", "/api/v1/webhooks"+path, "").problem(403, codeForbidden)
	}
}

func TestDeliveriesAreListedAndSentAgain(t *testing.T) {
	h := newHarness(t)
	h.fake.webhooks["w1"] = engine.WebhookView{Webhook: mirror.Webhook{Name: "w1"}, Version: 1}
	for i := range 3 {
		h.fake.deliveries = append(h.fake.deliveries, engine.Delivery{State: engine.DeliveryDead, Attempts: 12, Error: "receiver.example answered 500 Internal Server Error", At: testTime,
			Event: mirror.Event{Seq: int64(i + 5), At: testTime, Type: "DriftRepaired", Actor: "system", Session: "s1", Message: "m"}})
	}
	const path = "/api/v1/webhooks/w1/deliveries"
	first := h.do("GET", path+"?limit=2", "", asAdmin()...).is(200)
	first.golden("deliveries")
	next := decodeReply[DeliveryList](first)
	rest := decodeReply[DeliveryList](h.do("GET", path+"?limit=2&cursor="+next.NextCursor, "", asAdmin()...).is(200))
	if len(rest.Items) != 1 || rest.Items[0].ID != "7" || rest.NextCursor != "" {
		t.Errorf("second page: %+v", rest)
	}
	if pending := decodeReply[DeliveryList](h.do("GET", path+"?state=pending", "", asAdmin()...).is(200)); len(pending.Items) != 0 {
		t.Errorf("pending: %+v", pending)
	}
	h.do("GET", path+"?state=lost", "", asAdmin()...).problem(400, codeInvalid)
	if got := decodeReply[Resent](h.do("POST", path+":resend", "", asAdmin()...).is(202)); got.Deliveries != 3 {
		t.Errorf("all again: %+v", got)
	}
	if got := decodeReply[Resent](h.do("POST", path+"/6:resend", "", asAdmin()...).is(202)); got.Deliveries != 1 {
		t.Errorf("one again: %+v", got)
	}
	h.do("POST", path+"/99:resend", "", asAdmin()...).problem(404, codeNotFound)
	h.do("POST", path+"/x:resend", "", asAdmin()...).problem(400, codeInvalid)
	h.do("POST", path+"/0:resend", "", asAdmin()...).problem(400, codeInvalid)
}

func TestEveryFaultOfAWebhookIsRefusedWithItsPlace(t *testing.T) {
	h := newHarness(t)
	for body, want := range map[string]string{
		`{}`: "/url missing",
		`{"url":"ftp://x/","timeout":"90s","secret":"No Name","insecure":"maybe","filter":{"types":["x y"],"kinds":["cat"],"session":"S"}}`: "/filter/kinds/0 bad-value, /filter/session bad-name, " +
			"/filter/types/0 bad-name, /insecure bad-value, /secret bad-name, /timeout out-of-range, /url bad-url",
		`{"url":"http://receiver.example/"}`:                                            "/url insecure",
		`{"url":"https://ann:pw@receiver.example/"}`:                                    "/url secret",
		`{"url":"https://receiver.example/#x"}`:                                         "/url bad-url",
		`{"url":"https://169.254.169.254/latest/"}`:                                     "/url bad-address",
		`{"url":"https://[fd00:ec2::254]/"}`:                                            "/url bad-address",
		`{"url":"https://[fe80::1]/"}`:                                                  "/url bad-address",
		`{"url":"https://0.0.0.0/"}`:                                                    "/url bad-address",
		`{"url":"https://[::ffff:169.254.169.254]/"}`:                                   "/url bad-address",
		`{"url":"https://224.0.0.1/"}`:                                                  "/url bad-address",
		`{"url":"https://x/","ca":"nothing"}`:                                           "/ca bad-value",
		`{"url":"https://x/","insecure":"plaintext"}`:                                   "/insecure contradiction",
		`{"url":"http://127.0.0.1/","serverName":"x"}`:                                  "/url contradiction",
		`{"url":"https://x/","uri":"https://y/"}`:                                       "/uri unknown-field",
		`{"url":"https://x/","filter":{"types":["SessionAccepted"]},"labels":{"":"x"}}`: "/labels bad-name",
	} {
		var got []string
		for _, e := range h.do("PUT", "/api/v1/webhooks/w1", body, asAdmin()...).problem(400, codeInvalid).Errors {
			got = append(got, e.Pointer+" "+e.Code)
		}
		slices.Sort(got)
		if got := strings.Join(got, ", "); got != want {
			t.Errorf("%s: %s\nwant %s", body, got, want)
		}
	}
	for _, body := range []string{`{"url":"http://127.0.0.1:9/x"}`, `{"url":"http://localhost/"}`, `{"url":"http://[::1]:8080/"}`, `{"url":"https://receiver.example"}`,
		`{"url":"http://receiver.example/","insecure":"plaintext"}`, `{"url":"https://169.254.0.9/","allowLinkLocal":true}`} {
		if r := h.do("PUT", "/api/v1/webhooks/w1", body, asAdmin()...); r.status > 299 {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
}
