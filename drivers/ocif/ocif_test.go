package ocif

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/drivers/eos"
	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a server with interfaces in memory: leaves below them, by their names.
type memory struct {
	interfaces map[string]row
	can        gnmi.Capabilities
	ietf       bool
	asked      [][]string
	fail       map[string]error // of requests that name a path with this text in it
}

func newMemory() *memory {
	return &memory{can: gnmi.Capabilities{Encodings: []gnmi.Encoding{gnmi.EncodingJSONIETF}, Models: []gnmi.Model{{Name: "openconfig-interfaces"}}}, ietf: true,
		interfaces: map[string]row{
			"Ethernet1":     port("UP", 1<<63, 2000),
			"Ethernet2":     port("DOWN", 5, 6),
			"Port-Channel1": port("UP", 70, 80),
			"Management0":   port("UP", 1, 1),
			"Vlan10":        port("UP", 1, 1),
		}}
}

func port(status string, in, out uint64) row {
	r := row{operStatus: status, adminStatus: "UP", lastChange: "17", lastClear: "0", "state/name": "x", "state/mtu": "1500"}
	for leaf, n := range map[string]uint64{"in-octets": in, "out-octets": out, "in-pkts": in / 100, "out-pkts": out / 100, "out-discards": 3, "in-errors": 9} {
		r[counters+leaf] = fmt.Sprint(n)
	}
	return r
}

func (m *memory) Capabilities() gnmi.Capabilities { return m.can }

func (m *memory) Close() error { return nil }

// Get answers each path with one update for each interface that has something there.
func (m *memory) Get(_ context.Context, r gnmi.GetRequest) ([]gnmi.Notification, error) {
	var texts []string
	for _, p := range r.Paths {
		texts = append(texts, p.String())
	}
	m.asked = append(m.asked, texts)
	for text, err := range m.fail {
		if strings.Contains(strings.Join(texts, " "), text) {
			return nil, err
		}
	}
	var out []gnmi.Notification
	for _, p := range r.Paths {
		if p.Origin != "openconfig" || r.Type != gnmi.State || r.Encoding != gnmi.EncodingJSONIETF && r.Encoding != gnmi.EncodingJSON {
			return nil, fmt.Errorf("asked %s %v %s", p, r.Type, r.Encoding)
		}
		name, found := p.Elems[1].Keys["name"], false
		var below []string
		for _, e := range p.Elems[2:] {
			below = append(below, e.Name)
		}
		for _, each := range slices.Sorted(maps.Keys(m.interfaces)) {
			if name != "*" && name != each {
				continue
			}
			if v := m.interfaces[each].json(strings.Join(below, "/"), m.ietf); v != nil {
				raw := text(v)
				path := at(each, below...)
				found = true
				if m.ietf {
					out = append(out, gnmi.Notification{Updates: []gnmi.Update{{Path: path, Value: gnmi.JSONIETF(raw)}}})
				} else {
					out = append(out, gnmi.Notification{Updates: []gnmi.Update{{Path: path, Value: gnmi.JSON(raw)}}})
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("%s: %w", p, mirror.ErrNotFound)
		}
	}
	return out, nil
}

// json is the value at a path below an interface, nil where there is none.
func (r row) json(at string, ietf bool) any {
	if text, leaf := r[at]; leaf {
		return leafValue(at, text, ietf)
	}
	var out map[string]any
	for leaf, text := range r {
		rest, below := strings.CutPrefix(leaf, at+"/")
		if at == "" {
			rest, below = leaf, true
		}
		if !below {
			continue
		}
		if out == nil {
			out = map[string]any{}
		}
		into, steps := out, strings.Split(rest, "/")
		for i, s := range steps {
			if ietf && i == 0 {
				s = "openconfig-interfaces:" + s
			}
			if i == len(steps)-1 {
				into[s] = leafValue(leaf, text, ietf)
				break
			}
			if into[s] == nil {
				into[s] = map[string]any{}
			}
			into = into[s].(map[string]any)
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// text is a value in JSON.
func text(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// leafValue has counters as RFC 7951 does, as strings, or as numbers.
func leafValue(leaf, text string, ietf bool) any {
	if strings.HasPrefix(leaf, counters) && !ietf || leaf == lagSpeed {
		return json.Number(text)
	}
	return text
}

func open(t *testing.T, m *memory, ports func(string) ([]mirror.PortName, error), readDown bool) *Conn {
	t.Helper()
	c, err := newConn(m, Platform{Ports: ports, CopiesReadDown: readDown})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *Conn) read(t *testing.T, ask mirror.CounterAsk) mirror.CounterRead {
	t.Helper()
	r, err := c.Counters(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	if r.At.IsZero() {
		t.Error("it does not say when")
	}
	r.At = time.Time{}
	return r
}

func figures(p mirror.PortName, up mirror.State, in, out uint64) mirror.PortCounters {
	return mirror.PortCounters{Port: p, Up: up, InOctets: in, OutOctets: out, InPackets: in / 100, OutPackets: out / 100, OutDrops: 3, Complete: true, Discontinuity: "0"}
}

func TestCounters(t *testing.T) {
	for _, ietf := range []bool{true, false} {
		m := newMemory()
		m.ietf = ietf
		if !ietf {
			m.can.Encodings = []gnmi.Encoding{gnmi.EncodingJSON}
		}
		m.interfaces["Ethernet1"][portSpeed], m.interfaces["Ethernet1"][negotiatedSpeed] = "openconfig-if-ethernet:SPEED_10GB", "SPEED_2500MB"
		m.interfaces["Ethernet2"][portSpeed] = "SPEED_100GB"
		m.interfaces["Port-Channel1"][portSpeed], m.interfaces["Port-Channel1"][lagSpeed] = "SPEED_UNKNOWN", "20000"
		c := open(t, m, eos.Ports, false)
		got := c.read(t, mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet1", "Ethernet2", "Port-Channel1", "Ethernet9"}})
		want := mirror.CounterRead{Missing: map[mirror.PortName]string{"Ethernet9": "the server has no interface of this name"}, Ports: []mirror.PortCounters{
			figures("Ethernet1", mirror.True, 1<<63, 2000), figures("Ethernet2", mirror.False, 5, 6), figures("Port-Channel1", mirror.True, 70, 80)}}
		want.Ports[0].Bandwidth, want.Ports[2].Bandwidth = 2_500_000_000, 20_000_000_000
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ietf %v: %s", ietf, diff)
		}
	}
}

// After the first reading only what is wanted is asked for, in one request, while the
// links are as they were.
func TestWhatIsAsked(t *testing.T) {
	m := newMemory()
	for i := 3; i < 40; i++ {
		m.interfaces[fmt.Sprintf("Ethernet%d", i)] = port("DOWN", 1, 1)
	}
	c := open(t, m, eos.Ports, false)
	ask := mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet1", "Ethernet2"}}
	asks := func(what string, want ...string) {
		t.Helper()
		var got []string
		for _, a := range m.asked {
			got = append(got, strings.Join(a, " "))
		}
		m.asked = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	const all = "openconfig:/interfaces/interface[name=*]/"
	const both = "openconfig:/interfaces/interface[name=Ethernet1]/state openconfig:/interfaces/interface[name=Ethernet2]/state"
	c.read(t, ask)
	asks("first", all+"state", all+"ethernet/state", all+"aggregation/state/lag-speed")
	c.read(t, ask)
	asks("second", both)
	m.interfaces["Ethernet2"][lastChange] = "18"
	c.read(t, ask)
	asks("a link has changed", both, all+"ethernet/state", all+"aggregation/state/lag-speed")
	c.read(t, mirror.CounterAsk{Ports: append(ask.Ports, "Ethernet99")})
	asks("a port that there is not", both)
	c.named = time.Now().Add(-2 * forget)
	c.read(t, mirror.CounterAsk{Ports: append(ask.Ports, "Ethernet99")})
	asks("a port that there was not for a while", all+"state")
	c.read(t, mirror.CounterAsk{All: true})
	asks("all", all+"state")
	c.read(t, mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet99"}})
	asks("none that there is")
	c.read(t, mirror.CounterAsk{Natives: true})
	asks("nothing that is here")
	delete(m.interfaces, "Ethernet2")
	if got := c.read(t, ask); len(got.Ports) != 1 || got.Missing["Ethernet2"] == "" {
		t.Errorf("%+v", got)
	}
	asks("one that has gone", both, all+"state")
}

func TestAllAreThoseThatMayBeUp(t *testing.T) {
	m := newMemory()
	m.interfaces["Ethernet3"] = port("UNKNOWN", 1, 1)
	m.interfaces["Ethernet4"] = port("LOWER_LAYER_DOWN", 1, 1)
	var got []mirror.PortName
	for _, p := range open(t, m, eos.Ports, false).read(t, mirror.CounterAsk{All: true}).Ports {
		got = append(got, p.Port)
	}
	if diff := cmp.Diff([]mirror.PortName{"Ethernet1", "Ethernet3", "Port-Channel1"}, slices.DeleteFunc(got, func(p mirror.PortName) bool { return p == "Management0" || p == "Vlan10" })); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotTold(t *testing.T) {
	m := newMemory()
	r := m.interfaces["Ethernet1"]
	for _, leaf := range []string{"in-pkts", "out-pkts", "out-discards"} {
		delete(r, counters+leaf)
	}
	delete(r, lastClear)
	for i, leaf := range []string{"in-unicast-pkts", "in-multicast-pkts", "in-broadcast-pkts"} {
		r[counters+leaf] = fmt.Sprint(10 + i)
	}
	got := open(t, m, eos.Ports, false).read(t, mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet1"}}).Ports[0]
	want := mirror.PortCounters{Port: "Ethernet1", Up: mirror.True, InOctets: 1 << 63, OutOctets: 2000, InPackets: 33, NoDrops: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A port that sends copies may read down on some platforms.
func TestADestinationThatReadsDown(t *testing.T) {
	m := newMemory()
	m.interfaces = map[string]row{"GigabitEthernet1/0/1": port("DOWN", 1, 1), "GigabitEthernet1/0/2": port("DOWN", 1, 1)}
	m.interfaces["GigabitEthernet1/0/2"][adminStatus] = "DOWN"
	got := open(t, m, iosxe.Ports, true).read(t, mirror.CounterAsk{Ports: []mirror.PortName{"GigabitEthernet1/0/1", "GigabitEthernet1/0/2"}}).Ports
	if got[0].Up != mirror.Unknown || got[1].Up != mirror.False {
		t.Errorf("%+v", got)
	}
}

func TestAPortOfTwoNames(t *testing.T) {
	m := newMemory()
	m.interfaces = map[string]row{"GigabitEthernet1/0/1": port("UP", 1, 1), "Gi1/0/1": port("UP", 2, 2), "Gi1/0/2": port("UP", 3, 3)}
	got := open(t, m, iosxe.Ports, false).read(t, mirror.CounterAsk{Ports: []mirror.PortName{"GigabitEthernet1/0/1", "GigabitEthernet1/0/2"}})
	if len(got.Ports) != 1 || got.Ports[0].InOctets != 3 || !strings.Contains(got.Missing["GigabitEthernet1/0/1"], "twice") {
		t.Errorf("%+v", got)
	}
}

func TestFailures(t *testing.T) {
	ask := mirror.CounterAsk{Ports: []mirror.PortName{"Ethernet1"}}
	for name, c := range map[string]struct {
		change func(*memory)
		kind   error
	}{
		"speeds that are not served": {func(m *memory) {
			m.fail = map[string]error{"ethernet/state": fmt.Errorf("x: %w", mirror.ErrRejected), "aggregation": mirror.ErrUnsupported}
		}, nil},
		"lost":                       {func(m *memory) { m.fail = map[string]error{"state": mirror.ErrUnreachable} }, mirror.ErrUnreachable},
		"lost while speeds are read": {func(m *memory) { m.fail = map[string]error{"aggregation": mirror.ErrTimeout} }, mirror.ErrTimeout},
		"no interfaces":              {func(m *memory) { m.interfaces = nil }, mirror.ErrNotFound},
		"a counter that is none":     {func(m *memory) { m.interfaces["Ethernet1"][counters+"in-octets"] = "many" }, mirror.ErrParse},
		"a negative counter":         {func(m *memory) { m.interfaces["Ethernet1"][counters+"out-discards"] = "-1" }, mirror.ErrParse},
		"a speed that is none":       {func(m *memory) { m.interfaces["Ethernet2"][lagSpeed] = "1e3" }, mirror.ErrParse},
	} {
		m := newMemory()
		c.change(m)
		if _, err := open(t, m, eos.Ports, false).Counters(t.Context(), ask); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, can := range map[string]gnmi.Capabilities{
		"another model":    {Encodings: []gnmi.Encoding{gnmi.EncodingJSONIETF}, Models: []gnmi.Model{{Name: "native"}}},
		"another encoding": {Encodings: []gnmi.Encoding{gnmi.EncodingProto}},
	} {
		if _, err := newConn(&memory{can: can}, Platform{}); !errors.Is(err, mirror.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// However a server cuts the tree into updates, the same is read.
func TestATreeIsReadHoweverItIsCut(t *testing.T) {
	leaves := []string{operStatus, lastChange, counters + "in-octets", counters + "out-octets", portSpeed, lagSpeed}
	rapid.Check(t, func(t *rapid.T) {
		want := map[string]row{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"Ethernet1", "e/2", "a[b]:c", "Vlan1"}), 1, 4, rapid.ID).Draw(t, "names") {
			want[name] = row{"name": name}
			for _, leaf := range leaves {
				if rapid.Bool().Draw(t, leaf) {
					want[name][leaf] = fmt.Sprint(rapid.Uint64().Draw(t, "value"))
				}
			}
		}
		ietf := rapid.Bool().Draw(t, "ietf")
		var updates []gnmi.Update
		add := func(p gnmi.Path, v any) {
			raw, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			updates = append(updates, gnmi.Update{Path: p, Value: gnmi.JSON(raw)})
		}
		switch rapid.SampledFrom([]string{"root", "list", "interface", "container", "leaf", "scalar"}).Draw(t, "cut") {
		case "root":
			var list []any
			for name := range want {
				list = append(list, want[name].json("", ietf))
			}
			add(gnmi.Path{}, map[string]any{"openconfig-interfaces:interfaces": map[string]any{"interface": list}, "openconfig-system:system": map[string]any{"x": 1}})
		case "list":
			var list []any
			for name := range want {
				list = append(list, want[name].json("", ietf))
			}
			add(gnmi.MustPath("/openconfig-interfaces:interfaces/interface"), list)
		case "interface":
			for name := range want {
				add(at(name), want[name].json("", ietf))
			}
		case "container":
			for name := range want {
				for _, part := range []string{"name", "state", "ethernet", "aggregation"} {
					if v := want[name].json(part, ietf); v != nil {
						add(at(name, part), v)
					}
				}
			}
		case "leaf":
			for name := range want {
				for leaf, text := range want[name] {
					add(at(name, strings.Split(leaf, "/")...), text)
				}
			}
		case "scalar":
			for name := range want {
				for leaf, text := range want[name] {
					updates = append(updates, gnmi.Update{Path: at(name, strings.Split(leaf, "/")...), Value: text})
				}
			}
		}
		got, err := rowsOf([]gnmi.Notification{{Updates: updates}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestSpeeds(t *testing.T) {
	for text, want := range map[string]mirror.BitsPerSecond{
		"SPEED_10MB": 10_000_000, "SPEED_2500MB": 2_500_000_000, "openconfig-if-ethernet:SPEED_1GB": 1_000_000_000, "oc-eth:SPEED_1600GB": 1_600_000_000_000,
		"SPEED_UNKNOWN": 0, "": 0, "10GB": 0, "SPEED_GB": 0, "SPEED_1TB": 0, "SPEED_10GBX": 0,
	} {
		if got := ethernetSpeed(text); got != want {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add("/interfaces/interface[name=a]/state", `{"counters":{"in-octets":"1"}}`)
	f.Add("/interfaces", `{"interface":[{"name":"a"}]}`)
	f.Fuzz(func(t *testing.T, path, value string) {
		p, err := gnmi.ParsePath(path)
		if err != nil {
			return
		}
		rows, err := rowsOf([]gnmi.Notification{{Updates: []gnmi.Update{{Path: p, Value: gnmi.JSONIETF(value)}}}})
		if err != nil {
			if !errors.Is(err, mirror.ErrParse) {
				t.Fatal(err)
			}
			return
		}
		for _, r := range rows {
			if _, err := r.counters("p", true); err != nil && !errors.Is(err, mirror.ErrParse) {
				t.Fatal(err)
			}
		}
	})
}
