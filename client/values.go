package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"time"
)

// Duration is written as the API writes one: 4h, 1h30m.
type Duration time.Duration

// String is d as Go writes durations.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText writes d for JSON.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// NumberOrName is a value that the API takes as a number or as a word: "443",
// "5060-5061", "tcp".
type NumberOrName string

var digits = regexp.MustCompile(`^(0|[1-9][0-9]{0,17})$`)

// MarshalJSON writes digits as a number.
func (n NumberOrName) MarshalJSON() ([]byte, error) {
	if digits.MatchString(string(n)) {
		return []byte(n), nil
	}
	return json.Marshal(string(n))
}

// UnmarshalJSON takes both forms.
func (n *NumberOrName) UnmarshalJSON(b []byte) error {
	if digits.Match(b) {
		*n = NumberOrName(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(n))
}

// MergePatch is the JSON merge patch (RFC 7396) that makes of the spec from the
// spec to, as PATCH takes it; {} where they are the same.
func MergePatch[T any](from, to T) (json.RawMessage, error) {
	a, err := tree(from)
	if err != nil {
		return nil, err
	}
	b, err := tree(to)
	if err != nil {
		return nil, err
	}
	return json.Marshal(mergePatch(a, b))
}

func tree(v any) (map[string]any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		return nil, fmt.Errorf("no JSON object: %w", err)
	}
	return out, nil
}

func mergePatch(from, to map[string]any) map[string]any {
	out := map[string]any{}
	for key := range from {
		if _, ok := to[key]; !ok {
			out[key] = nil
		}
	}
	for key, v := range to {
		was, had := from[key]
		a, wasTree := was.(map[string]any)
		b, isTree := v.(map[string]any)
		switch {
		case had && reflect.DeepEqual(was, v):
		case isTree && wasTree:
			out[key] = mergePatch(a, b)
		default:
			out[key] = v
		}
	}
	return out
}
