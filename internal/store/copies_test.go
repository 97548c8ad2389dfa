package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestCopiesOfVersion5: what was copied before anything was recorded goes on, from now on.
func TestCopiesOfVersion5(t *testing.T) {
	path := dbPath(t)
	version5(t, path)
	before := time.Now().Add(-time.Millisecond)
	s := openAt(t, path)
	var got []string
	view(t, s, func(tx mirror.Tx) error {
		page, err := tx.FindCopies(mirror.CopyQuery{Limit: 100})
		for _, c := range page.Copies {
			got = append(got, fmt.Sprintf("%s %s %s %s to %v by %s", c.Session, c.Source.Device, c.Source.Place(), c.Source.Direction, c.To, c.Actor))
			if !c.Earlier || c.Began.Before(before) || !c.Ended.IsZero() || !c.Began.Equal(page.Whole) {
				t.Errorf("%+v, whole since %v", c, page.Whole)
			}
		}
		return err
	})
	want := []string{
		"far acc-1 GigabitEthernet1/0/2 both to [{ acc-2 GigabitEthernet1/0/9 }] by admin",
		"forced acc-2 GigabitEthernet1/0/2 both to [{ acc-2 GigabitEthernet1/0/12 }] by admin",
		"local acc-1 GigabitEthernet1/0/2 both to [{ acc-1 GigabitEthernet1/0/9 }] by admin",
		"local acc-1 GigabitEthernet1/0/3 rx to [{ acc-1 GigabitEthernet1/0/9 }] by admin",
		"local acc-1 GigabitEthernet1/0/4 rx to [{ acc-1 GigabitEthernet1/0/9 }] by admin",
		"moved acc-0 GigabitEthernet1/0/2 both to [{ acc-0 GigabitEthernet1/0/9 }] by admin",
		"shared acc-1 GigabitEthernet1/0/5 rx to [{ acc-1 GigabitEthernet1/0/9 }] by admin",
		"tunnel acc-1 GigabitEthernet1/0/6 both to [{   192.0.2.9}] by admin",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	update(t, s, func(tx mirror.Tx) error { return tx.PutCopy(aCopy("next", "acc-0")) })
	view(t, s, func(tx mirror.Tx) error {
		open, err := tx.OpenCopies("next")
		if err == nil && (len(open) != 1 || open[0].ID != int64(len(want)+1)) {
			t.Errorf("the next one is %+v", open)
		}
		return err
	})
}

func aCopy(session, device string) mirror.Copy {
	return mirror.Copy{Session: session, Actor: "ann", Source: mirror.Source{Device: device, Interface: "p1", Direction: mirror.RX}, Began: at(0)}
}

// TestCopiesAreFoundInStretches: one query looks at a bounded number of ids, and all pages
// together hold everything once.
func TestCopiesAreFoundInStretches(t *testing.T) {
	s := openAt(t, dbPath(t))
	const every, n = copyStretch / 3, 20
	for i := range n {
		update(t, s, func(tx mirror.Tx) error { return tx.PutCopy(aCopy(fmt.Sprintf("s%d", i%2), "d")) })
		if _, err := s.writes.ExecContext(t.Context(), `UPDATE counters SET value = value + $1 WHERE name = 'copy'`, every); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		q    mirror.CopyQuery
		want int
	}{
		{mirror.CopyQuery{Limit: 100}, n}, {mirror.CopyQuery{Limit: 2}, n}, {mirror.CopyQuery{Limit: 1, Device: "d"}, n}, {mirror.CopyQuery{Limit: 3, Session: "s1"}, n / 2},
		{mirror.CopyQuery{Limit: 3, Actor: "ben"}, 0}, {mirror.CopyQuery{Limit: 7, Device: "d", Interface: "p1"}, n},
	} {
		var ids []int64
		asked := 0
		for more := true; more; asked++ {
			view(t, s, func(tx mirror.Tx) error {
				page, err := tx.FindCopies(c.q)
				if len(page.Copies) > c.q.Limit || page.More && page.Next <= c.q.After {
					t.Fatalf("%+v: %d, then %d", c.q, len(page.Copies), page.Next)
				}
				for _, found := range page.Copies {
					ids = append(ids, found.ID)
				}
				c.q.After, more = page.Next, page.More
				return err
			})
		}
		if len(ids) != c.want || !slices.IsSorted(ids) || len(slices.Compact(ids)) != c.want || asked > n+2 {
			t.Errorf("%+v: %v after %d", c.q, ids, asked)
		}
	}
}

// TestQueriesOfCopiesAreIndexed: each walks one index in the order of ids.
func TestQueriesOfCopiesAreIndexed(t *testing.T) {
	s := openAt(t, dbPath(t))
	for index, q := range map[string]mirror.CopyQuery{
		"copies_by_session": {Session: "s", Device: "d", Actor: "a", Since: at(1)}, "copies_by_place": {Device: "d", Interface: "p", Session: "s", Until: at(1)},
		"copies_by_device": {Device: "d", Actor: "a", Since: at(1), Until: at(2)}, "copies_by_actor": {Actor: "a", Since: at(1)}, "sqlite_autoindex_copies_1": {Since: at(1), Until: at(2)},
	} {
		query, args := findCopies(q, 0, 10)
		if steps := queryPlan(t, s, query, args); len(steps) != 1 || !strings.Contains(steps[0], "USING INDEX "+index) {
			t.Errorf("%+v: %v", q, steps)
		}
	}
}

// TestWhatIsCopiedForASessionIsFoundBySession: it is asked for with each placement that is
// written.
func TestWhatIsCopiedForASessionIsFoundBySession(t *testing.T) {
	s := openAt(t, dbPath(t))
	steps := queryPlan(t, s, openCopies, []any{"s"})
	if len(steps) != 1 || !strings.Contains(steps[0], "session=?") {
		t.Errorf("%v", steps)
	}
}

// TestWhatIsMissingOfCopiesIsSaid when old ones are taken away, and after a restore.
func TestWhatIsMissingOfCopiesIsSaid(t *testing.T) {
	s := openAt(t, dbPath(t))
	whole := func() (at time.Time) {
		view(t, s, func(tx mirror.Tx) error {
			page, err := tx.FindCopies(mirror.CopyQuery{Limit: 1})
			at = page.Whole
			return err
		})
		return at
	}
	first := whole()
	later := first.Add(time.Hour)
	update(t, s, func(tx mirror.Tx) error {
		over := aCopy("s", "d")
		over.Ended = later
		for _, c := range []mirror.Copy{aCopy("s", "d"), over} {
			if err := tx.PutCopy(c); err != nil {
				return err
			}
		}
		for _, c := range []struct {
			before time.Time
			want   int64
		}{{later, 0}, {later.Add(time.Second), 1}, {later.Add(time.Hour), 0}} {
			if n, err := tx.DropCopies(c.before, 10); err != nil || n != c.want {
				t.Errorf("before %v: %d %v", c.before, n, err)
			}
		}
		return nil
	})
	if got := whole(); !got.Equal(later.Add(time.Second)) {
		t.Errorf("whole since %v, before %v", got, first)
	}
	update(t, s, func(tx mirror.Tx) error { return tx.PutHold(mirror.Hold{Since: later.Add(time.Hour)}) })
	if got := whole(); !got.Equal(later.Add(time.Hour)) {
		t.Errorf("after a restore: whole since %v", got)
	}
}

// BenchmarkCopies finds some of 200,000 copies, and writes more.
func BenchmarkCopies(b *testing.B) {
	const many = 200_000
	s := openAt(b, dbPath(b))
	for i := 0; i < many; {
		update(b, s, func(tx mirror.Tx) error {
			for range 10_000 {
				c := aCopy(fmt.Sprintf("s-%06d", i%50_000), fmt.Sprintf("d-%06d", i%10_000))
				c.Began, c.To, c.Source.Interface = time.Unix(int64(i), 0), []mirror.Destination{{Device: c.Source.Device, Interface: "d1"}}, fmt.Sprintf("p%d", i/10_000%48)
				if i < many-50_000 {
					c.Ended, c.Ending = c.Began.Add(time.Hour), mirror.EndDeleted
				}
				if i%1000 == 0 {
					c.Actor = "ben"
				}
				if err := tx.PutCopy(c); err != nil {
					return err
				}
				i++
			}
			return nil
		})
	}
	for _, c := range []struct {
		name string
		q    mirror.CopyQuery
	}{
		{"oldest", mirror.CopyQuery{}}, {"of a session", mirror.CopyQuery{Session: "s-000077"}}, {"of a port", mirror.CopyQuery{Device: "d-000077", Interface: "p7"}},
		{"of a device", mirror.CopyQuery{Device: "d-000077"}}, {"of an actor", mirror.CopyQuery{Actor: "ben"}}, {"since nearly the end, a stretch", mirror.CopyQuery{Since: time.Unix(many-10, 0)}},
		{"of a port since nearly the end", mirror.CopyQuery{Device: "d-000077", Interface: "p7", Since: time.Unix(many-10, 0)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.q.Limit = 100
			for range b.N {
				view(b, s, func(tx mirror.Tx) error { _, err := tx.FindCopies(c.q); return err })
			}
		})
	}
	b.Run("what is copied for a session", func(b *testing.B) {
		for i := range b.N {
			view(b, s, func(tx mirror.Tx) error { _, err := tx.OpenCopies(fmt.Sprintf("s-%06d", i%50_000)); return err })
		}
	})
	b.Run("begin one", func(b *testing.B) {
		for i := range b.N {
			update(b, s, func(tx mirror.Tx) error { return tx.PutCopy(aCopy(fmt.Sprintf("s-%06d", i%50_000), "d-000001")) })
		}
	})
	b.Run("take old ones away", func(b *testing.B) {
		for range b.N {
			update(b, s, func(tx mirror.Tx) error { _, err := tx.DropCopies(time.Unix(1, 0), 500); return err })
		}
	})
}
