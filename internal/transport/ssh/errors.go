package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/mirror"
)

// KindOf names the kind of a failure of the network or of a context.
func KindOf(ctx context.Context, err error) error {
	var algo *ssh.AlgorithmNegotiationError
	var timeout net.Error
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return mirror.ErrTimeout
	case ctx.Err() != nil:
		return mirror.ErrUnreachable // the caller gave up: the connection is gone
	case errors.As(err, &algo):
		return mirror.ErrUnsupported
	case errors.As(err, &timeout) && timeout.Timeout():
		return mirror.ErrTimeout
	}
	return mirror.ErrUnreachable
}

// kinds are those that an error may already carry.
var kinds = []error{mirror.ErrInvalid, mirror.ErrNotFound, mirror.ErrConflict, mirror.ErrUnsupported,
	mirror.ErrUnreachable, mirror.ErrAuth, mirror.ErrHostKey, mirror.ErrCredentials, mirror.ErrTimeout, mirror.ErrRejected, mirror.ErrParse,
	mirror.ErrInputLost, mirror.ErrProbed, mirror.ErrBusy}

// HasKind reports whether an error bears a kind already.
func HasKind(err error) bool {
	for _, k := range kinds {
		if errors.Is(err, k) {
			return true
		}
	}
	return false
}

// openError says what was tried and gives the error a kind. When the context
// ended, that is the reason: the socket's own complaint is only the echo of it.
func (t *Stream) openError(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w: %w", what, KindOf(ctx, err), ctx.Err())
	}
	if HasKind(err) {
		return fmt.Errorf("%s: %w", what, onceNamed(what, err))
	}
	return fmt.Errorf("%s: %w: %w", what, KindOf(ctx, err), t.withoutLine(onceNamed(what, err)))
}

// onceNamed leaves out what the net package puts before the reason of a dial when
// it only says again which address was tried.
func onceNamed(what string, err error) error {
	dial, ok := err.(*net.OpError) //nolint:errorlint // the outermost words, not any inside
	if ok && dial.Op == "dial" && dial.Addr != nil && strings.HasSuffix(what, " "+dial.Addr.String()) {
		return dial.Err
	}
	return err
}

// withoutLine says what else a refused connection may mean: a switch whose
// terminal lines are all held refuses the next one (Cisco Cookbook, recipe 3.16),
// or hangs up before it says a word, at times before the caller knows that it
// was connected.
func (t *Stream) withoutLine(err error) error {
	var behind *ssh.OpenChannelError
	reset := t.wire == nil && errors.Is(err, syscall.ECONNRESET)
	refused := reset || errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &behind) && behind.Reason == ssh.ConnectionFailed
	if !refused && (t.wire == nil || !t.wire.mute()) {
		return err
	}
	return fmt.Errorf("%w; either nothing listens there, or no terminal line is free (\"show users\" on its console lists who has them)", err)
}

// loginError tells a refused credential or host key from a lost connection. The
// library reports both in words only: what counts is whether the server said
// anything after the last message, and after the credentials.
func (t *Stream) loginError(ctx context.Context, h hop, keys *hostKeyCheck, door *door, creds *credentials, err error) error {
	what := "log in to " + h.label
	var algo *ssh.AlgorithmNegotiationError
	switch {
	case keys.refusal != nil:
		return t.openError(ctx, what, keys.refusal)
	case door.refusal != nil:
		return t.openError(ctx, what, door.refusal)
	case ctx.Err() != nil:
		return t.openError(ctx, loginStep(h, keys), err)
	case errors.As(err, &algo) && !h.legacy:
		return t.openError(ctx, what, fmt.Errorf("%w (an old device may need legacyAlgorithms): %w", mirror.ErrUnsupported, err))
	case strings.Contains(err.Error(), "keys are insecure"):
		return t.openError(ctx, what, fmt.Errorf("its RSA host key is too short for Go to trust its signature: make another on the device "+
			"(\"crypto key generate rsa modulus 2048\"), or start netmirror with GODEBUG=rsa1024min=0: %w: %w", mirror.ErrUnsupported, err))
	case keys.accepted == nil || creds.wire.unanswered():
		return t.openError(ctx, what, err)
	case creds.failure == nil && creds.wire.lost() && !creds.judged():
		return t.openError(ctx, what, fmt.Errorf("the connection ended: %w", err))
	case creds.failure != nil:
		return t.openError(ctx, what, refusedLogin(h.login, creds.failure))
	}
	return t.openError(ctx, what, refusedLogin(h.login, err))
}

// loginStep is what a login waits for.
func loginStep(h hop, keys *hostKeyCheck) string {
	if keys.accepted == nil {
		return "SSH handshake with " + h.label
	}
	return "authentication at " + h.label
}

// A meter counts the round trips on a socket, and knows whether the last thing
// sent got any answer before the end.
type meter struct {
	net.Conn
	mu    sync.Mutex
	wrote bool // something was sent since the last arrival
	heard bool // anything arrived
	ended bool // reading or writing failed, and not because we closed it
	done  bool // we closed it
	trips int
}

// Close is ours: what fails from now on tells nothing of the peer.
func (m *meter) Close() error {
	m.mu.Lock()
	m.done = true
	m.mu.Unlock()
	return m.Conn.Close()
}

func (m *meter) Write(b []byte) (int, error) {
	m.mu.Lock()
	m.wrote = true
	m.mu.Unlock()
	n, err := m.Conn.Write(b)
	if err != nil {
		m.mu.Lock()
		m.ended = m.ended || !m.done
		m.mu.Unlock()
	}
	return n, err
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > 0 && m.wrote {
		m.wrote = false
		m.trips++
	}
	m.heard = m.heard || n > 0
	m.ended = m.ended || err != nil && !m.done
	return n, err
}

func (m *meter) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.trips
}

// mute reports whether the peer hung up before it said anything.
func (m *meter) mute() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended && !m.heard
}

// lost reports whether the peer, or the network, ended the connection.
func (m *meter) lost() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended
}

func (m *meter) unanswered() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ended && m.wrote
}
