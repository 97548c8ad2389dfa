package junos

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/cmdline"
	"github.com/netmirror/netmirror/internal/lab/model"
)

// namespace is that of a configuration on a device without yang-compliant settings (fact
// sheet, 3); it is what is read, too.
const namespace = "http://xml.juniper.net/xnm/1.1/xnm"

// yangFamily is how the names of a model's YANG modules begin (fact sheet, 3).
func (m product) yangFamily() string {
	switch {
	case m.qfx:
		return "junos-qfx"
	case m.evolved || m.router:
		return "junos"
	}
	return "junos-ex"
}

// schemaOf is the form of a configuration as a data model. A word before names is a list
// whose key is called name; names that stand alone below "interfaces" and "vlans" are
// lists called "interface" and "vlan", those below "family" are containers (general
// knowledge; that of analyzers is checked against Juniper's YANG). What is kept as it is
// typed has no place in it: which of its words are names cannot be known.
func schemaOf(m product) *model.Schema {
	module := &model.Module{Name: m.yangFamily() + "-conf-root", Namespace: namespace}
	module.Also = []string{model.NamespaceNETCONF} // of an element without a namespace of its own
	for _, w := range append(slices.Clone(m.form.Words()), "root") {
		module.Also = append(module.Also, "http://yang.juniper.net/"+m.yangFamily()+"/conf/"+w)
	}
	kids := append(below(m.form, nil), model.List("groups", "name", append([]*model.Def{model.Leaf("name", groupName)}, below(m.form, nil)...)...))
	s := model.NewSchema(model.Container("configuration", kids...).In(module))
	s.BareNames = true
	s.Words = func(e *model.Error) {
		switch e.Tag {
		case model.TagUnknownElement, model.TagBadElement, model.TagUnknownNamespace, model.TagUnknownAttribute:
			e.Text = "syntax error"
		case model.TagInvalidValue:
			e.Text = "invalid value '" + e.Value + "'" + notRecorded
		case model.TagDataMissing:
			e.Text = "statement not found: " + e.Name
		case model.TagMissingElement:
			e.Text = "missing mandatory argument"
		}
	}
	return s
}

// bundled is the element of the word 802.3ad, which is no name of XML; its value stands
// in an element of its own (general knowledge).
const bundled = "ieee-802.3ad"

func elementOf(word string) string {
	if word == "802.3ad" {
		return bundled
	}
	return word
}

// familyNames are the containers below "family".
var familyNames = []string{"any", "inet", "inet6", "ethernet-switching", "bridge", "ccc", "mpls", "vpls", "iso", "tcc"}

// singles are the lists of names that stand alone below a word.
var singles = map[string]string{"interfaces": "interface", "vlans": "vlan"}

// below defines what stands below a form; path are the words that lead there.
func below(f *cmdline.Form, path []string) (out []*model.Def) {
	for _, w := range f.Words() {
		if k := f.Kid(w); !k.Whole() && w != "groups" {
			out = append(out, define(w, k, append(slices.Clip(path), w)))
		}
	}
	return append(out, model.LeafList("apply-groups", groupName).OrderedByUser())
}

// define defines a word.
func define(word string, f *cmdline.Form, path []string) *model.Def {
	names, byHand := f.Names()
	switch f.Shape() {
	case cmdline.ShapeFlag:
		if len(f.Words()) == 0 {
			return model.Leaf(word, model.Empty())
		}
		return model.Presence(word, below(f, path)...)
	case cmdline.ShapeLeaf:
		if elementOf(word) == bundled {
			return model.Container(bundled, model.Leaf("bundle", typeOf(names)))
		}
		if filtered(path) {
			return model.Container(word, model.Leaf("filter-name", typeOf(names)))
		}
		return model.Leaf(word, typeOf(names))
	case cmdline.ShapeValues:
		return model.LeafList(word, typeOf(names)).OrderedByUser()
	case cmdline.ShapeEntries:
		if word != "family" {
			return listOf(word, names, byHand, path)
		}
		var kids []*model.Def
		for _, name := range familyNames {
			kids = append(kids, model.Presence(name, below(names, append(slices.Clip(path), name))...))
		}
		return model.Container(word, kids...)
	}
	if names == nil {
		return model.Container(word, below(f, path)...)
	}
	return model.Container(word, append([]*model.Def{listOf(singles[word], names, byHand, path)}, model.LeafList("apply-groups", groupName).OrderedByUser())...)
}

func listOf(word string, names *cmdline.Form, byHand bool, path []string) *model.Def {
	d := model.List(word, "name", append([]*model.Def{model.Leaf("name", typeOf(names))}, below(names, path)...)...)
	if byHand {
		d.OrderedByUser()
	}
	return d
}

func typeOf(f *cmdline.Form) *model.Type {
	return model.String("1..65535").Where(func(value string) string {
		if _, ok := f.Spelled(value); !ok {
			return "not a value here"
		}
		return keepable(value)
	})
}

// groupName is the name of a group.
var groupName = model.String("1..255").Where(keepable)

// keepable refuses what the lab's form of commands cannot hold.
func keepable(value string) string {
	if strings.ContainsAny(value, "\"\r\n\t") || value == "[" || value == "]" {
		return "cannot be kept by the simulation"
	}
	return ""
}

// filtered reports whether a path leads to the filter of a routed family of an interface,
// which has a container around its name (general knowledge).
func filtered(path []string) bool {
	n := len(path)
	return n > 3 && path[n-2] == "filter" && path[0] == "interfaces" && (path[n-1] == "input" || path[n-1] == "output") && path[n-3] != "ethernet-switching" && path[n-3] != "bridge"
}
