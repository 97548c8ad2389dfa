package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// ValidateXML has yanglint of libyang validate documents in XML as configurations, against
// the modules of a folder. It says what is wrong with the first that is not one;
// nil for nothing. The test is skipped without yanglint.
func ValidateXML(t testing.TB, dir string, modules []string, documents ...string) error {
	t.Helper()
	Need(t, "yanglint")
	args := []string{"-t", "config", "-p", dir}
	for _, m := range modules {
		args = append(args, filepath.Join(dir, m))
	}
	into := t.TempDir()
	for i, d := range documents {
		name := filepath.Join(into, strconv.Itoa(i)+".xml")
		if err := os.WriteFile(name, []byte(d), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, name)
	}
	if out, err := exec.CommandContext(t.Context(), "yanglint", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("yanglint: %w: %s", err, strings.Join(strings.Fields(string(out)), " "))
	}
	return nil
}
