package worker

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// meter hears what a worker's dealings take, as lines.
type meter struct {
	mu  sync.Mutex
	all []string
}

func (m *meter) Dealt(deed Deed, platform string, took time.Duration, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	how := "well"
	if errors.Is(err, mirror.ErrUnreachable) {
		how = "unreachable"
	} else if err != nil {
		how = err.Error()
	}
	if took < 0 {
		how += ", in no time"
	}
	m.all = append(m.all, fmt.Sprintf("%s %s: %s", deed, platform, how))
}

func (m *meter) RoundTrip(string) {}

func (m *meter) heard(t *testing.T, what string, want ...string) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Equal(m.all, want) {
		t.Errorf("%s: heard %q, want %q", what, m.all, want)
	}
	m.all = nil
}

// TestAMeterHearsOfEveryDeed: each attempt once, the failed ones too.
func TestAMeterHearsOfEveryDeed(t *testing.T) {
	r := newRig(t, Confirms{Wait: mirror.WaitTimer}, func(d *mirror.Device) { d.Confirm = "" })
	m := &meter{}
	r.s.Meter = m
	r.run()
	m.heard(t, "the first run", "connect box: well", "observe box: well")
	r.want("a", "d1")
	r.run()
	r.applied("a")
	m.heard(t, "a goal", "observe box: well", "push box: well", "observe box: well", "save box: well")
	r.w.disconnect()
	r.b.edit(func() { r.b.down = true })
	r.run()
	m.heard(t, "a device that is down", "connect box: unreachable")
}
