package ovslab

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// ErrNoShaping says that the kernel has no queueing discipline for Narrow and Drop.
var ErrNoShaping = errors.New("ovslab: the kernel has no token bucket filter (sch_tbf)")

// narrowBurst is how many octets a narrowed port sends at once, narrowQueue how many wait
// there.
const (
	narrowBurst = 15_000
	narrowQueue = 30_000
)

// Narrow has the kernel send no more than so many bits per second of frames without
// checksum out of a host's port, and drop the rest: behind the switch, which is not told.
// A queueing discipline of the port does it (tc-tbf); 0 takes it away.
func (l *Lab) Narrow(ctx context.Context, h *Host, bitsPerSecond int) error {
	if bitsPerSecond == 0 {
		return l.inSpace(ctx, "tc", "qdisc", "del", "dev", h.Port, "root")
	}
	return l.shape(ctx, h, bitsPerSecond, narrowBurst, narrowQueue)
}

// Drop is Narrow so far that no frame of 100 octets or more passes.
func (l *Lab) Drop(ctx context.Context, h *Host) error { return l.shape(ctx, h, 1000, 100, 100) }

func (l *Lab) shape(ctx context.Context, h *Host, rate, burst, queue int) error {
	err := l.inSpace(ctx, "tc", "qdisc", "replace", "dev", h.Port, "root", "tbf", "rate", strconv.Itoa(rate)+"bit",
		"burst", strconv.Itoa(burst), "limit", strconv.Itoa(queue))
	if err != nil && strings.Contains(err.Error(), "kind is unknown") {
		return errors.Join(ErrNoShaping, err)
	}
	return err
}
