package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// countLimit is the most that one reading of counters may take: who waits for a push
// waits for no more than that. Silence is for the connection to notice.
const countLimit = time.Minute

// counted is the answer to who asked for counters.
type counted struct {
	read mirror.CounterRead
	err  error
}

// A poll is one reading of counters, for all who asked for the same.
type poll struct {
	ask     mirror.CounterAsk
	replies []chan counted
}

// A counting is what a worker keeps for those who want counters.
type counting struct {
	polls []*poll // Worker.mu guards them

	// The loop's goroutine only.
	away    error                         // why the device was not reached last time
	boot    string                        // CounterRead.Boot of a device that tells its uptime
	started time.Time                     // since when it is up, as it said last
	cleared map[mirror.PortName]clearance // of ports whose counters were cleared
}

// A clearance is when the counters of a port were cleared, as the device said last, and
// what that is called.
type clearance struct {
	span mirror.Span
	name string
}

// Counters reads counters over the worker's own connection, between two runs. It starts
// no run, and dials only where the connection was closed because nothing needed it: a
// device that was not reached last time is left to the next run, and the error is that
// of the last try. mirror.ErrUnsupported where the platform does not count over this
// connection. Whoever asks for the same at one time shares one reading; what is returned
// is not to be changed.
func (w *Worker) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	if ask.Nothing() {
		return mirror.CounterRead{}, nil
	}
	reply := make(chan counted, 1)
	w.ask(func() { w.counting.join(ask, reply) })
	select {
	case c := <-reply:
		return c.read, c.err
	case <-w.done:
		return mirror.CounterRead{}, fmt.Errorf("device %s: %w: %w", w.name, ErrStopped, mirror.ErrUnreachable)
	case <-ctx.Done():
		w.mu.Lock()
		w.counting.drop(reply)
		w.mu.Unlock()
		return mirror.CounterRead{}, fmt.Errorf("counters of device %s were not read in time, it is waited for: %s: %w", w.name, w.step(), mirror.ErrTimeout)
	}
}

func (c *counting) join(ask mirror.CounterAsk, reply chan counted) {
	for _, p := range c.polls {
		if p.ask.Same(ask) {
			p.replies = append(p.replies, reply)
			return
		}
	}
	c.polls = append(c.polls, &poll{ask, []chan counted{reply}})
}

// drop forgets one who does not wait any more, and a poll that nobody waits for.
func (c *counting) drop(reply chan counted) {
	for _, p := range c.polls {
		p.replies = slices.DeleteFunc(p.replies, func(r chan counted) bool { return r == reply })
	}
	c.polls = slices.DeleteFunc(c.polls, func(p *poll) bool { return len(p.replies) == 0 })
}

// after takes note of how a run ended.
func (c *counting) after(err error, open bool) {
	if c.away = nil; !open {
		c.away = err
	}
}

// takePoll takes the poll that is next; nil when there is none.
func (w *Worker) takePoll() *poll {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.counting.polls) == 0 {
		return nil
	}
	p := w.counting.polls[0]
	w.counting.polls = w.counting.polls[1:]
	return p
}

// putBack lets a poll be next again.
func (w *Worker) putBack(p *poll) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counting.polls = append([]*poll{p}, w.counting.polls...)
}

// pressed reports whether a user waits, or a goal has moved.
func (w *Worker) pressed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.urgent
}

// count serves those who wait for counters, and reports whether there were any. It
// makes one reading at least, however often the device is asked for a run, and no more
// than that while somebody waits for one.
func (w *Worker) count(ctx context.Context) (any bool) {
	if w.lastEnd.IsZero() { // the first run is about to begin
		return false
	}
	for !any || !w.pressed() {
		if ctx.Err() != nil {
			return any
		}
		p := w.takePoll()
		if p == nil {
			return any
		}
		read, err := w.poll(mirror.WithSteps(ctx, w.atStep), p.ask)
		w.atStep("")
		if errors.Is(err, errAgain) {
			w.putBack(p)
			return any
		}
		any = true
		if ctx.Err() != nil {
			return any // who waits hears of the worker's end
		}
		for _, reply := range p.replies {
			reply <- counted{read, err}
		}
	}
	return any
}

// poll makes one reading. errAgain says that a run has to be made first.
func (w *Worker) poll(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	open := w.conn != nil
	if err := w.reach(ctx); err != nil {
		return mirror.CounterRead{}, err
	}
	read, err := w.readCounters(ctx, ask)
	if ctx.Err() != nil {
		return read, err
	}
	// The device may have closed the connection while it was idle. That one is made anew is no
	// dial more than the next run would have made.
	closed := open && w.conn == nil && errors.Is(err, mirror.ErrUnreachable) && !errors.Is(err, mirror.ErrProbed)
	if w.learn(ctx, err) || closed {
		if err := w.reach(ctx); err != nil {
			return mirror.CounterRead{}, err
		}
		read, err = w.readCounters(ctx, ask)
	}
	if w.conn == nil && err != nil {
		w.counting.away = err
	}
	return read, err
}

// reach opens the connection where it is not open and the device was reached last time.
func (w *Worker) reach(ctx context.Context) error {
	if w.conn != nil {
		return nil
	}
	if w.counting.away != nil {
		return w.counting.away
	}
	leave, err := w.enterToCount(ctx)
	if err != nil {
		return err
	}
	defer leave()
	err = w.connect(ctx, w.device)
	if err != nil {
		w.counting.away = err
	}
	return err
}

// enterToCount waits for a place among the devices that are being connected to. A run
// that somebody waits for goes first, and connects itself.
func (w *Worker) enterToCount(ctx context.Context) (leave func(), err error) {
	w.atStep("its turn to be connected to")
	lane, woken := w.s.Lanes.of(false, w.silent), false
	defer func() {
		if woken {
			w.ask(func() {}) // the loop hears of it, too
		}
	}()
	for {
		select {
		case lane <- struct{}{}:
			leave := sync.OnceFunc(func() { <-lane })
			late := time.AfterFunc(w.s.Timeouts.Place, leave)
			return func() { late.Stop(); leave() }, nil
		case <-w.wake:
			if woken = true; w.pressed() {
				return nil, errAgain
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// readCounters asks the open connection, and closes it when it is broken.
func (w *Worker) readCounters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	c, ok := w.conn.(Counter)
	if !ok {
		return mirror.CounterRead{}, fmt.Errorf("device %s: %w", w.name,
			mirror.Unsupported("platform %s does not count over %s", w.device.Platform, w.device.Transports.Config.Protocol))
	}
	ctx, cancel := context.WithTimeout(ctx, countLimit)
	defer cancel()
	w.atStep("its counters")
	end := w.timed(Count)
	read, err := c.Counters(w.metered(ctx, w.device), ask)
	end(err)
	if err != nil {
		if errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrTimeout) || errors.Is(err, mirror.ErrInputLost) {
			w.disconnect()
		}
		return mirror.CounterRead{}, fmt.Errorf("device %s: %w", w.name, err)
	}
	w.counting.since(&read, w.memory.facts)
	return read, nil
}

// since tells of a reading whether what counts was started anew, and which counters
// were cleared. A command line says how long ago that was, in units that become coarser
// as time goes by, so that the same event moves a little from one reading to the next.
func (c *counting) since(read *mirror.CounterRead, facts mirror.Facts) {
	if now := facts.Started(); read.Boot == "" && !now.IsZero() {
		if c.boot == "" || plan.Rebooted(c.started, now) {
			c.boot = now.UTC().Format(time.RFC3339)
		}
		c.started = now
		read.Boot = c.boot
	}
	for i, p := range read.Ports {
		if p.Cleared == nil {
			delete(c.cleared, p.Port)
			continue
		}
		last, known := c.cleared[p.Port]
		if !known || !last.span.Meets(*p.Cleared) {
			last.name = p.Cleared.To.UTC().Format(time.RFC3339)
		}
		last.span = *p.Cleared
		if c.cleared == nil {
			c.cleared = map[mirror.PortName]clearance{}
		}
		c.cleared[p.Port] = last
		read.Ports[i].Discontinuity = last.name
	}
}
