package ovsdb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An Op is one operation of a transaction, RFC 7047 section 5.2. Where, Rows
// and Columns are written when they are not nil, so an empty list says "all
// rows" or "no row". The order of the fields is the order on the wire.
type Op struct {
	Op        string           `json:"op"`
	Table     string           `json:"table,omitempty"`
	UUIDName  string           `json:"uuid-name,omitempty"`
	Where     []Cond           `json:"where,omitzero"`
	Columns   []string         `json:"columns,omitzero"`
	Until     string           `json:"until,omitempty"`
	Rows      []map[string]any `json:"rows,omitzero"`
	Row       map[string]any   `json:"row,omitzero"`
	Mutations []Mutation       `json:"mutations,omitzero"`
	Timeout   *int             `json:"timeout,omitempty"` // milliseconds a wait may take; 0 asks once
}

// A Cond is one condition: column, function, value.
type Cond struct {
	Column, Function string
	Value            any
}

// MarshalJSON writes the triple.
func (c Cond) MarshalJSON() ([]byte, error) {
	return json.Marshal([3]any{c.Column, c.Function, c.Value})
}

// A Mutation is one mutation: column, mutator, value.
type Mutation struct {
	Column, Mutator string
	Value           any
}

// MarshalJSON writes the triple.
func (m Mutation) MarshalJSON() ([]byte, error) {
	return json.Marshal([3]any{m.Column, m.Mutator, m.Value})
}

// Params are the parameters of a transact call on a database.
func Params(db string, ops ...Op) (json.RawMessage, error) {
	list := make([]any, 0, len(ops)+1)
	list = append(list, db)
	for _, op := range ops {
		list = append(list, op)
	}
	return json.Marshal(list)
}

// A Result is the server's answer to one operation.
type Result struct {
	UUID  UUID // of an insert
	Count int  // rows that an update, mutate or delete hit
	Rows  []Row
}

// Transact runs the operations as one atomic transaction.
//
// A transaction that was refused left nothing behind. Its error is a
// *mirror.DeviceError with the server's words: of kind ErrChanged when a wait
// was not met, else ErrRejected. Any other error is of the connection, and
// whether the transaction was done is unknown then.
func (c *Client) Transact(ctx context.Context, db string, ops ...Op) ([]Result, error) {
	params, err := Params(db, ops...)
	if err != nil {
		return nil, fmt.Errorf("ovsdb: encode transaction: %w", err)
	}
	results, _, err := c.TransactText(ctx, params)
	return results, err
}

// TransactText is Transact with parameters that are text already: the JSON
// array of the database's name and the operations, sent byte for byte. It
// returns the server's reply as text too.
func (c *Client) TransactText(ctx context.Context, params json.RawMessage) ([]Result, string, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(params, &list); err != nil || len(list) == 0 {
		return nil, "", fmt.Errorf("ovsdb: %s is no list of a database and operations: %w", excerpt(params), mirror.ErrInvalid)
	}
	reply, err := c.call(ctx, "transact", params, nil)
	if err != nil {
		return nil, "", err
	}
	results, err := parseResults(reply, list[1:])
	return results, string(reply), err
}

// wireResult is one element of a reply.
type wireResult struct {
	UUID    json.RawMessage `json:"uuid"`
	Count   *int            `json:"count"`
	Rows    []Row           `json:"rows"`
	Error   *string         `json:"error"`
	Details string          `json:"details"`
}

// parseResults reads the reply to ops. Errors stand inside a successful reply:
// in the place of an operation (then null follows for those not tried), or as
// one element more than there were operations when the commit itself failed.
// So every element is looked at before any result is believed.
func parseResults(reply json.RawMessage, ops []json.RawMessage) ([]Result, error) {
	var elements []json.RawMessage
	if first(reply) != '[' || json.Unmarshal(reply, &elements) != nil {
		return nil, fmt.Errorf("ovsdb: %s is no reply to a transaction: %w", excerpt(reply), mirror.ErrParse)
	}
	wire := make([]wireResult, len(elements))
	for i, e := range elements {
		if bytes.Equal(bytes.TrimSpace(e), []byte("null")) {
			continue
		}
		if first(e) != '{' || json.Unmarshal(e, &wire[i]) != nil {
			return nil, fmt.Errorf("ovsdb: %s is no result of an operation: %w", excerpt(e), mirror.ErrParse)
		}
		if wire[i].Error != nil {
			return nil, refusal(*wire[i].Error, wire[i].Details, i, ops)
		}
	}
	if len(elements) != len(ops) {
		return nil, fmt.Errorf("ovsdb: %d results for %d operations: %w", len(elements), len(ops), mirror.ErrParse)
	}
	out := make([]Result, len(wire))
	for i, w := range wire {
		if bytes.Equal(bytes.TrimSpace(elements[i]), []byte("null")) {
			return nil, fmt.Errorf("ovsdb: operation %d was not done and no error says why: %w", i, mirror.ErrParse)
		}
		if w.UUID != nil {
			id, ok := atomUUID.decode(w.UUID)
			if !ok {
				return nil, fmt.Errorf("ovsdb: %s is no uuid: %w", excerpt(w.UUID), mirror.ErrParse)
			}
			out[i].UUID = id
		}
		if w.Count != nil {
			out[i].Count = *w.Count
		}
		out[i].Rows = w.Rows
	}
	return out, nil
}

func refusal(word, details string, at int, ops []json.RawMessage) error {
	e := &mirror.DeviceError{Answer: word, Kind: mirror.ErrRejected}
	if details != "" {
		e.Answer += ": " + details
	}
	// An element beyond the operations is of the commit, not of one of them.
	if at < len(ops) {
		e.Sent = excerpt(ops[at])
		var op struct {
			Op string `json:"op"`
		}
		if word == "timed out" && json.Unmarshal(ops[at], &op) == nil && op.Op == "wait" {
			e.Kind = mirror.ErrChanged
		}
	}
	return e
}
