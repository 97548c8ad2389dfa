package gnmi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	user     = "oper-7"
	password = "geheim-5417"
)

// A server is the other end, played by a test. What it is not given to do it refuses.
type server struct {
	gpb.UnimplementedGNMIServer
	get       func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error)
	set       func(context.Context, *gpb.SetRequest) (*gpb.SetResponse, error)
	subscribe func(*gpb.SubscribeRequest, gpb.GNMI_SubscribeServer) error
	// everybody is told the capabilities.
	everybody bool
	refusal   codes.Code // of a wrong login; 0 = Unauthenticated

	grpc *grpc.Server
	addr string

	mu    sync.Mutex
	shown []string // passwords
}

func (s *server) admit(ctx context.Context) error {
	md, _ := metadata.FromIncomingContext(ctx)
	s.mu.Lock()
	s.shown = append(s.shown, md.Get("password")...)
	s.mu.Unlock()
	if slices.Equal(md.Get("username"), []string{user}) && slices.Equal(md.Get("password"), []string{password}) {
		return nil
	}
	code := s.refusal
	if code == 0 {
		code = codes.Unauthenticated
	}
	return status.Errorf(code, "bad login %v %v", md.Get("username"), md.Get("password"))
}

func (s *server) passwords() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.shown)
}

func (s *server) Capabilities(ctx context.Context, _ *gpb.CapabilityRequest) (*gpb.CapabilityResponse, error) {
	if err := s.admit(ctx); err != nil && !s.everybody {
		return nil, err
	}
	return &gpb.CapabilityResponse{GNMIVersion: "0.10.0", SupportedEncodings: []gpb.Encoding{gpb.Encoding_JSON_IETF, gpb.Encoding_ASCII, 44},
		SupportedModels: []*gpb.ModelData{{Name: "urn:example:mirroring", Organization: "Example", Version: "2024-03-31"}}}, nil
}

func (s *server) Get(ctx context.Context, r *gpb.GetRequest) (*gpb.GetResponse, error) {
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	if s.get == nil {
		return s.UnimplementedGNMIServer.Get(ctx, r)
	}
	return s.get(ctx, r)
}

func (s *server) Set(ctx context.Context, r *gpb.SetRequest) (*gpb.SetResponse, error) {
	if err := s.admit(ctx); err != nil {
		return nil, err
	}
	if s.set == nil {
		return s.UnimplementedGNMIServer.Set(ctx, r)
	}
	return s.set(ctx, r)
}

func (s *server) Subscribe(stream gpb.GNMI_SubscribeServer) error {
	if err := s.admit(stream.Context()); err != nil {
		return err
	}
	r, err := stream.Recv()
	if err != nil {
		return err
	}
	return s.subscribe(r, stream)
}

// serve starts it over TLS, or without where config is nil. end stops it at once, and so
// does the end of the test.
func (s *server) serve(t *testing.T, config *tls.Config, more ...grpc.ServerOption) (end func()) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		more = append(more, grpc.Creds(credentials.NewTLS(config)))
	}
	s.addr, s.grpc = ln.Addr().String(), grpc.NewServer(more...)
	gpb.RegisterGNMIServer(s.grpc, s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.grpc.Serve(ln)
	}()
	end = func() { s.grpc.Stop(); <-done }
	t.Cleanup(end)
	return end
}

// A site is a server over TLS with the files to reach it.
type site struct {
	*server
	ours  *testkit.Authority
	files certs.Files
}

func newSite(t *testing.T, s *server) *site {
	t.Helper()
	ours := testkit.NewAuthority(t, "ours")
	s.serve(t, serverTLS(t, ours, "127.0.0.1"))
	return &site{server: s, ours: ours, files: certs.Files{CA: ours.CA}}
}

func serverTLS(t *testing.T, a *testkit.Authority, hosts ...string) *tls.Config {
	t.Helper()
	cert, key := a.Issue(t, "switch", hosts...)
	return withCertificate(t, cert, key)
}

func withCertificate(t *testing.T, cert, key string) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}
}

// mutual makes a server want certificates of an authority.
func mutual(t *testing.T, config *tls.Config, a *testkit.Authority) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(a.CA)
	if err != nil {
		t.Fatal(err)
	}
	config.ClientCAs = x509.NewCertPool()
	config.ClientCAs.AppendCertsFromPEM(pem)
	config.ClientAuth = tls.RequireAndVerifyClientCert
	return config
}

// target reaches a server with the right login.
func target(t *testing.T, addr string, change ...func(*mirror.Target)) mirror.Target {
	t.Helper()
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	out := mirror.Target{Device: mirror.Device{Name: "sw1"}, Transport: mirror.Transport{Protocol: "gnmi", Address: at.IP.String(), Port: at.Port},
		Login: mirror.Login{Profile: "lab", Username: mirror.NewSecret(user), Password: mirror.NewSecret(password), For: mirror.Bindings{"127.0.0.0/8"}}}
	for _, c := range change {
		c(&out)
	}
	return out
}

func (s *site) dial(t *testing.T, change ...func(*mirror.Target)) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), target(t, s.addr, change...), Options{TLS: s.files})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func limits(read, push time.Duration) func(*mirror.Target) {
	return func(t *mirror.Target) {
		t.Transport.Timeouts = mirror.WaitingLimits{Read: mirror.Duration(read), Push: mirror.Duration(push)}
	}
}
