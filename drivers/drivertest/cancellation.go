package drivertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netmirror/netmirror/internal/mirror"
)

// How long a call is left to work before its context ends, and how soon it must
// be back then.
const (
	working = 100 * time.Millisecond
	prompt  = 3 * time.Second
)

// cancellation ends the contexts of calls that a device does not answer, and
// counts goroutines after Close.
func (s Suite) cancellation(t *testing.T) {
	r := s.newRig(t)
	if err := r.conn.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	leaks := goleak.IgnoreCurrent()
	t.Run("a finished context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		conn, err := s.Driver.Connect(ctx, r.target())
		if err == nil {
			_ = conn.Close()
			t.Error("Connect took a finished context")
		}
	})
	t.Run("a closed connection", func(t *testing.T) {
		r.t = t
		r.connect()
		_, payload := r.render(r.info(), []mirror.Fragment{r.local("d1", from("p1", mirror.Both))})
		if err := r.conn.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if _, err := r.conn.Push(t.Context(), "contract-closed", payload); !errors.Is(err, mirror.ErrNotSent) || !errors.Is(err, mirror.ErrUnreachable) {
			t.Errorf("Push on a closed connection gave %v, want ErrNotSent and ErrUnreachable", err)
		}
		if _, err := r.conn.Observe(t.Context(), mirror.Look{}); !broken(err) {
			t.Errorf("Observe on a closed connection gave %v, want ErrUnreachable or ErrTimeout", err)
		}
		_ = r.conn.Close() // a second one must not panic
	})
	if s.can(t, "cancellation", r.dev.Stall != nil) {
		for name, cancel := range map[string]func(context.Context) (context.Context, context.CancelFunc){
			"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, working)
			},
			"cancelled": cancelSoon,
		} {
			t.Run(name, func(t *testing.T) {
				r.t = t
				r.interrupted(cancel)
			})
		}
	}
	goleak.VerifyNone(t, leaks)
}

// cancelSoon cancels a context after a while.
func cancelSoon(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := time.AfterFunc(working, cancel)
	return ctx, func() { stop.Stop(); cancel() }
}

// interrupted calls a device that does not answer.
func (r *rig) interrupted(end func(context.Context) (context.Context, context.CancelFunc)) {
	t := r.t
	during := func(what string, call func(context.Context) error) {
		t.Helper()
		release := r.dev.Stall()
		defer release()
		ctx, cancel := end(t.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- call(ctx) }()
		select {
		case err := <-done:
			switch {
			case ctx.Err() == nil:
				t.Errorf("%s came back by itself from a device that does not answer: %v", what, err)
			case !broken(err) && !(errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled)):
				t.Errorf("%s gave %v, want ErrTimeout, ErrUnreachable or the cancellation", what, err)
			}
		case <-time.After(working + prompt):
			t.Fatalf("%s was still at it %v after its context had ended", what, prompt)
		}
		closed := make(chan struct{})
		if r.conn != nil {
			go func() { _ = r.conn.Close(); close(closed) }()
			select {
			case <-closed:
			case <-time.After(prompt):
				t.Fatalf("Close hangs after an interrupted %s", what)
			}
		}
	}
	r.conn = nil
	during("Connect", func(ctx context.Context) error {
		conn, err := r.s.Driver.Connect(ctx, r.target())
		if err == nil {
			_ = conn.Close()
		}
		return err
	})
	r.connect()
	conn := r.conn
	during("Observe", func(ctx context.Context) error {
		_, err := conn.Observe(ctx, mirror.Look{})
		return err
	})
	r.connect()
	f := r.local("d1", from("p1", mirror.Both))
	list, payload := r.prepared(f)
	r.claim(list)
	conn = r.conn
	during("Push", func(ctx context.Context) error {
		_, err := conn.Push(ctx, "contract-interrupted", payload)
		return err
	})
	// What the device did of it is unknown: the next run looks, and finishes.
	r.connect()
	r.apply(f)
	r.apply()
	if err := r.conn.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
