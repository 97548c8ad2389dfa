package ovslab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Two userspace datapaths in one network namespace want the same device
// (ovs-netdev): the second comes up without it, loses frames and has no devices
// for its bridges. So labs take turns, over all processes of the machine; those
// of one process share theirs.
var turn struct {
	mu    sync.Mutex
	users int
	file  *os.File
}

// turnPatience is how long another process may keep its turn.
const turnPatience = 8 * time.Minute

func takeTurn(ctx context.Context) error {
	turn.mu.Lock()
	defer turn.mu.Unlock()
	if turn.users > 0 {
		turn.users++
		return nil
	}
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "netmirror-ovslab.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("ovslab: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, turnPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
			_ = f.Close()
			return fmt.Errorf("ovslab: another process's lab does not end: %w", ctx.Err())
		}
	}
	turn.file, turn.users = f, 1
	return nil
}

// giveTurn ends the turn with the last lab of the process.
func giveTurn() {
	turn.mu.Lock()
	defer turn.mu.Unlock()
	if turn.users--; turn.users == 0 {
		_ = turn.file.Close() // and with it the lock
	}
}
