package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

// A countedStore counts how often a transaction that writes lists what is placed on a
// device.
type countedStore struct {
	mirror.Store
	lists atomic.Int64
}

type countedTx struct {
	mirror.Tx
	lists *atomic.Int64
}

func (s *countedStore) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	return s.Store.Update(ctx, func(tx mirror.Tx) error { return fn(countedTx{tx, &s.lists}) })
}

func (t countedTx) PlacementsByDevice(device string) ([]mirror.Placement, error) {
	t.lists.Add(1)
	return t.Tx.PlacementsByDevice(device)
}

// TestAnIntentIsDecidedOnOneReadingOfItsDevice: however many sessions share its
// destination.
func TestAnIntentIsDecidedOnOneReadingOfItsDevice(t *testing.T) {
	ctx := t.Context()
	db, err := store.Open(ctx, filepath.Join(t.TempDir(), "netmirror.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	counted := &countedStore{Store: db}
	r := &rates{}
	e, err := engine.New(ctx, engine.Config{Store: counted, Log: slog.New(slog.DiscardHandler), Rates: r,
		Drivers: []worker.Driver{fakeDriver(nil, "fake", false)}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC()
	var ports []mirror.Port
	for i := range 60 {
		ports = append(ports, mirror.Port{Name: mirror.PortName(fmt.Sprintf("p%d", i)), Up: mirror.True, Speed: 10 * gbit})
		r.carry(fmt.Sprintf("sw1 p%d", i), mbit, mbit)
	}
	err = db.Update(ctx, func(tx mirror.Tx) error {
		if _, err := tx.PutDevice(mirror.Device{Name: "sw1", Platform: "fake", Mode: mirror.ModeFull,
			Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "192.0.2.1"}}}); err != nil {
			return err
		}
		for i := 1; i <= 12; i++ { // 0 would be a tunnel
			if err := stored(tx, fmt.Sprintf("s%d", i), "sw1", i, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	e.Know(mirror.DeviceState{Device: "sw1", Reachable: mirror.Check{State: mirror.True}, Facts: mirror.Facts{Model: "roomy"},
		Observation: mirror.Observation{At: now, Ports: ports}})
	counted.lists.Store(0)
	res, err := e.Submit(ctx, admin, intent("newcomer", "sw1:p53", "sw1:p52"))
	if err != nil {
		t.Fatal(err)
	}
	if n := counted.lists.Load(); n != 1 || len(res.Forecasts) != 1 || len(res.Forecasts[0].Terms) < 13 {
		t.Errorf("the device's placements were read %d times, for %+v", n, res.Forecasts)
	}
}
