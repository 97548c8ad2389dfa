package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// knows is a host with profiles of some names.
type knows map[string]bool

func (k knows) Login(name string) (mirror.Login, error) { return mirror.Login{Profile: name}, nil }
func (k knows) List() ([]mirror.Profile, error)         { return nil, nil }
func (k knows) Known(name string) bool                  { return k[name] }

// refuses is a notifier whose receivers answer 503.
type refuses struct{}

func (refuses) Test(_ context.Context, h mirror.Webhook, actor string) (int, time.Duration, error) {
	return 503, time.Second, fmt.Errorf("%s, asked by %s, answered 503", h.Host(), actor)
}

func webhook() mirror.Webhook {
	return mirror.Webhook{Name: "chat", URL: "https://receiver.example/t0ken", Secret: "hooks", Filter: mirror.EventFilter{Kinds: []string{mirror.ObjectTool}}}
}

func TestAWebhookHasVersionsAndHoldsWhatItWasNotTold(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Profiles, c.Notify = knows{"hooks": true}, refuses{} }, one())
	v, created, err := b.PutWebhook(t.Context(), admin, webhook())
	if err != nil || !created || v.Version != 1 || v.Outlet.Cursor == 0 || v.Webhook.Timeout != mirror.DefaultHookTimeout {
		t.Fatalf("%+v %t %v", v, created, err)
	}
	if v, created, err := b.PutWebhook(t.Context(), admin, webhook()); err != nil || created || v.Version != 1 {
		t.Errorf("the same again: %+v %t %v", v, created, err)
	}
	nobody := webhook()
	nobody.Secret = "nobodys"
	if _, _, err := b.PutWebhook(t.Context(), admin, nobody); !errors.Is(err, mirror.ErrInvalid) || !strings.Contains(err.Error(), "netmirror credentials set nobodys") {
		t.Errorf("a profile that is not there: %v", err)
	}
	old := int64(7)
	if _, _, err := b.PutWebhook(t.Context(), engine.Write{Actor: admin.Actor, IfMatch: &old}, webhook()); !errors.Is(err, mirror.ErrPrecondition) {
		t.Errorf("on another version: %v", err)
	}
	if stored := b.events("WebhookStored"); len(stored) != 1 || strings.Contains(stored[0].Message, "t0ken") || !strings.Contains(stored[0].Message, "receiver.example") {
		t.Errorf("events: %+v", stored)
	}
	for _, name := range []string{"t1", "t2"} {
		if _, _, err := b.PutTool(t.Context(), admin, mirror.Tool{Name: name, IP: "192.0.2.9"}); err != nil {
			t.Fatal(err)
		}
	}
	pending, next, err := b.Deliveries(t.Context(), "chat", engine.DeliveryPending, 0, 1)
	if err != nil || len(pending) != 1 || pending[0].Event.Object.Name != "t1" || next != pending[0].Event.Seq {
		t.Fatalf("pending: %+v, then %d, %v", pending, next, err)
	}
	rest, next, err := b.Deliveries(t.Context(), "chat", engine.DeliveryPending, next, 5)
	if err != nil || len(rest) != 1 || rest[0].Event.Object.Name != "t2" || next != 0 {
		t.Errorf("the rest: %+v, then %d, %v", rest, next, err)
	}
	test, err := b.TestWebhook(t.Context(), admin, "chat")
	if err != nil || test.Status != 503 || test.Error != "receiver.example, asked by "+admin.Actor.Name+", answered 503" {
		t.Errorf("test: %+v %v", test, err)
	}
	if err := b.DeleteWebhook(t.Context(), admin, "chat"); err != nil {
		t.Error(err)
	}
	if _, _, err := b.Deliveries(t.Context(), "chat", engine.DeliveryPending, 0, 1); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("of one that is gone: %v", err)
	}
	if v, _, err := b.PutWebhook(t.Context(), admin, webhook()); err != nil || v.Version != 2 || v.Behind != 1 { // its own event
		t.Errorf("made again: %+v %v", v, err)
	}
}

func TestDeadLettersAndReceiversThatLagAreProblems(t *testing.T) {
	b := newBench(t, func(c *engine.Config) { c.Profiles = knows{"hooks": true} }, one())
	if _, _, err := b.PutWebhook(t.Context(), admin, webhook()); err != nil {
		t.Fatal(err)
	}
	outlet := mirror.WebhookOutlet("chat")
	change := func(fn func(mirror.Tx) error) {
		t.Helper()
		if err := b.Recorded().Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	problem := func(reason string) engine.Problem {
		t.Helper()
		var seen engine.Problem
		testkit.Eventually(t, patience, "the problem "+reason, func() bool {
			list, _, err := b.Problems(t.Context(), "", 100)
			if err != nil {
				t.Fatal(err)
			}
			seen = engine.Problem{}
			for _, p := range list {
				if p.Object == (mirror.Object{Kind: mirror.ObjectWebhook, Name: "chat"}) {
					seen = p
				}
			}
			return seen.Reason == reason
		})
		return seen
	}
	problem("")
	change(func(tx mirror.Tx) error { // an event of long ago, at which it stands
		o, err := tx.Outlet(outlet)
		if err != nil {
			return err
		}
		if o.Cursor, err = tx.LastEvent(); err != nil {
			return err
		}
		o.Attempts, o.Error = 3, "receiver.example answered 503"
		return errors.Join(tx.AppendEvent(mirror.Event{At: time.Now().Add(-time.Hour), Type: "ToolStored", Object: mirror.Object{Kind: mirror.ObjectTool, Name: "t"}}), tx.PutOutlet(o))
	})
	if p := problem(engine.ProblemEventsBehind); !strings.Contains(p.Message, "answered 503") || p.Means == "" || p.Do == "" || p.Severity != engine.Warning {
		t.Errorf("%+v", p)
	}
	for seq := range int64(2) {
		change(func(tx mirror.Tx) error {
			return tx.PutDeadLetter(mirror.DeadLetter{Outlet: outlet, Event: mirror.Event{Seq: seq + 1}, Attempts: 12, Error: "no"})
		})
	}
	if p := problem(engine.ProblemDeadLetters); !strings.Contains(p.Do, "/api/v1/webhooks/chat/deliveries:resend") {
		t.Errorf("%+v", p)
	}
	if n, err := b.Resend(t.Context(), admin, "chat", 2); n != 1 || err != nil {
		t.Errorf("one again: %d %v", n, err)
	}
	if _, err := b.Resend(t.Context(), admin, "chat", 9); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("none again: %v", err)
	}
	dead, _, err := b.Deliveries(t.Context(), "chat", engine.DeliveryDead, 0, 9)
	if err != nil || len(dead) != 2 || dead[0].State != engine.DeliveryDead || dead[1].State != engine.DeliveryPending {
		t.Errorf("dead letters: %+v %v", dead, err)
	}
	if n, err := b.Resend(t.Context(), admin, "chat", 0); n != 2 || err != nil {
		t.Errorf("all again: %d %v", n, err)
	}
	figures, err := b.Figures(t.Context())
	if err != nil || len(figures.Outlets) != 1 || figures.Outlets[0].Dead != 2 || figures.Outlets[0].Outlet.Name != outlet {
		t.Errorf("figures: %+v %v", figures.Outlets, err)
	}
	change(func(tx mirror.Tx) error {
		h, _, err := tx.Webhook("chat")
		h.Disabled = true
		o, err2 := tx.Outlet(outlet)
		o.Gone = time.Now()
		_, err3 := tx.PutWebhook(h)
		return errors.Join(err, err2, err3, tx.PutOutlet(o))
	})
	problem(engine.ProblemGone)
}

// A syslog server that does not take events is a problem of the controller, unless the
// settings name it no more.
func TestASyslogServerThatLagsIsAProblem(t *testing.T) {
	b := newBench(t, nil, one())
	outlet := mirror.Outlet{Name: mirror.SyslogOutlet("tcp://192.0.2.1:601"), Made: time.Now(), Attempts: 9, Error: "connection refused"}
	store := func(events ...mirror.Event) {
		t.Helper()
		if err := b.Recorded().Update(t.Context(), func(tx mirror.Tx) (err error) {
			if outlet.Cursor, err = tx.LastEvent(); err != nil {
				return err
			}
			for _, e := range events {
				if err := tx.AppendEvent(e); err != nil {
					return err
				}
			}
			return tx.PutOutlet(outlet)
		}); err != nil {
			t.Fatal(err)
		}
	}
	problems := func() (of []engine.Problem) {
		list, _, err := b.Problems(t.Context(), "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range list {
			if p.Reason == engine.ProblemEventsBehind {
				of = append(of, p)
			}
		}
		return of
	}
	store(mirror.Event{At: time.Now().Add(-time.Hour), Type: "ToolStored"})
	testkit.Eventually(t, patience, "the problem", func() bool { return len(problems()) == 1 })
	if p := problems()[0]; p.Object.Kind != mirror.ObjectController || !strings.Contains(p.Message, "events for syslog/tcp://192.0.2.1:601 wait since") || !strings.Contains(p.Message, "connection refused") {
		t.Errorf("%+v", p)
	}
	outlet.Off = true
	store()
	testkit.Eventually(t, patience, "no problem", func() bool { return len(problems()) == 0 })
	if f, err := b.Figures(t.Context()); err != nil || len(f.Outlets) != 0 {
		t.Errorf("outlets %+v, %v", f.Outlets, err)
	}
}
