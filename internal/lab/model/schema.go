package model

import (
	"cmp"
	"slices"
	"strings"
)

// A Module is a YANG module.
type Module struct {
	Name, Namespace, Revision, Organization string
	// Also are further namespaces that the device takes for this one.
	Also []string
}

// has reports whether a namespace is the module's.
func (m *Module) has(namespace string) bool {
	return m.Namespace == namespace || slices.Contains(m.Also, namespace)
}

// A Kind is what a Def defines.
type Kind int

// The kinds of nodes. A Presence is a container that means something by being there; an
// empty Container is not there.
const (
	KindContainer Kind = iota
	KindPresence
	KindList
	KindLeaf
	KindLeafList
)

// A Def is the definition of a node. It stands in one place of one Schema.
type Def struct {
	Name   string
	Kind   Kind
	Module *Module // nil: that of the node above
	Keys   []string
	Kids   []*Def
	Type   *Type
	// Default is the value of a leaf that is not there; HasDefault tells "" from none.
	Default    string
	HasDefault bool
	Mandatory  bool
	State      bool // config false
	ByUser     bool // the order of entries is a person's
	Max        int  // entries, 0 = no limit
	// Choice and Case say that it excludes the nodes of another case of the same choice.
	Choice, Case string
	// Checks are the must statements: each is asked about every node there is and
	// returns the device's words, "" = it is content.
	Checks []func(*Node) string

	up    *Def
	index int
	names map[string][]*Def
}

// Container defines a container.
func Container(name string, kids ...*Def) *Def { return &Def{Name: name, Kids: kids} }

// Presence defines a container that means something by being there.
func Presence(name string, kids ...*Def) *Def {
	return &Def{Name: name, Kind: KindPresence, Kids: kids}
}

// List defines a list; keys are separated by blanks, and their leaves are among the kids.
func List(name, keys string, kids ...*Def) *Def {
	return &Def{Name: name, Kind: KindList, Keys: strings.Fields(keys), Kids: kids}
}

// Leaf defines a leaf.
func Leaf(name string, t *Type) *Def { return &Def{Name: name, Kind: KindLeaf, Type: t} }

// LeafList defines a list of values.
func LeafList(name string, t *Type) *Def { return &Def{Name: name, Kind: KindLeafList, Type: t} }

// In says which module defines a node, and those below it.
func (d *Def) In(m *Module) *Def { d.Module = m; return d }

// Defaults gives a leaf its default.
func (d *Def) Defaults(value string) *Def { d.Default, d.HasDefault = value, true; return d }

// Required says that a leaf has to be there.
func (d *Def) Required() *Def { d.Mandatory = true; return d }

// ReadOnly says that a node, and what is below it, is no configuration.
func (d *Def) ReadOnly() *Def { d.State = true; return d }

// OrderedByUser says that the order of entries counts.
func (d *Def) OrderedByUser() *Def { d.ByUser = true; return d }

// AtMost limits the entries.
func (d *Def) AtMost(n int) *Def { d.Max = n; return d }

// Of makes a node one of a case of a choice.
func (d *Def) Of(choice, name string) *Def { d.Choice, d.Case = choice, name; return d }

// Must adds a rule.
func (d *Def) Must(check func(*Node) string) *Def { d.Checks = append(d.Checks, check); return d }

// A Schema is all that a device has, and its manners.
type Schema struct {
	Root *Def
	// BareNames takes names without their module, and without a namespace, where a
	// standard wants one.
	BareNames bool
	// Words puts an error in the device's own words: it may change its Text. Nil: those
	// of this package.
	Words func(*Error)

	modules map[string]*Module
}

// NewSchema is a schema of top level nodes, each of which names its module.
func NewSchema(kids ...*Def) *Schema {
	s := &Schema{Root: &Def{Kids: kids}, modules: map[string]*Module{}}
	s.Root.link(nil)
	return s.Know(s.Modules()...)
}

// Know tells of modules that define identities and no node.
func (s *Schema) Know(modules ...*Module) *Schema {
	for _, m := range modules {
		s.modules[m.Name] = m
	}
	return s
}

func (d *Def) link(up *Def) {
	d.up, d.names = up, map[string][]*Def{}
	if up != nil {
		d.Module, d.State = cmp.Or(d.Module, up.Module), d.State || up.State
	}
	for i, k := range d.Kids {
		k.index = i
		k.link(d)
		d.names[k.Name] = append(d.names[k.Name], k)
	}
}

// Modules are those of all nodes, in the order of their first nodes.
func (s *Schema) Modules() (out []*Module) {
	var walk func(*Def)
	walk = func(d *Def) {
		if d.Module != nil && !slices.Contains(out, d.Module) {
			out = append(out, d.Module)
		}
		for _, k := range d.Kids {
			walk(k)
		}
	}
	walk(s.Root)
	return out
}

// Kid is the definition below d by its name, "module:name" or "name"; nil: there is none,
// or the name alone does not tell which.
func (d *Def) Kid(name string) *Def {
	module, bare, qualified := strings.Cut(name, ":")
	if !qualified {
		bare = name
	}
	var found *Def
	for _, k := range d.names[bare] {
		switch {
		case qualified && k.Module != nil && k.Module.Name != module:
		case found != nil:
			return nil
		default:
			found = k
		}
	}
	return found
}

// foreign reports whether a node's name needs its module in front of it.
func (d *Def) foreign() bool { return d.up == nil || d.up.Module != d.Module }

// qualified is the name with its module in front.
func (d *Def) qualified() string {
	if d.Module == nil {
		return d.Name
	}
	return d.Module.Name + ":" + d.Name
}

// options are the names below d.
func (d *Def) options() (out []string) {
	for _, k := range d.Kids {
		out = append(out, k.Name)
	}
	return out
}

// inner reports whether other nodes stand below it.
func (d *Def) inner() bool { return d.Kind < KindLeaf }

// many reports whether there may be several of it.
func (d *Def) many() bool { return d.Kind == KindList || d.Kind == KindLeafList }

// isKey reports whether it is a key of its list.
func (d *Def) isKey() bool {
	return d.up != nil && d.up.Kind == KindList && slices.Contains(d.up.Keys, d.Name) && d.up.Module == d.Module
}
