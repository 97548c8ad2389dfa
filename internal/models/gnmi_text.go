package models

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// An op is one operation of a Set in the text of a block. One of the paths is set.
type op struct {
	Delete  string          `json:"delete,omitempty"`
	Replace string          `json:"replace,omitempty"`
	Update  string          `json:"update,omitempty"`
	Value   json.RawMessage `json:"value,omitempty"`
}

func (o op) path() string {
	for _, p := range []string{o.Delete, o.Replace, o.Update} {
		if p != "" {
			return p
		}
	}
	return ""
}

// encodeOps writes edits as a JSON list of operations, in the order in which a Set is
// carried out.
func encodeOps(edits []data.Edit) string {
	var parts []string
	for _, kind := range []data.Op{data.Delete, data.Replace, data.Update} {
		for _, e := range edits {
			if e.Op == data.Remove { // a deletion in gNMI is no error where nothing is
				e.Op = data.Delete
			}
			if e.Op != kind {
				continue
			}
			part := "  {" + quoted(string(kind)) + ": " + quoted(e.Path.String())
			if e.Value != nil {
				part += ", " + quoted("value") + ": " + string(e.Value.Indented("  ", "  "))
			}
			parts = append(parts, part+"}")
		}
	}
	if len(parts) == 0 {
		return "[]\n"
	}
	return "[\n" + strings.Join(parts, ",\n") + "\n]\n"
}

func quoted(s string) string { return string(data.V("", s).JSON()) }

// decodeOps reads what encodeOps wrote; mirror.ErrInvalid for anything else.
func decodeOps(text string) ([]op, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	var ops []op
	if err := dec.Decode(&ops); err != nil || dec.More() {
		return nil, fmt.Errorf("the block is no list of operations: %w", mirror.ErrInvalid)
	}
	for i, o := range ops {
		paths := 0
		for _, p := range []string{o.Delete, o.Replace, o.Update} {
			if p != "" {
				paths++
			}
		}
		if paths != 1 || (o.Value == nil) != (o.Delete != "") {
			return nil, fmt.Errorf("operation %d of the block is none: %w", i+1, mirror.ErrInvalid)
		}
	}
	return ops, nil
}

// prefix is the module in front of a name of a path, and no part of a key's value.
var prefix = regexp.MustCompile(`/[A-Za-z_][A-Za-z0-9_.-]*:`)

// bare is a path without the prefixes of modules. Values of keys stand in brackets.
func bare(path string) string {
	var b strings.Builder
	for path != "" {
		name, rest := path, ""
		if i := strings.IndexByte(path, '['); i >= 0 {
			name, rest = path[:i], path[i:]
		}
		b.WriteString(prefix.ReplaceAllString(name, "/"))
		end := 0
		for end < len(rest) && rest[end] != ']' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		end = min(end+1, len(rest))
		b.WriteString(rest[:end])
		path = rest[end:]
	}
	return b.String()
}

// touchedByOps lists the paths of a block's operations.
func touchedByOps(text string) ([]string, error) {
	ops, err := decodeOps(text)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, o := range ops {
		out = append(out, bare(o.path()))
	}
	return out, nil
}
