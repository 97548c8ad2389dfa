package nxos

import (
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The table of limits of the fact sheet (section 4), by family; 0 = none is told.
func TestFamilies(t *testing.T) {
	const yes, maybe, no = mirror.Yes, mirror.Unverified, mirror.No
	for _, w := range []struct {
		model                                        string
		ids, sessions, sources, ends, perSource      int
		truncate                                     [2]int
		erspan, end, lag, list, sample, cpu, vlanOut mirror.Level
	}{
		{"", 32, 4, 48, 1, 0, [2]int{64, 10239}, yes, maybe, maybe, maybe, no, maybe, no},
		{"Nexus9000 C93180YC-EX", 32, 4, 48, 1, 0, [2]int{320, 1518}, yes, maybe, maybe, maybe, no, maybe, no},
		{"Nexus9000 C92160YC-X", 32, 4, 48, 1, 0, [2]int{64, 10239}, yes, maybe, maybe, maybe, no, maybe, maybe},
		{"Nexus3000 C3064PQ", 32, 4, 0, 1, 0, [2]int{64, 10239}, maybe, maybe, no, maybe, no, no, no},
		{"Nexus9000 C34180YC", 32, 4, 0, 1, 0, [2]int{64, 10239}, maybe, maybe, no, no, no, no, no},
		{"Nexus 3548", 32, 4, 0, 1, 0, [2]int{64, 1518}, maybe, no, no, maybe, maybe, no, no},
		{"Nexus 5548", 32, 4, 128, 1, 0, [2]int{}, no, no, no, no, no, no, no},
		{"Nexus 5672UP", 32, 16, 128, 16, 1, [2]int{}, maybe, maybe, no, maybe, no, no, no},
		{"Nexus7000 C7009", 48, 25, 128, 32, 0, [2]int{64, 10239}, yes, yes, no, no, no, no, no},
	} {
		c := Capabilities(mirror.Facts{Model: w.model})
		limit := func(counts string) int {
			for _, l := range c.Limits {
				if l.Counts == counts {
					if l.Source == "" || l.Scope == "" {
						t.Errorf("%s: a limit without a source: %+v", w.model, l)
					}
					return l.Max
				}
			}
			return 0
		}
		for what, n := range map[string][2]int{"numbers": {c.NativeIDs.To, w.ids}, "sessions": {limit(mirror.LimitSessions), w.sessions}, "sources": {limit(mirror.LimitSourcesPerSession), w.sources},
			"destinations": {limit(mirror.LimitDestinations), w.ends}, "sessions of a source": {limit(mirror.LimitSessionsPerSource), w.perSource},
			"shortest copy": {c.Ranges.Truncate.From, w.truncate[0]}, "longest copy": {c.Ranges.Truncate.To, w.truncate[1]}} {
			if n[0] != n[1] {
				t.Errorf("%q: %s %d, want %d", w.model, what, n[0], n[1])
			}
		}
		for what, l := range map[string][2]mirror.Level{"local": {c.Roles[mirror.RoleLocal].Level, yes}, "RSPAN": {c.Roles[mirror.RoleRSPANSource].Level, no}, "ERSPAN source": {c.Roles[mirror.RoleERSPANSource].Level, w.erspan},
			"ERSPAN destination": {c.Roles[mirror.RoleERSPANDestination].Level, w.end}, "port-channel": {c.LAGDestination.Level, w.lag}, "filter": {c.Filter.Level, w.list}, "sampling": {c.Sample.Level, w.sample},
			"processor": {c.Sources[mirror.SourceCPU][mirror.RX].Level, w.cpu}, "what leaves in a VLAN": {c.Sources[mirror.SourceVLAN][mirror.TX].Level, w.vlanOut}, "truncation": {c.Truncate.Level, map[bool]mirror.Level{true: maybe}[w.truncate[0] > 0]}} {
			if l[0] != l[1] {
				t.Errorf("%q: %s is %q, want %q", w.model, what, l[0], l[1])
			}
		}
	}
	if c := Capabilities(n7k); c.Limits[0].Counts != mirror.LimitSourceSessions || c.Limits[0].Max != 2 {
		t.Errorf("sessions that send on a Nexus 7000: %+v", c.Limits)
	}
}
