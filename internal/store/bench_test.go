package store

import (
	"fmt"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// fill stores sessions with a placement each, 5 per device.
func fill(b *testing.B, s *Store, sessions int) {
	b.Helper()
	update(b, s, func(tx mirror.Tx) error {
		for i := range sessions {
			name, device := fmt.Sprintf("s-%06d", i), fmt.Sprintf("d-%06d", i/5)
			if err := tx.PutSession(session(name)); err != nil {
				return err
			}
			if err := tx.PutPlacement(placement(name, device, mirror.RoleLocal)); err != nil {
				return err
			}
			if i%5 == 0 {
				if _, err := tx.PutDevice(mirror.Device{Name: device}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func BenchmarkStore(b *testing.B) {
	s := openAt(b, dbPath(b))
	fill(b, s, 50_000)
	b.Run("read one session", func(b *testing.B) {
		for i := range b.N {
			view(b, s, func(tx mirror.Tx) error { _, err := tx.Session(fmt.Sprintf("s-%06d", i%50_000)); return err })
		}
	})
	b.Run("read a device's placements", func(b *testing.B) {
		for i := range b.N {
			view(b, s, func(tx mirror.Tx) error { _, err := tx.PlacementsByDevice(fmt.Sprintf("d-%06d", i%10_000)); return err })
		}
	})
	b.Run("read a page of 100 sessions", func(b *testing.B) {
		for i := range b.N {
			view(b, s, func(tx mirror.Tx) error {
				_, err := tx.Sessions(mirror.Page{After: fmt.Sprintf("s-%06d", i%49_000), Limit: 100})
				return err
			})
		}
	})
	b.Run("look for damage", func(b *testing.B) {
		for range b.N {
			if err := s.Check(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("update one session", func(b *testing.B) {
		for i := range b.N {
			update(b, s, func(tx mirror.Tx) error { return tx.PutSession(session(fmt.Sprintf("s-%06d", i%50_000))) })
		}
	})
}
