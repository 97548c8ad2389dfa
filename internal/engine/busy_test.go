package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// busyConn is a device that answers a push so often that it is busy.
type busyConn struct {
	worker.Conn
	left *int
}

func (c busyConn) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	if *c.left == 0 {
		return c.Conn.Push(ctx, tx, p)
	}
	*c.left--
	var r mirror.PushReport
	for _, b := range p.Blocks {
		r.Blocks = append(r.Blocks, mirror.BlockResult{Mark: b.Mark(),
			Err: &mirror.DeviceError{Device: "sw1", Sent: "vlan 1", Answer: "please try later", Kind: mirror.ErrBusy}})
	}
	return r, nil
}

func busyBench(t *testing.T, times int, limit time.Duration) *bench {
	return newBench(t, func(c *engine.Config) {
		c.Timeouts.Busy = limit
		connect := c.Drivers[0].Connect
		c.Drivers[0].Connect = func(ctx context.Context, target mirror.Target) (worker.Conn, error) {
			conn, err := connect(ctx, target)
			return busyConn{conn, &times}, err
		}
	}, one())
}

func TestADeviceThatIsBusyIsAskedAgain(t *testing.T) {
	if op := busyBench(t, 9, time.Hour/1000).submit("s", "sw1:d1", "sw1:p1 rx"); op.State != mirror.OpSucceeded {
		t.Errorf("%+v", op)
	}
}

func TestADeviceThatIsBusyForTooLongHasRefused(t *testing.T) {
	op := busyBench(t, 1<<30, 50*time.Millisecond).submit("s", "sw1:d1", "sw1:p1 rx")
	if op.State != mirror.OpFailed || !strings.Contains(op.Message, "please try later") {
		t.Errorf("%+v", op)
	}
}
