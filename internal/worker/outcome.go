package worker

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// remade: a placement that was released and made again while the run was under
// way counts its revisions anew, so that a number alone proves nothing.
func remade(row, seen mirror.Placement) bool {
	return row.GoalRev < seen.GoalRev || row.GoalRev == seen.GoalRev && !plan.SameFragment(row.Goal, seen.Goal)
}

// outcome is a placement after the run. seen is the row as the run knew it:
// what was reached is the goal of then.
func (p *pass) outcome(row, seen mirror.Placement, left []mirror.Change, now time.Time) mirror.Placement {
	next := p.reached(row, seen, left, now)
	differs := p.missing[rowKey(seen)] != "" || slices.ContainsFunc(left, func(c mirror.Change) bool { return p.touches(c, seen) && !p.gone(c, seen) })
	switch {
	case p.doubtful(seen) != nil: // what was known before stands
	case next.Applied == nil || !differs:
		next.Missing = nil
	case plan.SameFragment(p.standing(seen), next.Applied):
		if is := p.nativeOf(seen); is == nil || is.Opaque == "" { // one that is not understood tells nothing
			next.Missing = missing(next.Applied.Spec, is)
		}
	}
	return next
}

// missing are the sources of a spec, in the directions, that a native session does not copy
// to a destination of it; nil stands for no native session.
func missing(want mirror.NativeSpec, is *mirror.NativeSession) (out []mirror.NativeSource) {
	want = want.Normalize()
	if is == nil || is.Spec.Shut || is.Spec.RemoteVLAN != want.RemoteVLAN || is.Spec.Options.Collector != want.Options.Collector ||
		len(want.Destinations) > 0 && !slices.ContainsFunc(want.Destinations, func(d mirror.PortName) bool { return slices.Contains(is.Spec.Destinations, d) }) {
		return want.Sources
	}
	for _, s := range want.Sources {
		for _, has := range is.Spec.Sources {
			if has.Of(s) {
				s.Direction = s.Direction.Without(has.Direction)
			}
		}
		if s.Direction != "" {
			out = append(out, s)
		}
	}
	return out
}

// reached is outcome without what is missing.
func (p *pass) reached(row, seen mirror.Placement, left []mirror.Change, now time.Time) mirror.Placement {
	i := slices.IndexFunc(left, func(c mirror.Change) bool { return p.touches(c, seen) && !p.gone(c, seen) })
	native, doubt := p.nativeOf(seen), p.doubtful(seen)
	switch failure := p.failed[rowKey(seen)]; {
	case failure != "":
		row.FailedRev, row.Failure = seen.GoalRev, failure
		row.Configured = mirror.Check{State: mirror.False, Reason: cmp.Or(p.reasons[rowKey(seen)], "Rejected"), Message: failure}
	case seen.FailedGoal(): // what was held before stands in its place
		if row.Configured.Message != seen.Failure {
			row.Configured = mirror.Check{State: mirror.False, Reason: "Rejected", Message: seen.Failure}
		}
	case doubt != nil:
		row.Configured = *doubt
	case i >= 0:
		row.Configured = p.differs(left[i])
	case p.missing[rowKey(seen)] != "":
		row.Configured = mirror.Check{State: mirror.False, Reason: "PortMissing", Message: "the device has no port " + p.missing[rowKey(seen)] + " any more; the rest is configured"}
	default:
		row.Configured = p.alone(seen)
	}
	row.Programmed, row.Persisted = p.programmed(seen, native), p.persisted(row, seen, native)
	if doubt != nil {
		row.Programmed = mirror.Check{State: mirror.Unknown, Reason: doubt.Reason}
	}
	if i >= 0 || doubt != nil || seen.FailedGoal() || p.failed[rowKey(seen)] != "" || seen.Settled() {
		return row
	}
	adopted := plan.SameFragment(seen.Applied, seen.Goal) // held already: there is nothing to wait for
	if why := p.unprogrammed(native, now); why != "" && !adopted {
		if why != "wait" {
			row.FailedRev, row.Failure = seen.GoalRev, why
		}
		return row
	}
	row.Applied, row.AppliedRev = seen.Goal, seen.GoalRev
	row.FailedRev, row.Failure = 0, ""
	row.Mark, row.NativeID = "", ""
	if native != nil {
		row.Mark, row.NativeID = mirror.Mark(p.s.Instance, p.w.name, seen.Goal.Spec), native.ID
	}
	return row
}

// alone: what a placement asks for is there, and nothing of another hand's with it.
func (p *pass) alone(row mirror.Placement) mirror.Check {
	others := plan.Beside(p.info, p.carrier(row))
	if len(others) == 0 {
		return mirror.Check{State: mirror.True, Reason: "ReadBack"}
	}
	return mirror.Check{State: mirror.False, Reason: "ForeignSources",
		Message: fmt.Sprintf("what netmirror did not ask for is copied to the destination too, and stays until whoever made it takes it away: %s",
			plan.SourcesText(others))}
}

// gone: a placement that is to go has nothing in a native session that is
// somebody else's now, whoever of its sharers still wants that.
func (p *pass) gone(c mirror.Change, row mirror.Placement) bool {
	return p.lost[c.Mark] != "" && p.standing(row) == nil
}

// nativeOf finds the native session on the device that carries a placement.
func (p *pass) nativeOf(row mirror.Placement) *mirror.NativeSession {
	f := p.standing(row)
	if f == nil {
		return nil
	}
	n, ok := p.own()[mirror.Mark(p.s.Instance, p.w.name, f.Spec)]
	if !ok {
		return nil
	}
	return &n
}

func (p *pass) differs(c mirror.Change) mirror.Check {
	check := mirror.Check{State: mirror.False, Reason: "Drift", Message: describe(c)}
	if why := p.holdsBack(); why != "" {
		check.Reason, check.Message = "NotPushed", why+"; it would "+describe(c)
	} else if id := p.lost[c.Mark]; id != "" {
		check.Reason, check.Message = "OwnershipLost", fmt.Sprintf("native session %s is somebody else's now: its copies do not end where netmirror's ended", id)
	} else if why := p.contended[c.Mark]; why != "" {
		check.Reason, check.Message = "Contended", why
	} else if why := p.refused[c.Mark]; why != "" {
		check.Reason, check.Message = cmp.Or(p.reasons[c.Mark], "RepairRefused"), why
	} else if p.braked != "" {
		check.Reason, check.Message = "Brake", p.braked+"; it would "+describe(c)
	}
	return check
}

func (p *pass) programmed(row mirror.Placement, n *mirror.NativeSession) mirror.Check {
	switch {
	case row.Role.OnlyFootings() && p.standing(row) != nil:
		return mirror.Check{State: mirror.True, Reason: "ReadBack"} // a VLAN and trunks have no other state
	case n == nil:
		return mirror.Check{}
	case n.Waits != "":
		return mirror.Check{State: mirror.Unknown, Reason: "Waiting", Message: n.Waits}
	case n.Programmed == mirror.True:
		return mirror.Check{State: mirror.True, Reason: "Confirmed", Message: n.ProgrammedReason}
	case n.Programmed == mirror.False:
		return mirror.Check{State: mirror.False, Reason: "NotProgrammed", Message: n.ProgrammedReason}
	}
	return mirror.Check{State: mirror.Unknown, Reason: "NotTold", Message: n.ProgrammedReason}
}

// unprogrammed says whether a rollout must still wait for the device to
// program what it accepted ("wait"), or why it waited long enough. A device that
// itself waits, for a route say, has done its part.
func (p *pass) unprogrammed(n *mirror.NativeSession, now time.Time) string {
	if n == nil || n.Waits != "" || n.Programmed != mirror.False {
		return ""
	}
	since, ok := p.w.unsettled[n.ID]
	if !ok {
		since = now
		p.w.unsettled[n.ID] = now
	}
	if now.Sub(since) < p.s.Timeouts.Settle {
		return "wait"
	}
	return fmt.Sprintf("accepted, but not programmed within %v: %s", p.s.Timeouts.Settle, n.ProgrammedReason)
}

// persisted tells whether a reboot would lose the session. What an earlier run
// found stands until another push; what was saved is all that runs.
func (p *pass) persisted(row, seen mirror.Placement, n *mirror.NativeSession) mirror.Check {
	footing := seen.Role.OnlyFootings() && p.standing(seen) != nil
	switch {
	case n == nil && !footing:
		return mirror.Check{}
	case p.info.Capabilities.Persistent:
		return mirror.Check{State: mirror.True, Reason: "WrittenAtOnce"}
	case p.saved.State == mirror.True,
		slices.ContainsFunc(p.pushed, func(c mirror.Change) bool { return p.touches(c, seen) }):
		return p.saved
	case len(p.s.States.Known(p.w.name).Unsaved) > 0 && slices.ContainsFunc(p.unheard, func(c mirror.Change) bool { return p.touches(c, seen) }):
		if p.saved.State == "" { // no save was tried, because nothing may be sent
			return mirror.Check{State: mirror.False, Reason: "NotSaved", Message: p.holdsBack()}
		}
		return p.saved
	case row.Persisted.State != "":
		return row.Persisted
	}
	for _, sharer := range p.rows { // it found there what it wants
		if sharer.Persisted.State != "" && p.carrier(sharer) == p.carrier(seen) {
			return sharer.Persisted
		}
	}
	return mirror.Check{State: mirror.Unknown, Reason: "NotSaved", Message: "configured before this controller looked"}
}

// carrier is the mark under which the device shall hold a placement, "" for none.
func (p *pass) carrier(row mirror.Placement) string {
	f := p.standing(row)
	if f == nil {
		return ""
	}
	return mirror.Mark(p.s.Instance, p.w.name, f.Spec)
}
