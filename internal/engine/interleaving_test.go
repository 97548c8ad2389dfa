package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A web is a tree of switches joined by trunks: switch i hangs on parent[i].
type web struct {
	parent   []int
	numbered []bool
	waits    []bool // pushes to switch i wait to be confirmed
	all      []bool // the trunk of switch i to its parent carries every VLAN, at both ends
}

func drawWeb(t *rapid.T) web {
	n := rapid.IntRange(2, 5).Draw(t, "switches")
	w := web{parent: make([]int, n), numbered: make([]bool, n), waits: make([]bool, n), all: make([]bool, n)}
	for i := range n {
		w.numbered[i] = rapid.Bool().Draw(t, "numbered")
		w.waits[i] = rapid.IntRange(0, 3).Draw(t, "waits to be confirmed") == 0
		if i > 0 {
			w.parent[i] = rapid.IntRange(0, i-1).Draw(t, "parent")
			w.all[i] = rapid.Bool().Draw(t, "carries all")
		}
	}
	return w
}

func swName(i int) string { return fmt.Sprintf("sw%d", i) }

func trunkTo(i int) string { return fmt.Sprintf("t%d", i) }

func (w web) switches() map[string]*fakeSwitch {
	out := map[string]*fakeSwitch{}
	for i := range w.parent {
		ports := []string{"p1", "p2", "p3", "d0", "d1", "d2", "d3", "x0", "x1"}
		var open []string
		for j := range w.parent {
			if i > 0 && w.parent[i] == j || j > 0 && w.parent[j] == i {
				ports = append(ports, trunkTo(j))
				if w.all[max(i, j)] {
					open = append(open, trunkTo(j))
				}
			}
		}
		s := newSwitch(ports...)
		for k, p := range s.ports {
			if slices.Contains(open, string(p.Name)) {
				s.ports[k].Trunk.Allowed = mirror.AllVLANs()
			}
		}
		s.numbered, s.facts.Model = w.numbered[i], "roomy"
		s.foreignSession("1", "x1", "x0") // another hand's, which is adopted and let go of
		out[swName(i)] = s
	}
	return out
}

// bench is a controller over the switches.
func (w web) bench(t *testing.T, more ...func(*engine.Config)) *bench {
	t.Helper()
	switches, timers := w.switches(), map[string]*timer{}
	for name := range switches {
		timers[name] = &timer{}
	}
	b := newBench(t, func(c *engine.Config) {
		c.Log, c.Resync, c.Timeouts.Push = slog.New(slog.DiscardHandler), 100*time.Millisecond, time.Second
		onTimers(c, switches, timers, true)
		for _, f := range more {
			f(c)
		}
	}, switches)
	for i, waits := range w.waits {
		if waits {
			b.change(swName(i), confirmed)
		}
	}
	return b
}

// path lists the switches from a to b.
func (w web) path(a, b int) []int {
	var up []int
	for i := a; ; i = w.parent[i] {
		up = append(up, i)
		if i == 0 {
			break
		}
	}
	var down []int
	for i := b; ; i = w.parent[i] {
		if at := slices.Index(up, i); at >= 0 {
			slices.Reverse(down)
			return append(up[:at+1:at+1], down...)
		}
		down = append(down, i)
	}
}

// drawIntent is a session of slot, which has a destination port of its own on
// every switch. Slots 2 and 3 share a remote VLAN; slots 0 and 1 pin a number.
func (w web) drawIntent(t *rapid.T, slot int) mirror.Session {
	from := rapid.IntRange(0, len(w.parent)-1).Draw(t, "from")
	to := rapid.IntRange(0, len(w.parent)-1).Draw(t, "to")
	var sources []string
	for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p1", "p2", "p3"}), 1, 3, rapid.ID).Draw(t, "sources") {
		sources = append(sources, swName(from)+":"+p+" "+rapid.SampledFrom([]string{"rx", "tx", "both"}).Draw(t, "direction"))
	}
	s := intent(fmt.Sprintf("s%d", slot), fmt.Sprintf("%s:d%d", swName(to), slot), sources...)
	if slot < 2 && rapid.Bool().Draw(t, "cut") {
		s.Truncate = 128 // another mark on the same number
	}
	if slot < 2 && w.numbered[from] {
		s.NativeID = strconv.Itoa(30 + slot) // through every change of kind
	}
	if from == to {
		return s
	}
	s.RSPAN = &mirror.RSPAN{VLAN: 100 + min(slot, 2)}
	path := w.path(from, to)
	for i, at := range path {
		var trunks []string
		if i > 0 {
			trunks = append(trunks, trunkTo(path[i-1]))
		}
		if i+1 < len(path) {
			trunks = append(trunks, trunkTo(path[i+1]))
		}
		s.RSPAN.Transit = append(s.RSPAN.Transit, mirror.Transit{Device: swName(at), Trunks: trunks})
	}
	return s
}

// An act is a write to a slot's session; nil deletes it.
type act struct {
	intent *mirror.Session
	wait   bool // for the end of the rollout before the next act
}

func (w web) drawActs(t *rapid.T, slot int) []act {
	var out []act
	for range rapid.IntRange(1, 4).Draw(t, "acts") {
		if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
			out = append(out, act{wait: true})
			continue
		}
		s := w.drawIntent(t, slot)
		s.Enabled = rapid.IntRange(0, 4).Draw(t, "enabled") > 0
		out = append(out, act{&s, rapid.Bool().Draw(t, "wait")})
	}
	return out
}

// A fault strikes one switch while the acts go on.
type fault struct {
	device    string
	dropAfter int
	refusals  int
	of        string // "create rspan-source"
}

func (w web) drawFault(t *rapid.T) fault {
	f := fault{device: swName(rapid.IntRange(0, len(w.parent)-1).Draw(t, "faulty"))}
	switch rapid.IntRange(0, 2).Draw(t, "fault") {
	case 1:
		f.dropAfter = rapid.IntRange(1, 4).Draw(t, "connection lost at")
	case 2:
		f.refusals = rapid.IntRange(1, 3).Draw(t, "refusals")
		f.of = rapid.SampledFrom([]string{"create", "change", "delete"}).Draw(t, "verb") + " " +
			rapid.SampledFrom([]string{"local", "rspan-source", "rspan-transit", "rspan-destination"}).Draw(t, "role")
	}
	return f
}

func (f fault) strike(s *fakeSwitch) {
	s.quietly(func() {
		s.dropAfter = f.dropAfter
		s.refuse = func(c mirror.Change) string {
			if f.refusals == 0 || f.of != c.Verb()+" "+string(roleOf(c)) {
				return ""
			}
			f.refusals--
			return "% Not today"
		}
	})
}

// strangers take over the session of another hand on some switches, one after
// the other, and let go of it again, at once or once the rollout is over.
func (b *bench) strangers(on []int, wait []bool) error {
	ctx := b.t.Context()
	for i, at := range on {
		list, err := b.Observed(ctx, engine.ObservedQuery{Device: swName(at)})
		if err != nil {
			return err
		}
		j := slices.IndexFunc(list, func(o engine.ObservedSession) bool { return slices.Contains(o.Native.Spec.Destinations, "x0") })
		if j < 0 {
			continue // the switch was never read
		}
		res, err := b.Adopt(ctx, admin, swName(at), list[j].Native.ID, mirror.Session{Name: "taken"})
		if errors.Is(err, mirror.ErrUnreachable) {
			continue
		}
		if err != nil {
			return err
		}
		if wait[i] {
			if _, err := b.ended(res.Operation.ID); err != nil {
				return err
			}
		}
		if res, err = b.Remove(ctx, admin, "taken", mirror.DeleteOrphan); err == nil {
			_, err = b.ended(res.Operation.ID)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// do makes the acts of one slot and waits for the end of the last.
func do(b *bench, slot int, acts []act) error {
	name := fmt.Sprintf("s%d", slot)
	var op string
	for i, a := range acts {
		var err error
		if op, err = b.act(name, a.intent); err != nil {
			return fmt.Errorf("%s, act %d: %w", name, i, err)
		}
		if op != "" && (a.wait || i == len(acts)-1) {
			if _, err := b.ended(op); err != nil {
				return fmt.Errorf("%s, act %d: %w", name, i, err)
			}
		}
	}
	return nil
}

// act writes one intent, and tells the operation, "" when there was nothing to do.
func (b *bench) act(name string, s *mirror.Session) (op string, err error) {
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	if s != nil {
		res, err := b.Submit(ctx, admin, *s)
		return res.Operation.ID, err
	}
	res, err := b.Remove(ctx, admin, name, "")
	if errors.Is(err, mirror.ErrNotFound) {
		return "", nil
	}
	return res.Operation.ID, err
}

func (b *bench) ended(op string) (mirror.Operation, error) {
	o, err := b.WaitOperation(b.t.Context(), op, patience)
	if err == nil && o.State.Open() {
		err = fmt.Errorf("%s does not end: %+v", op, o)
	}
	return o, err
}

// config is that of every switch.
func (b *bench) switchConfigs() string {
	var out []string
	for name, s := range b.switches {
		out = append(out, name+"\n"+s.config())
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestAnyInterleavingEndsAsOneAfterTheOther: sessions over a random tree of
// switches are made, changed and deleted all at once, with faults of a switch in
// between, some switches numbered, some with marks, some whose pushes wait to be confirmed, and another hand's session is adopted and let go of beside them. The
// switches end up holding what the last intents alone would have given, and
// nothing once those are gone; the other hand's session is as it was.
func TestAnyInterleavingEndsAsOneAfterTheOther(t *testing.T) {
	testkit.Fewer(t, 20) // of two engines and a store each; -rapid.checks=500 tries more
	rapid.Check(t, func(rt *rapid.T) {
		w := drawWeb(rt)
		acts := make([][]act, 4)
		for slot := range acts {
			acts[slot] = w.drawActs(rt, slot)
		}
		f := w.drawFault(rt)
		adopts := rapid.SliceOfN(rapid.IntRange(0, len(w.parent)-1), 0, 3).Draw(rt, "adopts")
		waits := rapid.SliceOfN(rapid.Bool(), 3, 3).Draw(rt, "waits for the adoption")

		b := w.bench(t)
		defer b.stop()
		before := b.switchConfigs()
		f.strike(b.switches[f.device])
		var wait sync.WaitGroup
		errs := make([]error, len(acts)+1)
		wait.Go(func() { errs[len(acts)] = b.strangers(adopts, waits) })
		for slot := range acts {
			wait.Go(func() { errs[slot] = do(b, slot, acts[slot]) })
		}
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			rt.Fatal(err)
		}
		// What a refusal undid is asked for again, as its user would.
		fault{}.strike(b.switches[f.device])
		alone := w.bench(t)
		defer alone.stop()
		for slot := range acts {
			last := acts[slot][len(acts[slot])-1:]
			for _, b := range []*bench{b, alone} {
				if err := do(b, slot, last); err != nil {
					rt.Fatal(err)
				}
				want := mirror.Active
				if s := last[0].intent; s != nil && !s.Enabled {
					want = mirror.Suspended
				}
				if name := fmt.Sprintf("s%d", slot); last[0].intent != nil && b.phase(name) != want {
					v, err := b.Session(t.Context(), name)
					rt.Fatalf("%s is %s: %+v %v", name, b.phase(name), v.Record.Conditions, err)
				}
			}
		}
		if got, want := b.switchConfigs(), alone.switchConfigs(); got != want {
			rt.Fatalf("all at once:\n%s\none after the other:\n%s", got, want)
		}
		for slot := range acts {
			wait.Go(func() { errs[slot] = do(b, slot, []act{{wait: true}}) })
		}
		wait.Wait()
		if err := errors.Join(errs...); err != nil {
			rt.Fatal(err)
		}
		if after := b.switchConfigs(); after != before {
			rt.Fatalf("left over:\n%s\nbefore:\n%s", after, before)
		}
	})
}
