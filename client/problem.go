package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Error is the refusal with all its reasons, where there are several each on a line of its
// own, with their places in what was sent, and the request's ID where the fault is the
// controller's.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(oneLine(p.Title))
	switch {
	case p.Code == "":
		fmt.Fprintf(&b, " (%d)", p.Status)
	default:
		fmt.Fprintf(&b, " (%d %s)", p.Status, oneLine(p.Code))
	}
	switch {
	case len(p.Errors) == 1: // the detail says that there is one
		b.WriteString(": " + p.Errors[0].String())
	case p.Detail != "":
		b.WriteString(": " + oneLine(p.Detail))
	}
	if len(p.Errors) > 1 {
		for _, r := range p.Errors {
			b.WriteString("\n  " + r.String())
		}
	}
	if p.Status >= 500 && p.RequestID != "" {
		b.WriteString("\n  request " + p.RequestID)
	}
	return b.String()
}

// oneLine keeps text of the controller's, which may quote a device, from looking
// like lines of ours.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, text)
}

// String is a reason with its place and the source of a platform's limit.
func (r Reason) String() string {
	text := r.Message
	switch {
	case r.Pointer != "":
		text += " [" + r.Pointer + "]"
	case r.Parameter != "":
		text += " [" + r.Parameter + "]"
	}
	if r.Source != "" {
		text += " (source: " + r.Source + ")"
	}
	return oneLine(text)
}

// HasCode reports whether err is a Problem with this code.
func HasCode(err error, code string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}

// IsNotFound reports whether err is the controller's word that what was asked for
// is not there.
func IsNotFound(err error) bool { return HasCode(err, "not-found") }

// IsPreconditionFailed reports whether somebody else wrote since the ETag was read.
func IsPreconditionFailed(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == http.StatusPreconditionFailed
}
