package cli

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Round trips are measured on a virtual clock: every octet takes half a round
// trip to arrive, nothing else takes any time, so the time that passed is the
// number of round trips exactly.

const roundTrip = time.Second

// late is one direction of a connection.
type late struct {
	mu     sync.Mutex
	parts  []part
	ended  bool
	change chan struct{} // closed and replaced at each change
}

type part struct {
	data []byte
	at   time.Time
}

func newLate() *late { return &late{change: make(chan struct{})} }

func (l *late) changed() {
	close(l.change)
	l.change = make(chan struct{})
}

func (l *late) write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return 0, io.ErrClosedPipe
	}
	l.parts = append(l.parts, part{append([]byte(nil), b...), time.Now().Add(roundTrip / 2)})
	l.changed()
	return len(b), nil
}

func (l *late) read(b []byte) (int, error) {
	for {
		l.mu.Lock()
		change := l.change
		var wait <-chan time.Time
		if len(l.parts) > 0 {
			if d := time.Until(l.parts[0].at); d <= 0 {
				n := copy(b, l.parts[0].data)
				if l.parts[0].data = l.parts[0].data[n:]; len(l.parts[0].data) == 0 {
					l.parts = l.parts[1:]
				}
				l.mu.Unlock()
				return n, nil
			} else {
				wait = time.After(d)
			}
		} else if l.ended {
			l.mu.Unlock()
			return 0, io.EOF
		}
		l.mu.Unlock()
		select {
		case <-wait:
		case <-change:
		}
	}
}

func (l *late) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		l.parts = nil
		l.changed()
	}
}

// end is one end of a connection with latency.
type end struct{ in, out *late }

func (e end) Read(b []byte) (int, error)       { return e.in.read(b) }
func (e end) Write(b []byte) (int, error)      { return e.out.write(b) }
func (e end) Close() error                     { e.in.end(); e.out.end(); return nil }
func (e end) LocalAddr() net.Addr              { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (e end) RemoteAddr() net.Addr             { return e.LocalAddr() }
func (e end) SetDeadline(time.Time) error      { return nil }
func (e end) SetReadDeadline(time.Time) error  { return nil }
func (e end) SetWriteDeadline(time.Time) error { return nil }

// dialLate connects to the fake after one round trip, as TCP does.
func dialLate(f *fake) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case <-time.After(roundTrip):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		up, down := newLate(), newLate()
		f.wg.Go(func() { f.serve(end{in: up, out: down}) })
		return end{in: down, out: up}, nil
	}
}

// lateConfig reaches the fake over the virtual clock.
func lateConfig(t *testing.T, f *fake) Config {
	cfg := configFor(t, "192.0.2.1:22")
	cfg.Timeouts = Timeouts{Open: time.Minute, Command: time.Minute, Keepalive: 0}
	cfg.Dial = dialLate(f)
	return cfg
}

func TestRoundTripsOnTheClock(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*fake, *Config)
		trips  time.Duration // from dialling to the ready prompt
	}{
		"password and enable":   {func(f *fake, c *Config) { f.userExec, f.enable = true, testEnable }, 11},
		"password":              {func(*fake, *Config) {}, 9},
		"replies to pty, shell": {func(_ *fake, c *Config) { c.Target.Transport.WantReply = true }, 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t)
				f.replies["show a"], f.replies["show b"] = "alpha", "beta"
				cfg := lateConfig(t, f)
				tc.change(f, &cfg)
				start := time.Now()
				since := func() time.Duration { d := time.Since(start); start = time.Now(); return d }
				c, err := Open(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer f.stop()
				defer c.Close()
				if d := since(); d != tc.trips*roundTrip {
					t.Errorf("open took %d round trips, want %d", d/roundTrip, tc.trips)
				}
				s := c.Stats()
				if counted := time.Duration(s.Handshake + s.RoundTrips); counted < tc.trips || counted > tc.trips+2 {
					t.Errorf("the connection counted %d + %d round trips, the clock %d", s.Handshake, s.RoundTrips, tc.trips)
				}
				run(t, c, "show a", "show b")
				if d := since(); d != roundTrip {
					t.Errorf("two commands took %v", d)
				}
				configure(t, c, Block{Lines: Lines(flat...)})
				if d := since(); d != 2*roundTrip {
					t.Errorf("the first block took %v", d)
				}
				configure(t, c, Block{Lines: Lines(flat...)})
				if d := since(); d != roundTrip {
					t.Errorf("a flat block took %v", d)
				}
				configure(t, c, Block{Lines: erspan()})
				if d := since(); d != 3*roundTrip {
					t.Errorf("a block with two sub-modes took %v", d)
				}
				if s := c.Stats().RoundTrips - s.RoundTrips; s != 7 {
					t.Errorf("counted %d round trips, want 7", s)
				}
			})
		})
	}
}

func TestTimeoutsOnTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		release := make(chan bool)
		f.hook = func(sh *shell, line string) bool {
			if line == "show tech" {
				<-release
			}
			return false
		}
		cfg := lateConfig(t, f)
		cfg.Timeouts = Timeouts{Open: 20 * time.Second, Command: 30 * time.Second, Keepalive: time.Hour}
		c, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer f.stop()
		defer close(release)
		defer c.Close()
		start := time.Now()
		if _, err = c.Run(t.Context(), "show tech"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("the command ended after %v, want 30s", d)
		}
	})
	synctest.Test(t, func(t *testing.T) { // a peer that accepts and never speaks
		cfg := configFor(t, "192.0.2.1:22")
		cfg.Timeouts.Open = 20 * time.Second
		cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return end{newLate(), newLate()}, nil }
		start := time.Now()
		if _, err := Open(t.Context(), cfg); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if d := time.Since(start); d != 20*time.Second {
			t.Errorf("the silent peer held us for %v, want 20s", d)
		}
	})
	synctest.Test(t, func(t *testing.T) { // nobody there, and a dialler that obeys its context
		cfg := configFor(t, "192.0.2.1:22")
		cfg.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, os.ErrDeadlineExceeded
		}
		if _, err := Open(t.Context(), cfg); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// A probe goes out only after silence. One that was never answered is the last;
// a peer that answered before and falls silent is given up.
func TestKeepaliveOnTheClock(t *testing.T) {
	for answers := range 3 {
		synctest.Test(t, func(t *testing.T) {
			f := newFake(t)
			var probes atomic.Int64
			f.probed = func(net.Conn) bool { return probes.Add(1) <= int64(answers) }
			cfg := lateConfig(t, f)
			cfg.Timeouts.Keepalive, cfg.Timeouts.Reply = 30*time.Second, 20*time.Second
			c, err := Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer f.stop()
			defer c.Close()
			start := time.Now()
			select {
			case <-c.impl.Done():
			case <-time.After(time.Hour):
			}
			// A round trip for each answer, 30 s before each probe, 20 s at the last.
			want := time.Duration(answers)*roundTrip + time.Duration(answers+1)*30*time.Second + 20*time.Second
			if answers == 0 {
				want = time.Hour
			}
			if d := time.Since(start); d != want || probes.Load() != int64(answers+1) {
				t.Errorf("after %d answers: given up after %v, want %v; %d probes", answers, d, want, probes.Load())
			}
		})
	}
}
