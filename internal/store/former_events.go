package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"

	"github.com/netmirror/netmirror/internal/mirror"
)

// eventsByField is schema version 11: what events are found by, beside their number.
// at is in microseconds since 1970.
func eventsByField() *goose.Migration {
	return goose.NewGoMigration(11, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `ALTER TABLE events ADD COLUMN at BIGINT NOT NULL DEFAULT 0`); err != nil {
			return err
		}
		for _, column := range []string{"type", "actor", "session", "device", "kind", "name"} {
			if _, err := tx.ExecContext(ctx, `ALTER TABLE events ADD COLUMN `+column+` TEXT NOT NULL DEFAULT ''`); err != nil {
				return err
			}
		}
		if err := fillEvents(ctx, tx); err != nil {
			return err
		}
		for _, index := range []string{
			`events_by_time ON events (at, seq)`,
			`events_by_type ON events (type, seq)`,
			`events_by_actor ON events (actor, seq)`,
			`events_by_session ON events (session, seq)`,
			`events_by_device ON events (device, seq)`,
			`events_by_kind ON events (kind, seq)`,
			`events_by_object ON events (name, kind, seq)`,
		} {
			if _, err := tx.ExecContext(ctx, `CREATE INDEX `+index); err != nil {
				return err
			}
		}
		return nil
	}}, nil)
}

// fillEvents writes the new columns of what was stored before, a piece at a time.
func fillEvents(ctx context.Context, tx *sql.Tx) error {
	for after := int64(0); ; {
		events, err := eventsAfter(ctx, tx, after)
		if err != nil || len(events) == 0 {
			return err
		}
		for _, e := range events {
			about := e.About()
			if _, err := tx.ExecContext(ctx, `UPDATE events SET at = $1, type = $2, actor = $3, session = $4, device = $5, kind = $6, name = $7 WHERE seq = $8`,
				e.At.UnixMicro(), e.Type, e.Actor, e.Session, e.Device, about.Kind, about.Name, e.Seq); err != nil {
				return err
			}
			after = e.Seq
		}
	}
}

func eventsAfter(ctx context.Context, tx *sql.Tx, after int64) (out []mirror.Event, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT seq, doc FROM events WHERE seq > $1 ORDER BY seq LIMIT 1000`, after)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	for rows.Next() {
		var seq int64
		var doc string
		if err := rows.Scan(&seq, &doc); err != nil {
			return nil, err
		}
		e, err := decode[mirror.Event](fmt.Sprintf("event %d", seq), doc)
		if err != nil {
			return nil, err
		}
		e.Seq = seq
		out = append(out, e)
	}
	return out, rows.Err()
}
