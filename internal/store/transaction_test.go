package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// puts stores a session that no test expects to find.
func puts(tx mirror.Tx) error { return tx.PutSession(session("lost")) }

func TestNothingIsStoredUnlessUpdateSaysSo(t *testing.T) {
	errMine := fmt.Errorf("mine: %w", mirror.ErrPrecondition)
	for _, c := range []struct {
		name string
		fn   func(mirror.Tx, context.CancelFunc) error
		want func(error) bool
	}{
		{"error, given back as it is", func(tx mirror.Tx, _ context.CancelFunc) error { return errors.Join(puts(tx), errMine) },
			func(err error) bool { return errors.Is(err, mirror.ErrPrecondition) && err.Error() == errMine.Error() }},
		{"context ends before a write", func(tx mirror.Tx, cancel context.CancelFunc) error {
			if err := puts(tx); err != nil {
				return err
			}
			cancel()
			return tx.AppendEvent(mirror.Event{})
		}, func(err error) bool {
			return errors.Is(err, context.Canceled) && strings.HasPrefix(err.Error(), "store: update: ")
		}},
		{"context ends before the commit", func(tx mirror.Tx, cancel context.CancelFunc) error { defer cancel(); return puts(tx) },
			func(err error) bool {
				return errors.Is(err, context.Canceled) && strings.HasPrefix(err.Error(), "store: update: commit: ")
			}},
		{"database error that fn ignores", func(inner mirror.Tx, _ context.CancelFunc) error {
			if err := inner.(*tx).exec("trial", `INSERT INTO nowhere VALUES ($1)`, 1); err == nil {
				return errMine
			}
			for name, err := range map[string]error{"write": puts(inner), "read": func() error { _, err := inner.Session("s"); return err }(),
				"list": func() error { _, err := inner.Tokens(); return err }()} {
				if err == nil || !strings.Contains(err.Error(), "nowhere") {
					return fmt.Errorf("%s after a database error: %v: %w", name, err, errMine)
				}
			}
			return nil
		}, func(err error) bool { return strings.Contains(err.Error(), "no such table: nowhere") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openAt(t, dbPath(t))
			before := snapshot(t, s)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := s.Update(ctx, func(tx mirror.Tx) error { return c.fn(tx, cancel) })
			if err == nil || !c.want(err) {
				t.Errorf("error %v", err)
			}
			same(t, "contents", snapshot(t, s), before)
			update(t, s, func(tx mirror.Tx) error { return tx.PutSession(session("s")) }) // the store still works
		})
	}
}

func TestPanicRollsBack(t *testing.T) {
	s := openAt(t, dbPath(t))
	before := snapshot(t, s)
	for _, run := range []func(context.Context, func(mirror.Tx) error) error{s.Update, s.View} {
		func() {
			defer func() {
				if got := recover(); got != "oops" {
					t.Errorf("recovered %v, want the panic of the function", got)
				}
			}()
			_ = run(t.Context(), func(tx mirror.Tx) error { _ = puts(tx); panic("oops") })
		}()
	}
	same(t, "contents", snapshot(t, s), before)
	update(t, s, func(tx mirror.Tx) error { return tx.PutSession(session("s")) })
}

// A full disk makes SQLite roll back by itself; what the function goes on to
// write must not be committed piece by piece.
func TestFullDiskLosesTheWholeTransaction(t *testing.T) {
	s := openAt(t, dbPath(t))
	ctx := t.Context()
	if _, err := s.writes.ExecContext(ctx, `PRAGMA max_page_count = 60`); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, s)
	err := s.Update(ctx, func(tx mirror.Tx) error {
		if err := puts(tx); err != nil {
			t.Error(err)
		}
		if err := tx.AppendEvent(mirror.Event{Message: strings.Repeat("x", 1<<20)}); err == nil {
			t.Error("a megabyte fitted in 60 pages")
		}
		_ = tx.PutSession(session("a"))
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("error %v", err)
	}
	same(t, "contents", snapshot(t, s), before)
	if _, err := s.writes.ExecContext(ctx, `PRAGMA max_page_count = 1000000`); err != nil {
		t.Fatal(err)
	}
	update(t, s, func(tx mirror.Tx) error { return tx.PutSession(session("s")) })
}

func TestTransactionEndsWithItsFunction(t *testing.T) {
	s := openAt(t, dbPath(t))
	var kept mirror.Tx
	update(t, s, func(tx mirror.Tx) error { kept = tx; return nil })
	if err := puts(kept); err == nil {
		t.Error("wrote after the end")
	}
	view(t, s, func(tx mirror.Tx) error { kept = tx; return nil })
	if _, err := kept.Tokens(); err == nil {
		t.Error("read after the end")
	}
}

func TestViewSeesOneMoment(t *testing.T) {
	s := openAt(t, dbPath(t))
	update(t, s, func(tx mirror.Tx) error { return tx.PutSession(session("a")) })
	names := func(tx mirror.Tx) (out []string) {
		records, err := tx.Sessions(mirror.Page{})
		if err != nil {
			t.Error(err)
		}
		for _, r := range records {
			out = append(out, r.Session.Name)
		}
		return out
	}
	view(t, s, func(tx mirror.Tx) error {
		// Before the first read of the function already.
		update(t, s, func(tx mirror.Tx) error { return tx.PutSession(session("b")) })
		same(t, "first read", names(tx), []string{"a"})
		update(t, s, func(tx mirror.Tx) error { return tx.DeleteSession("a") })
		same(t, "second read", names(tx), []string{"a"})
		return nil
	})
	view(t, s, func(tx mirror.Tx) error { same(t, "later", names(tx), []string{"b"}); return nil })
}

// Many goroutines write and read. Each update is read-modify-write of one
// record and adds an event: nothing is lost, events come in the order of
// commits, and every view sees whole transactions.
func TestConcurrentTransactions(t *testing.T) {
	s := openAt(t, dbPath(t))
	ctx := t.Context()
	update(t, s, func(tx mirror.Tx) error {
		return tx.PutSession(mirror.SessionRecord{Session: mirror.Session{Name: "s"}})
	})
	const writers, readers, each = 6, 3, 15
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				if err := s.Update(ctx, func(tx mirror.Tx) error {
					r, err := tx.Session("s")
					if err != nil {
						return err
					}
					r.Generation++
					_, err = tx.PutDevice(mirror.Device{Name: "d"})
					return errors.Join(err, tx.PutSession(r),
						tx.PutNative(native("d", fmt.Sprintf("nm-%d-%d", w, i), fmt.Sprint(r.Generation))),
						tx.AppendEvent(mirror.Event{Message: fmt.Sprint(r.Generation)}))
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range readers {
		reading.Go(func() {
			var last int64
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := s.View(ctx, func(tx mirror.Tx) error {
					r, err1 := tx.Session("s")
					natives, err2 := tx.Natives("d")
					events, err3 := tx.Events(last, 0)
					if n := last + int64(len(events)); n != r.Generation || int64(len(natives)) != n {
						t.Errorf("generation %d, %d natives, %d events: not one moment", r.Generation, len(natives), n)
					}
					for i, e := range events {
						if want := last + int64(i) + 1; e.Seq != want || e.Message != fmt.Sprint(want) {
							t.Errorf("event %d says %s, want number %d", e.Seq, e.Message, want)
						}
					}
					last += int64(len(events))
					return errors.Join(err1, err2, err3)
				}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	view(t, s, func(tx mirror.Tx) error {
		_, version, err := tx.Device("d")
		if version != writers*each {
			t.Errorf("version %d after %d updates", version, writers*each)
		}
		return err
	})
}

// Two claim one native id at the same time: one gets it.
func TestOneOfManyGetsANativeID(t *testing.T) {
	s := openAt(t, dbPath(t))
	results := make(chan error, 16)
	var wg sync.WaitGroup
	for i := range cap(results) {
		wg.Go(func() {
			results <- s.Update(t.Context(), func(tx mirror.Tx) error { return tx.PutNative(native("d", fmt.Sprintf("nm-%d", i), "66")) })
		})
	}
	wg.Wait()
	close(results)
	got := 0
	for err := range results {
		switch {
		case err == nil:
			got++
		case !errors.Is(err, mirror.ErrConflict):
			t.Error(err)
		}
	}
	if got != 1 {
		t.Errorf("%d got the id", got)
	}
}

func TestUpdateWaitsForOthers(t *testing.T) {
	path := dbPath(t)
	other, s := openAt(t, path), openAt(t, path) // as two processes would
	s.attempts = 2

	// hold keeps other's write lock until release.
	hold := func() (release func()) {
		held, free := make(chan struct{}), make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			update(t, other, func(mirror.Tx) error { close(held); <-free; return nil })
		})
		<-held
		return func() { close(free); wg.Wait() }
	}

	t.Run("gives up after its attempts", func(t *testing.T) {
		release := hold()
		defer release()
		runs := 0
		err := s.Update(t.Context(), func(mirror.Tx) error { runs++; return nil })
		if !busy(err) || runs != 0 || !strings.HasPrefix(err.Error(), "store: update: begin: ") {
			t.Errorf("error %v after %d runs", err, runs)
		}
		view(t, s, func(mirror.Tx) error { return nil }) // readers do not wait
	})
	t.Run("heeds its context", func(t *testing.T) {
		release := hold()
		defer release()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := s.Update(ctx, puts); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("heeds its context behind an update of its own store", func(t *testing.T) {
		release := hold()
		defer release()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if err := other.Update(ctx, puts); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("goes on when the other is done", func(t *testing.T) {
		release := hold()
		started := make(chan struct{})
		result := make(chan error, 1)
		var wg sync.WaitGroup
		wg.Go(func() {
			close(started)
			result <- s.Update(t.Context(), func(tx mirror.Tx) error { return tx.PutSession(session("s")) })
		})
		<-started
		release()
		wg.Wait()
		if err := <-result; err != nil {
			t.Error(err)
		}
	})
	t.Run("does not start with an ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, run := range []func(context.Context, func(mirror.Tx) error) error{s.Update, s.View} {
			if err := run(ctx, func(mirror.Tx) error { t.Error("ran"); return nil }); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		}
	})
}

func TestClosedStore(t *testing.T) {
	s := openAt(t, dbPath(t))
	closeStore(t, s)
	if err := s.Update(t.Context(), puts); err == nil || !strings.HasPrefix(err.Error(), "store: update: begin: ") {
		t.Errorf("update: %v", err)
	}
	if err := s.View(t.Context(), func(mirror.Tx) error { return nil }); err == nil {
		t.Error("view of a closed store")
	}
}
