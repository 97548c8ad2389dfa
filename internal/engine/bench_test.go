package engine_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

const patience = testkit.Patience

var admin = engine.Write{Actor: engine.Actor{Name: "tester", Access: mirror.Admin}}

// bench is an engine over a real store and switches in memory.
type bench struct {
	t *testing.T
	*engine.Engine
	switches map[string]*fakeSwitch
	db       *store.Store
	stop     func()
	config   func(*engine.Config)
	path     string
}

func newBench(t *testing.T, config func(*engine.Config), switches map[string]*fakeSwitch) *bench {
	t.Helper()
	b := &bench{t: t, switches: switches, config: config, path: filepath.Join(t.TempDir(), "netmirror.db")}
	b.start()
	t.Cleanup(func() { b.stop() })
	for name, s := range switches {
		if s.later {
			continue
		}
		platform := "fake"
		if s.numbered {
			platform = "numbered"
		}
		_, _, err := b.PutDevice(t.Context(), admin, mirror.Device{Name: name, Platform: platform,
			Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "127.0.0.1"}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *bench) start() {
	b.t.Helper()
	db, err := store.Open(context.Background(), b.path, slog.New(slog.DiscardHandler))
	if err != nil {
		b.t.Fatal(err)
	}
	cfg := engine.Config{Store: db, Resync: time.Hour, Log: slog.New(slog.NewTextHandler(b.t.Output(), nil)),
		Drivers:  []worker.Driver{fakeDriver(b.switches, "fake", false), fakeDriver(b.switches, "numbered", true)},
		Timeouts: engine.Timeouts{Timeouts: worker.Timeouts{Calm: time.Millisecond, Settle: time.Second}, Submit: patience, Measure: patience, Retry: 50 * time.Millisecond}}
	if b.config != nil {
		b.config(&cfg)
	}
	b.db = db
	if b.Engine, err = engine.New(context.Background(), cfg); err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	testkit.Eventually(b.t, patience, "engine runs", func() bool { return b.Ready(ctx) == nil })
	b.stop = sync.OnceFunc(func() {
		b.nothingSharedChanged()
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
		if err := db.Close(); err != nil {
			b.t.Error(err)
		}
	})
}

// nothingSharedChanged compares the sessions that views share with what is stored: they
// differ where somebody has changed one in place.
func (b *bench) nothingSharedChanged() {
	if err := b.db.View(context.Background(), func(tx mirror.Tx) error {
		recs, err := tx.Sessions(mirror.Page{})
		if err != nil {
			return err
		}
		for _, rec := range recs {
			shared, err := tx.StoredSessions([]string{rec.Session.Name})
			if err != nil {
				return err
			}
			stored := mirror.StoredSession{Record: rec}
			if stored.Placements, err = tx.Placements(rec.Session.Name); err != nil {
				return err
			}
			if op, err := tx.Operation(rec.Operation); err == nil {
				op.Transcript = nil
				stored.Rollout = &op
			}
			if d := cmp.Diff(&stored, shared[0]); d != "" {
				b.t.Errorf("what is shared of session %s is not what is stored (-stored +shared):\n%s", rec.Session.Name, d)
			}
		}
		return nil
	}); err != nil {
		b.t.Error(err)
	}
}

// submit puts a session from sources like "sw1:p1 rx" and waits for the end of
// its rollout.
func (b *bench) submit(name, dest string, sources ...string) mirror.Operation {
	b.t.Helper()
	return b.put(intent(name, dest, sources...))
}

// put submits a session and waits for the end of its rollout.
func (b *bench) put(s mirror.Session) mirror.Operation {
	b.t.Helper()
	return b.wait(b.accepted(s).Operation.ID)
}

// accepted submits a session and does not wait.
func (b *bench) accepted(s mirror.Session) engine.SubmitResult {
	b.t.Helper()
	res, err := b.Submit(b.t.Context(), admin, s)
	if err != nil {
		b.t.Fatal(err)
	}
	return res
}

// refused submits a session that must not be accepted and lists the codes of
// the reasons.
func (b *bench) refused(s mirror.Session) []string {
	b.t.Helper()
	_, err := b.Submit(b.t.Context(), admin, s)
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) {
		b.t.Fatalf("no refusal: %v", err)
	}
	var codes []string
	for _, r := range refusal.Reasons {
		codes = append(codes, r.Pointer+" "+r.Code)
	}
	return codes
}

func (b *bench) wait(id string) mirror.Operation {
	b.t.Helper()
	op, err := b.WaitOperation(b.t.Context(), id, patience)
	if err != nil {
		b.t.Fatal(err)
	}
	return op
}

func (b *bench) remove(name string) mirror.Operation {
	b.t.Helper()
	res, err := b.Remove(b.t.Context(), admin, name, "")
	if err != nil {
		b.t.Fatal(err)
	}
	return b.wait(res.Operation.ID)
}

// release lets a session go without a look at its device.
func (b *bench) release(name string) mirror.Operation {
	b.t.Helper()
	res, err := b.Remove(b.t.Context(), admin, name, mirror.DeleteOrphan)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.wait(res.Operation.ID)
}

// change stores a device with one thing changed.
func (b *bench) change(device string, change func(*mirror.Device)) {
	b.t.Helper()
	view, err := b.Device(b.t.Context(), device)
	if err != nil {
		b.t.Fatal(err)
	}
	change(&view.Device)
	if _, _, err := b.PutDevice(b.t.Context(), admin, view.Device); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) maintain(device string, on bool) {
	b.t.Helper()
	b.change(device, func(d *mirror.Device) { d.Maintenance = on })
}

// settle has a device read twice: what the first read led to has been done when
// the second is made.
func (b *bench) settle(device string) {
	b.t.Helper()
	for range 2 {
		if _, err := b.Sync(b.t.Context(), admin, device); err != nil {
			b.t.Fatal(err)
		}
	}
}

// events are those of one type.
func (b *bench) events(typ string) (out []mirror.Event) {
	b.t.Helper()
	all, err := b.Events(b.t.Context(), 0, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, e := range all {
		if e.Type == typ {
			out = append(out, e)
		}
	}
	return out
}

func (b *bench) phase(name string) mirror.Phase {
	v, err := b.Session(b.t.Context(), name)
	if err != nil {
		return mirror.Phase(err.Error())
	}
	return v.Record.Phase
}

func (b *bench) reach(name string, phase mirror.Phase) engine.SessionView {
	b.t.Helper()
	testkit.Eventually(b.t, patience, name+" becomes "+string(phase), func() bool { return b.phase(name) == phase })
	v, err := b.Session(b.t.Context(), name)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func intent(name, dest string, sources ...string) mirror.Session {
	split := func(s string) (device, port string) {
		device, port, _ = strings.Cut(s, ":")
		return device, port
	}
	s := mirror.Session{Name: name, Enabled: true}
	d, p := split(dest)
	s.Destinations = []mirror.Destination{{Device: d, Interface: p}}
	for _, src := range sources {
		at, dir, _ := strings.Cut(src, " ")
		d, p := split(at)
		s.Sources = append(s.Sources, mirror.Source{Device: d, Interface: p, Direction: mirror.Direction(dir)})
	}
	return s
}

func one() map[string]*fakeSwitch {
	return map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "p3", "d1", "d2")}
}
