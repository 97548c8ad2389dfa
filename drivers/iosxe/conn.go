package iosxe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// terminal is what the driver needs of its transport.
type terminal interface {
	Run(ctx context.Context, commands ...string) ([]cli.Reply, error)
	RunConfirmed(ctx context.Context, command string, confirm *regexp.Regexp) (cli.Reply, error)
	LineByLine() bool
	Configure(ctx context.Context, blocks []cli.Block) ([]cli.BlockResult, error)
	Close() error
}

// Options of a connection beside the target.
type Options struct {
	HostKeys cli.HostKeys // may be nil only for hostKey insecure
	Timeouts cli.Timeouts // zero values: the transport's settings and defaults
	// Renderer writes the lines that undo a refused block; nil = the embedded
	// templates. It must be the one whose payloads are pushed.
	Renderer *Renderer
	// Transcript receives the dialogue, secrets replaced; nil = none.
	Transcript func(cli.Event)
}

// A Conn is an open command line of one device. It is used by one goroutine at
// a time.
type Conn struct {
	term     terminal
	device   string
	facts    mirror.Facts
	quirk    quirk
	renderer *Renderer
	now      func() time.Time

	// What the last reads gave, see observe.go; given is what the caller was
	// handed of it. dirty: something was sent since, so that nothing of it may be
	// relied on.
	dirty bool
	state *state
	given *state
	// lookAgain: a footing was sent, so that VLANs and trunks are read anew.
	lookAgain bool
	pushed    map[string]bool // numbers changed since the last save: true = set, false = deleted
	unsaved   []difference    // between startup and running
	compared  bool            // unsaved was read after the last push
}

// platform is scrapligo's definition of the command line, read once: it holds
// compiled patterns that all connections share.
var platform = sync.OnceValues(func() (*cli.Platform, error) { return cli.LoadPlatform(Platform) })

// secretText finds secrets that a configuration shows, for transcripts.
var secretText = regexp.MustCompile(`(?i)\b((?:secret|password|key|key-string|community|md5)(?: \d+)?) \S+`)

func redact(reply string) string { return secretText.ReplaceAllString(reply, "$1 ********") }

// Connect logs in and reads who the device is. Errors are of the kinds of
// cli.Open, and mirror.ErrParse when show version is not understood.
func Connect(ctx context.Context, t mirror.Target, o Options) (*Conn, error) {
	p, err := platform()
	if err != nil {
		return nil, err
	}
	term, err := cli.Open(ctx, cli.Config{Target: t, Platform: p, HostKeys: o.HostKeys, Timeouts: o.Timeouts,
		Transcript: o.Transcript, Redact: redact})
	if err != nil {
		return nil, err
	}
	c, err := newConn(ctx, term, t.Device.Name, t.Facts, o.Renderer)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the software version: %w", hide(term, err)), term.Close())
	}
	return c, nil
}

// hide replaces the secrets of our login in an error that may quote the device: a
// switch that knows them can say them in any line.
func hide(term terminal, err error) error {
	if err == nil {
		return nil
	}
	var quoted *mirror.DeviceError
	if errors.As(err, &quoted) { // whose fields are read, too
		quoted.Sent, quoted.Answer = hideText(term, quoted.Sent), hideText(term, quoted.Answer)
	}
	if reply := hideText(term, err.Error()); reply != err.Error() {
		return hidden{err, reply}
	}
	return err
}

func hideText(term terminal, reply string) string {
	if r, ok := term.(interface{ Redact(string) string }); ok {
		return r.Redact(reply)
	}
	return reply
}

// hidden is an error in other words.
type hidden struct {
	error
	text string
}

func (h hidden) Error() string { return h.text }
func (h hidden) Unwrap() error { return h.error }

func newConn(ctx context.Context, term terminal, device string, known mirror.Facts, r *Renderer) (*Conn, error) {
	if r == nil {
		r = builtin
	}
	c := &Conn{term: term, device: device, renderer: r, now: time.Now, pushed: map[string]bool{}}
	if err := c.learn(ctx, known); err != nil {
		return nil, err
	}
	c.quirk = quirkOf(c.facts)
	return c, nil
}

// learn reads who the device is. What model and software decide is not asked
// again of one that is still the same.
func (c *Conn) learn(ctx context.Context, known mirror.Facts) error {
	commands := []string{showVersion}
	if known.Version == "" {
		commands = append(commands, showCapability)
	}
	replies, err := c.run(ctx, commands...)
	if err != nil {
		return err
	}
	if c.facts, err = parseVersion(replies[showVersion]); err != nil {
		return err
	}
	c.facts.LearnedAt = c.now()
	if c.facts.Same(known) {
		told, ok := known.Extra[factERSPAN]
		if ok {
			c.facts.Extra[factERSPAN] = told
		}
		return nil
	}
	if known.Version != "" {
		if replies, err = c.run(ctx, showCapability); err != nil {
			return err
		}
	}
	if told, err := parseCapability(replies[showCapability]); err == nil { // few models have it
		c.facts.Extra[factERSPAN] = told.fact()
	}
	return nil
}

// run sends commands in as few writes as the transport allows, each in the words
// that the device knows.
func (c *Conn) run(ctx context.Context, commands ...string) (map[string]string, error) {
	sent := make([]string, len(commands))
	for i, command := range commands {
		sent[i] = c.spoken(command)
	}
	replies, err := c.term.Run(ctx, sent...)
	if err != nil {
		return nil, err
	}
	if len(replies) != len(commands) {
		return nil, fmt.Errorf("%d replies to %d commands: %w", len(replies), len(commands), mirror.ErrUnreachable)
	}
	out := map[string]string{}
	for i, r := range replies {
		out[commands[i]] = r.Text
	}
	return out, nil
}

// Facts learned at connect.
func (c *Conn) Facts() mirror.Facts {
	f := c.facts
	f.Extra = maps.Clone(f.Extra)
	return f
}

// Close ends the connection.
func (c *Conn) Close() error { return c.term.Close() }

// LastChange quotes what the device says of who configured it last, "" when it
// does not tell.
func (c *Conn) LastChange(ctx context.Context) (string, error) {
	replies, err := c.run(ctx, showChange)
	if err != nil {
		return "", fmt.Errorf("ask for the last change: %w", hide(c.term, err))
	}
	for _, line := range noise.Lines(replies[showChange]) {
		if reply, ok := strings.CutPrefix(strings.TrimSpace(line), "! Last configuration change"); ok {
			return "Last configuration change" + reply, nil
		}
	}
	return "", nil
}

// Counters reads the counters of ports, of all when none is named. A port that
// the device does not know, or whose figures are not all told, is left out: a
// gap, not a zero.
func (c *Conn) Counters(ctx context.Context, ports []mirror.PortName) ([]PortCounters, error) {
	commands := []string{"show interfaces"}
	if len(ports) > 0 {
		commands = commands[:0]
		for _, p := range ports {
			if !grammar.Canonical(p) {
				return nil, fmt.Errorf("counters: %q is no port: %w", p, mirror.ErrInvalid)
			}
			commands = append(commands, "show interfaces "+string(p))
		}
	}
	replies, err := c.run(ctx, commands...)
	if err != nil {
		return nil, fmt.Errorf("counters: %w", hide(c.term, err))
	}
	var out []PortCounters
	for _, command := range commands {
		if _, refused := refusal(replies[command]); refused && len(ports) > 0 {
			continue
		}
		found, err := parseInterfaces(replies[command])
		if err != nil {
			return nil, fmt.Errorf("counters: %w", hide(c.term, err))
		}
		for _, p := range found {
			if p.Complete && p.Port != "" {
				out = append(out, p)
			}
		}
	}
	return out, nil
}
