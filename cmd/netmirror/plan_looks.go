package main

import (
	"slices"

	"github.com/netmirror/netmirror/client"
)

// looksAfter are the commands by which a person sees on a device that a plan worked. They stand
// behind the last step of the device: only then it has all that the plan gives it.
func looksAfter(steps []client.PlannedStep, i int) []line {
	device := steps[i].Device
	if slices.ContainsFunc(steps[i+1:], func(s client.PlannedStep) bool { return s.Device == device }) {
		return nil
	}
	var all []client.Hint
	for _, s := range steps[:i+1] {
		if s.Device == device {
			all = append(all, s.Hints...)
		}
	}
	return looks(device, all)
}

// looks are commands that always help, each once; others are for what is not as it shall be.
func looks(device string, hints []client.Hint) (out []line) {
	said := map[string]bool{}
	for _, h := range hints {
		if len(h.Reasons) > 0 || said[h.Command] {
			continue
		}
		if said[h.Command] = true; len(out) == 0 {
			out = append(out, line{{"   To see that it worked, type on " + plain(device) + ":", ""}})
		}
		out = append(out, line{{"     " + plain(h.Command), ""}}, line{{"       " + plain(h.Shows), ""}})
	}
	return out
}
