package model

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// An Elem is one name of a Path, "name" or "module:name", with keys of a list. "*" is any
// name or key, "..." as a name any number of names.
type Elem struct {
	Name string
	Keys map[string]string
}

// A Path leads to a node.
type Path []Elem

// String writes a path as gNMI clients do: /a/b[k=v]/c.
func (p Path) String() string {
	if len(p) == 0 {
		return "/"
	}
	var b strings.Builder
	for _, e := range p {
		b.WriteString("/" + e.Name)
		for _, k := range slices.Sorted(maps.Keys(e.Keys)) {
			b.WriteString("[" + k + "=" + strings.NewReplacer(`\`, `\\`, `]`, `\]`).Replace(e.Keys[k]) + "]")
		}
	}
	return b.String()
}

// ParsePath reads what String writes.
func ParsePath(text string) (p Path, err error) {
	rest := strings.TrimPrefix(text, "/")
	for rest != "" {
		end := strings.IndexAny(rest, "/[")
		if end < 0 {
			end = len(rest)
		}
		e := Elem{Name: rest[:end]}
		if rest = rest[end:]; e.Name == "" {
			return nil, fmt.Errorf("path %q has an empty name", text)
		}
		for strings.HasPrefix(rest, "[") {
			key, value, more, err := parseKey(rest)
			if err != nil {
				return nil, fmt.Errorf("path %q: %w", text, err)
			}
			if e.Keys == nil {
				e.Keys = map[string]string{}
			}
			e.Keys[key], rest = value, more
		}
		if rest != "" && rest[0] != '/' {
			return nil, fmt.Errorf("path %q: a slash is missing before %q", text, rest)
		}
		p, rest = append(p, e), strings.TrimPrefix(rest, "/")
	}
	return p, nil
}

// parseKey reads "[key=value]"; a backslash takes the next octet as it is.
func parseKey(text string) (key, value, rest string, err error) {
	key, text, ok := strings.Cut(text[1:], "=")
	if !ok || key == "" {
		return "", "", "", errors.New("a key has no value")
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case text[i] == ']':
			return key, b.String(), text[i+1:], nil
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", "", errors.New("a bracket is not closed")
}

// With is the path to something below.
func (p Path) With(name string) Path { return append(slices.Clip(slices.Clone(p)), Elem{Name: name}) }

// Path leads from the root to n, with all keys. Names have their module in front where
// it is another one than above.
func (n *Node) Path() Path {
	if n == nil || n.up == nil {
		return nil
	}
	e := Elem{Name: n.Def.Name}
	if n.Def.foreign() {
		e.Name = n.Def.qualified()
	}
	for _, key := range n.Def.Keys {
		if e.Keys == nil {
			e.Keys = map[string]string{}
		}
		e.Keys[key] = n.At(key).value()
	}
	return append(n.up.Path(), e)
}

// Bare is the path without modules.
func (p Path) Bare() Path {
	out := slices.Clone(p)
	for i := range out {
		if _, name, is := strings.Cut(out[i].Name, ":"); is {
			out[i].Name = name
		}
	}
	return out
}

// Find reads by a path in which wildcards may stand; a list without all its keys stands
// for all entries that have the others. What is not there is not found; a name that the
// schema does not have is an error.
func (s *Schema) Find(root *Node, p Path) ([]*Node, error) {
	if err := s.known(s.Root, p, 0); err != nil {
		return nil, err
	}
	var out []*Node
	seen := map[*Node]bool{}
	s.find(root, p, func(n *Node) {
		if !seen[n] {
			seen[n], out = true, append(out, n)
		}
	})
	return out, nil
}

// known looks for names that are nowhere.
func (s *Schema) known(d *Def, p Path, i int) error {
	if i == len(p) {
		return nil
	}
	e := p[i]
	if e.Name == "..." {
		return nil
	}
	if e.Name == "*" {
		var first error
		for _, k := range d.Kids {
			err := s.known(k, p, i+1)
			if err == nil {
				return nil
			}
			first = err
		}
		if first == nil {
			first = s.unknown(p[:i], d, e.Name)
		}
		return first
	}
	k := d.Kid(e.Name)
	if k == nil {
		return s.unknown(p[:i], d, e.Name)
	}
	if _, err := s.keys(k, p[:i+1], true); err != nil {
		return err
	}
	return s.known(k, p, i+1)
}

// keys reads the keys of the last name of a path, in their order; with loose they may be
// missing or "*", which is "" then.
func (s *Schema) keys(d *Def, p Path, loose bool) ([]string, error) {
	given := p[len(p)-1].Keys
	for name := range given {
		key := d.Kid(name)
		if key == nil || !key.isKey() {
			return nil, s.fault(Error{Tag: TagBadElement, At: p, Name: name}, "'%s' is no key of '%s'", name, d.Name)
		}
	}
	var out []string
	for _, name := range d.Keys {
		key := d.Kid(name)
		value, is := given[name]
		if !is {
			for full, v := range given {
				if _, bare, q := strings.Cut(full, ":"); q && bare == name {
					value, is = v, true
				}
			}
		}
		if loose && (!is || value == "*") {
			out = append(out, "")
			continue
		}
		if !is {
			return nil, s.fault(Error{Tag: TagMissingElement, At: p, Name: name}, "key '%s' of '%s' is missing", name, d.Name)
		}
		kept, wrong := key.Type.Parse(value)
		if wrong != "" {
			return nil, s.badValue(p, name, value, wrong)
		}
		out = append(out, kept)
	}
	return out, nil
}

func (s *Schema) find(n *Node, p Path, found func(*Node)) {
	if len(p) == 0 {
		found(n)
		return
	}
	if p[0].Name == "..." {
		s.find(n, p[1:], found)
		for _, k := range n.Kids {
			s.find(k, p, found)
		}
		return
	}
	for _, k := range n.Kids {
		if p[0].Name != "*" && n.Def.Kid(p[0].Name) != k.Def {
			continue
		}
		if k.fits(p[0].Keys) {
			s.find(k, p[1:], found)
		}
	}
}

// fits reports whether an entry has the keys that are given.
func (n *Node) fits(keys map[string]string) bool {
	for name, value := range keys {
		if value == "*" {
			continue
		}
		if _, bare, q := strings.Cut(name, ":"); q {
			name = bare
		}
		k := n.Def.Kid(name)
		if k == nil || !k.isKey() {
			return false
		}
		if kept, wrong := k.Type.Parse(value); wrong != "" || n.At(name).value() != kept {
			return false
		}
	}
	return true
}
