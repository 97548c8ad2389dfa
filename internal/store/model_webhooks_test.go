package store

import (
	"fmt"
	"maps"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (m *model) Webhook(name string) (mirror.Webhook, int64, error) {
	h, err := get(m.webhooks, name)
	if err != nil {
		return h, 0, err
	}
	return h, m.versions["webhook/"+name], nil
}
func (m *model) Webhooks(p mirror.Page) ([]mirror.Webhook, error) { return paged(m.webhooks, p), nil }
func (m *model) PutWebhook(h mirror.Webhook) (int64, error) {
	m.webhooks[h.Name] = h
	m.versions["webhook/"+h.Name]++
	return m.versions["webhook/"+h.Name], nil
}
func (m *model) DeleteWebhook(name string) error {
	delete(m.webhooks, name)
	delete(m.authors, key("webhook", name))
	delete(m.outlets, mirror.WebhookOutlet(name))
	maps.DeleteFunc(m.letters, func(_ string, l mirror.DeadLetter) bool { return l.Outlet == mirror.WebhookOutlet(name) })
	return nil
}

func (m *model) Outlet(name string) (mirror.Outlet, error) { return get(m.outlets, name) }
func (m *model) Outlets() ([]mirror.Outlet, error)         { return sorted(m.outlets, all), nil }
func (m *model) PutOutlet(o mirror.Outlet) error           { m.outlets[o.Name] = o; return nil }

func letterKey(outlet string, seq int64) string { return key(outlet, fmt.Sprintf("%020d", seq)) }

func (m *model) DeadLetters(outlet string, after int64, limit int) (out []mirror.DeadLetter, err error) {
	for _, l := range sorted(m.letters, func(l mirror.DeadLetter) bool { return l.Outlet == outlet && l.Event.Seq > after }) {
		if limit <= 0 || len(out) < limit {
			out = append(out, l)
		}
	}
	return out, nil
}
func (m *model) DeadLetter(outlet string, seq int64) (mirror.DeadLetter, error) {
	return get(m.letters, letterKey(outlet, seq))
}
func (m *model) CountDeadLetters(outlet string) (int, error) {
	letters, err := m.DeadLetters(outlet, -1, 0)
	return len(letters), err
}
func (m *model) PutDeadLetter(l mirror.DeadLetter) error {
	m.letters[letterKey(l.Outlet, l.Event.Seq)] = l
	return nil
}
func (m *model) DeleteDeadLetter(outlet string, seq int64) error {
	delete(m.letters, letterKey(outlet, seq))
	return nil
}

// askWebhooks is the part of contents that is about webhooks.
func askWebhooks(tx mirror.Tx, out contentsOf) {
	ask(out, "webhooks", func() ([]mirror.Webhook, error) { return tx.Webhooks(mirror.Page{}) })
	ask(out, "outlets", tx.Outlets)
	for i, s := range someSelections[:7] {
		ask(out, fmt.Sprint("selection of webhooks ", i), func() (selected, error) {
			names, next, err := tx.Select(mirror.ResourceWebhook, s, mirror.Page{})
			return selected{names, next}, err
		})
	}
	for _, n := range someNames {
		p := mirror.Page{After: n, Limit: 2}
		askVersioned(out, "webhook "+n, func() (mirror.Webhook, int64, error) { return tx.Webhook(n) })
		ask(out, "webhooks after "+n, func() ([]mirror.Webhook, error) { return tx.Webhooks(p) })
		ask(out, "outlet of "+n, func() (mirror.Outlet, error) { return tx.Outlet(mirror.WebhookOutlet(n)) })
		ask(out, "dead letters of "+n, func() ([]mirror.DeadLetter, error) { return tx.DeadLetters(mirror.WebhookOutlet(n), 0, 0) })
		ask(out, "some dead letters of "+n, func() ([]mirror.DeadLetter, error) { return tx.DeadLetters(mirror.WebhookOutlet(n), 1, 1) })
		ask(out, "a dead letter of "+n, func() (mirror.DeadLetter, error) { return tx.DeadLetter(mirror.WebhookOutlet(n), 2) })
		ask(out, "number of dead letters of "+n, func() (int, error) { return tx.CountDeadLetters(mirror.WebhookOutlet(n)) })
	}
}
