package lab

import (
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"strings"
	"testing"
)

// The lab must not share our misreadings: nothing of this module is imported,
// except the test helpers by tests.
func TestLabImportsNothingOfOurs(t *testing.T) {
	const module = "github.com/netmirror/netmirror"
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		src, err := parser.ParseFile(gotoken.NewFileSet(), f, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range src.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if !strings.HasPrefix(path, module) {
				continue
			}
			if path != module+"/internal/testkit" || !strings.HasSuffix(f, "_test.go") {
				t.Errorf("%s imports %s", f, path)
			}
		}
	}
}
