package netconf

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ssh"
)

// A Call is an RPC that was sent.
type Call struct {
	c     *Conn
	op    Operation
	sent  time.Time
	done  chan struct{}
	reply Reply // once done is closed
	err   error // of the reply, or of the connection
}

// Result is the reply to one of several operations, or why there is none.
type Result struct {
	Reply Reply
	Err   error
}

// Do sends one RPC and waits for its reply: one round trip. An error of the device is an
// *ErrorReply; the Reply is given with it. Others are mirror.ErrTimeout, ErrUnreachable
// (with ErrNotSent where nothing was written), ErrParse, or ErrInvalid, and all but the
// last end the connection.
func (c *Conn) Do(ctx context.Context, op Operation) (Reply, error) {
	r := c.Pipeline(ctx, op)[0]
	return r.Reply, r.Err
}

// Pipeline sends several RPCs in one write and waits for all their replies: one round
// trip. The device does each whatever becomes of those before it.
func (c *Conn) Pipeline(ctx context.Context, ops ...Operation) []Result {
	out := make([]Result, len(ops))
	mirror.RoundTrip(ctx)
	calls, err := c.Send(ctx, ops...)
	if err != nil {
		for i := range out {
			out[i].Err = err
		}
		return out
	}
	for i, call := range calls {
		out[i].Reply, out[i].Err = call.Wait(ctx)
	}
	return out
}

// Send writes RPCs, in one write, and does not wait for their replies: no round trip. When
// it fails nothing is known of any of them, except with mirror.ErrNotSent or ErrInvalid.
func (c *Conn) Send(ctx context.Context, ops ...Operation) ([]*Call, error) {
	for _, op := range ops {
		if err := op.check(); err != nil {
			return nil, err
		}
	}
	if len(ops) == 0 {
		return nil, nil
	}
	select {
	case c.writer <- struct{}{}:
		defer func() { <-c.writer }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil { // nothing was sent: the connection stays good
		return nil, fmt.Errorf("%s on %s: %w", steps(ops), c.name, ctxEnd(ctx))
	}
	mirror.AtStep(ctx, steps(ops))
	calls, messages, err := c.enlist(ops)
	if err != nil {
		return nil, err
	}
	var text []byte
	for _, m := range messages {
		c.tell(true, m)
		text = append(text, frame(c.in.chunked, m)...)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.end(ctxEnd(ctx)) })
	defer stop()
	late := time.AfterFunc(c.opts.Timeouts.Reply, func() {
		_ = c.end(fmt.Errorf("nothing was taken for %v: %w", c.opts.Timeouts.Reply, mirror.ErrTimeout))
	})
	defer late.Stop()
	if _, err := c.stream.Write(text); err != nil {
		return nil, fmt.Errorf("%s on %s: write: %w", steps(ops), c.name, kinded(c.end(err)))
	}
	return calls, nil
}

// enlist gives each RPC its message-id, before anything can answer it.
func (c *Conn) enlist(ops []Operation) (calls []*Call, messages [][]byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	broken := c.broken
	if broken == nil && !c.stream.IsAlive() {
		broken = c.stream.Reason()
	}
	if broken != nil {
		return nil, nil, fmt.Errorf("%s on %s: %w: %w: connection is gone: %v", steps(ops), c.name, mirror.ErrUnreachable, mirror.ErrNotSent, broken) //nolint:errorlint // the kind is said before it
	}
	now := time.Now()
	for _, op := range ops {
		c.last++
		id := strconv.FormatUint(c.last, 10)
		call := &Call{c: c, op: op, sent: now, done: make(chan struct{})}
		c.waiting[id] = call
		calls = append(calls, call)
		messages = append(messages, op.message(id))
	}
	return calls, messages, nil
}

// steps names operations for people.
func steps(ops []Operation) string {
	text := ops[0].Name
	if len(ops) > 1 {
		text += fmt.Sprintf(" and %d more", len(ops)-1)
	}
	return text
}

func ctxEnd(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ssh.KindOf(ctx, nil), ctx.Err())
}

// Wait waits for the reply. When ctx ends before it, or the device is silent for too
// long, the connection is closed: nobody knows what the RPC has become.
func (k *Call) Wait(ctx context.Context) (Reply, error) {
	limits := k.c.opts.Timeouts
	ctx, cancel := context.WithDeadline(ctx, k.sent.Add(limits.Command))
	defer cancel()
	timer := time.NewTimer(limits.Reply)
	defer timer.Stop()
	for {
		select {
		case <-k.done:
			return k.reply, k.err
		case <-ctx.Done():
			return k.giveUp(ctxEnd(ctx))
		case <-timer.C:
		}
		rest := limits.Reply - time.Since(k.c.lastHeard(k.sent))
		if rest <= 0 {
			return k.giveUp(fmt.Errorf("the device is silent for %v: %w", limits.Reply, mirror.ErrTimeout))
		}
		timer.Reset(rest)
	}
}

// giveUp ends the connection, unless the reply came meanwhile.
func (k *Call) giveUp(reason error) (Reply, error) {
	select {
	case <-k.done:
	default:
		_ = k.c.end(reason)
		<-k.done // end, or the reading goroutine, closes it
	}
	return k.reply, k.err
}

// lastHeard is when something came, since a moment.
func (c *Conn) lastHeard(since time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heard.After(since) {
		return c.heard
	}
	return since
}
