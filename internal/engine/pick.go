package engine

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
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

// A DevicePick narrows a list of devices by what is counted of them, as a SessionPick does.
type DevicePick struct {
	Reachable mirror.State
	Platform  string
	Text      string // in the name, addresses, host name, model, serial number or release
	Foreign   bool   // with a native session that netmirror did not make
}

func searchedDevice(d mirror.Device, st mirror.DeviceState) string {
	f := st.Facts
	words := []string{d.Name, d.Transports.Config.Address, f.Hostname, f.Model, f.Serial, f.Version}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "" })
	return strings.ToLower(strings.Join(words, "\n"))
}

// foreignOn counts the native sessions of a device that no netmirror made.
func (e *Engine) foreignOn(tx mirror.Tx, d mirror.Device) (n int, err error) {
	info, err := e.info(tx, d)
	if errors.Is(err, mirror.ErrUnsupported) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	lost := map[string]string{}
	for mark, id := range plan.Lost(info) {
		lost[id] = mark
	}
	for _, native := range info.Observation.Natives {
		if whose, _ := owner(info, native, lost[native.ID]); whose == ownerForeign {
			n++
		}
	}
	return n, nil
}

func (d countedDevice) is(pick DevicePick, text string) bool {
	return (pick.Reachable == "" || d.reachable == pick.Reachable) && (pick.Platform == "" || d.platform == pick.Platform) &&
		(!pick.Foreign || d.foreign > 0) && (text == "" || strings.Contains(d.text, text))
}

// after lists devices of a pick by name, after one.
func (t *deviceTally) after(pick DevicePick, name string) (out []string) {
	text := strings.ToLower(pick.Text)
	t.counts.RLock()
	defer t.counts.RUnlock()
	for n, d := range t.by {
		if n > name && d.is(pick, text) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

// picked selects names of devices that are counted as asked, and have the labels.
func (t *deviceTally) picked(tx mirror.Tx, s mirror.Selection, pick DevicePick, p mirror.Page) (names []string, next string, err error) {
	for i, name := range t.after(pick, p.After) {
		if i == mirror.MaxLooked { // the request stays bounded; it goes on from here
			return names, next, nil
		}
		matches := s.Empty()
		if !matches {
			if matches, err = tx.Matches(mirror.ResourceDevice, s, name); err != nil {
				return nil, "", err
			}
		}
		if matches {
			if len(names) == p.Limit {
				return names, names[len(names)-1], nil
			}
			names = append(names, name)
		}
		next = name
	}
	return names, "", nil
}
