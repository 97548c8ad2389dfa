package engine

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A SessionPick narrows a list of sessions by what is counted of them: what it says is of
// now, or of a moment ago. The zero value is everything.
type SessionPick struct {
	Phase mirror.Phase
	// Text is in the name, description, reason, ticket, persons, devices, ports or tools;
	// whether letters are small does not matter.
	Text string
}

// searched is where the words of a SessionPick are looked for. It is kept in memory: the
// scan of 50,000 takes some milliseconds, and a substring has no index.
func searched(rec mirror.SessionRecord) string {
	s := rec.Session
	words := []string{s.Name, s.Description, rec.CreatedBy}
	if rec.UpdatedBy != rec.CreatedBy {
		words = append(words, rec.UpdatedBy)
	}
	if s.Purpose != nil {
		words = append(words, s.Purpose.Reason, s.Purpose.Ticket)
	}
	for _, x := range s.Sources {
		words = append(words, x.Device+" "+cmp.Or(x.Interface, "vlan"))
	}
	for _, d := range s.Destinations {
		words = append(words, d.Tool, d.Device+" "+d.Interface, d.IP)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return strings.TrimSpace(w) == "" })
	return strings.ToLower(strings.Join(words, "\n")) // no word of a person goes over a newline
}

// has reports whether a session is one of a pick; text is in small letters.
func (s tallied) has(phase mirror.Phase, text string) bool {
	return (phase == "" || s.phase == phase) && (text == "" || strings.Contains(s.text, text))
}

// after lists sessions of a pick by name, after one, at most so many.
func (t *tally) after(pick SessionPick, name string, most int) (out []string) {
	text := strings.ToLower(pick.Text)
	t.counts.RLock()
	defer t.counts.RUnlock()
	if pick.Phase == "" {
		out = slices.Collect(maps.Keys(t.by))
		out = slices.DeleteFunc(out, func(n string) bool { return n <= name || !t.by[n].has("", text) })
		slices.Sort(out)
		return out[:min(len(out), most)]
	}
	all := t.phases[pick.Phase]
	i, there := slices.BinarySearch(all, name)
	if there {
		i++
	}
	for _, n := range all[i:] {
		if text == "" || strings.Contains(t.by[n].text, text) {
			if out = append(out, n); len(out) == most {
				break
			}
		}
	}
	return out
}

// in keeps the sessions of a pick.
func (t *tally) in(pick SessionPick, names []string) []string {
	text := strings.ToLower(pick.Text)
	t.counts.RLock()
	defer t.counts.RUnlock()
	return slices.DeleteFunc(names, func(name string) bool {
		s, there := t.by[name]
		return !there || !s.has(pick.Phase, text)
	})
}
