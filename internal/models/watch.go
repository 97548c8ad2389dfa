package models

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/models/data"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// sampleEvery is how often a server tells what it does not tell on change.
const sampleEvery = 10 * time.Second

// WatchGNMI calls changed once when it has begun to listen, and whenever the device tells
// that something below Platform.Watched is another, until ctx ends (nil) or the
// connection is lost. It has a connection of its own. A server that does not take a
// subscription on change is asked for samples, of which those that differ count.
func (d *Driver) WatchGNMI(ctx context.Context, t mirror.Target, o gnmi.Options, changed func()) error {
	if len(d.p.Watched) == 0 {
		return fmt.Errorf("watch: %w", mirror.ErrUnsupported)
	}
	conn, err := gnmi.Dial(ctx, t, o)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer func() { _ = conn.Close() }() // nothing of ours is in flight
	w := &gnmiWire{conn: conn, origin: d.p.Origin, encoding: encodingOf(conn.Capabilities())}
	for _, mode := range []gnmi.SubscriptionMode{gnmi.OnChange, gnmi.Sample} {
		synced := false
		synced, err = d.listen(ctx, w, mode, changed)
		if synced || !errors.Is(err, mirror.ErrRejected) && !errors.Is(err, mirror.ErrUnsupported) && !errors.Is(err, mirror.ErrInvalid) {
			break
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("watch: %w", err)
}

// listen takes the messages of one subscription; synced when everything was told once.
func (d *Driver) listen(ctx context.Context, w *gnmiWire, mode gnmi.SubscriptionMode, changed func()) (synced bool, err error) {
	req := gnmi.SubscribeRequest{Encoding: w.encoding}
	for _, p := range d.p.Watched {
		s := gnmi.Subscription{Path: w.path(p), Mode: mode}
		if mode == gnmi.Sample {
			s.Interval = sampleEvery
		}
		req.Subscriptions = append(req.Subscriptions, s)
	}
	news := news{volatile: d.p.Volatile, last: map[string]string{}}
	for m, err := range w.conn.Subscribe(ctx, req) {
		if err != nil {
			return synced, err
		}
		differs, err := news.take(m.Notification)
		if err != nil {
			return synced, err
		}
		if m.Synced || synced && differs {
			synced = true
			changed()
		}
	}
	return synced, fmt.Errorf("the subscription ended: %w", mirror.ErrUnreachable)
}

// news are the last values told, as text.
type news struct {
	volatile func(*data.Node) bool
	last     map[string]string
}

// take reports whether a notification tells anything that was not told before.
func (n news) take(m gnmi.Notification) (differs bool, err error) {
	for _, p := range m.Deletes {
		if !n.passing(p) {
			differs = true
			gone := p.String() // with all that was told below it
			maps.DeleteFunc(n.last, func(at, _ string) bool {
				rest, below := strings.CutPrefix(at, gone)
				return below && (rest == "" || rest[0] == '/' || rest[0] == '[')
			})
		}
	}
	for _, u := range m.Updates {
		if n.passing(u.Path) {
			continue
		}
		nodes, err := decoded(u)
		if err != nil {
			return differs, err
		}
		text := ""
		for _, node := range nodes {
			text += steady(node, n.volatile).Print() + "\n"
		}
		at := u.Path.String()
		if was, told := n.last[at]; !told || was != text {
			differs, n.last[at] = true, text
		}
	}
	return differs, nil
}

// passing: a path leads into what changes by itself.
func (n news) passing(p gnmi.Path) bool {
	for _, e := range p.Elems {
		if n.volatile != nil && n.volatile(&data.Node{Name: e.Name}) {
			return true
		}
	}
	return false
}
