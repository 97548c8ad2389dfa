package web

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// Patience is how long the making of a page may take.
const Patience = 20 * time.Second

// Config is what New needs; API and Key are required.
type Config struct {
	API     http.Handler     // of package api; asked for everything
	Key     []byte           // KeySize octets, with which cookies are sealed
	Version string           // shown at the foot of each page
	Host    string           // name of the machine, shown there; "" = as the system says
	Secure  bool             // pages are served by TLS: cookies are for TLS alone
	Log     *slog.Logger     // nil = slog.Default()
	Now     func() time.Time // nil = time.Now; times are shown in its zone
}

type server struct {
	Config
	seal     sealer
	departed *departed
	assets   assets
	pages    map[string]*template.Template
	patience time.Duration
	names    knownNames
}

// New is the handler of the page, and of everything that API serves: what is no page is
// left to it.
func New(c Config) (http.Handler, error) {
	c.Log, c.Now = cmp.Or(c.Log, slog.Default()), orNow(c.Now)
	if c.Host == "" {
		c.Host, _ = os.Hostname()
	}
	s := &server{Config: c, departed: newDeparted(), patience: Patience}
	var err error
	if s.seal, err = newSealer(c.Key); err != nil {
		return nil, err
	}
	if s.assets, err = newAssets(); err != nil {
		return nil, err
	}
	if s.pages, err = s.parsePages(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, p := range []string{"/api/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics"} {
		mux.Handle(p, s.API)
	}
	ui := http.NewServeMux()
	s.routes(ui)
	mux.Handle("/", s.guarded(ui))
	return mux, nil
}

func orNow(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}

// policy is what a page may do: nothing but what comes from here, and no script or style
// within it.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types netmirror"

// maxForm bounds the body of a form, in octets.
const maxForm = 1 << 20

// guarded is what holds for everything that is no API: headers, no writes from other
// sites, bounded bodies, and a page for every failure.
func (s *server) guarded(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.write(w, r, http.StatusForbidden, s.bare("Refused", "failure", failure{
			Shape: shapeBad, Title: "This came from another site", Text: "A form of another site, or of a page that was not loaded from here, may not change anything. Nothing was done.", Back: "/"}))
	}))
	checked := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", policy)
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		defer func() {
			if p := recover(); p == http.ErrAbortHandler {
				panic(p) // an answer that must not look whole
			} else if p != nil {
				s.Log.Error("page", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				s.fail(w, r, nil, errors.New("a fault of ours; the log has more"))
			}
		}()
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		}
		checked.ServeHTTP(w, r)
	})
}

// A visit is one request of somebody who signed in.
type visit struct {
	*http.Request
	w   http.ResponseWriter
	in  signIn
	cl  *client.Client // speaks for him
	who client.Whoami
	now time.Time
}

// may reports whether his token's access is at least this one.
func (v *visit) may(access string) bool {
	rank := map[string]int{"viewer": 1, "operator": 2, "admin": 3}
	return rank[v.who.Access] >= rank[access]
}

// A view is what a page shows.
type view struct {
	title string // of the window; the product's name follows
	nav   string // path of the entry of the main menu that is marked, "" = none
	page  string // name of the template, without .tmpl
	data  any
	goTo  string // send the browser there instead (303)
	said  string // a sentence that the next page shows once; with goTo
	bad   bool   // it tells of something that was not done

	status int // of HTTP; 0 = 200. A form that comes back with its reasons has that of the refusal.
}

// page serves what show gives; whoever is not signed in is asked to.
func (s *server) page(mux *http.ServeMux, pattern string, show func(*visit) (view, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, ok := s.admit(w, r)
		if !ok {
			return
		}
		out, err := show(v)
		switch {
		case err != nil:
			s.fail(w, r, v, err)
		case out.goTo != "":
			if out.said != "" {
				s.setCookie(w, saidCookie, url.QueryEscape(map[bool]string{true: notDone}[out.bad]+out.said), time.Minute)
			}
			http.Redirect(w, r, out.goTo, http.StatusSeeOther)
		default:
			s.write(w, r, cmp.Or(out.status, http.StatusOK), s.whole(v, out))
		}
	})
}

const (
	saidCookie = "netmirror-said"
	notDone    = "!" // begins what is said of something that was not done
)

// admit finds out who asks. Where it is not ok, the answer is given already.
func (s *server) admit(w http.ResponseWriter, r *http.Request) (*visit, bool) {
	in, ok := s.signedIn(r)
	if !ok {
		s.askToSignIn(w, r)
		return nil, false
	}
	cl, err := s.speakFor(r, in.token)
	if err != nil {
		s.fail(w, r, nil, err)
		return nil, false
	}
	v := &visit{Request: r, w: w, in: in, cl: cl, now: s.Now()}
	if v.who, err = cl.Whoami(r.Context()); err != nil {
		if problem(err).Status == http.StatusUnauthorized { // it was revoked
			s.setCookie(w, s.cookieName(), "", 0)
			s.askToSignIn(w, r)
			return nil, false
		}
		s.fail(w, r, nil, err)
		return nil, false
	}
	return v, true
}

// askToSignIn sends a browser to the sign-in, and tells a script that it is needed.
func (s *server) askToSignIn(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("X-Requested-With") != "":
		http.Error(w, "signed out", http.StatusUnauthorized)
	case r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.FormValue("again") == "":
		// A strict cookie is not sent by somebody who followed a link from a ticket. A load
		// that this page asks for itself has it.
		q := r.URL.Query()
		q.Set("again", "1")
		s.write(w, r, http.StatusOK, s.bare("netmirror", "again", r.URL.Path+"?"+q.Encode()))
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		at := *r.URL
		q := at.Query()
		q.Del("again")
		at.RawQuery = q.Encode()
		http.Redirect(w, r, "/login?next="+url.QueryEscape(at.RequestURI()), http.StatusSeeOther)
	default: // what was typed stays in the browser: it can go back
		s.write(w, r, http.StatusUnauthorized, s.bare("Signed out", "failure", failure{Shape: shapeNote, Title: "Your sign-in has ended",
			Text: "Nothing was done. Sign in, go back in the browser, and what you typed is still there.", Back: "/login", BackText: "Sign in"}))
	}
}

// write makes a page as a whole before the first octet leaves, so that a failing template
// is a page that says so.
func (s *server) write(w http.ResponseWriter, r *http.Request, status int, f frame) {
	var out bytes.Buffer
	if err := s.pages[f.Page].ExecuteTemplate(&out, "layout", f); err != nil {
		s.Log.Error("page", "path", r.URL.Path, "template", f.Page, "err", err)
		http.Error(w, "This page could not be made; the controller's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes())
	}
}

// failure is a page in place of one that could not be made.
type failure struct {
	Shape, Title, Text string
	Touched            string // whether a device was
	Says               []client.Reason
	RequestID          string
	Back               string // where to go on
	BackText           string // "" = Try again
}

// fail shows why there is no page; v is nil where nobody has signed in.
func (s *server) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	p := problem(err)
	f := failure{Shape: shapeBad, Title: "This page could not be made", Text: sentence(cmp.Or(p.Detail, p.Title)), Touched: touched(r.Method, int(p.Status)), Says: p.Errors, RequestID: p.RequestID, Back: r.URL.RequestURI()}
	switch p.Status {
	case http.StatusNotFound:
		f.Shape, f.Title, f.Touched, f.RequestID, f.Back, f.BackText = shapeNote, "There is no such page", "", "", "/", "To the overview"
		if name, ok := strings.CutPrefix(r.URL.Path, "/sessions/"); ok && !strings.Contains(name, "/") {
			f.Title, f.Text = "There is no session "+name, "It was deleted, or never was. Audit tells what it copied, and who ended it."
			f.Back, f.BackText = "/audit?"+url.Values{"session": {name}}.Encode(), "Ask Audit"
		}
	case http.StatusForbidden:
		f.Title, f.Back, f.BackText = "Your token may not do this", "/", "To the overview"
	}
	if r.Method != http.MethodGet {
		f.Title, f.Back, f.BackText = "This was not done", cmp.Or(ours(refererPath(r)), "/"), "Back"
		if p.Status >= http.StatusInternalServerError {
			f.Title = "This failed"
		}
	}
	if p.Status >= http.StatusInternalServerError {
		f.RequestID = cmp.Or(f.RequestID, strings.ToLower(rand.Text()))
		s.Log.Warn("page", "path", r.URL.Path, "requestId", f.RequestID, "err", err)
	}
	out := s.bare(f.Title, "failure", f)
	if v != nil {
		out = s.whole(v, view{title: f.Title, page: "failure", data: f})
	}
	s.write(w, r, int(p.Status), out)
}

// touched says whether a device was touched by what failed.
func touched(method string, status int) string {
	switch {
	case method == http.MethodGet || method == http.MethodHead:
		return "No device was touched."
	case status >= http.StatusInternalServerError:
		return "Whether a device was touched is told by the operations of the session, and by Audit."
	}
	return "Nothing was done, and no device was touched."
}

func refererPath(r *http.Request) string {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host {
		return "/"
	}
	return u.RequestURI()
}

// problem is err as the API says it; an error that is none of the API's is one of ours.
func problem(err error) *client.Problem {
	var p *client.Problem
	if errors.As(err, &p) {
		return p
	}
	status := http.StatusInternalServerError
	if errors.Is(err, context.DeadlineExceeded) {
		status = http.StatusGatewayTimeout
	}
	return &client.Problem{Status: int64(status), Title: "This page could not be made", Detail: err.Error()}
}
