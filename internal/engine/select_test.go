package engine_test

import (
	"slices"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// selected lists the names of sessions that are as asked, in pages of two.
func (b *bench) selected(s mirror.Selection, phase mirror.Phase) (names []string) {
	b.t.Helper()
	for after, pages := "", 0; pages < 100; pages++ {
		views, next, err := b.SelectSessions(b.t.Context(), s, phase, mirror.Page{After: after, Limit: 2})
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
		b.put(s)
	}
	odd := []mirror.Requirement{{Label: "odd", Values: []string{"yes"}}}
	for _, c := range []struct {
		selection mirror.Selection
		phase     mirror.Phase
		want      []string
	}{
		{mirror.Selection{}, "", []string{"a", "b", "c", "d", "e"}},
		{mirror.Selection{}, mirror.Active, []string{"a", "c", "d", "e"}},
		{mirror.Selection{}, mirror.Failed, nil},
		{mirror.Selection{Labels: odd}, "", []string{"b", "d"}},
		{mirror.Selection{Labels: odd}, mirror.Active, []string{"d"}},
		{mirror.Selection{Device: "sw1", Labels: odd}, mirror.Suspended, []string{"b"}},
		{mirror.Selection{Device: "sw2"}, "", nil},
	} {
		testkit.Eventually(t, patience, "they are selected", func() bool { return slices.Equal(b.selected(c.selection, c.phase), c.want) })
	}
	b.remove("d")
	testkit.Eventually(t, patience, "what is gone is in no list", func() bool {
		return !slices.Contains(b.selected(mirror.Selection{}, mirror.Active), "d")
	})
	// What was before a restart says nothing of now.
	b.stop()
	speak := b.switches["sw1"].quiet()
	b.start()
	testkit.Eventually(t, patience, "nobody knows", func() bool {
		return slices.Equal(b.selected(mirror.Selection{}, mirror.Uncertain), []string{"a", "c", "e"})
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
