package ovs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/certs"
	"github.com/netmirror/netmirror/internal/transport/ovsdb"
)

const (
	// defaultPort is IANA's for OVSDB.
	defaultPort = 6640
	// settling is how long Push waits for ovs-vswitchd to take a change.
	settling = 5 * time.Second
)

// A Conn is a connection to the database of one bridge. It is used by one
// goroutine at a time.
type Conn struct {
	client *ovsdb.Client
	device string
	facts  mirror.Facts
	read   time.Duration // the longest wait for a read; 0 = the caller's
	parts  partsOf       // of the ports that were counted

	mu    sync.Mutex
	cur   int64         // cur_cfg as last told by the monitor
	moved chan struct{} // closed and replaced when cur changes
}

// Options of connections; the zero value is fine.
type Options struct {
	TLS certs.Files // for devices that speak TLS
}

// Connect opens a connection and finds the bridge. It is ErrUnreachable when
// nobody listens, ErrAuth when the socket may not be opened, ErrInvalid when
// the target asks for what OVSDB does not have, ErrUnsupported when the server
// holds no Open vSwitch database, ErrNotFound when the bridge is not in it or
// has to be named (the error lists the bridges).
func Connect(ctx context.Context, t mirror.Target, o Options) (*Conn, error) {
	client, err := dial(ctx, t, o)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.Transport.Address, err)
	}
	c := &Conn{client: client, device: t.Device.Name, read: t.Transport.Timeouts.Read.Std(), moved: make(chan struct{})}
	if err := c.learn(ctx, t.Transport.Bridge); err != nil {
		return nil, errors.Join(fmt.Errorf("connect to %s: %w", t.Transport.Address, err), client.Close())
	}
	return c, nil
}

func dial(ctx context.Context, t mirror.Target, o Options) (*ovsdb.Client, error) {
	network, addr, err := endpoint(t)
	if err != nil {
		return nil, err
	}
	settings := ovsdb.Options{Probe: t.Transport.Keepalive.Std(), MaxMessage: t.Transport.MaxReplyBytes}
	if t.Transport.TLS {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", mirror.ErrInvalid, err)
		}
		if settings.TLS, err = o.TLS.Config(host, t.Transport.ServerName); err != nil {
			return nil, err
		}
	}
	return ovsdb.Dial(ctx, network, addr, settings)
}

// endpoint is where a target's server listens.
func endpoint(t mirror.Target) (network, addr string, err error) {
	tr := t.Transport
	var reasons []mirror.Reason
	refuse := func(bad bool, field, why string) {
		if bad {
			reasons = append(reasons, mirror.Reason{Pointer: "/" + field, Code: "unsupported", Message: why})
		}
	}
	refuse(tr.Credentials != "" || !t.Username.IsZero(), "credentials", "OVSDB has no login")
	refuse(tr.JumpHost != (mirror.JumpHost{}), "jumpHost", "a jump host is not served over OVSDB; forward the socket instead")
	refuse(tr.HostKey != "", "hostKey", "OVSDB has no host key; with tls the server proves itself by its certificate")
	refuse(tr.TypeAhead != "", "typeAhead", "OVSDB has no command line")
	refuse(tr.MaxWriteBytes != 0, "maxWriteBytes", "OVSDB has no command line")
	refuse(tr.WantReply, "wantReply", "OVSDB has no terminal")
	path, unix := strings.CutPrefix(tr.Address, "unix:")
	unix = unix || strings.HasPrefix(path, "/")
	host := strings.TrimSuffix(strings.TrimPrefix(tr.Address, "["), "]")
	switch {
	case unix:
		refuse(tr.Port != 0, "port", "the path of a socket has no port")
		refuse(tr.TLS, "tls", "a socket of this machine speaks no TLS")
		network, addr = "unix", path
	default:
		if _, err := netip.ParseAddr(host); err != nil && strings.Contains(host, ":") {
			refuse(true, "address", fmt.Sprintf("%q is no host and no path of a socket (the port has its own field, and ssl: is written tls: true)", tr.Address))
		}
		refuse(host == "", "address", "there is no address")
		port := tr.Port
		if port == 0 {
			port = defaultPort
		}
		network, addr = "tcp", net.JoinHostPort(host, strconv.Itoa(port))
	}
	return network, addr, mirror.Refuse(mirror.ErrInvalid, reasons)
}

// learn checks the schema, follows cur_cfg and reads the facts.
func (c *Conn) learn(ctx context.Context, bridgeName string) error {
	names, err := c.client.ListDbs(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(names, database) {
		return fmt.Errorf("the server has the databases %q, not %s: %w", names, database, mirror.ErrUnsupported)
	}
	schema, err := c.client.GetSchema(ctx, database)
	if err != nil {
		return err
	}
	if err := checkSchema(schema); err != nil {
		return err
	}
	if err := c.client.Monitor(ctx, database, map[string][]string{tableRoot: {"cur_cfg"}}, c.took); err != nil {
		return err
	}
	filter := schema.Has(tableMirror, "filter")
	results, err := c.client.Transact(ctx, database, readOps(filter)...)
	if err != nil {
		return err
	}
	r, err := decodeReading(results)
	if err != nil {
		return err
	}
	bridge, name, err := r.pickBridge(bridgeName)
	if err != nil {
		return err
	}
	if c.facts, err = r.facts(bridge, name); err != nil {
		return err
	}
	c.facts.Extra[factSchema] = schema.Version
	c.facts.Extra[factFilter] = "no"
	if filter {
		c.facts.Extra[factFilter] = "yes"
	}
	c.facts.LearnedAt = time.Now()
	return nil
}

// took is the monitor's handler: ovs-vswitchd has taken a configuration.
func (c *Conn) took(u ovsdb.Updates) {
	for _, row := range u[tableRoot] {
		cur, err := row.New.Int("cur_cfg")
		if err != nil {
			continue // the row is gone with its database; Observe will tell
		}
		c.mu.Lock()
		c.cur = cur
		close(c.moved)
		c.moved = make(chan struct{})
		c.mu.Unlock()
	}
}

// Facts learned at connect.
func (c *Conn) Facts() mirror.Facts {
	f := c.facts
	f.Extra = maps.Clone(f.Extra)
	return f
}

// Observe reads the bridge, its ports and its mirrors in one transaction,
// whatever the look asks for.
func (c *Conn) Observe(ctx context.Context, _ mirror.Look) (mirror.Known, error) {
	o, err := c.observe(ctx)
	return mirror.Known{Observation: o, Read: o.At}, err
}

func (c *Conn) observe(ctx context.Context) (mirror.Observation, error) {
	if c.read > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.read)
		defer cancel()
	}
	results, err := c.client.Transact(ctx, database, readOps(hasFilter(c.facts))...)
	if err != nil {
		return mirror.Observation{}, err
	}
	r, err := decodeReading(results)
	if err != nil {
		return mirror.Observation{}, err
	}
	o, err := r.observe(c.facts.Extra[factBridge])
	if err != nil {
		return mirror.Observation{}, err
	}
	o.At = time.Now()
	return o, nil
}

// Push sends each block as one transaction, and after the last one that was
// taken waits at most five seconds for ovs-vswitchd to take it too. That it did
// not is no error here: the next Observe says Programmed False. The transaction
// id tx is not used, OVSDB has no place for one.
//
// A block that names rows which were unknown when it was rendered is not sent;
// its result is ErrNotFound. A connection that had ended before anything was sent
// gives mirror.ErrNotSent.
func (c *Conn) Push(ctx context.Context, _ string, p mirror.Payload) (mirror.PushReport, error) {
	var report mirror.PushReport
	if p.Format != format {
		return report, fmt.Errorf("payload of format %q: %w", p.Format, mirror.ErrInvalid)
	}
	if err := c.client.Err(); err != nil {
		return report, fmt.Errorf("ovs: push to %s: %w: %w", c.device, mirror.ErrNotSent, err)
	}
	awaited := int64(0)
	for _, b := range p.Blocks {
		result, next, err := c.pushBlock(ctx, b)
		if err != nil {
			return report, fmt.Errorf("%s: %w", b.Mark(), err)
		}
		report.Blocks = append(report.Blocks, result)
		awaited = max(awaited, next)
	}
	if err := c.confirmed(ctx, awaited); err != nil {
		return report, err
	}
	return report, nil
}

// pushBlock gives the block's result and the next_cfg to wait for; the error is
// of the connection.
func (c *Conn) pushBlock(ctx context.Context, b mirror.Block) (mirror.BlockResult, int64, error) {
	result := mirror.BlockResult{Mark: b.Mark()}
	ops, err := checkText(b.Text)
	if err != nil {
		result.Err = fmt.Errorf("%s: %w", c.device, err)
		return result, 0, nil
	}
	answers, text, err := c.client.TransactText(ctx, json.RawMessage(b.Text))
	result.Answer = text
	var refused *mirror.DeviceError
	if errors.As(err, &refused) {
		refused.Device = c.device
		result.Err = refused
		return result, 0, nil
	}
	if err != nil {
		return result, 0, err
	}
	next := int64(0)
	for i, op := range ops {
		switch op.Op {
		case "update", "mutate", "delete":
			if n := answers[i].Count; n != 1 {
				result.Err = &mirror.DeviceError{Device: c.device, Sent: op.Op + " " + op.Table, Answer: fmt.Sprintf("count %d instead of 1", n), Kind: mirror.ErrRejected}
			}
		case "select":
			if len(answers[i].Rows) != 1 {
				return result, 0, fmt.Errorf("next_cfg was not told: %w", mirror.ErrParse)
			}
			if next, err = answers[i].Rows[0].Int("next_cfg"); err != nil {
				return result, 0, err
			}
		}
	}
	return result, next, nil
}

// opHead is what Push reads of an operation it sends.
type opHead struct {
	Op, Table string
	UUIDName  string `json:"uuid-name"`
}

// checkText reads a block's text, and refuses rows that were unknown when it
// was rendered.
func checkText(text string) ([]opHead, error) {
	var list []any
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 || list[0] != database {
		return nil, fmt.Errorf("the block is no transaction on %s: %w", database, mirror.ErrInvalid)
	}
	var raw []json.RawMessage
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, fmt.Errorf("the block: %w: %w", mirror.ErrInvalid, err)
	}
	ops, known := make([]opHead, len(raw)-1), map[string]bool{}
	for i, op := range raw[1:] {
		if err := json.Unmarshal(op, &ops[i]); err != nil {
			return nil, fmt.Errorf("operation %d: %w: %w", i, mirror.ErrInvalid, err)
		}
		known[ops[i].UUIDName] = true
	}
	var unknown []string
	namedRows(list, func(name string) {
		if !known[name] {
			unknown = append(unknown, name)
		}
	})
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, fmt.Errorf("not on the device when this was rendered: %s: %w", strings.Join(slices.Compact(unknown), ", "), mirror.ErrNotFound)
	}
	return ops, nil
}

// namedRows calls found for every ["named-uuid", name] outside of maps, whose
// pairs are text of somebody's.
func namedRows(v any, found func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			namedRows(e, found)
		}
	case []any:
		if len(v) == 2 && v[0] == "map" {
			return
		}
		if name, ok := pairOf(v, "named-uuid"); ok {
			found(name)
			return
		}
		for _, e := range v {
			namedRows(e, found)
		}
	}
}

func pairOf(v []any, tag string) (string, bool) {
	if len(v) != 2 || v[0] != tag {
		return "", false
	}
	s, ok := v[1].(string)
	return s, ok
}

// confirmed waits until cur_cfg has reached next, for a bounded time. The
// error is of the connection.
func (c *Conn) confirmed(ctx context.Context, next int64) error {
	patience := time.NewTimer(settling)
	defer patience.Stop()
	for {
		c.mu.Lock()
		cur, moved := c.cur, c.moved
		c.mu.Unlock()
		if cur >= next {
			return nil
		}
		select {
		case <-moved:
		case <-patience.C:
			return nil
		case <-ctx.Done():
			return nil
		case <-c.client.Done():
			return c.client.Err()
		}
	}
}

// Close ends the connection.
func (c *Conn) Close() error { return c.client.Close() }
