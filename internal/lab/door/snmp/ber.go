package snmp

import (
	"encoding/binary"
	"errors"

	"github.com/netmirror/netmirror/internal/lab/mib"
)

// errEncoding says that octets are no SNMP message.
var errEncoding = errors.New("not a message of SNMP")

const sequence = 0x30

// A reader takes values off the front of octets (BER as RFC 3417 section 8 restricts
// it). After an error it gives zero values.
type reader struct {
	left []byte
	err  error
}

func (r *reader) fail() []byte {
	r.err, r.left = errEncoding, nil
	return nil
}

// any takes the next value with its tag.
func (r *reader) any() (tag byte, content []byte) {
	if len(r.left) < 2 {
		return 0, r.fail()
	}
	tag, n, head := r.left[0], int(r.left[1]), 2
	if n >= 0x80 {
		octets := n & 0x7f
		if octets < 1 || octets > 4 || len(r.left) < head+octets {
			return 0, r.fail()
		}
		n = 0
		for _, b := range r.left[head : head+octets] {
			n = n<<8 | int(b)
		}
		head += octets
	}
	if n < 0 || len(r.left)-head < n {
		return 0, r.fail()
	}
	content, r.left = r.left[head:head+n], r.left[head+n:]
	return tag, content
}

// take is any of one tag.
func (r *reader) take(tag byte) []byte {
	got, content := r.any()
	if r.err == nil && got != tag {
		return r.fail()
	}
	return content
}

func (r *reader) within(tag byte) *reader { return &reader{left: r.take(tag), err: r.err} }

func (r *reader) text() string { return string(r.take(byte(mib.Octets))) }

// number takes an INTEGER of at most 32 bits.
func (r *reader) number() int64 {
	n, ok := signed(r.take(byte(mib.Integer)))
	if !ok {
		r.fail()
	}
	return n
}

// end reports an error, or that something is left.
func (r *reader) end() error {
	if r.err == nil && len(r.left) > 0 {
		return errEncoding
	}
	return r.err
}

func signed(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	n := int64(int8(b[0]))
	for _, x := range b[1:] {
		n = n<<8 | int64(x)
	}
	return n, n >= -1<<31 && n < 1<<31
}

func unsigned(b []byte, bits int) (int64, bool) {
	if len(b) == 9 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 8 {
		return 0, false
	}
	var n uint64
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return int64(n), bits == 64 || n < 1<<bits
}

func decodeOID(b []byte) (mib.OID, bool) {
	var out mib.OID
	for i := 0; i < len(b); {
		var arc uint64
		for {
			if i == len(b) || arc >= 1<<25 {
				return nil, false
			}
			x := b[i]
			i++
			if arc = arc<<7 | uint64(x&0x7f); x < 0x80 {
				break
			}
		}
		if len(out) == 0 {
			first := min(arc/40, 2)
			out = mib.OID{uint32(first)}
			arc -= first * 40
		}
		if out = append(out, uint32(arc)); len(out) > 128 { // RFC 2578, section 3.5
			return nil, false
		}
	}
	return out, len(out) > 0
}

func decodeValue(tag byte, b []byte) (v mib.Value, ok bool) {
	v.Kind = mib.Kind(tag)
	switch v.Kind {
	case mib.Integer:
		v.N, ok = signed(b)
	case mib.Counter32, mib.Gauge, mib.TimeTicks:
		v.N, ok = unsigned(b, 32)
	case mib.Counter64:
		v.N, ok = unsigned(b, 64)
	case mib.Octets, mib.Opaque:
		v.S, ok = string(b), true
	case mib.IPAddress:
		v.S, ok = string(b), len(b) == 4
	case mib.ObjectID:
		v.ID, ok = decodeOID(b)
	case mib.Null, mib.NoSuchObject, mib.NoSuchInstance, mib.EndOfView:
		ok = len(b) == 0
	}
	return v, ok
}

// enclose puts a tag and a length before content.
func enclose(tag byte, parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	out := make([]byte, 0, n+5)
	out = append(out, tag)
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 1<<8:
		out = append(out, 0x81, byte(n))
	default:
		out = append(out, 0x82, byte(n>>8), byte(n)) // no message of ours is longer
	}
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func octets(s string) []byte { return enclose(byte(mib.Octets), []byte(s)) }

func number(tag byte, n int64) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(n))
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return enclose(tag, b)
}

func integer(n int64) []byte { return number(byte(mib.Integer), n) }

func encodeOID(o mib.OID) []byte {
	if len(o) < 2 {
		o = append(o[:len(o):len(o)], 0, 0)[:2]
	}
	arcs := append([]uint32{o[0]*40 + o[1]}, o[2:]...)
	var out []byte
	for _, arc := range arcs {
		for shift := 28; shift > 0; shift -= 7 {
			if arc>>shift > 0 {
				out = append(out, byte(arc>>shift)|0x80)
			}
		}
		out = append(out, byte(arc&0x7f))
	}
	return enclose(byte(mib.ObjectID), out)
}

func encodeValue(v mib.Value) []byte {
	switch v.Kind {
	case mib.Octets, mib.IPAddress, mib.Opaque:
		return enclose(byte(v.Kind), []byte(v.S))
	case mib.ObjectID:
		return encodeOID(v.ID)
	case mib.Counter64:
		if v.N < 0 { // more than 63 bits
			return enclose(byte(v.Kind), append([]byte{0}, binary.BigEndian.AppendUint64(nil, uint64(v.N))...))
		}
		return number(byte(v.Kind), v.N)
	case mib.Integer, mib.Counter32, mib.Gauge, mib.TimeTicks:
		return number(byte(v.Kind), v.N)
	}
	return enclose(byte(v.Kind))
}
