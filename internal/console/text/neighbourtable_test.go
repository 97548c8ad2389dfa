package text

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestNeighboursByTheirHeading(t *testing.T) {
	as := func(s string) mirror.PortName { return mirror.PortName("port " + s) }
	got, strange := ReadNeighbours([]string{"Local Interface    Chassis Id          System Name", "p1                 00:11:22:33:44:55   a switch", "p2 00:11:22:33:44:56 b"}, "Local Interface", "System Name", as)
	if d := cmp.Diff(map[mirror.PortName][]mirror.Neighbour{"port p1": {{System: "a switch"}}, "port p2": {{System: "b"}}}, got); d != "" || strange != "" {
		t.Errorf("%q %s", strange, d)
	}
	// What is longer than its column moves what follows, and a name that is not told is not another column.
	got, _ = ReadNeighbours([]string{"Local Interface    Port info      System Name", "p1                 GigabitEthernet1/0/24   sw2.example.net", "p2                 513"}, "Local Interface", "System Name", as)
	if d := cmp.Diff(map[mirror.PortName][]mirror.Neighbour{"port p1": {{System: "sw2.example.net"}}, "port p2": {{}}}, got); d != "" {
		t.Error(d)
	}
	if got, strange := ReadNeighbours([]string{"p1 x"}, "Local Interface", "System Name", as); strange != "p1 x" || got != nil {
		t.Errorf("%v, %q", got, strange)
	}
	if got, strange := ReadNeighbours(nil, "Local Interface", "System Name", as); strange != "" || len(got) != 0 {
		t.Errorf("%v, %q", got, strange)
	}
}
