package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The codes that are not only the translation of a kind of error.
const (
	codeInvalid          = "invalid-request"
	codeInternal         = "internal-error"
	codeUnauthenticated  = "unauthenticated"
	codeForbidden        = "forbidden"
	codeNotFound         = "not-found"
	codeMethodNotAllowed = "method-not-allowed"
	codeNotAcceptable    = "not-acceptable"
	codeBodyTimeout      = "body-timeout"
	codeTooLarge         = "too-large"
	codeMediaType        = "unsupported-media-type"
	codeOverloaded       = "overloaded"
	codeNotReady         = "not-ready"
	codeRateLimited      = "rate-limited"
	codeTriggerRate      = "trigger-rate"
	codePrecondition     = "precondition-failed"
	codeConflict         = "conflict"
	codeWrongHost        = "wrong-host"
	codeStorage          = "not-stored"
)

// statusClientGone is what the log shows when nobody waits for the answer any
// more; no client ever sees it.
const statusClientGone = 499

type codeEntry struct {
	status int
	title  string
}

// codes is every problem code with its status: the whole vocabulary of refusal.
var codes = map[string]codeEntry{
	codeInvalid:               {http.StatusBadRequest, "The request is not valid"},
	codeUnauthenticated:       {http.StatusUnauthorized, "A valid token is needed"},
	codeForbidden:             {http.StatusForbidden, "The token does not allow this"},
	codeNotFound:              {http.StatusNotFound, "There is no such resource"},
	codeMethodNotAllowed:      {http.StatusMethodNotAllowed, "The resource has no such method"},
	codeNotAcceptable:         {http.StatusNotAcceptable, "The answer is JSON"},
	codeBodyTimeout:           {http.StatusRequestTimeout, "The body did not arrive in time"},
	codeConflict:              {http.StatusConflict, "The request conflicts with what is there"},
	mirror.CodePlanStale:      {http.StatusConflict, "The plan rests on what is not so any more"},
	"device-changed":          {http.StatusConflict, "The device changed meanwhile"},
	codePrecondition:          {http.StatusPreconditionFailed, "The resource is not in the state that was asked for"},
	codeTooLarge:              {http.StatusRequestEntityTooLarge, "The body is too large"},
	codeMediaType:             {http.StatusUnsupportedMediaType, "The body is in a format that is not served"},
	"cannot-be-done":          {http.StatusUnprocessableEntity, "This cannot be done here"},
	"credentials-unusable":    {http.StatusUnprocessableEntity, "The credentials of the device cannot be used"},
	"oversubscribed":          {http.StatusUnprocessableEntity, "The destination cannot carry the copies"},
	"client-gone":             {statusClientGone, "The client is gone"},
	codeInternal:              {http.StatusInternalServerError, "Internal error"},
	"device-authentication":   {http.StatusBadGateway, "The device did not accept our credentials"},
	"device-host-key":         {http.StatusBadGateway, "The device's host key is not known"},
	"device-host-key-changed": {http.StatusBadGateway, "The device's host key changed"},
	"device-refused":          {http.StatusBadGateway, "The device refused"},
	"device-unreadable":       {http.StatusBadGateway, "The device's answer could not be read"},
	"device-unreachable":      {http.StatusServiceUnavailable, "The device cannot be reached"},
	codeWrongHost:             {http.StatusMisdirectedRequest, "The Host header names another server"},
	codeRateLimited:           {http.StatusTooManyRequests, "The token makes too many requests"},
	codeTriggerRate:           {http.StatusTooManyRequests, "The trigger has started as many sessions as it may"},
	codeOverloaded:            {http.StatusServiceUnavailable, "Too many requests at a time"},
	codeStorage:               {http.StatusServiceUnavailable, "Nothing can be stored at present"},
	codeNotReady:              {http.StatusServiceUnavailable, "netmirror is not ready"},
	"device-timeout":          {http.StatusGatewayTimeout, "The device did not answer in time"},
	"timed-out":               {http.StatusGatewayTimeout, "The request took too long"},
}

// kinds is the one translation of the domain's kinds of errors; the first that
// matches wins, anything else is an internal error.
var kinds = []struct {
	kind error
	code string
}{
	{mirror.ErrInvalid, codeInvalid},
	{mirror.ErrOversubscribed, "oversubscribed"},
	{mirror.ErrCredentials, "credentials-unusable"},
	{mirror.ErrUnsupported, "cannot-be-done"},
	{mirror.ErrPrecondition, codePrecondition},
	{mirror.ErrPlanStale, mirror.CodePlanStale},
	{mirror.ErrChanged, "device-changed"},
	{mirror.ErrStorage, codeStorage},
	{mirror.ErrDamaged, codeStorage},
	{mirror.ErrConflict, codeConflict},
	{mirror.ErrNotFound, codeNotFound},
	{mirror.ErrUnreachable, "device-unreachable"},
	{mirror.ErrTimeout, "device-timeout"},
	{mirror.ErrHostKeyChanged, "device-host-key-changed"},
	{mirror.ErrHostKey, "device-host-key"},
	{mirror.ErrAuth, "device-authentication"},
	{mirror.ErrRejected, "device-refused"},
	{mirror.ErrParse, "device-unreadable"},
	{context.DeadlineExceeded, "timed-out"},
	{context.Canceled, "client-gone"},
}

// problemOf translates an error of a handler. Internal errors are logged here,
// once and in full, and the client is told the request's id only.
func problemOf(ctx context.Context, err error) *Problem {
	req := requestOf(ctx)
	p := translate(err)
	p.RequestID = req.id
	switch {
	case p.Code == codeInternal:
		req.log.ErrorContext(ctx, "internal error", "req", req.id, "err", err)
	case p.Status >= http.StatusInternalServerError:
		req.log.WarnContext(ctx, "request failed", "req", req.id, "code", p.Code, "err", err)
	}
	return p
}

func translate(err error) *Problem {
	var own *Problem
	if errors.As(err, &own) {
		p := *own
		return &p
	}
	for _, k := range kinds {
		if !errors.Is(err, k.kind) {
			continue
		}
		var refusal *mirror.Refusal
		if errors.As(err, &refusal) {
			p := newProblem(k.code, counted(len(refusal.Reasons)), reasonsOf(refusal.Reasons)...)
			if over := (*engine.Oversubscribed)(nil); errors.As(err, &over) {
				p.Forecast, p.Proposals = translateAll(over.Forecasts, forecastOf), translateAll(over.Proposals, proposalOf)
			}
			if refused := (*engine.PlanRefused)(nil); errors.As(err, &refused) {
				p.Objects, p.Forecast = translateAll(refused.Objects, plannedObjectOf), translateAll(refused.Forecasts, forecastOf)
			}
			return p
		}
		if k.code == codeStorage { // its words may name paths of this machine
			return newProblem(k.code, k.kind.Error()+"; the log says more")
		}
		// A fault of the request without reasons may quote what was sent.
		if k.code == codeInvalid {
			return newProblem(k.code, "the request is not valid")
		}
		words := strings.TrimPrefix(err.Error(), "engine: ")                                // a room of ours, of which a client knows nothing
		if k.code == codeConflict || k.code == codeNotFound || k.code == codePrecondition { // the title says so
			words = strings.TrimSuffix(words, ": "+k.kind.Error())
		}
		return newProblem(k.code, words)
	}
	return newProblem(codeInternal, "internal error")
}

func counted(n int) string {
	if n == 1 {
		return "refused for one reason"
	}
	return fmt.Sprintf("refused for %d reasons", n)
}

var (
	// What a client chose to call a field or parameter is shown only when it
	// looks like the name of one.
	plainName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
	plainLocation = regexp.MustCompile(`^(path|query|header)\.[A-Za-z0-9_-]{1,40}$`)
)

// problemOfHuma translates what huma itself refuses: parameters. It drops the
// rejected values that huma puts into its details.
func problemOfHuma(ctx context.Context, status int, msg string, errs []error) *Problem {
	switch {
	case status == 0: // huma asks for an example while it makes the document
		return &Problem{}
	case status >= http.StatusInternalServerError:
		return problemOf(ctx, fmt.Errorf("huma: %s: %w", msg, errors.Join(errs...)))
	}
	code, ok := map[int]string{
		http.StatusNotAcceptable: codeNotAcceptable, http.StatusRequestTimeout: codeBodyTimeout,
		http.StatusRequestEntityTooLarge: codeTooLarge, http.StatusUnsupportedMediaType: codeMediaType,
	}[status]
	if !ok {
		code = codeInvalid // huma's 422 too: a parameter of the wrong shape
	}
	p := newProblem(code, counted(len(errs)))
	p.RequestID = requestOf(ctx).id
	for _, err := range errs {
		p.Errors = append(p.Errors, reasonOfHuma(err))
	}
	return p
}

func reasonOfHuma(err error) Reason {
	r := Reason{Code: "bad-parameter", Message: "is not valid"}
	var d huma.ErrorDetailer
	if !errors.As(err, &d) {
		return r
	}
	detail := d.ErrorDetail()
	if plainLocation.MatchString(detail.Location) {
		r.Parameter = detail.Location
	} else {
		r.Parameter, _, _ = strings.Cut(detail.Location, ".")
	}
	if value := fmt.Sprint(detail.Value); value == "" || detail.Value == nil || !strings.Contains(detail.Message, value) {
		r.Message = clean(detail.Message)
	}
	return r
}
