package engine_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/worker"
)

// BenchmarkAdmission accepts a session where 50,000 are stored: on a switch of 50 whose
// copies end at one port, and at a collector to which 1,000 switches send. Nothing is
// read of devices.
func BenchmarkAdmission(b *testing.B) {
	const devices, perDevice = 1000, 50
	ctx := b.Context()
	db, err := store.Open(ctx, filepath.Join(b.TempDir(), "netmirror.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	r := &rates{}
	e, err := engine.New(ctx, engine.Config{Store: db, Log: slog.New(slog.DiscardHandler), Rates: r,
		Drivers: []worker.Driver{fakeDriver(nil, "fake", false)}})
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now().UTC()
	var ports []mirror.Port
	for i := range perDevice + 4 {
		ports = append(ports, mirror.Port{Name: mirror.PortName(fmt.Sprintf("p%d", i)), Up: mirror.True, Speed: 10 * gbit})
	}
	for d := range devices {
		name := fmt.Sprintf("sw%d", d)
		for i := range perDevice + 4 {
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
				if err := stored(tx, fmt.Sprintf("s%d-%d", d, i), name, i, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	submit := func(b *testing.B, to func(n int) mirror.Session) {
		n, before := 0, cpu(b)
		for b.Loop() {
			s := to(n)
			s.Name = fmt.Sprintf("%s-%d", s.Name, n)
			if _, err := e.Submit(ctx, admin, s); err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(n), "cpu-ms/op")
	}
	b.Run("port", func(b *testing.B) {
		submit(b, func(n int) mirror.Session {
			d := fmt.Sprintf("sw%d", n%(devices-1)+1)
			return intent("port", d+":p53", d+":p52")
		})
	})
	b.Run("collector", func(b *testing.B) {
		submit(b, func(n int) mirror.Session {
			s := intent("collector", "sw1:p53", fmt.Sprintf("sw%d:p51", n%(devices-1)+1))
			s.Destinations = []mirror.Destination{{IP: "192.0.2.200"}}
			s.ERSPAN = &mirror.ERSPAN{ID: 1000 + n, Origin: "192.0.2.7"}
			return s
		})
	})
}

// cpu is what the process has used of the processors.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stored writes a session of one source to p53 of its device, one in fifty to a
// collector, as it is once it is made.
func stored(tx mirror.Tx, name, device string, i int, now time.Time) error {
	src := mirror.NativeSource{Port: mirror.PortName(fmt.Sprintf("p%d", i)), Direction: mirror.Both}
	s := intent(name, device+":p53", device+":"+string(src.Port)).WithDefaults()
	spec := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{src}, Destinations: []mirror.PortName{"p53"},
		Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled}}
	if i == 0 {
		s.Destinations = []mirror.Destination{{IP: "192.0.2.200"}}
		s.ERSPAN = &mirror.ERSPAN{ID: 1, Origin: "192.0.2.7"}
		spec = mirror.NativeSpec{Role: mirror.RoleERSPANSource, Sources: []mirror.NativeSource{src}, Options: mirror.Options{Collector: "192.0.2.200", ERSPAN: s.ERSPAN}}
	}
	rec := mirror.SessionRecord{Session: s, Generation: 1, ObservedGeneration: 1, Phase: mirror.Active, Created: now, Updated: now,
		Judged: []mirror.Judged{{Device: device, Port: "p53", Admitted: mirror.True, Reason: "Fits", Offered: mbit, At: now}}}
	if err := tx.PutSession(rec); err != nil {
		return err
	}
	f := mirror.Fragment{Session: name, Device: device, Spec: spec.Normalize()}
	check := mirror.Check{State: mirror.True, Reason: "ReadBack"}
	return tx.PutPlacement(mirror.Placement{Session: name, Device: device, Role: spec.Role, Ends: spec.Ends(), Target: &f, Goal: &f, Applied: &f, Good: &f,
		GoalRev: 1, AppliedRev: 1, Configured: check, Programmed: check, Persisted: check, CheckedAt: now})
}
