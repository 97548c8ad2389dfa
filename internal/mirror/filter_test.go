package mirror

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestEveryFaultOfAFilterIsTold(t *testing.T) {
	permit := FilterRule{Action: "permit"}
	rules := func(r ...FilterRule) Filter { return Filter{Name: "web", Rules: r} }
	for _, c := range []struct {
		name   string
		filter Filter
		want   []string // pointer and code
	}{
		{"all is well", rules(FilterRule{Action: "deny", Protocol: "udp", Source: "10.1.0.0/16", DestinationPort: "5060-5061", VLAN: 110},
			FilterRule{Action: "permit", Protocol: "89"}, FilterRule{Action: "permit", Protocol: "TCP", Source: "2001:db8::1", SourcePort: "443"},
			FilterRule{Action: "permit", Source: "0.0.0.0/0", Protocol: "udp", SourcePort: "0-1023"}), nil},
		{"nothing", Filter{}, []string{"/name bad-name", "/rules missing"}},
		{"nothing is copied", rules(FilterRule{Action: "deny"}, FilterRule{Action: "deny", Protocol: "tcp"}), []string{"/rules copies-nothing"}},
		{"too many", rules(make([]FilterRule, MaxFilterRules+1)...), []string{"/rules too-many"}},
		{"one rule, everything wrong", rules(FilterRule{Action: "allow", Protocol: "ip4", Source: "10.0.0", Destination: "2001:db8::/129",
			SourcePort: "99999", DestinationPort: "9-8", VLAN: 4095}),
			[]string{"/rules/0/action bad-value", "/rules/0/protocol bad-value", "/rules/0/source bad-address", "/rules/0/destination bad-address",
				"/rules/0/sourcePort out-of-range", "/rules/0/destinationPort out-of-range", "/rules/0/vlan out-of-range"}},
		{"each rule at its place", rules(permit, FilterRule{Action: "permit", Protocol: "256"}, FilterRule{Action: "deny", VLAN: -1}),
			[]string{"/rules/1/protocol bad-value", "/rules/2/vlan out-of-range"}},
		{"ports of what has none", rules(FilterRule{Action: "permit", DestinationPort: "443"}, FilterRule{Action: "permit", Protocol: "icmp", SourcePort: "1"}),
			[]string{"/rules/0/destinationPort contradiction", "/rules/1/sourcePort contradiction"}},
		{"both families", rules(FilterRule{Action: "permit", Source: "10.0.0.1", Destination: "::/0"}), []string{"/rules/0 contradiction"}},
		{"the other family's icmp", rules(FilterRule{Action: "permit", Protocol: "icmp", Source: "::/0"}, FilterRule{Action: "permit", Protocol: "58", Destination: "10.0.0.1"}),
			[]string{"/rules/0/protocol contradiction", "/rules/1/protocol contradiction"}},
		{"bits beyond the length", rules(FilterRule{Action: "permit", Source: "10.1.2.3/16"}), []string{"/rules/0/source bad-address"}},
		{"IPv4 in IPv6", rules(FilterRule{Action: "permit", Source: "::ffff:10.1.2.3"}), []string{"/rules/0/source bad-address"}},
		{"a zone", rules(FilterRule{Action: "permit", Source: "fe80::1%eth0"}), []string{"/rules/0/source bad-address"}},
		{"no plain numbers", rules(FilterRule{Action: "permit", Protocol: "06"}, FilterRule{Action: "permit", Protocol: "tcp", SourcePort: "+80"},
			FilterRule{Action: "permit", Protocol: "tcp", SourcePort: "80-"}, FilterRule{Action: "permit", Protocol: "tcp", SourcePort: "0"}),
			[]string{"/rules/0/protocol bad-value", "/rules/1/sourcePort out-of-range", "/rules/2/sourcePort out-of-range", "/rules/3/sourcePort out-of-range"}},
		{"the same frames twice", rules(FilterRule{Action: "deny", Protocol: "tcp", Source: "10.0.0.1"}, permit,
			FilterRule{Action: "permit", Protocol: "6", Source: "10.0.0.1/32", SourcePort: "0-65535"}), []string{"/rules/2 duplicate"}},
		{"what would reach a device", rules(FilterRule{Action: "permit\n", Protocol: "tcp;", Source: "10.0.0.1?", SourcePort: "1|2"}),
			[]string{"/rules/0/action bad-value", "/rules/0/protocol bad-value", "/rules/0/source bad-address", "/rules/0/sourcePort out-of-range"}},
	} {
		var got []string
		for _, r := range c.filter.WithDefaults().Validate() {
			got = append(got, r.Pointer+" "+r.Code)
			if r.Message == "" {
				t.Errorf("%s: %s has no message", c.name, r.Pointer)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestRulesOfOneMeaningAreEqual(t *testing.T) {
	for _, same := range [][]FilterRule{
		{{Action: "permit", Protocol: "tcp", Source: "10.0.0.5", DestinationPort: "443"}, {Action: "permit", Protocol: "6", Source: "10.0.0.5/32", DestinationPort: "443-443"}},
		{{Action: "deny", Protocol: "udp", SourcePort: "0-65535"}, {Action: "deny", Protocol: "17"}},
		{{Action: "permit", Source: "2001:DB8:0::/32"}, {Action: "permit", Source: "2001:db8::/32"}},
	} {
		if a, b := same[0].Entry(), same[1].Entry(); a != b {
			t.Errorf("%+v and %+v mean different things: %+v, %+v", same[0], same[1], a, b)
		}
	}
	base := FilterRule{Action: "permit", Protocol: "tcp", Source: "10.0.0.5", Destination: "10.0.0.6", SourcePort: "1", DestinationPort: "2", VLAN: 3}
	for _, change := range []func(*FilterRule){
		func(r *FilterRule) { r.Action = "deny" }, func(r *FilterRule) { r.Protocol = "udp" }, func(r *FilterRule) { r.Source = "" },
		func(r *FilterRule) { r.Destination = "10.0.0.0/8" }, func(r *FilterRule) { r.SourcePort = "1-2" },
		func(r *FilterRule) { r.DestinationPort = "" }, func(r *FilterRule) { r.VLAN = 0 },
	} {
		other := base
		change(&other)
		if other.Entry() == base.Entry() {
			t.Errorf("%+v and %+v mean the same", base, other)
		}
	}
}

func TestTheFamiliesOfAFilter(t *testing.T) {
	entry := func(r FilterRule) Entry { r.Action = "permit"; return r.Entry() }
	for _, c := range []struct {
		rules []Entry
		want  string
	}{
		{[]Entry{entry(FilterRule{})}, "[ipv4 ipv6]"},
		{[]Entry{entry(FilterRule{Protocol: "tcp", DestinationPort: "443"})}, "[ipv4 ipv6]"},
		{[]Entry{entry(FilterRule{Protocol: "tcp", Source: "0.0.0.0/0"})}, "[ipv4]"},
		{[]Entry{entry(FilterRule{Destination: "2001:db8::/32"})}, "[ipv6]"},
		{[]Entry{entry(FilterRule{Protocol: "icmpv6"}), entry(FilterRule{Destination: "10.0.0.1"})}, "[ipv4 ipv6]"},
		{[]Entry{entry(FilterRule{Protocol: "icmp"})}, "[ipv4]"},
		{[]Entry{FilterRule{Action: "deny", Source: "::/0"}.Entry(), entry(FilterRule{Source: "10.0.0.0/8"})}, "[ipv4]"},
	} {
		if got := fmt.Sprint(FilterFamilies(c.rules)); got != c.want {
			t.Errorf("%+v: %s, want %s", c.rules, got, c.want)
		}
	}
}

func TestEntriesInTheListOfAFamily(t *testing.T) {
	all, v4, six := FilterRule{Action: "permit"}.Entry(), FilterRule{Action: "deny", Source: "0.0.0.0/0"}.Entry(), FilterRule{Action: "permit", Source: "2001:db8::/32"}.Entry()
	entries, v4in, sixIn := []Entry{v4, six, all}, v4, six
	v4in.Destination, sixIn.Destination = IPv4.Any(), IPv6.Any()
	if got, want := EntriesIn(entries, IPv4), []Entry{v4in, {Permit: true, Protocol: AnyProtocol, Source: IPv4.Any(), Destination: IPv4.Any()}}; !slices.Equal(got, want) {
		t.Errorf("IPv4: %+v", got)
	}
	if got, want := EntriesIn(entries, IPv6), []Entry{sixIn, {Permit: true, Protocol: AnyProtocol, Source: IPv6.Any(), Destination: IPv6.Any()}}; !slices.Equal(got, want) {
		t.Errorf("IPv6: %+v", got)
	}
}

func FuzzFilterRule(f *testing.F) {
	f.Add("permit", "tcp", "10.0.0.0/8", "10.0.0.1", "443", "1-2", 7)
	f.Add("deny", "58", "2001:db8::/32", "", "", "", 0)
	f.Fuzz(func(t *testing.T, action, protocol, source, destination, sourcePort, destinationPort string, vlan int) {
		rule := FilterRule{action, protocol, source, destination, sourcePort, destinationPort, vlan}
		filter := Filter{Name: "f", Rules: []FilterRule{rule, {Action: "permit", Protocol: "esp", VLAN: 4094}}}.WithDefaults()
		if len(filter.Validate()) > 0 {
			return
		}
		for _, text := range []string{action, protocol, source, destination, sourcePort, destinationPort} {
			if strings.ContainsAny(text, " \t\r\n;|?!\"'\x00") {
				t.Errorf("accepted %q", text)
			}
		}
		e := filter.Rules[0].Entry()
		again := FilterRule{Action: action, Protocol: fmt.Sprint(e.Protocol), Source: text(e.Source), Destination: text(e.Destination),
			SourcePort: e.SourcePort.String(), DestinationPort: e.DestinationPort.String(), VLAN: e.VLAN}
		if e.Protocol == AnyProtocol {
			again.Protocol = ""
		}
		if again.Entry() != e {
			t.Errorf("%+v means %+v, told as %+v", rule, e, again)
		}
	})
}

func text(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}
