package drivers_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/testkit"
)

// A pageColumn is a platform of the page with its folder below drivers, and behind a slash
// the transport where it is a further one. What has long text stands below the others.
type pageColumn struct {
	platform, title, folder string
	long                    bool
}

var pageColumns = []pageColumn{
	{"cisco_iosxe", "Cisco IOS-XE", "iosxe", false},
	{"cisco_nxos", "Cisco NX-OS", "nxos", false},
	{"cisco_iosxr", "Cisco IOS-XR", "iosxr", false},
	{"cisco_iosxr", "Cisco IOS-XR over NETCONF", "iosxr/netconf", true},
	{"arista_eos", "Arista EOS", "eos", false},
	{"juniper_junos", "Juniper Junos", "junos", false},
	{"cisco_iosxe", "Cisco IOS-XE over NETCONF", "iosxe/netconf", true},
	{"cisco_iosxe", "Cisco IOS-XE over gNMI", "iosxe/gnmi", true},
	{"juniper_junos", "Juniper Junos over NETCONF", "junos/netconf", true},
	{"nokia_srl", "Nokia SR Linux", "srl", true},
	{"openvswitch", "Open vSwitch", "ovs", true},
	{"snmp_smon", "SNMP: SMON-MIB", "smon", true},
	{"snmp_fastpath", "SNMP: FASTPATH-SWITCHING-MIB", "fastpath", true},
}

// goldens is the folder of golden files.
func (c pageColumn) goldens() string {
	driver, transport, further := strings.Cut(c.folder, "/")
	if !further {
		transport = "intents"
	}
	return filepath.Join("drivers", driver, "testdata", "contract", transport)
}

// intents are the twenty in the words of a person, in the order of the page.
var intents = [][2]string{
	{"one-port-both", "One port, both directions, to one port."},
	{"one-port-rx", "One port, what it receives."},
	{"one-port-tx", "One port, what it sends."},
	{"mixed-directions", "Three ports: one receiving, one sending, one both."},
	{"port-range", "Four ports, both directions."},
	{"lag-source", "A port-channel as source."},
	{"lag-destination", "A port-channel as destination."},
	{"vlan-source-rx", "VLAN 110, what arrives in it."},
	{"several-vlans", "VLANs 110 and 120 to 122, what arrives in them."},
	{"port-and-vlan", "A port in both directions and a VLAN."},
	{"trunk-filter-vlans", "A trunk, of which VLANs 110 and 120 are copied."},
	{"keep-tags-no-ingress", "A trunk, what it receives, with its tags; nothing is accepted from the destination."},
	{"acl-filter", "One port, of which UDP from and to port 5060 is copied."},
	{"truncated", "One port, 128 octets of each frame."},
	{"sampled", "A trunk, one of 1,000 frames."},
	{"disabled", "A session that is switched off."},
	{"rspan", "One port over remote VLAN 999 to a port of another switch of the same kind; the trunk between them carries the VLAN."},
	{"erspan-collector", "One port to a collector, with ERSPAN id 42, TTL 32 and DSCP 8."},
	{"erspan-device-end", "One port to another switch of the same kind, which ends the ERSPAN tunnel."},
	{"shared-destination", "Two sessions with one destination."},
}

// TestThePageOfIntents holds docs/intents.md against the golden files that the
// contract suite proves of each driver: -update writes it anew.
func TestThePageOfIntents(t *testing.T) {
	root := testkit.Root(t)
	page := filepath.Join(root, "docs", "intents.md")
	want := intentsPage(t, root)
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/intents.md is not what the drivers' golden files say; go test ./drivers -run TestThePageOfIntents -update")
	}
}

// catalogue are the keys of all platforms.
func catalogue() (keys []string) {
	for _, d := range drivers.All() {
		keys = append(keys, d.Platform)
	}
	return keys
}

// pageGaps are reasons why the page does not show what each platform of the catalogue is
// sent: a platform without a column, a column without golden files, or golden files that
// are not those of the page.
func pageGaps(root string, platforms []string, shown []pageColumn) (gaps []string) {
	for _, p := range platforms {
		if !slices.ContainsFunc(shown, func(c pageColumn) bool { return c.platform == p }) {
			gaps = append(gaps, fmt.Sprintf("platform %s has no column on the page of intents", p))
		}
	}
	var want []string
	for _, in := range intents {
		want = append(want, in[0]+".txt")
	}
	slices.Sort(want)
	for _, c := range shown {
		if !slices.Contains(platforms, c.platform) {
			gaps = append(gaps, fmt.Sprintf("%s is a column of the page of intents, and no platform of the catalogue", c.platform))
		}
		folder := c.goldens()
		files, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil || len(files) == 0 {
			gaps = append(gaps, fmt.Sprintf("platform %s has no golden files of intents in %s: %v", c.platform, folder, err))
			continue
		}
		var have []string
		for _, f := range files {
			have = append(have, f.Name())
		}
		if diff := cmp.Diff(want, have); diff != "" {
			gaps = append(gaps, fmt.Sprintf("the golden files in %s are not those of the page (-page +folder):\n%s", folder, diff))
		}
	}
	return gaps
}

// TestNoPlatformIsMissingFromThePage: what would hide a platform is told.
func TestNoPlatformIsMissingFromThePage(t *testing.T) {
	root, dir := testkit.Root(t), t.TempDir()
	without := filepath.Join(dir, "drivers", "eos", "testdata", "contract", "intents")
	if err := os.MkdirAll(without, 0o755); err != nil {
		t.Fatal(err)
	}
	eos := pageColumn{"arista_eos", "Arista EOS", "eos", false}
	for name, c := range map[string]struct {
		root      string
		platforms []string
		shown     []pageColumn
		want      string
	}{
		"all":             {root, catalogue(), pageColumns, ""},
		"no column":       {root, []string{"arista_eos", "new_one"}, []pageColumn{eos}, "platform new_one has no column"},
		"no such key":     {root, []string{"arista_eos"}, []pageColumn{eos, {"old_one", "Old", "eos", false}}, "no platform of the catalogue"},
		"no folder":       {root, []string{"new_one"}, []pageColumn{{"new_one", "New", "new", false}}, "platform new_one has no golden files"},
		"no golden files": {dir, []string{"arista_eos"}, []pageColumn{eos}, "platform arista_eos has no golden files"},
	} {
		if got := strings.Join(pageGaps(c.root, c.platforms, c.shown), "\n"); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: told %q", name, got)
		}
	}
	if err := os.WriteFile(filepath.Join(without, "one-port-both.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := pageGaps(dir, []string{"arista_eos"}, []pageColumn{eos}); len(got) != 1 || !strings.Contains(got[0], "are not those of the page") {
		t.Errorf("of one golden file: told %q", got)
	}
}

func intentsPage(t *testing.T, root string) string {
	shown := pageColumns
	for _, why := range pageGaps(root, catalogue(), shown) {
		t.Error(why)
	}
	var out strings.Builder
	out.WriteString("# What is sent\n\nTwenty intents, and the exact text that each platform is sent for them, or why it is refused. " +
		"The marks (`nm-...`) are made of the session and the device. Below *taken back* stands what removes it again. " +
		"Arista EOS, Cisco IOS-XR and Juniper Junos commit: all lines of a push go into one candidate, " +
		"and on IOS-XR and Junos the commit waits to be confirmed unless the device says `confirm: none`. " +
		"What else a device has (a port that is no switched one, a filter that stands already) may make the lines more or fewer; " +
		"`netmirror apply --dry-run` shows those for yours.\n\n" +
		"This page is made from the drivers' golden files: `go test ./drivers -run TestThePageOfIntents -update`.\n")
	for _, in := range intents {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n", in[0], in[1])
		var heads, sent, taken, below strings.Builder
		for _, c := range shown {
			raw, err := os.ReadFile(filepath.Join(root, c.goldens(), in[0]+".txt"))
			if err != nil {
				t.Error(err)
				continue
			}
			forward, back := golden(string(raw))
			if c.long {
				fmt.Fprintf(&below, "\n<details><summary>%s</summary>\n%s\n%s</details>\n", c.title, forward, back)
				continue
			}
			fmt.Fprintf(&heads, "<th>%s</th>", c.title)
			fmt.Fprintf(&sent, "<td>%s</td>\n", forward)
			fmt.Fprintf(&taken, "<td>%s</td>\n", back)
		}
		fmt.Fprintf(&out, "<table>\n<tr>%s</tr>\n<tr valign=\"top\">\n%s</tr>\n", &heads, &sent)
		if strings.Contains(taken.String(), "<pre>") {
			fmt.Fprintf(&out, "<tr valign=\"top\">\n%s</tr>\n", &taken)
		}
		out.WriteString("</table>\n" + below.String())
	}
	return out.String()
}

// escaped is text in Markdown with HTML.
var escaped = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// golden reads a golden file: the blocks that make it and that take it back, or the
// reasons of a refusal, as HTML.
func golden(text string) (forward, back string) {
	head, rest, _ := strings.Cut(text, "\n")
	if head == "refused" {
		var reasons []string
		for line := range strings.Lines(rest) {
			if line[0] == '/' {
				_, why, _ := strings.Cut(strings.TrimSpace(line), " ")
				_, why, _ = strings.Cut(why, " ") // the code
				reasons = append(reasons, escaped.Replace(why))
			}
		}
		return "refused: " + strings.Join(slices.Compact(reasons), "<br>\n"), ""
	}
	if !strings.HasPrefix(rest, "--- ") {
		return escaped.Replace(strings.TrimSpace(rest)), ""
	}
	for block := range strings.SplitSeq(strings.TrimPrefix(rest, "--- "), "\n--- ") {
		label, lines, _ := strings.Cut(block, "\n")
		text := "<pre>" + escaped.Replace(strings.TrimRight(lines, "\n")) + "</pre>\n"
		if strings.HasPrefix(label, "undo") {
			back += text
		} else {
			forward += text
		}
	}
	if back != "" {
		back = "taken back\n" + back
	}
	return forward, back
}
