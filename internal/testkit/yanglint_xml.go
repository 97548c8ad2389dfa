package testkit

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// ValidateXML says what is wrong with the first of the documents in XML that is not of the
// model; nil for nothing. The test is skipped without yanglint.
func (y YANG) ValidateXML(t testing.TB, documents ...string) error {
	t.Helper()
	return y.run(t, nil, written(t, ".xml", documents)...)
}

// ValidateJSON is ValidateXML for whole documents in JSON.
func (y YANG) ValidateJSON(t testing.TB, documents ...string) error {
	t.Helper()
	return y.run(t, nil, written(t, ".json", documents)...)
}

// written are files with the documents, named by their place.
func written(t testing.TB, ending string, documents []string) (names []string) {
	t.Helper()
	dir := t.TempDir()
	for i, d := range documents {
		name := filepath.Join(dir, strconv.Itoa(i)+ending)
		if err := os.WriteFile(name, []byte(d), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}
