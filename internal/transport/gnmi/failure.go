package gnmi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

// over is what a finished context means: ErrTimeout, or the cancellation.
func over(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", mirror.ErrTimeout, ctx.Err())
	}
	return ctx.Err()
}

// nearlyOver reports whether a server that knows our deadline may have drawn its
// conclusion before us.
func nearlyOver(ctx context.Context) bool {
	at, ok := ctx.Deadline()
	return ok && time.Until(at) < time.Second
}

// awaitEnd waits for a deadline of ours that a server, which is told it, saw pass a
// moment before us: what ended is our time, and no verdict of the server.
func awaitEnd(ctx, limit context.Context) {
	if !nearlyOver(limit) {
		return
	}
	<-limit.Done()
	at, _ := limit.Deadline()
	if end, ok := ctx.Deadline(); ok && end.Equal(at) {
		<-ctx.Done()
	}
}

// explainTLS says what a handshake that failed means, and which setting is about it.
func explainTLS(err error) error {
	var (
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
		name      x509.HostnameError
		record    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &authority):
		return fmt.Errorf("%w: %w; give the authority that signed it as device-ca of the controller, or insecure: skip-verify of the device in a lab", mirror.ErrAuth, err)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("%w: %w; it holds from %s to %s: renew it on the device, or set the clock that is wrong", mirror.ErrAuth, err,
			invalid.Cert.NotBefore.UTC().Format(time.RFC3339), invalid.Cert.NotAfter.UTC().Format(time.RFC3339))
	case errors.As(err, &name):
		return fmt.Errorf("%w: %w; if that is the device, give one of the names in the certificate as its serverName", mirror.ErrAuth, err)
	case errors.Is(err, certs.ErrRefused):
		return fmt.Errorf("%w: %w", mirror.ErrAuth, err)
	case errors.As(err, &record):
		return fmt.Errorf("%w: the server does not speak TLS; turn it on there, or in a lab say insecure: plaintext in the device's entry: %w", mirror.ErrUnreachable, err)
	case hungUp(err):
		return fmt.Errorf("%w: the server hung up in the TLS handshake, as one does that speaks no TLS (insecure: plaintext) or is no gNMI server: %w", mirror.ErrUnreachable, err)
	}
	return fmt.Errorf("TLS handshake: %w", certificateWanted(err))
}

// certificateWanted says what a server means that ends TLS because of our certificate;
// the words of these alerts all name certificates.
func certificateWanted(err error) error {
	var op *net.OpError
	switch {
	case !errors.As(err, &op) || op.Op != "remote error":
	case strings.Contains(op.Err.Error(), "certificate"):
		return fmt.Errorf("%w: the server does not accept our certificate, or wants one (device-cert and device-key of the controller): %w", mirror.ErrAuth, err)
	case strings.Contains(op.Err.Error(), "handshake failure"):
		return fmt.Errorf("%w: the server refuses the handshake: it wants a certificate of ours (device-cert and device-key of the controller), or ciphers that are not offered: %w", mirror.ErrUnreachable, err)
	}
	return fmt.Errorf("%w: %w", mirror.ErrUnreachable, err)
}

func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// tlsAlert and tlsHandshake begin records of TLS; an HTTP/2 server begins with a frame
// that is shorter than 1 MiB, whose first octet is less.
const tlsAlert, tlsHandshake = 0x15, 0x16

// broken is why the connection ended, nil while it lives.
func (c *Conn) broken() error {
	err := c.wire.ended()
	if err == nil {
		return nil
	}
	heard, first := c.wire.said()
	switch {
	case c.plaintext && heard > 0 && (first == tlsAlert || first == tlsHandshake):
		return fmt.Errorf("%w: the server speaks TLS, while the device's entry says insecure: plaintext: %w", mirror.ErrUnreachable, err)
	case c.plaintext && heard == 0 && hungUp(err):
		return fmt.Errorf("%w: the server hung up at once, as one does that wants TLS, while the device's entry says insecure: plaintext: %w", mirror.ErrUnreachable, err)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the server closed the connection: %w", mirror.ErrUnreachable, err)
	}
	return certificateWanted(err)
}

// A request is what is known of one that is under way.
type request struct {
	verb   string
	sent   string // what was asked for, for people
	change bool   // a Set: what it was refused for is the device's verdict on it

	begun    atomic.Bool // it is on its way
	answered atomic.Bool // its status is the server's own word
}

// failure says why a request has no answer. ctx is that of the caller, limit the one
// with the deadline.
func (c *Conn) failure(ctx, limit context.Context, r *request, err error) error {
	return fmt.Errorf("gNMI %s at %s: %w", r.verb, c.server, c.kind(ctx, limit, r, err))
}

func (c *Conn) kind(ctx, limit context.Context, r *request, err error) error {
	s, ok := status.FromError(err)
	words, code := c.hide(s.Message()), s.Code()
	if code == codes.DeadlineExceeded || code == codes.Canceled {
		awaitEnd(ctx, limit)
	}
	switch {
	case !ok: // ours, about what came
		return err
	case code == codes.Internal && strings.HasPrefix(words, "grpc: failed to unmarshal"):
		return fmt.Errorf("%w: %s", mirror.ErrParse, words)
	case code == codes.ResourceExhausted && strings.Contains(words, fmt.Sprintf("vs. %d)", c.reply)): // gRPC's own words
		return fmt.Errorf("the reply has more than %d octets (maxReplyBytes): %w", c.reply, mirror.ErrParse)
	case r.answered.Load() && code != codes.Canceled && code != codes.DeadlineExceeded:
		return c.verdict(r, code, words)
	case ctx.Err() != nil:
		return over(ctx)
	case limit.Err() != nil:
		return fmt.Errorf("no answer in time: %w", over(limit))
	case (code == codes.DeadlineExceeded || code == codes.Canceled && !r.answered.Load()) && nearlyOver(limit):
		return fmt.Errorf("no answer in time: %w: %w", mirror.ErrTimeout, context.DeadlineExceeded)
	case r.answered.Load():
		return c.verdict(r, code, words)
	case strings.Contains(words, "too_many_pings"):
		return fmt.Errorf("%w: %w: the server bears no keepalives so near to each other (keepalive): %s", mirror.ErrUnreachable, mirror.ErrProbed, words)
	}
	why := c.broken()
	switch {
	case why != nil && !r.begun.Load():
		return fmt.Errorf("%w: %w", mirror.ErrNotSent, why)
	case why != nil:
		return why
	case code == codes.Unimplemented:
		return fmt.Errorf("%w: this is no gNMI server: %s", mirror.ErrUnsupported, words)
	case code == codes.Unauthenticated && !r.begun.Load(): // gRPC does not show a login without TLS
		return fmt.Errorf("%w: %s", mirror.ErrCredentials, words)
	case !r.begun.Load():
		return fmt.Errorf("%w: %w: %s", mirror.ErrNotSent, mirror.ErrUnreachable, words)
	}
	return fmt.Errorf("%w: the answer broke off: %s", mirror.ErrUnreachable, words)
}

// verdict is what a server itself says by a status.
func (c *Conn) verdict(r *request, code codes.Code, words string) error {
	answer := &mirror.DeviceError{Device: c.device, Sent: r.sent, Answer: words, Kind: mirror.ErrRejected}
	switch code {
	case codes.Unauthenticated:
		answer.Kind = mirror.ErrLoginRefused
	case codes.PermissionDenied:
		answer.Kind = mirror.ErrAuth
		if r.verb == verbCapabilities { // which everybody may know who may come in
			answer.Kind = mirror.ErrLoginRefused
		}
	case codes.Unimplemented:
		answer.Kind = mirror.ErrUnsupported
	case codes.Unavailable, codes.Canceled:
		answer.Kind = mirror.ErrUnreachable
	case codes.DeadlineExceeded:
		answer.Kind = mirror.ErrTimeout
	case codes.NotFound:
		if !r.change {
			answer.Kind = mirror.ErrNotFound
		}
	}
	return fmt.Errorf("%w (%w): %w", answer.Kind, Status(code), answer)
}

// Status is the code of a server's own verdict, in the chain of its error.
type Status codes.Code

func (s Status) Error() string { return codes.Code(s).String() }

// cut bounds what is quoted of a device.
func cut(text string) string {
	const most = 2000
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// hide takes the login out of a text, and bounds it.
func (c *Conn) hide(text string) string {
	return cut(mirror.Redact(text, []mirror.Secret{c.login.Password}, []mirror.Secret{c.login.Username}))
}
