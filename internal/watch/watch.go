package watch

import (
	"cmp"
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// A Desk tells what is to be watched, and takes what was found. Its methods are called
// by one goroutine at a time, but Counters, State and Found.
type Desk interface {
	// Devices lists all devices.
	Devices(ctx context.Context) ([]string, error)
	// Device and Session tell about one; mirror.ErrNotFound when it is gone.
	Device(ctx context.Context, name string) (capacity.WatchedDevice, error)
	Session(ctx context.Context, name string) (capacity.WatchedSession, error)
	// State is what was last read of a device, from memory, and whether that was since
	// the start.
	State(device string) (mirror.DeviceState, bool)
	// Counters reads counters of a device.
	Counters(ctx context.Context, device string, ask mirror.CounterAsk) (mirror.CounterRead, error)
	// Found says that a condition of a session has another state or reason than before.
	Found(session string)
	// Measured tells the ends at which something new was measured.
	Measured(ends []capacity.EndLoad)
}

// Config is what a Watcher needs. Zero values take defaults.
type Config struct {
	// Interval is how often devices are read whose counters are cheap, CLIInterval the
	// others; 0 = what their platform asks for.
	Interval, CLIInterval time.Duration
	// AllPorts is how often all ports that are up are read where that is cheap.
	AllPorts time.Duration
	// Window is over how long at least it is judged whether copies flow.
	Window time.Duration
	// Parallel bounds the devices that are read at one time; one that takes longer than
	// Place to answer does not count any more. Timeout ends a reading.
	Parallel       int
	Place, Timeout time.Duration
	// Store keeps minutes for a day, nil = nothing does.
	Store mirror.Store
	Log   *slog.Logger
	Now   func() time.Time
}

func (c Config) withDefaults() Config {
	c.AllPorts = cmp.Or(c.AllPorts, 5*time.Minute)
	c.Window = cmp.Or(c.Window, time.Minute)
	c.Parallel = cmp.Or(c.Parallel, 32)
	c.Place = cmp.Or(c.Place, 2*time.Second)
	c.Timeout = cmp.Or(c.Timeout, time.Minute)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// A Watcher measures. Its methods are safe for concurrent use.
type Watcher struct {
	cfg  Config
	wake chan struct{}

	mu       sync.Mutex
	desk     Desk // of Run; nil before
	devices  map[string]*device
	sessions map[string]*session
	ends     map[place]*end
	due      queue
	changed  changes
}

// New makes a watcher. It does nothing before Run.
func New(cfg Config) *Watcher {
	return &Watcher{cfg: cfg.withDefaults(), wake: make(chan struct{}, 1), devices: map[string]*device{}, sessions: map[string]*session{},
		ends: map[place]*end{}, changed: newChanges()}
}

// changes are what may have changed and was not asked for yet.
type changes struct{ devices, sessions, reads map[string]bool }

func newChanges() changes {
	return changes{map[string]bool{}, map[string]bool{}, map[string]bool{}}
}

// SessionChanged says that what devices hold of a session may have changed.
func (w *Watcher) SessionChanged(name string) { w.note(func() { w.changed.sessions[name] = true }) }

// DeviceChanged says that the entry of a device may have changed.
func (w *Watcher) DeviceChanged(name string) { w.note(func() { w.changed.devices[name] = true }) }

// ToolChanged says that the entry of a tool may have changed.
func (w *Watcher) ToolChanged(name string) {
	w.note(func() {
		for _, s := range w.sessions {
			for _, t := range s.is.Tools {
				if t.Name == name {
					w.changed.sessions[s.is.Name] = true
				}
			}
		}
	})
}

// DeviceRead says that a device was read: it answers, and its ports may have changed.
func (w *Watcher) DeviceRead(name string) { w.note(func() { w.changed.reads[name] = true }) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (w *Watcher) note(what func()) {
	w.mu.Lock()
	what()
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run watches until ctx ends, and then waits for the readings that are under way.
func (w *Watcher) Run(ctx context.Context, desk Desk) {
	names, err := desk.Devices(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.cfg.Log.Error("watch", "err", err)
		}
		return
	}
	w.note(func() {
		w.desk = desk
		for _, n := range names {
			w.changed.devices[n] = true
		}
	})
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { w.keep(ctx) })
	places := make(chan struct{}, w.cfg.Parallel)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-timer.C:
		}
		again := w.refresh(ctx, desk)
		next := w.begin(func(d *device) {
			running.Go(func() { w.poll(ctx, desk, d, places) })
		})
		if again {
			next = 0
		}
		timer.Reset(next)
	}
}

// longest is the longest rest of the loop.
const longest = time.Minute

// begin starts what is due, and tells when the next is.
func (w *Watcher) begin(start func(*device)) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.cfg.Now()
	for {
		d := w.due.first()
		if d == nil {
			return longest
		}
		if wait := d.at.Sub(now); wait > 0 {
			return min(wait, longest)
		}
		w.due.set(d, now.Add(jitter(w.pause(d))))
		if !d.busy {
			d.busy = true
			start(d)
		}
	}
}

// pause is how long a device is left alone.
func (w *Watcher) pause(d *device) time.Duration {
	every := w.every(d)
	if len(d.sessions) == 0 || every == 0 {
		every = max(every, w.cfg.AllPorts)
	}
	const most = 5 * time.Minute
	for range d.failures {
		if every >= most {
			break
		}
		every = min(2*every, most)
	}
	return every
}

// every is how often the counters of a device are read while it has sessions, 0 = never.
func (w *Watcher) every(d *device) time.Duration {
	switch {
	case d.info.Every == 0:
		return 0
	case d.info.Cheap:
		return cmp.Or(w.cfg.Interval, d.info.Every)
	}
	return cmp.Or(w.cfg.CLIInterval, d.info.Every)
}

func jitter(d time.Duration) time.Duration { return d - d/10 + rand.N(d/5+1) }
