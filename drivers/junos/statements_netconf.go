package junos

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
)

// A configuration over NETCONF is the same statements as elements: a word is one; the name
// behind a word that begins a list is the leaf "name" in an entry; a value is text. So what
// the command line types is what is sent here, and what is read here are the statements
// that a command line shows.

// A form is what may stand below a word of the configuration, as far as netmirror writes
// there. Of "forwarding-options" it is that of Juniper's models (junos-qfx, -ex, -nfx and
// junos of 21.4R1 to 24.4R1); what is around, and the hierarchy of switches before ELS, is
// general knowledge and unverified.
type form struct {
	list string // the element of the entries whose names stand behind the word, "" = no list
	leaf bool   // a value stands behind it
	kids forms
}

type forms map[string]*form

var value = &form{leaf: true}

func in(kids forms) *form                 { return &form{kids: kids} }
func named(list string, kids forms) *form { return &form{list: list, kids: kids} }

var sides = forms{"interface": named("interface", nil), "vlan": named("vlan", nil)}

var schema = forms{
	hierarchyELS: in(forms{"analyzer": named("analyzer", forms{
		"input": in(forms{"rate": value, "maximum-packet-length": value, "ingress": in(sides), "egress": in(sides)}),
		"output": in(forms{"interface": value, "ip-address": value, "ipv6-address": value, "vlan": named("vlan", nil),
			"source-ip-address": value, "source-ipv6-address": value, "dscp": value}),
	})}),
	hierarchyOld: in(forms{"analyzer": named("analyzer", forms{
		"ratio": value, "loss-priority": value,
		"input":  in(forms{"ingress": in(sides), "egress": in(sides)}),
		"output": in(forms{"interface": value, "vlan": named("vlan", nil)}),
	})}),
	"interfaces": named("interface", forms{"disable": in(nil), "unit": named("unit", forms{
		"family": in(forms{"ethernet-switching": in(forms{"vlan": in(forms{"members": value}), "filter": in(forms{"input": value})})}),
	})}),
	"vlans": named("vlan", forms{"vlan-id": value, "no-mac-learning": in(nil), "switch-options": in(forms{"no-mac-learning": in(nil)})}),
	"firewall": in(forms{"family": in(forms{filterFamily: in(forms{"filter": named("filter", forms{"term": named("term", forms{
		"from": in(forms{"user-vlan-id": value, "ip-source-address": named("ip-source-address", nil), "ip-destination-address": named("ip-destination-address", nil),
			"ip-protocol": value, "source-port": value, "destination-port": value}),
		"then": in(forms{"analyzer": value, "accept": in(nil)}),
	})})})})}),
}

// root is the element around a configuration.
const root = "configuration"

// way leads to the statement of these words. A value is the key "." of its leaf.
// mirror.ErrInvalid for words that are not in schema.
func way(words []string) (data.Path, error) {
	path, at := data.Names("root:"+root), &form{kids: schema}
	for i := 0; i < len(words); i++ {
		word := words[i]
		next := at.kids[word]
		if next == nil {
			return nil, fmt.Errorf("%q of %q has no place in the data model: %w", word, strings.Join(words, " "), mirror.ErrInvalid)
		}
		element := word
		if i == 0 {
			element = word + ":" + word // the module
		}
		more := i+1 < len(words)
		switch {
		case next.leaf && more:
			path, i = path.To(data.S(element, ".", words[i+1])), i+1
		case next.list != "" && next.list != word:
			if path = path.To(data.S(element)); more {
				path, i = path.To(data.S(next.list, "name", words[i+1])), i+1
			}
		case next.list != "" && more:
			path, i = path.To(data.S(element, "name", words[i+1])), i+1
		default:
			path = path.To(data.S(element))
		}
		at = next
	}
	return path, nil
}

// keys are the keys of lists, and the leaves whose values matter, by their path of names.
func keys() map[string][]string {
	out := map[string][]string{}
	var each func(at string, kids forms)
	each = func(at string, kids forms) {
		for word, f := range kids {
			path := at + "/" + word
			switch {
			case f.leaf:
				out[path] = []string{"."}
			case f.list != "" && f.list != word:
				path += "/" + f.list
				out[path] = []string{"name"}
			case f.list != "":
				out[path] = []string{"name"}
			}
			each(path, f.kids)
		}
	}
	each("/"+root, schema)
	return out
}

// The attributes of what is put out of service and back; that of activating is general
// knowledge (juniper-junos.md 1.4).
const (
	attrInactive = "inactive"
	attrActive   = "active"
)

// editsOf are the lines of a block as edits. What is deleted and set anew in one block is
// replaced; the value of a leaf is simply another one then.
func editsOf(lines string) ([]data.Edit, error) {
	var out []data.Edit
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) < 2 {
			return nil, fmt.Errorf("line %q: %w", line, mirror.ErrInvalid)
		}
		path, err := way(words[1:])
		if err != nil {
			return nil, err
		}
		switch words[0] {
		case "delete":
			out = append(out, data.Del(path))
		case "set":
			out = append(anew(out, path), data.Upd(path))
		case "activate", "deactivate":
			n := data.C(path[len(path)-1].Name)
			n.Attrs = map[string]string{attrActive: attrActive}
			if words[0] == "deactivate" {
				n.Attrs = map[string]string{attrInactive: attrInactive}
			}
			out = append(out, data.Edit{Op: data.Update, Path: path, Value: n})
		default:
			return nil, fmt.Errorf("line %q: %w", line, mirror.ErrInvalid)
		}
	}
	return out, nil
}

// anew has what is deleted and lies on the way to what is set be replaced by it.
func anew(edits []data.Edit, path data.Path) []data.Edit {
	out := edits[:0]
	last := path[len(path)-1]
	for _, e := range edits {
		n := len(e.Path)
		above := e.Op == data.Delete && n <= len(path)
		switch {
		case above && n == len(path) && e.Path[n-1].Name == last.Name && len(e.Path[n-1].Keys) == 0 && len(last.Keys) == 1 && last.Keys[0].Name == ".":
			continue
		case above && e.Path.String() == path[:n].String():
			e.Op = data.Replace
		}
		out = append(out, e)
	}
	return out
}

// elsewhere are elements that are called otherwise than their words, which no name of XML
// can be (general knowledge).
var elsewhere = map[string]string{"ieee-802.3ad": "802.3ad"}

// within are leaves that hold the value of the word around them (general knowledge).
var within = []string{"filter-name", "bundle"}

// take puts the statements of an element into a tree of them; added as in text.Tree.Read.
func take(t *text.Tree, n *data.Node, added bool) {
	for _, c := range n.Children {
		if c.Name == "comment" && strings.Contains(c.Module, "xml.juniper.net/junos") || c == keyOf(n) {
			continue
		}
		inherited := added || c.Attrs["group"] != ""
		at := t.Put(inherited, wordsOf(n, c)...)
		at.Off = at.Off || c.Attrs[attrInactive] != ""
		take(at, c, inherited)
	}
}

// keyOf is the leaf with the name of an entry, nil = it is none.
func keyOf(n *data.Node) *data.Node {
	if k := n.Child("name"); k != nil && len(k.Children) == 0 && n.Name != root {
		return k
	}
	return nil
}

// wordsOf are the words that an element adds to those around it.
func wordsOf(around, n *data.Node) (words []string) {
	word := n.Name
	if w := elsewhere[word]; w != "" {
		word = w
	}
	f := schema[around.Name]
	alone := f != nil && f.list == n.Name && f.list != around.Name || slices.Contains(within, n.Name)
	if !alone {
		words = append(words, word)
	}
	if k := keyOf(n); k != nil {
		return append(words, k.Text())
	}
	if v := n.Text(); len(n.Children) == 0 && v != "" {
		words = append(words, v)
	}
	return words
}

var (
	pathPart  = regexp.MustCompile(`/([^/\[\]]+)|\[[^=\]]+=((?:\\.|[^\]\\])*)\]`)
	unescaped = strings.NewReplacer(`\]`, `]`, `\\`, `\`)
)

// wordsAt are the words of a path that a block touches.
func wordsAt(path string) (words []string) {
	above := ""
	for i, m := range pathPart.FindAllStringSubmatch(path, -1) {
		f := schema[above]
		if m[1] != "" {
			above = m[1]
		}
		switch {
		case i == 0 && m[1] == root, f != nil && m[1] == f.list && m[1] != "":
		case m[1] != "":
			words = append(words, m[1])
		default:
			words = append(words, unescaped.Replace(m[2]))
		}
	}
	return words
}
