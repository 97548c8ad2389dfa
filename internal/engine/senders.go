package engine

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

const (
	sendersAge   = 5 * time.Minute  // names of hosts are resolved anew
	sendersPause = time.Second / 10 // for a whole inventory that is read in
	resolving    = 10 * time.Second
)

// A Sender is a device that sends messages by itself.
type Sender struct {
	Device  string
	Notices worker.Notices // which of them say that it may have changed
}

// senders knows devices by where messages come from. It is a hint and may be a little
// behind.
type senders struct {
	changed chan struct{} // holds a token while devices have changed

	mu     sync.Mutex
	byAddr map[netip.Addr][]string
	byName map[string][]string // by its own name and by the one that it gives itself
	says   map[string]worker.Notices
}

func newSenders() *senders { return &senders{changed: make(chan struct{}, 1)} }

func (s *senders) touch() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Senders lists the devices that a message may be of, sorted: those reached at the
// address it came from, and those that bear one of the names in it, which are devices'
// names or what devices call themselves. Without Config.Messages none is known.
func (e *Engine) Senders(from netip.Addr, names []string) []Sender {
	s := e.senders
	s.mu.Lock()
	defer s.mu.Unlock()
	found := slices.Clone(s.byAddr[from.Unmap()])
	for _, n := range names {
		found = append(found, s.byName[n]...)
	}
	slices.Sort(found)
	var out []Sender
	for _, name := range slices.Compact(found) {
		out = append(out, Sender{Device: name, Notices: s.says[name]})
	}
	return out
}

// NotifyingUsers are the logins whose SNMP users a device may send notifications as: those
// of its own transports. Profiles are read now; one that cannot be used serves nobody.
func (e *Engine) NotifyingUsers(ctx context.Context, device string) (out []mirror.Login) {
	var d mirror.Device
	if err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		d, _, err = tx.Device(device)
		return err
	}); err != nil {
		return nil
	}
	for _, t := range d.Transports.All() {
		if l, err := e.login(d, t.Credentials); err == nil && !l.SNMP.Username.IsZero() {
			out = append(out, l)
		}
	}
	return out
}

// Hint has a device read soon, since it may have changed: at most once a second, and not
// while we push there ourselves.
func (e *Engine) Hint(device string) {
	if w := e.worker(device); w != nil {
		w.Hint()
	}
}

// knowSenders keeps senders up to date until ctx ends. However many devices are put in a
// row, it looks at once and then ten times a second at most: a message that comes before
// the look is lost.
func (e *Engine) knowSenders(ctx context.Context) {
	tick := time.NewTicker(sendersAge)
	defer tick.Stop()
	for pause := time.Duration(0); ; pause = sendersPause {
		if err := e.listSenders(ctx); err != nil && ctx.Err() == nil {
			e.log.Error("senders of messages", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-e.senders.changed:
		}
	}
}

func (e *Engine) listSenders(ctx context.Context) error {
	var devices []mirror.Device
	hosts := e.states.Hosts()
	if err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
		devices, err = tx.Devices(mirror.Page{})
		return err
	}); err != nil {
		return err
	}
	byAddr, byName, says := map[netip.Addr][]string{}, map[string][]string{}, map[string]worker.Notices{}
	known := resolve(ctx, devices)
	for _, d := range devices {
		drv, err := e.driver(d)
		if err != nil || d.Retired {
			continue
		}
		says[d.Name] = drv.Notices
		byName[d.Name] = append(byName[d.Name], d.Name)
		if h := hosts[d.Name]; h != "" && h != d.Name {
			byName[h] = append(byName[h], d.Name)
		}
		for _, t := range d.Transports.All() {
			for _, a := range known[t.Address] {
				if !slices.Contains(byAddr[a], d.Name) {
					byAddr[a] = append(byAddr[a], d.Name)
				}
			}
		}
	}
	s := e.senders
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byAddr, s.byName, s.says = byAddr, byName, says
	return nil
}

// resolve finds the addresses of the hosts of devices; a path, and a name that does not
// resolve now, has none.
func resolve(ctx context.Context, devices []mirror.Device) map[string][]netip.Addr {
	var mu sync.Mutex
	out := map[string][]netip.Addr{}
	var all errgroup.Group
	all.SetLimit(16)
	for _, d := range devices {
		for _, t := range d.Transports.All() {
			host := t.Address
			mu.Lock()
			_, known := out[host]
			if !known {
				out[host] = nil
			}
			mu.Unlock()
			if known || strings.Contains(host, "/") {
				continue
			}
			all.Go(func() error {
				found := addresses(ctx, host)
				mu.Lock()
				defer mu.Unlock()
				out[host] = found
				return nil
			})
		}
	}
	_ = all.Wait() // none fails
	return out
}

func addresses(ctx context.Context, host string) (out []netip.Addr) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a.Unmap()}
	}
	ctx, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil
	}
	for _, a := range found {
		out = append(out, a.Unmap())
	}
	return out
}
