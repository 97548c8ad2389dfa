package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

const manyEvents = 1_000_000

// fillEventsOf stores events of 50,000 sessions on 10,000 devices, a second apart.
func fillEventsOf(b *testing.B, s *Store) {
	b.Helper()
	types := []string{"PhaseChanged", "PhaseChanged", "RolloutSucceeded", "DriftSeen", "DriftRepaired", "SessionChanged"}
	for i := 0; i < manyEvents; {
		update(b, s, func(tx mirror.Tx) error {
			for range 10_000 {
				e := mirror.Event{At: time.Unix(int64(i), 0), Type: types[i%len(types)], Actor: mirror.ActorSystem, Session: fmt.Sprintf("s-%06d", i%50_000),
					Device: fmt.Sprintf("d-%06d", i%10_000), Message: "generation 7 by ann: copies acc-1 Gi1/0/14 (both) to tool ids-1 at acc-1 Gi1/0/23, span"}
				if i%1000 == 0 {
					e.Actor = "ann"
				}
				if err := tx.AppendEvent(e); err != nil {
					return err
				}
				i++
			}
			return nil
		})
	}
}

// BenchmarkEvents finds some of a million events.
func BenchmarkEvents(b *testing.B) {
	s := openAt(b, dbPath(b))
	fillEventsOf(b, s)
	middle := time.Unix(manyEvents/2, 0)
	for _, c := range []struct {
		name string
		q    mirror.EventQuery
	}{
		{"oldest", mirror.EventQuery{}},
		{"of a session", mirror.EventQuery{Session: "s-000077"}},
		{"of a session, of a type", mirror.EventQuery{Session: "s-000077", Type: "DriftSeen"}},
		{"of a device", mirror.EventQuery{Device: "d-000077"}},
		{"about a session", mirror.EventQuery{Object: mirror.Object{Kind: mirror.ObjectSession, Name: "s-000077"}}},
		{"of a type", mirror.EventQuery{Type: "DriftSeen"}},
		{"of an actor", mirror.EventQuery{Actor: "ann"}},
		{"since half of them", mirror.EventQuery{Since: middle}},
		{"of a device until half of them", mirror.EventQuery{Device: "d-000077", Until: middle}},
		{"of a type and an actor that never meet", mirror.EventQuery{Type: "DriftSeen", Actor: "ann", Since: middle}},
	} {
		for _, newest := range []bool{false, true} {
			c.q.Newest, c.q.Limit = newest, 100
			b.Run(fmt.Sprintf("%s, newest %t", c.name, newest), func(b *testing.B) {
				for range b.N {
					view(b, s, func(tx mirror.Tx) error { _, err := tx.FindEvents(c.q); return err })
				}
			})
		}
	}
	b.Run("append one", func(b *testing.B) {
		for range b.N {
			update(b, s, func(tx mirror.Tx) error {
				return tx.AppendEvent(mirror.Event{At: time.Now(), Type: "DriftSeen", Session: "s-000077", Device: "d-000077"})
			})
		}
	})
	b.Run("drop 500", func(b *testing.B) {
		for range b.N {
			update(b, s, func(tx mirror.Tx) error { _, err := tx.DropEvents(time.Time{}, 1000, 500); return err })
		}
	})
}
