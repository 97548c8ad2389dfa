package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

func TestATunnelIsProposed(t *testing.T) {
	addressed := func(c campus, at, address string) {
		p := c.port(at)
		p.Uses = append(p.Uses, mirror.PortUse{Kind: "addressed", Detail: "address " + address})
	}
	sends := func(device string, id int) mirror.Fragment {
		return mirror.Fragment{Session: "o", Device: device, Spec: mirror.NativeSpec{Role: mirror.RoleERSPANSource,
			Options: mirror.Options{ERSPAN: &mirror.ERSPAN{ID: id}, Collector: "192.0.2.9"}}}
	}
	for name, c := range map[string]struct {
		change func(campus, *plan.Quest)
		want   string // the last of what is said
	}{
		"the lowest id that nobody sends there": {func(_ campus, q *plan.Quest) {
			q.Site.Tunnels = []mirror.Fragment{sends("other", 1), sends("other", 2), sends("other", 4)}
		}, "erspan 3 from [] to nta"},
		"the first that the platform takes": {func(c campus, _ *plan.Quest) {
			c.device("acc1").Capabilities.Ranges.ERSPANID = mirror.Values{Only: []int{64, 128}}
		}, "erspan 64 from [] to nta"},
		"from a loopback where one must be told": {func(c campus, _ *plan.Quest) {
			c.device("acc1").Capabilities.NeedsOrigin = true
			addressed(c, "acc1:et1", "192.0.2.77/31")
			addressed(c, "acc1:lo9", "192.0.2.99")
		}, "erspan 1 from 192.0.2.99[] to nta"},
		"from the address that the device sends from": {func(c campus, _ *plan.Quest) {
			i := c.device("acc1")
			i.Capabilities.NeedsOrigin, i.Capabilities.DeviceOrigin = true, true
			i.Observation.Footings = []mirror.Footing{{Kind: mirror.FootingOrigin, Name: "192.0.2.50"}}
			addressed(c, "acc1:lo9", "192.0.2.99")
		}, "erspan 1 from 192.0.2.50[] to nta"},
		"no address is known": {func(c campus, _ *plan.Quest) { c.device("acc1").Capabilities.NeedsOrigin = true },
			"no erspan: /erspan/origin missing"},
		"what is asked for stays": {func(c campus, q *plan.Quest) {
			c.device("acc1").Capabilities.NeedsOrigin = true
			q.Session.ERSPAN = &mirror.ERSPAN{ID: 9, Origin: "192.0.2.60"}
		}, "erspan 9 from 192.0.2.60[] to nta"},
		"an id that is asked for is in use": {func(_ campus, q *plan.Quest) {
			q.Session.ERSPAN = &mirror.ERSPAN{ID: 9}
			q.Site.Tunnels = []mirror.Fragment{sends("other", 9)}
		}, "no erspan: /erspan/id erspan-id-in-use"},
		"one address for each of several": {func(c campus, q *plan.Quest) {
			q.Session.Sources = append(q.Session.Sources, mirror.Source{Device: "acc2", Interface: "p2", Direction: mirror.RX})
			for i, d := range []string{"acc1", "acc2"} {
				c.device(d).Capabilities.NeedsOrigin = true
				addressed(c, d+":lo0", []string{"192.0.2.1", "192.0.2.2"}[i])
			}
		}, "erspan 1 from [{acc1 192.0.2.1} {acc2 192.0.2.2}] to nta"},
		"the platform cannot": {func(c campus, _ *plan.Quest) {
			delete(c.device("acc1").Capabilities.Roles, mirror.RoleERSPANSource)
		}, "no erspan: /kind unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			net := newCampus()
			net.device("acc1")
			q, try := plan.Quest{Session: far(to(mirror.Destination{Tool: "nta"}))}, &campusTry{}
			c.change(net, &q)
			net.survey(&q, try)
			got := said(plan.Propose(q, try.try))
			if i := 0; !strings.HasPrefix(c.want, "erspan") {
				i = len(got) - 1
				got = got[i:]
			}
			if got[0] != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestAWayForSeveralIsATree(t *testing.T) {
	ring := []string{"acc1:t1=core:t1", "acc2:t1=core:t2", "acc3:t1=core:t3", "acc1:t9=acc3:t9", "acc2:t9=acc4:t9"}
	for name, c := range map[string]struct {
		from []string
		to   []mirror.Destination
		want string
	}{
		"from several": {[]string{"acc1", "acc3"}, []mirror.Destination{{Device: "acc2", Interface: "d1"}},
			"rspan 3967 acc1:t1 acc3:t1 core:t1,t3,t2 acc2:t1"},
		"to several": {[]string{"acc1"}, []mirror.Destination{{Device: "acc2", Interface: "d1"}, {Device: "acc4", Interface: "d1"}},
			"rspan 3967 acc1:t1 acc4:t9 core:t1,t2 acc2:t1,t9"},
		"to one here and one there": {[]string{"acc1"}, []mirror.Destination{{Device: "acc1", Interface: "d1"}, {Device: "acc2", Interface: "d1"}},
			"rspan 3967 acc1:t1 core:t1,t2 acc2:t1"},
	} {
		t.Run(name, func(t *testing.T) {
			net := newCampus(ring...)
			s := far()
			s.Sources, s.Destinations = nil, c.to
			for _, d := range c.from {
				s.Sources = append(s.Sources, mirror.Source{Device: d, Interface: "p1", Direction: mirror.Both})
			}
			q, try := plan.Quest{Session: s}, &campusTry{}
			net.survey(&q, try)
			got := said(plan.Propose(q, try.try))
			if diff := cmp.Diff(c.want, got[0]); diff != "" {
				t.Errorf("%s\n%q", diff, got)
			}
		})
	}
}
