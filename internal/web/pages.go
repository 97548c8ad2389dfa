package web

import (
	"net/http"

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
	s.page(mux, "/", s.noPage)
}

func (s *server) noPage(v *visit) (view, error) {
	return view{}, &client.Problem{Status: http.StatusNotFound, Title: "no page has this address", Detail: "Nothing is shown at " + v.URL.Path + "."}
}

// events is the stream of events for the script of a page: the API's, of which it tells
// what has been since the event ?last=. ?ask=1 only asks whether the sign-in still holds.
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
	r.Header.Set("Accept", "text/event-stream")
	s.pass(w, r, ctx, client.Base+"/events", in.token)
}
