package lab

import (
	"go/parser"
	gotoken "go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// The lab must not share our misreadings: nothing of this module is imported
// but the lab's own rooms, except the test helpers by tests.
func TestLabImportsNothingOfOurs(t *testing.T) {
	const module = "github.com/netmirror/netmirror"
	var files []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".go") {
			files = append(files, path)
		}
		return err
	})
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
			if !strings.HasPrefix(path, module) || strings.HasPrefix(path, module+"/internal/lab/") {
				continue
			}
			if path != module+"/internal/testkit" || !strings.HasSuffix(f, "_test.go") {
				t.Errorf("%s imports %s", f, path)
			}
		}
	}
}
