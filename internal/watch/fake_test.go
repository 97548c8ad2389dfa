package watch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

var start = time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)

// A lab is devices with traffic under a clock of its own, and a desk over them.
type lab struct {
	t        testing.TB
	w        *Watcher
	mu       sync.Mutex
	now      time.Time
	devices  map[string]*box
	sessions map[string]capacity.WatchedSession
	found    []string
	measured []capacity.EndLoad
	asks     []mirror.CounterAsk
	asked    map[string]int // by device
}

// A box is a device: what flows a second, and what was counted.
type box struct {
	info  capacity.WatchedDevice
	state mirror.DeviceState
	read  bool
	fail  error
	flow  map[mirror.PortName]*flow
	// natives are copies a second by id.
	natives map[string]float64
	copied  map[string]float64
	hang    chan struct{}
}

// A flow is frames of 1000 octets a second, and what was counted of them.
type flow struct {
	in, out, drops               float64
	inFrames, outFrames, dropped float64
}

func newLab(t testing.TB, cfg Config) *lab {
	l := &lab{t: t, now: start, devices: map[string]*box{}, sessions: map[string]capacity.WatchedSession{}, asked: map[string]int{}}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { l.mu.Lock(); defer l.mu.Unlock(); return l.now }
	}
	l.w = New(cfg)
	l.w.desk = l
	return l
}

// box adds a device whose ports p1..p4 run at 1 Gbit/s, and are up.
func (l *lab) box(name string, at mirror.CountedAt) *box {
	b := &box{info: capacity.WatchedDevice{Name: name, Every: 10 * time.Second, Cheap: true, Counting: mirror.Counting{At: at}}, read: true,
		state: mirror.DeviceState{Device: name, Reachable: mirror.Check{State: mirror.True}, Observation: mirror.Observation{At: start}},
		flow:  map[mirror.PortName]*flow{}, natives: map[string]float64{}, copied: map[string]float64{}}
	for i := range 4 {
		p := mirror.PortName(fmt.Sprintf("p%d", i+1))
		b.state.Observation.Ports = append(b.state.Observation.Ports, mirror.Port{Name: p, Up: mirror.True, Speed: 1e9})
		b.flow[p] = &flow{}
	}
	l.devices[name] = b
	l.w.DeviceChanged(name)
	return b
}

// session copies both directions of p1 to p4 of a device, as native session 1.
func (l *lab) session(name, device string) {
	l.put(capacity.WatchedSession{Name: name,
		Feeds: []capacity.Feed{{Session: name, Device: device, Native: "n1", Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}},
			Ends: []capacity.End{{Device: device, Port: "p4"}}}},
		Natives: []capacity.WatchedNative{{Device: device, ID: "1", Mark: "nm-1", Role: mirror.RoleLocal, Ports: []mirror.PortName{"p4"}, Makes: true}}})
}

func (l *lab) put(s capacity.WatchedSession) {
	l.mu.Lock()
	l.sessions[s.Name] = s
	l.mu.Unlock()
	l.w.SessionChanged(s.Name)
}

// pass lets time pass, and has every device read.
func (l *lab) pass(d time.Duration) {
	l.mu.Lock()
	l.now = l.now.Add(d)
	sec := d.Seconds()
	for _, b := range l.devices {
		for _, f := range b.flow {
			f.inFrames, f.outFrames, f.dropped = f.inFrames+f.in*sec, f.outFrames+f.out*sec, f.dropped+f.drops*sec
		}
		for id, n := range b.natives {
			b.copied[id] += n * sec
		}
	}
	l.mu.Unlock()
	l.look()
}

func (l *lab) look() {
	for l.w.refresh(l.t.Context(), l) {
	}
	places := make(chan struct{}, 8)
	l.mu.Lock()
	var names []string
	for n := range l.devices {
		names = append(names, n)
	}
	l.mu.Unlock()
	slices.Sort(names)
	for _, n := range names {
		l.w.mu.Lock()
		d := l.w.devices[n]
		l.w.mu.Unlock()
		l.w.poll(l.t.Context(), l, d, places)
	}
}

func (l *lab) Devices(context.Context) ([]string, error) { return nil, nil }

func (l *lab) Device(_ context.Context, name string) (capacity.WatchedDevice, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.devices[name]
	if !ok {
		return capacity.WatchedDevice{}, mirror.ErrNotFound
	}
	return b.info, nil
}

func (l *lab) Session(_ context.Context, name string) (capacity.WatchedSession, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.sessions[name]
	if !ok {
		return s, mirror.ErrNotFound
	}
	return s, nil
}

func (l *lab) State(name string) (mirror.DeviceState, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.devices[name]
	if b == nil {
		return mirror.DeviceState{}, false
	}
	return b.state, b.read
}

func (l *lab) Counters(ctx context.Context, name string, ask mirror.CounterAsk) (mirror.CounterRead, error) {
	l.mu.Lock()
	b := l.devices[name]
	l.asks = append(l.asks, ask)
	l.asked[name]++
	hang := b.hang
	l.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-ctx.Done():
			return mirror.CounterRead{}, fmt.Errorf("%w: %w", ctx.Err(), mirror.ErrTimeout)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.fail != nil {
		return mirror.CounterRead{}, b.fail
	}
	out := mirror.CounterRead{At: l.now}
	count := func(f float64) uint64 { return uint64(math.Round(f)) }
	for _, seen := range b.state.Observation.Ports {
		f := b.flow[seen.Name]
		if !ask.All && !slices.Contains(ask.Ports, seen.Name) {
			continue
		}
		out.Ports = append(out.Ports, mirror.PortCounters{Port: seen.Name, Up: seen.Up, Bandwidth: seen.Speed, Complete: true,
			InPackets: count(f.inFrames), InOctets: 1000 * count(f.inFrames), OutPackets: count(f.outFrames), OutOctets: 1000 * count(f.outFrames), OutDrops: count(f.dropped)})
	}
	if ask.Natives {
		for id, n := range b.copied {
			out.Natives = append(out.Natives, mirror.NativeCopies{ID: id, Copies: mirror.Copies{Known: true, Packets: count(n), Octets: 1000 * count(n)}})
		}
	}
	return out, nil
}

func (l *lab) Found(session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found = append(l.found, session)
}

func (l *lab) Measured(ends []capacity.EndLoad) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.measured = append(l.measured, ends...)
}

// want compares the conditions of a session: "True Fits, Unknown SourcesIdle".
func (l *lab) want(session, want string) capacity.SessionLoad {
	l.t.Helper()
	load, ok := l.w.Load(session)
	got := "nothing"
	if ok {
		got = fmt.Sprintf("%s %s, %s %s", load.Healthy.State, load.Healthy.Reason, load.Effective.State, load.Effective.Reason)
	}
	if got != want {
		l.t.Errorf("session %s: %s; want %s\n%s\n%s", session, got, want, load.Healthy.Message, load.Effective.Message)
	}
	return load
}

var errAway = errors.New("no answer")

// thousand makes 1,000 devices with nine sources and a destination each.
func thousand(l *lab) {
	for i := range 1000 {
		name := fmt.Sprintf("d%d", i)
		b := l.box(name, mirror.CountedOutOctets)
		var sources []mirror.NativeSource
		for k := range 10 {
			p := mirror.PortName(fmt.Sprintf("q%d", k))
			b.state.Observation.Ports = append(b.state.Observation.Ports, mirror.Port{Name: p, Up: mirror.True, Speed: 1e9})
			b.flow[p] = &flow{in: 1e3, out: 1e3}
			if k > 0 {
				sources = append(sources, mirror.NativeSource{Port: p, Direction: mirror.Both})
			}
		}
		b.flow["q0"].out = 18e3
		l.put(capacity.WatchedSession{Name: "s" + name,
			Feeds:   []capacity.Feed{{Session: "s" + name, Device: name, Native: "n", Sources: sources, Ends: []capacity.End{{Device: name, Port: "q0"}}}},
			Natives: []capacity.WatchedNative{{Device: name, ID: "1", Mark: "nm-1", Role: mirror.RoleLocal, Ports: []mirror.PortName{"q0"}, Makes: true}}})
	}
}
