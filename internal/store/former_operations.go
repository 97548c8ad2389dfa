package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"github.com/netmirror/netmirror/internal/mirror"
)

// operationsByDevice is schema version 14: of which kind operations are, and with which
// devices they have to do. Until now all were rollouts.
func operationsByDevice() *goose.Migration {
	return goose.NewGoMigration(14, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, q := range []string{
			`ALTER TABLE operations ADD COLUMN kind TEXT NOT NULL DEFAULT 'rollout'`,
			`ALTER TABLE operations ADD COLUMN device TEXT NOT NULL DEFAULT ''`,
			`CREATE INDEX operations_by_seq ON operations (seq)`,
			`CREATE INDEX operations_by_kind ON operations (kind, seq)`,
			`CREATE INDEX operations_of_session ON operations (session, seq)`,
			`CREATE INDEX operations_kept ON operations (session, kind, device, created, seq)`,
			`CREATE INDEX operations_open_repairs ON operations (device, seq) WHERE kind = 'repair' AND is_open = 1`,
			`CREATE TABLE operation_devices (
				device TEXT   NOT NULL,
				seq    BIGINT NOT NULL,
				id     TEXT   NOT NULL REFERENCES operations (id) ON DELETE CASCADE,
				PRIMARY KEY (device, seq)
			)`,
			`CREATE INDEX operation_devices_by_id ON operation_devices (id)`,
		} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		return fillOperationDevices(ctx, tx)
	}}, nil)
}

func fillOperationDevices(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT seq, id, doc FROM operations ORDER BY seq`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	type row struct {
		seq     int64
		id      string
		devices []string
	}
	var all []row
	for rows.Next() {
		var r row
		var doc string
		if err := rows.Scan(&r.seq, &r.id, &doc); err != nil {
			return err
		}
		op, err := decode[mirror.Operation]("operation "+r.id, doc)
		if err != nil {
			return err
		}
		r.devices = op.Devices()
		all = append(all, r)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, r := range all {
		for _, device := range r.devices {
			if _, err := tx.ExecContext(ctx, `INSERT INTO operation_devices (device, seq, id) VALUES ($1, $2, $3)`, device, r.seq, r.id); err != nil {
				return err
			}
		}
	}
	return nil
}
