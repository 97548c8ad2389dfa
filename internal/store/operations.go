package store

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// KeepOperations is what is kept of the rollouts of a session that are over, of the
// repairs of what it has on a device, and of the saves of a device: older ones are dropped
// as new ones come, so that a fight over a port that goes on for
// months does not fill the disk.
const KeepOperations = 50

// Operation reads one rollout.
func (t *tx) Operation(id string) (mirror.Operation, error) {
	return one[mirror.Operation](t, fmt.Sprintf("operation %q", id),
		`SELECT doc FROM operations WHERE id = $1`, id)
}

// Operations lists the rollouts of a session, newest first by time of
// creation, then by order of insertion; newest 0 means all.
func (t *tx) Operations(session string, newest int) ([]mirror.Operation, error) {
	what := fmt.Sprintf("operations of session %q", session)
	const query = `SELECT doc FROM operations WHERE session = $1 ORDER BY created DESC, seq DESC`
	if newest <= 0 {
		return many[mirror.Operation](t, what, query, session)
	}
	return many[mirror.Operation](t, what, query+` LIMIT $2`, session, newest)
}

// OpenOperations lists the rollouts that are not over, oldest first.
func (t *tx) OpenOperations() ([]mirror.Operation, error) {
	// The literal lets the planner take the partial index.
	return many[mirror.Operation](t, "open operations",
		`SELECT doc FROM operations WHERE is_open = 1 ORDER BY created, seq`)
}

// PutOperation stores a rollout, or a repair or save. One that is stored again keeps its
// place among those of equal time.
func (t *tx) PutOperation(o mirror.Operation) error {
	what := fmt.Sprintf("operation %q", o.ID)
	if err := named(what, o.ID, o.Session+o.Device); err != nil {
		return err
	}
	doc, err := encode(what, o)
	if err != nil {
		return err
	}
	open := 0
	if o.State.Open() {
		open = 1
	}
	if err := t.touchedBy(what, o.ID); err != nil {
		return err
	}
	t.touched(o.Session)
	known, err := t.changes(what, `UPDATE operations SET session = $2, created = $3, is_open = $4, doc = $5, kind = $6, device = $7 WHERE id = $1`,
		o.ID, o.Session, o.Created.UnixMicro(), open, doc, o.Kind(), o.Device)
	if err != nil {
		return err
	}
	if known == 0 {
		seq, err := t.next(what, "operation")
		if err != nil {
			return err
		}
		if err := t.exec(what, `INSERT INTO operations (id, session, created, is_open, doc, seq, kind, device) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			o.ID, o.Session, o.Created.UnixMicro(), open, doc, seq, o.Kind(), o.Device); err != nil {
			return err
		}
	}
	if err := t.operationDevices(what, o); err != nil || o.State.Open() {
		return err // none more is over
	}
	return t.exec(what, `DELETE FROM operations WHERE id IN (
		SELECT id FROM operations WHERE session = $1 AND kind = $2 AND device = $3 AND is_open = 0 ORDER BY created DESC, seq DESC LIMIT 1000 OFFSET $4)`,
		o.Session, o.Kind(), o.Device, KeepOperations)
}

// operationDevices makes an operation be found by its devices. They only become more.
func (t *tx) operationDevices(what string, o mirror.Operation) error {
	for _, device := range o.Devices() {
		if err := t.exec(what, `INSERT INTO operation_devices (device, seq, id) SELECT $1, seq, id FROM operations WHERE id = $2 ON CONFLICT DO NOTHING`,
			device, o.ID); err != nil {
			return err
		}
	}
	return nil
}

// FindOperations answers a query by an index.
func (t *tx) FindOperations(q mirror.OperationQuery) (mirror.OperationPage, error) {
	query, args := findOperations(q)
	var page mirror.OperationPage
	ops, err := manyBy(t, func(what, doc string) (numbered, error) {
		seq, doc, _ := strings.Cut(doc, " ")
		n, err := strconv.ParseInt(seq, 10, 64)
		if err != nil {
			return numbered{}, err
		}
		op, err := decode[mirror.Operation](what, doc)
		return numbered{n, op}, err
	}, "operations", query, args...)
	if err != nil {
		return page, err
	}
	for i, o := range ops {
		if i == q.Limit {
			page.Next = ops[i-1].seq
			break
		}
		page.Operations = append(page.Operations, o.op)
	}
	return page, nil
}

// numbered is an operation with its number.
type numbered struct {
	seq int64
	op  mirror.Operation
}

// findOperations is the statement of a query; it gives one more than the limit, to
// tell whether there are more.
func findOperations(q mirror.OperationQuery) (string, []any) {
	before := q.Before
	if before == 0 {
		before = math.MaxInt64
	}
	args := []any{before}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	query := "SELECT o.seq || ' ' || o.doc FROM operations AS o WHERE o.seq < $1"
	if q.Device != "" {
		query = "SELECT o.seq || ' ' || o.doc FROM operation_devices AS d JOIN operations AS o ON o.id = d.id WHERE d.seq < $1 AND d.device = " + arg(q.Device)
	}
	if q.Session != "" {
		query += " AND o.session = " + arg(q.Session)
	}
	if q.Kind != "" {
		query += " AND o.kind = " + arg(q.Kind)
	}
	order := " ORDER BY o.seq DESC"
	if q.Device != "" {
		order = " ORDER BY d.seq DESC"
	}
	return query + order + " LIMIT " + arg(q.Limit+1), args
}

// oldLook bounds the operations that OldOperations looks at.
const oldLook = 1000

// OldOperations lists what may go, of so many from a number on.
func (t *tx) OldOperations(before time.Time, keep, after int64) (ids []string, next int64, err error) {
	var last int64
	if err := t.row("last operation", `SELECT value FROM counters WHERE name = $1`, []any{"operation"}, &last); err != nil {
		if errors.Is(err, mirror.ErrNotFound) {
			err = nil
		}
		return nil, 0, err
	}
	ids, err = manyBy(t, func(_, id string) (string, error) { return id, nil }, "old operations", `SELECT o.id FROM operations AS o
		WHERE o.seq > $1 AND o.seq <= $1 + $2 AND o.is_open = 0 AND (o.created < $3 OR o.seq <= $4) AND (o.kind <> 'rollout'
			OR NOT EXISTS (SELECT 1 FROM sessions AS s WHERE s.name = o.session)
			OR EXISTS (SELECT 1 FROM operations AS n WHERE n.session = o.session AND n.kind = 'rollout' AND n.device = '' AND n.created >= o.created AND n.seq > o.seq))
		ORDER BY o.seq`, after, oldLook, before.UnixMicro(), last-keep)
	var further sql.NullInt64
	if err == nil {
		err = t.row("operations", `SELECT MIN(seq) FROM operations WHERE seq > $1`, []any{after + oldLook}, &further)
	}
	if err != nil || !further.Valid {
		return ids, 0, err
	}
	return ids, further.Int64 - 1, nil
}

// OpenRepairs lists the repairs of a device that are not over.
func (t *tx) OpenRepairs(device string) ([]mirror.Operation, error) {
	// The literals let the planner take the partial index.
	return many[mirror.Operation](t, "open repairs",
		`SELECT doc FROM operations WHERE device = $1 AND kind = 'repair' AND is_open = 1 ORDER BY seq`, device)
}

// DeleteOperation forgets an operation.
func (t *tx) DeleteOperation(id string) error {
	what := fmt.Sprintf("operation %q", id)
	if err := t.touchedBy(what, id); err != nil {
		return err
	}
	return t.exec(what, `DELETE FROM operations WHERE id = $1`, id)
}

// touchedBy notes the session of an operation that is about to be written, as it is
// stored.
func (t *tx) touchedBy(what, id string) error {
	if err := t.writable(what); err != nil {
		return err
	}
	var session string
	err := t.row(what, `SELECT session FROM operations WHERE id = $1`, []any{id}, &session)
	if errors.Is(err, mirror.ErrNotFound) {
		return nil
	}
	t.touched(session)
	return err
}
