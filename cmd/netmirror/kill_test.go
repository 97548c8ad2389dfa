package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// envInt is a number from the environment.
func envInt(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return def
}

// killSteps are the failpoints between which a push has an open journal record.
var killSteps = []string{"claimed", "pushed", "verified"}

// TestKilledAtManyMoments kills the controller by SIGKILL while sessions over one
// and over two switches are made, changed and deleted, starts it again and finds
// every acknowledged intent held, nothing doubled, no number leaked and
// everything foreign as it was. Every second crash is at a random moment, the
// others at a step at which the journal is open, however slow the machine is.
// NETMIRROR_CRASHES says how often; `make crash` does it 200 times and prints
// the count. It has a switch beside whose pushes wait to be confirmed: every second one
// that waits at a crash goes back before the controller returns, and that is said.
func TestKilledAtManyMoments(t *testing.T) {
	t.Parallel()
	crashes := envInt("NETMIRROR_CRASHES", 24)
	seed := uint64(envInt("NETMIRROR_SEED", 1))
	leaves, steps := []string{byLines}, killSteps
	if os.Getenv("NETMIRROR_CRASHES") != "" { // what goes back is waited for; TestKilledAroundAConfirmation is short
		leaves, steps = append(leaves, byCommits), append(slices.Clone(steps), "confirming", "confirmed")
	}
	f := newWideFleet(t, 3, leaves, false, seed, "--resync", "1h")
	unfinished, records, back := 0, 0, 0
	for round := range crashes {
		what := fmt.Sprintf("seed %d, crash %d", seed, round+1)
		if round%2 == 0 {
			f.dieAtRandom(round)
		} else {
			step := fmt.Sprintf("%s:%d", steps[f.rnd.IntN(len(steps))], 1+f.rnd.IntN(4))
			what += " at " + step
			f.dieAtStep(round, step)
		}
		n := f.unfinished()
		if n > 0 {
			unfinished++
			records += n
		} else if round%2 == 1 {
			f.fail("%s: left no unfinished record", what)
		}
		for _, sw := range f.all() {
			sw.SetTiming(lab.Timing{})
		}
		var lapsed []string
		died := time.Now()
		if f.rnd.IntN(2) == 0 {
			lapsed = f.lapse()
			back += len(lapsed)
		}
		f.startWith()
		f.settles(what)
		f.invariants(what)
		for _, device := range lapsed { // not before it is sure that nothing comes any more
			testkit.Eventually(t, patience, what+": "+device+" is said to have gone back", func() bool { f.hear(); return f.back[device].After(died) })
		}
	}
	f.empty()
	fmt.Printf("%d crashes, every second at a random moment, %d of them left an unfinished journal record (%d records), %d pushes went back by themselves; seed %d\n", crashes, unfinished, records, back, seed)
}

// dieAtRandom kills the controller at a moment after its first answer.
func (f *fleet) dieAtRandom(round int) {
	for _, sw := range f.all() {
		sw.SetTiming(lab.Timing{ThinkTime: lab.Duration(4 * time.Millisecond)})
	}
	// Drawn before the writer starts, which draws from the same source.
	moment := time.Duration(f.rnd.IntN(120)) * time.Millisecond
	acks, stop := f.writing(round)
	select {
	case <-acks:
	case <-time.After(patience):
		f.fail("round %d: nothing is acknowledged", round)
	}
	<-time.NewTimer(moment).C
	f.kill()
	stop()
}

// dieAtStep has the controller kill itself at a step, "claimed:3" for the third
// time that it passes it.
func (f *fleet) dieAtStep(round int, step string) {
	f.stop()
	f.startWith("NETMIRROR_FAILPOINT=" + step)
	_, stop := f.writing(round)
	f.died()
	stop()
}

// writing makes writes, one after the other, until stop is called or the
// controller ends. A value comes from acks when one was acknowledged.
func (f *fleet) writing(round int) (acks <-chan bool, stop func()) {
	acked := make(chan bool, 64)
	quit, done := make(chan struct{}), make(chan struct{})
	ended := f.ended
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-quit:
				return
			case <-ended:
				return
			default:
			}
			if f.write(fmt.Sprintf("s%d", (round+i)%6)) {
				select {
				case acked <- true:
				default:
				}
			}
		}
	}()
	return acked, func() { close(quit); <-done }
}
