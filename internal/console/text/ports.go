package text

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Kind is one type of interface that can be mirrored or receive copies.
type Kind struct {
	Full  string // GigabitEthernet
	Short string // the abbreviation that show commands print: Gi
	Also  string // another one that is in use
	LAG   bool   // a bundle: its number has one part
	Parts int    // of its number, 0 = any
}

// A Grammar says how ports are called: which kinds there are, and how their numbers
// look. Any unambiguous beginning of a kind is understood as well ("Gig0/1"); an
// abbreviation in the table wins over a longer name that begins alike.
type Grammar struct {
	Kinds []Kind
	// Other is how kinds are spelled that are not in the table, but are ports as
	// well, by their whole name; nil = there are none.
	Other  *regexp.Regexp
	Number *regexp.Regexp // 1/0/14, 1/0/14.100, 0/0/48:3
	// Bare allows a number alone behind a comma, of the kind before it and with as
	// many parts: "Ethernet1-3,7".
	Bare bool
	// UnitZero says that every port has a unit 0, which is the port itself.
	UnitZero bool
}

// maxRange bounds the ports of one list, as mirror.MaxSources bounds a request.
const maxRange = mirror.MaxSources

// A Name is a port's name taken apart. The zero value is no name.
type Name struct {
	Word string // the kind's full name, or what could not be understood
	Path []int  // 1/0/14; empty where the name was not understood
	Sub  int    // subinterface, -1 = none
	Lane string // of a port that is divided, "" = it is whole

	kind  int // index into the grammar's kinds, or their number
	short string
	lag   bool
	parts int // that its number has, 0 = any
}

// Known reports whether the name was understood.
func (n Name) Known() bool { return len(n.Path) > 0 }

// LAG reports whether it is that of a bundle.
func (n Name) LAG() bool { return n.lag }

func (n Name) text(kind string) string {
	if len(n.Path) == 1 && n.Sub < 0 && n.Lane == "" { // most names of a list are written often
		return kind + strconv.Itoa(n.Path[0])
	}
	parts := make([]string, len(n.Path))
	for i, p := range n.Path {
		parts[i] = strconv.Itoa(p)
	}
	out := kind + strings.Join(parts, "/")
	if n.Lane != "" {
		out += ":" + n.Lane
	}
	if n.Sub >= 0 {
		out += "." + strconv.Itoa(n.Sub)
	}
	return out
}

// Full is the canonical name.
func (n Name) Full() mirror.PortName { return mirror.PortName(n.text(n.Word)) }

// Short is the name as show commands print it.
func (n Name) Short() string { return n.text(cmp.Or(n.short, n.Word)) }

// Compare orders names as a person would, what was not understood last.
func (n Name) Compare(o Name) int {
	word := 0
	if n.short == "" && o.short == "" {
		word = cmp.Compare(n.Word, o.Word)
	}
	return cmp.Or(cmp.Compare(n.kind, o.kind), word, slices.Compare(n.Path, o.Path),
		cmp.Compare(len(n.Lane), len(o.Lane)), cmp.Compare(n.Lane, o.Lane), cmp.Compare(n.Sub, o.Sub))
}

// Unnamed is a port that a device tells of by a name that is not understood. It is
// listed, and can be nothing else.
func (g *Grammar) Unnamed(text string) Name { return Name{kind: len(g.Kinds), Word: text, Sub: -1} }

// Kind finds the kind that a word abbreviates: its index, the number of kinds for
// one that is not in the table, -1 for none or several.
func (g *Grammar) Kind(word string) int {
	found := -1
	for i, k := range g.Kinds {
		if strings.EqualFold(k.Short, word) || strings.EqualFold(k.Full, word) || k.Also != "" && strings.EqualFold(k.Also, word) {
			return i
		}
		if found != -2 && len(word) <= len(k.Full) && strings.EqualFold(k.Full[:len(word)], word) {
			if found >= 0 {
				found = -2 // several
				continue
			}
			found = i
		}
	}
	switch {
	case found >= 0:
		return found
	case g.Other != nil && g.Other.MatchString(word):
		return len(g.Kinds)
	}
	return -1
}

func (g *Grammar) kind(i int) Name {
	k := g.Kinds[i]
	return Name{kind: i, Word: k.Full, short: k.Short, lag: k.LAG, parts: k.Parts, Sub: -1}
}

// Of is the name of a port of the kind at index kind; sub is -1 where it is none of
// a subinterface.
func (g *Grammar) Of(kind int, path []int, sub int) Name {
	n := g.kind(kind)
	n.Path, n.Sub = path, sub
	return n
}

// A noKind is the error about a word that names no kind.
type noKind struct {
	word string
	g    *Grammar
}

func (e noKind) Error() string {
	kinds := make([]string, len(e.g.Kinds))
	for i, k := range e.g.Kinds {
		kinds[i] = k.Full
	}
	return fmt.Sprintf("%q is none of the types of ports here (%s), or short for several", e.word, strings.Join(kinds, ", "))
}

func (noKind) Unwrap() error { return mirror.ErrInvalid }

// name reads a kind and a number, "Gi" and "1/0/14".
func (g *Grammar) name(word, number string) (Name, error) {
	n := g.Unnamed(word)
	switch i := g.Kind(word); {
	case i < 0:
		return n, noKind{word, g}
	case i < len(g.Kinds):
		n = g.kind(i)
	}
	// Most names are sound, and an error that nobody needs takes as long as the rest.
	bad := func() error { return fmt.Errorf("%q is no number of a port: %w", number, mirror.ErrInvalid) }
	if !g.Number.MatchString(number) {
		return n, bad()
	}
	path, sub, hasSub := strings.Cut(number, ".")
	path, lane, divided := strings.Cut(path, ":")
	n.Path = make([]int, 0, 1+strings.Count(path, "/"))
	for part := range strings.SplitSeq(path, "/") {
		v, err := Decimal(part)
		if err != nil {
			return n, bad()
		}
		n.Path = append(n.Path, v)
	}
	if divided {
		if _, err := Decimal(lane); err != nil {
			return n, bad()
		}
		n.Lane = lane
	}
	if hasSub {
		v, err := Decimal(sub)
		if err != nil {
			return n, bad()
		}
		if n.Sub = v; v == 0 && g.UnitZero {
			n.Sub = -1
		}
	}
	if n.lag && len(n.Path) != 1 || n.parts > 0 && len(n.Path) != n.parts {
		return n, fmt.Errorf("%s%s has a wrong number of parts: %w", word, number, mirror.ErrInvalid)
	}
	return n, nil
}

// element is one port or range: kind, number, and where the range ends (with or
// without a repeated kind). Port-channel has a hyphen in its name; some kinds end with
// one, or with a dot.
var element = regexp.MustCompile(`^(?:([A-Za-z]+(?:-[A-Za-z]+)?[-.]?) ?)?([0-9][0-9/.:]*)(?: ?- ?(?:([A-Za-z]+(?:-[A-Za-z]+)?[-.]?) ?)?([0-9][0-9/]*))?`)

// List reads ports and ranges: "Gi1/0/1 - 4 , Gi1/0/9". Devices print commas, and
// some old outputs blanks alone, which only reading accepts (blanks).
func (g *Grammar) List(text string, blanks bool) ([]Name, error) {
	rest := strings.Join(strings.Fields(text), " ")
	var out []Name
	for comma := true; rest != "" || comma; {
		m := element.FindStringSubmatch(rest)
		if m == nil || !comma && !blanks {
			return nil, fmt.Errorf("%q is no list of ports: %w", Quote(text), mirror.ErrInvalid)
		}
		bare := m[1] == "" && g.Bare && len(out) > 0
		if bare {
			m[1] = out[len(out)-1].Word
		}
		first, err := g.name(m[1], m[2])
		if err == nil && bare && len(first.Path) != len(out[len(out)-1].Path) {
			err = fmt.Errorf("%q is no number of a port like the one before it: %w", m[2], mirror.ErrInvalid)
		}
		if err != nil {
			return nil, err
		}
		found := []Name{first}
		if m[4] != "" {
			if found, err = g.through(first, m[3], m[4]); err != nil {
				return nil, err
			}
		}
		if out = append(out, found...); len(out) > maxRange {
			return nil, fmt.Errorf("more than %d ports: %w", maxRange, mirror.ErrInvalid)
		}
		rest = strings.TrimPrefix(rest[len(m[0]):], " ")
		rest, comma = strings.CutPrefix(rest, ",")
		rest = strings.TrimPrefix(rest, " ")
		if comma && rest == "" && blanks { // a list that goes on in the next line
			break
		}
	}
	return out, nil
}

// through lists the ports from n to the end of a range: the bare last number
// ("Gi1/0/1 - 4"), or a whole name of the same slot.
func (g *Grammar) through(n Name, word, number string) ([]Name, error) {
	bad := fmt.Errorf("a range from %s to %q: %w", n.Full(), word+number, mirror.ErrInvalid)
	last := n
	if strings.Contains(number, "/") || word != "" {
		var err error
		if last, err = g.name(cmp.Or(word, n.Word), number); err != nil {
			return nil, err
		}
	} else {
		end, err := Decimal(number)
		if err != nil {
			return nil, bad
		}
		last.Path = slices.Clone(n.Path)
		last.Path[len(last.Path)-1] = end
	}
	at := len(n.Path) - 1
	if n.Sub >= 0 || last.Sub >= 0 || n.Lane != "" || last.Word != n.Word || len(last.Path) != len(n.Path) ||
		!slices.Equal(last.Path[:at], n.Path[:at]) || last.Path[at] < n.Path[at] || last.Path[at]-n.Path[at] >= maxRange {
		return nil, bad
	}
	var out []Name
	for v := n.Path[at]; v <= last.Path[at]; v++ {
		next := n
		next.Path = slices.Clone(n.Path)
		next.Path[at] = v
		out = append(out, next)
	}
	return out, nil
}

// Ports turns a port, a list or a range in the words of the platform into canonical
// names. It is mirror.ErrInvalid for anything else. A range stays within one slot. A
// name twice in a list is one port.
func (g *Grammar) Ports(text string) ([]mirror.PortName, error) {
	names, err := g.List(text, false)
	if err != nil {
		return nil, err
	}
	return FullNames(names), nil
}

// FullNames are the canonical names, each once.
func FullNames(names []Name) []mirror.PortName {
	var out []mirror.PortName
	seen := map[mirror.PortName]bool{}
	for _, n := range names {
		if p := n.Full(); !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// Read understands one name in a device's output.
func (g *Grammar) Read(text string) (Name, bool) {
	names, err := g.List(text, true)
	if err != nil || len(names) != 1 || strings.HasSuffix(strings.TrimSpace(text), ",") {
		return Name{}, false
	}
	return names[0], true
}

// Called is the canonical name of what a device calls a port; a name that is not understood
// stays as it is.
func (g *Grammar) Called(name string) mirror.PortName {
	if n, ok := g.Read(name); ok {
		return n.Full()
	}
	return mirror.PortName(Quote(name))
}

// Named takes apart a name that an observation has.
func (g *Grammar) Named(p mirror.PortName) Name {
	if n, ok := g.Read(string(p)); ok {
		return n
	}
	return g.Unnamed(string(p))
}

// Canonical reports whether p is the canonical name of a port of this platform.
func (g *Grammar) Canonical(p mirror.PortName) bool {
	n, ok := g.Read(string(p))
	return ok && n.Full() == p
}

// IsLAG reports whether a canonical name is that of a bundle.
func (g *Grammar) IsLAG(p mirror.PortName) bool {
	n, ok := g.Read(string(p))
	return ok && n.LAG()
}

// Compare orders ports as a person would: Gi1/0/2 before Gi1/0/10.
func (g *Grammar) Compare(a, b mirror.PortName) int { return g.Named(a).Compare(g.Named(b)) }

// Sort orders what is of ports as a person would order them. It takes each name apart
// once: a switch has a thousand ports, and comparing them does it twenty times each.
func Sort[T any](g *Grammar, list []T, port func(T) mirror.PortName) {
	type named struct {
		name Name
		of   T
	}
	all := make([]named, len(list))
	for i, v := range list {
		all[i] = named{g.Named(port(v)), v}
	}
	slices.SortStableFunc(all, func(a, b named) int { return a.name.Compare(b.name) })
	for i, v := range all {
		list[i] = v.of
	}
}

// Listed reports whether the name is of a kind that is in the table.
func (n Name) Listed() bool { return n.short != "" }
