package store

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (m *model) StoredSessions(names []string) (out []*mirror.StoredSession, err error) {
	for _, r := range sorted(m.sessions, func(r mirror.SessionRecord) bool { return slices.Contains(names, r.Session.Name) }) {
		s := mirror.StoredSession{Record: r}
		s.Placements, _ = m.Placements(r.Session.Name)
		if o, err := m.Operation(r.Operation); err == nil && o.Session == r.Session.Name {
			o.Transcript = nil
			s.Rollout = &o
		}
		out = append(out, &s)
	}
	return out, nil
}

func (m *model) DeviceReads(names []string) (map[string]time.Time, error) {
	out := maps.Clone(m.reads)
	maps.DeleteFunc(out, func(name string, _ time.Time) bool { return !slices.Contains(names, name) })
	return out, nil
}

// readBatches asks for several at once, some of them twice and some that are missing.
func readBatches(out contentsOf, tx mirror.Tx) {
	for _, names := range [][]string{{}, someNames, {"b", "a", "nobody", "b"}} {
		ask(out, fmt.Sprint("sessions of ", names), func() ([]*mirror.StoredSession, error) { return tx.StoredSessions(names) })
		ask(out, fmt.Sprint("reads of ", names), func() (map[string]time.Time, error) { return tx.DeviceReads(names) })
	}
}

// TestBatchesOfAllSizes are complete and in order, also those that take several queries.
func TestBatchesOfAllSizes(t *testing.T) {
	s := openAt(t, dbPath(t))
	var names []string
	update(t, s, func(tx mirror.Tx) error {
		for i := range 1100 {
			name := fmt.Sprintf("s-%04d", i)
			if err := tx.PutSession(session(name)); err != nil {
				return err
			}
			names = append(names, name)
		}
		return nil
	})
	for _, n := range []int{0, 1, 7, 8, 9, 127, 128, 129, 511, 512, 513, 1025, 1100} {
		asked := append(slices.Clone(names[:n]), "missing", "also-missing")
		slices.Reverse(asked)
		var found []string
		view(t, s, func(tx mirror.Tx) error {
			sessions, err := tx.StoredSessions(asked)
			for _, s := range sessions {
				found = append(found, s.Record.Session.Name)
			}
			return err
		})
		if !slices.Equal(found, names[:n]) {
			t.Errorf("of %d names %d were found: %v", n, len(found), found)
		}
	}
}
