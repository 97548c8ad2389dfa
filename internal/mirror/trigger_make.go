package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// AlertValues are what an alert says, beside the port: that is known by its canonical name.
type AlertValues struct {
	Device    string
	Direction Direction
	Reason    string
}

// A Triggered session was started by a trigger, of which port it says.
type Triggered struct {
	Trigger   string    `json:"trigger"`
	Device    string    `json:"device"`
	Interface PortName  `json:"interface"`
	Started   time.Time `json:"started"` // the last time that it was not there before
}

// TriggerState is what a trigger did so far.
type TriggerState struct {
	Name string `json:"name"`
	// Starts are the times of what counts for the rate, the oldest first, of the last
	// hour alone.
	Starts   []time.Time `json:"starts,omitempty"`
	Posts    int64       `json:"posts,omitempty"` // bodies that were read
	Started  int64       `json:"started,omitempty"`
	Renewed  int64       `json:"renewed,omitempty"`
	Ended    int64       `json:"ended,omitempty"`
	Refused  int64       `json:"refused,omitempty"`
	Ignored  int64       `json:"ignored,omitempty"`
	Last     time.Time   `json:"last,omitzero"` // when the last body came
	LastBy   string      `json:"lastBy,omitempty"`
	Refusal  []Reason    `json:"refusal,omitempty"` // the last one
	RefuseAt time.Time   `json:"refuseAt,omitzero"`
}

// Window is the time in which the starts of a trigger are counted.
const Window = time.Hour

// Take takes one start at a time: ok is false when there were as many as the rate allows
// within the window, and then wait is how long until there is room.
func (s TriggerState) Take(rate int, now time.Time) (after TriggerState, wait time.Duration, ok bool) {
	kept := s.Counted(now)
	s.Starts = kept
	if len(kept) >= rate {
		return s, Window - now.Sub(kept[len(kept)-rate]), false
	}
	s.Starts = append(kept, now)
	return s, 0, true
}

// Counted are the starts that count at a time.
func (s TriggerState) Counted(now time.Time) []time.Time {
	kept := make([]time.Time, 0, len(s.Starts)+1)
	for _, at := range s.Starts {
		// What lies ahead is of a clock that was set back since; it counts as of now, so
		// that it blocks no longer than anything else.
		if at.After(now) {
			at = now
		}
		if now.Sub(at) < Window {
			kept = append(kept, at)
		}
	}
	return kept
}

// Instance is the session of a port, without its lease. Its name is the same for the same
// port whatever else the alert says.
func (t Trigger) Instance(port PortName, v AlertValues) Session {
	s := t.Session
	fill := strings.NewReplacer(brace(PickDevice), v.Device, brace(PickInterface), string(port), brace(PickDirection), string(v.Direction),
		brace(PickReason), v.Reason, brace(pickTrigger), t.Name)
	s.Name = t.sessionName(v.Device, port)
	s.Sources = append([]Source(nil), s.Sources...)
	for i := range s.Sources {
		src := &s.Sources[i]
		if src.Device == brace(PickDevice) && src.Interface == brace(PickInterface) {
			src.Device, src.Interface = v.Device, string(port)
		}
		if string(src.Direction) == brace(PickDirection) {
			src.Direction = v.Direction
		}
	}
	s.Destinations = append([]Destination(nil), s.Destinations...)
	for i := range s.Destinations { // a port of the alert's switch, never a port of the alert
		if s.Destinations[i].Device == brace(PickDevice) {
			s.Destinations[i].Device = v.Device
		}
	}
	s.Description = cutText(fill.Replace(s.Description))
	if s.Purpose != nil {
		s.Purpose = &Purpose{Reason: cutText(fill.Replace(s.Purpose.Reason)), Ticket: cutText(fill.Replace(s.Purpose.Ticket))}
	}
	if s.Labels != nil {
		s.Labels = maps.Clone(s.Labels)
		for k, text := range s.Labels {
			s.Labels[k] = fill.Replace(text)
		}
	}
	return s
}

// sessionName fills the pattern and makes a name of it. One that is too long is cut, and
// ends in a hash of the whole.
func (t Trigger) sessionName(device string, port PortName) string {
	whole := strings.NewReplacer(brace(pickTrigger), t.Name, brace(PickDevice), device, brace(PickInterface), string(port)).Replace(t.SessionName)
	var b strings.Builder
	for _, r := range strings.ToLower(whole) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	if len(name) > 63 {
		sum := sha256.Sum256([]byte(whole))
		name = strings.TrimRight(name[:54], "-") + "-" + hex.EncodeToString(sum[:4])
	}
	return name
}

// Allows reports whether a line of the allow-list has a port. same tells whether an
// interface without "*" is that port, in the words of the platform: it may be a short
// name, or a range.
func (t Trigger) Allows(device string, port PortName, same func(text string) bool) bool {
	for _, a := range t.Allow {
		if !anyLike(a.Devices, device) {
			continue
		}
		for _, p := range a.Interfaces {
			if Like(strings.ToLower(p), strings.ToLower(string(port))) || !strings.Contains(p, "*") && same(p) {
				return true
			}
		}
	}
	return false
}

func anyLike(patterns []string, text string) bool {
	for _, p := range patterns {
		if Like(p, text) {
			return true
		}
	}
	return false
}

// Like reports whether a text is as a pattern says, in which "*" is any text.
func Like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// PlainText makes a free text of what somebody else wrote: one line, valid, without
// invisible characters, and not too long.
func PlainText(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	return cutText(strings.Join(strings.Fields(text), " "))
}

// cutText cuts a text to what a free text may have, between two characters.
func cutText(text string) string {
	if len(text) <= MaxText {
		return text
	}
	text = text[:MaxText-3]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text + "..."
}

// Ends tells when a session of the trigger ends that is started or renewed now.
func (t Trigger) Ends(started, now time.Time) time.Time {
	end := now.Add(t.Lease)
	if t.MaxAge > 0 && end.After(started.Add(t.MaxAge)) {
		end = started.Add(t.MaxAge)
	}
	return end
}
