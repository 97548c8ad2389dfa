package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/mirror"
)

// How many native sessions a device may hold is the platform's limit unless its entry
// says otherwise, lower or higher.
func TestADeviceSaysHowManySessionsItMayHold(t *testing.T) {
	b := newBench(t, nil, one())
	set := func(most int) {
		t.Helper()
		b.change("sw1", func(d *mirror.Device) { d.MaxSessions = most })
		view, err := b.Device(t.Context(), "sw1")
		if err != nil || !slices.ContainsFunc(view.Capabilities.Limits, func(l mirror.Limit) bool {
			return l.Counts == mirror.LimitSessions && l.Max == most && l.Source == "the device's setting maxSessions"
		}) {
			t.Errorf("limits %+v, %v", view.Capabilities.Limits, err)
		}
	}
	set(1)
	b.submit("one", "sw1:d1", "sw1:p1")
	if codes := b.refused(intent("two", "sw1:d2", "sw1:p2")); !slices.ContainsFunc(codes, func(c string) bool { return strings.Contains(c, "limit") }) {
		t.Errorf("beyond the setting: %q", codes)
	}
	set(2)
	b.submit("two", "sw1:d2", "sw1:p2")
}
