package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A SyslogTarget is a syslog server that is told events.
type SyslogTarget struct {
	Network string // "udp" (RFC 5426), "tcp" (RFC 6587, octets are counted) or "tls" (RFC 5425)
	Host    string // name or address
	Port    uint16
}

// syslogPorts are the usual ones.
var syslogPorts = map[string]uint16{"udp": 514, "tcp": 601, "tls": 6514}

// ParseSyslogTarget reads udp://HOST[:PORT], tcp://HOST[:PORT] or tls://HOST[:PORT].
func ParseSyslogTarget(text string) (SyslogTarget, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || syslogPorts[u.Scheme] == 0 || u.User != nil || u.Path+u.RawQuery+u.Fragment+u.Opaque != "" {
		return SyslogTarget{}, fmt.Errorf("%q is none of udp://HOST[:PORT], tcp://HOST[:PORT], tls://HOST[:PORT]: %w", text, mirror.ErrInvalid)
	}
	t := SyslogTarget{Network: u.Scheme, Host: strings.ToLower(u.Hostname()), Port: syslogPorts[u.Scheme]}
	if ip, err := netip.ParseAddr(t.Host); err == nil {
		t.Host = ip.String()
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return SyslogTarget{}, fmt.Errorf("%q: %s is no port: %w", text, p, mirror.ErrInvalid)
		}
		t.Port = uint16(n)
	}
	return t, nil
}

// String is the URL of a target, always the same for the same server.
func (t SyslogTarget) String() string { return t.Network + "://" + t.addr() }

func (t SyslogTarget) addr() string {
	return net.JoinHostPort(t.Host, strconv.Itoa(int(t.Port)))
}

// limit is how many octets a message may have. Every receiver should take so many over
// UDP (RFC 5426, section 3.2) and TLS (RFC 5425, section 4.3.1).
func (t SyslogTarget) limit() int {
	if t.Network == "udp" {
		return 2048
	}
	return 8192
}

// facilities are those of RFC 5424, section 6.2.1, by the names that syslog servers use.
var facilities = func() map[string]int {
	out := map[string]int{}
	for i, name := range strings.Fields("kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7") {
		out[name] = i
	}
	return out
}()

// ParseFacility reads the name of a facility, such as local0, which "" is, too.
func ParseFacility(name string) (int, error) {
	name = cmp.Or(name, "local0")
	f, there := facilities[name]
	if !there {
		return 0, fmt.Errorf("%q is no facility such as local0, daemon or auth: %w", name, mirror.ErrInvalid)
	}
	return f, nil
}

// syslogOutlets makes an outlet for each syslog server of the settings, told from now on.
// One that the settings do not name any more keeps its cursor and is told nothing.
func (n *Notifier) syslogOutlets(ctx context.Context, store mirror.Store) error {
	return store.Update(ctx, func(tx mirror.Tx) error {
		last, err := tx.LastEvent()
		if err != nil {
			return err
		}
		wanted := map[string]bool{}
		for _, t := range n.cfg.Syslog {
			name := mirror.SyslogOutlet(t.String())
			wanted[name] = true
			o, err := tx.Outlet(name)
			switch {
			case errors.Is(err, mirror.ErrNotFound):
				o = mirror.Outlet{Name: name, Made: n.cfg.Now().UTC(), Cursor: last}
			case err != nil:
				return err
			case !o.Off:
				continue
			}
			o.Off = false
			if err := tx.PutOutlet(o); err != nil {
				return err
			}
		}
		all, err := tx.Outlets()
		for _, o := range all {
			if err != nil {
				return err
			}
			if strings.HasPrefix(o.Name, mirror.SyslogOutlet("")) && !wanted[o.Name] && !o.Off {
				o.Off = true
				err = tx.PutOutlet(o)
			}
		}
		return err
	})
}

// syslogRoute is where the events of a syslog server's outlet go: every event, and each
// is tried until it is taken or kept no longer.
func (n *Notifier) syslogRoute(t SyslogTarget) func(mirror.Tx) (route, error) {
	return func(mirror.Tx) (route, error) {
		return route{version: 1, takes: func(mirror.Event) bool { return true }, about: mirror.Object{Kind: mirror.ObjectController},
			open: func() carrier { return n.syslog(t) }}, nil
	}
}

func (n *Notifier) syslog(t SyslogTarget) carrier {
	n.mu.Lock()
	format := syslogFormat{facility: n.cfg.Facility, host: n.cfg.Host, process: n.cfg.Process, instance: n.instance, limit: t.limit()}
	n.mu.Unlock()
	if t.Network == "udp" {
		return &datagrams{n: n, target: t, format: format}
	}
	return &stream{n: n, target: t, format: format}
}

// Times of syslog servers.
const (
	syslogWait = 10 * time.Second // for a connection, and for an answer to a message
	syslogLook = 5 * time.Minute  // after which a name is looked up again for UDP
	tlsVerdict = time.Second      // in which a server that asked for our certificate says whether it likes it
)

// datagrams tell events over UDP, each in one datagram. What the network drops nobody
// notices.
type datagrams struct {
	n      *Notifier
	target SyslogTarget
	format syslogFormat
	conn   net.Conn
	opened time.Time
}

// Close ends it.
func (d *datagrams) Close() error {
	if d.conn == nil {
		return nil
	}
	err := d.conn.Close()
	d.conn = nil
	return err
}

func (d *datagrams) carry(ctx context.Context, e mirror.Event) verdict {
	ctx, cancel := context.WithTimeout(ctx, syslogWait)
	defer cancel()
	now := d.n.cfg.Now()
	if d.conn != nil && now.Sub(d.opened) > syslogLook {
		_ = d.Close() // nothing is on its way
	}
	if d.conn == nil {
		conn, err := d.n.dial(ctx, "udp", d.target.addr(), anywhere)
		if err != nil {
			return verdict{err: fmt.Errorf("%s: %w", d.target, err)}
		}
		d.conn, d.opened = conn, now
	}
	// An error may be the answer to the datagram before: that nobody listens there.
	if _, err := d.conn.Write(d.format.message(e)); err != nil {
		_ = d.Close()
		return verdict{err: fmt.Errorf("%s: %w", d.target, err)}
	}
	return verdict{}
}

// anywhere permits every address: who starts the controller says where its events go.
func anywhere(string, netip.Addr) error { return nil }
