package iosxe_test

import (
	"testing"

	"github.com/netmirror/netmirror/drivers/iosxe"
	"github.com/netmirror/netmirror/internal/mirror"
)

// What is unchanged takes one exchange. A session is made and seen in three: what it rests on
// is read, it is pushed, and all is read, over gNMI in two requests at once.
func TestExchangesOverModels(t *testing.T) {
	for protocol, most := range map[string]int64{iosxe.ProtocolGNMI: 4, iosxe.ProtocolNETCONF: 3} {
		s, target := modelLab(t)
		s.Switch.Exec("configure terminal", "monitor session 2 source interface Gi1/0/1", "end")
		over := dial(t, target(protocol))
		known, err := over.Observe(t.Context(), mirror.Look{Whole: true})
		if err != nil {
			t.Fatal(err)
		}
		before := s.Switch.Stats().RoundTrips
		if known, err = over.Observe(t.Context(), mirror.Look{Known: known}); err != nil {
			t.Fatal(err)
		}
		if n := s.Switch.Stats().RoundTrips - before; n != 1 {
			t.Errorf("%s: %d exchanges for what is unchanged", protocol, n)
		}
		n := mirror.NativeSession{ID: "5", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "GigabitEthernet1/0/2", Direction: mirror.RX}},
			Destinations: []mirror.PortName{"GigabitEthernet1/0/20"}, Options: mirror.Options{Tags: mirror.TagsStrip, Ingress: mirror.IngressDisabled}}}
		before = s.Switch.Stats().RoundTrips
		pushed(t, over, protocol, mirror.Change{Mark: "nm-5", After: &n})
		if seen, err := over.Observe(t.Context(), mirror.Look{Known: known}); err != nil || len(seen.Observation.Natives) != 2 {
			t.Fatalf("%+v, %v", seen, err)
		}
		if n := s.Switch.Stats().RoundTrips - before; n > most {
			t.Errorf("%s: %d exchanges for a session that is made and seen", protocol, n)
		}
	}
}
