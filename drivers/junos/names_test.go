package junos

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func sortedWords(w []string) []string { return slices.Sorted(slices.Values(w)) }

func TestPortNames(t *testing.T) {
	for list, want := range map[string]string{
		"ge-0/0/1": "ge-0/0/1", "ge-0/0/1.0": "ge-0/0/1", "GE-0/0/1.100": "ge-0/0/1.100", "xe-0/0/48:3": "xe-0/0/48:3", "xe-0/0/48:3.7": "xe-0/0/48:3.7",
		"ge-0/0/1-3,ae1": "ge-0/0/1 ge-0/0/2 ge-0/0/3 ae1", "ge-0/0/1 - ge-0/0/2 , et-1/0/0": "ge-0/0/1 ge-0/0/2 et-1/0/0", "ae5.0": "ae5", "irb.100": "irb.100", "vlan.0": "vlan.0",
		"ge-0/0": "", "ge-5": "", "irb": "", "ae0/1": "", "Ethernet1": "", "xe-0/0/48:0-3": "", "ge-0/0/01": "", "ge-0/0/1-": "", "lo0.0": "", "me0": "",
	} {
		got, err := Ports(list)
		var names []string
		for _, p := range got {
			names = append(names, string(p))
		}
		if strings.Join(names, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", list, names, err)
		}
	}
	for p, want := range map[mirror.PortName]string{"ge-0/0/1": "ge-0/0/1.0", "ge-0/0/1.100": "ge-0/0/1.100", "irb.100": "irb.100", "ae1": "ae1.0", "xe-0/0/48:3": "xe-0/0/48:3.0"} {
		if got := logical(p); got != want {
			t.Errorf("%s is %s", p, got)
		}
	}
	names := []mirror.PortName{"irb.10", "ae10", "ae2", "xe-0/0/1:1", "xe-0/0/1", "ge-0/0/10", "ge-0/0/2.100", "ge-0/0/2"}
	slices.SortFunc(names, grammar.Compare)
	if want := []mirror.PortName{"ge-0/0/2", "ge-0/0/2.100", "ge-0/0/10", "xe-0/0/1", "xe-0/0/1:1", "ae2", "ae10", "irb.10"}; !slices.Equal(names, want) {
		t.Errorf("sorted as %v", names)
	}
}
