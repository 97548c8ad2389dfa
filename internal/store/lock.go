package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// LockName is the file in the data folder that tells who serves. The lock that
// counts is one on the folder itself, which nobody can remove while leaving the
// database in it; this file is locked as well because earlier versions look at
// no other.
const LockName = "netmirror.lock"

// LockDir takes the data folder for a serving process, until release or the
// end of the process, however it ends. When another process (or this one) has
// it, it is ErrConflict at once and names the process id. The folder is made
// when missing; one that others may write is ErrAuth. Opening the database does
// not need the lock: command-line tools may work beside the controller.
func LockDir(dir string) (release func(), err error) {
	release, err = lockDir(dir)
	if err != nil {
		return nil, fmt.Errorf("store: lock %s: %w", dir, err)
	}
	return release, nil
}

func lockDir(dir string) (release func(), err error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, LockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	free := func() { unlock(file); unlock(folder) } // a second call does nothing
	for _, f := range []*os.File{folder, file} {
		taken, err := tryLock(f)
		if err == nil && !taken {
			err = fmt.Errorf("in use by another netmirror%s: %w", readPID(file), mirror.ErrConflict)
		}
		if err != nil {
			free()
			return nil, err
		}
	}
	if err := writePID(file); err != nil {
		free()
		return nil, err
	}
	return free, nil
}

// makeFolder makes the data folder for its owner alone, or looks at the one that
// is there. Who may write in it may put another database in the place of ours.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if err := private("folder", dir, info); err != nil {
		return fmt.Errorf("%w (or name a folder inside, which is made for its owner alone)", err)
	}
	return nil
}

// private refuses what others than its owner may write.
func private(what, path string, info fs.FileInfo) error {
	if mode := info.Mode(); mode.Perm()&0o022 != 0 {
		return fmt.Errorf("others may write the %s %s (%v): take that away with chmod go-w: %w", what, path, mode, mirror.ErrAuth)
	}
	return nil
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

// unlock gives a lock back and closes its file. Closing alone would leave it to a child
// that another goroutine is starting just now, until the child runs its program.
func unlock(f *os.File) {
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) // of a closed file there is no lock
	_ = f.Close()
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
			return func() { unlock(f) }, nil
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
