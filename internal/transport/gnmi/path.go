package gnmi

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	gpb "github.com/openconfig/gnmi/proto/gnmi"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Path is the place of a node in a data tree. The zero value is the root of the
// device's own models.
type Path struct {
	Origin string // of the tree: "" = the device's own, "openconfig", "cli", ...
	Elems  []Elem
}

// An Elem is a node on the way. Keys select entries of a list, in any order.
type Elem struct {
	Name string
	Keys map[string]string
}

// origin is what may stand before the path proper. gNMI's path strings have none;
// gnmic writes them so.
var origin = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*:(/|$)`)

// ParsePath reads a path string of gNMI ("gNMI Path Strings" of openconfig/reference):
// names between slashes, keys as [name=value] behind them, with an origin and a colon
// before the first slash where there is one: openconfig:/interfaces/interface[name=e/1].
// A backslash takes from the next character what it would mean; within brackets a ]
// needs one, a slash none. The first slash may be left out where there is no origin.
// ErrInvalid says what is wrong where.
func ParsePath(text string) (Path, error) {
	var p Path
	if !utf8.ValidString(text) {
		return p, fmt.Errorf("path %q is no UTF-8: %w", text, mirror.ErrInvalid)
	}
	rest := text
	if m := origin.FindString(text); m != "" {
		p.Origin, rest, _ = strings.Cut(text, ":")
	}
	rest = strings.TrimPrefix(rest, "/")
	if rest == "" {
		return p, nil
	}
	for s := (scanner{text: rest}); ; {
		e, err := s.elem()
		if err != nil {
			return Path{}, fmt.Errorf("path %q: %w: %w", text, mirror.ErrInvalid, err)
		}
		p.Elems = append(p.Elems, e)
		if s.at == len(s.text) {
			return p, nil
		}
		s.at++ // the slash
	}
}

// MustPath is ParsePath for a path that is written in the program.
func MustPath(text string) Path {
	p, err := ParsePath(text)
	if err != nil {
		panic(err)
	}
	return p
}

// A scanner goes over the text of a path.
type scanner struct {
	text string
	at   int
}

// elem reads a name with its keys, up to a slash or the end.
func (s *scanner) elem() (Elem, error) {
	var e Elem
	var err error
	if e.Name, err = s.until("/["); err != nil {
		return e, err
	}
	if e.Name == "" {
		return e, fmt.Errorf("there is no name at %q", s.text[s.at:])
	}
	for s.at < len(s.text) && s.text[s.at] == '[' {
		s.at++
		name, err := s.until("=]")
		if err != nil {
			return e, err
		}
		if name == "" || s.at == len(s.text) || s.text[s.at] != '=' {
			return e, fmt.Errorf("a key of %q is not [name=value]", e.Name)
		}
		s.at++
		value, err := s.until("]")
		if err != nil {
			return e, err
		}
		if s.at == len(s.text) {
			return e, fmt.Errorf("the key %q of %q has no ] behind it", name, e.Name)
		}
		s.at++
		if _, twice := e.Keys[name]; twice {
			return e, fmt.Errorf("%q has the key %q twice", e.Name, name)
		}
		if e.Keys == nil {
			e.Keys = map[string]string{}
		}
		e.Keys[name] = value
	}
	if s.at < len(s.text) && s.text[s.at] != '/' {
		return e, fmt.Errorf("%q stands behind the keys of %q", s.text[s.at:], e.Name)
	}
	return e, nil
}

// until reads up to one of the characters or the end, and takes out backslashes.
func (s *scanner) until(stop string) (string, error) {
	var b strings.Builder
	for ; s.at < len(s.text) && strings.IndexByte(stop, s.text[s.at]) < 0; s.at++ {
		if s.text[s.at] == '\\' {
			if s.at++; s.at == len(s.text) {
				return "", fmt.Errorf("there is nothing behind the last backslash")
			}
		}
		b.WriteByte(s.text[s.at])
	}
	return b.String(), nil
}

var (
	inName    = strings.NewReplacer(`\`, `\\`, `/`, `\/`, `[`, `\[`)
	inKeyName = strings.NewReplacer(`\`, `\\`, `=`, `\=`, `]`, `\]`)
	inValue   = strings.NewReplacer(`\`, `\\`, `]`, `\]`)
)

// String is the text that ParsePath reads, with the keys sorted by name.
func (p Path) String() string {
	var b strings.Builder
	if p.Origin != "" {
		b.WriteString(p.Origin + ":")
	}
	for _, e := range p.Elems {
		b.WriteString("/" + e.String())
	}
	if len(p.Elems) == 0 {
		b.WriteString("/")
	}
	return b.String()
}

// String is the element as it stands in the text of a path.
func (e Elem) String() string {
	var b strings.Builder
	b.WriteString(inName.Replace(e.Name))
	for _, k := range slices.Sorted(maps.Keys(e.Keys)) {
		b.WriteString("[" + inKeyName.Replace(k) + "=" + inValue.Replace(e.Keys[k]) + "]")
	}
	return b.String()
}

// Equal reports whether both are the same place.
func (p Path) Equal(q Path) bool {
	return p.Origin == q.Origin && slices.EqualFunc(p.Elems, q.Elems, func(a, b Elem) bool { return a.Name == b.Name && maps.Equal(a.Keys, b.Keys) })
}

// Join is the path of a node below p.
func (p Path) Join(below ...Elem) Path {
	return Path{Origin: p.Origin, Elems: slices.Concat(p.Elems, below)}
}

// check is nil when the wire can carry the path.
func (p Path) check() error {
	bad := !utf8.ValidString(p.Origin)
	for _, e := range p.Elems {
		bad = bad || e.Name == "" || !utf8.ValidString(e.Name)
		for k, v := range e.Keys {
			bad = bad || k == "" || !utf8.ValidString(k) || !utf8.ValidString(v)
		}
	}
	if bad {
		return fmt.Errorf("path %q has an empty name, or what is no UTF-8: %w", p, mirror.ErrInvalid)
	}
	return nil
}

func (p Path) wire() *gpb.Path {
	out := &gpb.Path{Origin: p.Origin, Elem: make([]*gpb.PathElem, len(p.Elems))}
	for i, e := range p.Elems {
		out.Elem[i] = &gpb.PathElem{Name: e.Name, Key: e.Keys}
	}
	return out
}

// pathOf is a path as a server tells it below a prefix. Servers of the first versions
// name elements by text (element, deprecated since gNMI 0.4.0).
func pathOf(prefix, p *gpb.Path) (Path, error) {
	out := Path{Origin: p.GetOrigin()}
	if out.Origin == "" {
		out.Origin = prefix.GetOrigin()
	}
	for _, part := range []*gpb.Path{prefix, p} {
		if len(part.GetElem()) == 0 {
			for _, text := range part.GetElement() { //nolint:staticcheck // old servers send it
				s := scanner{text: text}
				e, err := s.elem()
				if err != nil || s.at != len(text) {
					return Path{}, fmt.Errorf("%q is no element of a path: %w", text, mirror.ErrParse)
				}
				out.Elems = append(out.Elems, e)
			}
		}
		for _, e := range part.GetElem() {
			out.Elems = append(out.Elems, Elem{Name: e.GetName(), Keys: e.GetKey()})
		}
	}
	return out, nil
}
