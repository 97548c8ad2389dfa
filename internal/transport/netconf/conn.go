package netconf

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ssh"
)

// Defaults of Options.
const (
	defaultPort    = 830
	defaultOpen    = time.Minute
	defaultReply   = 3 * time.Minute
	defaultCommand = 15 * time.Minute
)

// Options are what a connection needs beside its target. The zero value will do.
type Options struct {
	Timeouts Timeouts
	Only10   bool // speaks base 1.0 alone
	// Redact replaces further secrets (a platform's keys in a configuration) in the
	// device's words; nil = none.
	Redact func(string) string
	// OnNotification is called with each notification, one at a time, until the connection
	// ends; Close waits for it. While it is busy a few are kept and further ones are
	// counted only. nil = they are dropped.
	OnNotification func(Notification)
	// Transcript receives each message that is sent and received, secrets of the login
	// replaced, from the goroutine that sends or receives; nil = none.
	Transcript func(sent bool, message string)
	// Dial is as in ssh.Config.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Timeouts of a connection. Zero values mean those of the device's transport, and where
// it has none the default.
type Timeouts struct {
	Open      time.Duration // from dialling to the exchanged hellos; 60 s
	Reply     time.Duration // silence while a reply is waited for; 180 s. It moves while anything arrives
	Command   time.Duration // one RPC and its reply, however much arrives; 15 min. A context's deadline may be earlier
	Keepalive time.Duration // silence after which the peer is probed; 0 = never
}

// A Conn is a NETCONF session. Its methods may be called at the same time.
type Conn struct {
	opts   Options
	name   string // of the device
	target mirror.Target
	stream *ssh.Stream
	in     *frames
	hello  hello

	writer chan struct{} // holds a token while somebody writes

	mu      sync.Mutex
	last    uint64           // message-id
	waiting map[string]*Call // by message-id
	broken  error
	heard   time.Time // when something came last

	notes  chan Notification
	missed int // notifications that found no room; of the reading goroutine alone
	wg     sync.WaitGroup
}

// Dial connects to the netconf subsystem of a device, port 830 where the target says
// none, and exchanges hellos. Errors are those of ssh.Stream.Open, mirror.ErrParse, or
// mirror.ErrUnsupported where no base version is common. ctx bounds Dial and nothing later.
func Dial(ctx context.Context, target mirror.Target, opts Options) (*Conn, error) {
	opts.Timeouts = opts.Timeouts.or(target.Transport.Tuning)
	ctx, cancel := context.WithTimeout(ctx, opts.Timeouts.Open)
	defer cancel()
	c := &Conn{opts: opts, target: target, name: cmp.Or(target.Device.Name, target.Transport.Address),
		writer: make(chan struct{}, 1), waiting: map[string]*Call{}, notes: make(chan Notification, notesKept)}
	c.stream = ssh.New(ssh.Config{Target: target, Port: defaultPort, HostKeys: target.HostKeys, Dial: opts.Dial,
		Timeouts: ssh.Timeouts{Open: opts.Timeouts.Open, Keepalive: opts.Timeouts.Keepalive},
		// The hello comes with the answer: waiting for it costs nothing.
		Program: ssh.Program{Name: "start the netconf subsystem", Requests: []ssh.Request{
			{Type: "subsystem", Payload: gossh.Marshal(struct{ Name string }{"netconf"}), WantReply: true}}}})
	if err := c.stream.Open(ctx); err != nil {
		return nil, err
	}
	c.stream.Verdict(nil)
	c.in = &frames{from: arrivals{c}, limit: cmp.Or(target.Transport.MaxReplyBytes, mirror.DefaultReplyBytes)}
	if err := c.greet(ctx); err != nil {
		_ = c.stream.Close()
		return nil, err
	}
	c.wg.Go(c.read)
	if opts.OnNotification != nil {
		c.wg.Go(c.notify)
	}
	return c, nil
}

func (t Timeouts) or(set mirror.Tuning) Timeouts {
	t.Open = cmp.Or(t.Open, set.Timeouts.Dial.Std(), defaultOpen)
	t.Reply = cmp.Or(t.Reply, set.Timeouts.Read.Std(), defaultReply)
	t.Command = cmp.Or(t.Command, max(defaultCommand, 2*t.Reply))
	t.Keepalive = cmp.Or(t.Keepalive, set.Keepalive.Std())
	return t
}

// greet exchanges hellos.
func (c *Conn) greet(ctx context.Context) error {
	const what = "exchange NETCONF hellos"
	mirror.AtStep(ctx, what)
	stop := context.AfterFunc(ctx, func() { c.stream.Abort(ctx.Err()) })
	defer stop()
	text, err := c.hellos(ctx)
	if err == nil {
		c.tell(false, text)
		c.hello, err = parseHello(text)
		err = c.hidden(err)
	}
	if err == nil {
		c.in.chunked, err = c.hello.chunked(c.opts.Only10)
	}
	if err != nil {
		return fmt.Errorf("%s with %s: %w", what, c.name, c.ending(ctx, err))
	}
	return nil
}

// hellos sends ours and waits for theirs; neither waits for the other.
func (c *Conn) hellos(ctx context.Context) ([]byte, error) {
	ours := ourHello(c.opts.Only10)
	c.tell(true, ours)
	mirror.RoundTrip(ctx)
	sent := make(chan error, 1)
	go func() {
		_, err := c.stream.Write(frame(false, ours))
		sent <- err
	}()
	text, err := c.in.next()
	if err != nil {
		c.stream.Abort(nil) // or the write may never end
	}
	return text, cmp.Or(err, <-sent)
}

// arrivals notes when something came.
type arrivals struct{ c *Conn }

func (a arrivals) Read(b []byte) (int, error) {
	n, err := a.c.stream.Read(b)
	if n > 0 {
		a.c.mu.Lock()
		a.c.heard = time.Now()
		a.c.mu.Unlock()
	}
	return n, err
}

// SessionID is the server's name for this session.
func (c *Conn) SessionID() uint32 { return c.hello.session }

// Capabilities are those of the device's hello.
func (c *Conn) Capabilities() Capabilities { return c.hello.capabilities }

// Alive reports whether the connection can still be used, as far as is known.
func (c *Conn) Alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken == nil && c.stream.IsAlive()
}

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.stream.Done() }

// Err is why the connection ended, of the kind mirror.ErrUnreachable where nothing else is
// known; nil while it lives.
func (c *Conn) Err() error {
	if c.Alive() {
		return nil
	}
	c.mu.Lock()
	broken := c.broken
	c.mu.Unlock()
	if broken == nil {
		broken = c.stream.Reason()
	}
	return fmt.Errorf("the connection to %s ended: %w", c.name, kinded(broken))
}

// Close ends the session at once; calls that are waiting fail. A confirmed commit that
// is bound to the session is taken back by the device, and locks are given back.
func (c *Conn) Close() error {
	err := c.stream.Close()
	c.wg.Wait()
	return err
}

// read hands out replies until the connection ends.
func (c *Conn) read() {
	defer close(c.notes)
	for {
		text, err := c.in.next()
		if err == nil {
			c.tell(false, text)
			err = c.dispatch(text)
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}

// dispatch gives a message to who waits for it.
func (c *Conn) dispatch(text []byte) error {
	m, err := parseMessage(text)
	if err != nil {
		return c.hidden(err)
	}
	if m.notification {
		c.note(m)
		return nil
	}
	c.mu.Lock()
	call := c.waiting[m.id]
	delete(c.waiting, m.id)
	c.mu.Unlock()
	if call == nil {
		return fmt.Errorf("a reply to message-id %q, to which nothing is due: %w", clip(m.id), mirror.ErrParse)
	}
	for _, list := range [][]RPCError{m.errs, m.reply.Warnings} {
		for i := range list {
			c.hide(&list[i])
		}
	}
	call.reply = m.reply
	if len(m.errs) > 0 {
		call.err = refusal(c.name, call.op.Name, m.errs, m.reply.Warnings)
	}
	close(call.done)
	return nil
}

// hide replaces secrets in the device's words.
func (c *Conn) hide(e *RPCError) {
	e.Message, e.Path = c.redact(e.Message), c.redact(e.Path)
	for i := range e.Info {
		e.Info[i].Text = c.redact(e.Info[i].Text)
	}
}

// hidden replaces secrets in what a fault of a message quotes.
func (c *Conn) hidden(err error) error {
	if bad := (badMessage{}); errors.As(err, &bad) {
		return badMessage{c.redact(bad.text)}
	}
	return err
}

func (c *Conn) redact(text string) string {
	var values []mirror.Secret
	for _, l := range []mirror.Login{c.target.Login, c.target.Jump} {
		values = append(values, l.Password, l.Enable, l.Key)
	}
	text = mirror.Redact(text, values, nil)
	if c.opts.Redact != nil {
		text = c.opts.Redact(text)
	}
	return text
}

func (c *Conn) tell(sent bool, message []byte) {
	if c.opts.Transcript != nil {
		c.opts.Transcript(sent, c.redact(string(message)))
	}
}

// end breaks the connection for a reason; the first one stays. Every call that waits
// fails with it.
func (c *Conn) end(reason error) error {
	c.stream.Abort(reasonOf(reason))
	if reasonOf(reason) == nil {
		reason = c.stream.Reason() // an unanswered keepalive, say, or our own Close
	}
	c.mu.Lock()
	if c.broken == nil {
		c.broken = reason
	}
	waiting := c.waiting
	c.waiting = map[string]*Call{}
	broken := c.broken
	c.mu.Unlock()
	for _, call := range waiting {
		call.err = fmt.Errorf("%s on %s: %w", call.op.Name, c.name, kinded(broken))
		close(call.done)
	}
	return broken
}

// reasonOf is nil where the stream knows better why it ended.
func reasonOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func kinded(err error) error {
	if ssh.HasKind(err) {
		return err
	}
	return fmt.Errorf("%w: %w", mirror.ErrUnreachable, err)
}

// ending gives the failure of opening a kind.
func (c *Conn) ending(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ssh.KindOf(ctx, err), ctx.Err())
	}
	if reasonOf(err) == nil {
		err = c.stream.Reason()
	}
	return kinded(err)
}
