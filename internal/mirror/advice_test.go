package mirror_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestEveryReasonHasAdvice finds in the code every reason that a condition can have, and
// wants exactly these to be told.
func TestEveryReasonHasAdvice(t *testing.T) {
	t.Parallel()
	told := map[string]bool{}
	for _, a := range mirror.Advices {
		if told[a.Reason] {
			t.Errorf("%s is told twice", a.Reason)
		}
		told[a.Reason] = true
		for _, at := range a.At {
			if !slices.Contains(mirror.ConditionTypes, at) && at != mirror.CondReachable {
				t.Errorf("%s stands at %q, which is no condition", a.Reason, at)
			}
		}
		if len(a.At) == 0 || !strings.HasSuffix(a.Means, ".") || a.Do != "" && !strings.HasSuffix(a.Do, ".") {
			t.Errorf("%s is not told in sentences, or stands nowhere", a.Reason)
		}
		if got, ok := mirror.AdviceOn(a.Reason); !ok || got.Means != a.Means {
			t.Errorf("%s is not found", a.Reason)
		}
	}
	if _, ok := mirror.AdviceOn("Nonsense"); ok {
		t.Error("there is advice on nonsense")
	}
	given := map[string]string{}
	for _, folder := range []string{"capacity", "credentials", "engine", "mirror", "plan", "transport", "watch", "worker"} {
		if err := filepath.WalkDir(filepath.Join("..", folder), func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				var f *ast.File
				f, err = parser.ParseFile(token.NewFileSet(), path, nil, 0)
				if err == nil {
					reasonsIn(f, func(reason string) { given[reason] = path })
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	if len(given) < 70 {
		t.Errorf("only %d reasons are found: does this test still read the code?", len(given))
	}
	for _, reason := range slices.Sorted(maps.Keys(given)) {
		if !told[reason] {
			t.Errorf("%s gives the reason %s, which has no advice: see advice.go", given[reason], reason)
		}
	}
	for reason := range told {
		if given[reason] == "" {
			t.Errorf("there is advice on %s, a reason that nothing gives", reason)
		}
	}
}

var camelCase = regexp.MustCompile(`^([A-Z][a-z]+)+$`)

// reasonsIn finds the texts that are given as a reason: as a field, a constant or a
// result of that name, or to the functions that make conditions.
func reasonsIn(f *ast.File, found func(string)) {
	literals := func(n ast.Node) {
		ast.Inspect(n, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if s, err := strconv.Unquote(l.Value); err == nil && camelCase.MatchString(s) {
					found(s)
				}
			}
			return true
		})
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Reason" {
				literals(n.Value)
			}
		case *ast.ValueSpec:
			if strings.HasPrefix(strings.ToLower(n.Names[0].Name), "reason") {
				for _, v := range n.Values {
					literals(v)
				}
			}
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if index, ok := to.(*ast.IndexExpr); ok {
					to = index.X
				}
				if sel, ok := to.(*ast.SelectorExpr); ok && strings.HasPrefix(strings.ToLower(sel.Sel.Name), "reason") && len(n.Rhs) == len(n.Lhs) {
					literals(n.Rhs[i])
				}
			}
		case *ast.FuncDecl:
			if strings.Contains(strings.ToLower(n.Name.Name), "reason") && n.Type.Results != nil && n.Body != nil {
				literals(n.Body)
			}
		case *ast.CallExpr:
			if fn, ok := n.Fun.(*ast.Ident); ok && slices.Contains([]string{"unknown", "check", "no"}, fn.Name) {
				for _, arg := range n.Args {
					if l, ok := arg.(*ast.BasicLit); ok {
						literals(l)
					}
				}
			}
		}
		return true
	})
}
