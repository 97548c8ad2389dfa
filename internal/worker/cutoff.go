package worker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A remnant is what a push that was cut off may have left in the session of
// another hand, which has taken the number meanwhile: the push adds its lines to
// what is there, and takes them out again when it has seen that. A controller that
// was killed, or has lost its connection, in between does not come to that.
type remnant struct {
	change mirror.Change        // that was cut off
	native mirror.NativeSession // theirs, as it was read
	ours   mirror.NativeSpec    // what the change was to add, and shows in it
	leave  string               // why it is not taken out, "" = it is
}

// takeOutRemnants takes out of strangers' sessions, by name, what pushes of which
// nobody heard the end have put in. Each push is looked after once: what is in
// such a session later is theirs.
func (p *pass) takeOutRemnants(ctx context.Context) error {
	if p.info.Capabilities.NamedBy() != mirror.Numbered || len(p.unheard) == 0 || len(plan.Lost(p.info)) == 0 {
		return nil
	}
	if !p.read { // a session that is not ours is touched on a read of now alone
		if err := p.observe(ctx, p.w.memory.named); err != nil {
			return err
		}
	}
	var entries []mirror.JournalEntry
	err := p.s.Store.View(ctx, func(tx mirror.Tx) (err error) {
		entries, err = tx.Journal(p.w.name)
		return err
	})
	if err != nil {
		return err
	}
	p.compare() // whom it concerns
	lost := plan.Lost(p.info)
	for _, mark := range slices.Sorted(maps.Keys(lost)) {
		tx, change := lastOf(entries, mark)
		if tx == "" {
			continue
		}
		r := p.remnant(change, lost[mark])
		if r.leave == "" && !r.ours.Vacant() {
			if err := p.takeOut(ctx, tx, &r); err != nil {
				return err
			}
		}
		if err := p.looked(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// lastOf is the last change of a mark that was journaled. Before an earlier one
// ended, no later one was sent: of that the end is known.
func lastOf(entries []mirror.JournalEntry, mark string) (tx string, last mirror.Change) {
	var at time.Time
	for _, j := range entries {
		for _, c := range j.Changes {
			if c.Mark == mark && !j.At.Before(at) {
				tx, last, at = j.Tx, c, j.At
			}
		}
	}
	return tx, last
}

// remnant compares what a change was to add with a stranger's session. What our
// session had before the change is not counted: it went with our session, and what
// is the same in theirs they have typed.
func (p *pass) remnant(c mirror.Change, id string) remnant {
	r := remnant{change: c}
	i := slices.IndexFunc(p.info.Observation.Natives, func(n mirror.NativeSession) bool { return n.ID == id })
	if i < 0 || c.After == nil || c.After.ID != id {
		return r
	}
	r.native = p.info.Observation.Natives[i]
	added := c.After.Spec
	if c.Before != nil {
		added = added.Beyond(c.Before.Spec)
	}
	r.ours = r.native.Spec.Within(added)
	switch spec := r.native.Spec; {
	case r.ours.Vacant():
	case p.holdsBack() != "":
		r.leave = p.holdsBack()
	case r.native.Opaque != "":
		r.leave = "the session is not understood whole: " + r.native.Opaque
	case spec.Options.ERSPAN != nil || spec.Options.Collector != "" || spec.Role == mirror.RoleERSPANSource || spec.Role == mirror.RoleERSPANDestination:
		r.leave = "nothing can be taken out of a tunnel's session by its name alone"
	case len(r.ours.Sources) == 0:
		r.leave = "no source of the push is in it, so that it may be theirs"
	}
	return r
}

// takeOut pushes the deletion of what is ours in a stranger's session, as that of
// a session of ours into which another hand has typed: by name, between two looks.
// The entry of the push that was cut off stays open until it is done, and stands
// for this push too.
func (p *pass) takeOut(ctx context.Context, tx string, r *remnant) error {
	part := r.native
	part.Spec = r.ours
	payload, err := p.driver.Render(p.facts, p.info.Observation, []mirror.Change{{Mark: r.change.Mark, Before: &part}})
	if err != nil {
		r.leave = err.Error()
		return nil //nolint:nilerr // it is left, and told
	}
	err = p.s.Store.View(ctx, func(tx mirror.Tx) error { return tx.CheckClaim(p.w.claim) })
	if err != nil {
		return err
	}
	pushCtx, cancel := context.WithTimeout(ctx, p.pushLimit())
	end := p.w.timed(Push)
	report, err := p.w.conn.Push(pushCtx, tx, payload)
	end(err)
	cancel()
	p.sent = true
	p.note(payload, report, err)
	if err != nil {
		p.w.forget()
		return deviceFault{fmt.Errorf("device %s: push: %w", p.w.name, err)}
	}
	for _, b := range report.Blocks {
		if b.Err != nil {
			r.leave = b.Err.Error()
		}
	}
	if err := p.observe(ctx, p.w.memory.named); err != nil {
		return err
	}
	if !report.Until.IsZero() { // a deletion by name, which cuts no way
		if err := p.say(ctx, "confirm", tx, Confirmer.Confirm); err != nil {
			return err
		}
	}
	for _, n := range p.info.Observation.Natives {
		if left := n.Spec.Within(r.ours); n.ID == part.ID {
			r.native = n
			if r.leave == "" && !left.Vacant() {
				r.ours, r.leave = left, "it may be theirs"
			}
		}
	}
	return nil
}

// looked tells what became of a remnant, and takes the change out of the journal:
// what is in the stranger's session from now on is theirs.
func (p *pass) looked(ctx context.Context, r remnant) error {
	return p.s.Store.Update(ctx, func(tx mirror.Tx) error {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		entries, err := tx.Journal(p.w.name)
		if err != nil {
			return err
		}
		for _, j := range entries {
			j.Changes = slices.DeleteFunc(j.Changes, func(c mirror.Change) bool { return c.Mark == r.change.Mark })
			if err := tx.PutJournal(j); err != nil {
				return err
			}
		}
		if err := p.keepRemnant(tx, r); err != nil {
			return err
		}
		switch {
		case r.ours.Vacant():
			return nil
		case r.leave == "":
			return stranger{r.change, r.native}.tell(tx, p)
		}
		message := fmt.Sprintf("another hand has given native session %s to something else while netmirror had to %s and was cut off; what the push was to add shows in theirs (%s) and was left there: %s",
			r.native.ID, describe(r.change), contentText(r.ours), r.leave)
		return p.tellTaken(tx, r.change, r.native, message)
	})
}

// contentText names sources and filters.
func contentText(n mirror.NativeSpec) string {
	var out []string
	for _, s := range n.Sources {
		if s.VLAN != 0 {
			out = append(out, fmt.Sprintf("source VLAN %d", s.VLAN))
			continue
		}
		out = append(out, "source "+string(s.Port))
	}
	if n.RemoteVLAN != 0 {
		out = append(out, fmt.Sprintf("remote VLAN %d", n.RemoteVLAN))
	}
	for _, v := range n.Options.FilterVLANs {
		out = append(out, fmt.Sprintf("filter VLAN %d", v))
	}
	if n.Options.Filter != "" {
		out = append(out, "filter "+n.Options.Filter)
	}
	return strings.Join(out, ", ")
}
