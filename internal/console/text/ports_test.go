package text

import (
	"regexp"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestSortIsInTheOrderOfCompare(t *testing.T) {
	g := &Grammar{Kinds: []Kind{{Full: "Ethernet", Short: "Et"}, {Full: "Port-Channel", Short: "Po", LAG: true}, {Full: "Management", Short: "Ma"}},
		Number: regexp.MustCompile(`^[0-9]{1,6}(/[0-9]{1,5}){0,3}(\.[0-9]{1,10})?$`)}
	list := []mirror.PortName{"Ethernet10", "what is this", "Ethernet9.100", "Port-Channel2", "Ethernet9", "Ethernet1/10", "Ethernet1/2", "Management1", "Ethernet9.20", "and this"}
	want := slices.SortedStableFunc(slices.Values(list), g.Compare)
	if slices.Equal(want, list) {
		t.Fatal("nothing is to be sorted")
	}
	if Sort(g, list, func(p mirror.PortName) mirror.PortName { return p }); !slices.Equal(list, want) {
		t.Errorf("%v, want %v", list, want)
	}
}
