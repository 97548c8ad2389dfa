package engine

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// errNotKept has every case begin with nothing stored.
var errNotKept = errors.New("not kept")

// TestUsersAreFoundByAnIndex: the sessions that copy to a tool, are filtered by a filter
// or name a device are those that a look at all sessions finds, in the store and in a
// transaction in which some were written and deleted.
func TestUsersAreFoundByAnIndex(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SampledFrom([]string{"a", "b", "c"})
		write := func(tx mirror.Tx) error {
			for range rapid.IntRange(0, 12).Draw(t, "writes") {
				name := rapid.SampledFrom([]string{"s1", "s2", "s3", "s4"}).Draw(t, "session")
				if rapid.IntRange(0, 3).Draw(t, "kind") == 0 {
					if err := tx.DeleteSession(name); err != nil {
						return err
					}
					continue
				}
				s := mirror.Session{Name: name, Sources: []mirror.Source{{Device: some.Draw(t, "device")}},
					Destinations: []mirror.Destination{{Tool: some.Draw(t, "tool")}, {Device: some.Draw(t, "end")}}}
				if rapid.Bool().Draw(t, "filtered") {
					s.Filter = some.Draw(t, "filter")
				}
				if err := tx.PutSession(mirror.SessionRecord{Session: s, Generation: 1}); err != nil {
					return err
				}
			}
			return nil
		}
		err := db.Update(t.Context(), func(tx mirror.Tx) error {
			if err := write(tx); err != nil {
				return err
			}
			sameUsers(t, tx)
			sc := newScratch(tx, true)
			if err := write(sc); err != nil {
				return err
			}
			sameUsers(t, sc)
			return errNotKept
		})
		if !errors.Is(err, errNotKept) {
			t.Fatal(err)
		}
	})
}

// sameUsers compares what is found with what a look at everything finds.
func sameUsers(t *rapid.T, tx mirror.Tx) {
	all, err := tx.Sessions(mirror.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c", "none"} {
		for what, found := range map[string]func(func(mirror.SessionRecord, error) bool){
			"tool": usingTool(tx, name), "filter": usingFilter(tx, name), "device": usingDevice(tx, name)} {
			want := map[string]bool{}
			for _, rec := range all {
				s := rec.Session
				uses := map[string]bool{"tool": slices.ContainsFunc(s.Destinations, func(d mirror.Destination) bool { return d.Tool == name }),
					"filter": s.Filter == name, "device": slices.Contains(s.Devices(), name)}
				if uses[what] {
					want[s.Name] = true
				}
			}
			got := map[string]bool{}
			for rec, err := range found {
				if err != nil {
					t.Fatal(err)
				}
				if got[rec.Session.Name] {
					t.Errorf("%s twice", rec.Session.Name)
				}
				got[rec.Session.Name] = true
			}
			if !maps.Equal(got, want) {
				t.Errorf("of %s %s: %s, want %s", what, name, names(got), names(want))
			}
		}
	}
}

func names(set map[string]bool) string {
	return fmt.Sprintf("[%s]", strings.Join(slices.Sorted(maps.Keys(set)), " "))
}
