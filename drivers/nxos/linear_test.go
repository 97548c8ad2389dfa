package nxos

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// What a parser takes grows no faster than the text: four times as much of it allocates
// far less than the sixteen times as much of a square.
func TestParsersAreLinear(t *testing.T) {
	const size = 12 << 10
	config := func(s string) { _, _, _ = parseConfig(n9k, s) }
	for name, c := range map[string]struct {
		begin, repeat string
		read          func(string)
	}{
		"configuration":  {"monitor session 1\n", "  source interface Ethernet1/1-48 both\n", config},
		"lists of VLANs": {"monitor session 1\n", "  filter vlan 1-4093\n", config},
		"doubts":         {"monitor session 1\n", "  strange words\n", config},
		"sessions":       {"", "monitor session 7\n  shut\n", config},
		"shown":          {"session 1\n---\nsource intf :\nrx : Eth1/1\n", " Eth1/1 Eth1/2\n", func(s string) { _, _ = parseShown(s) }},
		"states":         {"session 1\nstate : up\n", "source intf :\nrx : Eth1/1\n", func(s string) { _, _ = parseShown(s) }},
		"stanzas":        {"interface Ethernet1/1\n", "  description a\n", func(s string) { _, _ = parseStanzas(s) }},
		"ports":          {"Port          Name               Status    Vlan      Duplex  Speed   Type\n", "Eth1/1        --                 connected trunk     full    10G     --\n", func(s string) { _, _ = around{}.ports(s, nil) }},
		"figures":        {"Ethernet1/1 is up\n", "  7 output discard\n", func(s string) { _, _ = interfaceFigures.Read(s, time.Time{}) }},
		"facts":          {"NXOS: version 9.3(8)\n", "  Device name: leaf-1\n", func(s string) { _, _ = parseFacts(s) }},
	} {
		take := func(n int) uint64 {
			text := c.begin + strings.Repeat(c.repeat, n/len(c.repeat))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c.read(text)
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		if small, large := take(size), take(4*size); large > 8*small+256<<10 {
			t.Errorf("%s: %d octets for %d, %d for %d", name, small, size, large, 4*size)
		}
	}
}
