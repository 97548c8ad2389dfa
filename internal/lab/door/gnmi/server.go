package gnmi

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/lab/door"
)

// A Server is the gNMI server of one switch.
type Server struct {
	gpb.UnimplementedGNMIServer
	host  Host
	ln    net.Listener
	grpc  *grpc.Server
	meter *door.Meter
	wg    *sync.WaitGroup

	mu    sync.Mutex
	wires map[string]*door.Wire // by the address of the far end
	known map[*door.Wire]bool   // has logged in
	trips map[*door.Wire]*trip  // the last of each
}

// A trip is the calls that wait for one round trip: none was made behind an answer to
// another of them.
type trip struct {
	answered bool
	had      int64 // octets that the client had when the first of them was about to be answered
}

// Open listens on a TCP address and serves until Close. wg counts what runs.
func Open(wg *sync.WaitGroup, addr string, host Host, meter *door.Meter) (*Server, error) {
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Server{host: host, ln: ln, meter: meter, wg: wg, wires: map[string]*door.Wire{}, known: map[*door.Wire]bool{}, trips: map[*door.Wire]*trip{}}
	options := []grpc.ServerOption{grpc.UnaryInterceptor(s.unary), grpc.StreamInterceptor(s.stream),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true})}
	if !host.Settings().Plain {
		options = append(options, grpc.Creds(credentials.NewTLS(s.tls())))
	}
	s.grpc = grpc.NewServer(options...)
	gpb.RegisterGNMIServer(s.grpc, s)
	wg.Add(1)
	go func() {
		defer wg.Done()
		_ = s.grpc.Serve(&listener{ln, s}) // ends with Close
	}()
	return s, nil
}

// tls asks for the certificate at each handshake: it may go bad meanwhile.
func (s *Server) tls() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.host.Certificate() }}
	if a := s.host.Settings().Clients; a != nil {
		c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, a.Pool()
	}
	return c
}

// Addr is host:port.
func (s *Server) Addr() string { return s.ln.Addr().String() }

// Drop cuts all connections.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.wires {
		go w.Kill() // the transport asks for the lock when it ends
	}
}

// Close ends the server with all calls.
func (s *Server) Close() { s.grpc.Stop() }

// A listener gives connections their latency and counts them.
type listener struct {
	net.Listener
	s *Server
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s := l.s
	s.meter.Open.Add(1)
	s.meter.Total.Add(1)
	w := door.NewWire(c, func() time.Duration { return s.host.Pace().Latency }, s.meter, s.wg)
	s.mu.Lock()
	s.wires[c.RemoteAddr().String()] = w
	s.mu.Unlock()
	return &conn{Wire: w, s: s}, nil
}

type conn struct {
	*door.Wire
	s    *Server
	once sync.Once
}

func (c *conn) Close() error {
	c.once.Do(func() {
		c.s.meter.Open.Add(-1)
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		delete(c.s.known, c.Wire)
		delete(c.s.trips, c.Wire)
		if addr := c.RemoteAddr().String(); c.s.wires[addr] == c.Wire {
			delete(c.s.wires, addr)
		}
	})
	return c.Wire.Close()
}

// wire is the connection of a call.
func (s *Server) wire(ctx context.Context) *door.Wire {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wires[p.Addr.String()]
}

// lose cuts the connection of a call and waits until the call has seen it.
func (s *Server) lose(ctx context.Context) error {
	if w := s.wire(ctx); w != nil {
		w.Kill()
	}
	<-ctx.Done()
	return status.Error(codes.Unavailable, "the connection is lost")
}

// count counts a round trip with a call of a client that had an answer to one of the calls
// of the last round trip: calls that are made side by side wait for one. What else the client
// is sent meanwhile, such as pings and what a subscription tells, answers none of them.
// answers is to be called before the call is answered.
func (s *Server) count(ctx context.Context) (answers func()) {
	w := s.wire(ctx)
	if w == nil {
		s.meter.RoundTrips.Add(1)
		return func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.trips[w]
	if t == nil || t.answered && w.Delivered.Load() > t.had {
		t = &trip{}
		s.trips[w] = t
		s.meter.RoundTrips.Add(1)
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !t.answered {
			t.answered, t.had = true, w.Delivered.Load()
		}
	}
}

// caller is who calls, by the metadata of the call.
type caller struct{}

func userOf(ctx context.Context) User { u, _ := ctx.Value(caller{}).(User); return u }

// admit is asked before each call.
func (s *Server) admit(ctx context.Context) (context.Context, error) {
	s.meter.Commands.Add(1)
	trouble := s.host.Trouble()
	if trouble.Silent {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if !s.host.Admits() || trouble.Unavailable {
		return nil, status.Error(codes.Unavailable, "the service is not available")
	}
	u, ok := s.user(ctx)
	if !ok || trouble.WrongPassword {
		s.meter.Failures.Add(1)
		return nil, status.Error(codes.Unauthenticated, "authentication failed")
	}
	w := s.wire(ctx)
	s.mu.Lock()
	if w != nil && !s.known[w] {
		s.known[w] = true
		s.meter.Logins.Add(1)
	}
	s.mu.Unlock()
	s.host.CallArrives()
	if d := s.host.Pace().ThinkTime; d > 0 && !pause(ctx, d) {
		return nil, ctx.Err()
	}
	return context.WithValue(ctx, caller{}, u), nil
}

func (s *Server) user(ctx context.Context) (User, bool) {
	md, _ := metadata.FromIncomingContext(ctx)
	one := func(key string) string { return append(md.Get(key), "")[0] }
	for _, u := range s.host.Settings().Users {
		if u.Name == one("username") && u.Password == one("password") && u.Password != "" {
			return u, true
		}
	}
	return User{}, false
}

func (s *Server) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	defer s.count(ctx)()
	ctx, err := s.admit(ctx)
	if err != nil {
		return nil, err
	}
	return next(ctx, req)
}

func (s *Server) stream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	answers := s.count(ss.Context())
	defer answers()
	ctx, err := s.admit(ss.Context())
	if err != nil {
		return err
	}
	return next(srv, &stream{ServerStream: ss, ctx: ctx, s: s, answers: answers})
}

// A stream breaks after so many answers.
type stream struct {
	grpc.ServerStream
	ctx     context.Context
	s       *Server
	sent    int
	answers func()
}

func (t *stream) Context() context.Context { return t.ctx }

func (t *stream) SendMsg(m any) error {
	if n := t.s.host.Trouble().BreakStream; n > 0 && t.sent >= n {
		return t.s.lose(t.ctx)
	}
	if t.sent++; t.sent == 1 {
		t.answers()
	}
	return t.ServerStream.SendMsg(m)
}

// pause waits; false: the call is over.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Capabilities tells what the switch speaks.
func (s *Server) Capabilities(context.Context, *gpb.CapabilityRequest) (*gpb.CapabilityResponse, error) {
	about := s.about()
	out := &gpb.CapabilityResponse{GNMIVersion: about.GNMI}
	for _, m := range about.Models {
		out.SupportedModels = append(out.SupportedModels, &gpb.ModelData{Name: m.Name, Organization: m.Organization, Version: m.Version})
	}
	for _, e := range about.Encodings {
		out.SupportedEncodings = append(out.SupportedEncodings, gpb.Encoding(gpb.Encoding_value[e]))
	}
	return out, nil
}

// refusal is an error of the device as a status. Which codes devices take is not
// recorded: InvalidArgument stands for what cannot be read, Aborted for a transaction
// that was refused, as the specification wants it (3.4.3).
func refusal(err error, code codes.Code) error {
	if _, is := status.FromError(err); is {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return status.FromContextError(err).Err()
	}
	return status.Error(code, err.Error())
}
