package testkit

import (
	"os"
	"path/filepath"
	"testing"
)

// ValidateXML says what is wrong with a document in XML; nil for nothing. The test is skipped
// without yanglint.
func (y YANG) ValidateXML(t testing.TB, document string) error {
	t.Helper()
	name := filepath.Join(t.TempDir(), "document.xml")
	if err := os.WriteFile(name, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	return y.run(t, nil, name)
}
