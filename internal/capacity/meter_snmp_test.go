package capacity

import (
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// TestAMeterHeedsWhatAPortSaysOfItsCounters: a port's own clock where a reading had
// several answers, and counters of 32 bits that may have gone over unseen.
func TestAMeterHeedsWhatAPortSaysOfItsCounters(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	port := func(up time.Duration, octets uint64, narrow bool) mirror.PortCounters {
		return mirror.PortCounters{Uptime: up, InOctets: octets, InPackets: octets / 500, OutOctets: octets, OutPackets: octets / 500, Bandwidth: 1e9, Narrow: narrow, Complete: true}
	}
	for name, c := range map[string]struct {
		after  time.Duration
		up     time.Duration // of the second reading's answer about the port
		narrow bool
		gap    bool
		octets float64 // per second
	}{
		// 12.5 MB in the 12.5 s between the port's two answers, though the readings
		// began 10 s apart.
		"its own clock":         {10 * time.Second, 112500 * time.Millisecond, false, false, 1e6},
		"narrow, soon enough":   {10 * time.Second, 110 * time.Second, true, false, 1.25e6},
		"narrow, may have gone": {40 * time.Second, 140 * time.Second, true, true, 0},
		"wide, as late":         {40 * time.Second, 140 * time.Second, false, false, 312500},
	} {
		var m Meter
		m.Add(mirror.CounterRead{At: start, Uptime: 100 * time.Second}, port(100*time.Second, 1000, c.narrow))
		i, ok := m.Add(mirror.CounterRead{At: start.Add(c.after), Uptime: 100*time.Second + c.after}, port(c.up, 12501000, c.narrow))
		if !ok || (i.Gap != "") != c.gap || i.In.Octets != c.octets {
			t.Errorf("%s: %+v %v", name, i, ok)
		}
	}
}
