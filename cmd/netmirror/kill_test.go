package main

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
)

// envInt is a number from the environment.
func envInt(name string, def int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return def
}

// TestKilledAtManyMoments kills the controller by SIGKILL at random moments
// while sessions over one and over two switches are made, changed and deleted,
// starts it again and finds every acknowledged intent held, nothing doubled, no
// number leaked and everything foreign as it was. NETMIRROR_CRASHES says how
// often; `make crash` does it 200 times and prints the count.
func TestKilledAtManyMoments(t *testing.T) {
	crashes := envInt("NETMIRROR_CRASHES", 60)
	seed := uint64(envInt("NETMIRROR_SEED", 1))
	f := newFleet(t, 3, false, seed, "--resync", "1h")
	slow := lab.Timing{ThinkTime: lab.Duration(4 * time.Millisecond)}
	unfinished, records := 0, 0
	for round := range crashes {
		for _, sw := range f.switches {
			sw.SetTiming(slow)
		}
		// Drawn before the writer starts, which draws from the same source.
		moment := time.Duration(f.rnd.IntN(120)) * time.Millisecond
		acks := make(chan bool, 64)
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if f.write(fmt.Sprintf("s%d", (round+i)%6)) {
					select {
					case acks <- true:
					default:
					}
				}
			}
		}()
		select {
		case <-acks:
		case <-time.After(patience):
			f.fail("round %d: nothing is acknowledged", round)
		}
		<-time.NewTimer(moment).C
		f.kill()
		close(stop)
		<-done
		if n := f.unfinished(); n > 0 {
			unfinished++
			records += n
		}
		for _, sw := range f.switches {
			sw.SetTiming(lab.Timing{})
		}
		f.startWith()
		what := fmt.Sprintf("seed %d, crash %d", seed, round+1)
		f.settles(what)
		f.invariants(what)
	}
	f.empty()
	fmt.Printf("%d crashes at random moments, %d of them left an unfinished journal record (%d records); seed %d\n", crashes, unfinished, records, seed)
	if unfinished*10 < crashes*3 {
		t.Errorf("only %d crashes left an unfinished record", unfinished)
	}
}
