package store

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A process that commits in a loop is killed (SIGKILL) after it acknowledged
// some transactions; all of them are there afterwards, whole and in order, and
// at most the one under way besides. Several rounds work on one file.
func TestAcknowledgedSurvivesKill(t *testing.T) {
	path := dbPath(t)
	var known int64
	for round, acks := range []int{1, 40, 7, 150} {
		cmd, out := child(t, "commit", path)
		for range acks {
			if !out.Scan() {
				t.Fatalf("round %d: the child ended: %v", round, out.Err())
			}
			n, err := strconv.ParseInt(out.Text(), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if n <= known {
				t.Fatalf("round %d: number %d after %d", round, n, known)
			}
			known = n
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for out.Scan() { // what it acknowledged before the signal came
			n, err := strconv.ParseInt(out.Text(), 10, 64)
			if err != nil {
				break // a line cut in two is no acknowledgement
			}
			known = n
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}

		s := openAt(t, path)
		view(t, s, func(tx mirror.Tx) error {
			events, err := tx.Events(0, 0)
			if err != nil {
				return err
			}
			r, err := tx.Session("s")
			if err != nil {
				return err
			}
			stored := int64(len(events))
			if stored != known && stored != known+1 {
				t.Errorf("round %d: %d events, %d were acknowledged", round, stored, known)
			}
			if r.Generation != stored {
				t.Errorf("round %d: generation %d and %d events: half a transaction", round, r.Generation, stored)
			}
			for i, e := range events {
				if want := int64(i) + 1; e.Seq != want || e.Message != fmt.Sprint(want) {
					t.Fatalf("round %d: event %+v, want number %d", round, e, want)
				}
			}
			known = stored
			return nil
		})
		var verdict string
		if err := s.reads.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
			t.Errorf("round %d: integrity %q, %v", round, verdict, err)
		}
		closeStore(t, s)
	}
}

// The test above cannot see a missing fsync, as the kernel survives. These are
// the settings that make a commit wait for the disk.
func TestEveryConnectionHasItsSettings(t *testing.T) {
	s := openAt(t, dbPath(t))
	ctx := t.Context()
	for i, c := range []struct {
		pragma, writes, reads string
	}{
		{"journal_mode", "wal", "wal"},
		{"synchronous", "2", "2"},
		{"foreign_keys", "1", "1"},
		{"busy_timeout", "1000", "1000"},
	} {
		// Several connections of the pool at a time.
		for range maxReaders {
			conn, err := s.reads.Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			var got string
			if err := conn.QueryRowContext(ctx, "PRAGMA "+c.pragma).Scan(&got); err != nil || got != c.reads {
				t.Errorf("reads: %s = %s, %v, want %s", c.pragma, got, err, c.reads)
			}
			if i > 0 {
				break
			}
			if err := conn.Close(); err != nil {
				t.Fatal(err)
			}
		}
		var got string
		if err := s.writes.QueryRowContext(ctx, "PRAGMA "+c.pragma).Scan(&got); err != nil || got != c.writes {
			t.Errorf("writes: %s = %s, %v, want %s", c.pragma, got, err, c.writes)
		}
	}
}

// A command-line tool adds tokens while the controller writes.
func TestTwoProcessesWriteOneDatabase(t *testing.T) {
	path := dbPath(t)
	s := openAt(t, path)
	cmd, _ := child(t, "tokens", path)
	ended := make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() { ended <- cmd.Wait() })
	written := 0
	for running := true; running; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		default:
			update(t, s, func(tx mirror.Tx) error { return tx.AppendEvent(mirror.Event{Type: "Beside"}) })
			written++
		}
	}
	wg.Wait()
	view(t, s, func(tx mirror.Tx) error {
		tokens, err1 := tx.Tokens()
		events, err2 := tx.Events(0, 0)
		if len(tokens) != childTokens || len(events) != written {
			t.Errorf("%d tokens and %d events, want %d and %d", len(tokens), len(events), childTokens, written)
		}
		return errors.Join(err1, err2)
	})
}

func TestLockDir(t *testing.T) {
	dir := t.TempDir() + "/data"
	release, err := LockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := LockDir(dir); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("second lock in one process: %v", err)
	}
	release()
	release() // harmless

	cmd, out := child(t, "lock", dir)
	if !out.Scan() || out.Text() != "locked" {
		t.Fatalf("the child did not get the lock: %q", out.Text())
	}
	_, err = LockDir(dir)
	want := fmt.Sprintf("store: lock %s: in use by another netmirror (process %d): conflict", dir, cmd.Process.Pid)
	if !errors.Is(err, mirror.ErrConflict) || err.Error() != want {
		t.Errorf("lock of another process: %v, want %s", err, want)
	}
	// The database is not under that lock.
	openAt(t, dir+"/netmirror.db")

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // tells of the signal
	release, err = LockDir(dir)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	release()
	info, err := os.Stat(dir + "/" + LockName)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("lock file %v, %v", info, err)
	}
}
