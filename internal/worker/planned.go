package worker

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// What a plan said that is sent is sent, or nothing: somebody has read it and agreed to
// it. A worker that is about to send another text for a placement of the plan, since the
// device or a neighbour has changed, sends nothing of that session and fails its goals,
// and the coordinator turns the rollout back.

// movingPlanned are the placements that a change concerns and that move by a plan.
func (p *pass) movingPlanned(c mirror.Change) (out []mirror.Placement) {
	for _, row := range p.concerned(c) {
		if row.Planned != nil && p.moving(row) {
			out = append(out, row)
		}
	}
	return out
}

// awaits: the change is to be made together with what a session of the same plan brings
// or takes away when its turn has come.
func (p *pass) awaits(c mirror.Change) bool {
	return plan.Awaits(c, p.movingPlanned(c), p.rows, p.s.Instance)
}

// unplanned fails the goals of a plan for which a change would send, as one, what the plan
// did not say, and reports whether it did. err is why nothing can be sent: that the number
// which the plan told is taken is the plan's fault.
func (p *pass) unplanned(c mirror.Change, one mirror.Payload, err error) bool {
	stale := false
	for _, row := range p.movingPlanned(c) {
		switch {
		case row.Planned.Open || err == nil && row.Planned.Has(one.Blocks[0]):
			continue
		case err != nil && !p.tellsNumber(c, row):
			continue // refused as without a plan
		}
		why := fmt.Errorf("%w; planned was %s, and it would %s", mirror.ErrPlanStale, plannedWords(row.Planned, c), plan.Summary(c))
		if err != nil {
			why = fmt.Errorf("%w: %w", mirror.ErrPlanStale, err)
		}
		p.failPlan(row, why)
		stale = true
	}
	return stale
}

// tellsNumber: the plan gave the native session of a change a number.
func (p *pass) tellsNumber(c mirror.Change, row mirror.Placement) bool {
	return c.Before == nil && slices.ContainsFunc(row.Planned.Blocks, func(b mirror.PlannedBlock) bool { return b.Mark == c.Mark && b.ID != "" })
}

func plannedWords(p *mirror.Planned, c mirror.Change) string {
	for _, b := range p.Blocks {
		if b.Mark == c.Mark {
			return fmt.Sprintf("to %s it with another text", b.Verb)
		}
	}
	return "nothing of " + c.Mark
}

// failPlan fails every goal that a session has on this device by its plan.
func (p *pass) failPlan(row mirror.Placement, why error) {
	for _, o := range p.rows {
		if o.Session != row.Session || o.Planned == nil || !p.moving(o) {
			continue
		}
		p.failed[rowKey(o)] = why.Error()
		p.reasons[rowKey(o)] = mirror.ReasonPlanStale
	}
}

// asPlanned leaves out of a push what it has of sessions whose plan is stale, and fails
// whoever shares that.
func (p *pass) asPlanned(ready []mirror.Change, blocks []mirror.Block) (left []mirror.Change, of []mirror.Block) {
	for i, c := range ready {
		stale := slices.ContainsFunc(p.concerned(c), func(row mirror.Placement) bool { return p.reasons[rowKey(row)] == mirror.ReasonPlanStale })
		if !stale {
			left, of = append(left, c), append(of, blocks[i])
		}
	}
	return left, of
}
