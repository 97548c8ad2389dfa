package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Worker drives one device to its goals. It owns the only connection and
// knows nothing of other devices or of rollouts.
type Worker struct {
	s    *Shared
	name string

	mu      sync.Mutex
	urgent  bool        // a user waits or a goal has moved
	asks    mirror.Look // what the next read must give
	hinted  bool        // the device may have changed
	waiters []chan<- error
	provers []chan<- proved // who wants the device to be tried
	steps   string          // what the device is waited for, "" between runs
	shut    *string         // the server whose pause ended the last run, "" is the profile's
	wake    chan struct{}
	quit    chan struct{}
	done    chan struct{}
	once    sync.Once
	telling telling

	// Below: the loop's goroutine only.
	conn      Conn
	device    mirror.Device // as this run found it
	reused    bool          // the connection of this run was open before it
	elsewhere stateLine
	memory    memory
	claim     mirror.Claim
	look      mirror.Look          // what the read of this run must give
	mustRead  bool                 // this run was asked for because the device may have changed
	serving   []chan<- error       // who asked for the read of this run
	pressing  bool                 // a user waits for this run, or a goal has moved
	leave     func()               // gives back the place of this run among those that connect
	failures  int                  // runs in a row that failed
	doubts    int                  // runs in a row after which a session of ours was disputed
	silent    bool                 // the device could not be reached, read or driven last time
	unsettled map[string]time.Time // since when an accepted session is not programmed, by mark
	reported  map[string]string    // drift already told in an event, by mark
	lastEnd   time.Time
	nextRun   atomic.Int64 // when it runs again unless asked before; Unix nanoseconds
	pausedAt  string       // the server that the gate named last
	asked     bool         // somebody waits for the read of this run
	saveTried time.Time    // when saving was last tried
	counting  counting     // of those who want counters

	// What waits on the device to be confirmed, or keeps from pushing, see
	// unfinished.go.
	greeted     bool            // this connection was asked for it
	occupied    bool            // something kept the last run from pushing
	occupations int             // runs in a row that something did
	again       time.Duration   // when the device is to be looked at again for it, 0 = as always
	trial       time.Time       // when a trial of ours was last seen that lost its connection
	back        map[string]bool // marks that the device took back by itself and does not hold again yet
	strange     map[string]bool // transactions of which UnknownPushWaits told

	repairsEnded bool         // no operation of a repair of an earlier run is open
	lastSave     mirror.Check // what became of the last save
}

// New makes the worker of a device. It does nothing before Run.
func New(s *Shared, name string) *Worker {
	return &Worker{s: s, name: name, leave: func() {}, wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}), telling: newTelling(),
		unsettled: map[string]time.Time{}, reported: map[string]string{}, back: map[string]bool{}, strange: map[string]bool{}}
}

// Stop ends Run soon. A second call is none.
func (w *Worker) Stop() { w.once.Do(func() { close(w.quit) }) }

// Stopped reports whether Stop was called.
func (w *Worker) Stopped() bool {
	select {
	case <-w.quit:
		return true
	default:
		return false
	}
}

// ErrStopped says that the worker ended before it could answer. A new one may have
// taken its place.
var ErrStopped = errors.New("its worker stopped")

// Kick asks for a run now.
func (w *Worker) Kick() { w.ask(func() { w.urgent = true }) }

// Hint says that the device may have changed. Hints are coalesced.
func (w *Worker) Hint() { w.ask(func() { w.hinted = true }) }

func (w *Worker) ask(set func()) {
	w.mu.Lock()
	set()
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Observe asks for a run and waits until the device was read; the error is
// that of reaching and reading it. The read gives what the look asks for. While a
// pause of its credentials lasts, which ended the last run, there is none.
func (w *Worker) Observe(ctx context.Context, look mirror.Look) error {
	if err := w.stillPaused(ctx); err != nil {
		return err
	}
	reply := make(chan error, 1)
	w.ask(func() { w.urgent, w.asks = true, w.asks.And(look); w.waiters = append(w.waiters, reply) })
	select {
	case err := <-reply:
		return err
	case <-w.done:
		return fmt.Errorf("device %s: %w: %w", w.name, ErrStopped, mirror.ErrUnreachable)
	case <-ctx.Done():
		return fmt.Errorf("device %s was not read in time, it is waited for: %s: %w", w.name, w.step(), mirror.ErrTimeout)
	}
}

// Done is closed when Run has ended.
func (w *Worker) Done() <-chan struct{} { return w.done }

// atStep notes what the device is waited for.
func (w *Worker) atStep(step string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = step
}

// step is what the device is waited for now, in the words of its transport.
func (w *Worker) step() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return cmp.Or(w.steps, "its turn")
}

// due takes what was asked for. Hints wait until the device had a calm moment.
func (w *Worker) due(timer bool) (run bool, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	calm := w.s.Timeouts.Calm - time.Since(w.lastEnd)
	switch {
	case w.urgent || timer && !w.hinted:
	case w.hinted && calm <= 0:
	case w.hinted:
		return false, calm
	default:
		return false, 0
	}
	w.mustRead, w.look, w.pressing, w.asked = timer, mirror.Look{}, false, false
	w.takeInLocked()
	return true, 0
}

// takeIn makes what was asked for part of this run, which has not read yet.
func (w *Worker) takeIn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.takeInLocked()
}

func (w *Worker) takeInLocked() {
	w.mustRead = w.mustRead || w.hinted || len(w.waiters) > 0
	w.look = w.look.And(w.asks)
	w.pressing = w.pressing || w.urgent
	w.urgent, w.hinted, w.asks = false, false, mirror.Look{}
	w.serving, w.waiters = append(w.serving, w.waiters...), nil
	w.asked = len(w.serving) > 0
}

// Run drives the device until ctx ends or the worker is stopped.
func (w *Worker) Run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { w.watch(ctx) })
	defer close(w.done)
	defer watching.Wait()
	defer cancel()
	defer w.disconnect()
	go func() {
		select {
		case <-w.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	timer, idle := time.NewTimer(0), time.NewTimer(time.Hour)
	defer timer.Stop()
	defer idle.Stop()
	for {
		fired := false
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-timer.C:
			fired = true
		case <-idle.C:
			w.disconnect()
			continue
		}
		run, wait := w.due(fired)
		switch {
		case run:
			pause := w.turn(ctx)
			w.nextRun.Store(time.Now().Add(pause).UnixNano())
			timer.Reset(pause)
			w.rest(idle)
		case wait > 0:
			timer.Reset(wait)
		case !fired: // the device may tell of nothing any more
			w.rest(idle)
		}
		if w.count(ctx) {
			w.rest(idle)
		}
	}
}

// NextRun is when the device is read again by itself, zero before the first run has ended.
// Whoever asks for it, or a change of the device, may have it read before.
func (w *Worker) NextRun() time.Time {
	if n := w.nextRun.Load(); n != 0 {
		return time.Unix(0, n).UTC()
	}
	return time.Time{}
}

// turn makes one run and returns the pause until the next.
func (w *Worker) turn(ctx context.Context) time.Duration {
	start := time.Now()
	err := w.run(mirror.WithSteps(ctx, w.atStep))
	w.atStep("")
	w.leave()
	w.lastEnd = time.Now()
	w.counting.after(err, w.conn != nil)
	w.noteShut(err)
	if ctx.Err() != nil {
		return time.Hour // who waits hears of the worker's end
	}
	resync := w.s.resync(w.device)
	w.answer(err) // whoever is still waiting: the run ended before a read
	if err == nil {
		w.failures = 0
		if w.doubts > 0 {
			return backoff(w.doubts, resync, min(time.Minute, resync))
		}
		if w.again > 0 {
			return min(resync, w.again)
		}
		if len(w.unsettled) > 0 {
			return min(resync, w.s.Timeouts.Settle/4)
		}
		return jitter(resync)
	}
	// Who writes to a device that is away has it tried at once, and puts off its own
	// next try by nothing: a hundred queued intents must not wait longer than one.
	if w.failures == 0 || !w.pressing {
		w.failures++
	}
	level := w.s.Log.Warn
	if w.failures > 1 {
		level = w.s.Log.Debug
	}
	level("device run failed", "device", w.name, "err", err, "dur", time.Since(start), "failures", w.failures)
	longest := min(time.Minute, resync) // of a fault of ours
	if w.silent {
		longest = w.s.Timeouts.Backoff
	}
	return backoff(w.failures, resync, longest)
}

// answer tells everyone who waits for a read how it went.
func (w *Worker) answer(err error) {
	for _, c := range w.serving {
		c <- err
	}
	w.serving = nil
}

func jitter(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1)
}

// backoff doubles from a second, or the resync interval when that is shorter, to
// the longest pause.
func backoff(failures int, resync, longest time.Duration) time.Duration {
	d := min(time.Second, resync)
	for range failures - 1 {
		if d = 2 * d; d >= longest {
			break
		}
	}
	return jitter(min(d, longest))
}

// run connects where needed, reads the device and brings it to its goals.
func (w *Worker) run(ctx context.Context) error {
	device, err := w.load(ctx)
	if err != nil {
		return err
	}
	w.device, w.reused = device, w.conn != nil
	ctx = w.metered(ctx, device)
	if err := w.recall(ctx); err != nil {
		return err
	}
	if w.conn == nil {
		if err := w.enter(ctx); err != nil {
			return err
		}
	}
	if err = w.drive(ctx, device); w.learn(ctx, err) {
		err = w.drive(ctx, device)
	}
	if errors.Is(err, errAgain) {
		w.Kick()
		return nil
	}
	w.prove(ctx, err)
	if fault := (deviceFault{}); errors.As(err, &fault) {
		w.disconnect()
		w.unreachable(ctx, err)
	} else if err != nil && ctx.Err() == nil { // the store's fault, not the device's
		w.s.Log.Error("device run", "device", w.name, "err", err)
	}
	return err
}

// drive connects where needed, and does the whole step.
func (w *Worker) drive(ctx context.Context, device mirror.Device) error {
	if err := w.connect(ctx, device); err != nil {
		return deviceFault{err}
	}
	w.takeIn()
	return w.reconcile(ctx, device)
}

// A deviceFault is an error of reaching, reading or driving the device, after
// which nobody knows what it holds.
type deviceFault struct{ error }

// Unwrap gives the kind to errors.Is.
func (f deviceFault) Unwrap() error { return f.error }

func (w *Worker) load(ctx context.Context) (device mirror.Device, err error) {
	err = w.s.Store.View(ctx, func(tx mirror.Tx) error {
		device, _, err = tx.Device(w.name)
		return err
	})
	return device, err
}
