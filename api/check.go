package api

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// formatDuration marks texts that hold a Go duration, such as "4h" or "1h30m".
const formatDuration = "go-duration"

// A checker compares a JSON tree with a schema. It knows the keywords that our
// wire types use (a test keeps that true) and no others.
type checker struct {
	registry huma.Registry
	faults   *faults
}

// value checks v and returns what may be decoded of it: parts of the wrong shape
// are left out. It is false when nothing of v can be kept.
func (c *checker) value(at string, s *huma.Schema, v any) (any, bool) {
	for s.Ref != "" {
		s = c.registry.SchemaFromRef(s.Ref)
	}
	if len(s.AnyOf) == 2 && s.AnyOf[1].Type == "null" { // an object or null, see patchSchema
		if v == nil {
			return nil, true
		}
		return c.value(at, s.AnyOf[0], v)
	}
	if v == nil {
		if s.Nullable {
			return nil, true
		}
		c.faults.add(at, "null", "must not be null; leave the field out instead")
		return nil, false
	}
	if len(s.AnyOf) == 2 { // a text or a number, see Numbered
		return c.numbered(at, v)
	}
	switch s.Type {
	case huma.TypeObject:
		return c.object(at, s, v)
	case huma.TypeArray:
		return c.list(at, s, v)
	case huma.TypeString:
		return c.text(at, s, v)
	case huma.TypeBoolean:
		_, ok := v.(bool)
		return v, c.is(at, ok, "true or false", v)
	default:
		return c.number(at, s, v)
	}
}

func (c *checker) is(at string, ok bool, want string, v any) bool {
	if !ok {
		c.faults.add(at, "wrong-type", "must be %s; it is %s", want, typeName(v))
	}
	return ok
}

func typeName(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	}
	return "null"
}

func (c *checker) object(at string, s *huma.Schema, v any) (any, bool) {
	in, ok := v.(map[string]any)
	if !c.is(at, ok, "an object", v) {
		return nil, false
	}
	if s.MaxProperties != nil && len(in) > *s.MaxProperties {
		c.faults.add(at, "too-many", "%d entries; at most %d", len(in), *s.MaxProperties)
		return nil, false
	}
	values, isMap := s.AdditionalProperties.(*huma.Schema)
	out := map[string]any{}
	for _, key := range sortedKeys(in) {
		field, known := s.Properties[key]
		switch {
		case known:
		case isMap:
			field = values
		default:
			c.unknown(at, key)
			continue
		}
		if kept, ok := c.value(below(at, key), field, in[key]); ok {
			out[key] = kept
		}
	}
	for _, key := range s.Required {
		if _, there := in[key]; !there {
			c.faults.add(below(at, key), "missing", "is needed")
		}
	}
	return out, true
}

func (c *checker) unknown(at, key string) {
	if plainName.MatchString(key) {
		c.faults.add(below(at, key), "unknown-field", "is no field that netmirror knows")
		return
	}
	c.faults.add(at, "unknown-field", "holds a field that netmirror does not know, whose name is none")
}

func (c *checker) list(at string, s *huma.Schema, v any) (any, bool) {
	in, ok := v.([]any)
	if !c.is(at, ok, "a list", v) {
		return nil, false
	}
	if s.MaxItems != nil && len(in) > *s.MaxItems {
		c.faults.add(at, "too-many", "%d entries; at most %d", len(in), *s.MaxItems)
		return nil, false
	}
	out := make([]any, len(in))
	for i, item := range in {
		kept, ok := c.value(at+"/"+strconv.Itoa(i), s.Items, item)
		if !ok {
			kept = c.zero(s.Items) // keeps the place, so that later pointers stay right
		}
		out[i] = kept
	}
	return out, true
}

func (c *checker) zero(s *huma.Schema) any {
	for s.Ref != "" {
		s = c.registry.SchemaFromRef(s.Ref)
	}
	switch s.Type {
	case huma.TypeObject:
		return map[string]any{}
	case huma.TypeString:
		return ""
	}
	return nil // leaves Go's zero value
}

func (c *checker) text(at string, s *huma.Schema, v any) (any, bool) {
	in, ok := v.(string)
	if !c.is(at, ok, "a text", v) {
		return nil, false
	}
	if s.MinLength != nil && utf8.RuneCountInString(in) < *s.MinLength {
		c.faults.add(at, "empty", "must not be empty; leave the field out instead")
		return nil, false
	}
	switch s.Format {
	case formatDuration:
		if d, err := time.ParseDuration(in); err != nil || d <= 0 {
			c.faults.add(at, "bad-duration", `must be a duration of more than zero, such as "4h" or "1h30m"`)
			return nil, false
		}
	case "date-time":
		t, err := time.Parse(time.RFC3339, in)
		if year := t.UTC().Year(); err != nil || year < 1970 || year > 9999 {
			c.faults.add(at, "bad-time", `must be a time of RFC 3339, such as "2030-01-31T18:00:00Z"`)
			return nil, false
		}
		return t.UTC().Format(time.RFC3339Nano), true
	}
	return in, true
}

// numbered gives a text, of a number too.
func (c *checker) numbered(at string, v any) (any, bool) {
	switch in := v.(type) {
	case json.Number:
		return in.String(), true
	case string:
		if in == "" {
			c.faults.add(at, "empty", "must not be empty; leave the field out instead")
			return nil, false
		}
		return in, true
	}
	return nil, c.is(at, false, "a text or a whole number", v)
}

func (c *checker) number(at string, s *huma.Schema, v any) (any, bool) {
	in, ok := v.(json.Number)
	want := "a number"
	if s.Type == huma.TypeInteger {
		want = "a whole number"
	}
	if !c.is(at, ok, want, v) {
		return nil, false
	}
	var value float64
	var err error
	if s.Type == huma.TypeInteger {
		var n int64
		n, err = strconv.ParseInt(in.String(), 10, 64)
		value = float64(n)
	} else {
		value, err = in.Float64()
	}
	if err != nil {
		c.faults.add(at, "wrong-type", "must be %s of a size that fits", want)
		return nil, false
	}
	if s.Minimum != nil && value < *s.Minimum {
		c.faults.add(at, "out-of-range", "must not be less than %v", *s.Minimum)
		return nil, false
	}
	if s.Maximum != nil && value > *s.Maximum {
		c.faults.add(at, "out-of-range", "must not be more than %v", *s.Maximum)
		return nil, false
	}
	return in, true
}

// patchSchema registers and returns what a merge patch of a type may hold:
// every field optional, and null where it takes the field away.
func patchSchema(r huma.Registry, s *huma.Schema) *huma.Schema {
	if s.Ref == "" {
		out := *s
		out.Nullable = true
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			out.AdditionalProperties = patchSchema(r, values)
		}
		out.PrecomputeMessages()
		return &out
	}
	ref := &huma.Schema{Ref: s.Ref + "Patch"}
	name := s.Ref[len("#/components/schemas/"):] + "Patch"
	if _, done := r.Map()[name]; done {
		return ref
	}
	out := *r.SchemaFromRef(s.Ref)
	r.Map()[name] = &out
	out.Required, out.Properties = nil, map[string]*huma.Schema{}
	for key, field := range r.SchemaFromRef(s.Ref).Properties {
		p := patchSchema(r, field)
		if field.Ref != "" {
			p = &huma.Schema{Description: field.Description, AnyOf: []*huma.Schema{p, {Type: "null"}}}
		}
		out.Properties[key] = p
	}
	out.PrecomputeMessages()
	return ref
}
