package netconf

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds of how often a lock is asked for.
const (
	askFirst = 250 * time.Millisecond
	askLast  = 2 * time.Second
)

// AcquireLock locks a datastore. While another session holds it, it asks again, at
// growing intervals of 250 ms to 2 s, as long as ctx has a deadline and the next time is
// before it; then it is mirror.ErrBusy and says who holds it. Without a deadline it asks once.
func (c *Conn) AcquireLock(ctx context.Context, target Datastore) error {
	start := time.Now()
	for wait := askFirst; ; wait = min(2*wait, askLast) {
		_, err := c.Do(ctx, Lock(target))
		if !errors.Is(err, mirror.ErrBusy) {
			return err
		}
		deadline, bounded := ctx.Deadline()
		if !bounded || time.Until(deadline) <= wait {
			return fmt.Errorf("%s: %w", heldBy(err, time.Since(start)), err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done(): // the connection is not waited on: it stays good
			timer.Stop()
			return fmt.Errorf("%s: %w", heldBy(err, time.Since(start)), err)
		case <-c.Done():
			timer.Stop()
		}
	}
}

// heldBy says who has a lock.
func heldBy(err error, waited time.Duration) string {
	who := "another session"
	switch id, known := LockOwner(err); {
	case known && id == "0":
		who = "a session that is not NETCONF's" // RFC 6241 section 7.5
	case known:
		who = "NETCONF session " + id
	}
	return fmt.Sprintf("the lock is held by %s, waited %v", who, waited.Round(100*time.Millisecond))
}
