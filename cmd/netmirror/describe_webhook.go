package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// webhook tells where events go, which, and how far they have come.
func (d *describing) webhook(ctx context.Context, name string) error {
	a, err := d.cl.GetWebhook(ctx, name)
	if err != nil {
		return err
	}
	x := a.Value
	state, colour := webhookState(x)
	d.title("webhook", x.Name, state, colour)
	d.fact("description", x.Spec.Description)
	d.fact("url", x.Spec.URL)
	signed := "nothing is signed"
	if x.Spec.Secret != "" {
		signed = "by the password of credentials profile " + x.Spec.Secret
	}
	d.fact("signed", signed)
	events := "all"
	if x.Spec.Filter != nil {
		var tree resource
		if err := retyped(x, &tree); err != nil {
			return err
		}
		events = eventFilterText(tree)
	}
	d.fact("events", events)
	d.fact("verified", map[string]string{"skip-verify": "not at all: whoever answers is believed", "plaintext": "not at all: http crosses the network"}[x.Spec.Insecure])
	d.fact("labels", labelsText(x.Spec.Labels))
	d.section("Deliveries")
	s := x.Status
	d.fact("taken", fmt.Sprint(s.Delivered))
	d.fact("last", stamp(s.LastDelivery))
	d.fact("behind", countedSince("event", s.Behind, s.BehindSince))
	d.fact("failed", countedSince("attempt", s.Failed, nil))
	d.fact("failing", stamp(s.FailingSince))
	d.fact("next attempt", stamp(s.NextAttempt))
	d.fact("error", s.Error)
	if s.DeadLetters > 0 {
		d.fact("given up", fmt.Sprintf("%s; POST /api/v1/webhooks/%s/deliveries:resend sends them again", counted("event", int(s.DeadLetters)), url.PathEscape(x.Name)))
	}
	if s.Lost > 0 {
		d.fact("lost", counted("event", int(s.Lost)))
	}
	return d.events(ctx, client.ListEventsOptions{Kind: "webhook", Name: x.Name})
}

// webhookState is the worst of a webhook in a word.
func webhookState(x client.Webhook) (string, style) {
	switch s := x.Status; {
	case s.GoneSince != nil:
		return "Gone", red
	case x.Spec.Enabled != nil && !*x.Spec.Enabled:
		return "Disabled", ""
	case s.FailingSince != nil:
		return "Failing", red
	case s.DeadLetters > 0:
		return "DeadLetters", red
	}
	return "Well", green
}

// webhookStateOf is that of a row.
func webhookStateOf(r resource) string {
	var x client.Webhook
	if retyped(r, &x) != nil {
		return ""
	}
	state, _ := webhookState(x)
	return state
}

// webhookHost is where a webhook goes. The rest of its URL may hold a token.
func webhookHost(r resource) string {
	u, err := url.Parse(r.at("spec.url"))
	if err != nil {
		return ""
	}
	return u.Host
}

// eventFilterText is which events a webhook is told.
func eventFilterText(r resource) string {
	var parts []string
	for _, f := range []string{"types", "kinds", "session", "device"} {
		if text := r.at("spec.filter." + f); text != "" {
			parts = append(parts, f+" "+text)
		}
	}
	if len(parts) == 0 {
		return "all"
	}
	return strings.Join(parts, "; ")
}

// stamp is a time in UTC, "" of none.
func stamp(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// countedSince is a number of things and since when they are there, "" of none.
func countedSince(what string, n int64, since *time.Time) string {
	switch {
	case n == 0:
		return ""
	case since == nil:
		return counted(what, int(n))
	}
	return counted(what, int(n)) + " since " + stamp(since)
}
