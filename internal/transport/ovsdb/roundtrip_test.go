package ovsdb

import (
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestACallIsOneRoundTrip(t *testing.T) {
	c, s := pair(t, Options{})
	var heard atomic.Int64
	ctx := mirror.WithRoundTrips(t.Context(), func() { heard.Add(1) })
	done := make(chan error, 1)
	go func() {
		_, _, err := c.TransactText(ctx, json.RawMessage(`["db"]`))
		done <- err
	}()
	s.answer(s.next(), `[]`)
	if err := <-done; err != nil || heard.Load() != 1 {
		t.Errorf("%d round trips, %v", heard.Load(), err)
	}
}
