package worker

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// standing is the fragment that the device shall hold for a placement, as far
// as this run goes.
func (p *pass) standing(row mirror.Placement) *mirror.Fragment {
	if p.deferred[rowKey(row)] || p.failed[rowKey(row)] != "" {
		return row.Applied
	}
	return plan.Standing(row)
}

// compare composes what is wanted and lists what differs. What names a port
// that the device does not have any more is left out, so that one vanished port
// does not stand in the way of its neighbours.
func (p *pass) compare() []mirror.Change {
	standing := map[string]*mirror.Fragment{}
	wanted := map[string]bool{}
	for _, row := range p.rows {
		if f := p.standing(row); f != nil {
			standing[rowKey(row)] = f
			for _, mark := range mirror.Marks(p.s.Instance, p.w.name, f.Spec) {
				wanted[mark] = true
			}
		}
	}
	held := plan.OwnSessions(p.info, wanted)
	clear(p.missing)
	var fragments []mirror.Fragment
	for _, row := range p.rows {
		f := standing[rowKey(row)]
		if f == nil {
			continue
		}
		present, missing := plan.Present(*f, held[mirror.Mark(p.s.Instance, p.w.name, f.Spec)].Spec, p.info.Observation)
		switch {
		case len(missing) > 0 && p.moving(row):
			p.failed[rowKey(row)] = "the device has no port " + strings.Join(missing, ", ")
			return p.compare() // with what was applied before
		case len(missing) > 0:
			p.missing[rowKey(row)] = strings.Join(missing, ", ")
		}
		if present != nil {
			fragments = append(fragments, *present)
		}
	}
	p.desired = plan.Compose(p.s.Instance, p.w.name, fragments)
	p.disputed = p.disputes()
	return plan.Diff(p.desired, p.info)
}

// marksOf are the marks a placement has to do with: of the native session that
// shall carry it and what it stands on, and of those that carry it now.
func (p *pass) marksOf(row mirror.Placement) []string {
	var out []string
	for _, f := range []*mirror.Fragment{p.standing(row), row.Applied} {
		if f != nil {
			out = append(out, mirror.Marks(p.s.Instance, p.w.name, f.Spec)...)
		}
	}
	if row.Mark != "" {
		out = append(out, row.Mark)
	}
	return out
}

// touches reports whether a change concerns a placement. A removal has to do
// with every deletion that no placement claims: after a crash between push and
// record, nothing else knows whose the native session was.
func (p *pass) touches(c mirror.Change, row mirror.Placement) bool {
	has := func(marks []string) bool { return slices.Contains(marks, c.Mark) || slices.Contains(marks, c.Was) }
	if has(p.marksOf(row)) {
		return true
	}
	if c.After != nil || row.Settled() || p.standing(row) != nil {
		return false
	}
	return !slices.ContainsFunc(p.rows, func(r mirror.Placement) bool { return has(p.marksOf(r)) })
}

func (p *pass) concerned(c mirror.Change) []mirror.Placement {
	var out []mirror.Placement
	for _, row := range p.rows {
		if p.touches(c, row) {
			out = append(out, row)
		}
	}
	return out
}

func (p *pass) moving(row mirror.Placement) bool {
	return !row.Settled() && !row.FailedGoal() && p.failed[rowKey(row)] == "" && !p.deferred[rowKey(row)]
}
