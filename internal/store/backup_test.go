package store

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// killed copies the files of a store in use, as a process that was killed leaves
// them: what was written last is in the log alone.
func killed(t *testing.T, s *Store, path string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(s.path + suffix)
		if err != nil || len(raw) == 0 {
			t.Fatalf("%s: %d octets, %v", suffix, len(raw), err)
		}
		if err := os.WriteFile(path+suffix, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func names(t *testing.T, path string) (out []string) {
	t.Helper()
	s := openAt(t, path)
	defer s.Close()
	if err := s.View(t.Context(), func(tx mirror.Tx) error {
		devices, err := tx.Devices(mirror.Page{})
		for _, d := range devices {
			out = append(out, d.Name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestADatabaseThatIsReplacedIsCompleteAtEachMoment: also when the process that
// had it was killed, and the one that replaces it is killed on the way.
func TestADatabaseThatIsReplacedIsCompleteAtEachMoment(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	old, path := openAt(t, filepath.Join(dir, "a", "old.db")), filepath.Join(dir, "netmirror.db")
	update(t, old, func(tx mirror.Tx) error { _, err := tx.PutDevice(mirror.Device{Name: "before"}); return err })
	killed(t, old, path)
	other, with := openAt(t, filepath.Join(dir, "b", "other.db")), filepath.Join(dir, "with.db")
	update(t, other, func(tx mirror.Tx) error { _, err := tx.PutDevice(mirror.Device{Name: "after"}); return err })
	if err := other.Backup(t.Context(), with); err != nil {
		t.Fatal(err)
	}

	kept, err := keep(t.Context(), path) // where it is killed first
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{path, kept} {
		if _, err := os.Stat(at); err != nil {
			t.Fatal(err)
		}
		if got := names(t, at); len(got) != 1 || got[0] != "before" {
			t.Errorf("%s has %v", at, got)
		}
	}
	kept2, err := Replace(t.Context(), path, with)
	if err != nil || kept2 == kept {
		t.Fatalf("%q %v", kept2, err)
	}
	for at, want := range map[string]string{path: "after", kept: "before", kept2: "before"} {
		if got := names(t, at); len(got) != 1 || got[0] != want {
			t.Errorf("%s has %v, want %s", at, got, want)
		}
	}
}

// TestADamagedDatabaseIsKeptWithItsLog: what can be saved of it is in both.
func TestADamagedDatabaseIsKeptWithItsLog(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path, with := filepath.Join(dir, "netmirror.db"), filepath.Join(dir, "with.db")
	for at, text := range map[string]string{path: "no database", path + "-wal": "its log"} {
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	other := openAt(t, filepath.Join(dir, "b", "other.db"))
	update(t, other, func(tx mirror.Tx) error { _, err := tx.PutDevice(mirror.Device{Name: "after"}); return err })
	if err := other.Backup(t.Context(), with); err != nil {
		t.Fatal(err)
	}
	kept, err := Replace(t.Context(), path, with)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{kept: "no database", kept + "-wal": "its log"} {
		if got, err := os.ReadFile(at); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", at, got, err)
		}
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("the log of the old database lies beside the new one")
	}
	if got := names(t, path); len(got) != 1 || got[0] != "after" {
		t.Errorf("%v", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("%v %v", info.Mode(), err)
	}
}
