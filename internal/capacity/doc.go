// Package capacity is the arithmetic of copies: what a destination is offered, what
// it can take, what may be admitted, what would fit instead, and what counters say
// of what really arrives. It is pure: values in, values out, no clock and no I/O.
//
// Bits per second are those on the wire: octets of frames with checksum, times 8,
// plus 20 octets of preamble and gap a frame.
package capacity
