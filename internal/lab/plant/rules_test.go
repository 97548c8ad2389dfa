package plant

import (
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// mirror is a session with sources (rx of each) and destinations.
func mirror(sources, ends string) *Mirror {
	m := NewMirror()
	m.AddSources(strings.Fields(sources), fabric.VLANSet{}, RX)
	m.AddDestinations(strings.Fields(ends), "", strings.Compare)
	return &m
}

func TestRulesOfSources(t *testing.T) {
	one, two := mirror("1 2", "9"), mirror("3", "8")
	vlans, filtered, remote, foreign := mirror("", ""), mirror("4", ""), mirror("", ""), mirror("", "")
	vlans.VLANs[10], filtered.FilterVLANs, remote.FromVLAN, foreign.Foreign = Both, fabric.VLANs(5), 7, true
	for _, tc := range []struct {
		what  string
		rules Rules
		on    *Mirror
		ports string
		vlan  int
		want  Rule
		bad   string
	}{
		{"nothing in the way", Rules{}, one, "5", 0, 0, ""},
		{"a port beside VLANs", Rules{}, vlans, "5", 0, MixedSources, ""},
		{"a VLAN beside ports", Rules{}, one, "", 3, MixedSources, ""},
		{"both where both may be", Rules{Mixed: true}, one, "", 3, 0, ""},
		{"a VLAN in a filtered session", Rules{Mixed: true}, filtered, "", 3, FilterOnVLANs, ""},
		{"a port beside a remote VLAN", Rules{}, remote, "5", 0, SourcesBesideRemote, ""},
		{"destinations as sources", Rules{}, one, "5 8 9", 0, SourceIsDestination, "8 9"},
		{"a source of another", Rules{SourceOnce: true}, one, "1 3", 0, SourceOfAnother, "3"},
		{"the same where it may be", Rules{}, one, "1 3", 0, 0, ""},
		{"too many ports", Rules{SourcePorts: 3}, one, "5 6", 0, TooManySourcePorts, "5 6"},
		{"as many as may be", Rules{SourcePorts: 4}, one, "5 6", 0, 0, ""},
		{"a further session", Rules{Sessions: 5}, mirror("", ""), "5", 0, TooManySessions, ""},
		{"one that is there", Rules{Sessions: 5}, one, "5", 0, 0, ""},
		{"room for one more", Rules{Sessions: 6}, mirror("", ""), "5", 0, 0, ""},
		{"a further session of one direction", Rules{RXSessions: 4}, mirror("", ""), "5", 0, TooManySessions, ""},
		{"the foreign one counts in both", Rules{TXSessions: 2}, mirror("", ""), "5", 0, TooManySessions, ""},
	} {
		all := []*Mirror{one, two, vlans, filtered, remote, foreign, tc.on}
		var set fabric.VLANSet
		if tc.vlan != 0 {
			set.Add(tc.vlan)
		}
		// vlans copies both directions, foreign counts as both: two of tx.
		b := tc.rules.Sources(all, tc.on, strings.Fields(tc.ports), set, Both)
		check(t, tc.what, b, tc.want, tc.bad)
	}
}

func TestRulesOfDestinations(t *testing.T) {
	one, two, remote := mirror("1 2", "9"), mirror("3", "8"), mirror("", "")
	remote.ToVLAN = 7
	bundle := func(port string) bool { return port == "L" }
	for _, tc := range []struct {
		what  string
		rules Rules
		on    *Mirror
		ports string
		want  Rule
		bad   string
	}{
		{"nothing in the way", Rules{}, one, "5 9", 0, ""},
		{"sources", Rules{}, one, "1 3 5", DestinationIsSource, "1 3"},
		{"ends of another", Rules{}, one, "5 8", DestinationOfAnother, "8"},
		{"beside a remote VLAN", Rules{}, remote, "5", PortsBesideRemote, ""},
		{"too many", Rules{DestinationPorts: 1}, one, "5", TooManyDestinations, "5"},
		{"the same again", Rules{DestinationPorts: 1}, one, "9", 0, ""},
		{"a bundle", Rules{Bundle: bundle}, one, "1 L", BundleIsDestination, "L"},
		{"a bundle where it may be", Rules{Bundle: bundle, BundleDestinations: true}, one, "L", 0, ""},
	} {
		check(t, tc.what, tc.rules.Ends([]*Mirror{one, two, remote}, tc.on, strings.Fields(tc.ports)), tc.want, tc.bad)
	}
}

func check(t *testing.T, what string, b *Breach, want Rule, bad string) {
	t.Helper()
	switch {
	case b == nil && want != 0:
		t.Errorf("%s: allowed, want rule %d", what, want)
	case b != nil && (b.Rule != want || strings.Join(b.Ports, " ") != bad):
		t.Errorf("%s: %+v, want rule %d for %q", what, *b, want, bad)
	}
}

func TestDirectionsAddUpAndGoApart(t *testing.T) {
	m := mirror("1", "9")
	m.AddSources([]string{"1"}, fabric.VLANs(4), TX)
	if m.Ports["1"] != Both || m.VLANs[4] != TX || m.Directions() != Both {
		t.Errorf("%+v", m)
	}
	c := m.Clone()
	m.RemoveSources([]string{"1"}, fabric.VLANs(4), TX)
	if m.Ports["1"] != RX || len(m.VLANs) != 0 || c.Ports["1"] != Both {
		t.Errorf("%+v, its copy %+v", m, c)
	}
	m.AddDestinations([]string{"8", "9"}, "tagged", strings.Compare)
	if want := []Destination{{"8", "tagged"}, {"9", "tagged"}}; !slices.Equal(m.Destinations, want) || len(c.Destinations) != 1 {
		t.Errorf("%v", m.Destinations)
	}
	got, ok := m.Copy(func(p string) []string { return []string{p, p + "b"} })
	if !ok || len(got.Ports) != 2 || !got.Ports[0].RX || got.Ports[0].TX || len(got.ToPorts) != 0 || len(got.ToBundles) != 2 || !slices.Equal(got.ToBundles[1], []string{"9", "9b"}) {
		t.Errorf("%v %+v", ok, got)
	}
	if got, ok := m.Copy(func(p string) []string { return []string{p} }); !ok || !slices.Equal(got.ToPorts, []string{"8", "9"}) {
		t.Errorf("%v %+v", ok, got)
	}
	m.RemoveDestinations([]string{"8", "9"})
	if _, ok := m.Copy(func(p string) []string { return []string{p} }); ok {
		t.Error("a session without a destination copies")
	}
}
