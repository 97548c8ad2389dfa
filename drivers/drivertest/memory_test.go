package drivertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/drivers/drivertest"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// A box is a switch in memory with a command line: "new ID", "source ID PORT
// DIRECTION", "to ID JSON" (everything else of a session) and "del ID". Lines
// take effect at once, and the driver takes a refused block back. Each mistake
// is one that a driver could make.
type box struct {
	mistake string

	mu       sync.Mutex
	sessions map[string]mirror.NativeSpec
	residue  string
	lines    int
	dropAt   int
	after    bool
	refuse   *regexp.Regexp
	words    string
	stalled  chan struct{}
	believed map[string]mirror.NativeSpec // what a mistaken driver takes for granted

	waits  string // the transaction that waits to be confirmed, "" = none
	former map[string]mirror.NativeSpec
	locked bool // by another hand
}

var errDropped = errors.New("dropped")

func (b *box) config() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out strings.Builder
	out.WriteString("hostname box\n" + b.residue)
	for _, id := range slices.Sorted(maps.Keys(b.sessions)) {
		text, _ := json.Marshal(b.sessions[id])
		fmt.Fprintf(&out, "session %s %s\n", id, text)
	}
	return out.String()
}

// run carries out one line.
func (b *box) run(ctx context.Context, line string) (answer string, err error) {
	b.mu.Lock()
	stalled := b.stalled
	b.mu.Unlock()
	if stalled != nil {
		done := ctx.Done()
		if b.mistake == "ignores its context" {
			done = nil
		}
		select {
		case <-stalled:
			return "", errDropped
		case <-done:
			return "", ctx.Err()
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines++
	lost := false
	if b.dropAt > 0 {
		b.dropAt--
		lost = b.dropAt == 0
	}
	if lost && !b.after {
		return "", errDropped
	}
	if b.refuse != nil && b.refuse.MatchString(line) {
		b.refuse = nil
		return b.words, nil
	}
	b.carryOut(line)
	if lost {
		return "", errDropped
	}
	return "", nil
}

func (b *box) carryOut(line string) {
	words := strings.SplitN(line, " ", 3)
	id := words[1]
	spec := b.sessions[id]
	switch words[0] {
	case "new":
		spec = mirror.NativeSpec{Role: mirror.RoleLocal}
		if b.mistake == "leaves something" {
			b.residue = "vlan 999\n"
		}
	case "source":
		port, direction, _ := strings.Cut(words[2], " ")
		spec.Sources = append(slices.Clone(spec.Sources), mirror.NativeSource{Port: mirror.PortName(port), Direction: mirror.Direction(direction)})
	case "to":
		sources := spec.Sources
		if err := json.Unmarshal([]byte(words[2]), &spec); err != nil {
			panic(err)
		}
		spec.Sources = sources
	case "del":
		delete(b.sessions, id)
		if b.mistake == "deletes what is foreign" {
			delete(b.sessions, "1")
		}
		return
	}
	b.sessions[id] = spec.Normalize()
}

// link is a connection to a box.
type link struct {
	b      *box
	window time.Duration // 0 = pushes stand
	closed bool
}

func (l *link) Facts() mirror.Facts { return mirror.Facts{Model: "box"} }

func (l *link) Close() error { l.closed = true; return nil }

// fault is what a driver makes of a lost connection.
func (l *link) fault(err error) error {
	switch {
	case l.b.mistake == "errors without a kind":
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("box: %w", mirror.ErrTimeout)
	case errors.Is(err, context.Canceled):
		return err
	}
	return fmt.Errorf("box: %w: %w", mirror.ErrUnreachable, err)
}

func (l *link) Observe(ctx context.Context, _ mirror.Look) (mirror.Known, error) {
	o, err := l.observe(ctx)
	return mirror.Known{Observation: o, Read: o.At}, err
}

func (l *link) observe(ctx context.Context) (mirror.Observation, error) {
	if l.closed {
		return mirror.Observation{}, l.fault(errDropped)
	}
	b := l.b
	b.mu.Lock()
	stalled := b.stalled
	b.mu.Unlock()
	if stalled != nil {
		_, err := b.run(ctx, "")
		return mirror.Observation{}, l.fault(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	o := mirror.Observation{At: time.Now()}
	for _, name := range boxPorts {
		o.Ports = append(o.Ports, mirror.Port{Name: mirror.PortName(name), LAG: name == "lag1", Up: mirror.True})
	}
	o.Ports = append(o.Ports, mirror.Port{Name: "x1"}, mirror.Port{Name: "x2"})
	sessions := b.sessions
	if b.believed != nil {
		sessions = b.believed
	}
	for _, id := range slices.Sorted(maps.Keys(sessions)) {
		spec := sessions[id].Normalize()
		n := mirror.NativeSession{ID: id, Spec: spec, Programmed: mirror.True}
		if slices.ContainsFunc(spec.Sources, func(s mirror.NativeSource) bool { return s.Port == "cpu" }) && b.mistake != "reads what it cannot write" {
			n.Opaque = "the processor is a source"
		}
		if b.mistake == "misreads a direction" {
			for i := range n.Spec.Sources {
				if n.Spec.Sources[i].Direction == mirror.TX {
					n.Spec.Sources[i].Direction = mirror.Both
				}
			}
		}
		o.Natives = append(o.Natives, n)
	}
	return o, nil
}

func (l *link) Push(ctx context.Context, tx string, p mirror.Payload) (mirror.PushReport, error) {
	var report mirror.PushReport
	if (l.window > 0 || l.b.mistake == "waits unasked") && l.b.mistake != "never waits" {
		l.b.mu.Lock()
		l.b.waits, l.b.former = tx, maps.Clone(l.b.sessions)
		l.b.mu.Unlock()
		report.Until = time.Now().Add(l.window)
	}
	if l.closed {
		return report, l.fault(fmt.Errorf("%w: %w", mirror.ErrNotSent, errDropped))
	}
	for _, block := range p.Blocks {
		l.b.mu.Lock()
		before := maps.Clone(l.b.sessions)
		l.b.mu.Unlock()
		result := mirror.BlockResult{Mark: block.Mark()}
		for line := range strings.Lines(block.Text) {
			answer, err := l.b.run(ctx, strings.TrimSpace(line))
			if err != nil {
				l.b.believe(before, block.Text)
				return report, l.fault(err)
			}
			if answer == "" {
				continue
			}
			result.Err = &mirror.DeviceError{Device: thisDevice, Sent: strings.TrimSpace(line), Answer: answer}
			switch l.b.mistake {
			case "swallows refusals":
				result.Err = nil
			case "says refusals in its own words":
				result.Err = &mirror.DeviceError{Device: thisDevice, Sent: line, Answer: "refused"}
			}
			break
		}
		if result.Err != nil && l.b.mistake != "undoes nothing" {
			l.b.mu.Lock()
			l.b.sessions = before
			l.b.mu.Unlock()
		}
		l.b.believed = nil
		report.Blocks = append(report.Blocks, result)
		if result.Err != nil && l.b.mistake == "stops at a refusal" {
			for _, rest := range p.Blocks[len(report.Blocks):] {
				report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: rest.Mark(), Err: result.Err})
			}
			break
		}
	}
	return report, nil
}

// Pending tells what waits.
func (l *link) Pending(context.Context) ([]mirror.Pending, error) {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	var out []mirror.Pending
	if l.b.waits != "" && l.b.mistake != "does not list its own" {
		out = append(out, mirror.Pending{Kind: mirror.WaitTimer, Tx: l.b.waits, Ours: true})
	}
	if l.b.locked {
		out = append(out, mirror.Pending{Kind: mirror.WaitLock, Holder: "alice", Ours: l.b.mistake == "takes all for its own"})
	}
	return out, nil
}

// Confirm makes what waits last.
func (l *link) Confirm(_ context.Context, tx string) error {
	return l.end(tx, l.b.mistake == "confirms nothing")
}

// Abort takes back what waits.
func (l *link) Abort(_ context.Context, tx string) error {
	return l.end(tx, l.b.mistake != "takes nothing back")
}

func (l *link) end(tx string, back bool) error {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	switch {
	case l.b.waits != tx && l.b.mistake == "ends anything":
		return nil
	case l.b.waits != tx || tx == "":
		return fmt.Errorf("box: %q does not wait: %w", tx, mirror.ErrNotFound)
	case back:
		l.b.sessions = l.b.former
	}
	l.b.waits = ""
	return nil
}

// believe is the mistake of a driver that takes an interrupted push for done.
func (b *box) believe(before map[string]mirror.NativeSpec, text string) {
	if b.mistake != "believes a lost push" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	truth := b.sessions
	b.sessions = before
	for line := range strings.Lines(text) {
		b.carryOut(strings.TrimSpace(line))
	}
	b.sessions, b.believed = truth, b.sessions
}

const thisDevice = "sw1"

var boxPorts = []string{"p1", "p2", "p3", "p9", "up1", "lag1", "d1", "d2"}

func boxCapabilities(mistake string) mirror.Capabilities {
	yes := mirror.Support{Level: mirror.Yes, Source: "the box's manual"}
	no := mirror.Support{Remark: "the box is small", Source: "the box's manual"}
	each := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	c := mirror.Capabilities{Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: each, mirror.SourceLAG: each,
		mirror.SourceVLAN: {mirror.RX: no, mirror.TX: no, mirror.Both: no}},
		Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes, mirror.RoleRSPANSource: no, mirror.RoleRSPANTransit: no, mirror.RoleRSPANDestination: no,
			mirror.RoleERSPANSource: no, mirror.RoleERSPANDestination: no},
		LAGDestination: yes, TagsPreserve: yes, TagsStrip: yes, Truncate: yes, Ranges: mirror.Ranges{Truncate: mirror.Values{From: 64, To: 9000}},
		MixedSources: no, FilterVLANs: no, IngressEnabled: no, Filter: no, Sample: no, Naming: mirror.Numbered, NativeIDs: &mirror.IDRange{From: 1, To: 9},
		Limits: []mirror.Limit{{Counts: mirror.LimitSessions, Scope: "device", Max: 9, Source: "the box's manual"},
			{Counts: mirror.LimitSessionsPerSource, Scope: "device", Max: 6, Source: "the box's manual"},
			{Counts: mirror.LimitTXSessions, Scope: "device", Max: 5, Source: "the box's manual"}}}
	switch mistake {
	case "claims without a source":
		c.LAGDestination.Source = ""
	case "claims what it cannot render":
		c.Sample = yes
	}
	return c
}

func boxRender(mistake string) func(mirror.Facts, mirror.Observation, []mirror.Change) (mirror.Payload, error) {
	return func(_ mirror.Facts, _ mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
		p := mirror.Payload{Format: "box"}
		for _, c := range changes {
			var lines []string
			if c.Before != nil {
				lines = append(lines, "del "+c.Before.ID)
			}
			if n := c.After; n != nil {
				if err := mirror.Refuse(mirror.ErrUnsupported, boxCapabilities("").Forbids(n.Spec)); err != nil && mistake != "writes what is forbidden" {
					return p, fmt.Errorf("box: %w", err)
				}
				rest := n.Spec
				rest.Sources = nil
				if mistake == "drops an option" {
					rest.Options.Truncate = 0
				}
				text, err := json.Marshal(rest)
				if err != nil {
					return p, err
				}
				lines = append(lines, "new "+n.ID)
				for _, s := range n.Spec.Sources {
					lines = append(lines, fmt.Sprintf("source %s %s %s", n.ID, s.Port, s.Direction))
				}
				lines = append(lines, "to "+n.ID+" "+string(text))
			}
			p.Blocks = append(p.Blocks, mirror.Block{Change: c, Text: strings.Join(lines, "\n")})
		}
		return p, nil
	}
}

// A rack has a box for each part of the contract, by the port of its address.
type rack struct {
	mistake string

	mu    sync.Mutex
	boxes []*box
}

func (r *rack) at(port int) *box {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.boxes[port-1]
}

func boxDriver(r *rack) worker.Driver {
	return worker.Driver{Platform: "box", Protocol: "memory", Confirms: &worker.Confirms{Wait: mirror.WaitTimer, Usual: true},
		Ports: func(s string) ([]mirror.PortName, error) {
			if !slices.Contains(boxPorts, s) {
				return nil, fmt.Errorf("%q: %w", s, mirror.ErrInvalid)
			}
			return []mirror.PortName{mirror.PortName(s)}, nil
		},
		Capabilities: func(mirror.Facts) mirror.Capabilities { return boxCapabilities(r.mistake) },
		Render:       boxRender(r.mistake),
		Connect: func(ctx context.Context, t mirror.Target) (worker.Conn, error) {
			b := r.at(t.Transport.Port)
			l := &link{b: b, window: t.Device.Window(true)}
			b.mu.Lock()
			stalled := b.stalled
			b.mu.Unlock()
			if err := ctx.Err(); err != nil {
				return nil, l.fault(err)
			}
			if stalled != nil {
				_, err := b.run(ctx, "")
				return nil, l.fault(err)
			}
			if b.mistake == "leaks a goroutine" {
				go func() { select {} }()
			}
			return l, nil
		}}
}

// device is a new box as the suite treats it.
func (r *rack) device() *drivertest.Device {
	b := &box{mistake: r.mistake, sessions: map[string]mirror.NativeSpec{}}
	r.mu.Lock()
	r.boxes = append(r.boxes, b)
	port := len(r.boxes)
	r.mu.Unlock()
	locked := func(change func()) { b.mu.Lock(); defer b.mu.Unlock(); change() }
	return &drivertest.Device{
		Target: mirror.Target{Transport: mirror.Transport{Protocol: "memory", Address: "127.0.0.1", Port: port}},
		Config: b.config,
		Others: func(config string, own []mirror.NativeSession) string {
			return string(regexp.MustCompile(`(?m)^session (`+strings.Join(append(ids(own), "none"), "|")+`) .*\n`).ReplaceAll([]byte(config), nil))
		},
		Writes: func() (n int) { locked(func() { n = b.lines }); return n },
		Foreign: func() (sessions, opaque int) {
			locked(func() {
				b.sessions["1"] = mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}}, Destinations: []mirror.PortName{"x1"}}
				b.sessions["2"] = mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "cpu", Direction: mirror.RX}}, Destinations: []mirror.PortName{"x2"}}
			})
			return 2, 1
		},
		Refusals: func(block mirror.Block) []drivertest.Refusal {
			var out []drivertest.Refusal
			for i, line := range strings.Split(block.Text, "\n") {
				out = append(out, drivertest.Refusal{Name: "line " + strconv.Itoa(i+1), Words: "% no room", Arm: func() func() {
					locked(func() { b.refuse, b.words = regexp.MustCompile("^"+regexp.QuoteMeta(line)+"$"), "% no room left" })
					return func() { locked(func() { b.refuse = nil }) }
				}})
			}
			return out
		},
		Drop: func(n int, after bool) { locked(func() { b.dropAt, b.after = n, after }) },
		Stall: func() func() {
			end := make(chan struct{})
			locked(func() { b.stalled = end })
			return func() { locked(func() { b.stalled = nil }); close(end) }
		},
		Expire: func() {
			locked(func() {
				if b.waits != "" {
					b.sessions, b.waits = b.former, ""
				}
			})
		},
		Occupy: func() func() {
			locked(func() { b.locked = true })
			return func() { locked(func() { b.locked = false }) }
		},
		Manual: func(n mirror.NativeSession) []drivertest.Manual {
			return []drivertest.Manual{
				{Name: "a source put in", Verb: "change", Want: "too much port p9 tx", Do: func() { locked(func() { b.carryOut("source " + n.ID + " p9 tx") }) }},
				{Name: "deleted", Verb: "create", Do: func() { locked(func() { delete(b.sessions, n.ID) }) }},
			}
		},
	}
}

func ids(list []mirror.NativeSession) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.ID)
	}
	return out
}

// parseBox reads "session ID" lines.
func parseBox(mistake string) func([]byte) error {
	return func(text []byte) error {
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			if mistake == "panics on damage" {
				_ = words[1]
			}
			if len(words) < 2 || words[0] != "session" {
				return fmt.Errorf("line %q: %w", line, mirror.ErrParse)
			}
		}
		return nil
	}
}
