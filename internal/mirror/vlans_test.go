package mirror_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
)

func TestVLANsAreASet(t *testing.T) {
	draw := rapid.SliceOf(rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, mirror.MaxVLAN)))
	rapid.Check(t, func(rt *rapid.T) {
		a, b := draw.Draw(rt, "a"), draw.Draw(rt, "b")
		set := mirror.VLANs(a...).Union(mirror.VLANs(b...))
		for v := 0; v <= mirror.MaxVLAN+1; v++ {
			if set.Has(v) != (slices.Contains(a, v) || slices.Contains(b, v)) {
				rt.Fatalf("%s has %d: %v", set, v, set.Has(v))
			}
		}
		if set.Empty() != (len(a)+len(b) == 0) {
			rt.Fatalf("%s empty: %v", set, set.Empty())
		}
		// What is written is read again, and is written in one way only.
		again, err := mirror.ParseVLANs(set.String())
		if err != nil || again.String() != set.String() {
			rt.Fatalf("%s read as %s: %v", set, again, err)
		}
		text, err := json.Marshal(set)
		var read mirror.VLANSet
		if err := errors.Join(err, json.Unmarshal(text, &read)); err != nil || read.String() != set.String() {
			rt.Fatalf("%s stored as %s: %v", set, text, err)
		}
	})
}

func TestListsOfVLANsAsDevicesWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"1": "1", "1,3,2": "1-3", "10-20,15-30,31": "10-31", " 1 , 5 - 7 ": "1,5-7", "all": "1-4094", "ALL": "1-4094", "none": "none", "": "none", "1-4094": "1-4094",
	} {
		if got, err := mirror.ParseVLANs(text); err != nil || got.String() != want {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "4095", "5-3", "1-", "-1", "1,,2", "a", "1-2-3", "1;2", strings.Repeat("9", 30)} {
		if got, err := mirror.ParseVLANs(text); !errors.Is(err, mirror.ErrParse) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
}

func TestAFragmentIsASessionAndItsFootings(t *testing.T) {
	spec := mirror.NativeSpec{Role: mirror.RoleRSPANDestination, RemoteVLAN: 900, Trunks: []mirror.PortName{"t1"}, Destinations: []mirror.PortName{"d1"},
		Setup: &mirror.PortSetup{Up: true}, Options: mirror.Options{Tags: mirror.TagsStrip}}
	parts := spec.Parts()
	if len(parts) != 3 {
		t.Fatalf("%+v", parts)
	}
	if s := parts[0]; s.Role != mirror.RoleRSPANDestination || s.RemoteVLAN != 900 || len(s.Trunks) != 0 || s.Setup != nil || s.Options.Tags != mirror.TagsStrip {
		t.Errorf("the session: %+v", s)
	}
	if v := parts[1].Footing; v.ID() != "vlan-900" || !slices.Equal(v.Trunks, spec.Trunks) || v.Setup != nil {
		t.Errorf("the VLAN: %+v", v)
	}
	if p := parts[2].Footing; p.ID() != "port-d1" || p.Setup == nil || p.VLAN != 0 {
		t.Errorf("the port: %+v", p)
	}
	// Each has a mark of its own, and a footing's does not depend on options.
	marks := mirror.Marks("i", "d", spec)
	spec.Options.Tags = mirror.TagsPreserve
	others := mirror.Marks("i", "d", spec)
	if len(slices.Compact(slices.Sorted(slices.Values(marks)))) != 3 || marks[0] == others[0] || !slices.Equal(marks[1:], others[1:]) {
		t.Errorf("%v and %v", marks, others)
	}
}

func TestASetupFitsAPortOrDoesNot(t *testing.T) {
	for _, c := range []struct {
		setup mirror.PortSetup
		port  mirror.Port
		fits  bool
	}{
		{mirror.PortSetup{Up: true}, mirror.Port{Admin: mirror.True}, true},
		{mirror.PortSetup{Up: true}, mirror.Port{Admin: mirror.False}, false},
		{mirror.PortSetup{Up: true}, mirror.Port{}, true}, // not told
		{mirror.PortSetup{Access: 9}, mirror.Port{Access: 9}, true},
		{mirror.PortSetup{Access: 9}, mirror.Port{Access: 8}, false},
		{mirror.PortSetup{Access: 9}, mirror.Port{}, false},
		{mirror.PortSetup{Tagged: true}, mirror.Port{}, true},
		{mirror.PortSetup{Tagged: true}, mirror.Port{Access: 9}, false},
		{mirror.PortSetup{Up: true, Tagged: true}, mirror.Port{Admin: mirror.False}, false},
	} {
		if got := c.setup.FitsPort(c.port); got != c.fits {
			t.Errorf("%+v on %+v: %v", c.setup, c.port, got)
		}
	}
}
