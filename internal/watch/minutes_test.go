package watch

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// TestMinutesAreKeptForADay in the store; the last hour is there reading by reading.
func TestMinutesAreKeptForADay(t *testing.T) {
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "netmirror.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	l := newLab(t, Config{Store: db})
	b := l.box("a", mirror.CountedOutOctets)
	l.session("s", "a")
	b.busy(1)
	b.copies(1)
	l.passes(30) // until 12:05
	readings, err := l.w.History(t.Context(), "a", start.Add(time.Minute), false)
	if err != nil || len(readings) != 24 {
		t.Fatalf("%d readings, %v", len(readings), err)
	}
	if r := readings[0]; len(r.Ports) != 2 || r.Ports[0].Port != "p1" || r.Ports[0].InFrames != 10e3 || len(r.Ends) != 1 || r.Ends[0].Port != "p4" || r.Ends[0].Capacity != 1e9 {
		t.Errorf("%+v", r)
	}
	for i := range 4 {
		if err := l.w.write(t.Context(), l.w.minute(start.Add(time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	minutes, err := l.w.History(t.Context(), "a", start, true)
	if err != nil || len(minutes) != 4 {
		t.Fatalf("%+v, %v", minutes, err)
	}
	// Of the port that no session concerns nothing is kept.
	if m := minutes[2]; !m.At.Equal(start.Add(2*time.Minute)) || len(m.Ports) != 2 || m.Ports[0].InOctets != 10e6 || m.Ports[1].OutFrames != 20e3 ||
		len(m.Ends) != 1 || m.Ends[0].Offered < 163e6 || m.Ends[0].Offered > 164e6 || m.Ends[0].Peak < m.Ends[0].Offered {
		t.Errorf("%+v", m)
	}
	l.mu.Lock()
	l.now = start.Add(24*time.Hour + 2*time.Minute)
	l.mu.Unlock()
	if err := l.w.write(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if left, err := l.w.History(t.Context(), "a", start, true); err != nil || len(left) != 2 {
		t.Errorf("after a day: %+v, %v", left, err)
	}
}

// BenchmarkThousandDevices is one reading of each of 1,000 devices with a session of
// eight sources, ten watched ports each.
func BenchmarkThousandDevices(b *testing.B) {
	l := newLab(b, Config{})
	thousand(l)
	l.passes(10)
	b.ResetTimer()
	for b.Loop() {
		l.pass(step)
	}
}
