package model

import (
	"slices"
	"strings"
)

// Filter is what a sub-tree filter selects (RFC 6241, 6): filter is the element <filter>,
// or whatever has the top level nodes as its kids. One without any selects nothing; names
// that the schema does not have select nothing, either.
func (s *Schema) Filter(root *Node, filter *Element) *Node {
	out := s.New()
	s.selects(root, out, filter.Kids)
	out.tidy()
	return out
}

// selects copies what of n some elements select.
func (s *Schema) selects(n, out *Node, by []*Element) {
	for _, e := range by {
		for _, k := range n.Kids {
			if k.Def.Name != e.Name || e.Space != "" && k.Def.Module != nil && !k.Def.Module.has(e.Space) {
				continue
			}
			if len(e.Kids) == 0 && (e.blank() || !k.Def.inner() && s.equals(k, e)) {
				merge(out, k)
				continue
			}
			s.within(k, out, e)
		}
	}
}

// within follows a containment node: where its content match nodes fit, what the others
// select is copied, or all where there are no others.
func (s *Schema) within(k, out *Node, e *Element) {
	if !k.Def.inner() {
		return
	}
	var others []*Element
	for _, c := range e.Kids {
		if len(c.Kids) > 0 || c.blank() {
			others = append(others, c)
			continue
		}
		if !slices.ContainsFunc(k.Kids, func(leaf *Node) bool {
			return leaf.Def.Name == c.Name && !leaf.Def.inner() && (c.Space == "" || leaf.Def.Module == nil || leaf.Def.Module.has(c.Space)) && s.equals(leaf, c)
		}) {
			return
		}
	}
	if len(others) == 0 {
		merge(out, k)
		return
	}
	part := &Node{Def: k.Def, Marks: k.Marks}
	for _, leaf := range k.Kids { // an entry keeps its keys, and what its filter matched
		matched := slices.ContainsFunc(e.Kids, func(c *Element) bool { return !c.blank() && len(c.Kids) == 0 && c.Name == leaf.Def.Name })
		if leaf.Def.isKey() || matched && !leaf.Def.inner() {
			merge(part, leaf)
		}
	}
	chosen := &Node{Def: k.Def}
	s.selects(k, chosen, others)
	for _, c := range chosen.Kids {
		merge(part, c)
	}
	if len(chosen.Kids) > 0 || k.Def.Kind == KindPresence {
		merge(out, part)
	}
}

func (e *Element) blank() bool { return strings.TrimSpace(e.Text) == "" }

func (s *Schema) equals(leaf *Node, e *Element) bool {
	text, err := s.content(nil, leaf.Def, e)
	return err == nil && text == leaf.Value
}

// merge adds a copy of k to what is there.
func merge(into, k *Node) {
	keys := []string{k.Value}
	if k.Def.Kind == KindList {
		keys = k.KeyValues()
	}
	have := into.find(k.Def, keys)
	if have == nil {
		into.put(k.Clone())
		return
	}
	have.Value = k.Value
	for _, c := range k.Kids {
		merge(have, c)
	}
}
