package ovsdb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A UUID names a row. On the wire it is ["uuid", "..."].
type UUID string

// MarshalJSON writes the pair of RFC 7047 section 5.1.
func (u UUID) MarshalJSON() ([]byte, error) { return json.Marshal([2]string{"uuid", string(u)}) }

// A NamedUUID names a row that the same transaction inserts. On the wire it is
// ["named-uuid", "..."].
type NamedUUID string

// MarshalJSON writes the pair of RFC 7047 section 5.1.
func (u NamedUUID) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]string{"named-uuid", string(u)})
}

// A Set is a set of atoms. One element is written as the bare element, as
// ovsdb-server itself writes it; any other number as ["set", [...]].
type Set[T any] []T

// MarshalJSON writes the set as RFC 7047 section 5.1 has it.
func (s Set[T]) MarshalJSON() ([]byte, error) {
	if len(s) == 1 {
		return json.Marshal(s[0])
	}
	elements := []T(s)
	if elements == nil {
		elements = []T{}
	}
	return json.Marshal([2]any{"set", elements})
}

// A Map is a map of strings. On the wire it is ["map", [[key, value], ...]],
// here sorted by key.
type Map map[string]string

// MarshalJSON writes the map as RFC 7047 section 5.1 has it.
func (m Map) MarshalJSON() ([]byte, error) {
	pairs := make([][2]string, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, [2]string{k, m[k]})
	}
	return json.Marshal([2]any{"map", pairs})
}

// A Row is one row as the server sent it: a value in wire form per column.
// Its methods decode one column each; a column that is absent or of another
// type is ErrParse, never a zero value.
type Row map[string]json.RawMessage

// Has reports whether the row holds the column.
func (r Row) Has(column string) bool { _, ok := r[column]; return ok }

// String reads a column of one string.
func (r Row) String(column string) (string, error) { return one(r, column, atomString) }

// Bool reads a column of one boolean.
func (r Row) Bool(column string) (bool, error) { return one(r, column, atomBool) }

// Int reads a column of one integer.
func (r Row) Int(column string) (int64, error) { return one(r, column, atomInt) }

// UUID reads a column of one uuid, such as _uuid.
func (r Row) UUID(column string) (UUID, error) { return one(r, column, atomUUID) }

// Strings reads a set of strings, in the server's order.
func (r Row) Strings(column string) ([]string, error) { return set(r, column, atomString) }

// Ints reads a set of integers, in the server's order.
func (r Row) Ints(column string) ([]int64, error) { return set(r, column, atomInt) }

// UUIDs reads a set of uuids, in the server's order.
func (r Row) UUIDs(column string) ([]UUID, error) { return set(r, column, atomUUID) }

// StringMap reads a map of strings to strings.
func (r Row) StringMap(column string) (map[string]string, error) {
	return mapOf(r, column, atomString)
}

// IntMap reads a map of strings to integers.
func (r Row) IntMap(column string) (map[string]int64, error) { return mapOf(r, column, atomInt) }

func parseError(column string, raw json.RawMessage, want string) error {
	return fmt.Errorf("column %s holds %s, not %s: %w", column, excerpt(raw), want, mirror.ErrParse)
}

func (r Row) value(column string) (json.RawMessage, error) {
	raw, ok := r[column]
	if !ok {
		return nil, fmt.Errorf("column %s is missing from the reply: %w", column, mirror.ErrParse)
	}
	return raw, nil
}

type atom[T any] struct {
	name   string
	decode func(json.RawMessage) (T, bool)
}

var (
	atomString = atom[string]{"a string", func(raw json.RawMessage) (v string, ok bool) {
		return v, first(raw) == '"' && json.Unmarshal(raw, &v) == nil
	}}
	atomBool = atom[bool]{"a boolean", func(raw json.RawMessage) (v bool, ok bool) {
		c := first(raw)
		return v, (c == 't' || c == 'f') && json.Unmarshal(raw, &v) == nil
	}}
	atomInt = atom[int64]{"an integer", decodeInt}

	atomUUID = atom[UUID]{"a uuid", func(raw json.RawMessage) (v UUID, ok bool) {
		tag, body, ok := tagged(raw)
		if !ok || tag != "uuid" {
			return "", false
		}
		id, ok := atomString.decode(body)
		return UUID(id), ok && id != ""
	}}
)

// decodeInt accepts every JSON number that is an integer; the server writes
// large ones as digits.
func decodeInt(raw json.RawMessage) (v int64, ok bool) {
	c := first(raw)
	if c != '-' && (c < '0' || c > '9') {
		return 0, false
	}
	if json.Unmarshal(raw, &v) == nil {
		return v, true
	}
	var f float64
	if json.Unmarshal(raw, &f) != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func one[T any](r Row, column string, a atom[T]) (T, error) {
	var zero T
	raw, err := r.value(column)
	if err != nil {
		return zero, err
	}
	v, ok := a.decode(raw)
	if !ok {
		return zero, parseError(column, raw, a.name)
	}
	return v, nil
}

func set[T any](r Row, column string, a atom[T]) ([]T, error) {
	raw, err := r.value(column)
	if err != nil {
		return nil, err
	}
	elements := []json.RawMessage{raw}
	if tag, body, ok := tagged(raw); ok && tag == "set" {
		elements = nil
		if first(body) != '[' || json.Unmarshal(body, &elements) != nil {
			return nil, parseError(column, raw, "a set")
		}
	}
	out := make([]T, 0, len(elements))
	for _, e := range elements {
		v, ok := a.decode(e)
		if !ok {
			return nil, parseError(column, raw, "a set of which each is "+a.name)
		}
		out = append(out, v)
	}
	return out, nil
}

func mapOf[T any](r Row, column string, a atom[T]) (map[string]T, error) {
	raw, err := r.value(column)
	if err != nil {
		return nil, err
	}
	tag, body, ok := tagged(raw)
	var pairs [][]json.RawMessage
	if !ok || tag != "map" || first(body) != '[' || json.Unmarshal(body, &pairs) != nil {
		return nil, parseError(column, raw, "a map")
	}
	out := make(map[string]T, len(pairs))
	for _, p := range pairs {
		if len(p) != 2 {
			return nil, parseError(column, raw, "a map of pairs")
		}
		k, ok := atomString.decode(p[0])
		if !ok {
			return nil, parseError(column, raw, "a map with strings as keys")
		}
		if out[k], ok = a.decode(p[1]); !ok {
			return nil, parseError(column, raw, "a map of which each value is "+a.name)
		}
	}
	return out, nil
}

// tagged splits ["tag", body].
func tagged(raw json.RawMessage) (tag string, body json.RawMessage, ok bool) {
	if first(raw) != '[' {
		return "", nil, false
	}
	var pair []json.RawMessage
	if json.Unmarshal(raw, &pair) != nil || len(pair) != 2 {
		return "", nil, false
	}
	tag, ok = atomString.decode(pair[0])
	return tag, pair[1], ok
}

func first(raw json.RawMessage) byte {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}

// excerpt keeps an error readable when the value is huge.
func excerpt(raw []byte) string {
	const most = 200
	if len(raw) > most {
		return string(raw[:most]) + "..."
	}
	return string(raw)
}
