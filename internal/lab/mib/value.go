package mib

import "time"

// A Kind is the type of a value, by its tag on the wire (RFC 2578, RFC 3416).
type Kind byte

// The kinds. Gauge is also Unsigned32; the last three say why there is no value.
const (
	Integer        Kind = 0x02
	Octets         Kind = 0x04
	Null           Kind = 0x05
	ObjectID       Kind = 0x06
	IPAddress      Kind = 0x40
	Counter32      Kind = 0x41
	Gauge          Kind = 0x42
	TimeTicks      Kind = 0x43
	Opaque         Kind = 0x44
	Counter64      Kind = 0x46
	NoSuchObject   Kind = 0x80
	NoSuchInstance Kind = 0x81
	EndOfView      Kind = 0x82
)

// A Value is what an object has: N of the numbers (of a Counter64 its bits), S of
// Octets, IPAddress and Opaque, ID of an ObjectID.
type Value struct {
	Kind Kind
	N    int64
	S    string
	ID   OID
}

// Text is a string of octets.
func Text(s string) Value { return Value{Kind: Octets, S: s} }

// Int is an INTEGER.
func Int(n int) Value { return Value{Kind: Integer, N: int64(n)} }

// Unsigned is an Unsigned32 or Gauge32, which stops at its greatest.
func Unsigned(n uint64) Value { return Value{Kind: Gauge, N: int64(min(n, 1<<32-1))} }

// Count32 is a Counter32, which wraps.
func Count32(n uint64) Value { return Value{Kind: Counter32, N: int64(uint32(n))} }

// Count64 is a Counter64.
func Count64(n uint64) Value { return Value{Kind: Counter64, N: int64(n)} }

// Ticks is a time in hundredths of a second, which wraps.
func Ticks(d time.Duration) Value {
	return Value{Kind: TimeTicks, N: int64(uint32(d / (10 * time.Millisecond)))}
}

// ID is an object identifier as a value.
func ID(o OID) Value { return Value{Kind: ObjectID, ID: o} }

// Truth is a TruthValue.
func Truth(yes bool) Value {
	if yes {
		return Int(1)
	}
	return Int(2)
}

// A Binding is an object's name with its value.
type Binding struct {
	Name  OID
	Value Value
}

// An Interface is one that no port stands behind, such as the propVirtual(53) of a
// VLAN that is a data source (RFC 2613).
type Interface struct {
	Index uint32
	Name  string
	Type  int // ifType
}

// A Picture is what an agent shows at one moment of its own objects.
type Picture struct {
	// ObjectID is sysObjectID; nil = zeroDotZero.
	ObjectID OID
	// Objects are the columns and scalars that are implemented, also where they have
	// no instance.
	Objects []OID
	// Instances are in any order.
	Instances []Binding
	Virtual   []Interface
}

// Add adds the instance of an object with an index.
func (p *Picture) Add(object OID, value Value, index ...uint32) {
	p.Instances = append(p.Instances, Binding{object.Under(index...), value})
}

// An Agent is a switch that shows objects of its own and takes settings.
type Agent interface {
	Show() Picture
	// Set carries out all bindings as if at the same time, or none. index is the
	// number, from 1, of the binding that is at fault.
	Set(bindings []Binding) (status Status, index int)
}
