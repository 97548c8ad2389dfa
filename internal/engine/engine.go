package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/worker"
)

// Config is what an Engine needs. Zero durations and counts take defaults.
type Config struct {
	Store   mirror.Store
	Drivers []worker.Driver
	// Counters serve devices that name a transport for counters.
	Counters []worker.CounterDriver
	// Rates tells what ports carry, for admission; nil = nobody watches them.
	Rates Rates
	// Profiles log in to devices; nil = there are none.
	Profiles Profiles
	Log      *slog.Logger
	// Version is that of netmirror: a plan that another one made is stale.
	Version string
	// Mode "observe" runs everything but pushes.
	Mode string
	// Resync is the interval at which an undisturbed device is read, 0 = what its
	// platform asks for. A device's own setting wins over it.
	Resync   time.Duration
	Timeouts Timeouts
	// Keep bounds what is kept of the past.
	Keep Keep
	// Parallel bounds the devices that are being connected to at one time, see
	// worker.Lanes.
	Parallel int
	// Meter hears what the engine's work takes, nil = nobody does.
	Meter Meter
	// Watch measures; nil = nothing is watched.
	Watch Watcher
	// Notify tells events to webhooks; nil = nobody does.
	Notify Notifier
	// RemoteVLANs are those that Ways may propose, none = plan.UsualVLANs.
	RemoteVLANs mirror.VLANSet
	// Messages has Senders know the devices: messages of theirs are listened for.
	Messages bool
	// Failpoint, when set, is called between the steps of a reconcile with
	// the name of the step that was just made. Tests of crashes die in it.
	Failpoint func(step string)
}

// Timeouts bounds everything that waits: for a device, see worker.Timeouts, and
// at the front desk.
type Timeouts struct {
	worker.Timeouts
	// Submit is how long a write waits for the devices to be read before it
	// is checked.
	Submit time.Duration
	// Measure is how long the decision about an intent waits for counters once its
	// devices are read.
	Measure time.Duration
	// Retry is the longest pause before a refused goal is tried again: of a
	// removal, of a return, or where the session's onFailure says retry.
	Retry time.Duration
	// Relief is the time between two steps of relief at one destination.
	Relief time.Duration
	// Profiles is the time between two looks at the credentials profiles.
	Profiles time.Duration
}

func (c Config) withDefaults() Config {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	c.Timeouts.Timeouts = c.Timeouts.Timeouts.WithDefaults()
	def(&c.Timeouts.Submit, 20*time.Second)
	def(&c.Timeouts.Measure, 5*time.Second)
	def(&c.Timeouts.Retry, time.Minute)
	def(&c.Timeouts.Profiles, 2*time.Second)
	def(&c.Timeouts.Relief, capacity.ReliefHold)
	if c.Parallel == 0 {
		c.Parallel = 64
	}
	c.Keep = c.Keep.withDefaults()
	if c.Mode == "" {
		c.Mode = mirror.ModeFull
	}
	if c.Profiles == nil {
		c.Profiles = noProfiles{}
	}
	if c.Watch == nil {
		c.Watch = noWatcher{}
	}
	if c.Notify == nil {
		c.Notify = noNotifier{}
	}
	if c.Failpoint == nil {
		c.Failpoint = func(string) {}
	}
	return c
}

// An Engine keeps devices equal to intents. Its methods are safe for
// concurrent use; Run must be running for anything to reach a device.
type Engine struct {
	cfg      Config
	store    mirror.Store
	log      *slog.Logger
	instance string

	bell        *bell
	sessions    *keyQueue // that the coordinator shall look at
	watched     watched
	tally       *tally
	deviceTally *deviceTally
	heads       problemHeads
	undecided   undecided
	silent      silences
	hold        atomic.Pointer[mirror.Hold] // nil = not held back
	leases      leases
	measured    measured
	readmits    *readmits
	applying    applying
	previews    previews
	orders      orders
	refusals    refusals
	senders     *senders
	relief      *reliefs
	logins      *worker.Logins
	states      *worker.States
	reads       *worker.Reads
	shared      *worker.Shared // of the workers

	mu      sync.Mutex
	ctx     context.Context // of Run; nil before
	begun   chan struct{}   // closed once Run has started the workers of all that was stored
	workers map[string]*worker.Worker
	lines   map[string]*counterLine
	running sync.WaitGroup
	started time.Time
}

// New opens an engine on a store. It starts nothing.
func New(ctx context.Context, cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	bell := &bell{}
	cfg.Store = recording{cfg.Store, bell}
	e := &Engine{
		bell: bell,
		cfg:  cfg, store: cfg.Store, log: cfg.Log,
		sessions:    newKeyQueue(),
		relief:      newReliefs(),
		tally:       newTally(),
		deviceTally: newDeviceTally(),
		workers:     map[string]*worker.Worker{},
		lines:       map[string]*counterLine{},
		started:     time.Now().UTC(),
		readmits:    newReadmits(),
		senders:     newSenders(),
		logins:      worker.NewLogins(cfg.Store, cfg.Log),
		states:      worker.NewStates(cfg.Store, cfg.Log),
		reads:       worker.NewReads(cfg.Store, cfg.Log),
	}
	e.states.Notify(func(device string) { e.deviceTally.touch(device) })
	e.reads.Notify(func(device string) { e.deviceTally.touch(device) })
	err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		if e.instance, err = tx.Instance(); err != nil {
			return err
		}
		return e.loadHold(tx)
	})
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	e.shared = &worker.Shared{Store: e.store, Desk: desk{e}, Log: e.log, Drivers: map[string]worker.Driver{}, Instance: e.instance,
		Owner: strings.ToLower(rand.Text()[:12]), Timeouts: cfg.Timeouts.Timeouts, Resync: cfg.Resync, Failpoint: cfg.Failpoint, Meter: cfg.Meter,
		Lanes: worker.NewLanes(cfg.Parallel), Logins: e.logins, States: e.states, Reads: e.reads}
	for _, d := range cfg.Drivers {
		e.shared.Drivers[d.Platform+"/"+d.Protocol] = d
	}
	return e, nil
}

// Run drives devices until ctx ends, then waits for its workers. What was
// interrupted by the last stop or crash is continued.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// From here on PutDevice starts workers itself; what was stored before is
	// in the list.
	begun := make(chan struct{})
	begin := sync.OnceFunc(func() { close(begun) })
	defer begin()
	e.mu.Lock()
	e.ctx, e.begun = ctx, begun
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.ctx = nil
		e.mu.Unlock()
		cancel()
		e.endLines()
		e.running.Wait()
		e.reads.Save(context.WithoutCancel(ctx))
	}()
	var devices []mirror.Device
	var open []mirror.SessionRecord
	err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		if devices, err = tx.Devices(mirror.Page{}); err != nil {
			return err
		}
		open, err = tx.Sessions(mirror.Page{})
		return err
	})
	if ctx.Err() != nil {
		return nil // ended before it began
	}
	if err != nil {
		return fmt.Errorf("engine: start: %w", err)
	}
	e.mu.Lock()
	for _, d := range devices {
		if e.workers[d.Name] == nil {
			e.startLocked(d)
		}
	}
	e.mu.Unlock()
	for _, d := range devices {
		e.deviceTally.touch(d.Name)
	}
	begin()
	for _, rec := range open {
		e.sessions.addLater(rec.Session.Name)
		e.tally.touch(rec.Session.Name)
		e.leases.set(rec)
		e.readmits.remember(rec)
		e.relief.note(rec.Session.Name, rec.Relief)
		e.await(ctx, rec, nil)
	}
	e.running.Go(func() { e.keepCount(ctx) })
	e.running.Go(func() { e.expire(ctx) })
	e.running.Go(func() { e.relieve(ctx) })
	e.running.Go(func() { e.watchProfiles(ctx) })
	e.running.Go(func() { e.readmit(ctx) })
	if e.cfg.Messages {
		e.running.Go(func() { e.knowSenders(ctx) })
	}
	e.running.Go(func() { e.reads.Keep(ctx) })
	e.running.Go(func() { e.forgetting(ctx) })
	e.coordinate(ctx)
	return nil
}

// awaitStart waits, while Run is about to start the workers of what was stored,
// until it has: a device that has none yet would look like one that is not driven.
func (e *Engine) awaitStart(ctx context.Context) {
	e.mu.Lock()
	begun := e.begun
	e.mu.Unlock()
	if begun == nil {
		return
	}
	select {
	case <-begun:
	case <-ctx.Done():
	}
}

// startLocked starts the worker of a device, replacing an earlier one.
func (e *Engine) startLocked(d mirror.Device) {
	ctx := e.ctx
	if ctx == nil || ctx.Err() != nil {
		return
	}
	before := e.workers[d.Name]
	if before != nil {
		before.Stop()
	}
	e.lineLocked(d)
	if d.Retired {
		return
	}
	w := worker.New(e.shared, d.Name)
	e.workers[d.Name] = w
	e.running.Go(func() {
		if before != nil {
			<-before.Done() // two workers of one device never run at a time
		}
		w.Run(ctx)
		e.mu.Lock()
		if e.workers[d.Name] == w {
			delete(e.workers, d.Name)
		}
		e.mu.Unlock()
	})
}

// worker finds the worker of a device; nil when it has none or is being
// stopped.
func (e *Engine) worker(name string) *worker.Worker {
	e.mu.Lock()
	defer e.mu.Unlock()
	if w := e.workers[name]; w != nil && !w.Stopped() {
		return w
	}
	return nil
}

// driver finds the driver of a device's config transport.
func (e *Engine) driver(d mirror.Device) (worker.Driver, error) { return e.shared.Driver(d) }

// update runs a store transaction and tells those who wait for an operation
// that ended in it.
func (e *Engine) update(ctx context.Context, fn func(mirror.Tx) error) error {
	var seen *noting
	err := e.store.Update(ctx, func(tx mirror.Tx) error {
		seen = &noting{Tx: tx}
		return fn(seen)
	})
	if err == nil {
		e.watched.tell(seen.ended)
		e.tally.touch(seen.sessions...)
		e.deviceTally.touch(seen.devices...)
		for name, relief := range seen.relief {
			e.relief.note(name, relief)
		}
	}
	return err
}

// Ready reports whether the engine runs and its store answers and can be
// written.
func (e *Engine) Ready(ctx context.Context) error {
	e.mu.Lock()
	running, begun := e.ctx != nil, e.begun
	e.mu.Unlock()
	if !running {
		return errors.New("engine: not running")
	}
	select {
	case <-begun:
	default:
		return errors.New("engine: starting")
	}
	if err := e.store.View(ctx, func(tx mirror.Tx) error {
		_, err := tx.Instance()
		return err
	}); err != nil {
		return err
	}
	// A store that can be read only accepts nothing.
	if s, ok := e.store.(interface{ Healthy(context.Context) error }); ok {
		return s.Healthy(ctx)
	}
	return nil
}

// info gathers what the planner needs of a device.
func (e *Engine) info(tx mirror.Tx, d mirror.Device) (plan.DeviceInfo, error) {
	drv, err := e.driver(d)
	if err != nil {
		return plan.DeviceInfo{}, err
	}
	st, err := e.states.Of(tx, d.Name)
	if err != nil {
		return plan.DeviceInfo{}, err
	}
	ledger, err := tx.Natives(d.Name)
	if err != nil {
		return plan.DeviceInfo{}, err
	}
	if st.Observation.At.IsZero() && unreadIn(tx)[d.Name] {
		st.Observation.At = e.started // a plan takes it for empty, and says so
	}
	return plan.DeviceInfo{Device: d, Ports: drv.Ports, Capabilities: drv.Capabilities(st.Facts).On(d),
		Observation: st.Observation, Ledger: ledger, Instance: e.instance}, nil
}

// keyQueue is a set of keys with a signal: adding a key twice is adding it once.
// What may wait (a start, devices that fell silent) stands behind what somebody
// waits for.
type keyQueue struct {
	mu          sync.Mutex
	keys, later []string
	member      map[string]bool // true: in keys
	signal      chan struct{}
}

func newKeyQueue() *keyQueue {
	return &keyQueue{member: map[string]bool{}, signal: make(chan struct{}, 1)}
}

func (q *keyQueue) add(key string) {
	q.mu.Lock()
	if !q.member[key] {
		q.member[key] = true // where it stands among the later ones, it is passed over
		q.keys = append(q.keys, key)
	}
	q.mu.Unlock()
	q.ring()
}

func (q *keyQueue) addLater(key string) {
	q.mu.Lock()
	if _, there := q.member[key]; !there {
		q.member[key] = false
		q.later = append(q.later, key)
	}
	q.mu.Unlock()
	q.ring()
}

func (q *keyQueue) ring() {
	select {
	case q.signal <- struct{}{}:
	default:
	}
}

// length counts the keys.
func (q *keyQueue) length() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.member)
}

// take takes the next key, if there is one; waited tells that somebody waits for
// what becomes of it.
func (q *keyQueue) take() (key string, waited, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.keys) > 0 {
		key, q.keys = q.keys[0], q.keys[1:]
		delete(q.member, key)
		return key, true, true
	}
	for len(q.later) > 0 {
		key, q.later = q.later[0], q.later[1:]
		if _, there := q.member[key]; there {
			delete(q.member, key)
			return key, false, true
		}
	}
	return "", false, false
}
