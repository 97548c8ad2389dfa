package alert_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/alert"
	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	managerBody = `{"version":"4","groupKey":"{}:{}","truncatedAlerts":0,"status":"firing","receiver":"netmirror","groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://am:9093",
		"alerts":[{"status":"firing","labels":{"alertname":"PortErrors","instance":"acc-1.example.net:161","ifName":"Gi1/0/14"},"annotations":{"summary":"errors\non 3F-14"},"startsAt":"2026-11-28T14:30:50Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"a1"},
		{"status":"resolved","labels":{"ifName":"Gi1/0/15"},"annotations":{}}]}`
	eveBody = `{"timestamp":"2026-11-28T14:30:50.1+0000","event_type":"alert","src_ip":"10.0.0.5","in_iface":"eth1","alert":{"signature_id":2019284,"severity":1,"signature":"ET ATTACK_RESPONSE"}}
{"event_type":"flow","src_ip":"10.0.0.6"}
[{"event_type":"alert","src_ip":"10.0.0.7","tags":["a","b"]}]`
)

func read(t *testing.T, format, body string) []alert.Alert {
	t.Helper()
	out, err := alert.Read(format, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFormats(t *testing.T) {
	for format, want := range map[string]struct {
		body  string
		tells string // of each alert: what stands at some paths, and what it is
	}{
		mirror.FormatAlertmanager: {managerBody, "Gi1/0/14 PortErrors - | Gi1/0/15 - - resolved"},
		mirror.FormatEVE:          {eveBody, "10.0.0.5 2019284 - | 10.0.0.6 - - other | 10.0.0.7 - b"},
		mirror.FormatJSON:         {`[{"a":{"b/c":[{"d":true}]}},{}]`, "- true - | - - -"},
	} {
		var all []string
		for _, a := range read(t, format, want.body) {
			var words []string
			for _, paths := range [][]string{{"labels.ifName", "src_ip"}, {"/labels/alertname", "alert.signature_id", "/a/b~1c/0/d"}, {"tags.1"}} {
				word := "-"
				for _, p := range paths {
					if text, ok := a.Text(p); ok {
						word = text
					}
				}
				words = append(words, word)
			}
			if a.Resolved {
				words = append(words, "resolved")
			}
			if a.Other != "" {
				words = append(words, "other")
			}
			all = append(all, strings.Join(words, " "))
		}
		if got := strings.Join(all, " | "); got != want.tells {
			t.Errorf("%s: %s\nwant %s", format, got, want.tells)
		}
	}
}

func TestWhatIsNoAlertIsRefusedWithEveryPlace(t *testing.T) {
	many := "[" + strings.Repeat(`{},`, alert.MaxAlerts) + "{}]"
	for _, c := range []struct{ format, body, want string }{
		{mirror.FormatAlertmanager, ``, " missing"},
		{mirror.FormatAlertmanager, `{"version":`, " malformed-json"},
		{mirror.FormatAlertmanager, "{\"a\":\"\xff\"}", " malformed-json"},
		{mirror.FormatAlertmanager, `[]`, " bad-type"},
		{mirror.FormatAlertmanager, managerBody + managerBody, " bad-type"},
		{mirror.FormatAlertmanager, `{"version":4,"alerts":{}}`, "/version bad-value, /alerts bad-type"},
		{mirror.FormatAlertmanager, `{"version":"4","alerts":[1,{"status":"on","labels":{"a":1},"annotations":[]},{"status":"firing"}]}`,
			"/alerts/0 bad-type, /alerts/1/status bad-value, /alerts/1/labels bad-type, /alerts/1/annotations bad-type, /alerts/2/labels bad-type"},
		{mirror.FormatEVE, `{} 7`, "/0/event_type missing, /1 bad-type"},
		{mirror.FormatJSON, `["x"]`, "/0 bad-type"},
		{mirror.FormatJSON, many, " too-many"},
		{mirror.FormatJSON, strings.Repeat(`{}`, alert.MaxAlerts+5), " too-many"},
		{mirror.FormatJSON, strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), " too-many"},
		{mirror.FormatJSON, `{"a":[` + strings.Repeat("1,", 30000) + `1]}`, " too-many"},
		{mirror.FormatJSON, strings.Repeat(" ", alert.MaxBody+1), " too-large"},
		{"nagios", `{}`, " unknown-format"},
	} {
		_, err := alert.Read(c.format, []byte(c.body))
		var refusal *mirror.Refusal
		if !errors.As(err, &refusal) || !errors.Is(err, mirror.ErrUnsupported) {
			t.Errorf("%.60s: %v", c.body, err)
			continue
		}
		var got []string
		for _, r := range refusal.Reasons {
			got = append(got, r.Pointer+" "+r.Code)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%.60s: %s", c.body, diff)
		}
	}
}

func TestValues(t *testing.T) {
	a := read(t, mirror.FormatAlertmanager, managerBody)
	trigger := mirror.Trigger{Name: "ids", From: map[string]mirror.Pick{
		"device":    {Path: "labels.instance", Pattern: `^([a-z0-9-]+)\.`},
		"interface": {Path: "labels.ifName"},
		"direction": {Path: "labels.alertname", Map: map[string]string{"PortErrors": "rx"}},
		"reason":    {Path: "annotations.summary"},
	}}
	v, reasons := a[0].Values(trigger)
	want := alert.Values{AlertValues: mirror.AlertValues{Device: "acc-1", Direction: mirror.RX, Reason: "errors on 3F-14"}, Interface: "Gi1/0/14"}
	if diff := cmp.Diff(want, v); diff != "" || len(reasons) > 0 {
		t.Errorf("%s %v", diff, reasons)
	}
	_, reasons = a[1].Values(trigger)
	if got := fmt.Sprint(codes(reasons)); got != "[no-device no-direction]" {
		t.Errorf("reasons %s", got)
	}
	trigger.From = map[string]mirror.Pick{"device": {Path: "labels.instance"}, "interface": {Path: "annotations.summary"}, "direction": {Value: "up"}}
	_, reasons = a[0].Values(trigger)
	if got := fmt.Sprint(codes(reasons)); got != "[bad-device bad-interface bad-direction]" {
		t.Errorf("reasons %s", got)
	}
}

func TestMatches(t *testing.T) {
	a := read(t, mirror.FormatEVE, eveBody)
	trigger := mirror.Trigger{Match: map[string][]string{"alert.severity": {"1", "2"}, "alert.signature": {"ET *"}}}
	if why := a[0].Matches(trigger); why != "" {
		t.Error(why)
	}
	if why := a[2].Matches(trigger); why != "its alert.severity is not what the trigger asks for" {
		t.Error(why)
	}
}

func codes(reasons []mirror.Reason) (out []string) {
	for _, r := range reasons {
		out = append(out, r.Code)
	}
	return out
}

// FuzzRead: whatever comes, nothing panics, what is taken is within its bounds, what is
// picked is fit for a session, and what is refused has reasons.
func FuzzRead(f *testing.F) {
	for _, body := range []string{managerBody, eveBody, `[{"device":"a","port":"p1"}]`, `{"a":`, `"\ud800"`, "[[[[{}]]]]"} {
		f.Add([]byte(body), "labels.ifName")
	}
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		for _, format := range mirror.AlertFormats {
			out, err := alert.Read(format, body)
			var refusal *mirror.Refusal
			if err != nil && (!errors.As(err, &refusal) || len(refusal.Reasons) == 0 || out != nil) {
				t.Fatalf("%v without reasons", err)
			}
			if len(out) > alert.MaxAlerts || len(out) > 0 && len(body) > alert.MaxBody {
				t.Fatalf("%d alerts of %d octets", len(out), len(body))
			}
			for _, a := range out {
				v, reasons := a.Values(mirror.Trigger{Name: "t", From: map[string]mirror.Pick{"device": {Path: path}, "interface": {Path: "/labels/ifName", Value: "p1"}, "reason": {Path: path}}})
				if len(reasons) > 0 {
					continue
				}
				if !mirror.ValidName(v.Device) || !mirror.ValidInterface(v.Interface) || len(v.Reason) > mirror.MaxText || strings.ContainsAny(v.Reason, "\r\n\x00\x1b") {
					t.Fatalf("picked %+q", v)
				}
			}
		}
	})
}
