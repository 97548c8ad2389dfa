package ovslab

import (
	"slices"
	"sync"
	"time"
)

// A Tally counts frames and remembers when. Its methods are safe for concurrent use.
type Tally struct {
	mu  sync.Mutex
	sum []sum // the oldest first
}

// A sum is what was counted up to a time.
type sum struct {
	at             time.Time
	frames, octets int
}

// add counts frames of a size that passed since the last time.
func (t *Tally) add(now time.Time, frames, octets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := sum{now, frames, octets}
	if last := len(t.sum) - 1; last >= 0 {
		s.frames, s.octets = s.frames+t.sum[last].frames, s.octets+t.sum[last].octets
		if now.Sub(t.sum[last].at) < tallyGrain {
			s.at = t.sum[last].at
			t.sum[last] = s
			return
		}
	}
	t.sum = append(t.sum, s)
}

// tallyGrain is how finely times are told apart.
const tallyGrain = time.Millisecond

// Between is what passed after a time and until another: frames, and their octets with
// checksum.
func (t *Tally) Between(from, to time.Time) (frames, octets int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, b := t.until(from), t.until(to)
	return b.frames - a.frames, b.octets - a.octets
}

// Frames is how many passed in all.
func (t *Tally) Frames() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.sum) == 0 {
		return 0
	}
	return t.sum[len(t.sum)-1].frames
}

// until is what was counted up to a time.
func (t *Tally) until(at time.Time) sum {
	i, _ := slices.BinarySearchFunc(t.sum, at, func(s sum, at time.Time) int {
		if s.at.After(at) {
			return 1
		}
		return -1
	})
	if i == 0 {
		return sum{}
	}
	return t.sum[i-1]
}
