package cli

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Defaults of a Config.
const (
	defaultMaxLines = 20
	defaultOpen     = time.Minute
	defaultRead     = 3 * time.Minute
	defaultCommand  = 15 * time.Minute
	defaultQuiet    = 500 * time.Millisecond
	defaultIdle     = 2 * time.Second
	defaultStall    = 5 * time.Second
	terminalColumns = 511
	terminalRows    = 255
)

// Timeouts of a connection. Zero values mean those of the device's transport,
// and where it has none the default.
type Timeouts struct {
	Open      time.Duration // from dialling to a ready prompt, enable included; 60 s
	Read      time.Duration // silence while a reply is waited for; 180 s. It moves while output arrives
	Command   time.Duration // one write and its whole reply, however much arrives; 15 min. A context's deadline may be earlier
	Keepalive time.Duration // silence after which the peer is probed; 0 = never
	Reply     time.Duration // for the answer to a probe; 20 s
	Quiet     time.Duration // silence behind a pager's line or a question before it is believed; 500 ms
	Idle      time.Duration // silence at a prompt before a marker counts as lost; 2 s
	Stall     time.Duration // silence in the middle of an echo before its rest counts as lost; 5 s
}

// Config is everything that opening a connection needs.
type Config struct {
	// Target is the device, its address and its credentials. Target.Transport
	// gives port, host key mode, jump host, legacy algorithms and the settings of
	// mirror.Tuning.
	Target   mirror.Target
	Platform *Platform
	HostKeys mirror.HostKeys // may be nil only with HostKeyInsecure

	Timeouts Timeouts
	MaxLines int // most lines in one write, framing included; 20

	// Transcript receives what is sent and received, secrets replaced, in the
	// goroutine of the call; nil = none.
	Transcript func(Event)
	// Redact replaces further secrets (a platform's keys in a configuration) in
	// transcripts and in quoted answers; nil = none.
	Redact func(string) string
	// Dial replaces the TCP dialler; nil = a net.Dialer that connects to none
	// but addresses that the first login may be shown to. Where a replaced one
	// has connected to is checked all the same.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// An Event is one half of a dialogue.
type Event struct {
	Sent bool // false = received
	Text string
}

func (c Config) withDefaults() Config {
	or := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set := c.Target.Transport.Tuning
	or(&c.Timeouts.Open, set.Timeouts.Dial.Std())
	or(&c.Timeouts.Open, defaultOpen)
	or(&c.Timeouts.Read, set.Timeouts.Read.Std())
	or(&c.Timeouts.Read, defaultRead)
	or(&c.Timeouts.Command, max(defaultCommand, 2*c.Timeouts.Read))
	or(&c.Timeouts.Keepalive, set.Keepalive.Std())
	or(&c.Timeouts.Quiet, defaultQuiet)
	or(&c.Timeouts.Idle, defaultIdle)
	or(&c.Timeouts.Stall, defaultStall)
	if c.MaxLines <= 0 {
		c.MaxLines = defaultMaxLines
	}
	return c
}

// lineByLine reports whether every line waits for the answer to the one before.
func (c Config) lineByLine() bool { return c.Target.Transport.TypeAhead == mirror.TypeAheadOff }

// maxBytes is the most in one write, the marker included, in octets.
func (c Config) maxBytes() int {
	return cmp.Or(c.Target.Transport.MaxWriteBytes, mirror.DefaultWriteBytes)
}

// maxReply is the most that one reply may have, in octets.
func (c Config) maxReply() int {
	return cmp.Or(c.Target.Transport.MaxReplyBytes, mirror.DefaultReplyBytes)
}

// check reports what makes the configuration unusable, before any I/O.
func (c Config) check() error {
	if err := c.ssh().Check(); err != nil {
		return err
	}
	t := c.Target.Transport
	switch {
	case !slices.Contains([]string{"", mirror.TypeAheadAuto, mirror.TypeAheadOff}, t.TypeAhead):
		return fmt.Errorf("typeAhead %q is not known: %w", t.TypeAhead, mirror.ErrInvalid)
	case c.maxBytes() < mirror.MinWriteBytes:
		return fmt.Errorf("writes of %d octets are too short: %w", c.maxBytes(), mirror.ErrInvalid)
	case c.MaxLines < 4: // a framing line on each side, a line, a marker
		return fmt.Errorf("at most %d lines in a write is too few: %w", c.MaxLines, mirror.ErrInvalid)
	}
	return nil
}

// name is how errors call the device.
func (c Config) name() string {
	if c.Target.Device.Name != "" {
		return c.Target.Device.Name
	}
	return c.Target.Transport.Address
}

// hasControl reports bytes that are not printable ASCII.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// checkLine refuses what is not one line of printable ASCII. "?" is refused
// because many command lines answer it at once, in the middle of the line.
func checkLine(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return fmt.Errorf("an empty line: %w", mirror.ErrInvalid)
	case hasControl(s):
		return fmt.Errorf("line %q has a control or non-ASCII character: %w", s, mirror.ErrInvalid)
	case strings.Contains(s, "?"):
		return fmt.Errorf("line %q has a question mark, which asks for help: %w", s, mirror.ErrInvalid)
	}
	return nil
}
