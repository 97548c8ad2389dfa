package text

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"pgregory.net/rapid"
)

// Two forms of the platforms there are: inverse masks and names of ports, and
// prefixes with VLANs.
var (
	ports = map[string]int{"www": 80, "domain": 53, "ftp": 21, "snmp": 161, "msdp": 639, "https": 443, "bgp": 179}
	masks = ListForm{Every: map[mirror.Family]string{mirror.IPv4: "ip", mirror.IPv6: "ipv6"}, Wildcards: true, TCP: ports, UDP: ports,
		Protocols: map[mirror.Family]map[string]int{mirror.IPv4: {"icmp": 1, "ospf": 89}, mirror.IPv6: {"icmp": 58}}}
	lengths = ListForm{Every: map[mirror.Family]string{mirror.IPv4: "ip", mirror.IPv6: "ipv6"}, VLAN: "vlan %d 0x000", TCP: ports, UDP: ports}
)

func entry(change func(*mirror.Entry)) mirror.Entry {
	e := mirror.Entry{Permit: true, Protocol: mirror.AnyProtocol}
	change(&e)
	return e
}

func prefixOf(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func TestEntriesOfAccessListsAreWritten(t *testing.T) {
	https := entry(func(e *mirror.Entry) {
		e.Protocol, e.Source, e.DestinationPort = 6, prefixOf("10.0.0.5/32"), mirror.PortRange{From: 443, To: 443}
	})
	for _, c := range []struct {
		form   ListForm
		family mirror.Family
		entry  mirror.Entry
		want   string
	}{
		{masks, mirror.IPv4, entry(func(*mirror.Entry) {}), "permit ip any any"},
		{masks, mirror.IPv6, entry(func(*mirror.Entry) {}), "permit ipv6 any any"},
		{masks, mirror.IPv4, https, "permit tcp host 10.0.0.5 any eq 443"},
		{lengths, mirror.IPv4, https, "permit tcp host 10.0.0.5 any eq 443"},
		{masks, mirror.IPv4, mirror.Entry{Protocol: 17, Source: prefixOf("10.1.0.0/16"), DestinationPort: mirror.PortRange{From: 5060, To: 5061}}, "deny udp 10.1.0.0 0.0.255.255 any range 5060 5061"},
		{lengths, mirror.IPv4, mirror.Entry{Protocol: 17, Source: prefixOf("10.1.0.0/16"), DestinationPort: mirror.PortRange{From: 5060, To: 5061}}, "deny udp 10.1.0.0/16 any range 5060 5061"},
		{masks, mirror.IPv4, entry(func(e *mirror.Entry) { e.Protocol = 89 }), "permit 89 any any"},
		{masks, mirror.IPv6, entry(func(e *mirror.Entry) { e.Protocol, e.Source = 6, prefixOf("2001:db8::/64") }), "permit tcp 2001:db8::/64 any"},
		{lengths, mirror.IPv4, entry(func(e *mirror.Entry) { e.VLAN, e.Protocol, e.Destination = 123, 17, prefixOf("224.0.0.0/4") }), "permit vlan 123 0x000 udp any 224.0.0.0/4"},
		{masks, mirror.IPv4, entry(func(e *mirror.Entry) { e.Source = prefixOf("0.0.0.0/0") }), "permit ip any any"},
	} {
		if got, err := c.form.Write(c.entry, c.family); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v; want %q", c.entry, got, err, c.want)
		}
	}
	for what, err := range map[string]error{
		"a VLAN": func() error {
			_, err := masks.Write(entry(func(e *mirror.Entry) { e.VLAN = 1 }), mirror.IPv4)
			return err
		}(),
		"a family of none": func() error { _, err := (ListForm{}).Write(entry(func(*mirror.Entry) {}), mirror.IPv4); return err }(),
	} {
		if !errors.Is(err, mirror.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The lines are those that ../shared/vendors/access-lists.md quotes of recordings.
func TestEntriesOfAccessListsAreRead(t *testing.T) {
	for _, c := range []struct {
		form   ListForm
		family mirror.Family
		line   string
		number int
		want   mirror.Entry
	}{
		{masks, mirror.IPv4, "    9999 permit ip any any (10878 matches)", 9999, entry(func(*mirror.Entry) {})},
		{masks, mirror.IPv4, " 20 deny   udp any host 200.10.11.135 eq 5060", 20, mirror.Entry{Protocol: 17, Destination: prefixOf("200.10.11.135/32"), DestinationPort: mirror.PortRange{From: 5060, To: 5060}}},
		{masks, mirror.IPv4, " 280 deny   53 any any", 280, mirror.Entry{Protocol: 53}},
		{masks, mirror.IPv4, " 320 permit icmp host 113.17.12.113 host 113.17.12.114", 320, entry(func(e *mirror.Entry) {
			e.Protocol, e.Source, e.Destination = 1, prefixOf("113.17.12.113/32"), prefixOf("113.17.12.114/32")
		})},
		{masks, mirror.IPv6, "permit udp any any sequence 9998", 9998, entry(func(e *mirror.Entry) { e.Protocol = 17 })},
		{masks, mirror.IPv6, " sequence 10 permit tcp 2001:DB8::/64 any eq www", 10, entry(func(e *mirror.Entry) {
			e.Protocol, e.Source, e.DestinationPort = 6, prefixOf("2001:db8::/64"), mirror.PortRange{From: 80, To: 80}
		})},
		{masks, mirror.IPv6, "permit icmp any any", 0, entry(func(e *mirror.Entry) { e.Protocol = 58 })},
		{lengths, mirror.IPv4, "        40 permit tcp 1.1.1.1/32 any eq 80 [match=0]", 40, entry(func(e *mirror.Entry) {
			e.Protocol, e.Source, e.DestinationPort = 6, prefixOf("1.1.1.1/32"), mirror.PortRange{From: 80, To: 80}
		})},
		{lengths, mirror.IPv4, "   40 permit vlan 123 0x000 udp any 224.0.0.0/4", 40, entry(func(e *mirror.Entry) { e.VLAN, e.Protocol, e.Destination = 123, 17, prefixOf("224.0.0.0/4") })},
		{masks, mirror.IPv4, "deny tcp 10.1.2.3 0.0.255.255 gt 1023 any lt 1024", 0, mirror.Entry{Protocol: 6, Source: prefixOf("10.1.0.0/16"),
			SourcePort: mirror.PortRange{From: 1024, To: 65535}, DestinationPort: mirror.PortRange{From: 0, To: 1023}}},
		{masks, mirror.IPv4, "permit ip 0.0.0.0 255.255.255.255 any", 0, entry(func(*mirror.Entry) {})},
	} {
		c.want, _ = c.want.In(c.family)
		if got, err := c.form.Read(c.line, c.family); err != nil || got.Entry != c.want || got.Number != c.number {
			t.Errorf("%q: %+v, %v; want %d %+v", c.line, got, err, c.number, c.want)
		}
	}
	for line, form := range map[string]ListForm{
		"   20 permit tcp 192.0.2.0/24 any eq https log":                      lengths, // it says more than an entry
		"        50 permit tcp any any eq ssh telnet www snmp bgp https":      lengths, // several ports
		"        10 permit tcp 192.168.1.0 0.0.0.255 10.4.1.1/32 established": lengths,
		"10 permit tcp 10.0.0.1 0.0.255.0 any":                                masks, // no length
		"10 permit tcp any any neq 80":                                        masks,
		"10 permit udp any any eq biff-like":                                  masks,
		"10 permit tcp any":                                                   masks,
		"10 permit ip any any any":                                            masks,
		"10 evaluate mirror":                                                  masks,
		"10 permit 256 any any":                                               masks,
		"10 permit ip 2001:db8::/64 any":                                      masks, // of the other family
		"10 permit ipv6 any any":                                              masks,
		"10 permit vlan 123 0xfff ip any any":                                 lengths, // any VLAN of many
		"10 permit tcp any any eq 65536":                                      masks,
		"10 permit tcp any any range 9 8":                                     masks,
		"10 permit tcp any any lt 0":                                          masks,
		"":                                                                    masks,
		"10":                                                                  masks,
		"remark netmirror:41":                                                 masks,
		"10 permit tcp any host":                                              masks,
		"10 permit icmp any any echo":                                         masks,
		"10 permit tcp any any sequence":                                      masks,
	} {
		if got, err := form.Read(line, mirror.IPv4); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q was read as %+v, %v", line, got, err)
		}
	}
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	addresses := map[mirror.Family][]string{mirror.IPv4: {"", "0.0.0.0/0", "10.0.0.5/32", "10.1.0.0/16", "128.0.0.0/1", "10.0.0.4/31"},
		mirror.IPv6: {"", "::/0", "2001:db8::1/128", "2001:db8::/32"}}
	some := func(rt *rapid.T, of []string, name string) (p netip.Prefix) {
		if s := rapid.SampledFrom(of).Draw(rt, name); s != "" {
			p = prefixOf(s)
		}
		return p
	}
	ranges := []mirror.PortRange{{}, {From: 1, To: 1}, {From: 0, To: 1023}, {From: 5060, To: 5061}, {From: 65535, To: 65535}}
	rapid.Check(t, func(rt *rapid.T) {
		form := rapid.SampledFrom([]ListForm{masks, lengths}).Draw(rt, "form")
		family := rapid.SampledFrom([]mirror.Family{mirror.IPv4, mirror.IPv6}).Draw(rt, "family")
		e := mirror.Entry{Permit: rapid.Bool().Draw(rt, "permit"), Protocol: rapid.IntRange(-1, 255).Draw(rt, "protocol")}
		e.Source, e.Destination = some(rt, addresses[family], "source"), some(rt, addresses[family], "destination")
		if e.Protocol == mirror.ProtoTCP || e.Protocol == mirror.ProtoUDP {
			e.SourcePort, e.DestinationPort = rapid.SampledFrom(ranges).Draw(rt, "from"), rapid.SampledFrom(ranges).Draw(rt, "to")
		}
		if form.VLAN != "" {
			e.VLAN = rapid.IntRange(0, mirror.MaxVLAN).Draw(rt, "vlan")
		}
		want, of := e.In(family)
		if !of {
			return
		}
		line, err := form.Write(e, family)
		if err != nil {
			rt.Fatal(err)
		}
		got, err := form.Read("30 "+line, family)
		if err != nil || got.Entry != want || got.Number != 30 {
			rt.Fatalf("%q: %+v, %v; want %+v", line, got, err, want)
		}
	})
}

func TestEntriesDecideByTheirNumbers(t *testing.T) {
	a, b, c := mirror.Entry{Protocol: 1}, mirror.Entry{Protocol: 2}, mirror.Entry{Protocol: 3}
	if got := InOrder([]ListEntry{{20, b}, {10, a}, {30, c}}); !slices.Equal(got, []mirror.Entry{a, b, c}) {
		t.Errorf("%+v", got)
	}
	if got := InOrder([]ListEntry{{0, b}, {0, a}}); !slices.Equal(got, []mirror.Entry{b, a}) {
		t.Errorf("without numbers: %+v", got)
	}
}
