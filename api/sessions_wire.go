package api

import (
	"cmp"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// SessionSpec is the intent of a session: what PUT takes. A field that cannot be
// done is refused, never dropped.
type SessionSpec struct {
	Description   string            `json:"description,omitempty"`
	Sources       []Source          `json:"sources" maxItems:"512" doc:"what is copied"`
	Destinations  []Destination     `json:"destinations" maxItems:"16" doc:"where copies go; several on one device where its platform can: in one native session, or in one each"`
	Kind          string            `json:"kind,omitempty" minLength:"1" doc:"auto (default), span, rspan or erspan"`
	Tags          string            `json:"tags,omitempty" minLength:"1" doc:"VLAN tags of the copies: preserve (default) or strip"`
	Ingress       string            `json:"ingress,omitempty" minLength:"1" doc:"traffic that the destination sends in: disabled (default) or enabled"`
	FilterVLANs   []int             `json:"filterVlans,omitempty" maxItems:"128" doc:"copy only frames of these VLANs"`
	Filter        string            `json:"filter,omitempty" minLength:"1" doc:"name of a filter"`
	Truncate      int               `json:"truncate,omitempty" minimum:"0" doc:"octets kept of each frame; 0 = whole frames"`
	Sample        int               `json:"sample,omitempty" minimum:"0" doc:"copy one of so many frames; 0 = every frame"`
	NativeID      string            `json:"nativeId,omitempty" minLength:"1" doc:"pins the native session's number or name"`
	Force         bool              `json:"force,omitempty" doc:"overrides the guard of the destination; recorded"`
	RSPAN         *RSPAN            `json:"rspan,omitempty"`
	ERSPAN        *ERSPAN           `json:"erspan,omitempty"`
	Enabled       *bool             `json:"enabled,omitempty" doc:"default true; false takes the session off the devices and keeps the intent"`
	Priority      int               `json:"priority,omitempty" minimum:"1" maximum:"100" doc:"default 50; higher is shed later"`
	Admission     *Admission        `json:"admission,omitempty"`
	OnOverload    *OnOverload       `json:"onOverload,omitempty"`
	DriftPolicy   string            `json:"driftPolicy,omitempty" minLength:"1" doc:"repair (default) or report"`
	DeletePolicy  string            `json:"deletePolicy,omitempty" minLength:"1" doc:"remove (default), or orphan: leave what is on the devices"`
	OnFailure     string            `json:"onFailure,omitempty" minLength:"1" doc:"rollback (default) or retry"`
	OnUnreachable string            `json:"onUnreachable,omitempty" minLength:"1" doc:"for a device that is away: refuse (default), or queue: accept on what was last known (phase Pending, reason DeviceUnreachable), decide and make it when the device is back"`
	Lease         *Lease            `json:"lease,omitempty"`
	Purpose       *Purpose          `json:"purpose,omitempty"`
	Labels        map[string]string `json:"labels,omitempty" doc:"for selectors"`
}

// Source is an interface, a range of interfaces, or a VLAN of a device.
type Source struct {
	Device    string `json:"device"`
	Interface string `json:"interface,omitempty" minLength:"1" doc:"or a range, in the platform's words; either this or vlan"`
	VLAN      int    `json:"vlan,omitempty" minimum:"1" maximum:"4094"`
	Direction string `json:"direction,omitempty" minLength:"1" doc:"rx (enters the switch), tx or both (default)"`
	Priority  int    `json:"priority,omitempty" minimum:"1" maximum:"100" doc:"default 50; higher is shed later"`
	Essential bool   `json:"essential,omitempty" doc:"never shed by shed-sources, nor left out by rx-only; suspend takes the session as a whole"`
}

// Destination is a tool, a port of a device, or an IP address.
type Destination struct {
	Tool      string `json:"tool,omitempty" minLength:"1"`
	Device    string `json:"device,omitempty" minLength:"1"`
	Interface string `json:"interface,omitempty" minLength:"1" doc:"of the device, in the platform's words"`
	IP        string `json:"ip,omitempty" minLength:"1"`
}

// RSPAN names the remote VLAN and the trunks that carry it.
type RSPAN struct {
	VLAN    int       `json:"vlan" minimum:"1" maximum:"4094"`
	Transit []Transit `json:"transit,omitempty" maxItems:"64"`
}

// Transit is one device on the path of a remote VLAN.
type Transit struct {
	Device string   `json:"device"`
	Trunks []string `json:"trunks" maxItems:"64"`
}

// ERSPAN holds what the GRE tunnel of copies needs.
type ERSPAN struct {
	ID     int    `json:"id" doc:"what the platforms take is in their capabilities (ranges); an ERSPAN header has room for 1023"`
	Origin string `json:"origin,omitempty" minLength:"1" doc:"source address of the tunnel"`
	VRF    string `json:"vrf,omitempty" minLength:"1"`
	TTL    int    `json:"ttl,omitempty" minimum:"0"`
	DSCP   int    `json:"dscp,omitempty" minimum:"0"`
	MTU    int    `json:"mtu,omitempty" minimum:"0"`
	Type   int    `json:"type,omitempty" minimum:"1" doc:"2 or 3"`

	Origins []Origin `json:"origins,omitempty" maxItems:"512" doc:"source addresses of single devices with sources; each goes before origin"`

	Encapsulation string `json:"encapsulation,omitempty" minLength:"1" doc:"erspan (default), or gre: plain GRE of Ethernet frames, where id is the key"`
}

// Origin is the address from which a device with sources sends its copies.
type Origin struct {
	Device  string `json:"device"`
	Address string `json:"address" doc:"an IP address of the device"`
}

func (x ERSPAN) domain() mirror.ERSPAN {
	return mirror.ERSPAN{ID: x.ID, Origin: x.Origin, VRF: x.VRF, TTL: x.TTL, DSCP: x.DSCP, MTU: x.MTU, Type: x.Type, Encapsulation: x.Encapsulation,
		Origins: translateAll(x.Origins, func(o Origin) mirror.Origin { return mirror.Origin(o) })}
}

func erspanOf(x mirror.ERSPAN) ERSPAN {
	return ERSPAN{ID: x.ID, Origin: x.Origin, VRF: x.VRF, TTL: x.TTL, DSCP: x.DSCP, MTU: x.MTU, Type: x.Type, Encapsulation: x.Encapsulation,
		Origins: translateAll(x.Origins, func(o mirror.Origin) Origin { return Origin(o) })}
}

// Admission says how the predicted load is judged.
type Admission struct {
	Mode           string  `json:"mode,omitempty" minLength:"1" doc:"enforce (default): what does not fit is refused; warn; off: nothing is reckoned for this session"`
	Basis          string  `json:"basis,omitempty" minLength:"1" doc:"measured (default): p95 of the last hour; worst-case: speeds of links"`
	MaxUtilization float64 `json:"maxUtilization,omitempty" minimum:"0" maximum:"1" doc:"share of the capacity, default 0.8 or that of the tool; the smaller of both counts"`
}

// OnOverload says what happens when the destination is oversubscribed.
type OnOverload struct {
	Action string   `json:"action,omitempty" minLength:"1" doc:"report (default) or relieve"`
	Ladder []string `json:"ladder,omitempty" maxItems:"8" doc:"of relieve: the steps in the order in which they are taken, of truncate, sample, rx-only, shed-sources (the source of the lowest priority first, never an essential one) and suspend; one at a time, released in reverse"`
}

// Lease limits how long a session lives.
type Lease struct {
	Duration string     `json:"duration,omitempty" format:"go-duration" doc:"from its acceptance, such as 4h or 1h30m"`
	Until    *time.Time `json:"until,omitempty"`
}

// Purpose says why the session exists.
type Purpose struct {
	Reason string `json:"reason,omitempty"`
	Ticket string `json:"ticket,omitempty"`
}

// Session is a session with its status.
type Session struct {
	Name      string        `json:"name"`
	Spec      SessionSpec   `json:"spec" doc:"the intent: what PUT takes"`
	Status    SessionStatus `json:"status"`
	Operation *OperationRef `json:"operation,omitempty" doc:"answers to writes only: the rollout they started, or the newest one"`
}

// OperationRef points to an operation.
type OperationRef struct {
	ID      string `json:"id"`
	Href    string `json:"href"`
	State   string `json:"state" doc:"as of this answer"`
	Message string `json:"message,omitempty"`
	Waits   string `json:"waits,omitempty" doc:"why it goes on no further until somebody acts, as of this answer"`
}

// SessionStatus is what became of the intent.
type SessionStatus struct {
	Generation         int64               `json:"generation" doc:"grows with every change of the intent; the ETag"`
	ObservedGeneration int64               `json:"observedGeneration" doc:"newest generation that every device was seen to hold"`
	RefusedGeneration  int64               `json:"refusedGeneration,omitempty" doc:"generation whose rollout failed and was undone"`
	Kind               string              `json:"kind,omitempty" doc:"what kind auto became; mixed where the destinations have several"`
	KindReason         string              `json:"kindReason,omitempty" doc:"why it became that"`
	Destinations       []DestinationStatus `json:"destinations" doc:"how copies travel to each destination, in the order of the intent"`
	Forecast           []Forecast          `json:"forecast,omitempty" doc:"what admission reckoned for each end of the copies, last; no terms"`
	Expires            *time.Time          `json:"expires,omitempty" doc:"when the lease ends; then the session leaves its devices and the intent stays"`
	Warnings           []Reason            `json:"warnings,omitempty" doc:"what was noticed at acceptance and forbids nothing"`
	Relief             *Relief             `json:"relief,omitempty" doc:"what is reduced at present because the destination was oversubscribed; left out: nothing, it is as asked"`
	Phase              string              `json:"phase" doc:"Pending, Applying, Active, Degraded, Unknown (was Active, and what the devices hold is not known: unreachable, or not read since the start), Suspended, Expired, Deleting or Failed"`
	Deleting           bool                `json:"deleting,omitempty"`
	Operation          string              `json:"operation,omitempty" doc:"id of the newest rollout"`
	Conditions         []Condition         `json:"conditions" doc:"Admitted, Configured, Programmed, Effective, DestinationHealthy, Persisted"`
	Fragments          []FragmentStatus    `json:"fragments" doc:"the session on each device"`
	Load               *LoadSummary        `json:"load,omitempty" doc:"what is measured now; left out before anything was. sessions/{name}/load tells more"`
	Authorship
	Created time.Time `json:"created" deprecated:"true" doc:"createdAt"`
	Updated time.Time `json:"updated" deprecated:"true" doc:"updatedAt"`
}

// Condition is one truth about a session or device.
type Condition struct {
	Type    string     `json:"type"`
	Status  string     `json:"status" doc:"True, False or Unknown"`
	Reason  string     `json:"reason,omitempty" doc:"one word for programs"`
	Message string     `json:"message,omitempty" doc:"for people; quotes the device where it spoke"`
	Since   *time.Time `json:"since,omitempty" doc:"when status last changed"`
}

// FragmentStatus is a session on one device.
type FragmentStatus struct {
	Device          string     `json:"device"`
	Role            string     `json:"role" doc:"local, rspan-source, rspan-transit, ..."`
	Destinations    []string   `json:"destinations,omitempty" doc:"where the copies end that it makes: ports, or the address of a collector"`
	NativeID        string     `json:"nativeId,omitempty" doc:"of the native session that carries it"`
	Mark            string     `json:"mark,omitempty" doc:"ownership mark of that native session"`
	GoalRevision    int64      `json:"goalRevision" doc:"what the device's worker is told to reach"`
	AppliedRevision int64      `json:"appliedRevision" doc:"what it was last seen to hold"`
	Failure         string     `json:"failure,omitempty" doc:"why the device refused the goal, in its words"`
	Configured      Check      `json:"configured"`
	Programmed      Check      `json:"programmed"`
	Persisted       Check      `json:"persisted"`
	CheckedAt       *time.Time `json:"checkedAt,omitempty"`
}

// DestinationStatus says how copies travel to one destination.
type DestinationStatus struct {
	Tool      string `json:"tool,omitempty"`
	Device    string `json:"device,omitempty"`
	Interface string `json:"interface,omitempty"`
	IP        string `json:"ip,omitempty"`

	Kind       string `json:"kind,omitempty" doc:"what kind auto became for it"`
	KindReason string `json:"kindReason,omitempty" doc:"why it became that"`
}

// Check is what was found on a device.
type Check struct {
	State   string `json:"state" doc:"True, False or Unknown"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// SessionList is one page of sessions.
type SessionList struct {
	Items      []Session `json:"items" doc:"by name; with a filter a page may hold fewer than limit and still have a next"`
	NextCursor string    `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

func translateAll[A, B any](in []A, f func(A) B) []B {
	if in == nil {
		return nil
	}
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}

func (s SessionSpec) domain(name string) mirror.Session {
	return mirror.Session{
		Name: name, Description: s.Description,
		Sources: translateAll(s.Sources, func(x Source) mirror.Source {
			return mirror.Source{Device: x.Device, Interface: x.Interface, VLAN: x.VLAN, Direction: mirror.Direction(x.Direction), Priority: x.Priority, Essential: x.Essential}
		}),
		Destinations: translateAll(s.Destinations, func(x Destination) mirror.Destination { return mirror.Destination(x) }),
		Kind:         mirror.Kind(s.Kind), Tags: s.Tags, Ingress: s.Ingress, FilterVLANs: s.FilterVLANs, Filter: s.Filter,
		Truncate: s.Truncate, Sample: s.Sample, NativeID: s.NativeID, Force: s.Force,
		RSPAN: translate1(s.RSPAN, func(x RSPAN) mirror.RSPAN {
			return mirror.RSPAN{VLAN: x.VLAN, Transit: translateAll(x.Transit, func(t Transit) mirror.Transit { return mirror.Transit(t) })}
		}),
		ERSPAN:  translate1(s.ERSPAN, ERSPAN.domain),
		Enabled: s.Enabled == nil || *s.Enabled, Priority: s.Priority,
		Admission:   translate1(s.Admission, func(x Admission) mirror.Admission { return mirror.Admission(x) }),
		OnOverload:  translate1(s.OnOverload, func(x OnOverload) mirror.OnOverload { return mirror.OnOverload(x) }),
		DriftPolicy: s.DriftPolicy, DeletePolicy: s.DeletePolicy, OnFailure: s.OnFailure, OnUnreachable: s.OnUnreachable,
		Lease:   translate1(s.Lease, Lease.domain),
		Purpose: translate1(s.Purpose, func(x Purpose) mirror.Purpose { return mirror.Purpose(x) }),
		Labels:  s.Labels,
	}
}

func (l Lease) domain() mirror.Lease {
	var out mirror.Lease
	if d, err := time.ParseDuration(l.Duration); err == nil { // the checker has refused others
		out.Duration = d
	}
	if l.Until != nil {
		out.Until = *l.Until
	}
	return out
}

func leaseOf(l mirror.Lease) Lease {
	out := Lease{Until: timeOrNil(l.Until)}
	if l.Duration != 0 {
		out.Duration = formatDur(l.Duration)
	}
	return out
}

func sessionSpecOf(s mirror.Session) SessionSpec {
	return SessionSpec{
		Description:  s.Description,
		Sources:      orEmpty(translateAll(s.Sources, sourceOf)),
		Destinations: orEmpty(translateAll(s.Destinations, func(x mirror.Destination) Destination { return Destination(x) })),
		Kind:         string(s.Kind), Tags: s.Tags, Ingress: s.Ingress, FilterVLANs: s.FilterVLANs, Filter: s.Filter,
		Truncate: s.Truncate, Sample: s.Sample, NativeID: s.NativeID, Force: s.Force,
		RSPAN: translate1(s.RSPAN, func(x mirror.RSPAN) RSPAN {
			return RSPAN{VLAN: x.VLAN, Transit: translateAll(x.Transit, func(t mirror.Transit) Transit {
				return Transit{Device: t.Device, Trunks: orEmpty(t.Trunks)}
			})}
		}),
		ERSPAN:  translate1(s.ERSPAN, erspanOf),
		Enabled: &s.Enabled, Priority: s.Priority,
		Admission:   translate1(s.Admission, func(x mirror.Admission) Admission { return Admission(x) }),
		OnOverload:  translate1(s.OnOverload, func(x mirror.OnOverload) OnOverload { return OnOverload(x) }),
		DriftPolicy: s.DriftPolicy, DeletePolicy: s.DeletePolicy, OnFailure: s.OnFailure, OnUnreachable: s.OnUnreachable,
		Lease:   translate1(s.Lease, leaseOf),
		Purpose: translate1(s.Purpose, func(x mirror.Purpose) Purpose { return Purpose(x) }),
		Labels:  s.Labels,
	}
}

func sourceOf(x mirror.Source) Source {
	return Source{Device: x.Device, Interface: x.Interface, VLAN: x.VLAN, Direction: string(x.Direction), Priority: x.Priority, Essential: x.Essential}
}

// orEmpty makes a list that the document says is never null.
func orEmpty[V any](in []V) []V {
	if in == nil {
		return []V{}
	}
	return in
}

// formatDur is a Go duration without the zeros that String appends: 4h, 1h30m.
func formatDur(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func stateOf(s mirror.State) string { return string(cmp.Or(s, mirror.Unknown)) }

func conditionOf(c mirror.Condition) Condition {
	return Condition{Type: c.Type, Status: stateOf(c.Status), Reason: c.Reason, Message: c.Message, Since: timeOrNil(c.Since)}
}

func placementCheck(c mirror.Check) Check {
	return Check{State: stateOf(c.State), Reason: c.Reason, Message: c.Message}
}

// destinationsOf says of each destination how copies travel to it; where there is
// one, kind and reason of the session are its own.
func destinationsOf(s mirror.Session, kinds []mirror.DestinationKind, kind mirror.Kind, reason string) []DestinationStatus {
	out := make([]DestinationStatus, len(s.Destinations))
	for i, d := range s.Destinations {
		k := mirror.DestinationKind{Kind: kind, Reason: reason}
		if i < len(kinds) {
			k = kinds[i]
		}
		out[i] = DestinationStatus{Tool: d.Tool, Device: d.Device, Interface: d.Interface, IP: d.IP, Kind: string(k.Kind), KindReason: k.Reason}
	}
	return out
}

func sessionOf(v engine.SessionView) Session {
	r := &v.Record
	status := SessionStatus{Generation: r.Generation, ObservedGeneration: r.ObservedGeneration, RefusedGeneration: r.Refused,
		Kind: string(r.Kind), KindReason: r.KindReason, Destinations: destinationsOf(r.Session, r.Kinds, r.Kind, r.KindReason), Forecast: translateAll(r.Judged, judgedOf), Expires: timeOrNil(r.Expires), Warnings: reasonsOf(r.Warnings),
		Relief: reliefOf(r.Relief), Phase: string(r.Phase), Deleting: r.Deleting, Operation: r.Operation, Created: r.Created, Updated: r.Updated,
		Authorship: authorshipOf(mirror.Authorship{Created: r.Created, CreatedBy: r.CreatedBy, Updated: r.Updated, UpdatedBy: r.UpdatedBy}),
		Conditions: make([]Condition, len(mirror.ConditionTypes)), Fragments: make([]FragmentStatus, len(v.Placements)), Load: summaryOf(v.Load)}
	for i, t := range mirror.ConditionTypes {
		status.Conditions[i] = conditionOf(r.Condition(t))
	}
	for i := range v.Placements {
		p := &v.Placements[i]
		status.Fragments[i] = FragmentStatus{Device: p.Device, Role: string(p.Role), Destinations: p.Destinations(), NativeID: p.NativeID, Mark: p.Mark,
			GoalRevision: p.GoalRev, AppliedRevision: p.AppliedRev, Failure: p.Failure,
			Configured: placementCheck(p.Configured), Programmed: placementCheck(p.Programmed), Persisted: placementCheck(p.Persisted),
			CheckedAt: timeOrNil(p.CheckedAt)}
	}
	return Session{Name: r.Session.Name, Spec: sessionSpecOf(r.Session), Status: status}
}
