package plan_test

import (
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// TestWhatASharedChangeWaitsFor: a native session waits for the turns of all sessions of
// its plan that come into it or leave it at the same stage or before, and for nothing that
// could wait for it.
func TestWhatASharedChangeWaitsFor(t *testing.T) {
	local := &mirror.Fragment{Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"}}}
	source := &mirror.Fragment{Spec: mirror.NativeSpec{Role: mirror.RoleRSPANSource, RemoteVLAN: 999}}
	ends := &mirror.Fragment{Spec: mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 999, Destinations: []mirror.PortName{"d2"}}}
	row := func(session, of string, role mirror.Role, goal, target *mirror.Fragment) mirror.Placement {
		p := mirror.Placement{Session: session, Device: "sw1", Role: role, Goal: goal, Target: target}
		if of != "" {
			p.Planned = &mirror.Planned{Plan: of}
		}
		return p
	}
	leaves := func(session, of string) mirror.Placement { return row(session, of, mirror.RoleLocal, local, nil) }
	left := row("a", "p", mirror.RoleLocal, nil, nil)
	comes := row("b", "p", mirror.RoleRSPANSource, nil, source)
	for _, c := range []struct {
		what   string
		of     *mirror.Fragment
		moving mirror.Placement
		rows   []mirror.Placement
		want   bool
	}{
		{"another leaves it too, and its turn has not come", local, left, []mirror.Placement{leaves("b", "p")}, true},
		{"its turn has come", local, left, []mirror.Placement{row("b", "p", mirror.RoleLocal, nil, nil)}, false},
		{"by another plan", local, left, []mirror.Placement{leaves("b", "q")}, false},
		{"by no plan", local, left, []mirror.Placement{leaves("b", "")}, false},
		{"another stays", local, left, []mirror.Placement{row("b", "p", mirror.RoleLocal, local, local)}, false},
		{"another comes into it", source, row("a", "p", mirror.RoleRSPANSource, source, source), []mirror.Placement{comes}, true},
		{"it is of another native session", local, left, []mirror.Placement{comes}, false},
		// a is replaced by the destination of another session's copies, first of all; b comes
		// when its own destinations are there, which may wait for a.
		{"of a later stage", source, row("a", "p", mirror.RoleRSPANSource, nil, nil),
			[]mirror.Placement{row("a", "p", mirror.RoleRSPANDestination, nil, ends), comes}, false},
		// Sources that move from device to device in both directions would wait for each other.
		{"taken away after sources came elsewhere", source, row("a", "p", mirror.RoleRSPANSource, source, source),
			[]mirror.Placement{row("b", "p", mirror.RoleRSPANSource, source, nil)}, false},
	} {
		change := mirror.Change{Mark: mirror.Mark("i", "sw1", c.of.Spec)}
		if got := plan.Awaits(change, []mirror.Placement{c.moving}, append(c.rows, c.moving), "i"); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
	if plan.Awaits(mirror.Change{Mark: "m"}, nil, []mirror.Placement{comes}, "i") {
		t.Error("a change of no plan waits")
	}
}
