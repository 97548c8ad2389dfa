package watch

import (
	"testing"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
)

// What a link sends has the copies in it that pass there: they are not counted twice,
// and nobody is said to be over for it.
func TestCopiesOnALinkAreCountedOnce(t *testing.T) {
	l := newLab(t, Config{})
	b := l.box("a", mirror.CountedOutOctets)
	l.put(capacity.WatchedSession{Name: "far",
		Feeds: []capacity.Feed{{Session: "far", Device: "a", Native: "n1", Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.RX}},
			RemoteVLAN: 900, Overhead: 4, Ends: []capacity.End{{Device: "a", Port: "p3", Link: true}}}},
		Natives: []capacity.WatchedNative{{Device: "a", ID: "1", Mark: "nm-1", Role: mirror.RoleRSPANSource, Makes: true}}})
	// 50,000 frames a second are copied, 1,024 octets each on the wire: 409.6 Mbit/s. p3
	// sends 70,000 frames of 1,020, these among them: 571.2 Mbit/s.
	b.flow["p1"].in, b.flow["p3"].out = 50e3, 70e3
	l.passes(5)
	load, _ := l.w.Load("far")
	if len(load.Ends) != 1 || !load.Ends[0].End.Link || load.Ends[0].Offered != 571_200_000 || load.Ends[0].Over {
		t.Errorf("%+v", load.Ends)
	}
	// What copies there is stands apart from what the link carries besides.
	terms := map[string]mirror.BitsPerSecond{}
	for _, term := range load.Ends[0].Terms {
		terms[term.Session] = term.Offered
	}
	if terms["far"] != 409_600_000 || terms[""] != 161_600_000 {
		t.Errorf("terms %v", terms)
	}
}
