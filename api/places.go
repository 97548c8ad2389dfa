package api

import (
	"net/http"
	"sync"
)

// places bounds what is served at one time. Reads, writes and requests that
// wait for a rollout have places of their own: neither devices that answer
// slowly nor clients that wait take what a reader needs.
type places struct{ reads, writes, waits chan struct{} }

func newPlaces(each int) places {
	return places{reads: make(chan struct{}, each), writes: make(chan struct{}, each), waits: make(chan struct{}, each)}
}

// enter takes a place, unless there is none. leave gives it back once, however
// often it is called.
func (p places) enter(method string) (leave func(), ok bool) {
	if method == http.MethodGet {
		return take(p.reads)
	}
	return take(p.writes)
}

// toWait exchanges the place of a request for one among those that wait, unless
// there is none.
func (p places) toWait(r *request) (leave func(), ok bool) {
	leave, ok = take(p.waits)
	if ok {
		r.leave()
	}
	return leave, ok
}

func take(from chan struct{}) (leave func(), ok bool) {
	select {
	case from <- struct{}{}:
		return sync.OnceFunc(func() { <-from }), true
	default:
		return nil, false
	}
}
