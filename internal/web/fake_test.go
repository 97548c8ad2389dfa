package web

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/client"
)

// fakeAPI answers what a test says, by method and path. Of tokens it knows those in roles.
type fakeAPI struct {
	t       *testing.T
	mu      sync.Mutex
	roles   map[string]string // access by token
	answers map[string]func(*http.Request) (status int, body any)
	headers map[string]http.Header // of answers, by call
	asked   []string               // method, path and query of each request
}

func newFakeAPI(t *testing.T) *fakeAPI {
	f := &fakeAPI{t: t, roles: map[string]string{"nmt_viewer": "viewer", "nmt_operator": "operator", "nmt_admin": "admin"}, answers: map[string]func(*http.Request) (int, any){}}
	f.say("GET /controller", client.Controller{Instance: "nm", Mode: "full"})
	return f
}

// say sets what one call is answered with; the path is without /api/v1.
func (f *fakeAPI) say(call string, body any) {
	f.answers[call] = func(*http.Request) (int, any) { return http.StatusOK, body }
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := r.Method + " " + strings.TrimPrefix(r.URL.Path, client.Base)
	f.asked = append(f.asked, r.Method+" "+r.URL.RequestURI())
	reply := func(status int, body any) {
		kind := "application/json"
		if status >= 400 {
			kind = "application/problem+json"
		}
		for name, values := range f.headers[call] {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	role, ok := f.roles[token]
	switch {
	case !ok:
		reply(http.StatusUnauthorized, client.Problem{Status: http.StatusUnauthorized, Code: "unauthenticated", Title: "no such token"})
	case call == "GET /whoami":
		reply(http.StatusOK, client.Whoami{Name: role + "-1", Access: role})
	case f.answers[call] == nil:
		reply(http.StatusNotFound, client.Problem{Status: http.StatusNotFound, Code: "not-found", Title: "not found", Detail: "nothing at " + call})
	default:
		reply(f.answers[call](r))
	}
}

// queriesOf are the queries with which a call was made.
func (f *fakeAPI) queriesOf(call string) (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	method, path, _ := strings.Cut(call, " ")
	for _, a := range f.asked {
		if rest, ok := strings.CutPrefix(a, method+" "+client.Base+path+"?"); ok {
			out = append(out, rest)
		}
	}
	return out
}

func (f *fakeAPI) revoke(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.roles, token)
}

// A browser of a test keeps cookies and follows no redirects.
type browser struct {
	t      *testing.T
	server *httptest.Server
	http   *http.Client
	jar    []*http.Cookie
}

func newBrowser(t *testing.T, api http.Handler, change ...func(*Config)) *browser {
	t.Helper()
	c := Config{API: api, Key: make([]byte, KeySize), Version: "1.2.3", Host: "nm-1", Now: func() time.Time { return time.Date(2026, 3, 12, 14, 32, 7, 0, time.UTC) }}
	for _, f := range change {
		f(&c)
	}
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &browser{t: t, server: server, http: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

type got struct {
	status   int
	body     string
	header   http.Header
	location string
}

func (b *browser) do(method, path string, form url.Values, headers ...string) got {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for _, c := range b.jar {
		r.AddCookie(c)
	}
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		b.keep(c)
	}
	return got{resp.StatusCode, string(raw), resp.Header, resp.Header.Get("Location")}
}

func (b *browser) keep(c *http.Cookie) {
	for i, old := range b.jar {
		if old.Name == c.Name {
			b.jar = append(b.jar[:i], b.jar[i+1:]...)
			break
		}
	}
	if c.MaxAge >= 0 {
		b.jar = append(b.jar, c)
	}
}

func (b *browser) get(path string, headers ...string) got {
	b.t.Helper()
	return b.do(http.MethodGet, path, nil, headers...)
}

func (b *browser) post(path string, form url.Values, headers ...string) got {
	b.t.Helper()
	return b.do(http.MethodPost, path, form, headers...)
}

// as signs in.
func (b *browser) as(token string) *browser {
	b.t.Helper()
	if g := b.post("/login", url.Values{"token": {token}}); g.status != http.StatusSeeOther {
		b.t.Fatalf("sign-in: %d %s", g.status, g.body)
	}
	return b
}

// says fails the test unless the page holds each text.
func (g got) says(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(g.body, text) {
			t.Errorf("the page (%d) does not say %q:\n%s", g.status, text, g.body)
		}
	}
}

var (
	fieldTag  = regexp.MustCompile(`(?s)<(input|select|textarea)\s([^>]*)>(?:(.*?)</(?:select|textarea)>)?`)
	chosenTag = regexp.MustCompile(`<option value="([^"]*)" selected`)
	attribute = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

// fieldsOf are the fields of the page's form as a browser would send them, without any
// button.
func fieldsOf(page string) url.Values {
	out := url.Values{}
	for rest := page; ; {
		m := fieldTag.FindStringSubmatch(rest)
		if m == nil {
			return out
		}
		_, rest, _ = strings.Cut(rest, m[0][:strings.Index(m[0], ">")+1])
		attr := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(m[2], -1) {
			attr[a[1]] = html.UnescapeString(a[2])
		}
		_, checked := attr["checked"]
		switch {
		case attr["name"] == "":
		case m[1] == "textarea":
			out.Add(attr["name"], html.UnescapeString(m[3]))
		case m[1] == "select":
			if o := chosenTag.FindStringSubmatch(m[3]); o != nil {
				out.Add(attr["name"], html.UnescapeString(o[1]))
			}
		case attr["type"] != "radio" && attr["type"] != "checkbox" || checked:
			out.Add(attr["name"], attr["value"])
		}
	}
}
