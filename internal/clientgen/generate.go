package clientgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
)

// Files are the client's generated files by name.
type Files map[string][]byte

// Names of the generated files.
const (
	TypesFile = "types_gen.go"
	CallsFile = "calls_gen.go"
)

const head = "// Code generated from the OpenAPI document by internal/clientgen (make generate). DO NOT EDIT.\n\npackage client\n\n"

// Generate writes the client of an OpenAPI document as JSON. An error names what
// in the document the client has no form for.
func Generate(openapi []byte) (Files, error) {
	var d document
	if err := json.Unmarshal(openapi, &d); err != nil {
		return nil, fmt.Errorf("clientgen: the document: %w", err)
	}
	ops, err := d.operations()
	if err != nil {
		return nil, fmt.Errorf("clientgen: %w", err)
	}
	g := &generator{doc: &d, uses: map[string][]string{}, input: map[string]bool{}}
	var calls []call
	for _, op := range ops {
		c, err := g.call(op)
		if err != nil {
			return nil, fmt.Errorf("clientgen: operation %s: %w", op.ID, err)
		}
		calls = append(calls, c)
	}
	g.use("Problem", "what is told of a request that was refused: see Problem.Error")
	types, err := g.types()
	if err != nil {
		return nil, fmt.Errorf("clientgen: %w", err)
	}
	out := Files{}
	for name, text := range map[string]string{TypesFile: types, CallsFile: writeCalls(calls)} {
		if out[name], err = format.Source([]byte(head + text)); err != nil {
			return nil, fmt.Errorf("clientgen: %s: %w", name, err)
		}
	}
	return out, nil
}

type generator struct {
	doc   *document
	uses  map[string][]string // what each type is for, in words
	input map[string]bool     // types that requests hold
}

// use notes what a type is for.
func (g *generator) use(name, what string) {
	if !slices.Contains(g.uses[name], what) {
		g.uses[name] = append(g.uses[name], what)
	}
}

// purpose is what a type is for, in one line.
func (g *generator) purpose(name string) string {
	var out string
	var last string
	for _, use := range g.uses[name] {
		verb, rest, _ := strings.Cut(use, " by ")
		if part, ok := strings.CutPrefix(use, "part of "); ok {
			verb, rest = "part of", part
		}
		switch {
		case out == "":
			out = use
		case verb == last:
			out += ", " + rest
		default:
			out += "; " + use
		}
		last = verb
	}
	return out
}

// reach adds all types that those in use are made of, and which of them stand in
// requests.
func (g *generator) reach() error {
	var missing []string
	todo := slices.Sorted(maps.Keys(g.uses))
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		s := g.doc.Components.Schemas[name]
		if s == nil {
			missing = append(missing, name)
			continue
		}
		var parts []string
		s.refs(func(part string) { parts = append(parts, part) })
		slices.Sort(parts)
		for _, part := range slices.Compact(parts) {
			known := len(g.uses[part]) > 0 && (g.input[part] || !g.input[name])
			g.input[part] = g.input[part] || g.input[name]
			if !slices.Contains(g.uses[part], "part of "+name) && part != name {
				g.use(part, "part of "+name)
			}
			if !known {
				todo = append(todo, part)
			}
		}
	}
	if missing != nil {
		return fmt.Errorf("schemas %v are referred to and not there", missing)
	}
	return nil
}

func (g *generator) types() (string, error) {
	if err := g.reach(); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(g.uses)) {
		s := g.doc.Components.Schemas[name]
		if s.kind() != "object" || s.values() != nil {
			return "", fmt.Errorf("schema %s is no object with properties", name)
		}
		text := name + " is " + g.purpose(name)
		if d := strings.TrimSpace(s.Description); d != "" {
			text = name + ": " + d
		}
		fmt.Fprintf(&b, "\n%stype %s struct {\n", comment("", sentence(text)), name)
		for _, field := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[field]
			typ, tag, err := g.field(p, slices.Contains(s.Required, field), g.input[name])
			if err != nil {
				return "", fmt.Errorf("schema %s, field %s: %w", name, field, err)
			}
			if p.Description != "" {
				b.WriteString(comment("\t", p.Description))
			}
			fmt.Fprintf(&b, "\t%s %s `json:\"%s%s\"`\n", goName(field), typ, field, tag)
		}
		b.WriteString("}\n")
	}
	return imports(b.String(), "encoding/json", "time") + b.String(), nil
}

// field is the type of a property and the rest of its tag. What is left out is
// not the same as zero: a number that may be missing is a pointer; so is, in what
// requests hold, a bool, whose default may be true. A list or map that is nil is
// left out, one that is empty is not.
func (g *generator) field(s *schema, required, input bool) (typ, tag string, err error) {
	s, null := s.nullable()
	typ, err = goType(s)
	if err != nil {
		return "", "", err
	}
	switch {
	case null && required && typ != "json.RawMessage":
		return "*" + typ, "", nil
	case strings.HasPrefix(typ, "[]") || strings.HasPrefix(typ, "map["):
		return typ, ",omitzero", nil
	case required:
		return typ, "", nil
	case typ == "string" || typ == "NumberOrName" || typ == "json.RawMessage":
		return typ, ",omitempty", nil
	case typ == "bool" && !input:
		return typ, ",omitempty", nil
	}
	return "*" + typ, ",omitempty", nil
}

func goType(s *schema) (string, error) {
	if n := s.name(); n != "" {
		return n, nil
	}
	if s.stringOrInteger() {
		return "NumberOrName", nil
	}
	switch kind := s.kind(); kind {
	case "string":
		switch s.Format {
		case "date-time":
			return "time.Time", nil
		case "go-duration":
			return "Duration", nil
		}
		return "string", nil
	case "boolean":
		return "bool", nil
	case "integer":
		return "int64", nil
	case "number":
		return "float64", nil
	case "array":
		items, err := goType(s.Items)
		return "[]" + items, err
	case "object":
		if v := s.values(); v != nil {
			values, err := goType(v)
			return "map[string]" + values, err
		}
		if len(s.Properties) == 0 {
			return "json.RawMessage", nil // an object that the document says nothing of
		}
	case "":
		if s.anything() {
			return "json.RawMessage", nil // any value
		}
	}
	b, _ := json.Marshal(s) // of texts and lists: it cannot fail
	return "", fmt.Errorf("no Go type for %s", bytes.TrimSpace(b))
}
