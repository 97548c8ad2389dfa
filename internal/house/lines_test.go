package house

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/testkit"
)

// further is how large a further transport of a platform may be, in the files of its folder
// that are named after it, which do not count as those of its command line.
const further = 900

// furtherFiles end in the names of such files.
var furtherFiles = []string{"_netconf.go"}

// sizes are how large the parts of one platform may be, in lines of code.
var sizes = []struct {
	name  string
	dirs  []string
	limit int
}{
	{"drivers/iosxe", []string{"drivers/iosxe", "templates/cisco_iosxe"}, 3790}, // 1290 of them over data models
	{"drivers/eos", []string{"drivers/eos", "templates/arista_eos"}, 1530},
	{"drivers/iosxr", []string{"drivers/iosxr", "templates/cisco_iosxr"}, 1530},
	{"drivers/nxos", []string{"drivers/nxos", "templates/cisco_nxos"}, 2300}, // over two transports
	{"drivers/junos", []string{"drivers/junos", "templates/juniper_junos"}, 1530},
	{"drivers/srl", []string{"drivers/srl"}, 2200},               // four schemas of one model
	{"internal/lab/eos", []string{"internal/lab/eos"}, 1600},     // its command line is to be had over gNMI, too
	{"internal/lab/iosxr", []string{"internal/lab/iosxr"}, 2500}, // of it NETCONF and Cisco's models: 960
	{"internal/lab/junos", []string{"internal/lab/junos"}, 2600}, // of it NETCONF and its own operations: 1,100
	{"internal/lab/nxos", []string{"internal/lab/nxos"}, 2000},   // with its data model
	{"internal/lab/srl", []string{"internal/lab/srl"}, 1500},
}

// TestPlatformsStaySmall counts what a platform costs: lines that hold code or a
// template, without blank lines, comments and tests.
func TestPlatformsStaySmall(t *testing.T) {
	root := testkit.Root(t)
	t.Logf("%-18s %6s %6s", "lines of code", "now", "limit")
	for _, s := range sizes {
		n := 0
		more := map[string]int{}
		for _, dir := range s.dirs {
			n += linesBelow(t, filepath.Join(root, dir), more)
		}
		for end, lines := range more {
			t.Logf("%-18s %6d %6d", s.name+end, lines, further)
			if lines > further {
				t.Errorf("%s has %d lines of code in files *%s, at most %d are allowed", s.name, lines, end, further)
			}
		}
		t.Logf("%-18s %6d %6d", s.name, n, s.limit)
		if n > s.limit {
			t.Errorf("%s has %d lines of code, at most %d are allowed", s.name, n, s.limit)
		}
	}
}

// linesBelow counts the lines of Go and of templates in a folder that may be
// missing. Those of further transports are added to more, by the end of their files' names.
func linesBelow(t *testing.T, dir string, more map[string]int) int {
	t.Helper()
	total := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err):
			return fs.SkipAll
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "testdata":
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		raw, err := os.ReadFile(path)
		switch filepath.Ext(path) {
		case ".go":
			if i := slices.IndexFunc(furtherFiles, func(end string) bool { return strings.HasSuffix(path, end) }); i >= 0 {
				more[furtherFiles[i]] += goLines(raw)
			} else {
				total += goLines(raw)
			}
		case ".tmpl", ".yaml":
			total += templateLines(string(raw))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return total
}

// goLines counts the lines on which a token stands, all lines of a string that
// has several.
func goLines(src []byte) int {
	set := token.NewFileSet()
	f := set.AddFile("", set.Base(), len(src))
	var s scanner.Scanner
	s.Init(f, src, nil, 0)
	n, last := 0, 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return n
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue // the scanner's own, at the end of a line
		}
		first := f.Line(pos)
		end := first + strings.Count(lit, "\n")
		n += end - max(first-1, last)
		last = max(last, end)
	}
}

var templateComment = regexp.MustCompile(`(?s)\{\{-?\s*/\*.*?\*/\s*-?\}\}|(?m)^[ \t]*#[^\n]*$`)

// templateLines counts what is left without comments and blank lines.
func templateLines(src string) int {
	n := 0
	for _, l := range strings.Split(templateComment.ReplaceAllString(src, ""), "\n") {
		if strings.TrimSpace(l) != "" {
			n++
		}
	}
	return n
}

func TestLinesAreCountedWithoutCommentsAndBlanks(t *testing.T) {
	for src, want := range map[string]int{
		"package a\n\n// comment\nvar x = 1 // one\n\n/* two\nlines */\n": 2,
		"package a\n\nvar x = `one\n\nthree`\n\nfunc f() {\n}\n":          6,
		"package a; var x = 1\n": 1,
	} {
		if got := goLines([]byte(src)); got != want {
			t.Errorf("%q: %d lines, want %d", src, got, want)
		}
	}
	if got := templateLines("{{- /* what\nit is */ -}}\none\n\n# said\n{{ range .X }}\ntwo\n{{ end }}\n"); got != 4 {
		t.Errorf("%d lines of a template, want 4", got)
	}
}
