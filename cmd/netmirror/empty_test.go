package main

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"sync"

	"github.com/netmirror/netmirror/internal/store"
)

// emptyDatabase is a database of today's schema that nobody has used: it has no instance
// yet. Every program of these tests would spend as much on making it as on its start.
var emptyDatabase = sync.OnceValues(func() (raw []byte, err error) {
	dir, err := os.MkdirTemp("", "netmirror-empty")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := databasePath(dir)
	s, err := store.Open(context.Background(), path, nil)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	_, err = db.ExecContext(context.Background(), "DELETE FROM meta WHERE name = 'instance'")
	if err := errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// emptyStore puts an empty database into the data folder at the first start there. The
// making of a folder and of its database is left to the program where there is no folder.
func (c *controller) emptyStore() {
	c.t.Helper()
	path := databasePath(c.data)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
		return
	}
	raw, made := emptyDatabase()
	if err == nil {
		_, err = f.Write(raw)
		err = errors.Join(err, f.Close())
	}
	if err := errors.Join(err, made); err != nil {
		c.t.Fatal(err)
	}
}
