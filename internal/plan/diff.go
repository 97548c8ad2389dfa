package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Diff lists the changes that take a device from observed to desired: footings
// to be made, then of mirror sessions deletes, changes and creates, then
// footings to go, each sorted by mark. Deletes go before creates because most
// platforms allow a destination in one native session only. For footings see
// footingChanges; for sessions:
//
//	desired | observed, ours      | result
//	--------+---------------------+------------------------------------------
//	yes     | same mark, equal    | nothing
//	yes     | same mark, other    | change
//	yes     | same destination,   | change: the options changed, and with
//	        | or some of the same;| them the mark; or the set of destinations
//	        | mark wanted no more | did; the native id stays
//	yes     | none                | create
//	no      | in the ledger       | delete; see DeviceInfo.mine
//	any     | not ours            | nothing, ever
//
// A native session of ours that the driver cannot express is deleted and made
// anew under the same mark, and so is one that has a name for life where options,
// and with them the mark, changed.
func Diff(desired []Desired, info DeviceInfo) []mirror.Change {
	wanted := map[string]bool{}
	desired = slices.Clone(desired)
	for i, d := range desired {
		wanted[d.Mark] = true
		desired[i].Spec = info.Capabilities.Plain(d.Spec)
	}
	ours := OwnSessions(info, wanted)
	out := footingChanges(desired, info)
	heir := successors(desired, ours, wanted, info)
	used := map[string]bool{}
	for _, d := range desired {
		if d.Spec.Footing != nil {
			continue
		}
		before, ok := ours[d.Mark]
		key := d.Mark
		if was := heir[d.Mark]; was != "" {
			key, before, ok = was, ours[was], true
		}
		if !ok {
			out = append(out, mirror.Change{Mark: d.Mark, After: d.native(info, nil)})
			continue
		}
		used[key] = true
		switch {
		case before.Opaque != "" || stuck(before, d.Mark, info):
			out = append(out, mirror.Change{Mark: key, Was: key, Before: &before}, mirror.Change{Mark: d.Mark, After: d.native(info, nil)})
		case !info.Capabilities.Plain(before.Spec).Equal(d.Spec) || renamed(before, d.Mark, info):
			out = append(out, mirror.Change{Mark: d.Mark, Was: key, Before: &before, After: d.native(info, &before)})
		}
	}
	for mark, n := range ours {
		if !used[mark] {
			n.Spec = info.mine(mark, n)
			out = append(out, mirror.Change{Mark: mark, Was: mark, Before: &n})
		}
	}
	slices.SortFunc(out, func(a, b mirror.Change) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.Mark, b.Mark))
	})
	return out
}

// mine is what of a native session is to go with it. Where nothing but a number, or its
// destination, says whose it is, only what netmirror put in goes, by name: what another hand
// typed into the same number is theirs, and stays.
func (d DeviceInfo) mine(mark string, n mirror.NativeSession) mirror.NativeSpec {
	if !d.byIDAlone(n) && d.Capabilities.NamedBy() != mirror.Placed {
		return n.Spec
	}
	for _, l := range d.Ledger {
		if l.Mark == mark {
			return madeOf(n.Spec, l)
		}
	}
	return n.Spec
}

// renamed: where the device has room for it, the mark must stand there, and be
// the name where sessions have names. A name made unique begins with it. What
// was adopted keeps the name it had.
func renamed(n mirror.NativeSession, mark string, info DeviceInfo) bool {
	return info.Capabilities.Marks && n.Mark != mark ||
		info.Capabilities.NamedBy() == mirror.Named && !strings.HasPrefix(n.ID, info.nameOf(mark))
}

// stuck: the native session would have to bear another name, and is known by none but
// that: a row is found by its handle and can be renamed, others cannot.
func stuck(n mirror.NativeSession, mark string, info DeviceInfo) bool {
	return info.Capabilities.NamedBy() == mirror.Named && n.Handle == "" && renamed(n, mark, info)
}

// nameOf is the name that the native session of a mark bears on a platform with
// names.
func (d DeviceInfo) nameOf(mark string) string {
	for _, l := range d.Ledger {
		if l.Mark == mark && l.Adopted {
			return l.ID
		}
	}
	return mark
}

func order(c mirror.Change) int {
	switch {
	case footed(c) && c.After != nil:
		return 0
	case footed(c):
		return 4
	case c.After == nil:
		return 1
	case c.Before != nil:
		return 2
	}
	return 3
}

// Own maps marks to everything of ours that the device holds: native sessions
// (OwnSessions) and footings.
func Own(info DeviceInfo, wanted map[string]bool) map[string]mirror.NativeSession {
	out := OwnSessions(info, wanted)
	for mark, n := range ownFootings(info, wanted) {
		out[mark] = *n
	}
	return out
}

// OwnSessions maps marks to the observed native sessions that are ours. Where
// a mark was copied onto a second one, that of the ledger's handle or id wins, then
// the smallest id: the other is nobody's we know, and stays. A session that bears
// a wanted mark of this controller is ours even when the ledger forgot it. Of one that
// is known by its destination ours is what the ledger names, and no more is told.
func OwnSessions(info DeviceInfo, wanted map[string]bool) map[string]mirror.NativeSession {
	lines := map[string]mirror.Native{}
	for _, l := range info.Ledger {
		lines[l.Mark] = l
	}
	first := func(n mirror.NativeSession, l mirror.Native) bool {
		if l.Handle != "" {
			return n.Handle == l.Handle
		}
		return n.ID == l.ID
	}
	out := map[string]mirror.NativeSession{}
	for _, n := range info.Observation.Natives {
		mark, own := n.Mark, wanted[n.Mark] && info.Bears(n, n.Mark)
		if !own {
			mark, own = info.Own(n)
		}
		if !own {
			continue
		}
		if old, twice := out[mark]; twice {
			oldMade, newMade := first(old, lines[mark]), first(n, lines[mark])
			if oldMade || (!newMade && old.ID+old.Handle < n.ID+n.Handle) {
				continue
			}
		}
		if info.Capabilities.NamedBy() == mirror.Placed {
			n.Spec = info.mine(mark, n)
		}
		out[mark] = n
	}
	return out
}

// successors maps the marks of what is wanted and not there to those of the native
// sessions whose place it takes: of ours that nobody wants, the one that ends at the
// same destinations with other options, else one that ends at some of them, since
// the set of destinations has changed.
func successors(desired []Desired, ours map[string]mirror.NativeSession, wanted map[string]bool, info DeviceInfo) map[string]string {
	out, taken := map[string]string{}, map[string]bool{}
	marks := slices.Sorted(maps.Keys(ours))
	for _, exact := range []bool{true, false} {
		for _, d := range desired {
			if _, there := ours[d.Mark]; there || d.Spec.Footing != nil || out[d.Mark] != "" {
				continue
			}
			for _, mark := range marks {
				n := ours[mark]
				is := info.Capabilities.Plain(n.Spec)
				ports, sameWay := is.Common(d.Spec)
				same := is.DestinationKey() == d.Spec.DestinationKey() || !exact && sameWay && len(ports) > 0
				if same && !wanted[mark] && !taken[mark] && n.Opaque == "" {
					out[d.Mark], taken[mark] = mark, true
					break
				}
			}
		}
	}
	return out
}

// Renames maps marks of the ledger to those that their lines shall bear: the
// native session holds what is wanted under another mark, and on a platform
// without room for marks the device has nothing to be told. That is left where
// options were changed in the ledger and the device refused the change.
func Renames(desired []Desired, info DeviceInfo) map[string]string {
	out := map[string]string{}
	if info.Capabilities.Marks || info.Capabilities.NamedBy() == mirror.Named {
		return out
	}
	wanted := map[string]bool{}
	for _, d := range desired {
		wanted[d.Mark] = true
	}
	ours := OwnSessions(info, wanted)
	heir := successors(desired, ours, wanted, info)
	for _, d := range desired {
		if was := heir[d.Mark]; was != "" && info.Capabilities.Plain(ours[was].Spec).Equal(d.Spec) {
			out[was] = d.Mark
		}
	}
	return out
}

// native is the desired session as it shall stand on the device. The id of a
// numbered session is given later (AssignIDs); a named one bears its mark; one that
// the device keys is known by its mark until its key is read back; one that is known by
// its destination is called as that is.
func (d Desired) native(info DeviceInfo, before *mirror.NativeSession) *mirror.NativeSession {
	n := mirror.NativeSession{Mark: d.Mark, Instance: info.Instance, Spec: d.Spec}
	if before != nil {
		n.ID, n.Handle = before.ID, before.Handle
	}
	switch naming := info.Capabilities.NamedBy(); {
	case naming == mirror.Named:
		n.ID = info.nameOf(d.Mark)
	case naming == mirror.Keyed && before == nil:
		n.ID = d.Mark
	case naming == mirror.Placed && before == nil && len(d.Spec.Destinations) > 0:
		n.ID = string(d.Spec.Destinations[0])
	}
	return &n
}

// Reverse gives the changes that undo changes, in the order in which they have
// to be made.
func Reverse(changes []mirror.Change) []mirror.Change {
	out := make([]mirror.Change, 0, len(changes))
	for _, c := range slices.Backward(changes) {
		out = append(out, mirror.Change{Mark: cmp.Or(c.Was, c.Mark), Was: c.Mark, Before: c.After, After: c.Before})
	}
	return out
}
