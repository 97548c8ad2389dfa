package iosxe

import (
	"context"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// format is Payload.Format.
const format = Protocol

func redact(text string) string {
	return platform.Hello.Redact.ReplaceAllString(text, "$1 ********")
}

// A held connection keeps what was read, as a worker does.
type held struct {
	*Conn
	known mirror.Known
	now   func() time.Time
	dirty bool // nothing of what is known may be taken for granted
}

// reread reads the device with all that was handed out before.
func (c *held) reread(ctx context.Context) (mirror.Observation, error) {
	return c.rereadSince(ctx, time.Time{})
}

// rereadSince takes nothing for granted that was read before then.
func (c *held) rereadSince(ctx context.Context, oldest time.Time) (mirror.Observation, error) {
	k, err := c.Conn.Observe(ctx, mirror.Look{Known: c.known, Oldest: oldest, Whole: c.dirty})
	if err == nil {
		c.known, c.dirty = k, false
	}
	return k.Observation, err
}

// Observe looks, and keeps what it saw.
func (c *held) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	k, err := c.Conn.Observe(ctx, look)
	if err == nil {
		c.known = k
	}
	return k, err
}

func find(natives []mirror.NativeSession, id string) *mirror.NativeSession {
	i := slices.IndexFunc(natives, func(n mirror.NativeSession) bool { return n.ID == id })
	if i < 0 {
		return nil
	}
	return &natives[i]
}
