package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/ssh"
)

// nonceWord begins the nonce in a marker.
const nonceWord = "nm"

// A Conn is an open command line, in the platform's normal mode between calls, or in
// configuration behind a block that stays there. Calls exclude each other; Close may come at any time.
type Conn struct {
	cfg      Config
	platform *Platform
	impl     *Transport
	in       *stream
	redact   redactor

	owner chan struct{} // holds a token while a call runs

	prompt  string        // exact, without blanks around; set by login
	silence time.Duration // borne with by the call that runs; 0 = Timeouts.Read
	warm    bool          // configuration was entered once over this connection
	inside  string        // the prompt of configuration, where the connection stays in it, exactly; else ""

	mu     sync.Mutex
	broken error
	stats  Stats
}

// Stats counts what a connection cost. A round trip is a write followed by
// waiting for its answer.
type Stats struct {
	Handshake     int   // round trips of TCP and SSH, up to the shell; crossing messages count too
	RoundTrips    int   // of the command line, login included
	Lines         int   // sent, markers and framing included
	BytesSent     int64 // of the command line
	BytesReceived int64
}

// Open connects and logs in: SSH, the exact prompt, privileges, and the
// platform's commands for an unpaged terminal. Errors are of the kinds of
// Transport.Open; a refused enable secret is mirror.ErrAuth with the device's
// words. Everything ends within Timeouts.Open.
func Open(ctx context.Context, cfg Config) (*Conn, error) {
	cfg = cfg.withDefaults()
	if cfg.Platform == nil {
		return nil, fmt.Errorf("no platform: %w", mirror.ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeouts.Open)
	defer cancel()
	impl := NewTransport(ctx, cfg)
	if err := impl.Open(nil); err != nil {
		return nil, err
	}
	t := cfg.Target
	c := &Conn{cfg: cfg, platform: cfg.Platform, impl: impl, in: newStream(impl.Stream, cfg.maxReply()), owner: make(chan struct{}, 1),
		redact: newRedactor(cfg.Redact, t.Login, t.Jump)}
	c.stats.Handshake = impl.HandshakeRoundTrips()
	err := c.login(ctx)
	impl.Verdict(err)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	c.redact = c.redact.loggedIn(c.prompt)
	return c, nil
}

// Prompt is the device's prompt, exactly, without trailing blanks.
func (c *Conn) Prompt() string { return c.prompt }

// LineByLine reports whether one line is sent at a time (typeAhead off).
func (c *Conn) LineByLine() bool { return c.cfg.lineByLine() }

// Alive reports whether the connection can still be used, as far as is known.
func (c *Conn) Alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken == nil && c.impl.IsAlive()
}

// Stats are the counts up to now.
func (c *Conn) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.BytesReceived = c.in.count()
	return s
}

// Close ends the connection at once; a call that is waiting fails.
func (c *Conn) Close() error {
	err := c.impl.Close()
	<-c.in.ended
	return err
}

// acquire makes the caller the only user of the connection.
func (c *Conn) acquire(ctx context.Context) error {
	select {
	case c.owner <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait for the connection: %w: %w", ssh.KindOf(ctx, nil), ctx.Err())
	}
	if err := ctx.Err(); err != nil { // nothing was sent: the connection stays good
		c.release()
		return fmt.Errorf("%w: %w", ssh.KindOf(ctx, nil), err)
	}
	c.mu.Lock()
	broken := c.broken
	c.mu.Unlock()
	switch {
	case broken != nil:
	case !c.impl.IsAlive():
		broken = c.impl.Reason()
	default:
		return nil
	}
	c.release()
	err := fmt.Errorf("%w: connection is gone: %v", mirror.ErrUnreachable, broken) //nolint:errorlint // the kind is said before it
	if errors.Is(broken, mirror.ErrProbed) {
		err = fmt.Errorf("connection is gone: %w", broken)
	}
	return err
}

func (c *Conn) release() { <-c.owner }

// breakOff closes the connection for good and gives the reason a kind.
func (c *Conn) breakOff(ctx context.Context, what string, reason error, text string) error {
	c.impl.Abort(reason)
	if errors.Is(reason, ssh.ErrHungUp) {
		reason = c.impl.Reason() // an unanswered keepalive, say, or our own Close
	}
	var err error
	if ctx.Err() != nil {
		err = fmt.Errorf("%s: %w: %w", what, ssh.KindOf(ctx, nil), ctx.Err())
	} else if ssh.HasKind(reason) {
		err = fmt.Errorf("%s: %w", what, reason)
	} else {
		err = fmt.Errorf("%s: %w: %w", what, mirror.ErrUnreachable, reason)
	}
	if tail := c.lastWords(text); tail != "" {
		err = fmt.Errorf("%w (last heard %q)", err, tail)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.broken = err
	}
	return err
}

// lastWordsLength bounds what an error quotes of an unfinished reply.
const lastWordsLength = 160

func (c *Conn) lastWords(text string) string {
	text = text[max(0, len(text)-tailReach):]
	text = c.redact.text(clean(text))
	if len(text) > lastWordsLength {
		text = text[len(text)-lastWordsLength:]
	}
	return text
}

// exchange is one round trip: it writes text, waits until ready is content, and
// returns what came, tidied. Any failure breaks the connection. what says in
// errors what was tried; shown is what a transcript sees.
func (c *Conn) exchange(ctx context.Context, what, text, shown string, ready func([]byte) finding) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeouts.Command)
	defer cancel()
	mirror.AtStep(ctx, what)
	// A write to a peer that does not read ends only with the socket.
	stop := context.AfterFunc(ctx, func() { c.impl.Abort(ctx.Err()) })
	defer stop()
	c.in.expect()
	if text != "" {
		c.tell(true, shown)
		mirror.RoundTrip(ctx)
		c.mu.Lock()
		c.stats.RoundTrips++
		c.stats.Lines += strings.Count(text, "\n")
		c.stats.BytesSent += int64(len(text))
		c.mu.Unlock()
		late := time.AfterFunc(c.cfg.Timeouts.Read, func() {
			c.impl.Abort(fmt.Errorf("nothing was taken for %v: %w", c.cfg.Timeouts.Read, mirror.ErrTimeout))
		})
		err := c.impl.Write([]byte(text))
		late.Stop()
		if err != nil {
			if cause := c.impl.Reason(); errors.Is(cause, mirror.ErrTimeout) {
				err = cause
			}
			return "", c.breakOff(ctx, what, fmt.Errorf("write: %w", err), "")
		}
	}
	got, err := c.in.wait(ctx, cmp.Or(c.silence, c.cfg.Timeouts.Read), c.cfg.Timeouts.Quiet, ready)
	c.tell(false, got)
	if errors.Is(err, errStall) { // nothing is broken yet, and nothing was taken from what came
		return got, err
	}
	if question := (errAsked{}); errors.As(err, &question) {
		err = errAsked{c.redact.text(question.words)}
	}
	if err != nil {
		return got, c.breakOff(ctx, what, err, got)
	}
	return got, nil
}

// Redact replaces the secrets of the login in text of the device that goes into
// an error or before people's eyes. Replies are whole: what is parsed, compared
// and put back must be what the device said.
func (c *Conn) Redact(text string) string { return c.redact.text(text) }

// tell gives the transcript one half of the dialogue.
func (c *Conn) tell(sent bool, text string) {
	if c.cfg.Transcript == nil || text == "" {
		return
	}
	c.cfg.Transcript(Event{Sent: sent, Text: c.redact.text(text)})
}

// A place is where a marker is typed.
type place bool

const (
	inExec   place = false
	inConfig place = true
)

// marker makes a new line without effect that no output can contain by chance.
func (c *Conn) marker(at place) string {
	var nonce [6]byte
	_, _ = rand.Read(nonce[:]) // never fails, see crypto/rand
	begin := c.platform.comment
	if at == inConfig {
		begin = c.platform.marker
	}
	return begin + " " + nonceWord + hex.EncodeToString(nonce[:])
}

// isMarker recognises what marker makes, whatever the comment character.
func isMarker(line string) bool {
	_, nonce, ok := strings.Cut(line, " "+nonceWord)
	b, err := hex.DecodeString(nonce)
	return ok && err == nil && len(b) == 6
}

// atExec accepts exactly the prompt that was learned at login.
func (c *Conn) atExec(before, x string) (ok, two bool) {
	if strings.TrimSpace(x) != c.prompt {
		return false, false
	}
	_, two = c.platform.at(c.platform.desired, before, x)
	return true, two
}

// here is where the connection stands between calls, with the prompt that it has there.
func (c *Conn) here() (at place, ok isPrompt) {
	if c.inside == "" {
		return inExec, c.atExec
	}
	return inConfig, c.atInside
}

// atInside accepts exactly the prompt of configuration at which the connection stays.
func (c *Conn) atInside(before, x string) (ok, two bool) {
	if strings.TrimSpace(x) != c.inside {
		return false, false
	}
	_, two = c.platform.at(c.platform.config, before, x)
	return true, two
}

// atConfig accepts any prompt of the configuration level, sub-modes included.
func (c *Conn) atConfig(before, x string) (ok, two bool) {
	return c.platform.at(c.platform.config, before, x)
}

func (c *Conn) atEither(before, x string) (ok, two bool) {
	if ok, two = c.atExec(before, x); ok {
		return ok, two
	}
	return c.atConfig(before, x)
}
