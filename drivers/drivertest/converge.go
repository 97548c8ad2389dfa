package drivertest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A state is what a device shall hold for one intent.
type state struct {
	name      string
	fragments []mirror.Fragment
}

// converge brings a device with foreign sessions from each intent to each
// other (Sampled: to some), and to nothing and back, and to everything else that is claimed. After every step the device reads back
// without a difference, a second run sends nothing, and what is not ours is
// byte for byte what it was; with nothing wanted, everything is.
func (s Suite) converge(t *testing.T) {
	s.readIntents(t, s.Ports) // skips before a device is made
	r := s.newRig(t)
	if r.facts.Model != s.Facts.Model {
		t.Errorf("the device is a %q, the golden files are for %q", r.facts.Model, s.Facts.Model)
	}
	list := s.readIntents(t, r.dev.Ports)
	states := []state{{name: "nothing"}}
	info := r.info()
	for _, in := range list {
		if _, refused := s.Refused[in.Name]; refused {
			continue
		}
		fragments, reasons := expand(in, info)
		if len(reasons) > 0 {
			t.Errorf("%s is refused for this device, and rendered for the golden file: %+v", in.Name, reasons)
			continue
		}
		states = append(states, state{in.Name, fragments})
	}
	prints := map[string]string{}
	walk := allPairs(len(states))
	if s.Sampled && !thorough() {
		walk = somePairs(len(states))
	}
	for _, at := range walk {
		if t.Failed() {
			return
		}
		r.step(states[at], prints)
	}
	// What no intent asks for and the platform claims, one after the other.
	for _, st := range r.claimed(info) {
		if t.Failed() {
			return
		}
		r.step(st, prints)
		r.step(states[0], prints)
	}
}

// claimed is a state for each claimed ability. The planner must have nothing
// against it on this device either.
func (r *rig) claimed(info plan.DeviceInfo) []state {
	r.t.Helper()
	var out []state
	for _, a := range r.s.abilities(info.Capabilities) {
		if !a.support.OK() {
			continue
		}
		if a.access {
			r.t.Logf("not on this device: %s takes an access port as destination", a.name)
			continue
		}
		f := r.s.fragment("probe", a.spec)
		if reasons := plan.Check(f, plan.Expansion{}, nil, info); len(reasons) > 0 {
			r.t.Errorf("%s is claimed, and refused for this device: %+v", a.name, reasons)
			continue
		}
		out = append(out, state{a.name, []mirror.Fragment{f}})
	}
	return out
}

// step applies a state, and looks whether a second run would send anything. By
// whatever way a state is reached, the device must hold the same: prints are
// the fingerprints of the states seen before.
func (r *rig) step(to state, prints map[string]string) {
	r.t.Helper()
	r.t.Logf("to %s", to.name)
	r.apply(to.fragments...)
	blocks, writes := r.spy.pushed(), r.dev.Writes()
	info := r.info()
	list, _ := r.render(info, to.fragments)
	if len(list) > 0 || r.spy.pushed() != blocks || r.dev.Writes() != writes {
		r.t.Fatalf("%s a second time: %d changes, %d blocks and %d writes on the device; want none", to.name, len(list), r.spy.pushed()-blocks, r.dev.Writes()-writes)
	}
	now := fingerprint(r.dev.Config(), own(info), r.clean)
	if first, seen := prints[to.name]; seen && first != now {
		r.t.Fatalf("%s is another configuration than when it was reached first (-then +now):\n%s", to.name, cmp.Diff(first, now))
	}
	prints[to.name] = now
}

// allPairs is a walk over n places, from place 0, that uses every way from one
// to another.
func allPairs(n int) []int {
	var walk []int
	for i := range n {
		if i > 0 {
			walk = append(walk, i)
		}
		for j := i + 1; j < n; j++ {
			walk = append(walk, j, i)
		}
		if i > 0 {
			walk = append(walk, 0)
		}
	}
	return walk
}

// somePairs is a walk over n places, from place 0, that goes from there to every other and
// back, and comes to each from three others.
func somePairs(n int) (walk []int) {
	for i := 1; i < n; i++ {
		walk = append(walk, i, 0)
	}
	for _, from := range []int{1, n / 3, n - 1} {
		step := from // one with which a round comes past every place
		for ; step > 1 && divisor(step, n) > 1; step++ {
		}
		for i := 1; i <= n; i++ {
			walk = append(walk, i*step%n)
		}
	}
	return walk
}

// divisor is the largest that two numbers have in common.
func divisor(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}
