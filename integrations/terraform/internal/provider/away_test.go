package provider

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/netmirror/netmirror/client"
)

// TestAnAnswerThatIsLost: a write whose connection breaks off is looked for, and done again
// only where it did not arrive; what somebody else has written meanwhile is not taken for it.
func TestAnAnswerThatIsLost(t *testing.T) {
	broken, none := reply{status: lost}, problem(404, "not-found")
	ours := reply{200, `"4"`, `{"name": "s", "spec": ` + one + `, "status": {}}`}
	theirs := reply{200, `"4"`, `{"name": "s", "spec": {"description": "theirs"}, "status": {}}`}
	before := reply{200, `"3"`, `{"name": "s", "spec": {"description": "before"}, "status": {}}`}
	held := problem(412, "precondition-failed")
	create, update := condition{ifNoneMatch: "*"}, condition{ifMatch: `"3"`}
	for name, c := range map[string]struct {
		when     condition
		put, get []reply
		puts     int
		refused  bool
	}{
		"created":                  {create, []reply{broken, held}, []reply{ours}, 1, false},
		"not created":              {create, []reply{broken, ours}, []reply{none}, 2, false},
		"somebody else created it": {create, []reply{broken, held}, []reply{theirs}, 2, true},
		"changed":                  {update, []reply{broken, held}, []reply{ours}, 1, false},
		"not changed":              {update, []reply{broken, ours}, []reply{before}, 2, false},
		"somebody else changed it": {update, []reply{broken, held}, []reply{theirs}, 2, true},
		"a proxy has nobody":       {create, []reply{{502, "", "<html>"}, {504, "", ""}, ours}, []reply{none}, 3, false},
		"the look is lost as well": {create, []reply{broken, held}, []reply{broken, ours}, 1, false},
	} {
		o, f := resourceOn(t, sessionKind, map[string][]reply{"PUT /sessions/s": c.put, "GET /sessions/s": c.get})
		s, err := o.door().put(t.Context(), "s", spec(t, one), c.when)
		puts := 0
		for _, a := range f.asked {
			if strings.HasPrefix(a, "PUT") {
				puts++
			}
		}
		if client.IsPreconditionFailed(err) != c.refused || !c.refused && (err != nil || s.ETag != `"4"`) || puts != c.puts {
			t.Errorf("%s: %d writes, %q, %v; asked %q", name, puts, s.ETag, err, f.asked)
		}
	}
	o, f := resourceOn(t, sessionKind, map[string][]reply{"DELETE /sessions/s": {broken, {204, "", ""}}})
	if _, err := o.deleted(t.Context(), "s", spec(t, one), `"3"`); err != nil || len(f.asked) != 2 {
		t.Errorf("deleted: %v, asked %q", err, f.asked)
	}
}

// TestAWriteThatIsInterrupted: what is stored although nobody waited for the answer is
// Terraform's own; it would stand in the way of the next apply otherwise.
func TestAWriteThatIsInterrupted(t *testing.T) {
	for name, arrives := range map[string]bool{"stored": true, "not stored": false} {
		ctx, interrupt := context.WithCancel(t.Context())
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == http.MethodPut:
				_, _ = io.Copy(io.Discard, r.Body) // so that the end of the connection is seen
				interrupt()
				<-r.Context().Done()
			case arrives:
				w.Header().Set("ETag", `"4"`)
				_, _ = io.WriteString(w, `{"name": "s", "spec": `+one+`, "status": {"phase": "Applying"}}`)
			default:
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, `{"status": 404, "code": "not-found"}`)
			}
		}))
		c, err := client.New(client.Options{URL: srv.URL, Token: "t", Retries: -1})
		if err != nil {
			t.Fatal(err)
		}
		s, err := door{c, "sessions"}.put(ctx, "s", spec(t, one), condition{ifNoneMatch: "*"})
		if arrives && (err != nil || s.ETag != `"4"`) || !arrives && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %q, %v", name, s.ETag, err)
		}
		var diags diag.Diagnostics
		o := &managed{kind: sessionKind, shared: &shared{client: c}}
		if _, err := o.follow(ctx, "s", s, &diags); arrives && (err == nil || !strings.HasPrefix(err.Error(), "interrupted: it is Applying, and goes on by itself")) {
			t.Errorf("%s: %v", name, err)
		}
		srv.Close()
	}
}

// TestTheFirstQuestion: what keeps everything else from being done is told before it is tried;
// what a token may not do, and a controller that is not ready yet, keep nothing.
func TestTheFirstQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		answers []reply
		fault   string
	}{
		"well":              {[]reply{{200, "", `{"name": "me"}`}}, ""},
		"just begun":        {[]reply{{status: lost}, problem(503, "not-ready"), {200, "", `{"name": "me"}`}}, ""},
		"asked too often":   {[]reply{problem(429, "rate-limited")}, ""},
		"a token of nobody": {[]reply{problem(401, "unauthenticated")}, "unauthenticated"},
		"another program":   {[]reply{{404, "", "<html>"}}, "is this its address?"},
	} {
		o, _ := resourceOn(t, sessionKind, map[string][]reply{"GET /whoami": c.answers})
		if err := o.meet(t.Context()); (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %v, want %q", name, err, c.fault)
		}
	}
}

// TestAControllerThatBeginsAnew: what is waited for is looked at again when the controller is
// back, and has read its devices.
func TestAControllerThatBeginsAnew(t *testing.T) {
	status := func(text string) reply {
		return reply{200, `"1"`, `{"name": "s", "spec": {}, "status": ` + text + `}`}
	}
	unread := status(`{"phase": "Unknown", "generation": 1, "conditions": [{"type": "Configured", "status": "Unknown", "reason": "NotReadYet"}]}`)
	o, f := resourceOn(t, sessionKind, map[string][]reply{"GET /sessions/s": {{status: lost}, problem(503, "not-ready"), unread, status(`{"phase": "Active", "generation": 1}`)}})
	var diags diag.Diagnostics
	now, err := o.follow(t.Context(), "s", stored{}, &diags)
	if v, bad := now.asSession(); err != nil || bad != nil || v.Status.Phase != "Active" || len(diags) > 0 || len(f.asked) < 4 {
		t.Errorf("%v, %v, %s, asked %q", v.Status.Phase, err, told(diags), f.asked)
	}
}

// TestPatienceEnds: nobody is waited for longer than it takes to begin anew, nor at all for
// what will be the same the next time.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			err     error
			patient bool
		}{
			"nobody listens":   {&client.Unreachable{Server: "http://x", Cause: errors.New("refused")}, true},
			"a refusal":        {&client.Problem{Status: 422, Code: "cannot-be-done"}, false},
			"a device is away": {&client.Problem{Status: 503, Code: "device-unreachable"}, false},
			"a certificate":    {fmt.Errorf("GET: %w", &tls.CertificateVerificationError{Err: errors.New("unknown authority")}), false},
			"another program":  {fmt.Errorf("GET: %w", errNoObject), false},
		} {
			began, tries := time.Now(), 0
			err := patient(t.Context(), func() error { tries++; return c.err })
			took := time.Since(began)
			if !errors.Is(err, c.err) || c.patient != (tries > 1) || c.patient && (took < longestAway || took > longestAway+3*lastLook) {
				t.Errorf("%s: %v after %d tries and %s", name, err, tries, took)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began, gone := time.Now(), &client.Unreachable{Server: "http://x"}
		if err := patient(ctx, func() error { return gone }); !errors.Is(err, gone) || time.Since(began) > 6*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// TestWhatToDo: what is of the way to the controller or of the token says so, and what to do.
func TestWhatToDo(t *testing.T) {
	cert := &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
	s := &shared{tokenFrom: "that of the file t (token_file)"}
	for name, c := range map[string]struct {
		err     error
		summary string
		want    string
	}{
		"token":       {&client.Problem{Status: 401, Code: "unauthenticated"}, "session s cannot be planned", "that of the file t (token_file). On the controller's host: netmirror token create"},
		"access":      {&client.Problem{Status: 403, Code: "forbidden", Detail: "needs admin"}, "session s is refused", "needs admin\nThe token is that of the file t"},
		"nobody":      {&client.Unreachable{Server: "http://x", Cause: errors.New("refused")}, "cannot tell", "NETMIRROR_URL names another controller"},
		"too late":    {fmt.Errorf("PUT: %w", context.DeadlineExceeded), "cannot tell", "the block timeouts"},
		"broken off":  {errors.New("GET: client connection lost"), "Warning: session s: the controller cannot tell", "connection lost"},
		"certificate": {fmt.Errorf("GET: %w", cert), "session s cannot be planned", "ca_file (or NETMIRROR_CA)"},
	} {
		var diags diag.Diagnostics
		o := &managed{kind: sessionKind, shared: s}
		o.refuseAtPlan("s", c.err, &diags)
		if text := told(diags); !strings.Contains(text, c.summary) || !strings.Contains(text, c.want) {
			t.Errorf("%s: %s", name, text)
		}
	}
}
