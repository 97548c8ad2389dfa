package cmdline

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// EntryWords are the names that a platform prints in the entries of its access
// lists in place of numbers; a number that has none stays a number.
type EntryWords struct {
	// Ports are those of TCP and UDP alike, by number; TCP and UDP those of one.
	Ports, TCP, UDP map[string]string
	// Protocols are the IP protocols, by number.
	Protocols map[string]string
	// Wildcards says that networks of IPv4 have an inverse mask instead of a length.
	Wildcards bool
	// Lengths says that one address of IPv4 or IPv6 has its length ("A/32") in place
	// of the word host, that inverse masks stay as they are typed, and that a
	// protocol must be a name to have ports, of which eq takes one.
	Lengths bool
	// Prefixes says that networks of IPv4 may be typed with a length all the same.
	Prefixes bool
	// Padded says that deny is as wide as permit.
	Padded bool
}

// WordsOf reads a table of numbers and names: "22 ssh 23 telnet".
func WordsOf(table string) map[string]string {
	f, out := strings.Fields(table), map[string]string{}
	for i := 0; i+1 < len(f); i += 2 {
		out[f[i]] = f[i+1]
	}
	return out
}

// Entry writes an entry ("permit tcp 10.0.0.5/32 any eq 443") as the switch
// gives it back: "host A" for one address, networks without the bits below
// their length, names for ports and protocols. family is the word for every
// protocol: ip, ipv4 or ipv6. ok is false for what is no entry.
func (w EntryWords) Entry(family, text string) (entry string, ok bool) {
	r := &entryReader{words: strings.Fields(text)}
	if len(r.words) < 2 || !slices.Contains([]string{"permit", "deny", "remark"}, r.words[0]) {
		return "", false
	}
	if r.words[0] == "remark" {
		return strings.Join(r.words, " "), true
	}
	if action := r.words[0]; w.Padded {
		r.take(fmt.Sprintf("%-6s", action))
	} else {
		r.take(action)
	}
	r.wildcards, r.lengths, r.prefixes = w.Wildcards && family != "ipv6", w.Lengths, w.Prefixes
	if r.peek() == "vlan" && len(r.words) > 3 { // vlan VALUE MASK before the protocol
		for range 3 {
			r.take(r.peek())
		}
	}
	protocol := named(r.peek(), 255, w.Protocols)
	if r.peek() == family {
		protocol = family
	}
	if protocol == "" {
		return "", false
	}
	portless := w.Lengths && strings.Trim(r.peek(), "0123456789") == ""
	r.take(protocol)
	r.names = []map[string]string{w.Ports, map[string]map[string]string{"tcp": w.TCP, "udp": w.UDP}[protocol]}
	if portless {
		protocol = ""
	}
	for range 2 {
		if !r.address(family != "ipv6") || !r.ports(protocol) {
			return "", false
		}
	}
	return strings.Join(append(r.out, r.words...), " "), true // flags, log, ttl and the like
}

// named is a word or a number up to most as the tables name it, "" when it is
// neither.
func named(word string, most int, tables ...map[string]string) string {
	for _, t := range tables {
		if t[word] != "" {
			return t[word]
		}
		for _, name := range t {
			if name == word {
				return word
			}
		}
	}
	if n, err := strconv.Atoi(word); err == nil && n >= 0 && n <= most {
		return word
	}
	return ""
}

// An entryReader is an entry on its way through its words.
type entryReader struct {
	words, out []string
	names      []map[string]string // of ports
	wildcards  bool
	lengths    bool
	prefixes   bool
}

func (r *entryReader) peek() string {
	if len(r.words) == 0 {
		return ""
	}
	return r.words[0]
}

func (r *entryReader) take(as string) { r.out, r.words = append(r.out, as), r.words[1:] }

// address reads any, host A, A or A/LENGTH, or A WILDCARD.
func (r *entryReader) address(v4 bool) bool {
	switch r.peek() {
	case "any":
		r.take("any")
		return true
	case "host":
		r.words = r.words[1:]
	default:
		if r.wildcards {
			return r.network()
		}
	}
	p, err := netip.ParsePrefix(r.peek())
	if err != nil {
		var a netip.Addr
		if a, err = netip.ParseAddr(r.peek()); err != nil {
			return false
		}
		if len(r.words) > 1 && r.lengths && a.Is4() {
			if mask, err := netip.ParseAddr(r.words[1]); err == nil && mask.Is4() {
				return r.network()
			}
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4() != v4 {
		return false
	}
	if p.IsSingleIP() && !r.lengths {
		r.take("host " + p.Addr().String())
	} else {
		r.take(p.Masked().String())
	}
	return true
}

// network reads A WILDCARD; the bits that it lets differ are not kept.
func (r *entryReader) network() bool {
	if p, err := netip.ParsePrefix(r.peek()); r.prefixes && err == nil && p.Addr().Is4() {
		mask := ^uint32(0) >> p.Bits() // 0 for one address: Go shifts out all bits
		wildcard := netip.AddrFrom4([4]byte{byte(mask >> 24), byte(mask >> 16), byte(mask >> 8), byte(mask)})
		r.words = append([]string{p.Addr().String(), wildcard.String()}, r.words[1:]...)
	}
	if len(r.words) < 2 {
		return false
	}
	a, err1 := netip.ParseAddr(r.words[0])
	w, err2 := netip.ParseAddr(r.words[1])
	if err1 != nil || err2 != nil || !a.Is4() || !w.Is4() {
		return false
	}
	bits, mask := a.As4(), w.As4()
	for i := range bits {
		bits[i] &^= mask[i]
	}
	text := netip.AddrFrom4(bits).String() + " " + w.String()
	switch mask := w.String(); {
	case r.lengths:
	case mask == "0.0.0.0":
		text = "host " + a.String()
	case mask == "255.255.255.255":
		text = "any"
	}
	r.words = r.words[1:]
	r.take(text)
	return true
}

// ports reads an operator with its ports, where there is one.
func (r *entryReader) ports(protocol string) bool {
	op := r.peek()
	most := map[string]int{"eq": 10, "neq": 10, "lt": 1, "gt": 1, "range": 2}[op]
	if r.lengths && most > 2 {
		most = 1
	}
	if most == 0 {
		return true
	}
	if protocol != "tcp" && protocol != "udp" {
		return false
	}
	r.take(op)
	n := 0
	for ; n < most; n++ {
		port := named(r.peek(), 65535, r.names...)
		if port == "" {
			break
		}
		r.take(port)
	}
	return n > 0 && (op != "range" || n == 2)
}

// Entries are the lines of an access list, numbered ones in their order.
type Entries []string

// number is that of a line, 0 for an option without one.
func number(line string) (n int, text string) {
	first, rest, _ := strings.Cut(line, " ")
	if n, err := strconv.Atoi(first); err == nil {
		return n, rest
	}
	return 0, line
}

// Has reports whether a number is taken.
func (e Entries) Has(n int) bool {
	return slices.ContainsFunc(e, func(l string) bool { at, _ := number(l); return at > 0 && at == n })
}

// Taken reports whether an entry that is no remark has a number.
func (e Entries) Taken(n int) bool {
	return slices.ContainsFunc(e, func(l string) bool { at, text := number(l); return at > 0 && at == n && !remark(text) })
}

func remark(text string) bool { return strings.HasPrefix(text, "remark ") }

// Add puts an entry in its place; n is 0 for ten more than the last. An entry
// that is there already and has no number of its own is not added again.
func (e *Entries) Add(n int, entry string) {
	last := 0
	for _, l := range *e {
		at, text := number(l)
		if n == 0 && text == entry {
			return
		}
		last = max(last, at)
	}
	if n == 0 {
		n = last + 10
	}
	*e = append(*e, strconv.Itoa(n)+" "+entry)
	slices.SortStableFunc(*e, func(a, b string) int {
		x, _ := number(a)
		y, _ := number(b)
		return x - y
	})
}

// Remove takes an entry away by its number or its text.
func (e *Entries) Remove(n int, entry string) {
	*e = slices.DeleteFunc(*e, func(l string) bool {
		at, text := number(l)
		return at > 0 && (at == n || text == entry)
	})
}

// Resequence numbers the entries anew.
func (e Entries) Resequence(start, step int) {
	for i, l := range e {
		if at, text := number(l); at > 0 {
			e[i] = strconv.Itoa(start) + " " + text
			start += step
		}
	}
}

// ResequenceEntries numbers the entries anew where a remark has the number of the
// entry behind it.
func (e Entries) ResequenceEntries(start, step int) {
	for i, l := range e {
		if at, text := number(l); at > 0 {
			e[i] = strconv.Itoa(start) + " " + text
			if !remark(text) {
				start += step
			}
		}
	}
}
