package engine_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// pinnedSwitches are two numbered switches, joined by a trunk each.
func pinnedSwitches() map[string]*fakeSwitch {
	out := map[string]*fakeSwitch{}
	for _, name := range []string{"sw1", "sw2"} {
		sw := newSwitch("p1", "p2", "d1", "d2", "t1")
		sw.numbered = true
		out[name] = sw
	}
	return out
}

// pinnedShapes are the shapes that a session pinned to number 5 of sw1 can take.
func pinnedShapes() map[string]mirror.Session {
	span := pinned("5", "a", "sw1:d1", "sw1:p1")
	strip := span
	strip.Truncate = 128
	moved := pinned("5", "a", "sw1:d2", "sw1:p1")
	rspan := pinned("5", "a", "sw2:d1", "sw1:p1")
	rspan.RSPAN = &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{{Device: "sw1", Trunks: []string{"t1"}}, {Device: "sw2", Trunks: []string{"t1"}}}}
	erspan := pinned("5", "a", "", "sw1:p1")
	erspan.Destinations = []mirror.Destination{{IP: "192.0.2.9"}}
	erspan.ERSPAN = &mirror.ERSPAN{ID: 7, Origin: "192.0.2.1"}
	return map[string]mirror.Session{"span": span, "truncated": strip, "moved": moved, "rspan": rspan, "erspan": erspan}
}

func TestAPinnedSessionTakesAnyShape(t *testing.T) {
	shapes := pinnedShapes()
	for from, before := range shapes {
		for to, after := range shapes {
			if from == to {
				continue
			}
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				var errors loud
				b := newBench(t, errors.config, pinnedSwitches())
				sw := b.switches["sw1"]
				if op := b.put(before); op.State != mirror.OpSucceeded {
					t.Fatalf("before: %s %s", op.State, op.Message)
				}
				if op := b.put(after); op.State != mirror.OpSucceeded {
					t.Fatalf("after: %s %s", op.State, op.Message)
				}
				v := b.reach("a", mirror.Active)
				if ids := sw.ids(); !slices.Equal(ids, []string{"5"}) {
					t.Errorf("on the device: %v", ids)
				}
				for _, p := range v.Placements {
					if p.Device == "sw1" && p.NativeID != "5" {
						t.Errorf("placement %s in %q", p.Role, p.NativeID)
					}
				}
				if op := b.remove("a"); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
					t.Errorf("delete: %s; left %v", op.State, sw.ids())
				}
				if errors.text() != "" {
					t.Errorf("errors in the log: %s", errors.text())
				}
			})
		}
	}
}

// loud keeps the error lines of an engine's log.
type loud struct {
	mu    sync.Mutex
	lines []string
}

func (l *loud) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	return len(line), nil
}

func (l *loud) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}

func (l *loud) config(c *engine.Config) {
	c.Log = slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelError}))
}

// shapeChanges are one of each sort: of options, of the destination, and of the
// kind both ways.
var shapeChanges = [][2]string{{"span", "truncated"}, {"span", "moved"}, {"span", "rspan"}, {"rspan", "erspan"}}

func TestARefusedShapeOfAPinnedSessionIsUndone(t *testing.T) {
	shapes := pinnedShapes()
	for _, c := range shapeChanges {
		before, after := shapes[c[0]], shapes[c[1]]
		t.Run(c[0]+" to "+c[1], func(t *testing.T) {
			t.Parallel()
			var errors loud
			b := newBench(t, errors.config, pinnedSwitches())
			sw := b.switches["sw1"]
			b.put(before)
			held := sw.native("5").Spec
			sw.quietly(func() {
				sw.refuse = func(c mirror.Change) string {
					if c.After != nil && c.After.Spec.Footing == nil && !c.After.Spec.Equal(held) {
						return "% not on this box"
					}
					return ""
				}
			})
			if op := b.put(after); op.State != mirror.OpFailed || !strings.Contains(op.Message, "% not on this box") {
				t.Fatalf("after: %s %s", op.State, op.Message)
			}
			if !sw.native("5").Spec.Equal(held) || len(sw.ids()) != 1 {
				t.Errorf("on the device: %v %+v", sw.ids(), sw.native("5").Spec)
			}
			if op := b.put(before); op.State != mirror.OpSucceeded {
				t.Errorf("the old shape again: %s %s", op.State, op.Message)
			}
			v := b.reach("a", mirror.Active)
			for _, p := range v.Placements {
				if p.Device == "sw1" && (p.NativeID != "5" || p.Programmed.State != mirror.True) {
					t.Errorf("placement %s in %q, programmed %+v", p.Role, p.NativeID, p.Programmed)
				}
			}
			if errors.text() != "" {
				t.Errorf("errors in the log: %s", errors.text())
			}
		})
	}
}

// A controller that dies at any step of the change goes on with it.
func TestAPinnedSessionChangesItsShapeOverACrash(t *testing.T) {
	shapes := pinnedShapes()
	for _, c := range shapeChanges {
		for _, step := range []string{"claimed", "pushed", "verified"} {
			for nth := 1; nth <= 2; nth++ {
				t.Run(fmt.Sprintf("%s to %s, %s %d", c[0], c[1], step, nth), func(t *testing.T) {
					t.Parallel()
					dieAt(t, shapes[c[0]], shapes[c[1]], step, nth)
				})
			}
		}
	}
}

// dieAt changes a session and ends the worker that makes the nth step of the
// kind, if it comes to that, and then the controller.
func dieAt(t *testing.T, before, after mirror.Session, step string, nth int) {
	var errors loud
	var mu sync.Mutex
	armed, died := false, make(chan struct{})
	b := newBench(t, func(c *engine.Config) {
		errors.config(c)
		c.Failpoint = func(at string) {
			mu.Lock()
			die := false
			if armed && at == step {
				nth--
				die = nth == 0
			}
			mu.Unlock()
			if die {
				close(died)
				runtime.Goexit()
			}
		}
	}, pinnedSwitches())
	sw := b.switches["sw1"]
	b.put(before)
	mu.Lock()
	armed = true
	mu.Unlock()
	id := b.accepted(after).Operation.ID
	testkit.Eventually(t, patience, "it died or was done", func() bool {
		select {
		case <-died:
			return true
		default:
		}
		op, err := b.Operation(t.Context(), id)
		return err == nil && !op.State.Open()
	})
	mu.Lock()
	armed = false
	mu.Unlock()
	b.stop()
	b.start()
	if op := b.wait(id); op.State != mirror.OpSucceeded {
		t.Fatalf("%s %s", op.State, op.Message)
	}
	b.reach("a", mirror.Active)
	if !slices.Equal(sw.ids(), []string{"5"}) {
		t.Errorf("on the device: %v", sw.ids())
	}
	if op := b.remove("a"); op.State != mirror.OpSucceeded || len(sw.ids()) != 0 {
		t.Errorf("delete: %s; left %v", op.State, sw.ids())
	}
	if errors.text() != "" {
		t.Errorf("errors in the log: %s", errors.text())
	}
}

func TestAPinMovesFromSessionToSession(t *testing.T) {
	b := newBench(t, nil, pinnedSwitches())
	sw := b.switches["sw1"]
	a, c := pinned("5", "a", "sw1:d1", "sw1:p1"), pinned("7", "c", "sw1:d2", "sw1:p2")
	b.put(a)
	b.put(c)
	b.put(off(a))
	b.put(off(c))
	a.NativeID, c.NativeID = "7", "5"
	for _, s := range []mirror.Session{a, c} {
		if op := b.put(s); op.State != mirror.OpSucceeded {
			t.Fatalf("%s: %s %s", s.Name, op.State, op.Message)
		}
	}
	if !slices.Contains(sw.native("5").Spec.Destinations, "d2") || !slices.Contains(sw.native("7").Spec.Destinations, "d1") || len(sw.ids()) != 2 {
		t.Errorf("on the device: %v", sw.ids())
	}
}
