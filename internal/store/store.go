package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// busyTimeout is how long one statement waits for another process (a
	// command-line tool beside the controller) to end its transaction. A
	// context that ends meanwhile is noticed only afterwards, so it is short
	// and the whole transaction is tried again.
	busyTimeout = time.Second
	// maxAttempts bounds those tries: about ten seconds.
	maxAttempts = 10
	// maxReaders is the size of the pool for View.
	maxReaders = 8
)

// A Store is an open database. Its methods are safe for concurrent use.
//
// Update transactions of one Store run one after the other; View transactions
// run beside them on a snapshot. An Update inside the function of another
// Update waits for itself until its context ends.
type Store struct {
	path     string
	writes   *sql.DB // one connection: writers queue in Go, where a context can end the wait
	reads    *sql.DB // opened read-only
	attempts int     // maxAttempts, fewer in tests
	health   *health
	memo     *memo
}

var _ mirror.Store = (*Store)(nil)

// Update runs fn in a transaction and commits it. It returns fn's error as it
// is; then, and when fn panics, nothing is stored. A nil error means that the
// changes are on the disk. A database error inside fn fails the whole
// transaction even when fn ignores it, because SQLite may have rolled back by
// itself. fn may run twice.
func (s *Store) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	err := s.retry(ctx, func() error {
		t, err := s.begin(ctx, "update", s.writes, nil)
		if err != nil {
			return err
		}
		return t.run(fn)
	})
	s.health.wrote(err)
	return err
}

// View runs fn once, on a snapshot that is taken before fn starts. Writes in
// fn fail.
func (s *Store) View(ctx context.Context, fn func(mirror.Tx) error) error {
	var t *tx
	err := s.retry(ctx, func() error {
		var err error
		t, err = s.begin(ctx, "view", s.reads, &sql.TxOptions{ReadOnly: true})
		return err
	})
	if err != nil {
		return err
	}
	return t.run(fn)
}

// Close closes the database. Transactions that still run end with an error.
func (s *Store) Close() error {
	// Readers first: the last connection folds the write-ahead log into the
	// database file, which a read-only one cannot.
	if err := errors.Join(s.reads.Close(), s.writes.Close()); err != nil {
		return fmt.Errorf("store: close %s: %w", s.path, err)
	}
	return nil
}

// retry repeats f while another process keeps the database busy.
func (s *Store) retry(ctx context.Context, f func() error) error {
	for attempt := 1; ; attempt++ {
		err := f()
		if !busy(err) || attempt >= s.attempts {
			return err
		}
		// Some kinds of busy are told without waiting for busyTimeout.
		wait := time.NewTimer(time.Duration(attempt) * 5 * time.Millisecond)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return fmt.Errorf("store: wait for the database: %w (last try: %w)", ctx.Err(), err)
		}
	}
}

func busy(err error) bool { return code(err) == sqlite3.SQLITE_BUSY }
