package data

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// JSON is what is below a node as JSON_IETF (RFC 7951), or the value of a leaf, with
// the children in their order: a name has the prefix of its module where the node says
// one. Types of 64 bits are strings.
func (n *Node) JSON() []byte {
	var b bytes.Buffer
	n.json(&b)
	return b.Bytes()
}

// Indented is JSON over several lines, for people.
func (n *Node) Indented(prefix, indent string) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, n.JSON(), prefix, indent); err != nil { // what JSON writes is valid
		panic(err)
	}
	return b.Bytes()
}

func (n *Node) json(b *bytes.Buffer) {
	if n.Kind == Leaf || n.Kind == LeafEntry {
		if word, ok := n.Value.(string); ok && n.Bare {
			b.WriteString(word)
			return
		}
		scalar(b, n.Value)
		return
	}
	b.WriteByte('{')
	done := map[string]bool{}
	for i, c := range n.Children {
		name := c.qualified()
		if done[name] {
			continue
		}
		if done[name] = true; i > 0 {
			b.WriteByte(',')
		}
		scalar(b, name)
		b.WriteByte(':')
		if c.Kind != Entry && c.Kind != LeafEntry {
			c.json(b)
			continue
		}
		b.WriteByte('[')
		for j, e := range n.Children[i:] {
			if e.qualified() != name {
				continue
			}
			if j > 0 {
				b.WriteByte(',')
			}
			e.json(b)
		}
		b.WriteByte(']')
	}
	b.WriteByte('}')
}

func (n *Node) qualified() string {
	if n.Module == "" {
		return n.Name
	}
	return n.Module + ":" + n.Name
}

func scalar(b *bytes.Buffer, v any) {
	switch x := v.(type) {
	case Empty, nil:
		b.WriteString("[null]")
		return
	case int64, uint64:
		v = fmt.Sprint(x)
	}
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil { // strings, numbers and booleans always do
		panic(err)
	}
	b.Truncate(b.Len() - 1) // the newline of the encoder
}

// FromJSON reads a value of that name as nodes: what is below a container or the value of
// a leaf as one, a list as one for each entry. mirror.ErrParse where it is not one JSON
// value.
func FromJSON(name string, raw []byte) ([]*Node, error) {
	if n := plain(name, raw); n != nil {
		return []*Node{n}, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	nodes, err := value(dec, named(Container, name, nil))
	if err == nil {
		if _, extra := dec.Token(); extra != io.EOF { //nolint:errorlint // Token gives io.EOF itself
			err = fmt.Errorf("text behind the value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("JSON of %s: %w: %w", name, mirror.ErrParse, err)
	}
	return nodes, nil
}

// plain is the leaf of a value that is a text, a number or a boolean, nil for another one or
// for what is no value. Some servers tell each leaf by itself, thousands of them.
func plain(name string, raw []byte) *Node {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' || raw[0] == 'n' {
		return nil
	}
	n := named(Container, name, nil)
	if raw[0] == '"' {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return nil
		}
		return leaf(n, s)
	}
	if !json.Valid(raw) {
		return nil
	}
	n = leaf(n, string(raw))
	n.Bare = true
	return n
}

// mostDeep bounds how deep a tree may be that is read.
const mostDeep = 100

// value reads the next value as nodes like n: one, or one for each entry of an array.
func value(dec *json.Decoder, n *Node) ([]*Node, error) { return valueAt(dec, n, 0) }

func valueAt(dec *json.Decoder, n *Node, deep int) ([]*Node, error) {
	if deep > mostDeep {
		return nil, fmt.Errorf("more than %d levels", mostDeep)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok := tok.(type) {
	case json.Delim:
		if tok == '{' {
			return object(dec, n, deep)
		}
		return array(dec, n, deep)
	case nil:
		return []*Node{{Module: n.Module, Name: n.Name, Kind: Leaf, Value: Empty{}}}, nil
	case string:
		return []*Node{leaf(n, tok)}, nil
	default: // a number or a boolean
		out := leaf(n, fmt.Sprint(tok))
		out.Bare = true
		return []*Node{out}, nil
	}
}

func object(dec *json.Decoder, n *Node, deep int) ([]*Node, error) {
	out := &Node{Module: n.Module, Name: n.Name, Kind: Container}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := tok.(string)
		child := &Node{Name: name}
		if module, local, ok := strings.Cut(name, ":"); ok {
			child.Module, child.Name = module, local
		}
		nodes, err := valueAt(dec, child, deep+1)
		if err != nil {
			return nil, err
		}
		out.Children = append(out.Children, nodes...)
	}
	_, err := dec.Token()
	return []*Node{out}, err
}

func array(dec *json.Decoder, n *Node, deep int) ([]*Node, error) {
	var out []*Node
	for dec.More() {
		nodes, err := valueAt(dec, n, deep+1)
		if err != nil {
			return nil, err
		}
		for _, e := range nodes {
			switch _, empty := e.Value.(Empty); {
			case e.Kind == Container:
				e.Kind = Entry
			case !empty: // [null] is a leaf of type empty
				e.Kind = LeafEntry
			}
		}
		out = append(out, nodes...)
	}
	_, err := dec.Token()
	return out, err
}

func leaf(n *Node, text string) *Node {
	return &Node{Module: n.Module, Name: n.Name, Kind: Leaf, Value: text}
}
