package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/netmirror/netmirror/internal/engine"
)

// request is what middleware and handlers know of a request. The guard fills
// in the actor.
type request struct {
	id    string
	actor engine.Actor
	log   *slog.Logger
	wait  time.Duration   // asked for by Prefer, bounded; 0 = do not wait
	body  []byte          // whole; guard has read it
	also  bool            // what the endpoint answers beside JSON is asked for, and no JSON
	url   *url.URL        // as asked for
	base  context.Context // of the connection: ends when the client is gone, and has no deadline
	leave func()          // gives the place among the requests in flight back; may be called again
}

type requestKey struct{}

// requestOf finds the request of a context; outside of one it is empty.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{log: slog.Default(), leave: func() {}}
}

// A client's own id is taken when it can do no harm in a log.
var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// identify gives every request an id and the place for what is learned of it.
func (s *server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestIDPattern.MatchString(id) {
			id = strings.ToLower(rand.Text())
		}
		w.Header().Set("X-Request-Id", id)
		req := &request{id: id, log: s.log, leave: func() {}, base: r.Context(), url: r.URL}
		if r.Method != http.MethodGet {
			req.wait = preferredWait(r.Header.Values("Prefer"))
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, req)))
	})
}

// logRequests writes one line a request: reads that went well at debug, the
// rest at info. Paths are logged as routes; no query, header or body is.
func (s *server) logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		level := slog.LevelInfo
		if r.Method == http.MethodGet && ww.Status() < http.StatusBadRequest {
			level = slog.LevelDebug
		}
		req := requestOf(r.Context())
		s.log.LogAttrs(r.Context(), level, "request",
			slog.String("req", req.id), slog.String("method", r.Method), slog.String("route", route(r)),
			slog.Int("status", ww.Status()), slog.Duration("dur", time.Since(start)), slog.String("actor", req.actor.Name))
	})
}

func route(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		return c.RoutePattern()
	}
	return "none"
}

// recoverPanics turns a programming mistake into a 500, unless the answer has
// begun, and logs it with its stack.
func (s *server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) // net/http's own way to give up on a connection
			}
			s.log.ErrorContext(r.Context(), "panic in a handler", "req", requestOf(r.Context()).id,
				"err", fmt.Sprint(v), "stack", string(debug.Stack()))
			if ww, ok := w.(middleware.WrapResponseWriter); !ok || ww.Status() == 0 {
				newProblem(codeInternal, "internal error").write(w, r)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// securityHeaders keep answers out of caches and browsers from doing anything
// with them but show them.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		next.ServeHTTP(w, r)
	})
}

// deadline bounds a request; the wait that Prefer asks for comes on top.
func (s *server) deadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.requestTimeout+requestOf(r.Context()).wait)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func notFound(w http.ResponseWriter, r *http.Request) {
	newProblem(codeNotFound, "no resource has this path; "+Base+" begins all of them, /docs lists them").write(w, r)
}

// methodNotAllowed finds out which methods the path has, because chi tells a
// handler of one's own nothing.
func methodNotAllowed(routes chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.RawPath
		if path == "" {
			path = r.URL.Path
		}
		var allowed []string
		for _, m := range []string{http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodPost, http.MethodDelete} {
			if routes.Match(chi.NewRouteContext(), m, path) {
				allowed = append(allowed, m)
			}
		}
		if slices.Contains(allowed, http.MethodGet) {
			allowed = append(allowed, http.MethodHead)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		newProblem(codeMethodNotAllowed, "the methods of this path are "+strings.Join(allowed, ", ")).write(w, r)
	}
}
