package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// An outcome is what became of an object: a line, or an entry of -o json.
type outcome struct {
	Kind       string   `json:"kind"`
	Name       string   `json:"name"`
	Result     string   `json:"result"`
	Phase      string   `json:"phase,omitempty"` // of a session
	Generation int64    `json:"generation,omitempty"`
	Message    string   `json:"message,omitempty"`
	Reasons    []reason `json:"reasons,omitempty"` // why it is refused
	Warnings   []string `json:"warnings,omitempty"`
	Operation  string   `json:"operation,omitempty"` // the rollout
	Request    string   `json:"requestId,omitempty"` // finds a refusal in the controller's log
	Place      string   `json:"place,omitempty"`     // in a file, of what failed

	about string // of a session: what is told behind its result
	err   error
	place place
}

// A reason is one of a refusal, with its place in a file.
type reason struct {
	Place   string `json:"place"`
	Pointer string `json:"pointer,omitempty"`
	Message string `json:"message"`
	text    string
}

// String names the object.
func (o outcome) String() string { return o.Kind + "/" + plain(o.Name) }

func (o outcome) bad() bool { return o.Result == resultRefused || o.Result == resultFailed }

// of takes what a session says of itself.
func (o *outcome) of(s client.Session) {
	o.Phase, o.Generation = s.Status.Phase, s.Status.Generation
	o.about = summary(s)
	o.Message = waitsForADevice(s)
	o.Warnings = nil
	for _, w := range s.Status.Warnings {
		o.Warnings = append(o.Warnings, w.Message)
	}
}

// notPushed is said of what was accepted and waits for somebody to act.
func (o *outcome) notPushed(why string) {
	o.Message = "accepted, not pushed: " + why
	o.about = o.Message
}

// failed is the outcome with an error: a refusal of the controller's, or something that
// went wrong.
func (o outcome) failed(err error) outcome {
	o.err, o.Result, o.Place = err, resultFailed, o.place.of("")
	o.Message = err.Error()
	var p *client.Problem
	if !errors.As(err, &p) {
		return o
	}
	o.Request = p.RequestID
	if p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests {
		o.Result = resultRefused
	}
	o.Message = fmt.Sprintf("%s (%d %s)", p.Title, p.Status, p.Code)
	for _, r := range p.Errors {
		o.Reasons = append(o.Reasons, reason{o.place.of(r.Pointer), r.Pointer, r.Message, r.String()})
	}
	if len(p.Errors) == 0 && p.Detail != "" {
		o.Reasons = append(o.Reasons, reason{o.place.of(""), "", p.Detail, p.Detail})
	}
	return o
}

// text is the outcome for people: one line, and below it what is to be known.
func (o outcome) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", o, o.Result)
	switch {
	case o.bad() && len(o.Reasons) > 0:
		b.WriteString(": " + plain(o.Message))
		for _, r := range o.Reasons {
			b.WriteString("\n  " + behind(r.Place, plain(r.text)))
		}
	case o.bad():
		b.WriteString("\n  " + behind(o.Place, lines(o.Message)))
	case o.about != "":
		b.WriteString(": " + o.about)
	case o.Message != "":
		b.WriteString("; " + plain(o.Message))
	}
	if p := (*client.Problem)(nil); errors.As(o.err, &p) {
		b.WriteString(refused(p.Forecast) + proposed(p.Proposals))
	}
	if o.Request != "" {
		b.WriteString("\n  request " + plain(o.Request))
	}
	return b.String()
}

// behind puts a text behind its place, where it has one.
func behind(place, text string) string {
	if place == "" {
		return text
	}
	return place + ": " + text
}

// lines is a text of several lines, each of them plain.
func lines(text string) string {
	list := strings.Split(text, "\n")
	for i, l := range list {
		list[i] = plain(l)
	}
	return strings.Join(list, "\n")
}

// tallied reads "5 objects: 2 created, 3 unchanged", results in this order.
func tallied(list []outcome) string {
	var parts []string
	for _, result := range []string{resultCreated, resultConfigured, resultUnchanged, resultDeleted, resultLeaving, resultAbsent, resultRefused, resultFailed} {
		n := 0
		for _, o := range list {
			if o.Result == result {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, result))
		}
	}
	return counted("object", len(list)) + ": " + strings.Join(parts, ", ")
}
