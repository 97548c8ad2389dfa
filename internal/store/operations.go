package store

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// KeepOperations is what is kept of the rollouts of a session that are over: older
// ones are dropped as new ones come, so that a fight over a port that goes on for
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

// PutOperation stores a rollout. One that is stored again keeps its place
// among those of equal time.
func (t *tx) PutOperation(o mirror.Operation) error {
	what := fmt.Sprintf("operation %q", o.ID)
	if err := named(what, o.ID, o.Session); err != nil {
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
	known, err := t.changes(what, `UPDATE operations SET session = $2, created = $3, is_open = $4, doc = $5 WHERE id = $1`,
		o.ID, o.Session, o.Created.UnixMicro(), open, doc)
	if err != nil {
		return err
	}
	if known == 0 {
		seq, err := t.next(what, "operation")
		if err != nil {
			return err
		}
		if err := t.exec(what, `INSERT INTO operations (id, session, created, is_open, doc, seq) VALUES ($1, $2, $3, $4, $5, $6)`,
			o.ID, o.Session, o.Created.UnixMicro(), open, doc, seq); err != nil {
			return err
		}
	}
	if o.State.Open() {
		return nil // none more is over
	}
	return t.exec(what, `DELETE FROM operations WHERE id IN (
		SELECT id FROM operations WHERE session = $1 AND is_open = 0 ORDER BY created DESC, seq DESC LIMIT 1000 OFFSET $2)`, o.Session, KeepOperations)
}
