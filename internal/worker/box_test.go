package worker

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A box is a device in memory that takes pushes back unless they are confirmed,
// in the way of one platform.
type box struct {
	mu      sync.Mutex
	rules   Confirms
	tx      string // that waits, "" = none
	until   time.Time
	line    int // the connection that made it
	before  map[string]mirror.NativeSession
	natives map[string]mirror.NativeSession
	others  []mirror.Pending // that wait or lock beside

	lines         int
	down          bool            // no new connection is answered
	deaf          string          // destination of a session that is accepted and not held
	idle          int             // reads for which nothing is programmed
	confirms      error           // the answer to a confirmation
	onConfirm     func(times int) // when it is to confirm, for the how manieth time
	confirming    int
	lost          string   // the word at which the connection breaks, before it is heard
	said          []string // push, confirm, abort, save, connect
	blocks        []string // of each push, what became of what
	atomic        bool     // a push is one commit, and copies to collectors leave by tunnels
	facts         mirror.Facts
	onPush        func()                   // when a push was taken
	wrong         []string                 // what must never be done
	onAsk         func()                   // when what waits is asked
	busy          []mirror.Pending         // what begins to wait when the next push arrives, which is not taken
	untold        error                    // why what waits is not told
	goes          bool                     // the device takes back what waits when it is to be confirmed
	one           bool                     // a push sends its first block alone
	lingers       bool                     // a trial that was taken back still shows
	placed        bool                     // sessions are known by their destination
	overtaken     func(mirror.Change) bool // another hand was there before a block: nothing of it is done
	shut          bool                     // nobody is let into the configuration, and nobody is told why
	reads         int
	counts        bool // its connections count
	told          mirror.CounterRead
	onCount       func()              // when counters are asked for
	onCountWithin func(time.Duration) // how long a reading may take
}

func (b *box) edit(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// words are what was said to the device so far, the reads apart.
func (b *box) words() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.said, ", ")
}

// goBack undoes what waits, as the device does at its time.
func (b *box) goBack() { b.natives, b.tx = b.before, "" }

func (b *box) ends() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, n := range b.natives {
		for _, d := range n.Spec.Destinations {
			out = append(out, string(d))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

type boxConn struct {
	b      *box
	window time.Duration
	line   int
}

func (c *boxConn) Facts() mirror.Facts { return c.b.facts }

func (c *boxConn) Close() error { return nil }

func (c *boxConn) Observe(context.Context, mirror.Look) (mirror.Known, error) {
	b := c.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.reads++; b.tx != "" {
		if err := b.breaks("read"); err != nil {
			return mirror.Known{}, err
		}
	}
	o := mirror.Observation{At: time.Now()}
	for _, p := range []mirror.PortName{"p1", "p2", "d1", "d2", "d3", "d4", "d5"} {
		o.Ports = append(o.Ports, mirror.Port{Name: p, Up: mirror.True})
	}
	for _, id := range slices.Sorted(maps.Keys(b.natives)) {
		n := b.natives[id]
		if f := n.Spec.Footing; f != nil {
			o.Footings = append(o.Footings, *f)
			continue
		}
		n.Programmed = mirror.True
		if b.idle > 0 {
			n.Programmed, n.ProgrammedReason = mirror.False, "no route"
		}
		o.Natives = append(o.Natives, n)
	}
	b.idle = max(0, b.idle-1)
	return mirror.Known{Observation: o, Read: o.At}, nil
}

// hangUp is the end of all connections.
func (b *box) hangUp() {
	if b.rules.Wait == mirror.WaitTrial && b.tx != "" {
		b.others = append(b.others, mirror.Pending{Kind: mirror.WaitTrial}) // nobody can end it
	}
}

// breaks reports whether the connection is lost at a word.
func (b *box) breaks(word string) error {
	if b.lost != word {
		return nil
	}
	b.lost = ""
	b.hangUp()
	return fmt.Errorf("box: gone: %w", mirror.ErrUnreachable)
}

func (c *boxConn) Push(_ context.Context, tx string, p mirror.Payload) (report mirror.PushReport, err error) {
	b := c.b
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, "push")
	if b.tx != "" || len(b.others) > 0 {
		b.wrong = append(b.wrong, fmt.Sprintf("pushed while %q and %v waited", b.tx, b.others))
	}
	if b.busy != nil || b.shut {
		for _, block := range p.Blocks {
			report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: block.Change.Mark, Err: fmt.Errorf("box: %w", mirror.ErrBusy)})
		}
		b.others, b.busy = b.busy, nil
		return report, nil
	}
	was, words := maps.Clone(b.natives), []string{}
	for i, block := range p.Blocks {
		ch := block.Change
		if b.one && i > 0 {
			report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: ch.Mark, Err: fmt.Errorf("box: %w (%w)", mirror.ErrChanged, mirror.ErrNotSent)})
			continue
		}
		if f := cmp.Or(ch.After, ch.Before).Spec.Footing; f != nil {
			words = append(words, ch.Verb()+" "+string(f.Kind))
		} else {
			words = append(words, ch.Verb()+" session")
		}
		if b.overtaken != nil && b.overtaken(ch) {
			report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: ch.Mark, Err: fmt.Errorf("box: %w", mirror.ErrChanged)})
			continue
		}
		report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: ch.Mark})
		if ch.Before != nil {
			left := b.natives[ch.Before.ID]
			delete(b.natives, ch.Before.ID)
			if left.Spec = left.Spec.Beyond(ch.Before.Spec); b.placed && ch.After == nil && len(left.Spec.Sources) > 0 {
				b.natives[left.ID] = left
			}
		}
		if ch.After != nil && !slices.Contains(ch.After.Spec.Destinations, mirror.PortName(b.deaf)) {
			n := *ch.After
			if b.placed {
				n.Mark, n.Instance = "", ""
			}
			b.natives[ch.After.ID] = n
		}
	}
	b.blocks = append(b.blocks, strings.Join(words, ", "))
	if c.window > 0 {
		b.before, b.tx, b.line, b.until = was, tx, c.line, time.Now().Add(c.window)
		report.Until = b.until
	}
	if b.onPush != nil {
		b.onPush()
	}
	return report, b.breaks("push")
}

func (c *boxConn) Pending(context.Context) ([]mirror.Pending, error) {
	b := c.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.onAsk != nil {
		b.onAsk()
	}
	if b.untold != nil {
		return nil, b.untold
	}
	out := slices.Clone(b.others)
	if b.lingers {
		out = append(out, mirror.Pending{Kind: mirror.WaitTrial})
	}
	if b.tx != "" && b.rules.Unlisted { // it lets nobody in, and does not tell why
		out = append(out, mirror.Pending{Kind: mirror.WaitLock})
	} else if b.tx != "" && b.rules.Wait == mirror.WaitTimer {
		out = append(out, mirror.Pending{Kind: mirror.WaitTimer, Tx: b.tx, Ours: true, Until: b.until})
	}
	return out, nil
}

func (c *boxConn) Confirm(_ context.Context, tx string) error {
	return c.end("confirm", tx, func(b *box) {})
}

func (c *boxConn) Abort(_ context.Context, tx string) error {
	b := c.b
	b.mu.Lock()
	i := slices.IndexFunc(b.others, func(w mirror.Pending) bool { return w.Kind == mirror.WaitCandidate && w.Tx == tx })
	if i >= 0 {
		b.said = append(b.said, "drop")
		b.others = slices.Delete(b.others, i, i+1)
	}
	b.mu.Unlock()
	if i >= 0 {
		return nil
	}
	return c.end("abort", tx, func(b *box) { b.natives = b.before })
}

func (c *boxConn) end(word, tx string, do func(*box)) error {
	b := c.b
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = append(b.said, word)
	if word == "confirm" && b.onConfirm != nil {
		b.confirming++
		b.onConfirm(b.confirming)
	}
	if b.goes && b.tx != "" {
		b.goes = false
		b.goBack()
	}
	switch {
	case word == "confirm" && b.confirms != nil:
		return b.confirms
	case b.rules.Wait == mirror.WaitTrial && b.line != c.line:
		return fmt.Errorf("box: not this connection's: %w", mirror.ErrUnsupported)
	case b.tx != tx:
		return fmt.Errorf("box: %w", mirror.ErrNotFound)
	}
	if err := b.breaks("before " + word); err != nil {
		return err
	}
	do(b)
	b.tx = ""
	return b.breaks(word)
}

func (c *boxConn) Save(context.Context, bool, []mirror.Unsaved) (bool, string, error) {
	c.b.mu.Lock()
	defer c.b.mu.Unlock()
	c.b.said = append(c.b.said, "save")
	if c.b.tx != "" || len(c.b.others) > 0 {
		c.b.wrong = append(c.b.wrong, fmt.Sprintf("saved while %q and %v waited", c.b.tx, c.b.others))
	}
	return true, "", nil
}

func (b *box) driver(numbered bool) Driver {
	yes := mirror.Support{Level: mirror.Yes}
	every := map[mirror.Direction]mirror.Support{mirror.RX: yes, mirror.TX: yes, mirror.Both: yes}
	caps := mirror.Capabilities{Sources: map[mirror.SourceKind]map[mirror.Direction]mirror.Support{mirror.SourcePort: every}, Roles: map[mirror.Role]mirror.Support{mirror.RoleLocal: yes}, TagsPreserve: yes, Marks: !numbered}
	if b.atomic {
		caps.Atomic, caps.Naming, caps.Marks = true, mirror.Named, false
		caps.Tunnels = &mirror.Tunnels{Prefix: "tunnel-ip", From: 1, To: 99}
	}
	if b.placed {
		caps.Naming, caps.Marks = mirror.Placed, false
	} else if numbered {
		caps.NativeIDs = &mirror.IDRange{From: 1, To: 9}
	}
	return Driver{Platform: "box", Protocol: "memory", Confirms: &b.rules,
		Ports:        func(s string) ([]mirror.PortName, error) { return []mirror.PortName{mirror.PortName(s)}, nil },
		Capabilities: func(mirror.Facts) mirror.Capabilities { return caps },
		Render: func(_ mirror.Facts, _ mirror.Observation, changes []mirror.Change) (p mirror.Payload, err error) {
			for _, c := range changes {
				p.Blocks = append(p.Blocks, mirror.Block{Change: c})
			}
			return p, nil
		},
		Connect: func(_ context.Context, t mirror.Target) (Conn, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.said = append(b.said, "connect")
			if b.down {
				return nil, fmt.Errorf("box: no answer: %w", mirror.ErrUnreachable)
			}
			b.lines++
			c := &boxConn{b, t.Device.Window(b.rules.Usual), b.lines}
			if b.counts {
				return countingConn{c}, nil
			}
			return c, nil
		}}
}

// readings counts the reads so far.
func (b *box) readings() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reads
}
