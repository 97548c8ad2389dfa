package web

import (
	"bytes"
	"net/http"
	"net/url"

	"github.com/netmirror/netmirror/client"
)

// routes are all pages. A page is added here, with a file of its name for its function and
// one in pages/ for its template.
func (s *server) routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /assets/", s.assets.serve)
	mux.HandleFunc("GET /login", s.showSignIn)
	mux.HandleFunc("POST /login", s.takeToken)
	mux.HandleFunc("POST /logout", s.signOut)
	mux.HandleFunc("GET /events", s.events)
	s.page(mux, "GET /{$}", s.overview)
	s.page(mux, "GET /audit", s.audit)
	mux.HandleFunc("GET /audit.csv", s.report("csv"))
	mux.HandleFunc("GET /audit.json", s.report("json"))
	s.page(mux, "GET /sessions/{name}", s.session)
	s.acts(mux)
	s.page(mux, "GET /tools", s.tools)
	s.page(mux, "GET /devices", s.devices)
	s.page(mux, "GET /devices/{name}", s.device)
	s.page(mux, "POST /devices/{name}/sync", s.readDevice)
	s.page(mux, "POST /devices/{name}/check", s.checkDevice)
	s.page(mux, "GET /new", s.newSession)
	s.page(mux, "POST /new", s.newSessionDone)
	s.page(mux, "GET /new/ports", s.newPorts)
	s.page(mux, "GET /plans", s.plans)
	s.page(mux, "GET /plans/{id}", s.plan)
	mux.HandleFunc("GET /plans/{id}/text", s.planText)
	s.page(mux, "GET /plans/{id}/apply", func(v *visit) (view, error) { return s.askApply(v, nil) })
	s.page(mux, "POST /plans/{id}/apply", s.applyPlan)
	s.page(mux, "/", s.noPage)
}

func (s *server) noPage(v *visit) (view, error) {
	return view{}, &client.Problem{Status: http.StatusNotFound, Title: "no page has this address", Detail: "Nothing is shown at " + v.URL.Path + "."}
}

// events is the stream of events for the script of a page: the API's, of which it tells
// what has been since the event ?last=, or the time ?since=. ?ask=1 only asks whether the sign-in still holds.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Has("ask") {
		r.Header.Set("X-Requested-With", "netmirror")
		if _, ok := s.admit(w, r); ok {
			w.WriteHeader(http.StatusNoContent)
		}
		return
	}
	in, ok := s.signedIn(r)
	if !ok {
		http.Error(w, "signed out", http.StatusUnauthorized)
		return
	}
	ctx, done := s.departed.stream(r.Context(), in)
	defer done()
	if last := q.Get("last"); last != "" && r.Header.Get("Last-Event-ID") == "" {
		r.Header.Set("Last-Event-ID", last)
	}
	r.URL.RawQuery = ""
	if since := q.Get("since"); since != "" {
		r.URL.RawQuery = url.Values{"since": {since}}.Encode()
	}
	r.Header.Set("Accept", "text/event-stream")
	s.pass(beating{w}, r, ctx, client.Base+"/events", in.token)
}

// beating makes of the stream's signs of life, which are comments, events that a script
// hears: a connection that was cut in between is silent, and says nothing else.
type beating struct{ http.ResponseWriter }

// Unwrap is for http.ResponseController.
func (b beating) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// Write takes whole lines, as the stream writes them. No line of an event begins like a
// sign of life: its data is JSON in one line.
func (b beating) Write(p []byte) (int, error) {
	var out bytes.Buffer
	for line := range bytes.Lines(p) {
		if bytes.HasPrefix(line, []byte(":")) {
			line = []byte("event: beat\ndata: {}\n")
		}
		out.Write(line)
	}
	if _, err := b.ResponseWriter.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// report gives the copies that an audit asks for as a file, all of them: page after page of
// the API's own answers.
func (s *server) report(format string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, ok := s.admit(w, r)
		if !ok {
			return
		}
		f, fault := readAuditFilter(r.URL.Query(), v.now)
		if fault != "" {
			s.fail(w, r, v, &client.Problem{Status: http.StatusUnprocessableEntity, Title: "the question is not understood", Detail: fault})
			return
		}
		write := writeCopiesJSON
		if format == "csv" {
			write = writeCopiesCSV
		}
		w.Header().Set("Content-Disposition", `attachment; filename="copies-`+f.From+"."+format+`"`)
		out := &begun{ResponseWriter: w}
		err := write(out, v, f.copies())
		switch {
		case err == nil:
		case !out.yes:
			w.Header().Del("Content-Disposition")
			s.fail(w, r, v, err)
		default:
			s.Log.Warn("report of copies broke off", "err", err)
			panic(http.ErrAbortHandler) // the browser shall not take it for whole
		}
	}
}

// begun knows whether anything was written.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.ResponseWriter.Write(p)
}
