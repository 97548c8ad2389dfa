package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/netmirror/netmirror/internal/mirror"
)

// copiesKept is schema version 16: which port was copied where, from when to when. began
// and ended are in microseconds since 1970, ended is the last number there is while it is copied. It says in
// "copies whole" since when nothing is missing.
func copiesKept() *goose.Migration {
	return goose.NewGoMigration(16, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, q := range []string{
			`CREATE TABLE copies (
				id      BIGINT NOT NULL PRIMARY KEY,
				session TEXT   NOT NULL,
				device  TEXT   NOT NULL,
				place   TEXT   NOT NULL,
				actor   TEXT   NOT NULL,
				began   BIGINT NOT NULL,
				ended   BIGINT NOT NULL,
				doc     TEXT   NOT NULL
			)`,
			`CREATE INDEX copies_by_session ON copies (session, id)`,
			`CREATE INDEX copies_by_place ON copies (device, place, id)`,
			`CREATE INDEX copies_by_device ON copies (device, id)`,
			`CREATE INDEX copies_by_actor ON copies (actor, id)`,
			`CREATE INDEX copies_by_end ON copies (ended, id) WHERE ended < 9223372036854775807`,
			`CREATE INDEX copies_open ON copies (session, id) WHERE ended = 9223372036854775807`,
		} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		now := time.Now().UTC().Truncate(time.Microsecond)
		if _, err := tx.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)`, copiesWhole, now.Format(wholeLayout)); err != nil {
			return err
		}
		return firstCopies(ctx, tx, now)
	}}, nil)
}

const (
	copiesWhole = "copies whole"
	wholeLayout = "2006-01-02T15:04:05.000000Z" // of one width, so that texts compare as times do
)

// PutCopy stores a copy.
func (t *tx) PutCopy(c mirror.Copy) (err error) {
	if err := named("copy", c.Session, c.Source.Device); err != nil {
		return err
	}
	if c.ID == 0 {
		if c.ID, err = t.next("copy", "copy"); err != nil {
			return err
		}
	}
	what := fmt.Sprintf("copy %d", c.ID)
	doc, err := encode(what, c)
	if err != nil {
		return err
	}
	ended := int64(math.MaxInt64)
	if !c.Ended.IsZero() {
		ended = c.Ended.UnixMicro()
	}
	return t.exec(what, insertCopy+` ON CONFLICT (id) DO UPDATE SET session = excluded.session, device = excluded.device, place = excluded.place, actor = excluded.actor,
		began = excluded.began, ended = excluded.ended, doc = excluded.doc`,
		c.ID, c.Session, c.Source.Device, c.Source.Place(), c.Actor, c.Began.UnixMicro(), ended, doc)
}

const insertCopy = `INSERT INTO copies (id, session, device, place, actor, began, ended, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

const openCopies = `SELECT doc FROM copies WHERE session = $1 AND ended = 9223372036854775807 ORDER BY id`

// OpenCopies lists what is copied for a session, in the order in which it began.
func (t *tx) OpenCopies(session string) ([]mirror.Copy, error) {
	// The literal lets the planner take the partial index, and no other index has open ones
	// of all sessions.
	return many[mirror.Copy](t, "open copies", openCopies, session)
}

// FindCopies answers a query by one index. It looks at those whose ids are in a stretch of
// bounded length, so that one query takes a bounded time.
func (t *tx) FindCopies(q mirror.CopyQuery) (mirror.CopyPage, error) {
	page := mirror.CopyPage{Next: q.After}
	if q.Interface != "" && q.Device == "" {
		return page, fmt.Errorf("store: copies: an interface needs its device: %w", mirror.ErrInvalid)
	}
	var whole string
	if err := t.row("copies", `SELECT value FROM meta WHERE name = $1`, []any{copiesWhole}, &whole); err != nil {
		return page, err
	}
	var err error
	if page.Whole, err = time.Parse(wholeLayout, whole); err != nil {
		return page, fmt.Errorf("store: copies: %w", err)
	}
	var first, last int64
	if err := t.row("copies", `SELECT coalesce(min(id), 0) FROM copies WHERE id > $1`, []any{q.After}, &first); err != nil {
		return page, err
	}
	if err := t.row("copies", `SELECT coalesce(max(id), 0) FROM copies WHERE id > $1`, []any{q.After}, &last); err != nil {
		return page, err
	}
	after := max(q.After, first-1)
	until := last
	if q.Session == "" && q.Interface == "" { // of these there are never that many
		until = min(last, after+copyStretch)
	}
	query, args := findCopies(q, after, until)
	page.Copies, err = many[mirror.Copy](t, "copies", query, args...)
	if err != nil {
		return page, err
	}
	if page.More = len(page.Copies) > q.Limit; page.More {
		page.Copies = page.Copies[:q.Limit]
		page.Next = page.Copies[q.Limit-1].ID
		return page, nil
	}
	page.Next, page.More = max(q.After, until), until < last
	return page, nil
}

// copyStretch is how many ids one query looks at.
const copyStretch = 20_000

// findCopies is the statement of a query among ids: one copy more than asked for, so that it
// is known whether there are more.
func findCopies(q mirror.CopyQuery, after, until int64) (string, []any) {
	args := []any{after, until}
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	conditions := []string{"id > $1", "id <= $2"}
	// A plus keeps a column from being what the planner goes by.
	by := func(column, value string) {
		if value != "" {
			conditions = append(conditions, column+" = "+arg(value))
		}
	}
	switch {
	case q.Interface != "":
		by("device", q.Device)
		by("place", q.Interface)
		by("+session", q.Session)
		by("+actor", q.Actor)
	case q.Session != "":
		by("session", q.Session)
		by("+device", q.Device)
		by("+actor", q.Actor)
	case q.Device != "":
		by("device", q.Device)
		by("+actor", q.Actor)
	default:
		by("actor", q.Actor)
	}
	if !q.Since.IsZero() {
		conditions = append(conditions, "+ended > "+arg(q.Since.UnixMicro()))
	}
	if !q.Until.IsZero() {
		conditions = append(conditions, "began < "+arg(q.Until.UnixMicro()))
	}
	return "SELECT doc FROM copies WHERE " + strings.Join(conditions, " AND ") + " ORDER BY id LIMIT " + arg(q.Limit+1), args
}

// DropCopies takes away what ended before a time.
func (t *tx) DropCopies(before time.Time, most int) (int64, error) {
	n, err := t.changes("drop old copies", `DELETE FROM copies WHERE id IN (SELECT id FROM copies WHERE ended < $1 AND ended < 9223372036854775807 ORDER BY ended, id LIMIT $2)`,
		before.UnixMicro(), most)
	if err != nil || n == 0 {
		return n, err
	}
	return n, t.copiesWholeFrom(before)
}

// copiesWholeFrom says that something is missing that ended before a time.
func (t *tx) copiesWholeFrom(at time.Time) error {
	return t.exec("copies", `UPDATE meta SET value = $2 WHERE name = $1 AND value < $2`, copiesWhole, at.UTC().Format(wholeLayout))
}
