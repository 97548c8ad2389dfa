package ovsdb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Schema says which tables and columns a database has.
type Schema struct {
	Name    string                 `json:"name"`
	Version string                 `json:"version"`
	Tables  map[string]TableSchema `json:"tables"`
}

// TableSchema lists the columns of a table; their types stay in wire form.
type TableSchema struct {
	Columns map[string]json.RawMessage `json:"columns"`
}

// Has reports whether a table has a column.
func (s Schema) Has(table, column string) bool {
	_, ok := s.Tables[table].Columns[column]
	return ok
}

// ListDbs names the databases of the server.
func (c *Client) ListDbs(ctx context.Context) ([]string, error) {
	reply, err := c.call(ctx, "list_dbs", json.RawMessage("[]"), nil)
	if err != nil {
		return nil, err
	}
	var out []string
	if first(reply) != '[' || json.Unmarshal(reply, &out) != nil {
		return nil, fmt.Errorf("ovsdb: %s is no list of databases: %w", excerpt(reply), mirror.ErrParse)
	}
	return out, nil
}

// GetSchema reads the schema of a database.
func (c *Client) GetSchema(ctx context.Context, db string) (Schema, error) {
	params, err := json.Marshal([]string{db})
	if err != nil {
		return Schema{}, fmt.Errorf("ovsdb: encode get_schema: %w", err)
	}
	reply, err := c.call(ctx, "get_schema", params, nil)
	if err != nil {
		return Schema{}, err
	}
	var s Schema
	if first(reply) != '{' || json.Unmarshal(reply, &s) != nil || s.Tables == nil {
		return Schema{}, fmt.Errorf("ovsdb: %s is no schema: %w", excerpt(reply), mirror.ErrParse)
	}
	return s, nil
}
