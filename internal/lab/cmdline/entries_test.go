package cmdline

import (
	"slices"
	"strings"
	"testing"
)

var testWords = EntryWords{Ports: WordsOf("22 ssh 80 www 443 https"), TCP: WordsOf("513 login"), UDP: WordsOf("513 who"), Protocols: WordsOf("1 icmp 6 tcp 17 udp 58 icmpv6 89 ospf")}

func TestEntriesAreWrittenInTheSwitchsWords(t *testing.T) {
	for _, tc := range []struct{ family, typed, want string }{
		{"ip", "permit tcp 10.0.0.5/32 any eq 443", "permit tcp host 10.0.0.5 any eq https"},
		{"ip", "permit 6 host 10.0.0.5 any eq https", "permit tcp host 10.0.0.5 any eq https"},
		{"ip", "deny udp 10.1.2.3/16 eq 513 any range 5060 5061", "deny udp 10.1.0.0/16 eq who any range 5060 5061"},
		{"ip", "permit tcp any any eq 22 80 513", "permit tcp any any eq ssh www login"},
		{"ip", "permit 89 any any log", "permit ospf any any log"},
		{"ip", "permit 200 any 1.2.3.4", "permit 200 any host 1.2.3.4"},
		{"ip", "permit vlan 123 0x000 udp any 224.0.0.0/4", "permit vlan 123 0x000 udp any 224.0.0.0/4"},
		{"ip", "permit ip any any", "permit ip any any"},
		{"ipv6", "permit ipv6 2001:db8::1/128 2001:DB8:0::/32", "permit ipv6 host 2001:db8::1 2001:db8::/32"},
		{"ip", "remark netmirror:41  two", "remark netmirror:41 two"},
		{"ip", "permit tcp any", ""},
		{"ip", "permit tcp any 2001:db8::1", ""},
		{"ip", "permit icmp any any eq 80", ""},
		{"ip", "permit tcp any any range 80", ""},
		{"ip", "permit tcp any any eq 70000", ""},
		{"ip", "permit ipv6 any any", ""},
		{"ip", "allow ip any any", ""},
		{"ip", "permit", ""},
	} {
		got, ok := testWords.Entry(tc.family, tc.typed)
		if got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s %q: %q, %t; want %q", tc.family, tc.typed, got, ok, tc.want)
		}
	}
}

func TestEntriesWithLengths(t *testing.T) {
	words := testWords
	words.Lengths = true
	for typed, want := range map[string]string{
		"permit tcp host 10.0.0.5 any eq 443":         "permit tcp 10.0.0.5/32 any eq https",
		"permit ip 10.1.2.3/16 10.0.0.5/32":           "permit ip 10.1.0.0/16 10.0.0.5/32",
		"permit tcp 192.168.1.7 0.0.0.255 1.2.3.4/32": "permit tcp 192.168.1.0 0.0.0.255 1.2.3.4/32",
		"permit ip 10.0.0.5 0.0.0.0 any":              "permit ip 10.0.0.5 0.0.0.0 any",
		"permit 17 any any":                           "permit udp any any",
		"permit 17 any any eq 53":                     "",
		"permit udp any any range 5060 5061":          "permit udp any any range 5060 5061",
		"permit tcp any any eq 80 established":        "permit tcp any any eq www established",
		"permit ip any any vlan 123":                  "permit ip any any vlan 123",
	} {
		if got, ok := words.Entry("ip", typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t; want %q", typed, got, ok, want)
		}
	}
}

func TestEntriesKeepTheirOrder(t *testing.T) {
	e := Entries{"counters per-entry"}
	e.Add(0, "permit ip any any")
	e.Add(5, "remark first")
	e.Add(0, "permit ip any any") // there already
	e.Add(0, "deny ip any any")
	if want := (Entries{"counters per-entry", "5 remark first", "10 permit ip any any", "20 deny ip any any"}); !slices.Equal(e, want) {
		t.Fatalf("%q", e)
	}
	if !e.Has(5) || e.Has(7) || e.Has(0) {
		t.Error("numbers taken: 5 and not 7")
	}
	e.Remove(10, "")
	e.Remove(0, "deny ip any any")
	e.Add(0, "permit tcp any any")
	e.Resequence(100, 50)
	if want := "counters per-entry,100 remark first,150 permit tcp any any"; strings.Join(e, ",") != want {
		t.Errorf("%q", e)
	}
}

func TestEntriesWithInverseMasks(t *testing.T) {
	w := testWords
	w.Wildcards, w.Padded = true, true
	for typed, want := range map[string]string{
		"permit tcp 10.1.2.3 0.0.255.255 any eq 443":      "permit tcp 10.1.0.0 0.0.255.255 any eq https",
		"deny udp 10.1.2.3 0.0.0.0 any":                   "deny   udp host 10.1.2.3 any",
		"deny 89 1.2.3.4 255.255.255.255 host 10.0.0.5":   "deny   ospf any host 10.0.0.5",
		"permit ip 10.0.0.0/8 any":                        "",
		"permit ip 10.0.0.0":                              "",
		"permit ip 2001:db8:: ::ffff any":                 "",
		"permit udp any 10.0.0.1 0.0.0.254 range 1 2 log": "permit udp any 10.0.0.1 0.0.0.254 range 1 2 log",
	} {
		if got, ok := w.Entry("ip", typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t; want %q", typed, got, ok, want)
		}
	}
}

func TestRemarksShareTheNumberOfTheirEntry(t *testing.T) {
	e := Entries{}
	e.Add(20, "remark web")
	if e.Taken(20) || !e.Has(20) {
		t.Error("a remark takes the number of an entry")
	}
	e.Add(20, "permit tcp any any eq www")
	e.Add(30, "deny ip any any")
	e.ResequenceEntries(100, 10)
	if want := "100 remark web,100 permit tcp any any eq www,110 deny ip any any"; strings.Join(e, ",") != want || !e.Taken(100) {
		t.Errorf("%q", e)
	}
}
