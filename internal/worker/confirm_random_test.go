package worker

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// Whatever is lost, killed, locked or taken back in between, and in whatever order:
// in the end the device holds what is wanted and nothing of it twice, what is
// foreign is as it was, no push was begun while another waited, and nothing was
// saved that could still go back.
func TestConfirmedPushesConverge(t *testing.T) {
	testkit.Fewer(t, 30) // of a store each; -rapid.checks=2000 tries more
	rapid.Check(t, func(rt *rapid.T) {
		rules := rapid.SampledFrom([]Confirms{asEOS, asJunos, asXR, asXRNamed}).Draw(rt, "rules")
		numbered := rapid.Bool().Draw(rt, "numbered")
		r := newRig(t, rules)
		defer func() { _ = r.close() }()
		r.restart(numbered)
		theirs := *fragment("", "d5")
		r.b.natives["5"] = mirror.NativeSession{ID: "5", Spec: theirs.Spec}
		wanted := map[string]string{} // session, destination
		for range rapid.IntRange(1, 10).Draw(rt, "acts") {
			switch rapid.SampledFrom([]string{"want", "want", "run", "lose", "kill", "expire", "lock", "deaf"}).Draw(rt, "act") {
			case "want":
				i := rapid.IntRange(1, 4).Draw(rt, "session")
				name, dest := fmt.Sprint("s", i), ""
				if rapid.IntRange(0, 2).Draw(rt, "on") > 0 {
					dest = fmt.Sprint("d", i)
				}
				if _, known := wanted[name]; !known && dest == "" {
					continue
				}
				wanted[name] = dest
				r.want(name, dest)
			case "run":
				r.run()
			case "lose":
				r.b.edit(func() {
					r.b.lost = rapid.SampledFrom([]string{"push", "before confirm", "confirm", "before abort", "abort"}).Draw(rt, "at")
				})
				r.run()
				r.b.edit(func() { r.b.lost = "" })
			case "kill":
				r.stops = rapid.SampledFrom([]string{"claimed", "pushed", "verified", "confirming", "confirmed", "recorded"}).Draw(rt, "step")
				if !r.run() {
					r.b.edit(r.b.hangUp)
					r.restart(numbered)
				}
				r.stops = ""
			case "expire":
				r.expire()
			case "lock":
				r.b.edit(func() {
					if i := slices.IndexFunc(r.b.others, func(w mirror.Pending) bool { return w.Kind == mirror.WaitLock }); i >= 0 {
						r.b.others = slices.Delete(r.b.others, i, i+1)
					} else {
						r.b.others = append(r.b.others, mirror.Pending{Kind: mirror.WaitLock, Holder: "alice"})
					}
				})
			case "deaf":
				r.b.edit(func() { r.b.deaf = rapid.SampledFrom([]string{"", "d1", "d2"}).Draw(rt, "to") })
			}
		}
		r.b.edit(func() { r.b.deaf, r.b.others = "", nil })
		for name, dest := range wanted { // what was refused is asked for again
			r.want(name, dest)
		}
		for range 4 {
			r.run()
			r.expire()
		}
		want := []string{"d5"}
		for _, dest := range wanted {
			if dest != "" {
				want = append(want, dest)
			}
		}
		slices.Sort(want)
		if got := r.b.ends(); got != strings.Join(want, " ") {
			rt.Fatalf("the device copies to %s, want %v; said %s; events %s", got, want, r.b.words(), r.events())
		}
		if n := r.b.natives["5"]; !n.Spec.Equal(theirs.Spec) {
			rt.Errorf("what is foreign became %s", jsonOf(n))
		}
		if len(r.b.wrong) > 0 {
			rt.Errorf("%v; said %s", r.b.wrong, r.b.words())
		}
		for _, name := range slices.Sorted(maps.Keys(wanted)) {
			if row := r.row(name); !row.Settled() || wanted[name] != "" && row.Configured.State != mirror.True {
				rt.Errorf("%s", jsonOf(row))
			}
		}
		r.update(func(tx mirror.Tx) error {
			lines, err := tx.Natives("sw")
			if len(lines) != len(want)-1 {
				rt.Errorf("the ledger has %s", jsonOf(lines))
			}
			return err
		})
		if left := r.journal(); len(left) > 0 {
			rt.Errorf("the journal has %s", jsonOf(left))
		}
	})
}
