package engine_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// meter hears what is done with devices, as counts of lines.
type meter struct {
	mu    sync.Mutex
	heard map[string]int
}

func (m *meter) note(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.heard == nil {
		m.heard = map[string]int{}
	}
	m.heard[line]++
}

func (m *meter) Dealt(deed worker.Deed, platform string, took time.Duration, err error) {
	how := "well"
	if errors.Is(err, mirror.ErrUnreachable) {
		how = "unreachable"
	} else if err != nil {
		how = "not"
	}
	if took < 0 {
		how += ", in no time"
	}
	m.note(fmt.Sprintf("%s %s: %s", deed, platform, how))
}

func (m *meter) Decided(v capacity.Verdict) { m.note("decided: " + string(v)) }

func (m *meter) RoundTrip(platform string) { m.note("round trip " + platform) }

// is demands how often a line was heard.
func (m *meter) is(t *testing.T, line string, want int) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.heard[line] != want {
		t.Errorf("%q was heard %d times, want %d; all: %v", line, m.heard[line], want, m.heard)
	}
}

// TestAMeterHearsOfReadingsOfCounters, over the worker's connection and over one of
// their own: those that fail too, and under the platform of the device.
func TestAMeterHearsOfReadingsOfCounters(t *testing.T) {
	m := &meter{}
	sw := newSwitch("p1", "d1")
	b := newBench(t, func(c *engine.Config) { c.Meter = m }, map[string]*fakeSwitch{"sw1": sw})
	b.settle("sw1")
	if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); err != nil {
		t.Fatal(err)
	}
	m.is(t, "count fake: well", 1)

	own, a := &meter{}, &agent{}
	b = counted(t, a, func(c *engine.Config) { c.Meter = own })
	if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); err != nil {
		t.Fatal(err)
	}
	own.is(t, "count fake: well", 1)
	a.set(mirror.ErrUnreachable)
	for range 2 { // the second falls into the pause: nothing is tried
		if _, err := b.Counters(t.Context(), "sw1", onPorts("p1")); !errors.Is(err, mirror.ErrUnreachable) {
			t.Fatal(err)
		}
	}
	own.is(t, "count fake: unreachable", 1)
}

// TestAMeterHearsOfVerdicts: one an intent that is decided about, whatever came of it;
// none of dry runs, nor where no verdict is wanted.
func TestAMeterHearsOfVerdicts(t *testing.T) {
	m, r := &meter{}, &rates{}
	r.carry("sw1 p1", 500*mbit, 400*mbit)
	r.carry("sw1 p2", 50*mbit, 40*mbit)
	switches := one()
	switches["sw1"].speedy(gbit).facts.Model = "roomy"
	b := newBench(t, func(c *engine.Config) { c.Rates, c.Meter = r, m }, switches)

	b.overloaded(intent("a", "sw1:d1", "sw1:p1"))
	m.is(t, "decided: refuse", 1)
	if _, err := b.Plan(t.Context(), admin, intent("a", "sw1:d1", "sw1:p2")); err != nil {
		t.Fatal(err)
	}
	b.submit("a", "sw1:d1", "sw1:p2")
	b.submit("a", "sw1:d1", "sw1:p2") // the same again is not decided about
	m.is(t, "decided: admit", 1)
	s := intent("a", "sw1:d1", "sw1:p1")
	s.Admission = &mirror.Admission{Mode: mirror.AdmissionWarn}
	b.put(s)
	m.is(t, "decided: warn", 1)
	s.Admission = &mirror.Admission{Mode: mirror.AdmissionOff}
	b.put(s)
	if _, err := b.Submit(t.Context(), admin, intent("b", "sw9:d1", "sw9:p1")); err == nil {
		t.Fatal("accepted on no device")
	}
	for verdict, n := range map[string]int{"refuse": 1, "admit": 1, "warn": 1} {
		m.is(t, "decided: "+verdict, n)
	}
}
