package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

const patience = testkit.Patience

func putEvents(t *testing.T, s *Store, n int) error {
	t.Helper()
	return s.Update(t.Context(), func(tx mirror.Tx) error {
		for range n {
			if err := tx.AppendEvent(mirror.Event{Message: strings.Repeat("x", 4000)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// expire lets the next look at the health try a write.
func (h *health) expire() {
	h.mu.Lock()
	h.tried = time.Time{}
	h.mu.Unlock()
}

func TestAStoreThatCannotGrowSaysSo(t *testing.T) {
	s := openAt(t, dbPath(t))
	if err := s.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ spoil, mend string }{
		{"PRAGMA max_page_count = 1", "PRAGMA max_page_count = 1000000"}, // SQLite takes the present size: as a full disk
		{"PRAGMA query_only = 1", "PRAGMA query_only = 0"},               // as a disk that was mounted anew, read-only
	} {
		if _, err := s.writes.ExecContext(t.Context(), c.spoil); err != nil {
			t.Fatal(err)
		}
		if err := putEvents(t, s, 100); !errors.Is(err, mirror.ErrStorage) {
			t.Errorf("%s: %v", c.spoil, err)
		}
		if err := s.Healthy(t.Context()); !errors.Is(err, mirror.ErrStorage) {
			t.Errorf("%s: healthy: %v", c.spoil, err)
		}
		if _, err := s.writes.ExecContext(t.Context(), c.mend); err != nil {
			t.Fatal(err)
		}
		s.health.expire()
		if err := s.Healthy(t.Context()); err != nil {
			t.Errorf("%s: %v", c.mend, err)
		}
		if err := putEvents(t, s, 100); err != nil {
			t.Errorf("%s: %v", c.mend, err)
		}
	}
	// A mistake of the caller's says nothing of the disk.
	if err := s.Update(t.Context(), func(mirror.Tx) error { return mirror.ErrConflict }); !errors.Is(err, mirror.ErrConflict) {
		t.Error(err)
	}
	if err := s.Healthy(t.Context()); err != nil {
		t.Error(err)
	}
}

// smallDisk is a folder with a disk of 8 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	testkit.NeedRoot(t)
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
		testkit.Skip(t, "the right to mount a tmpfs")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestAFullDiskIsNotHealthy(t *testing.T) {
	dir := smallDisk(t)
	s := openAt(t, filepath.Join(dir, "netmirror.db"))
	if err := s.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 16<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	if err := s.Healthy(t.Context()); !errors.Is(err, mirror.ErrStorage) {
		t.Errorf("with nothing free: %v", err)
	}
	if err := putEvents(t, s, 1000); !errors.Is(err, mirror.ErrStorage) {
		t.Errorf("a write: %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, patience, "it is healthy again", func() bool { return s.Healthy(t.Context()) == nil })
	if err := putEvents(t, s, 100); err != nil {
		t.Errorf("a write after room was made: %v", err)
	}
}

// spoil overwrites what the pages of a database hold, but for the first ones,
// which every start reads.
func spoil(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := len(raw) / 2; at+4096 <= len(raw); at += 4096 {
		copy(raw[at:], bytes.Repeat([]byte{0xa5}, 64))
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsFound(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	if err := putEvents(t, s, 300); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("a sound one: %v", err)
	}
	closeStore(t, s)
	spoil(t, path)
	s = openAt(t, path)
	err := s.Check(t.Context())
	if !errors.Is(err, mirror.ErrDamaged) || !strings.Contains(err.Error(), "netmirror restore") {
		t.Errorf("%v", err)
	}
	if len(err.Error()) > 8<<10 {
		t.Errorf("%d octets of findings", len(err.Error()))
	}
	closeStore(t, s)

	// What a read meets later is noticed too, and stays.
	s = openAt(t, path)
	if err := s.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.View(t.Context(), func(tx mirror.Tx) error { _, err := tx.Events(0, 1000); return err }); !errors.Is(err, mirror.ErrDamaged) {
		t.Errorf("a read: %v", err)
	}
	if err := s.Healthy(t.Context()); !errors.Is(err, mirror.ErrDamaged) {
		t.Errorf("healthy: %v", err)
	}
}

// A migration writes on what it finds, so that it comes after the look.
func TestDamageIsFoundBeforeAMigration(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	if err := putEvents(t, s, 300); err != nil {
		t.Fatal(err)
	}
	if _, err := s.writes.ExecContext(t.Context(), `DELETE FROM goose_db_version WHERE version_id > 1`); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	spoil(t, path)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, nil); !errors.Is(err, mirror.ErrDamaged) || strings.Count(err.Error(), "netmirror restore") != 1 {
		t.Errorf("%v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the damaged file was changed, %v", err)
	}
}

func TestAReferenceToNothingIsDamage(t *testing.T) {
	s := openAt(t, dbPath(t))
	for _, q := range []string{"PRAGMA foreign_keys = 0", "INSERT INTO placements (session, device, role, doc) VALUES ('gone', 'd', 'local', '{}')", "PRAGMA foreign_keys = 1"} {
		if _, err := s.writes.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Check(t.Context()); !errors.Is(err, mirror.ErrDamaged) || !strings.Contains(err.Error(), "of placements refers to a row of sessions that is missing") {
		t.Errorf("%v", err)
	}
}

func TestAFileThatIsNoDatabaseSaysWhatToDo(t *testing.T) {
	path := dbPath(t)
	if err := os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 500), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, nil); !errors.Is(err, mirror.ErrDamaged) || !strings.Contains(err.Error(), "netmirror restore") {
		t.Errorf("%v", err)
	}
}
