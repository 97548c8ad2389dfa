package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// probeEvery is how long a write proves that the store can be written, and
	// probeAgain how long one that failed proves the contrary.
	probeEvery, probeAgain = 5 * time.Second, 500 * time.Millisecond
	// minFree is what must be free on the disk, in octets. SQLite uses its log
	// again, so that small writes still succeed when nothing is left.
	minFree = 1 << 20
)

// health is what the transactions of a store tell of it.
type health struct {
	log     *slog.Logger
	probing sync.Mutex // held by the one that probes

	mu     sync.Mutex
	tried  time.Time // the last end of a write that says something
	failed error     // that write's, nil when it succeeded
	damage error     // once found it stays: only another file mends it
}

// wrote takes note of the end of a write. An error that is none of the disk's
// says nothing.
func (h *health) wrote(err error) {
	if err != nil && !errors.Is(err, mirror.ErrStorage) {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tried, h.failed = time.Now(), err
}

// classify adds to a database error what it means for the store.
func (h *health) classify(err error) error {
	if errors.Is(err, mirror.ErrDamaged) {
		return err // it says so already
	}
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return h.damaged(err)
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("%w: %w", mirror.ErrStorage, err)
	}
	return err
}

// damaged takes note of damage and says what to do.
func (h *health) damaged(err error) error {
	err = fmt.Errorf("%w: %w. Stop netmirror, keep the file, and put a backup in its place (netmirror restore --replace FILE); "+
		"without one, `sqlite3 netmirror.db .recover` saves what can be read", mirror.ErrDamaged, err)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.damage == nil {
		h.damage = err
		h.log.Error("the database is damaged", "err", err)
	}
	return err
}

func code(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return sqlite3.SQLITE_OK
	}
	return e.Code() & 0xff // the rest is detail
}

// Healthy is nil while the store can be written, else ErrStorage, or ErrDamaged
// once a read met damage. It looks at the room on the disk, at the last write,
// and writes itself when that was long ago.
func (s *Store) Healthy(ctx context.Context) error {
	s.health.mu.Lock()
	damage, failed, age := s.health.damage, s.health.failed, time.Since(s.health.tried)
	s.health.mu.Unlock()
	if damage != nil {
		return damage
	}
	if err := room(filepath.Dir(s.path)); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if failed == nil && age < probeEvery || failed != nil && age < probeAgain || !s.health.probing.TryLock() {
		return failed
	}
	defer s.health.probing.Unlock()
	return s.Update(ctx, func(t mirror.Tx) error {
		return t.(*tx).exec("probe", `INSERT INTO meta (name, value) VALUES ($1, $2)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value`, "probe", time.Now().UTC().Format(time.RFC3339Nano))
	})
}

// room is ErrStorage when next to nothing is free on the disk of a folder.
func room(dir string) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return fmt.Errorf("%w: look at the disk of %s: %w", mirror.ErrStorage, dir, err)
	}
	if free := uint64(fs.Bavail) * uint64(fs.Bsize); free < minFree {
		return fmt.Errorf("%w: %d octets are free on the disk of %s; make room", mirror.ErrStorage, free, dir)
	}
	return nil
}
