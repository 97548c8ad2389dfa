package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds and times of deliveries.
const (
	page       = 100                    // events that are read at a time
	settle     = time.Second            // within which a cursor that moved is written
	settleIdle = 30 * time.Second       // the same where it only passed over events that nobody asked for
	poll       = 10 * time.Second       // between two looks when nothing rings: another process may write, too
	gather     = 200 * time.Millisecond // after a ring: what happens in it comes together
	firstPause = time.Second            // before the second attempt; doubled each time
	lastPause  = 5 * time.Minute        // what it grows to
	maxRetry   = time.Hour              // that a receiver may ask us to wait
)

// Config is what a Notifier needs. Zero functions and times take defaults.
type Config struct {
	// Login reads a credentials profile: its password signs.
	Login func(profile string) (mirror.Login, error)
	// Encode is an event as the API shows it.
	Encode func(mirror.Event) ([]byte, error)
	// Version is that of netmirror.
	Version string
	// Syslog are syslog servers that are told every event, with a facility of RFC 5424.
	Syslog   []SyslogTarget
	Facility int
	// TLS is our side towards a syslog server, asked for each connection.
	TLS func(host string) (*tls.Config, error)
	// Host and Process are what syslog messages say that they come from.
	Host, Process string
	Log           *slog.Logger
	Now           func() time.Time
	// Pause is the time before another attempt, after so many that failed.
	Pause func(attempts int) time.Duration
	// Resolve finds the addresses of a host.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
}

// A Source is where events come from. Its store rings for what is written through it.
type Source struct {
	Store mirror.Store
	Added func() <-chan struct{} // closed when the next event is stored
}

// A Notifier tells events to webhooks and syslog servers. Its methods are safe for concurrent use.
type Notifier struct {
	cfg Config

	mu       sync.Mutex
	running  map[string]bool
	instance string
}

// New makes a Notifier. It starts nothing.
func New(c Config) *Notifier {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Pause == nil {
		c.Pause = pause
	}
	if c.Resolve == nil {
		c.Resolve = resolve
	}
	if c.Login == nil {
		c.Login = func(name string) (mirror.Login, error) {
			return mirror.Login{}, &mirror.CredentialsError{Profile: name, Reason: "CredentialsUnknown", Why: "there is none of this name"}
		}
	}
	c.Version = cmp.Or(c.Version, "unknown")
	if c.Host == "" {
		c.Host, _ = os.Hostname() // one that is not known is left out
	}
	c.Process = cmp.Or(c.Process, strconv.Itoa(os.Getpid()))
	return &Notifier{cfg: c, running: map[string]bool{}}
}

// pause doubles from one attempt to the next, with a jitter of half of it: receivers
// that many told at once are not told again at once.
func pause(attempts int) time.Duration {
	d := lastPause
	if attempts < 10 {
		d = min(lastPause, firstPause<<max(0, attempts-1))
	}
	return d/2 + rand.N(d/2+1)
}

// Run delivers until ctx ends, and returns when all is written down.
func (n *Notifier) Run(ctx context.Context, from Source) {
	var couriers sync.WaitGroup
	defer couriers.Wait()
	deliver := func(outlet string, find func(mirror.Tx) (route, error)) {
		if n.begin(outlet) {
			couriers.Go(func() {
				defer n.end(outlet)
				newCourier(n, from.Store, outlet, find).run(ctx, from.Added)
			})
		}
	}
	ready := false // the outlets of syslog are there
	for ctx.Err() == nil {
		rung := from.Added()
		names, err := n.webhooks(ctx, from.Store)
		if err == nil && !ready {
			err = n.syslogOutlets(ctx, from.Store)
			ready = err == nil
		}
		if err != nil && ctx.Err() == nil {
			n.cfg.Log.Error("who is told events", "err", err)
		}
		for _, t := range n.cfg.Syslog {
			if ready {
				deliver(mirror.SyslogOutlet(t.String()), n.syslogRoute(t))
			}
		}
		for _, name := range names {
			deliver(mirror.WebhookOutlet(name), n.hookRoute(name))
		}
		await(ctx, rung, poll)
	}
}

func (n *Notifier) webhooks(ctx context.Context, store mirror.Store) (names []string, err error) {
	err = store.View(ctx, func(tx mirror.Tx) error {
		names = nil
		if err := n.know(tx); err != nil {
			return err
		}
		hooks, err := tx.Webhooks(mirror.Page{})
		for _, h := range hooks {
			names = append(names, h.Name)
		}
		return err
	})
	return names, err
}

// know remembers whose events these are.
func (n *Notifier) know(tx mirror.Tx) error {
	id, err := tx.Instance()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.instance = id
	return err
}

func (n *Notifier) begin(outlet string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running[outlet] {
		return false
	}
	n.running[outlet] = true
	return true
}

func (n *Notifier) end(outlet string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.running, outlet)
}

// await waits for a ring, and a little longer for what comes with it, or for a time.
func await(ctx context.Context, rung <-chan struct{}, within time.Duration) {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-timer.C:
		return
	case <-rung:
	}
	timer.Reset(min(gather, within))
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// errOver ends a courier: what it delivered to is not there any more.
var errOver = errors.New("the outlet is gone")
