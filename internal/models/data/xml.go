package data

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// base is the namespace of NETCONF's own attributes.
const base = "urn:ietf:params:xml:ns:netconf:base:1.0"

// XML writes edits as the content of <config> of an edit-config, indented: nodes that
// several edits share are written once, keys first, and a node that is deleted or
// replaced says so by its attribute operation. namespaces are those of the modules;
// "" in it is for names without a module at the top. A module that is not in it has no
// xmlns attribute, and one whose namespace is "" is in none, whatever stands around.
func XML(edits []Edit, namespaces map[string]string) string {
	root := &element{}
	for _, e := range edits {
		root.take(e)
	}
	var b strings.Builder
	for _, c := range root.children {
		c.write(&b, namespaces, "", "")
	}
	return b.String()
}

// An element is a node to be written.
type element struct {
	module, name string
	op           Op
	keys         []Key
	value        *string
	attrs        map[string]string
	children     []*element
}

func (e *element) take(edit Edit) {
	at := e
	for _, s := range edit.Path {
		at = at.step(s)
	}
	if edit.Op != Update {
		at.op = edit.Op
	}
	if edit.Value != nil {
		at.fill(edit.Value)
	}
}

// step finds or makes the child of a step of a path.
func (e *element) step(s Step) *element {
	next := &element{name: s.Name, keys: s.Keys}
	if module, local, ok := strings.Cut(s.Name, ":"); ok {
		next.module, next.name = module, local
	}
	for _, c := range e.children {
		if c.name == next.name && c.module == next.module && slices.Equal(c.keys, next.keys) {
			return c
		}
	}
	for _, k := range s.Keys {
		if k.Name == "." {
			next.value = &k.Value
			continue
		}
		next.children = append(next.children, &element{name: k.Name, value: &k.Value})
	}
	e.children = append(e.children, next)
	return next
}

// fill adds what is below a node, and not again the keys that are there.
func (e *element) fill(n *Node) {
	if len(n.Attrs) > 0 {
		e.attrs = n.Attrs
	}
	if n.Kind == Leaf || n.Kind == LeafEntry {
		t := text(n.Value)
		e.value = &t
		return
	}
	for _, c := range n.Children {
		if slices.ContainsFunc(e.keys, func(k Key) bool { return k.Name == c.Name }) {
			continue
		}
		child := &element{module: c.Module, name: c.Name}
		child.fill(c)
		e.children = append(e.children, child)
	}
}

func (e *element) write(b *strings.Builder, namespaces map[string]string, within, indent string) {
	fmt.Fprintf(b, "%s<%s", indent, e.name)
	top := indent == ""
	if ns, known := namespaces[e.module]; known && (e.module != "" || top) && (top || ns != within) {
		within = ns
		b.WriteString(` xmlns="` + escaped(ns) + `"`)
	}
	if e.op != "" {
		fmt.Fprintf(b, ` xmlns:nc="%s" nc:operation="%s"`, base, e.op)
	}
	for _, name := range slices.Sorted(maps.Keys(e.attrs)) {
		fmt.Fprintf(b, ` %s="%s"`, name, escaped(e.attrs[name]))
	}
	switch {
	case e.value != nil && *e.value != "":
		fmt.Fprintf(b, ">%s</%s>\n", escaped(*e.value), e.name)
	case len(e.children) == 0:
		b.WriteString("/>\n")
	default:
		b.WriteString(">\n")
		for _, c := range e.children {
			c.write(b, namespaces, within, indent+"  ")
		}
		fmt.Fprintf(b, "%s</%s>\n", indent, e.name)
	}
}

func escaped(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil { // a Builder does not fail
		panic(err)
	}
	return b.String()
}

// FromXML reads one element as a node. Module is its namespace; text beside elements
// is left out. mirror.ErrParse where it is not one element, or names what it does not
// define.
func FromXML(raw []byte) (*Node, error) {
	dec := xml.NewDecoder(strings.NewReader(string(raw)))
	var root *Node
	var open []*Node
	var texts []*strings.Builder
	for {
		tok, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF) && root != nil && len(open) == 0:
			return root, nil
		case err != nil:
			return nil, fmt.Errorf("XML: %w: %w", mirror.ErrParse, err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			n := started(tok)
			switch {
			case len(open) >= mostDeep:
				return nil, fmt.Errorf("XML: %w: more than %d levels", mirror.ErrParse, mostDeep)
			case len(open) > 0:
				parent := open[len(open)-1]
				parent.Children = append(parent.Children, n)
			case root != nil:
				return nil, fmt.Errorf("XML: %w: a second element", mirror.ErrParse)
			default:
				root = n
			}
			open, texts = append(open, n), append(texts, &strings.Builder{})
		case xml.CharData:
			if len(open) > 0 {
				texts[len(open)-1].Write(tok)
			}
		case xml.EndElement:
			n := open[len(open)-1]
			if len(n.Children) == 0 {
				n.Kind, n.Value = Leaf, strings.TrimSpace(texts[len(open)-1].String())
			}
			open, texts = open[:len(open)-1], texts[:len(texts)-1]
		}
	}
}

func started(tok xml.StartElement) *Node {
	n := &Node{Module: tok.Name.Space, Name: tok.Name.Local}
	for _, a := range tok.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		if n.Attrs == nil {
			n.Attrs = map[string]string{}
		}
		n.Attrs[a.Name.Local] = a.Value
	}
	return n
}
