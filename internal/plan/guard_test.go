package plan_test

import (
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// What is configured at a port always refuses, what passes there refuses the
// first session on a port that is no tool's.
func TestWhatTheGuardRefusesAndWhatItWarnsOf(t *testing.T) {
	all := map[string]bool{"trunk": true, "lag": true, "lag-member": true, "addressed": true, "management": true, "tunnel": true, "patch": true, "unknown": true,
		"learned": false, "neighbour": false, "receiving": false}
	for kind, configured := range all {
		info := plan.DeviceInfo{Observation: mirror.Observation{Ports: []mirror.Port{{Name: "d1", Uses: []mirror.PortUse{{Kind: kind, Detail: "so it says"}}}, {Name: "d2"}}}}
		tool, taken := info, info
		tool.Tools, taken.Taken = []mirror.PortName{"d1"}, []mirror.PortName{"d1"}
		for what, x := range map[string]struct {
			info            plan.DeviceInfo
			port            mirror.PortName
			forced          bool
			refused, warned int
		}{
			"first":     {info, "d1", false, 1, 0},
			"tool":      {tool, "d1", false, count(configured), count(!configured)},
			"not first": {taken, "d1", false, count(configured), count(!configured)},
			"forced":    {info, "d1", true, 0, 0},
			"idle port": {info, "d2", false, 0, 0},
			"no port":   {info, "d3", false, 0, 0},
		} {
			refused, warned := plan.Guard(x.port, x.forced, x.info)
			if len(refused) != x.refused || len(warned) != x.warned {
				t.Errorf("%s, %s: refused %v, warned %v", kind, what, refused, warned)
			}
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Copies land where a change makes them end and none of that session ended.
func TestWhereAChangeLands(t *testing.T) {
	at := func(role mirror.Role, dests ...mirror.PortName) *mirror.NativeSession {
		return &mirror.NativeSession{Spec: mirror.NativeSpec{Role: role, Destinations: dests}}
	}
	for what, x := range map[string]struct {
		change mirror.Change
		want   int
	}{
		"create":       {mirror.Change{After: at(mirror.RoleLocal, "d1", "d2")}, 2},
		"delete":       {mirror.Change{Before: at(mirror.RoleLocal, "d1")}, 0},
		"other source": {mirror.Change{Before: at(mirror.RoleLocal, "d1"), After: at(mirror.RoleLocal, "d1")}, 0},
		"one more":     {mirror.Change{Before: at(mirror.RoleLocal, "d1"), After: at(mirror.RoleLocal, "d1", "d2")}, 1},
		"a footing":    {mirror.Change{After: &mirror.NativeSession{Spec: mirror.Footing{Kind: mirror.FootingPort, Port: "d1"}.Spec()}}, 0},
	} {
		if got := plan.Landings(x.change); len(got) != x.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}
