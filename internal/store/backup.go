package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Backup writes a consistent copy of the database to path while the store is
// in use. The copy is a complete database of mode 0600 that Open takes. It
// appears under its name only when it is whole and on the disk; a file that is
// already there is ErrConflict.
func (s *Store) Backup(ctx context.Context, path string) error {
	if err := s.backup(ctx, path); err != nil {
		return fmt.Errorf("store: backup to %s: %w", path, err)
	}
	return nil
}

func (s *Store) backup(ctx context.Context, path string) (err error) {
	dir := filepath.Dir(path)
	// SQLite fills an empty file and keeps its mode.
	f, err := os.CreateTemp(dir, ".netmirror-backup-*")
	if err != nil {
		return err
	}
	tmp := f.Name()
	defer func() { _ = os.Remove(tmp) }() // the second name, or what a failure left
	if err := f.Close(); err != nil {
		return err
	}
	if _, err := s.reads.ExecContext(ctx, `VACUUM INTO $1`, tmp); err != nil {
		return err
	}
	// VACUUM INTO does not promise that its file is on the disk.
	if err := syncPath(tmp); err != nil {
		return err
	}
	// A link, unlike a rename, refuses a name that is taken.
	if err := os.Link(tmp, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("the file exists: %w", mirror.ErrConflict)
		}
		return err
	}
	return syncPath(dir)
}

// syncPath brings a file or a folder to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
