package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab"
)

// What goes wrong with the Arista switches of a soak.

func (s *soaker) leaf() *lab.Switch { return s.leaves[s.rnd.IntN(len(s.leaves))] }

func leafFaults(rnd *rand.Rand) []lab.Faults {
	return append(commonFaults(rnd), []lab.Faults{
		{Refuse: []lab.Refusal{{Line: "destination Ethernet", Answer: "% Unavailable command", Times: 1 + rnd.IntN(2)}}},
		{Refuse: []lab.Refusal{{Line: "^configure session .* timer", Answer: "% Authorization denied for command 'commit'", Times: 1}}},
		{Refuse: []lab.Refusal{{Line: "^configure session .* commit$", Answer: "% Authorization denied for command 'commit'", Times: 1}}},
		{Refuse: []lab.Refusal{{Line: "^configure session .* abort$", Answer: "% Authorization denied for command 'abort'", Times: 1}}},
		{Replace: []lab.Replacement{{Command: "show configuration sessions", Output: "{\"sitzungen\": 1}"}}},
		{Replace: []lab.Replacement{{Command: "show monitor session", Output: "{\"sitzungen\": {}}"}}},
	}...)
}

// typedOnLeaf is what a hand adds to a session of ours.
const typedOnLeaf = "source Ethernet9 rx"

// manualLeaf is another engineer at a session of ours.
func (s *soaker) manualLeaf() {
	sw := s.leaf()
	var ours []string
	for line := range strings.Lines(sw.RunningConfig()) {
		if m := ourName.FindStringSubmatch(line); m != nil && !slices.Contains(ours, m[1]) {
			ours = append(ours, m[1])
		}
	}
	if len(ours) == 0 {
		return
	}
	name := "monitor session " + ours[s.rnd.IntN(len(ours))]
	act := []string{"no " + name, "no " + name + " source Ethernet6", name + " " + typedOnLeaf, name + " sample 50"}[s.rnd.IntN(4)]
	s.note("by hand on %s: %q", sw.Name(), act)
	sw.Exec("configure", act, "end")
}

// strangeOnLeaves takes away what a hand typed to a session that was gone at the same
// moment: that is a session of the hand's then, under a name of ours.
func (s *soaker) strangeOnLeaves() {
	for _, sw := range s.leaves {
		lines := map[string][]string{}
		for line := range strings.Lines(sw.RunningConfig()) {
			if m := ourName.FindStringSubmatch(line); m != nil {
				lines[m[1]] = append(lines[m[1]], strings.TrimSpace(strings.TrimPrefix(line, m[0])))
			}
		}
		for name, of := range lines {
			if !slices.ContainsFunc(of, func(l string) bool { return l != typedOnLeaf && l != "sample 50" }) {
				s.note("the hand takes session %s on %s away: %q", name, sw.Name(), of)
				sw.Exec("configure", "no monitor session "+name, "end")
			}
		}
	}
}

// occupy has another hand have a switch: a commit of theirs that goes back by itself, a
// lock, as many candidates as the switch takes, or one of ours that nobody is in.
func (s *soaker) occupy() {
	sw := s.leaf()
	acts := [][]string{
		{fmt.Sprintf("configure session CVP-configtask-%d; commit timer 00:00:09", s.acts)},
		{"configure lock maintenance"},
		{fmt.Sprintf("configure session nm-orphan%s; end", strings.Map(func(r rune) rune { return r - '0' + 'a' }, fmt.Sprintf("%010d", s.acts)))},
		nil,
	}
	for i := range 5 {
		acts[3] = append(acts[3], fmt.Sprintf("configure session other-%d; end", i))
	}
	act := acts[s.rnd.IntN(len(acts))]
	s.note("another hand on %s: %q", sw.Name(), act)
	for _, line := range act {
		sw.Exec(strings.Split(line, "; ")...) // may be refused by what is there already
	}
}

// leavesQuiet ends what others have on the Arista switches. What waits goes back.
func (s *soaker) leavesQuiet() {
	for _, sw := range s.leaves {
		sw.Exec("configure unlock force")
		for i := range 5 {
			sw.Exec(fmt.Sprintf("configure session other-%d abort", i))
		}
		sw.Lapse()
	}
}
