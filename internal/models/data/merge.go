package data

import "strings"

// Put adds nodes that were read at a path to the tree below root, which makes of several
// reads one tree. The last step names the nodes; steps before it are made where they are
// missing, with their keys.
func Put(root *Node, p Path, nodes []*Node) {
	if len(p) == 0 {
		for _, n := range nodes {
			merge(root, n)
		}
		return
	}
	at := root
	for _, s := range p[:len(p)-1] {
		at = at.step(s)
	}
	last := p[len(p)-1]
	for _, n := range nodes {
		switch {
		case n.Kind == Leaf && len(last.Keys) == 0 && len(nodes) == 1:
			at.keep(n)
		case n.Kind != Container && len(last.Keys) == 0: // a whole list
			at.Children = append(at.Children, n)
		default:
			merge(at.step(last), n)
		}
	}
}

// step finds or makes the child of a step of a path.
func (n *Node) step(s Step) *Node {
	module, local := split(s.Name)
	for _, c := range n.All(local) {
		if c.is(s.Keys) {
			return c
		}
	}
	next := &Node{Module: module, Name: local}
	for _, k := range s.Keys {
		next.Kind = Entry
		_, name := split(k.Name)
		next.Children = append(next.Children, V(name, k.Value))
	}
	n.Children = append(n.Children, next)
	return next
}

// split parts "module:name".
func split(name string) (module, local string) {
	if m, l, ok := strings.Cut(name, ":"); ok {
		return m, l
	}
	return "", name
}

// is reports whether an entry has these keys.
func (n *Node) is(keys []Key) bool {
	for _, k := range keys {
		if _, name := split(k.Name); n.Text(name) != k.Value {
			return false
		}
	}
	return true
}

// keep puts a leaf in place of one that is there.
func (n *Node) keep(leaf *Node) {
	for i, c := range n.Children {
		if c.Name == leaf.Name && c.Kind == Leaf {
			n.Children[i] = leaf
			return
		}
	}
	n.Children = append(n.Children, leaf)
}

// merge adds what is below from to what is below n. Entries of a leaf-list are read as
// leaves of one name.
func merge(n, from *Node) {
	for _, c := range from.Children {
		same := n.Child(c.Name)
		switch {
		case c.Kind == Leaf && len(from.All(c.Name)) == 1:
			n.keep(c)
		case c.Kind == Container && same != nil && same.Kind == Container:
			merge(same, c)
		default:
			n.Children = append(n.Children, c)
		}
	}
}
