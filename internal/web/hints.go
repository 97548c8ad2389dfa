package web

import (
	"slices"

	"github.com/netmirror/netmirror/client"
)

// deviceHints are commands by which a person sees on a device that it worked.
type deviceHints struct {
	Device string
	Hints  []client.Hint
}

// Hints are those of a plan that always help, by device, each once.
func (p planView) Hints() (out []deviceHints) {
	for _, s := range p.StoredPlan.Steps {
		i := slices.IndexFunc(out, func(d deviceHints) bool { return d.Device == s.Device })
		for _, h := range s.Hints {
			if len(h.Reasons) > 0 {
				continue
			}
			if i < 0 {
				i, out = len(out), append(out, deviceHints{Device: s.Device})
			}
			if !slices.ContainsFunc(out[i].Hints, func(x client.Hint) bool { return x.Command == h.Command }) {
				out[i].Hints = append(out[i].Hints, h)
			}
		}
	}
	return out
}

// Looks are the hints of what a device holds, those that help at what is not as it shall
// be first.
func (h heldText) Looks() (out []client.Hint) {
	for _, x := range h.Hints {
		if len(x.Reasons) == 0 || slices.ContainsFunc(h.reasons, func(r string) bool { return slices.Contains(x.Reasons, r) }) {
			out = append(out, x)
		}
	}
	return out
}
