package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// footingsApart is schema version 8. A remote VLAN or a destination port that
// sessions stand on was told as a native session of a role of its own; it is a
// footing now, in the ledger, in open journal entries and in what was never saved.
// What marks are made of stays, and so do the marks.
func footingsApart() *goose.Migration {
	return goose.NewGoMigration(8, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		line := func(doc map[string]any) bool { return footing(doc, "spec") }
		if err := rewriteRows(ctx, tx, `SELECT device, mark, doc FROM natives`, 2,
			`UPDATE natives SET doc = $1 WHERE device = $2 AND mark = $3`, line); err != nil {
			return err
		}
		if err := rewriteRows(ctx, tx, `SELECT device, tx, doc FROM journal`, 2,
			`UPDATE journal SET doc = $1 WHERE device = $2 AND tx = $3`, func(entry map[string]any) bool {
				return each(entry["changes"], func(c map[string]any) bool {
					before, after := footingIn(c["before"]), footingIn(c["after"])
					return before || after
				})
			}); err != nil {
			return err
		}
		return rewrite(ctx, tx, "device_states", "device", func(state map[string]any) bool { return each(state["unsaved"], line) })
	}}, nil)
}

// each changes the documents of a list and tells whether it changed one.
func each(list any, change change) (changed bool) {
	entries, _ := list.([]any)
	for _, e := range entries {
		if doc, ok := e.(map[string]any); ok && change(doc) {
			changed = true
		}
	}
	return changed
}

func footingIn(native any) bool {
	doc, ok := native.(map[string]any)
	return ok && footing(doc, "spec")
}

// footing gives the spec of a footing its new shape.
func footing(doc map[string]any, field string) bool {
	spec, _ := doc[field].(map[string]any)
	out := map[string]any{}
	take := func(from, to string) {
		if v, ok := spec[from]; ok {
			out[to] = v
		}
	}
	switch spec["role"] {
	case "rspan-transit":
		out["kind"] = "vlan"
		take("remoteVlan", "vlan")
		take("trunks", "trunks")
		take("vlanMade", "made")
	case "destination-port":
		out["kind"] = "port"
		if ports, ok := spec["destinations"].([]any); ok && len(ports) > 0 {
			out["port"] = ports[0]
		}
		take("setup", "setup")
	default:
		return false
	}
	doc[field] = map[string]any{"role": "", "options": map[string]any{}, "footing": out}
	return true
}
