package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A carrier brings one event to a receiver.
type carrier interface {
	carry(ctx context.Context, e mirror.Event) verdict
	Close() error
}

// A verdict is what became of an attempt; err nil = the receiver has it.
type verdict struct {
	err   error
	after time.Duration // before which the receiver wants nothing
	gone  bool          // it wants nothing any more
}

// A route is where the events of an outlet go.
type route struct {
	version  int64 // grows with every change
	off      bool
	takes    func(mirror.Event) bool
	attempts int // for one event; 0 = any number
	open     func() carrier
	about    mirror.Object // that events about the outlet are about
	// disable is called in a transaction when the receiver wants nothing any more.
	disable func(mirror.Tx) error
}

// A courier delivers to one outlet. Nobody else writes the outlet, so that what it has
// in memory is newer than what is stored.
type courier struct {
	n     *Notifier
	store mirror.Store
	name  string
	find  func(mirror.Tx) (route, error)

	out     mirror.Outlet
	route   route
	carrier carrier
	moved   bool      // out is not stored as it is
	told    bool      // something was delivered since it was
	stored  time.Time // when it last was
	looked  time.Time // for dead letters that are to be tried again
	owed    bool      // such a look is, as soon as it is due
}

func newCourier(n *Notifier, store mirror.Store, name string, find func(mirror.Tx) (route, error)) *courier {
	return &courier{n: n, store: store, name: name, find: find}
}

// run delivers until ctx ends or the outlet is gone.
func (c *courier) run(ctx context.Context, added func() <-chan struct{}) {
	defer c.close()
	for ctx.Err() == nil {
		rung := added() // before the look: nothing can slip between
		wait, err := c.step(ctx)
		if errors.Is(err, errOver) {
			return
		}
		if err != nil && ctx.Err() == nil {
			c.n.cfg.Log.Error("deliver events", "to", c.name, "err", err)
			wait = poll / 2
		}
		if wait > 0 {
			await(ctx, rung, min(wait, poll))
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := c.flush(ctx); err != nil && !errors.Is(err, errOver) {
		c.n.cfg.Log.Warn("deliver events: some will be told again", "to", c.name, "err", err)
	}
}

func (c *courier) close() {
	if c.carrier != nil {
		_ = c.carrier.Close() // nothing is on its way
		c.carrier = nil
	}
}

// step delivers what there is, a page at most, and tells how long there is nothing more
// to do; 0 = there may be something at once.
func (c *courier) step(ctx context.Context) (wait time.Duration, err error) {
	if err := c.look(ctx); err != nil {
		return 0, err
	}
	if c.route.off {
		return poll, c.flush(ctx)
	}
	if err := c.again(ctx); err != nil {
		return 0, err
	}
	if left := c.out.Next.Sub(c.now()); left > 0 {
		return c.sooner(left), nil
	}
	events, err := c.read(ctx)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		if !c.route.takes(e) && e.Type != TypeLost {
			c.out.Cursor, c.moved = e.Seq, true
			continue
		}
		if err := c.look(ctx); err != nil || c.route.off {
			return 0, err // it changed meanwhile
		}
		if wait, err = c.deliver(ctx, e); err != nil || wait > 0 {
			return wait, err
		}
	}
	if err := c.settled(ctx); err != nil {
		return 0, err
	}
	if len(events) < page && c.out.Gap == nil {
		return c.sooner(c.restless()), nil
	}
	return 0, nil
}

// sooner shortens a wait where dead letters are to be looked for before it is over.
func (c *courier) sooner(wait time.Duration) time.Duration {
	if !c.owed {
		return wait
	}
	return max(time.Millisecond, min(wait, settle-c.now().Sub(c.looked)))
}

// restless is how long the courier may sleep: until its cursor must be written.
func (c *courier) restless() time.Duration {
	if !c.moved {
		return poll
	}
	return max(time.Millisecond, min(poll, c.within()-c.now().Sub(c.stored)))
}

func (c *courier) within() time.Duration {
	if c.told {
		return settle
	}
	return settleIdle
}

func (c *courier) now() time.Time { return c.n.cfg.Now().UTC() }

// look reads where events go now. What was changed is tried at once.
func (c *courier) look(ctx context.Context) error {
	var now route
	var out mirror.Outlet
	err := c.store.View(ctx, func(tx mirror.Tx) (err error) {
		if now, err = c.find(tx); err == nil {
			out, err = tx.Outlet(c.name)
		}
		if errors.Is(err, mirror.ErrNotFound) {
			return errOver
		}
		return err
	})
	if err != nil {
		return err
	}
	if !out.Made.Equal(c.out.Made) { // the first look, or it was deleted and made again
		c.out, c.moved, c.stored = out, false, c.now()
	}
	if c.carrier != nil && now.version == c.route.version {
		return nil
	}
	if c.carrier != nil {
		c.out.Next, c.moved = time.Time{}, true
	}
	if !now.off && !c.out.Gone.IsZero() {
		c.out.Gone, c.moved = time.Time{}, true
	}
	c.close()
	c.route, c.carrier = now, now.open()
	return nil
}

// read reads the events after the cursor; where some of them are gone, an event that
// says so stands in their place.
func (c *courier) read(ctx context.Context) (events []mirror.Event, err error) {
	var last int64
	err = c.store.View(ctx, func(tx mirror.Tx) (err error) {
		if events, err = tx.Events(c.out.Cursor, page); err == nil && len(events) == 0 {
			last, err = tx.LastEvent()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(events) > 0 {
		last = events[0].Seq - 1
	}
	if last > c.out.Cursor {
		c.gap(last)
	}
	if g := c.out.Gap; g != nil {
		return append([]mirror.Event{lost(*g)}, events...), nil
	}
	return events, nil
}

// gap notes that the events up to a number are gone. One that was not told yet grows.
func (c *courier) gap(to int64) {
	from := c.out.Cursor + 1
	c.out.Lost += to - c.out.Cursor
	if c.out.Gap != nil {
		from = c.out.Gap.From
	}
	// Another time is another id: it tells of more than the one before.
	c.out.Gap = &mirror.EventGap{From: from, To: to, At: c.now()}
	c.out.Cursor, c.moved = to, true
}

// TypeLost is the type of an event that only outlets know: some were taken away before
// they were delivered.
const TypeLost = "EventsLost"

func lost(g mirror.EventGap) mirror.Event {
	return mirror.Event{Seq: g.To, At: g.At, Type: TypeLost, Actor: mirror.ActorSystem, Object: mirror.Object{Kind: mirror.ObjectController},
		Message: fmt.Sprintf("%d events, numbers %d to %d, were not kept until they could be delivered", g.To-g.From+1, g.From, g.To)}
}

// deliver makes one attempt at one event, the next in order. wait > 0: it is to be
// tried again then.
func (c *courier) deliver(ctx context.Context, e mirror.Event) (wait time.Duration, err error) {
	v := c.carrier.carry(ctx, e)
	now := c.now()
	if v.err == nil {
		c.passed(e)
		c.out.Attempts, c.out.Next, c.out.Failing, c.out.Error, c.out.Dying = 0, time.Time{}, time.Time{}, "", false
		c.out.Delivered++
		c.out.Last, c.told = now, true
		return 0, c.settled(ctx)
	}
	if ctx.Err() != nil {
		return 0, ctx.Err() // we end; it was not the receiver
	}
	c.out.Attempts++
	c.out.Failed++
	c.out.Error, c.moved = v.err.Error(), true
	if c.out.Failing.IsZero() {
		c.out.Failing = now
	}
	wait = max(c.n.cfg.Pause(c.out.Attempts), min(v.after, maxRetry), time.Millisecond)
	c.out.Next = now.Add(wait)
	c.n.cfg.Log.Warn("event not delivered", "to", c.name, "event", e.Seq, "attempt", c.out.Attempts, "err", v.err)
	switch {
	case v.gone && c.route.disable != nil:
		c.out.Gone = now
		return wait, c.write(ctx, c.route.disable)
	case c.route.attempts > 0 && c.out.Attempts >= c.route.attempts:
		return wait, c.bury(ctx, e, v)
	}
	return wait, c.flush(ctx)
}

// passed says that an event is done with.
func (c *courier) passed(e mirror.Event) {
	if c.moved = true; e.Type == TypeLost {
		c.out.Gap = nil
		return
	}
	c.out.Cursor = e.Seq
}

// bury makes a dead letter of an event. The first after a delivery that went well is
// told as an event: one for each would be an event that cannot be delivered either.
func (c *courier) bury(ctx context.Context, e mirror.Event, v verdict) error {
	letter := mirror.DeadLetter{Outlet: c.name, Event: e, Attempts: c.out.Attempts, Error: v.err.Error(), At: c.now()}
	first, before := !c.out.Dying, c.out
	c.passed(e)
	c.out.Attempts, c.out.Dying = 0, true
	c.out.Died++
	old := c.out.Lost
	err := c.write(ctx, func(tx mirror.Tx) error {
		c.out.Lost = old // it may run twice
		if err := tx.PutDeadLetter(letter); err != nil {
			return err
		}
		n, err := tx.CountDeadLetters(c.name)
		if err != nil {
			return err
		}
		if n > mirror.MaxDeadLetters {
			most, err := tx.DeadLetters(c.name, -1, n-mirror.MaxDeadLetters)
			if err != nil {
				return err
			}
			for _, l := range most {
				if err := tx.DeleteDeadLetter(c.name, l.Event.Seq); err != nil {
					return err
				}
				c.out.Lost++
			}
		}
		if !first {
			return nil
		}
		return tx.AppendEvent(mirror.Event{At: c.now(), Type: "DeliveryFailed", Actor: mirror.ActorSystem, Object: c.route.about,
			Message: fmt.Sprintf("event %d (%s) was not taken at %d attempts: %v", e.Seq, e.Type, letter.Attempts, v.err)})
	})
	if err != nil { // no letter was kept: the event is still to be delivered
		c.out = before
	}
	return err
}

// settled writes the cursor when that is due.
func (c *courier) settled(ctx context.Context) error {
	if c.moved && c.now().Sub(c.stored) >= c.within() {
		return c.flush(ctx)
	}
	return nil
}

func (c *courier) flush(ctx context.Context) error {
	if !c.moved {
		return nil
	}
	return c.write(ctx, func(mirror.Tx) error { return nil })
}

// write stores the outlet, and what belongs to it.
func (c *courier) write(ctx context.Context, also func(mirror.Tx) error) error {
	err := c.store.Update(ctx, func(tx mirror.Tx) error {
		stored, err := tx.Outlet(c.name)
		if errors.Is(err, mirror.ErrNotFound) || err == nil && !stored.Made.Equal(c.out.Made) {
			return errOver // what was delivered to an earlier one of this name says nothing of it
		}
		if err != nil {
			return err
		}
		if err := also(tx); err != nil {
			return err
		}
		return tx.PutOutlet(c.out)
	})
	if err == nil {
		c.moved, c.told, c.stored = false, false, c.now()
	}
	return err
}

// again makes one attempt at each dead letter that somebody wants tried again.
func (c *courier) again(ctx context.Context) error {
	now := c.now()
	if c.owed = now.Sub(c.looked) < settle; c.owed {
		return nil
	}
	c.looked = now
	var letters []mirror.DeadLetter
	err := c.store.View(ctx, func(tx mirror.Tx) (err error) {
		letters, err = tx.DeadLetters(c.name, -1, 0)
		return err
	})
	for _, l := range letters {
		if err != nil || ctx.Err() != nil {
			break
		}
		if l.Again {
			err = c.resend(ctx, l)
		}
	}
	return err
}

func (c *courier) resend(ctx context.Context, l mirror.DeadLetter) error {
	v := c.carrier.carry(ctx, l.Event)
	if v.err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if c.moved = true; v.err == nil {
		c.out.Delivered++
		c.out.Last = c.now()
		return c.write(ctx, func(tx mirror.Tx) error { return tx.DeleteDeadLetter(c.name, l.Event.Seq) })
	}
	c.out.Failed++
	l.Again, l.Error, l.At = false, v.err.Error(), c.now()
	l.Attempts++
	return c.write(ctx, func(tx mirror.Tx) error {
		_, err := tx.DeadLetter(c.name, l.Event.Seq)
		if errors.Is(err, mirror.ErrNotFound) { // it was dropped meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		return tx.PutDeadLetter(l)
	})
}
