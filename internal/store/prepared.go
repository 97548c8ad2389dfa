package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
)

// maxPrepared bounds the statements that a connection keeps. The package has
// fewer; the bound is for what is made of parts.
const maxPrepared = 200

// preparing opens connections that prepare a statement once and keep it: to
// compile the same texts again was a third of the store's work.
type preparing struct{ driver.Connector }

// baseConn is what a connection of the driver can do.
type baseConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Connect opens a connection.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	base, ok := conn.(baseConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connection (%T) lacks a method", conn), conn.Close())
	}
	return &preparedConn{baseConn: base, idle: map[string]baseStmt{}}, nil
}

// baseStmt is what a statement of the driver can do.
type baseStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// A preparedConn is one connection. Package sql lets one goroutine at a time use it
// and what comes from it.
type preparedConn struct {
	baseConn
	idle map[string]baseStmt // statements that nobody runs, by their text
}

// kept tells the statements that are run again and again. A pragma may act
// while it is prepared, and is not kept.
func kept(query string) bool {
	verb, _, _ := strings.Cut(query, " ")
	return verb == "SELECT" || verb == "INSERT" || verb == "UPDATE" || verb == "DELETE"
}

// take gives a statement to its user alone, until put.
func (c *preparedConn) take(ctx context.Context, query string) (baseStmt, error) {
	if s := c.idle[query]; s != nil {
		delete(c.idle, query)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	base, ok := s.(baseStmt)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's statement (%T) lacks a method", s), s.Close())
	}
	return base, nil
}

// put takes a statement back. One that failed is not used again.
func (c *preparedConn) put(query string, s baseStmt, failed error) error {
	if failed != nil || c.idle[query] != nil || len(c.idle) >= maxPrepared {
		return s.Close()
	}
	c.idle[query] = s
	return nil
}

// ExecContext runs a statement that gives no rows.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if !kept(query) {
		return c.baseConn.ExecContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	res, err := s.ExecContext(ctx, args)
	if closing := c.put(query, s, err); err == nil {
		err = closing
	}
	return res, err
}

// QueryContext runs a statement that gives rows.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !kept(query) {
		return c.baseConn.QueryContext(ctx, query, args)
	}
	s, err := c.take(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		_ = c.put(query, s, err) // the reason is told already
		return nil, err
	}
	return &preparedRows{rows, func(failed error) error { return c.put(query, s, failed) }}, nil
}

// firstRead takes the snapshot of a transaction: SQLite takes it at the first
// read, not at BEGIN.
const firstRead = `SELECT 1 FROM meta WHERE name = 'instance'`

// BeginTx begins a transaction. One that only reads has its snapshot then, which
// may find the database busy: its function would run twice otherwise.
func (c *preparedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.baseConn.BeginTx(ctx, opts)
	if err != nil || !opts.ReadOnly {
		return tx, err
	}
	rows, err := c.QueryContext(ctx, firstRead, nil)
	if err == nil {
		err = rows.Close()
	}
	if err != nil {
		_ = tx.Rollback() // the reason is told already
		return nil, err
	}
	return tx, nil
}

// Close closes the connection and what it keeps.
func (c *preparedConn) Close() error {
	var faults []error
	for query, s := range c.idle {
		faults = append(faults, s.Close())
		delete(c.idle, query)
	}
	return errors.Join(append(faults, c.baseConn.Close())...)
}

// preparedRows give their statement back when they are closed.
type preparedRows struct {
	driver.Rows
	done func(failed error) error
}

// Close ends the reading.
func (r *preparedRows) Close() error {
	err := r.Rows.Close()
	return errors.Join(err, r.done(err))
}
