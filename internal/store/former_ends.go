package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// endsInKey is schema version 6. A session may take several native sessions on
// one device in one role, so the key of a placement also says where the copies
// end: the sorted ports, or the collector's address. Until now there was one; its
// name comes from what the placement wants or holds. The steps of rollouts that
// are under way name it too.
func endsInKey() *goose.Migration {
	return goose.NewGoMigration(6, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, q := range []string{
			`DROP INDEX placements_by_device`,
			`DROP INDEX placements_by_collector`,
			`ALTER TABLE placements RENAME TO placements_before`,
			`CREATE TABLE placements (
				session   TEXT NOT NULL REFERENCES sessions (name) ON DELETE CASCADE,
				device    TEXT NOT NULL,
				role      TEXT NOT NULL,
				ends      TEXT NOT NULL DEFAULT '',
				collector TEXT NOT NULL DEFAULT '',
				doc       TEXT NOT NULL,
				PRIMARY KEY (session, device, role, ends)
			)`,
			`CREATE INDEX placements_by_device ON placements (device, session, role, ends)`,
			`CREATE INDEX placements_by_collector ON placements (collector, session, device, role, ends) WHERE collector <> ''`,
		} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		ends, err := movePlacements(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DROP TABLE placements_before`); err != nil {
			return err
		}
		return rewriteRows(ctx, tx, `SELECT id, doc FROM operations WHERE is_open = 1`, 1,
			`UPDATE operations SET doc = $1 WHERE id = $2`, func(op map[string]any) bool { return nameSteps(op, ends) })
	}}, nil)
}

// A formerKey is that of a placement until version 5.
type formerKey struct{ session, device, role string }

// movePlacements gives every row its new key and tells where each ends.
func movePlacements(ctx context.Context, tx *sql.Tx) (map[formerKey]string, error) {
	type row struct {
		key            formerKey
		ends           string
		collector, doc string
	}
	rows, err := tx.QueryContext(ctx, `SELECT session, device, role, collector, doc FROM placements_before`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	var all []row
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.key.session, &r.key.device, &r.key.role, &r.collector, &r.doc); err != nil {
			return nil, err
		}
		if r.ends, err = endsOf(r.doc); err == nil {
			r.doc, _, err = changeDoc(r.doc, func(doc map[string]any) bool { doc["ends"] = r.ends; return r.ends != "" })
		}
		if err != nil {
			return nil, fmt.Errorf("placement of session %q on device %q as %q: %w", r.key.session, r.key.device, r.key.role, err)
		}
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	out := map[formerKey]string{}
	for _, r := range all {
		out[r.key] = r.ends
		if _, err := tx.ExecContext(ctx, `INSERT INTO placements (session, device, role, ends, collector, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
			r.key.session, r.key.device, r.key.role, r.ends, r.collector, r.doc); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// endsOf reads where the copies of a placement end: of what is wanted first, as
// the key is named from now on.
func endsOf(doc string) (string, error) {
	type fragment struct {
		Spec struct {
			Destinations []string `json:"destinations"`
			Options      struct {
				Collector string `json:"collector"`
			} `json:"options"`
		} `json:"spec"`
	}
	var p struct {
		Target, Goal, Applied, Good *fragment
	}
	if err := json.Unmarshal([]byte(doc), &p); err != nil {
		return "", err
	}
	for _, f := range []*fragment{p.Target, p.Goal, p.Applied, p.Good} {
		switch {
		case f == nil:
		case len(f.Spec.Destinations) > 0:
			slices.Sort(f.Spec.Destinations)
			return strings.Join(slices.Compact(f.Spec.Destinations), ","), nil
		default:
			return f.Spec.Options.Collector, nil
		}
	}
	return "", nil
}

// nameSteps says of each step of a rollout which placement it moves.
func nameSteps(op map[string]any, ends map[formerKey]string) (changed bool) {
	session, _ := op["session"].(string)
	steps, _ := op["steps"].([]any)
	for _, s := range steps {
		step, ok := s.(map[string]any)
		if !ok {
			continue
		}
		device, _ := step["device"].(string)
		role, _ := step["role"].(string)
		if to := ends[formerKey{session, device, role}]; to != "" {
			step["ends"], changed = to, true
		}
	}
	return changed
}
