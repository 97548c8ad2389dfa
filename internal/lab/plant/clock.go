package plant

import "time"

// A Clock runs timers faster than they say, so that a test which waits for one
// costs seconds. The zero value keeps real time.
type Clock struct {
	// Factor is how many seconds of a switch pass in one; 0 = 1.
	Factor float64
}

// Real is how long a time of the switch takes.
func (c Clock) Real(d time.Duration) time.Duration {
	if c.Factor <= 0 {
		return d
	}
	return time.Duration(float64(d) / c.Factor)
}

// Told is how long the switch says that a real time was.
func (c Clock) Told(d time.Duration) time.Duration {
	if c.Factor <= 0 {
		return d
	}
	return time.Duration(float64(d) * c.Factor)
}
