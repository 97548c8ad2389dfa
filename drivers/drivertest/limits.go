package drivertest

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// proveLimits: every limit has a source, counts something that the planner
// knows how to count, and holds: one more than Max is refused with the limit's
// source, Max is not refused for it. Sessions that are not ours count too.
func (s Suite) proveLimits(t *testing.T, c mirror.Capabilities) {
	if r := c.NativeIDs; r != nil && (r.From < 1 || r.To < r.From) {
		t.Errorf("native ids from %d to %d", r.From, r.To)
	}
	if numbered := c.Naming == mirror.Numbered; c.Naming == "" || numbered != (c.NativeIDs != nil) {
		t.Errorf("native sessions are told apart by %q, and the range of numbers is %+v", c.Naming, c.NativeIDs)
	}
	for _, l := range c.Limits {
		t.Run("limit of "+l.Counts, func(t *testing.T) {
			if l.Source == "" || l.Max < 1 || l.Scope == "" {
				t.Errorf("half a limit: %+v", l)
			}
			for n, want := range map[int]bool{l.Max: false, l.Max + 1: true} {
				f, info, ok := s.crowd(l.Counts, n)
				if !ok {
					t.Fatalf("%q is no limit that this suite knows how to reach", l.Counts)
				}
				info.Capabilities.Limits = []mirror.Limit{l} // this one alone
				reasons := plan.Check(f, plan.Expansion{}, nil, info)
				refused := slices.ContainsFunc(reasons, func(r mirror.Reason) bool { return r.Code == "limit" && r.Source == l.Source })
				if refused != want {
					t.Errorf("%d of at most %d: refused %v, want %v: %+v", n, l.Max, refused, want, reasons)
				}
			}
		})
	}
}

// crowd is a device and a fragment which together reach n of what a limit
// counts.
func (s Suite) crowd(counts string, n int) (mirror.Fragment, plan.DeviceInfo, bool) {
	info := s.info()
	spec := s.plain(mirror.Both)
	foreign := func(direction mirror.Direction) {
		for i := range n - 1 {
			info.Observation.Natives = append(info.Observation.Natives, mirror.NativeSession{ID: strconv.Itoa(i + 1), Spec: mirror.NativeSpec{
				Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: s.port("p2"), Direction: direction}},
				Destinations: []mirror.PortName{mirror.PortName(fmt.Sprintf("theirs-%d", i))}}})
		}
	}
	switch counts {
	case mirror.LimitDestinations:
		spec.Destinations = nil
		for i := range n {
			spec.Destinations = append(spec.Destinations, mirror.PortName(fmt.Sprintf("ours-%d", i)))
		}
	case mirror.LimitSessions, mirror.LimitSourceSessions:
		foreign(mirror.Both)
	case mirror.LimitSessionsPerSource:
		foreign(mirror.Both)
		spec.Sources[0].Port = s.port("p2") // theirs
	case mirror.LimitRXSessions:
		foreign(mirror.RX)
		spec.Sources[0].Direction = mirror.RX
	case mirror.LimitTXSessions:
		foreign(mirror.TX)
		spec.Sources[0].Direction = mirror.TX
	case mirror.LimitSourcesPerSession:
		spec.Sources = nil
		for i := range n {
			name := mirror.PortName(fmt.Sprintf("many-%d", i))
			spec.Sources = append(spec.Sources, mirror.NativeSource{Port: name, Direction: mirror.Both})
			info.Observation.Ports = append(info.Observation.Ports, mirror.Port{Name: name, Up: mirror.True})
		}
	default:
		return mirror.Fragment{}, info, false
	}
	return s.fragment("probe", spec), info, true
}
