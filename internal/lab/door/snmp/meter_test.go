package snmp

import "testing"

// TestWhatIsAskedSideBySideIsOneRoundTrip.
func TestWhatIsAskedSideBySideIsOneRoundTrip(t *testing.T) {
	var m Meter
	for _, asked := range []int{3, 1, 2} {
		for range asked {
			m.take()
		}
		m.waited.Store(false) // answered
	}
	if m.RoundTrips.Load() != 3 || m.Requests.Load() != 6 {
		t.Errorf("%d round trips, %d requests", m.RoundTrips.Load(), m.Requests.Load())
	}
}
