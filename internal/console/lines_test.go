package console

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// What stands below a line of a mode is typed in a mode of its own, which is awaited: were
// that line refused, the words would be about what it stands in.
func TestModesThatThePlatformDoesNotName(t *testing.T) {
	d := &Driver{p: Platform{Send: Send{Allowed: func(mirror.Change, string, string) bool { return true },
		Modes: []Mode{{Line: regexp.MustCompile(`^port \d$`), Prompt: "port"}, {Within: "port", Line: regexp.MustCompile(`^lamp$`), Prompt: "lamp"}}}}}
	s := stage{text: "port 1\n  up\n  group 1\n    to 2\n    part 3\n      to 4\n      exit\n    exit\n  lamp\n    on\n  group 2\nlist 1\n  all\n    of it\n"}
	if err := d.lines(&s); err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, l := range s.lines {
		if l.Enters != nil {
			got[l.Text] = l.Enters
		}
	}
	want := map[string][]string{"port 1": {"port"}, "  group 1": {cli.AnyMode}, "    part 3": {cli.AnyMode}, "  lamp": {"lamp"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}
