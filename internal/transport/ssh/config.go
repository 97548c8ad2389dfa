package ssh

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Modes of checking host keys (mirror.Transport.HostKey).
const (
	HostKeyPin      = ""         // the first key is pinned, a changed one is refused
	HostKeyStrict   = "strict"   // an unknown key is refused too
	HostKeyInsecure = "insecure" // not checked
	// A fingerprint ("SHA256:...") is the one unknown key that is pinned.
)

// Defaults of a Config.
const (
	defaultPort  = 22
	defaultOpen  = time.Minute
	defaultReply = 20 * time.Second
)

// Timeouts of a connection.
type Timeouts struct {
	Open      time.Duration // from dialling to the started program; 60 s
	Keepalive time.Duration // silence after which the peer is probed; 0 = never
	Reply     time.Duration // for the answer to a probe; 20 s
}

// A Program is what is started on the device, behind a channel of the kind "session".
type Program struct {
	Name     string // what is tried, in errors: "open a shell"
	Requests []Request
}

// A Request is made on the channel (RFC 4254 section 6).
type Request struct {
	Type      string // "pty-req", "shell", "subsystem"
	Payload   []byte
	WantReply bool // waits for the answer: a round trip more
}

// Config is everything that opening a connection needs.
type Config struct {
	// Target is the device, its address and its credentials. Target.Transport
	// gives port, host key mode, jump host and legacy algorithms.
	Target   mirror.Target
	Port     int             // where Target.Transport says none; 0 = 22
	HostKeys mirror.HostKeys // may be nil only with HostKeyInsecure
	Program  Program
	Timeouts Timeouts
	// Dial replaces the TCP dialler; nil = a net.Dialer that connects to none
	// but addresses that the first login may be shown to. Where a replaced one
	// has connected to is checked all the same.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// tcpKeepalive finds a peer that vanished within about two minutes. It costs an
// SSH server nothing, whatever it makes of SSH's own keepalives.
var tcpKeepalive = net.KeepAliveConfig{Enable: true, Idle: 45 * time.Second, Interval: 15 * time.Second, Count: 5}

func (c Config) withDefaults() Config {
	c.Port = cmp.Or(c.Port, defaultPort)
	c.Timeouts.Open = cmp.Or(c.Timeouts.Open, defaultOpen)
	c.Timeouts.Reply = cmp.Or(c.Timeouts.Reply, defaultReply)
	return c
}

// Check reports what makes the configuration unusable, before any I/O.
func (c Config) Check() error {
	t := c.Target.Transport
	switch {
	case t.Address == "":
		return fmt.Errorf("no address: %w", mirror.ErrInvalid)
	case t.HostKey != HostKeyPin && t.HostKey != HostKeyStrict && t.HostKey != HostKeyInsecure && !mirror.IsFingerprint(t.HostKey):
		return fmt.Errorf("host key mode %q is not known: %w", t.HostKey, mirror.ErrInvalid)
	case t.HostKey != HostKeyInsecure && c.HostKeys == nil:
		return fmt.Errorf("no store for host keys: %w", mirror.ErrInvalid)
	case !c.Target.SNMP.IsZero():
		return &mirror.CredentialsError{Profile: c.Target.Profile, Reason: "CredentialsUnfit", Why: "it is of SNMP and holds no login"}
	case c.Target.Username.IsZero():
		return fmt.Errorf("no credentials profile is named: %w", mirror.ErrInvalid)
	}
	return nil
}

// A hop is one SSH server on the way: the jump host or the device.
type hop struct {
	login   mirror.Login
	host    string // as the device's entry says it
	address string // host:port, IPv6 in brackets
	label   string // how it is called in errors and under which its key is pinned
	legacy  bool
	behind  *mirror.Login // of a jump host: what is shown to the server behind it
}

// hops are the servers to pass, the device last.
func (c Config) hops() ([]hop, error) {
	t := c.Target.Transport
	port := cmp.Or(t.Port, c.Port)
	host := strings.TrimSuffix(strings.TrimPrefix(t.Address, "["), "]")
	last := hop{login: c.Target.Login, host: host, address: net.JoinHostPort(host, strconv.Itoa(port)), legacy: t.Legacy}
	last.label = last.address
	if t.JumpHost == (mirror.JumpHost{}) {
		return []hop{last}, nil
	}
	jump, err := parseJump(t.JumpHost.Address)
	if err != nil {
		return nil, err
	}
	if jump.login = c.Target.Jump; jump.login.Username.IsZero() {
		return nil, fmt.Errorf("no credentials profile is named for jump host %s: %w", jump.label, mirror.ErrInvalid)
	}
	// The same private address may exist behind several jump hosts.
	last.label = last.address + " via " + jump.address
	jump.behind = &last.login
	return []hop{jump, last}, nil
}

// server is how the gate knows a server: one switch is one, however its entry
// spells the name or the address.
func (h hop) server() string {
	places := strings.Split(h.label, " via ")
	for i, at := range places {
		places[i] = strings.ToLower(at)
		if a, err := netip.ParseAddrPort(at); err == nil {
			places[i] = netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
		}
	}
	return strings.Join(places, " via ")
}

// parseJump reads host[:port]. An IPv6 literal with a port needs brackets;
// without a port they may be left out.
func parseJump(text string) (hop, error) {
	bad := func(why string) (hop, error) {
		return hop{}, fmt.Errorf("jump host %q: %s: %w", text, why, mirror.ErrInvalid)
	}
	host, port := text, strconv.Itoa(defaultPort)
	switch {
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
		host = text[1 : len(text)-1]
	case strings.HasPrefix(text, "[") || strings.Count(text, ":") == 1:
		var err error
		if host, port, err = net.SplitHostPort(text); err != nil {
			return bad("not host[:port]")
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return bad("no such port")
	}
	if host == "" || strings.Contains(host, "@") {
		return bad("not host[:port]; the user is in its credentials profile")
	}
	address := net.JoinHostPort(host, port)
	return hop{host: host, address: address, label: address}, nil
}
