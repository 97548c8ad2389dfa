package api

import (
	"net/http"
	"sync"
)

// places bounds what is served at one time. Reads, writes and requests that
// wait for a rollout have places of their own: neither devices that answer
// slowly nor clients that wait take what a reader needs. Of each, a quarter is
// out of reach of any one token: a script without measure, or a client that
// does not take its answers, is in its own way and not in that of others.
type places struct{ reads, writes, waits, streams *pool }

func newPlaces(each, streams int) places {
	return places{reads: newPool(each), writes: newPool(each), waits: newPool(each), streams: newPool(streams)}
}

// of is the pool that a request needs a place of.
func (p places) of(method string) *pool {
	if method == http.MethodGet {
		return p.reads
	}
	return p.writes
}

// toWait exchanges the place of a request for one among those that wait, unless
// there is none.
func (p places) toWait(r *request) (leave func(), ok bool) { return p.waits.instead(r) }

// instead exchanges the place of a request for one of this pool, unless there is none.
func (p *pool) instead(r *request) (leave func(), ok bool) {
	free, ok := p.enter()
	if !ok {
		return nil, false
	}
	if !p.claim(r.actor.Name) {
		free()
		return nil, false
	}
	r.leave()
	return sync.OnceFunc(func() { p.disclaim(r.actor.Name); free() }), true
}

// A pool is a number of places.
type pool struct {
	places chan struct{}
	share  int // most that one token has

	mu   sync.Mutex
	held map[string]int // by token
}

func newPool(size int) *pool {
	return &pool{places: make(chan struct{}, size), share: size - size/4, held: map[string]int{}}
}

// enter takes a place, unless there is none, before it is known for whom. leave
// gives it back once, however often it is called.
func (p *pool) enter() (leave func(), ok bool) {
	select {
	case p.places <- struct{}{}:
		return sync.OnceFunc(func() { <-p.places }), true
	default:
		return nil, false
	}
}

// claim counts a place that was taken to a token, unless it has its share.
func (p *pool) claim(token string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[token] >= p.share {
		return false
	}
	p.held[token]++
	return true
}

func (p *pool) disclaim(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[token]--; p.held[token] == 0 {
		delete(p.held, token)
	}
}
