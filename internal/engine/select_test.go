package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// selected lists the names of sessions that are as asked, in pages of two.
func (b *bench) selected(s mirror.Selection, pick engine.SessionPick) (names []string) {
	b.t.Helper()
	for after, pages := "", 0; pages < 100; pages++ {
		views, next, err := b.SelectSessions(b.t.Context(), s, pick, mirror.Page{After: after, Limit: 2})
		if err != nil {
			b.t.Fatal(err)
		}
		for _, v := range views {
			names = append(names, v.Record.Session.Name)
		}
		if after = next; next == "" {
			return names
		}
	}
	b.t.Fatal("the list does not end")
	return nil
}

// Sessions are found by phase, which is that of now, beside what the store knows of them.
func TestSessionsAreSelectedByWhatBecameOfThem(t *testing.T) {
	b := newBench(t, nil, one())
	for i, name := range []string{"a", "b", "c", "d", "e"} {
		s := intent(name, "sw1:d1", "sw1:p1")
		s.Enabled = i != 1
		s.Labels = map[string]string{"odd": map[bool]string{true: "yes", false: "no"}[i%2 == 1]}
		if i == 1 || i == 2 {
			s.Purpose = &mirror.Purpose{Reason: "jitter", Ticket: "INC-4711"}
		}
		if i == 3 {
			s.Description = "Phones on the Third Floor"
		}
		b.put(s)
	}
	odd := []mirror.Requirement{{Label: "odd", Values: []string{"yes"}}}
	for _, c := range []struct {
		selection mirror.Selection
		pick      engine.SessionPick
		want      []string
	}{
		{mirror.Selection{}, engine.SessionPick{}, []string{"a", "b", "c", "d", "e"}},
		{mirror.Selection{}, engine.SessionPick{Phase: mirror.Active}, []string{"a", "c", "d", "e"}},
		{mirror.Selection{}, engine.SessionPick{Phase: mirror.Failed}, nil},
		{mirror.Selection{Labels: odd}, engine.SessionPick{}, []string{"b", "d"}},
		{mirror.Selection{Labels: odd}, engine.SessionPick{Phase: mirror.Active}, []string{"d"}},
		{mirror.Selection{Device: "sw1", Labels: odd}, engine.SessionPick{Phase: mirror.Suspended}, []string{"b"}},
		{mirror.Selection{Device: "sw2"}, engine.SessionPick{}, nil},
		{mirror.Selection{}, engine.SessionPick{Text: "inc-47"}, []string{"b", "c"}},
		{mirror.Selection{}, engine.SessionPick{Text: "INC-47", Phase: mirror.Active}, []string{"c"}},
		{mirror.Selection{Labels: odd}, engine.SessionPick{Text: "inc-47"}, []string{"b"}},
		{mirror.Selection{}, engine.SessionPick{Text: "third floor"}, []string{"d"}},
		{mirror.Selection{}, engine.SessionPick{Text: "SW1 P1"}, []string{"a", "b", "c", "d", "e"}},
		{mirror.Selection{}, engine.SessionPick{Text: "tester"}, []string{"a", "b", "c", "d", "e"}},
		{mirror.Selection{}, engine.SessionPick{Text: "inc%"}, nil},
	} {
		testkit.Eventually(t, patience, "they are selected", func() bool { return slices.Equal(b.selected(c.selection, c.pick), c.want) })
	}
	b.remove("d")
	testkit.Eventually(t, patience, "what is gone is in no list", func() bool {
		return !slices.Contains(b.selected(mirror.Selection{}, engine.SessionPick{Phase: mirror.Active}), "d")
	})
	// What was before a restart says nothing of now.
	b.stop()
	speak := b.switches["sw1"].quiet()
	b.start()
	testkit.Eventually(t, patience, "nobody knows", func() bool {
		return slices.Equal(b.selected(mirror.Selection{}, engine.SessionPick{Phase: mirror.Uncertain}), []string{"a", "c", "e"})
	})
	speak()
}

// Whoever makes and changes a resource is remembered with it; who writes the same again
// has changed nothing.
func TestAuthorsAreRemembered(t *testing.T) {
	b := newBench(t, nil, one())
	as := func(name string) engine.Write {
		return engine.Write{Actor: engine.Actor{Name: name, Access: mirror.Admin}}
	}
	authors := func(a mirror.Authorship) string {
		if a.Created.IsZero() || a.Updated.Before(a.Created) {
			t.Errorf("times: %+v", a)
		}
		return a.CreatedBy + " " + a.UpdatedBy
	}
	tool := func(actor, owner string) string {
		v, _, err := b.PutTool(t.Context(), as(actor), mirror.Tool{Name: "ids", IP: "192.0.2.9", Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		return authors(v.Author)
	}
	filter := func(actor, action string) string {
		v, _, err := b.PutFilter(t.Context(), as(actor), mirror.Filter{Name: "web", Rules: []mirror.FilterRule{{Action: mirror.FilterPermit, Protocol: action}}})
		if err != nil {
			t.Fatal(err)
		}
		return authors(v.Author)
	}
	session := func(actor, description string) string {
		s := intent("s", "sw1:d1", "sw1:p1")
		s.Description = description
		res, err := b.Submit(t.Context(), as(actor), s)
		if err != nil {
			t.Fatal(err)
		}
		r := res.View.Record
		return authors(mirror.Authorship{Created: r.Created, CreatedBy: r.CreatedBy, Updated: r.Updated, UpdatedBy: r.UpdatedBy})
	}
	for what, put := range map[string]func(actor, content string) string{"tool": tool, "filter": filter, "session": session} {
		for _, step := range []struct{ actor, content, want string }{
			{"ann", "tcp", "ann ann"}, {"bob", "udp", "ann bob"}, {"eve", "udp", "ann bob"},
		} {
			if got := put(step.actor, step.content); got != step.want {
				t.Errorf("%s written by %s: %q, want %q", what, step.actor, got, step.want)
			}
		}
	}
	if err := b.DeleteTool(t.Context(), as("ann"), "ids"); err != nil {
		t.Fatal(err)
	}
	if got := tool("eve", "x"); got != "eve eve" {
		t.Errorf("made anew: %s", got)
	}
	d, err := b.Device(t.Context(), "sw1")
	if err != nil {
		t.Fatal(err)
	}
	by := d.Author.CreatedBy
	d.Device.Labels = map[string]string{"floor": "3"}
	v, _, err := b.PutDevice(t.Context(), as("bob"), d.Device)
	if err != nil || by == "" || authors(v.Author) != by+" bob" {
		t.Errorf("device: %+v after %q, %v", v.Author, by, err)
	}
}

// TestAListShowsWhatEachShows: what is read at once for a page is what each session shows
// by itself; of devices that are read, of one that is not read yet, and of sessions that are
// off or were never made.
func TestAListShowsWhatEachShows(t *testing.T) {
	switches := map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "p3", "d1", "d2"), "sw2": newSwitch("p1", "p2", "p3", "d1", "d2")}
	b := newBench(t, nil, switches)
	for name, dest := range map[string]string{"a": "sw1:d1", "b": "sw1:d2", "c": "sw2:d1", "d": "sw2:d2"} {
		device, _, _ := strings.Cut(dest, ":")
		s := intent(name, dest, device+":p1 rx")
		s.Labels = map[string]string{"even": fmt.Sprint(name == "b" || name == "d")}
		b.put(s)
		b.reach(name, mirror.Active)
	}
	off := intent("d", "sw2:d2", "sw2:p1 rx")
	off.Enabled, off.Labels = false, map[string]string{"even": "true"}
	b.put(off)
	b.reach("d", mirror.Suspended)
	same := func(what string) {
		t.Helper()
		for how, sel := range map[string]mirror.Selection{"all": {}, "by label": {Labels: []mirror.Requirement{{Label: "even", Values: []string{"true"}}}}, "of a device": {Device: "sw2"}} {
			list, _, err := b.SelectSessions(t.Context(), sel, engine.SessionPick{}, mirror.Page{Limit: 10})
			if err != nil || len(list) < 2 {
				t.Fatalf("%s, %s: %d sessions, %v", what, how, len(list), err)
			}
			for _, v := range list {
				want, err := b.Session(t.Context(), v.Record.Session.Name)
				if diff := cmp.Diff(want, v); err != nil || diff != "" {
					t.Errorf("%s, %s: (-alone +listed) %v\n%s", what, how, err, diff)
				}
			}
		}
	}
	same("read")
	b.stop()
	speak := switches["sw2"].quiet()
	tried := switches["sw2"].tried()
	b.start()
	testkit.Eventually(t, patience, "one device is waited for", func() bool { return switches["sw2"].tried() > tried })
	b.reach("a", mirror.Active)
	b.settle("sw1")
	b.reach("c", mirror.Uncertain)
	same("one device is not read yet")
	speak()
	b.reach("c", mirror.Active)
}

// Native sessions of others are found among many devices, also those that were not there a
// moment ago.
func TestForeignSessionsAreFoundWhereTheyAre(t *testing.T) {
	b := newBench(t, nil, map[string]*fakeSwitch{"sw1": newSwitch("p1", "d1"), "sw2": newSwitch("p1", "d1"), "sw3": newSwitch("p1", "d1")})
	found := func(owner string) (out []string) {
		list, err := b.Observed(t.Context(), engine.ObservedQuery{Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			out = append(out, o.Device+" "+o.Native.ID+" "+o.Owner)
		}
		return out
	}
	if got := found("foreign"); len(got) != 0 {
		t.Errorf("found %v where nothing is", got)
	}
	b.switches["sw2"].foreignSession("hand", "p1", "d1")
	b.settle("sw2")
	for _, owner := range []string{"foreign", ""} {
		if got := found(owner); !slices.Equal(got, []string{"sw2 hand foreign"}) {
			t.Errorf("owner %q: found %v", owner, got)
		}
	}
	if got := found("netmirror"); len(got) != 0 {
		t.Errorf("found %v of ours", got)
	}
	for _, sw := range []string{"sw1", "sw3"} {
		b.switches[sw].foreignSession("hand", "p1", "d1")
		b.settle(sw)
	}
	for _, owner := range []string{"foreign", ""} {
		list, err := b.Observed(t.Context(), engine.ObservedQuery{Owner: owner, From: "sw2", Most: 1})
		if err != nil || len(list) != 2 || list[0].Device != "sw2" || list[1].Device != "sw3" {
			t.Errorf("owner %q: from sw2 on there are %+v, %v", owner, list, err)
		}
		if list, err = b.Observed(t.Context(), engine.ObservedQuery{Owner: owner, Most: 2}); err != nil || len(list) != 2 {
			t.Errorf("owner %q: the first two are %+v, %v", owner, list, err)
		}
	}
}

// TestWhoCopiesAPort: whoever copies all ports, or a VLAN, may copy this one, too.
func TestWhoCopiesAPort(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	sw.foreignSession("port", "p1", "d1")
	for id, of := range map[string]mirror.NativeSource{"vlan": {VLAN: 7, Direction: mirror.RX}, "all": {All: true, Direction: mirror.Both}} {
		sw.foreignSession(id, "p3", "d2")
		sw.edit(func() {
			n := sw.natives[id]
			n.Spec.Sources = []mirror.NativeSource{of}
			sw.natives[id] = n
		})
	}
	b.settle("sw1")
	for written, want := range map[string][]string{"p1": {"all", "port", "vlan"}, "P1": {"all", "port", "vlan"}, "p2": {"all", "vlan"}, "vlan 7": {"all", "vlan"}, "VLAN 8": {"all"}} {
		var got []string
		for _, o := range must(b.Observed(t.Context(), engine.ObservedQuery{Device: "sw1", Copies: written, Owner: "foreign"})) {
			got = append(got, o.Native.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s is copied by %v, want %v", written, got, want)
		}
	}
}

// Devices are found by what is known of them, beside their labels.
func TestDevicesAreSelectedByWhatIsKnownOfThem(t *testing.T) {
	b := newBench(t, nil, one())
	site := []mirror.Requirement{{Label: "site", Values: []string{"hq"}}}
	for _, c := range []struct {
		selection mirror.Selection
		pick      engine.DevicePick
		want      bool
	}{
		{mirror.Selection{}, engine.DevicePick{Reachable: mirror.True}, true},
		{mirror.Selection{}, engine.DevicePick{Reachable: mirror.False}, false},
		{mirror.Selection{}, engine.DevicePick{Text: "SW1"}, true},
		{mirror.Selection{}, engine.DevicePick{Text: "sw2"}, false},
		{mirror.Selection{}, engine.DevicePick{Platform: "nothing"}, false},
		{mirror.Selection{}, engine.DevicePick{Foreign: true}, false},
		{mirror.Selection{Labels: site}, engine.DevicePick{Reachable: mirror.True}, false},
	} {
		testkit.Eventually(t, patience, "it is selected or not", func() bool {
			list, next, err := b.SelectDevices(t.Context(), c.selection, c.pick, mirror.Page{Limit: 10})
			return err == nil && next == "" && (len(list) == 1) == c.want
		})
	}
}
