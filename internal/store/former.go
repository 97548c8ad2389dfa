package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
)

// formerCredentials is schema version 4. Devices named references (env:NAME,
// file:/PATH) in version 2; they move to a field that nothing resolves, and
// `netmirror credentials migrate` makes profiles of them. Messages of refused
// logins named the user, and what was resolved for it could be any file's
// content, so the messages go.
func formerCredentials() *goose.Migration {
	return goose.NewGoMigration(4, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		if err := rewrite(ctx, tx, "devices", "name", moveReferences); err != nil {
			return err
		}
		for table, key := range map[string]string{"events": "seq", "device_states": "device", "operations": "id"} {
			if err := rewrite(ctx, tx, table, key, forgetUsers); err != nil {
				return err
			}
		}
		return forgetUsersOfPlacements(ctx, tx)
	}}, nil)
}

// A change alters a decoded document and tells whether it did.
type change func(doc map[string]any) bool

// rewrite changes the documents of a table whose key is one column.
func rewrite(ctx context.Context, tx *sql.Tx, table, key string, change change) error {
	return rewriteRows(ctx, tx, `SELECT `+key+`, doc FROM `+table, 1, `UPDATE `+table+` SET doc = $1 WHERE `+key+` = $2`, change)
}

func forgetUsersOfPlacements(ctx context.Context, tx *sql.Tx) error {
	return rewriteRows(ctx, tx, `SELECT session, device, role, doc FROM placements`, 3,
		`UPDATE placements SET doc = $1 WHERE session = $2 AND device = $3 AND role = $4`, forgetUsers)
}

func rewriteRows(ctx context.Context, tx *sql.Tx, query string, keys int, update string, change change) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err below tells
	var todo [][]any
	for rows.Next() {
		values := make([]any, keys+1)
		into := make([]any, keys+1)
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		doc, changed, err := changeDoc(fmt.Sprint(values[keys]), change)
		if err != nil {
			return err
		}
		if changed {
			todo = append(todo, append([]any{doc}, values[:keys]...))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, args := range todo {
		if _, err := tx.ExecContext(ctx, update, args...); err != nil {
			return err
		}
	}
	return nil
}

func changeDoc(text string, change change) (string, bool, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return "", false, err
	}
	if !change(doc) {
		return text, false, nil
	}
	out, err := json.Marshal(doc)
	return string(out), true, err
}

// moveReferences gives the transports of a device their new shape.
func moveReferences(device map[string]any) (changed bool) {
	transports, _ := device["transports"].(map[string]any)
	for _, t := range transports {
		transport, ok := t.(map[string]any)
		if !ok {
			continue
		}
		former, byValue := transport["credentials"].(map[string]any)
		jump, hops := transport["jumpHost"].(string)
		if !byValue && !hops {
			continue
		}
		changed = true
		delete(transport, "credentials")
		if former == nil {
			former = map[string]any{}
		}
		if hops {
			delete(transport, "jumpHost")
			former["jumpHost"] = jump
		}
		transport["formerCredentials"] = former
	}
	return changed
}

// namesUser is how version 2 told of a refused login, before the user's name.
const namesUser = "authentication failed as "

// forgetUsers replaces texts that name a user, at any depth.
func forgetUsers(doc map[string]any) (changed bool) {
	for k, v := range doc {
		next, did := forgetUser(v)
		if did {
			doc[k], changed = next, true
		}
	}
	return changed
}

func forgetUser(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, namesUser) {
			return "login refused (the words of an earlier version were removed)", true
		}
	case map[string]any:
		return v, forgetUsers(v)
	case []any:
		changed := false
		for i := range v {
			next, did := forgetUser(v[i])
			if did {
				v[i], changed = next, true
			}
		}
		return v, changed
	}
	return v, false
}
