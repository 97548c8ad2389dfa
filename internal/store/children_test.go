package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Tests that need a second process start this test binary again with these
// variables set; TestMain then runs the job instead of the tests.
const (
	childJob  = "NETMIRROR_STORE_TEST_JOB"
	childPath = "NETMIRROR_STORE_TEST_PATH"
)

// runChild runs a job and gives the exit status.
func runChild(job, path string) int {
	jobs := map[string]func(string) error{"commit": commitForever, "lock": holdLock, "tokens": putTokens, "expect-locked": expectLocked}
	if err := jobs[job](path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// commitForever prints the number of each event after it was acknowledged.
// The session's generation changes in the same transaction, to show that
// transactions are whole.
func commitForever(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, nil)
	if err != nil {
		return err
	}
	for {
		var n int64
		err := s.Update(ctx, func(tx mirror.Tx) error {
			r, err := tx.Session("s")
			if kindOf(err) != mirror.ErrNotFound && err != nil {
				return err
			}
			n = r.Generation + 1
			if err := tx.AppendEvent(mirror.Event{Message: strconv.FormatInt(n, 10)}); err != nil {
				return err
			}
			return tx.PutSession(mirror.SessionRecord{Session: mirror.Session{Name: "s"}, Generation: n})
		})
		if err != nil {
			return err
		}
		if _, err := fmt.Println(n); err != nil {
			return err
		}
	}
}

// holdLock takes the folder and keeps it until the parent goes or closes the
// standard input.
func holdLock(dir string) error {
	if _, err := LockDir(dir); err != nil {
		return err
	}
	fmt.Println("locked")
	_, err := bufio.NewReader(os.Stdin).ReadByte()
	return err
}

// expectLocked fails unless another process holds SQLite's shared lock on the
// file: 510 bytes from 2 after the pending byte at 1 GiB (SQLite, "File Locking
// And Concurrency In SQLite Version 3"; os.h).
func expectLocked(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: 1<<30 + 2, Len: 510}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		return err
	}
	if lock.Type == syscall.F_UNLCK {
		return errors.New("nobody holds the lock")
	}
	return nil
}

const childTokens = 40

// putTokens is a command-line tool that works beside the controller.
func putTokens(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, path, nil)
	if err != nil {
		return err
	}
	for i := range childTokens {
		id := fmt.Sprintf("cli-%02d", i)
		if err := s.Update(ctx, func(tx mirror.Tx) error { return tx.PutToken(mirror.Token{ID: id, Hash: "h" + id}) }); err != nil {
			return err
		}
	}
	return s.Close()
}

// child starts a job; its output comes line by line. The process is killed at
// the end of the test at the latest.
func child(t *testing.T, job, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childJob+"="+job, childPath+"="+path)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Process.Kill() // its own process; an error means that it has ended
		_ = cmd.Wait()
	})
	return cmd, bufio.NewScanner(stdout)
}
