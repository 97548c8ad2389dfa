package drivers_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// TestPlatformPages holds docs/platforms/PLATFORM.md against the catalogue, the golden files
// of the contract and the documents of the drivers: -update writes them anew.
func TestPlatformPages(t *testing.T) {
	root := testkit.Root(t)
	folder := filepath.Join(root, "docs", "platforms")
	want := map[string]string{}
	for _, p := range slices.Compact(catalogue()) {
		want[p+".md"] = platformPage(t, root, p)
	}
	if *update {
		for name, text := range want {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	have, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range have {
		name := filepath.Base(path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(want[name], string(text)); diff != "" && name != "README.md" {
			t.Errorf("%s is not what the drivers say (-drivers +page); make generate writes it:\n%s", name, diff)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("platforms without a page: %v; make generate writes them", slices.Sorted(maps.Keys(want)))
	}
}

// platformPage is the page of one platform.
func platformPage(t *testing.T, root, platform string) string {
	var list []worker.Driver
	for _, d := range drivers.All() {
		if d.Platform == platform {
			list = append(list, d)
		}
	}
	first := pageColumns[slices.IndexFunc(pageColumns, func(c pageColumn) bool { return c.platform == platform })]
	driver, _, _ := strings.Cut(first.folder, "/")
	var b strings.Builder
	fmt.Fprintf(&b, "# %s (`%s`)\n\n", first.title, platform)
	b.WriteString("This page is made from the driver: what it declares, with the source of each statement, and the golden files of its tests. `make generate` writes it.\n\n")
	for _, seen := range rowsOf(t, filepath.Join(root, "docs", "platforms", "README.md"), platform) {
		fmt.Fprintf(&b, "Over %s: seen with %s.\n\n", seen[1], seen[2])
	}
	b.WriteString("*Unverified* means: a document says so, and no recorded output of a device showed it yet. It may be asked for; the device's answer and the read-back decide.\n\n")
	reachedBy(&b, list)
	b.WriteString("## What the device needs\n\n")
	b.WriteString("| device | the account must | how a push is made |\n| --- | --- | --- |\n")
	for _, row := range rowsOf(t, filepath.Join(root, "docs", "transports.md"), platform) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row[0], linked(row[1]), linked(row[2]))
	}
	b.WriteString("\n")
	if list[0].Protocol == "cli" {
		commands := commandsOf(t, filepath.Join(root, "drivers", driver))
		b.WriteString("Commands that the driver has over a command line, beside entering privileged and configuration mode, the size of the terminal, and those of a push below. Which of them a device is asked depends on its model and on what is configured. An authorization server must allow them. Where a line ends with `...`, a port, a number or a name follows.\n\n```conf\n" +
			strings.Join(commands, "\n") + "\n```\n\n")
	}
	abilities(&b, list)
	limitsOf(&b, list)
	sections(t, &b, root, driver)
	sentFor(t, &b, root, platform)
	return b.String()
}

// linked has links of docs/transports.md lead there from a page below it.
func linked(s string) string {
	return strings.ReplaceAll(s, "[below](#", "[transports](../transports.md#")
}

// rowsOf are the rows of a page's tables whose first cell names a platform, as their cells.
func rowsOf(t *testing.T, path, platform string) (rows [][]string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if strings.HasPrefix(line, "| ") && len(cells) == 3 && strings.Contains(cells[0], "`"+platform+"`") {
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			rows = append(rows, cells)
		}
	}
	if len(rows) == 0 {
		t.Errorf("%s has no row for %s", path, platform)
	}
	return rows
}

func reachedBy(b *strings.Builder, list []worker.Driver) {
	b.WriteString("## How it is reached\n\n| protocol | read every | counters every | tells of changes by itself | takes back a push that is not confirmed |\n| --- | --- | --- | --- | --- |\n")
	for _, d := range list {
		resync, counts := "1m", "–"
		if d.Resync > 0 {
			resync = minutes(d.Resync)
		}
		if d.CountEvery > 0 {
			counts = minutes(d.CountEvery)
		}
		confirms := "no"
		if c := d.Confirms; c != nil {
			if confirms = "with `confirm: timer`"; c.Usual {
				confirms = "yes, unless `confirm: none`"
			}
		}
		tells := "no"
		switch {
		case d.Watch != nil && d.Protocol == "netconf":
			tells = "where it announces notifications (RFC 5277)"
		case d.Watch != nil:
			tells = "yes"
		case d.Notices.Logged != nil:
			tells = "by its log, see [messages](../transports.md#messages-of-a-device)"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", d.Protocol, resync, counts, tells, confirms)
	}
	b.WriteString("\n")
}

// minutes is a duration without seconds that are none.
func minutes(d time.Duration) string {
	if d%time.Minute == 0 {
		return strings.TrimSuffix(d.String(), "0s")
	}
	return d.String()
}

// A told is one ability on a page: its name, and what is said of it.
type told struct {
	name string
	mirror.Support
}

// toldOf are all abilities of a device, in a fixed order.
func toldOf(c mirror.Capabilities) (out []told) {
	add := func(name string, s mirror.Support) { out = append(out, told{name, s}) }
	for _, r := range []mirror.Role{mirror.RoleLocal, mirror.RoleRSPANSource, mirror.RoleRSPANTransit, mirror.RoleRSPANDestination, mirror.RoleERSPANSource, mirror.RoleERSPANDestination} {
		add("role "+string(r), c.Roles[r])
	}
	for _, k := range slices.Sorted(maps.Keys(c.Sources)) {
		of := c.Sources[k]
		if rx, tx, both := of[mirror.RX], of[mirror.TX], of[mirror.Both]; rx == tx && tx == both {
			add("source "+string(k)+": rx, tx, both", rx)
			continue
		}
		for _, d := range []mirror.Direction{mirror.RX, mirror.TX, mirror.Both} {
			add("source "+string(k)+": "+string(d), of[d])
		}
	}
	for _, a := range []told{
		{"ports and VLANs in one session", c.MixedSources}, {"port-channel as destination", c.LAGDestination}, {"the processor as destination", c.CPUDestination},
		{"one destination in several native sessions", c.SharedDestination}, {"`tags: preserve`", c.TagsPreserve}, {"`tags: strip`", c.TagsStrip},
		{"`ingress: enabled`", c.IngressEnabled}, {"`filterVlans`", c.FilterVLANs}, {"`filter`", c.Filter}, {"`vlan` in a rule of a filter", c.RuleVLANs},
		{"`truncate`", c.Truncate}, {"`sample`", c.Sample}, {"ERSPAN header (type II or III)", c.ERSPANHeader}, {"plain GRE", c.GRE},
		{"`erspan.vrf`", c.VRF}, {"`erspan.ttl`", c.TTL}, {"`erspan.dscp`", c.DSCP}, {"`erspan.mtu`", c.MTU}, {"a collector with an IPv6 address", c.IPv6},
		{"a destination port is set up, and put back (`force`)", c.PortSetup},
		{"copies are counted", c.Counting.Copies()}, {"copies that did not fit are counted", c.Counting.Drops},
	} {
		add(a.name, a.Support)
	}
	return out
}

// abilities is the table of what the first transport can do, on any model, with what differs
// elsewhere below it.
func abilities(b *strings.Builder, list []worker.Driver) {
	level := map[mirror.Level]string{mirror.Yes: "yes", mirror.Unverified: "unverified", mirror.No: "no"}
	table := func(rows []told) {
		b.WriteString("| what | | remark | source |\n| --- | --- | --- | --- |\n")
		for _, a := range rows {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", a.name, level[a.Level], cell(a.Remark), cell(a.Source))
		}
		b.WriteString("\n")
	}
	base := toldOf(list[0].Capabilities(mirror.Facts{}))
	fmt.Fprintf(b, "## What it can do\n\nOver `%s`, on a device of an unknown model: what every one can. What it cannot do is refused, with the remark and the source. `GET /api/v1/devices/NAME` tells it of one device.\n\n", list[0].Protocol)
	table(base)
	differs := func(title string, c mirror.Capabilities) {
		var rows []told
		for i, a := range toldOf(c) {
			if i >= len(base) || a != base[i] {
				rows = append(rows, a)
			}
		}
		if len(rows) > 0 {
			fmt.Fprintf(b, "### %s\n\nWhat is said otherwise there:\n\n", title)
			table(rows)
		}
	}
	for _, m := range models[list[0].Platform] {
		differs("On a "+m, list[0].Capabilities(mirror.Facts{Model: m}))
	}
	for _, d := range list[1:] {
		differs("Over "+d.Protocol, d.Capabilities(mirror.Facts{}))
	}
}

// cell is text within a table.
func cell(s string) string {
	return strings.ReplaceAll(escaped.Replace(s), "|", `\|`)
}

func limitsOf(b *strings.Builder, list []worker.Driver) {
	type row struct {
		of string
		mirror.Limit
	}
	var rows []row
	add := func(of string, limits []mirror.Limit) {
		for _, l := range limits {
			if !slices.ContainsFunc(rows, func(r row) bool { return r.Limit == l }) {
				rows = append(rows, row{of, l})
			}
		}
	}
	for _, d := range list {
		add("`"+d.Protocol+"`", d.Capabilities(mirror.Facts{}).Limits)
	}
	for _, m := range models[list[0].Platform] {
		add(m, list[0].Capabilities(mirror.Facts{Model: m}).Limits)
	}
	if len(rows) == 0 {
		return
	}
	b.WriteString("## Limits\n\nForeign sessions count. `maxSessions` of a device says what you know of yours, where it differs.\n\n| of | limit | most | in each | source |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range rows {
		fmt.Fprintf(b, "| %s | %s | %d | %s | %s |\n", r.of, r.Counts, r.Max, r.Scope, cell(r.Source))
	}
	b.WriteString("\n")
}

// shownSections are those of a driver's own document that its users want.
var shownSections = []string{"What it touches", "How it is safe", "What differs between releases", "What cannot be known"}

// sections has what the driver's document says of it.
func sections(t *testing.T, b *strings.Builder, root, driver string) {
	path := filepath.Join(root, "drivers", driver, "doc.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	said := new(comment.Parser).Parse(file.Doc.Text())
	shown := ""
	for _, block := range said.Content {
		if h, ok := block.(*comment.Heading); ok {
			if shown = (plainText(h.Text)); slices.Contains(shownSections, shown) {
				fmt.Fprintf(b, "## %s\n\n", shown)
			}
			continue
		}
		if slices.Contains(shownSections, shown) {
			b.WriteString(strings.TrimSpace(string((&comment.Printer{}).Markdown(&comment.Doc{Content: []comment.Block{block}}))) + "\n\n")
		}
	}
	fmt.Fprintf(b, "[drivers/%s/doc.go](../../drivers/%s/doc.go) tells more, for developers.\n\n", driver, driver)
}

func plainText(text []comment.Text) string {
	var b strings.Builder
	for _, t := range text {
		switch s := t.(type) {
		case comment.Plain:
			b.WriteString(string(s))
		case comment.Italic:
			b.WriteString(string(s))
		}
	}
	return b.String()
}

// asked are names of constants that hold commands.
var asked = regexp.MustCompile(`^(show|probe|write|save|check)`)

// commandsOf are the commands in the code of a driver: its constants for them, and what a
// port or a number is put behind.
func commandsOf(t *testing.T, folder string) (list []string) {
	set := map[string]bool{}
	files, err := parser.ParseDir(token.NewFileSet(), folder, func(f fs.FileInfo) bool {
		return !strings.HasSuffix(f.Name(), "_test.go") && f.Name() != "hints.go" // those are typed by people
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range files {
		ast.Inspect(pkg, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if text, ok := literal(v); ok && i < len(n.Names) && asked.MatchString(n.Names[i].Name) && command.MatchString(text) {
						set[ended(text)] = true
					}
				}
			case *ast.BinaryExpr:
				if text, ok := literal(n.X); ok && n.Op == token.ADD && strings.HasSuffix(text, " ") && command.MatchString(text) {
					set[ended(text)] = true
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(set))
}

var command = regexp.MustCompile(`^(do )?(show|write|copy|commit|configure) [^%:;]*$`)

func ended(text string) string {
	if strings.HasSuffix(text, " ") {
		return text + "..."
	}
	return text
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// sentFor has what is sent for each of the twenty intents, or why it is refused.
func sentFor(t *testing.T, b *strings.Builder, root, platform string) {
	b.WriteString("## What is sent\n\nFor twenty intents; [the platforms side by side](../intents.md). The marks (`nm-...`) and the numbers are examples.\n\n")
	for _, in := range intents {
		fmt.Fprintf(b, "### %s\n\n%s\n\n", in[0], in[1])
		for _, c := range pageColumns {
			if c.platform != platform {
				continue
			}
			raw, err := os.ReadFile(filepath.Join(root, c.goldens(), in[0]+".txt"))
			if err != nil {
				t.Error(err)
				continue
			}
			forward, back := golden(string(raw))
			_, transport, further := strings.Cut(c.folder, "/")
			if further {
				fmt.Fprintf(b, "<details><summary>over %s</summary>\n\n", cmp.Or(transport, "it"))
			}
			b.WriteString(strings.TrimSpace(forward) + "\n")
			if back != "" {
				b.WriteString("\n" + strings.TrimSpace(back) + "\n")
			}
			if further {
				b.WriteString("\n</details>\n")
			}
			b.WriteString("\n")
		}
	}
}
