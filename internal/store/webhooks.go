package store

import (
	"fmt"
	"math"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Webhook reads a receiver of events and its version.
func (t *tx) Webhook(name string) (mirror.Webhook, int64, error) {
	return versioned[mirror.Webhook](t, fmt.Sprintf("webhook %q", name),
		`SELECT version, doc FROM webhooks WHERE name = $1`, name)
}

// Webhooks lists receivers of events by name.
func (t *tx) Webhooks(p mirror.Page) ([]mirror.Webhook, error) {
	return page[mirror.Webhook](t, "webhooks", `SELECT doc FROM webhooks`, p)
}

// PutWebhook stores a receiver of events; its version behaves as a device's.
func (t *tx) PutWebhook(h mirror.Webhook) (int64, error) {
	return t.putVersioned(mirror.ResourceWebhook, h.Name, h, h.Labels,
		`INSERT INTO webhooks (name, version, doc) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, doc = excluded.doc`)
}

// DeleteWebhook removes a receiver of events, its outlet and its dead letters.
func (t *tx) DeleteWebhook(name string) error {
	if err := t.deleteTerms(mirror.ResourceWebhook, name); err != nil {
		return err
	}
	what, outlet := fmt.Sprintf("delete webhook %q", name), mirror.WebhookOutlet(name)
	if err := t.exec(what, `DELETE FROM outlets WHERE name = $1`, outlet); err != nil {
		return err
	}
	if err := t.exec(what, `DELETE FROM dead_letters WHERE outlet = $1`, outlet); err != nil {
		return err
	}
	return t.exec(what, `DELETE FROM webhooks WHERE name = $1`, name)
}

// Outlet tells how far one receiver of events has come.
func (t *tx) Outlet(name string) (mirror.Outlet, error) {
	return one[mirror.Outlet](t, fmt.Sprintf("outlet %q", name), `SELECT doc FROM outlets WHERE name = $1`, name)
}

// Outlets lists all of them by name.
func (t *tx) Outlets() ([]mirror.Outlet, error) {
	return many[mirror.Outlet](t, "outlets", `SELECT doc FROM outlets ORDER BY name`)
}

// PutOutlet stores it.
func (t *tx) PutOutlet(o mirror.Outlet) error {
	what := fmt.Sprintf("outlet %q", o.Name)
	if err := named(what, o.Name); err != nil {
		return err
	}
	doc, err := encode(what, o)
	if err != nil {
		return err
	}
	return t.exec(what, `INSERT INTO outlets (name, doc) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET doc = excluded.doc`, o.Name, doc)
}

// DeadLetters lists those of an outlet after a number, ascending; limit 0 means all.
func (t *tx) DeadLetters(outlet string, after int64, limit int) ([]mirror.DeadLetter, error) {
	if limit <= 0 {
		limit = math.MaxInt32
	}
	return many[mirror.DeadLetter](t, "dead letters", `SELECT doc FROM dead_letters WHERE outlet = $1 AND seq > $2 ORDER BY seq LIMIT $3`, outlet, after, limit)
}

// DeadLetter reads one of them.
func (t *tx) DeadLetter(outlet string, seq int64) (mirror.DeadLetter, error) {
	return one[mirror.DeadLetter](t, fmt.Sprintf("dead letter %d of %q", seq, outlet), `SELECT doc FROM dead_letters WHERE outlet = $1 AND seq = $2`, outlet, seq)
}

// CountDeadLetters counts those of an outlet.
func (t *tx) CountDeadLetters(outlet string) (n int, err error) {
	err = t.row("dead letters", `SELECT COUNT(*) FROM dead_letters WHERE outlet = $1`, []any{outlet}, &n)
	return n, err
}

// PutDeadLetter stores one, by the number of its event.
func (t *tx) PutDeadLetter(l mirror.DeadLetter) error {
	what := fmt.Sprintf("dead letter %d of %q", l.Event.Seq, l.Outlet)
	if err := named(what, l.Outlet); err != nil {
		return err
	}
	doc, err := encode(what, l)
	if err != nil {
		return err
	}
	return t.exec(what, `INSERT INTO dead_letters (outlet, seq, doc) VALUES ($1, $2, $3)
		ON CONFLICT (outlet, seq) DO UPDATE SET doc = excluded.doc`, l.Outlet, l.Event.Seq, doc)
}

// DeleteDeadLetter removes one.
func (t *tx) DeleteDeadLetter(outlet string, seq int64) error {
	return t.exec(fmt.Sprintf("delete dead letter %d of %q", seq, outlet), `DELETE FROM dead_letters WHERE outlet = $1 AND seq = $2`, outlet, seq)
}
