package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"github.com/netmirror/netmirror/internal/mirror"
	"pgregory.net/rapid"
)

// plainly reads sessions as StoredSessions does, each document by itself and decoded anew.
func plainly(tx mirror.Tx, names []string) (out []*mirror.StoredSession, err error) {
	for _, name := range names {
		s := mirror.StoredSession{}
		if s.Record, err = tx.Session(name); errors.Is(err, mirror.ErrNotFound) {
			continue
		} else if err != nil {
			return nil, err
		}
		if s.Placements, err = tx.Placements(name); err != nil {
			return nil, err
		}
		op, err := tx.Operation(s.Record.Operation)
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return nil, err
		}
		if op.Transcript = nil; err == nil && op.Session == name {
			s.Rollout = &op
		}
		out = append(out, &s)
	}
	return out, nil
}

// remembersRight compares what a transaction gives with what is stored.
func remembersRight(tx mirror.Tx) error {
	want, err := plainly(tx, someNames)
	if err != nil {
		return err
	}
	got, err := tx.StoredSessions(someNames)
	if err != nil {
		return err
	}
	if d := diff(want, got); d != "" {
		return fmt.Errorf("(-stored +given):\n%s", d)
	}
	return nil
}

// dropPlacement is a call that takes a placement away that is there.
const dropPlacement = "drop a placement"

func drawWrite(t *rapid.T, kinds []string) call {
	if rapid.SampledFrom(kinds).Draw(t, "drop") != dropPlacement {
		return drawCallOf(t, slices.DeleteFunc(slices.Clone(kinds), func(k string) bool { return k == dropPlacement }))
	}
	name := rapid.SampledFrom(someNames).Draw(t, "session")
	return call{dropPlacement, func(tx mirror.Tx) (any, error) {
		rows, err := tx.Placements(name)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		return nil, tx.DeletePlacement(rows[0].Key())
	}}
}

// TestMemoGivesWhatIsStored: two stores of one file, which stand for two processes, write,
// give up and read in any order, also while a view of before is open; and the memos are too
// small for all that is stored. What is given is what is stored, each time.
func TestMemoGivesWhatIsStored(t *testing.T) {
	fewer(t, "20")
	dir, round := t.TempDir(), 0
	writes := []string{"PutSession", "PutSession", "DeleteSession", "PutPlacement", "PutPlacement", dropPlacement, "PutOperation", "PutOperation", "DeleteOperation"}
	rapid.Check(t, func(t *rapid.T) {
		round++
		ctx := context.Background()
		var stores []*Store
		limit := rapid.SampledFrom([]int{0, 3 << 10, 1 << 20}).Draw(t, "limit")
		for range 2 {
			s, err := Open(ctx, filepath.Join(dir, fmt.Sprintf("%d.db", round)), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			s.memo.limit = limit
			stores = append(stores, s)
		}
		look := func(t *rapid.T, s *Store) {
			if err := s.View(ctx, remembersRight); err != nil {
				t.Fatal(err)
			}
		}
		write := func(t *rapid.T) {
			s := rapid.SampledFrom(stores).Draw(t, "writer")
			calls := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) call { return drawWrite(t, writes) }), 1, 4).Draw(t, "calls")
			giveUp := rapid.IntRange(0, 3).Draw(t, "give up") == 0
			if err := s.Update(ctx, func(tx mirror.Tx) error {
				for _, c := range calls {
					if _, err := c.do(tx); err != nil && !errors.Is(err, mirror.ErrNotFound) {
						return err
					}
				}
				if err := remembersRight(tx); err != nil {
					return err
				}
				if giveUp {
					return errGivenUp
				}
				return nil
			}); err != nil && !errors.Is(err, errGivenUp) {
				t.Fatal(err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"write": write,
			"look":  func(t *rapid.T) { look(t, rapid.SampledFrom(stores).Draw(t, "reader")) },
			"write beside a view": func(t *rapid.T) {
				s := rapid.SampledFrom(stores).Draw(t, "reader")
				if err := s.View(ctx, func(tx mirror.Tx) error {
					write(t)
					look(t, s) // it puts newer entries there
					return remembersRight(tx)
				}); err != nil {
					t.Fatal(err)
				}
				look(t, s)
			},
		})
		for _, s := range stores {
			look(t, s)
			if m := s.memo; m.octets > m.limit || m.recent.Len() != len(m.entries) {
				t.Fatalf("the memo has %d octets of %d, %d entries in the list and %d in the map", m.octets, m.limit, m.recent.Len(), len(m.entries))
			}
		}
	})
}

// What was read once is given again as it was, without a look at the documents.
func TestMemoIsUsed(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		return errors.Join(tx.PutSession(session("a")), tx.PutPlacement(placement("a", "sw", mirror.RoleLocal)), tx.PutSession(session("b")))
	})
	read := func() (found []*mirror.StoredSession) {
		view(t, s, func(tx mirror.Tx) (err error) { found, err = tx.StoredSessions([]string{"b", "a", "none"}); return err })
		return found
	}
	first, second := read(), read()
	if len(first) != 2 || first[0] != second[0] || first[1] != second[1] {
		t.Errorf("%v, then %v", first, second)
	}
	update(t, s, func(tx mirror.Tx) error { return tx.PutPlacement(placement("a", "sw-2", mirror.RoleLocal)) })
	if third := read(); third[0] == first[0] || third[1] != first[1] || len(third[0].Placements) != 2 {
		t.Errorf("after a write to one of %v: %v", first, third)
	}
}

// The octets that an entry is counted with are those of what is stored, and its own size.
func TestMemoIsBounded(t *testing.T) {
	if size := unsafe.Sizeof(mirror.StoredSession{}) + unsafe.Sizeof(memoEntry{}); size > memoEntryCost {
		t.Errorf("an entry has %d octets, more than %d", size, memoEntryCost)
	}
	m := newMemo(10 * memoEntryCost)
	for i := range 100 {
		s := &mirror.StoredSession{Record: session(fmt.Sprint(i))}
		m.put(s, 1, memoEntryCost)
		if found, _ := m.take(map[string]int64{"0": 1}, []string{"0"}); found["0"] == nil {
			t.Fatalf("what is asked for all the time is gone after %d others", i)
		}
	}
	if len(m.entries) != 5 || m.octets != 10*memoEntryCost {
		t.Errorf("%d entries of %d octets", len(m.entries), m.octets)
	}
	m.put(&mirror.StoredSession{Record: session("huge")}, 1, 1<<30)
	if len(m.entries) != 0 || m.octets != 0 {
		t.Errorf("%d entries of %d octets after one that is larger than all", len(m.entries), m.octets)
	}
}

// TestMemoWithManyAtOnce: readers see nothing older than what was acknowledged before they
// began, and placements that belong to the intent beside them. It is for the race detector
// too.
func TestMemoWithManyAtOnce(t *testing.T) {
	s := openAt(t, dbPath(t))
	const rounds = 60
	put := func(n int64) func(mirror.Tx) error {
		return func(tx mirror.Tx) error {
			for _, name := range someNames {
				rec, row := session(name), placement(name, "sw", mirror.RoleLocal)
				rec.Generation, row.GoalRev = n, n
				if err := errors.Join(tx.PutSession(rec), tx.PutPlacement(row)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	update(t, s, put(0))
	var mu sync.Mutex
	acknowledged := int64(0)
	var wait sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		wait.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				mu.Lock()
				least := acknowledged
				mu.Unlock()
				var wrong []string
				err := s.View(t.Context(), func(tx mirror.Tx) error {
					found, err := tx.StoredSessions(someNames)
					for _, f := range found {
						if g := f.Record.Generation; g < least || len(f.Placements) != 1 || f.Placements[0].GoalRev != g || g != found[0].Record.Generation {
							wrong = append(wrong, fmt.Sprintf("%s: generation %d, at least %d, %+v", f.Record.Session.Name, g, least, f.Placements))
						}
					}
					return err
				})
				if err != nil || len(wrong) > 0 {
					t.Errorf("%v, %s", err, strings.Join(wrong, "\n"))
					return
				}
			}
		})
	}
	for n := int64(1); n <= rounds; n++ {
		if n%3 == 0 { // and some that come to nothing
			if err := s.Update(t.Context(), func(tx mirror.Tx) error { return errors.Join(put(1000)(tx), errGivenUp) }); !errors.Is(err, errGivenUp) {
				t.Error(err)
			}
		}
		update(t, s, put(n))
		mu.Lock()
		acknowledged = n
		mu.Unlock()
	}
	close(done)
	wait.Wait()
}
