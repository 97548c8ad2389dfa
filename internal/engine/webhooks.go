package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Notifier tells events to webhooks; it reads them, and what becomes of them it writes,
// in the store.
type Notifier interface {
	// Test sends one event to a webhook now, and tells the status of the answer, 0
	// where there was none.
	Test(ctx context.Context, h mirror.Webhook, actor string) (status int, took time.Duration, err error)
}

// noNotifier is a controller that tells nobody.
type noNotifier struct{}

func (noNotifier) Test(context.Context, mirror.Webhook, string) (int, time.Duration, error) {
	return 0, 0, fmt.Errorf("this controller tells no webhook anything: %w", mirror.ErrUnsupported)
}

// WebhookView is a webhook with how far it has come.
type WebhookView struct {
	Webhook mirror.Webhook
	Version int64
	Author  mirror.Authorship
	Outlet  mirror.Outlet
	Behind  int64     // events that it has not seen yet
	Oldest  time.Time // of the oldest of them
	Dead    int       // dead letters
}

// WebhookTest is what came of a test.
type WebhookTest struct {
	Status int // of the answer, 0 = there was none
	Took   time.Duration
	Error  string // "" = the receiver took it
}

// Recorded is the store as the engine writes it: EventAdded rings for what is written
// through it.
func (e *Engine) Recorded() mirror.Store { return e.store }

// PutWebhook creates or replaces a webhook. A new one is told what happens from now on.
func (e *Engine) PutWebhook(ctx context.Context, w Write, h mirror.Webhook) (view WebhookView, created bool, err error) {
	if h, err = e.acceptWebhook(h); err != nil {
		return view, false, err
	}
	err = e.update(ctx, func(tx mirror.Tx) (err error) {
		if created, err = storeWebhook(tx, w, h); err == nil {
			view, err = viewWebhook(tx, h.Name)
		}
		return err
	})
	return view, created, err
}

// acceptWebhook refuses what needs no look at what is stored.
func (e *Engine) acceptWebhook(h mirror.Webhook) (mirror.Webhook, error) {
	h = h.WithDefaults()
	reasons := h.Validate()
	if h.Secret != "" && mirror.ValidName(h.Secret) && !e.cfg.Profiles.Known(h.Secret) {
		reasons = append(reasons, mirror.Reason{Pointer: "/secret", Code: "unknown-profile",
			Message: fmt.Sprintf("there is no credentials profile %q; on the controller's host: netmirror credentials set %s", h.Secret, h.Secret)})
	}
	return h, mirror.Refuse(mirror.ErrInvalid, reasons)
}

// replacesWebhook is what a write replaces, where it may be made.
func replacesWebhook(tx mirror.Tx, w Write, h mirror.Webhook) (old mirror.Webhook, created bool, err error) {
	old, version, err := tx.Webhook(h.Name)
	if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
		return old, false, err
	}
	if err := precondition(w, version, "webhook", h.Name); err != nil {
		return old, false, err
	}
	if created {
		if n, err := tx.Count(mirror.ResourceWebhook); err != nil || n >= mirror.MaxWebhooks {
			return old, false, errors.Join(err, mirror.Refuse(mirror.ErrUnsupported, []mirror.Reason{{Code: "too-many", Message: fmt.Sprintf("there are %d webhooks, and no more can be", n)}}))
		}
	}
	return old, created, nil
}

func storeWebhook(tx mirror.Tx, w Write, h mirror.Webhook) (created bool, err error) {
	old, created, err := replacesWebhook(tx, w, h)
	if err != nil || !created && reflect.DeepEqual(old, h) {
		return false, err
	}
	if created {
		last, err := tx.LastEvent()
		if err != nil {
			return false, err
		}
		if err := tx.PutOutlet(mirror.Outlet{Name: mirror.WebhookOutlet(h.Name), Made: time.Now().UTC(), Cursor: last}); err != nil {
			return false, err
		}
	}
	if _, err := tx.PutWebhook(h); err != nil {
		return false, err
	}
	if err := mirror.Sign(tx, mirror.ResourceWebhook, h.Name, w.Actor.Name, created); err != nil {
		return false, err
	}
	event := objectEvent("WebhookStored", w, mirror.ObjectWebhook, h.Name, "webhook %s to %s", h.Name, h.Host())
	if !created {
		event.Changed = changedFields(old, h)
	}
	return created, tx.AppendEvent(event)
}

// DeleteWebhook forgets a webhook, and what it was not told.
func (e *Engine) DeleteWebhook(ctx context.Context, w Write, name string) error {
	return e.update(ctx, func(tx mirror.Tx) error {
		_, version, err := tx.Webhook(name)
		if err != nil {
			return err
		}
		if err := precondition(w, version, "webhook", name); err != nil {
			return err
		}
		if err := tx.DeleteWebhook(name); err != nil {
			return err
		}
		return tx.AppendEvent(objectEvent("WebhookDeleted", w, mirror.ObjectWebhook, name, "webhook %s", name))
	})
}

func viewWebhook(tx mirror.Tx, name string) (view WebhookView, err error) {
	if view.Webhook, view.Version, err = tx.Webhook(name); err != nil {
		return view, err
	}
	if view.Author, err = tx.Authorship(mirror.ResourceWebhook, name); err != nil {
		return view, err
	}
	if view.Outlet, err = tx.Outlet(mirror.WebhookOutlet(name)); err != nil {
		return view, err
	}
	if view.Dead, err = tx.CountDeadLetters(view.Outlet.Name); err != nil {
		return view, err
	}
	view.Behind, view.Oldest, err = behind(tx, view.Outlet)
	return view, err
}

// behind counts the events that an outlet has not come to, and tells the time of the
// first of them.
func behind(tx mirror.Tx, o mirror.Outlet) (n int64, oldest time.Time, err error) {
	last, err := tx.LastEvent()
	if err != nil || last <= o.Cursor {
		return 0, oldest, err
	}
	next, err := tx.Events(o.Cursor, 1)
	if err == nil && len(next) > 0 {
		oldest = next[0].At
	}
	return last - o.Cursor, oldest, err
}

// Webhook shows a webhook.
func (e *Engine) Webhook(ctx context.Context, name string) (view WebhookView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		view, err = viewWebhook(tx, name)
		return err
	})
	return view, err
}

// SelectWebhooks lists webhooks by name, as SelectDevices does.
func (e *Engine) SelectWebhooks(ctx context.Context, s mirror.Selection, p mirror.Page) (views []WebhookView, next string, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var found []mirror.Webhook
		found, next, err = selected(tx, mirror.ResourceWebhook, s, p, func(h mirror.Webhook) string { return h.Name }, tx.Webhooks,
			func(name string) (mirror.Webhook, error) { h, _, err := tx.Webhook(name); return h, err })
		if err != nil {
			return err
		}
		views, err = shown(found, func(h mirror.Webhook) (WebhookView, error) {
			view, err := viewWebhook(tx, h.Name)
			view.Version = 0
			return view, err
		})
		return err
	})
	return views, next, err
}

// TestWebhook sends one event to a webhook now, be it disabled or not.
func (e *Engine) TestWebhook(ctx context.Context, w Write, name string) (WebhookTest, error) {
	view, err := e.Webhook(ctx, name)
	if err != nil {
		return WebhookTest{}, err
	}
	status, took, err := e.cfg.Notify.Test(ctx, view.Webhook, w.Actor.Name)
	out := WebhookTest{Status: status, Took: took}
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, mirror.ErrUnsupported) {
			return out, err
		}
		out.Error = err.Error()
	}
	return out, nil
}

// The states of a delivery.
const (
	DeliveryPending = "pending" // it is yet to be made
	DeliveryDead    = "dead"    // it was given up
)

// A Delivery is an event that a webhook has not taken.
type Delivery struct {
	State    string
	Event    mirror.Event
	Attempts int
	Error    string
	At       time.Time // of the last attempt
	Next     time.Time // of the next one
}

// maxLook bounds the events that one question about deliveries looks at.
const maxLook = 5000

// Deliveries lists what a webhook has not taken, by the number of the event, after one:
// dead letters, or what is pending. next is where to go on, 0 at the end; a page may be
// short of limit, and empty, and yet not be the last.
func (e *Engine) Deliveries(ctx context.Context, name, state string, after int64, limit int) (out []Delivery, next int64, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		h, _, err := tx.Webhook(name)
		if err != nil {
			return err
		}
		o, err := tx.Outlet(mirror.WebhookOutlet(name))
		if err != nil {
			return err
		}
		if state == DeliveryDead {
			out, next, err = deadLetters(tx, o, after, limit)
		} else {
			out, next, err = pendingDeliveries(tx, h, o, after, limit)
		}
		return err
	})
	return out, next, err
}

func deadLetters(tx mirror.Tx, o mirror.Outlet, after int64, limit int) (out []Delivery, next int64, err error) {
	letters, err := tx.DeadLetters(o.Name, after, limit+1)
	if err != nil {
		return nil, 0, err
	}
	for i, l := range letters {
		if i == limit {
			return out, out[limit-1].Event.Seq, nil
		}
		d := Delivery{State: DeliveryDead, Event: l.Event, Attempts: l.Attempts, Error: l.Error, At: l.At}
		if l.Again {
			d.State = DeliveryPending
		}
		out = append(out, d)
	}
	return out, 0, nil
}

func pendingDeliveries(tx mirror.Tx, h mirror.Webhook, o mirror.Outlet, after int64, limit int) (out []Delivery, next int64, err error) {
	after = max(after, o.Cursor)
	for looked := 0; looked < maxLook; {
		events, err := tx.Events(after, 500)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range events {
			if after = e.Seq; !h.Filter.Takes(e) {
				continue
			}
			d := Delivery{State: DeliveryPending, Event: e}
			if len(out) == 0 && o.Attempts > 0 && o.Gap == nil {
				d.Attempts, d.Error, d.Next = o.Attempts, o.Error, o.Next
			}
			if out = append(out, d); len(out) == limit {
				return out, after, nil
			}
		}
		if looked += len(events); len(events) < 500 {
			return out, 0, nil
		}
	}
	return out, after, nil
}

// Resend has dead letters of a webhook tried once more, the one of an event or all, and
// counts them. Where the receiver refuses one again it stays a dead letter.
func (e *Engine) Resend(ctx context.Context, w Write, name string, event int64) (n int, err error) {
	err = e.update(ctx, func(tx mirror.Tx) error {
		n = 0
		if _, _, err := tx.Webhook(name); err != nil {
			return err
		}
		outlet := mirror.WebhookOutlet(name)
		var letters []mirror.DeadLetter
		if event > 0 {
			l, err := tx.DeadLetter(outlet, event)
			if err != nil {
				return err
			}
			letters = append(letters, l)
		} else if letters, err = tx.DeadLetters(outlet, 0, 0); err != nil {
			return err
		}
		for _, l := range letters {
			if n++; l.Again {
				continue
			}
			l.Again = true
			if err := tx.PutDeadLetter(l); err != nil {
				return err
			}
		}
		if n == 0 {
			return nil
		}
		return tx.AppendEvent(objectEvent("DeliveriesResent", w, mirror.ObjectWebhook, name, "%d dead letters of webhook %s are tried again", n, name))
	})
	return n, err
}
