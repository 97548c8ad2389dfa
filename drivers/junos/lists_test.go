package junos

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

const ownList = "nm-cccccccccc"

// readBack reads terms as they are written.
func readBack(t *testing.T, lines []string) (mirror.Footing, map[string][]string) {
	t.Helper()
	var b strings.Builder
	for _, l := range lines {
		b.WriteString("set firewall family ethernet-switching filter " + ownList + " " + l + "\n")
	}
	lists, feeds := readFilters(configOf(t, b.String(), ""))
	if len(lists) != 1 {
		t.Fatalf("%d lists of\n%s", len(lists), b.String())
	}
	return lists[0], feeds
}

var comparePrefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// Every term forwards, a deny copies nothing, and the last forwards all that is left.
func TestTerms(t *testing.T) {
	rules := []mirror.Entry{
		{Permit: true, Protocol: mirror.ProtoTCP, Source: netip.MustParsePrefix("10.0.0.5/32"), Destination: mirror.IPv4.Any(), DestinationPort: mirror.PortRange{From: 443, To: 443}},
		{Protocol: mirror.ProtoUDP, Source: netip.MustParsePrefix("10.1.0.0/16"), Destination: netip.MustParsePrefix("10.2.0.0/16"), SourcePort: mirror.PortRange{From: 5060, To: 5061}},
		{Permit: true, Protocol: 89, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any(), VLAN: 110},
		{Permit: true, Protocol: mirror.AnyProtocol, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any()},
	}
	got, err := terms(rules, "nm-aaaaaaaaaa")
	want := []string{
		"term r10 from ip-source-address 10.0.0.5/32", "term r10 from ip-protocol 6", "term r10 from destination-port 443", "term r10 then analyzer nm-aaaaaaaaaa", "term r10 then accept",
		"term r20 from ip-source-address 10.1.0.0/16", "term r20 from ip-destination-address 10.2.0.0/16", "term r20 from ip-protocol 17", "term r20 from source-port 5060-5061", "term r20 then accept",
		"term r30 from user-vlan-id 110", "term r30 from ip-protocol 89", "term r30 then analyzer nm-aaaaaaaaaa", "term r30 then accept",
		"term r40 then analyzer nm-aaaaaaaaaa", "term r40 then accept",
		"term zz then accept",
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Fatalf("%v (-want +got):\n%s", err, d)
	}
	list, feeds := readBack(t, got)
	if d := cmp.Diff(mirror.Footing{Kind: mirror.FootingFilter, Name: ownList, Rules: rules, Session: "nm-aaaaaaaaaa"}, list, comparePrefixes); d != "" {
		t.Errorf("read back (-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string][]string{"nm-aaaaaaaaaa": {ownList}}, feeds); d != "" {
		t.Error(d)
	}
	six := []mirror.Entry{{Permit: true, Protocol: mirror.AnyProtocol, Source: netip.MustParsePrefix("2001:db8::/64")}}
	if _, err := terms(six, "a"); !errors.Is(err, mirror.ErrUnsupported) {
		t.Errorf("IPv6: %v", err)
	}
}

// A filter that another hand edited is none that is wanted: one that may drop, above all.
func TestStrangeFilters(t *testing.T) {
	copies := []string{"term r10 from ip-protocol tcp", "term r10 then analyzer a", "term r10 then accept"}
	last := "term zz then accept"
	for name, lines := range map[string][]string{
		"no last term":           copies,
		"a term that drops":      {"term r10 from ip-protocol tcp", "term r10 then discard", last},
		"a last one that drops":  {copies[0], copies[1], copies[2], "term zz then discard"},
		"a last one that copies": {copies[0], copies[1], copies[2], "term zz then analyzer a", last},
		"a condition of its own": {"term r10 from tcp-flags syn", copies[1], copies[2], last},
		"two values":             {"term r10 from destination-port 1", "term r10 from destination-port 2", copies[1], copies[2], last},
		"two analyzers":          {copies[0], copies[1], copies[2], "term r20 then analyzer b", "term r20 then accept", last},
		"a counter":              {copies[0], copies[1], copies[2], "term r10 then count c", last},
		"no accept":              {copies[0], copies[1], last},
		"an option":              {"interface-specific", copies[0], copies[1], copies[2], last},
	} {
		if list, _ := readBack(t, lines); list.Rules != nil {
			t.Errorf("%s: read as %+v", name, list.Rules)
		}
	}
	if list, _ := readBack(t, append(append([]string{}, copies...), last)); len(list.Rules) != 1 {
		t.Errorf("a good one is read as %+v", list)
	}
}

func TestFiltersOfASwitch(t *testing.T) {
	a := someAround(t)
	any4 := mirror.IPv4.Any()
	want := []mirror.Footing{{Kind: mirror.FootingFilter, Name: ownList, Session: "nm-aaaaaaaaaa", Rules: []mirror.Entry{
		{Permit: true, Protocol: mirror.ProtoTCP, Source: netip.MustParsePrefix("10.0.0.5/32"), Destination: any4, DestinationPort: mirror.PortRange{From: 443, To: 443}},
		{Protocol: mirror.ProtoUDP, Source: any4, Destination: any4, DestinationPort: mirror.PortRange{From: 5060, To: 5061}},
	}}}
	if d := cmp.Diff(want, a.footings(), comparePrefixes); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string][]string{"TAP": {"guests"}, "nm-aaaaaaaaaa": {ownList}}, a.feeds); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string][]mirror.PortName{"guests": {"ge-0/0/1"}, "one": {"ge-0/0/3.100"}}, a.at); d != "" {
		t.Error(d)
	}
}
