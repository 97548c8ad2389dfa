package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A tx implements mirror.Tx. It keeps the context of its transaction because
// the methods of mirror.Tx take none.
type tx struct {
	ctx      context.Context
	sql      *sql.Tx
	what     string // update or view, for messages
	readOnly bool
	// broken is the first database error. Nothing may run after it: SQLite
	// ends the transaction by itself on some errors (disk full, interrupted),
	// and later statements would be committed one by one.
	broken  error
	health  *health
	memo    *memo           // of views
	changed map[string]bool // sessions of which something was written, see revise
}

var _ mirror.Tx = (*tx)(nil)

func (s *Store) begin(ctx context.Context, what string, db *sql.DB, opts *sql.TxOptions) (*tx, error) {
	t := &tx{ctx: ctx, what: what, readOnly: opts != nil && opts.ReadOnly, health: s.health, memo: s.memo}
	var err error
	if t.sql, err = db.BeginTx(ctx, opts); err != nil {
		return nil, t.fail("begin", err)
	}
	return t, nil
}

// run calls fn and commits, or rolls back on every other way out, a panic
// included.
func (t *tx) run(fn func(mirror.Tx) error) error {
	defer t.rollback()
	if err := fn(t); err != nil {
		return err
	}
	if err := t.revise(); err != nil {
		return err
	}
	if t.broken != nil {
		return t.broken
	}
	if err := t.sql.Commit(); err != nil {
		return t.fail("commit", err)
	}
	return nil
}

// rollback does nothing after a commit. Its error tells nothing new: the
// connection is dropped when it cannot be rolled back.
func (t *tx) rollback() { _ = t.sql.Rollback() }

// fail records a database error, which ends the transaction.
func (t *tx) fail(what string, err error) error {
	// A context that ends interrupts statements and rolls back, which then
	// report their own errors.
	if ctxErr := t.ctx.Err(); ctxErr != nil && !errors.Is(err, ctxErr) {
		err = fmt.Errorf("%w (%w)", ctxErr, err)
	}
	t.broken = fmt.Errorf("store: %s: %s: %w", t.what, what, t.health.classify(err))
	return t.broken
}

func notFound(what string) error {
	return fmt.Errorf("%s: %w", what, mirror.ErrNotFound)
}

// named refuses entries without a key: they would be stored where nobody
// finds them.
func named(what string, keys ...string) error {
	for _, k := range keys {
		if k == "" {
			return fmt.Errorf("store: put %s: a key field is empty: %w", what, mirror.ErrInvalid)
		}
	}
	return nil
}

// exec runs a write that returns no rows. what names the entry in errors.
func (t *tx) exec(what, query string, args ...any) error {
	if err := t.writable(what); err != nil {
		return err
	}
	if _, err := t.sql.ExecContext(t.ctx, query, args...); err != nil {
		return t.fail(what, err)
	}
	return nil
}

// changes runs a write and tells how many rows it changed.
func (t *tx) changes(what, query string, args ...any) (int64, error) {
	if err := t.writable(what); err != nil {
		return 0, err
	}
	res, err := t.sql.ExecContext(t.ctx, query, args...)
	var n int64
	if err == nil {
		n, err = res.RowsAffected()
	}
	if err != nil {
		return 0, t.fail(what, err)
	}
	return n, nil
}

// under runs a write that changes nothing where the entry it belongs to is missing,
// which is ErrNotFound and names that entry.
func (t *tx) under(owner, what, query string, args ...any) error {
	n, err := t.changes(what, query, args...)
	if err == nil && n == 0 {
		return notFound(owner)
	}
	return err
}

// number runs a write that returns one number.
func (t *tx) number(what, query string, args ...any) (int64, error) {
	if err := t.writable(what); err != nil {
		return 0, err
	}
	var n int64
	if err := t.sql.QueryRowContext(t.ctx, query, args...).Scan(&n); err != nil {
		return 0, t.fail(what, err)
	}
	return n, nil
}

func (t *tx) writable(what string) error {
	if t.readOnly {
		return fmt.Errorf("store: %s: a view cannot write", what)
	}
	return t.broken
}

// next counts up a counter that is never set back.
func (t *tx) next(what, counter string) (int64, error) {
	return t.number(what, `INSERT INTO counters (name, value) VALUES ($1, 1)
		ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value`, counter)
}

// row scans one row; a missing one is ErrNotFound.
func (t *tx) row(what, query string, args []any, into ...any) error {
	if t.broken != nil {
		return t.broken
	}
	err := t.sql.QueryRowContext(t.ctx, query, args...).Scan(into...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return notFound(what)
	case err != nil:
		return t.fail(what, err)
	}
	return nil
}

// encode makes the stored form of a record. Bytes that are not UTF-8 (a
// device may answer anything) become U+FFFD.
func encode(what string, record any) (string, error) {
	doc, err := json.Marshal(record)
	if err != nil {
		return "", fmt.Errorf("store: %s: %w", what, err)
	}
	return string(doc), nil
}

func decode[T any](what, doc string) (T, error) {
	var record T
	if err := json.Unmarshal([]byte(doc), &record); err != nil {
		return record, fmt.Errorf("store: %s: stored document: %w", what, err)
	}
	return record, nil
}

// one reads the document of a query that gives at most one.
func one[T any](t *tx, what, query string, args ...any) (T, error) {
	var doc string
	if err := t.row(what, query, args, &doc); err != nil {
		var none T
		return none, err
	}
	return decode[T](what, doc)
}

// many reads all documents of a query; none give nil.
func many[T any](t *tx, what, query string, args ...any) ([]T, error) {
	return manyBy(t, decode[T], what, query, args...)
}

// manyBy is many for documents that are decoded in a way of their own.
func manyBy[T any](t *tx, decode func(what, doc string) (T, error), what, query string, args ...any) ([]T, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	rows, err := t.sql.QueryContext(t.ctx, query, args...)
	if err != nil {
		return nil, t.fail(what, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	var out []T
	for rows.Next() {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return nil, t.fail(what, err)
		}
		record, err := decode(what, doc)
		if err != nil {
			return nil, err
		}
		out = append(out, record)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail(what, err)
	}
	return out, nil
}

// page reads documents in the order of the column name, which query (ending
// before its condition) selects from.
func page[T any](t *tx, what, query string, p mirror.Page) ([]T, error) {
	query += ` WHERE name > $1 ORDER BY name`
	if p.Limit <= 0 {
		return many[T](t, what, query, p.After)
	}
	return many[T](t, what, query+` LIMIT $2`, p.After, p.Limit)
}

// Instance is the identity of this controller, made at the first start.
func (t *tx) Instance() (string, error) {
	var id string
	err := t.row("instance", `SELECT value FROM meta WHERE name = $1`, []any{"instance"}, &id)
	return id, err
}

// Hold is what holds the controller back; ErrNotFound when nothing does.
func (t *tx) Hold() (mirror.Hold, error) {
	return one[mirror.Hold](t, "hold", `SELECT value FROM meta WHERE name = $1`, "hold")
}

// PutHold holds the controller back from its next start on. What was copied since the
// database was backed up is not in it.
func (t *tx) PutHold(h mirror.Hold) error {
	if err := t.copiesWholeFrom(h.Since); err != nil {
		return err
	}
	doc, err := encode("hold", h)
	if err != nil {
		return err
	}
	return t.exec("hold", `INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, "hold", doc)
}

// DeleteHold lets the controller go on.
func (t *tx) DeleteHold() error { return t.exec("hold", `DELETE FROM meta WHERE name = $1`, "hold") }
