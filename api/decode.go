package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	maxDepth  = 32     // of nested objects and lists
	maxValues = 10_000 // in a body; the largest session has some 8,000
)

// noBody is huma's unmarshaller. No input type has a body: huma's own decoding
// takes duplicate and differently cased fields, reports faults without JSON
// pointers, and copies the body several times.
func noBody([]byte, any) error { return errors.New("api: this type takes no body") }

// decode reads a body as a W, strictly, against the schema that the OpenAPI
// document shows. check adds the domain's reasons; it sees the body without the
// parts that are of the wrong shape, so that all reasons are told at once.
func decode[W any](s *server, body []byte, check func(W) []mirror.Reason) (W, error) {
	return decodeUpTo(s, maxValues, body, check)
}

// decodeUpTo is decode of a body that may have so many values.
func decodeUpTo[W any](s *server, most int, body []byte, check func(W) []mirror.Reason) (W, error) {
	f := faults{most: most}
	tree := f.parse(body)
	if f.fatal {
		var none W
		return none, f.refuse()
	}
	return finish(s, &f, tree, check)
}

// decodePatch applies a JSON merge patch (RFC 7396) to current and reads the
// result as decode does.
func decodePatch[W any](s *server, patch []byte, current W, check func(W) []mirror.Reason) (W, error) {
	var f faults
	var none W
	tree := f.parse(patch)
	if f.fatal {
		return none, f.refuse()
	}
	c := checker{registry: s.registry, faults: &f}
	tree, ok := c.value("", patchSchema(s.registry, schemaOf[W](s.registry)), tree)
	if !ok {
		return none, f.refuse()
	}
	b, err := json.Marshal(current)
	if err != nil {
		return none, fmt.Errorf("api: encode what is patched: %w", err)
	}
	var base faults
	present := base.parse(b)
	if base.fatal {
		return none, fmt.Errorf("api: read again what is patched: %w", base.refuse())
	}
	return finish(s, &f, mergePatch(present, tree), check)
}

// finish checks the shape, prunes what is wrong, decodes the rest and asks check.
func finish[W any](s *server, f *faults, tree any, check func(W) []mirror.Reason) (W, error) {
	var out, none W
	c := checker{registry: s.registry, faults: f}
	tree, ok := c.value("", schemaOf[W](s.registry), tree)
	if !ok {
		return none, f.refuse()
	}
	b, err := json.Marshal(tree)
	if err != nil {
		return none, fmt.Errorf("api: encode a checked body: %w", err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		// The checker let something pass that the type cannot hold: our mistake.
		return none, fmt.Errorf("api: decode a checked body: %w", err)
	}
	f.merge(check(out))
	return out, f.refuse()
}

// mergePatch is the algorithm of RFC 7396, section 2.
func mergePatch(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	t, ok := target.(map[string]any)
	if !ok {
		t = map[string]any{}
	}
	for k, v := range p {
		if v == nil {
			delete(t, k)
		} else {
			t[k] = mergePatch(t[k], v)
		}
	}
	return t
}

// faults collects what is wrong with a body. Values never get into it, and
// field names only when they look like one.
type faults struct {
	reasons []mirror.Reason
	fatal   bool // no tree came out
	most    int  // of values; 0 = maxValues
}

func (f *faults) add(pointer, code, format string, args ...any) {
	f.reasons = append(f.reasons, mirror.Reason{Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)})
}

// merge adds the domain's reasons, without those about a place already
// reported, which would only retell its consequences.
func (f *faults) merge(more []mirror.Reason) {
	known := slices.Clone(f.reasons)
	for _, m := range more {
		if !slices.ContainsFunc(known, func(k mirror.Reason) bool { return within(k.Pointer, m.Pointer) || within(m.Pointer, k.Pointer) }) {
			f.reasons = append(f.reasons, m)
		}
	}
}

// within reports whether pointer inner is outer or below it.
func within(outer, inner string) bool {
	return inner == outer || strings.HasPrefix(inner, outer+"/")
}

func (f *faults) refuse() error {
	return mirror.Refuse(mirror.ErrInvalid, f.reasons)
}

// parse reads one JSON value and nothing after it, numbers as json.Number.
func (f *faults) parse(body []byte) any {
	var syntax *json.SyntaxError
	if !utf8.Valid(body) {
		f.fatal = true
		f.add("", "malformed-json", "the body is not UTF-8")
		return nil
	}
	// Into nothing: this looks at the syntax and keeps no copy.
	if err := json.Unmarshal(body, new(discarded)); errors.As(err, &syntax) {
		f.fatal = true
		before := body[:min(max(int(syntax.Offset)-1, 0), len(body))]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - bytes.LastIndexByte(before, '\n')
		f.add("", "malformed-json", "the body is not one JSON value: see line %d, column %d", line, column)
		return nil
	}
	// A tree takes up to a hundred times the memory of its text.
	if n, most := countValues(body), cmp.Or(f.most, maxValues); n > most {
		f.fatal = true
		f.add("", "too-many", "the body has more than %d values", most)
		return nil
	}
	return f.read(&scanner{in: body}, nil, 0)
}

// discarded is a value that nobody wants.
type discarded struct{}

// UnmarshalJSON keeps nothing.
func (discarded) UnmarshalJSON([]byte) error { return nil }

// countValues is a bound of the number of values in well-formed JSON: each but
// the first stands after a comma or begins an object or a list.
func countValues(body []byte) int {
	n, quoted := 1, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == '{' || c == '['):
			n++
		}
	}
	return n
}

// A place is where a value stands, as a list from its own step to the first.
// Its pointer is made only for what is at fault.
type place struct {
	outer *place
	name  string // of a field
	item  int    // of a list; -1 for a field
}

func (p *place) pointer() string {
	switch {
	case p == nil:
		return ""
	case p.item >= 0:
		return p.outer.pointer() + "/" + strconv.Itoa(p.item)
	}
	return below(p.outer.pointer(), p.name)
}

// A scanner steps through well-formed JSON. Unlike json.Decoder it copies
// nothing but the values.
type scanner struct {
	in []byte
	at int
}

// peek is the next octet that is no white space.
func (s *scanner) peek() byte {
	for strings.IndexByte(" \t\r\n", s.in[s.at]) >= 0 {
		s.at++
	}
	return s.in[s.at]
}

// skip passes over the next octet when it is c.
func (s *scanner) skip(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.at++
	return true
}

func (s *scanner) text() string {
	s.peek()
	start, escaped := s.at, false
	for s.at++; s.in[s.at] != '"'; s.at++ {
		if s.in[s.at] == '\\' {
			escaped = true
			s.at++
		}
	}
	s.at++
	if !escaped {
		return string(s.in[start+1 : s.at-1])
	}
	var out string
	_ = json.Unmarshal(s.in[start:s.at], &out) // it is well formed
	return out
}

// word is a number, true, false or null.
func (s *scanner) word() any {
	start := s.at
	for s.at < len(s.in) && strings.IndexByte(" \t\r\n,]}", s.in[s.at]) < 0 {
		s.at++
	}
	switch w := string(s.in[start:s.at]); w {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	default:
		return json.Number(w)
	}
}

// read reads the next value.
func (f *faults) read(s *scanner, at *place, depth int) any {
	c := s.peek()
	switch {
	case c == '"':
		return s.text()
	case c != '{' && c != '[':
		return s.word()
	case depth >= maxDepth:
		f.fatal = true
		f.add("", "too-deep", "the body is nested deeper than %d levels", maxDepth)
		return nil
	}
	s.at++
	if c == '[' {
		list := []any{}
		for i := 0; !f.fatal && !s.skip(']'); i++ {
			list = append(list, f.read(s, &place{outer: at, item: i}, depth+1))
			if !f.fatal { // else the scanner stands anywhere
				s.skip(',')
			}
		}
		return list
	}
	object := map[string]any{}
	for !f.fatal && !s.skip('}') {
		here := &place{outer: at, name: s.text(), item: -1}
		s.skip(':')
		if _, twice := object[here.name]; twice {
			f.add(here.pointer(), "duplicate-field", "the field stands there twice")
		}
		object[here.name] = f.read(s, here, depth+1)
		if !f.fatal {
			s.skip(',')
		}
	}
	return object
}

// below is the pointer to a field, or to its object when the name does not look
// like one: it may be anything then.
func below(at, name string) string {
	if !plainName.MatchString(name) {
		return at
	}
	return at + "/" + name
}

// schemaOf is the registered schema of W, behind its reference.
func schemaOf[W any](r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[W](), true, "")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
