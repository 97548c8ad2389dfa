package ssh

import (
	"context"
	"crypto/subtle"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/netmirror/netmirror/internal/lab/door"
)

// handshakeTime bounds the SSH handshake and login.
const handshakeTime = 2 * time.Minute

var errDenied = errors.New("denied")

// A Server is the SSH door of one switch.
type Server struct {
	host     Host
	meter    *door.Meter
	ctx      context.Context
	wg       *sync.WaitGroup
	listener net.Listener

	mu      sync.Mutex
	wires   map[*door.Wire]bool
	screens map[*terminal]bool
	closed  bool
}

// Open opens a door at a TCP address. It stands open until close; wg counts
// its goroutines, and ctx ends the pauses of its terminals.
func Open(ctx context.Context, wg *sync.WaitGroup, addr string, host Host, m *door.Meter) (*Server, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Server{host: host, meter: m, ctx: ctx, wg: wg, listener: ln, wires: map[*door.Wire]bool{}, screens: map[*terminal]bool{}}
	wg.Add(1)
	go s.accept()
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close shuts the door and drops who is inside.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.listener.Close()
	s.Drop()
}

// Drop closes every open connection, as a cut line would.
func (s *Server) Drop() {
	s.mu.Lock()
	wires := slices.Collect(maps.Keys(s.wires))
	s.mu.Unlock()
	for _, w := range wires {
		w.Kill()
	}
}

// Rearm has open terminals heed an idle timeout that changed.
func (s *Server) Rearm() {
	s.mu.Lock()
	screens := slices.Collect(maps.Keys(s.screens))
	s.mu.Unlock()
	for _, t := range screens {
		t.rearm()
	}
}

// admits reports whether a connection is taken.
func (s *Server) admits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed && s.host.Admits(len(s.wires))
}

// enters and leaves keep the list of terminals.
func (s *Server) enters(t *terminal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.screens[t] = true
}

func (s *Server) leaves(t *terminal) {
	t.reads()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.screens, t)
}

func (s *Server) track(w *door.Wire) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wires[w] = true
	return true
}

func (s *Server) untrack(w *door.Wire) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wires, w)
}

// serverConfig is the SSH side of a switch as its faults now stand.
func (s *Server) serverConfig() *ssh.ServerConfig {
	set := s.host.Settings()
	trouble, _ := s.host.Trouble()
	c := &ssh.ServerConfig{ServerVersion: set.Style.Version, MaxAuthTries: 3}
	if set.Legacy {
		legacyAlgorithms(c)
	}
	if b := set.Banner; b != "" {
		c.BannerCallback = func(ssh.ConnMetadata) string { return strings.TrimSuffix(b, "\n") + "\n" }
	}
	check := func(meta ssh.ConnMetadata, ok func(User) bool) (*ssh.Permissions, error) {
		for _, u := range set.Users {
			if u.Name == meta.User() && !trouble.WrongPassword && ok(u) {
				return &ssh.Permissions{Extensions: map[string]string{"privilege": strconv.Itoa(u.Privilege)}}, nil
			}
		}
		return nil, errDenied
	}
	samePassword := func(given string) func(User) bool {
		return func(u User) bool {
			return u.Password != "" && subtle.ConstantTimeCompare([]byte(u.Password), []byte(given)) == 1
		}
	}
	offers := func(method string) bool { return len(set.Methods) == 0 || slices.Contains(set.Methods, method) }
	if offers("password") {
		c.PasswordCallback = func(meta ssh.ConnMetadata, pw []byte) (*ssh.Permissions, error) {
			return check(meta, samePassword(string(pw)))
		}
	}
	if offers("keyboard-interactive") {
		c.KeyboardInteractiveCallback = func(meta ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			answers, err := ask("", "", []string{"Password: "}, []bool{false})
			if err != nil || len(answers) != 1 {
				return nil, errDenied
			}
			return check(meta, samePassword(answers[0]))
		}
	}
	if offers("publickey") {
		c.PublicKeyCallback = func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			return check(meta, func(u User) bool {
				return slices.ContainsFunc(u.Keys, func(k ssh.PublicKey) bool {
					return string(k.Marshal()) == string(key.Marshal())
				})
			})
		}
	}
	c.AuthLogCallback = func(_ ssh.ConnMetadata, method string, err error) {
		if err != nil && method != "none" {
			s.meter.Failures.Add(1)
		}
	}
	c.AddHostKey(s.host.Signer())
	return c
}

// accept is the only goroutine of a switch that nobody talks to.
func (s *Server) accept() {
	defer s.wg.Done()
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		if !s.admits() {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // a reset, as from a port on which nobody listens
			}
			c.Close()
			continue
		}
		w := door.NewWire(c, func() time.Duration { return s.host.Pace().Latency }, s.meter, s.wg)
		if !s.track(w) {
			w.Kill()
			continue
		}
		s.wg.Add(1)
		go s.serve(w)
	}
}

// serve is one connection from handshake to end.
func (s *Server) serve(w *door.Wire) {
	defer s.wg.Done()
	defer s.untrack(w)
	s.meter.Total.Add(1)
	s.meter.Open.Add(1)
	defer s.meter.Open.Add(-1)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	if t, _ := s.host.Trouble(); t.Silent {
		b := make([]byte, 64)
		for { // swallow until the client gives up
			if _, err := w.Read(b); err != nil {
				w.Kill()
				return
			}
		}
	}
	w.SetDeadline(time.Now().Add(handshakeTime))
	conn, channels, requests, err := ssh.NewServerConn(w, s.serverConfig())
	if err != nil {
		w.Close()
		return
	}
	w.SetDeadline(time.Time{})
	defer conn.Close()
	s.meter.Logins.Add(1)
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		ssh.DiscardRequests(requests)
	}()
	for nc := range channels {
		if nc.ChannelType() != "session" {
			nc.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		ch, reqs, err := nc.Accept()
		if err != nil {
			return
		}
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			s.session(ctx, w, conn, ch, reqs)
		}()
	}
}

// session serves one channel: a terminal after "shell", one command after
// "exec", whatever is spoken after "subsystem". A connection carries one session and
// ends with it.
func (s *Server) session(ctx context.Context, w *door.Wire, conn *ssh.ServerConn, ch ssh.Channel, reqs <-chan *ssh.Request) {
	defer conn.Close()
	defer ch.Close()
	t := newTerminal(ctx, s, w, ch)
	privilege := 0
	if conn.Permissions != nil {
		privilege, _ = strconv.Atoi(conn.Permissions.Extensions["privilege"])
	}
	from, _, _ := net.SplitHostPort(conn.RemoteAddr().String())
	for req := range reqs {
		switch req.Type {
		case "pty-req":
			t.pty(req.Payload)
			req.Reply(true, nil)
		case "env", "window-change":
			req.Reply(req.Type == "env", nil)
		case "subsystem":
			speak := s.host.Settings().Subsystems[subsystem(req.Payload)]
			if req.Reply(speak != nil, nil); speak == nil {
				continue
			}
			s.discard(reqs)
			speak(ctx, Caller{Channel: ch, User: conn.User(), Privilege: privilege, From: from, Wire: w, Meter: s.meter})
			return
		case "shell", "exec":
			if s.host.Settings().NoShell {
				req.Reply(false, nil)
				continue
			}
			req.Reply(true, nil)
			s.discard(reqs)
			d := s.host.Login(conn.User(), privilege, from)
			defer d.Close()
			if req.Type == "exec" {
				t.once(d, execCommand(req.Payload))
			} else {
				t.serve(d)
			}
			ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{0}))
			return
		default:
			req.Reply(false, nil)
		}
	}
}

// discard refuses further requests of a channel until it ends.
func (s *Server) discard(reqs <-chan *ssh.Request) {
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		ssh.DiscardRequests(reqs)
	}()
}

// subsystem is the name in a request for one (RFC 4254, 6.5).
func subsystem(payload []byte) string {
	var m struct{ Name string }
	if ssh.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Name
}

func execCommand(payload []byte) string {
	var m struct{ Command string }
	if ssh.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Command
}
