package drivers_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite docs/intents.md and docs/platforms")

const (
	tableBegin = "<!-- support table -->\n"
	tableEnd   = "<!-- end -->\n"
)

// models are shown beside what every device of a platform can do.
var models = map[string][]string{"cisco_iosxe": {"C9300", "ASR1001-X"}, "cisco_nxos": {"Nexus7000"}}

// A column is a platform, or a model of it.
type column struct {
	title string
	caps  mirror.Capabilities
}

// columns has none of its own for a further transport that can say the same as the first
// one; further ones that can say the same share one.
func columns() []column {
	var out []column
	platform, said := "", []string(nil)
	for _, d := range drivers.All() {
		c := column{"`" + d.Platform + "`", d.Capabilities(mirror.Facts{})}
		cells := cellsOf(c.caps)
		switch {
		case d.Platform != platform:
			platform, said = d.Platform, cells
		case slices.Equal(cells, said):
			continue
		case slices.Equal(cells, cellsOf(out[len(out)-1].caps)):
			out[len(out)-1].title += ", " + d.Protocol
			continue
		default:
			c.title += " over " + d.Protocol
			out = append(out, c)
			continue
		}
		out = append(out, c)
		for _, m := range models[d.Platform] {
			out = append(out, column{"`" + d.Platform + "` " + m, d.Capabilities(mirror.Facts{Model: m})})
		}
	}
	return out
}

// cellsOf are the cells of a column as they are told, with their remarks.
func cellsOf(c mirror.Capabilities) (out []string) {
	for _, r := range rows {
		s := r.of(c)
		out = append(out, string(s.Level)+" "+s.Remark)
	}
	return append(out, limit(c, mirror.LimitSessions), limit(c, mirror.LimitSourceSessions))
}

// rows are what a user may ask for.
var rows = []struct {
	title string
	of    func(mirror.Capabilities) mirror.Support
}{
	{"SPAN, from ports to a port of the same switch", role(mirror.RoleLocal)},
	{"RSPAN source and destination", all(role(mirror.RoleRSPANSource), role(mirror.RoleRSPANDestination))},
	{"RSPAN transit", role(mirror.RoleRSPANTransit)},
	{"ERSPAN source", role(mirror.RoleERSPANSource)},
	{"ERSPAN destination", role(mirror.RoleERSPANDestination)},
	{"port as source: rx, tx, both", each(func(c mirror.Capabilities) directions { return c.Sources[mirror.SourcePort] })},
	{"port-channel as source: rx, tx, both", each(func(c mirror.Capabilities) directions { return c.Sources[mirror.SourceLAG] })},
	{"VLAN as source: rx, tx", all(vlan(mirror.RX), vlan(mirror.TX))},
	{"VLAN as source: both", vlan(mirror.Both)},
	{"ports and VLANs in one session", func(c mirror.Capabilities) mirror.Support { return c.MixedSources }},
	{"port-channel as destination", func(c mirror.Capabilities) mirror.Support { return c.LAGDestination }},
	{"tags preserved", func(c mirror.Capabilities) mirror.Support { return c.TagsPreserve }},
	{"tags stripped", func(c mirror.Capabilities) mirror.Support { return c.TagsStrip }},
	{"traffic from the destination accepted", func(c mirror.Capabilities) mirror.Support { return c.IngressEnabled }},
	{"filter by VLAN", func(c mirror.Capabilities) mirror.Support { return c.FilterVLANs }},
	{"filter by rules", func(c mirror.Capabilities) mirror.Support { return c.Filter }},
	{"truncation", func(c mirror.Capabilities) mirror.Support { return c.Truncate }},
	{"sampling", func(c mirror.Capabilities) mirror.Support { return c.Sample }},
	{"copies are counted", func(c mirror.Capabilities) mirror.Support { return c.Counting.Copies() }},
	{"copies that did not fit are counted", func(c mirror.Capabilities) mirror.Support { return c.Counting.Drops }},
}

type directions = map[mirror.Direction]mirror.Support

func role(r mirror.Role) func(mirror.Capabilities) mirror.Support {
	return func(c mirror.Capabilities) mirror.Support { return c.Roles[r] }
}

func vlan(d mirror.Direction) func(mirror.Capabilities) mirror.Support {
	return func(c mirror.Capabilities) mirror.Support { return c.Sources[mirror.SourceVLAN][d] }
}

func each(of func(mirror.Capabilities) directions) func(mirror.Capabilities) mirror.Support {
	var list []func(mirror.Capabilities) mirror.Support
	for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
		list = append(list, func(c mirror.Capabilities) mirror.Support { return of(c)[d] })
	}
	return all(list...)
}

// all is as sure as the least sure of several.
func all(list ...func(mirror.Capabilities) mirror.Support) func(mirror.Capabilities) mirror.Support {
	rank := map[mirror.Level]int{mirror.No: 0, mirror.Unverified: 1, mirror.Yes: 2}
	return func(c mirror.Capabilities) mirror.Support {
		worst := list[0](c)
		for _, of := range list[1:] {
			if s := of(c); rank[s.Level] < rank[worst.Level] || s.Level == worst.Level && worst.Remark == "" {
				worst = s
			}
		}
		return worst
	}
}

// supportTable is Markdown, with the remarks as notes below.
func supportTable() string {
	cols := columns()
	var b strings.Builder
	var notes []string
	cell := func(s mirror.Support) string {
		word := map[mirror.Level]string{mirror.Yes: "yes", mirror.Unverified: "unverified", mirror.No: "–"}[s.Level]
		if s.Remark == "" || !s.OK() {
			return word
		}
		i := slices.Index(notes, s.Remark)
		if i < 0 {
			i = len(notes)
			notes = append(notes, s.Remark)
		}
		return fmt.Sprintf("%s (%d)", word, i+1)
	}
	line := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	heads, rule := []string{""}, []string{"---"}
	for _, c := range cols {
		heads, rule = append(heads, c.title), append(rule, "---")
	}
	line(heads...)
	line(rule...)
	for _, r := range rows {
		cells := []string{r.title}
		for _, c := range cols {
			cells = append(cells, cell(r.of(c.caps)))
		}
		line(cells...)
	}
	for _, counts := range []string{mirror.LimitSessions, mirror.LimitSourceSessions} {
		cells := []string{map[string]string{mirror.LimitSessions: "native sessions at most", mirror.LimitSourceSessions: "of these with sources"}[counts]}
		for _, c := range cols {
			cells = append(cells, limit(c.caps, counts))
		}
		line(cells...)
	}
	b.WriteString("\nThis is what the drivers can say to a device; what this version does not serve yet is refused all the same. A\n" +
		"platform without a model is what every device of it can do. *Unverified* is documented and was never seen on\nrecorded output.\n\n")
	for i, n := range notes {
		fmt.Fprintf(&b, "%d. %s\n", i+1, n)
	}
	return b.String()
}

func limit(c mirror.Capabilities, counts string) string {
	i := slices.IndexFunc(c.Limits, func(l mirror.Limit) bool { return l.Counts == counts })
	if i < 0 {
		return ""
	}
	return fmt.Sprintf("%d (%s)", c.Limits[i].Max, c.Limits[i].Scope)
}

func TestTheSupportTable(t *testing.T) {
	path := filepath.Join(testkit.Root(t), "docs", "platforms", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableBegin)
	have, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("docs/platforms/README.md has no section between %q and %q", tableBegin, tableEnd)
	}
	want := supportTable()
	if *update {
		if err := os.WriteFile(path, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("docs/platforms/README.md is not what the drivers say (-drivers +page); go test ./drivers -update writes it:\n%s", diff)
	}
}

func TestTheCatalogueIsSortedAndWhole(t *testing.T) {
	last := ""
	for _, d := range drivers.All() {
		key := d.Platform + "/" + d.Protocol
		if key <= last {
			t.Errorf("%s stands behind %s", key, last)
		}
		last = key
		if d.Ports == nil || d.Capabilities == nil || d.Render == nil || d.Connect == nil {
			t.Errorf("%s lacks a function", key)
		}
	}
}

// TestAPushThatIsOneCommitIsToldAsOne: where every push is a commit that is confirmed as
// usual (the contract holds that against the platform), or a Set of gNMI, the plan makes
// one push of what goes together, and nowhere else. A device over gNMI that lets a footing
// go from under a session is none of these: a refused Set is pushed in parts.
func TestAPushThatIsOneCommitIsToldAsOne(t *testing.T) {
	for _, d := range drivers.All() {
		usual := d.Confirms != nil && d.Confirms.Usual || d.Protocol == "gnmi"
		for _, m := range append([]string{""}, models[d.Platform]...) {
			if got := d.Capabilities(mirror.Facts{Model: m}).Atomic; got != usual && (got || d.Platform != "cisco_iosxe") {
				t.Errorf("%s %s: every push is a commit: %v, and the capabilities say %v", d.Platform, m, usual, got)
			}
		}
		if c := d.Confirms; c != nil && c.Keep && c.Wait != mirror.WaitTimer {
			t.Errorf("%s: what only its own connection can end (%s) cannot be kept by another", d.Platform, c.Wait)
		}
	}
}

// TestSourcesAreThoseAReaderCanFind: a refusal shows them, so a file of notes is none.
func TestSourcesAreThoseAReaderCanFind(t *testing.T) {
	for _, c := range columns() {
		text, err := json.Marshal(c.caps)
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range regexp.MustCompile(`"[^"]*\.md\b[^"]*"`).FindAllString(string(text), -1) {
			t.Errorf("%s: %s", c.title, note)
		}
	}
}
