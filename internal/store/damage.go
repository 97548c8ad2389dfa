package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// maxFindings bounds what one report of damage lists.
const maxFindings = 10

// Check looks for damage: of the file's structure, and of what refers to what.
// It reads the whole file, about 200 MB in a second, and is ErrDamaged with the
// first findings.
func (s *Store) Check(ctx context.Context) error {
	found, err := s.findings(ctx, fmt.Sprintf("PRAGMA quick_check(%d)", maxFindings))
	if err == nil && len(found) == 1 && found[0] == "ok" {
		found, err = s.findings(ctx, "PRAGMA foreign_key_check")
	}
	switch {
	case err != nil:
		return fmt.Errorf("store: look for damage in %s: %w", s.path, s.health.classify(err))
	case len(found) > 0:
		return fmt.Errorf("store: %s: %w", s.path, s.health.damaged(errors.New(strings.Join(found, "; "))))
	}
	return nil
}

// findings are the rows of a check, each in one line.
func (s *Store) findings(ctx context.Context, pragma string) (out []string, err error) {
	rows, err := s.reads.QueryContext(ctx, pragma)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for len(out) < maxFindings && rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		if len(row) == 4 { // of foreign_key_check: table, rowid, parent, key
			out = append(out, fmt.Sprintf("row %v of %v refers to a row of %v that is missing", row[1], row[0], row[2]))
			continue
		}
		out = append(out, fmt.Sprint(row...))
	}
	return out, rows.Err()
}
