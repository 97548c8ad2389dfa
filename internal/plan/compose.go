package plan

import (
	"cmp"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Desired is one native session, or one footing, that a device shall hold, with
// the sessions that share it.
type Desired struct {
	Mark     string
	Spec     mirror.NativeSpec
	Sessions []string // sorted
	Pin      string   // wanted native id, "" = any
}

// Compose unites the fragments of one device that share destination, role and
// options into native sessions, and what they stand on into footings, sorted by
// mark. Sources are united (rx of one session and tx of another make both), and
// so are the parts of a footing.
func Compose(instance, device string, fragments []mirror.Fragment) []Desired {
	byMark := map[string]*Desired{}
	for _, f := range fragments {
		for _, part := range f.Spec.Parts() {
			mark := mirror.Mark(instance, device, part)
			if part.Footing != nil && len(part.Footing.Ports) > 0 {
				part.Footing.Session = mirror.Mark(instance, device, f.Spec) // its name, see mirror.FilterAtSources
			}
			d, ok := byMark[mark]
			if !ok {
				d = &Desired{Mark: mark, Spec: part}
				d.Spec.Sources = nil
				byMark[mark] = d
			}
			d.Sessions = append(d.Sessions, f.Session)
			if part.Footing != nil {
				d.Spec.Footing = united(*d.Spec.Footing, *part.Footing)
				continue
			}
			d.Spec.Sources = append(d.Spec.Sources, part.Sources...)
			d.Pin = cmp.Or(d.Pin, f.Pin)
		}
	}
	out := make([]Desired, 0, len(byMark))
	for _, d := range byMark {
		d.Spec = d.Spec.Normalize()
		slices.Sort(d.Sessions)
		d.Sessions = slices.Compact(d.Sessions)
		out = append(out, *d)
	}
	slices.SortFunc(out, func(a, b Desired) int { return cmp.Compare(a.Mark, b.Mark) })
	return out
}

// united is what two sessions want of one footing.
func united(a, b mirror.Footing) *mirror.Footing {
	out := a.Plus(b)
	if a.Setup != nil && b.Setup != nil {
		setup := a.Setup.With(*b.Setup)
		out.Setup = &setup
	}
	return &out
}
