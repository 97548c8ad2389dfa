package mib

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// A held agent has objects, and notes what it is asked.
type held struct {
	mu    sync.Mutex
	has   map[snmp.OID]snmp.Value
	asked []string
}

func (h *held) note(what string, n int) func() {
	h.mu.Lock()
	h.asked = append(h.asked, fmt.Sprintf("%s %d", what, n))
	return h.mu.Unlock
}

// did is what was asked since it was last told, sorted.
func (h *held) did() []string {
	defer h.note("", 0)()
	out := h.asked[:len(h.asked)-1]
	h.asked = nil
	slices.Sort(out)
	return out
}

func (h *held) Get(_ context.Context, names ...snmp.OID) (out []snmp.Variable, err error) {
	defer h.note("get", len(names))()
	for _, n := range names {
		out = append(out, snmp.Variable{Name: n, Value: h.has[n]})
	}
	return out, nil
}

func (h *held) Next(_ context.Context, names ...snmp.OID) ([]snmp.Variable, error) {
	defer h.note("next", len(names))()
	return make([]snmp.Variable, len(names)), nil
}

func (h *held) Walk(_ context.Context, columns ...snmp.OID) ([][]snmp.Row, error) {
	defer h.note("walk", len(columns))()
	out := make([][]snmp.Row, len(columns))
	for i, c := range columns {
		for name, v := range h.has {
			if index, below := c.Below(name); below {
				out[i] = append(out[i], snmp.Row{Index: index, Value: v})
			}
		}
	}
	return out, nil
}

func (h *held) Set(_ context.Context, objects ...snmp.Variable) error {
	defer h.note("set", len(objects))()
	for _, o := range objects {
		h.has[o.Name] = o.Value
	}
	return nil
}

func (h *held) Boots() (uint32, bool) { return 0, false }
func (h *held) Close() error          { return nil }

const heldColumn = snmp.OID("1.3.6.1.4.1.99999.1.2")

var heldPlatform = Platform{
	Probe: func(ctx context.Context, a Agent) (map[string]string, error) {
		_, err := a.Next(ctx, heldColumn)
		return nil, err
	},
	Narrow:    func(mirror.Facts) []snmp.OID { return []snmp.OID{heldColumn} },
	Wide:      func(mirror.Facts) []snmp.OID { return nil },
	Around:    func(mirror.Facts, Tables, *mirror.Observation) error { return nil },
	Sessions:  func(mirror.Facts, Tables, *mirror.Observation) error { return nil },
	Within:    func(mirror.Facts, mirror.Change, Block) error { return nil },
	Split:     func(Message) []Message { return nil },
	Otherwise: func(Message, string) []Message { return nil },
	Holds:     Same,
}

// TestWhatWasReadJustNowStandsForTheLook before the Set, and nothing else does: not what
// was read longer ago, nor what was not read, nor what was read before another Set.
func TestWhatWasReadJustNowStandsForTheLook(t *testing.T) {
	number := func(n uint64) snmp.Value { return snmp.Number(snmp.Integer, n) }
	look := mirror.Look{Ports: []mirror.PortName{"Port 1"}, Sources: []mirror.PortName{"Port 2"}}
	named := func(i int) Object {
		return Set(IfName.Row(uint32(i)), snmp.Octets(fmt.Sprintf("Port %d", i)), "")
	}
	row := Set(heldColumn+".7", snmp.Value{}, "")
	for name, c := range map[string]struct {
		look    mirror.Look
		between func(*held, *Conn, *time.Time)
		checks  []Object
		asked   []string
		kind    error
	}{
		"just now":               {look, nil, []Object{named(1), named(2), row}, []string{"set 1"}, nil},
		"at the end of its time": {look, func(_ *held, _ *Conn, now *time.Time) { *now = now.Add(fresh) }, []Object{named(1), named(2), row}, []string{"get 3", "set 1"}, nil},
		"a clock set back":       {look, func(_ *held, _ *Conn, now *time.Time) { *now = now.Add(-time.Second) }, []Object{named(1), named(2), row}, []string{"get 3", "set 1"}, nil},
		"a port not read":        {look, nil, []Object{named(3), row}, []string{"get 2", "set 1"}, nil},
		"no port read":           {mirror.Look{}, nil, []Object{named(1), row}, []string{"get 2", "set 1"}, nil},
		"read as something else": {look, nil, []Object{named(1), Set(heldColumn+".7", number(3), "")}, []string{}, mirror.ErrChanged},
		"changed since": {look, func(h *held, _ *Conn, now *time.Time) {
			h.has[row.Name] = number(9)
			*now = now.Add(fresh)
		}, []Object{named(1), row}, []string{"get 2"}, mirror.ErrChanged},
		"which a SET writes over": {look, func(_ *held, c *Conn, _ *time.Time) { c.platform.Overwrites = true }, []Object{named(1), row}, []string{"get 2", "set 1"}, nil},
		"read by a later look": {look, func(_ *held, c *Conn, _ *time.Time) {
			known, err := c.Observe(t.Context(), mirror.Look{})
			if err != nil || known.IsZero() {
				t.Error(err)
			}
		}, []Object{named(1), row}, []string{"get 2", "set 1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			h := &held{has: map[snmp.OID]snmp.Value{sysUpTime: {Kind: snmp.Ticks, Number: 5}}}
			for i := range uint32(3) {
				h.has[IfName.Row(i+1)] = snmp.Octets(fmt.Sprintf("Port %d", i+1))
			}
			now := time.Unix(1e9, 0)
			conn := &Conn{agent: h, platform: heldPlatform, device: "sw1", now: func() time.Time { return now }}
			known, err := conn.Observe(t.Context(), mirror.Look{})
			if err != nil {
				t.Fatal(err)
			}
			conn.named = now
			h.did()
			c.look.Known = known
			if _, err := conn.Observe(t.Context(), c.look); err != nil {
				t.Fatal(err)
			}
			want := []string{"get 9", "next 1", "walk 1"} // side by side: the stamp, five of Port 1, the name of Port 2
			if len(c.look.Ports) == 0 {
				want = want[1:]
			}
			if got := h.did(); !slices.Equal(got, want) {
				t.Errorf("the look asked %q, want %q", got, want)
			}
			if c.between != nil {
				c.between(h, conn, &now)
				h.did()
			}
			block := func(to uint64) mirror.Block {
				return mirror.Block{Text: Block{Checks: c.checks, Messages: []Message{{Set: []Object{Set(row.Name, number(to), "")}}}}.String()}
			}
			report, err := conn.Push(t.Context(), "", mirror.Payload{Format: Format, Blocks: []mirror.Block{block(1)}})
			if err != nil || !errors.Is(report.Blocks[0].Err, c.kind) {
				t.Fatalf("%+v %v", report, err)
			}
			if got := h.did(); !slices.Equal(got, c.asked) {
				t.Errorf("the push asked %q, want %q", got, c.asked)
			}
			if c.kind != nil {
				return
			}
			report, err = conn.Push(t.Context(), "", mirror.Payload{Format: Format, Blocks: []mirror.Block{block(2)}})
			if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) {
				t.Errorf("pushed again on what was read before: %+v %v", report, err)
			}
		})
	}
}

// TestASourceOfAnotherNameHasEverythingReadAgain.
func TestASourceOfAnotherNameHasEverythingReadAgain(t *testing.T) {
	h := &held{has: map[snmp.OID]snmp.Value{sysUpTime: {Kind: snmp.Ticks, Number: 5}, IfName.Row(1): snmp.Octets("Port 1"), IfName.Row(2): snmp.Octets("Port 2")}}
	conn := &Conn{agent: h, platform: heldPlatform, device: "sw1", now: time.Now}
	known, err := conn.Observe(t.Context(), mirror.Look{})
	if err != nil {
		t.Fatal(err)
	}
	h.has[IfName.Row(2)] = snmp.Octets("Port 9")
	known, err = conn.Observe(t.Context(), mirror.Look{Known: known, Ports: []mirror.PortName{"Port 1"}, Sources: []mirror.PortName{"Port 2"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, there := known.Observation.Port("Port 9"); !there {
		t.Errorf("%+v", known.Observation.Ports)
	}
}
