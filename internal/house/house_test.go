// Package house holds the tests that keep the house in order: who may import
// whom, package comments, and habits. It has no other code.
package house

import (
	"go/ast"
	"go/parser"
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

const module = "github.com/netmirror/netmirror/"

// may lists, for each part of the house, the parts of ours that it may import.
// The first prefix that fits a package counts; "" ends a list that allows
// nothing of ours. Test files may look anywhere.
var may = []struct {
	part    string
	imports []string
}{
	{"cmd", []string{"api", "client", "drivers", "inventory", "templates", "internal"}},
	{"client/contexts", []string{"client"}},
	{"client", nil}, // for programs of others, too
	{"api", []string{"internal/engine", "internal/capacity", "internal/mirror"}},
	{"integrations/terraform", []string{"client", "integrations/terraform"}}, // a module of its own
	{"integrations/ansible", nil},                                            // Python, and tests of it
	{"inventory/", []string{"inventory", "internal/mirror"}},                 // sources
	{"inventory", []string{"internal/credentials", "internal/mirror"}},
	{"templates", []string{"internal/mirror"}},
	{"drivers/drivertest", []string{"internal", "drivers"}},
	{"drivers/", []string{"internal/mirror", "internal/console", "internal/mib", "internal/models", "internal/transport", "templates"}}, // one driver; never another
	{"drivers", []string{"internal/worker", "internal/mib", "internal/mirror", "internal/transport/certs", "internal/transport/gnmi", "internal/transport/netconf", "drivers/"}},
	{"internal/mirror", nil},
	{"internal/plan", []string{"internal/mirror"}},
	{"internal/capacity", []string{"internal/mirror"}},
	{"internal/watch", []string{"internal/capacity", "internal/mirror"}},
	{"internal/notify", []string{"internal/mirror"}},
	{"internal/worker", []string{"internal/mirror", "internal/plan"}},
	{"internal/alert", []string{"internal/mirror"}},
	{"internal/engine", []string{"internal/alert", "internal/worker", "internal/capacity", "internal/mirror", "internal/plan"}},
	{"internal/console/", []string{"internal/mirror"}}, // reading text
	{"internal/console", []string{"internal/console/", "internal/mirror", "internal/transport/cli", "templates"}},
	{"internal/models/", []string{"internal/mirror"}}, // data trees
	{"internal/models", []string{"internal/models/", "internal/mirror", "internal/transport/gnmi", "internal/transport/netconf"}},
	{"internal/mib", []string{"internal/mirror", "internal/transport/snmp"}},
	{"internal/credentials", []string{"internal/mirror"}},
	// What is measured is told Prometheus here; the house below knows its own meters alone.
	{"internal/metrics", []string{"internal/engine", "internal/worker", "internal/capacity", "internal/hints", "internal/mirror"}},
	{"internal/store", []string{"internal/mirror"}},
	{"internal/transport/certs", []string{"internal/mirror"}},
	{"internal/transport/gnmi/origincli", []string{"internal/mirror", "internal/transport/cli", "internal/transport/gnmi"}},
	{"internal/transport/ssh", []string{"internal/mirror"}},
	{"internal/transport", []string{"internal/mirror", "internal/transport/certs", "internal/transport/ssh"}},
	{"internal/hints", []string{"internal/mirror", "internal/transport/snmp"}},
	// The lab must not share our misreadings: it imports its own rooms alone.
	{"internal/lab/fabric", nil},
	{"internal/lab/cmdline", []string{"internal/lab/fabric"}},
	{"internal/lab/plant", []string{"internal/lab/fabric"}},
	{"internal/lab/model/rpc", []string{"internal/lab/model"}}, // what a platform gives to NETCONF
	{"internal/lab/model", nil},                                // data trees and the schemas that they follow
	{"internal/lab/mib", nil},                                  // objects of SNMP
	{"internal/lab/plain", []string{"internal/lab/fabric", "internal/lab/mib", "internal/lab/plant"}},
	{"internal/lab/door", []string{"internal/lab/cmdline", "internal/lab/door", "internal/lab/mib", "internal/lab/model"}},
	{"internal/lab/", []string{"internal/lab/fabric", "internal/lab/cmdline", "internal/lab/mib", "internal/lab/model", "internal/lab/plain", "internal/lab/plant"}}, // one platform; never another
	{"internal/lab", []string{"internal/lab/"}},
	{"internal/ovslab", nil},
	{"internal/snmplab", []string{"internal/testkit"}}, // for tests alone
	{"internal/bench", []string{"api", "drivers", "internal"}},
	{"internal/clientgen", nil},
	{"internal/doctest", nil},
	{"internal/testkit", nil},
	{"internal/web", []string{"client"}}, // a client of the API, within the process
	{"internal/testreport", nil},
	{"internal/house", nil},
}

// onlyIn are modules of others that one part of the house alone imports.
var onlyIn = map[string]string{"github.com/prometheus/": "internal/metrics"}

// forTests are packages that tests alone import, and each other.
var forTests = []string{"internal/clientgen", "internal/doctest", "internal/testkit", "internal/snmplab", "drivers/drivertest"}

// standardOnly are the packages that import nothing but the standard library.
var standardOnly = []string{"client", "internal/mirror", "internal/plan", "internal/capacity", "internal/alert"}

type file struct {
	path, dir string
	ast       *ast.File
	test      bool
}

func files(t *testing.T) (out []file) {
	t.Helper()
	root := testkit.Root(t)
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		if d.IsDir() && rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "tools") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		tree, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		out = append(out, file{filepath.ToSlash(rel), filepath.ToSlash(filepath.Dir(rel)), tree, strings.HasSuffix(path, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhoMayImportWhom(t *testing.T) {
	for _, f := range files(t) {
		if f.test {
			continue
		}
		i := slices.IndexFunc(may, func(r struct {
			part    string
			imports []string
		}) bool {
			return f.dir == strings.TrimSuffix(r.part, "/") && !strings.HasSuffix(r.part, "/") || strings.HasPrefix(f.dir, strings.TrimSuffix(r.part, "/")+"/")
		})
		if i < 0 {
			t.Errorf("%s: no rule says what package %s may import; add one", f.path, f.dir)
			continue
		}
		for _, imp := range f.ast.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			ours, isOurs := strings.CutPrefix(path, module)
			if slices.Contains(standardOnly, f.dir) && !isOurs && strings.Contains(strings.Split(path, "/")[0], ".") {
				t.Errorf("%s imports %s: %s uses the standard library alone", f.path, path, f.dir)
			}
			for theirs, part := range onlyIn {
				if strings.HasPrefix(path, theirs) && f.dir != part {
					t.Errorf("%s imports %s, which %s alone does", f.path, path, part)
				}
			}
			if !isOurs || ours == f.dir {
				continue
			}
			if !slices.ContainsFunc(may[i].imports, func(p string) bool { return strings.HasPrefix(ours+"/", strings.TrimSuffix(p, "/")+"/") }) {
				t.Errorf("%s imports %s, which %s must not", f.path, ours, f.dir)
			}
			if slices.Contains(forTests, ours) && !slices.Contains(forTests, f.dir) {
				t.Errorf("%s imports %s outside of a test", f.path, ours)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, f := range files(t) {
		doc := f.ast.Doc.Text()
		said[f.dir] = said[f.dir] || strings.HasPrefix(doc, "Package ") || strings.HasPrefix(doc, "Command ")
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

func TestExportedIdentifiersAreExplained(t *testing.T) {
	for _, f := range files(t) {
		if f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) && !wellKnown(d.Name.Name) {
					t.Errorf("%s: %s has no comment", f.path, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil && ts.Comment == nil {
						t.Errorf("%s: type %s has no comment", f.path, ts.Name.Name)
					}
				}
			}
		}
	}
}

// wellKnown are methods whose meaning their interface gives.
func wellKnown(name string) bool {
	return slices.Contains([]string{"Error", "Unwrap", "String", "Read", "Write", "Close", "Len", "Less", "Swap", "ServeHTTP", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "LogValue"}, name)
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	name, ok := typ.(*ast.Ident)
	return ok && name.IsExported()
}

var habits = regexp.MustCompile(`time\.Sleep\(|\b[tb]\.Skip(f|Now)?\(`)

// TestHabits: no sleeping, no skipping past testkit (whose skips CI turns into
// failures), no files too long to read.
func TestHabits(t *testing.T) {
	root := testkit.Root(t)
	for _, f := range files(t) {
		if f.dir == "internal/house" || f.dir == "internal/testkit" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(f.path)))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(raw), "\n"); n > 600 && !ast.IsGenerated(f.ast) {
			t.Errorf("%s has %d lines", f.path, n)
		}
		if bad := habits.FindString(string(raw)); bad != "" {
			t.Errorf("%s: %s", f.path, bad)
		}
	}
}
