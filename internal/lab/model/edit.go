package model

// An Update is what a gNMI Set puts at a path: JSON, or the Text of a scalar as it is
// written in YANG.
type Update struct {
	Path Path
	JSON []byte
	Text *string
}

// Set makes the tree that a gNMI Set makes of another one: first what is deleted, then
// what is replaced, then what is updated (gNMI specification, 3.4). The other tree stays as
// it is; the result is not validated.
func (s *Schema) Set(root *Node, deletes []Path, replaces, updates []Update) (*Node, error) {
	next := root.Clone()
	for _, p := range deletes {
		if err := s.delete(next, p); err != nil {
			return nil, err
		}
	}
	for _, list := range []struct {
		of      []Update
		replace bool
	}{{replaces, true}, {updates, false}} {
		for _, u := range list.of {
			if err := s.update(next, u, list.replace); err != nil {
				return nil, err
			}
		}
	}
	next.tidy()
	return next, nil
}

// Delete takes away what a path leads to, wildcards and missing keys for all; nothing
// there is no fault. Keys and what is no configuration cannot be deleted.
func (s *Schema) Delete(root *Node, p Path) error {
	err := s.delete(root, p)
	root.tidy()
	return err
}

func (s *Schema) delete(root *Node, p Path) error {
	if len(p) == 0 {
		root.Kids = nil
		return nil
	}
	found, err := s.Find(root, p)
	if err != nil {
		return err
	}
	if d := s.defAt(p); d != nil && (d.State || d.isKey()) {
		return s.readOnly(p, d)
	}
	for _, n := range found {
		if n.Def.isKey() || n.Def.State {
			return s.readOnly(p, n.Def)
		}
	}
	for _, n := range found {
		n.Remove()
	}
	return nil
}

func (s *Schema) readOnly(at Path, d *Def) *Error {
	return s.fault(Error{Tag: TagInvalidValue, At: at, Name: d.Name}, "'%s' cannot be changed", d.Name)
}

// defAt is the definition that a path without wildcards in its names leads to.
func (s *Schema) defAt(p Path) *Def {
	d := s.Root
	for _, e := range p {
		if d = d.Kid(e.Name); d == nil {
			return nil
		}
	}
	return d
}

func (s *Schema) update(root *Node, u Update, replace bool) error {
	for i, e := range u.Path {
		if e.Name == "*" || e.Name == "..." {
			return s.fault(Error{Tag: TagInvalidValue, At: u.Path[:i+1], Name: e.Name}, "a wildcard is not allowed")
		}
	}
	if replace {
		if d := s.defAt(u.Path); d == nil || !d.isKey() { // a key is checked when it is put
			if err := s.delete(root, u.Path); err != nil {
				return err
			}
		}
	}
	n, err := s.ensure(root, u.Path, u)
	if err != nil || n == nil {
		return err
	}
	return s.put(n, u)
}

func (s *Schema) put(n *Node, u Update) error {
	if u.Text == nil {
		if err := s.fromJSON(n, u.JSON); err != nil {
			return err
		}
		return s.writable(n)
	}
	if n.Def.inner() {
		return s.fault(Error{Tag: TagInvalidValue, At: u.Path, Name: n.Def.Name}, "'%s' takes no scalar", n.Def.Name)
	}
	kept, wrong := n.Def.Type.Parse(*u.Text)
	if wrong != "" {
		return s.badValue(u.Path, n.Def.Name, *u.Text, wrong)
	}
	n.Value = kept
	return nil
}

// writable looks for what is no configuration.
func (s *Schema) writable(n *Node) error {
	if n.Def.State {
		return s.readOnly(n.Path(), n.Def)
	}
	for _, k := range n.Kids {
		if err := s.writable(k); err != nil {
			return err
		}
	}
	return nil
}

// ensure makes what a path leads to and returns it. A list of values takes an array as a
// whole, so that nothing is left to do with it: nil.
func (s *Schema) ensure(root *Node, p Path, u Update) (*Node, error) {
	n := root
	for i, e := range p {
		d, err := s.named(n.Def, p[:i], e.Name)
		if err != nil {
			if d = n.Def.Kid(e.Name); d == nil { // the path of gNMI has no modules
				return nil, err
			}
		}
		if d.State {
			return nil, s.readOnly(p, d)
		}
		keys, err := s.keys(d, p[:i+1], false)
		if err != nil {
			return nil, err
		}
		last := i == len(p)-1
		if d.Kind == KindLeafList && last {
			return nil, s.values(n, d, u)
		}
		if !d.inner() && !last {
			return nil, s.unknown(p[:i+1], d, p[i+1].Name)
		}
		next := n.find(d, keys)
		switch {
		case next != nil && d.isKey() && last:
			return &Node{Def: d, up: n}, s.sameKey(next, u)
		case next == nil && d.Kind == KindList:
			next = n.put(entryOf(d, keys))
		case next == nil:
			next = n.put(&Node{Def: d})
		}
		n = next
	}
	return n, nil
}

// sameKey: a key can be set to what it is.
func (s *Schema) sameKey(key *Node, u Update) error {
	probe := &Node{Def: key.Def, up: key.up}
	if err := s.put(probe, u); err != nil {
		return err
	}
	if probe.Value != key.Value {
		return s.readOnly(u.Path, key.Def)
	}
	return nil
}

func (s *Schema) values(n *Node, d *Def, u Update) error {
	if u.Text != nil {
		kept, wrong := d.Type.Parse(*u.Text)
		if wrong != "" {
			return s.badValue(u.Path, d.Name, *u.Text, wrong)
		}
		n.set(d, kept)
		return nil
	}
	v, err := readJSON(u.JSON)
	if err != nil {
		return s.fault(Error{Tag: TagMalformed, At: u.Path}, "not JSON: %v", err)
	}
	if _, is := v.([]any); !is { // one value alone
		v = []any{v}
	}
	return s.mergeMember(n, d, v)
}

// Copy adds a node, with all below it and the entries above it, to a tree of the schema.
func (s *Schema) Copy(root, n *Node) {
	if n.Up() == nil {
		root.Kids = n.Clone().Kids
		for _, k := range root.Kids {
			k.up = root
		}
		return
	}
	var above []*Node
	for up := n.Up(); up.Up() != nil; up = up.Up() {
		above = append([]*Node{up}, above...)
	}
	for _, a := range above {
		next := root.find(a.Def, nil)
		if a.Def.Kind == KindList {
			next = root.find(a.Def, a.KeyValues())
		}
		if next == nil {
			next = &Node{Def: a.Def}
			if a.Def.Kind == KindList {
				next = entryOf(a.Def, a.KeyValues())
			}
			root.put(next)
		}
		root = next
	}
	merge(root, n)
}
