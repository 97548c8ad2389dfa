package mirror

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Webhook is a receiver of events over HTTP.
type Webhook struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// URL may hold a token of the receiver's: only admins read it, and no error repeats
	// more of it than its host.
	URL string `json:"url"`
	// Secret names a credentials profile. Its password signs what is sent; "" = nothing
	// is signed.
	Secret string      `json:"secret,omitempty"`
	Filter EventFilter `json:"filter,omitzero"`
	// CA holds authorities in PEM that sign the receiver's certificate; "" = the system's.
	CA         string `json:"ca,omitempty"`
	ServerName string `json:"serverName,omitempty"` // that the certificate must bear; "" = the host of URL
	// Insecure is "", InsecureSkipVerify, or InsecurePlaintext: http to other hosts than
	// this one.
	Insecure string `json:"insecure,omitempty"`
	// LinkLocal allows addresses of link-local scope, where clouds keep credentials of
	// their machines.
	LinkLocal   bool              `json:"linkLocal,omitempty"`
	Timeout     time.Duration     `json:"timeout"`     // of one attempt
	MaxAttempts int               `json:"maxAttempts"` // for one event, before it is a dead letter
	Disabled    bool              `json:"disabled,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
}

// Bounds of webhooks.
const (
	MaxWebhooks        = 64
	DefaultHookTimeout = 10 * time.Second
	maxHookTimeout     = time.Minute
	DefaultAttempts    = 12 // some 20 minutes
	maxAttempts        = 100
	maxURL             = 2048
	maxCA              = 64 << 10
)

// An EventFilter chooses events. A field that is empty excludes none.
type EventFilter struct {
	Types   []string `json:"types,omitempty"`   // such as SessionAccepted
	Kinds   []string `json:"kinds,omitempty"`   // of the object that an event is about
	Session string   `json:"session,omitempty"` // that the event concerns
	Device  string   `json:"device,omitempty"`
}

// IsZero reports whether it excludes nothing.
func (f EventFilter) IsZero() bool {
	return len(f.Types)+len(f.Kinds) == 0 && f.Session == "" && f.Device == ""
}

// Takes reports whether the filter excludes an event by none of its fields.
func (f EventFilter) Takes(e Event) bool {
	return (len(f.Types) == 0 || slices.Contains(f.Types, e.Type)) &&
		(len(f.Kinds) == 0 || slices.Contains(f.Kinds, e.About().Kind)) &&
		(f.Session == "" || f.Session == e.Session) && (f.Device == "" || f.Device == e.Device)
}

// WithDefaults fills in what was left out.
func (h Webhook) WithDefaults() Webhook {
	if h.Timeout == 0 {
		h.Timeout = DefaultHookTimeout
	}
	if h.MaxAttempts == 0 {
		h.MaxAttempts = DefaultAttempts
	}
	if len(h.Labels) == 0 {
		h.Labels = nil
	}
	if len(h.Filter.Types) == 0 {
		h.Filter.Types = nil
	}
	if len(h.Filter.Kinds) == 0 {
		h.Filter.Kinds = nil
	}
	return h
}

// EventKinds are the kinds of objects that events are about.
var EventKinds = []string{ObjectSession, ObjectDevice, ObjectTool, ObjectFilter, ObjectPlan, ObjectToken, ObjectCredentials, ObjectController, ObjectWebhook, ObjectTrigger}

// Validate lists every fault of a webhook.
func (h Webhook) Validate() []Reason {
	var f faults
	f.name("/name", h.Name)
	f.text("/description", h.Description)
	f.labels("/labels", h.Labels)
	h.validateURL(&f)
	f.profile("/secret", h.Secret)
	h.Filter.validate(&f, "/filter")
	f.match("/serverName", h.ServerName, serverNamePattern, "the name in a certificate")
	if h.Insecure != "" {
		f.oneOf("/insecure", h.Insecure, InsecureSkipVerify, InsecurePlaintext)
	}
	if why := faultOfPEM(h.CA); h.CA != "" && why != "" {
		f.add("/ca", "bad-value", "%s", why)
	}
	if h.CA != "" && h.Insecure != "" {
		f.add("/insecure", "contradiction", "nothing is verified with it; leave out ca, or insecure")
	}
	if h.Timeout < time.Second || h.Timeout > maxHookTimeout {
		f.add("/timeout", "out-of-range", "%v is not between 1s and %v", h.Timeout, maxHookTimeout)
	}
	f.between("/maxAttempts", h.MaxAttempts, 1, maxAttempts)
	return f.list
}

func (h Webhook) validateURL(f *faults) {
	u, err := url.Parse(h.URL)
	switch {
	case len(h.URL) > maxURL:
		f.add("/url", "too-long", "%d octets; at most %d", len(h.URL), maxURL)
	case err != nil || u.Host == "" || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		f.add("/url", "bad-url", "must be a URL such as https://receiver.example/netmirror")
	case u.User != nil:
		f.add("/url", "secret", "no user name and no password in a URL: secrets live in the credentials store alone")
	case u.Fragment != "" || strings.Contains(h.URL, "#"):
		f.add("/url", "bad-url", "a fragment (#...) is never sent")
	case u.Scheme == "http" && h.Insecure != InsecurePlaintext && !onLoopback(u.Hostname()):
		f.add("/url", "insecure", "http is for this machine alone; say https, or insecure: %s", InsecurePlaintext)
	case u.Scheme == "https" && h.Insecure == InsecurePlaintext:
		f.add("/insecure", "contradiction", "%s is about http", InsecurePlaintext)
	case u.Scheme == "http" && h.CA+h.ServerName != "":
		f.add("/url", "contradiction", "ca and serverName are about https")
	default:
		if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
			f.fault("/url", h.FaultOf(ip))
		}
	}
}

// onLoopback tells of a host as it is written; what a name leads to is looked at when
// it is dialled.
func onLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

var eventTypePattern = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{1,62}$`)

// metadataAddress is where a cloud serves credentials of its machines beside
// 169.254.169.254 (AWS, "Instance Metadata Service", IPv6).
var metadataAddress = netip.MustParseAddr("fd00:ec2::254")

// FaultOf says why nothing is sent to an address; "" when it may be.
func (h Webhook) FaultOf(ip netip.Addr) string {
	ip = ip.Unmap()
	switch plain := strings.HasPrefix(h.URL, "http:") && h.Insecure != InsecurePlaintext; {
	case !ip.IsValid() || ip.IsUnspecified() || ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return fmt.Sprintf("%s is the address of no receiver", ip)
	case (ip.IsLinkLocalUnicast() || ip.WithZone("") == metadataAddress) && !h.LinkLocal:
		return fmt.Sprintf("%s is an address of link-local scope, where clouds keep credentials of their machines; allowLinkLocal permits it", ip)
	case plain && !ip.IsLoopback():
		return fmt.Sprintf("%s is not this machine, and http is for this machine alone", ip)
	}
	return ""
}

// Host is the host of the URL, with its port where it has one.
func (h Webhook) Host() string {
	u, err := url.Parse(h.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

func (e EventFilter) validate(f *faults, at string) {
	if len(e.Types) > 64 {
		f.add(at+"/types", "too-many", "%d types; at most 64", len(e.Types))
	}
	for i, t := range e.Types {
		if !eventTypePattern.MatchString(t) {
			f.add(fmt.Sprintf("%s/types/%d", at, i), "bad-name", "is no type of an event such as SessionAccepted")
		}
	}
	for i, k := range e.Kinds {
		f.oneOf(fmt.Sprintf("%s/kinds/%d", at, i), k, EventKinds...)
	}
	if e.Session != "" {
		f.name(at+"/session", e.Session)
	}
	if e.Device != "" {
		f.name(at+"/device", e.Device)
	}
}

// faultOfPEM says what is wrong with authorities in PEM.
func faultOfPEM(text string) string {
	if len(text) > maxCA {
		return fmt.Sprintf("has %d octets; at most %d", len(text), maxCA)
	}
	rest, n := []byte(text), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return "holds something else than certificates; a private key has no place here"
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return "holds a certificate that cannot be read"
		}
		n++
	}
	if n == 0 || strings.TrimSpace(string(rest)) != "" {
		return "must hold certificates in PEM, and nothing else"
	}
	return ""
}

// An Outlet is how far one receiver of events has come. Only whoever delivers to it
// writes it, once it was made.
type Outlet struct {
	Name string    `json:"name"` // WebhookOutlet or SyslogOutlet
	Made time.Time `json:"made"` // another one than before, when the name was deleted meanwhile
	// Cursor is the number of the last event that is done with: delivered, passed over
	// by the filter, or a dead letter.
	Cursor    int64     `json:"cursor"`
	Attempts  int       `json:"attempts,omitempty"` // that failed for what comes next
	Next      time.Time `json:"next,omitzero"`      // before which it is not tried again
	Failing   time.Time `json:"failing,omitzero"`   // since when nothing got through
	Error     string    `json:"error,omitempty"`    // of the last attempt, when that failed
	Off       bool      `json:"off,omitempty"`      // the controller is told to tell it nothing; of syslog
	Dying     bool      `json:"dying,omitempty"`    // what came last became a dead letter
	Gap       *EventGap `json:"gap,omitempty"`      // that the receiver is to be told of
	Gone      time.Time `json:"gone,omitzero"`      // the receiver said so (410), and was disabled
	Last      time.Time `json:"last,omitzero"`      // when something was delivered
	Delivered int64     `json:"delivered,omitempty"`
	Failed    int64     `json:"failed,omitempty"` // attempts
	Died      int64     `json:"died,omitempty"`   // events that became dead letters
	Lost      int64     `json:"lost,omitempty"`   // events that went before they were delivered, and dead letters that were dropped
}

// An EventGap is a range of events that were taken away before they were delivered.
type EventGap struct {
	From int64     `json:"from"`
	To   int64     `json:"to"`
	At   time.Time `json:"at"` // when that was seen
}

// SyslogOutlet is the name of the outlet to a syslog server, by its URL.
func SyslogOutlet(url string) string { return "syslog/" + url }

// WebhookOutlet is the name of a webhook's outlet.
func WebhookOutlet(webhook string) string { return ObjectWebhook + "/" + webhook }

// MaxDeadLetters bounds the dead letters of one outlet; the oldest go first.
const MaxDeadLetters = 1000

// A DeadLetter is an event that an outlet's receiver did not take at any attempt. It
// has the whole event, which may be gone from the log.
type DeadLetter struct {
	Outlet   string    `json:"outlet"`
	Event    Event     `json:"event"` // its Seq is the letter's number
	Attempts int       `json:"attempts"`
	Error    string    `json:"error"` // of the last attempt
	At       time.Time `json:"at"`    // of the last attempt
	Again    bool      `json:"again,omitempty"`
}
