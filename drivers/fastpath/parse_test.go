package fastpath_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/drivers/fastpath"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestSessionsAreReadByTheNumbersOfPorts, in the direction numbers of this table.
func TestSessionsAreReadByTheNumbersOfPorts(t *testing.T) {
	text, err := os.ReadFile("testdata/observe/sessions.txt")
	if err != nil {
		t.Fatal(err)
	}
	o, err := fastpath.ReadTables(string(text))
	if err != nil || len(o.Natives) != 2 {
		t.Fatalf("%+v %v", o.Natives, err)
	}
	want := mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"0/8"}, Options: mirror.Options{Tags: mirror.TagsPreserve, Ingress: mirror.IngressDisabled},
		Sources: []mirror.NativeSource{{Port: "0/1", Direction: mirror.TX}, {Port: "0/2", Direction: mirror.RX}}}
	if n := o.Natives[0]; n.ID != "1" || !n.Spec.Equal(want) || n.Opaque != "" || n.Programmed != mirror.Unknown {
		t.Errorf("%+v", n)
	}
	if n := o.Natives[1]; n.ID != "2" || !n.Spec.Shut || n.Opaque != "it listens to remote VLAN 900" {
		t.Errorf("%+v", n)
	}
	for _, bad := range [][2]string{{".4.1.4.1 i 1", ".4.1.4.1 i 3"}, {".4.1.4.1 i 1\n", ".4.1.4.1 none\n"}, {".4.1.3.1 x c00000", ".4.1.3.1 i 1"}, {".5.1.2.1.1 i 1", ".5.1.2.1.1 i 4"},
		{".17.1.4.1.2.1 i 101", ".17.1.4.1.2.1 none"}, {".4.1.5.1 u 0", ".4.1.5.1 s \"0\""}, {".4.1.6.1 u 0", ".4.1.6.1 s \"0\""}} {
		if o, err := fastpath.ReadTables(strings.Replace(string(text), bad[0], bad[1], 1)); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%s: %+v %v", bad[1], o.Natives, err)
		}
	}
}
