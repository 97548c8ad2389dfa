package notify

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

var (
	errCrash = errors.New("the process is gone")
	errFull  = errors.New("the disk is full")
)

// A shelf is as much of a store as a courier uses, in memory. An Update that fails leaves
// nothing behind.
type shelf struct {
	mu   sync.Mutex
	kept shelved
	dead bool          // the process has crashed: nothing is written any more
	full int           // so many writes fail, and the process goes on
	bell chan struct{} // closed when something was written
}

type shelved struct {
	mirror.Tx // of what is not used
	hooks     map[string]mirror.Webhook
	versions  map[string]int64
	outlets   map[string]mirror.Outlet
	letters   []mirror.DeadLetter
	events    []mirror.Event
	last      int64
}

func newShelf() *shelf {
	return &shelf{bell: make(chan struct{}), kept: shelved{hooks: map[string]mirror.Webhook{}, versions: map[string]int64{}, outlets: map[string]mirror.Outlet{}}}
}

func (s *shelf) added() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bell
}

func (s *shelf) View(_ context.Context, fn func(mirror.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fn(&s.kept)
}

func (s *shelf) Update(_ context.Context, fn func(mirror.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return errCrash
	}
	if s.full > 0 {
		s.full--
		return errFull
	}
	next := s.kept.clone()
	if err := fn(&next); err != nil {
		return err
	}
	s.kept = next
	close(s.bell)
	s.bell = make(chan struct{})
	return nil
}

func (s *shelved) clone() shelved {
	out := *s
	out.hooks, out.versions, out.outlets = clone(s.hooks), clone(s.versions), clone(s.outlets)
	out.letters, out.events = slices.Clone(s.letters), slices.Clone(s.events)
	return out
}

func clone[V any](m map[string]V) map[string]V {
	out := map[string]V{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (s *shelved) Instance() (string, error) { return "i1", nil }

func (s *shelved) Webhook(name string) (mirror.Webhook, int64, error) {
	h, there := s.hooks[name]
	if !there {
		return h, 0, mirror.ErrNotFound
	}
	return h, s.versions[name], nil
}

func (s *shelved) Webhooks(mirror.Page) (out []mirror.Webhook, err error) {
	for _, h := range s.hooks {
		out = append(out, h)
	}
	return out, nil
}

func (s *shelved) PutWebhook(h mirror.Webhook) (int64, error) {
	s.hooks[h.Name] = h
	s.versions[h.Name]++
	return s.versions[h.Name], nil
}

func (s *shelved) Authorship(mirror.Resource, string) (mirror.Authorship, error) {
	return mirror.Authorship{}, nil
}
func (s *shelved) PutAuthorship(mirror.Resource, string, mirror.Authorship) error { return nil }

func (s *shelved) Outlet(name string) (mirror.Outlet, error) {
	o, there := s.outlets[name]
	if !there {
		return o, mirror.ErrNotFound
	}
	return o, nil
}
func (s *shelved) Outlets() (out []mirror.Outlet, err error) {
	for _, o := range s.outlets {
		out = append(out, o)
	}
	return out, nil
}
func (s *shelved) PutOutlet(o mirror.Outlet) error { s.outlets[o.Name] = o; return nil }

func (s *shelved) DeadLetters(outlet string, after int64, limit int) (out []mirror.DeadLetter, err error) {
	for _, l := range s.letters {
		if l.Outlet == outlet && l.Event.Seq > after && (limit <= 0 || len(out) < limit) {
			out = append(out, l)
		}
	}
	return out, nil
}

func (s *shelved) DeadLetter(outlet string, seq int64) (mirror.DeadLetter, error) {
	for _, l := range s.letters {
		if l.Outlet == outlet && l.Event.Seq == seq {
			return l, nil
		}
	}
	return mirror.DeadLetter{}, mirror.ErrNotFound
}

func (s *shelved) CountDeadLetters(outlet string) (int, error) {
	all, err := s.DeadLetters(outlet, -1, 0)
	return len(all), err
}

func (s *shelved) PutDeadLetter(l mirror.DeadLetter) error {
	_ = s.DeleteDeadLetter(l.Outlet, l.Event.Seq)
	s.letters = append(s.letters, l)
	slices.SortFunc(s.letters, func(a, b mirror.DeadLetter) int { return int(a.Event.Seq - b.Event.Seq) })
	return nil
}

func (s *shelved) DeleteDeadLetter(outlet string, seq int64) error {
	s.letters = slices.DeleteFunc(s.letters, func(l mirror.DeadLetter) bool { return l.Outlet == outlet && l.Event.Seq == seq })
	return nil
}

func (s *shelved) AppendEvent(e mirror.Event) error {
	s.last++
	e.Seq = s.last
	s.events = append(s.events, e)
	return nil
}

func (s *shelved) Events(after int64, limit int) (out []mirror.Event, err error) {
	for _, e := range s.events {
		if e.Seq > after && len(out) < limit {
			out = append(out, e)
		}
	}
	return out, nil
}

func (s *shelved) LastEvent() (int64, error) { return s.last, nil }

// drop takes the oldest events away, as retention does.
func (s *shelf) drop(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept.events = slices.Clone(s.kept.events[min(n, len(s.kept.events)):])
}

// tell stores events.
func (s *shelf) tell(at time.Time, types ...string) {
	_ = s.Update(context.Background(), func(tx mirror.Tx) error {
		for _, t := range types {
			if err := tx.AppendEvent(mirror.Event{At: at, Type: t, Actor: "ann", Session: "s1", Message: "m"}); err != nil {
				return err
			}
		}
		return nil
	})
}

// hang makes a webhook, told from the next event on.
func (s *shelf) hang(h mirror.Webhook) {
	_ = s.Update(context.Background(), func(tx mirror.Tx) error {
		last, _ := tx.LastEvent()
		_, there := s.kept.outlets[mirror.WebhookOutlet(h.Name)]
		if _, err := tx.PutWebhook(h.WithDefaults()); err != nil || there {
			return err
		}
		return tx.PutOutlet(mirror.Outlet{Name: mirror.WebhookOutlet(h.Name), Made: time.Unix(1, 0).UTC(), Cursor: last})
	})
}

func (s *shelf) outlet(name string) mirror.Outlet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept.outlets[mirror.WebhookOutlet(name)]
}
