package gnmi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"time"

	gpb "github.com/openconfig/gnmi/proto/gnmi"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Conn is one connection with a server. Its methods may be called concurrently.
type Conn struct {
	endpoint
	device    string
	login     mirror.Login
	plaintext bool

	wire   *wire
	grpc   *grpc.ClientConn
	client gpb.GNMIClient
	can    Capabilities

	mu    sync.Mutex
	leave func(error) // tells the gate of the login's outcome; nil when it was told
}

// Capabilities are what a server said of itself when it was met.
type Capabilities struct {
	Version   string // of gNMI: "0.10.0"
	Encodings []Encoding
	Models    []Model
	// Commits says that the server announces confirmed commits (gnmi_ext.Commit). There
	// are servers that have them and do not say so.
	Commits bool
}

// A Model is a YANG module, or a set of them, that a server serves.
type Model struct{ Name, Organization, Version string }

// Has reports whether the server offers an encoding.
func (c Capabilities) Has(e Encoding) bool {
	for _, x := range c.Encodings {
		if x == e {
			return true
		}
	}
	return false
}

// Dial connects to the server of a target and asks it for its capabilities, so that it
// has proved itself and the login was shown when Dial returns. Without Insecure the
// server's certificate must come from an authority of o.TLS and bear the name of the
// target. Timeouts.Dial bounds it all. Errors are mirror.ErrInvalid with every reason
// for settings that gNMI does not have, ErrUnreachable, ErrTimeout, ErrAuth where a
// certificate is refused by either side, ErrLoginRefused, ErrCredentials where the login
// may not be shown or is of another kind, and ErrUnsupported for what speaks gRPC and no
// gNMI.
func Dial(ctx context.Context, t mirror.Target, o Options) (*Conn, error) {
	e, err := endpointOf(t.Transport, o)
	if err != nil {
		return nil, fmt.Errorf("gNMI server %s: %w", t.Transport.Address, err)
	}
	c := &Conn{endpoint: e, device: t.Device.Name, login: t.Login, plaintext: t.Transport.Insecure == mirror.InsecurePlaintext}
	limit, cancel := context.WithTimeout(ctx, e.dial)
	defer cancel()
	if err := c.open(limit, t, o); err != nil {
		return nil, errors.Join(fmt.Errorf("gNMI server %s: %w", e.server, err), c.Close())
	}
	return c, nil
}

func (c *Conn) open(ctx context.Context, t mirror.Target, o Options) error {
	if err := checkLogin(t.Login); err != nil {
		return err
	}
	creds, err := c.attach(ctx, t, o)
	if err != nil {
		return err
	}
	if err := c.speak(t, creds); err != nil {
		return err
	}
	if t.Gate != nil && !t.Username.IsZero() {
		if c.leave, err = t.Gate.Enter(ctx, t.Login, c.server); err != nil {
			return err
		}
	}
	return c.meet(ctx)
}

// attach makes the connection, with TLS unless the target says otherwise.
func (c *Conn) attach(ctx context.Context, t mirror.Target, o Options) (credentials.TransportCredentials, error) {
	how := o.TLS.Config
	switch t.Transport.Insecure {
	case "":
	case mirror.InsecureSkipVerify:
		how = nil
	case mirror.InsecurePlaintext:
		conn, err := connect(ctx, c.endpoint, t.Login)
		if err != nil {
			return nil, err
		}
		c.wire = newWire(conn)
		return proven{info: plain{credentials.CommonAuthInfo{SecurityLevel: credentials.NoSecurity}}}, nil
	default:
		return nil, fmt.Errorf("insecure %q is neither %s nor %s: %w", t.Transport.Insecure, mirror.InsecureSkipVerify, mirror.InsecurePlaintext, mirror.ErrInvalid)
	}
	config, err := o.TLS.Unverified(c.host)
	if how != nil {
		config, err = how(c.host, t.Transport.ServerName)
	}
	if err != nil {
		return nil, err
	}
	conn, err := connect(ctx, c.endpoint, t.Login)
	if err != nil {
		return nil, err
	}
	conn, creds, err := secure(ctx, conn, c.endpoint, config)
	if err != nil {
		return nil, err
	}
	c.wire = newWire(conn)
	return creds, nil
}

// speak hands the connection to gRPC, which gets no other when this one is lost.
func (c *Conn) speak(t mirror.Target, creds credentials.TransportCredentials) error {
	alive := keepalive.ClientParameters{Time: t.Transport.Keepalive.Std(), Timeout: 20 * time.Second}
	if alive.Time == 0 {
		alive.Time = defaultKeepalive
	}
	given := make(chan *wire, 1)
	given <- c.wire
	once := func(context.Context, string) (net.Conn, error) {
		select {
		case w := <-given:
			return w, nil
		default:
			return nil, errors.New("the connection was lost")
		}
	}
	cc, err := grpc.NewClient("passthrough:///"+c.server, grpc.WithContextDialer(once), grpc.WithTransportCredentials(creds),
		grpc.WithPerRPCCredentials(login{Login: t.Login, plaintext: c.plaintext}), grpc.WithKeepaliveParams(alive),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(c.reply), grpc.MaxCallSendMsgSize(math.MaxInt32)),
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
		grpc.WithIdleTimeout(0), // it would close the connection
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithDisableHealthCheck(), grpc.WithNoProxy(),
		grpc.WithUserAgent("netmirror"), grpc.WithStatsHandler(watcher{}))
	if err != nil {
		return fmt.Errorf("%w: %w", mirror.ErrInvalid, err)
	}
	c.grpc, c.client = cc, gpb.NewGNMIClient(cc)
	return nil
}

// verbCapabilities is the request that a connection begins with.
const verbCapabilities = "Capabilities"

// meet asks for the capabilities.
func (c *Conn) meet(ctx context.Context) error {
	var answer *gpb.CapabilityResponse
	err := c.ask(ctx, &request{verb: verbCapabilities}, c.dial, func(ctx context.Context) (err error) {
		answer, err = c.client.Capabilities(ctx, &gpb.CapabilityRequest{})
		return err
	})
	if err != nil {
		return err
	}
	c.can.Version = answer.GetGNMIVersion()
	for _, e := range answer.GetSupportedEncodings() {
		c.can.Encodings = append(c.can.Encodings, Encoding(e.String()))
	}
	for _, m := range answer.GetSupportedModels() {
		c.can.Models = append(c.can.Models, Model{m.GetName(), m.GetOrganization(), m.GetVersion()})
	}
	for _, x := range answer.GetExtension() {
		c.can.Commits = c.can.Commits || x.GetCommit() != nil
	}
	return nil
}

// Capabilities are those that the server told when it was met.
func (c *Conn) Capabilities() Capabilities { return c.can }

// Server is its address and port.
func (c *Conn) Server() string { return c.server }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.wire.done }

// Close ends the connection; requests that are under way fail.
func (c *Conn) Close() error {
	c.outcome(errors.New("closed"))
	var err error
	if c.grpc != nil {
		if err = c.grpc.Close(); status.Code(err) == codes.Canceled { // it was closed before
			err = nil
		}
	}
	if c.wire != nil {
		_ = c.wire.Close() // gRPC has done so unless it never used it
	}
	return err
}

// outcome tells the gate, once, how the login went.
func (c *Conn) outcome(err error) {
	c.mu.Lock()
	leave := c.leave
	c.leave = nil
	c.mu.Unlock()
	if leave != nil {
		leave(err)
	}
}

// ask does one request within a time. A connection that is known to be lost is
// mirror.ErrNotSent beside ErrUnreachable.
func (c *Conn) ask(ctx context.Context, r *request, within time.Duration, do func(context.Context) error) error {
	limit, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := c.begin(ctx, r)
	if err == nil {
		if err = do(watch(limit, r)); err != nil {
			err = c.failure(ctx, limit, r, err)
		}
	}
	c.judge(r, err)
	return err
}

// begin is nil when a request can be sent.
func (c *Conn) begin(ctx context.Context, r *request) error {
	if ctx.Err() != nil {
		return fmt.Errorf("gNMI %s at %s: %w", r.verb, c.server, over(ctx))
	}
	if why := c.broken(); why != nil {
		return fmt.Errorf("gNMI %s at %s: %w: %w", r.verb, c.server, mirror.ErrNotSent, why)
	}
	mirror.AtStep(ctx, strings.TrimSpace("gNMI "+r.verb+" "+r.sent))
	mirror.RoundTrip(ctx)
	return nil
}

// judge takes from the outcome of a request what it says of the login. There are
// servers that tell everybody their capabilities: that is no proof, while a refusal is
// one, be it called by another name.
func (c *Conn) judge(r *request, err error) {
	heard := r.answered.Load() && !errors.Is(err, mirror.ErrAuth)
	switch {
	case errors.Is(err, mirror.ErrLoginRefused):
		c.outcome(err)
	case r.verb != verbCapabilities && (err == nil || heard):
		c.outcome(nil)
	case r.verb == verbCapabilities && err != nil:
		c.outcome(err) // no verdict
	}
}

// A watcher hears from gRPC how far a request has got.
type watcher struct{}

type requestKey struct{}

func watch(ctx context.Context, r *request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

func (watcher) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

func (watcher) HandleRPC(ctx context.Context, s stats.RPCStats) {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return
	}
	switch s.(type) {
	case *stats.OutHeader:
		r.begun.Store(true)
	case *stats.InTrailer:
		r.answered.Store(true)
	}
}

func (watcher) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

func (watcher) HandleConn(context.Context, stats.ConnStats) {}
