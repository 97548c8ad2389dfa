package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// maxLook bounds the events that one query with several conditions looks at: an index
// leads to those of one of them.
const maxLook = 5000

// AppendEvent stores an event under the next number: from 1, without gaps
// (a rolled back transaction gives its numbers back), in the order of commits.
// Event.Seq of the argument is ignored.
func (t *tx) AppendEvent(e mirror.Event) error {
	seq, err := t.next("event", "event")
	if err != nil {
		return err
	}
	e.Seq = seq
	what := fmt.Sprintf("event %d", seq)
	doc, err := encode(what, e)
	if err != nil {
		return err
	}
	about := e.About()
	return t.exec(what, `INSERT INTO events (seq, at, type, actor, session, device, kind, name, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		seq, e.At.UnixMicro(), e.Type, e.Actor, e.Session, e.Device, about.Kind, about.Name, doc)
}

// Events lists the events after a number, ascending; limit 0 means all.
func (t *tx) Events(after int64, limit int) ([]mirror.Event, error) {
	const query = `SELECT doc FROM events WHERE seq > $1 ORDER BY seq`
	if limit <= 0 {
		return many[mirror.Event](t, "events", query, after)
	}
	return many[mirror.Event](t, "events", query+` LIMIT $2`, after, limit)
}

// LastEvent is the number of the newest event, kept or not.
func (t *tx) LastEvent() (seq int64, err error) {
	err = t.row("last event", `SELECT value FROM counters WHERE name = $1`, []any{"event"}, &seq)
	if errors.Is(err, mirror.ErrNotFound) {
		err = nil
	}
	return seq, err
}

// A condition of a query of events, of one column.
type eventCondition struct{ column, value string }

// eventConditions lists them in the order in which an index of theirs is worth the
// most: few events share what comes first.
func eventConditions(q mirror.EventQuery) (out []eventCondition) {
	for _, c := range []eventCondition{{"name", q.Object.Name}, {"session", q.Session}, {"device", q.Device}, {"actor", q.Actor}, {"type", q.Type}, {"kind", q.Object.Kind}} {
		if c.value != "" {
			out = append(out, c)
		}
	}
	return out
}

// FindEvents answers a query by the index of one of its conditions, and looks at a
// bounded number of events for the others.
func (t *tx) FindEvents(q mirror.EventQuery) (mirror.EventPage, error) {
	page := mirror.EventPage{Next: q.After}
	if q.Object.Name != "" && q.Object.Kind == "" {
		return page, fmt.Errorf("store: events: the name of an object needs its kind: %w", mirror.ErrInvalid)
	}
	first, err := t.firstEvent()
	if err != nil {
		return page, err
	}
	page.Lost = !q.Newest && q.After > 0 && q.After < first-1
	low, high, err := t.eventSpan(q)
	if err != nil || low > high {
		return page, err
	}
	f := eventFind{q: q, low: low, high: high}
	page.Events, err = many[mirror.Event](t, "events", f.events(), f.args...)
	if err != nil {
		return page, err
	}
	if n := len(page.Events); n == q.Limit {
		page.Next, page.More = page.Events[n-1].Seq, true
		return page, nil
	}
	f = eventFind{q: q, low: low, high: high}
	err = t.row("events", f.end(), f.args, &page.Next)
	switch {
	case err == nil:
		page.More = true
	case errors.Is(err, mirror.ErrNotFound): // all were looked at
		if page.Next, err = high, nil; q.Newest {
			page.Next = low
		}
	}
	return page, err
}

// firstEvent is the number of the oldest that is kept, or of the next one.
func (t *tx) firstEvent() (int64, error) {
	var first sql.NullInt64
	if err := t.row("first event", `SELECT MIN(seq) FROM events`, nil, &first); err != nil || first.Valid {
		return first.Int64, err
	}
	last, err := t.LastEvent()
	return last + 1, err
}

// slack is how far apart the times of two events may be that were stored in the other
// order: each bears the time at which it was made, within its transaction.
const slack = 5 * time.Second

// eventSpan is between which numbers, both included, the events of a query are. Where the
// clock was set back, it is of the events that bear the right time.
func (t *tx) eventSpan(q mirror.EventQuery) (low, high int64, err error) {
	if high, err = t.LastEvent(); err != nil {
		return 0, 0, err
	}
	low = 1
	switch {
	case q.After > 0 && q.Newest:
		high = min(high, q.After-1)
	case q.After > 0:
		low = q.After + 1
	}
	if !q.Since.IsZero() {
		first, there, err := t.edge(q.Since, `SELECT MIN(at) FROM events WHERE at >= $1`, `SELECT MIN(seq) FROM events WHERE at >= $1 AND at <= $2`, slack)
		if err != nil {
			return 0, 0, err
		}
		if !there {
			first = high + 1
		}
		low = max(low, first)
	}
	if !q.Until.IsZero() {
		last, _, err := t.edge(q.Until, `SELECT MAX(at) FROM events WHERE at < $1`, `SELECT MAX(seq) FROM events WHERE at < $1 AND at >= $2`, -slack)
		if err != nil {
			return 0, 0, err
		}
		high = min(high, last)
	}
	return low, high, nil
}

// edge is the number at which the events begin, or end, that are on one side of a time:
// the nearest in time is found, and then the outermost number of those near it.
func (t *tx) edge(at time.Time, nearest, outermost string, within time.Duration) (seq int64, there bool, err error) {
	var near, found sql.NullInt64
	if err := t.row("events by time", nearest, []any{at.UnixMicro()}, &near); err != nil || !near.Valid {
		return 0, false, err
	}
	err = t.row("events by time", outermost, []any{at.UnixMicro(), near.Int64 + within.Microseconds()}, &found)
	return found.Int64, found.Valid, err
}

// An eventFind makes the statements of one query.
type eventFind struct {
	q         mirror.EventQuery
	low, high int64
	args      []any
}

func (f *eventFind) arg(v any) string {
	f.args = append(f.args, v)
	return fmt.Sprintf("$%d", len(f.args))
}

// looked selects the events that are looked at, in order: those between the numbers
// that the first condition takes.
func (f *eventFind) looked(columns string) string {
	query := "SELECT " + columns + " FROM events WHERE seq >= " + f.arg(f.low) + " AND seq <= " + f.arg(f.high)
	conditions := eventConditions(f.q)
	if len(conditions) > 0 {
		query += " AND " + conditions[0].column + " = " + f.arg(conditions[0].value)
	}
	if f.q.Object.Name != "" {
		query += " AND kind = " + f.arg(f.q.Object.Kind)
	}
	return query + f.order()
}

func (f *eventFind) order() string {
	if f.q.Newest {
		return " ORDER BY seq DESC"
	}
	return " ORDER BY seq"
}

// others are the conditions that no index answers.
func (f *eventFind) others() (out []string) {
	conditions := eventConditions(f.q)
	for _, c := range conditions[min(1, len(conditions)):] {
		if c.column != "kind" || f.q.Object.Name == "" {
			out = append(out, c.column+" = "+f.arg(c.value))
		}
	}
	if !f.q.Since.IsZero() {
		out = append(out, "at >= "+f.arg(f.q.Since.UnixMicro()))
	}
	if !f.q.Until.IsZero() {
		out = append(out, "at < "+f.arg(f.q.Until.UnixMicro()))
	}
	return out
}

func (f *eventFind) events() string {
	limit := cmp.Or(f.q.Limit, math.MaxInt32)
	looked := f.looked("seq, at, type, actor, session, device, kind, doc")
	others := f.others()
	if len(others) == 0 {
		return "SELECT doc FROM (" + looked + " LIMIT " + f.arg(limit) + ") AS looked" + f.order()
	}
	return "SELECT doc FROM (" + looked + " LIMIT " + f.arg(maxLook) + ") AS looked WHERE " + strings.Join(others, " AND ") + f.order() + " LIMIT " + f.arg(limit)
}

// end selects the last event that is looked at, where more follow or may.
func (f *eventFind) end() string { return f.looked("seq") + " LIMIT 1 OFFSET " + f.arg(maxLook-1) }

// DropEvents takes the oldest events away, at most so many.
func (t *tx) DropEvents(before time.Time, keep int64, most int) (int64, error) {
	last, err := t.LastEvent()
	if err != nil {
		return 0, err
	}
	// By number, from the oldest on, so that what is kept has no gaps: an event
	// behind one that is kept stays, whatever time it bears.
	return t.changes("drop old events", `DELETE FROM events WHERE seq IN (
		SELECT seq FROM (SELECT seq, at FROM events ORDER BY seq LIMIT $1) AS oldest WHERE seq <= $2 OR seq < COALESCE(
			(SELECT MIN(seq) FROM (SELECT seq, at FROM events ORDER BY seq LIMIT $1) AS young WHERE at >= $3 AND seq > $2), $4))`,
		most, last-keep, before.UnixMicro(), last+1)
}
