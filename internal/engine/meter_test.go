package engine_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

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
