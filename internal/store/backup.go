package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
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

// sides are the files that SQLite keeps beside a database in use.
var sides = []string{"-wal", "-shm"}

// Replace puts the database file with, which nobody has open, in the place of the
// one at path, which is kept under a free name. A process that is killed on the
// way leaves one or the other complete at path, and what was there complete under
// the name it is kept by, once it is not at path any more. What was there may be
// damaged: then its log is kept beside it, as it is. kept is "" when there was
// nothing.
func Replace(ctx context.Context, path, with string) (kept string, err error) {
	if _, err := os.Lstat(path); err == nil {
		if kept, err = keep(ctx, path); err != nil {
			return "", fmt.Errorf("store: keep %s: %w", path, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("store: %w", err)
	}
	if err := discard(path, sides...); err != nil { // SQLite would take an old log for the new file's
		return kept, fmt.Errorf("store: %w", err)
	}
	err = syncPath(with)
	if err == nil {
		err = os.Rename(with, path)
	}
	if err == nil {
		err = syncPath(filepath.Dir(path))
	}
	if err != nil {
		return kept, fmt.Errorf("store: put %s in the place of %s: %w", with, path, err)
	}
	return kept, nil
}

// keep gives a database a second name and leaves it complete under both.
func keep(ctx context.Context, path string) (kept string, err error) {
	for i := 1; ; i++ {
		if kept = path + ".before-restore"; i > 1 {
			kept = fmt.Sprintf("%s-%d", kept, i)
		}
		err := os.Link(path, kept) // unlike a rename it refuses a name that is taken
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	for _, side := range sides {
		if err := os.Link(path+side, kept+side); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	if fold(ctx, path) == nil { // a damaged one keeps its log
		if err := discard(kept, sides...); err != nil {
			return "", err
		}
	}
	return kept, syncPath(filepath.Dir(path))
}

// fold brings what is in the log of a database into its file, whatever its schema.
func fold(ctx context.Context, path string) error {
	db, err := pool(path, 1, url.Values{"mode": {"rw"}})
	if err != nil {
		return err
	}
	var busy, octets, moved int
	err = db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &octets, &moved)
	if err == nil && busy != 0 {
		err = mirror.ErrConflict
	}
	return errors.Join(err, db.Close()) // the last to close it removes the log
}

// Discard removes a database with what SQLite and Open keep beside it.
func Discard(path string) error { return discard(path, append([]string{"", "-lock"}, sides...)...) }

func discard(path string, suffixes ...string) error {
	var faults []error
	for _, suffix := range suffixes {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
