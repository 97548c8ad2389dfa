package hints

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Settings of a Listener. Addresses are host:port; "" listens to nothing.
type Settings struct {
	SyslogUDP string
	SyslogTCP string
	Traps     string // UDP
	// Instance names the controller: the engine of version 3 is made of it, which senders
	// of informs remember.
	Instance string
	// Devices are those that a message may be of: sent from the address, or naming one
	// of the names, which a relay keeps. names may be empty.
	Devices func(from netip.Addr, names []string) []Device
	// Hint is called for a device that may have changed; it must not block.
	Hint func(device string)
	// Refused is called for a notification of version 3 that is not believed; nil = nobody
	// counts them.
	Refused func(Refusal)
	Log     *slog.Logger
}

// A Device is one that sends messages.
type Device struct {
	Name string
	// Logged reports whether a message of the device's log says that it was configured;
	// Notified reports whether an SNMP notification of this object identifier
	// (1.3.6..., without a dot in front) says that it may have changed. Nil: never.
	Logged   func(message string) bool
	Notified func(oid string) bool
	// Users are the logins whose users of version 3 it may send notifications as, with the
	// addresses that they may be shown to, read anew each time; nil = none.
	Users func() []mirror.Login
}

// A Listener has its sockets open.
type Listener struct {
	set   Settings
	udp   net.PacketConn
	tcp   net.Listener
	traps net.PacketConn
	usm   *usm
}

// Listen opens the sockets. Run serves them.
func Listen(set Settings) (*Listener, error) {
	l := &Listener{set: set, usm: newUSM(set.Instance, time.Now)}
	var err error
	packets := func(name, addr string) (c net.PacketConn) {
		if addr != "" && err == nil {
			if c, err = net.ListenPacket("udp", addr); err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
		}
		return c
	}
	l.udp = packets("syslog over UDP", set.SyslogUDP)
	l.traps = packets("SNMP notifications", set.Traps)
	if set.SyslogTCP != "" && err == nil {
		if l.tcp, err = net.Listen("tcp", set.SyslogTCP); err != nil {
			err = fmt.Errorf("syslog over TCP: %w", err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Addrs are where it listens, "" where it does not: for settings with port 0.
func (l *Listener) Addrs() (syslogUDP, syslogTCP, traps string) {
	if l.udp != nil {
		syslogUDP = l.udp.LocalAddr().String()
	}
	if l.tcp != nil {
		syslogTCP = l.tcp.Addr().String()
	}
	if l.traps != nil {
		traps = l.traps.LocalAddr().String()
	}
	return syslogUDP, syslogTCP, traps
}

// Close closes the sockets.
func (l *Listener) Close() error {
	var errs []error
	for _, c := range []interface{ Close() error }{l.udp, l.traps, l.tcp} {
		switch c := c.(type) {
		case net.PacketConn:
			errs = append(errs, c.Close())
		case net.Listener:
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Run serves the sockets until ctx ends.
func (l *Listener) Run(ctx context.Context) {
	var all sync.WaitGroup
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	if l.udp != nil {
		all.Go(func() { l.datagrams(ctx, l.udp, func(from netip.AddrPort, raw []byte) { l.logged(from.Addr(), raw) }) })
	}
	if l.traps != nil {
		all.Go(func() { l.datagrams(ctx, l.traps, l.notification) })
	}
	if l.tcp != nil {
		all.Go(func() { l.streams(ctx) })
	}
	all.Wait()
}

// datagrams hands on what comes. A socket that fails, for want of memory say, is read
// again a little later.
func (l *Listener) datagrams(ctx context.Context, c net.PacketConn, take func(netip.AddrPort, []byte)) {
	buf := make([]byte, 64<<10)
	for ctx.Err() == nil {
		n, from, err := c.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			pause(ctx, time.Second)
			continue
		}
		if at, ok := from.(*net.UDPAddr); ok {
			ap := at.AddrPort()
			take(netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), buf[:n])
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (l *Listener) hint(d Device, by string, from netip.Addr) {
	l.set.Log.Debug("a device says that it may have changed", "device", d.Name, "by", by, "from", from)
	l.set.Hint(d.Name)
}
