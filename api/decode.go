package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	maxDepth   = 32 // of nested objects and lists
	maxReasons = 50 // that one answer lists; the rest is counted
)

// rawBody holds a request body until decode has looked at it: huma's own
// decoding takes duplicate and differently cased fields and reports faults
// without JSON pointers.
type rawBody struct{ data []byte }

// captureBody is huma's unmarshaller. All request bodies are rawBody.
func captureBody(data []byte, v any) error {
	b, ok := v.(*rawBody)
	if !ok {
		return errors.New("api: this type takes no body")
	}
	b.data = bytes.Clone(data)
	return nil
}

// decode reads a body as a W, strictly, against the schema that the OpenAPI
// document shows. check adds the domain's reasons; it sees the body without the
// parts that are of the wrong shape, so that all reasons are told at once.
func decode[W any](s *server, body []byte, check func(W) []mirror.Reason) (W, error) {
	var f faults
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
	var base faults // what we encoded ourselves has none
	return finish(s, &f, mergePatch(base.parse(b), tree), check)
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
	if n := len(f.reasons); n > maxReasons {
		f.reasons = append(f.reasons[:maxReasons:maxReasons],
			mirror.Reason{Code: "more", Message: fmt.Sprintf("and %d more faults", n-maxReasons)})
	}
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
	if err := json.Unmarshal(body, new(json.RawMessage)); errors.As(err, &syntax) {
		f.fatal = true
		before := body[:min(max(int(syntax.Offset)-1, 0), len(body))]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - bytes.LastIndexByte(before, '\n')
		f.add("", "malformed-json", "the body is not one JSON value: see line %d, column %d", line, column)
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return f.read(d, "", 0)
}

// read reads the next value of d, which is known to be well formed.
func (f *faults) read(d *json.Decoder, at string, depth int) any {
	token, err := d.Token()
	if err != nil {
		f.fatal = true
		return nil
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return token
	}
	if depth >= maxDepth {
		f.fatal = true
		f.add("", "too-deep", "the body is nested deeper than %d levels", maxDepth)
		return nil
	}
	if delim == '[' {
		list := []any{}
		for i := 0; d.More() && !f.fatal; i++ {
			list = append(list, f.read(d, fmt.Sprintf("%s/%d", at, i), depth+1))
		}
		f.end(d)
		return list
	}
	object := map[string]any{}
	for d.More() && !f.fatal {
		key, _ := d.Token()
		name, _ := key.(string)
		if _, twice := object[name]; twice {
			f.add(below(at, name), "duplicate-field", "the field stands there twice")
		}
		object[name] = f.read(d, below(at, name), depth+1)
	}
	f.end(d)
	return object
}

func (f *faults) end(d *json.Decoder) {
	if f.fatal {
		return
	}
	if _, err := d.Token(); err != nil {
		f.fatal = true
	}
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
