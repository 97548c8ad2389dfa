package mirror

import (
	"slices"
	"time"
)

// A Look says what one read of a device must give. A read is never older than
// asked for; it may give more.
type Look struct {
	// Whole takes nothing for granted: everything is read.
	Whole bool
	// Ports are those whose configuration and link must be of now: what the
	// destination guard decides on. A port that the device does not have is left
	// out of what is read, and is no error.
	Ports []PortName
	// Traffic are those of them of which also what was learned, who neighbours
	// them and what they receive must be of now.
	Traffic []PortName
	// Sources are ports that a change is about to copy, so that a driver which looks at
	// their names before it pushes may do so with this read. Others leave them.
	Sources []PortName
	// Known is what was read before, over whatever connection; its zero value
	// means nothing, and everything is read.
	Known Known
	// Oldest is when at the earliest that may have been read which is taken for
	// granted; what is older is read again. Its zero value bears any age.
	Oldest time.Time
}

// And asks for everything that either look asks for.
func (l Look) And(o Look) Look {
	merge := func(x, y []PortName) []PortName {
		if len(x)+len(y) == 0 {
			return nil
		}
		out := slices.Concat(x, y)
		slices.Sort(out)
		return slices.Compact(out)
	}
	return Look{Whole: l.Whole || o.Whole, Ports: merge(l.Ports, o.Ports), Traffic: merge(l.Traffic, o.Traffic), Sources: merge(l.Sources, o.Sources)}
}

// Covers reports whether a look that was made told what another asks of ports.
func (l Look) Covers(asked Look) bool {
	has := func(list []PortName) func(PortName) bool {
		return func(p PortName) bool { return !slices.Contains(list, p) }
	}
	return !slices.ContainsFunc(asked.Ports, has(l.Ports)) && !slices.ContainsFunc(asked.Traffic, has(l.Traffic))
}

// Known is what the reads of a device have given so far. It is a value: whoever
// holds it hands it to the next read, over this connection or another one, and
// may keep it while later reads go on. It is worth nothing after a push whose
// end is unknown, and after a restart of the device.
type Known struct {
	Observation Observation // At is that of the last read
	// View is the text of the narrow view that the last read of everything
	// showed, in the driver's own form: while the device shows the same, the rest
	// is taken for granted until it is too old (Look.Oldest). "" where every read is
	// whole.
	View string
	Read time.Time // when everything was last read
	// Private is the driver's own, and never changed once given. It is not
	// stored: a driver does without it, at the price of a longer read.
	Private any
}

// IsZero reports whether nothing is known.
func (k Known) IsZero() bool { return k.Observation.At.IsZero() }
