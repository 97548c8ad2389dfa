package console

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// A Terminal is what a connection needs of its transport; *cli.Conn is one.
type Terminal interface {
	Run(ctx context.Context, commands ...string) ([]cli.Reply, error)
	RunConfirmed(ctx context.Context, command string, confirm *regexp.Regexp) (cli.Reply, error)
	LineByLine() bool
	Configure(ctx context.Context, blocks []cli.Block) ([]cli.BlockResult, error)
	Close() error
}

// Options of a connection beside the target.
type Options struct {
	HostKeys mirror.HostKeys // may be nil only for hostKey insecure
	Timeouts cli.Timeouts    // zero values: the transport's settings and defaults
	// Transcript receives the dialogue, secrets replaced; nil = none.
	Transcript func(cli.Event)
}

// A Conn is an open command line of one device. It is used by one goroutine at
// a time.
type Conn struct {
	d      *Driver
	term   Terminal
	device string
	facts  mirror.Facts
	now    func() time.Time

	// What the last reads gave, see observe.go; given is what the caller was
	// handed of it. dirty: something was sent since, so that nothing of it may be
	// relied on.
	dirty bool
	state *state
	given *state
	// unproven are the sessions that were pushed since everything was read, by id: true =
	// made or changed, false = deleted. While nothing else is in doubt, the read behind
	// the push asks for no more than what proves them.
	unproven map[string]bool
	// behind is the narrow view as it was shown behind the last lines that were sent, "" =
	// it was not.
	behind string
	// doubt: more than sessions may have changed.
	doubt bool
	// lookAgain: a footing was sent, so that VLANs and trunks are read anew.
	lookAgain bool
	saveSaid  []mirror.Exchange
	pushed    map[string]bool // ids changed since the last save: true = set, false = deleted
	unsaved   []Difference    // between startup and running
	compared  bool            // unsaved was read after the last push
	startup   bool            // the startup configuration was shown at the last save

	window time.Duration    // within which a push is confirmed, 0 = it simply stands
	armed  map[string]armed // candidates that wait to be confirmed, by transaction
}

// prompts are definitions of command lines, by platform, read once: they hold compiled
// patterns that all connections share.
var prompts sync.Map

func definition(key string) (*cli.Platform, error) {
	load, _ := prompts.LoadOrStore(key, sync.OnceValues(func() (*cli.Platform, error) { return cli.LoadPlatform(key) }))
	return load.(func() (*cli.Platform, error))() //nolint:forcetypeassert // nothing else is stored
}

// Hidden stands for a secret in what a connection tells of a configuration.
const Hidden = "********"

// redact replaces the secrets of a configuration, for transcripts and for what is kept.
func (d *Driver) redact(said string) string {
	if d.p.Hello.Redact == nil {
		return said
	}
	return d.p.Hello.Redact.ReplaceAllString(said, "$1 "+Hidden)
}

// Connect logs in and reads who the device is. Errors are of the kinds of cli.Open,
// and mirror.ErrParse when its answer is not understood.
func (d *Driver) Connect(ctx context.Context, t mirror.Target, o Options) (*Conn, error) {
	p, err := definition(d.p.Key)
	if err != nil {
		return nil, err
	}
	term, err := cli.Open(ctx, cli.Config{Target: t, Platform: p, HostKeys: o.HostKeys, Timeouts: o.Timeouts,
		Transcript: o.Transcript, Redact: d.redact})
	if err != nil {
		return nil, err
	}
	c, err := d.Over(ctx, term, t, nil)
	if err != nil {
		return nil, errors.Join(err, term.Close())
	}
	return c, nil
}

// Over is Connect over a terminal that is logged in, which stays the caller's when
// it fails. now may be nil.
func (d *Driver) Over(ctx context.Context, term Terminal, t mirror.Target, now func() time.Time) (*Conn, error) {
	if now == nil {
		now = time.Now
	}
	c := &Conn{d: d, term: term, device: t.Device.Name, now: now, pushed: map[string]bool{}, unproven: map[string]bool{}, window: t.Device.Window(d.p.Commit != nil && d.p.Commit.Always)}
	if err := c.learn(ctx, t.Facts); err != nil {
		return nil, fmt.Errorf("read the software version: %w", hide(term, err))
	}
	return c, nil
}

// hide replaces the secrets of our login in an error that may quote the device: a
// switch that knows them can say them in any line.
func hide(term Terminal, err error) error {
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

func hideText(term Terminal, reply string) string {
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

// learn reads who the device is. What model and software decide is not asked
// again of one that is still the same.
func (c *Conn) learn(ctx context.Context, known mirror.Facts) error {
	h := &c.d.p.Hello
	commands := h.Ask
	if known.Version == "" {
		commands = slices.Concat(h.Ask, h.More)
	}
	replies, err := c.run(ctx, commands...)
	if err != nil {
		return err
	}
	if c.facts, err = h.Facts(replies); err != nil {
		return err
	}
	if c.facts.Extra == nil {
		c.facts.Extra = map[string]string{}
	}
	c.facts.LearnedAt = c.now()
	if c.facts.Same(known) {
		for _, key := range h.Kept {
			if told, ok := known.Extra[key]; ok {
				c.facts.Extra[key] = told
			}
		}
		return nil
	}
	if known.Version != "" && len(h.More) > 0 {
		if replies, err = c.run(ctx, h.More...); err != nil {
			return err
		}
	}
	if h.Learn != nil {
		h.Learn(replies, c.facts)
	}
	return nil
}

// typedHere is a command as it is typed where the connection stands.
func (c *Conn) typedHere(command string) string {
	if c.inside() {
		return c.d.p.Commit.Do + c.spelled(command)
	}
	return c.spelled(command)
}

// run sends commands in as few writes as the transport allows, each once and in the
// words that the device knows.
func (c *Conn) run(ctx context.Context, asked ...string) (Replies, error) {
	var commands, sent []string
	for _, command := range asked {
		if !slices.Contains(commands, command) {
			commands, sent = append(commands, command), append(sent, c.typedHere(command))
		}
	}
	replies, err := c.term.Run(ctx, sent...)
	if err != nil {
		return nil, err
	}
	if len(replies) != len(commands) {
		return nil, fmt.Errorf("%d replies to %d commands: %w", len(replies), len(commands), mirror.ErrUnreachable)
	}
	out := Replies{}
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
	r := &c.d.p.Reads
	if r.Author == "" {
		return "", nil
	}
	replies, err := c.run(ctx, r.Author)
	if err != nil {
		return "", fmt.Errorf("ask for the last change: %w", hide(c.term, err))
	}
	return r.Wrote(replies[r.Author]), nil
}
