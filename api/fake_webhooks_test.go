package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func (f *fake) PutWebhook(_ context.Context, w engine.Write, h mirror.Webhook) (engine.WebhookView, bool, error) {
	err := f.enter("PutWebhook")
	defer f.mu.Unlock()
	if err != nil {
		return engine.WebhookView{}, false, err
	}
	v, there := f.webhooks[h.Name]
	if err := f.precondition(w, v.Version); err != nil {
		return engine.WebhookView{}, false, err
	}
	v.Webhook = h
	v.Version++
	f.webhooks[h.Name] = v
	return v, !there, nil
}

func (f *fake) DeleteWebhook(_ context.Context, w engine.Write, name string) error {
	err := f.enter("DeleteWebhook")
	defer f.mu.Unlock()
	v, there := f.webhooks[name]
	switch {
	case err != nil:
		return err
	case !there:
		return mirror.ErrNotFound
	}
	if err := f.precondition(w, v.Version); err != nil {
		return err
	}
	delete(f.webhooks, name)
	return nil
}

func (f *fake) Webhook(_ context.Context, name string) (engine.WebhookView, error) {
	err := f.enter("Webhook")
	defer f.mu.Unlock()
	v, there := f.webhooks[name]
	if err == nil && !there {
		err = mirror.ErrNotFound
	}
	return v, err
}

func (f *fake) SelectWebhooks(_ context.Context, _ mirror.Selection, p mirror.Page) (out []engine.WebhookView, next string, err error) {
	err = f.enter("SelectWebhooks")
	defer f.mu.Unlock()
	for _, v := range f.webhooks {
		if v.Webhook.Name > p.After {
			v.Version = 0
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b engine.WebhookView) int { return strings.Compare(a.Webhook.Name, b.Webhook.Name) })
	if len(out) > p.Limit {
		out, next = out[:p.Limit], out[p.Limit-1].Webhook.Name
	}
	return out, next, err
}

func (f *fake) TestWebhook(_ context.Context, w engine.Write, name string) (engine.WebhookTest, error) {
	err := f.enter("TestWebhook")
	defer f.mu.Unlock()
	f.writes = append(f.writes, w)
	if _, there := f.webhooks[name]; err == nil && !there {
		err = mirror.ErrNotFound
	}
	return engine.WebhookTest{Status: 503, Took: 1500 * time.Millisecond, Error: "receiver.example answered 503 Service Unavailable"}, err
}

func (f *fake) Deliveries(_ context.Context, name, state string, after int64, limit int) (out []engine.Delivery, next int64, err error) {
	err = f.enter("Deliveries " + state)
	defer f.mu.Unlock()
	if _, there := f.webhooks[name]; err == nil && !there {
		err = mirror.ErrNotFound
	}
	for _, d := range f.deliveries {
		if d.State == state && d.Event.Seq > after {
			out = append(out, d)
		}
	}
	if len(out) > limit {
		out, next = out[:limit], out[limit-1].Event.Seq
	}
	return out, next, err
}

func (f *fake) Resend(_ context.Context, w engine.Write, name string, event int64) (n int, err error) {
	err = f.enter("Resend")
	defer f.mu.Unlock()
	f.writes = append(f.writes, w)
	for _, d := range f.deliveries {
		if d.State == engine.DeliveryDead && (event == 0 || d.Event.Seq == event) {
			n++
		}
	}
	if _, there := f.webhooks[name]; err == nil && (!there || event > 0 && n == 0) {
		err = mirror.ErrNotFound
	}
	return n, err
}
