package snmp

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"
)

// A System is a switch at one moment.
type System struct {
	Description, Name string
	// Uptime runs since the last restart; Boots counts those, the first start too.
	Uptime time.Duration
	Boots  int
	// Renumbered is the uptime when interfaces last got other indexes, 0 = never.
	Renumbered time.Duration
	Interfaces []Interface // by their indexes, which are 1, 2, 3 ...
}

// An Interface is a port as an agent tells it.
type Interface struct {
	Name, Short, Alias   string
	MAC                  [6]byte
	Speed                uint64 // nominal, in bits per second
	Up, AdminDown        bool
	InOctets, InFrames   uint64
	OutOctets, OutFrames uint64
	OutDrops             uint64
	Discontinuity        time.Duration // the uptime when its counters began anew, 0 = with the agent
}

// An oid is an object identifier.
type oid []uint32

func parse(text string) (oid, bool) {
	var out oid
	for part := range strings.SplitSeq(strings.TrimPrefix(text, "."), ".") {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return nil, false
		}
		out = append(out, uint32(n))
	}
	return out, true
}

func must(text string) oid {
	out, ok := parse(text)
	if !ok {
		panic("snmp: " + text + " is no object identifier")
	}
	return out
}

func (o oid) String() string {
	var b strings.Builder
	for _, n := range o {
		b.WriteByte('.')
		b.WriteString(strconv.FormatUint(uint64(n), 10))
	}
	return b.String()
}

// A value is what an object has, in gosnmp's types.
type value struct {
	kind gosnmp.Asn1BER
	v    any
}

func text(s string) value      { return value{gosnmp.OctetString, s} }
func number(n int) value       { return value{gosnmp.Integer, n} }
func gauge(n uint64) value     { return value{gosnmp.Gauge32, uint32(min(n, 1<<32-1))} }
func counter32(n uint64) value { return value{gosnmp.Counter32, uint32(n)} }
func counter64(n uint64) value { return value{gosnmp.Counter64, n} }
func hundredths(d time.Duration) value {
	return value{gosnmp.TimeTicks, uint32(d / (10 * time.Millisecond))}
}
func status(yes bool, no int) (v value) { return number(map[bool]int{true: 1, false: no}[yes]) }
func scalar(f func(*System) value) cell { return func(s *System, _ int) value { return f(s) } }
func constant(v value) cell             { return func(*System, int) value { return v } }
func of(f func(i *Interface) value) cell {
	return func(s *System, i int) value { return f(&s.Interfaces[i-1]) }
}

// A cell is the value of an instance: of a scalar, or of the row of an index.
type cell func(s *System, index int) value

// An object is a scalar, with the instance 0, or a column, with one for each index.
type object struct {
	at     oid
	column bool
	wide   bool // of 64 bits, which some agents do not have
	cell   cell
}

// objects are in the order of a walk.
var objects = sorted(slices.Concat(group("1.3.6.1.2.1.1", false, map[string]cell{
	"1": scalar(func(s *System) value { return text(s.Description) }),
	"2": constant(value{gosnmp.ObjectIdentifier, ".0.0"}),
	"3": scalar(func(s *System) value { return hundredths(s.Uptime) }),
	"4": constant(text("")),
	"5": scalar(func(s *System) value { return text(s.Name) }),
	"6": constant(text("")),
}), group("1.3.6.1.2.1.2", false, map[string]cell{
	"1": scalar(func(s *System) value { return number(len(s.Interfaces)) }),
}), group("1.3.6.1.2.1.2.2.1", true, map[string]cell{
	"1":  func(_ *System, i int) value { return number(i) },
	"2":  of(func(i *Interface) value { return text(i.Name) }),
	"3":  constant(number(6)), // ethernetCsmacd
	"4":  constant(number(1500)),
	"5":  of(func(i *Interface) value { return gauge(i.Speed) }),
	"6":  of(func(i *Interface) value { return text(string(i.MAC[:])) }),
	"7":  of(func(i *Interface) value { return status(!i.AdminDown, 2) }),
	"8":  of(func(i *Interface) value { return status(i.Up, 2) }),
	"10": of(func(i *Interface) value { return counter32(i.InOctets) }),
	"11": of(func(i *Interface) value { return counter32(i.InFrames) }),
	"12": constant(counter32(0)),
	"13": constant(counter32(0)),
	"14": constant(counter32(0)),
	"16": of(func(i *Interface) value { return counter32(i.OutOctets) }),
	"17": of(func(i *Interface) value { return counter32(i.OutFrames) }),
	"18": constant(counter32(0)),
	"19": of(func(i *Interface) value { return counter32(i.OutDrops) }),
	"20": constant(counter32(0)),
}), group("1.3.6.1.2.1.31.1.1.1", true, map[string]cell{
	"1":  of(func(i *Interface) value { return text(i.Short) }),
	"2":  constant(counter32(0)),
	"3":  constant(counter32(0)),
	"4":  constant(counter32(0)),
	"5":  constant(counter32(0)),
	"6":  of(func(i *Interface) value { return counter64(i.InOctets) }),
	"7":  of(func(i *Interface) value { return counter64(i.InFrames) }),
	"8":  constant(counter64(0)),
	"9":  constant(counter64(0)),
	"10": of(func(i *Interface) value { return counter64(i.OutOctets) }),
	"11": of(func(i *Interface) value { return counter64(i.OutFrames) }),
	"12": constant(counter64(0)),
	"13": constant(counter64(0)),
	"15": of(func(i *Interface) value { return gauge(i.Speed / 1e6) }), // also of a port that is down, as many agents do
	"18": of(func(i *Interface) value { return text(i.Alias) }),
	"19": of(func(i *Interface) value { return hundredths(i.Discontinuity) }),
}), group("1.3.6.1.2.1.31.1", false, map[string]cell{
	"5": scalar(func(s *System) value { return hundredths(s.Renumbered) }),
}), group("1.3.6.1.6.3.10.2.1", false, map[string]cell{
	"2": scalar(func(s *System) value { return number(s.Boots) }),
	"3": scalar(func(s *System) value { return number(int(s.Uptime / time.Second)) }),
})))

func group(at string, column bool, cells map[string]cell) (out []object) {
	for sub, c := range cells {
		o := object{at: must(at + "." + sub), column: column, cell: c}
		if column {
			o.wide = c(&System{Interfaces: make([]Interface, 1)}, 1).kind == gosnmp.Counter64
		}
		out = append(out, o)
	}
	return out
}

func sorted(list []object) []object {
	slices.SortFunc(list, func(a, b object) int { return slices.Compare(a.at, b.at) })
	return list
}

// A view is a system as an agent shows it: with what is in it, or without 64 bits.
type view struct {
	*System
	narrow bool
}

// get is an instance; noSuchInstance or noSuchObject where there is none.
func (v view) get(name oid) value {
	for _, o := range objects {
		if v.narrow && o.wide || len(name) <= len(o.at) || !slices.Equal(name[:len(o.at)], o.at) {
			continue
		}
		rest := name[len(o.at):]
		switch {
		case len(rest) == 1 && !o.column && rest[0] == 0:
			return o.cell(v.System, 0)
		case len(rest) == 1 && o.column && rest[0] >= 1 && int(rest[0]) <= len(v.Interfaces):
			return o.cell(v.System, int(rest[0]))
		}
		return value{gosnmp.NoSuchInstance, nil}
	}
	return value{gosnmp.NoSuchObject, nil}
}

// next is the first instance behind a name; endOfMibView, with the name itself, where
// there is none.
func (v view) next(name oid) (oid, value) {
	for _, o := range objects {
		if v.narrow && o.wide {
			continue
		}
		first, last := 0, 0
		if o.column {
			first, last = 1, len(v.Interfaces)
		}
		if prefix := name[:min(len(name), len(o.at))]; slices.Compare(prefix, o.at) > 0 {
			continue // o is before the name
		} else if slices.Equal(prefix, o.at) && len(name) > len(o.at) {
			first = max(first, int(name[len(o.at)])+1) // what is below an instance is behind it
		}
		if first <= last {
			return append(slices.Clone(o.at), uint32(first)), o.cell(v.System, first)
		}
	}
	return name, value{gosnmp.EndOfMibView, nil}
}
