package plan

import (
	"cmp"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Desired is one native session that a device shall hold, with the sessions
// that share it.
type Desired struct {
	Mark     string
	Spec     mirror.NativeSpec
	Sessions []string // sorted
	Pin      string   // wanted native id, "" = any
}

// Compose unites the fragments of one device that share destination, role and
// options into native sessions, sorted by mark. Sources are united: rx of one
// session and tx of another make both.
func Compose(instance, device string, fragments []mirror.Fragment) []Desired {
	byMark := map[string]*Desired{}
	for _, f := range fragments {
		mark := mirror.Mark(instance, device, f.Spec)
		d, ok := byMark[mark]
		if !ok {
			d = &Desired{Mark: mark, Spec: f.Spec}
			d.Spec.Sources = nil
			byMark[mark] = d
		}
		d.Spec.Sources = append(d.Spec.Sources, f.Spec.Sources...)
		d.Sessions = append(d.Sessions, f.Session)
		d.Pin = cmp.Or(d.Pin, f.Pin)
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
