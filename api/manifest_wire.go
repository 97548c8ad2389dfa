package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Manifest is everything that is to be changed together: entries and intents as PUT
// takes them, each with its name, and the names of those that are to go.
type Manifest struct {
	Devices  []ManifestDevice  `json:"devices,omitempty" maxItems:"10000"`
	Tools    []ManifestTool    `json:"tools,omitempty" maxItems:"10000"`
	Filters  []ManifestFilter  `json:"filters,omitempty" maxItems:"1000"`
	Sessions []ManifestSession `json:"sessions,omitempty" maxItems:"10000"`
	Delete   *ManifestDelete   `json:"delete,omitempty" doc:"taken away once no session of the manifest uses it"`
}

// ManifestDevice is a device with its name.
type ManifestDevice struct {
	Name string `json:"name"`
	DeviceSpec
}

// ManifestTool is a tool with its name.
type ManifestTool struct {
	Name string `json:"name"`
	ToolSpec
}

// ManifestFilter is a filter with its name.
type ManifestFilter struct {
	Name string `json:"name"`
	FilterSpec
}

// ManifestSession is a session with its name.
type ManifestSession struct {
	Name string `json:"name"`
	SessionSpec
}

// ManifestDelete names what is to go.
type ManifestDelete struct {
	Devices  []string `json:"devices,omitempty" maxItems:"10000"`
	Tools    []string `json:"tools,omitempty" maxItems:"10000"`
	Filters  []string `json:"filters,omitempty" maxItems:"1000"`
	Sessions []string `json:"sessions,omitempty" maxItems:"10000"`
}

// StoredPlan is what a manifest would change, made on devices that were read just then.
type StoredPlan struct {
	ID       string          `json:"id,omitempty" doc:"left out of a dry run: that plan is not kept"`
	Actor    string          `json:"actor" doc:"name of the token that asked for it"`
	Created  time.Time       `json:"created"`
	Expires  time.Time       `json:"expires" doc:"until when it may be applied"`
	Version  string          `json:"version" doc:"of the netmirror that wrote the texts"`
	Digest   string          `json:"digest" doc:"of everything that the plan rests on: it is stale when this is another now"`
	Objects  []PlannedObject `json:"objects" doc:"what becomes of each object of the manifest"`
	Steps    []PlannedStep   `json:"steps" doc:"what devices are sent, in the order of execution"`
	Forecast []Forecast      `json:"forecast" doc:"what was reckoned for each end of the copies, with everything of the plan; own is the part of the session that was reckoned last"`
	Warnings []Reason        `json:"warnings"`
	Applied  *PlanResult     `json:"applied,omitempty" doc:"what became of it; left out: it was not applied"`
	State    string          `json:"state" doc:"whether it may be applied, by what was last read of the devices: holds, stale, expired or applied"`
	Stale    []Reason        `json:"stale,omitempty" doc:"of state stale: what is not as it was"`

	Fingerprint string `json:"fingerprint,omitempty" doc:"of everything that the plan tells, but for loads and warnings; give it as ifFingerprint to have what was shown kept as a plan, and nothing else"`
}

// PlannedObject is what becomes of one object.
type PlannedObject struct {
	Kind    string   `json:"kind" doc:"device, tool, filter or session"`
	Name    string   `json:"name"`
	Action  string   `json:"action" doc:"created, changed, unchanged, deleted or refused"`
	Pointer string   `json:"pointer,omitempty" doc:"where it stands in the manifest; left out: a session that changes because its filter does"`
	Changed []string `json:"changed,omitempty" doc:"fields that change"`
	Before  any      `json:"before,omitempty" doc:"the spec as it is stored; left out where nothing is, or nothing changes"`
	After   any      `json:"after,omitempty" doc:"the spec as it will be, with its defaults; left out where nothing will be, or nothing changes"`
	NotRead bool     `json:"notRead,omitempty" doc:"a device that is not stored, so that nobody has read it: it is planned by the least that its family can do"`
	Waiting string   `json:"waiting,omitempty" doc:"a session of which it is decided when a device is back"`

	SessionKind  string     `json:"sessionKind,omitempty" doc:"of a session: what kind auto became"`
	KindReason   string     `json:"kindReason,omitempty" doc:"why it became that"`
	Warnings     []Reason   `json:"warnings,omitempty"`
	Reasons      []Reason   `json:"reasons,omitempty" doc:"why it is refused, with pointers into the manifest"`
	Proposals    []Proposal `json:"proposals,omitempty" doc:"of a session that is too much for its destination: changes that would be accepted, the best first"`
	Generation   int64      `json:"generation,omitempty" doc:"of a session, once applied"`
	Operation    string     `json:"operation,omitempty" doc:"id of its rollout, once applied"`
	OperationNow string     `json:"operationState,omitempty" doc:"as of this answer, of a plan that is being applied"`
	Message      string     `json:"message,omitempty" doc:"of the rollout, as of this answer"`
}

// PlannedStep is what one device is sent at once.
type PlannedStep struct {
	Stage   int             `json:"stage" doc:"from 1: steps of one stage go on side by side, and for one session a stage begins when the one before is done"`
	Device  string          `json:"device"`
	NotRead bool            `json:"notRead,omitempty" doc:"the device is not stored, so that nobody has read it: this is by the least that its family can do"`
	Unsaid  string          `json:"unsaid,omitempty" doc:"why there is no text"`
	Changes []PlannedChange `json:"changes" doc:"each of the block at the same place of forward"`
	Forward Payload         `json:"forward" doc:"exactly what is sent: where it would be another text, nothing is"`
	Undo    Payload         `json:"undo" doc:"its reverse as of now; the one that is executed is made from what is found then"`
	Hints   []Hint          `json:"hints,omitempty" doc:"commands by which a person sees on the device that it worked"`
}

// PlannedChange takes one native session from before to after.
type PlannedChange struct {
	Change
	Sessions   []string `json:"sessions" doc:"of the plan, that it is for"`
	Summary    string   `json:"summary" doc:"in plain words"`
	Interrupts string   `json:"interrupts" doc:"whether it interrupts copies that are wanted on: no, maybe (nobody knows how the platform does it) or yes"`
	Why        string   `json:"why,omitempty"`
}

// PlanResult is what became of a plan that was applied.
type PlanResult struct {
	At      time.Time       `json:"at"`
	Actor   string          `json:"actor"`
	Objects []PlannedObject `json:"objects"`
	Pending bool            `json:"pending,omitempty" doc:"something is deleted once sessions that use it are gone: apply the plan again"`
}

// PlanSummary is what a list tells of a plan.
type PlanSummary struct {
	ID      string         `json:"id"`
	Actor   string         `json:"actor"`
	Created time.Time      `json:"created"`
	Expires time.Time      `json:"expires"`
	Applied *time.Time     `json:"applied,omitempty"`
	Objects map[string]int `json:"objects" doc:"how many of them are created, changed, ..."`
	Devices []string       `json:"devices" doc:"that are sent something"`
	State   string         `json:"state" doc:"whether it may be applied, by what was last read of the devices: holds, stale, expired or applied"`
}

// PlanList is one page of plans.
type PlanList struct {
	Items      []PlanSummary `json:"items" doc:"the newest first; a page is shorter than its limit where those of its plans that may be applied have 2,000 objects, since what each rests on is looked up"`
	NextCursor string        `json:"nextCursor,omitempty" doc:"left out on the last page"`
}

func (m Manifest) domain() mirror.Manifest {
	out := mirror.Manifest{
		Devices:  translateAll(m.Devices, func(d ManifestDevice) mirror.Device { return d.DeviceSpec.domain(d.Name) }),
		Tools:    translateAll(m.Tools, func(t ManifestTool) mirror.Tool { return t.ToolSpec.domain(t.Name) }),
		Filters:  translateAll(m.Filters, func(f ManifestFilter) mirror.Filter { return f.FilterSpec.domain(f.Name) }),
		Sessions: translateAll(m.Sessions, func(s ManifestSession) mirror.Session { return s.SessionSpec.domain(s.Name) }),
	}
	if m.Delete != nil {
		out.Delete = mirror.Deletion(*m.Delete)
	}
	return out
}

// validate is what the domain says of each object, with its place.
func (m Manifest) validate() (out []mirror.Reason) {
	add := func(list string, i int, reasons []mirror.Reason) {
		for _, r := range reasons {
			r.Pointer = fmt.Sprintf("/%s/%d%s", list, i, r.Pointer)
			out = append(out, r)
		}
	}
	d := m.domain()
	for i, x := range d.Devices {
		add("devices", i, x.WithDefaults().Validate())
	}
	for i, x := range d.Tools {
		add("tools", i, x.Validate())
	}
	for i, x := range d.Filters {
		add("filters", i, x.Validate())
	}
	for i, x := range d.Sessions {
		add("sessions", i, x.WithDefaults().Validate())
	}
	return out
}

// asksAdmin reports whether a manifest changes what only an admin may.
func asksAdmin(objects []engine.PlanObject) bool {
	for _, o := range objects {
		if o.Kind == mirror.ObjectDevice && o.Action != engine.ActionUnchanged {
			return true
		}
	}
	return false
}

func storedPlanOf(p engine.PlanRecord) StoredPlan {
	out := StoredPlan{ID: p.ID, Actor: p.Actor, Created: p.Created, Expires: p.Expires, Version: p.Version, Digest: p.Digest,
		Objects: orEmpty(translateAll(p.Objects, plannedObjectOf)), Steps: orEmpty(translateAll(p.Steps, plannedStepOf)),
		Forecast: orEmpty(translateAll(p.Forecasts, forecastOf)), Warnings: reasonsOf(p.Warnings),
		State: string(cmp.Or(p.State, engine.PlanHolds)), Stale: staleOf(p.Differences), Fingerprint: p.Fingerprint}
	if a := p.Applied; a != nil {
		out.State = string(engine.PlanDone)
		out.Applied = &PlanResult{At: a.At, Actor: a.Actor, Pending: a.Pending, Objects: orEmpty(translateAll(a.Objects, plannedObjectOf))}
	}
	return out
}

func plannedObjectOf(o engine.PlanObject) PlannedObject {
	return PlannedObject{Kind: o.Kind, Name: o.Name, Action: o.Action, Pointer: o.Pointer, Changed: o.Changed, NotRead: o.NotRead, Waiting: clean(o.Waiting),
		SessionKind: string(o.As), KindReason: o.AsReason, Warnings: someReasons(o.Warnings), Reasons: someReasons(o.Reasons),
		Proposals: translateAll(o.Proposals, func(p capacity.Proposal) Proposal { return proposalOf(p) }),
		Before:    specIn(o.Kind, o.Before), After: specIn(o.Kind, o.After),
		Generation: o.Generation, Operation: o.Operation}
}

// specIn is the spec of an entry of this kind, nil where there is none.
func specIn(kind string, entry json.RawMessage) any {
	if len(entry) == 0 {
		return nil
	}
	switch kind {
	case mirror.ObjectDevice:
		return specOf(entry, deviceSpecOf)
	case mirror.ObjectTool:
		return specOf(entry, toolSpecOf)
	case mirror.ObjectFilter:
		return specOf(entry, filterSpecOf)
	case mirror.ObjectSession:
		return specOf(entry, sessionSpecOf)
	case mirror.ObjectWebhook:
		return specOf(entry, webhookSpecOf)
	case mirror.ObjectTrigger:
		return specOf(entry, triggerSpecOf)
	}
	return nil
}

func specOf[E, S any](entry json.RawMessage, translate func(E) S) any {
	var e E
	if json.Unmarshal(entry, &e) != nil { // of a plan that another version stored
		return nil
	}
	return translate(e)
}

// someReasons is nil where there are none.
func someReasons(in []mirror.Reason) []Reason {
	if len(in) == 0 {
		return nil
	}
	return reasonsOf(in)
}

func plannedStepOf(s engine.PlanStep) PlannedStep {
	return PlannedStep{Stage: s.Stage, Device: s.Device, NotRead: s.NotRead, Unsaid: clean(s.Unsaid),
		Changes: orEmpty(translateAll(s.Changes, func(c engine.PlanChange) PlannedChange {
			return PlannedChange{Change: changeOf(c.Change), Sessions: orEmpty(c.Sessions), Summary: c.Summary, Interrupts: c.Interrupts, Why: c.Why}
		})), Forward: payloadOf(s.Forward), Undo: payloadOf(s.Undo), Hints: translateAll(s.Hints, hintOf)}
}

func staleOf(differences []mirror.Reason) []Reason {
	if len(differences) == 0 {
		return nil
	}
	return reasonsOf(differences)
}
