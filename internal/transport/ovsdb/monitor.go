package ovsdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An Update is what happened to one row. Old is nil for a new row and for the
// initial contents, New is nil for a deleted row; for a changed row Old holds
// the changed columns only and New all monitored ones.
type Update struct {
	Old Row `json:"old"`
	New Row `json:"new"`
}

// Updates are by table, then by row uuid.
type Updates map[string]map[UUID]Update

// Monitor asks for the contents of the columns of tables and for every later
// change of them, until the connection ends. on gets the initial contents
// first, then each change in order. It runs on the client's reading goroutine:
// it must neither block nor call the client.
func (c *Client) Monitor(ctx context.Context, db string, tables map[string][]string, on func(Updates)) error {
	requests := map[string]any{}
	for table, columns := range tables {
		requests[table] = map[string]any{"columns": columns}
	}
	c.mu.Lock()
	c.monitors++
	id := "m" + strconv.Itoa(c.monitors)
	c.mu.Unlock()
	params, err := json.Marshal([]any{db, id, requests})
	if err != nil {
		return fmt.Errorf("ovsdb: encode monitor: %w", err)
	}
	_, err = c.call(ctx, "monitor", params, func(reply json.RawMessage) error {
		u, err := parseUpdates(reply)
		if err != nil {
			return err
		}
		c.handlers[id] = on
		on(u)
		return nil
	})
	return err
}

func parseUpdates(raw json.RawMessage) (Updates, error) {
	var u Updates
	if first(raw) != '{' || json.Unmarshal(raw, &u) != nil {
		return nil, fmt.Errorf("ovsdb: %s is no update of a monitor: %w", excerpt(raw), mirror.ErrParse)
	}
	return u, nil
}

// notified hands an update notification to its handler. It runs on the reading
// goroutine, as the handler map demands.
func (c *Client) notified(params json.RawMessage) error {
	var pair []json.RawMessage
	var id string
	if json.Unmarshal(params, &pair) != nil || len(pair) != 2 || json.Unmarshal(pair[0], &id) != nil {
		return fmt.Errorf("ovsdb: %s is no update notification: %w", excerpt(params), mirror.ErrParse)
	}
	u, err := parseUpdates(pair[1])
	if err != nil {
		return err
	}
	if on := c.handlers[id]; on != nil {
		on(u)
	}
	return nil
}
