package lab

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// iosxeKinds are the interface types: full name, the abbreviation that show
// commands print, and the speed. The order is that of the configuration.
var iosxeKinds = []struct {
	full, short string
	speed       fabric.BitRate
}{
	{"Port-channel", "Po", 0},
	{"Loopback", "Lo", 0},
	{"FastEthernet", "Fa", 100 * fabric.Mbps},
	{"Ethernet", "Et", 10 * fabric.Mbps},
	{"GigabitEthernet", "Gi", fabric.Gbps},
	{"TwoGigabitEthernet", "Tw", 2500 * fabric.Mbps},
	{"FiveGigabitEthernet", "Fi", 5 * fabric.Gbps},
	{"TenGigabitEthernet", "Te", 10 * fabric.Gbps},
	{"TwentyFiveGigE", "Twe", 25 * fabric.Gbps},
	{"FortyGigabitEthernet", "Fo", 40 * fabric.Gbps},
	{"FiftyGigE", "Fif", 50 * fabric.Gbps},
	{"HundredGigE", "Hu", 100 * fabric.Gbps},
	{"Vlan", "Vl", 0},
}

// An ifName is an interface name taken apart.
type ifName struct {
	kind int    // index into iosxeKinds
	pos  string // "1/0/"
	num  int
}

func (n ifName) full() string  { return iosxeKinds[n.kind].full + n.pos + strconv.Itoa(n.num) }
func (n ifName) short() string { return iosxeKinds[n.kind].short + n.pos + strconv.Itoa(n.num) }

// parseIfName reads a full or abbreviated name without blanks. An
// abbreviation is a prefix of the full name; where several types fit, the
// one whose printed abbreviation it is wins ("Te" is TenGigabitEthernet,
// "Tw" TwoGigabitEthernet), as in the recordings.
func parseIfName(s string) (ifName, bool) {
	at := strings.IndexAny(s, "0123456789")
	if at <= 0 {
		return ifName{}, false
	}
	kind := ifKind(s[:at])
	if kind < 0 {
		return ifName{}, false
	}
	pos := s[at:]
	cut := strings.LastIndexByte(pos, '/') + 1
	for _, part := range strings.Split(strings.TrimSuffix(pos[:cut], "/"), "/") {
		if _, err := strconv.ParseUint(part, 10, 8); err != nil && part != "" {
			return ifName{}, false
		}
	}
	num, err := strconv.ParseUint(pos[cut:], 10, 16)
	if err != nil || len(pos)-cut > 1 && pos[cut] == '0' {
		return ifName{}, false
	}
	return ifName{kind, pos[:cut], int(num)}, true
}

// ifKind finds the type that a word abbreviates, or -1.
func ifKind(word string) int {
	low := strings.ToLower(word)
	found := -1
	for i, k := range iosxeKinds {
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

func iosxeCanonical(s string) (string, bool) {
	n, ok := parseIfName(strings.ReplaceAll(s, " ", ""))
	if !ok {
		return "", false
	}
	return n.full(), true
}

func iosxeShort(full string) string {
	if n, ok := parseIfName(full); ok {
		return n.short()
	}
	return full
}

// sortIfNames orders full names by type, position and number.
func sortIfNames(names []string) {
	slices.SortFunc(names, compareIfNames)
}

func compareIfNames(a, b string) int {
	x, _ := parseIfName(a)
	y, _ := parseIfName(b)
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

// compactIfs writes a list of full names abbreviated, neighbours of one slot
// compacted: "Gi1/0/1-4,Gi1/0/9" with sep "," and dash "-".
func compactIfs(names []string, sep, dash string) string {
	names = slices.Clone(names)
	sortIfNames(names)
	var parts []string
	for i := 0; i < len(names); {
		first, _ := parseIfName(names[i])
		j := i + 1
		for ; j < len(names); j++ {
			n, _ := parseIfName(names[j])
			if n.kind != first.kind || n.pos != first.pos || n.num != first.num+j-i {
				break
			}
		}
		part := first.short()
		if j-i > 1 {
			part += dash + strconv.Itoa(first.num+j-i-1)
		}
		parts = append(parts, part)
		i = j
	}
	return strings.Join(parts, sep)
}

// iosxePorts expands a description's port list, or gives the model's.
func iosxePorts(s SwitchSpec) ([]fabric.PortSpec, error) {
	var list []fabric.PortSpec
	for _, p := range s.Ports {
		list = append(list, fabric.PortSpec{Name: p.Name, Speed: fabric.BitRate(p.Speed)})
	}
	if len(list) == 0 {
		list = modelOf(s).ports
	}
	var out []fabric.PortSpec
	var errs []error
	for _, p := range list {
		first, last, ranged := strings.Cut(strings.ReplaceAll(p.Name, " ", ""), "-")
		if strings.HasPrefix(strings.ToLower(p.Name), "port-channel") {
			errs = append(errs, fmt.Errorf("ports: %q: a port-channel is made by configuration", p.Name))
			continue
		}
		n, ok := parseIfName(first)
		hi := n.num
		if ranged && ok {
			var err error
			hi, err = strconv.Atoi(last)
			ok = err == nil && hi >= n.num && hi-n.num < 1000
		}
		if !ok || iosxeKinds[n.kind].speed == 0 {
			errs = append(errs, fmt.Errorf("ports: %q is not a port or a run of ports such as GigabitEthernet1/0/1-24", p.Name))
			continue
		}
		for num := n.num; num <= hi; num++ {
			speed := p.Speed
			if speed == 0 {
				speed = iosxeKinds[n.kind].speed
			}
			out = append(out, fabric.PortSpec{Name: ifName{n.kind, n.pos, num}.full(), Speed: speed})
		}
	}
	return out, errors.Join(errs...)
}
