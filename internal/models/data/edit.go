package data

import (
	"fmt"
	"strings"
)

// A Path leads from the root of a data tree to a node.
type Path []Step

// A Step is one node of a path. Name is "name" or "module:name", as of a Node.
type Step struct {
	Name string
	Keys []Key // of an entry of a list, in the order of the model
}

// A Key is one of an entry. "." stands for the value itself, of an entry of a leaf-list
// or of a leaf that is meant with this value only.
type Key struct{ Name, Value string }

// P is a path of steps. "interface[name=ethernet-1/1]" is written
// S("interface", "name", "ethernet-1/1").
func P(steps ...Step) Path { return steps }

// S is a step; keys are pairs of a name and a value.
func S(name string, keys ...string) Step {
	s := Step{Name: name}
	for i := 0; i+1 < len(keys); i += 2 {
		s.Keys = append(s.Keys, Key{keys[i], keys[i+1]})
	}
	return s
}

// Names is the path of containers and lists without keys.
func Names(names ...string) Path {
	var p Path
	for _, n := range names {
		p = append(p, Step{Name: n})
	}
	return p
}

// To is the path with further steps.
func (p Path) To(steps ...Step) Path { return append(append(Path{}, p...), steps...) }

// String is the path as gNMI writes it ("gNMI Path Conventions"): keys in brackets,
// with \ before ] and \ in a value, and before / in a name.
func (p Path) String() string {
	if len(p) == 0 {
		return "/"
	}
	var b strings.Builder
	for _, s := range p {
		b.WriteString("/" + strings.NewReplacer(`\`, `\\`, `/`, `\/`, `[`, `\[`).Replace(s.Name))
		for _, k := range s.Keys {
			fmt.Fprintf(&b, "[%s=%s]", k.Name, strings.NewReplacer(`\`, `\\`, `]`, `\]`).Replace(k.Value))
		}
	}
	return b.String()
}

// An Op says what an edit does.
type Op string

// The operations of edits. In one push all deletions come before all replacements, and
// these before all updates, as in a Set of gNMI (specification section 3.4.3).
const (
	Delete  Op = "delete"  // the node goes, with all below
	Replace Op = "replace" // the node becomes the value, and what is not in it goes
	Update  Op = "update"  // the value is merged into the node
	Remove  Op = "remove"  // as Delete, and no error where it is not there; of NETCONF 1.1 alone
)

// An Edit is one operation on a data tree. Value, nil with Delete and Remove, is the node at the
// end of Path: its Name is that of the last step, and its keys may be left out.
type Edit struct {
	Op    Op
	Path  Path
	Value *Node
}

// Del deletes a node.
func Del(p Path) Edit { return Edit{Op: Delete, Path: p} }

// Rem deletes a node if it is there.
func Rem(p Path) Edit { return Edit{Op: Remove, Path: p} }

// Rep replaces a node by what is below it.
func Rep(p Path, children ...*Node) Edit { return Edit{Op: Replace, Path: p, Value: at(p, children)} }

// Upd merges what is below a node into it.
func Upd(p Path, children ...*Node) Edit { return Edit{Op: Update, Path: p, Value: at(p, children)} }

// Set updates a leaf.
func Set(p Path, value any) Edit {
	return Edit{Op: Update, Path: p, Value: V(p[len(p)-1].Name, value)}
}

func at(p Path, children []*Node) *Node {
	if len(p) == 0 {
		return C("", children...)
	}
	last := p[len(p)-1]
	if len(last.Keys) > 0 {
		return E(last.Name, children...)
	}
	return C(last.Name, children...)
}
