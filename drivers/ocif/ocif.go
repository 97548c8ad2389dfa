package ocif

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// Every is how often the counters are read: many servers bring them up to date every few
// seconds only.
const Every = 10 * time.Second

// A Platform is what must be known of the device beside its server.
type Platform struct {
	// Ports makes names of the server canonical, as worker.Driver.Ports does.
	Ports func(text string) ([]mirror.PortName, error)
	// CopiesReadDown says that a port that sends copies may be told as down: then a port
	// that is down and not shut down may be up.
	CopiesReadDown bool
}

// server is what is used of a gnmi.Conn.
type server interface {
	Capabilities() gnmi.Capabilities
	Get(ctx context.Context, r gnmi.GetRequest) ([]gnmi.Notification, error)
	Close() error
}

var _ server = (*gnmi.Conn)(nil)

const (
	// forget is how old the names may be when a port is not among them.
	forget = 5 * time.Minute
	// speedsFor is how old speeds may be: that of a port-channel moves with its members.
	speedsFor = time.Minute
)

// A Conn reads the counters of one device. Its methods may be called concurrently;
// readings exclude each other.
type Conn struct {
	server   server
	platform Platform
	encoding gnmi.Encoding

	mu     sync.Mutex
	names  map[mirror.PortName]string // the server's name of each port
	twice  map[mirror.PortName]string // ports that have two names, with these
	named  time.Time                  // when the names were read; zero = not yet
	speeds map[string]mirror.BitsPerSecond
	told   time.Time         // when the speeds were read; zero = not yet
	links  map[string]string // what was told of each link then
}

// Connect opens a connection with the gNMI server of a target. The errors are those of
// gnmi.Dial, and ErrUnsupported where the server does not have the model, or no JSON.
func Connect(ctx context.Context, t mirror.Target, p Platform, files certs.Files) (*Conn, error) {
	s, err := gnmi.Dial(ctx, t, gnmi.Options{TLS: files})
	if err != nil {
		return nil, err
	}
	c, err := newConn(s, p)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("gNMI server %s: %w", s.Server(), err), s.Close())
	}
	return c, nil
}

// model is what the counters are in. Servers put their own words before it.
const model = "openconfig-interfaces"

func newConn(s server, p Platform) (*Conn, error) {
	c := &Conn{server: s, platform: p, encoding: gnmi.EncodingJSONIETF}
	can := s.Capabilities()
	if len(can.Models) > 0 && !slices.ContainsFunc(can.Models, func(m gnmi.Model) bool { return strings.HasSuffix(m.Name, model) }) {
		return nil, mirror.Unsupported("the server does not announce the model %s; it may have to be turned on there", model)
	}
	switch {
	case can.Has(gnmi.EncodingJSONIETF):
	case can.Has(gnmi.EncodingJSON):
		c.encoding = gnmi.EncodingJSON
	default:
		return nil, mirror.Unsupported("the server announces no encoding in JSON, only %v", can.Encodings)
	}
	return c, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return c.server.Close() }

// Counters reads the counters of ports, see worker.Counter. Native sessions have none
// here. A port that two names of the server mean is Missing. All come with one answer,
// so that they are of one time.
func (c *Conn) Counters(ctx context.Context, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := mirror.CounterRead{At: time.Now()}
	if len(ask.Ports) == 0 && !ask.All {
		return r, nil
	}
	rows, err := c.rows(ctx, ask)
	if err != nil {
		return mirror.CounterRead{}, fmt.Errorf("read counters: %w", err)
	}
	r.At = time.Now()
	if err := c.refreshSpeeds(ctx, rows); err != nil {
		return mirror.CounterRead{}, fmt.Errorf("read the speeds of ports: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		port, ok := c.port(name)
		if !ok || c.names[port] != name {
			continue
		}
		p, err := rows[name].counters(port, c.platform.CopiesReadDown)
		if err != nil {
			return mirror.CounterRead{}, fmt.Errorf("counters of %s: %w", name, err)
		}
		if p.Up == mirror.True { // a port that is down tells anything
			p.Bandwidth = c.speeds[name]
		}
		if slices.Contains(ask.Ports, port) || ask.All && p.Up != mirror.False {
			r.Ports = append(r.Ports, p)
		}
	}
	r.Missing = c.missing(ask, r.Ports)
	return r, nil
}

// missing says of ports that were asked for and not told why.
func (c *Conn) missing(ask mirror.CounterAsk, told []mirror.PortCounters) map[mirror.PortName]string {
	var out map[mirror.PortName]string
	for _, p := range ask.Distinct() {
		if slices.ContainsFunc(told, func(t mirror.PortCounters) bool { return t.Port == p }) {
			continue
		}
		if out == nil {
			out = map[mirror.PortName]string{}
		}
		out[p] = cmp.Or(c.twice[p], "the server has no interface of this name")
	}
	return out
}

// port is the port of a name, false where it is none or several.
func (c *Conn) port(name string) (mirror.PortName, bool) {
	found, err := c.platform.Ports(name)
	if err != nil || len(found) != 1 {
		return "", false
	}
	return found[0], true
}

// rows reads the state of the ports that are wanted, and of others where that is no more
// to ask for. Names are learned when all are read: at first, when one of the ports has
// had none for a while, and when the server does not know one any more.
func (c *Conn) rows(ctx context.Context, ask mirror.CounterAsk) (map[string]row, error) {
	var wanted []gnmi.Path
	unknown := false
	for _, p := range ask.Distinct() {
		if name, ok := c.names[p]; ok {
			wanted = append(wanted, at(name, "state"))
		} else {
			unknown = true
		}
	}
	if named := !unknown || time.Since(c.named) < forget; named && !ask.All {
		switch {
		case len(wanted) == 0:
			return nil, nil
		case len(wanted) <= len(c.names)/4+1:
			rows, err := c.get(ctx, wanted...)
			if !nothing(err) {
				return rows, err
			}
		}
	}
	rows, err := c.get(ctx, at("*", "state"))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("the server tells no interfaces of the model %s: %w", model, mirror.ErrRejected)
	}
	c.learn(rows)
	return rows, nil
}

// nothing reports whether a server says that it has no such node.
func nothing(err error) bool {
	return errors.Is(err, mirror.ErrNotFound) || errors.Is(err, mirror.ErrRejected) || errors.Is(err, mirror.ErrUnsupported)
}

// learn takes the names of all interfaces.
func (c *Conn) learn(rows map[string]row) {
	c.names, c.twice, c.named = map[mirror.PortName]string{}, map[mirror.PortName]string{}, time.Now()
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		port, ok := c.port(name)
		if !ok {
			continue
		}
		if other, twice := c.names[port]; twice {
			c.twice[port] = fmt.Sprintf("the server has it twice, as %q and as %q", other, name)
		}
		c.names[port] = name
	}
	for port := range c.twice {
		delete(c.names, port)
	}
}

// refreshSpeeds reads the speeds of all ports where they are old or a link has changed.
// A server without them, or without port-channels, is one that does not tell.
func (c *Conn) refreshSpeeds(ctx context.Context, rows map[string]row) error {
	fresh := time.Since(c.told) < speedsFor
	for name, r := range rows {
		fresh = fresh && c.links[name] == r.link()
	}
	if fresh {
		return nil
	}
	ethernet, err := c.get(ctx, at("*", "ethernet", "state"))
	if err != nil && !nothing(err) {
		return err
	}
	lags, err := c.get(ctx, at("*", "aggregation", "state", "lag-speed"))
	if err != nil && !nothing(err) {
		return err
	}
	c.speeds, c.told = map[string]mirror.BitsPerSecond{}, time.Now()
	for name, r := range ethernet {
		c.speeds[name] = cmp.Or(ethernetSpeed(r[negotiatedSpeed]), ethernetSpeed(r[portSpeed]))
	}
	for name, r := range lags {
		mbps, err := r.number(lagSpeed)
		if err != nil {
			return err
		}
		if mbps > 0 {
			c.speeds[name] = mirror.BitsPerSecond(mbps) * 1e6
		}
	}
	if c.links == nil {
		c.links = map[string]string{}
	}
	for name, r := range rows {
		c.links[name] = r.link()
	}
	return nil
}

// at is a path below an interface, of all with "*".
func at(name string, below ...string) gnmi.Path {
	p := gnmi.Path{Origin: "openconfig", Elems: []gnmi.Elem{{Name: "interfaces"}, {Name: "interface", Keys: map[string]string{"name": name}}}}
	for _, b := range below {
		p.Elems = append(p.Elems, gnmi.Elem{Name: b})
	}
	return p
}

// get reads nodes and sorts what they hold by interfaces.
func (c *Conn) get(ctx context.Context, paths ...gnmi.Path) (map[string]row, error) {
	answer, err := c.server.Get(ctx, gnmi.GetRequest{Paths: paths, Encoding: c.encoding, Type: gnmi.State})
	if err != nil {
		return nil, err
	}
	return rowsOf(answer)
}
