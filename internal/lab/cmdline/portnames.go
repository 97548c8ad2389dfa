package cmdline

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A PortKind is a type of interface.
type PortKind struct {
	// Full is the name in the configuration, Short the one that show commands
	// print.
	Full, Short string
	// Speed is that of a physical port; 0: the interface is made by
	// configuration.
	Speed fabric.BitRate
	// Bundle marks an interface that is made of ports.
	Bundle bool
}

// A PortNames is the port names of a platform: a kind, a position and a number,
// as in Ethernet 1/0/ 24.
type PortNames struct {
	// Kinds are in the order of the configuration.
	Kinds []PortKind
	// Example is a run of ports as a description may name it.
	Example string
	// Subs says that ports have sub-interfaces: a number behind a dot.
	Subs bool
	// Cards says that a position may name cards: "0/RP0/CPU0/".
	Cards bool
}

// A PortName is an interface name taken apart.
type PortName struct {
	Kind int    // index into the kinds
	Pos  string // "1/0/"
	Num  int
	Sub  string // ".100" of a sub-interface, "" of a port
}

// Full is the name in the configuration.
func (t *PortNames) Full(n PortName) string {
	return t.Kinds[n.Kind].Full + n.Pos + strconv.Itoa(n.Num) + n.Sub
}

// Short is the name that show commands print.
func (t *PortNames) Short(n PortName) string {
	return t.Kinds[n.Kind].Short + n.Pos + strconv.Itoa(n.Num) + n.Sub
}

// Parse reads a full or abbreviated name without blanks. An abbreviation is a
// prefix of the full name; where several types fit, the one whose printed
// abbreviation it is wins,
// as in recordings.
func (t *PortNames) Parse(s string) (PortName, bool) {
	at := strings.IndexAny(s, "0123456789")
	if at <= 0 {
		return PortName{}, false
	}
	kind := t.Kind(s[:at])
	if kind < 0 {
		return PortName{}, false
	}
	pos, sub := s[at:], ""
	if dot := strings.IndexByte(pos, '.'); dot >= 0 && t.Subs {
		if _, err := strconv.ParseUint(pos[dot+1:], 10, 16); err != nil {
			return PortName{}, false
		}
		pos, sub = pos[:dot], pos[dot:]
	}
	cut := strings.LastIndexByte(pos, '/') + 1
	for _, part := range strings.Split(strings.TrimSuffix(pos[:cut], "/"), "/") {
		if _, err := strconv.ParseUint(part, 10, 8); err != nil && part != "" && !(t.Cards && card.MatchString(part)) {
			return PortName{}, false
		}
	}
	num, err := strconv.ParseUint(pos[cut:], 10, 16)
	if err != nil || len(pos)-cut > 1 && pos[cut] == '0' {
		return PortName{}, false
	}
	return PortName{kind, strings.ToUpper(pos[:cut]), int(num), sub}, true
}

var card = regexp.MustCompile(`(?i)^(RP|RSP|CPU)\d+$`)

// Kind finds the type that a word abbreviates, or -1.
func (t *PortNames) Kind(word string) int {
	low := strings.ToLower(word)
	found := -1
	for i, k := range t.Kinds {
		if strings.EqualFold(k.Short, word) || strings.EqualFold(k.Full, word) {
			return i
		}
		if strings.HasPrefix(strings.ToLower(k.Full), low) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// Canonical expands a name; blanks in it are ignored.
func (t *PortNames) Canonical(s string) (string, bool) {
	n, ok := t.Parse(strings.ReplaceAll(s, " ", ""))
	if !ok {
		return "", false
	}
	return t.Full(n), true
}

// ShortOf is a full name as show commands print it.
func (t *PortNames) ShortOf(full string) string {
	if n, ok := t.Parse(full); ok {
		return t.Short(n)
	}
	return full
}

// Sort orders full names by type, position and number.
func (t *PortNames) Sort(names []string) { slices.SortFunc(names, t.Compare) }

// Compare orders two full names.
func (t *PortNames) Compare(a, b string) int {
	x, _ := t.Parse(a)
	y, _ := t.Parse(b)
	if x.Kind != y.Kind {
		return x.Kind - y.Kind
	}
	if c := comparePos(x.Pos, y.Pos); c != 0 {
		return c
	}
	if x.Num != y.Num {
		return x.Num - y.Num
	}
	return comparePos(strings.TrimPrefix(x.Sub, "."), strings.TrimPrefix(y.Sub, "."))
}

func comparePos(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "/"), strings.Split(b, "/"), func(p, q string) int {
		m, _ := strconv.Atoi(p)
		n, _ := strconv.Atoi(q)
		return m - n
	})
}

// Compact writes a list of full names abbreviated, neighbours of one slot
// compacted: "Et1/0/1-4,Et1/0/9" with sep "," and dash "-".
func (t *PortNames) Compact(names []string, sep, dash string) string {
	names = slices.Clone(names)
	t.Sort(names)
	var parts []string
	for i := 0; i < len(names); {
		first, _ := t.Parse(names[i])
		j := i + 1
		for ; j < len(names); j++ {
			n, _ := t.Parse(names[j])
			if n.Kind != first.Kind || n.Pos != first.Pos || n.Num != first.Num+j-i || n.Sub+first.Sub != "" {
				break
			}
		}
		part := t.Short(first)
		if j-i > 1 {
			part += dash + strconv.Itoa(first.Num+j-i-1)
		}
		parts = append(parts, part)
		i = j
	}
	return strings.Join(parts, sep)
}

// Expand makes the ports of a list in which runs ("Et1/0/1-24") may stand.
func (t *PortNames) Expand(list []fabric.PortSpec) ([]fabric.PortSpec, error) {
	var out []fabric.PortSpec
	var errs []error
	for _, p := range list {
		first, last, ranged := strings.ReplaceAll(p.Name, " ", ""), "", false
		if i := strings.LastIndexByte(first, '-'); strings.ContainsAny(first[:max(i, 0)], "0123456789") { // a kind may end in one
			first, last, ranged = first[:i], first[i+1:], true
		}
		if k := t.bundle(p.Name); k != "" {
			errs = append(errs, fmt.Errorf("ports: %q: a %s is made by configuration", p.Name, k))
			continue
		}
		n, ok := t.Parse(first)
		hi := n.Num
		if ranged && ok {
			var err error
			hi, err = strconv.Atoi(last)
			ok = err == nil && hi >= n.Num && hi-n.Num < 1000
		}
		if !ok || t.Kinds[n.Kind].Speed == 0 || n.Sub != "" {
			errs = append(errs, fmt.Errorf("ports: %q is not a port or a run of ports such as %s", p.Name, t.Example))
			continue
		}
		for num := n.Num; num <= hi; num++ {
			speed := p.Speed
			if speed == 0 {
				speed = t.Kinds[n.Kind].Speed
			}
			out = append(out, fabric.PortSpec{Name: t.Full(PortName{Kind: n.Kind, Pos: n.Pos, Num: num}), Speed: speed})
		}
	}
	return out, errors.Join(errs...)
}

// bundle is the kind of bundle that a name begins with, in lower case.
func (t *PortNames) bundle(name string) string {
	for _, k := range t.Kinds {
		if low := strings.ToLower(k.Full); k.Bundle && strings.HasPrefix(strings.ToLower(name), low) {
			return low
		}
	}
	return ""
}
