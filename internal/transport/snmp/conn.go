package snmp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	// A request is sent tries times before its agent is said not to answer, and waited
	// for defaultWait in all.
	tries       = 3
	defaultWait = 6 * time.Second
	// MaxVariables is how many a request may name: more than 60 are too many for many
	// agents.
	MaxVariables = 60
)

// sysUpTime is asked for to see whether the agent answers us.
const sysUpTime = OID("1.3.6.1.2.1.1.3.0")

// A Conn asks one agent. What is read at the same time is asked side by side; Close may
// come at any time.
type Conn struct {
	target mirror.Target
	where  string // address and port
	addr   string
	port   uint16
	wait   time.Duration

	turn chan struct{} // holds a token while somebody asks
	snmp *gosnmp.GoSNMP
	told Stats // of sockets before this one

	beside *flight // nil = one request at a time

	mu     sync.Mutex
	sock   *socket
	closed bool
}

// Stats counts what passed. A request that is sent again counts again.
type Stats struct {
	Sent, Received int64 // messages, which have one PDU each
	Octets         int64 // of both ways, without IP and UDP
}

// Open finds the agent of a target and asks it for its uptime, so that wrong
// credentials are told at once. Target.Transport.Timeouts.Read is how long any request
// waits in all, 6 s unless it says so. Errors are mirror.ErrTimeout where nothing
// answers, as with a wrong community, mirror.ErrLoginRefused for a user or password of
// version 3 that the agent refuses, ErrCredentials where a profile may not be shown or
// holds nothing for SNMP, ErrUnreachable and ErrInvalid.
func Open(ctx context.Context, t mirror.Target) (*Conn, error) {
	host, port, err := endpoint(t.Transport)
	if err != nil {
		return nil, err
	}
	c := &Conn{target: t, port: port, where: net.JoinHostPort(host, strconv.Itoa(int(port))), wait: t.Transport.Timeouts.Read.Std(), turn: make(chan struct{}, 1)}
	if c.wait == 0 {
		c.wait = defaultWait
	}
	if dial := t.Transport.Timeouts.Dial.Std(); dial > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, dial)
		defer cancel()
	}
	mirror.AtStep(ctx, "ask "+c.where)
	if err := c.enter(ctx, host); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("SNMP agent %s: %w", c.where, err)
	}
	c.beside = newFlight(c)
	return c, nil
}

// enter shows the login to the agent.
func (c *Conn) enter(ctx context.Context, host string) error {
	if err := checkLogin(c.target.Login); err != nil {
		return err
	}
	addr, err := resolve(ctx, host, c.target.Login)
	if err != nil {
		return err
	}
	c.addr = addr.String()
	leave := func(error) {}
	if gate := c.target.Gate; gate != nil {
		if leave, err = gate.Enter(ctx, c.target.Login, c.where); err != nil {
			return err
		}
	}
	if err = c.greet(ctx, c.target.SNMP); errors.Is(err, errUndeciphered) {
		err = c.doubt(ctx, err)
	}
	leave(err)
	return err
}

// greet begins afresh with a login and asks for the uptime.
func (c *Conn) greet(ctx context.Context, l mirror.SNMPLogin) error {
	if err := c.dial(ctx, l); err != nil {
		return err
	}
	_, err := c.get(ctx, []OID{sysUpTime})
	return err
}

// doubt finds out whether an agent that does not answer an encrypted request could not
// decrypt it: net-snmp drops what it cannot. It answers the user without encryption
// then, be it with a refusal, and still not with it.
func (c *Conn) doubt(ctx context.Context, silence error) error {
	open := c.target.SNMP
	open.Privacy, open.PrivacyPassword = "", mirror.Secret{}
	if err := c.greet(ctx, open); err != nil && !errors.Is(err, mirror.ErrRejected) && !errors.Is(err, errLevel) {
		return silence
	}
	if err := c.greet(ctx, c.target.SNMP); !errors.Is(err, errUndeciphered) {
		return err
	}
	return fmt.Errorf("%w; it answers the user without encryption alone", errPrivacy)
}

// dial makes the socket, and with it a session that knows no engine.
func (c *Conn) dial(ctx context.Context, l mirror.SNMPLogin) error {
	s := session(l)
	s.Target, s.Port, s.Transport = c.addr, c.port, "udp"
	s.Timeout, s.Retries, s.MaxOids = c.wait/tries, tries-1, MaxVariables
	s.Context = ctx
	if err := s.Connect(); err != nil {
		return fmt.Errorf("%w: %w", kindOf(ctx, mirror.ErrUnreachable), c.words(err))
	}
	sock := &socket{Conn: s.Conn}
	s.Conn = sock
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = sock.Close()
		return fmt.Errorf("%w: closed", mirror.ErrUnreachable)
	}
	if c.sock != nil {
		_ = c.sock.Close()
		c.told = c.statsLocked()
	}
	c.snmp, c.sock = s, sock
	return nil
}

// Where is the agent's address and port.
func (c *Conn) Where() string { return c.where }

// Boots is how often the agent's engine was started, as version 3 tells it with each
// message; false over version 2c.
func (c *Conn) Boots() (uint32, bool) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	usm, ok := c.snmp.SecurityParameters.(*gosnmp.UsmSecurityParameters)
	if !ok {
		return 0, false
	}
	return usm.AuthoritativeEngineBoots, true
}

// Stats are the counts up to now.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	s := c.statsLocked()
	c.mu.Unlock()
	if c.beside != nil {
		for _, b := range c.beside.all {
			more := b.Stats()
			s.Sent, s.Received, s.Octets = s.Sent+more.Sent, s.Received+more.Received, s.Octets+more.Octets
		}
	}
	return s
}

func (c *Conn) statsLocked() Stats {
	s := c.told
	if c.sock != nil {
		s.Sent += c.sock.sent.Load()
		s.Received += c.sock.received.Load()
		s.Octets += c.sock.octets.Load()
	}
	return s
}

// Close ends the connection; a request that waits fails.
func (c *Conn) Close() error {
	if c.beside != nil {
		for _, b := range c.beside.all {
			_ = b.Close()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.sock == nil {
		c.closed = true
		return nil
	}
	c.closed = true
	return c.sock.Close()
}

// Get asks for objects, MaxVariables at most, in one message; the answer has them in
// the same order. An object that the agent does not have is Missing. ErrTooBig where
// the answer does not fit into a message, another mirror.ErrRejected for another
// error-status of the agent.
func (c *Conn) Get(ctx context.Context, names ...OID) ([]Variable, error) {
	vars, err := c.get(ctx, names)
	if err != nil {
		return nil, fmt.Errorf("SNMP agent %s: %w", c.where, err)
	}
	return vars, nil
}

func (c *Conn) get(ctx context.Context, names []OID) ([]Variable, error) {
	dotted := dot(names)
	reply, err := c.ask(ctx, names, func(s *gosnmp.GoSNMP) (*gosnmp.SnmpPacket, error) { return s.Get(dotted) })
	if err != nil {
		return nil, err
	}
	if len(reply.Variables) != len(names) {
		return nil, fmt.Errorf("it answers %d objects to a question for %d: %w", len(reply.Variables), len(names), mirror.ErrParse)
	}
	out := make([]Variable, len(names))
	for i, v := range reply.Variables {
		if out[i] = variableOf(v); out[i].Name != names[i] {
			return nil, fmt.Errorf("it answers %s to a question for %s: %w", out[i].Name, names[i], mirror.ErrParse)
		}
	}
	return out, nil
}

func dot(names []OID) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "." + string(n)
	}
	return out
}

func (c *Conn) exchange(ctx context.Context, names []OID, send sending) (*gosnmp.SnmpPacket, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", kindOf(ctx, nil), err)
	}
	c.mu.Lock()
	sock := c.sock
	c.mu.Unlock()
	end := sock.begin(ctx)
	defer end()
	c.snmp.Context = ctx
	mirror.RoundTrip(ctx)
	reply, err := send(c.snmp)
	if deadline, ok := ctx.Deadline(); ok && err != nil && !time.Now().Before(deadline) {
		<-ctx.Done() // gosnmp keeps the deadline by the socket, which may be a moment earlier
	}
	if err != nil || reply.PDUType != gosnmp.GetResponse {
		return nil, c.failure(ctx, sock, reply, err)
	}
	return reply, statusOf(reply, names)
}
