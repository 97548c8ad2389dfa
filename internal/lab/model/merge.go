package model

import "slices"

// Merge puts what was changed from base to work into now: a copy. ok is false where now has
// another value than base and work for the same leaf.
func Merge(base, work, now *Node) (next *Node, ok bool) {
	next = now.Clone()
	ok = merge3(base, work, next)
	next.tidy()
	return next, ok
}

// merge3 changes now; base may be nil where it did not have the node.
func merge3(base, work, now *Node) bool {
	ok := true
	if base != nil {
		for _, b := range base.Kids {
			if same(work, b) == nil {
				if n := same(now, b); n != nil && !n.Def.isKey() {
					ok = ok && n.Equal(b)
					n.Remove()
				}
			}
		}
	}
	for _, w := range work.Kids {
		b, n := (*Node)(nil), same(now, w)
		if base != nil {
			b = same(base, w)
		}
		switch {
		case b != nil && b.Equal(w):
		case n == nil:
			now.put(w.Clone())
			ok = ok && b == nil // it was changed here and taken away there
		case w.Def.inner():
			ok = merge3(b, w, n) && ok
		case n.Value != w.Value:
			ok = ok && b != nil && n.Value == b.Value
			n.Value = w.Value
		}
	}
	if base != nil {
		now.reorder(base, work)
	}
	return ok
}

// same is what of n has the place of k.
func same(n, k *Node) *Node {
	if k.Def.Kind == KindList {
		return n.find(k.Def, k.KeyValues())
	}
	return n.find(k.Def, []string{k.Value})
}

// reorder gives entries that a person ordered the order of work, where that is not base's.
func (n *Node) reorder(base, work *Node) {
	for _, d := range n.Def.Kids {
		if !d.ByUser || slices.EqualFunc(kept(base, d, work), kept(work, d, base), func(a, b *Node) bool { return same(work, a) == b }) {
			continue
		}
		var first []*Node
		for _, w := range work.Kids {
			if w.Def == d {
				if m := same(n, w); m != nil {
					m.Remove()
					first = append(first, m)
				}
			}
		}
		rest := n.All(d.Name)
		for _, r := range rest {
			r.Remove()
		}
		for _, m := range append(first, rest...) {
			n.put(m)
		}
	}
}

// kept are the entries of a that b has, too.
func kept(a *Node, d *Def, b *Node) (out []*Node) {
	for _, k := range a.Kids {
		if k.Def == d && same(b, k) != nil {
			out = append(out, k)
		}
	}
	return out
}
