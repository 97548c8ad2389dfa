package api

import (
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TriggerSpec says how alerts start sessions.
type TriggerSpec struct {
	Description  string              `json:"description,omitempty"`
	Format       string              `json:"format" minLength:"1" doc:"of the alerts: alertmanager (the body of a webhook of Prometheus Alertmanager, version 4), eve (events of Suricata, one, several or a list; those of type alert count) or json (an object, or a list of objects)"`
	From         TriggerFrom         `json:"from" doc:"where in an alert the values of the placeholders stand"`
	Match        map[string][]string `json:"match,omitempty" doc:"texts by path, * in them is any text: an alert is passed over whose field at the path is none of them"`
	Allow        []TriggerAllow      `json:"allow" maxItems:"64" doc:"the ports that alerts may have copied; what no line has is refused"`
	Session      SessionSpec         `json:"session" doc:"the template, without a lease. Placeholders: {device} and {interface} as device and interface of a source, {device} as the device of a destination, {direction} as a direction; in description, purpose and labels also {trigger}, and {reason}, which no label can hold"`
	SessionName  string              `json:"sessionName,omitempty" minLength:"1" doc:"pattern of the names of its sessions, with {trigger}, {device} and {interface}; default {trigger}-{device}-{interface}, written in lower case with hyphens"`
	Lease        string              `json:"lease" format:"go-duration" doc:"of a session, from the last alert on; 1s to 168h"`
	MaxAge       string              `json:"maxAge,omitempty" format:"go-duration" doc:"of a session with all its renewals; left out: alerts may renew it for ever"`
	Rest         string              `json:"rest,omitempty" format:"go-duration" doc:"how long a port is left alone whose session has reached maxAge; default: maxAge"`
	Keep         string              `json:"keep,omitempty" format:"go-duration" doc:"how long a session stays stored after its lease has ended, 1s to 2160h; then it is deleted, once its devices are clean and rest is over. Default 24h"`
	MaxSessions  int                 `json:"maxSessions,omitempty" minimum:"1" maximum:"256" doc:"alive at one time, default 4"`
	Rate         int                 `json:"rate,omitempty" minimum:"1" maximum:"1000" doc:"starts in any hour, default 12; a start that a device refuses counts, a renewal does not"`
	EndOnResolve bool                `json:"endOnResolve,omitempty" doc:"of format alertmanager: a resolved alert deletes its session; else it ends with its lease"`
	Enabled      *bool               `json:"enabled,omitempty" doc:"default true; false refuses every alert"`
	Labels       map[string]string   `json:"labels,omitempty" doc:"for selectors; of the trigger, not of its sessions"`
}

// TriggerFrom says where in an alert the value of each placeholder stands.
type TriggerFrom struct {
	Device    TriggerPick  `json:"device" doc:"the name of a device"`
	Interface TriggerPick  `json:"interface" doc:"one interface of it, in any spelling of its platform"`
	Direction *TriggerPick `json:"direction,omitempty" doc:"rx, tx or both; left out: both"`
	Reason    *TriggerPick `json:"reason,omitempty" doc:"for purpose and description; left out: the name of the trigger"`
}

// TriggerPick says how one value is got from an alert.
type TriggerPick struct {
	Path    string            `json:"path,omitempty" minLength:"1" doc:"names with dots between them, such as labels.ifName, or a JSON pointer, such as /labels/ifName"`
	Pattern string            `json:"pattern,omitempty" minLength:"1" doc:"a regular expression (RE2) that the text must match; its first group is the value, without one the whole match"`
	Map     map[string]string `json:"map,omitempty" doc:"the value is looked up in it, last; what it does not have is refused"`
	Value   string            `json:"value,omitempty" minLength:"1" doc:"where nothing stands at path; without a path, always"`
}

// TriggerAllow is a line of an allow-list.
type TriggerAllow struct {
	Devices    []string `json:"devices" maxItems:"64" doc:"names of devices; * is any text"`
	Interfaces []string `json:"interfaces" maxItems:"64" doc:"interfaces or ranges in any spelling of the platform; or patterns, in which * is any text, of whole names such as GigabitEthernet1/0/*"`
}

// Trigger is a trigger with what it did.
type Trigger struct {
	Name   string        `json:"name"`
	Spec   TriggerSpec   `json:"spec" doc:"what PUT takes"`
	Status TriggerStatus `json:"status"`
}

// TriggerStatus is what is known of a trigger apart from its entry.
type TriggerStatus struct {
	Version int64 `json:"version,omitempty" doc:"of the entry; the ETag; left out in lists"`
	Authorship
	Sessions      []string   `json:"sessions" doc:"that it started and that are alive, by name"`
	StartsInHour  int        `json:"startsInHour" doc:"what counts for rate at present"`
	Posts         int64      `json:"posts" doc:"bodies that came"`
	Started       int64      `json:"started" doc:"alerts that started a session"`
	Renewed       int64      `json:"renewed"`
	Ended         int64      `json:"ended"`
	Refused       int64      `json:"refused"`
	Ignored       int64      `json:"ignored" doc:"alerts that asked for nothing: resolved, not matched, or their session is there for long enough"`
	LastPost      *time.Time `json:"lastPost,omitempty"`
	LastPostBy    string     `json:"lastPostBy,omitempty" doc:"trigger/NAME/ and the name of the token"`
	LastRefusal   *time.Time `json:"lastRefusal,omitempty"`
	RefusalReason []Reason   `json:"refusalReasons,omitempty" doc:"of the last refusal"`
}

// TriggerList is one page of triggers.
type TriggerList struct {
	Items      []Trigger `json:"items" doc:"by name"`
	NextCursor string    `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

// FiredAlerts tells what became of each alert of a body.
type FiredAlerts struct {
	DryRun bool         `json:"dryRun" doc:"nothing was stored, and what is told is what would have become of them"`
	Alerts []FiredAlert `json:"alerts" doc:"in the order of the body"`
}

// FiredAlert is what became of one alert.
type FiredAlert struct {
	Result    string     `json:"result" doc:"started, renewed, ended, refused or ignored; started and renewed mean accepted: the session's phase tells of its devices"`
	Device    string     `json:"device,omitempty"`
	Interface string     `json:"interface,omitempty" doc:"by its canonical name"`
	Session   string     `json:"session,omitempty" doc:"name of the session of the port"`
	Expires   *time.Time `json:"expires,omitempty" doc:"when its lease ends"`
	Operation string     `json:"operation,omitempty" doc:"id of the rollout that was started"`
	Waiting   string     `json:"waiting,omitempty" doc:"of a session that is accepted and not decided: for what device it waits; its lease runs already"`
	Reasons   []Reason   `json:"reasons,omitempty" doc:"all of them, why it was refused or ignored"`
}

func (p TriggerPick) domain() mirror.Pick {
	return mirror.Pick{Path: p.Path, Pattern: p.Pattern, Map: p.Map, Value: p.Value}
}

func pickOf(p mirror.Pick) TriggerPick {
	return TriggerPick{Path: p.Path, Pattern: p.Pattern, Map: p.Map, Value: p.Value}
}

func (f TriggerFrom) domain() map[string]mirror.Pick {
	out := map[string]mirror.Pick{mirror.PickDevice: f.Device.domain(), mirror.PickInterface: f.Interface.domain()}
	if f.Direction != nil {
		out[mirror.PickDirection] = f.Direction.domain()
	}
	if f.Reason != nil {
		out[mirror.PickReason] = f.Reason.domain()
	}
	return out
}

func fromOf(from map[string]mirror.Pick) TriggerFrom {
	out := TriggerFrom{Device: pickOf(from[mirror.PickDevice]), Interface: pickOf(from[mirror.PickInterface])}
	if p, ok := from[mirror.PickDirection]; ok {
		wire := pickOf(p)
		out.Direction = &wire
	}
	if p, ok := from[mirror.PickReason]; ok {
		wire := pickOf(p)
		out.Reason = &wire
	}
	return out
}

// durOf reads a duration that the checker has let pass, 0 for none.
func durOf(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}

func durText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return formatDur(d)
}

func (t TriggerSpec) domain(name string) mirror.Trigger {
	out := mirror.Trigger{Name: name, Description: t.Description, Format: t.Format, From: t.From.domain(), Match: t.Match,
		Allow:   translateAll(t.Allow, func(a TriggerAllow) mirror.Allowed { return mirror.Allowed(a) }),
		Session: t.Session.domain(""), SessionName: t.SessionName, Lease: durOf(t.Lease), MaxAge: durOf(t.MaxAge), Rest: durOf(t.Rest), Keep: durOf(t.Keep),
		MaxSessions: t.MaxSessions, Rate: t.Rate, EndOnResolve: t.EndOnResolve, Disabled: t.Enabled != nil && !*t.Enabled, Labels: t.Labels}
	return out.WithDefaults()
}

func checkTriggerSpec(name string) func(TriggerSpec) []mirror.Reason {
	return func(t TriggerSpec) []mirror.Reason { return t.domain(name).Validate() }
}

func triggerSpecOf(t mirror.Trigger) TriggerSpec {
	enabled := !t.Disabled
	return TriggerSpec{Description: t.Description, Format: t.Format, From: fromOf(t.From), Match: t.Match,
		Allow: orEmpty(translateAll(t.Allow, func(a mirror.Allowed) TriggerAllow {
			return TriggerAllow{Devices: orEmpty(a.Devices), Interfaces: orEmpty(a.Interfaces)}
		})),
		Session: sessionSpecOf(t.Session), SessionName: t.SessionName, Lease: formatDur(t.Lease), MaxAge: durText(t.MaxAge), Rest: durText(t.Rest), Keep: durText(t.Keep),
		MaxSessions: t.MaxSessions, Rate: t.Rate, EndOnResolve: t.EndOnResolve, Enabled: &enabled, Labels: t.Labels}
}

func triggerOf(v engine.TriggerView) Trigger {
	s := v.State
	out := Trigger{Name: v.Trigger.Name, Spec: triggerSpecOf(v.Trigger), Status: TriggerStatus{Version: v.Version, Authorship: authorshipOf(v.Author),
		Sessions: orEmpty(v.Alive), StartsInHour: v.Starts, Posts: s.Posts, Started: s.Started, Renewed: s.Renewed, Ended: s.Ended, Refused: s.Refused,
		Ignored: s.Ignored, LastPost: timeOrNil(s.Last), LastPostBy: s.LastBy, LastRefusal: timeOrNil(s.RefuseAt)}}
	if len(s.Refusal) > 0 {
		out.Status.RefusalReason = reasonsOf(s.Refusal)
	}
	return out
}

func firedOf(x engine.Fired) FiredAlert {
	out := FiredAlert{Result: x.Result, Device: x.Device, Interface: string(x.Interface), Session: x.Session, Expires: timeOrNil(x.Expires), Operation: x.Operation, Waiting: clean(x.Waiting)}
	if len(x.Reasons) > 0 {
		out.Reasons = reasonsOf(x.Reasons)
	}
	return out
}
