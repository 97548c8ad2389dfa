package cli

import (
	"runtime"
	"sync"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Many devices at once: every connection keeps its own dialogue, and the price
// of one is known.
func TestManyConnections(t *testing.T) {
	const many = 100
	f := newFake(t)
	f.replies["show a"] = "alpha"
	cfg := configFor(t, f.listen(t))
	conns := make([]*Conn, many)
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	gate := make(chan bool, 10)
	for i := range conns {
		wg.Go(func() {
			gate <- true
			defer func() { <-gate }()
			c, err := Open(t.Context(), cfg)
			if err != nil {
				t.Error(err)
				return
			}
			conns[i] = c
			if r, err := c.Run(t.Context(), "show a"); err != nil || r[0].Text != "alpha" {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	t.Logf("%d goroutines for each connection, both ends", (runtime.NumGoroutine()-before)/many)
	for _, c := range conns {
		wg.Go(func() { _ = c.Close() })
	}
	wg.Wait()
	_, err := conns[0].Run(t.Context(), "show a")
	wantKind(t, err, mirror.ErrUnreachable, "closed")
}
