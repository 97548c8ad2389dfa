package worker

import (
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestASourceThatAnotherHandTookFirstStaysTheirs: where sessions are known by their
// destination, a push that stops since such a source is there by now leaves no claim behind,
// whether the session is new or had sources already. It goes without theirs.
func TestASourceThatAnotherHandTookFirstStaysTheirs(t *testing.T) {
	theirs := mirror.NativeSource{Port: "p2", Direction: mirror.RX}
	for name, first := range map[string]bool{"a new session": false, "one that is there": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, Confirms{})
			r.b.placed = true
			r.restart(false)
			wanted := fragment("s", "d1")
			if first {
				r.wantFragment("s", fragment("s", "d1"))
				r.run()
				r.applied("s")
			}
			wanted.Spec.Sources = append(wanted.Spec.Sources, theirs)
			r.b.overtaken = func(c mirror.Change) bool {
				n := r.b.natives["d1"]
				if n.ID == "" {
					n = mirror.NativeSession{ID: "d1", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"}, Options: wanted.Spec.Options}}
				}
				n.Spec = n.Spec.With(mirror.NativeSpec{Sources: []mirror.NativeSource{theirs}})
				r.b.natives["d1"] = n
				return true
			}
			r.wantFragment("s", wanted)
			r.run()
			if row := r.row("s"); !row.FailedGoal() {
				t.Errorf("nobody is told: %s", jsonOf(row))
			}
			r.b.overtaken = nil
			r.want("s", "")
			r.run()
			r.run()
			var lines []mirror.Native
			r.update(func(tx mirror.Tx) (err error) { lines, err = tx.Natives("sw"); return err })
			if n := r.b.natives["d1"]; len(n.Spec.Sources) != 1 || n.Spec.Sources[0] != theirs || len(lines) != 0 {
				t.Errorf("%s\n%s", jsonOf(n), jsonOf(lines))
			}
		})
	}
}
