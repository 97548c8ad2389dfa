package gnmi

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc/codes"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/certs"
)

func insecure(how string) func(*mirror.Target) {
	return func(t *mirror.Target) { t.Transport.Insecure = how }
}

// tried dials and closes; the error must show nothing of the login.
func tried(t *testing.T, to mirror.Target, f certs.Files) error {
	t.Helper()
	c, err := Dial(t.Context(), to, Options{TLS: f})
	if err == nil {
		return c.Close()
	}
	if strings.Contains(err.Error(), password) || strings.Contains(err.Error(), user) {
		t.Errorf("the login is told: %v", err)
	}
	return err
}

func TestCertificates(t *testing.T) {
	ours, other := testkit.NewAuthority(t, "ours"), testkit.NewAuthority(t, "other")
	trust := certs.Files{CA: ours.CA}
	expired, expiredKey := ours.IssueExpired(t, "switch", "127.0.0.1")
	own, ownKey := ours.Issue(t, "controller")
	strange, strangeKey := other.Issue(t, "controller")
	named := func(name string) func(*mirror.Target) {
		return func(t *mirror.Target) { t.Transport.ServerName = name }
	}
	none := func(*mirror.Target) {}
	for name, c := range map[string]struct {
		server *tls.Config // nil = without TLS
		files  certs.Files
		change func(*mirror.Target)
		kind   error
		words  []string
	}{
		"good":                          {serverTLS(t, ours, "127.0.0.1"), trust, none, nil, nil},
		"by a name that is told":        {serverTLS(t, ours, "sw1.example.net"), trust, named("sw1.example.net"), nil, nil},
		"a common name that is told":    {serverTLS(t, ours), trust, named("switch"), nil, nil},
		"another authority":             {serverTLS(t, other, "127.0.0.1"), trust, none, mirror.ErrAuth, []string{"unknown authority", "device-ca", "skip-verify"}},
		"the system's authorities":      {serverTLS(t, ours, "127.0.0.1"), certs.Files{}, none, mirror.ErrAuth, []string{"unknown authority"}},
		"another authority, unverified": {serverTLS(t, other, "127.0.0.1"), trust, insecure(mirror.InsecureSkipVerify), nil, nil},
		"expired":                       {withCertificate(t, expired, expiredKey), trust, none, mirror.ErrAuth, []string{"expired", "it holds from", "renew it on the device"}},
		"another name":                  {serverTLS(t, ours, "sw2.example.net"), trust, none, mirror.ErrAuth, []string{"127.0.0.1", "serverName"}},
		"another name than told":        {serverTLS(t, ours, "sw2.example.net"), trust, named("sw1.example.net"), mirror.ErrAuth, []string{"sw2.example.net", "sw1.example.net", "serverName"}},
		"mutual":                        {mutual(t, serverTLS(t, ours, "127.0.0.1"), ours), certs.Files{CA: ours.CA, Cert: own, Key: ownKey}, none, nil, nil},
		"mutual, unverified":            {mutual(t, serverTLS(t, other, "127.0.0.1"), ours), certs.Files{CA: ours.CA, Cert: own, Key: ownKey}, insecure(mirror.InsecureSkipVerify), nil, nil},
		"mutual without ours":           {mutual(t, serverTLS(t, ours, "127.0.0.1"), ours), trust, none, mirror.ErrAuth, []string{"does not accept our certificate", "device-cert"}},
		"mutual without ours, TLS 1.2":  {old(mutual(t, serverTLS(t, ours, "127.0.0.1"), ours)), trust, none, mirror.ErrUnreachable, []string{"refuses the handshake", "device-cert"}},
		"mutual with a stranger's":      {mutual(t, serverTLS(t, ours, "127.0.0.1"), ours), certs.Files{CA: ours.CA, Cert: strange, Key: strangeKey}, none, mirror.ErrAuth, []string{"does not accept our certificate"}},
		"no TLS there":                  {nil, trust, none, mirror.ErrUnreachable, []string{"does not speak TLS", "insecure: plaintext"}},
		"no TLS here":                   {serverTLS(t, ours, "127.0.0.1"), trust, insecure(mirror.InsecurePlaintext), mirror.ErrUnreachable, []string{"TLS", "insecure: plaintext"}},
		"no TLS on either side":         {nil, trust, insecure(mirror.InsecurePlaintext), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{}
			s.serve(t, c.server)
			err := tried(t, target(t, s.addr, c.change), c.files)
			if !errors.Is(err, c.kind) {
				t.Errorf("%v, want %v", err, c.kind)
			}
			for _, w := range c.words {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("%v does not say %q", err, w)
				}
			}
			if shown := len(s.passwords()); (shown > 0) != (c.kind == nil) {
				t.Errorf("the login was shown %d times", shown)
			}
			if errors.Is(err, mirror.ErrLoginRefused) {
				t.Errorf("%v is no refusal of the login", err)
			}
		})
	}
}

func old(c *tls.Config) *tls.Config {
	c.MaxVersion = tls.VersionTLS12
	return c
}

// A server that speaks TLS and has not heard of ALPN, as old ones do.
func TestAServerWithoutALPN(t *testing.T) {
	ours := testkit.NewAuthority(t, "ours")
	config := serverTLS(t, ours, "127.0.0.1")
	front, err := tls.Listen("tcp", "127.0.0.1:0", config) // no NextProtos
	if err != nil {
		t.Fatal(err)
	}
	behind := &server{}
	behind.serve(t, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		near, err := front.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", behind.addr)
		if err != nil {
			t.Error(err)
			return
		}
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		_, _ = io.Copy(near, far)
		_ = near.Close()
	}()
	defer func() { _ = front.Close(); <-done }()
	if err := tried(t, target(t, front.Addr().String()), certs.Files{CA: ours.CA}); err != nil {
		t.Error(err)
	}
}

// gate counts verdicts.
type gate struct {
	entered  int
	outcomes []error
	refuse   error
}

func (g *gate) Enter(context.Context, mirror.Login, string) (func(error), error) {
	if g.refuse != nil {
		return nil, g.refuse
	}
	g.entered++
	return func(err error) { g.outcomes = append(g.outcomes, err) }, nil
}

func through(g *gate) func(*mirror.Target) { return func(t *mirror.Target) { t.Gate = g } }

func wrong(t *mirror.Target) { t.Password = mirror.NewSecret("falsch-9932") }

func TestLogins(t *testing.T) {
	s := newSite(t, &server{})
	s.get = func(context.Context, *gpb.GetRequest) (*gpb.GetResponse, error) { return &gpb.GetResponse{}, nil }
	for _, code := range []codes.Code{codes.Unauthenticated, codes.PermissionDenied} {
		s.refusal = code
		g := &gate{}
		err := tried(t, target(t, s.addr, wrong, through(g)), s.files)
		if !errors.Is(err, mirror.ErrLoginRefused) || !strings.Contains(err.Error(), "bad login") || strings.Contains(err.Error(), "falsch") {
			t.Errorf("a wrong password, %s: %v", code, err)
		}
		if g.entered != 1 || len(g.outcomes) != 1 || !errors.Is(g.outcomes[0], mirror.ErrLoginRefused) {
			t.Errorf("%s: the gate heard %v", code, g.outcomes)
		}
	}
	s.refusal = 0

	g := &gate{}
	c := s.dial(t, through(g))
	if len(g.outcomes) != 0 {
		t.Error("capabilities alone are no proof")
	}
	for range 2 {
		if _, err := c.Get(t.Context(), GetRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(g.outcomes) != 1 || g.outcomes[0] != nil {
		t.Errorf("the gate heard %v of a good login", g.outcomes)
	}

	// Where everybody is told the capabilities, the first request tells.
	s.everybody = true
	g = &gate{}
	c = s.dial(t, wrong, through(g))
	if _, err := c.Get(t.Context(), GetRequest{}); !errors.Is(err, mirror.ErrLoginRefused) || len(g.outcomes) != 1 || !errors.Is(g.outcomes[0], mirror.ErrLoginRefused) {
		t.Errorf("%v; the gate heard %v", err, g.outcomes)
	}
	s.everybody = false

	paused := &mirror.CredentialsError{Profile: "lab", Reason: "x", Why: "paused"}
	before := len(s.passwords())
	for name, change := range map[string]func(*mirror.Target){
		"kept out by the gate":  through(&gate{refuse: paused}),
		"not for this address":  func(t *mirror.Target) { t.For = mirror.Bindings{"192.0.2.0/24"} },
		"of SNMP":               func(t *mirror.Target) { t.SNMP.Community = mirror.NewSecret("public") },
		"without a password":    func(t *mirror.Target) { t.Password = mirror.Secret{} },
		"not printable":         func(t *mirror.Target) { t.Password = mirror.NewSecret("paßwort") },
		"not for it, plaintext": func(t *mirror.Target) { t.For = nil; t.Transport.Insecure = mirror.InsecurePlaintext },
	} {
		if err := tried(t, target(t, s.addr, change), s.files); !errors.Is(err, mirror.ErrCredentials) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.passwords()) != before {
		t.Error("a login was shown that must not be")
	}
}

// A server may know us by our certificate alone.
func TestNoLogin(t *testing.T) {
	s := newSite(t, &server{everybody: true})
	c := s.dial(t, func(t *mirror.Target) { t.Login = mirror.Login{} })
	if c.Capabilities().Version != "0.10.0" || len(s.passwords()) != 0 {
		t.Errorf("%+v, shown %q", c.Capabilities(), s.passwords())
	}
}

// gRPC itself does not show a login without TLS, whatever we have set.
func TestALoginIsNotShownWithoutTLS(t *testing.T) {
	if (login{}).RequireTransportSecurity() != true || (login{plaintext: true}).RequireTransportSecurity() {
		t.Error("the login does not ask for TLS")
	}
	s := &server{}
	s.serve(t, nil)
	to := target(t, s.addr, insecure(mirror.InsecurePlaintext))
	e, err := endpointOf(to.Transport, Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &Conn{endpoint: e, login: to.Login, plaintext: true}
	creds, err := c.attach(t.Context(), to, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.plaintext = false // as if a way had led past the device's entry
	if err := c.speak(to, creds); err == nil || !strings.Contains(err.Error(), "transport level security") {
		t.Errorf("%v", err)
	}
}

func TestWhatGNMIDoesNotHave(t *testing.T) {
	to := mirror.Target{Transport: mirror.Transport{Address: "host", Bridge: "br0", JumpHost: mirror.JumpHost{Address: "j"}, HostKey: "strict", Legacy: true, TLS: true,
		Insecure: mirror.InsecureSkipVerify, ServerName: "x", Tuning: mirror.Tuning{TypeAhead: mirror.TypeAheadOff, MaxWriteBytes: 200, WantReply: true}}}
	err := tried(t, to, certs.Files{})
	var refusal *mirror.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, mirror.ErrInvalid) || len(refusal.Reasons) != 9 {
		t.Errorf("%v", err)
	}
	for _, address := range []string{"", "/run/sock", "unix:/run/sock", "host:57400"} {
		to.Transport = mirror.Transport{Address: address}
		if err := tried(t, to, certs.Files{}); !errors.Is(err, mirror.ErrInvalid) {
			t.Errorf("address %q: %v", address, err)
		}
	}
	to.Transport = mirror.Transport{Address: "127.0.0.1", Insecure: "maybe"}
	if err := tried(t, to, certs.Files{}); !errors.Is(err, mirror.ErrInvalid) {
		t.Errorf("insecure: maybe: %v", err)
	}
}

func TestNobodyListens(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	if err := tried(t, target(t, ln.Addr().String()), certs.Files{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("%v", err)
	}
	to := target(t, ln.Addr().String())
	to.Transport.Address, to.For = "no-such-host.invalid", mirror.Bindings{mirror.Any}
	if err := tried(t, to, certs.Files{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("a name that is none: %v", err)
	}
}

// Whoever accepts a connection and says nothing holds nobody longer than timeouts.dial.
func TestAMuteServer(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for _, how := range []string{"", mirror.InsecurePlaintext} {
		to := target(t, ln.Addr().String(), insecure(how))
		to.Transport.Timeouts.Dial = mirror.Duration(50 * time.Millisecond)
		if err := tried(t, to, certs.Files{}); !errors.Is(err, mirror.ErrTimeout) {
			t.Errorf("insecure %q: %v", how, err)
		}
	}
}

// A server of something else is told as that.
func TestAnotherServer(t *testing.T) {
	web := httptest.NewUnstartedServer(http.NotFoundHandler())
	web.EnableHTTP2 = true
	web.StartTLS()
	defer web.Close()
	if err := tried(t, target(t, web.Listener.Addr().String(), insecure(mirror.InsecureSkipVerify)), certs.Files{}); !errors.Is(err, mirror.ErrUnsupported) || !strings.Contains(err.Error(), "no gNMI server") {
		t.Errorf("a web server: %v", err)
	}
	ssh, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ssh.Close()
	go func() {
		for {
			conn, err := ssh.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.2\r\n")
			_ = conn.Close()
		}
	}()
	if err := tried(t, target(t, ssh.Addr().String()), certs.Files{}); !errors.Is(err, mirror.ErrUnreachable) {
		t.Errorf("an SSH server: %v", err)
	}
}
