package ocif

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/gnmi"
)

// Leaves below an interface (openconfig-interfaces, -if-ethernet, -if-aggregate).
const (
	operStatus  = "state/oper-status"
	adminStatus = "state/admin-status"
	lastChange  = "state/last-change"

	counters  = "state/counters/"
	lastClear = counters + "last-clear" // when the counters began anew

	portSpeed       = "ethernet/state/port-speed"
	negotiatedSpeed = "ethernet/state/negotiated-port-speed"
	lagSpeed        = "aggregation/state/lag-speed" // Mbit/s
)

// A row is what was told of one interface: texts of leaves by their path below it.
type row map[string]string

// rowsOf sorts what a server told by interfaces, however it has cut the tree into
// updates: leaf by leaf, or whole sub-trees in JSON.
func rowsOf(answer []gnmi.Notification) (map[string]row, error) {
	t := tree{}
	for _, n := range answer {
		for _, u := range n.Updates {
			if err := t.add(u); err != nil {
				return nil, fmt.Errorf("%s: %w", u.Path, err)
			}
		}
	}
	return t, nil
}

// A tree is what was told, by the names of interfaces.
type tree map[string]row

func (t tree) add(u gnmi.Update) error {
	var raw []byte
	switch v := u.Value.(type) {
	case gnmi.JSON:
		raw = v
	case gnmi.JSONIETF:
		raw = v
	case nil:
		return nil
	case []byte, gnmi.Proto, gnmi.ASCII:
		return fmt.Errorf("its value is no JSON and no number: %w", mirror.ErrParse)
	default:
		return t.walk(place{}, u.Path.Elems, v)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("%w: %w", mirror.ErrParse, err)
	}
	return t.walk(place{}, u.Path.Elems, value)
}

// A place in the tree: depth 0 is the root, 1 interfaces, 2 the list of interfaces, 3
// an interface and what is below it.
type place struct {
	depth int
	name  string // of the interface
	below string // path below it
}

// into is the place of a node below p, false where nothing of ours is there.
func (p place) into(node string) (place, bool) {
	switch {
	case p.depth == 0 && node == "interfaces":
		p.depth = 1
	case p.depth == 1 && node == "interface":
		p.depth = 2
	case p.depth == 3:
		p.below = strings.TrimPrefix(p.below+"/"+node, "/")
	default:
		return p, false
	}
	return p, true
}

// walk goes down the elements that are left, and then into the value.
func (t tree) walk(p place, left []gnmi.Elem, value any) error {
	if len(left) == 0 {
		return t.take(p, value)
	}
	p, ok := p.into(bare(left[0].Name))
	if !ok || p.depth == 3 && len(left[0].Keys) > 0 { // a list below an interface
		return nil
	}
	if name, keyed := left[0].Keys["name"]; keyed && p.depth == 2 {
		p.depth, p.name = 3, name
	}
	return t.walk(p, left[1:], value)
}

// take goes into a value: members of objects, entries of the list of interfaces, leaves.
func (t tree) take(p place, value any) error {
	switch v := value.(type) {
	case map[string]any:
		for k, child := range v {
			if below, ok := p.into(bare(k)); ok {
				if err := t.take(below, child); err != nil {
					return err
				}
			}
		}
		return nil
	case []any:
		if p.depth != 2 { // leaf-lists, and lists below an interface
			return nil
		}
		for _, entry := range v {
			if err := t.entry(entry); err != nil {
				return err
			}
		}
		return nil
	}
	if p.depth != 3 {
		return fmt.Errorf("a value where the list of interfaces should be: %w", mirror.ErrParse)
	}
	text, ok := scalar(value)
	if !ok {
		return nil
	}
	if t[p.name] == nil {
		t[p.name] = row{}
	}
	t[p.name][p.below] = text
	return nil
}

// entry takes an entry of the list of interfaces, which has its key among its members.
func (t tree) entry(value any) error {
	members, _ := value.(map[string]any)
	for k, v := range members {
		if name, ok := v.(string); ok && bare(k) == "name" {
			return t.take(place{depth: 3, name: name}, value)
		}
	}
	return fmt.Errorf("an entry of the list of interfaces without a name: %w", mirror.ErrParse)
}

// bare takes the module off a name (RFC 7951 section 4).
func bare(name string) string { return name[strings.IndexByte(name, ':')+1:] }

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// number is a leaf of 64 bits, a string in RFC 7951 and a number in other JSON; 0 where
// it is not told.
func (r row) number(leaf string) (uint64, error) {
	text, told := r[leaf]
	if !told {
		return 0, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is %q: %w", leaf, text, mirror.ErrParse)
	}
	return n, nil
}

// sum adds leaves of counters, false where one of them is not told.
func (r row) sum(into *uint64, leaves ...string) (bool, error) {
	total := uint64(0)
	for _, leaf := range leaves {
		if _, told := r[counters+leaf]; !told {
			return false, nil
		}
		n, err := r.number(counters + leaf)
		if err != nil {
			return false, err
		}
		total += n
	}
	*into = total
	return true, nil
}

// counters are what a row tells of its port. What is not told leaves it incomplete, but
// for discards.
func (r row) counters(port mirror.PortName, copiesReadDown bool) (mirror.PortCounters, error) {
	p := mirror.PortCounters{Port: port, Up: r.up(copiesReadDown), Complete: true, Discontinuity: r[lastClear]}
	for _, need := range []struct {
		into    *uint64
		one     string
		several []string
	}{
		{&p.InOctets, "in-octets", nil},
		{&p.OutOctets, "out-octets", nil},
		{&p.InPackets, "in-pkts", []string{"in-unicast-pkts", "in-multicast-pkts", "in-broadcast-pkts"}},
		{&p.OutPackets, "out-pkts", []string{"out-unicast-pkts", "out-multicast-pkts", "out-broadcast-pkts"}},
	} {
		told, err := r.sum(need.into, need.one)
		if err == nil && !told && need.several != nil { // in-pkts is younger than the others
			told, err = r.sum(need.into, need.several...)
		}
		if err != nil {
			return p, err
		}
		p.Complete = p.Complete && told
	}
	told, err := r.sum(&p.OutDrops, "out-discards")
	p.NoDrops = !told
	return p, err
}

// up is the link by oper-status, which means what ifOperStatus does: DORMANT,
// NOT_PRESENT, TESTING and LOWER_LAYER_DOWN pass nothing.
func (r row) up(copiesReadDown bool) mirror.State {
	switch r[operStatus] {
	case "UP":
		return mirror.True
	case "", "UNKNOWN":
		return mirror.Unknown
	case "DOWN":
		if copiesReadDown && r[adminStatus] != "DOWN" {
			return mirror.Unknown // it may send copies
		}
	}
	return mirror.False
}

// link changes when a link may have another speed.
func (r row) link() string { return r[operStatus] + " " + r[lastChange] }

var speed = regexp.MustCompile(`^SPEED_([0-9]{1,6})(MB|GB)$`)

// ethernetSpeed reads an identity of ETHERNET_SPEED, SPEED_2500MB or SPEED_400GB; 0 where
// it is none, as SPEED_UNKNOWN.
func ethernetSpeed(identity string) mirror.BitsPerSecond {
	m := speed.FindStringSubmatch(bare(identity))
	if m == nil {
		return 0
	}
	n, err := strconv.ParseUint(m[1], 10, 32)
	if err != nil {
		return 0
	}
	if m[2] == "MB" {
		return mirror.BitsPerSecond(n) * 1e6
	}
	return mirror.BitsPerSecond(n) * 1e9
}
