package snmp

import (
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/lab/mib"
)

// A System is a switch at one moment.
type System struct {
	Description, Name string
	// Uptime runs since the last restart; Boots counts those, the first start too.
	Uptime time.Duration
	Boots  int
	// Renumbered is the uptime when interfaces last got other indexes, 0 = never.
	Renumbered time.Duration
	Interfaces []Interface // by their indexes
}

// An Interface is a port as an agent tells it.
type Interface struct {
	Index                uint32
	Type                 int // ifType: 6 is Ethernet
	Name, Short, Alias   string
	MAC                  [6]byte
	Speed                uint64 // nominal, in bits per second
	Up, AdminDown        bool
	InOctets, InFrames   uint64
	OutOctets, OutFrames uint64
	OutDrops             uint64
	Discontinuity        time.Duration // the uptime when its counters began anew, 0 = with the agent
}

func status(yes bool, no int) mib.Value {
	if yes {
		return mib.Int(1)
	}
	return mib.Int(no)
}
func scalar(f func(*System) mib.Value) cell { return func(s *System, _ int) mib.Value { return f(s) } }
func constant(v mib.Value) cell             { return func(*System, int) mib.Value { return v } }
func of(f func(i *Interface) mib.Value) cell {
	return func(s *System, i int) mib.Value { return f(&s.Interfaces[i]) }
}

// address is a hardware address; an interface without one has none.
func address(mac [6]byte) mib.Value {
	if mac == [6]byte{} {
		return mib.Text("")
	}
	return mib.Text(string(mac[:]))
}

// A cell is the value of an instance: of a scalar, or of an interface by its place.
type cell func(s *System, place int) mib.Value

// An object is a scalar, with the instance 0, or a column, with one for each index.
type object struct {
	at     mib.OID
	column bool
	wide   bool // of 64 bits, which some agents do not have
	cell   cell
}

// objects are in the order of a walk.
var objects = sorted(slices.Concat(group("1.3.6.1.2.1.1", false, map[string]cell{
	"1": scalar(func(s *System) mib.Value { return mib.Text(s.Description) }),
	"2": constant(mib.ID(mib.OID{0, 0})),
	"3": scalar(func(s *System) mib.Value { return mib.Ticks(s.Uptime) }),
	"4": constant(mib.Text("")),
	"5": scalar(func(s *System) mib.Value { return mib.Text(s.Name) }),
	"6": constant(mib.Text("")),
}), group("1.3.6.1.2.1.2", false, map[string]cell{
	"1": scalar(func(s *System) mib.Value { return mib.Int(len(s.Interfaces)) }),
}), group("1.3.6.1.2.1.2.2.1", true, map[string]cell{
	"1":  of(func(i *Interface) mib.Value { return mib.Int(int(i.Index)) }),
	"2":  of(func(i *Interface) mib.Value { return mib.Text(i.Name) }),
	"3":  of(func(i *Interface) mib.Value { return mib.Int(i.Type) }),
	"4":  constant(mib.Int(1500)),
	"5":  of(func(i *Interface) mib.Value { return mib.Unsigned(i.Speed) }),
	"6":  of(func(i *Interface) mib.Value { return address(i.MAC) }),
	"7":  of(func(i *Interface) mib.Value { return status(!i.AdminDown, 2) }),
	"8":  of(func(i *Interface) mib.Value { return status(i.Up, 2) }),
	"10": of(func(i *Interface) mib.Value { return mib.Count32(i.InOctets) }),
	"11": of(func(i *Interface) mib.Value { return mib.Count32(i.InFrames) }),
	"12": constant(mib.Count32(0)),
	"13": constant(mib.Count32(0)),
	"14": constant(mib.Count32(0)),
	"16": of(func(i *Interface) mib.Value { return mib.Count32(i.OutOctets) }),
	"17": of(func(i *Interface) mib.Value { return mib.Count32(i.OutFrames) }),
	"18": constant(mib.Count32(0)),
	"19": of(func(i *Interface) mib.Value { return mib.Count32(i.OutDrops) }),
	"20": constant(mib.Count32(0)),
}), group("1.3.6.1.2.1.31.1.1.1", true, map[string]cell{
	"1":  of(func(i *Interface) mib.Value { return mib.Text(i.Short) }),
	"2":  constant(mib.Count32(0)),
	"3":  constant(mib.Count32(0)),
	"4":  constant(mib.Count32(0)),
	"5":  constant(mib.Count32(0)),
	"6":  of(func(i *Interface) mib.Value { return mib.Count64(i.InOctets) }),
	"7":  of(func(i *Interface) mib.Value { return mib.Count64(i.InFrames) }),
	"8":  constant(mib.Count64(0)),
	"9":  constant(mib.Count64(0)),
	"10": of(func(i *Interface) mib.Value { return mib.Count64(i.OutOctets) }),
	"11": of(func(i *Interface) mib.Value { return mib.Count64(i.OutFrames) }),
	"12": constant(mib.Count64(0)),
	"13": constant(mib.Count64(0)),
	"15": of(func(i *Interface) mib.Value { return mib.Unsigned(i.Speed / 1e6) }), // also of a port that is down, as many agents do
	"18": of(func(i *Interface) mib.Value { return mib.Text(i.Alias) }),
	"19": of(func(i *Interface) mib.Value { return mib.Ticks(i.Discontinuity) }),
}), group("1.3.6.1.2.1.31.1", false, map[string]cell{
	"5": scalar(func(s *System) mib.Value { return mib.Ticks(s.Renumbered) }),
}), group("1.3.6.1.6.3.10.2.1", false, map[string]cell{
	"2": scalar(func(s *System) mib.Value { return mib.Int(s.Boots) }),
	"3": scalar(func(s *System) mib.Value { return mib.Int(int(s.Uptime / time.Second)) }),
})))

func group(at string, column bool, cells map[string]cell) (out []object) {
	for sub, c := range cells {
		o := object{at: mib.Must(at + "." + sub), column: column, cell: c}
		if column {
			o.wide = c(&System{Interfaces: make([]Interface, 1)}, 0).Kind == mib.Counter64
		}
		out = append(out, o)
	}
	return out
}

func sorted(list []object) []object {
	slices.SortFunc(list, func(a, b object) int { return slices.Compare(a.at, b.at) })
	return list
}
