package ovsdb

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// Defaults of Options.
const (
	DefaultMaxMessage = 64 << 20 // octets; a schema is 0.1 MB, a select of 10,000 interfaces a few
	DefaultProbe      = 5 * time.Second
)

// Options of a connection; the zero value is fine.
type Options struct {
	// MaxMessage bounds one message from the server, in octets.
	MaxMessage int
	// Probe is the time without a word from the server after which it is sent
	// an echo; after a second such time without an answer it is taken for
	// dead. Negative means never.
	Probe time.Duration
	// TLS, when not nil, is spoken over the connection; see certs.Files.Config.
	TLS *tls.Config
}

// A Client is one connection. Its methods may be called by many goroutines.
// It runs two of its own, which Close and a lost connection end: one reads, one
// answers and sends echoes (so that the reader never waits for a write).
type Client struct {
	conn  net.Conn
	who   string
	probe time.Duration

	writing chan struct{} // holds one token: the right to write
	heard   chan struct{} // something came
	echoes  chan []byte   // answers to the server's echoes

	done chan struct{} // closed when the connection has ended
	wg   sync.WaitGroup

	mu       sync.Mutex
	err      error // why it ended
	pending  map[string]call
	calls    int
	monitors int

	handlers map[string]func(Updates) // of monitors; only the reader touches it
}

// A call waits for its reply. When takes is set it gets the result on the
// reading goroutine, before the next message is read.
type call struct {
	reply chan answer // room for one
	takes func(json.RawMessage) error
}

type answer struct {
	result json.RawMessage
	err    error
}

// Dial connects to a server: network "unix" with a path, or "tcp" with
// host:port. It is ErrUnreachable when nobody listens, ErrAuth when the socket
// may not be opened or the server's certificate is refused, ErrTimeout when ctx's
// time is up.
func Dial(ctx context.Context, network, addr string, o Options) (*Client, error) {
	if o.MaxMessage <= 0 {
		o.MaxMessage = DefaultMaxMessage
	}
	if o.Probe == 0 {
		o.Probe = DefaultProbe
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, addr)
	if err != nil {
		kind := mirror.ErrUnreachable
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("ovsdb: connect to %s: %w", addr, ended(ctx))
		case errors.Is(err, os.ErrPermission):
			kind = mirror.ErrAuth
		}
		return nil, fmt.Errorf("ovsdb: %w: %w", kind, err)
	}
	who := network + ":" + addr
	if o.TLS != nil {
		if conn, err = secure(ctx, conn, o.TLS); err != nil {
			return nil, fmt.Errorf("ovsdb: TLS with %s: %w", addr, err)
		}
		who = "ssl:" + addr
	}
	return newClient(conn, who, o), nil
}

// newClient speaks over a connection, of which who is the name in errors.
func newClient(conn net.Conn, who string, o Options) *Client {
	c := &Client{
		conn: conn, who: who, probe: o.Probe,
		writing: make(chan struct{}, 1), heard: make(chan struct{}, 1), echoes: make(chan []byte, 16),
		done: make(chan struct{}), pending: map[string]call{}, handlers: map[string]func(Updates){},
	}
	c.wg.Add(2)
	go c.read(o.MaxMessage)
	go c.keep()
	return c
}

// secure does the handshake and closes the connection when it fails.
func secure(ctx context.Context, conn net.Conn, config *tls.Config) (net.Conn, error) {
	out := tls.Client(conn, config)
	err := out.HandshakeContext(ctx)
	if err == nil {
		return out, nil
	}
	_ = conn.Close() // it is of no use
	switch {
	case errors.Is(err, certs.ErrRefused):
		return nil, fmt.Errorf("%w: %w", mirror.ErrAuth, err)
	case ctx.Err() != nil:
		return nil, ended(ctx)
	}
	return nil, fmt.Errorf("%w: %w", mirror.ErrUnreachable, certs.Explain(err))
}

// ended is what a finished context means: ErrTimeout, or the cancellation.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", mirror.ErrTimeout, ctx.Err())
	}
	return ctx.Err()
}

// Close ends the connection and waits for its goroutines. It must not be
// called by a monitor's handler.
func (c *Client) Close() error {
	c.end(errors.New("closed"))
	c.wg.Wait()
	return nil
}

// Done is closed when the connection has ended, Err tells why.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err is nil while the connection lives, then of kind ErrUnreachable.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// end closes the connection once; whoever waits for a reply gets the error.
func (c *Client) end(why error) {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = fmt.Errorf("ovsdb: connection to %s: %w: %w", c.who, mirror.ErrUnreachable, certs.Explain(why))
	close(c.done)
	c.mu.Unlock()
	_ = c.conn.Close() // the connection is over; there is nobody to tell
}

// call sends a request and waits for its result.
func (c *Client) call(ctx context.Context, method string, params json.RawMessage, takes func(json.RawMessage) error) (json.RawMessage, error) {
	w := call{reply: make(chan answer, 1), takes: takes}
	c.mu.Lock()
	c.calls++
	id := strconv.Itoa(c.calls)
	c.pending[id] = w
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, id)
		c.mu.Unlock()
	}()
	// Spliced rather than marshalled, so that params go out byte for byte.
	var msg bytes.Buffer
	fmt.Fprintf(&msg, `{"id":%q,"method":%q,"params":`, id, method)
	msg.Write(params)
	msg.WriteString("}")
	if err := c.write(ctx, msg.Bytes()); err != nil {
		return nil, fmt.Errorf("ovsdb: %s: %w", method, err)
	}
	mirror.RoundTrip(ctx)
	select {
	case a := <-w.reply:
		var d *mirror.DeviceError
		if errors.As(a.err, &d) && d.Sent == "" {
			d.Sent = method
		}
		return a.result, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("ovsdb: %s on %s: %w", method, c.who, ended(ctx))
	case <-c.done:
		return nil, c.Err()
	}
}

// write sends one whole message. A message that could be sent in part only
// ends the connection, since the next one would be misread.
func (c *Client) write(ctx context.Context, msg []byte) error {
	select {
	case c.writing <- struct{}{}:
	case <-ctx.Done():
		return ended(ctx)
	case <-c.done:
		return c.Err()
	}
	defer func() { <-c.writing }()
	if ctx.Err() != nil {
		return ended(ctx)
	}
	// A past deadline makes a blocked Write return. It is taken back when the
	// message was out already.
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = c.conn.SetWriteDeadline(time.Unix(1, 0))
		close(fired)
	})
	_, err := c.conn.Write(msg)
	if !stop() {
		<-fired
		_ = c.conn.SetWriteDeadline(time.Time{})
	}
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		c.lastWords(ctx)
	}
	c.end(err)
	if ctx.Err() != nil {
		return ended(ctx)
	}
	return c.Err()
}

// lastWords lets the reader take what the server said before it went: over TLS
// that tells why.
func (c *Client) lastWords(ctx context.Context) {
	_ = c.conn.SetReadDeadline(time.Now().Add(time.Second))
	select {
	case <-c.done:
	case <-ctx.Done():
	}
}

// message is anything that may come: a reply, a notification or a request.
type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  json.RawMessage `json:"error"`
}

// read is the one reading goroutine.
func (c *Client) read(most int) {
	defer c.wg.Done()
	in := &meter{r: c.conn, most: most, heard: c.heard}
	dec := json.NewDecoder(in)
	for {
		in.n = 0
		var m message
		if err := dec.Decode(&m); err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("closed by the server")
			}
			c.end(err)
			return
		}
		if err := c.dispatch(m); err != nil {
			c.end(err)
			return
		}
	}
}

// dispatch handles one message; an error ends the connection.
func (c *Client) dispatch(m message) error {
	switch m.Method {
	case "":
		return c.replied(m)
	case "update":
		return c.notified(m.Params)
	case "echo":
		params := m.Params
		if params == nil {
			params = json.RawMessage("[]")
		}
		msg, err := json.Marshal(map[string]any{"id": m.ID, "result": params, "error": nil})
		if err != nil {
			return fmt.Errorf("answer echo: %w", err)
		}
		select {
		case c.echoes <- msg:
		default: // so many unanswered echoes: the server will draw its own conclusion
		}
	}
	return nil // other notifications (locked, stolen) are of features not used here
}

func (c *Client) replied(m message) error {
	var id string
	if json.Unmarshal(m.ID, &id) != nil {
		return nil // a reply to nobody: ours have strings as ids
	}
	c.mu.Lock()
	w, ok := c.pending[id]
	delete(c.pending, id)
	c.mu.Unlock()
	if !ok {
		return nil // its caller has given up
	}
	a := answer{result: m.Result}
	if e := bytes.TrimSpace(m.Error); len(e) > 0 && !bytes.Equal(e, []byte("null")) {
		a = answer{err: &mirror.DeviceError{Answer: excerpt(e), Kind: mirror.ErrRejected}}
	} else if w.takes != nil {
		a.err = w.takes(m.Result)
	}
	w.reply <- a
	return nil
}

// keep answers the server's echoes and sends our own when it is silent.
func (c *Client) keep() {
	defer c.wg.Done()
	var tick <-chan time.Time
	if c.probe > 0 {
		t := time.NewTicker(c.probe)
		defer t.Stop()
		tick = t.C
	}
	silent := 0
	for {
		select {
		case <-c.done:
			return
		case <-c.heard:
			silent = 0
		case msg := <-c.echoes:
			c.tell(msg)
		case <-tick:
			silent++
			switch {
			case silent > 2:
				c.end(fmt.Errorf("no answer to an echo for %v", c.probe))
				return
			case silent == 2:
				c.tell([]byte(`{"id":"echo","method":"echo","params":[]}`))
			}
		}
	}
}

// tell writes without a caller; a server that takes nothing for the time of a
// probe is dead.
func (c *Client) tell(msg []byte) {
	limit := c.probe
	if limit <= 0 {
		limit = DefaultProbe
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := c.write(ctx, msg); err != nil {
		c.end(err)
	}
}

// meter bounds what is read between two resets, and tells that something came.
type meter struct {
	r     io.Reader
	n     int
	most  int
	heard chan<- struct{}
}

// Read stops a message that is too long.
func (m *meter) Read(p []byte) (int, error) {
	if m.n >= m.most {
		return 0, fmt.Errorf("a message of more than %d octets", m.most)
	}
	n, err := m.r.Read(p[:min(len(p), m.most-m.n)])
	m.n += n
	select {
	case m.heard <- struct{}{}:
	default:
	}
	return n, err
}
