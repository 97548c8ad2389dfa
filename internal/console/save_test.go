package console

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// TestTwoConfigurationsAreCompared: a device that cannot show a difference is asked for
// both configurations; one that is not shown is no empty one.
func TestTwoConfigurationsAreCompared(t *testing.T) {
	s := Save{Startup: "startup", Running: "running", Lines: func(reply string) map[Difference]int {
		out, head := map[Difference]int{}, ""
		for line := range text.Raw(reply) {
			if line[0] != ' ' {
				head = line
				out[Difference{Line: line}]++
				continue
			}
			out[Difference{Block: head, Line: line[1:]}]++
		}
		return out
	}}
	if d := cmp.Diff([]string{"startup", "running"}, s.comparison()); d != "" {
		t.Error(d)
	}
	const startup, running = "vlan 1\ntap 1\n from p1\n to p2\n", "tap 1\n to p2\n from p3\nvlan 1\ntap 2\n"
	got, err := s.unsavedIn(Replies{"startup": startup, "running": running})
	want := []Difference{{Line: "+tap 2"}, {Block: "tap 1", Line: "+from p3"}, {Block: "tap 1", Line: "-from p1"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	if got, err := s.unsavedIn(Replies{"startup": startup, "running": startup}); len(got) > 0 || err != nil {
		t.Errorf("equal configurations differ in %v, %v", got, err)
	}
	for _, r := range []Replies{{"startup": startup}, {"running": running}} {
		if _, err := s.unsavedIn(r); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%v: %v is not ErrParse", r, err)
		}
	}
}
