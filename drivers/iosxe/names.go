package iosxe

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// kinds are the interface types that can be mirrored or receive copies, with
// the abbreviation that show commands print and others that are in use. Any
// unambiguous beginning is understood as well ("Gig0/1" of Packet Tracer,
// "g1/0/1"); an abbreviation in the table wins over a longer name that begins
// alike ("Tw" is TwoGigabitEthernet, "Twe" TwentyFiveGigE).
var kinds = []struct {
	full, short string
	also        string
}{
	{full: "Port-channel", short: "Po"},
	{full: "FastEthernet", short: "Fa"},
	{full: "Ethernet", short: "Et"},
	{full: "GigabitEthernet", short: "Gi"},
	{full: "TwoGigabitEthernet", short: "Tw", also: "Two"},
	{full: "FiveGigabitEthernet", short: "Fi"},
	{full: "TenGigabitEthernet", short: "Te"},
	{full: "TwentyFiveGigE", short: "Twe"},
	{full: "FortyGigabitEthernet", short: "Fo"},
	{full: "FiftyGigE", short: "Fif"},
	{full: "HundredGigE", short: "Hu"},
	{full: "TwoHundredGigE", short: "TwoH"}, // no source has its abbreviation; this one is unambiguous
	{full: "FourHundredGigE", short: "Fou"},
	{full: "AppGigabitEthernet", short: "Ap"},
	{full: "Wlan-GigabitEthernet", short: "Wl"},
}

// otherKind stands for a type that is not in the table: its word is that of the
// name.
var otherKind = len(kinds)

// ethernetKind is how the types of Ethernet ports are spelled. One that is not
// in the table is a port as well, by its whole name.
var ethernetKind = regexp.MustCompile(`^(?:[A-Z][a-z]+-?)+(?:GigE|GigabitEthernet)$`)

// maxRange bounds the ports of one list, as mirror.MaxSources bounds a request.
const maxRange = mirror.MaxSources

// name is a port's name taken apart.
type name struct {
	kind int    // index into kinds, or otherKind
	word string // the type where it is otherKind
	path []int  // 1/0/14
	sub  int    // subinterface, -1 = none
}

// unnamed is a port that a device tells of by a name that is not understood. It
// is listed, and can be nothing else.
func unnamed(text string) name { return name{kind: otherKind, word: text, sub: -1} }

// known reports whether the name was understood.
func (n name) known() bool { return len(n.path) > 0 }

func (n name) text(kind string) string {
	parts := make([]string, len(n.path))
	for i, p := range n.path {
		parts[i] = strconv.Itoa(p)
	}
	out := kind + strings.Join(parts, "/")
	if n.sub >= 0 {
		out += "." + strconv.Itoa(n.sub)
	}
	return out
}

func (n name) full() mirror.PortName {
	if n.kind == otherKind {
		return mirror.PortName(n.text(n.word))
	}
	return mirror.PortName(n.text(kinds[n.kind].full))
}

// short is the name as show commands print it.
func (n name) short() string {
	if n.kind == otherKind {
		return n.text(n.word)
	}
	return n.text(kinds[n.kind].short)
}

func (n name) lag() bool { return n.kind != otherKind && kinds[n.kind].full == "Port-channel" }

// compare orders names as a person would, what was not understood last.
func (n name) compare(o name) int {
	return cmp.Or(cmp.Compare(n.kind, o.kind), cmp.Compare(n.word, o.word), slices.Compare(n.path, o.path), cmp.Compare(n.sub, o.sub))
}

// kindOf finds the type that a word abbreviates, or -1.
func kindOf(word string) int {
	low, found := strings.ToLower(word), -1
	for i, k := range kinds {
		if strings.EqualFold(k.short, word) || strings.EqualFold(k.full, word) || k.also != "" && strings.EqualFold(k.also, word) {
			return i
		}
		if found != -2 && strings.HasPrefix(strings.ToLower(k.full), low) {
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
	case ethernetKind.MatchString(word):
		return otherKind
	}
	return -1
}

var numberPattern = regexp.MustCompile(`^[0-9]{1,4}(/[0-9]{1,4}){0,3}(\.[0-9]{1,10})?$`)

// parseName reads a type and a number, "Gi" and "1/0/14".
func parseName(word, number string) (name, error) {
	n := name{kind: kindOf(word), sub: -1}
	if n.kind < 0 {
		return n, fmt.Errorf("%q names no type of port, or several: %w", word, mirror.ErrInvalid)
	}
	if n.kind == otherKind {
		n.word = word
	}
	if !numberPattern.MatchString(number) {
		return n, fmt.Errorf("%q is no number of a port: %w", number, mirror.ErrInvalid)
	}
	path, sub, hasSub := strings.Cut(number, ".")
	for _, part := range strings.Split(path, "/") {
		v, err := decimal(part)
		if err != nil {
			return n, fmt.Errorf("%q is no number of a port: %w", number, err)
		}
		n.path = append(n.path, v)
	}
	if hasSub {
		v, err := decimal(sub)
		if err != nil {
			return n, fmt.Errorf("%q is no number of a port: %w", number, err)
		}
		n.sub = v
	}
	if n.lag() && len(n.path) != 1 {
		return n, fmt.Errorf("%s%s has a wrong number of parts: %w", word, number, mirror.ErrInvalid)
	}
	return n, nil
}

// decimal refuses leading zeros: 01 and 1 would be two names of one port.
func decimal(s string) (int, error) {
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil || len(s) > 1 && s[0] == '0' {
		return 0, fmt.Errorf("%q: %w", s, mirror.ErrInvalid)
	}
	return int(v), nil
}

// element is one port or range: type, number, and where the range ends (with or
// without a repeated type). Port-channel has a hyphen in its name.
var element = regexp.MustCompile(`^([A-Za-z]+(?:-[A-Za-z]+)?) ?([0-9][0-9/.]*)(?: ?- ?(?:([A-Za-z]+(?:-[A-Za-z]+)?) ?)?([0-9][0-9/]*))?`)

// list reads ports and ranges: "Gi1/0/1 - 4 , Gi1/0/9". Devices print commas,
// and some old outputs blanks alone, which only reading accepts (blanks).
func list(text string, blanks bool) ([]name, error) {
	rest := strings.Join(strings.Fields(text), " ")
	var out []name
	for comma := true; rest != "" || comma; {
		m := element.FindStringSubmatch(rest)
		if m == nil || !comma && !blanks {
			return nil, fmt.Errorf("%q is no list of ports: %w", quote(text), mirror.ErrInvalid)
		}
		first, err := parseName(m[1], m[2])
		if err != nil {
			return nil, err
		}
		found := []name{first}
		if m[4] != "" {
			if found, err = first.through(m[3], m[4]); err != nil {
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
func (n name) through(word, number string) ([]name, error) {
	bad := fmt.Errorf("a range from %s to %q: %w", n.full(), word+number, mirror.ErrInvalid)
	last := n
	if strings.Contains(number, "/") || word != "" {
		if word == "" {
			if word = n.word; n.kind != otherKind {
				word = kinds[n.kind].full
			}
		}
		var err error
		if last, err = parseName(word, number); err != nil {
			return nil, err
		}
	} else {
		end, err := decimal(number)
		if err != nil {
			return nil, bad
		}
		last.path = slices.Clone(n.path)
		last.path[len(last.path)-1] = end
	}
	at := len(n.path) - 1
	if n.sub >= 0 || last.sub >= 0 || last.kind != n.kind || last.word != n.word || len(last.path) != len(n.path) ||
		!slices.Equal(last.path[:at], n.path[:at]) || last.path[at] < n.path[at] || last.path[at]-n.path[at] >= maxRange {
		return nil, bad
	}
	var out []name
	for v := n.path[at]; v <= last.path[at]; v++ {
		next := n
		next.path = slices.Clone(n.path)
		next.path[at] = v
		out = append(out, next)
	}
	return out, nil
}

// Ports turns a port, a list or a range in the words of the platform into
// canonical names: "Gi1/0/15-18", "gi 1/0/14", "Gi1/0/1 - 4 , Gi1/0/9". It is
// mirror.ErrInvalid for anything else. A range stays within one slot, as on the
// device. A name twice in a list is one port.
func Ports(text string) ([]mirror.PortName, error) {
	names, err := list(text, false)
	if err != nil {
		return nil, err
	}
	return fullNames(names), nil
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
	names, err := list(text, true)
	if err != nil || len(names) != 1 || strings.HasSuffix(strings.TrimSpace(text), ",") {
		return name{}, false
	}
	return names[0], true
}

// isLAG reports whether a canonical name is a port-channel.
func isLAG(p mirror.PortName) bool {
	n, ok := readName(string(p))
	return ok && n.lag()
}

// comparePorts orders ports as a person would: Gi1/0/2 before Gi1/0/10.
func comparePorts(a, b mirror.PortName) int {
	return portNamed(a).compare(portNamed(b))
}

// portNamed takes apart a name that an observation has.
func portNamed(p mirror.PortName) name {
	if n, ok := readName(string(p)); ok {
		return n
	}
	return unnamed(string(p))
}

// vlanList reads "1,69,100,107,200-201", with or without blanks.
func vlanList(text string) ([]int, error) {
	var steps [mirror.MaxVLAN + 2]int // how many ranges begin, less those that ended: a list costs its length alone
	if err := vlanRanges(text, func(first, last int) { steps[first]++; steps[last+1]-- }); err != nil {
		return nil, err
	}
	var out []int
	for v, open := 1, 0; v <= mirror.MaxVLAN; v++ {
		if open += steps[v]; open > 0 {
			out = append(out, v)
		}
	}
	return out, nil
}

// vlanRanges visits the parts of a list of VLANs; mirror.ErrInvalid when it is
// none.
func vlanRanges(text string, visit func(first, last int)) error {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		lo, hi, ranged := strings.Cut(part, "-")
		first, err := decimal(strings.TrimSpace(lo))
		last := first
		if err == nil && ranged {
			last, err = decimal(strings.TrimSpace(hi))
		}
		if err != nil || first < 1 || last > mirror.MaxVLAN || last < first {
			return fmt.Errorf("%q is no list of VLANs: %w", quote(text), mirror.ErrInvalid)
		}
		visit(first, last)
	}
	return nil
}

// vlanText writes VLANs for a command: blanks around comma and hyphen, at most
// perLine parts in one text.
func vlanText(vlans []int, perLine int) []string {
	var parts []string
	for i := 0; i < len(vlans); {
		j := i
		for j+1 < len(vlans) && vlans[j+1] == vlans[j]+1 {
			j++
		}
		part := strconv.Itoa(vlans[i])
		if j > i {
			part += " - " + strconv.Itoa(vlans[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	var out []string
	for chunk := range slices.Chunk(parts, perLine) {
		out = append(out, strings.Join(chunk, " , "))
	}
	return out
}
