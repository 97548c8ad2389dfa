package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func fakeDevice(name, platform string) mirror.Device {
	return mirror.Device{Name: name, Platform: platform, Transports: mirror.Transports{Config: mirror.Transport{Protocol: "fake", Address: "127.0.0.1"}}}
}

// planned makes a plan that must be possible.
func (b *bench) planned(m mirror.Manifest) engine.PlanRecord {
	b.t.Helper()
	p, err := b.MakePlan(b.t.Context(), admin, m)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// actions are what becomes of each object, as "created session a".
func actions(p []engine.PlanObject) (out []string) {
	for _, o := range p {
		out = append(out, o.Action+" "+o.Kind+" "+o.Name)
	}
	return out
}

// stepsOf are the changes of a plan in their order, as "1 sw1 create nm-...: a,b".
func stepsOf(p engine.PlanRecord) (out []string) {
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			out = append(out, fmt.Sprintf("%d %s %s for %s", s.Stage, s.Device, strings.SplitN(c.Summary, ":", 2)[0], strings.Join(c.Sessions, ",")))
		}
	}
	return out
}

func TestAManifestIsPlannedAsAWhole(t *testing.T) {
	switches := map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "d1"), "new": newSwitch()}
	switches["new"].later = true
	switches["sw1"].numbered = true
	b := newBench(t, nil, switches)
	b.submit("old", "sw1:d1", "sw1:p1 rx")
	ev := len(must(b.Events(t.Context(), 0, 0)))

	s := intent("a", "", "sw1:p2 both")
	s.Destinations = []mirror.Destination{{Tool: "ids"}}
	n := intent("b", "new:x9", "new:x1 rx")
	p := b.planned(mirror.Manifest{
		Devices:  []mirror.Device{fakeDevice("new", "numbered")},
		Tools:    []mirror.Tool{{Name: "ids", Device: "sw1", Interface: "d1"}},
		Sessions: []mirror.Session{s, n, intent("old", "sw1:d1", "sw1:p1 rx")},
	})
	want := []string{"created device new", "created tool ids", "created session a", "created session b", "unchanged session old"}
	if got := actions(p.Objects); !slices.Equal(got, want) {
		t.Errorf("objects %q, want %q", got, want)
	}
	wantSteps := []string{"1 new create native session 66 for b", "1 sw1 change native session 66 for a"}
	if got := stepsOf(p); !slices.Equal(got, wantSteps) {
		t.Errorf("steps %q, want %q", got, wantSteps)
	}
	if !p.Steps[0].NotRead || p.Steps[1].NotRead {
		t.Errorf("not read: %v of new, %v of sw1", p.Steps[0].NotRead, p.Steps[1].NotRead)
	}
	if got := p.Steps[1].Changes[0].Interrupts; got != "maybe" {
		t.Errorf("a change of what copies interrupts: %s", got)
	}
	if switches["new"].tried() != 0 {
		t.Error("a device that is not stored was dialled")
	}
	told := must(b.Events(t.Context(), int64(ev), 0))
	if len(told) != 1 || told[0].Type != "PlanMade" || told[0].Object.Name != p.ID || switches["sw1"].sources("d1") != "p1 rx" {
		t.Errorf("events %+v, and the switch copies %s", told, switches["sw1"].sources("d1"))
	}
	if _, err := b.Session(t.Context(), "a"); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("a session of a plan is stored: %v", err)
	}
	again, err := b.PlanOf(t.Context(), p.ID)
	if err != nil || again.Digest != p.Digest || !slices.Equal(stepsOf(again), stepsOf(p)) {
		t.Errorf("stored %+v, %v", again, err)
	}
	heads := b.planPage("", 0)
	if len(heads) != 1 || heads[0].ID != p.ID || heads[0].Counts["created"] != 4 {
		t.Errorf("list %+v", heads)
	}
}

// A plan tells each entry as it is stored and as it will be.
func TestAPlanTellsTheEntries(t *testing.T) {
	b := newBench(t, nil, one())
	b.submit("old", "sw1:d1", "sw1:p1 rx")
	b.submit("gone", "sw1:d2", "sw1:p1 rx")
	p := b.planned(mirror.Manifest{Tools: []mirror.Tool{{Name: "ids", Device: "sw1", Interface: "d2"}},
		Sessions: []mirror.Session{intent("old", "sw1:d1", "sw1:p1 tx"), intent("new", "sw1:d1", "sw1:p2 rx")}, Delete: mirror.Deletion{Sessions: []string{"gone"}}})
	var got []string
	for _, o := range p.Objects {
		sources := func(entry json.RawMessage) string {
			var s mirror.Session
			if entry == nil {
				return "-"
			}
			if err := json.Unmarshal(entry, &s); err != nil || s.Name != o.Name && o.Kind == mirror.ObjectSession {
				t.Errorf("%s: %s %v", o.Name, entry, err)
			}
			if len(s.Sources) == 0 {
				return "+"
			}
			return string(s.Sources[0].Direction)
		}
		got = append(got, fmt.Sprintf("%s %s: %s to %s", o.Action, o.Name, sources(o.Before), sources(o.After)))
	}
	want := []string{"created ids: - to +", "changed old: rx to tx", "created new: - to rx", "deleted gone: rx to -"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	p = must(b.ApplyPlan(t.Context(), admin, p.ID))
	for _, o := range p.Applied.Objects {
		if o.Before != nil || o.After != nil {
			t.Errorf("what was applied bears the entries of %s again", o.Name)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestEveryRefusalOfAManifestIsTold(t *testing.T) {
	b := newBench(t, nil, one())
	for _, c := range []struct {
		name string
		m    mirror.Manifest
		want []string
	}{
		{"nothing", mirror.Manifest{}, []string{" missing"}},
		{"not valid", mirror.Manifest{Devices: []mirror.Device{{Name: "x"}}, Sessions: []mirror.Session{intent("a", "sw1:d1")}},
			[]string{"/devices/0/platform bad-name", "/devices/0/transports/config/protocol bad-name", "/devices/0/transports/config/address bad-address", "/sessions/0/sources missing"}},
		{"twice", mirror.Manifest{Sessions: []mirror.Session{intent("a", "sw1:d1", "sw1:p1")}, Delete: mirror.Deletion{Sessions: []string{"a"}}},
			[]string{"/delete/sessions/0 duplicate-name"}},
		{"every object", mirror.Manifest{
			Tools: []mirror.Tool{{Name: "t", Device: "nowhere", Interface: "p1"}},
			Sessions: []mirror.Session{
				func() mirror.Session {
					s := intent("a", "", "sw1:p1")
					s.Destinations = []mirror.Destination{{Tool: "t"}}
					return s
				}(),
				intent("b", "sw1:d1", "sw1:p1", "sw1:p9"), intent("c", "sw1:d1", "gone:p1"), intent("d", "sw1:d1", "sw1:d1")},
			Delete: mirror.Deletion{Sessions: []string{"none"}, Devices: []string{"sw9"}},
		}, []string{"/tools/0/device unknown-device", "/sessions/0/destinations/0/tool refused-tool", "/sessions/1/sources/1 unknown-port",
			"/sessions/2/sources/0/device unknown-device", "/sessions/3/sources/0 source-is-destination", "/delete/sessions/0 not-found", "/delete/devices/0 not-found"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := b.MakePlan(t.Context(), admin, c.m)
			var refusal *mirror.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("no refusal: %v", err)
			}
			var got []string
			for _, r := range refusal.Reasons {
				got = append(got, r.Pointer+" "+r.Code)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("reasons\n%q, want\n%q: %v", got, c.want, err)
			}
		})
	}
	if got := b.planPage("", 0); len(got) != 0 {
		t.Errorf("a refused plan is stored: %+v", got)
	}
}

func TestAPlanIsInTheOrderOfExecution(t *testing.T) {
	switches := map[string]*fakeSwitch{"src": newSwitch("p1", "p2", "t1"), "dst": newSwitch("t1", "d1")}
	b := newBench(t, nil, switches)
	s := intent("remote", "dst:d1", "src:p1 rx")
	s.RSPAN = &mirror.RSPAN{VLAN: 999, Transit: []mirror.Transit{{Device: "src", Trunks: []string{"t1"}}, {Device: "dst", Trunks: []string{"t1"}}}}
	more := s
	more.Name, more.Sources = "more", []mirror.Source{{Device: "src", Interface: "p2", Direction: mirror.RX}}
	p := b.planned(mirror.Manifest{Sessions: []mirror.Session{s, more}})
	got := stepsOf(p)
	for i, line := range got {
		got[i] = strings.NewReplacer(mirrorMarks(p)...).Replace(line)
	}
	want := []string{
		"1 dst create remote VLAN 999 on trunks [t1] for more,remote", "1 dst create native session M for more,remote",
		"2 src create remote VLAN 999 on trunks [t1] for more,remote", "2 src create native session M for more,remote",
	}
	if !slices.Equal(got, want) {
		t.Errorf("steps\n%q, want\n%q", got, want)
	}
	b.put(s)
	b.put(more)
	p = b.planned(mirror.Manifest{Delete: mirror.Deletion{Sessions: []string{"remote", "more"}, Devices: []string{"dst", "src"}}})
	got = stepsOf(p)
	for i, line := range got {
		got[i] = strings.NewReplacer(mirrorMarks(p)...).Replace(line)
	}
	want = []string{
		"1 src delete native session M for more,remote", "1 src delete remote VLAN 999 on trunks [t1] for more,remote",
		"2 dst delete native session M for more,remote", "2 dst delete remote VLAN 999 on trunks [t1] for more,remote",
	}
	if !slices.Equal(got, want) {
		t.Errorf("steps of the removal\n%q, want\n%q", got, want)
	}
	if got, want := actions(p.Objects), []string{"deleted session remote", "deleted session more", "deleted device dst", "deleted device src"}; !slices.Equal(got, want) {
		t.Errorf("objects %q, want %q", got, want)
	}
}

// mirrorMarks replaces the marks of a plan by M.
func mirrorMarks(p engine.PlanRecord) (out []string) {
	for _, s := range p.Steps {
		for _, c := range s.Changes {
			out = append(out, c.Mark, "M")
		}
	}
	return append(out, "no mark", "")
}

// TestWhatADriverHasNoWordsForIsRefused: what only the writing of the text finds is a
// refusal of the sessions that want it, at their places in the manifest.
func TestWhatADriverHasNoWordsForIsRefused(t *testing.T) {
	b := newBench(t, func(c *engine.Config) {
		for i := range c.Drivers {
			render := c.Drivers[i].Render
			c.Drivers[i].Render = func(f mirror.Facts, o mirror.Observation, changes []mirror.Change) (mirror.Payload, error) {
				for _, c := range changes {
					if c.After == nil && slices.Contains(c.Before.Spec.Destinations, "d2") {
						return mirror.Payload{}, mirror.Refuse(mirror.ErrConflict, []mirror.Reason{{Pointer: "/sources/0", Code: "source-in-use", Message: "taken by another hand"}})
					}
				}
				return render(f, o, changes)
			}
		}
	}, map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "d1", "d2")})
	b.put(intent("good", "sw1:d1", "sw1:p1"))
	b.put(intent("bad", "sw1:d2", "sw1:p2"))
	_, err := b.MakePlan(t.Context(), admin, mirror.Manifest{Delete: mirror.Deletion{Sessions: []string{"good", "bad"}}})
	refused := (*engine.PlanRefused)(nil)
	if !errors.As(err, &refused) || !errors.Is(err, mirror.ErrConflict) {
		t.Fatalf("%v", err)
	}
	want := []mirror.Reason{{Pointer: "/delete/sessions/1", Code: "source-in-use", Message: "device sw1: taken by another hand"}}
	if !slices.Equal(refused.Refusal.Reasons, want) || !slices.Equal(actions(refused.Objects), []string{"deleted session good", "refused session bad"}) {
		t.Errorf("%+v, %q", refused.Refusal.Reasons, actions(refused.Objects))
	}
}
