package data

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	var valid json.RawMessage
	err := json.Unmarshal(raw, &valid)
	var nodes []*Node
	if err == nil {
		nodes, err = (&scan{text: raw}).value(named(Container, name, nil), 0)
	}
	if err != nil {
		return nil, fmt.Errorf("JSON of %s: %w: %w", name, mirror.ErrParse, err)
	}
	return nodes, nil
}

// mostDeep bounds how deep a tree may be that is read.
const mostDeep = 100

// A scan goes through text that is known to be one JSON value: what a switch has of its
// ports is long, and tokens of encoding/json take three times as long.
type scan struct {
	text []byte
	at   int
}

// next is the first character that is no blank.
func (s *scan) next() byte {
	for ; ; s.at++ {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
}

// value reads the next value as nodes like n: one, or one for each entry of an array.
func (s *scan) value(n *Node, deep int) ([]*Node, error) {
	if deep > mostDeep {
		return nil, fmt.Errorf("more than %d levels", mostDeep)
	}
	switch s.next() {
	case '{':
		return s.object(n, deep)
	case '[':
		return s.array(n, deep)
	case 'n':
		s.word()
		return []*Node{{Module: n.Module, Name: n.Name, Kind: Leaf, Value: Empty{}}}, nil
	case '"':
		return []*Node{leaf(n, s.string())}, nil
	default: // a number or a boolean
		out := leaf(n, s.word())
		out.Bare = true
		return []*Node{out}, nil
	}
}

// word reads what has no quotes.
func (s *scan) word() string {
	from := s.at
	for s.at < len(s.text) && strings.IndexByte(",]} \t\n\r", s.text[s.at]) < 0 {
		s.at++
	}
	return string(s.text[from:s.at])
}

// string reads what has quotes. What is not UTF-8 becomes U+FFFD.
func (s *scan) string() string {
	from, plain := s.at, true
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if c := s.text[s.at]; c == '\\' {
			plain = false
			s.at++
		} else if c >= 0x80 {
			plain = false
		}
	}
	s.at++
	if plain {
		return string(s.text[from+1 : s.at-1])
	}
	var out string
	_ = json.Unmarshal(s.text[from:s.at], &out) // it is valid
	return out
}

// more goes to the next member of an object or an array, false behind the last one.
func (s *scan) more(end byte) bool {
	c := s.next()
	if c == ',' {
		s.at++
		c = s.next()
	}
	if c == end {
		s.at++
	}
	return c != end
}

func (s *scan) object(n *Node, deep int) ([]*Node, error) {
	out := &Node{Module: n.Module, Name: n.Name, Kind: Container}
	for s.at++; s.more('}'); {
		child := &Node{Name: s.string()}
		if module, local, ok := strings.Cut(child.Name, ":"); ok {
			child.Module, child.Name = module, local
		}
		s.next()
		s.at++ // the colon
		nodes, err := s.value(child, deep+1)
		if err != nil {
			return nil, err
		}
		out.Children = append(out.Children, nodes...)
	}
	return []*Node{out}, nil
}

func (s *scan) array(n *Node, deep int) ([]*Node, error) {
	var out []*Node
	for s.at++; s.more(']'); {
		nodes, err := s.value(n, deep+1)
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
	return out, nil
}

func leaf(n *Node, text string) *Node {
	return &Node{Module: n.Module, Name: n.Name, Kind: Leaf, Value: text}
}
