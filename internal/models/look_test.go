package models

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A setting is a device as it was read, or is by now.
func setting(change func(*mirror.Observation)) mirror.Observation {
	o := mirror.Observation{
		At:      time.Unix(1, 0),
		Natives: []mirror.NativeSession{{ID: "1", Mark: "nm-a", Text: "one"}, {ID: "2", Text: "theirs"}},
		Ports: []mirror.Port{{Name: "p1", Stanza: "up"}, {Name: "p2", Stanza: "up"},
			{Name: "p2.0", Parent: "p2", Lists: []string{"nm-list"}}},
		VLANs:    []mirror.VLAN{{ID: 999, Name: "nm-a"}},
		Footings: []mirror.Footing{{Kind: mirror.FootingOrigin, Name: "192.0.2.1"}, {Kind: mirror.FootingFilter, Name: "nm-list", Rules: []mirror.Entry{{Permit: true}}}},
		Handles:  map[string]string{"binding p2.0": "x"},
	}
	if change != nil {
		change(&o)
	}
	return o
}

func sessionChange(verb, id string) mirror.Change {
	n := &mirror.NativeSession{ID: id, Mark: "nm-a"}
	switch verb {
	case "create":
		return mirror.Change{Mark: "nm-a", After: n}
	case "delete":
		return mirror.Change{Mark: "nm-a", Before: n}
	}
	return mirror.Change{Mark: "nm-a", Before: n, After: n}
}

func footingChange(f mirror.Footing) mirror.Change {
	return mirror.Change{Mark: "nm-f", After: &mirror.NativeSession{ID: f.ID(), Spec: f.Spec()}}
}

func TestWhatAChangeRestsOn(t *testing.T) {
	port := footingChange(mirror.Footing{Kind: mirror.FootingPort, Port: "p1", Setup: &mirror.PortSetup{Up: true}})
	vlan := footingChange(mirror.Footing{Kind: mirror.FootingVLAN, VLAN: 999, Trunks: []mirror.PortName{"p2"}})
	list := footingChange(mirror.Footing{Kind: mirror.FootingFilter, Name: "nm-list", Ports: []mirror.PortName{"p2"}})
	origin := footingChange(mirror.Footing{Kind: mirror.FootingOrigin, Name: "192.0.2.2"})
	gone := mirror.Change{Mark: "nm-f", Before: port.After}
	second := func(o *mirror.Observation) *mirror.NativeSession { return &o.Natives[1] }
	for name, test := range map[string]struct {
		change mirror.Change
		now    func(*mirror.Observation)
		want   string // "" = nothing
	}{
		"a session as it was":         {sessionChange("change", "1"), nil, ""},
		"another session changed":     {sessionChange("change", "1"), func(o *mirror.Observation) { second(o).Text = "more" }, ""},
		"it changed":                  {sessionChange("delete", "1"), func(o *mirror.Observation) { o.Natives[0].Text = "two" }, "session 1 is not as it was read"},
		"it bears another's mark":     {sessionChange("delete", "1"), func(o *mirror.Observation) { o.Natives[0].Mark = "nm-b" }, "session 1 is not as it was read"},
		"it went":                     {sessionChange("change", "1"), func(o *mirror.Observation) { o.Natives = o.Natives[1:] }, "session 1 is gone"},
		"its number was free, and is": {sessionChange("create", "3"), nil, ""},
		"its number was free":         {sessionChange("create", "3"), func(o *mirror.Observation) { second(o).ID = "3" }, "session 3 was made by another hand"},
		"its number never was":        {sessionChange("create", "2"), nil, "session 2 exists"},
		"a port as it was":            {port, func(o *mirror.Observation) { o.Ports[1].Stanza = "down" }, ""},
		"it was changed":              {port, func(o *mirror.Observation) { o.Ports[0].Stanza = "down" }, "port-p1 is not as it was read"},
		"it went, and was changed":    {gone, func(o *mirror.Observation) { o.Ports[0].Stanza = "down" }, "port-p1 is not as it was read"},
		"a session stands on it":      {gone, func(o *mirror.Observation) { second(o).Spec.Destinations = []mirror.PortName{"p1"} }, "session 2 stands on port-p1 by now"},
		"a VLAN as it was":            {vlan, func(o *mirror.Observation) { o.Ports[0].Stanza = "down" }, ""},
		"it has another name":         {vlan, func(o *mirror.Observation) { o.VLANs[0].Name = "theirs" }, "vlan-999 is not as it was read"},
		"its trunk was changed":       {vlan, func(o *mirror.Observation) { o.Ports[1].Stanza = "down" }, "vlan-999 is not as it was read"},
		"a list as it was":            {list, func(o *mirror.Observation) { o.Footings[0].Name = "192.0.2.2" }, ""},
		"it holds more":               {list, func(o *mirror.Observation) { o.Footings[1].Rules = nil }, "filter-nm-list is not as it was read"},
		"another stands at its port":  {list, func(o *mirror.Observation) { o.Ports[2].Lists = []string{"theirs"} }, "filter-nm-list is not as it was read"},
		"it is bound in another way":  {list, func(o *mirror.Observation) { o.Handles = map[string]string{"binding p2.0": "y"} }, "filter-nm-list is not as it was read"},
		"the origin as it was":        {origin, func(o *mirror.Observation) { o.Footings[1].Rules = nil }, ""},
		"it is another":               {origin, func(o *mirror.Observation) { o.Footings[0].Name = "192.0.2.3" }, "origin-192.0.2.2 is not as it was read"},
	} {
		if got := changed(mirror.Known{Observation: setting(nil)}, setting(test.now), test.change); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Behind a new connection nothing is known but what the change itself says.
func TestWhatAChangeRestsOnWhereNothingWasRead(t *testing.T) {
	for name, test := range map[string]struct {
		change mirror.Change
		want   string
	}{
		"ours":                  {sessionChange("change", "1"), ""},
		"it went":               {sessionChange("delete", "3"), "session 3 is gone"},
		"the number is free":    {sessionChange("create", "3"), ""},
		"the number was taken":  {sessionChange("create", "2"), "session 2 was made by another hand"},
		"another's of the name": {mirror.Change{Before: &mirror.NativeSession{ID: "1", Mark: "nm-b"}}, "session 1 is not as it was read"},
		"no room for a mark":    {mirror.Change{Before: &mirror.NativeSession{ID: "2", Mark: "nm-b"}}, ""},
	} {
		if got := changed(mirror.Known{}, setting(nil), test.change); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A block that rests on what is another by now is not sent; the others are, and what
// stands on the first is not.
func TestAStaleBlockIsNotSent(t *testing.T) {
	w := &fakeWire{}
	c := open(t, w, 0)
	p := payload(t, c, "a", "b")
	if _, err := c.Observe(t.Context(), mirror.Look{}); err != nil {
		t.Fatal(err)
	}
	w.config = sessionsOf("b")
	aged(c)
	report, err := c.Push(t.Context(), "tx", p)
	if err != nil || !errors.Is(report.Blocks[0].Err, mirror.ErrChanged) || report.Blocks[1].Err != nil {
		t.Errorf("%+v %v", report, err)
	}
	if len(w.pushes) != 1 || !slices.Equal(w.pushes[0], []string{"delete /b"}) {
		t.Errorf("pushed %q", w.pushes)
	}
	w.unread = mirror.ErrUnreachable
	if report, err = c.Push(t.Context(), "tx", p); !errors.Is(err, mirror.ErrNotSent) || !errors.Is(err, mirror.ErrUnreachable) || report.Blocks != nil || len(w.pushes) != 1 {
		t.Errorf("pushed without a look: %+v %v", report, err)
	}
}

// An undisturbed device is asked for what it is asked for anyway, and for ports where a
// footing changes one.
func TestALookBeforeAPushIsNarrow(t *testing.T) {
	w := &fakeWire{}
	c := open(t, w, 0)
	p := payload(t, c, "a")
	if _, err := c.Observe(t.Context(), mirror.Look{}); err != nil {
		t.Fatal(err)
	}
	w.reads = nil
	aged(c)
	if report, err := c.Push(t.Context(), "tx", p); err != nil || report.Blocks[0].Err != nil {
		t.Fatal(report, err)
	}
	f := mirror.Footing{Kind: mirror.FootingPort, Port: "p1"}
	p.Blocks[0].Change = mirror.Change{Mark: "nm-f", Before: &mirror.NativeSession{ID: "a", Spec: f.Spec()}}
	if _, err := c.Observe(t.Context(), mirror.Look{}); err != nil {
		t.Fatal(err)
	}
	aged(c)
	if _, err := c.Push(t.Context(), "tx", p); err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 2}; !slices.Equal(w.reads, want) {
		t.Errorf("reads of %v subtrees, want %v", w.reads, want)
	}
}

// aged is a connection whose last read was too long ago to push on.
func aged(c *Conn) {
	c.seen = c.seen.Add(-stillFresh)
	c.last.Read = c.last.Read.Add(-stillFresh)
}

// A block is pushed on a read of right before; on one before that, after another push or
// over a connection that has read nothing there is a look in between.
func TestALookBehindAReadOfRightBefore(t *testing.T) {
	session, port := mirror.Change{}, mirror.Footing{Kind: mirror.FootingPort, Port: "p1"}
	footing := mirror.Change{Mark: "nm-f", Before: &mirror.NativeSession{ID: "a", Spec: port.Spec()}}
	observe := func(t *testing.T, c *Conn) {
		if _, err := c.Observe(t.Context(), mirror.Look{Known: c.last}); err != nil {
			t.Fatal(err)
		}
	}
	oldest := func(c *Conn) { c.last.Read = c.last.Read.Add(-stillFresh) }
	for name, test := range map[string]struct {
		change mirror.Change
		before func(*testing.T, *Conn)
		looks  bool
	}{
		"it was read right before":               {session, observe, false},
		"and a footing with it":                  {footing, observe, false},
		"nothing was read":                       {session, func(*testing.T, *Conn) {}, true},
		"it was read before":                     {session, func(t *testing.T, c *Conn) { observe(t, c); aged(c) }, true},
		"sessions alone were":                    {session, func(t *testing.T, c *Conn) { observe(t, c); oldest(c); observe(t, c) }, false},
		"sessions alone were, and not a footing": {footing, func(t *testing.T, c *Conn) { observe(t, c); oldest(c); observe(t, c) }, true},
		"it was pushed since": {session, func(t *testing.T, c *Conn) {
			observe(t, c)
			if _, err := c.Push(t.Context(), "tx", payload(t, c, "a")); err != nil {
				t.Fatal(err)
			}
		}, true},
		"it has a number, which an edit writes over": {session, func(t *testing.T, c *Conn) {
			observe(t, c)
			numbered := *c.d
			numbered.p.Can = func(mirror.Facts) mirror.Capabilities { return mirror.Capabilities{Naming: mirror.Numbered} }
			c.d = &numbered
		}, true},
		"a push was taken back since": {session, func(t *testing.T, c *Conn) {
			observe(t, c)
			if err := c.Abort(t.Context(), "tx"); err != nil {
				t.Fatal(err)
			}
		}, true},
	} {
		w := &fakeWire{}
		c := open(t, w, 0)
		p := payload(t, c, "a")
		if test.change.Before != nil {
			p.Blocks[0].Change = test.change
		}
		test.before(t, c)
		w.reads, w.pushes = nil, nil
		report, err := c.Push(t.Context(), "tx", p)
		if err != nil || report.Blocks[0].Err != nil || len(w.pushes) != 1 {
			t.Errorf("%s: %+v %v", name, report, err)
		}
		if looked := len(w.reads) > 0; looked != test.looks {
			t.Errorf("%s: a look before the push: %v", name, looked)
		}
	}
}

// Once a part was sent, what the rest stands on is looked at again.
func TestALookBeforeTheRestOfAPush(t *testing.T) {
	w := &fakeWire{refuse: map[string]bool{"delete /a": true}}
	c := open(t, w, 0)
	p := payload(t, c, "a", "b")
	if _, err := c.Observe(t.Context(), mirror.Look{}); err != nil {
		t.Fatal(err)
	}
	w.reads = nil
	if report, err := c.Push(t.Context(), "tx", p); err != nil || report.Blocks[1].Err != nil {
		t.Errorf("%+v %v", report, err)
	}
	if len(w.pushes) != 2 || len(w.reads) != 1 {
		t.Errorf("%d pushes, %d looks", len(w.pushes), len(w.reads))
	}
}

// A refusal of the whole is not tried block by block.
func TestABusyDeviceIsAskedOnce(t *testing.T) {
	w := &fakeWire{busy: true}
	c := open(t, w, 0)
	report, err := c.Push(t.Context(), "tx", payload(t, c, "a", "b"))
	if err != nil || len(w.pushes) != 1 {
		t.Fatalf("%d pushes, %v", len(w.pushes), err)
	}
	for _, b := range report.Blocks {
		if !errors.Is(b.Err, mirror.ErrBusy) || !strings.Contains(b.Err.Error(), "locked") {
			t.Errorf("%+v", b)
		}
	}
}
