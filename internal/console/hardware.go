package console

import (
	"context"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// questions are the commands that tell whether sessions are in the hardware, sorted.
func (c *Conn) questions(natives []mirror.NativeSession) []string {
	if c.d.p.Reads.Ask == nil {
		return nil
	}
	var out []string
	for _, n := range natives {
		if n.Spec.Role != "" {
			out = append(out, c.d.p.Reads.Ask(c.facts, n, c.toldBy(n.ID))...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// toldBy is the command that told the hardware's state of a session last.
func (c *Conn) toldBy(id string) string {
	if c.state == nil {
		return ""
	}
	return c.state.told[id]
}

// hardware fills Programmed from replies, and asks what was not asked yet: of
// sessions that were not expected, and what an answer makes necessary.
func (c *Conn) hardware(ctx context.Context, natives []mirror.NativeSession, s *state, replies Replies) error {
	if c.d.p.Reads.Judge == nil {
		return nil
	}
	for {
		var missing []string
		for i := range natives {
			n := &natives[i]
			if n.Spec.Role == "" || n.Opaque != "" && n.Programmed == mirror.False {
				continue
			}
			v := c.d.p.Reads.Judge(c.facts, *n, c.toldBy(n.ID), replies)
			if v.Ask != "" {
				missing = append(missing, v.Ask)
				continue
			}
			if v.Programmed != "" {
				n.Programmed, n.ProgrammedReason, n.Waits = v.Programmed, v.Reason, v.Waits
			}
			if v.By != "" {
				if s.told == nil {
					s.told = map[string]string{}
				}
				s.told[n.ID] = v.By
			}
		}
		if len(missing) == 0 {
			return nil
		}
		slices.Sort(missing)
		more, err := c.run(ctx, slices.Compact(missing)...)
		if err != nil {
			return err
		}
		for command, reply := range more {
			replies[command] = reply
		}
	}
}
