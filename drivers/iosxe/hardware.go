package iosxe

import (
	"cmp"
	"fmt"

	"github.com/netmirror/netmirror/internal/console"
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

func fedQuestion(q quirk, number string) string {
	if q.State == stateSwitch {
		return "show platform software fed switch active monitor " + number
	}
	return "show platform software fed active monitor " + number
}

// questions are the commands that tell whether a session is in the hardware; none
// where the platform has no such commands. Of an ERSPAN source the hardware tells
// more than that it has a number.
func questions(f mirror.Facts, n mirror.NativeSession, last string) []string {
	q := quirkOf(f)
	switch {
	case q.State == stateUnknown:
		return nil
	case n.Spec.Role == mirror.RoleERSPANSource:
		return []string{platformQuestion(n.ID), cmp.Or(last, fedQuestion(q, n.ID))}
	}
	return []string{platformQuestion(n.ID)}
}

// judge reads the hardware's state of one session. What is refused or not understood
// is unknown, of this session alone, and says nothing about what is configured.
func judge(f mirror.Facts, n mirror.NativeSession, last string, r console.Replies) console.Verdict {
	q := quirkOf(f)
	if q.State == stateUnknown {
		return console.Verdict{}
	}
	reply, asked := r[platformQuestion(n.ID)]
	if !asked {
		return console.Verdict{Ask: platformQuestion(n.ID)}
	}
	number, h, err := inHardware(n.ID, reply)
	if err != nil {
		h = untold(reply, err)
	}
	told := func(h hardware, by string) console.Verdict {
		return console.Verdict{Programmed: h.programmed, Reason: h.reason, By: by}
	}
	if err != nil || n.Spec.Role != mirror.RoleERSPANSource || h.programmed != mirror.True {
		return told(h, "")
	}
	// The one that showed it before, or probably does, first.
	for _, command := range []string{last, fedQuestion(q, n.ID), fedQuestion(q, number)} {
		if command == "" {
			continue
		}
		reply, asked := r[command]
		if !asked {
			return console.Verdict{Ask: command}
		}
		head, more, err := parseFED(reply)
		if err == nil && head == number {
			return told(more, command)
		}
		h = untold(reply, fmt.Errorf("the hardware shows session %q, not %s: %w", head, number, mirror.ErrParse))
	}
	return told(h, "")
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
