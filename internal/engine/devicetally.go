package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// deviceTally remembers of each device what is counted, as tally does of sessions.
type deviceTally struct {
	counting sync.Mutex

	mu      sync.Mutex
	touched map[string]bool
	rung    chan struct{}

	counts  sync.RWMutex // of what follows
	by      map[string]countedDevice
	sums    DeviceSums
	changed uint64 // grows when something that is counted does
}

// countedDevice is a device as it is counted.
type countedDevice struct {
	platform, mode       string
	retired, maintenance bool
	reachable            mirror.State
	reason               string
	since                time.Time
	braked               time.Time // zero = not
	foreign              int       // native sessions that netmirror did not make
	text                 string    // in which words are searched for
}

// DeviceSums count devices.
type DeviceSums struct {
	Total                        int
	Reachable                    map[mirror.State]int
	Modes, Platforms             map[string]int
	Maintenance, Retired, Braked int
	// Foreign counts native sessions that netmirror did not make, ForeignOn the devices
	// that hold one.
	Foreign, ForeignOn int
}

func newDeviceTally() *deviceTally {
	return &deviceTally{touched: map[string]bool{}, rung: make(chan struct{}, 1), by: map[string]countedDevice{},
		sums: DeviceSums{Reachable: map[mirror.State]int{}, Modes: map[string]int{}, Platforms: map[string]int{}}}
}

// touch has a device looked at the next time that devices are counted.
func (t *deviceTally) touch(devices ...string) {
	if len(devices) == 0 {
		return
	}
	t.mu.Lock()
	for _, d := range devices {
		t.touched[d] = true
	}
	t.mu.Unlock()
	select {
	case t.rung <- struct{}{}:
	default:
	}
}

func (t *deviceTally) pending() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.touched)
}

// settled reports whether all that was touched is counted, and nobody is counting.
func (t *deviceTally) settled() bool {
	if !t.counting.TryLock() {
		return false
	}
	defer t.counting.Unlock()
	return t.pending() == 0
}

func (t *deviceTally) take() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	names := slices.Sorted(maps.Keys(t.touched))
	t.touched = map[string]bool{}
	return names
}

// countDevices looks at the devices that were touched.
func (e *Engine) countDevices(ctx context.Context) error {
	t := e.deviceTally
	t.counting.Lock()
	defer t.counting.Unlock()
	for names := range slices.Chunk(t.take(), countedAtOnce) {
		found := make(map[string]countedDevice, len(names))
		err := e.store.View(ctx, func(tx mirror.Tx) error {
			for _, name := range names {
				d, _, err := tx.Device(name)
				if errors.Is(err, mirror.ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				st, err := e.toldState(tx, name)
				if err != nil {
					return err
				}
				counted := countedOf(d, st)
				if counted.foreign, err = e.foreignOn(tx, d); err != nil {
					return err
				}
				found[name] = counted
			}
			return nil
		})
		if err != nil {
			t.touch(names...)
			return err
		}
		t.counts.Lock()
		for _, name := range names {
			now, there := found[name]
			t.replace(name, now, there)
		}
		t.counts.Unlock()
	}
	return nil
}

func countedOf(d mirror.Device, st mirror.DeviceState) countedDevice {
	out := countedDevice{platform: d.Platform, mode: d.Mode, retired: d.Retired, maintenance: d.Maintenance,
		reachable: st.Reachable.State, reason: st.Reachable.Reason, since: st.Changed, text: searchedDevice(d, st)}
	if out.reachable == "" {
		out.reachable = mirror.Unknown
	}
	if st.Brake != nil {
		out.braked = st.Brake.Since
	}
	return out
}

// replace counts a device as it is now. t.counts is held.
func (t *deviceTally) replace(name string, now countedDevice, there bool) {
	old, counted := t.by[name]
	if counted == there && old == now {
		return
	}
	t.changed++
	if counted {
		t.add(old, -1)
		delete(t.by, name)
	}
	if there {
		t.add(now, 1)
		t.by[name] = now
	}
}

func (t *deviceTally) add(d countedDevice, n int) {
	one := func(yes bool) int {
		if yes {
			return n
		}
		return 0
	}
	t.sums.Total += n
	t.sums.Reachable[d.reachable] += n
	t.sums.Modes[d.mode] += n
	t.sums.Platforms[d.platform] += n
	t.sums.Maintenance += one(d.maintenance)
	t.sums.Retired += one(d.retired)
	t.sums.Braked += one(!d.braked.IsZero())
	t.sums.Foreign += n * d.foreign
	t.sums.ForeignOn += one(d.foreign > 0)
}

func (t *deviceTally) numbers() DeviceSums {
	t.counts.RLock()
	defer t.counts.RUnlock()
	out := t.sums
	out.Reachable, out.Modes, out.Platforms = positive(out.Reachable), positive(out.Modes), positive(out.Platforms)
	return out
}

func positive[K comparable](counts map[K]int) map[K]int {
	out := maps.Clone(counts)
	maps.DeleteFunc(out, func(_ K, n int) bool { return n <= 0 })
	return out
}
