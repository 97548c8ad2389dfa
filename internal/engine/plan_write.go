package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A writing writes a manifest on a scratch, as the single writes would: for a plan, and
// again when the plan is applied. An object that is refused leaves nothing behind, and the
// others are gone through all the same, so that every reason is told.
type writing struct {
	e    *Engine
	tx   *scratch
	w    Write
	m    mirror.Manifest
	plan string
	away map[string]fault // devices that were not read
	now  time.Time
	// said is what the plan tells that is sent, by session and device; nil while it is made.
	said     map[string]map[string]*mirror.Planned
	versions versions // at which objects must be; nil = any
	// propose finds what could be asked for instead of a session that is too much.
	propose func(mirror.Session, *Oversubscribed)
	policy  string // of sessions that go; "" = their own

	objects   []PlanObject
	reasons   []mirror.Reason
	kinds     []error
	refused   map[string]bool // kind and name
	moved     []refiltered
	results   []SubmitResult
	left      []capacity.End
	forecasts map[string]capacity.Forecast // by end
}

// object runs what writes one object.
func (wr *writing) object(o PlanObject, write func(o *PlanObject) error) error {
	mark := wr.tx.mark()
	moved, results := len(wr.moved), len(wr.results)
	err := write(&o)
	if err != nil && !refuses(err) {
		return err
	}
	if err != nil {
		wr.tx.undo(mark)
		wr.moved, wr.results = wr.moved[:moved], wr.results[:results]
		o.Action, o.Changed, o.Reasons = ActionRefused, nil, placed(o.Pointer, err)
		wr.reasons = append(wr.reasons, o.Reasons...)
		wr.kinds = append(wr.kinds, kindOfRefusal(err))
		if wr.refused == nil {
			wr.refused = map[string]bool{}
		}
		wr.refused[o.Kind+" "+o.Name] = true
		if over := (*Oversubscribed)(nil); errors.As(err, &over) {
			wr.reckoned(over.Forecasts)
			o.Proposals = wr.proposals(o, over)
		}
	}
	if o.Action == ActionRefused {
		o.Before, o.After = nil, nil
	}
	wr.objects = append(wr.objects, o)
	return nil
}

// unworded refuses the sessions that want what a device cannot be told.
func (wr *writing) unworded(u *unworded) {
	for i := range wr.objects {
		o := &wr.objects[i]
		if o.Kind != mirror.ObjectSession || !u.sessions[o.Name] {
			continue
		}
		o.Action, o.Changed, o.Reasons = ActionRefused, nil, placed("", u.err)
		for i := range o.Reasons { // their places are those of a native session
			o.Reasons[i].Pointer, o.Reasons[i].Message = o.Pointer, "device "+u.device+": "+o.Reasons[i].Message
		}
		wr.reasons = append(wr.reasons, o.Reasons...)
		wr.kinds = append(wr.kinds, kindOfRefusal(u.err))
	}
	if len(wr.reasons) == 0 { // of sessions that the manifest does not name
		wr.reasons, wr.kinds = placed("", u), []error{kindOfRefusal(u.err)}
	}
}

// proposals are changes of a session that would be accepted beside the rest.
func (wr *writing) proposals(o PlanObject, over *Oversubscribed) []capacity.Proposal {
	i := slices.IndexFunc(wr.m.Sessions, func(s mirror.Session) bool { return o.Kind == mirror.ObjectSession && s.Name == o.Name })
	if wr.propose == nil || i < 0 {
		return nil
	}
	wr.propose(wr.m.Sessions[i], over)
	return over.Proposals
}

// refuses reports whether an error is about what is asked for, and not the store's.
func refuses(err error) bool {
	refusal := (*mirror.Refusal)(nil)
	return errors.As(err, &refusal) || errors.Is(err, mirror.ErrConflict) || errors.Is(err, mirror.ErrNotFound) || errors.Is(err, mirror.ErrPrecondition)
}

func kindOfRefusal(err error) error {
	for _, k := range []error{mirror.ErrInvalid, mirror.ErrOversubscribed, mirror.ErrUnsupported, mirror.ErrConflict, mirror.ErrPrecondition, mirror.ErrNotFound} {
		if errors.Is(err, k) {
			return k
		}
	}
	return kindOf(err)
}

// kind is that of a refusal of several objects: what cannot be done goes before what is
// in the way, and that before devices that are away.
func (wr *writing) kind() error {
	for _, k := range []error{mirror.ErrInvalid, mirror.ErrUnsupported, mirror.ErrOversubscribed, mirror.ErrConflict, mirror.ErrPrecondition, mirror.ErrNotFound} {
		if slices.Contains(wr.kinds, k) {
			if k == mirror.ErrNotFound { // of something that is to go, not of the request
				return mirror.ErrConflict
			}
			return k
		}
	}
	if len(wr.kinds) > 0 {
		return wr.kinds[0]
	}
	return nil
}

// inventory writes devices and tools.
func (wr *writing) inventory() error {
	for i, d := range wr.m.Devices {
		o := PlanObject{Kind: mirror.ObjectDevice, Name: d.Name, Pointer: "/devices/" + strconv.Itoa(i)}
		if err := wr.object(o, func(o *PlanObject) error { return wr.device(o, d) }); err != nil {
			return err
		}
	}
	for i, t := range wr.m.Tools {
		o := PlanObject{Kind: mirror.ObjectTool, Name: t.Name, Pointer: "/tools/" + strconv.Itoa(i)}
		if err := wr.object(o, func(o *PlanObject) error { return wr.tool(o, t) }); err != nil {
			return err
		}
	}
	return nil
}

func (wr *writing) tool(o *PlanObject, t mirror.Tool) error {
	if err := wr.standsOn("/device", mirror.ObjectDevice, t.Device); err != nil {
		return err
	}
	old, _, err := wr.tx.Tool(t.Name)
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return err
	}
	_, created, same, err := wr.e.storeTool(wr.tx, wr.w, t)
	o.is(created, same, old, t)
	return err
}

func (wr *writing) device(o *PlanObject, d mirror.Device) error {
	old, _, err := wr.tx.Device(d.Name)
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return err
	}
	stored, created, same, err := wr.e.storeDevice(wr.tx, wr.w, d, wr.e.unknownProfiles(d))
	o.is(created, same, old, stored)
	if created {
		o.NotRead, wr.tx.unread[d.Name] = true, true
	}
	return err
}

// is tells what becomes of an object, and which of its fields change.
func (o *PlanObject) is(created, same bool, old, next any) {
	switch {
	case created:
		o.Action, o.After = ActionCreated, entryOf(next)
	case same:
		o.Action = ActionUnchanged
	default:
		o.Action, o.Changed = ActionChanged, changedFields(old, next)
		o.Before, o.After = entryOf(old), entryOf(next)
	}
}

func entryOf(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil { // plain structs always marshal
		panic(err)
	}
	return b
}

// changedFields names the fields by which two entries differ, as the API spells them.
func changedFields(old, next any) []string {
	a, b := fieldsOf(old), fieldsOf(next)
	var out []string
	for name := range maps.Keys(a) {
		if string(a[name]) != string(b[name]) {
			out = append(out, name)
		}
	}
	for name := range maps.Keys(b) {
		if _, both := a[name]; !both {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func fieldsOf(v any) map[string]json.RawMessage {
	var out map[string]json.RawMessage
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	if err != nil { // plain structs always marshal
		panic(err)
	}
	return out
}

// standsOn refuses what names an object of the manifest that is refused: what that one
// lacks is told there.
func (wr *writing) standsOn(pointer, kind, name string) error {
	if !wr.refused[kind+" "+name] {
		return nil
	}
	return mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: pointer, Code: "refused-" + kind, Message: fmt.Sprintf("%s %q of this manifest is refused", kind, name)}})
}

// at is the write of an object, which must be at the version that was planned on. One that
// the same writing has changed already, such as a session with its filter, may be at any.
func (wr *writing) at(kind, name string) Write {
	w := wr.w
	w.IfMatch = wr.versions.of(kind, name)
	if slices.ContainsFunc(wr.moved, func(m refiltered) bool { return kind == mirror.ObjectSession && m.rec.Session.Name == name }) {
		w.IfMatch = nil
	}
	return w
}

// intents writes filters, sessions and which sessions go, and makes the first moves of
// their rollouts.
func (wr *writing) intents() error {
	for i, f := range wr.m.Filters {
		o := PlanObject{Kind: mirror.ObjectFilter, Name: f.Name, Pointer: "/filters/" + strconv.Itoa(i)}
		if err := wr.object(o, func(o *PlanObject) error { return wr.filter(o, f) }); err != nil {
			return err
		}
	}
	for i, s := range wr.m.Sessions {
		o := PlanObject{Kind: mirror.ObjectSession, Name: s.Name, Pointer: "/sessions/" + strconv.Itoa(i)}
		if err := wr.object(o, func(o *PlanObject) error { return wr.session(o, s) }); err != nil {
			return err
		}
	}
	for i, name := range wr.m.Delete.Sessions {
		o := PlanObject{Kind: mirror.ObjectSession, Name: name, Pointer: "/delete/sessions/" + strconv.Itoa(i)}
		if err := wr.object(o, func(o *PlanObject) error { return wr.leave(o, name) }); err != nil {
			return err
		}
	}
	return wr.firstMoves()
}

func (wr *writing) filter(o *PlanObject, f mirror.Filter) error {
	old, _, err := wr.tx.Filter(f.Name)
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return err
	}
	users, err := filteredBy(wr.tx, f.Name, wr.now)
	if err != nil {
		return err
	}
	waiting := map[string]*mirror.Waiting{}
	for _, rec := range users {
		if waiting[rec.Session.Name], err = wr.waiting(rec.Session); err != nil {
			return mirror.Refuse(kindOfRefusal(err), ofSession(rec.Session.Name, err))
		}
	}
	_, created, moved, err := wr.e.storeFilter(wr.tx, wr.at(mirror.ObjectFilter, f.Name), f, waiting)
	if err != nil {
		return err
	}
	changed := changedFields(old, f)
	o.is(created, !created && len(changed) == 0, old, f)
	for _, m := range moved {
		if err := wr.bind(m.rec.Session.Name); err != nil {
			return err
		}
		name := m.rec.Session.Name
		inManifest := slices.ContainsFunc(wr.m.Sessions, func(s mirror.Session) bool { return s.Name == name })
		if !inManifest && !slices.Contains(wr.m.Delete.Sessions, name) {
			wr.objects = append(wr.objects, PlanObject{Kind: mirror.ObjectSession, Name: name, Action: ActionChanged, Changed: []string{"filter"}, Operation: wr.operation(m.op)})
		}
	}
	wr.moved = append(wr.moved, moved...)
	return nil
}

// operation is told once it is one.
func (wr *writing) operation(op mirror.Operation) string {
	if !wr.tx.real {
		return ""
	}
	return op.ID
}

func (wr *writing) session(o *PlanObject, s mirror.Session) error {
	if err := wr.footing(s); err != nil {
		return err
	}
	before, err := wr.tx.Session(s.Name)
	created := errors.Is(err, mirror.ErrNotFound)
	if err != nil && !created {
		return err
	}
	if !created && sameIntent(before, s) {
		o.Action, o.Generation, o.Operation = ActionUnchanged, before.Generation, before.Operation
		return nil
	}
	waiting, err := wr.waiting(s)
	if err != nil {
		return err
	}
	res, err := wr.e.storeSession(wr.tx, wr.at(mirror.ObjectSession, s.Name), s, nil, waiting)
	if err != nil {
		return err
	}
	o.is(created, false, before.Session, s)
	rec := res.View.Record
	o.As, o.AsReason, o.Kinds, o.Warnings = rec.Kind, rec.KindReason, rec.Kinds, rec.Warnings
	if wr.tx.real {
		o.Generation, o.Operation = rec.Generation, res.Operation.ID
	}
	if waiting != nil {
		o.Waiting = waiting.Message
	}
	wr.reckoned(res.Forecasts)
	for _, m := range res.moved {
		if err := wr.bind(m.rec.Session.Name); err != nil {
			return err
		}
	}
	wr.moved, wr.results = append(wr.moved, res.moved...), append(wr.results, res)
	return wr.bind(s.Name)
}

// footing refuses a session that names objects of the manifest which are refused.
func (wr *writing) footing(s mirror.Session) error {
	var reasons []mirror.Reason
	add := func(pointer, kind, name string) {
		if refusal := (*mirror.Refusal)(nil); errors.As(wr.standsOn(pointer, kind, name), &refusal) {
			reasons = append(reasons, refusal.Reasons...)
		}
	}
	for i, src := range s.Sources {
		add("/sources/"+strconv.Itoa(i)+"/device", mirror.ObjectDevice, src.Device)
	}
	for i, d := range s.Destinations {
		add("/destinations/"+strconv.Itoa(i)+"/device", mirror.ObjectDevice, d.Device)
		add("/destinations/"+strconv.Itoa(i)+"/tool", mirror.ObjectTool, d.Tool)
	}
	if s.RSPAN != nil {
		for i, t := range s.RSPAN.Transit {
			add("/rspan/transit/"+strconv.Itoa(i)+"/device", mirror.ObjectDevice, t.Device)
		}
	}
	add("/filter", mirror.ObjectFilter, s.Filter)
	return mirror.Refuse(mirror.ErrUnsupported, reasons)
}

// waiting is what a session waits for, or why it cannot, of devices that were not read.
func (wr *writing) waiting(s mirror.Session) (*mirror.Waiting, error) {
	if !s.Enabled {
		return nil, nil // switching off must work while a device is away
	}
	looks, err := wr.e.acceptLooks(wr.tx, s)
	if err != nil {
		return nil, err
	}
	var reasons []mirror.Reason
	var kind error
	for _, name := range slices.Sorted(maps.Keys(looks)) {
		f, away := wr.away[name]
		if !away {
			continue
		}
		reasons = append(reasons, mirror.Reason{Pointer: devicePointer(s, name), Code: "device-unreadable", Message: f.err.Error()})
		if k := kindOf(f.err); kind == nil || k != mirror.ErrUnreachable && k != mirror.ErrTimeout {
			kind = k
		}
	}
	err = mirror.Refuse(kind, reasons)
	if w := away(s, err); w != nil {
		return w, nil
	}
	return nil, err
}

func (wr *writing) leave(o *PlanObject, name string) error {
	res, left, err := wr.e.leave(wr.tx, wr.at(mirror.ObjectSession, name), name, wr.policy)
	if err != nil {
		return err
	}
	o.Action, o.Operation, o.Before = ActionDeleted, wr.operation(res.Operation), entryOf(res.View.Record.Session)
	wr.results, wr.left = append(wr.results, res), append(wr.left, left...)
	return wr.bind(name)
}

// bind has the rollout of a session held to the plan.
func (wr *writing) bind(session string) error {
	rows, err := wr.tx.Placements(session)
	if err != nil {
		return err
	}
	for _, row := range rows {
		row.Planned = &mirror.Planned{Plan: wr.plan, Open: wr.tx.unread[row.Device]}
		if wr.said != nil {
			row.Planned = &mirror.Planned{Plan: wr.plan}
			if said := wr.said[session][row.Device]; said != nil {
				row.Planned = said
			}
		}
		if err := wr.tx.PutPlacement(row); err != nil {
			return err
		}
	}
	rec, err := wr.tx.Session(session)
	if err != nil {
		return err
	}
	op, err := wr.tx.Operation(rec.Operation)
	if err != nil {
		return err
	}
	op.Plan = wr.plan
	return wr.tx.PutOperation(op)
}

// firstMoves moves the first goals of everything that was written, so that devices are
// sent at once what goes together.
func (wr *writing) firstMoves() error {
	done := map[string]bool{}
	for _, m := range wr.moved {
		done[m.rec.Session.Name] = true
	}
	for _, res := range wr.results {
		name := res.View.Record.Session.Name
		if done[name] || res.Unchanged {
			continue
		}
		rec, err := wr.tx.Session(name)
		if err != nil {
			return err
		}
		op, err := wr.tx.Operation(rec.Operation)
		if err != nil {
			return err
		}
		m := refiltered{rec: rec, op: op}
		if err := wr.e.moveNow(wr.tx, &m, wr.now); err != nil {
			return err
		}
		wr.moved = append(wr.moved, m)
	}
	return nil
}

// deletions takes away what no session uses any more.
func (wr *writing) deletions() error {
	for _, l := range deletionLists(wr.m.Delete)[1:] {
		for i, name := range l.names {
			o := PlanObject{Kind: l.kind, Name: name, Pointer: "/delete/" + l.kind + "s/" + strconv.Itoa(i), Action: ActionDeleted}
			err := wr.object(o, func(*PlanObject) error {
				switch l.kind {
				case mirror.ObjectFilter:
					return dropFilter(wr.tx, wr.w, name)
				case mirror.ObjectTool:
					_, err := dropTool(wr.tx, wr.w, name)
					return err
				}
				return wr.e.dropDevice(wr.tx, wr.w, name)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// maxPlanTerms bounds the terms of one end in a plan.
const maxPlanTerms = 100

// reckoned keeps what was reckoned of each end last, when everything before was written.
func (wr *writing) reckoned(list []capacity.Forecast) {
	for _, f := range list {
		if len(f.Terms) > maxPlanTerms {
			f.Terms = f.Terms[:maxPlanTerms]
		}
		wr.forecasts[f.End.String()] = f
	}
}

func (wr *writing) ends() []capacity.Forecast {
	out := slices.Collect(maps.Values(wr.forecasts))
	slices.SortFunc(out, func(a, b capacity.Forecast) int { return cmp.Compare(a.End.String(), b.End.String()) })
	return out
}
