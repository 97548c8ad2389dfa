package console

import (
	"context"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// proves reports whether a read has to prove a push of sessions and nothing else.
func (c *Conn) proves(look mirror.Look) bool {
	return c.state != nil && len(c.unproven) > 0 && !c.doubt && !c.lookAgain &&
		!c.state.read.Before(look.Oldest) && len(look.Ports)+len(look.Traffic) == 0
}

// ask fills in which sessions are in the hardware. A read that proves a push takes it
// for granted of a session that was in it, was not pushed and is shown as before.
func (c *Conn) ask(ctx context.Context, natives []mirror.NativeSession, s *state, replies Replies, proof bool) error {
	var open []int
	var asked []mirror.NativeSession
	for i := range natives {
		if was := c.granted(natives[i]); proof && was != nil {
			natives[i].Programmed, natives[i].ProgrammedReason = was.Programmed, was.ProgrammedReason
			continue
		}
		open, asked = append(open, i), append(asked, natives[i])
	}
	if err := c.hardware(ctx, asked, s, replies); err != nil {
		return err
	}
	for k, i := range open {
		natives[i] = asked[k]
	}
	return nil
}

// granted is how a session was read before when it was in the hardware and nothing
// tells that this changed, else nil.
func (c *Conn) granted(n mirror.NativeSession) *mirror.NativeSession {
	if _, pushed := c.unproven[n.ID]; pushed || c.state == nil {
		return nil
	}
	was := find(c.state.observation.Natives, n.ID)
	if was == nil || was.Programmed != mirror.True || was.Opaque != n.Opaque || !was.Spec.Equal(n.Spec) {
		return nil
	}
	return was
}

// expected are the sessions that the device will probably have and that have to be
// asked about: those it had, and those that were pushed; behind a push, the latter and
// what was not in the hardware.
func (c *Conn) expected(proof bool) []mirror.NativeSession {
	var out []mirror.NativeSession
	if c.state != nil {
		out = slices.DeleteFunc(slices.Clone(c.state.observation.Natives), func(n mirror.NativeSession) bool {
			return proof && c.granted(n) != nil
		})
	}
	for id, there := range c.unproven {
		if there && !slices.ContainsFunc(out, func(n mirror.NativeSession) bool { return n.ID == id }) {
			out = append(out, mirror.NativeSession{ID: id, Spec: mirror.NativeSpec{Role: mirror.RoleLocal}})
		}
	}
	return out
}
