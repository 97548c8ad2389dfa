package mirror

import (
	"fmt"
	"time"
)

// Values of Tuning.TypeAhead.
const (
	TypeAheadAuto = "auto" // typed ahead until a loss is seen
	TypeAheadOff  = "off"  // one line, its echo, the next prompt
)

// Bounds and defaults of a Tuning.
const (
	MinWriteBytes     = 128
	MaxWriteBytes     = 64 << 10
	DefaultWriteBytes = 900 // the smallest window that is known is 1,024 octets
	MinReplyBytes     = 64 << 10
	MaxReplyBytes     = 256 << 20
	DefaultReplyBytes = 4 << 20
)

// A Tuning says how a device is spoken to over one of its transports. The zero
// value means the defaults, of the controller where it has a setting for it.
// What has no meaning for a protocol is refused when the device is reached.
type Tuning struct {
	// TypeAhead is auto or off: whether lines may be sent to a command line
	// before the one before was answered. "" is auto.
	TypeAhead string `json:"typeAhead,omitempty"`
	// MaxWriteBytes is the most that is sent to a command line in one write,
	// in octets; a single longer line goes alone.
	MaxWriteBytes int `json:"maxWriteBytes,omitempty"`
	// MaxReplyBytes is the most that one reply of a command line may have, in
	// octets.
	MaxReplyBytes int `json:"maxReplyBytes,omitempty"`
	// Keepalive is the silence after which an SSH server is probed; 0 = never.
	Keepalive Duration `json:"keepalive,omitempty"`
	// WantReply asks an SSH server to answer the requests for a terminal and a
	// shell: one round trip more.
	WantReply bool `json:"wantReply,omitempty"`
	// IdleClose is how long a connection that nothing needs stays open.
	IdleClose Duration      `json:"idleClose,omitempty"`
	Timeouts  WaitingLimits `json:"timeouts,omitzero"`
}

// WaitingLimits are how long a device is waited for; 0 means the controller's.
type WaitingLimits struct {
	Dial Duration `json:"dial,omitempty"` // connecting, login included
	Read Duration `json:"read,omitempty"` // silence while output is waited for; it moves while output arrives
	Push Duration `json:"push,omitempty"` // one write of configuration with all its answers
}

// Over is t with what it leaves open taken from base.
func (t Tuning) Over(base Tuning) Tuning {
	or(&t.TypeAhead, base.TypeAhead)
	or(&t.MaxWriteBytes, base.MaxWriteBytes)
	or(&t.MaxReplyBytes, base.MaxReplyBytes)
	or(&t.Keepalive, base.Keepalive)
	or(&t.WantReply, base.WantReply)
	or(&t.IdleClose, base.IdleClose)
	or(&t.Timeouts.Dial, base.Timeouts.Dial)
	or(&t.Timeouts.Read, base.Timeouts.Read)
	or(&t.Timeouts.Push, base.Timeouts.Push)
	return t
}

func or[T comparable](v *T, base T) {
	var zero T
	if *v == zero {
		*v = base
	}
}

// A Duration is a time.Duration that is written as text, such as "90s" or "5m".
type Duration time.Duration

// Std is the same for the standard library.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String is the text of time.Duration.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText writes the duration as text.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration does.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is no duration such as 90s or 5m: %w", text, ErrInvalid)
	}
	*d = Duration(v)
	return nil
}

func (f *faults) tuning(at string, t Tuning) {
	if t.TypeAhead != "" {
		f.oneOf(at+"/typeAhead", t.TypeAhead, TypeAheadAuto, TypeAheadOff)
	}
	if t.MaxWriteBytes != 0 {
		f.between(at+"/maxWriteBytes", t.MaxWriteBytes, MinWriteBytes, MaxWriteBytes)
	}
	if t.MaxReplyBytes != 0 {
		f.between(at+"/maxReplyBytes", t.MaxReplyBytes, MinReplyBytes, MaxReplyBytes)
	}
	for _, d := range []struct {
		field    string
		value    Duration
		from, to time.Duration
	}{
		{"keepalive", t.Keepalive, 5 * time.Second, time.Hour},
		{"idleClose", t.IdleClose, time.Second, 24 * time.Hour},
		{"timeouts/dial", t.Timeouts.Dial, time.Second, 10 * time.Minute},
		{"timeouts/read", t.Timeouts.Read, time.Second, time.Hour},
		{"timeouts/push", t.Timeouts.Push, time.Second, time.Hour},
	} {
		if d.value != 0 && (d.value.Std() < d.from || d.value.Std() > d.to) {
			f.add(at+"/"+d.field, "out-of-range", "%v is not between %v and %v", d.value, d.from, d.to)
		}
	}
}
