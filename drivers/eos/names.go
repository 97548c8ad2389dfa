package eos

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// kinds are the interface types that "monitor session NAME source ?" offered on a
// switch (arista-eos.md 1.1), with the abbreviation that show commands print.
// Management ports, VLANs and loopbacks are not among them.
var kinds = []struct{ full, short string }{
	{"Ethernet", "Et"},
	{"Port-Channel", "Po"},
	{"Recirc-Channel", "Re"},
}

const (
	kindLAG   = 1
	mostPorts = mirror.MaxSources // of one list
)

// name is a port's name taken apart: Ethernet 3/1/2, subinterface 100.
type name struct {
	kind int
	path []int
	sub  int // -1 = none
}

func (n name) full() mirror.PortName {
	parts := make([]string, len(n.path))
	for i, p := range n.path {
		parts[i] = strconv.Itoa(p)
	}
	out := kinds[n.kind].full + strings.Join(parts, "/")
	if n.sub >= 0 {
		out += "." + strconv.Itoa(n.sub)
	}
	return mirror.PortName(out)
}

// parent is the port that a subinterface belongs to.
func (n name) parent() mirror.PortName {
	n.sub = -1
	return n.full()
}

func (n name) compare(o name) int {
	return cmp.Or(cmp.Compare(n.kind, o.kind), slices.Compare(n.path, o.path), cmp.Compare(n.sub, o.sub))
}

// last is where a range counts: the subinterface, or the last number of the path.
func (n *name) last() *int {
	if n.sub >= 0 {
		return &n.sub
	}
	return &n.path[len(n.path)-1]
}

func (n name) clone() name {
	n.path = slices.Clone(n.path)
	return n
}

// kindOf finds the type that a word names or abbreviates, -1 for none or several.
func kindOf(word string) int {
	found := -1
	for i, k := range kinds {
		if strings.HasPrefix(strings.ToLower(k.full), strings.ToLower(word)) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

var (
	// element is one port or range: type (left out behind a comma), numbers, and
	// the end of a range, with or without the type again. Port-Channel has a hyphen.
	element = regexp.MustCompile(`^(?:([A-Za-z]+(?:-[A-Za-z]+)?) ?)?([0-9][0-9/.]*)(?: ?- ?(?:([A-Za-z]+(?:-[A-Za-z]+)?) ?)?([0-9][0-9/.]*))?`)
	number  = regexp.MustCompile(`^[0-9]{1,5}(/[0-9]{1,5}){0,3}(\.[0-9]{1,10})?$`)
)

// numbers reads "3/1/2.100".
func (n *name) numbers(text string) bool {
	if !number.MatchString(text) {
		return false
	}
	path, sub, hasSub := strings.Cut(text, ".")
	n.path, n.sub = nil, -1
	for part := range strings.SplitSeq(path, "/") {
		v, ok := decimal(part)
		if !ok {
			return false
		}
		n.path = append(n.path, v)
	}
	if hasSub {
		var ok bool
		if n.sub, ok = decimal(sub); !ok {
			return false
		}
	}
	return n.kind == 0 || len(n.path) == 1 // a channel has one number
}

// decimal refuses leading zeros: 01 and 1 would be two names of one port.
func decimal(s string) (int, bool) {
	v, err := strconv.ParseInt(s, 10, 32)
	return int(v), err == nil && (s == "0" || s[0] != '0') && v >= 0
}

// portList reads ports and ranges: "Ethernet10-15", "Et3, Et5", "Ethernet1/1-4",
// "Ethernet1-3,7", "ethernet 5".
func portList(text string) ([]name, error) {
	bad := fmt.Errorf("%q is no list of ports: %w", quote(text), mirror.ErrInvalid)
	rest := strings.Join(strings.Fields(text), " ")
	var out []name
	for kind, before := -1, 0; ; {
		m := element.FindStringSubmatch(rest)
		if m == nil {
			return nil, bad
		}
		if m[1] != "" {
			kind = kindOf(m[1])
		}
		first := name{kind: kind, sub: -1}
		if kind < 0 || !first.numbers(m[2]) || m[1] == "" && len(first.path) != before {
			return nil, bad
		}
		before = len(first.path)
		found, ok := first.through(m[3], m[4])
		if out = append(out, found...); !ok || len(out) > mostPorts {
			return nil, bad
		}
		rest = strings.TrimPrefix(rest[len(m[0]):], " ")
		if rest == "" {
			return out, nil
		}
		var comma bool
		if rest, comma = strings.CutPrefix(rest, ","); !comma {
			return nil, bad
		}
		rest = strings.TrimPrefix(rest, " ")
	}
}

// through lists the ports from n to the end of a range: the bare last number
// ("Ethernet1/1-4"), or a whole name that differs in it only.
func (n name) through(word, end string) ([]name, bool) {
	if end == "" {
		return []name{n}, true
	}
	to := n.clone()
	if word != "" && kindOf(word) != n.kind {
		return nil, false
	}
	if v, ok := decimal(end); ok && word == "" {
		*to.last() = v
	} else if !to.numbers(end) {
		return nil, false
	}
	first, last := *n.last(), *to.last()
	probe := to.clone()
	*probe.last() = first
	if probe.compare(n) != 0 || last < first || last-first >= mostPorts {
		return nil, false
	}
	var out []name
	for v := first; v <= last; v++ {
		next := n.clone()
		*next.last() = v
		out = append(out, next)
	}
	return out, true
}

// Ports turns a port, a list or a range in the words of the platform into
// canonical names: "Et3/1", "ethernet 5", "Ethernet10-15", "Po7, Ethernet1.100".
// It is mirror.ErrInvalid for anything else. A range runs over the last number
// alone. A name twice in a list is one port.
func Ports(text string) ([]mirror.PortName, error) {
	names, err := portList(text)
	return fullNames(names), err
}

func fullNames(names []name) []mirror.PortName {
	var out []mirror.PortName
	seen := map[mirror.PortName]bool{}
	for _, n := range names {
		if p := n.full(); !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// readName understands one name in a device's output.
func readName(text string) (name, bool) {
	names, err := portList(text)
	if err != nil || len(names) != 1 {
		return name{}, false
	}
	return names[0], true
}

func canonical(p mirror.PortName) bool {
	n, ok := readName(string(p))
	return ok && n.full() == p
}

// comparePorts orders ports as a person would, what is not understood last.
func comparePorts(a, b mirror.PortName) int {
	x, okX := readName(string(a))
	y, okY := readName(string(b))
	switch {
	case okX && okY:
		return x.compare(y)
	case okX != okY:
		return map[bool]int{true: -1, false: 1}[okX]
	}
	return cmp.Compare(a, b)
}
