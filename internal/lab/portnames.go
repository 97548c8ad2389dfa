package lab

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A portKind is a type of interface.
type portKind struct {
	// full is the name in the configuration, short the one that show commands
	// print.
	full, short string
	// speed is that of a physical port; 0: the interface is made by
	// configuration.
	speed fabric.BitRate
	// bundle marks an interface that is made of ports.
	bundle bool
}

// A portNaming is the port names of a platform: a kind, a position and a number,
// as in GigabitEthernet 1/0/ 24.
type portNaming struct {
	// kinds are in the order of the configuration.
	kinds []portKind
	// example is a run of ports as a description may name it.
	example string
}

// A portName is an interface name taken apart.
type portName struct {
	kind int    // index into the kinds
	pos  string // "1/0/"
	num  int
}

// full is the name in the configuration, short the one of show commands.
func (t *portNaming) full(n portName) string {
	return t.kinds[n.kind].full + n.pos + strconv.Itoa(n.num)
}
func (t *portNaming) short(n portName) string {
	return t.kinds[n.kind].short + n.pos + strconv.Itoa(n.num)
}

// parse reads a full or abbreviated name without blanks. An abbreviation is a
// prefix of the full name; where several types fit, the one whose printed
// abbreviation it is wins ("Te" is TenGigabitEthernet, "Tw" TwoGigabitEthernet),
// as in recordings.
func (t *portNaming) parse(s string) (portName, bool) {
	at := strings.IndexAny(s, "0123456789")
	if at <= 0 {
		return portName{}, false
	}
	kind := t.kind(s[:at])
	if kind < 0 {
		return portName{}, false
	}
	pos := s[at:]
	cut := strings.LastIndexByte(pos, '/') + 1
	for _, part := range strings.Split(strings.TrimSuffix(pos[:cut], "/"), "/") {
		if _, err := strconv.ParseUint(part, 10, 8); err != nil && part != "" {
			return portName{}, false
		}
	}
	num, err := strconv.ParseUint(pos[cut:], 10, 16)
	if err != nil || len(pos)-cut > 1 && pos[cut] == '0' {
		return portName{}, false
	}
	return portName{kind, pos[:cut], int(num)}, true
}

// kind finds the type that a word abbreviates, or -1.
func (t *portNaming) kind(word string) int {
	low := strings.ToLower(word)
	found := -1
	for i, k := range t.kinds {
		if strings.EqualFold(k.short, word) || strings.EqualFold(k.full, word) {
			return i
		}
		if strings.HasPrefix(strings.ToLower(k.full), low) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// canonical expands a name; blanks in it are ignored.
func (t *portNaming) canonical(s string) (string, bool) {
	n, ok := t.parse(strings.ReplaceAll(s, " ", ""))
	if !ok {
		return "", false
	}
	return t.full(n), true
}

// abbreviate is a full name as show commands print it.
func (t *portNaming) abbreviate(full string) string {
	if n, ok := t.parse(full); ok {
		return t.short(n)
	}
	return full
}

// sort orders full names by type, position and number.
func (t *portNaming) sort(names []string) { slices.SortFunc(names, t.compare) }

// compare orders two full names.
func (t *portNaming) compare(a, b string) int {
	x, _ := t.parse(a)
	y, _ := t.parse(b)
	if x.kind != y.kind {
		return x.kind - y.kind
	}
	if c := comparePos(x.pos, y.pos); c != 0 {
		return c
	}
	return x.num - y.num
}

func comparePos(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "/"), strings.Split(b, "/"), func(p, q string) int {
		m, _ := strconv.Atoi(p)
		n, _ := strconv.Atoi(q)
		return m - n
	})
}

// compact writes a list of full names abbreviated, neighbours of one slot
// compacted: "Gi1/0/1-4,Gi1/0/9" with sep "," and dash "-".
func (t *portNaming) compact(names []string, sep, dash string) string {
	names = slices.Clone(names)
	t.sort(names)
	var parts []string
	for i := 0; i < len(names); {
		first, _ := t.parse(names[i])
		j := i + 1
		for ; j < len(names); j++ {
			n, _ := t.parse(names[j])
			if n.kind != first.kind || n.pos != first.pos || n.num != first.num+j-i {
				break
			}
		}
		part := t.short(first)
		if j-i > 1 {
			part += dash + strconv.Itoa(first.num+j-i-1)
		}
		parts = append(parts, part)
		i = j
	}
	return strings.Join(parts, sep)
}

// expand makes the ports of a list in which runs ("Gi1/0/1-24") may stand.
func (t *portNaming) expand(list []fabric.PortSpec) ([]fabric.PortSpec, error) {
	var out []fabric.PortSpec
	var errs []error
	for _, p := range list {
		first, last, ranged := strings.Cut(strings.ReplaceAll(p.Name, " ", ""), "-")
		if k := t.bundle(p.Name); k != "" {
			errs = append(errs, fmt.Errorf("ports: %q: a %s is made by configuration", p.Name, k))
			continue
		}
		n, ok := t.parse(first)
		hi := n.num
		if ranged && ok {
			var err error
			hi, err = strconv.Atoi(last)
			ok = err == nil && hi >= n.num && hi-n.num < 1000
		}
		if !ok || t.kinds[n.kind].speed == 0 {
			errs = append(errs, fmt.Errorf("ports: %q is not a port or a run of ports such as %s", p.Name, t.example))
			continue
		}
		for num := n.num; num <= hi; num++ {
			speed := p.Speed
			if speed == 0 {
				speed = t.kinds[n.kind].speed
			}
			out = append(out, fabric.PortSpec{Name: t.full(portName{n.kind, n.pos, num}), Speed: speed})
		}
	}
	return out, errors.Join(errs...)
}

// bundle is the kind of bundle that a name begins with, in lower case.
func (t *portNaming) bundle(name string) string {
	for _, k := range t.kinds {
		if low := strings.ToLower(k.full); k.bundle && strings.HasPrefix(strings.ToLower(name), low) {
			return low
		}
	}
	return ""
}
