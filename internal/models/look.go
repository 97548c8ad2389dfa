package models

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// stillFresh is how long a read counts as one of right before a push: a look follows it by
// one round trip, and the Set by the same where there is none, so within about that it
// finds nothing that it would not leave open again. It is what the controller needs between
// the two, and no more: another hand's change of right then must not be overwritten.
const stillFresh = 50 * time.Millisecond

// fresh reports whether all that blocks rest on was read right before over this connection,
// and nothing was sent since. What a footing changes is seen by a read of everything alone.
// Where sessions are numbers it never is: an edit of a number writes over whoever has it by
// now, and no protocol here has one that is refused then. A name of ours nobody else takes.
func (c *Conn) fresh(blocks []mirror.Block, which []int) bool {
	if c.d.p.Can(c.facts).NamedBy() == mirror.Numbered || c.pushed || c.last.IsZero() || c.seen.IsZero() || c.now().Sub(c.seen) >= stillFresh {
		return false
	}
	return c.now().Sub(c.last.Read) < stillFresh ||
		!slices.ContainsFunc(which, func(i int) bool { return blocks[i].Change.Footing() != nil })
}

// look reads once more what blocks rest on, right before they are sent: numbers of
// sessions can be taken by anybody, and ports, lists and sessions changed. Over a wire
// with a lock it is behind the lock, so that nothing comes in between; over others what
// was read right before is not read again. A block that rests on what is another by now
// gets mirror.ErrChanged. refused is why nothing can be pushed
// now; err is mirror.ErrNotSent.
func (c *Conn) look(ctx context.Context, blocks []mirror.Block, which []int, report *mirror.PushReport) (refused *Refusal, err error) {
	h, locks := c.wire.(Holder)
	if !locks && c.fresh(blocks, which) {
		c.compare(c.last.Observation, blocks, which, report)
		return nil, nil
	}
	look := mirror.Look{Known: c.last}
	for _, i := range which {
		if f := blocks[i].Change.Footing(); f != nil {
			look.Ports = append(look.Ports, f.Trunks...)
			if f.Port != "" {
				look.Ports = append(look.Ports, f.Port)
			}
		}
	}
	read := c.wire.Read
	if locks {
		read = func(ctx context.Context, reads []Read) (a Answers, err error) {
			if a, refused, err = h.Hold(ctx, reads); refused != nil {
				err = refused.Err
			}
			return a, err
		}
	}
	now, err := c.observe(ctx, look, read)
	if refused != nil {
		return refused, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: look at %s before a push: %w", mirror.ErrNotSent, c.device, errors.Join(err, c.release(ctx)))
	}
	c.compare(now.Observation, blocks, which, report)
	return nil, nil
}

// compare gives blocks mirror.ErrChanged that rest on what is another by now.
func (c *Conn) compare(now mirror.Observation, blocks []mirror.Block, which []int, report *mirror.PushReport) {
	for _, i := range which {
		if why := changed(c.last, now, blocks[i].Change); why != "" {
			report.Blocks[i].Err = fmt.Errorf("%s: %s: %w", c.device, why, mirror.ErrChanged)
		}
	}
}

// release gives back what a look has held.
func (c *Conn) release(ctx context.Context) error {
	if h, ok := c.wire.(Holder); ok {
		return h.Release(ctx)
	}
	return nil
}

// changed says what a change rests on that is not as it was known, "" = nothing. Where
// nothing was read over this connection, it is as it is in the change.
func changed(was mirror.Known, now mirror.Observation, c mirror.Change) string {
	if f := c.Footing(); f != nil {
		return changedFooting(was, now, c)
	}
	is, there := native(now, c.ID())
	old, stood := native(was.Observation, c.ID())
	if was.IsZero() {
		old, stood = is, c.Before != nil
		if stood && is.Mark != "" {
			old.Mark = c.Before.Mark
		}
	}
	switch {
	case there && !stood:
		return "session " + is.ID + " was made by another hand"
	case stood && !there:
		return "session " + c.ID() + " is gone"
	case there && (is.Mark != old.Mark || is.Text != old.Text):
		return "session " + is.ID + " is not as it was read"
	case there && c.Before == nil:
		return "session " + is.ID + " exists"
	}
	return ""
}

func native(o mirror.Observation, id string) (n mirror.NativeSession, there bool) {
	if i := slices.IndexFunc(o.Natives, func(n mirror.NativeSession) bool { return n.ID == id }); i >= 0 {
		return o.Natives[i], true
	}
	return n, false
}

// changedFooting is changed for what sessions stand on. A session that was not on it is
// another hand's: none of ours comes before what it stands on.
func changedFooting(was mirror.Known, now mirror.Observation, c mirror.Change) string {
	if was.IsZero() {
		return ""
	}
	for _, n := range []*mirror.NativeSession{c.Before, c.After} {
		if n == nil {
			continue
		}
		f := *n.Spec.Footing
		if !reflect.DeepEqual(groundOf(was.Observation, f), groundOf(now, f)) {
			return f.ID() + " is not as it was read"
		}
		for _, is := range now.Natives {
			if old, stood := native(was.Observation, is.ID); f.Under(is.Spec) && !(stood && f.Under(old.Spec)) {
				return "session " + is.ID + " stands on " + f.ID() + " by now"
			}
		}
	}
	return ""
}

// A ground is what the change of a footing rests on.
type ground struct {
	footing mirror.Footing // as it stands, by its kind and name
	origins []string       // all that there are
	vlan    mirror.VLAN
	ports   []place
	handles map[string]string // of a list: the entries that bind lists to ports
}

// A place is a port as far as a footing changes it.
type place struct {
	stanza string
	lists  []string
}

func groundOf(o mirror.Observation, f mirror.Footing) (g ground) {
	switch f.Kind {
	case mirror.FootingOrigin:
		for _, other := range o.Footings {
			if other.Kind == f.Kind {
				g.origins = append(g.origins, other.Name)
			}
		}
	case mirror.FootingFilter:
		g.handles = o.Handles
	}
	if f.Name != "" {
		g.footing, _ = o.Footing(f.Kind, f.Name)
	}
	if f.VLAN != 0 {
		g.vlan, _ = o.VLAN(f.VLAN)
	}
	for _, p := range o.Ports {
		if p.Name == f.Port || slices.Contains(f.Trunks, p.Name) || slices.Contains(f.Ports, p.Name) || p.Parent != "" && slices.Contains(f.Ports, p.Parent) {
			g.ports = append(g.ports, place{p.Stanza, p.Lists})
		}
	}
	return g
}
