package engine

import (
	"errors"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Where the device tells no means, two readings some seconds apart make a rate; nearer
// ones do not, since some platforms bring their counters up to date every five seconds.
func TestTwoReadingsMakeARate(t *testing.T) {
	var m measured
	at := time.Now().Add(-time.Minute)
	read := func(after time.Duration, octets, packets uint64) []mirror.PortName {
		return m.note("sw1", []mirror.PortName{"p1"}, mirror.CounterRead{At: at.Add(after),
			Ports: []mirror.PortCounters{{Port: "p1", Complete: true, InOctets: octets, InPackets: packets}}}, nil)
	}
	port := func() (known bool, octets float64, why string) {
		p := m.ports[portKey{"sw1", "p1"}].port
		return p.Known, p.In.P95.Octets, p.Why + p.How
	}
	for _, step := range []struct {
		after   time.Duration
		octets  uint64
		again   bool
		known   bool
		perSec  float64
		because string
	}{
		{0, 1_000_000, true, false, 0, "it was read once, and a rate takes two readings"},
		{2 * time.Second, 1_000_000, true, false, 0, "it was read once, and a rate takes two readings"},
		{10 * time.Second, 2_000_000, false, true, 100_000, "two readings, 10 s apart"},
		{12 * time.Second, 9_000_000, false, true, 100_000, "two readings, 10 s apart"},
		{20 * time.Second, 2_500_000, false, true, 50_000, "two readings, 10 s apart"},
	} {
		again := read(step.after, step.octets, step.octets/100)
		known, octets, why := port()
		if (len(again) > 0) != step.again || known != step.known || octets != step.perSec || why != step.because {
			t.Errorf("after %v: again %v, known %v, %v octets/s, %s", step.after, again, known, octets, why)
		}
	}
	if again := m.note("sw1", []mirror.PortName{"p1", "p2"}, mirror.CounterRead{}, errors.New("no answer")); len(again) != 0 {
		t.Errorf("read again: %v", again)
	}
	if p := m.ports[portKey{"sw1", "p2"}].port; p.Known || p.Why != "its counters could not be read: no answer" {
		t.Errorf("%+v", p)
	}
}
