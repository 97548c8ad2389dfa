package cli

import (
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestWhoeverCountsRoundTripsHearsOfEach: as many as the connection counts itself.
func TestWhoeverCountsRoundTripsHearsOfEach(t *testing.T) {
	c := warm(t, open(t, newFake(t), nil))
	before := c.Stats().RoundTrips
	var heard atomic.Int64
	ctx := mirror.WithRoundTrips(t.Context(), func() { heard.Add(1) })
	if _, err := c.Configure(ctx, []Block{{Lines: Lines(flat...)}}); err != nil {
		t.Fatal(err)
	}
	if made := c.Stats().RoundTrips - before; made != 1 || heard.Load() != int64(made) {
		t.Errorf("%d round trips, %d heard of", made, heard.Load())
	}
}
