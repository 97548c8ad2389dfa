// Package clientgen writes the Go client's types and calls from the OpenAPI
// document of the API. It knows as much of OpenAPI as that document uses, and
// refuses the rest.
package clientgen

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// document is what of an OpenAPI document is read.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID          string              `json:"operationId"`
	Summary     string              `json:"summary"`
	Description string              `json:"description"`
	Deprecated  bool                `json:"deprecated"`
	Parameters  []parameter         `json:"parameters"`
	Body        *requestBody        `json:"requestBody"`
	Responses   map[string]response `json:"responses"`

	method, path string
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Description string  `json:"description"`
	Required    bool    `json:"required"`
	Schema      *schema `json:"schema"`
}

type requestBody struct {
	Required bool             `json:"required"`
	Content  map[string]media `json:"content"`
}

type media struct {
	Schema *schema `json:"schema"`
}

type response struct {
	Headers map[string]json.RawMessage `json:"headers"`
	Content map[string]media           `json:"content"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        any                `json:"type"` // a string, or a list of two, of which one is null
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Enum        []any              `json:"enum"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	Values      json.RawMessage    `json:"additionalProperties"` // false, or a schema
	AnyOf       []*schema          `json:"anyOf"`
	OneOf       []*schema          `json:"oneOf"`
}

const (
	mediaJSON       = "application/json"
	mediaMergePatch = "application/merge-patch+json"
	mediaStream     = "text/event-stream"
)

// operations are those of the document in the order of their names.
func (d *document) operations() ([]operation, error) {
	var out []operation
	seen := map[string]string{}
	for path, item := range d.Paths {
		for method, op := range item {
			op.method, op.path = strings.ToUpper(method), path
			if op.ID == "" || seen[op.ID] != "" {
				return nil, fmt.Errorf("%s %s: operationId %q is missing or that of %s too", op.method, path, op.ID, seen[op.ID])
			}
			seen[op.ID] = path
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// success are the statuses below 300 in order.
func (o operation) success() []string {
	var out []string
	for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
		if strings.HasPrefix(status, "2") {
			out = append(out, status)
		}
	}
	return out
}

func (o operation) parameter(in, name string) *parameter {
	for i, p := range o.Parameters {
		if p.In == in && p.Name == name {
			return &o.Parameters[i]
		}
	}
	return nil
}

// name is the schema that s refers to, "" for none.
// anything reports whether the document says nothing of a value.
func (s *schema) anything() bool {
	return s.Type == nil && s.Ref == "" && len(s.AnyOf) == 0 && len(s.OneOf) == 0 && len(s.Properties) == 0
}

func (s *schema) name() string { return s.Ref[strings.LastIndex(s.Ref, "/")+1:] }

// values is the schema of a map's values, nil where s is no map.
func (s *schema) values() *schema {
	var v schema
	if string(s.Values) == "true" {
		return &v // anything
	}
	if len(s.Values) == 0 || json.Unmarshal(s.Values, &v) != nil {
		return nil
	}
	return &v
}

// kind is the type, beside null.
func (s *schema) kind() string {
	if list, ok := s.Type.([]any); ok && len(list) == 2 && list[1] == "null" {
		k, _ := list[0].(string)
		return k
	}
	k, _ := s.Type.(string)
	return k
}

// nullable reports whether null is a value, and of what s is beside that.
func (s *schema) nullable() (beside *schema, is bool) {
	if len(s.AnyOf) == 2 && s.AnyOf[1].Type == "null" {
		return s.AnyOf[0], true
	}
	_, list := s.Type.([]any)
	return s, list
}

// stringOrInteger tells a value that may be written either way.
func (s *schema) stringOrInteger() bool {
	return len(s.AnyOf) == 2 && s.AnyOf[0].kind() == "string" && s.AnyOf[1].kind() == "integer"
}

// refs calls f with the name of every schema that s refers to, itself or within.
func (s *schema) refs(f func(string)) {
	if s == nil {
		return
	}
	if n := s.name(); n != "" {
		f(n)
	}
	for _, p := range s.Properties {
		p.refs(f)
	}
	s.Items.refs(f)
	s.values().refs(f)
	for _, of := range [][]*schema{s.AnyOf, s.OneOf} {
		for _, p := range of {
			p.refs(f)
		}
	}
}
