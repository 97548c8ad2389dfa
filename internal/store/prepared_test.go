package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"modernc.org/sqlite"
)

// compiles counts what connections compile.
type compiles struct {
	mu    sync.Mutex
	times map[string]int // by text
	open  int            // statements that nobody has closed
}

func (c *compiles) note(query string, open int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if query != "" {
		c.times[query]++
	}
	c.open += open
}

// A countingConnector opens connections that count.
type countingConnector struct {
	driver.Connector
	by *compiles
}

func (c countingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return countedConn{conn.(baseConn), c.by}, nil
}

type countedConn struct {
	baseConn
	by *compiles
}

func (c countedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.baseConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.by.note(query, 1)
	return countedStmt{s.(baseStmt), c.by}, nil
}

func (c countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.by.note(query, 0)
	return c.baseConn.ExecContext(ctx, query, args)
}

func (c countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.by.note(query, 0)
	return c.baseConn.QueryContext(ctx, query, args)
}

type countedStmt struct {
	baseStmt
	by *compiles
}

func (s countedStmt) Close() error {
	s.by.note("", -1)
	return s.baseStmt.Close()
}

// counted opens a store with one connection for writes and one for reads, which count.
func counted(t *testing.T) (*Store, *compiles) {
	t.Helper()
	s, by := openAt(t, dbPath(t)), &compiles{times: map[string]int{}}
	for db, settings := range map[**sql.DB]url.Values{&s.writes: {"_txlock": {"immediate"}}, &s.reads: {"mode": {"ro"}}} {
		if err := (*db).Close(); err != nil {
			t.Fatal(err)
		}
		name := url.URL{Scheme: "file", Path: s.path, RawQuery: settings.Encode()}
		base, err := sqlite.NewConnector(name.String())
		if err != nil {
			t.Fatal(err)
		}
		*db = sql.OpenDB(preparing{countingConnector{base, by}})
		(*db).SetMaxOpenConns(1)
	}
	return s, by
}

func TestStatementsAreCompiledOnce(t *testing.T) {
	s, by := counted(t)
	for range 5 {
		update(t, s, func(tx mirror.Tx) error {
			if err := tx.AppendEvent(mirror.Event{Message: "m"}); err != nil {
				return err
			}
			return tx.PutSession(session("s"))
		})
		view(t, s, func(tx mirror.Tx) error {
			if _, err := tx.Events(0, 0); err != nil {
				return err
			}
			_, err := tx.Session("s")
			return err
		})
	}
	if len(by.times) < 6 {
		t.Errorf("counted too few statements: %v", by.times)
	}
	for query, n := range by.times {
		if n != 1 {
			t.Errorf("compiled %d times: %s", n, query)
		}
	}
	closeStore(t, s)
	if by.open != 0 {
		t.Errorf("%d statements are open after the store was closed", by.open)
	}
}

// What is read from is not given to a second reader.
func TestAStatementInUseIsNotShared(t *testing.T) {
	s, by := counted(t)
	update(t, s, func(tx mirror.Tx) error {
		for _, name := range []string{"a", "b", "c"} {
			if err := tx.PutSession(session(name)); err != nil {
				return err
			}
		}
		return nil
	})
	db, err := s.reads.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Rollback() }()
	const query = `SELECT name FROM sessions ORDER BY name`
	var got []string
	outer, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = outer.Close() }()
	for outer.Next() {
		var name, first string
		if err := outer.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if err := db.QueryRowContext(t.Context(), query).Scan(&first); err != nil || first != "a" {
			t.Errorf("inner read %q: %v", first, err)
		}
		got = append(got, name)
	}
	same(t, "outer read", got, []string{"a", "b", "c"})
	if n := by.times[query]; n != 2 {
		t.Errorf("compiled %d times for two readers at a time", n)
	}
}

// A statement that failed is compiled anew, and what it failed with is not kept.
func TestAStatementThatFailedIsNotUsedAgain(t *testing.T) {
	s, by := counted(t)
	ctx, cancel := context.WithCancel(t.Context())
	const endless = `SELECT COUNT(*) FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n)`
	update(t, s, puts)
	open := by.open
	done := make(chan error, 1)
	go func() {
		var n int
		done <- s.writes.QueryRowContext(ctx, endless).Scan(&n)
	}()
	cancel()
	if err := <-done; err == nil {
		t.Fatal("an endless read ended")
	}
	if by.open > open {
		t.Errorf("%d statements are open, %d were before a read that was interrupted", by.open, open)
	}
	update(t, s, puts)
}
