package store

import (
	"maps"
	"slices"
)

// touched notes that something was written of a session. The session has another revision
// then, from the same commit on.
func (t *tx) touched(session string) {
	if session == "" || t.readOnly {
		return
	}
	if t.changed == nil {
		t.changed = map[string]bool{}
	}
	t.changed[session] = true
}

// revise gives the sessions that were written of a revision that none had before. It is
// the last that a transaction does: within one, revisions say nothing.
func (t *tx) revise() error {
	if len(t.changed) == 0 {
		return nil
	}
	const what = "commit: revisions"
	revision, err := t.next(what, "revision")
	if err != nil {
		return err
	}
	for _, session := range slices.Sorted(maps.Keys(t.changed)) {
		// A session that is gone has none: its row went with it.
		if err := t.exec(what, `INSERT INTO revisions (session, revision) SELECT name, $2 FROM sessions WHERE name = $1
			ON CONFLICT (session) DO UPDATE SET revision = excluded.revision`, session, revision); err != nil {
			return err
		}
	}
	return nil
}

// revisions of sessions; those that are missing are left out.
func (t *tx) revisions(names []string) (map[string]int64, error) {
	out := make(map[string]int64, len(names))
	read := func(query string, args []any) error {
		const what = "revisions"
		if t.broken != nil {
			return t.broken
		}
		rows, err := t.sql.QueryContext(t.ctx, query, args...)
		if err != nil {
			return t.fail(what, err)
		}
		defer func() { _ = rows.Close() }() // rows.Err below tells
		for rows.Next() {
			var session string
			var revision int64
			if err := rows.Scan(&session, &revision); err != nil {
				return t.fail(what, err)
			}
			out[session] = revision
		}
		if err := rows.Err(); err != nil {
			return t.fail(what, err)
		}
		return nil
	}
	if len(names) == 1 {
		return out, read(`SELECT session, revision FROM revisions WHERE session = $1`, []any{names[0]})
	}
	return out, batch(`SELECT session, revision FROM revisions WHERE session IN ($1)`, names, read)
}
