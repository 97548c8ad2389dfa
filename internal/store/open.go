package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the database file, made when missing (mode 0600, its folder
// 0700), and brings its schema up to date. A database that a newer netmirror
// wrote is ErrUnsupported and left as it is. Several processes may have it
// open; LockDir keeps a second controller away. A nil log says nothing.
func Open(ctx context.Context, path string, log *slog.Logger) (*Store, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s, err := open(ctx, path, log)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	return s, nil
}

func open(ctx context.Context, path string, log *slog.Logger) (_ *Store, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	// Two processes that start at once must not both make the schema.
	release, err := lockFile(ctx, path+"-lock")
	if err != nil {
		return nil, err
	}
	defer release()
	if err := makeFile(path, log); err != nil {
		return nil, err
	}

	s := &Store{path: path, attempts: maxAttempts, health: &health{log: log}, memo: newMemo(memoLimit)}
	if s.writes, err = pool(path, 1, url.Values{
		"_journal_mode": {"WAL"},
		"_txlock":       {"immediate"}, // a transaction that reads first must not fail when it comes to write
	}); err != nil {
		return nil, err
	}
	if s.reads, err = pool(path, maxReaders, url.Values{"mode": {"ro"}}); err != nil {
		return nil, errors.Join(err, s.writes.Close())
	}
	if err := s.prepare(ctx, log); err != nil {
		return nil, errors.Join(s.health.classify(err), s.reads.Close(), s.writes.Close())
	}
	return s, nil
}

// makeFile makes the database file, because SQLite would give it the mode of
// the umask. A file that exists is not opened: on POSIX systems closing any
// descriptor of a file drops all locks that the process has on it, those of
// SQLite included.
func makeFile(path string, log *slog.Logger) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		if err := f.Close(); err != nil {
			return err
		}
		return syncPath(filepath.Dir(path)) // the file's name must survive a power cut too
	case !errors.Is(err, fs.ErrExist):
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if err := private("database", path, info); err != nil {
		return err
	}
	for _, suffix := range []string{"-wal", "-shm"} { // what is not in the file yet
		if side, err := os.Stat(path + suffix); err == nil {
			if err := private("log of the database", path+suffix, side); err != nil {
				return err
			}
		}
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		log.Warn("the database can be read by other users", "path", path, "mode", mode.String())
	}
	return nil
}

// pool opens connections with the settings that every one of them needs.
func pool(path string, size int, settings url.Values) (*sql.DB, error) {
	settings.Set("_busy_timeout", strconv.FormatInt(busyTimeout.Milliseconds(), 10))
	settings.Set("_foreign_keys", "1")
	settings.Set("_synchronous", "FULL") // what is acknowledged survives a power cut
	settings.Set("_dqs", "0")            // a misspelt column is an error, not a text
	settings.Set("_error_rc", "1")
	name := url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}
	c, err := sqlite.NewConnector(name.String())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(preparing{c})
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// prepare migrates the schema and makes the instance id.
func (s *Store) prepare(ctx context.Context, log *slog.Logger) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, s.writes, files,
		goose.WithDisableGlobalRegistry(true), goose.WithGoMigrations(formerCredentials(), endsInKey(), footingsApart(), eventsByField(), termsOfStored(), operationsByDevice(), copiesKept()), goose.WithSlog(log))
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("schema version: %w", err)
	}
	if have > want {
		return fmt.Errorf("the database has schema version %d and this netmirror knows versions up to %d; "+
			"use the newer netmirror or a backup: %w", have, want, mirror.ErrUnsupported)
	}
	if have < want {
		if have > 0 {
			if err := s.Check(ctx); err != nil { // a migration would write on damaged pages
				return err
			}
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate the schema from version %d to %d: %w", have, want, err)
		}
		log.Info("database schema brought up to date", "path", s.path, "from", have, "to", want)
	}
	return s.makeInstance(ctx)
}

// makeInstance stores the instance id unless there is one.
func (s *Store) makeInstance(ctx context.Context) error {
	err := s.View(ctx, func(t mirror.Tx) error {
		_, err := t.Instance()
		return err
	})
	if !errors.Is(err, mirror.ErrNotFound) {
		return err
	}
	id := make([]byte, 8)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	_, err = s.writes.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO NOTHING`, "instance", hex.EncodeToString(id))
	return err
}
