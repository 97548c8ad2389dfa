package lab

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
)

// handshakeTime bounds the SSH handshake and login.
const handshakeTime = 2 * time.Minute

var errDenied = errors.New("denied")

// An sshServer is the SSH door of one switch.
type sshServer struct {
	host     sshHost
	meter    *meter
	ctx      context.Context
	wg       *sync.WaitGroup
	listener net.Listener

	mu      sync.Mutex
	wires   map[*wire]bool
	screens map[*terminal]bool
	closed  bool
}

// openSSH opens a door at a TCP address. It stands open until close; wg counts
// its goroutines, and ctx ends the pauses of its terminals.
func openSSH(ctx context.Context, wg *sync.WaitGroup, addr string, host sshHost, m *meter) (*sshServer, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &sshServer{host: host, meter: m, ctx: ctx, wg: wg, listener: ln, wires: map[*wire]bool{}, screens: map[*terminal]bool{}}
	wg.Add(1)
	go s.accept()
	return s, nil
}

// addr is host:port.
func (s *sshServer) addr() string { return s.listener.Addr().String() }

// close shuts the door and drops who is inside.
func (s *sshServer) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.listener.Close()
	s.drop()
}

// drop closes every open connection, as a cut line would.
func (s *sshServer) drop() {
	s.mu.Lock()
	wires := slices.Collect(maps.Keys(s.wires))
	s.mu.Unlock()
	for _, w := range wires {
		w.kill()
	}
}

// rearm has open terminals heed an idle timeout that changed.
func (s *sshServer) rearm() {
	s.mu.Lock()
	screens := slices.Collect(maps.Keys(s.screens))
	s.mu.Unlock()
	for _, t := range screens {
		t.rearm()
	}
}

// admits reports whether a connection is taken.
func (s *sshServer) admits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed && s.host.admits(len(s.wires))
}

// enters and leaves keep the list of terminals.
func (s *sshServer) enters(t *terminal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.screens[t] = true
}

func (s *sshServer) leaves(t *terminal) {
	t.reads()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.screens, t)
}

func (s *sshServer) track(w *wire) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wires[w] = true
	return true
}

func (s *sshServer) untrack(w *wire) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.wires, w)
}

// serverConfig is the SSH side of a switch as its faults now stand.
func (s *sshServer) serverConfig() *ssh.ServerConfig {
	set := s.host.settings()
	trouble, _ := s.host.trouble()
	c := &ssh.ServerConfig{ServerVersion: set.style.version, MaxAuthTries: 3}
	if set.legacy {
		legacyAlgorithms(c)
	}
	if b := set.banner; b != "" {
		c.BannerCallback = func(ssh.ConnMetadata) string { return strings.TrimSuffix(b, "\n") + "\n" }
	}
	check := func(meta ssh.ConnMetadata, ok func(sshUser) bool) (*ssh.Permissions, error) {
		for _, u := range set.users {
			if u.name == meta.User() && !trouble.wrongPassword && ok(u) {
				return &ssh.Permissions{Extensions: map[string]string{"privilege": strconv.Itoa(u.privilege)}}, nil
			}
		}
		return nil, errDenied
	}
	samePassword := func(given string) func(sshUser) bool {
		return func(u sshUser) bool {
			return u.password != "" && subtle.ConstantTimeCompare([]byte(u.password), []byte(given)) == 1
		}
	}
	offers := func(method string) bool { return len(set.methods) == 0 || slices.Contains(set.methods, method) }
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
			return check(meta, func(u sshUser) bool {
				return slices.ContainsFunc(u.keys, func(k ssh.PublicKey) bool {
					return string(k.Marshal()) == string(key.Marshal())
				})
			})
		}
	}
	c.AuthLogCallback = func(_ ssh.ConnMetadata, method string, err error) {
		if err != nil && method != "none" {
			s.meter.failures.Add(1)
		}
	}
	c.AddHostKey(s.host.signer())
	return c
}

// accept is the only goroutine of a switch that nobody talks to.
func (s *sshServer) accept() {
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
		w := newWire(c, func() time.Duration { return s.host.pace().latency }, s.meter, s.wg)
		if !s.track(w) {
			w.kill()
			continue
		}
		s.wg.Add(1)
		go s.serve(w)
	}
}

// serve is one connection from handshake to end.
func (s *sshServer) serve(w *wire) {
	defer s.wg.Done()
	defer s.untrack(w)
	s.meter.total.Add(1)
	s.meter.open.Add(1)
	defer s.meter.open.Add(-1)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	if t, _ := s.host.trouble(); t.silent {
		b := make([]byte, 64)
		for { // swallow until the client gives up
			if _, err := w.Read(b); err != nil {
				w.kill()
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
	s.meter.logins.Add(1)
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
// "exec". A connection carries one session and ends with it.
func (s *sshServer) session(ctx context.Context, w *wire, conn *ssh.ServerConn, ch ssh.Channel, reqs <-chan *ssh.Request) {
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
		case "shell", "exec":
			req.Reply(true, nil)
			s.wg.Add(1)
			go func() { // ends when the channel does
				defer s.wg.Done()
				ssh.DiscardRequests(reqs)
			}()
			d := s.host.login(conn.User(), privilege, from)
			defer d.close()
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

func execCommand(payload []byte) string {
	var m struct{ Command string }
	if ssh.Unmarshal(payload, &m) != nil {
		return ""
	}
	return m.Command
}
