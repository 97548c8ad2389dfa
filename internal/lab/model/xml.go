package model

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// The namespaces of attributes.
const (
	NamespaceNETCONF = "urn:ietf:params:xml:ns:netconf:base:1.0"
	NamespaceYANG    = "urn:ietf:params:xml:ns:yang:1"
)

// An Element is one of XML, with the prefixes that hold in it.
type Element struct {
	Space, Name string
	Attrs       []xml.Attr
	Text        string // what is written in it
	Kids        []*Element

	prefixes map[string]string
}

// ParseXML reads a document: one element, or several one after the other as the content
// of <config> and <filter> is; they come as the Kids of an Element without a name.
func ParseXML(data []byte) (*Element, error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	root := &Element{}
	open := []*Element{root}
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return root, nil // the decoder has seen that all is closed
		}
		if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := t.(type) {
		case xml.StartElement:
			if len(open) > maxDepth {
				return nil, errors.New("nested too deep")
			}
			e := element(t, top.prefixes)
			top.Kids, open = append(top.Kids, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if top == root && strings.TrimSpace(string(t)) != "" {
				return nil, errors.New("text outside of an element")
			}
			top.Text += string(t)
		case xml.Directive:
			return nil, errors.New("a document type is not allowed")
		}
	}
}

func element(t xml.StartElement, outer map[string]string) *Element {
	e := &Element{Space: t.Name.Space, Name: t.Name.Local, prefixes: outer}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns", a.Name.Space == "" && a.Name.Local == "xmlns":
			e.prefixes = maps.Clone(e.prefixes)
			if e.prefixes == nil {
				e.prefixes = map[string]string{}
			}
			name := a.Name.Local
			if a.Name.Space == "" {
				name = ""
			}
			e.prefixes[name] = a.Value
		default:
			e.Attrs = append(e.Attrs, a)
		}
	}
	return e
}

// Attr is an attribute's value; a namespace that the element writes as a bare prefix is
// the prefix itself.
func (e *Element) Attr(space, name string) (string, bool) {
	for _, a := range e.Attrs {
		if a.Name.Space == space && a.Name.Local == name {
			return a.Value, true
		}
	}
	return "", false
}

// Kid is the first element below e with a name, nil = none.
func (e *Element) Kid(name string) *Element {
	for _, k := range e.Kids {
		if k.Name == name {
			return k
		}
	}
	return nil
}

// meant finds the definition that an element is of.
func (s *Schema) meant(d *Def, at Path, e *Element) (*Def, error) {
	var named bool
	for _, k := range d.names[e.Name] {
		named = true
		if k.Module == nil || k.Module.has(e.Space) || e.Space == "" && s.BareNames {
			return k, nil
		}
	}
	if named && e.Space != "" {
		return nil, s.fault(Error{Tag: TagUnknownNamespace, At: at, Name: e.Name, Value: e.Space}, "unknown namespace '%s'", e.Space)
	}
	return nil, s.unknown(at, d, e.Name)
}

// content is the value of a leaf's element.
func (s *Schema) content(at Path, d *Def, e *Element) (string, error) {
	if len(e.Kids) > 0 {
		return "", s.unknown(at, d, e.Kids[0].Name)
	}
	return s.lexical(at, d, d.Type, e)
}

func (s *Schema) lexical(at Path, d *Def, t *Type, e *Element) (string, error) {
	text := strings.TrimSpace(e.Text)
	switch {
	case t.Base == BaseString: // blanks around it are its own, if it may have any
		if kept, wrong := t.Parse(e.Text); wrong == "" {
			return kept, nil
		}
	case t.Base == BaseUnion:
		for _, m := range t.Members {
			if kept, err := s.lexical(at, d, m, e); err == nil {
				return kept, nil
			}
		}
	case t.Base == BaseIdentity:
		prefix, name, is := strings.Cut(text, ":")
		space := e.Space
		if is {
			text = name
			if space, is = e.prefixes[prefix]; !is && !s.BareNames { // some devices take the name of a module
				return "", s.badValue(at, d.Name, e.Text, "no such prefix")
			}
		}
		if m := s.modules[t.module(text)]; m == nil || !m.has(space) && !s.BareNames {
			return "", s.badValue(at, d.Name, e.Text, "not one of "+strings.Join(t.Words, ", "))
		}
	}
	kept, wrong := t.Parse(text)
	if wrong != "" {
		return "", s.badValue(at, d.Name, e.Text, wrong)
	}
	return kept, nil
}

// XML writes what is below a node, or a leaf itself, in XML; identities get a prefix.
func (s *Schema) XML(n *Node) []byte {
	var b bytes.Buffer
	if !n.Def.inner() {
		s.writeXML(&b, n, nil)
	}
	for _, k := range n.Kids {
		s.writeXML(&b, k, nil)
	}
	return b.Bytes()
}

// Element writes a node with all below it.
func (s *Schema) Element(n *Node) []byte {
	var b bytes.Buffer
	s.writeXML(&b, n, nil)
	return b.Bytes()
}

func (s *Schema) writeXML(b *bytes.Buffer, n *Node, outer *Module) {
	d := n.Def
	b.WriteString("<" + d.Name)
	if d.Module != outer && d.Module != nil {
		fmt.Fprintf(b, ` xmlns="%s"`, escape(d.Module.Namespace))
	}
	for _, name := range slices.Sorted(maps.Keys(n.Marks)) {
		fmt.Fprintf(b, ` %s="%s"`, name, escape(n.Marks[name]))
	}
	text := n.Value
	if !d.inner() {
		if t := d.Type.member(n.Value); t.Base == BaseIdentity {
			if m := s.modules[t.module(n.Value)]; m != nil && m != d.Module {
				fmt.Fprintf(b, ` xmlns:id="%s"`, escape(m.Namespace))
				text = "id:" + text
			}
		}
	}
	if text == "" && len(n.Kids) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteString(">" + escape(text))
	for _, k := range n.Kids {
		s.writeXML(b, k, d.Module)
	}
	b.WriteString("</" + d.Name + ">")
}

func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a buffer takes all
	return b.String()
}
