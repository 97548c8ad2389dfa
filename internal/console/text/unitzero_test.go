package text

import (
	"regexp"
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// unitGrammar has kinds that end with a hyphen or a dot, numbers of so many parts,
// divided ports, and units of which 0 is the port.
var unitGrammar = &Grammar{
	Kinds:    []Kind{{Full: "ge-", Short: "ge-", Parts: 3}, {Full: "xe-", Short: "xe-", Parts: 3}, {Full: "ae", Short: "ae", LAG: true}, {Full: "irb.", Short: "irb.", Parts: 1}},
	Number:   regexp.MustCompile(`^\d+(?:/\d+)*(?::\d+)?(?:\.\d+)?$`),
	UnitZero: true,
}

func TestUnitZeroIsThePort(t *testing.T) {
	for list, want := range map[string][]mirror.PortName{
		"ge-0/0/1.0": {"ge-0/0/1"}, "ge-0/0/1.7": {"ge-0/0/1.7"}, "ae5.0,ge-0/0/1-2": {"ae5", "ge-0/0/1", "ge-0/0/2"}, "irb.100": {"irb.100"},
		"xe-0/0/48:3.0": {"xe-0/0/48:3"}, "xe-0/0/48:3": {"xe-0/0/48:3"}, "ge-0/0/1 - ge-0/0/2": {"ge-0/0/1", "ge-0/0/2"},
		"ge-0/1": nil, "xe-0/0/48:1-3": nil, "xe-0/0/48:01": nil, "irb.0/0/1": nil, "ge-": nil, "irb": nil,
	} {
		got, err := unitGrammar.Ports(list)
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
	sorted := []mirror.PortName{"xe-0/0/1:10", "xe-0/0/1:2", "xe-0/0/1", "ge-0/0/10"}
	slices.SortFunc(sorted, unitGrammar.Compare)
	if want := []mirror.PortName{"ge-0/0/10", "xe-0/0/1", "xe-0/0/1:2", "xe-0/0/1:10"}; !slices.Equal(sorted, want) {
		t.Errorf("sorted as %v", sorted)
	}
}
