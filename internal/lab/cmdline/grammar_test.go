package cmdline

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every line may be shortened to unique prefixes and means the same.
func TestAbbreviationsMeanTheSame(t *testing.T) {
	g := New[int](nil)
	patterns := []string{"show version", "show vlan brief", "show vlan remote-span", "show interfaces status", "show interfaces trunk",
		"configure terminal", "configure confirm", "clear counters", "write memory", "show ip interface brief"}
	for i, p := range patterns {
		g.Add(p, i)
	}
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(patterns)-1).Draw(t, "pattern")
		n := g.root
		var short []string
		for _, w := range strings.Fields(patterns[i]) {
			shortest := 1
			for ; shortest < len(w); shortest++ {
				if word, _, fault := n.keyword(Token{w[:shortest], 0}); fault == nil && word == w {
					break
				}
			}
			cut := rapid.IntRange(shortest, len(w)).Draw(t, "length")
			short = append(short, w[:cut])
			n = n.next[w]
		}
		run, a, fault := g.Parse(nil, strings.ToUpper(strings.Join(short, " ")))
		if fault != nil || *run != i || strings.Join(a.Spoken, " ") != patterns[i] {
			t.Fatalf("%v is not %q: %v", short, patterns[i], fault)
		}
	})
}
