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

// AcquireLock locks a datastore. While it is refused, because another session holds it or
// has left changes in a candidate, it asks again, at growing intervals of 250 ms to 2 s,
// until a moment, or shortly before the deadline of ctx; then it is mirror.ErrBusy and
// says who holds it. With the zero time it asks once. A user who may not lock, or a device
// that cannot, is not asked again.
func (c *Conn) AcquireLock(ctx context.Context, target Datastore, until time.Time) error {
	if deadline, bounded := ctx.Deadline(); bounded && deadline.Before(until) {
		until = deadline
	}
	start := time.Now()
	for wait := askFirst; ; wait = min(2*wait, askLast) {
		_, err := c.Do(ctx, Lock(target))
		var reply *ErrorReply
		if !errors.As(err, &reply) || errors.Is(err, mirror.ErrAuth) || errors.Is(err, mirror.ErrUnsupported) {
			return err
		}
		// Servers have many tags for changes that others have left there.
		reply.device.Kind = mirror.ErrBusy
		if time.Until(until) <= wait {
			return fmt.Errorf("%s: %w", heldBy(reply, time.Since(start)), err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done(): // the connection is not waited on: it stays good
			timer.Stop()
			return fmt.Errorf("%s: %w", heldBy(reply, time.Since(start)), err)
		case <-c.Done():
			timer.Stop()
		}
	}
}

// heldBy says who has a lock.
func heldBy(reply *ErrorReply, waited time.Duration) string {
	text := "the lock is not given"
	switch id, known := reply.LockOwner(); {
	case known && id == "0":
		text = "the lock is held by a session that is not NETCONF's" // RFC 6241 section 7.5
	case known:
		text = "the lock is held by NETCONF session " + id
	}
	if waited = waited.Round(100 * time.Millisecond); waited > 0 {
		text += fmt.Sprintf(", waited %v", waited)
	}
	return text
}
