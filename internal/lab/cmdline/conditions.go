package cmdline

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// Conditions are the words below which a term of a filter says what it selects, and
// the names of numbers there.
type Conditions struct {
	From, To, Protocol, FromPort, ToPort []string
	Protocols, Ports                     map[string]string
}

// Fit reports whether a packet fits every condition below a statement; of the values
// of one any is enough. What is not known of a packet fits no condition, and neither
// does anything fit one that is not known. Nil fits all.
func (c Conditions) Fit(from *Statement, p fabric.Packet) bool {
	if from == nil {
		return true
	}
	fits := func(kind, value string) bool {
		switch {
		case slices.Contains(c.From, kind):
			return inNetwork(value, p.From)
		case slices.Contains(c.To, kind):
			return inNetwork(value, p.To)
		case slices.Contains(c.Protocol, kind):
			return p.Protocol > 0 && numberIn(c.Protocols, value) == p.Protocol
		case slices.Contains(c.FromPort, kind):
			return inRange(c.Ports, value, p.FromPort)
		}
		return slices.Contains(c.ToPort, kind) && inRange(c.Ports, value, p.ToPort)
	}
	return !slices.ContainsFunc(from.Kids, func(k *Statement) bool {
		return !slices.ContainsFunc(k.Words(), func(w string) bool { return fits(k.Word, w) })
	})
}

func inNetwork(prefix string, a netip.Addr) bool {
	p, err := netip.ParsePrefix(prefix)
	return err == nil && p.Contains(a)
}

func inRange(names map[string]string, ports string, n int) bool {
	low, high, ranged := strings.Cut(ports, "-")
	if !ranged || numberIn(names, ports) > 0 { // a name may have a hyphen
		low, high = ports, ports
	}
	return n > 0 && n >= numberIn(names, low) && n <= numberIn(names, high)
}

func numberIn(table map[string]string, word string) int {
	for n, name := range table {
		if name == word {
			return Atoi(n, 0)
		}
	}
	return Atoi(word, 0)
}
