package cmdline

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// free are words at the end of an entry that say nothing of packets.
var free = []string{"capture", "log", "log-input"}

// Hits reports whether an entry, as Entry gives it back, fits a packet. An entry with
// further conditions (flags, fragments and the like) fits none: packets of the lab do not
// tell them.
func (w EntryWords) Hits(entry string, p fabric.Packet) bool {
	r := &entryReader{words: strings.Fields(entry)}
	if len(r.words) < 4 || r.words[0] == "remark" {
		return false
	}
	protocol := r.words[1]
	r.words = r.words[2:]
	if protocol == "ip" || protocol == "ipv4" || protocol == "ipv6" {
		if (protocol == "ipv6") != p.Is6() {
			return false
		}
	} else if numberOf(protocol, w.Protocols) != p.Protocol || p.Protocol == 0 {
		return false
	}
	names := []map[string]string{w.Ports, map[string]map[string]string{"tcp": w.TCP, "udp": w.UDP}[protocol]}
	fits := r.within(p.From) && r.among(p.FromPort, names) && r.within(p.To) && r.among(p.ToPort, names)
	return fits && !slices.ContainsFunc(r.words, func(word string) bool { return !slices.Contains(free, word) })
}

// Permits reports whether the first of numbered entries that fits a packet permits it;
// where none does it is denied.
func (w EntryWords) Permits(entries Entries, p fabric.Packet) bool {
	for _, l := range entries {
		if n, entry := number(l); n > 0 && w.Hits(entry, p) {
			return strings.HasPrefix(entry, "permit")
		}
	}
	return false
}

// First is the first entry of a list that fits a packet, without its number.
func (w EntryWords) First(list Entries, p fabric.Packet) (entry string, ok bool) {
	for _, l := range list {
		if _, text := number(l); w.Hits(text, p) {
			return text, true
		}
	}
	return "", false
}

// numberOf is the number that a word is or has in tables, -1 when it is neither.
func numberOf(word string, tables ...map[string]string) int {
	for _, t := range tables {
		for n, name := range t {
			if name == word {
				return Atoi(n, -1)
			}
		}
	}
	return Atoi(word, -1)
}

// within takes an address or a network off and reports whether another is of it.
func (r *entryReader) within(a netip.Addr) bool {
	first := r.peek()
	switch {
	case first == "":
		return false
	case first == "any":
		r.words = r.words[1:]
		return true
	case first == "host" && len(r.words) > 1:
		is := r.words[1] == a.String()
		r.words = r.words[2:]
		return is
	}
	r.words = r.words[1:]
	if p, err := netip.ParsePrefix(first); err == nil {
		return a.IsValid() && p.Contains(a)
	}
	of, err1 := netip.ParseAddr(first)
	wildcard, err2 := netip.ParseAddr(r.peek())
	if err1 != nil || err2 != nil || !of.Is4() || !wildcard.Is4() {
		return false
	}
	r.words = r.words[1:]
	if !a.Is4() {
		return false
	}
	x, y, mask := of.As4(), a.As4(), wildcard.As4()
	for i := range x {
		if (x[i]^y[i])&^mask[i] != 0 {
			return false
		}
	}
	return true
}

// among takes an operator with its ports off, where there is one, and reports whether a
// port is one of them.
func (r *entryReader) among(port int, names []map[string]string) bool {
	op := r.peek()
	if !slices.Contains([]string{"eq", "neq", "lt", "gt", "range"}, op) {
		return true
	}
	r.words = r.words[1:]
	var ports []int
	for len(r.words) > 0 {
		n := numberOf(r.words[0], names...)
		if n < 0 || len(ports) == map[string]int{"range": 2, "lt": 1, "gt": 1, "eq": 10, "neq": 10}[op] {
			break
		}
		ports, r.words = append(ports, n), r.words[1:]
	}
	switch {
	case port == 0 || len(ports) == 0:
		return false
	case op == "eq":
		return slices.Contains(ports, port)
	case op == "neq":
		return !slices.Contains(ports, port)
	case op == "lt":
		return port < ports[0]
	case op == "gt":
		return port > ports[0]
	}
	return len(ports) == 2 && port >= ports[0] && port <= ports[1]
}
