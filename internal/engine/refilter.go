package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A filter that changes is another access list for every session that it is of.
// Sessions of one destination share a native session, and with it the list, so they
// are checked as if each had changed already, and their goals move in one
// transaction: one that moved alone would want the destination under other options
// than its neighbour.

// refiltered is a session whose filter has changed.
type refiltered struct {
	rec  mirror.SessionRecord
	op   mirror.Operation
	wake []string // devices whose goals moved
}

// filterUsers are the sessions that a filter, put in the place of the stored one,
// changes: those that it is of and that are on their devices.
func (e *Engine) filterUsers(ctx context.Context, w Write, f mirror.Filter) (users []mirror.Session, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		users = nil
		old, version, err := tx.Filter(f.Name)
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return err
		}
		if err := precondition(w, version, "filter", f.Name); err != nil {
			return err
		}
		if version == 0 || reflect.DeepEqual(old.Entries(), f.Entries()) {
			return nil
		}
		recs, err := filteredBy(tx, f.Name, time.Now().UTC())
		for _, rec := range recs {
			users = append(users, rec.Session)
		}
		return err
	})
	return users, err
}

// filteredBy lists the sessions that a filter is of and that are on their devices.
// What is off, or goes, is decided anew when it comes back.
func filteredBy(tx mirror.Tx, filter string, now time.Time) (out []mirror.SessionRecord, err error) {
	for rec, err := range usingFilter(tx, filter) {
		if err != nil {
			return nil, err
		}
		if _, on := plan.Effective(plan.AsAsked(rec), now); on && !rec.Deleting {
			out = append(out, rec)
		}
	}
	slices.SortFunc(out, func(a, b mirror.SessionRecord) int { return strings.Compare(a.Session.Name, b.Session.Name) })
	return out, nil
}

// admitAll is admit for several sessions that change together: store is called with
// what each of them waits for.
func (e *Engine) admitAll(ctx context.Context, sessions []mirror.Session, wait time.Duration, store func(map[string]*mirror.Waiting) error) (late map[string]<-chan error, err error) {
	patience, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for _, whole := range []bool{false, true} {
		waiting, late := map[string]*mirror.Waiting{}, map[string]<-chan error{}
		reads := make([]<-chan error, len(sessions))
		for i, s := range sessions {
			reads[i] = e.reading(ctx, s, whole)
		}
		var reasons []mirror.Reason
		var kind error
		for i, s := range sessions {
			switch err, answered := inTime(patience, reads[i]); {
			case answered:
				if waiting[s.Name] = away(s, err); err != nil && waiting[s.Name] == nil {
					reasons, kind = append(reasons, ofSession(s.Name, err)...), kindOf(err)
				}
			case ctx.Err() != nil:
				return nil, fmt.Errorf("the devices of session %s were not read in time: %w", s.Name, mirror.ErrTimeout)
			default:
				late[s.Name] = reads[i]
				waiting[s.Name] = &mirror.Waiting{Reason: mirror.ReasonReading, Since: time.Now().UTC(),
					Message: fmt.Sprintf("the devices are being read; they have not answered within %v", wait)}
			}
		}
		if err := mirror.Refuse(kind, reasons); err != nil {
			return nil, err
		}
		err := store(waiting)
		if refusal := (*mirror.Refusal)(nil); whole || len(sessions) == 0 || len(late) > 0 || !errors.As(err, &refusal) || guardAlone(refusal) {
			return late, err
		}
	}
	return nil, nil
}

// inTime waits for a read until ctx ends. One that has come by then counts.
func inTime(ctx context.Context, read <-chan error) (err error, answered bool) {
	select {
	case err := <-read:
		return err, true
	case <-ctx.Done():
	}
	select {
	case err := <-read:
		return err, true
	default:
		return nil, false
	}
}

// ofSession are the reasons against a session in a request about something else.
func ofSession(name string, err error) []mirror.Reason {
	reasons := []mirror.Reason{{Code: "unsupported", Message: err.Error()}}
	if refusal := (*mirror.Refusal)(nil); errors.As(err, &refusal) {
		reasons = slices.Clone(refusal.Reasons)
	}
	for i, r := range reasons {
		at := ""
		if r.Pointer != "" {
			at = " (" + r.Pointer + ")"
		}
		reasons[i].Pointer, reasons[i].Message = "/rules", fmt.Sprintf("session %q%s: %s", name, at, r.Message)
	}
	return reasons
}

// refilter checks the sessions that a filter is of with its new meaning, and gives
// them their goals.
func (e *Engine) refilter(tx mirror.Tx, w Write, f mirror.Filter, waiting map[string]*mirror.Waiting) ([]refiltered, error) {
	now := time.Now().UTC()
	recs, err := filteredBy(tx, f.Name, now)
	if err != nil {
		return nil, err
	}
	for i, rec := range recs {
		if w, read := waiting[rec.Session.Name]; read {
			recs[i].Waiting = w
		}
	}
	seen, err := e.asRefiltered(tx, f, recs, now)
	if err != nil {
		return nil, err
	}
	var reasons []mirror.Reason
	found := make([]accepted, len(recs))
	for i, rec := range recs {
		a := &found[i]
		a.want, a.ex, a.warnings, err = e.expandAndCheck(seen, rec, now)
		if refusal := (*mirror.Refusal)(nil); errors.As(err, &refusal) {
			reasons = append(reasons, ofSession(rec.Session.Name, err)...)
		} else if err != nil {
			return nil, err
		} else if err := e.loadOf(seen, rec, a, now); errors.As(err, &refusal) {
			reasons = append(reasons, ofSession(rec.Session.Name, err)...)
		} else if err != nil {
			return nil, err
		}
	}
	reasons = append(reasons, seen.apart(recs)...)
	if err := mirror.Refuse(refusalKind(reasons), reasons); err != nil {
		return nil, err
	}
	out := make([]refiltered, len(recs))
	for i, rec := range recs {
		if out[i], err = e.storeRefiltered(tx, w, rec, found[i], now); err != nil {
			return nil, err
		}
	}
	for i := range out {
		if err := e.moveNow(tx, &out[i], now); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// accepted is what became of a session that was checked.
type accepted struct {
	want     goals
	ex       plan.Expansion
	warnings []mirror.Reason
	judged   []mirror.Judged
}

// loadOf reckons the load of a session with a changed filter. What it lets through
// was reckoned at most already, so that it asks for no more.
func (e *Engine) loadOf(tx mirror.Tx, rec mirror.SessionRecord, a *accepted, now time.Time) error {
	next := rec
	next.Warnings = a.warnings
	_, err := e.admitLoad(tx, &rec, &next, a.ex, a.want.asked, now)
	a.warnings, a.judged = next.Warnings, next.Judged
	return err
}

// storeRefiltered writes a session that was checked, with a rollout to be made.
func (e *Engine) storeRefiltered(tx mirror.Tx, w Write, rec mirror.SessionRecord, a accepted, now time.Time) (out refiltered, err error) {
	event := mirror.Event{At: now, Type: "SessionChanged", Actor: w.Actor.Name, Session: rec.Session.Name, Changed: []string{"filter"}}
	if event.Before, err = copied(tx, rec); err != nil {
		return out, err
	}
	rec.Kind, rec.KindReason, rec.Kinds, rec.Warnings = a.ex.Kind, a.ex.Reason, a.ex.Several(), a.warnings
	rec.Judged = a.judged
	if rec.Generation, err = tx.NextGeneration(rec.Session.Name); err != nil {
		return out, err
	}
	rec.Updated, rec.UpdatedBy = now, w.Actor.Name
	if out.op, err = e.startRollout(tx, &rec, a.want, "apply", w.Actor.Name, now); err != nil {
		return out, err
	}
	if event.After, err = traffic(tx, rec); err != nil {
		return out, err
	}
	event.Message = fmt.Sprintf("generation %d by %s, who changed the rules of filter %s: copies %s", rec.Generation, w.Actor.Name, rec.Session.Filter, event.After)
	out.rec = rec
	return out, tx.AppendEvent(event)
}

// moveNow makes the first step of a rollout in the transaction that opened it.
func (e *Engine) moveNow(tx mirror.Tx, m *refiltered, now time.Time) (err error) {
	r := rollout{rec: m.rec, op: m.op, retry: e.cfg.Timeouts.Retry}
	if r.rows, err = tx.Placements(r.rec.Session.Name); err != nil {
		return err
	}
	if err := r.advance(tx, e, now); err != nil {
		return err
	}
	m.rec, m.op, m.wake = r.rec, r.op, r.wake
	return nil
}

// A refilteredTx shows a filter, and what is placed, as they are once every session
// that the filter is of has changed.
type refilteredTx struct {
	mirror.Tx
	filter mirror.Filter
	rows   map[string][]mirror.Placement // by session
}

func (e *Engine) asRefiltered(tx mirror.Tx, f mirror.Filter, recs []mirror.SessionRecord, now time.Time) (refilteredTx, error) {
	out := refilteredTx{Tx: tx, filter: f, rows: map[string][]mirror.Placement{}}
	for _, rec := range recs {
		s, _ := plan.Effective(plan.AsAsked(rec), now)
		site, err := e.site(out, s)
		if err != nil {
			return out, err
		}
		rows, err := tx.Placements(s.Name)
		if err != nil {
			return out, err
		}
		ex, _ := plan.Expand(s, site) // what is wrong is told by the check
		rows, _ = plan.Aim(s.Name, rows, ex.Fragments)
		for i := range rows {
			rows[i].Goal, rows[i].Good, rows[i].Asked = rows[i].Target, rows[i].Target, nil
		}
		out.rows[s.Name] = rows
	}
	return out, nil
}

func (t refilteredTx) Filter(name string) (mirror.Filter, int64, error) {
	f, version, err := t.Tx.Filter(name)
	if err == nil && name == t.filter.Name {
		f = t.filter
	}
	return f, version, err
}

func (t refilteredTx) PlacementsByDevice(device string) ([]mirror.Placement, error) {
	rows, err := t.Tx.PlacementsByDevice(device)
	return t.changed(rows, func(p mirror.Placement) bool { return p.Device == device }), err
}

func (t refilteredTx) PlacementsByCollector(ip string) ([]mirror.Placement, error) {
	rows, err := t.Tx.PlacementsByCollector(ip)
	return t.changed(rows, func(p mirror.Placement) bool { return p.Intended() != nil && p.Intended().Spec.Options.Collector == ip }), err
}

func (t refilteredTx) changed(rows []mirror.Placement, fits func(mirror.Placement) bool) []mirror.Placement {
	rows = slices.DeleteFunc(rows, func(p mirror.Placement) bool { return t.rows[p.Session] != nil })
	for _, changed := range t.rows {
		for _, p := range changed {
			if fits(p) {
				rows = append(rows, p)
			}
		}
	}
	slices.SortFunc(rows, func(a, b mirror.Placement) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Ends, b.Ends))
	})
	return rows
}

// apart are the reasons against sessions that would change later than one with which
// they share a native session: a device that is away decides about each alone.
func (t refilteredTx) apart(recs []mirror.SessionRecord) (out []mirror.Reason) {
	for _, rec := range recs {
		if rec.Waiting == nil {
			continue
		}
		for _, other := range recs {
			if other.Session.Name != rec.Session.Name && t.share(rec.Session.Name, other.Session.Name) {
				out = append(out, mirror.Reason{Pointer: "/rules", Code: "device-unreadable", Message: fmt.Sprintf(
					"session %q shares a native session with %q, and both have to change at once: %s", rec.Session.Name, other.Session.Name, rec.Waiting.Message)})
				break
			}
		}
	}
	return out
}

func (t refilteredTx) share(a, b string) bool {
	return slices.ContainsFunc(t.rows[a], func(p mirror.Placement) bool {
		return slices.ContainsFunc(t.rows[b], func(o mirror.Placement) bool {
			return p.Target != nil && o.Target != nil && p.Device == o.Device && p.Target.Spec.DestinationKey() == o.Target.Spec.DestinationKey()
		})
	})
}

// PlanFilter is the dry run of PutFilter: what each session would change to, in the
// order of their names. Nothing is stored, nothing is sent.
func (e *Engine) PlanFilter(ctx context.Context, w Write, f mirror.Filter) ([]Planned, error) {
	f = f.WithDefaults()
	if err := mirror.Refuse(mirror.ErrInvalid, f.Validate()); err != nil {
		return nil, err
	}
	users, err := e.filterUsers(ctx, w, f)
	if err != nil {
		return nil, err
	}
	var plans []Planned
	_, err = e.admitAll(ctx, users, e.cfg.Timeouts.Submit, func(waiting map[string]*mirror.Waiting) error {
		return e.store.View(ctx, func(tx mirror.Tx) (err error) {
			plans, err = e.planRefiltered(tx, f, waiting)
			return err
		})
	})
	return plans, err
}

func (e *Engine) planRefiltered(tx mirror.Tx, f mirror.Filter, waiting map[string]*mirror.Waiting) (out []Planned, err error) {
	now := time.Now().UTC()
	recs, err := filteredBy(tx, f.Name, now)
	if err != nil {
		return nil, err
	}
	recs = slices.DeleteFunc(recs, func(rec mirror.SessionRecord) bool { _, asked := waiting[rec.Session.Name]; return !asked })
	for i := range recs {
		recs[i].Waiting = waiting[recs[i].Session.Name]
	}
	seen, err := e.asRefiltered(tx, f, recs, now)
	if err != nil {
		return nil, err
	}
	reasons := seen.apart(recs)
	for _, rec := range recs {
		p, err := e.plan(seen, Write{}, rec.Session, nil, rec.Waiting)
		if refusal := (*mirror.Refusal)(nil); errors.As(err, &refusal) {
			reasons = append(reasons, ofSession(rec.Session.Name, err)...)
		} else if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, mirror.Refuse(refusalKind(reasons), reasons)
}
