package console

import (
	"context"
	"slices"
	"strings"
	"time"

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
			v := c.linkless(c.d.p.Reads.Judge(c.facts, *n, c.toldBy(n.ID), replies), n.Spec.Destinations, replies)
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

// linkless lets a session wait that is not programmed while no destination port has a link: a
// tool that is not plugged in yet is no fault of the configuration. A port that does not
// tell leaves the verdict as it is.
func (c *Conn) linkless(v Verdict, ports []mirror.PortName, replies Replies) Verdict {
	if !v.Linkless || v.Programmed != mirror.False || len(ports) == 0 || c.d.p.Count == nil {
		return v
	}
	var names []string
	for _, p := range ports {
		command := c.d.p.Count.One(p)
		reply, asked := replies[command]
		if !asked {
			return Verdict{Ask: command}
		}
		rows, err := c.d.p.Count.Read(reply, time.Time{})
		i := slices.IndexFunc(rows, func(r mirror.PortCounters) bool { return r.Port == p })
		if err != nil || i < 0 || rows[i].Up != mirror.False {
			return v
		}
		names = append(names, string(p))
	}
	v.Programmed, v.Waits = mirror.Unknown, v.Reason+", while there is no link at "+strings.Join(names, ", ")
	return v
}
