package api

import (
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// WebhookSpec is a receiver of events over HTTP.
type WebhookSpec struct {
	Description    string            `json:"description,omitempty"`
	URL            string            `json:"url" doc:"https; http to this machine alone, or with insecure: plaintext. No user name or password in it"`
	Secret         string            `json:"secret,omitempty" minLength:"1" doc:"name of a credentials profile: its password signs what is sent, and it must be for the receiver's host; left out: nothing is signed"`
	Filter         *WebhookFilter    `json:"filter,omitempty" doc:"which events; left out: all"`
	CA             string            `json:"ca,omitempty" minLength:"1" doc:"certificates in PEM of the authorities that sign the receiver's; left out: the system's"`
	ServerName     string            `json:"serverName,omitempty" minLength:"1" doc:"the name that the receiver's certificate must bear; left out: the host of url"`
	Insecure       string            `json:"insecure,omitempty" minLength:"1" doc:"skip-verify: whoever answers is believed; plaintext: http to another machine"`
	AllowLinkLocal bool              `json:"allowLinkLocal,omitempty" doc:"permits addresses of link-local scope, where clouds keep credentials of their machines"`
	Timeout        string            `json:"timeout,omitempty" format:"go-duration" doc:"of one attempt, 1s to 1m; default 10s"`
	MaxAttempts    int               `json:"maxAttempts,omitempty" minimum:"1" maximum:"100" doc:"for one event, before it becomes a dead letter; default 12, some 20 minutes"`
	Enabled        *bool             `json:"enabled,omitempty" doc:"default true; what happens while it is false is told later, as far as it is kept"`
	Labels         map[string]string `json:"labels,omitempty" doc:"for selectors"`
}

// WebhookFilter chooses events; all of what is said must hold.
type WebhookFilter struct {
	Types   []string `json:"types,omitempty" maxItems:"64" doc:"such as SessionAccepted, DriftRepaired; one of them"`
	Kinds   []string `json:"kinds,omitempty" maxItems:"16" doc:"of the object that an event is about, such as session; one of them"`
	Session string   `json:"session,omitempty" minLength:"1" doc:"that the event concerns"`
	Device  string   `json:"device,omitempty" minLength:"1" doc:"that the event concerns"`
}

// Webhook is a webhook with how far it has come.
type Webhook struct {
	Name   string        `json:"name"`
	Spec   WebhookSpec   `json:"spec" doc:"what PUT takes"`
	Status WebhookStatus `json:"status"`
}

// WebhookStatus is what is known of a webhook apart from its entry, a second old at most.
type WebhookStatus struct {
	Version int64 `json:"version,omitempty" doc:"of the entry; the ETag; left out in lists"`
	Authorship
	Delivered    int64      `json:"delivered" doc:"events that the receiver took"`
	Failed       int64      `json:"failed" doc:"attempts that it did not"`
	DeadLetters  int        `json:"deadLetters" doc:"events that are given up, and can be sent again"`
	Lost         int64      `json:"lost" doc:"events that went from the log before they were delivered, and dead letters that were too many"`
	Behind       int64      `json:"behind" doc:"events that it has not come to yet, those that the filter does not take included"`
	BehindSince  *time.Time `json:"behindSince,omitempty" doc:"the time of the first of them"`
	LastDelivery *time.Time `json:"lastDelivery,omitempty"`
	FailingSince *time.Time `json:"failingSince,omitempty" doc:"since when nothing got through"`
	Attempts     int        `json:"attempts,omitempty" doc:"that failed for the event that comes next"`
	NextAttempt  *time.Time `json:"nextAttempt,omitempty"`
	Error        string     `json:"error,omitempty" doc:"of the last attempt"`
	GoneSince    *time.Time `json:"goneSince,omitempty" doc:"the receiver answered 410 Gone then, and the webhook was disabled"`
}

// WebhookList is one page of webhooks.
type WebhookList struct {
	Items      []Webhook `json:"items" doc:"by name"`
	NextCursor string    `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

// Delivery is an event that a webhook has not taken.
type Delivery struct {
	ID          string     `json:"id" doc:"the number of the event, for :resend"`
	State       string     `json:"state" doc:"pending: it is tried, or waits for its turn; dead: it was given up"`
	Event       Event      `json:"event"`
	Attempts    int        `json:"attempts,omitempty"`
	Error       string     `json:"error,omitempty" doc:"of the last attempt"`
	LastAttempt *time.Time `json:"lastAttempt,omitempty"`
	NextAttempt *time.Time `json:"nextAttempt,omitempty"`
}

// DeliveryList is one page of what a webhook has not taken.
type DeliveryList struct {
	Items      []Delivery `json:"items" doc:"the oldest event first"`
	NextCursor string     `json:"nextCursor,omitempty" doc:"left out on the last page; a page before it may be empty"`
}

// Resent tells how many dead letters are tried again.
type Resent struct {
	Deliveries int `json:"deliveries"`
}

// WebhookTest is what came of a test.
type WebhookTest struct {
	Delivered bool   `json:"delivered" doc:"the receiver took it"`
	Status    int    `json:"status,omitempty" doc:"of the receiver's answer; left out where there was none"`
	Took      string `json:"took" format:"go-duration"`
	Error     string `json:"error,omitempty" doc:"why it did not"`
}

func (h WebhookSpec) domain(name string) mirror.Webhook {
	out := mirror.Webhook{Name: name, Description: h.Description, URL: h.URL, Secret: h.Secret, CA: h.CA, ServerName: h.ServerName, Insecure: h.Insecure,
		LinkLocal: h.AllowLinkLocal, MaxAttempts: h.MaxAttempts, Disabled: h.Enabled != nil && !*h.Enabled, Labels: h.Labels}
	if f := h.Filter; f != nil {
		out.Filter = mirror.EventFilter(*f)
	}
	if d, err := time.ParseDuration(h.Timeout); err == nil { // the checker has refused others
		out.Timeout = d
	}
	return out.WithDefaults()
}

func checkWebhookSpec(name string) func(WebhookSpec) []mirror.Reason {
	return func(h WebhookSpec) []mirror.Reason { return h.domain(name).Validate() }
}

func webhookSpecOf(h mirror.Webhook) WebhookSpec {
	enabled := !h.Disabled
	out := WebhookSpec{Description: h.Description, URL: h.URL, Secret: h.Secret, CA: h.CA, ServerName: h.ServerName, Insecure: h.Insecure,
		AllowLinkLocal: h.LinkLocal, Timeout: formatDur(h.Timeout), MaxAttempts: h.MaxAttempts, Enabled: &enabled, Labels: h.Labels}
	if !h.Filter.IsZero() {
		f := WebhookFilter(h.Filter)
		out.Filter = &f
	}
	return out
}

func webhookOf(v engine.WebhookView) Webhook {
	o := v.Outlet
	return Webhook{Name: v.Webhook.Name, Spec: webhookSpecOf(v.Webhook), Status: WebhookStatus{Version: v.Version, Authorship: authorshipOf(v.Author),
		Delivered: o.Delivered, Failed: o.Failed, DeadLetters: v.Dead, Lost: o.Lost, Behind: v.Behind, BehindSince: timeOrNil(v.Oldest),
		LastDelivery: timeOrNil(o.Last), FailingSince: timeOrNil(o.Failing), Attempts: o.Attempts, NextAttempt: timeOrNil(o.Next), Error: o.Error,
		GoneSince: timeOrNil(o.Gone)}}
}
