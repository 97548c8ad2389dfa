package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// firstCopies writes down what is copied when the recording begins. It was so before that,
// and nobody knows since when.
func firstCopies(ctx context.Context, tx *sql.Tx, now time.Time) error {
	var tools []mirror.Tool
	placed, actors := map[string][]mirror.Placement{}, map[string]string{}
	sessions := map[string]mirror.SessionRecord{}
	for _, read := range []struct {
		query string
		take  func(doc []byte) error
	}{
		{`SELECT doc FROM tools ORDER BY name`, func(doc []byte) error { return keepBy(doc, func(t mirror.Tool) { tools = append(tools, t) }) }},
		{`SELECT doc FROM sessions`, func(doc []byte) error {
			return keepBy(doc, func(r mirror.SessionRecord) { sessions[r.Session.Name] = r })
		}},
		{`SELECT doc FROM placements ORDER BY session, device, role, ends`, func(doc []byte) error {
			return keepBy(doc, func(p mirror.Placement) { placed[p.Session] = append(placed[p.Session], p) })
		}},
		{`SELECT doc FROM operations ORDER BY created, seq`, func(doc []byte) error {
			return keepBy(doc, func(o struct{ Session, Type, Actor string }) {
				if o.Type == "apply" || o.Type == "adopt" {
					actors[o.Session] = o.Actor
				}
			})
		}},
	} {
		if err := eachDocument(ctx, tx, read.query, read.take); err != nil {
			return err
		}
	}
	id := int64(0)
	for _, name := range slices.Sorted(maps.Keys(sessions)) {
		for _, c := range mirror.CopiesOf(sessions[name], placed[name]) {
			id++
			c.NameTools(tools)
			c.ID, c.Began, c.Earlier = id, now, true
			c.Actor = cmp.Or(sessions[name].UpdatedBy, actors[name], mirror.ActorSystem)
			doc, err := json.Marshal(c)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, insertCopy, id, c.Session, c.Source.Device, c.Source.Place(), c.Actor, now.UnixMicro(), int64(math.MaxInt64), string(doc)); err != nil {
				return err
			}
		}
	}
	if id == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO counters (name, value) VALUES ('copy', $1)`, id)
	return err
}

func keepBy[T any](doc []byte, keep func(T)) error {
	var v T
	err := json.Unmarshal(doc, &v)
	if err == nil {
		keep(v)
	}
	return err
}

func eachDocument(ctx context.Context, tx *sql.Tx, query string, take func([]byte) error) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	for rows.Next() {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return err
		}
		if err := take([]byte(doc)); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return rows.Err()
}
