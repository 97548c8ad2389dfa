package engine_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// The same of a push that was to create: even where its destination landed too, the
// session is the other hand's, who has taken the number while it was free.
func TestACreateThatWasCutOffInAStrangersSessionIsTakenOut(t *testing.T) {
	b := newBench(t, nil, numbered())
	sw := b.switches["sw1"]
	sw.quietly(func() {
		sw.dropAfter = 1
		sw.refuse = func(mirror.Change) string {
			sw.refuse = nil
			both := mirror.Both
			sw.natives["66"] = mirror.NativeSession{ID: "66", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1", "d3"},
				Sources: []mirror.NativeSource{{Port: "p1", Direction: both}, {Port: "p3", Direction: both}}}}
			return "the other hand was faster"
		}
	})
	b.accepted(intent("a", "sw1:d1", "sw1:p1"))
	b.reach("a", mirror.Active)
	b.settle("sw1")
	theirs := sw.native("66").Spec
	if got := sw.sources("d3"); got != "p3 both" || !slices.Equal(theirs.Destinations, []mirror.PortName{"d3"}) || !slices.Equal(sw.ids(), []string{"65", "66"}) {
		t.Errorf("on the device %v, theirs is %q to %v", sw.ids(), got, theirs.Destinations)
	}
	if events := b.events("NumberTaken"); len(events) != 1 || !strings.Contains(events[0].Message, "ours is out of it") {
		t.Errorf("told %+v", events)
	}
}

// Another hand takes the number while a push is under way, some of its lines land
// in theirs, and the connection is lost before they are taken out again. What the
// push was to add is taken out afterwards, and nothing else.
func TestWhatAPushThatWasCutOffLeftInAStrangersSessionIsTakenOut(t *testing.T) {
	local := func(sources ...string) mirror.NativeSession {
		n := mirror.NativeSession{ID: "66", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d3"}}}
		for _, s := range sources {
			n.Spec.Sources = append(n.Spec.Sources, mirror.NativeSource{Port: mirror.PortName(s), Direction: mirror.Both})
		}
		return n
	}
	filtered, odd, tunnel := local("p3"), local("p2", "p3"), local("p2", "p3")
	filtered.Spec.Options.FilterVLANs = []int{7}
	odd.Opaque = "it has a line that nobody knows"
	tunnel.Spec.Role, tunnel.Spec.Destinations = mirror.RoleERSPANSource, nil
	tunnel.Spec.Options = mirror.Options{Collector: "192.0.2.9", ERSPAN: &mirror.ERSPAN{ID: 5, Origin: "192.0.2.1"}}
	for name, c := range map[string]struct {
		theirs   mirror.NativeSession // with what landed in it
		maintain bool                 // from the push on
		left     string               // sources
		says     string               // the event, "" = there is none
	}{
		"a source landed":                 {theirs: local("p2", "p3"), left: "p3", says: "ours is out of it"},
		"nothing landed":                  {theirs: local("p3"), left: "p3"},
		"theirs has a source of ours":     {theirs: local("p1", "p3"), left: "p1 p3"},
		"both":                            {theirs: local("p1", "p2", "p3"), left: "p1 p3", says: "ours is out of it"},
		"a filter alone":                  {theirs: filtered, left: "p3", says: "filter VLAN 7) and was left there"},
		"theirs is not understood":        {theirs: odd, left: "p2 p3", says: "was left there: the session is not understood whole"},
		"theirs is a tunnel":              {theirs: tunnel, left: "p2 p3", says: "was left there: nothing can be taken out of a tunnel"},
		"their own source is gone":        {theirs: local("p2"), left: "", says: "ours is out of it"},
		"the device is under maintenance": {theirs: local("p2", "p3"), maintain: true, left: "p2 p3", says: "was left there: the device is under maintenance"},
	} {
		t.Run(name, func(t *testing.T) {
			var b *bench
			var armed atomic.Bool
			b = newBench(t, func(c *engine.Config) {
				c.Failpoint = func(step string) {
					if step == "claimed" && armed.Swap(false) {
						b.maintain("sw1", true)
					}
				}
			}, numbered())
			sw := b.switches["sw1"]
			b.submit("a", "sw1:d1", "sw1:p1")
			sw.quietly(func() {
				sw.dropAfter = 1
				sw.refuse = func(mirror.Change) string {
					sw.refuse = nil
					sw.natives["66"] = c.theirs
					return "the other hand was faster"
				}
			})
			armed.Store(c.maintain)
			s := intent("a", "sw1:d1", "sw1:p1", "sw1:p2")
			s.FilterVLANs = []int{7}
			b.accepted(s)
			told := func() (out []string) {
				for _, e := range b.events("NumberTaken") {
					out = append(out, e.Message)
				}
				return out
			}
			if c.maintain {
				testkit.Eventually(t, patience, "it is told", func() bool { return len(told()) > 0 })
				b.maintain("sw1", false)
			}
			b.reach("a", mirror.Active)
			b.settle("sw1")
			var left []string
			for _, src := range sw.native("66").Spec.Sources {
				left = append(left, string(src.Port))
			}
			if got := strings.Join(left, " "); got != c.left || !slices.Equal(sw.ids(), []string{"65", "66"}) {
				t.Errorf("on the device %v, in theirs %q", sw.ids(), got)
			}
			if !slices.Equal(sw.native("66").Spec.Options.FilterVLANs, c.theirs.Spec.Options.FilterVLANs) {
				t.Errorf("filter %v", sw.native("66").Spec.Options.FilterVLANs)
			}
			if got := told(); c.says == "" && len(got) != 0 || c.says != "" && (len(got) != 1 || !strings.Contains(got[0], c.says)) {
				t.Errorf("told %q", got)
			}
			// What they type later is theirs.
			sw.foreign("66", "d3", "p2", "p3")
			b.settle("sw1")
			if got := sw.sources("d3"); got != "p2 both, p3 both" {
				t.Errorf("later: %s", got)
			}
		})
	}
}
