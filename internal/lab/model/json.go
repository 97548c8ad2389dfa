package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A member is one of a JSON object, whose order is kept.
type member struct {
	name  string
	value any // object, []any, string, json.Number, bool, nil
}

type object []member

// maxDepth bounds what is nested in what is read.
const maxDepth = 64

// readJSON reads one value and nothing behind it.
func readJSON(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := readValue(dec, 0)
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text behind the value")
	}
	return v, nil
}

func readValue(dec *json.Decoder, depth int) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, is := t.(json.Delim)
	if !is {
		return t, nil
	}
	if depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := readValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	o := object{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := readValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		o = append(o, member{name.(string), v})
	}
	_, err = dec.Token()
	return o, err
}

// DecodeJSON reads a whole tree in JSON (RFC 7951). Errors have the path of what is wrong.
func (s *Schema) DecodeJSON(data []byte) (*Node, error) {
	root := s.New()
	if err := s.fromJSON(root, data); err != nil {
		return nil, err
	}
	root.tidy()
	return root, nil
}

// fromJSON merges a JSON value into a node: an object into what has nodes below it, a
// value into a leaf.
func (s *Schema) fromJSON(into *Node, data []byte) error {
	v, err := readJSON(data)
	if err != nil {
		return s.fault(Error{Tag: TagMalformed, At: into.Path()}, "not JSON: %v", err)
	}
	if into.Def.inner() {
		return s.mergeObject(into, v)
	}
	text, err := s.scalar(into.Path(), into.Def, into.Def.Type, v)
	if err == nil {
		into.Value = text
	}
	return err
}

// named finds what a member's name means, with the rules of RFC 7951, 4.
func (s *Schema) named(d *Def, at Path, name string) (*Def, error) {
	k := d.Kid(name)
	if k == nil || !strings.Contains(name, ":") && k.foreign() && !s.BareNames {
		return nil, s.unknown(at, d, name)
	}
	return k, nil
}

func (s *Schema) mergeObject(n *Node, v any) error {
	at := n.Path()
	o, is := v.(object)
	if !is {
		return s.fault(Error{Tag: TagInvalidValue, At: at, Name: n.Def.Name}, "'%s' is not an object", n.Def.Name)
	}
	seen, cases := map[*Def]bool{}, map[string]*Def{}
	for _, m := range o {
		d, err := s.named(n.Def, at, m.name)
		if err != nil {
			return err
		}
		if seen[d] {
			return s.fault(Error{Tag: TagBadElement, At: at, Name: m.name}, "'%s' is there twice", m.name)
		}
		seen[d] = true
		if other := cases[d.Choice]; d.Choice != "" && other != nil && other.Case != d.Case {
			return s.fault(Error{Tag: TagBadElement, At: at, Name: d.Name}, "'%s' and '%s' exclude each other", other.Name, d.Name)
		}
		cases[d.Choice] = d
		if err := s.mergeMember(n, d, m.value); err != nil {
			return err
		}
	}
	return nil
}

func (s *Schema) mergeMember(n *Node, d *Def, v any) error {
	at := n.Path().With(d.Name)
	switch d.Kind {
	case KindLeaf:
		text, err := s.scalar(at, d, d.Type, v)
		if err != nil {
			return err
		}
		if d.isKey() && n.find(d, nil) != nil && n.find(d, nil).Value != text {
			return s.fault(Error{Tag: TagBadElement, At: at, Name: d.Name, Value: text}, "the value of key '%s' is not the one of the path", d.Name)
		}
		n.set(d, text)
		return nil
	case KindContainer, KindPresence:
		k := n.find(d, nil)
		if k == nil {
			k = n.put(&Node{Def: d})
		}
		return s.mergeObject(k, v)
	}
	list, is := v.([]any)
	if !is {
		return s.fault(Error{Tag: TagInvalidValue, At: at, Name: d.Name}, "'%s' is not an array", d.Name)
	}
	named := map[string]bool{}
	for _, item := range list {
		if err := s.mergeItem(n, d, at, item, named); err != nil {
			return err
		}
	}
	return nil
}

// mergeItem merges one element of an array; named are those before it.
func (s *Schema) mergeItem(n *Node, d *Def, at Path, item any, named map[string]bool) error {
	once := func(id string) error {
		if named[id] {
			return s.fault(Error{Tag: TagBadElement, At: at, Name: d.Name, Value: id}, "'%s' is there twice", id)
		}
		named[id] = true
		return nil
	}
	if d.Kind == KindLeafList {
		text, err := s.scalar(at, d, d.Type, item)
		if err == nil {
			err = once(text)
		}
		if err == nil {
			n.set(d, text)
		}
		return err
	}
	o, is := item.(object)
	if !is {
		return s.fault(Error{Tag: TagInvalidValue, At: at, Name: d.Name}, "an entry of '%s' is not an object", d.Name)
	}
	keys, err := s.keysOf(d, at, o)
	if err != nil {
		return err
	}
	if err := once(strings.Join(keys, " ")); err != nil {
		return err
	}
	e := n.find(d, keys)
	if e == nil {
		e = n.put(entryOf(d, keys))
	}
	return s.mergeObject(e, o)
}

// keysOf finds the keys of an entry among its members.
func (s *Schema) keysOf(d *Def, at Path, o object) (keys []string, err error) {
	for _, name := range d.Keys {
		key, found := d.Kid(name), false
		for _, m := range o {
			if d.Kid(m.name) != key {
				continue
			}
			text, err := s.scalar(at.With(name), key, key.Type, m.value)
			if err != nil {
				return nil, err
			}
			keys, found = append(keys, text), true
			break
		}
		if !found {
			return nil, s.fault(Error{Tag: TagMissingElement, At: at, Name: name}, "key '%s' of '%s' is missing", name, d.Name)
		}
	}
	return keys, nil
}

// scalar is a JSON value as it is kept.
func (s *Schema) scalar(at Path, d *Def, t *Type, v any) (string, error) {
	if t.Base == BaseUnion {
		for _, m := range t.Members {
			if text, err := s.scalar(at, d, m, v); err == nil {
				return text, nil
			}
		}
	}
	text, fits := "", false
	switch v := v.(type) {
	case string:
		text, fits = v, t.Base != BaseBool && t.Base != BaseEmpty && (t.Base != BaseInt || t.Wide)
		if t.Base == BaseIdentity {
			name, module, foreign := text, "", false
			if m, n, is := strings.Cut(text, ":"); is {
				name, module = n, m
			} else {
				module, foreign = d.Module.Name, true
			}
			fits = t.module(name) == module || foreign && s.BareNames
		}
	case json.Number:
		text, fits = v.String(), t.Base == BaseInt && !t.Wide
	case bool:
		text, fits = fmt.Sprint(v), t.Base == BaseBool
	case []any:
		fits = t.Base == BaseEmpty && len(v) == 1 && v[0] == nil
	}
	if !fits {
		shown, _ := json.Marshal(plain(v))
		return "", s.badValue(at, d.Name, strings.Trim(string(shown), `"`), "not of the type")
	}
	kept, wrong := t.Parse(text)
	if wrong != "" {
		return "", s.badValue(at, d.Name, text, wrong)
	}
	return kept, nil
}

// plain is a value as the standard library writes it.
func plain(v any) any {
	switch v := v.(type) {
	case object:
		out := map[string]any{}
		for _, m := range v {
			out[m.name] = plain(m.value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = plain(v[i])
		}
		return out
	}
	return v
}

// JSON writes what is below a node, or a leaf's value, in JSON (RFC 7951). Names have
// their module in front where it is another one than above; at the root, all have.
func (n *Node) JSON() []byte {
	var b bytes.Buffer
	n.writeJSON(&b)
	return b.Bytes()
}

func (n *Node) writeJSON(b *bytes.Buffer) {
	if !n.Def.inner() {
		b.Write(n.Def.Type.json(n.Value))
		return
	}
	b.WriteByte('{')
	for i := 0; i < len(n.Kids); {
		k := n.Kids[i]
		if i > 0 {
			b.WriteByte(',')
		}
		name := k.Def.Name
		if k.Def.foreign() {
			name = k.Def.qualified()
		}
		b.WriteString(quote(name) + ":")
		if !k.Def.many() {
			k.writeJSON(b)
			i++
			continue
		}
		b.WriteByte('[')
		for first := true; i < len(n.Kids) && n.Kids[i].Def == k.Def; i++ {
			if !first {
				b.WriteByte(',')
			}
			first = false
			n.Kids[i].writeJSON(b)
		}
		b.WriteByte(']')
	}
	b.WriteByte('}')
}

// json writes a value that is kept.
func (t *Type) json(value string) []byte {
	t = t.member(value)
	switch {
	case t.Base == BaseEmpty:
		return []byte("[null]")
	case t.Base == BaseBool, t.Base == BaseInt && !t.Wide:
		return []byte(value)
	case t.Base == BaseIdentity: // with its module always, as devices write it
		return []byte(quote(t.module(value) + ":" + value))
	}
	return []byte(quote(value))
}

func quote(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a text can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}
