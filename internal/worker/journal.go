package worker

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// journal claims the native ids and writes down what is about to be pushed, in
// one transaction, so that after a crash the ledger knows whose it is and what
// was never saved. It gives what was before.
func (p *pass) journal(ctx context.Context, txID string, due []mirror.Change, payload mirror.Payload) (journaled, error) {
	now := time.Now().UTC()
	p.beginRepairs(due, payload, now)
	entry := mirror.JournalEntry{Device: p.w.name, Tx: txID, Epoch: p.w.claim.Epoch, Changes: due, At: now}
	p.arm(&entry)
	was := journaled{entry: entry, unsaved: slices.Clone(p.s.States.Known(p.w.name).Unsaved), repaired: maps.Clone(p.repaired)}
	write := func(tx mirror.Tx) (err error) {
		if err := tx.CheckClaim(p.w.claim); err != nil {
			return err
		}
		if err := p.stillThere(tx, due); err != nil {
			return err
		}
		if was.lines, err = tx.Natives(p.w.name); err != nil {
			return err
		}
		for _, c := range due {
			if err := p.claim(tx, c, now); err != nil {
				return err
			}
		}
		if was.claimed, err = tx.Natives(p.w.name); err != nil {
			return err
		}
		if err := p.putRepairs(tx); err != nil {
			return err
		}
		return tx.PutJournal(entry)
	}
	var err error
	if p.info.Capabilities.Persistent {
		err = p.s.Store.Update(ctx, write)
	} else {
		err = p.s.States.Change(ctx, p.w.name, nil, func(st *mirror.DeviceState) { st.Unsaved = unsaved(st.Unsaved, due, now) }, write)
	}
	if err != nil {
		return was, err
	}
	if len(p.repairs) > 0 {
		p.w.repairsEnded = false // until this run has recorded how they ended
	}
	p.learn(slices.Clone(was.claimed), due)
	for _, c := range due {
		p.repaired[c.Mark] = p.repaired[c.Mark] || p.purpose(c) == toRepair
	}
	return was, nil
}

// unsaved adds what is about to be changed to what was never saved.
func unsaved(list []mirror.Unsaved, due []mirror.Change, now time.Time) []mirror.Unsaved {
	out := slices.Clone(list)
	for _, c := range due {
		n := c.After
		if n == nil {
			n = c.Before
		}
		u := mirror.Unsaved{ID: n.ID, Mark: c.Mark, At: now, Set: c.After != nil, Spec: n.Spec}
		if c.Before != nil {
			u.Spec = plus(u.Spec, c.Before.Spec)
		}
		i := slices.IndexFunc(out, func(o mirror.Unsaved) bool { return o.ID == u.ID })
		if i < 0 {
			out = append(out, u)
			continue
		}
		u.Spec = plus(u.Spec, out[i].Spec)
		out[i] = u
	}
	slices.SortFunc(out, func(a, b mirror.Unsaved) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// plus is a spec, of a footing with the parts that another has of it.
func plus(n, o mirror.NativeSpec) mirror.NativeSpec {
	if n.Footing != nil && o.Footing != nil {
		return n.Footing.Plus(*o.Footing).Spec()
	}
	return n.Normalize()
}

// openEnds takes up the pushes after which nothing was recorded, because the
// connection or the controller was lost, and their changes.
func (p *pass) openEnds(tx mirror.Tx) (err error) {
	p.entries, err = tx.Journal(p.w.name)
	p.unheard = nil
	for _, j := range p.entries {
		p.unheard = append(p.unheard, j.Changes...)
	}
	return err
}

// ours are the unsaved changes that may be saved: what was deleted, and what is
// there and still ours. What another hand put into a number since is not.
func (p *pass) ours() []mirror.Unsaved {
	there := map[string]bool{}
	for _, n := range p.own() {
		there[n.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(p.s.States.Known(p.w.name).Unsaved), func(u mirror.Unsaved) bool { return u.Set && !there[u.ID] })
}
