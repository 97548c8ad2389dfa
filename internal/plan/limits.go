package plan

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// limits counts native sessions: foreign ones, and ours as composed with the
// fragment in question.
func (c *checker) limits() {
	ours := Compose(c.info.Instance, c.f.Device, slices.Concat(c.others, c.earlier(), []mirror.Fragment{c.f}))
	ours = slices.DeleteFunc(ours, func(d Desired) bool { return d.Spec.Footing != nil })
	if c.f.Spec.Role.OnlyFootings() {
		return // it takes no native session
	}
	for _, l := range c.caps.Limits {
		switch l.Counts {
		case mirror.LimitSessions, mirror.LimitSourceSessions, mirror.LimitRXSessions, mirror.LimitTXSessions:
			c.sessions(l, ours)
		case mirror.LimitSessionsPerSource:
			c.perSource(l, ours)
		case mirror.LimitSourcesPerSession:
			for _, d := range ours {
				if slices.Contains(d.Sessions, c.f.Session) && len(d.Spec.Sources) > l.Max && len(c.f.Spec.Sources) <= l.Max { // alone it is too much already
					c.reasons = append(c.reasons, mirror.Reason{Pointer: "/sources", Code: "limit", Source: l.Source,
						Message: fmt.Sprintf("the native session would have %d sources; %s allows %d", len(d.Spec.Sources), c.info.Device.Platform, l.Max)})
				}
			}
		}
	}
	c.numbers(ours)
}

// numbers holds that every native session of a numbered platform needs one of the numbers
// that the device has for them, or that its entry leaves to netmirror. A session that is
// somebody else's now waits for its own, and takes no other.
func (c *checker) numbers(ours []Desired) {
	from, to, numbered := numbersOf(c.info)
	marks := mirror.Marks(c.info.Instance, c.f.Device, c.f.Spec)
	if !numbered || !slices.ContainsFunc(marks, func(m string) bool {
		return !slices.ContainsFunc(c.info.Ledger, func(l mirror.Native) bool { return l.Mark == m })
	}) {
		return // it has its number
	}
	foreign, own, lost := 0, 0, Lost(c.info)
	for _, n := range c.info.Observation.Natives {
		if id, err := strconv.Atoi(n.ID); err == nil && from <= id && id <= to && !c.own(n) {
			foreign++
		}
	}
	for _, d := range ours {
		if lost[d.Mark] == "" {
			own++
		}
	}
	if n := foreign + own; n > to-from+1 {
		c.add(c.ex.EndPointer(c.f), "limit", "device %s would hold %d native sessions (%d of them not ours) under the numbers from %d to %d", c.info.Device.Name, n, foreign, from, to)
	}
}

// earlier are the fragments of the same session on the device before this one, so
// that the first that is too many is named.
func (c *checker) earlier() []mirror.Fragment {
	var out []mirror.Fragment
	for _, f := range c.ex.Fragments {
		if SameFragment(&f, &c.f) {
			break
		}
		if f.Device == c.f.Device {
			out = append(out, f)
		}
	}
	return out
}

// perSource holds a limit of the native sessions in which a source stands.
func (c *checker) perSource(l mirror.Limit, ours []Desired) {
	for _, s := range c.f.Spec.Sources {
		names := func(n mirror.NativeSpec) bool {
			return slices.ContainsFunc(n.Sources, func(x mirror.NativeSource) bool { return x.Port == s.Port && x.VLAN == s.VLAN })
		}
		foreign, own := 0, 0
		for _, n := range c.info.Observation.Natives {
			if !c.own(n) && names(n.Spec) {
				foreign++
			}
		}
		for _, d := range ours {
			if names(d.Spec) {
				own++
			}
		}
		if n := foreign + own; n > l.Max {
			c.reasons = append(c.reasons, mirror.Reason{Pointer: c.ex.Pointer(c.f.Device, s), Code: "limit", Source: l.Source,
				Message: fmt.Sprintf("%s would be a source of %d native sessions of the %s (%d of them not ours); it allows %d", sourceText(s), n, l.Scope, foreign, l.Max)})
		}
	}
}

// sessions holds a limit of native sessions, of all or of a kind.
func (c *checker) sessions(l mirror.Limit, ours []Desired) {
	if !counted(l.Counts, c.f.Spec) {
		return
	}
	foreign, own := 0, 0
	for _, n := range c.info.Observation.Natives {
		if !c.own(n) && counted(l.Counts, n.Spec) {
			foreign++
		}
	}
	for _, d := range ours {
		if counted(l.Counts, d.Spec) {
			own++
		}
	}
	if n := foreign + own; n > l.Max {
		kind := map[string]string{mirror.LimitSourceSessions: " with sources", mirror.LimitRXSessions: " with received traffic", mirror.LimitTXSessions: " with sent traffic"}[l.Counts]
		c.reasons = append(c.reasons, mirror.Reason{Pointer: c.ex.EndPointer(c.f), Code: "limit", Source: l.Source,
			Message: fmt.Sprintf("the %s would hold %d native sessions%s (%d of them not ours); it allows %d", l.Scope, n, kind, foreign, l.Max)})
	}
}

// counted reports whether a native session counts against a limit. One whose
// role nobody understands counts as a session only: what it takes is unknown,
// and the device has the last word.
func counted(counts string, n mirror.NativeSpec) bool {
	if counts == mirror.LimitSessions {
		return true
	}
	if n.Role != mirror.RoleLocal && n.Role != mirror.RoleRSPANSource && n.Role != mirror.RoleERSPANSource {
		return false
	}
	without := map[string]mirror.Direction{mirror.LimitRXSessions: mirror.TX, mirror.LimitTXSessions: mirror.RX}[counts]
	return slices.ContainsFunc(n.Sources, func(s mirror.NativeSource) bool { return s.Direction != without })
}
