package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

// someQueries are what the contents of a store are asked for.
var someQueries = []mirror.EventQuery{
	{Limit: 100},
	{Limit: 2, After: 2},
	{Limit: 3, Session: "a"},
	{Limit: 3, Device: "a", After: 1},
	{Limit: 3, Type: "b", Actor: "a"},
	{Limit: 3, Actor: "b", Session: "a"},
	{Limit: 3, Object: mirror.Object{Kind: "a"}},
	{Limit: 3, Object: mirror.Object{Kind: mirror.ObjectSession, Name: "a"}, Type: "a"},
	{Limit: 3, Object: mirror.Object{Kind: "b", Name: "a"}},
	{Limit: 3, Since: time.Unix(0, 0)},
	{Limit: 3, Until: time.Unix(1, 0), Device: "a"},
	{Limit: 3, Since: time.Unix(0, 0), Until: time.Unix(2, 0), Type: "a"},
}

// TestPagesOfEvents follows pages to the end: every event that a query takes comes once,
// in order, whatever the size of a page and however few of those looked at are taken.
func TestPagesOfEvents(t *testing.T) {
	s := openAt(t, dbPath(t))
	names := []string{"", "a", "b"}
	rapid.Check(t, func(rt *rapid.T) {
		update(t, s, func(tx mirror.Tx) error { _, err := tx.DropEvents(time.Now(), 0, 1000); return err })
		name := rapid.SampledFrom(names)
		var all []mirror.Event
		var first int64
		update(t, s, func(tx mirror.Tx) error {
			last, err := tx.LastEvent()
			first = last + 1
			for i := range rapid.IntRange(0, 30).Draw(rt, "events") {
				e := mirror.Event{Seq: last + int64(i) + 1, At: at(i), Session: name.Draw(rt, "session"), Device: name.Draw(rt, "device"), Type: name.Draw(rt, "type"), Actor: name.Draw(rt, "actor")}
				all = append(all, e)
				if err == nil {
					err = tx.AppendEvent(e)
				}
			}
			return err
		})
		q := mirror.EventQuery{Session: name.Draw(rt, "q session"), Device: name.Draw(rt, "q device"), Type: name.Draw(rt, "q type"), Actor: name.Draw(rt, "q actor"),
			Newest: rapid.Bool().Draw(rt, "newest"), Limit: rapid.IntRange(1, 7).Draw(rt, "limit")}
		if rapid.Bool().Draw(rt, "a time") {
			q.Since, q.Until = at(rapid.IntRange(0, 20).Draw(rt, "since")), at(rapid.IntRange(10, 40).Draw(rt, "until"))
		}
		var want, got []int64
		for _, e := range all {
			if q.Takes(e) {
				want = append(want, e.Seq-first)
			}
		}
		if q.Newest {
			for i, j := 0, len(want)-1; i < j; i, j = i+1, j-1 {
				want[i], want[j] = want[j], want[i]
			}
		} else {
			q.After = first - 1
		}
		for pages := 0; ; pages++ {
			var page mirror.EventPage
			view(t, s, func(tx mirror.Tx) (err error) { page, err = tx.FindEvents(q); return err })
			for _, e := range page.Events {
				got = append(got, e.Seq-first)
			}
			if page.Lost {
				rt.Fatal("lost")
			}
			if !page.More || q.Newest && page.Next <= first {
				break
			}
			if q.After = page.Next; pages > 40 {
				rt.Fatal("no end")
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("%+v: got %v, want %v", q, got, want)
		}
	})
}

// TestAQueryLooksAtABoundedNumberOfEvents, and its pages go on behind them.
func TestAQueryLooksAtABoundedNumberOfEvents(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error {
		for i := range 2*maxLook + 10 {
			e := mirror.Event{Type: "Often", Actor: "system", Device: "a"}
			if i == 0 || i == 2*maxLook {
				e.Actor = "ann"
			}
			if err := tx.AppendEvent(e); err != nil {
				return err
			}
		}
		return nil
	})
	q := mirror.EventQuery{Type: "Often", Device: "a", Limit: 10}
	for _, newest := range []bool{false, true} {
		q.Newest, q.After, q.Type = newest, 0, "Seldom"
		var looks []int64
		for more := true; more; {
			view(t, s, func(tx mirror.Tx) error {
				page, err := tx.FindEvents(q)
				looks, q.After, more = append(looks, page.Next), page.Next, page.More
				return err
			})
		}
		want := "[5000 10000 10010]"
		if newest {
			want = "[5011 11 1]"
		}
		if fmt.Sprint(looks) != want {
			t.Errorf("newest %t: looked up to %v, want %s", newest, looks, want)
		}
	}
}

// TestEventsThatAreNotKeptAreMissed: whoever asks behind an event of which followers are
// gone hears that.
func TestEventsThatAreNotKeptAreMissed(t *testing.T) {
	s := openAt(t, dbPath(t))
	lost := func(after int64) (lost bool) {
		view(t, s, func(tx mirror.Tx) error {
			page, err := tx.FindEvents(mirror.EventQuery{After: after, Limit: 1})
			lost = page.Lost
			return err
		})
		return lost
	}
	update(t, s, func(tx mirror.Tx) error {
		for i := range 10 {
			if err := tx.AppendEvent(mirror.Event{At: at(i)}); err != nil {
				return err
			}
		}
		_, err := tx.DropEvents(at(4), 100, 100) // 1 to 4 go
		return err
	})
	for after, want := range map[int64]bool{0: false, 1: true, 3: true, 4: false, 10: false} {
		if got := lost(after); got != want {
			t.Errorf("after %d: lost %t", after, got)
		}
	}
	update(t, s, func(tx mirror.Tx) error { _, err := tx.DropEvents(at(0), 0, 100); return err })
	if !lost(9) || lost(10) {
		t.Error("of none that are kept")
	}
}

// TestNoQueryOfEventsScansThem, whatever it asks for: the statements are made of parts.
func TestNoQueryOfEventsScansThem(t *testing.T) {
	s := openAt(t, dbPath(t))
	for bits := range 1 << 8 {
		q := mirror.EventQuery{Limit: 10, Newest: bits&1 != 0}
		for i, set := range []func(){
			func() { q.Session = "s" }, func() { q.Device = "d" }, func() { q.Type = "t" }, func() { q.Actor = "a" },
			func() { q.Object.Kind = "k" }, func() { q.Object = mirror.Object{Kind: "k", Name: "n"} }, func() { q.Since, q.Until = at(1), at(2) },
		} {
			if bits&(2<<i) != 0 {
				set()
			}
		}
		for _, statement := range []func(*eventFind) string{(*eventFind).events, (*eventFind).end} {
			f := eventFind{q: q, low: 1, high: 100}
			query := statement(&f)
			for _, step := range queryPlan(t, s, query, f.args) {
				if strings.Contains(step, "SCAN events") || strings.Contains(step, "TEMP B-TREE") && strings.Contains(query, "LIMIT 1 OFFSET") {
					t.Errorf("%+v: %s: %s", q, query, step)
				}
			}
		}
	}
}

// TestEventsOfBeforeAreFoundByTheirFields, which schema version 11 takes from what was
// stored.
func TestEventsOfBeforeAreFoundByTheirFields(t *testing.T) {
	path := dbPath(t)
	version2(t, path, `INSERT INTO events (seq, doc) VALUES (1, '{"seq":1,"at":"2030-01-02T03:04:05Z","type":"DriftSeen","actor":"system","session":"s","device":"d","message":"m"}')`,
		`INSERT INTO events (seq, doc) VALUES (2, '{"seq":2,"at":"2030-01-02T03:05:05Z","type":"DeviceStored","actor":"ann","device":"d","message":"m"}')`,
		`INSERT INTO counters (name, value) VALUES ('event', 2)`)
	s := openAt(t, path)
	for want, q := range map[string]mirror.EventQuery{
		"[1]":   {Session: "s", Type: "DriftSeen", Limit: 9},
		"[1 2]": {Device: "d", Limit: 9},
		"[2]":   {Object: mirror.Object{Kind: mirror.ObjectDevice, Name: "d"}, Since: at(6), Limit: 9},
		"[]":    {Actor: "bob", Limit: 9},
	} {
		got := []int64{}
		view(t, s, func(tx mirror.Tx) error {
			page, err := tx.FindEvents(q)
			for _, e := range page.Events {
				got = append(got, e.Seq)
			}
			return err
		})
		if fmt.Sprint(got) != want {
			t.Errorf("%+v: %v, want %s", q, got, want)
		}
	}
}
