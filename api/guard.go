package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const maxToken = 512 // octets of a bearer token; ours are far shorter

// guard runs before every operation: what the request says of itself, a place
// among the requests in flight, the token, its access, what the client accepts,
// and the body, which is read last.
func (s *server) guard(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	e, ok := ctx.Operation().Metadata[metaEndpoint].(endpoint)
	if !ok { // an operation that says nothing of access is served to nobody
		newProblem(codeInternal, "internal error").write(w, r)
		return
	}
	e.deprecated.tell(w.Header())
	if e.access == "" {
		if p := s.unambiguous(r, ctx.Operation(), e); p != nil {
			p.write(w, r)
			return
		}
		next(ctx)
		return
	}
	pool := s.places.of(r.Method)
	leave, ok := pool.enter()
	if !ok {
		w.Header().Set("Retry-After", "1")
		newProblem(codeOverloaded, "too many requests are being served; try again in a second").write(w, r)
		return
	}
	req := requestOf(r.Context())
	req.leave = leave
	defer func() { req.leave() }()
	if p := s.admit(w, r, ctx.Operation(), e, pool); p != nil {
		switch p.Code {
		case codeUnauthenticated:
			w.Header().Set("WWW-Authenticate", `Bearer realm="netmirror"`)
		case codeOverloaded:
			w.Header().Set("Retry-After", "1")
		}
		p.write(w, r)
		return
	}
	// Whoever may wait goes among those that wait; where there is no place he
	// gets his answer at once, and it says where to look.
	if req.wait > 0 {
		if leave, ok := s.places.toWait(req); ok {
			defer leave()
		} else {
			req.wait = 0
		}
	}
	next(ctx)
}

// admit is nil when the request may go on to its handler.
func (s *server) admit(w http.ResponseWriter, r *http.Request, op *huma.Operation, e endpoint, pool *pool) *Problem {
	actor, err := s.authenticate(r)
	if err != nil {
		return problemOf(r.Context(), err)
	}
	req := requestOf(r.Context())
	req.actor = actor
	if wait, ok := s.rates.take(actor.Name); !ok {
		w.Header().Set("Retry-After", strconv.Itoa(wait))
		return newProblem(codeRateLimited, fmt.Sprintf("this token may make %g requests a second; try again in %d s", s.rates.perSecond, wait))
	}
	if !pool.claim(actor.Name) {
		return newProblem(codeOverloaded, fmt.Sprintf("too many requests of this token are being served, at most %d are; try again in a second", pool.share))
	}
	leave := req.leave
	req.leave = sync.OnceFunc(func() { pool.disclaim(actor.Name); leave() })
	if !actor.Access.Allows(e.access) && !e.lets(actor, chi.URLParam(r, "name")) {
		return newProblem(codeForbidden, fmt.Sprintf("this needs access %s; the token has %s", e.access, accessOf(actor)))
	}
	json := accepts(r.Header.Values("Accept"))
	req.also = e.also != "" && !json && acceptsMedia(r.Header.Values("Accept"), e.also)
	if e.rawAnswer == "" && !json && !req.also {
		return newProblem(codeNotAcceptable, "the answer is "+strings.TrimSuffix(mediaJSON+" or "+e.also, " or ")+"; the Accept header excludes it")
	}
	if p := s.unambiguous(r, op, e); p != nil {
		return p
	}
	switch {
	case e.body == nil:
		return nil
	case e.optional && r.ContentLength == 0:
		req.body = []byte("{}")
		return nil
	}
	if p := checkMediaType(r, e.patch); p != nil {
		return p
	}
	// Not every ResponseWriter has deadlines; the error says only that. net/http
	// lifts this one at the end of the body.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.bodyTimeout))
	return s.readBody(r)
}

// lets reports whether a token of a trigger may do what it has no access to otherwise.
func (e endpoint) lets(a engine.Actor, name string) bool {
	return a.Access == mirror.Firer && a.Trigger != "" && (e.anyToken || e.fires && name == a.Trigger)
}

// authenticate answers the same whether a token is missing, malformed or
// unknown.
func (s *server) authenticate(r *http.Request) (engine.Actor, error) {
	unknown := newProblem(codeUnauthenticated, "send a valid token as Authorization: Bearer TOKEN")
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return engine.Actor{}, unknown
	}
	scheme, token, ok := strings.Cut(headers[0], " ")
	token = strings.TrimSpace(token)
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > maxToken {
		return engine.Actor{}, unknown
	}
	actor, err := s.engine.Authenticate(r.Context(), token)
	if errors.Is(err, mirror.ErrAuth) || errors.Is(err, mirror.ErrNotFound) || errors.Is(err, mirror.ErrInvalid) {
		return engine.Actor{}, unknown
	}
	if err != nil {
		return engine.Actor{}, fmt.Errorf("api: authenticate: %w", err)
	}
	return actor, nil
}

// accepts reports whether the client takes JSON. A problem may always be sent.
func accepts(headers []string) bool {
	if len(headers) == 0 {
		return true
	}
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil || strings.Trim(params["q"], "0.") == "" && params["q"] != "" {
			continue // not a media range, or one with q=0
		}
		switch media {
		case "*/*", "application/*", mediaJSON, mediaProblem:
			return true
		}
	}
	return false
}

func checkMediaType(r *http.Request, patch bool) *Problem {
	want := mediaJSON
	if patch {
		want = mediaMergePatch + " or " + mediaJSON
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := strings.ToLower(params["charset"])
	if err != nil || media != mediaJSON && (!patch || media != mediaMergePatch) || charset != "" && charset != "utf-8" {
		return newProblem(codeMediaType, "send Content-Type: "+want+", in UTF-8")
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return newProblem(codeMediaType, "compressed bodies are not served; leave Content-Encoding out")
	}
	return nil
}

// readBody reads the whole body within the limits and leaves it for bodyOf.
func (s *server) readBody(r *http.Request) *Problem {
	if r.ContentLength > s.maxBody {
		return newProblem(codeTooLarge, fmt.Sprintf("a body may have %d octets", s.maxBody))
	}
	body, err := readAtMost(r.Body, r.ContentLength, s.maxBody+1)
	var timeout net.Error
	switch {
	case int64(len(body)) > s.maxBody:
		return newProblem(codeTooLarge, fmt.Sprintf("a body may have %d octets", s.maxBody))
	case errors.As(err, &timeout) && timeout.Timeout():
		return newProblem(codeBodyTimeout, fmt.Sprintf("a body must arrive within %v", s.bodyTimeout))
	case err != nil:
		return newProblem(codeInvalid, "the body broke off")
	case len(bytes.TrimSpace(body)) == 0:
		return newProblem(codeInvalid, "a body is needed", Reason{Code: "missing", Message: "the request has no body"})
	}
	requestOf(r.Context()).body = body
	return nil
}

// readAtMost reads r to its end or to a limit. A body whose length is told
// takes that much memory and no more.
func readAtMost(r io.Reader, told, most int64) ([]byte, error) {
	if told < 0 {
		return io.ReadAll(io.LimitReader(r, most))
	}
	body := bytes.NewBuffer(make([]byte, 0, min(told, most)+bytes.MinRead))
	_, err := body.ReadFrom(io.LimitReader(r, most))
	return body.Bytes(), err
}

// bodyOf is the body of a request of an endpoint that takes one.
func bodyOf(ctx context.Context) []byte { return requestOf(ctx).body }

// actorOf is who asks, for the engine.
func actorOf(ctx context.Context) engine.Actor { return requestOf(ctx).actor }
