package api

import (
	"math"
	"sync"
	"time"
)

// rates bounds how many requests each token may make: a bucket of a second's worth (ten
// at least), filled at the rate. Nobody else is held up by a token that has none left.
type rates struct {
	perSecond float64 // 0 = no limit
	now       func() time.Time

	mu      sync.Mutex
	buckets map[string]bucket
}

type bucket struct {
	left float64
	at   time.Time
}

func newRates(perSecond float64) *rates {
	return &rates{perSecond: perSecond, now: time.Now, buckets: map[string]bucket{}}
}

// take takes one request of a token, or tells in how many whole seconds there will be one.
func (r *rates) take(token string) (wait int, ok bool) {
	if r.perSecond <= 0 {
		return 0, true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	size, now := math.Max(r.perSecond, 10), r.now()
	b, known := r.buckets[token]
	if !known {
		b.left = size
	}
	b.left, b.at = math.Min(size, b.left+now.Sub(b.at).Seconds()*r.perSecond), now
	if b.left >= 1 {
		b.left--
		ok = true
	}
	r.buckets[token] = b
	return int(math.Max(1, math.Ceil((1-b.left)/r.perSecond))), ok
}
