package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A stream tells events over TCP or TLS, each with its length before it. An event is told
// when the receiver's machine has acknowledged all of it while the connection stood:
// syslog itself has no answer.
type stream struct {
	n      *Notifier
	target SyslogTarget
	format syslogFormat
	conn   net.Conn // raw, or TLS over it
	raw    *net.TCPConn
	gone   chan struct{} // closed when the receiver ended the connection
	why    error         // read after gone
}

// Close ends the connection.
func (s *stream) Close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	<-s.gone
	s.conn = nil
	return err
}

func (s *stream) carry(ctx context.Context, e mirror.Event) verdict {
	if s.conn != nil && s.ended() != nil {
		_ = s.Close() // it ended while nothing was said
	}
	err := s.say(ctx, e)
	if err == nil {
		return verdict{}
	}
	if s.conn != nil {
		_ = s.raw.SetLinger(0) // half a message may be in there
		_ = s.Close()
	}
	return verdict{err: fmt.Errorf("%s: %w", s.target, err)}
}

func (s *stream) say(ctx context.Context, e mirror.Event) error {
	if s.conn == nil {
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, syslogWait)
	defer cancel()
	conn := s.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Unix(1, 0)) })
	message := s.format.message(e)
	_, err := conn.Write(append([]byte(strconv.Itoa(len(message))+" "), message...))
	if stop(); err != nil {
		return s.told(ctx, err)
	}
	return s.told(ctx, s.acknowledged(ctx))
}

// told has a wait that was too long in words.
func (s *stream) told(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("took nothing within %v: %w", syslogWait, mirror.ErrTimeout)
	}
	return err
}

// ended is why the receiver ended the connection; nil while it stands.
func (s *stream) ended() error {
	select {
	case <-s.gone:
		return fmt.Errorf("the connection was closed: %w", s.why)
	default:
		return nil
	}
}

// acknowledged waits until the receiver's machine has everything that was written.
func (s *stream) acknowledged(ctx context.Context) error {
	for pause := 500 * time.Microsecond; ; pause = min(2*pause, 20*time.Millisecond) {
		done, err := acknowledged(s.raw)
		if err == nil && !done {
			err = s.ended()
		}
		if done || err != nil {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.gone:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// open connects. A receiver never says anything: whatever is read is its end.
func (s *stream) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, syslogWait)
	defer cancel()
	conn, err := s.n.dial(ctx, "tcp", s.target.addr(), anywhere)
	if err != nil {
		return err
	}
	raw := conn.(*net.TCPConn)
	asked := false
	if s.target.Network == "tls" {
		if conn, asked, err = s.secure(ctx, raw); err != nil {
			return errors.Join(err, raw.Close())
		}
	}
	s.conn, s.raw, s.gone = conn, raw, make(chan struct{})
	go s.watch(conn, s.gone)
	if !asked {
		return nil
	}
	// With TLS 1.3 a server refuses a client's certificate after the handshake is over for us.
	timer := time.NewTimer(tlsVerdict)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.gone:
	}
	return s.ended()
}

func (s *stream) watch(conn net.Conn, gone chan struct{}) {
	_, err := io.Copy(io.Discard, conn)
	if err == nil {
		err = io.EOF
	}
	s.why = err
	close(gone)
}

// secure makes TLS of a connection, and tells whether the server asked who we are.
func (s *stream) secure(ctx context.Context, raw net.Conn) (conn *tls.Conn, asked bool, err error) {
	if s.n.cfg.TLS == nil {
		return nil, false, fmt.Errorf("TLS is not set up: %w", mirror.ErrUnsupported)
	}
	config, err := s.n.cfg.TLS(s.target.Host)
	if err != nil {
		return nil, false, err
	}
	config = config.Clone()
	ours := config.Certificates
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if asked = true; len(ours) == 0 {
			return &tls.Certificate{}, nil
		}
		return &ours[0], nil
	}
	conn = tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, false, err
	}
	return conn, asked, nil
}
