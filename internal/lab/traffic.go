package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// A TrafficSpec is a generator: frames that enter (in) or leave (out) a port. It is
// constant unless one of Square, Burst and Series is there. Patterns begin with the
// lab, or when Switch.SetTraffic replaces what was there. Several generators at
// one port add up.
type TrafficSpec struct {
	At        string `yaml:"at" json:"at,omitempty"`
	Direction string `yaml:"direction" json:"direction,omitempty"` // in | out, seen from the switch
	VLAN      int    `yaml:"vlan" json:"vlan,omitempty"`           // 0: untagged, the port's VLAN
	// Packet is what lists at ports see in the frames; default: one of IPv4 of which
	// nothing is known.
	Packet PacketSpec `yaml:"packet" json:"packet,omitzero"`
	// BitsPerSecond counts the octets of frames as interface counters do, with
	// the checksum but without preamble and gap. Where only one of it and
	// FramesPerSecond is said, frames have 500 octets. Of a square wave it is
	// the high half, of a burst what flows outside it.
	BitsPerSecond   BitRate `yaml:"bitsPerSecond" json:"bitsPerSecond,omitempty"`
	FramesPerSecond float64 `yaml:"framesPerSecond" json:"framesPerSecond,omitempty"`

	Square *SquareSpec `yaml:"square" json:"square,omitempty"`
	Burst  *BurstSpec  `yaml:"burst" json:"burst,omitempty"`
	// Series is a recording: each rate holds until the next, the last for good
	// unless Repeat says after which time it begins again.
	Series []PointSpec `yaml:"series" json:"series,omitempty"`
	Repeat Duration    `yaml:"repeat" json:"repeat,omitzero"`
}

// A PacketSpec is what lists look at in a frame. What is left out fits what is said of
// any packet, and nothing else.
type PacketSpec struct {
	Protocol int        `yaml:"protocol" json:"protocol,omitempty"` // of IP
	From     netip.Addr `yaml:"from" json:"from,omitzero"`
	To       netip.Addr `yaml:"to" json:"to,omitzero"`
	FromPort int        `yaml:"fromPort" json:"fromPort,omitempty"`
	ToPort   int        `yaml:"toPort" json:"toPort,omitempty"`
}

// A RateSpec is a rate of frames, said as in a TrafficSpec.
type RateSpec struct {
	BitsPerSecond   BitRate `yaml:"bitsPerSecond" json:"bitsPerSecond,omitempty"`
	FramesPerSecond float64 `yaml:"framesPerSecond" json:"framesPerSecond,omitempty"`
}

// A SquareSpec changes between the generator's rate and a low one.
type SquareSpec struct {
	Period Duration `yaml:"period" json:"period"`
	High   Duration `yaml:"high" json:"high,omitzero"` // how long of a period the rate is high; 0 = the half
	Low    RateSpec `yaml:"low" json:"low,omitzero"`   // default: nothing flows
}

// A BurstSpec is a rate that holds for a short while.
type BurstSpec struct {
	RateSpec `yaml:",inline"`
	After    Duration `yaml:"after" json:"after,omitzero"` // since the pattern began
	Length   Duration `yaml:"length" json:"length"`
	Every    Duration `yaml:"every" json:"every,omitzero"` // 0 = once
}

// A PointSpec is a rate from a moment of a recording on.
type PointSpec struct {
	Seconds  float64 `yaml:"seconds" json:"seconds"`
	RateSpec `yaml:",inline"`
}

func (p PointSpec) at() time.Duration { return time.Duration(p.Seconds * float64(time.Second)) }

func (t TrafficSpec) rate() RateSpec { return RateSpec{t.BitsPerSecond, t.FramesPerSecond} }

// shortest is the shortest time that a rate may hold: shorter ones would cost more
// than they show.
const shortest = 10 * time.Millisecond

// validate reports every fault of a generator.
func (t TrafficSpec) validate() []error {
	var errs []error
	add := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	rate := func(what string, l RateSpec) {
		if l.FramesPerSecond < 0 || l.FramesPerSecond > 1e12 {
			add("%sframesPerSecond %g is not 0 to 1e12", what, l.FramesPerSecond)
		}
		if l.BitsPerSecond < 0 {
			add("%sbitsPerSecond is negative", what)
		}
	}
	if t.Direction != "in" && t.Direction != "out" {
		add("direction %q is not in or out", t.Direction)
	}
	if t.VLAN < 0 || t.VLAN > 4094 {
		add("VLAN %d is not 0 to 4094", t.VLAN)
	}
	rate("", t.rate())
	if (t.Square != nil && t.Burst != nil) || len(t.Series) > 0 && (t.Square != nil || t.Burst != nil) {
		add("square, burst and series exclude each other")
	}
	if len(t.Series) > 0 && t.rate() != (RateSpec{}) {
		add("series: a rate beside it has no meaning")
	}
	if t.Repeat != 0 && len(t.Series) == 0 {
		add("repeat belongs to series")
	}
	if q := t.Square; q != nil {
		rate("square.low: ", q.Low)
		if high := q.high(); high < shortest || q.Period.std()-high < shortest {
			add("square: high %v of period %v leaves less than %v for one of the two", high, q.Period.std(), shortest)
		}
	}
	if b := t.Burst; b != nil {
		rate("burst: ", b.RateSpec)
		if b.Length.std() < shortest {
			add("burst: length %v is less than %v", b.Length.std(), shortest)
		}
		if b.Every != 0 && b.Every.std()-b.After.std()-b.Length.std() < shortest {
			add("burst: after %v and length %v do not fit into every %v", b.After.std(), b.Length.std(), b.Every.std())
		}
	}
	for i, p := range t.Series {
		rate(fmt.Sprintf("series %d: ", i+1), p.RateSpec)
		switch {
		case !(p.Seconds >= 0 && p.Seconds <= 1e9):
			add("series %d: seconds %g is not 0 to 1e9", i+1, p.Seconds)
		case i > 0 && p.at()-t.Series[i-1].at() < shortest:
			add("series %d: %g s is not at least %v after %g s", i+1, p.Seconds, shortest, t.Series[i-1].Seconds)
		}
	}
	if n := len(t.Series); n > 0 && t.Repeat != 0 && t.Repeat.std()-t.Series[n-1].at() < shortest {
		add("series: repeat %v is not at least %v after the last point", t.Repeat.std(), shortest)
	}
	return errs
}

func (q SquareSpec) high() time.Duration {
	if q.High == 0 {
		return q.Period.std() / 2
	}
	return q.High.std()
}

// neutral is a generator as the fabric knows it.
func (t TrafficSpec) neutral() fabric.Traffic {
	out := fabric.Traffic{VLAN: t.VLAN, Packet: fabric.Packet(t.Packet), Bits: fabric.BitRate(t.BitsPerSecond), Frames: t.FramesPerSecond}
	step := func(at time.Duration, l RateSpec) {
		out.Steps = append(out.Steps, fabric.Step{At: at, Bits: fabric.BitRate(l.BitsPerSecond), Frames: l.FramesPerSecond})
	}
	switch {
	case t.Square != nil:
		step(0, t.rate())
		step(t.Square.high(), t.Square.Low)
		out.Every = t.Square.Period.std()
	case t.Burst != nil:
		if t.Burst.After > 0 {
			step(0, t.rate())
		}
		step(t.Burst.After.std(), t.Burst.RateSpec)
		step(t.Burst.After.std()+t.Burst.Length.std(), t.rate())
		out.Every = t.Burst.Every.std()
	case len(t.Series) > 0:
		for _, p := range t.Series {
			step(p.at(), p.RateSpec)
		}
		out.Every = t.Repeat.std()
	}
	return out
}

// SetTraffic replaces the generators of one port and direction (in | out,
// seen from the switch). The At and Direction of ts are ignored; patterns begin
// now. Every fault of ts is reported, and then nothing is changed.
func (sw *Switch) SetTraffic(port, direction string, ts ...TrafficSpec) error {
	var errs []error
	p, err := sw.port(port)
	if err != nil {
		errs = append(errs, fmt.Errorf("lab: switch %s: %w", sw.spec.Name, err))
	}
	if direction != "in" && direction != "out" {
		errs = append(errs, fmt.Errorf("lab: switch %s: direction %q is not in or out", sw.spec.Name, direction))
	}
	neutral := make([]fabric.Traffic, len(ts))
	for i, t := range ts {
		t.Direction = "in"
		for _, err := range t.validate() {
			errs = append(errs, fmt.Errorf("lab: switch %s: traffic %d: %w", sw.spec.Name, i+1, err))
		}
		neutral[i] = t.neutral()
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	sw.lab.fabric.SetTraffic(p, direction == "out", neutral)
	return nil
}
