package capacity_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

const mbit = 1_000_000

// A reliefWorld is one switch with sessions that copy to one port of 10 Mbit/s,
// through one native session.
type reliefWorld struct {
	recs   []*mirror.SessionRecord
	load   map[string]map[mirror.Direction]float64 // by port
	values map[string]mirror.Values                // by option
	cannot map[string]string
	busy   map[string]string
	alone  bool // each session has a native session of its own
	count  capacity.ReliefCount
	now    time.Time
	moves  []capacity.ReliefMove
	passed []capacity.Passed
}

const reliefCapacity = 10 * mbit

func (w *reliefWorld) session(name string, priority int, ladder string, sources ...mirror.Source) *mirror.SessionRecord {
	s := mirror.Session{Name: name, Enabled: true, Priority: priority, Sources: sources, Destinations: []mirror.Destination{{Device: "sw1", Interface: "d1"}}}
	if ladder != "" {
		s.OnOverload = &mirror.OnOverload{Action: mirror.OverloadRelieve, Ladder: strings.Fields(ladder)}
	}
	rec := &mirror.SessionRecord{Session: s.WithDefaults()}
	w.recs = append(w.recs, rec)
	return rec
}

func newReliefWorld() *reliefWorld {
	return &reliefWorld{load: map[string]map[mirror.Direction]float64{}, now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		values: map[string]mirror.Values{mirror.RungTruncate: {From: 14, To: 9000}, mirror.RungSample: {From: 2, To: 1 << 20}}}
}

// carries sets the load of a port in bits per second.
func (w *reliefWorld) carries(port string, rx, tx float64) {
	w.load[port] = map[mirror.Direction]float64{mirror.RX: rx, mirror.TX: tx}
}

func copied(port string, d mirror.Direction) mirror.Source {
	return mirror.Source{Device: "sw1", Interface: port, Direction: d}
}

// outlook is what the switch would hold and offer: the sources united; of a truncated
// frame a fifth is copied.
func (w *reliefWorld) outlook(steps map[string][]mirror.ReliefStep) capacity.Outlook {
	held := map[string]map[string]mirror.Direction{} // by options, or by session
	for _, rec := range w.recs {
		r := *rec
		if with, of := steps[rec.Session.Name]; of {
			r.Relief = &mirror.Relief{Steps: with}
		}
		s, on := plan.Effective(r, w.now)
		if !on {
			continue
		}
		key := fmt.Sprintf("%d/%d", s.Truncate, s.Sample)
		if w.alone {
			key += "/" + s.Name
		}
		if held[key] == nil {
			held[key] = map[string]mirror.Direction{}
		}
		for _, src := range s.Sources {
			held[key][src.Interface] = held[key][src.Interface].Union(src.Direction)
		}
	}
	out := capacity.Outlook{Known: true}
	if len(held) > 1 && !w.alone {
		out.Unable = "sessions of one native session differ in their options"
	}
	total := 0.0
	for _, key := range slices.Sorted(maps.Keys(held)) {
		var truncate, sample int
		if _, err := fmt.Sscanf(key, "%d/%d", &truncate, &sample); err != nil {
			panic(err)
		}
		for _, port := range slices.Sorted(maps.Keys(held[key])) {
			d := held[key][port]
			out.Holds += fmt.Sprintf("%s: %s %s\n", key, port, d)
			for one, load := range w.load[port] {
				if d != one && d != mirror.Both {
					continue
				}
				if truncate > 0 {
					load /= 5
				}
				total += load / float64(max(sample, 1))
			}
		}
	}
	out.Offered = mirror.BitsPerSecond(total)
	return out
}

var reliefEnd = capacity.End{Device: "sw1", Port: "d1"}

// sample is one sample: what is decided is done at once.
func (w *reliefWorld) sample() *capacity.ReliefMove {
	q := capacity.ReliefQuestion{End: reliefEnd, Now: w.now, Offered: w.outlook(nil).Offered, Capacity: reliefCapacity, Predict: w.outlook}
	for _, rec := range w.recs {
		r := capacity.Relievable{Session: rec.Session, Here: true, Busy: w.busy[rec.Session.Name], Cannot: w.cannot,
			Truncate: []mirror.Values{w.values[mirror.RungTruncate]}, Sample: []mirror.Values{w.values[mirror.RungSample]}}
		if rec.Relief != nil {
			r.Relief = *rec.Relief
		}
		for _, o := range w.recs {
			if o != rec && !w.alone {
				r.Shares = append(r.Shares, o.Session.Name)
			}
		}
		q.Sessions = append(q.Sessions, r)
	}
	var move *capacity.ReliefMove
	var passed []capacity.Passed
	move, passed, w.count = capacity.NextStep(q, w.count)
	w.passed = append(w.passed, passed...)
	if move != nil {
		w.moves = append(w.moves, *move)
		for _, rec := range w.recs {
			steps, of := move.Steps[rec.Session.Name]
			if !of {
				continue
			}
			relief := mirror.Relief{}
			if rec.Relief != nil {
				relief = *rec.Relief
			}
			relief.Steps, relief.Since = steps, w.now
			rec.Relief = &relief
		}
	}
	w.now = w.now.Add(10 * time.Second)
	return move
}

// run makes so many samples and tells the moves: "+a rx-only", "-a rx-only".
func (w *reliefWorld) run(samples int) string {
	var out []string
	for range samples {
		if m := w.sample(); m != nil {
			sign := map[bool]string{false: "+", true: "-"}[m.Release]
			out = append(out, sign+strings.Join(slices.Sorted(maps.Keys(m.Steps)), "&")+" "+m.Step.String())
		}
	}
	return strings.Join(out, ", ")
}

func (w *reliefWorld) why(session, rung string) string {
	for _, p := range w.passed {
		if p.Session == session && p.Rung == rung {
			return p.Why
		}
	}
	return ""
}

func TestTheNextStepOfRelief(t *testing.T) {
	both, rx, tx := mirror.Both, mirror.RX, mirror.TX
	low := func(s mirror.Source, priority int) mirror.Source { s.Priority = priority; return s }
	essential := func(s mirror.Source) mirror.Source { s.Essential = true; return s }
	for name, c := range map[string]struct {
		world func(*reliefWorld)
		want  string // moves within 60 samples
		// passed over at the end: session, rung, a part of why
		passed [3]string
	}{
		// 6 rx + 19 tx = 25 of 10 Mbit/s; rx alone is 6.
		"what enters alone": {func(w *reliefWorld) {
			w.session("a", 50, "rx-only suspend", copied("p1", both))
			w.carries("p1", 6*mbit, 19*mbit)
		}, "+a rx-only", [3]string{}},
		"only reported": {func(w *reliefWorld) {
			w.session("a", 50, "", copied("p1", both))
			w.carries("p1", 6*mbit, 19*mbit)
		}, "", [3]string{}},
		// 25 -> 11 -> nothing
		"rung by rung": {func(w *reliefWorld) {
			w.session("a", 50, "rx-only suspend", copied("p1", both))
			w.carries("p1", 11*mbit, 14*mbit)
		}, "+a rx-only, +a suspend", [3]string{}},
		"in the user's order": {func(w *reliefWorld) {
			w.session("a", 50, "suspend rx-only", copied("p1", both))
			w.carries("p1", 6*mbit, 19*mbit)
		}, "+a suspend", [3]string{}},
		// 12 of b may stay, 12 of a has to go first although b's step would do.
		"the lowest priority first": {func(w *reliefWorld) {
			w.session("a", 20, "rx-only suspend", copied("p1", both))
			w.session("b", 80, "rx-only suspend", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
			w.carries("p2", 5*mbit, 7*mbit)
		}, "+a rx-only, +a suspend, +b rx-only", [3]string{}},
		"among equals the mildest first, and what takes away most": {func(w *reliefWorld) {
			w.session("a", 50, "rx-only suspend", copied("p1", both))
			w.session("b", 50, "rx-only suspend", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
			w.carries("p2", 5*mbit, 7*mbit)
		}, "+b rx-only, +a rx-only, +a suspend", [3]string{}},
		"no step while what the other copies is the same": {func(w *reliefWorld) {
			w.session("a", 20, "rx-only", copied("p1", both))
			w.session("b", 80, "", copied("p1", both))
			w.carries("p1", 6*mbit, 6*mbit)
		}, "", [3]string{"a", "rx-only", "stay the same"}},
		"together, where the same is copied for both": {func(w *reliefWorld) {
			w.session("a", 20, "rx-only", copied("p1", both))
			w.session("b", 80, "rx-only", copied("p1", both))
			w.carries("p1", 6*mbit, 6*mbit)
		}, "+a&b rx-only", [3]string{}},
		"together, without one that brings nothing": {func(w *reliefWorld) {
			w.session("a", 10, "suspend", copied("p1", both))
			w.session("b", 20, "suspend", copied("p2", both))
			w.session("c", 30, "suspend", copied("p1", both))
			w.carries("p1", 6*mbit, 6*mbit)
			w.carries("p2", 0, 0)
		}, "+a&c suspend", [3]string{}},
		"an option of all": {func(w *reliefWorld) {
			w.session("a", 20, "truncate rx-only", copied("p1", both))
			w.session("b", 80, "truncate", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
			w.carries("p2", 6*mbit, 6*mbit)
		}, "+a&b truncate to 128 octets", [3]string{}},
		"an option that one does not allow": {func(w *reliefWorld) {
			w.session("a", 20, "truncate rx-only", copied("p1", both))
			w.session("b", 80, "", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
			w.carries("p2", 6*mbit, 6*mbit)
		}, "+a rx-only", [3]string{"a", "truncate", `"b" shares`}},
		"an option of a session of its own": {func(w *reliefWorld) {
			w.alone = true
			w.session("a", 20, "truncate", copied("p1", both))
			w.session("b", 80, "", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
		}, "+a truncate to 128 octets", [3]string{}},
		"fewer octets than asked for": {func(w *reliefWorld) {
			w.session("a", 20, "truncate suspend", copied("p1", both)).Session.Truncate = 128
			w.carries("p1", 60*mbit, 6*mbit)
			w.load["p2"] = nil
		}, "+a suspend", [3]string{"a", "truncate", "take nothing away"}},
		"what the platform takes": {func(w *reliefWorld) {
			w.values[mirror.RungTruncate] = mirror.Values{Only: []int{160, 320}}
			w.session("a", 20, "truncate", copied("p1", both))
			w.carries("p1", 6*mbit, 6*mbit)
		}, "+a truncate to 160 octets", [3]string{}},
		"what the platform cannot": {func(w *reliefWorld) {
			w.cannot = map[string]string{mirror.RungTruncate: "frames are copied whole"}
			w.session("a", 20, "truncate rx-only", copied("p1", both))
			w.carries("p1", 6*mbit, 6*mbit)
		}, "+a rx-only", [3]string{"a", "truncate", "copied whole"}},
		// One of 4 is 7.5, one of 3 would be 10.
		"as little sampling as does": {func(w *reliefWorld) {
			w.session("a", 20, "sample", copied("p1", both))
			w.carries("p1", 20*mbit, 10*mbit)
		}, "+a sample one of 4 frames", [3]string{}},
		// 4 of b stay; one of 5 of 20 is 4: 8 is not below 80 %. One of 6 is 3.3.
		"sampling beside what is not sampled": {func(w *reliefWorld) {
			w.alone = true
			w.session("a", 20, "sample", copied("p1", rx))
			w.session("b", 20, "", copied("p2", rx))
			w.carries("p1", 20*mbit, 0)
			w.carries("p2", 4*mbit, 0)
		}, "+a sample one of 6 frames", [3]string{}},
		"sources of the lowest priority first, never an essential one": {func(w *reliefWorld) {
			w.session("a", 20, "shed-sources", low(essential(copied("p1", rx)), 1), low(copied("p2", rx), 60), low(copied("p3", rx), 40), copied("p4", rx))
			for _, p := range []string{"p1", "p2", "p3", "p4"} {
				w.carries(p, 9.8*mbit, 0)
			}
		}, "+a shed-sources (sw1 p3), +a shed-sources (sw1 p4), +a shed-sources (sw1 p2)", [3]string{"a", "shed-sources", "no source is left"}},
		"an idle source is not shed": {func(w *reliefWorld) {
			w.session("a", 20, "shed-sources", copied("p1", rx), copied("p2", rx), low(copied("p3", rx), 1))
			w.carries("p1", 5*mbit, 0)
			w.carries("p2", 6*mbit, 0)
		}, "+a shed-sources (sw1 p2)", [3]string{}},
		"the last source is not shed": {func(w *reliefWorld) {
			w.session("a", 20, "shed-sources suspend", copied("p1", rx))
			w.carries("p1", 11*mbit, 0)
		}, "+a suspend", [3]string{}},
		"what leaves alone is left out by rx-only, unless it is essential": {func(w *reliefWorld) {
			w.session("a", 20, "rx-only", essential(copied("p1", tx)), copied("p2", tx), copied("p3", rx))
			w.carries("p1", 0, 4*mbit)
			w.carries("p2", 0, 4*mbit)
			w.carries("p3", 4*mbit, 0)
		}, "+a rx-only", [3]string{}},
		"nothing is left of what leaves alone": {func(w *reliefWorld) {
			w.session("a", 20, "rx-only", copied("p2", tx))
			w.carries("p2", 0, 14*mbit)
		}, "", [3]string{"a", "rx-only", "stay the same"}},
		"a pinned one stays": {func(w *reliefWorld) {
			w.session("a", 20, "rx-only", copied("p1", both)).Relief = &mirror.Relief{Pinned: true}
			w.session("b", 80, "rx-only", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
			w.carries("p2", 6*mbit, 6*mbit)
		}, "+b rx-only", [3]string{}},
		"no option with a pinned one": {func(w *reliefWorld) {
			w.session("a", 20, "truncate", copied("p1", both)).Relief = &mirror.Relief{Pinned: true}
			w.session("b", 80, "truncate", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
		}, "", [3]string{"b", "truncate", "pinned"}},
		"one that is busy is passed over": {func(w *reliefWorld) {
			w.busy = map[string]string{"a": "its last change is on the way still"}
			w.session("a", 20, "rx-only", copied("p1", both))
			w.session("b", 80, "rx-only", copied("p2", both))
			w.carries("p1", 6*mbit, 6*mbit)
			w.carries("p2", 6*mbit, 6*mbit)
		}, "+b rx-only", [3]string{}},
		"what devices refused gives way to the next rung": {func(w *reliefWorld) {
			w.session("a", 20, "rx-only suspend", copied("p1", both)).Relief = &mirror.Relief{
				Refused: []mirror.ReliefRefusal{{Rung: mirror.RungRXOnly, At: w.now, Times: 1, Message: "% Invalid input"}}}
			w.carries("p1", 6*mbit, 6*mbit)
		}, "+a suspend", [3]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newReliefWorld()
			c.world(w)
			if got := w.run(60); got != c.want {
				t.Errorf("moves: %s\nwant:  %s", got, c.want)
			}
			if c.passed[0] == "" {
				return
			}
			if why := w.why(c.passed[0], c.passed[1]); !strings.Contains(why, c.passed[2]) {
				t.Errorf("%s of %s was passed over: %q, want %q", c.passed[1], c.passed[0], why, c.passed[2])
			}
		})
	}
}

// One step at a time, the hold between them, and back in reverse order when the load
// is gone.
func TestReliefIsHeldAndReleasedInReverseOrder(t *testing.T) {
	w := newReliefWorld()
	a := w.session("a", 50, "truncate rx-only suspend", copied("p1", mirror.Both))
	w.carries("p1", 60*mbit, 60*mbit) // 120, truncated 24, rx alone 12
	var at []time.Duration
	start := w.now
	step := func(samples int) string {
		var out []string
		for range samples {
			if m := w.sample(); m != nil {
				at = append(at, w.now.Add(-10*time.Second).Sub(start))
				out = append(out, map[bool]string{false: "+", true: "-"}[m.Release]+m.Step.Rung)
			}
		}
		return strings.Join(out, " ")
	}
	if got := step(30); got != "+truncate +rx-only +suspend" {
		t.Fatalf("taken: %s", got)
	}
	if at[0] != 20*time.Second || at[1] != 80*time.Second || at[2] != 140*time.Second {
		t.Errorf("taken after %v: the third sample, and a hold of %v", at, capacity.ReliefHold)
	}
	// As asked, 9: below 95 % and not below 80 %. Nothing is taken, and of the steps those
	// go without which it is below 80 %: truncated it is 1.8.
	w.carries("p1", 4.5*mbit, 4.5*mbit)
	if got := step(60); got != "-suspend -rx-only" {
		t.Errorf("released: %s", got)
	}
	w.carries("p1", 3*mbit, 3*mbit)
	if got := step(60); got != "-truncate" || len(a.Relief.Steps) != 0 {
		t.Errorf("released: %s, left %v", got, a.Relief.Steps)
	}
	last := w.moves[len(w.moves)-1].String()
	if want := "without truncate to 128 octets 6 Mbit/s of 10 Mbit/s would be offered, less than 80 % for 6 samples"; last != want {
		t.Errorf("%q\nwant %q", last, want)
	}
	if want := "120 Mbit/s of 10 Mbit/s are offered, more than 95 % for 3 samples; with truncate to 128 octets it will be 24 Mbit/s"; w.moves[0].String() != want {
		t.Errorf("%q\nwant %q", w.moves[0], want)
	}
}

// What another end asked for is not this one's to release, nor what is not known.
func TestReliefIsReleasedOnWhatIsKnown(t *testing.T) {
	for name, change := range map[string]func(*mirror.ReliefStep, *capacity.Outlook){
		"of another end":       func(s *mirror.ReliefStep, _ *capacity.Outlook) { s.End = "sw9 d9" },
		"load not known":       func(_ *mirror.ReliefStep, o *capacity.Outlook) { o.Known = false },
		"another end is full":  func(_ *mirror.ReliefStep, o *capacity.Outlook) { o.Crowded = "sw9 d9" },
		"just below the bound": func(_ *mirror.ReliefStep, o *capacity.Outlook) { o.Offered = 8 * mbit },
		"":                     func(*mirror.ReliefStep, *capacity.Outlook) {},
	} {
		t.Run(name, func(t *testing.T) {
			step := mirror.ReliefStep{Rung: mirror.RungSuspend, End: reliefEnd.Key()}
			out := capacity.Outlook{Known: true, Offered: 8*mbit - 1}
			change(&step, &out)
			s := mirror.Session{Name: "a", OnOverload: &mirror.OnOverload{Action: mirror.OverloadRelieve, Ladder: []string{mirror.RungSuspend}}}
			q := capacity.ReliefQuestion{End: reliefEnd, Now: time.Unix(1e9, 0), Capacity: 10 * mbit, Predict: func(map[string][]mirror.ReliefStep) capacity.Outlook { return out },
				Sessions: []capacity.Relievable{{Session: s, Here: true, Relief: mirror.Relief{Steps: []mirror.ReliefStep{step}}}}}
			var c capacity.ReliefCount
			var move *capacity.ReliefMove
			for range 2 * capacity.ReliefUnderSamples {
				if move, _, c = capacity.NextStep(q, c); move != nil {
					break
				}
			}
			if released := move != nil; released != (name == "") {
				t.Errorf("released: %v", released)
			}
		})
	}
}
