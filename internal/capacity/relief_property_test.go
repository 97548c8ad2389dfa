package capacity_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/testkit"
)

// drawReliefWorld has some sessions over some ports, their ladders in any order.
func drawReliefWorld(t *rapid.T) *reliefWorld {
	w := newReliefWorld()
	w.alone = rapid.Bool().Draw(t, "alone")
	for i := range rapid.IntRange(1, 4).Draw(t, "sessions") {
		var sources []mirror.Source
		for port := range 4 {
			if port > 0 && rapid.Bool().Draw(t, "not") {
				continue
			}
			src := copied(fmt.Sprintf("p%d", port), rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both}).Draw(t, "direction"))
			src.Priority, src.Essential = rapid.IntRange(1, 100).Draw(t, "priority"), rapid.IntRange(0, 3).Draw(t, "essential") == 0
			sources = append(sources, src)
		}
		ladder := rapid.Permutation(mirror.Rungs).Draw(t, "ladder")[:rapid.IntRange(0, 5).Draw(t, "rungs")]
		rec := w.session(fmt.Sprintf("s%d", i), rapid.IntRange(1, 3).Draw(t, "priority"), "", sources...)
		if len(ladder) > 0 {
			rec.Session.OnOverload = &mirror.OnOverload{Action: mirror.OverloadRelieve, Ladder: ladder}
		}
	}
	return w
}

// drawLoad sets what the ports carry, up to so many bits per second in each direction.
func (w *reliefWorld) drawLoad(t *rapid.T, most int) {
	for port := range 4 {
		w.carries(fmt.Sprintf("p%d", port), float64(rapid.IntRange(0, most).Draw(t, "rx")), float64(rapid.IntRange(0, most).Draw(t, "tx")))
	}
}

// check holds what is always true between two samples.
func (w *reliefWorld) check(t *rapid.T) {
	options := map[string]bool{}
	for _, rec := range w.recs {
		s, on := plan.Effective(*rec, w.now)
		if on {
			options[fmt.Sprintf("%d/%d", s.Truncate, s.Sample)] = true
		}
		rungs := map[string]bool{}
		if rec.Relief != nil {
			for _, step := range rec.Relief.Steps {
				if !slices.Contains(rec.Session.Relieves(), step.Rung) {
					t.Fatalf("%s was taken of %s, whose ladder is %v", step, s.Name, rec.Session.Relieves())
				}
				if rungs[step.Rung] && step.Rung != mirror.RungShedSources {
					t.Fatalf("%s was taken twice of %s", step, s.Name)
				}
				rungs[step.Rung] = true
			}
		}
		for _, src := range rec.Session.Sources {
			there := slices.ContainsFunc(s.Sources, func(x mirror.Source) bool { return x.Interface == src.Interface })
			if src.Essential && on && !there {
				t.Fatalf("essential %s of %s was shed: %+v", src.Interface, s.Name, rec.Relief)
			}
			if src.Direction == mirror.TX && there && src.Essential && s.Sources[slices.IndexFunc(s.Sources, func(x mirror.Source) bool { return x.Interface == src.Interface })].Direction != mirror.TX {
				t.Fatalf("an essential source changed its direction from tx")
			}
		}
	}
	if len(options) > 1 && !w.alone {
		t.Fatalf("sessions of one native session have several options: %v", options)
	}
}

// Whatever the load does: never two steps within the hold, nothing essential is shed,
// and sessions of one native session agree. Under the same load the steps come to an
// end, each of them takes something away, and when the load is gone everything is as
// asked.
func TestPropertiesOfRelief(t *testing.T) {
	testkit.Fewer(t, 50)
	rapid.Check(t, func(t *rapid.T) {
		w := drawReliefWorld(t)
		var last time.Time
		step := func() {
			at := w.now
			m := w.sample()
			if m == nil {
				return
			}
			if !last.IsZero() && at.Sub(last) < capacity.ReliefHold {
				t.Fatalf("steps at %v and %v", last, at)
			}
			if last = at; !m.Release && m.Predicted >= m.Now {
				t.Fatalf("%s takes nothing away", m)
			}
			w.check(t)
		}
		for range rapid.IntRange(1, 5).Draw(t, "loads") {
			w.drawLoad(t, rapid.SampledFrom([]int{2 * mbit, 5 * mbit, 20 * mbit}).Draw(t, "most"))
			for range rapid.IntRange(1, 40).Draw(t, "samples") {
				step()
			}
		}
		const longest = 400 // samples before a release
		for moves, quiet := len(w.moves), 0; quiet < longest; quiet++ {
			if step(); len(w.moves) == moves {
				continue
			}
			if moves, quiet = len(w.moves), 0; moves > 500 {
				t.Fatalf("under the same load there is no end: %v", w.moves[490:])
			}
		}
		for port := range 4 {
			w.carries(fmt.Sprintf("p%d", port), 0, 0)
		}
		asked := func() bool {
			return !slices.ContainsFunc(w.recs, func(rec *mirror.SessionRecord) bool { return rec.Relief != nil && len(rec.Relief.Steps) > 0 })
		}
		for i := 0; i < 50*longest && !asked(); i++ {
			step()
		}
		for _, rec := range w.recs {
			if s, on := plan.Effective(*rec, w.now); !on || !reflect.DeepEqual(s, rec.Session) {
				t.Fatalf("without load %s is not as asked: %+v", rec.Session.Name, rec.Relief)
			}
		}
	})
}

// A load that swings over the bounds moves nothing, or a few times at first.
func TestReliefDoesNotFlapOnSquareWaves(t *testing.T) {
	for name, c := range map[string]struct {
		high, low float64 // Mbit/s, of 10
		period    int     // samples
		most      int     // moves within 1,000 periods
	}{
		"about the upper bound, never for three samples": {9.6, 9.4, 4, 0},
		"above the upper bound and below it":             {9.6, 9.4, 20, 1},
		"about the lower bound":                          {8.1, 7.9, 20, 0},
		"over both bounds, never below for six samples":  {9.6, 7.9, 10, 1},
		"over both bounds":                               {9.6, 7.9, 20, 8},
		"over both bounds, slowly":                       {9.6, 7.9, 100, 16},
		"all or nothing":                                 {30, 0, 20, 8},
	} {
		t.Run(name, func(t *testing.T) {
			w := newReliefWorld()
			w.session("a", 50, "rx-only suspend", copied("p1", mirror.Both))
			for range 1000 {
				for i := range c.period {
					load := c.high
					if i >= c.period/2 {
						load = c.low
					}
					w.carries("p1", load*mbit/4, load*mbit*3/4)
					w.sample()
				}
			}
			if len(w.moves) > c.most {
				t.Errorf("%d moves, at most %d are right: %v", len(w.moves), c.most, w.moves[:c.most+1])
			}
		})
	}
}
