package gnmi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc/credentials"

	"github.com/netmirror/netmirror/internal/mirror"
)

// tcpKeepalive finds out that a peer is gone when nothing is under way: gRPC's own pings
// are rationed by servers.
var tcpKeepalive = net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 10 * time.Second, Count: 6}

// lastWords is how long a server that takes nothing any more may still say why.
const lastWords = time.Second

// A wire is the connection beneath gRPC. It keeps why it ended, which gRPC tells as text
// alone, and whether the server has said anything.
type wire struct {
	net.Conn
	done chan struct{} // closed when it has ended

	mu    sync.Mutex
	heard int // octets
	first byte
	err   error // why it ended
}

func newWire(c net.Conn) *wire { return &wire{Conn: c, done: make(chan struct{})} }

func (w *wire) end(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
		close(w.done)
	}
}

// ended is why the connection has ended, nil while it lives.
func (w *wire) ended() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// said is how many octets came, and the first of them.
func (w *wire) said() (n int, first byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.heard, w.first
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if n > 0 {
		w.mu.Lock()
		if w.heard == 0 {
			w.first = p[0]
		}
		w.heard += n
		w.mu.Unlock()
	}
	if err != nil {
		w.end(err)
	}
	return n, err
}

// Write lets a server that has hung up before it said anything tell why: over TLS 1.3 it
// judges our certificate only after the handshake (RFC 8446 section 4.4.2.4).
func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	if err == nil {
		return n, nil
	}
	if heard, _ := w.said(); heard == 0 {
		_ = w.Conn.SetReadDeadline(time.Now().Add(lastWords))
		if _, why := w.Conn.Read(make([]byte, 1)); why != nil {
			w.end(why)
		}
	}
	w.end(err)
	return n, err
}

func (w *wire) Close() error {
	w.end(net.ErrClosed)
	return w.Conn.Close()
}

// connect opens the connection to a server that the login may be shown to.
func connect(ctx context.Context, e endpoint, l mirror.Login) (net.Conn, error) {
	mirror.AtStep(ctx, "connect to "+e.server)
	d := net.Dialer{KeepAliveConfig: tcpKeepalive}
	if l.Profile != "" || !l.Username.IsZero() {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			return l.Permit(e.host, at.Addr().Unmap())
		}
	}
	conn, err := d.DialContext(ctx, "tcp", e.server)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("connect: %w", over(ctx))
	}
	if refused := (*mirror.CredentialsError)(nil); errors.As(err, &refused) {
		return nil, refused
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Err != nil { // the caller names the server
		err = op.Err
	}
	return nil, fmt.Errorf("connect: %w: %w", mirror.ErrUnreachable, err)
}

// secure does the TLS handshake over a connection, which it closes when that fails.
func secure(ctx context.Context, conn net.Conn, e endpoint, config *tls.Config) (net.Conn, credentials.TransportCredentials, error) {
	mirror.AtStep(ctx, "TLS handshake with "+e.server)
	mirror.RoundTrip(ctx)
	config.NextProtos = []string{"h2"}
	out := tls.Client(conn, config)
	if err := out.HandshakeContext(ctx); err != nil {
		_ = conn.Close() // it is of no use
		if ctx.Err() != nil {
			return nil, nil, fmt.Errorf("TLS handshake: %w", over(ctx))
		}
		return nil, nil, explainTLS(err)
	}
	return out, proven{tls: true, info: credentials.TLSInfo{State: out.ConnectionState(), CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}}}, nil
}

// proven are the credentials of a connection whose handshake was done before gRPC got
// it, so that its errors are known by type. That the server has not chosen "h2" in the
// handshake is borne: gRPC's own would refuse servers that do not know ALPN.
type proven struct {
	tls  bool
	info credentials.AuthInfo
}

func (p proven) ClientHandshake(_ context.Context, _ string, c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return c, p.info, nil
}

func (proven) ServerHandshake(net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return nil, nil, errors.New("not a server")
}

// Info makes gRPC say https where there is TLS.
func (p proven) Info() credentials.ProtocolInfo {
	if p.tls {
		return credentials.ProtocolInfo{SecurityProtocol: "tls"}
	}
	return credentials.ProtocolInfo{SecurityProtocol: "insecure"}
}

func (p proven) Clone() credentials.TransportCredentials { return p }

func (proven) OverrideServerName(string) error { return nil }

// plain is what is known of a connection without TLS.
type plain struct{ credentials.CommonAuthInfo }

// AuthType names it.
func (plain) AuthType() string { return "insecure" }

// A login is shown with every request, as metadata (gNMI specification section 3.1).
type login struct {
	mirror.Login
	plaintext bool // the device's entry says that it may go without TLS
}

func (l login) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	if l.Username.IsZero() {
		return nil, nil
	}
	return map[string]string{"username": l.Username.Reveal(), "password": l.Password.Reveal()}, nil
}

// RequireTransportSecurity makes gRPC itself refuse to show the login without TLS.
func (l login) RequireTransportSecurity() bool { return !l.plaintext }
