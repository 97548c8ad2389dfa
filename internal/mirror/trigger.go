package mirror

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Trigger lets alerts start sessions: each alert names a port, and a session made from
// a template copies it for as long as a lease lasts.
type Trigger struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Format      string `json:"format"` // of the alerts: one of AlertFormats
	// From says where in an alert the value of each placeholder stands.
	From map[string]Pick `json:"from"`
	// Match holds texts by path: an alert whose field is none of them is passed over.
	Match map[string][]string `json:"match,omitempty"`
	// Allow lists the ports that alerts may have copied. What is not in it is refused.
	Allow []Allowed `json:"allow"`
	// Session is the template. It has no name and no lease, and the placeholders in it
	// stand for what the alert says.
	Session Session `json:"session"`
	// SessionName is the pattern of the names of its sessions.
	SessionName string        `json:"sessionName"`
	Lease       time.Duration `json:"lease"`            // of a session, from the alert on
	MaxAge      time.Duration `json:"maxAge,omitempty"` // of a session with all its renewals, 0 = no bound
	// Rest is how long a port is left alone whose session has reached MaxAge.
	Rest time.Duration `json:"rest,omitempty"`
	// Keep is how long a session stays stored after its lease has ended; 0, of what an
	// earlier version stored, is DefaultTriggerKeep.
	Keep         time.Duration     `json:"keep,omitempty"`
	MaxSessions  int               `json:"maxSessions"` // alive at one time
	Rate         int               `json:"rate"`        // starts in any hour
	EndOnResolve bool              `json:"endOnResolve,omitempty"`
	Disabled     bool              `json:"disabled,omitempty"`
	Labels       map[string]string `json:"labels,omitempty"`
}

// A Pick says how a value is got from an alert.
type Pick struct {
	// Path leads to a field: labels.ifName, or a JSON pointer; "" = Value is all.
	Path string `json:"path,omitempty"`
	// Pattern is a regular expression (RE2) that the text must match; its first group is
	// the value, without one the whole match.
	Pattern string            `json:"pattern,omitempty"`
	Map     map[string]string `json:"map,omitempty"`   // the value is looked up in it, last
	Value   string            `json:"value,omitempty"` // where the alert has no such field
}

// Allowed is one line of a trigger's allow-list: ports of devices, both by patterns in
// which "*" is any text.
type Allowed struct {
	Devices    []string `json:"devices"`
	Interfaces []string `json:"interfaces"`
}

// The formats of alerts.
const (
	FormatAlertmanager = "alertmanager" // the body of a webhook of Prometheus Alertmanager, version 4
	FormatEVE          = "eve"          // events of Suricata; those of type alert count
	FormatJSON         = "json"         // any object, or a list of objects
)

// AlertFormats lists the formats of alerts.
var AlertFormats = []string{FormatAlertmanager, FormatEVE, FormatJSON}

// The placeholders of a trigger. They stand in braces in its template.
const (
	PickDevice    = "device"
	PickInterface = "interface"
	PickDirection = "direction"
	PickReason    = "reason"
	pickTrigger   = "trigger" // the name of the trigger itself
)

// Bounds of triggers.
const (
	MaxTriggers            = 64
	MaxTriggerSessions     = 256
	MaxTriggerRate         = 1000
	DefaultTriggerSessions = 4
	DefaultTriggerRate     = 12
	DefaultTriggerKeep     = 24 * time.Hour
	MinTriggerLease        = time.Second
	MaxTriggerLease        = 7 * 24 * time.Hour
	maxTriggerAge          = 90 * 24 * time.Hour
	maxPatterns            = 64   // of one list
	maxPickMap             = 1024 // entries
	maxPath                = 256  // octets
)

// TriggerActor is who acts when a trigger does, asked by a token. No token has such a name.
func TriggerActor(trigger, token string) string { return ObjectTrigger + "/" + trigger + "/" + token }

// DefaultSessionName is the pattern of names where a trigger has no other.
const DefaultSessionName = "{trigger}-{device}-{interface}"

// WithDefaults fills in what was left out.
func (t Trigger) WithDefaults() Trigger {
	if t.SessionName == "" {
		t.SessionName = DefaultSessionName
	}
	if t.MaxSessions == 0 {
		t.MaxSessions = DefaultTriggerSessions
	}
	if t.Rate == 0 {
		t.Rate = DefaultTriggerRate
	}
	if t.Keep == 0 {
		t.Keep = DefaultTriggerKeep
	}
	if t.MaxAge > 0 && t.Rest == 0 {
		t.Rest = t.MaxAge
	}
	if len(t.Labels) == 0 {
		t.Labels = nil
	}
	if len(t.Match) == 0 {
		t.Match = nil
	}
	t.From = maps.Clone(t.From)
	for name, p := range t.From { // so that equal triggers are equal values
		if len(p.Map) == 0 {
			p.Map = nil
			t.From[name] = p
		}
	}
	t.Session = t.Session.WithDefaults()
	t.Session.Name = ""
	return t
}

// Validate lists every fault of a trigger. It expects defaults filled in.
func (t Trigger) Validate() []Reason {
	var f faults
	f.name("/name", t.Name)
	f.text("/description", t.Description)
	f.labels("/labels", t.Labels)
	f.oneOf("/format", t.Format, AlertFormats...)
	t.validateFrom(&f)
	t.validateMatch(&f)
	t.validateAllow(&f)
	t.validateSession(&f)
	t.validateBounds(&f)
	return f.list
}

func (t Trigger) validateBounds(f *faults) {
	if t.Lease < MinTriggerLease || t.Lease > MaxTriggerLease {
		f.add("/lease", "out-of-range", "%v is not between %v and %v", t.Lease, MinTriggerLease, MaxTriggerLease)
	}
	switch {
	case t.MaxAge == 0 && t.Rest != 0:
		f.add("/rest", "contradiction", "what rests has reached maxAge; there is none")
	case t.MaxAge != 0 && (t.MaxAge < t.Lease || t.MaxAge > maxTriggerAge):
		f.add("/maxAge", "out-of-range", "%v is not between the lease and %v", t.MaxAge, maxTriggerAge)
	case t.Rest < 0 || t.Rest > maxTriggerAge:
		f.add("/rest", "out-of-range", "%v is not between 0 and %v", t.Rest, maxTriggerAge)
	}
	if t.Keep < MinTriggerLease || t.Keep > maxTriggerAge {
		f.add("/keep", "out-of-range", "%v is not between %v and %v", t.Keep, MinTriggerLease, maxTriggerAge)
	}
	f.between("/maxSessions", t.MaxSessions, 1, MaxTriggerSessions)
	f.between("/rate", t.Rate, 1, MaxTriggerRate)
	if t.EndOnResolve && t.Format != FormatAlertmanager {
		f.add("/endOnResolve", "contradiction", "alerts of format %s alone tell that they are resolved", FormatAlertmanager)
	}
}

func (t Trigger) validateFrom(f *faults) {
	for _, name := range slices.Sorted(maps.Keys(t.From)) {
		at := "/from/" + escapePointer(name)
		if !slices.Contains([]string{PickDevice, PickInterface, PickDirection, PickReason}, name) {
			f.add(at, "unknown-placeholder", "there are device, interface, direction and reason")
			continue
		}
		t.From[name].validate(f, at)
	}
	for _, name := range []string{PickDevice, PickInterface} {
		if _, ok := t.From[name]; !ok {
			f.add("/from", "missing", "say where in an alert the %s stands", name)
		}
	}
}

func (p Pick) validate(f *faults, at string) {
	if p.Path == "" && p.Value == "" {
		f.add(at, "missing", "a path into the alert is needed, or a value")
	}
	f.path(at+"/path", p.Path)
	f.text(at+"/value", p.Value)
	if p.Path == "" && (p.Pattern != "" || len(p.Map) > 0) {
		f.add(at, "contradiction", "pattern and map are about what stands at a path")
	}
	if len(p.Pattern) > maxPath {
		f.add(at+"/pattern", "too-long", "%d octets; at most %d", len(p.Pattern), maxPath)
	} else if _, err := regexp.Compile(p.Pattern); err != nil {
		f.add(at+"/pattern", "bad-value", "is no regular expression (RE2)")
	}
	if len(p.Map) > maxPickMap {
		f.add(at+"/map", "too-many", "%d entries; at most %d", len(p.Map), maxPickMap)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(p.Map)) {
		f.text(at+"/map/"+escapePointer(key), key+p.Map[key])
	}
}

func (f *faults) path(at, path string) {
	if len(path) > maxPath {
		f.add(at, "too-long", "%d octets; at most %d", len(path), maxPath)
	}
	f.text(at, path)
}

func (t Trigger) validateMatch(f *faults) {
	if len(t.Match) > maxPatterns {
		f.add("/match", "too-many", "%d fields; at most %d", len(t.Match), maxPatterns)
		return
	}
	for _, path := range slices.Sorted(maps.Keys(t.Match)) {
		at := "/match/" + escapePointer(path)
		f.path(at, path)
		if len(t.Match[path]) == 0 || len(t.Match[path]) > maxPickMap {
			f.add(at, "out-of-range", "%d texts; 1 to %d", len(t.Match[path]), maxPickMap)
			continue
		}
		for i, text := range t.Match[path] {
			f.text(at+"/"+strconv.Itoa(i), text)
		}
	}
}

var (
	devicePatternText    = regexp.MustCompile(`^[a-z0-9*-]{1,63}$`)
	interfacePatternText = regexp.MustCompile(`^[A-Za-z0-9*]([A-Za-z0-9 ,/._:@*-]{0,126}[A-Za-z0-9*])?$`)
)

func (t Trigger) validateAllow(f *faults) {
	if len(t.Allow) == 0 {
		f.add("/allow", "missing", "list the ports that alerts may have copied; what is not listed is refused")
	}
	if len(t.Allow) > maxPatterns {
		f.add("/allow", "too-many", "%d lines; at most %d", len(t.Allow), maxPatterns)
		return
	}
	for i, a := range t.Allow {
		at := "/allow/" + strconv.Itoa(i)
		f.patterns(at+"/devices", a.Devices, devicePatternText, "a device's name, in which * is any text")
		f.patterns(at+"/interfaces", a.Interfaces, interfacePatternText, "an interface, in which * is any text")
	}
}

func (f *faults) patterns(at string, list []string, re *regexp.Regexp, what string) {
	if len(list) == 0 || len(list) > maxPatterns {
		f.add(at, "out-of-range", "%d patterns; 1 to %d", len(list), maxPatterns)
		return
	}
	for i, p := range list {
		if !re.MatchString(p) {
			f.add(at+"/"+strconv.Itoa(i), "bad-characters", "is not %s", what)
		}
	}
}

// validateSession holds the template: the places where a placeholder may stand, and the
// session that comes of it with values that are as good as any.
func (t Trigger) validateSession(f *faults) {
	at := func(p string) string { return "/session" + p }
	if t.Session.Lease != nil {
		f.add(at("/lease"), "contradiction", "the lease is the trigger's own: say lease beside session")
	}
	if !t.Session.Enabled {
		f.add(at("/enabled"), "contradiction", "a session that is switched off copies nothing; enabled: false of the trigger stops it")
	}
	if t.Session.NativeID != "" {
		f.add(at("/nativeId"), "contradiction", "several sessions cannot have one number")
	}
	own := 0
	for i, src := range t.Session.Sources {
		device, port := src.Device == brace(PickDevice), src.Interface == brace(PickInterface)
		switch {
		case device != port: // the allow-list is about pairs
			f.add(at("/sources/"+strconv.Itoa(i)), "contradiction", "{device} and {interface} belong together: the allow-list is about both")
		case device:
			own++
		}
	}
	if own == 0 && len(t.Session.Sources) > 0 {
		f.add(at("/sources"), "missing", "no source has device {device} and interface {interface}: the alert's port would not be copied")
	}
	if !strings.Contains(t.SessionName, "{") && t.MaxSessions > 1 {
		f.add("/sessionName", "contradiction", "one name for %d sessions; {device} and {interface} tell them apart", t.MaxSessions)
	}
	f.text("/sessionName", t.SessionName)
	unknownPlaceholders(f, "/sessionName", t.SessionName, PickDevice, PickInterface, pickTrigger)
	t.validateTexts(f)
	s := t.Instance("Ethernet1/1", AlertValues{Device: "device-1", Direction: Both, Reason: "reason"})
	for _, r := range s.WithDefaults().Validate() {
		r.Pointer = at(r.Pointer)
		f.list = append(f.list, r)
	}
}

func (t Trigger) validateTexts(f *faults) {
	all := []string{PickDevice, PickInterface, PickDirection, PickReason, pickTrigger}
	unknownPlaceholders(f, "/session/description", t.Session.Description, all...)
	if p := t.Session.Purpose; p != nil {
		unknownPlaceholders(f, "/session/purpose/reason", p.Reason, all...)
		unknownPlaceholders(f, "/session/purpose/ticket", p.Ticket, all...)
	}
	for _, key := range slices.Sorted(maps.Keys(t.Session.Labels)) { // a reason has characters that no label has
		unknownPlaceholders(f, "/session/labels/"+escapePointer(key), t.Session.Labels[key], PickDevice, PickInterface, PickDirection, pickTrigger)
	}
}

var placeholderPattern = regexp.MustCompile(`\{[^{}]*\}`)

func unknownPlaceholders(f *faults, at, text string, known ...string) {
	for _, p := range placeholderPattern.FindAllString(text, -1) {
		if !slices.Contains(known, strings.Trim(p, "{}")) {
			f.add(at, "unknown-placeholder", "in braces stand %s", strings.Join(known, ", "))
			return
		}
	}
}

func brace(name string) string { return "{" + name + "}" }
