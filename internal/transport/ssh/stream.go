package ssh

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// closeGrace bounds the farewell of Close on a peer that no longer reads.
const closeGrace = time.Second

// A Stream is the channel of an SSH connection behind which a program of the device
// runs. Read and Write may run at the same time as each other and as Close; neither may
// run twice at once.
type Stream struct {
	cfg Config

	mu      sync.Mutex
	wire    *meter // the TCP connection, to the jump host if there is one
	hops    []ssh.Conn
	channel ssh.Channel
	cause   error // why it ended, when we know better than "closed by the peer"
	closed  bool
	closing bool // Close was called: what ends the socket from then on is our own farewell

	leave func(error) // tells the gate how the last login ended; nil = none is under way

	probing bool // a keepalive is out
	answers bool // one was answered

	done     chan struct{} // closed with the first end
	lastRead atomic.Int64  // Unix nanoseconds
	wg       sync.WaitGroup
}

// New prepares a stream; Open connects it.
func New(cfg Config) *Stream {
	return &Stream{cfg: cfg.withDefaults(), done: make(chan struct{})}
}

// Open dials, authenticates and starts the program, within ctx and Timeouts.Open.
// Errors are mirror.ErrTimeout, ErrUnreachable, ErrAuth, ErrHostKey, ErrUnsupported (no
// common algorithm), ErrCredentials or ErrInvalid.
func (t *Stream) Open(ctx context.Context) error {
	if err := t.cfg.Check(); err != nil {
		return err
	}
	hops, err := t.cfg.hops()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Timeouts.Open)
	defer cancel()
	mirror.AtStep(ctx, "connect to "+hops[0].label)
	tcp, err := t.dial(ctx, hops[0])
	if err != nil {
		return t.openError(ctx, "connect to "+hops[0].label, err)
	}
	t.mu.Lock()
	t.wire = &meter{Conn: tcp, trips: 1} // the three-way handshake
	t.mu.Unlock()
	// Nothing of the handshake takes a context: ending the socket ends it all.
	stop := context.AfterFunc(ctx, func() { t.Abort(ctx.Err()) })
	err = t.handshake(ctx, hops)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		t.Verdict(err)
		t.Abort(err)
		t.settle()
		return err
	}
	t.touch()
	if t.cfg.Timeouts.Keepalive > 0 {
		t.wg.Go(t.keepalive)
	}
	return nil
}

// handshake runs SSH through every hop, each inside the one before, and starts
// the program on the last.
func (t *Stream) handshake(ctx context.Context, hops []hop) error {
	stream := t.wire
	var conn ssh.Conn
	var key ssh.PublicKey
	for i, h := range hops {
		if i > 0 {
			if err := h.login.Permit(h.host, netip.Addr{}); err != nil {
				return t.openError(ctx, "log in to "+h.label, err)
			}
			mirror.AtStep(ctx, fmt.Sprintf("connect from jump host %s to %s", hops[i-1].label, h.address))
			inner, err := forward(conn, h.address)
			if err != nil {
				return t.openError(ctx, fmt.Sprintf("connect from jump host %s to %s", hops[i-1].label, h.address), err)
			}
			stream = &meter{Conn: inner}
		}
		var err error
		if conn, key, err = t.login(ctx, h, stream, key); err != nil {
			return err
		}
		if i < len(hops)-1 {
			t.Verdict(nil) // of the device's, the privileges decide
		}
	}
	what := t.cfg.Program.Name + " on " + hops[len(hops)-1].label
	mirror.AtStep(ctx, what)
	if err := t.start(conn); err != nil {
		return t.openError(ctx, what, err)
	}
	return nil
}

// login runs the SSH handshake with one server. before is the key of the jump host that leads
// to it, nil where none does; the server's own is returned.
func (t *Stream) login(ctx context.Context, h hop, stream *meter, before ssh.PublicKey) (ssh.Conn, ssh.PublicKey, error) {
	keys, err := newHostKeyCheck(ctx, t.cfg.Target.Transport.HostKey, t.cfg.HostKeys, h.label)
	if err != nil {
		return nil, nil, t.openError(ctx, "connect to "+h.label, err)
	}
	keys.before = before
	creds := &credentials{user: h.login.Username.Reveal(), password: h.login.Password, wire: stream}
	methods, err := creds.methods(h.login.Key)
	if err != nil {
		return nil, nil, fmt.Errorf("log in to %s: %w", h.label, &mirror.CredentialsError{
			Profile: h.login.Profile, Reason: "CredentialsUnreadable", Why: err.Error()})
	}
	door := &door{ctx: ctx, hop: h}
	mirror.AtStep(ctx, loginStep(h, keys))
	conn, chans, reqs, err := ssh.NewClientConn(stream, h.address, &ssh.ClientConfig{
		Config: algorithms(h.legacy), User: creds.user, Auth: methods, HostKeyAlgorithms: keys.algorithms(h.legacy),
		// The user's name is sent right after it.
		HostKeyCallback: func(name string, remote net.Addr, key ssh.PublicKey) error {
			if err := keys.verify(name, remote, key); err != nil {
				return err
			}
			mirror.AtStep(ctx, loginStep(h, keys))
			return door.enter()
		},
	})
	t.leave = door.leave
	if err != nil {
		err = t.loginError(ctx, h, keys, door, creds, err)
		t.Verdict(err)
		return nil, nil, err
	}
	t.mu.Lock()
	t.hops = append(t.hops, conn)
	t.mu.Unlock()
	t.wg.Go(func() { refuseAll(chans, reqs) })
	return conn, keys.accepted, nil
}

// refuseAll declines what a server asks of a client, until it has gone.
func refuseAll(chans <-chan ssh.NewChannel, reqs <-chan *ssh.Request) {
	for chans != nil || reqs != nil {
		select {
		case c, ok := <-chans:
			if !ok {
				chans = nil
				continue
			}
			_ = c.Reject(ssh.Prohibited, "no channels here")
		case r, ok := <-reqs:
			if !ok {
				reqs = nil
				continue
			}
			if r.WantReply {
				_ = r.Reply(false, nil) // also how a peer's keepalive is answered
			}
		}
	}
}

// start opens the channel and asks for the program.
func (t *Stream) start(conn ssh.Conn) error {
	ch, reqs, err := conn.OpenChannel("session", nil)
	if err != nil {
		return err
	}
	t.wg.Go(func() { refuseAll(nil, reqs) })
	for _, r := range t.cfg.Program.Requests {
		ok, err := ch.SendRequest(r.Type, r.WantReply, r.Payload)
		if err != nil {
			return err
		}
		if r.WantReply && !ok {
			return fmt.Errorf("%s was refused: %w", r.Type, mirror.ErrUnsupported)
		}
	}
	t.mu.Lock()
	t.channel = ch
	t.mu.Unlock()
	return nil
}

// keepalive probes a silent peer with a request on the channel, which a
// server that does not know it must refuse (RFC 4254 section 5.4): any answer
// will do. A peer that never answered one does not support it, and is left
// alone from then on; one that did and falls silent is gone.
func (t *Stream) keepalive() {
	timer := time.NewTimer(t.cfg.Timeouts.Keepalive)
	defer timer.Stop()
	for {
		select {
		case <-t.done:
			return
		case <-timer.C:
		}
		silent := time.Since(time.Unix(0, t.lastRead.Load()))
		if silent >= t.cfg.Timeouts.Keepalive {
			if !t.probe() {
				return
			}
			silent = 0
		}
		timer.Reset(t.cfg.Timeouts.Keepalive - silent)
	}
}

// probe sends one keepalive and reports whether there shall be more.
func (t *Stream) probe() bool {
	t.mu.Lock()
	channel := t.channel
	t.probing = true
	t.mu.Unlock()
	answered := make(chan error, 1)
	t.wg.Go(func() {
		_, err := channel.SendRequest("keepalive@openssh.com", true, nil)
		answered <- err
	})
	late := time.NewTimer(t.cfg.Timeouts.Reply)
	defer late.Stop()
	select {
	case err := <-answered:
		if err != nil {
			t.Abort(nil)
			return false
		}
		t.touch()
		t.mu.Lock()
		t.probing, t.answers = false, true
		t.mu.Unlock()
		return true
	case <-late.C:
	}
	t.mu.Lock()
	answers := t.answers
	t.mu.Unlock()
	if answers {
		t.Abort(fmt.Errorf("keepalive not answered within %v: %w", t.cfg.Timeouts.Reply, mirror.ErrUnreachable))
	}
	return false
}

func (t *Stream) touch() { t.lastRead.Store(time.Now().UnixNano()) }

// Read waits for what the device sends. The end, whatever its reason, is io.EOF; Reason
// tells the reason.
func (t *Stream) Read(b []byte) (int, error) {
	t.mu.Lock()
	channel := t.channel
	t.mu.Unlock()
	if channel == nil {
		return 0, io.EOF
	}
	n, err := channel.Read(b)
	if n > 0 {
		t.touch()
		return n, nil
	}
	if err != nil {
		t.Abort(nil)
		return 0, io.EOF
	}
	return 0, nil
}

// Write sends b. It can block on a peer that does not read, until Close.
func (t *Stream) Write(b []byte) (int, error) {
	t.mu.Lock()
	channel := t.channel
	t.mu.Unlock()
	if channel == nil {
		return 0, io.ErrClosedPipe
	}
	n, err := channel.Write(b)
	if err != nil {
		t.Abort(nil)
	}
	return n, err
}

// IsAlive is false after the peer hung up, a keepalive went unanswered that was
// answered before, or Close. A peer that vanished without a word is alive until
// TCP or a keepalive finds out.
func (t *Stream) IsAlive() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.channel != nil && !t.closed
}

// Done is closed when the connection has ended.
func (t *Stream) Done() <-chan struct{} { return t.done }

// Reason is why the connection ended, Close included.
func (t *Stream) Reason() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cause == nil {
		return ErrHungUp
	}
	return t.cause
}

// HandshakeRoundTrips counts, on the socket up to now, the writes that were
// followed by the arrival of something, and one for TCP itself. Messages that
// cross each other count as one too, so it can be one or two above what the
// clock would show.
func (t *Stream) HandshakeRoundTrips() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wire == nil {
		return 0
	}
	return t.wire.count()
}

// Why a connection ended when no more is known.
var (
	ErrClosed = fmt.Errorf("closed: %w", mirror.ErrUnreachable)
	ErrHungUp = fmt.Errorf("the device hung up: %w", mirror.ErrUnreachable)
)

// Close ends the channel and the connection and waits for their goroutines.
func (t *Stream) Close() error {
	t.mu.Lock()
	wire, channel, closed := t.wire, t.channel, t.closed
	t.closing = true
	t.mu.Unlock()
	if !closed && channel != nil {
		_ = wire.SetWriteDeadline(time.Now().Add(closeGrace))
		_ = channel.Close()
	}
	t.Abort(ErrClosed)
	t.settle()
	return nil
}

// settle waits for the goroutines of an ended connection, ours and the library's.
func (t *Stream) settle() {
	t.wg.Wait()
	for _, h := range t.hops {
		_ = h.Wait()
	}
}

// Abort ends the socket at once, from any goroutine. The first cause stays.
func (t *Stream) Abort(cause error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	if cause == nil && t.closing { // the peer answers our farewell before Close is back from it
		cause = ErrClosed
	}
	if cause == nil && t.probing && !t.answers { // golang.org/x/crypto takes SSH_MSG_UNIMPLEMENTED for the end
		cause = fmt.Errorf("the device hung up at a keepalive: %w: %w", mirror.ErrUnreachable, mirror.ErrProbed)
	}
	t.closed, t.cause = true, cause
	close(t.done)
	if t.wire != nil {
		_ = t.wire.Close()
	}
}
