package engine_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

// BenchmarkPlan plans a file of 500 sessions on 50 switches, each to one of ten tools, where
// 500 others are stored. Nothing is read of devices.
func BenchmarkPlan(b *testing.B) {
	const devices, perDevice = 50, 10
	ctx := b.Context()
	db, err := store.Open(ctx, filepath.Join(b.TempDir(), "netmirror.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	r := &rates{}
	e, err := engine.New(ctx, engine.Config{Store: db, Log: slog.New(slog.DiscardHandler), Rates: r, Drivers: []worker.Driver{fakeDriver(nil, "fake", false)}})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now().UTC()
	var ports []mirror.Port
	for i := range 64 {
		ports = append(ports, mirror.Port{Name: mirror.PortName(fmt.Sprintf("p%d", i)), Up: mirror.True, Speed: 10 * gbit})
	}
	var m mirror.Manifest
	for t := range 10 {
		m.Tools = append(m.Tools, mirror.Tool{Name: fmt.Sprintf("ids-%d", t), IP: fmt.Sprintf("192.0.2.%d", t+1), Capacity: 100 * gbit})
	}
	for d := range devices {
		name := fmt.Sprintf("sw%d", d)
		for i := range ports {
			r.carry(fmt.Sprintf("%s p%d", name, i), mbit, mbit)
		}
		err := db.Update(ctx, func(tx mirror.Tx) error {
			if _, err := tx.PutDevice(mirror.Device{Name: name, Platform: "fake", Mode: mirror.ModeFull,
				Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "192.0.2.1"}}}); err != nil {
				return err
			}
			e.Know(mirror.DeviceState{Device: name, Reachable: mirror.Check{State: mirror.True}, Facts: mirror.Facts{Model: "roomy"},
				Observation: mirror.Observation{At: now, Ports: ports}})
			for i := range perDevice {
				if err := stored(tx, fmt.Sprintf("old%d-%d", d, i), name, i, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		for i := range perDevice {
			s := intent(fmt.Sprintf("s%d-%d", d, i), "", fmt.Sprintf("%s:p%d", name, 20+i))
			s.Destinations = []mirror.Destination{{Tool: m.Tools[i].Name}}
			s.ERSPAN = &mirror.ERSPAN{ID: 1 + d*perDevice + i, Origin: fmt.Sprintf("198.51.100.%d", d+1)}
			m.Sessions = append(m.Sessions, s)
		}
	}
	for b.Loop() {
		p, err := e.MakePlan(ctx, admin, m)
		if err != nil {
			b.Fatal(err)
		}
		if len(p.Steps) != devices {
			b.Fatalf("%d steps", len(p.Steps))
		}
	}
}
