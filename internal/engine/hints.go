package engine

import (
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// hintsOn are the commands by which a person sees native sessions on a device, each once.
// What a session stands on, such as a remote VLAN, is seen with those of the session.
func hintsOn(drv worker.Driver, facts mirror.Facts, natives ...*mirror.NativeSession) (out []mirror.Hint) {
	if drv.Hints == nil {
		return nil
	}
	for _, n := range natives {
		if n == nil || n.Spec.Footing != nil {
			continue
		}
		out = append(out, drv.Hints(facts, *n)...)
	}
	return onceEach(out)
}

// afters are the native sessions that changes make.
func afters(changes []mirror.Change) (out []*mirror.NativeSession) {
	for _, c := range changes {
		out = append(out, c.After)
	}
	return out
}

// onceEach leaves each command once.
func onceEach(list []mirror.Hint) (out []mirror.Hint) {
	for _, h := range list {
		if !slices.ContainsFunc(out, func(x mirror.Hint) bool { return x.Command == h.Command }) {
			out = append(out, h)
		}
	}
	return out
}
