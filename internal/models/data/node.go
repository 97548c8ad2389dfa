package data

import (
	"fmt"
	"slices"
	"strings"
)

// A Kind says what a node is in its model. It decides about brackets in JSON.
type Kind int

// The kinds of nodes.
const (
	Container Kind = iota
	Entry          // one entry of a list
	Leaf
	LeafEntry // one entry of a leaf-list
)

// Empty is the value of a leaf of type empty.
type Empty struct{}

// A Node is one node of a data tree with what is below it. Entries of a list are
// children of one name, in their order.
type Node struct {
	// Module is where the name is defined, "" = in that of the parent. What is read
	// has it where the encoding told it: the prefix in JSON, the namespace in XML.
	Module string
	Name   string
	Kind   Kind
	// Value of a leaf: string, int, bool, Empty, or int64 and uint64, which are types of
	// 64 bits. What is read is always a string.
	Value any
	// Bare says that JSON told the value without quotes, so that it is written again as it
	// was read: a number or a boolean.
	Bare bool
	// Attrs are the attributes of an element in XML, by their local names. Those of what
	// is written have no namespace.
	Attrs    map[string]string
	Children []*Node
}

// named splits "module:name".
func named(kind Kind, name string, children []*Node) *Node {
	n := &Node{Name: name, Kind: kind, Children: slices.DeleteFunc(children, func(c *Node) bool { return c == nil })}
	if module, local, ok := strings.Cut(name, ":"); ok {
		n.Module, n.Name = module, local
	}
	return n
}

// C is a container; its name, like those of all constructors, is "name" or
// "module:name". Children that are nil are left out.
func C(name string, children ...*Node) *Node { return named(Container, name, children) }

// E is an entry of a list, its keys first.
func E(name string, children ...*Node) *Node { return named(Entry, name, children) }

// V is a leaf.
func V(name string, value any) *Node {
	n := named(Leaf, name, nil)
	n.Value = value
	return n
}

// LV is an entry of a leaf-list.
func LV(name string, value any) *Node {
	n := V(name, value)
	n.Kind = LeafEntry
	return n
}

// Flag is a leaf of type empty.
func Flag(name string) *Node { return V(name, Empty{}) }

// Child is the first child of that name, nil where there is none or n is nil.
func (n *Node) Child(name string) *Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// At follows names downwards, nil where one is missing.
func (n *Node) At(names ...string) *Node {
	for _, name := range names {
		n = n.Child(name)
	}
	return n
}

// All lists the children of that name, in order.
func (n *Node) All(name string) []*Node {
	if n == nil {
		return nil
	}
	var out []*Node
	for _, c := range n.Children {
		if c.Name == name {
			out = append(out, c)
		}
	}
	return out
}

// Has reports whether there is such a node below.
func (n *Node) Has(names ...string) bool { return n.At(names...) != nil }

// Text is the value of the leaf below, "" where there is none.
func (n *Node) Text(names ...string) string {
	leaf := n.At(names...)
	if leaf == nil {
		return ""
	}
	return text(leaf.Value)
}

// Identity is the text of a leaf without the prefix of its module, as an identity is
// compared: "srl_nokia-interfaces:bridged" and "bridged" are one.
func (n *Node) Identity(names ...string) string {
	t := n.Text(names...)
	if _, local, ok := strings.Cut(t, ":"); ok {
		return local
	}
	return t
}

func text(v any) string {
	switch v := v.(type) {
	case nil, Empty:
		return ""
	case string:
		return v
	}
	return fmt.Sprint(v)
}

// Print is the same text for the same data, whatever the order of what has none that
// matters: lines of "path value", sorted. It is for comparing reads.
func (n *Node) Print() string {
	var lines []string
	n.print("", &lines)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (n *Node) print(at string, lines *[]string) {
	if n == nil {
		return
	}
	at += "/" + n.Name
	if n.Kind == Entry || n.entryLike() {
		at += "[" + n.key() + "]"
	}
	if len(n.Children) == 0 || len(n.Attrs) > 0 {
		*lines = append(*lines, fmt.Sprintf("%s %q %v", at, text(n.Value), n.Attrs))
	}
	for _, c := range n.Children {
		c.print(at, lines)
	}
}

// entryLike: what was read tells no lists; the first leaf of a node tells its entries
// apart.
func (n *Node) entryLike() bool { return len(n.Children) > 0 && len(n.Children[0].Children) == 0 }

func (n *Node) key() string {
	if len(n.Children) == 0 {
		return text(n.Value)
	}
	return n.Children[0].Name + "=" + text(n.Children[0].Value)
}
