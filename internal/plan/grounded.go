package plan

import (
	"cmp"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// holds reports whether a footing that has a name stands as it shall be, whoever made
// it: an access list with the entries that are wanted, in order, and at the ports where
// it is wanted; a tunnel that leads where it shall; an origin of that address.
func (d DeviceInfo) holds(f mirror.Footing) bool {
	is, ok := d.Observation.Footing(f.Kind, f.Name)
	switch f.Kind {
	case mirror.FootingFilter:
		at := standsAt(d.Observation, f.Name)
		return ok && slices.Equal(is.Rules, f.Rules) && (is.Session == "" || is.Session == f.Session) &&
			!slices.ContainsFunc(f.Ports, func(p mirror.PortName) bool { return !slices.Contains(at, p) })
	case mirror.FootingTunnel:
		return ok && (f.Tunnel == nil || d.sameWay(is, f))
	}
	return ok
}

// sameWay compares two tunnels, in which a default may be said.
func (d DeviceInfo) sameWay(a, b mirror.Footing) bool {
	return d.Capabilities.Plain(a.Spec()).Footing.Tunnel.Same(d.Capabilities.Plain(b.Spec()).Footing.Tunnel)
}

// bearing: without a footing of this kind a session does harm, or cannot be at all.
// Without its VLAN or its port it copies nothing for a while.
func bearing(k mirror.FootingKind) bool {
	return k == mirror.FootingFilter || k == mirror.FootingTunnel || k == mirror.FootingOrigin
}

// Grounded keeps the changes whose ground holds: where a session's access list is
// missing or empty some devices copy every frame, and none of them hinders that a list
// is taken away beneath a session. So a session comes to a list, a tunnel or an origin
// only where that was read as it shall be, and one of these goes only where no session
// was read that stands on it, whoever's it is and whatever became of its own change.
// Where a push is one commit (Capabilities.Atomic), what the same push brings and takes
// counts as read: a change that is left out leaves out what needs it.
func Grounded(changes []mirror.Change, desired []Desired, info DeviceInfo) []mirror.Change {
	out := slices.Clone(changes)
	ends := map[string][]string{}
	if info.Capabilities.Atomic && slices.ContainsFunc(changes, func(c mirror.Change) bool { return !footed(c) && c.After == nil }) {
		for _, d := range desired {
			if d.Spec.Footing == nil {
				key := d.Spec.DestinationKey()
				ends[key] = append(ends[key], d.Mark)
			}
		}
	}
	for before := len(out) + 1; len(out) < before; {
		before = len(out)
		g := grounds{out, desired, info, ends}
		out = slices.DeleteFunc(slices.Clone(out), func(c mirror.Change) bool { return g.lacks(c) || g.carries(c) || g.replaced(c) })
	}
	return out
}

// grounds are changes as they are judged together.
type grounds struct {
	changes []mirror.Change
	desired []Desired
	info    DeviceInfo
	// ends are the marks of the sessions that are wanted, by where they end; of a push that
	// is one commit and takes a session away.
	ends map[string][]string
}

// lacks: a session comes to a footing that is not as it shall be.
func (g grounds) lacks(c mirror.Change) bool {
	return !footed(c) && c.After != nil && slices.ContainsFunc(g.desired, func(d Desired) bool {
		f := d.Spec.Footing
		return f != nil && bearing(f.Kind) && f.Under(c.After.Spec) && !g.info.holds(*f) && !(g.info.Capabilities.Atomic && g.brings(d.Mark, true))
	})
}

// brings: the push makes a footing, or a session, what it shall be.
func (g grounds) brings(mark string, footing bool) bool {
	return slices.ContainsFunc(g.changes, func(c mirror.Change) bool {
		return c.Mark == mark && footed(c) == footing && c.After != nil
	})
}

// replaced: a session is to go whose place another takes, which does not come with the
// same commit. Without it, what is there stays.
func (g grounds) replaced(c mirror.Change) bool {
	if footed(c) || c.After != nil {
		return false
	}
	key := g.info.Capabilities.Plain(c.Before.Spec).DestinationKey()
	return slices.ContainsFunc(g.ends[key], func(wanted string) bool {
		return !g.brings(wanted, false) && !slices.ContainsFunc(g.info.Observation.Natives, func(n mirror.NativeSession) bool {
			mark, own := g.info.Own(n)
			return own && mark == wanted && mark != c.Mark
		})
	})
}

// carries: a footing is to go that a session stands on.
func (g grounds) carries(c mirror.Change) bool {
	if !footed(c) || c.After != nil || !bearing(c.Before.Spec.Footing.Kind) {
		return false
	}
	f := *c.Before.Spec.Footing
	return slices.ContainsFunc(g.info.Observation.Natives, func(n mirror.NativeSession) bool {
		return (f.Under(n.Spec) || n.Other != nil && f.Under(*n.Other)) && !g.leaves(n, f)
	})
}

// leaves: the push takes a session away from a footing.
func (g grounds) leaves(n mirror.NativeSession, f mirror.Footing) bool {
	return g.info.Capabilities.Atomic && slices.ContainsFunc(g.changes, func(c mirror.Change) bool {
		return !footed(c) && c.Before != nil && c.Before.ID == n.ID && c.Before.Handle == n.Handle && (c.After == nil || !f.Under(c.After.Spec))
	})
}

// Stage keeps the changes that may be pushed next: footings that are to be
// made, then sessions, then footings that are to go. What stands on a footing
// is pushed only when that was read back, and the other way round. Where a push is one
// commit they are all pushed, in that order; but an origin that another takes the place
// of is gone with it, and has nothing to be said of in the same push.
func Stage(changes []mirror.Change, atomic bool) []mirror.Change {
	out := slices.Clone(changes)
	if atomic {
		made := slices.ContainsFunc(out, func(c mirror.Change) bool { return origin(c) && c.After != nil })
		slices.SortStableFunc(out, func(a, b mirror.Change) int { return cmp.Compare(stage(a), stage(b)) })
		return slices.DeleteFunc(out, func(c mirror.Change) bool { return made && origin(c) && c.After == nil })
	}
	first := 3
	for _, c := range out {
		first = min(first, stage(c))
	}
	return slices.DeleteFunc(out, func(c mirror.Change) bool { return stage(c) != first })
}

func stage(c mirror.Change) int {
	switch {
	case !footed(c):
		return 1
	case c.After != nil:
		return 0
	}
	return 2
}

func origin(c mirror.Change) bool {
	return footed(c) && cmp.Or(c.After, c.Before).Spec.Footing.Kind == mirror.FootingOrigin
}

// Together are the changes of one commit as they are said. A port has one access list
// at its ingress, so that a list which is put there takes the place of the one before:
// to take that one away there as well would take the new one.
func Together(changes []mirror.Change) []mirror.Change {
	given := map[mirror.PortName]bool{}
	for _, c := range changes {
		for _, p := range putAt(c) {
			given[p] = true
		}
	}
	out := slices.Clone(changes)
	for i, c := range out {
		if !footed(c) || c.Before == nil || len(c.Before.Spec.Footing.Ports) == 0 {
			continue
		}
		before, f := *c.Before, *c.Before.Spec.Footing
		f.Ports = slices.DeleteFunc(slices.Clone(f.Ports), func(p mirror.PortName) bool {
			return given[p] && (c.After == nil || !slices.Contains(c.After.Spec.Footing.Ports, p))
		})
		before.Spec = f.Spec().Normalize()
		out[i].Before = &before
	}
	return out
}

// putAt are the ports at which a change puts an access list.
func putAt(c mirror.Change) []mirror.PortName {
	if !footed(c) || c.After == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.After.Spec.Footing.Ports), func(p mirror.PortName) bool {
		return c.Before != nil && slices.Contains(c.Before.Spec.Footing.Ports, p)
	})
}

// footed reports whether a change is of a footing.
func footed(c mirror.Change) bool {
	if c.After != nil {
		return c.After.Spec.Footing != nil
	}
	return c.Before != nil && c.Before.Spec.Footing != nil
}
