package plan

import "github.com/netmirror/netmirror/internal/mirror"

// A Slot is a limit of a device's native sessions with how much of it is taken.
type Slot struct {
	mirror.Limit
	Used int // native sessions that count against it, foreign ones too
}

// Slots are the limits of a device that count native sessions, as far as they
// are taken by what was observed.
func Slots(caps mirror.Capabilities, o mirror.Observation) []Slot {
	var out []Slot
	for _, l := range caps.Limits {
		switch l.Counts {
		case mirror.LimitSessions, mirror.LimitSourceSessions, mirror.LimitRXSessions, mirror.LimitTXSessions:
		default:
			continue // of one native session
		}
		s := Slot{Limit: l}
		for _, n := range o.Natives {
			if counted(l.Counts, n.Spec) {
				s.Used++
			}
		}
		out = append(out, s)
	}
	return out
}

// Binding is the slot that will be full first: the one with the least room, of
// several the one with the lower limit. ok is false where the platform has no
// limit that is known.
func Binding(slots []Slot) (s Slot, ok bool) {
	for i, c := range slots {
		if room, least := c.Max-c.Used, s.Max-s.Used; i == 0 || room < least || room == least && c.Max < s.Max {
			s = c
		}
	}
	return s, len(slots) > 0
}

// Counted names what a limit counts, for people.
func (s Slot) Counted() string {
	switch s.Counts {
	case mirror.LimitSourceSessions:
		return "native sessions with sources"
	case mirror.LimitRXSessions:
		return "native sessions with received traffic"
	case mirror.LimitTXSessions:
		return "native sessions with sent traffic"
	}
	return "native sessions"
}
