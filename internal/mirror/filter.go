package mirror

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// A Filter says which IP frames a session copies, by rules in order: the first
// rule that a frame matches decides, and what matches none is not copied. It only
// ever chooses among copies; no frame of the users is lost by it.
type Filter struct {
	Name        string            `json:"name"`
	Description string            `json:"description,omitempty"`
	Rules       []FilterRule      `json:"rules"`
	Labels      map[string]string `json:"labels,omitempty"`
}

// A FilterRule is a rule as a user writes it; Entry is what it means. What is
// left out is any.
type FilterRule struct {
	Action          string `json:"action"`                    // FilterPermit or FilterDeny
	Protocol        string `json:"protocol,omitempty"`        // a name, see Protocols, or 0 to 255
	Source          string `json:"source,omitempty"`          // an address, or a prefix such as 10.1.0.0/16
	Destination     string `json:"destination,omitempty"`     // as Source
	SourcePort      string `json:"sourcePort,omitempty"`      // 443, or a range such as 5060-5061; of tcp and udp
	DestinationPort string `json:"destinationPort,omitempty"` // as SourcePort
	VLAN            int    `json:"vlan,omitempty"`            // 1 to 4094
}

// The actions of a rule.
const (
	FilterPermit = "permit" // copied
	FilterDeny   = "deny"   // not copied
)

// MaxFilterRules bounds a filter.
const MaxFilterRules = 256

// Numbers of protocols whose rules may say more, or less, than of others (IANA).
const (
	AnyProtocol = -1
	ProtoICMP   = 1
	ProtoTCP    = 6
	ProtoUDP    = 17
	ProtoICMPv6 = 58
)

// protocols are the names that a rule may use. A platform has names of its own for
// some of them; the numbers are what is compared.
var protocols = map[string]int{"icmp": ProtoICMP, "igmp": 2, "tcp": ProtoTCP, "udp": ProtoUDP, "gre": 47, "esp": 50, "ah": 51,
	"icmpv6": ProtoICMPv6, "eigrp": 88, "ospf": 89, "pim": 103}

// Protocols lists the names of protocols that a rule may use, sorted.
func Protocols() []string {
	out := make([]string, 0, len(protocols))
	for name := range protocols {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// protocolNumber reads a protocol; "" is any.
func protocolNumber(text string) (int, bool) {
	if text == "" {
		return AnyProtocol, true
	}
	if n, ok := protocols[text]; ok {
		return n, true
	}
	return decimal(text, 255)
}

// decimal reads a plain decimal number of at most high.
func decimal(text string, high int) (int, bool) {
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= high && strconv.Itoa(n) == text
}

// PortRange is a range of TCP or UDP ports, both ends in it; the zero value is any
// port.
type PortRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Any reports whether the range is no condition.
func (r PortRange) Any() bool { return r == PortRange{} }

// String is the range as a rule says it.
func (r PortRange) String() string {
	switch {
	case r.Any():
		return ""
	case r.From == r.To:
		return strconv.Itoa(r.From)
	}
	return fmt.Sprintf("%d-%d", r.From, r.To)
}

const maxPort = 65535

// portRange reads a port or a range; "" is any, and so is the range of all ports.
func portRange(text string) (PortRange, bool) {
	if text == "" {
		return PortRange{}, true
	}
	low, high, isRange := strings.Cut(text, "-")
	if !isRange {
		high = low
	}
	from, ok1 := decimal(low, maxPort)
	to, ok2 := decimal(high, maxPort)
	switch {
	case !ok1 || !ok2 || from > to || to == 0:
		return PortRange{}, false
	case from == 0 && to == maxPort:
		return PortRange{}, true
	}
	return PortRange{from, to}, true
}

// prefix reads an address or a prefix; "" is any. why is "" when it is one.
func prefix(text string) (p netip.Prefix, why string) {
	if text == "" {
		return p, ""
	}
	var err error
	if strings.Contains(text, "/") {
		p, err = netip.ParsePrefix(text)
	} else {
		var a netip.Addr
		if a, err = netip.ParseAddr(text); err == nil && a.Zone() == "" {
			p = netip.PrefixFrom(a, a.BitLen())
		}
	}
	switch {
	case err != nil || !p.IsValid():
		return p, "is neither an IP address nor a prefix such as 10.1.0.0/16"
	case p.Addr().Is4In6():
		return p, "is an IPv4 address written as one of IPv6; write it as IPv4"
	case p != p.Masked():
		return p, fmt.Sprintf("has bits beyond its length; the prefix is %s", p.Masked())
	}
	return p, ""
}

// An Entry is the meaning of a rule: what is rendered, and compared with what a
// device tells. Equal entries mean the same.
type Entry struct {
	Permit          bool         `json:"permit,omitempty"`
	Protocol        int          `json:"protocol"`             // AnyProtocol, or 0 to 255
	Source          netip.Prefix `json:"source,omitzero"`      // not valid = any
	Destination     netip.Prefix `json:"destination,omitzero"` // not valid = any
	SourcePort      PortRange    `json:"sourcePort,omitzero"`
	DestinationPort PortRange    `json:"destinationPort,omitzero"`
	VLAN            int          `json:"vlan,omitempty"` // 0 = any
}

// Entry is the meaning of a rule that Validate accepts.
func (r FilterRule) Entry() Entry {
	e := Entry{Permit: r.Action == FilterPermit, VLAN: r.VLAN}
	e.Protocol, _ = protocolNumber(r.Protocol)
	e.Source, _ = prefix(r.Source)
	e.Destination, _ = prefix(r.Destination)
	e.SourcePort, _ = portRange(r.SourcePort)
	e.DestinationPort, _ = portRange(r.DestinationPort)
	return e
}

// Entries is the meaning of a filter that Validate accepts, in order. Two filters
// of one meaning are one access list on a device.
func (f Filter) Entries() []Entry {
	out := make([]Entry, len(f.Rules))
	for i, r := range f.Rules {
		out[i] = r.Entry()
	}
	return out
}

// A Family is a version of IP.
type Family string

// The families.
const (
	IPv4 Family = "ipv4"
	IPv6 Family = "ipv6"
)

// Families are those of which an entry matches frames. It says so by its addresses
// (0.0.0.0/0 is every IPv4 address) or by a protocol that only one of them has; an
// entry that does neither matches frames of both.
func (e Entry) Families() []Family {
	for _, p := range []netip.Prefix{e.Source, e.Destination} {
		switch {
		case !p.IsValid():
		case p.Addr().Is4():
			return []Family{IPv4}
		default:
			return []Family{IPv6}
		}
	}
	switch e.Protocol {
	case ProtoICMP:
		return []Family{IPv4}
	case ProtoICMPv6:
		return []Family{IPv6}
	}
	return []Family{IPv4, IPv6}
}

// FilterFamilies are the families of which a filter copies any frame. A device holds
// one access list for each.
func FilterFamilies(entries []Entry) []Family {
	var out []Family
	for _, e := range entries {
		if e.Permit {
			out = append(out, e.Families()...)
		}
	}
	slices.SortFunc(out, func(a, b Family) int { return cmp.Compare(a, b) })
	return slices.Compact(out)
}

// WithDefaults gives equal filters one form.
func (f Filter) WithDefaults() Filter {
	if len(f.Labels) == 0 {
		f.Labels = nil
	}
	f.Rules = slices.Clone(f.Rules)
	for i := range f.Rules {
		f.Rules[i].Protocol = strings.ToLower(f.Rules[i].Protocol)
	}
	return f
}

// Validate lists every fault that needs no knowledge of any device. It expects
// defaults filled in.
func (f Filter) Validate() []Reason {
	var faults faults
	faults.name("/name", f.Name)
	faults.text("/description", f.Description)
	faults.labels("/labels", f.Labels)
	if len(f.Rules) > MaxFilterRules {
		faults.add("/rules", "too-many", "%d rules; at most %d", len(f.Rules), MaxFilterRules)
		return faults.list
	}
	sound, permits := len(faults.list), false
	first := map[Entry]int{}
	for i, r := range f.Rules {
		before := len(faults.list)
		r.validate(&faults, "/rules/"+strconv.Itoa(i))
		permits = permits || r.Action == FilterPermit
		if len(faults.list) > before {
			continue
		}
		match := r.Entry()
		match.Permit = false
		if j, twice := first[match]; twice {
			faults.add("/rules/"+strconv.Itoa(i), "duplicate", "never decides: rule %d matches the same frames and comes first (rules are counted from 0)", j)
			continue
		}
		first[match] = i
	}
	switch {
	case len(f.Rules) == 0:
		faults.add("/rules", "missing", "at least one rule is needed")
	case !permits && len(faults.list) == sound:
		faults.add("/rules", "copies-nothing", "no rule permits anything, and what matches no rule is not copied; end with a rule that permits the rest")
	}
	return faults.list
}

func (r FilterRule) validate(f *faults, at string) {
	f.oneOf(at+"/action", r.Action, FilterPermit, FilterDeny)
	protocol, known := protocolNumber(r.Protocol)
	if !known {
		f.add(at+"/protocol", "bad-value", "must be 0 to 255 or one of %s; left out it is any", strings.Join(Protocols(), ", "))
	}
	source, fault := prefix(r.Source)
	f.fault(at+"/source", fault)
	destination, more := prefix(r.Destination)
	f.fault(at+"/destination", more)
	if fault == "" && more == "" {
		r.validateFamily(f, at, protocol, source, destination)
	}
	for _, p := range []struct{ at, text string }{{at + "/sourcePort", r.SourcePort}, {at + "/destinationPort", r.DestinationPort}} {
		_, ok := portRange(p.text)
		switch {
		case !ok:
			f.add(p.at, "out-of-range", "must be a port of 1 to %d, or a range of them such as 5060-5061", maxPort)
		case p.text != "" && known && protocol != ProtoTCP && protocol != ProtoUDP:
			f.add(p.at, "contradiction", "only tcp and udp have ports; the rule is of %s", cmp.Or(r.Protocol, "any protocol"))
		}
	}
	if r.VLAN != 0 {
		f.between(at+"/vlan", r.VLAN, 1, MaxVLAN)
	}
}

// validateFamily refuses a rule that can match no frame.
func (r FilterRule) validateFamily(f *faults, at string, protocol int, source, destination netip.Prefix) {
	if source.IsValid() && destination.IsValid() && source.Addr().Is4() != destination.Addr().Is4() {
		f.add(at, "contradiction", "one address is of IPv4 and the other of IPv6; no frame has both")
		return
	}
	of := Entry{Protocol: AnyProtocol, Source: source, Destination: destination}.Families()
	switch {
	case len(of) > 1:
	case of[0] == IPv6 && protocol == ProtoICMP:
		f.add(at+"/protocol", "contradiction", "IPv6 has icmpv6")
	case of[0] == IPv4 && protocol == ProtoICMPv6:
		f.add(at+"/protocol", "contradiction", "IPv4 has icmp")
	}
}

func (f *faults) fault(pointer, why string) {
	if why != "" {
		f.add(pointer, "bad-address", "%s", why)
	}
}

// Any is every address of the family.
func (f Family) Any() netip.Prefix {
	if f == IPv6 {
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
}

// In is an entry as an access list of one family holds it, where any is Any of the
// family; false when it matches none of its frames.
func (e Entry) In(f Family) (Entry, bool) {
	if !slices.Contains(e.Families(), f) {
		return e, false
	}
	for _, p := range []*netip.Prefix{&e.Source, &e.Destination} {
		if !p.IsValid() {
			*p = f.Any()
		}
	}
	return e, true
}

// EntriesIn are the entries of the access list of one family, in order.
func EntriesIn(entries []Entry, f Family) []Entry {
	var out []Entry
	for _, e := range entries {
		if in, ok := e.In(f); ok {
			out = append(out, in)
		}
	}
	return out
}
