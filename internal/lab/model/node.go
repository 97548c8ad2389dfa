package model

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A Node is a node of a data tree: a container, an entry of a list, a leaf or one value of
// a list of values. The root has the schema's root as its Def. Its methods take a nil
// Node for one that is not there, and names that the schema does not have for nothing.
type Node struct {
	Def   *Def
	Value string
	Kids  []*Node
	// Marks are XML attributes that the platform keeps ("inactive").
	Marks map[string]string

	up *Node
}

// New is an empty tree.
func (s *Schema) New() *Node { return &Node{Def: s.Root} }

// Up is the node above, nil above the root.
func (n *Node) Up() *Node {
	if n == nil {
		return nil
	}
	return n.up
}

// Root is the topmost node.
func (n *Node) Root() *Node {
	for n != nil && n.up != nil {
		n = n.up
	}
	return n
}

// Clone copies a node with all below it; the copy stands alone.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := &Node{Def: n.Def, Value: n.Value, Marks: maps.Clone(n.Marks), Kids: make([]*Node, len(n.Kids))}
	for i, k := range n.Kids {
		c.Kids[i] = k.Clone()
		c.Kids[i].up = c
	}
	return c
}

// Equal reports whether two trees are the same.
func (n *Node) Equal(o *Node) bool {
	if n == nil || o == nil {
		return n == o
	}
	return n.Def == o.Def && n.Value == o.Value && maps.Equal(n.Marks, o.Marks) && slices.EqualFunc(n.Kids, o.Kids, (*Node).Equal)
}

// All are the nodes below n with a name: entries, or one.
func (n *Node) All(name string) (out []*Node) {
	if n == nil {
		return nil
	}
	for _, k := range n.Kids {
		if k.Def.Name == name {
			out = append(out, k)
		}
	}
	return out
}

// At is the first node on a path of names, nil = it is not there.
func (n *Node) At(names ...string) *Node {
	for _, name := range names {
		n = n.first(name)
	}
	return n
}

func (n *Node) first(name string) *Node {
	if n == nil {
		return nil
	}
	for _, k := range n.Kids {
		if k.Def.Name == name {
			return k
		}
	}
	return nil
}

// Text is the value of the leaf on a path of names; of one that is not there its
// default, "" without one.
func (n *Node) Text(names ...string) string {
	if leaf := n.At(names...); leaf != nil {
		return leaf.Value
	}
	if n == nil {
		return ""
	}
	d := n.Def
	for _, name := range names {
		if d = d.Kid(name); d == nil {
			return ""
		}
	}
	return d.Default
}

// Entry is the entry of a list by its keys, in their order.
func (n *Node) Entry(list string, keys ...string) *Node {
	if n == nil {
		return nil
	}
	for _, k := range n.Kids {
		if k.Def.Name == list && k.Def.Kind == KindList && k.hasKeys(keys) {
			return k
		}
	}
	return nil
}

// hasKeys is KeyValues compared, without a copy of them: lists of ports are long, and are
// gone through for each port.
func (n *Node) hasKeys(keys []string) bool {
	if len(n.Def.Keys) != len(keys) {
		return false
	}
	for i, key := range n.Def.Keys {
		if n.first(key).value() != keys[i] {
			return false
		}
	}
	return true
}

// KeyValues are the values of an entry's keys, in their order.
func (n *Node) KeyValues() []string {
	var out []string
	for _, key := range n.Def.Keys {
		out = append(out, n.At(key).value())
	}
	return out
}

func (n *Node) value() string {
	if n == nil {
		return ""
	}
	return n.Value
}

// Sub is the container below n, which is made where it is not there.
func (n *Node) Sub(name string) *Node {
	d := n.kid(name)
	if d == nil {
		return nil
	}
	if k := n.find(d, nil); k != nil {
		return k
	}
	return n.put(&Node{Def: d})
}

// Item is the entry of a list below n, which is made where it is not there.
func (n *Node) Item(list string, keys ...string) *Node {
	d := n.kid(list)
	if d == nil {
		return nil
	}
	if k := n.find(d, keys); k != nil {
		return k
	}
	return n.put(entryOf(d, keys))
}

// Set gives a leaf below n a value, or a list of values one more.
func (n *Node) Set(name, value string) {
	d := n.kid(name)
	if d == nil {
		return
	}
	n.set(d, value)
}

// Fill gives leaves below n values, name and value in turn; "" = none.
func (n *Node) Fill(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			n.Set(pairs[i], pairs[i+1])
		}
	}
}

// Count gives leaves below n numbers.
func (n *Node) Count(numbers map[string]uint64) {
	for name, value := range numbers {
		n.Set(name, strconv.FormatUint(value, 10))
	}
}

func (n *Node) set(d *Def, value string) *Node {
	k := n.find(d, []string{value})
	if k == nil {
		k = n.put(&Node{Def: d, Value: value})
	}
	k.Value = value
	return k
}

// Remove takes a node out of its tree.
func (n *Node) Remove() {
	if n != nil && n.up != nil {
		n.up.Kids = slices.DeleteFunc(n.up.Kids, func(k *Node) bool { return k == n })
		n.up = nil
	}
}

func (n *Node) kid(name string) *Def {
	if n == nil {
		return nil
	}
	return n.Def.Kid(name)
}

// find is what is there of a definition: the entry with the keys, the value of a list of
// values, or the one.
func (n *Node) find(d *Def, keys []string) *Node {
	for _, k := range n.Kids {
		if k.Def != d {
			continue
		}
		switch d.Kind {
		case KindList:
			if k.hasKeys(keys) {
				return k
			}
		case KindLeafList:
			if len(keys) == 1 && k.Value == keys[0] {
				return k
			}
		default:
			return k
		}
	}
	return nil
}

func entryOf(d *Def, keys []string) *Node {
	e := &Node{Def: d}
	for i, key := range d.Keys {
		e.put(&Node{Def: d.Kid(key), Value: keys[i]})
	}
	return e
}

// put adds a node in its place: in the order of the definitions, entries by their keys
// unless a person ordered them. Nodes of other cases of its choice go.
func (n *Node) put(k *Node) *Node {
	if c := k.Def.Choice; c != "" {
		n.Kids = slices.DeleteFunc(n.Kids, func(o *Node) bool { return o.Def.Choice == c && o.Def.Case != k.Def.Case })
	}
	at := len(n.Kids)
	for at > 0 && before(k, n.Kids[at-1]) {
		at--
	}
	k.up = n
	n.Kids = slices.Insert(n.Kids, at, k)
	return k
}

func before(a, b *Node) bool {
	if a.Def != b.Def {
		return a.Def.index < b.Def.index
	}
	switch {
	case a.Def.ByUser:
		return false
	case a.Def.Kind == KindList:
		return slices.CompareFunc(a.KeyValues(), b.KeyValues(), natural) < 0
	}
	return natural(a.Value, b.Value) < 0
}

// natural compares texts with the numbers in them as numbers.
func natural(a, b string) int {
	for x, y := a, b; ; {
		if x == "" || y == "" {
			return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
		}
		dx, dy := digits(x), digits(y)
		if dx > 0 && dy > 0 {
			m, _ := strconv.ParseUint(x[:dx], 10, 64)
			o, _ := strconv.ParseUint(y[:dy], 10, 64)
			if c := cmp.Compare(m, o); c != 0 {
				return c
			}
			x, y = x[dx:], y[dy:]
			continue
		}
		if x[0] != y[0] {
			return cmp.Compare(x[0], y[0])
		}
		x, y = x[1:], y[1:]
	}
}

func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}

// tidy takes containers away that hold nothing.
func (n *Node) tidy() {
	n.Kids = slices.DeleteFunc(n.Kids, func(k *Node) bool {
		k.tidy()
		return k.Def.Kind == KindContainer && len(k.Kids) == 0
	})
}

// Tidy is a copy without containers that hold nothing.
func (n *Node) Tidy() *Node {
	c := n.Clone()
	c.tidy()
	return c
}

// Only is a copy of what a test of definitions leaves, with the keys of entries. What
// then holds nothing is gone.
func (n *Node) Only(keep func(*Def) bool) *Node {
	c := n.Clone()
	c.only(keep)
	return c
}

// only reports whether something of n is left.
func (n *Node) only(keep func(*Def) bool) bool {
	left := false
	n.Kids = slices.DeleteFunc(n.Kids, func(k *Node) bool {
		switch {
		case k.Def.isKey():
			return false
		case !k.Def.inner():
			if !keep(k.Def) {
				return true
			}
		case !k.only(keep) && !(k.Def.Kind != KindContainer && keep(k.Def)):
			return true
		}
		left = true
		return false
	})
	return left
}

// WithDefaults is a copy in which every leaf that is not there has its default.
func (n *Node) WithDefaults() *Node {
	c := n.Clone()
	c.fill()
	c.tidy()
	return c
}

func (n *Node) fill() {
	for _, d := range n.Def.Kids {
		if d.Choice != "" && slices.ContainsFunc(n.Kids, func(k *Node) bool { return k.Def.Choice == d.Choice && k.Def.Case != d.Case }) {
			continue
		}
		switch {
		case d.Kind == KindContainer && n.find(d, nil) == nil && d.hasDefaults():
			n.put(&Node{Def: d})
		case d.Kind == KindLeaf && d.HasDefault && n.find(d, nil) == nil:
			n.put(&Node{Def: d, Value: d.Default})
		}
	}
	for _, k := range n.Kids {
		if k.Def.inner() {
			k.fill()
		}
	}
}

func (d *Def) hasDefaults() bool {
	return slices.ContainsFunc(d.Kids, func(k *Def) bool {
		return k.Kind == KindLeaf && k.HasDefault || k.Kind == KindContainer && k.hasDefaults()
	})
}
