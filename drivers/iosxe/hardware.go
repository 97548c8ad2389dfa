package iosxe

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// The hardware counts sessions by numbers of its own. "show platform software
// monitor session N" takes the number that is configured and names both: "Span
// Session N (FED Session F)". "show platform software fed ... monitor" heads a
// session with F, and no document says which of the two numbers it takes; so it
// is asked for N in the same write and, where that does not show F, for F: only
// what it shows under F is believed.

func platformQuestion(id string) string { return "show platform software monitor session " + id }

func (c *Conn) fedQuestion(number string) string {
	if c.quirk.State == stateSwitch {
		return "show platform software fed switch active monitor " + number
	}
	return "show platform software fed active monitor " + number
}

// questions are the commands that tell whether sessions are in the hardware, in
// order; none where the platform has no such commands. Of an ERSPAN source the
// hardware tells more than that it has a number.
func (c *Conn) questions(natives []mirror.NativeSession) []string {
	var out []string
	for _, n := range natives {
		if c.quirk.State == stateUnknown || n.Spec.Role == "" {
			continue
		}
		out = append(out, platformQuestion(n.ID))
		if n.Spec.Role == mirror.RoleERSPANSource {
			out = append(out, c.fedCommands(n.ID, "")[0])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fedCommands are the questions for one session, the one that showed it before
// or probably does first.
func (c *Conn) fedCommands(id, number string) []string {
	out := []string{c.fedQuestion(id)}
	if number != "" && number != id {
		out = append(out, c.fedQuestion(number))
	}
	if c.state != nil && c.state.fed[id] != "" {
		out = append([]string{c.state.fed[id]}, out...)
	}
	return out
}

// hardware fills Programmed from replies, and asks what was not asked yet: of
// sessions that were not expected, and under which number the hardware has them.
func (c *Conn) hardware(ctx context.Context, natives []mirror.NativeSession, s *state, replies map[string]string) error {
	if c.quirk.State == stateUnknown {
		return nil
	}
	for {
		var missing []string
		for i := range natives {
			if next := c.judge(&natives[i], s, replies); next != "" {
				missing = append(missing, next)
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

// judge reads the hardware's state of one session from replies; next is what has
// to be asked first, "" when all is said. What is refused or not understood is
// unknown, of this session alone, and says nothing about what is configured.
func (c *Conn) judge(n *mirror.NativeSession, s *state, replies map[string]string) (next string) {
	if n.Spec.Role == "" || n.Opaque != "" && n.Programmed == mirror.False {
		return ""
	}
	set := func(h hardware) { n.Programmed, n.ProgrammedReason = h.programmed, h.reason }
	reply, asked := replies[platformQuestion(n.ID)]
	if !asked {
		return platformQuestion(n.ID)
	}
	number, h, err := inHardware(n.ID, reply)
	if err != nil {
		set(untold(reply, err))
		return ""
	}
	set(h)
	if n.Spec.Role != mirror.RoleERSPANSource || h.programmed != mirror.True {
		return ""
	}
	for _, command := range c.fedCommands(n.ID, number) {
		reply, asked := replies[command]
		if !asked {
			return command
		}
		head, h, err := parseFED(reply)
		if err != nil || head != number {
			set(untold(reply, fmt.Errorf("the hardware shows session %q, not %s: %w", head, number, mirror.ErrParse)))
			continue
		}
		set(h)
		if s.fed == nil {
			s.fed = map[string]string{}
		}
		s.fed[n.ID] = command
		return ""
	}
	return ""
}

// inHardware is what the device says of session id: its number in the
// hardware, and whether it has one.
func inHardware(id, reply string) (number string, h hardware, err error) {
	span, number, h, err := parsePlatformSession(reply)
	if err == nil && span != id {
		err = fmt.Errorf("the device shows session %s, not %s: %w", span, id, mirror.ErrParse)
	}
	return number, h, err
}

// untold is an answer that tells nothing.
func untold(reply string, err error) hardware {
	if words, refused := showRefusal(reply); refused {
		return hardware{programmed: mirror.Unknown, reason: "the device does not tell: " + text.Quote(words)}
	}
	return hardware{programmed: mirror.Unknown, reason: "the hardware's state was not understood: " + err.Error()}
}
