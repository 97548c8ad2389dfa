package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// LockName is the file in the data folder that the serving process holds
// locked. It stays there when unlocked: removing it would let two processes
// hold locks on two files of that name.
const LockName = "netmirror.lock"

// LockDir takes the data folder for a serving process, until release or the
// end of the process, however it ends. When another process (or this one) has
// it, it is ErrConflict at once and names the process id. The folder is made
// when missing. Opening the database does not need the lock: command-line
// tools may work beside the controller.
func LockDir(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store: lock %s: %w", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, LockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: lock %s: %w", dir, err)
	}
	taken, err := tryLock(f)
	if err == nil && taken {
		err = writePID(f)
	}
	switch {
	case err != nil:
		_ = f.Close()
		return nil, fmt.Errorf("store: lock %s: %w", dir, err)
	case !taken:
		holder := readPID(f)
		_ = f.Close()
		return nil, fmt.Errorf("store: lock %s: in use by another netmirror%s: %w", dir, holder, mirror.ErrConflict)
	}
	return func() { _ = f.Close() }, nil // closing unlocks; a second call does nothing
}

// tryLock locks an open file exclusively, or reports false when another open
// file has it locked.
func tryLock(f *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, fmt.Errorf("flock: %w", err)
		}
	}
}

// lockFile waits for the lock on the file, which is made when missing.
func lockFile(ctx context.Context, path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	poll := time.NewTicker(5 * time.Millisecond) // a blocking flock would not see the context
	defer poll.Stop()
	for {
		taken, err := tryLock(f)
		if err == nil && taken {
			return func() { _ = f.Close() }, nil
		}
		if err == nil {
			select {
			case <-poll.C:
				continue
			case <-ctx.Done():
				err = ctx.Err()
			}
		}
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// readPID gives " (process N)", or nothing when the file does not tell.
func readPID(f *os.File) string {
	b, err := io.ReadAll(io.LimitReader(f, 32))
	if err != nil {
		return ""
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (process %d)", pid)
}
