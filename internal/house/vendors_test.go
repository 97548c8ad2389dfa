package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// neutral are the rooms that every platform uses: nothing in them, comments
// included, may be written for one vendor.
var neutral = []string{"internal/console", "internal/models", "internal/lab/model", "internal/worker", "internal/lab/plant", "internal/lab/cmdline", "internal/lab/fabric", "internal/lab/door",
	"api", "cmd", "internal/mirror", "internal/plan", "internal/engine", "internal/store", "internal/capacity", "internal/watch"}

// vendorWord is a name of a vendor, a system or a product, or a command of one.
var vendorWord = regexp.MustCompile(`(?i)\b(?:cisco|catalyst|nexus|ios-xe|ios-xr|iosxe|iosxr|ios|nx-?os|arista|eos|cloudvision|juniper|junos|nokia|srl|sr linux|` +
	`aruba|aos|hpe|huawei|comware|dell|os10|extreme|exos|sonic|cumulus|fastpath|tac_plus|rspan vlan|analyzer|` +
	`monitor session|show (?:monitor|running-config|startup-config|version|interfaces|vlan)|running-config|startup-config|write memory|configure (?:terminal|session|exclusive|private)|` +
	`remote-span|switchport|commit confirmed|port-mirroring)\b`)

// TestNeutralRoomsHoldNoVendorsWord: what is about one vendor belongs in its driver,
// its templates and its folder of the lab. Test files may play any device, and files of
// the demonstration show some.
func TestNeutralRoomsHoldNoVendorsWord(t *testing.T) {
	root := testkit.Root(t)
	for _, f := range files(t) {
		for _, room := range neutral {
			if f.test || f.dir != room && !strings.HasPrefix(f.dir, room+"/") || strings.HasPrefix(filepath.Base(f.path), "demo") {
				continue
			}
			text, err := os.ReadFile(filepath.Join(root, f.path))
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(text), "\n") {
				if word := vendorWord.FindString(line); word != "" {
					t.Errorf("%s:%d says %q", f.path, i+1, word)
				}
			}
		}
	}
}

func TestVendorsWordsAreSeen(t *testing.T) {
	for line, want := range map[string]string{
		`c.run(ctx, "show running-config")`: "show running-config", "// as IOS-XE does": "IOS-XE", "a Catalyst 9300": "Catalyst", "an EOS session": "EOS",
		"// what a platform shows": "", "previous, various, erosion, analysis": "",
	} {
		if got := vendorWord.FindString(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
