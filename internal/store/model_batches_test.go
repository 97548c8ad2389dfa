package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (m *model) SessionsOf(names []string) ([]mirror.SessionRecord, error) {
	return sorted(m.sessions, func(r mirror.SessionRecord) bool { return slices.Contains(names, r.Session.Name) }), nil
}

func (m *model) PlacementsOf(sessions []string) ([]mirror.Placement, error) {
	return sorted(m.placements, func(p mirror.Placement) bool { return slices.Contains(sessions, p.Session) }), nil
}

func (m *model) OperationsOf(ids []string) ([]mirror.Operation, error) {
	out := slices.DeleteFunc(slices.Clone(m.operations), func(o mirror.Operation) bool { return !slices.Contains(ids, o.ID) })
	slices.SortFunc(out, func(a, b mirror.Operation) int { return strings.Compare(a.ID, b.ID) })
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
		ask(out, fmt.Sprint("sessions of ", names), func() ([]mirror.SessionRecord, error) { return tx.SessionsOf(names) })
		ask(out, fmt.Sprint("placements of ", names), func() ([]mirror.Placement, error) { return tx.PlacementsOf(names) })
		ask(out, fmt.Sprint("reads of ", names), func() (map[string]time.Time, error) { return tx.DeviceReads(names) })
	}
	for _, ids := range [][]string{{}, someOpIDs, {someOpIDs[1], "none", someOpIDs[0]}} {
		ask(out, fmt.Sprint("operations of ", ids), func() ([]mirror.Operation, error) { return tx.OperationsOf(ids) })
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
			recs, err := tx.SessionsOf(asked)
			for _, rec := range recs {
				found = append(found, rec.Session.Name)
			}
			return err
		})
		if !slices.Equal(found, names[:n]) {
			t.Errorf("of %d names %d were found: %v", n, len(found), found)
		}
	}
}
