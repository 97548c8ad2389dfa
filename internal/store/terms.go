package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/pressly/goose/v3"
)

// A term is something by which an entry is selected.
type term struct{ name, value string }

// The terms of sessions beside their labels.
const (
	termDevice  = "device"
	termTool    = "tool"
	termFilter  = "filter"
	termTrigger = "trigger" // that started it
)

func labelTerm(key string) string { return "label:" + key }

// labelTerms are sorted.
func labelTerms(labels map[string]string) []term {
	var out []term
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, term{labelTerm(key), labels[key]})
	}
	return out
}

// sessionTerms are those of an intent, sorted.
func sessionTerms(s mirror.Session) []term {
	out := labelTerms(s.Labels)
	for _, d := range s.Devices() {
		out = append(out, term{termDevice, d})
	}
	for _, d := range s.Destinations {
		if d.Tool != "" {
			out = append(out, term{termTool, d.Tool})
		}
	}
	if s.Filter != "" {
		out = append(out, term{termFilter, s.Filter})
	}
	slices.SortFunc(out, compareTerms)
	return slices.Compact(out)
}

// recordTerms are those of a session, sorted.
func recordTerms(r mirror.SessionRecord) []term {
	out := sessionTerms(r.Session)
	if r.Triggered != nil {
		out = append(out, term{termTrigger, r.Triggered.Trigger})
		slices.SortFunc(out, compareTerms)
	}
	return out
}

func compareTerms(a, b term) int {
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	return strings.Compare(a.value, b.value)
}

// putTerms stores the terms of an entry. Most writes of an entry leave them as they are.
func (t *tx) putTerms(kind mirror.Resource, name string, terms []term) error {
	what := fmt.Sprintf("terms of %s %q", kind, name)
	old, err := t.termsOf(what, kind, name)
	if err != nil || slices.Equal(old, terms) {
		return err
	}
	if err := t.deleteTerms(kind, name); err != nil {
		return err
	}
	for _, x := range terms {
		if err := t.exec(what, insertTerm, string(kind), name, x.name, x.value); err != nil {
			return err
		}
	}
	return nil
}

const insertTerm = `INSERT INTO terms (kind, name, term, value) VALUES ($1, $2, $3, $4)`

func (t *tx) termsOf(what string, kind mirror.Resource, name string) ([]term, error) {
	if t.broken != nil {
		return nil, t.broken
	}
	rows, err := t.sql.QueryContext(t.ctx, `SELECT term, value FROM terms WHERE kind = $1 AND name = $2 ORDER BY term, value`, string(kind), name)
	if err != nil {
		return nil, t.fail(what, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	var out []term
	for rows.Next() {
		var x term
		if err := rows.Scan(&x.name, &x.value); err != nil {
			return nil, t.fail(what, err)
		}
		out = append(out, x)
	}
	if err := rows.Err(); err != nil {
		return nil, t.fail(what, err)
	}
	return out, nil
}

func (t *tx) deleteTerms(kind mirror.Resource, name string) error {
	return t.exec(fmt.Sprintf("delete terms of %s %q", kind, name), `DELETE FROM terms WHERE kind = $1 AND name = $2`, string(kind), name)
}

// termsOfStored is schema version 13: the terms of what was stored before there were any.
func termsOfStored() *goose.Migration {
	return goose.NewGoMigration(13, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		for _, kind := range []mirror.Resource{mirror.ResourceDevice, mirror.ResourceTool, mirror.ResourceFilter, mirror.ResourceSession} {
			if err := addTerms(ctx, tx, kind, tables[kind]); err != nil {
				return err
			}
		}
		return nil
	}}, nil)
}

func addTerms(ctx context.Context, tx *sql.Tx, kind mirror.Resource, table string) error {
	rows, err := tx.QueryContext(ctx, "SELECT name, doc FROM "+table)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	terms := map[string][]term{}
	for rows.Next() {
		var name, doc string
		if err := rows.Scan(&name, &doc); err != nil {
			return err
		}
		if terms[name], err = termsIn(kind, doc); err != nil {
			return fmt.Errorf("%s %q: %w", kind, name, err)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for name, list := range terms {
		for _, x := range list {
			if _, err := tx.ExecContext(ctx, insertTerm, string(kind), name, x.name, x.value); err != nil {
				return err
			}
		}
	}
	return nil
}

// termsIn reads the terms from a stored document.
func termsIn(kind mirror.Resource, doc string) ([]term, error) {
	if kind == mirror.ResourceSession {
		var rec struct {
			Session mirror.Session `json:"session"`
		}
		err := json.Unmarshal([]byte(doc), &rec)
		return sessionTerms(rec.Session), err
	}
	var labelled struct {
		Labels map[string]string `json:"labels"`
	}
	err := json.Unmarshal([]byte(doc), &labelled)
	return labelTerms(labelled.Labels), err
}
