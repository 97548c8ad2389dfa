package ssh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/netmirror/netmirror/internal/mirror"
)

// dial connects to the first server. A name may stand for several addresses: the
// check is made on each that is about to be connected to, so that the address
// that was checked is the one that sees the credentials.
func (t *Stream) dial(ctx context.Context, h hop) (net.Conn, error) {
	dial := t.cfg.Dial
	if dial == nil {
		dialer := net.Dialer{KeepAliveConfig: tcpKeepalive, Control: func(_, address string, _ syscall.RawConn) error { return h.permit(address) }}
		dial = dialer.DialContext
	}
	conn, err := dial(ctx, "tcp", h.address)
	if err != nil {
		return nil, err
	}
	if err := h.permit(conn.RemoteAddr().String()); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// permit checks the address of a connection ("ip:port"). What is no address, as
// on a pipe, fits no prefix.
func (h hop) permit(address string) error {
	var dialled netip.Addr
	if at, err := netip.ParseAddrPort(address); err == nil {
		dialled = at.Addr()
	}
	if err := h.login.Permit(h.host, dialled); err != nil || h.behind == nil {
		return err
	}
	return h.behind.PermitThrough(h.host, dialled)
}

// A door is where the login with one server begins, once per connection: a
// server may exchange keys again later.
type door struct {
	ctx     context.Context // of opening: the callback has none
	hop     hop
	entered bool
	refusal error
	leave   func(error)
}

func (d *door) enter() error {
	if d.entered || d.hop.login.Gate == nil {
		return nil
	}
	d.entered = true
	d.leave, d.refusal = d.hop.login.Gate.Enter(d.ctx, d.hop.login, d.hop.server())
	return d.refusal
}

// Verdict tells the gate how the login that is under way ended.
func (t *Stream) Verdict(err error) {
	if t.leave != nil {
		t.leave(err)
		t.leave = nil
	}
}

// refusedLogin is a refusal by a server that has seen the credentials. It names
// the profile; the server's words may hold the user's name, which is replaced.
func refusedLogin(l mirror.Login, err error) error {
	words := mirror.Redact(err.Error(), []mirror.Secret{l.Password, l.Enable, l.Key}, []mirror.Secret{l.Username})
	if l.Profile == "" {
		return fmt.Errorf("%w: %s", mirror.ErrLoginRefused, words)
	}
	return fmt.Errorf("%w with credentials profile %q: %s", mirror.ErrLoginRefused, l.Profile, words)
}
