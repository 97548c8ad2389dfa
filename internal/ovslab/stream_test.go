package ovslab_test

import (
	"errors"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/ovslab"
	"github.com/netmirror/netmirror/internal/testkit"
)

// TestStreamsAreCountedAtBothEnds, and a narrow port lets fewer frames through or none.
func TestStreamsAreCountedAtBothEnds(t *testing.T) {
	l, ctx := start(t), t.Context()
	testkit.Need(t, "tc")
	br := must[string](t)(l.AddBridge(ctx))
	a := must[*ovslab.Host](t)(l.AddHost(ctx, br, "a", "10.4.0.1/24"))
	b := must[*ovslab.Host](t)(l.AddHost(ctx, br, "b", "10.4.0.2/24"))
	if err := l.Reach(ctx, a, b); err != nil {
		t.Fatal(err)
	}
	const octets, frames = 1000, 50
	m := must[*ovslab.Meter](t)(b.StartMeter(octets))
	t.Cleanup(func() { _ = m.Close() })
	before := time.Now()
	send := func() int {
		t.Helper()
		s := must[*ovslab.Stream](t)(a.StartStream(b, 9000, octets, 500))
		testkit.Eventually(t, testkit.Patience, "the stream sends", func() bool { return s.Frames() >= frames })
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return s.Frames()
	}
	sent := send()
	testkit.Eventually(t, testkit.Patience, "all frames come", func() bool { return m.Frames() >= sent })
	if n, size := m.Between(before, time.Now()); n != sent || size != n*octets {
		t.Errorf("%d frames of %d octets came, %d were sent", n, size, sent)
	}
	if n, _ := m.Between(time.Now(), time.Now().Add(time.Hour)); n != 0 {
		t.Errorf("%d frames in the future", n)
	}
	if err := l.Drop(ctx, b); errors.Is(err, ovslab.ErrNoShaping) {
		testkit.Skip(t, "a kernel with sch_tbf")
	} else if err != nil {
		t.Fatal(err)
	}
	send()
	// What is dropped never comes; a ping does, being small.
	if n := must[int](t)(l.Ping(ctx, a, b, 1)); n != 1 || m.Frames() != sent {
		t.Errorf("%d pings were answered, and %d frames came", n, m.Frames()-sent)
	}
	if err := l.Narrow(ctx, b, 0); err != nil {
		t.Fatal(err)
	}
	send()
	testkit.Eventually(t, testkit.Patience, "frames come again", func() bool { return m.Frames() > sent })
}
