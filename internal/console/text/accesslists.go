package text

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A ListForm is how a platform writes the entries of access lists: the action, the
// protocol, then source and destination, each with its ports.
type ListForm struct {
	// Every are the words for any protocol; a family that is not in it has no lists.
	Every map[mirror.Family]string
	// Wildcards says that IPv4 networks are written with an inverse mask instead of
	// a length. Both are read.
	Wildcards bool
	// VLAN begins an entry of one VLAN, such as "vlan %d 0x000"; "" = no entry can
	// be of one.
	VLAN string
	// Protocols are the names of protocols that are printed in a list of a family.
	Protocols map[mirror.Family]map[string]int
	// TCP and UDP are the names of ports that are printed.
	TCP, UDP map[string]int
}

const (
	listAny  = "any"
	listHost = "host"
	lastPort = 65535
)

// Write is an entry without its number. Numbers are sent and never names, which
// differ between releases. The error says what the platform cannot.
func (f ListForm) Write(e mirror.Entry, family mirror.Family) (string, error) {
	every, ok := f.Every[family]
	if !ok {
		return "", fmt.Errorf("there are no access lists of %s: %w", family, mirror.ErrUnsupported)
	}
	words := []string{mirror.FilterDeny}
	if e.Permit {
		words[0] = mirror.FilterPermit
	}
	if e.VLAN != 0 {
		if f.VLAN == "" {
			return "", fmt.Errorf("an entry of an access list cannot be of one VLAN: %w", mirror.ErrUnsupported)
		}
		words = append(words, fmt.Sprintf(f.VLAN, e.VLAN))
	}
	switch e.Protocol {
	case mirror.AnyProtocol:
		words = append(words, every)
	case mirror.ProtoTCP:
		words = append(words, "tcp")
	case mirror.ProtoUDP:
		words = append(words, "udp")
	default:
		words = append(words, strconv.Itoa(e.Protocol))
	}
	words = append(words, f.end(e.Source, e.SourcePort)...)
	return strings.Join(append(words, f.end(e.Destination, e.DestinationPort)...), " "), nil
}

// end writes the source or the destination of an entry.
func (f ListForm) end(p netip.Prefix, ports mirror.PortRange) []string {
	var out []string
	switch {
	case !p.IsValid() || p.Bits() == 0:
		out = []string{listAny}
	case p.IsSingleIP():
		out = []string{listHost, p.Addr().String()}
	case f.Wildcards && p.Addr().Is4():
		out = []string{p.Addr().String(), wildcard(p.Bits())}
	default:
		out = []string{p.String()}
	}
	switch {
	case ports.Any():
	case ports.From == ports.To:
		out = append(out, "eq", strconv.Itoa(ports.From))
	default:
		out = append(out, "range", strconv.Itoa(ports.From), strconv.Itoa(ports.To))
	}
	return out
}

// wildcard is the inverse mask of a length.
func wildcard(length int) string {
	m := ^uint32(0) >> length
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)}).String()
}

// A ListEntry is an entry as a device prints it.
type ListEntry struct {
	Number int // 0 = none is printed
	mirror.Entry
}

// Read reads an entry of a list of a family: with its number before or behind it, or
// without one, and with or without counters in brackets. What mirror.Entry cannot
// hold (flags of TCP, several ports, bits that are no length) is mirror.ErrParse, so
// that a list that holds it is never taken for one of ours. Addresses are as
// mirror.Entry.In has them.
func (f ListForm) Read(line string, family mirror.Family) (out ListEntry, err error) {
	r := listReader{form: f, family: family, words: strings.Fields(uncounted(line))}
	out.Number = r.number()
	switch r.next() {
	case mirror.FilterPermit:
		out.Permit = true
	case mirror.FilterDeny:
	default:
		r.bad = true
	}
	out.VLAN = r.vlan()
	out.Protocol = r.protocol()
	out.Source, out.SourcePort = r.end(out.Protocol)
	out.Destination, out.DestinationPort = r.end(out.Protocol)
	if behind := r.number(); behind != 0 {
		out.Number = behind
	}
	if r.bad || len(r.words) > 0 {
		return out, ParseError("access list", line)
	}
	return out, nil
}

// uncounted is a line without the counters that some commands print behind it.
func uncounted(line string) string {
	for _, open := range []string{" (", " ["} {
		if before, _, ok := strings.Cut(line, open); ok {
			line = before
		}
	}
	return line
}

type listReader struct {
	form   ListForm
	family mirror.Family
	words  []string
	bad    bool
}

// next takes a word, "" when there is none.
func (r *listReader) next() string {
	if len(r.words) == 0 {
		r.bad = true
		return ""
	}
	word := r.words[0]
	r.words = r.words[1:]
	return word
}

func (r *listReader) peek() string {
	if len(r.words) == 0 {
		return ""
	}
	return r.words[0]
}

// number takes "10" or "sequence 10", where it stands.
func (r *listReader) number() int {
	word := r.peek()
	if word == "sequence" {
		r.next()
		word = r.peek()
	} else if _, err := Decimal(word); err != nil {
		return 0
	}
	n, err := Decimal(r.next())
	r.bad = r.bad || err != nil
	return n
}

// vlan takes "vlan 110 0x000": the mask says which bits may differ.
func (r *listReader) vlan() int {
	if r.form.VLAN == "" || r.peek() != "vlan" {
		return 0
	}
	r.next()
	id, err := Decimal(r.next())
	mask, maskErr := strconv.ParseUint(strings.TrimPrefix(r.next(), "0x"), 16, 12)
	r.bad = r.bad || err != nil || maskErr != nil || mask != 0 || id < 1 || id > mirror.MaxVLAN
	return id
}

func (r *listReader) protocol() int {
	word := r.next()
	if word == r.form.Every[r.family] {
		return mirror.AnyProtocol
	}
	if n, ok := r.form.Protocols[r.family][word]; ok {
		return n
	}
	switch word {
	case "tcp":
		return mirror.ProtoTCP
	case "udp":
		return mirror.ProtoUDP
	}
	n, err := Decimal(word)
	r.bad = r.bad || err != nil || n > 255
	return n
}

// end takes the source or the destination with its ports.
func (r *listReader) end(protocol int) (netip.Prefix, mirror.PortRange) {
	p := r.prefix()
	if protocol != mirror.ProtoTCP && protocol != mirror.ProtoUDP {
		return p, mirror.PortRange{}
	}
	return p, r.ports(protocol)
}

func (r *listReader) prefix() (p netip.Prefix) {
	switch word := r.next(); {
	case word == listAny:
		return r.family.Any()
	case word == listHost:
		a, err := netip.ParseAddr(r.next())
		r.bad = r.bad || err != nil
		p = netip.PrefixFrom(a, a.BitLen())
	case strings.Contains(word, "/"):
		var err error
		p, err = netip.ParsePrefix(word)
		r.bad = r.bad || err != nil
	default:
		a, err := netip.ParseAddr(word)
		length, ok := inverse(r.next())
		r.bad = r.bad || err != nil || !ok || !a.Is4()
		p = netip.PrefixFrom(a, length)
	}
	if r.bad || !p.IsValid() {
		r.bad = true
		return netip.Prefix{}
	}
	r.bad = r.bad || p.Addr().Is4() != (r.family == mirror.IPv4)
	return p.Masked() // a device may keep bits that decide nothing
}

// inverse is the length that an inverse mask stands for.
func inverse(mask string) (int, bool) {
	a, err := netip.ParseAddr(mask)
	if err != nil || !a.Is4() {
		return 0, false
	}
	b := a.As4()
	m := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return bits.LeadingZeros32(m), m&(m+1) == 0
}

// ports takes an operator with its ports; a word that is none is left.
func (r *listReader) ports(protocol int) mirror.PortRange {
	out := mirror.PortRange{}
	switch r.peek() {
	case "eq":
		r.next()
		out.From = r.port(protocol)
		out.To = out.From
	case "range":
		r.next()
		out.From = r.port(protocol)
		out.To = r.port(protocol)
	case "lt":
		r.next()
		out.To = r.port(protocol) - 1
	case "gt":
		r.next()
		out.From, out.To = r.port(protocol)+1, lastPort
	default:
		return out
	}
	r.bad = r.bad || out.From > out.To || out.To > lastPort || out.To == 0
	if out == (mirror.PortRange{From: 0, To: lastPort}) {
		return mirror.PortRange{}
	}
	return out
}

func (r *listReader) port(protocol int) int {
	names := r.form.TCP
	if protocol == mirror.ProtoUDP {
		names = r.form.UDP
	}
	word := r.next()
	if n, ok := names[word]; ok {
		return n
	}
	n, err := Decimal(word)
	r.bad = r.bad || err != nil
	return n
}

// InOrder are the entries of a list as they decide: by their numbers, where they
// have some.
func InOrder(entries []ListEntry) []mirror.Entry {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(a, b ListEntry) int { return cmp.Compare(a.Number, b.Number) })
	out := make([]mirror.Entry, len(sorted))
	for i, e := range sorted {
		out[i] = e.Entry
	}
	return out
}
