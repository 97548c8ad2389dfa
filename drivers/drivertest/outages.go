package drivertest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// mostLines bounds a block in search of its end.
const mostLines = 60

// outages loses the connection before and after every line of a create, a
// change and a delete. An engine over a store must finish the work without
// help: what the lost push did is unknown to it, so it has to look. Where a push is
// one commit nothing is in force before that, so one line in four stands for the others,
// and one in two where the suite is Sampled; with NETMIRROR_FAULTS all are tried (make
// faults).
func (s Suite) outages(t *testing.T) {
	r := s.newRig(t)
	if !s.can(t, "outages", r.dev.Drop != nil) {
		return
	}
	b := r.newBench()
	first := b.ask(from("p1", mirror.Both), from("p2", mirror.RX))
	second := b.ask(from("p1", mirror.TX), from("p3", mirror.Both))
	if r.s.Driver.Capabilities(r.facts).FilterVLANs.OK() {
		second.FilterVLANs = []int{110, 120} // another mark as well
	}
	stride := 1
	if s.Sampled && !thorough() {
		stride = 2 // lost behind a line is much the same as lost in front of the next
	}
	if r.s.Driver.Capabilities(r.facts).Atomic && !thorough() {
		stride = 4
	}
	for _, step := range []struct {
		verb        string
		prepare, do func()
		sessions    int // afterwards
	}{
		{"create", func() {}, func() { b.submit(first) }, 1},
		{"change", func() { b.submit(first) }, func() { b.submit(second) }, 1},
		{"delete", func() { b.submit(first) }, b.remove, 0},
	} {
		step.prepare()
		step.do()
		undisturbed := b.settled(step.sessions)
		b.clear(step.sessions)
		for _, after := range []bool{false, true} {
			when := map[bool]string{false: "before", true: "after"}[after]
			n := 1
			for ; ; n += stride {
				if t.Failed() || n > mostLines {
					t.Fatalf("%s: the connection is lost %s line %d still", step.verb, when, n)
				}
				step.prepare()
				more := true
				t.Run(fmt.Sprintf("%s/%s line %d", step.verb, when, n), func(t *testing.T) {
					r.t = t
					more = b.lose(n, after, step.do, step.sessions, undisturbed)
				})
				r.t = t
				b.clear(step.sessions)
				if !more {
					break
				}
			}
			if n == 1 {
				t.Errorf("%s: the connection was never lost %s a line: the device's Drop does nothing", step.verb, when)
			}
		}
	}
}

// clear removes what a step left.
func (b *bench) clear(sessions int) {
	b.rig.t.Helper()
	if sessions > 0 {
		b.remove()
		b.settled(0)
	}
}

// lose has the connection cut at a line while do works, and reports whether it
// came to that: it does not, when the work has fewer lines. The device must
// hold what it holds undisturbed.
func (b *bench) lose(n int, after bool, do func(), sessions int, undisturbed string) bool {
	b.rig.t.Helper()
	_ = b.spy.takeLost()
	b.rig.dev.Drop(n, after)
	do()
	b.rig.dev.Drop(0, false)
	lost := b.spy.takeLost()
	if lost != nil && !broken(lost) {
		b.rig.t.Errorf("the lost connection gave %v, want ErrUnreachable or ErrTimeout", lost)
	}
	if diff := cmp.Diff(undisturbed, b.settled(sessions)); diff != "" {
		b.rig.t.Errorf("the device does not hold what it does undisturbed (-undisturbed +is):\n%s", diff)
	}
	return lost != nil
}
