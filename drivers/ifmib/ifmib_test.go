package ifmib

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/drivers/eos"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// memory is an agent whose objects are in memory.
type memory struct {
	objects map[snmp.OID]snmp.Value
	limit   int // variables in an answer, 0 = any
	asked   [][]snmp.OID
	walks   int
	onGet   func(names []snmp.OID)
	fail    error
}

func (m *memory) Get(_ context.Context, names ...snmp.OID) ([]snmp.Variable, error) {
	m.asked = append(m.asked, names)
	if m.onGet != nil {
		m.onGet(names)
	}
	if m.limit > 0 && len(names) > m.limit {
		return nil, snmp.ErrTooBig
	}
	if m.fail != nil {
		return nil, m.fail
	}
	out := make([]snmp.Variable, len(names))
	for i, n := range names {
		out[i] = snmp.Variable{Name: n, Value: m.objects[n]}
	}
	return out, nil
}

func (m *memory) Walk(_ context.Context, columns ...snmp.OID) ([][]snmp.Row, error) {
	m.walks++
	out := make([][]snmp.Row, len(columns))
	for i, c := range columns {
		for name, v := range m.objects {
			if rest, below := c.Below(name); below {
				out[i] = append(out[i], snmp.Row{Index: rest, Value: v})
			}
		}
		slices.SortFunc(out[i], func(a, b snmp.Row) int {
			x, _ := a.Index.Index()
			y, _ := b.Index.Index()
			return int(x) - int(y)
		})
	}
	return out, m.fail
}

func (m *memory) Boots() (uint32, bool) { return 0, false }
func (m *memory) Close() error          { return nil }

func (m *memory) set(at snmp.OID, kind snmp.Kind, n uint64) {
	m.objects[at] = snmp.Value{Kind: kind, Number: n}
}

// up is the agent's clock in hundredths of a second.
func (m *memory) uptime(n uint64) { m.set(sysUpTime, snmp.Ticks, n) }

// row makes a row with 64-bit counters that can be told apart.
func (m *memory) row(index uint32, name, descr string, base uint64) {
	if name != "" {
		m.objects[ifName.Row(index)] = snmp.Value{Kind: snmp.Text, Text: name}
	}
	if descr != "" {
		m.objects[ifDescr.Row(index)] = snmp.Value{Kind: snmp.Text, Text: descr}
	}
	for i, c := range append(slices.Clone(wideOctets), widePackets...) {
		m.set(c.Row(index), snmp.Counter64, base+uint64(i))
	}
	m.set(ifOutDiscards.Row(index), snmp.Counter32, base+100)
	m.set(ifOperStatus.Row(index), snmp.Integer, 1)
	m.set(ifAdminStatus.Row(index), snmp.Integer, 1)
	m.set(ifHighSpeed.Row(index), snmp.Gauge32, 1000)
	m.set(discontinuity.Row(index), snmp.Ticks, 7)
}

func (m *memory) drop(columns []snmp.OID, index uint32) {
	for _, c := range columns {
		delete(m.objects, c.Row(index))
	}
}

func newMemory() *memory {
	m := &memory{objects: map[snmp.OID]snmp.Value{}}
	m.uptime(1000)
	m.set(ifTableLastChange, snmp.Ticks, 5)
	m.set(snmpEngineBoots, snmp.Integer, 3)
	return m
}

var campus = Platform{Ports: iosxe.Ports, CopiesReadDown: true}

func ports(names ...mirror.PortName) mirror.CounterAsk { return mirror.CounterAsk{Ports: names} }

func read(t *testing.T, c *Conn, ask mirror.CounterAsk) mirror.CounterRead {
	t.Helper()
	r, err := c.Counters(context.Background(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if r.At.IsZero() {
		t.Error("no time")
	}
	return r
}

func names(r mirror.CounterRead) (out []mirror.PortName) {
	for _, p := range r.Ports {
		out = append(out, p.Port)
	}
	slices.Sort(out)
	return out
}

const gi1, gi2, gi3 = mirror.PortName("GigabitEthernet1/0/1"), mirror.PortName("GigabitEthernet1/0/2"), mirror.PortName("GigabitEthernet1/0/3")

func TestAPortIsTold(t *testing.T) {
	m := newMemory()
	m.row(10101, "Gi1/0/1", "GigabitEthernet1/0/1", 1000)
	m.row(10102, "Gi1/0/2", "GigabitEthernet1/0/2", 2000)
	c := newConn(m, campus)
	r := read(t, c, ports(gi2, gi3))
	want := mirror.CounterRead{At: r.At, Uptime: 10 * time.Second, Boot: "3", Missing: map[mirror.PortName]string{gi3: "the agent has no interface of this name"},
		Ports: []mirror.PortCounters{{Port: gi2, Uptime: 10 * time.Second, Up: mirror.True, Bandwidth: 1e9, InOctets: 2000, OutOctets: 2001,
			InPackets: 2002 + 2003 + 2004, OutPackets: 2005 + 2006 + 2007, OutDrops: 2100, Complete: true, Discontinuity: "10102/7"}}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if r := read(t, c, mirror.CounterAsk{Natives: true}); len(r.Ports)+len(r.Natives) != 0 {
		t.Errorf("%+v", r)
	}
}

// TestUpByTheRuleOfThePlatform: a destination of copies may be told as down.
func TestUpByTheRuleOfThePlatform(t *testing.T) {
	for _, c := range []struct {
		oper, admin  uint64
		plain, campu mirror.State
	}{
		{1, 1, mirror.True, mirror.True}, {2, 1, mirror.False, mirror.Unknown}, {2, 2, mirror.False, mirror.False},
		{3, 1, mirror.False, mirror.False}, {4, 1, mirror.Unknown, mirror.Unknown}, {5, 1, mirror.False, mirror.False},
		{6, 1, mirror.False, mirror.False}, {7, 1, mirror.False, mirror.False}, {0, 0, mirror.Unknown, mirror.Unknown},
	} {
		for platform, want := range map[bool]mirror.State{false: c.plain, true: c.campu} {
			m := newMemory()
			m.row(1, "Gi1/0/1", "", 0)
			m.set(ifOperStatus.Row(1), snmp.Integer, c.oper)
			m.set(ifAdminStatus.Row(1), snmp.Integer, c.admin)
			if c.oper == 0 {
				m.drop([]snmp.OID{ifOperStatus, ifAdminStatus}, 1)
			}
			p := read(t, newConn(m, Platform{Ports: iosxe.Ports, CopiesReadDown: platform}), ports(gi1)).Ports[0]
			if p.Up != want || (p.Bandwidth != 0) != (c.oper == 1) {
				t.Errorf("oper %d, admin %d, copies read down %v: up %s at %d, want %s", c.oper, c.admin, platform, p.Up, p.Bandwidth, want)
			}
		}
	}
}

// TestARowThatGetsAnotherIndex is found again, and never read for the port that it was.
func TestARowThatGetsAnotherIndex(t *testing.T) {
	swap := func(m *memory) {
		m.row(1, "Gi1/0/2", "", 2000)
		m.row(2, "Gi1/0/1", "", 1000)
	}
	for name, moves := range map[string]func(m *memory, c *Conn){
		"at a restart":            func(m *memory, _ *Conn) { swap(m); m.uptime(10) },
		"with no sign but names":  func(m *memory, _ *Conn) { swap(m) },
		"with another boot":       func(m *memory, _ *Conn) { swap(m); m.set(snmpEngineBoots, snmp.Integer, 4) },
		"while it is being read":  func(m *memory, _ *Conn) { m.onGet = func([]snmp.OID) { m.onGet = nil; swap(m) } },
		"between two of its ways": func(m *memory, c *Conn) { swap(m); c.most = 1 },
	} {
		m := newMemory()
		m.row(1, "Gi1/0/1", "", 1000)
		m.row(2, "Gi1/0/2", "", 2000)
		c := newConn(m, campus)
		before := read(t, c, ports(gi1, gi2))
		walks := m.walks
		moves(m, c)
		after := read(t, c, ports(gi1, gi2))
		if got := names(after); !slices.Equal(got, []mirror.PortName{gi1, gi2}) || m.walks != walks+1 {
			t.Fatalf("%s: %v %v after %d walks", name, got, after.Missing, m.walks-walks)
		}
		for _, p := range after.Ports {
			i := slices.IndexFunc(before.Ports, func(b mirror.PortCounters) bool { return b.Port == p.Port })
			if b := before.Ports[i]; b.InOctets != p.InOctets || b.Discontinuity == p.Discontinuity {
				t.Errorf("%s: %+v, before %+v", name, p, b)
			}
		}
	}
}

// TestATableThatNeverRests is told port by port, by names alone.
func TestATableThatNeverRests(t *testing.T) {
	m := newMemory()
	m.row(1, "Gi1/0/1", "", 1000)
	m.row(2, "Gi1/0/2", "", 2000)
	m.onGet = func([]snmp.OID) {
		n := m.objects[ifTableLastChange].Number + 1
		m.set(ifTableLastChange, snmp.Ticks, n)
		m.objects[ifName.Row(2)] = snmp.Value{Kind: snmp.Text, Text: fmt.Sprintf("Gi1/0/%d", 10+n)}
	}
	c := newConn(m, campus)
	r := read(t, c, ports(gi1, gi2))
	if got := names(r); !slices.Equal(got, []mirror.PortName{gi1}) || r.Missing[gi2] == "" {
		t.Errorf("%v, missing %v", got, r.Missing)
	}
}

func TestTheTableIsReadAgainWhenItMayHaveChanged(t *testing.T) {
	m := newMemory()
	m.row(1, "Gi1/0/1", "", 1000)
	c := newConn(m, campus)
	read(t, c, ports(gi1, gi2))
	m.row(2, "Gi1/0/2", "", 2000)
	if r := read(t, c, ports(gi1, gi2)); len(r.Ports) != 1 || m.walks != 1 {
		t.Errorf("at once: %v after %d walks", names(r), m.walks)
	}
	c.table.at = c.table.at.Add(-forget) // long ago
	if r := read(t, c, ports(gi1, gi2)); len(r.Ports) != 2 || m.walks != 2 {
		t.Errorf("later: %v after %d walks", names(r), m.walks)
	}
	m.row(3, "Gi1/0/2", "", 3000)
	m.set(ifTableLastChange, snmp.Ticks, 6)
	if r := read(t, c, ports(gi2)); len(r.Ports) != 1 || m.walks != 2 {
		t.Errorf("a change soon after: %v after %d walks", names(r), m.walks)
	}
	c.table.at = c.table.at.Add(-settle)
	if r := read(t, c, ports(gi2)); len(r.Ports) != 0 || !strings.Contains(r.Missing[gi2], `twice: ifIndex 2 is "Gi1/0/2" and 3`) || m.walks != 3 {
		t.Errorf("a change: %v %v after %d walks", names(r), r.Missing, m.walks)
	}
	m.fail = mirror.ErrTimeout
	if _, err := c.Counters(context.Background(), ports(gi1)); !errors.Is(err, mirror.ErrTimeout) || c.table != nil {
		t.Errorf("%v", err)
	}
	m.fail, m.objects = nil, map[snmp.OID]snmp.Value{}
	if _, err := c.Counters(context.Background(), ports(gi1)); !errors.Is(err, mirror.ErrRejected) || !strings.Contains(err.Error(), "no interfaces") {
		t.Errorf("a view without interfaces: %v", err)
	}
}

// TestCountersOf32Bits: of octets and packets each, as an agent has them.
func TestCountersOf32Bits(t *testing.T) {
	m := newMemory()
	m.row(1, "Gi1/0/1", "", 1000)
	narrow := append(slices.Clone(narrowOctets), narrowPackets...)
	fill := func() {
		for i, c := range narrow {
			m.set(c.Row(1), snmp.Counter32, uint64(1<<i))
		}
	}
	fill()
	c := newConn(m, campus)
	check := func(what string, in, out, inPackets, outPackets uint64, isNarrow, complete, noDrops bool) {
		t.Helper()
		c.table = nil
		p := read(t, c, ports(gi1)).Ports[0]
		if p.InOctets != in || p.OutOctets != out || p.InPackets != inPackets || p.OutPackets != outPackets || p.Narrow != isNarrow || p.Complete != complete || p.NoDrops != noDrops {
			t.Errorf("%s: %+v", what, p)
		}
	}
	check("wide", 1000, 1001, 3009, 3018, false, true, false)
	m.drop(widePackets[1:2], 1)
	check("narrow packets", 1000, 1001, 4+8+16, 64+128+256, false, true, false)
	m.drop(wideOctets[:1], 1)
	check("narrow octets", 1, 2, 4+8+16, 64+128+256, true, true, false)
	asked := len(m.asked)
	read(t, c, ports(gi1))
	if n := len(m.asked) - asked; n != 1 {
		t.Errorf("%d messages when it is known which columns there are", n)
	}
	m.drop([]snmp.OID{ifInBroadcast, ifOutMulticast}, 1)
	check("multicast and broadcast as one", 1, 2, 4+32, 64+512, true, true, false)
	m.drop([]snmp.OID{ifOutNUcast}, 1)
	check("a figure is not told", 1, 2, 4+32, 0, true, false, false)
	fill()
	m.drop([]snmp.OID{ifOutDiscards}, 1)
	check("discards are not told", 1, 2, 4+8+16, 64+128+256, true, true, true)
	m.set(ifInOctets.Row(1), snmp.Gauge32, 1)
	check("no counter", 0, 2, 4+8+16, 64+128+256, true, false, true)
}

// TestARowThatWasNotWholeIsNotNarrow: a row that comes up without figures says nothing of
// its columns of 64 bits, and columns of another width have counters of their own.
func TestARowThatWasNotWholeIsNotNarrow(t *testing.T) {
	m := newMemory()
	m.row(1, "Gi1/0/1", "", 1000)
	c := newConn(m, campus)
	whole := read(t, c, ports(gi1)).Ports[0]
	m.drop(append(slices.Clone(wideOctets), widePackets...), 1)
	if p := read(t, c, ports(gi1)).Ports[0]; p.Complete || p.Discontinuity == whole.Discontinuity {
		t.Errorf("without figures: %+v", p)
	}
	m.row(1, "Gi1/0/1", "", 1000)
	if d := cmp.Diff(whole, read(t, c, ports(gi1)).Ports[0]); d != "" {
		t.Errorf("whole again (-want +got):\n%s", d)
	}
}

// TestTheSumOf32BitsGoesOverAsItsParts: the sum of counters of 32 bits is one of 32 bits, so
// that no reader takes one part that goes over for a counter that was set back.
func TestTheSumOf32BitsGoesOverAsItsParts(t *testing.T) {
	m := newMemory()
	m.row(1, "Gi1/0/1", "", 1000)
	m.drop(widePackets, 1)
	for _, c := range narrowPackets {
		m.set(c.Row(1), snmp.Counter32, 0)
	}
	m.set(ifInUcast.Row(1), snmp.Counter32, 1<<32-1)
	m.set(ifInMulticast.Row(1), snmp.Counter32, 1<<32-1)
	c := newConn(m, campus)
	if p := read(t, c, ports(gi1)).Ports[0]; p.InPackets != 1<<32-2 || !p.Complete {
		t.Errorf("before: %+v", p)
	}
	m.set(ifInUcast.Row(1), snmp.Counter32, 9)
	if p := read(t, c, ports(gi1)).Ports[0]; p.InPackets != 8 {
		t.Errorf("gone over: %+v", p)
	}
}

// TestFewMessages: as many ports in one as fit into it.
func TestFewMessages(t *testing.T) {
	m := newMemory()
	var all []mirror.PortName
	for i := range 10 {
		m.row(uint32(10101+i), fmt.Sprintf("Gi1/0/%d", i+1), "", uint64(i)<<40)
		all = append(all, mirror.PortName(fmt.Sprintf("GigabitEthernet1/0/%d", i+1)))
	}
	c := newConn(m, campus)
	read(t, c, ports(all...))
	once := func(what string, want int) {
		t.Helper()
		m.asked = nil
		if r := read(t, c, ports(all...)); len(r.Ports) != 10 || len(m.asked) != want {
			t.Errorf("%s: %d ports with %d messages, want %d", what, len(r.Ports), len(m.asked), want)
		}
		for _, a := range m.asked {
			if a[0] != sysUpTime || len(a) > snmp.MaxVariables {
				t.Errorf("%s: %d variables from %s on", what, len(a), a[0])
			}
		}
	}
	once("ten ports", 3)
	m.limit = 32
	m.asked = nil
	read(t, c, ports(all...))
	once("of an agent with small answers", 5)
	m.limit = 5
	if _, err := c.Counters(context.Background(), ports(all...)); !errors.Is(err, snmp.ErrTooBig) {
		t.Errorf("of one that answers nothing at all: %v", err)
	}
}

func TestAllPortsThatAreUp(t *testing.T) {
	m := newMemory()
	m.row(1, "Gi1/0/1", "", 1000)
	m.row(2, "Gi1/0/2", "", 2000)
	m.row(3, "Gi1/0/3", "", 3000)
	m.row(4, "Vl1", "Vlan1", 4000)
	m.set(ifOperStatus.Row(1), snmp.Integer, statusDown)
	m.drop([]snmp.OID{ifOperStatus}, 3) // not told: it may be up
	c := newConn(m, campus)
	if got := names(read(t, c, mirror.CounterAsk{All: true})); !slices.Equal(got, []mirror.PortName{gi2, gi3}) {
		t.Errorf("%v", got)
	}
	if got := names(read(t, c, mirror.CounterAsk{All: true, Ports: []mirror.PortName{gi1, gi2}})); !slices.Equal(got, []mirror.PortName{gi1, gi2, gi3}) {
		t.Errorf("%v", got)
	}
}

// recorded is an agent of a public recording.
func recorded(t *testing.T, name string) *memory {
	t.Helper()
	f, err := os.Open(testkit.Shared(t, "fixtures/snmp/"+name+".snmprec"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m := &memory{objects: map[snmp.OID]snmp.Value{}}
	kinds := map[string]snmp.Kind{"2": snmp.Integer, "65": snmp.Counter32, "66": snmp.Gauge32, "67": snmp.Ticks, "70": snmp.Counter64}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		part := strings.SplitN(lines.Text(), "|", 3)
		v := snmp.Value{Kind: kinds[part[1]]}
		if part[1] == "4" {
			v = snmp.Value{Kind: snmp.Text, Text: part[2]}
		} else if v.Kind == snmp.Missing {
			continue
		} else if v.Number, err = strconv.ParseUint(part[2], 10, 64); err != nil {
			continue // cleaned of private data
		}
		m.objects[snmp.OID(part[0])] = v
	}
	return m
}

// anyName takes every text for a port, as a platform does whose ports may be called
// anything.
func anyName(text string) ([]mirror.PortName, error) {
	if text == "" {
		return nil, mirror.ErrInvalid
	}
	return []mirror.PortName{mirror.PortName(text)}, nil
}

// TestRecordedAgents: which rows are ports. The recordings lack packets, so that all
// they show are names, states, octets and discards.
func TestRecordedAgents(t *testing.T) {
	for name, c := range map[string]struct {
		ports     func(string) ([]mirror.PortName, error)
		has       map[mirror.PortName]uint64 // octets in
		lacks     []string                   // names that are no port
		count     int
		ambiguous int
	}{
		"ios_2960x":       {iosxe.Ports, map[mirror.PortName]uint64{"GigabitEthernet1/0/1": 0, "Port-channel1": 0}, []string{"Vlan1", "StackPort1", "StackSub-St1-1", "Null0"}, 0, 0},
		"arista_eos":      {eos.Ports, map[mirror.PortName]uint64{"Ethernet1": 0}, []string{"Vlan1"}, 0, 0},
		"edgeswitch_us-8": {anyName, map[mirror.PortName]uint64{"GigabitEthernet 1/1": 0, "vtss.ifh": 0}, nil, 20, 0},
		"slxos_slx9150":   {anyName, nil, nil, 19, 48},
	} {
		t.Run(name, func(t *testing.T) {
			m := recorded(t, name)
			table, err := readTable(context.Background(), m, c.ports)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d ports, %d ambiguous", len(table.ports), len(table.ambiguous))
			for p := range c.has {
				f := table.ports[p]
				if f == nil {
					t.Errorf("%s is not found", p)
					continue
				}
				if raw := m.objects[hcInOctets.Row(f.index)]; raw.Kind != snmp.Counter64 && name != "edgeswitch_us-8" {
					t.Errorf("%s: %+v", p, raw)
				}
			}
			for p := range table.ports {
				if slices.Contains(c.lacks, string(p)) {
					t.Errorf("%s is a port", p)
				}
			}
			if c.count > 0 && len(table.ports) != c.count || len(table.ambiguous) != c.ambiguous {
				t.Errorf("%d ports, %d ambiguous: %v", len(table.ports), len(table.ambiguous), slices.Sorted(maps.Keys(table.ambiguous)))
			}
			ask := mirror.CounterAsk{All: true, Ports: slices.Collect(maps.Keys(table.ambiguous))}
			r := read(t, newConn(m, Platform{Ports: c.ports}), ask)
			if len(r.Ports) == 0 || len(r.Missing) != len(table.ambiguous) {
				t.Errorf("%d ports, missing %v", len(r.Ports), r.Missing)
			}
			for _, p := range r.Ports {
				if f := table.ports[p.Port]; p.InOctets != m.objects[hcInOctets.Row(f.index)].Number || p.OutDrops != m.objects[ifOutDiscards.Row(f.index)].Number {
					t.Errorf("%+v", p)
				}
			}
		})
	}
}
