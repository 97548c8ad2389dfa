package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/client"
)

// answers is a server in memory: a function for each request in turn, the last
// one for all further ones.
type answers []func(*http.Request) (*http.Response, error)

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close()
		if _, err := io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	f := (*a)[0]
	if len(*a) > 1 {
		*a = (*a)[1:]
	}
	return f(r)
}

func say(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.WriteString(body)
		resp := w.Result()
		resp.Request = r
		return resp, nil
	}
}

func refuse(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

func newClient(t *testing.T, a answers, change ...func(*client.Options)) *client.Client {
	t.Helper()
	o := client.Options{URL: "http://netmirror.test", Token: "nmt_secret", HTTPClient: &http.Client{Transport: &a}}
	for _, f := range change {
		f(&o)
	}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := file("token", " nmt_abc\n")
	for want, o := range map[string]client.Options{
		"no http:// or https:// address":    {URL: "netmirror:8420"},
		"a name and a password":             {URL: "https://nmt_secret:x@host"},
		"an address ends with its path":     {URL: "https://host/?a=b"},
		"ends before /api/v1":               {URL: "https://host/x/api/v1/"},
		"a token and a file":                {URL: "https://host", Token: "nmt_secret", TokenFile: token},
		"no such file":                      {URL: "https://host", TokenFile: dir + "/none"},
		"it is empty":                       {URL: "https://host", TokenFile: file("empty", "\n")},
		"characters that no token has":      {URL: "https://host", Token: "nmt_secret\r\nX: y"},
		"no certificate in PEM":             {URL: "https://host", CAFile: token},
		"CA file: open":                     {URL: "https://host", CAFile: dir + "/none"},
		"a CA file or a server name, and a": {URL: "https://host", ServerName: "x", HTTPClient: http.DefaultClient},
	} {
		_, err := client.New(o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "nmt_secret") {
			t.Errorf("%v; want %q", err, want)
		}
	}
	_, err := client.New(client.Options{URL: "host", TokenFile: dir + "/none", CAFile: token})
	if n := len(strings.Split(fmt.Sprint(err), "\n")); n != 3 {
		t.Errorf("%d faults are told: %v", n, err)
	}
	c := newClient(t, answers{func(r *http.Request) (*http.Response, error) {
		if got := r.Header.Get("Authorization") + " " + r.Header.Get("User-Agent"); got != "Bearer nmt_abc terraform/1" {
			t.Error(got)
		}
		return say(200, `{"status":"ok"}`)(r)
	}}, func(o *client.Options) { o.Token, o.TokenFile, o.UserAgent = "", token, "terraform/1" })
	if _, err := c.Healthz(t.Context()); err != nil {
		t.Error(err)
	}
}

// What had no place is asked for again, when the controller says so, if it can be
// repeated.
func TestRetries(t *testing.T) {
	t.Parallel()
	const busy = `{"title":"Busy","status":503,"code":"overloaded"}`
	get := func(ctx context.Context, c *client.Client) error { _, err := c.GetSession(ctx, "x"); return err }
	put := func(ctx context.Context, c *client.Client) error {
		_, err := c.PutTool(ctx, "x", client.ToolSpec{}, client.PutToolOptions{})
		return err
	}
	post := func(ctx context.Context, c *client.Client) error { _, err := c.SyncDevice(ctx, "x"); return err }
	ok := say(200, `{}`)
	for what, s := range map[string]struct {
		answers answers
		do      func(context.Context, *client.Client) error
		code    string        // of the problem, "" = success, "dial" = no connection
		took    time.Duration // at least; at most one more second
	}{
		"busy, then not":           {answers{say(503, busy, "Retry-After", "2"), say(429, busy, "Retry-After", "3"), ok}, get, "", 5 * time.Second},
		"a write that is the same": {answers{say(503, busy, "Retry-After", "1"), ok}, put, "", time.Second},
		"a verb is not repeated":   {answers{say(503, busy, "Retry-After", "1"), ok}, post, "overloaded", 0},
		"without a time":           {answers{say(503, busy), ok}, get, "overloaded", 0},
		"busy for ever":            {answers{say(503, busy, "Retry-After", "1")}, get, "overloaded", 4 * time.Second},
		"a long time is cut":       {answers{say(503, busy, "Retry-After", "86400"), ok}, get, "", 30 * time.Second},
		"later than the deadline":  {answers{say(503, busy, "Retry-After", "29"), say(503, busy, "Retry-After", "29"), say(503, busy, "Retry-After", "29"), ok}, get, "overloaded", 58 * time.Second},
		"no connection at first":   {answers{refuse, refuse, ok}, get, "", 150 * time.Millisecond},
		"a verb that never went":   {answers{refuse, ok}, post, "", 50 * time.Millisecond},
		"nobody there":             {answers{refuse}, get, "dial", 750 * time.Millisecond},
		"refused otherwise":        {answers{say(409, `{"status":409,"code":"conflict"}`, "Retry-After", "1"), ok}, get, "conflict", 0},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 80*time.Second)
				defer cancel()
				begun := time.Now()
				err := s.do(ctx, newClient(t, s.answers))
				var none *client.Unreachable
				if took := time.Since(begun); took < s.took || took > s.took+time.Second {
					t.Errorf("took %v, want %v", took, s.took)
				}
				if s.code == "" && err != nil || s.code == "dial" && !errors.As(err, &none) || s.code != "" && s.code != "dial" && !client.HasCode(err, s.code) {
					t.Errorf("%v, want %q", err, s.code)
				}
			})
		})
	}
}

func TestADeadlineEndsARetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		begun := time.Now()
		_, err := newClient(t, answers{say(503, `{"status":503,"code":"overloaded"}`, "Retry-After", "20")}).GetTool(ctx, "x")
		if !errors.Is(err, context.Canceled) || time.Since(begun) != time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}

// The token stays with the server that was named, and a write stays a write.
func TestRedirects(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("somebody else was asked, with %q", r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]; name {
		case "away":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "downgrade":
			http.Redirect(w, r, "https://"+r.Host+"/", http.StatusFound)
		case "loop":
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		case "here":
			http.Redirect(w, r, "/api/v1/tools/there", http.StatusSeeOther)
		default:
			_, _ = w.Write([]byte(`{"name":"there"}`))
		}
	}))
	defer srv.Close()
	c, err := client.New(client.Options{URL: srv.URL, Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"away": "redirects to " + elsewhere.URL + ", which is not followed", "downgrade": "redirects to https://", "loop": "again and again"} {
		if _, err := c.GetTool(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if a, err := c.GetTool(t.Context(), "here"); err != nil || a.Value.Name != "there" {
		t.Errorf("%+v %v", a, err)
	}
	if _, err := c.PutTool(t.Context(), "here", client.ToolSpec{}, client.PutToolOptions{}); err == nil || !strings.Contains(err.Error(), "not followed") {
		t.Errorf("a write became a read: %v", err)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	small := func(o *client.Options) { o.MaxAnswer = 100 }
	for want, a := range map[string]func(*http.Request) (*http.Response, error){
		"GET /api/v1/tools/x: the answer has more than 100 octets": say(200, `{"name":"`+strings.Repeat("x", 200)+`"}`),
		"the answer is not understood":                             say(200, `<html>`),
		"Bad Gateway (502): the answer is text/html and no":        say(502, `<html>`, "Content-Type", "text/html; charset=utf-8"),
		"Not Found (404): the answer is nothing that is named":     say(404, ``, "Content-Type", ""),
		"Bad Request (400): the answer is nothing that is named":   say(400, `Client sent something`, "Content-Type", ""),
	} {
		if _, err := newClient(t, answers{a}, small).GetTool(t.Context(), "x"); err == nil || !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), ": "+want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
}

// Of http where it is https, and the other way round, is said what was meant; over real
// servers, since the texts are those of net/http.
func TestHTTPAndHTTPS(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	plain, secure := httptest.NewServer(h), httptest.NewUnstartedServer(h)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	for at, want := range map[string]string{
		strings.Replace(plain.URL, "http:", "https:", 1):  "it speaks http there and not https; is it " + plain.URL + " that you mean?",
		strings.Replace(secure.URL, "https:", "http:", 1): "it speaks https there and not http; is it " + secure.URL + " that you mean?",
	} {
		c, err := client.New(client.Options{URL: at, Token: "t", Retries: -1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.GetTool(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", at, err, want)
		}
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	body := `{"title":"It cannot be done here","status":422,"code":"cannot-be-done","detail":"refused for 2 reasons","requestId":"r1","errors":[
		{"pointer":"/truncate","code":"x","message":"a platform has a limit","source":"guide §4"},{"parameter":"query.limit","code":"y","message":"too large"}]}`
	_, err := newClient(t, answers{say(422, body)}).GetTool(t.Context(), "x")
	want := "It cannot be done here (422 cannot-be-done): refused for 2 reasons\n  a platform has a limit [/truncate] (source: guide §4)\n  too large [query.limit]"
	if err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	_, err = newClient(t, answers{say(500, `{"title":"Internal error","status":500,"code":"internal-error"}`, "X-Request-Id", "4f6k")}).GetTool(t.Context(), "x")
	if err == nil || err.Error() != "Internal error (500 internal-error)\n  request 4f6k" {
		t.Errorf("%v", err)
	}
	_, err = newClient(t, answers{say(404, `{"status":404,"code":"not-found"}`)}).GetTool(t.Context(), "x")
	if !client.IsNotFound(err) || client.IsPreconditionFailed(err) || client.IsNotFound(nil) || client.IsNotFound(io.EOF) {
		t.Errorf("%v", err)
	}
	_, err = newClient(t, answers{say(412, `{"status":412,"code":"precondition-failed"}`)}).GetTool(t.Context(), "x")
	if !client.IsPreconditionFailed(err) {
		t.Errorf("%v", err)
	}
}

// A page may be empty in the middle of a filtered list; only the end of a list
// ends it, and for events, which never end, an empty page.
func TestPages(t *testing.T) {
	t.Parallel()
	var asked []string
	list := func(empty bool) answers {
		asked = nil
		return answers{func(r *http.Request) (*http.Response, error) {
			q := r.URL.Query()
			asked = append(asked, q.Get("cursor")+" "+q.Get("labelSelector"))
			switch q.Get("cursor") {
			case "":
				return say(200, `{"items":[{"name":"a"},{"name":"b"}],"nextCursor":"2"}`)(r)
			case "2":
				return say(200, `{"items":[],"nextCursor":"3"}`)(r)
			}
			if empty {
				return say(500, `{"status":500,"code":"internal-error"}`)(r)
			}
			return say(200, `{"items":[{"name":"c"}]}`)(r)
		}}
	}
	var names []string
	for s, err := range newClient(t, list(false)).AllSessions(t.Context(), client.ListSessionsOptions{LabelSelector: "a=b"}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, s.Name)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names) + cmp.Diff([]string{" a=b", "2 a=b", "3 a=b"}, asked); diff != "" {
		t.Error(diff)
	}
	n := 0
	for _, err := range newClient(t, list(false)).AllEvents(t.Context(), client.ListEventsOptions{}) {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 || len(asked) != 2 {
		t.Errorf("%d events, asked %v", n, asked)
	}
	for range newClient(t, list(false)).AllTools(t.Context(), client.ListToolsOptions{}) {
		break
	}
	if len(asked) != 1 {
		t.Errorf("asked %v for one entry", asked)
	}
	var last error
	for _, err := range newClient(t, list(true)).AllTools(t.Context(), client.ListToolsOptions{}) {
		last = err
	}
	if !client.HasCode(last, "internal-error") {
		t.Error(last)
	}
	var raw []string
	for item, err := range newClient(t, list(false)).Each(t.Context(), client.Base+"/tools", nil, false) {
		raw = append(raw, string(item)+fmt.Sprint(err))
	}
	if want := []string{`{"name":"a"}<nil>`, `{"name":"b"}<nil>`, `{"name":"c"}<nil>`}; !slices.Equal(raw, want) {
		t.Error(raw)
	}
}

func TestWaiting(t *testing.T) {
	t.Parallel()
	state := func(s string) func(*http.Request) (*http.Response, error) {
		return say(200, `{"id":"op-1","state":"`+s+`","message":"sw1 reads"}`)
	}
	accepted := client.Answer[client.Session]{Meta: client.Meta{Status: 202, Operation: "op-1"}}
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, answers{state("running"), state("rolling-back"), state("failed")})
		if op, err := client.Settle(t.Context(), c, accepted); err != nil || op.State != "failed" {
			t.Errorf("%+v %v", op, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		n := 0
		c = newClient(t, answers{func(r *http.Request) (*http.Response, error) { n++; return state("running")(r) }})
		_, err := c.Wait(ctx, "op-1")
		var unfinished *client.Unfinished
		if !errors.As(err, &unfinished) || !errors.Is(err, context.DeadlineExceeded) || unfinished.Operation.ID != "op-1" || err.Error() != "not finished in time, and goes on by itself (operation op-1): sw1 reads" {
			t.Errorf("%v", err)
		}
		if n < 30 || n > 50 {
			t.Errorf("asked %d times in a minute", n)
		}
	})
	c := newClient(t, answers{say(404, `{"status":404,"code":"not-found"}`)})
	if _, err := c.Wait(t.Context(), "op-1"); !client.IsNotFound(err) {
		t.Error(err)
	}
	accepted.Status = 200 // the controller has waited
	if op, err := client.Settle(t.Context(), c, accepted); err != nil || op.ID != "" {
		t.Errorf("%+v %v", op, err)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{`443`: `443`, `"443"`: `443`, `"5060-5061"`: `"5060-5061"`, `"tcp"`: `"tcp"`, `0`: `0`, `"007"`: `"007"`} {
		var n client.NumberOrName
		if err := json.Unmarshal([]byte(in), &n); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(n); err != nil || string(got) != want {
			t.Errorf("%s became %s, want %s (%v)", in, got, want, err)
		}
	}
	var n client.NumberOrName
	var d client.Duration
	if json.Unmarshal([]byte(`1.5`), &n) == nil || json.Unmarshal([]byte(`true`), &n) == nil || json.Unmarshal([]byte(`"soon"`), &d) == nil {
		t.Error("taken")
	}
}

func TestMergePatch(t *testing.T) {
	t.Parallel()
	from := client.SessionSpec{Description: "x", Truncate: new(int64(64)), Labels: map[string]string{"a": "1", "b": "2"}, Sources: []client.Source{{Device: "sw1"}}}
	to := from
	to.Truncate, to.Enabled, to.Labels = nil, new(false), map[string]string{"a": "1", "c": "3"}
	for _, c := range []struct {
		from, to client.SessionSpec
		want     string
	}{{from, to, `{"enabled":false,"labels":{"b":null,"c":"3"},"truncate":null}`}, {from, from, `{}`},
		{client.SessionSpec{}, client.SessionSpec{Sources: from.Sources}, `{"sources":[{"device":"sw1"}]}`}} {
		if got, err := client.MergePatch(c.from, c.to); err != nil || string(got) != c.want {
			t.Errorf("%s %v; want %s", got, err, c.want)
		}
	}
	if _, err := client.MergePatch([]int{1}, []int{2}); err == nil {
		t.Error("lists were taken")
	}
}
