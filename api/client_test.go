package api

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/clientgen"
)

// TestTheClientIsOfThisDocument: whoever changes the API has the Go client
// generated anew (make generate, or go test ./api -update).
func TestTheClientIsOfThisDocument(t *testing.T) {
	h := newHarness(t)
	files, err := clientgen.Generate([]byte(h.do("GET", "/openapi.json", "").is(200).body))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		path := filepath.Join("..", "client", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("%s is not of this document (-it is, +it would be); make generate writes it:\n%s", path, diff)
		}
	}
}
