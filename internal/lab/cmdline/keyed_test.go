package cmdline

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// testKeys has lines whose first word is the key, but for those of ports.
var testKeys = &Keys{Layout: &Layout{Syntax: Syntax{Comment: "!", End: "end", Notes: true}, Top: []string{"name", "port"}}, Of: func(line string) string {
	f := strings.Fields(line)
	if f[0] == "port" {
		return f[0] + " " + f[1]
	}
	return f[0]
}, Closed: func(n *Node, depth int) bool { return begins(n.Text, "port") }}

func TestLinesWithAKeyTakeEachOthersPlace(t *testing.T) {
	c := testKeys.New()
	c.Put(nil, "port 1 tagged").Notes = []string{" kept"}
	c.Put([]string{"port 1"}, "speed 10")
	c.Put([]string{"port 1", "copy"}, "first 5")
	c.Put([]string{"port 1"}, "speed 100")
	c.Put(nil, "port 1") // what is below stays, and so do notes
	c.Put(nil, "name a")
	c.Put(nil, "port 2")
	const want = "name a\n! kept\nport 1\n speed 100\n copy\n  first 5\n !\n!\nport 2\n!\nend\n"
	if got := c.Text(); got != want {
		t.Errorf("%s", got)
	}
	again := &Keyed{testKeys.Read(want), testKeys}
	if got := again.Text(); got != want {
		t.Errorf("read back: %s", got)
	}
	if got := c.Only("port 1", true); got != "port 1\nport 1 speed 100\nport 1 copy\nport 1 copy first 5\n" {
		t.Errorf("%s", got)
	}
	was := c.Clone()
	c.Put([]string{"port 1"}, "speed 10")
	c.Drop([]string{"port 1"}, "copy")
	c.Drop(nil, "name")
	c.Put(nil, "port 3")
	if got := c.Delta(was); got != "no name a\nport 1\n no copy\n speed 10\n!\nport 3\n!\n" {
		t.Errorf("%s", got)
	}
	if got := c.Signed(was); got != "-  name a\n   port 1\n-   speed 100\n-   copy\n-    first 5\n-   !\n+   speed 10\n   !\n+  port 3\n+  !\n" {
		t.Errorf("%s", got)
	}
	if got := was.Delta(was); got != "" {
		t.Errorf("%s", got)
	}
}

func TestEntriesFitPackets(t *testing.T) {
	w := testWords
	web := fabric.Packet{Protocol: 6, From: netip.MustParseAddr("10.0.0.5"), To: netip.MustParseAddr("10.9.9.9"), FromPort: 40000, ToPort: 443}
	six := fabric.Packet{Protocol: 6, From: netip.MustParseAddr("2001:db8::5"), To: netip.MustParseAddr("2001:db8::9"), ToPort: 443}
	for entry, want := range map[string][3]bool{ // web, six, one of which nothing is known
		"permit ip any any":                      {true, false, true},
		"permit ipv4 any any":                    {true, false, true},
		"permit ipv6 any any":                    {false, true, false},
		"deny tcp any any":                       {true, true, false},
		"permit udp any any":                     {false, false, false},
		"permit 6 any any capture log":           {true, true, false},
		"permit tcp host 10.0.0.5 any eq https":  {true, false, false},
		"permit tcp host 10.0.0.5 any eq 22 443": {true, false, false},
		"permit tcp host 10.0.0.6 any":           {false, false, false},
		"permit tcp 10.0.0.0 0.0.0.255 any":      {true, false, false},
		"permit tcp 10.0.0.4 0.0.0.2 any":        {false, false, false},
		"permit tcp 10.0.0.0/29 10.9.0.0/16":     {true, false, false},
		"permit tcp any 2001:db8::/64 gt 442":    {false, true, false},
		"permit tcp any neq 22 any lt 444":       {true, false, false},
		"permit tcp any any range 442 444":       {true, true, false},
		"permit tcp any any range 1 442":         {false, false, false},
		"permit tcp any any established":         {false, false, false},
		"remark permit ip any any":               {false, false, false},
	} {
		got := [3]bool{w.Hits(entry, web), w.Hits(entry, six), w.Hits(entry, fabric.Packet{})}
		if got != want {
			t.Errorf("%s: %v, want %v", entry, got, want)
		}
	}
	list := Entries{"5 remark x", "10 deny udp any any", "20 permit tcp any any eq 443 capture", "30 permit ip any any"}
	if entry, ok := w.First(list, web); entry != "permit tcp any any eq 443 capture" || !ok {
		t.Errorf("%q", entry)
	}
	if _, ok := w.First(list[:2], web); ok {
		t.Error("nothing fits")
	}
}

func TestNetworksTypedWithALength(t *testing.T) {
	w := testWords
	w.Wildcards, w.Prefixes = true, true
	for typed, want := range map[string]string{
		"permit tcp 10.0.0.5/32 any eq 443":    "permit tcp host 10.0.0.5 any eq https",
		"permit ipv4 10.1.2.3/16 0.0.0.0/0":    "permit ipv4 10.1.0.0 0.0.255.255 any",
		"permit ipv4 10.1.0.0 0.0.255.255 any": "permit ipv4 10.1.0.0 0.0.255.255 any",
		"permit ip any any":                    "",
	} {
		if got, ok := w.Entry("ipv4", typed); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t; want %q", typed, got, ok, want)
		}
	}
	if got, ok := w.Entry("ipv6", "permit ipv6 2001:db8::1/64 any"); got != "permit ipv6 2001:db8::/64 any" || !ok {
		t.Errorf("%q", got)
	}
	for address, want := range map[string]string{"10.0.0.1 255.255.255.252": "10.0.0.1/30", "10.0.0.1/24": "10.0.0.1/24", "": ""} {
		if got := WithLength(address); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
}

func TestCardsInPositions(t *testing.T) {
	names := &PortNames{Kinds: []PortKind{{Full: "MgmtEth", Short: "Mg", Speed: fabric.Gbps}}, Cards: true}
	if full, ok := names.Canonical("mgmteth0/rsp0/cpu0/0"); full != "MgmtEth0/RSP0/CPU0/0" || !ok {
		t.Errorf("%q", full)
	}
	if _, ok := names.Canonical("MgmtEth0/XP0/CPU0/0"); ok {
		t.Error("there is no such card")
	}
	names.Cards = false
	if _, ok := names.Canonical("MgmtEth0/RP0/CPU0/0"); ok {
		t.Error("cards are named only where they are")
	}
}
