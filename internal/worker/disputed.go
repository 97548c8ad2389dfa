package worker

import (
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Of a session of ours that the device shows in two ways nobody knows what it
// holds. That is no drift: it waits until both agree, and everything is read again
// for that. Nothing else on the device waits with it.

// disputes are those sessions, by mark.
func (p *pass) disputes() map[string]mirror.NativeSession {
	out := map[string]mirror.NativeSession{}
	for mark, n := range p.own() {
		if n.Disputed {
			out[mark] = n
		}
	}
	return out
}

// waits reports whether a change must wait for a session that is disputed: one of
// that session itself, unless it goes and nothing of ours in it is doubtful; one
// that would end copies where it may end them; and one that takes away what it
// stands on.
func (p *pass) waits(c mirror.Change) bool {
	for mark, n := range p.disputed {
		i := slices.IndexFunc(p.info.Ledger, func(l mirror.Native) bool { return l.Mark == mark })
		var ours mirror.NativeSpec
		if i >= 0 {
			ours = mirror.NativeSpec{}.With(p.info.Ledger[i].Spec).With(p.info.Ledger[i].Sent)
		}
		switch {
		case c.Mark == mark || c.Was == mark:
			again := slices.ContainsFunc(p.desired, func(d plan.Desired) bool { return d.Mark == mark })
			return c.After != nil || again || !p.info.Certain(n, ours)
		case c.After != nil && c.After.Spec.Footing != nil:
			if c.Before != nil && onSame(*c.Before, n.Spec, ours) {
				return true
			}
		case c.After != nil && onSame(*c.After, n.Spec, ours), c.After == nil && c.Before.Spec.Footing != nil && onSame(*c.Before, n.Spec, ours):
			return true
		}
	}
	return false
}

// onSame reports whether a session or footing has a destination or remote VLAN
// that one of the specs has.
func onSame(a mirror.NativeSession, specs ...mirror.NativeSpec) bool {
	return slices.ContainsFunc(specs, func(s mirror.NativeSpec) bool {
		if f := a.Spec.Footing; f != nil {
			return f.Under(s)
		}
		return a.Spec.RemoteVLAN != 0 && a.Spec.RemoteVLAN == s.RemoteVLAN ||
			slices.ContainsFunc(a.Spec.Destinations, func(d mirror.PortName) bool { return slices.Contains(s.Destinations, d) })
	})
}

// doubtful says why it is not known what the device holds of a placement, nil when
// it is: its native session is shown in two ways, or may still go back.
func (p *pass) doubtful(row mirror.Placement) *mirror.Check {
	if p.unconfirmed(row) {
		return &mirror.Check{State: mirror.Unknown, Reason: "Unconfirmed", Message: p.blocked}
	}
	for _, mark := range p.marksOf(row) {
		if n, ok := p.disputed[mark]; ok {
			return &mirror.Check{State: mirror.Unknown, Reason: reasonOf(mirror.ErrParse),
				Message: fmt.Sprintf("the device shows native session %s in two ways: %s; it waits until both agree", n.ID, n.Opaque)}
		}
	}
	return nil
}

// doubt notes at the end of a run whether something of ours is disputed: then
// everything is read the next time, and that soon.
func (w *Worker) doubt(is bool) {
	if !is {
		w.doubts = 0
		return
	}
	w.doubts++
	w.forget()
}
