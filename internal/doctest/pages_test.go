package doctest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/testkit"
)

// mostSkipped is how many blocks of commands and requests may go untested, on all pages
// together. Each says why.
const mostSkipped = 10

// pages are those that are read, from the root; the pages of decisions and those that
// are made of the drivers have no commands.
func pages(t *testing.T) (names []string) {
	t.Helper()
	root := testkit.Root(t)
	list, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(list) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, p := range append(list, filepath.Join(root, "README.md"), filepath.Join(root, "CONTRIBUTING.md"), filepath.Join(root, "api", "README.md")) {
		name, err := filepath.Rel(root, p)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

func read(t *testing.T, name string) []Block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testkit.Root(t), name))
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := Parse(string(text))
	if err == nil {
		err = Check(blocks)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return blocks
}

// setup is the text of setups, which pages run in the place of a comment.
func setup(t *testing.T, names string) (all string) {
	t.Helper()
	for name := range strings.FieldsSeq(names) {
		text, err := os.ReadFile(filepath.Join("testdata", "setups", name+".sh"))
		if err != nil {
			t.Fatal(err)
		}
		all += string(text)
	}
	return all
}

// TestPages runs what the pages show.
func TestPages(t *testing.T) {
	testkit.Need(t, "bash", "curl", "jq", "openssl", "make", "pkill", "ansible-playbook", "python3")
	bin := t.TempDir()
	build := exec.Command("go", "build", raceDetector, "-buildvcs=false", "-o", filepath.Join(bin, "netmirror"), "./cmd/netmirror")
	build.Dir = testkit.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Run("commands", func(t *testing.T) { t.Parallel(); commandsAre(t, bin) })
	for _, name := range pages(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			switch name {
			case ofTerraform:
				provider(t, bin)
			case ofSyslog:
				testkit.Need(t, "rsyslogd")
			}
			runPage(t, bin, name)
		})
	}
}

// ofTheRunner are variables that the shell of a page has so that pages run side by side. A
// reader's has none of them.
var ofTheRunner = regexp.MustCompile(`\$\{?(NETMIRROR_(?:URL|DATA|LISTEN)|ROOT)\b`)

// TestVariablesAreSet: a page names no variable that it does not set.
func TestVariablesAreSet(t *testing.T) {
	for _, name := range pages(t) {
		set := ""
		for _, b := range read(t, name) {
			set += b.Text
			for _, v := range ofTheRunner.FindAllStringSubmatch(b.Text, -1) {
				if b.Lang == "sh" && !strings.Contains(set, v[1]+"=") {
					t.Errorf("%s:%d: nobody has set %s", name, b.Line, v[1])
				}
			}
		}
	}
}

// ofSyslog is the page that shows a syslog server.
const ofSyslog = "docs/events-out.md"

// ofTerraform is the page that needs the provider for Terraform, which is a module of its own.
const ofTerraform = "docs/terraform.md"

func provider(t *testing.T, bin string) {
	t.Helper()
	testkit.Need(t, "terraform")
	build := exec.Command("go", "build", raceDetector, "-buildvcs=false", "-o", filepath.Join(bin, "terraform-provider-netmirror"), ".")
	build.Dir = filepath.Join(testkit.Root(t), "integrations", "terraform")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

func runPage(t *testing.T, bin, name string) {
	blocks, runs := read(t, name), false
	var texts []string
	for i, b := range blocks {
		if b.Setup != "" {
			blocks[i].Lang, blocks[i].Text = "sh", setup(t, b.Setup)
		}
		texts = append(texts, blocks[i].Text)
		runs = runs || blocks[i].Lang == "sh" && b.Skip == ""
	}
	if !runs {
		return
	}
	s := newShell(t, bin, Ports(append(texts, "127.0.0.1:8420")...))
	for _, b := range blocks {
		if err := s.run(b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if name == byExample {
		everyEndpoint(t, filepath.Join(s.dir, "openapi.json"), texts)
	}
}

// byExample is the page that has each request of the API.
const byExample = "docs/api-by-example.md"

// everyEndpoint: the page has a request for each operation of the document that it fetched.
func everyEndpoint(t *testing.T, document string, texts []string) {
	raw, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(raw, &api); err != nil {
		t.Fatal(err)
	}
	shown, missing := Requests(strings.Join(texts, "\n")), 0
	for path, methods := range api.Paths {
		for method := range methods {
			if method == "head" || method == "parameters" { // HEAD is wherever GET is
				continue
			}
			want := regexp.MustCompile("^" + strings.ToUpper(method) + " " + regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "[^/:]+") + "$")
			if !slices.ContainsFunc(shown, want.MatchString) {
				missing++
				t.Logf("%s has no example of %s %s", byExample, strings.ToUpper(method), path)
			}
		}
	}
	if missing > mostWithout {
		t.Errorf("%d requests have no example on %s, and %d may have none", missing, byExample, mostWithout)
	}
}

// mostWithout is how many requests may be without an example, so that a new one is not held
// up by its page.
const mostWithout = 2

// TestWhatIsSkipped prints the blocks that are not run, and bounds their number.
func TestWhatIsSkipped(t *testing.T) {
	skipped := 0
	for _, name := range pages(t) {
		for _, b := range read(t, name) {
			if b.Skip != "" && b.Lang == "sh" {
				skipped++
				t.Logf("%s, line %d: %s", name, b.Line, b.Skip)
			}
		}
	}
	t.Logf("%d blocks of commands are not run", skipped)
	if skipped > mostSkipped {
		t.Errorf("%d blocks of commands are not run, and %d may be", skipped, mostSkipped)
	}
}

// TestTheUnit: systemd understands the unit that the page of operating shows, and knows
// every setting in it.
func TestTheUnit(t *testing.T) {
	testkit.Need(t, "systemd-analyze")
	var unit string
	for _, b := range read(t, "docs/operating.md") {
		if b.File == "netmirror.service" {
			unit = b.Text
		}
	}
	program := filepath.Join(t.TempDir(), "netmirror")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "netmirror.service")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(unit, "/usr/local/bin/netmirror", program)), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", path).CombinedOutput()
	if err != nil || strings.Contains(string(out), "netmirror.service") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestWhatIsKept: the page of operating tells the bounds that the store has.
func TestWhatIsKept(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(testkit.Root(t), "docs", "operating.md"))
	if err != nil {
		t.Fatal(err)
	}
	thousands := func(n int) string {
		if n < 1000 {
			return fmt.Sprint(n)
		}
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	for _, row := range []string{
		fmt.Sprintf("| events | the last %s (`--keep-events`), and no longer than %d days (`--keep-for`) |", thousands(engine.DefaultKeepEvents), engine.DefaultKeepFor/(24*time.Hour)),
		fmt.Sprintf("| operations with their transcripts | the last %s of each session |", thousands(store.KeepOperations)),
		fmt.Sprintf("to be read for a week, the last %s |", thousands(store.KeepPlans)),
	} {
		if !strings.Contains(string(page), row) {
			t.Errorf("docs/operating.md does not say %q", row)
		}
	}
	if store.KeepPlansFor != 7*24*time.Hour {
		t.Errorf("docs/operating.md says a week, and plans are kept for %v", store.KeepPlansFor)
	}
}

// TestBlocksOfData: what is shown as YAML or JSON is that.
func TestBlocksOfData(t *testing.T) {
	for _, name := range pages(t) {
		for _, b := range read(t, name) {
			if b.Skip != "" {
				continue
			}
			var err error
			switch b.Lang {
			case "yaml":
				var v any
				err = yaml.Unmarshal([]byte(b.Text), &v)
			case "json":
				var v any
				err = json.Unmarshal([]byte(b.Text), &v)
			case "sh", "text", "conf", "go", "hcl", "ini", "python", "":
			default:
				err = fmt.Errorf("nobody knows how to look at a block of %s", b.Lang)
			}
			if err != nil {
				t.Errorf("%s, line %d: %v", name, b.Line, err)
			}
		}
	}
}

// texts are all pages but decisions, by their names from the root.
func texts(t *testing.T) map[string]string {
	t.Helper()
	root := testkit.Root(t)
	made, err := filepath.Glob(filepath.Join(root, "docs", "platforms", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := pages(t)
	for _, p := range made {
		name, err := filepath.Rel(root, p)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	all := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

// TestFilesAreThere: what a page names as a file of the project is one.
func TestFilesAreThere(t *testing.T) {
	root := testkit.Root(t)
	for name, text := range texts(t) {
		for _, f := range Files(text) {
			if strings.Contains(f, "PLATFORM") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, f)); err != nil {
				t.Errorf("%s names %s: %v", name, f, err)
			}
		}
	}
}

// commandsAre: what a page names as a command in its text is one, with these flags.
func commandsAre(t *testing.T, bin string) {
	helps := map[string]string{}
	help := func(verbs ...string) string {
		key := strings.Join(verbs, " ")
		if _, ok := helps[key]; !ok {
			cmd := exec.Command(filepath.Join(bin, "netmirror"), append(slices.Clone(verbs), "--help")...)
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=10")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "netmirror "+verbs[0]) {
				out = nil
			}
			helps[key] = string(out)
		}
		return helps[key]
	}
	for name, text := range texts(t) {
		for _, c := range Commands(text) {
			if len(c.Verbs) == 0 {
				continue
			}
			said := help(c.Verbs...)
			if said == "" {
				t.Errorf("%s names netmirror %s, which is no command", name, strings.Join(c.Verbs, " "))
			}
			for _, f := range c.Flags {
				if !regexp.MustCompile(regexp.QuoteMeta(f) + `\b`).MatchString(said) {
					t.Errorf("%s names %s of netmirror %s, which has no such flag", name, f, strings.Join(c.Verbs, " "))
				}
			}
		}
	}
	for _, a := range mirror.Advices {
		for _, m := range advised.FindAllStringSubmatch(a.Do, -1) {
			if help(m[1]) == "" {
				t.Errorf("the advice on %s names netmirror %s, which is no command", a.Reason, m[1])
			}
		}
	}
}

var advised = regexp.MustCompile(`\bnetmirror ([a-z-]+)(?: [a-z-]+)?(?: [A-Z]{3,}| -|[.,;:)]|$)`)

// TestLinksLead: a link to a file of the project, or to a heading in it, leads somewhere.
func TestLinksLead(t *testing.T) {
	root := testkit.Root(t)
	for name, text := range texts(t) {
		for _, l := range Links(text) {
			to, at, _ := strings.Cut(l, "#")
			path := filepath.Join(root, name)
			if to != "" {
				path = filepath.Join(filepath.Dir(path), to)
			}
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: the link %s leads nowhere: %v", name, l, err)
				continue
			}
			if at == "" || !strings.HasSuffix(path, ".md") {
				continue
			}
			page, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !Anchors(string(page))[at] {
				t.Errorf("%s: the link %s leads to no heading", name, l)
			}
		}
	}
}
