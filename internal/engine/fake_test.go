package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// fakeSwitch is a device in memory, with the faults that real ones have.
type fakeSwitch struct {
	mu       sync.Mutex
	numbered bool
	natives  map[string]mirror.NativeSession // by id
	ports    []mirror.Port
	watchers []func()

	down       bool
	unreadable bool
	refuse     func(mirror.Change) string // device's words, "" = taken
	deaf       bool                       // accepts everything, does nothing
	dropAfter  int                        // >0: the connection breaks after so many blocks of the next push
	programmed mirror.State
	pushes     int // blocks that changed something
	reads      int
}

func newSwitch(ports ...string) *fakeSwitch {
	s := &fakeSwitch{natives: map[string]mirror.NativeSession{}, programmed: mirror.True}
	for _, p := range ports {
		s.ports = append(s.ports, mirror.Port{Name: mirror.PortName(p), Up: mirror.True})
	}
	return s
}

// foreign sets a native session that is not netmirror's.
func (s *fakeSwitch) foreign(id, dest string, sources ...string) {
	n := mirror.NativeSession{ID: id, Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{mirror.PortName(dest)}}}
	for _, src := range sources {
		n.Spec.Sources = append(n.Spec.Sources, mirror.NativeSource{Port: mirror.PortName(src), Direction: mirror.Both})
	}
	s.edit(func() { s.natives[id] = n })
}

// edit is a human at the console; watchers are told.
func (s *fakeSwitch) edit(change func()) {
	s.mu.Lock()
	change()
	watchers := slices.Clone(s.watchers)
	s.mu.Unlock()
	for _, w := range watchers {
		w()
	}
}

// quietly changes what no watcher is told of.
func (s *fakeSwitch) quietly(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// unplug takes a port away, as from a switch whose rows go with their ports:
// nothing that names it is taken any more.
func (s *fakeSwitch) unplug(port mirror.PortName) {
	named := func(src mirror.NativeSource) bool { return src.Port == port }
	s.edit(func() {
		s.ports = slices.DeleteFunc(slices.Clone(s.ports), func(p mirror.Port) bool { return p.Name == port })
		for id, n := range s.natives {
			n.Spec.Sources = slices.DeleteFunc(slices.Clone(n.Spec.Sources), named)
			s.natives[id] = n
		}
		s.refuse = func(c mirror.Change) string {
			if c.After != nil && slices.ContainsFunc(c.After.Spec.Sources, named) {
				return "no port " + string(port)
			}
			return ""
		}
	})
}

// readings counts the reads so far.
func (s *fakeSwitch) readings() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

func (s *fakeSwitch) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.natives))
}

func (s *fakeSwitch) native(id string) mirror.NativeSession {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.natives[id]
}

// sources of the one native session that ends at dest, as "port direction".
func (s *fakeSwitch) sources(dest string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, n := range s.natives {
		if slices.Contains(n.Spec.Destinations, mirror.PortName(dest)) {
			for _, src := range n.Spec.Normalize().Sources {
				out = append(out, string(src.Port)+" "+string(src.Direction))
			}
		}
	}
	return strings.Join(out, ", ")
}

type fakeConn struct{ s *fakeSwitch }

func (c fakeConn) Facts() mirror.Facts { return mirror.Facts{Model: "fake"} }
func (c fakeConn) Close() error        { return nil }

func (c fakeConn) Observe(context.Context) (mirror.Observation, error) {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.down {
		return mirror.Observation{}, fmt.Errorf("fake: %w", mirror.ErrUnreachable)
	}
	if s.unreadable {
		return mirror.Observation{}, fmt.Errorf("fake: %w", mirror.ErrParse)
	}
	obs := mirror.Observation{At: time.Now(), Ports: s.ports}
	for _, id := range slices.Sorted(maps.Keys(s.natives)) {
		n := s.natives[id]
		n.Programmed = s.programmed
		if s.numbered {
			n.Mark, n.Instance = "", ""
		}
		obs.Natives = append(obs.Natives, n)
	}
	return obs, nil
}

func (c fakeConn) Push(_ context.Context, _ string, p mirror.Payload) (mirror.PushReport, error) {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	var report mirror.PushReport
	if s.down {
		return report, fmt.Errorf("fake: %w", mirror.ErrUnreachable)
	}
	for i, b := range p.Blocks {
		if s.dropAfter > 0 && i == s.dropAfter-1 {
			s.apply(b) // taken, but nobody hears of it
			s.dropAfter = 0
			return report, fmt.Errorf("fake: connection lost: %w", mirror.ErrUnreachable)
		}
		report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark, Err: s.apply(b)})
	}
	return report, nil
}

func (s *fakeSwitch) apply(b mirror.Block) error {
	var c mirror.Change
	if err := json.Unmarshal([]byte(b.Text), &c); err != nil {
		return err
	}
	if s.refuse != nil {
		if words := s.refuse(c); words != "" {
			return &mirror.DeviceError{Sent: b.Text, Answer: words}
		}
	}
	if s.deaf {
		return nil
	}
	s.pushes++
	if c.Before != nil {
		delete(s.natives, c.Before.ID)
	}
	if c.After != nil {
		n := *c.After
		if n.Handle == "" && !s.numbered {
			n.Handle = "row-" + strconv.Itoa(s.pushes)
		}
		s.natives[n.ID] = n
	}
	return nil
}

var yes = mirror.Support{Level: mirror.Yes}

func fakeDriver(switches map[string]*fakeSwitch, platform string, numbered bool) engine.Driver {
	every := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	caps := mirror.Capabilities{Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes}, PortSource: every,
		TagsPreserve: yes, Truncate: yes, TruncateRange: mirror.IDRange{From: 14, To: 9000},
		Marks: !numbered, Persistent: true, Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "device", Max: 4, Source: "fake sheet"}}}
	if numbered {
		caps.NativeIDs = &mirror.IDRange{From: 1, To: 66}
	}
	find := func(t mirror.Target) *fakeSwitch { return switches[t.Device.Name] }
	return engine.Driver{
		Platform: platform, Protocol: "fake",
		Ports:        func(s string) ([]mirror.PortName, error) { return []mirror.PortName{mirror.PortName(s)}, nil },
		Capabilities: func(mirror.Facts) mirror.Capabilities { return caps },
		Render: func(_ mirror.Facts, _ mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
			p := mirror.Payload{Format: "json"}
			for _, c := range changes {
				b, err := json.Marshal(c)
				if err != nil {
					return p, err
				}
				p.Blocks = append(p.Blocks, mirror.Block{Mark: c.Mark, Verb: c.Verb(), Text: string(b)})
			}
			return p, nil
		},
		Connect: func(_ context.Context, t mirror.Target) (engine.Conn, error) {
			s := find(t)
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.down {
				return nil, fmt.Errorf("fake: %w", mirror.ErrUnreachable)
			}
			return fakeConn{s}, nil
		},
		Watch: func(ctx context.Context, t mirror.Target, changed func()) error {
			s := find(t)
			s.mu.Lock()
			s.watchers = append(s.watchers, changed)
			s.mu.Unlock()
			<-ctx.Done()
			return ctx.Err()
		},
	}
}
