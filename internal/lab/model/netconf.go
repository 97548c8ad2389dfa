package model

import (
	"errors"
	"slices"
	"strings"
)

// An Op is what an edit of NETCONF does with a node (RFC 6241, 7.2).
type Op string

// The operations; None is that of a default-operation alone.
const (
	OpMerge   Op = "merge"
	OpReplace Op = "replace"
	OpCreate  Op = "create"
	OpDelete  Op = "delete"
	OpRemove  Op = "remove"
	OpNone    Op = "none"
)

// Edit makes the tree that <edit-config> makes of another one: config is the element
// <config>, or whatever has the top level nodes as its kids. marks are the attributes
// without a namespace that a platform knows: each is told of the node, and an error of it
// ends the edit; nil: none is known. The other tree stays as it is; the result is not
// validated.
func (s *Schema) Edit(root *Node, config *Element, by Op, marks func(n *Node, name, value string) error) (*Node, error) {
	e := &editing{s, marks}
	next := root.Clone()
	if by == OpReplace {
		next.Kids = nil
		by = OpMerge
	}
	if err := e.below(next, config, by); err != nil {
		return nil, err
	}
	next.tidy()
	return next, nil
}

// DecodeXML reads a whole tree in XML, the content of <config> or <data>.
func (s *Schema) DecodeXML(data []byte) (*Node, error) {
	doc, err := ParseXML(data)
	if err != nil {
		return nil, s.fault(Error{Tag: TagMalformed}, "not XML: %v", err)
	}
	if len(doc.Kids) == 1 && (doc.Kids[0].Name == "config" || doc.Kids[0].Name == "data") && doc.Kids[0].Space == NamespaceNETCONF {
		doc = doc.Kids[0]
	}
	e := &editing{s: s}
	root := s.New()
	if err := e.below(root, doc, OpMerge); err != nil {
		return nil, err
	}
	root.tidy()
	return root, nil
}

type editing struct {
	s     *Schema
	marks func(*Node, string, string) error
}

// below carries out what stands below an element.
func (e *editing) below(n *Node, x *Element, op Op) error {
	if text := strings.TrimSpace(x.Text); text != "" {
		return e.s.fault(Error{Tag: TagBadElement, At: n.Path(), Name: x.Name, Value: text}, "'%s' takes no value", x.Name)
	}
	for _, k := range x.Kids {
		d, err := e.s.meant(n.Def, n.Path(), k)
		if err != nil {
			return err
		}
		if err := e.one(n, d, k, op); err != nil {
			return err
		}
	}
	return nil
}

// operation is the one of an element.
func (e *editing) operation(at Path, x *Element, op Op) (Op, error) {
	text, is := x.Attr(NamespaceNETCONF, "operation")
	if !is {
		return op, nil
	}
	o := Op(text)
	if !slices.Contains([]Op{OpMerge, OpReplace, OpCreate, OpDelete, OpRemove}, o) {
		return "", e.s.fault(Error{Tag: TagBadAttribute, At: at, Name: "operation", Value: text}, "no such operation '%s'", text)
	}
	return o, nil
}

func (e *editing) one(n *Node, d *Def, x *Element, op Op) error {
	at := n.Path().With(d.Name)
	op, err := e.operation(at, x, op)
	if err != nil {
		return err
	}
	if d.State {
		return e.s.readOnly(at, d)
	}
	keys, err := e.keys(at, d, x)
	if err != nil {
		return err
	}
	if d.isKey() && op != OpDelete && op != OpRemove { // it made its entry
		return nil
	}
	have := n.find(d, keys)
	switch {
	case (op == OpDelete || op == OpNone) && have == nil && d.Kind != KindContainer, op == OpDelete && have == nil:
		return e.s.fault(Error{Tag: TagDataMissing, At: at, Name: d.Name}, "'%s' does not exist", d.Name)
	case op == OpDelete, op == OpRemove:
		if d.isKey() {
			return e.s.readOnly(at, d)
		}
		have.Remove()
		return nil
	case op == OpCreate && have != nil && (d.Kind != KindContainer || len(have.Kids) > 0):
		return e.s.fault(Error{Tag: TagDataExists, At: at, Name: d.Name}, "'%s' exists", d.Name)
	case op == OpReplace && have != nil: // in its place
		have.Marks, have.Kids = nil, slices.DeleteFunc(have.Kids, func(k *Node) bool { return !k.Def.isKey() })
	}
	inner := op
	if op == OpReplace || op == OpCreate { // all below it is new
		inner = OpMerge
	}
	if have == nil {
		have = &Node{Def: d}
		if d.Kind == KindList {
			have = entryOf(d, keys)
		} else if !d.inner() {
			have.Value = keys[0]
		}
		n.put(have)
	}
	if err := errors.Join(e.place(n, have, x), e.mark(have, x)); err != nil {
		return err
	}
	if d.inner() {
		return e.below(have, x, inner)
	}
	if op != OpNone {
		have.Value = keys[0]
	}
	return nil
}

// keys are those of an entry, or the value of a leaf.
func (e *editing) keys(at Path, d *Def, x *Element) (keys []string, err error) {
	if !d.inner() {
		if op, _ := x.Attr(NamespaceNETCONF, "operation"); d.Kind == KindLeaf && strings.TrimSpace(x.Text) == "" && (op == "delete" || op == "remove") {
			return []string{""}, nil // the value of what goes need not be said
		}
		text, err := e.s.content(at, d, x)
		return []string{text}, err
	}
	for _, name := range d.Keys {
		key := d.Kid(name)
		i := slices.IndexFunc(x.Kids, func(k *Element) bool {
			m, err := e.s.meant(d, at, k)
			return err == nil && m == key
		})
		if i < 0 {
			return nil, e.s.fault(Error{Tag: TagMissingElement, At: at, Name: name}, "key '%s' of '%s' is missing", name, d.Name)
		}
		text, err := e.s.content(at.With(name), key, x.Kids[i])
		if err != nil {
			return nil, err
		}
		keys = append(keys, text)
	}
	return keys, nil
}

// mark looks at the other attributes.
func (e *editing) mark(n *Node, x *Element) error {
	for _, a := range x.Attrs {
		switch {
		case a.Name.Space == NamespaceNETCONF && a.Name.Local == "operation", a.Name.Space == NamespaceYANG, a.Name.Space == "xml":
		case a.Name.Space == "" && e.marks != nil:
			if err := e.marks(n, a.Name.Local, a.Value); err != nil {
				return err
			}
		default:
			return e.s.fault(Error{Tag: TagUnknownAttribute, At: n.Path(), Name: a.Name.Local, Value: a.Value}, "unknown attribute '%s'", a.Name.Local)
		}
	}
	return nil
}

// place puts a node where the attribute insert wants it (RFC 7950, 7.8.6).
func (e *editing) place(n, node *Node, x *Element) error {
	where, is := x.Attr(NamespaceYANG, "insert")
	if !is || !node.Def.ByUser {
		return nil
	}
	anchor := node
	if where == "before" || where == "after" {
		var err error
		if anchor, err = e.anchor(n, node.Def, x); err != nil {
			return err
		}
		if anchor == node {
			return nil
		}
	}
	return e.move(n, node, anchor, where)
}

// anchor is the entry that another one is put before or behind.
func (e *editing) anchor(n *Node, d *Def, x *Element) (*Node, error) {
	name := "value"
	if d.Kind == KindList {
		name = "key"
	}
	text, is := x.Attr(NamespaceYANG, name)
	if !is {
		return nil, e.s.fault(Error{Tag: TagMissingAttribute, At: n.Path().With(d.Name), Name: name}, "attribute '%s' is missing", name)
	}
	for _, k := range n.Kids {
		if k.Def == d && (d.Kind == KindLeafList && k.Value == text || d.Kind == KindList && predicateFits(text, k)) {
			return k, nil
		}
	}
	return nil, e.s.fault(Error{Tag: TagBadAttribute, AppTag: "missing-instance", At: n.Path().With(d.Name), Name: name, Value: text}, "'%s' does not exist", text)
}

// predicateFits reads [name='value'] for each key, a prefix in front of the name or not.
func predicateFits(text string, entry *Node) bool {
	p, err := ParsePath("x" + text)
	if err != nil || len(p) != 1 || len(p[0].Keys) != len(entry.Def.Keys) {
		return false
	}
	for name, value := range p[0].Keys {
		name = name[strings.LastIndexByte(name, ':')+1:]
		if len(value) < 2 || entry.At(name).value() != value[1:len(value)-1] {
			return false
		}
	}
	return true
}

// move puts a node before or behind another, or first or last of its kind.
func (e *editing) move(n, node, anchor *Node, where string) error {
	n.Kids = slices.DeleteFunc(n.Kids, func(k *Node) bool { return k == node })
	at := -1
	for i, k := range n.Kids {
		switch {
		case where == "first" && k.Def == node.Def && at < 0, where == "before" && k == anchor:
			at = i
		case where == "last" && k.Def == node.Def, where == "after" && k == anchor:
			at = i + 1
		}
	}
	switch {
	case at >= 0:
		n.Kids = slices.Insert(n.Kids, at, node)
	case where == "first" || where == "last":
		n.put(node)
	default:
		return e.s.fault(Error{Tag: TagBadAttribute, At: node.Path(), Name: "insert", Value: where}, "no such place '%s'", where)
	}
	return nil
}
