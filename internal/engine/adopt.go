package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Adopt takes over a native session that another hand made: an intent is
// written that describes it as it stands, and the ledger (and the mark, where
// the device has room for one) says from then on that it is netmirror's.
// Nothing else on the device changes. with carries the fields that say nothing
// of the native session: description, purpose, labels, policies, lease.
func (e *Engine) Adopt(ctx context.Context, w Write, device, nativeID string, with mirror.Session) (SubmitResult, error) {
	if err := e.readForAdoption(ctx, device); err != nil {
		return SubmitResult{}, err
	}
	var res SubmitResult
	err := e.update(ctx, func(tx mirror.Tx) (err error) {
		res, err = e.adopt(tx, w, device, nativeID, with)
		return err
	})
	if err != nil {
		return SubmitResult{}, err
	}
	e.cfg.Failpoint("accepted")
	e.readmits.accepted(res)
	e.leases.set(res.View.Record)
	e.sessions.add(with.Name)
	if w := e.worker(device); w != nil {
		w.Kick()
	}
	return res, nil
}

// readForAdoption reads the device of a native session that is to be taken over.
func (e *Engine) readForAdoption(ctx context.Context, device string) error {
	if _, err := e.Device(ctx, device); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	err := e.observe(ctx, device, mirror.Look{Whole: true})
	if err == nil {
		return nil
	}
	return mirror.Refuse(kindOf(err), []mirror.Reason{{Pointer: "/device", Code: "device-unreadable", Message: err.Error()}})
}

func (e *Engine) adopt(tx mirror.Tx, w Write, device, nativeID string, with mirror.Session) (SubmitResult, error) {
	now := time.Now().UTC()
	if _, err := tx.Session(with.Name); !errors.Is(err, mirror.ErrNotFound) {
		if err == nil {
			err = fmt.Errorf("session %q exists; adopt under another name: %w", with.Name, mirror.ErrConflict)
		}
		return SubmitResult{}, err
	}
	d, _, err := tx.Device(device)
	if err != nil {
		return SubmitResult{}, err
	}
	info, err := e.info(tx, d)
	if err != nil {
		return SubmitResult{}, err
	}
	n, err := adoptable(info, nativeID)
	if err != nil {
		return SubmitResult{}, err
	}
	s := described(with, device, n)
	if err := accept(s); err != nil {
		return SubmitResult{}, err
	}
	rec, err := intended(mirror.SessionRecord{Created: now, CreatedBy: w.Actor.Name}, s, nil, now)
	if err != nil {
		return SubmitResult{}, err
	}
	n.Spec = info.Capabilities.Plain(n.Spec) // as what is made of the intent
	mark := mirror.Mark(e.instance, device, n.Spec)
	if slices.ContainsFunc(info.Ledger, func(l mirror.Native) bool { return l.Mark == mark }) {
		return SubmitResult{}, mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Pointer: "/nativeId", Code: "destination-in-use",
			Message: fmt.Sprintf("sessions of netmirror's copy to the destination of native session %q already", n.ID)}})
	}
	line := mirror.Native{Device: device, Mark: mark, ID: n.ID, Handle: n.Handle, Spec: n.Spec, Created: now, Adopted: true}
	if err := tx.PutNative(line); err != nil {
		return SubmitResult{}, err
	}
	ex, err := e.checkAdopted(tx, rec, n, now)
	if err != nil {
		return SubmitResult{}, err
	}
	load, err := e.admitLoad(tx, nil, &rec, ex, ex.Fragments, now)
	if err != nil {
		return SubmitResult{}, err
	}
	rec.Kind, rec.KindReason = s.Kind, "adopted as it stood"
	if n := len(s.Destinations); n > 1 {
		rec.Kinds = slices.Repeat([]mirror.DestinationKind{{Kind: s.Kind, Reason: rec.KindReason}}, n)
	}
	if rec.Generation, err = tx.NextGeneration(s.Name); err != nil {
		return SubmitResult{}, err
	}
	rec.Updated, rec.UpdatedBy = now, w.Actor.Name
	if n.Spec.Shut {
		rec.Warnings = append(rec.Warnings, mirror.Reason{Pointer: "/nativeId", Code: "shut-down",
			Message: fmt.Sprintf("native session %q was shut down, and is opened: an intent copies", n.ID)})
	}
	op, err := e.startRollout(tx, &rec, goals{ex.Fragments, ex.Fragments}, "adopt", w.Actor.Name, now)
	if err != nil {
		return SubmitResult{}, err
	}
	if err := e.holds(tx, s.Name, line); err != nil {
		return SubmitResult{}, err
	}
	is := mirror.TrafficOn(device, &n)
	if err := tx.AppendEvent(mirror.Event{At: now, Type: "SessionAdopted", Actor: w.Actor.Name, Session: s.Name, Device: device, Before: is, After: is,
		Message: fmt.Sprintf("native session %s of %s was taken over by %s as it stood: %s", n.ID, device, w.Actor.Name, is)}); err != nil {
		return SubmitResult{}, err
	}
	view, err := e.viewSession(tx, rec)
	return SubmitResult{View: view, Operation: op, Created: true, Forecasts: load.forecasts, crowded: load.crowded}, err
}

// holds makes what a device holds of an adopted session its goal at once. A
// native session in the ledger without a goal is a leftover to be taken away, and
// the worker may read the device before the rollout makes its first step.
func (e *Engine) holds(tx mirror.Tx, session string, line mirror.Native) error {
	rows, err := tx.Placements(session)
	if err != nil {
		return err
	}
	for _, row := range rows {
		row.Goal, row.Applied, row.Good = row.Target, row.Target, row.Target // nothing goes back to before it
		row.GoalRev, row.AppliedRev = 1, 0                                   // to be read back
		row.Mark, row.NativeID = line.Mark, line.ID
		if line.Spec.Shut && row.Applied != nil {
			row.Missing = row.Applied.Spec.Normalize().Sources
		}
		if err := tx.PutPlacement(row); err != nil {
			return err
		}
	}
	return nil
}

// adoptable finds a native session that can be taken over.
func adoptable(info plan.DeviceInfo, nativeID string) (mirror.NativeSession, error) {
	i := slices.IndexFunc(info.Observation.Natives, func(n mirror.NativeSession) bool { return n.ID == nativeID })
	if i < 0 {
		return mirror.NativeSession{}, mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/nativeId", Code: "unknown-native-session",
			Message: fmt.Sprintf("device %s has no native session %q; see its observed-sessions", info.Device.Name, nativeID)}})
	}
	n := info.Observation.Natives[i]
	_, own := info.Own(n)
	refuse := func(kind error, code, format string, args ...any) error {
		return mirror.Refuse(kind, []mirror.Reason{{Pointer: "/nativeId", Code: code, Message: fmt.Sprintf(format, args...)}})
	}
	switch {
	case own:
		return n, refuse(mirror.ErrConflict, "already-ours", "native session %q is netmirror's already", n.ID)
	case n.Instance != "" && n.Instance != info.Instance:
		return n, refuse(mirror.ErrConflict, "another-netmirror", "native session %q bears the mark of another netmirror; release it there", n.ID)
	case n.Mark != "" && n.Instance == "" && n.Mark != mirror.Mark(info.Instance, info.Device.Name, n.Spec):
		return n, refuse(mirror.ErrConflict, "another-netmirror", "native session %q bears a mark that this netmirror does not know; release it where it was made, or rename it", n.ID)
	case n.Opaque != "":
		return n, refuse(mirror.ErrUnsupported, "opaque", "native session %q cannot be expressed as an intent: %s", n.ID, n.Opaque)
	case n.Spec.Options.Filter != "":
		return n, refuse(mirror.ErrUnsupported, "not-expressible", "native session %q is filtered by access list %s, which is another hand's; a filter of netmirror's is a list of its own", n.ID, n.Spec.Options.Filter)
	case n.Spec.Role != mirror.RoleLocal && n.Spec.Role != mirror.RoleERSPANSource:
		return n, refuse(mirror.ErrUnsupported, "role", "native session %q is a part of role %s, and an intent holds all parts of a path", n.ID, n.Spec.Role)
	case info.Capabilities.NamedBy() == mirror.Named && strings.Contains(n.ID, "#"):
		return n, refuse(mirror.ErrConflict, "name-not-unique", "native session %q shares its name with others, so nothing tells them apart; rename it first", n.ID)
	}
	for _, l := range info.Ledger {
		if l.ID == n.ID {
			return n, refuse(mirror.ErrConflict, "native-id-in-use", "number %s is still claimed for a session of netmirror's that lost it; delete that session first", n.ID)
		}
	}
	return n, nil
}

// described is an intent for a native session as it stands.
func described(with mirror.Session, device string, n mirror.NativeSession) mirror.Session {
	s := with
	s.Enabled = true
	s.Kind = mirror.KindSPAN
	for _, src := range n.Spec.Sources {
		s.Sources = append(s.Sources, mirror.Source{Device: device, Interface: string(src.Port), VLAN: src.VLAN, Direction: src.Direction})
	}
	for _, d := range n.Spec.Destinations {
		s.Destinations = append(s.Destinations, mirror.Destination{Device: device, Interface: string(d)})
	}
	o := n.Spec.Options
	s.Tags, s.Ingress, s.FilterVLANs, s.Truncate, s.Sample = o.Tags, o.Ingress, o.FilterVLANs, o.Truncate, o.Sample
	if n.Spec.Role == mirror.RoleERSPANSource {
		s.Kind, s.ERSPAN = mirror.KindERSPAN, o.ERSPAN
		s.Destinations = []mirror.Destination{{IP: o.Collector}}
	}
	return s.WithDefaults()
}

// checkAdopted refuses an intent that would change what it describes, or that
// nobody could have asked for. The destination guard is not asked: the port is
// a destination already.
func (e *Engine) checkAdopted(tx mirror.Tx, rec mirror.SessionRecord, n mirror.NativeSession, now time.Time) (plan.Expansion, error) {
	ex, reasons, _, err := e.expand(tx, rec, now)
	if err != nil {
		return ex, err
	}
	reasons = slices.DeleteFunc(reasons, func(r mirror.Reason) bool { return r.Code == plan.GuardCode })
	if err := mirror.Refuse(refusalKind(reasons), reasons); err != nil {
		return ex, err
	}
	n.Spec.Shut = false // an intent is never shut down: the rollout opens it
	if len(ex.Fragments) != 1 || !ex.Fragments[0].Spec.Parts()[0].Equal(n.Spec) {
		what := "it"
		if len(ex.Fragments) == 1 {
			what = plan.Difference(n.Spec, ex.Fragments[0].Spec)
		}
		return ex, mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Pointer: "/nativeId", Code: "not-expressible",
			Message: fmt.Sprintf("native session %q cannot be described without changing it: %s", n.ID, what)}})
	}
	return ex, nil
}
