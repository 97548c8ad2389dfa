package engine_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

// oneProfile is a host with the profile "campus".
type oneProfile struct{}

func (oneProfile) Login(name string) (mirror.Login, error) {
	return mirror.Login{Profile: name, Stamp: "1"}, nil
}
func (oneProfile) List() ([]mirror.Profile, error) {
	return []mirror.Profile{{Name: "campus", Stamp: "1"}}, nil
}
func (oneProfile) Known(name string) bool { return name == "campus" }

// failedRuns counts what the log says of runs that failed.
type failedRuns struct{ n *atomic.Int64 }

func (failedRuns) Enabled(context.Context, slog.Level) bool { return true }
func (f failedRuns) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "device run failed" {
		f.n.Add(1)
	}
	return nil
}
func (f failedRuns) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f failedRuns) WithGroup(string) slog.Handler      { return f }

// Whoever polls a device whose credentials are paused is answered from the pause:
// there is no run for it, and the answer stays the same. When the pause is over the
// next one is tried.
func TestAPausedDeviceIsNotRunForWhoPolls(t *testing.T) {
	var runs atomic.Int64
	b := newBench(t, func(c *engine.Config) {
		polled(c)
		c.Profiles, c.Log, c.Timeouts.Profiles = oneProfile{}, slog.New(failedRuns{&runs}), time.Hour
	}, map[string]*fakeSwitch{})
	b.switches["sw1"] = newSwitch("p1", "d1")
	pause := func(tx mirror.Tx) error {
		return tx.PutLoginRefusal(mirror.LoginRefusal{Profile: "campus", Stamp: "1", Count: 2, Last: time.Now(), Paused: time.Now(), Message: "two refused it"})
	}
	if err := b.db.Update(t.Context(), pause); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.PutDevice(t.Context(), admin, mirror.Device{Name: "sw1", Platform: "fake",
		Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "127.0.0.1", Credentials: "campus"}}}); err != nil {
		t.Fatal(err)
	}
	first, asked := "", 0
	for began := time.Now(); asked < 100; asked++ {
		_, err := b.Sync(t.Context(), admin, "sw1")
		if err == nil {
			t.Fatal("a paused device was read")
		}
		if first == "" {
			first = err.Error()
		}
		if err.Error() != first {
			t.Fatalf("%q, before %q", err, first)
		}
		if most := 3 + int64(time.Since(began)/(time.Second/2)); runs.Load() > most { // those of the worker's own pace
			t.Fatalf("%d runs for %d questions", runs.Load(), asked)
		}
	}
	if _, err := b.Submit(t.Context(), admin, intent("s", "sw1:d1", "sw1:p1 rx")); err == nil {
		t.Error("a session was accepted on a paused device")
	}
	if err := b.db.Update(t.Context(), func(tx mirror.Tx) error { return tx.DeleteLoginRefusals("campus") }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Sync(t.Context(), admin, "sw1"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

// A check is about the next login: a connection that is open says nothing of it.
func TestACheckTellsOfAPausedProfile(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	log := slog.New(slog.DiscardHandler)
	campus := mirror.Login{Profile: "campus", Stamp: "1"}
	e, err := engine.New(t.Context(), engine.Config{Store: db, Log: log, Profiles: oneProfile{}})
	if err != nil {
		t.Fatal(err)
	}
	gate := worker.NewLogins(db, log)
	for _, server := range []string{"a", "b"} {
		leave, err := gate.Enter(t.Context(), campus, server)
		if err != nil {
			t.Fatal(err)
		}
		leave(mirror.ErrLoginRefused)
	}
	if _, err := gate.Enter(t.Context(), campus, "c"); !errors.Is(err, mirror.ErrCredentials) {
		t.Fatalf("a third login: %v", err)
	}
	err = db.Update(t.Context(), func(tx mirror.Tx) error {
		_, err := tx.PutDevice(mirror.Device{Name: "sw", Transports: mirror.Transports{Config: mirror.Transport{Credentials: "campus"}}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	check, err := e.CheckDevice(t.Context(), engine.Write{}, "sw")
	if err != nil || check.OK || len(check.Items) != 1 || check.Items[0].Name != "credentials" || !strings.Contains(check.Items[0].Message, "release campus") {
		t.Errorf("%+v %v", check, err)
	}
}
