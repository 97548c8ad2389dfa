package junos

import (
	"slices"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/model"
)

// mark is the attribute of what is out of service, group that of what a group adds.
const (
	inactive = "inactive"
	group    = "junos:group"
)

// treeOf reads a configuration as a data tree.
func treeOf(s *model.Schema, c config) *model.Node {
	root := s.New()
	fill(root.Sub("configuration"), c)
	return root.Tidy()
}

// fill adds what stands below a statement to a node.
func fill(n *model.Node, s *cmdline.Statement) {
	for _, k := range s.Kids {
		switch k.Form().Shape() {
		case cmdline.ShapeEntry: // names that stand alone
			descend(n.Item(singles[n.Def.Name], k.Word), k)
		case cmdline.ShapeEntries:
			for _, e := range k.Kids {
				if k.Word == "family" {
					descend(n.Sub(k.Word).Sub(e.Word), e)
				} else {
					descend(n.Item(k.Word, e.Word), e)
				}
			}
		case cmdline.ShapeValues:
			for _, v := range k.Kids {
				n.Set(k.Word, v.Word)
			}
		case cmdline.ShapeLeaf:
			at := n
			word := elementOf(k.Word)
			if d := n.Def.Kid(word); d != nil && d.Kind == model.KindContainer {
				at, word = n.Sub(word), map[bool]string{true: "bundle", false: "filter-name"}[word == bundled]
			}
			for _, v := range k.Kids {
				at.Set(word, v.Word)
			}
		case cmdline.ShapeGroup, cmdline.ShapeFlag:
			fillWord(n, k)
		}
		for _, there := range n.All(k.Word) {
			marked(there, k)
		}
	}
}

func fillWord(n *model.Node, k *cmdline.Statement) {
	switch d := n.Def.Kid(k.Word); {
	case d == nil:
	case d.Kind == model.KindLeaf:
		n.Set(k.Word, "")
	case d.Kind == model.KindList: // groups
		for _, g := range k.Kids {
			descend(n.Item(k.Word, g.Word), g)
		}
	default:
		descend(n.Sub(k.Word), k)
	}
}

// descend fills a node that the schema has.
func descend(n *model.Node, s *cmdline.Statement) {
	if n != nil {
		fill(n, s)
		marked(n, s)
	}
}

func marked(n *model.Node, s *cmdline.Statement) {
	for name, value := range map[string]string{inactive: map[bool]string{true: inactive}[s.Inactive], group: s.From} {
		if value != "" {
			if n.Marks == nil {
				n.Marks = map[string]string{}
			}
			n.Marks[name] = value
		}
	}
}

// apply makes the configuration that a tree is of; what of the old one has no place in
// the schema stays, remarks among it.
func apply(old config, tree *model.Node) (config, error) {
	next := old.Clone()
	follow(next, tree.At("configuration"), tree.Def.Kid("configuration"))
	return next, nil
}

// follow makes what stands below s what a node has, nil = nothing; d is its definition.
func follow(s *cmdline.Statement, n *model.Node, d *model.Def) {
	s.Kids = slices.DeleteFunc(s.Kids, func(k *cmdline.Statement) bool { return gone(k, n, d) })
	if n == nil {
		return
	}
	for _, k := range n.Kids {
		switch {
		case s.Word == "" && k.Def.Name == "groups", k.Def.Kind == model.KindList && singles[n.Def.Name] != k.Def.Name:
			entry(s.Put(k.Def.Name, k.KeyValues()[0]), k)
		case k.Def.Kind == model.KindList:
			entry(s.Put(k.KeyValues()[0]), k)
		case k.Def.Name == "name" && n.Def.Kind == model.KindList:
		case k.Def.Kind == model.KindLeafList, k.Def.Kind == model.KindLeaf && k.Value != "":
			put(s, k, k.Def.Name, k.Value)
		case k.Def.Kind == model.KindLeaf:
			put(s, k, k.Def.Name)
		case k.Def.Name == bundled:
			put(s, k, "802.3ad", k.Text("bundle"))
		case k.At("filter-name") != nil:
			put(s, k, k.Def.Name, k.Text("filter-name"))
		default:
			entry(s.Put(k.Def.Name), k)
		}
	}
	arrange(s, n)
}

// put makes a leaf.
func put(s *cmdline.Statement, n *model.Node, words ...string) {
	if s.Put(words...) != nil {
		s.At(words[0]).Inactive = n.Marks[inactive] != ""
	}
}

// entry goes on below a word or a name.
func entry(s *cmdline.Statement, n *model.Node) {
	if s != nil {
		s.Inactive = n.Marks[inactive] != ""
		follow(s, n, n.Def)
	}
}

// gone takes what a node no longer has from below a statement, and reports whether the
// statement itself goes.
func gone(k *cmdline.Statement, n *model.Node, d *model.Def) bool {
	kept := map[string]bool{}
	note := func(name string) {
		for _, e := range n.All(name) {
			for _, v := range append(keysOf(e), e.Value, e.Text("filter-name")) {
				if names, _ := k.Form().Names(); names != nil {
					v, _ = names.Spelled(v)
				}
				kept[v] = true
			}
		}
	}
	switch k.Form().Shape() {
	case cmdline.ShapeLoose:
		return false
	case cmdline.ShapeEntry:
		if d.Name == "family" {
			return d.Kid(k.Word) != nil && n.At(k.Word) == nil
		}
		return n.Entry(singles[d.Name], k.Word) == nil && !slices.ContainsFunc(n.All(singles[d.Name]), func(e *model.Node) bool {
			kept, _ := k.Form().Spelled(e.KeyValues()[0])
			return kept == k.Word
		})
	case cmdline.ShapeGroup, cmdline.ShapeEntries:
		if kid := d.Kid(k.Word); kid == nil || kid.Kind != model.KindList {
			if kid != nil && n.At(k.Word) == nil {
				follow(k, nil, kid)
			}
			return kid != nil && n.At(k.Word) == nil && len(k.Kids) == 0
		}
	case cmdline.ShapeFlag:
		return d.Kid(k.Word) != nil && n.At(k.Word) == nil
	}
	if d.Kid(k.Word) == nil {
		return false
	}
	note(k.Word)
	k.Kids = slices.DeleteFunc(k.Kids, func(e *cmdline.Statement) bool { return !kept[e.Word] })
	return len(k.Kids) == 0
}

func keysOf(n *model.Node) []string {
	if n.Def.Kind == model.KindList {
		return n.KeyValues()
	}
	return nil
}

// arrange gives names and values that a person ordered the order of a node.
func arrange(s *cmdline.Statement, n *model.Node) {
	for _, k := range s.Kids {
		names, byHand := k.Form().Names()
		if !byHand || names == nil {
			continue
		}
		rank := map[string]int{}
		for i, e := range n.All(k.Word) {
			word := e.Value
			if keys := keysOf(e); keys != nil {
				word = keys[0]
			}
			word, _ = names.Spelled(word)
			rank[word] = i
		}
		slices.SortStableFunc(k.Kids, func(a, b *cmdline.Statement) int { return rank[a.Word] - rank[b.Word] })
	}
}
