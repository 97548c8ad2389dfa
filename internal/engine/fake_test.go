package engine_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// fakeSwitch is a device in memory, with the faults that real ones have.
type fakeSwitch struct {
	mu       sync.Mutex
	numbered bool
	natives  map[string]mirror.NativeSession // by id
	ports    []mirror.Port
	watchers []func()

	later      bool // no device of it is stored at the start
	down       bool
	impostor   bool          // shows another host key than it used to
	hush       chan struct{} // while open, connections and questions are taken and not answered
	unreadable bool
	refuse     func(mirror.Change) string // device's words, "" = taken
	deaf       bool                       // accepts everything, does nothing
	dropAfter  int                        // >0: the connection breaks after so many blocks of the next push
	programmed mirror.State
	waits      string // what the device waits for before it copies
	pushes     int    // blocks that changed something
	reads      int
	polls      int // of counters
	lines      int // connections so far, closed of them by us, and up to which the switch hung up
	closed     int
	hungUp     int
	asked      int                                    // connections and reads that were tried
	means      map[mirror.PortName][2]mirror.MeanRate // in and out, that it tells of itself
	facts      mirror.Facts
	vlans      map[int]bool                 // that exist; true = for copies
	lastChange string                       // who configured it last
	lists      map[string][]mirror.Entry    // access lists
	at         map[string][]mirror.PortName // where they stand
	open       []string                     // pushes after which a session copied every frame, since its list was missing or empty
	order      []string                     // of what was pushed: "create local", ...

	// unsaved counts what a save would write: of ours by id, and of others.
	saves       int
	foreignDirt bool
	foreignLate string // what of another hand is saved along with ours
	savedWhat   []mirror.Unsaved
}

func newSwitch(ports ...string) *fakeSwitch {
	s := &fakeSwitch{natives: map[string]mirror.NativeSession{}, programmed: mirror.True, facts: mirror.Facts{Model: "fake"}, vlans: map[int]bool{1: false}, lists: map[string][]mirror.Entry{}, at: map[string][]mirror.PortName{}}
	for _, p := range ports {
		port := mirror.Port{Name: mirror.PortName(p), Up: mirror.True, Admin: mirror.True}
		if strings.HasPrefix(p, "t") { // trunks, which carry VLAN 1 and no other
			port.Trunk = &mirror.Trunk{Allowed: mirror.VLANs(1), Native: 1}
		}
		s.ports = append(s.ports, port)
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

// tried counts the connections and reads that were tried so far.
func (s *fakeSwitch) tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
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

type fakeConn struct {
	s     *fakeSwitch
	facts mirror.Facts
	line  int // it is dead once the switch has hung up on its line
}

func (c fakeConn) Facts() mirror.Facts { return c.facts }

func (c fakeConn) LastChange(context.Context) (string, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.s.lastChange, nil
}

func (c fakeConn) Save(_ context.Context, onlyIfClean bool, ours []mirror.Unsaved) (bool, string, error) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if onlyIfClean && c.s.foreignDirt {
		return false, "not saved, because a save would take with it a line of another hand", nil
	}
	c.s.saves++
	c.s.savedWhat = ours
	return true, c.s.foreignLate, nil
}

func (c fakeConn) SaveSaid() []mirror.Exchange {
	return []mirror.Exchange{{Sent: "write", Answer: "ok"}}
}

func (c fakeConn) Close() error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.closed++
	return nil
}

// silence waits while the switch is silent.
func (s *fakeSwitch) silence(ctx context.Context) error {
	s.mu.Lock()
	hush := s.hush
	s.asked++
	s.mu.Unlock()
	if hush == nil {
		return nil
	}
	select {
	case <-hush:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("fake: no answer: %w", mirror.ErrTimeout)
	}
}

func (c fakeConn) Observe(ctx context.Context, look mirror.Look) (mirror.Known, error) {
	o, err := c.observe(ctx, look)
	return mirror.Known{Observation: o, Read: o.At}, err
}

func (c fakeConn) observe(ctx context.Context, _ mirror.Look) (mirror.Observation, error) {
	s := c.s
	if err := s.silence(ctx); err != nil {
		return mirror.Observation{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if c.line <= s.hungUp {
		return mirror.Observation{}, fmt.Errorf("fake: hung up: %w", mirror.ErrUnreachable)
	}
	if s.down {
		return mirror.Observation{}, fmt.Errorf("fake: %w", mirror.ErrUnreachable)
	}
	if s.unreadable {
		return mirror.Observation{}, fmt.Errorf("fake: %w", mirror.ErrParse)
	}
	obs := mirror.Observation{At: time.Now(), Ports: slices.Clone(s.ports)}
	for _, v := range slices.Sorted(maps.Keys(s.vlans)) {
		obs.VLANs = append(obs.VLANs, mirror.VLAN{ID: v, Remote: s.vlans[v]})
	}
	for _, name := range slices.Sorted(maps.Keys(s.lists)) {
		obs.Footings = append(obs.Footings, mirror.Footing{Kind: mirror.FootingFilter, Name: name, Rules: s.lists[name], Ports: s.at[name]})
	}
	for _, id := range slices.Sorted(maps.Keys(s.natives)) {
		n := s.natives[id]
		n.Programmed, n.Waits = s.programmed, s.waits
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
	if c.line <= s.hungUp {
		return report, fmt.Errorf("fake: hung up: %w: %w", mirror.ErrNotSent, mirror.ErrUnreachable)
	}
	if s.down {
		return report, fmt.Errorf("fake: %w", mirror.ErrUnreachable)
	}
	for i, b := range p.Blocks {
		if s.dropAfter > 0 && i == s.dropAfter-1 {
			s.apply(b) // taken, but nobody hears of it
			s.dropAfter = 0
			return report, fmt.Errorf("fake: connection lost: %w", mirror.ErrUnreachable)
		}
		report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark(), Err: s.apply(b)})
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
	if s.numbered && c.Before == nil && specOf(c).Footing == nil {
		if _, taken := s.natives[c.After.ID]; taken { // after the last read
			return fmt.Errorf("fake: session %s is there: %w", c.After.ID, mirror.ErrChanged)
		}
	}
	if list := specOf(c).Options.Filter; c.After != nil && list != "" && len(s.lists[list]) == 0 {
		return &mirror.DeviceError{Sent: b.Text, Answer: "% no access list " + list}
	}
	for id, n := range s.natives {
		if c.After == nil || c.Before != nil && c.Before.ID == id || s.facts.Model != "lists" {
			continue
		}
		if ports, _ := n.Spec.Common(c.After.Spec); len(ports) > 0 && id != c.After.ID {
			return &mirror.DeviceError{Sent: b.Text, Answer: fmt.Sprintf("%% %v is the destination of session %s", ports, id)}
		}
	}
	if s.deaf {
		return nil
	}
	defer s.watchOpen(c)
	s.pushes++
	s.order = append(s.order, c.Verb()+" "+string(roleOf(c)))
	if specOf(c).Footing != nil {
		s.foot(c)
		return nil
	}
	row := "row-" + strconv.Itoa(s.pushes)
	if c.Before != nil {
		row = cmp.Or(s.natives[c.Before.ID].Handle, row)
		s.takeAway(c)
	}
	if c.After != nil {
		n := *c.After
		if !s.numbered {
			n.Handle = row
		}
		s.natives[n.ID] = n
	}
	return nil
}

// takeAway deletes a native session. On a switch that numbers them a delete takes
// out what it names, and the session with the last of it.
func (s *fakeSwitch) takeAway(c mirror.Change) {
	n, ok := s.natives[c.Before.ID]
	if rest := n.Spec.Beyond(c.Before.Spec); ok && s.numbered && c.After == nil && !rest.Vacant() {
		n.Spec = rest
		if n.Other != nil {
			other := n.Other.Beyond(c.Before.Spec)
			n.Other = &other
		}
		s.natives[c.Before.ID] = n
		return
	}
	delete(s.natives, c.Before.ID)
}

func specOf(c mirror.Change) mirror.NativeSpec {
	if c.After != nil {
		return c.After.Spec
	}
	return c.Before.Spec
}

func roleOf(c mirror.Change) mirror.Role {
	n := specOf(c)
	if n.Footing != nil {
		return n.Footing.Role()
	}
	return n.Role
}
