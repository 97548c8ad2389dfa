package drivertest

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// profiles give every device the login of the driver's target.
type profiles struct{ login mirror.Login }

func (p profiles) Login(string) (mirror.Login, error) { return p.login, nil }
func (p profiles) List() ([]mirror.Profile, error)    { return nil, nil }
func (p profiles) Known(string) bool                  { return true }

// A bench is a whole engine over a store in a file, driving a rig's device on a
// connection of its own. The rig looks on.
type bench struct {
	*engine.Engine
	rig  *rig
	spy  spy
	db   *store.Store
	user engine.Write
}

func (r *rig) newBench() *bench {
	t := r.t
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "netmirror.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{rig: r, db: db, user: engine.Write{Actor: engine.Actor{Name: "contract", Access: mirror.Admin}}}
	b.Engine, err = engine.New(t.Context(), engine.Config{Store: db, Log: log, Drivers: []worker.Driver{b.spy.watch(r.s.Driver)},
		Profiles: profiles{r.dev.Target.Login},
		// A failed run is tried again after at most the time between two.
		Resync: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	testkit.Eventually(t, patience, "the engine to run", func() bool { return b.Ready(ctx) == nil })
	if _, _, err := b.PutDevice(t.Context(), b.user, r.dev.Target.Device); err != nil {
		t.Fatal(err)
	}
	return b
}

// ask is a user's session: the sources given, to the destination d1.
func (b *bench) ask(sources ...mirror.NativeSource) mirror.Session {
	f := b.rig.local("d1", sources...)
	s := mirror.Session{Name: "contract", Enabled: true, Force: true, Tags: f.Spec.Options.Tags,
		Destinations: []mirror.Destination{{Device: thisDevice, Interface: string(f.Spec.Destinations[0])}}}
	for _, src := range f.Spec.Sources {
		s.Sources = append(s.Sources, mirror.Source{Device: thisDevice, Interface: string(src.Port), Direction: src.Direction})
	}
	return s
}

// submit brings a session to the device, whatever happens on the way.
func (b *bench) submit(s mirror.Session) {
	b.rig.t.Helper()
	res, err := b.Submit(b.rig.t.Context(), b.user, s)
	if err != nil {
		b.rig.t.Fatal(err)
	}
	b.ended(res.Operation.ID)
}

func (b *bench) remove() {
	b.rig.t.Helper()
	res, err := b.Remove(b.rig.t.Context(), b.user, "contract", "")
	if err != nil {
		b.rig.t.Fatal(err)
	}
	b.ended(res.Operation.ID)
}

func (b *bench) ended(id string) {
	b.rig.t.Helper()
	op, err := b.WaitOperation(b.rig.t.Context(), id, patience)
	if err != nil {
		b.rig.t.Fatal(err)
	}
	if op.State != mirror.OpSucceeded {
		b.rig.t.Fatalf("the rollout is %s: %s: %+v", op.State, op.Message, op.Transcript)
	}
}

// info is the device as the engine's ledger and a fresh read give it, with
// what the engine wants there.
func (b *bench) info() (plan.DeviceInfo, []mirror.Fragment) {
	b.rig.t.Helper()
	info := b.rig.info()
	var fragments []mirror.Fragment
	err := b.db.View(b.rig.t.Context(), func(tx mirror.Tx) (err error) {
		if info.Instance, err = tx.Instance(); err != nil {
			return err
		}
		if info.Ledger, err = tx.Natives(thisDevice); err != nil {
			return err
		}
		rows, err := tx.PlacementsByDevice(thisDevice)
		for _, row := range rows {
			if row.Goal != nil {
				fragments = append(fragments, *row.Goal)
			}
		}
		return err
	})
	if err != nil {
		b.rig.t.Fatal(err)
	}
	return info, fragments
}

// settled demands that the device holds what the engine wants, once, and
// nothing else that was not there before. It returns the fingerprint of what is
// there.
func (b *bench) settled(sessions int) string {
	t := b.rig.t
	t.Helper()
	info, fragments := b.info()
	if len(fragments) != sessions {
		t.Fatalf("the engine wants %d fragments, want %d", len(fragments), sessions)
	}
	desired := plan.Compose(info.Instance, thisDevice, fragments)
	for _, c := range plan.Diff(desired, info) {
		t.Errorf("there is still to %s %s: %s\n%s", c.Verb(), c.Mark, difference(c), nativeText(c.Before))
	}
	ours := own(info)
	wanted := slices.DeleteFunc(slices.Clone(desired), func(d plan.Desired) bool { return d.Spec.Footing != nil })
	if len(ours) != len(wanted) {
		t.Errorf("%d native sessions are ours, want %d: %+v", len(ours), len(wanted), ours)
	}
	if len(desired) == 0 && len(info.Ledger) > 0 {
		t.Errorf("the ledger still has %+v", info.Ledger)
	}
	config := b.rig.dev.Config()
	if diff := cmp.Diff(b.rig.others, b.rig.dev.Others(config, ours)); diff != "" {
		t.Errorf("what is not ours was changed (-was +is):\n%s", diff)
	}
	if len(desired) == 0 {
		b.rig.isClean()
	}
	return fingerprint(config, ours, "")
}
