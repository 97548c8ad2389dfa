package engine_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// rules is a filter of IPv4 that copies TCP to ports.
func rules(name string, ports ...string) mirror.Filter {
	f := mirror.Filter{Name: name}
	for _, p := range ports {
		f.Rules = append(f.Rules, mirror.FilterRule{Action: "permit", Protocol: "tcp", Source: "10.0.0.0/8", DestinationPort: p})
	}
	return f
}

func filtered(s mirror.Session, filter string) mirror.Session {
	s.Filter = filter
	return s
}

// listSwitches are switches that filter by access lists.
func listSwitches(numbered bool, names ...string) map[string]*fakeSwitch {
	out := map[string]*fakeSwitch{}
	for _, name := range names {
		sw := newSwitch("p1", "p2", "p3", "d1", "d2", "t1")
		sw.numbered, sw.facts.Model = numbered, "lists"
		out[name] = sw
	}
	return out
}

// newListBench has a filter named web, of port 443. At its end no switch was ever seen
// to copy every frame.
func newListBench(t *testing.T, config func(*engine.Config), switches map[string]*fakeSwitch) *bench {
	t.Helper()
	b := newBench(t, config, switches)
	t.Cleanup(func() {
		for name, sw := range switches {
			sw.quietly(func() {
				if len(sw.open) > 0 {
					t.Errorf("%s copied every frame: %v", name, sw.open)
				}
			})
		}
	})
	b.filter(rules("web", "443"))
	return b
}

// filter stores a filter and waits for the rollouts that it begins.
func (b *bench) filter(f mirror.Filter) (ended []mirror.Operation) {
	b.t.Helper()
	v, _, err := b.PutFilter(b.t.Context(), admin, f)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, op := range v.Started {
		ended = append(ended, b.wait(op.ID))
	}
	return ended
}

// filters tells which ports the lists of the native sessions of a switch copy, by
// destination, and of how many lists.
func (s *fakeSwitch) filters() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]string{}
	for _, n := range s.natives {
		var ports []string
		for _, e := range s.lists[n.Spec.Options.Filter] {
			ports = append(ports, fmt.Sprint(e.DestinationPort.From))
		}
		out[string(n.Spec.Destinations[0])] += strings.Join(ports, ",")
	}
	var text []string
	for _, d := range slices.Sorted(maps.Keys(out)) {
		text = append(text, d+":"+out[d])
	}
	return fmt.Sprintf("%s of %d lists", strings.Join(text, " "), len(s.lists))
}

func (s *fakeSwitch) filtersAre(t *testing.T, what, want string) {
	t.Helper()
	if got := s.filters(); got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// A changed filter is another list, and every session of it changes to that. Sessions
// with equal filters share one list, and one native session where they share a
// destination; it goes with its last user.
func TestAChangedFilterChangesItsSessions(t *testing.T) {
	for _, numbered := range []bool{false, true} {
		t.Run(fmt.Sprintf("numbered %v", numbered), func(t *testing.T) {
			b := newListBench(t, nil, listSwitches(numbered, "sw1"))
			sw := b.switches["sw1"]
			b.filter(rules("same", "443"))
			for _, s := range []mirror.Session{filtered(intent("a", "sw1:d1", "sw1:p1"), "web"), filtered(intent("b", "sw1:d1", "sw1:p2"), "web"), filtered(intent("c", "sw1:d2", "sw1:p3"), "same")} {
				if op := b.put(s); op.State != mirror.OpSucceeded {
					t.Fatalf("%+v", op)
				}
			}
			off := filtered(intent("off", "sw1:d2", "sw1:p3"), "web")
			off.Enabled = false
			b.put(off)
			sw.filtersAre(t, "at first", "d1:443 d2:443 of 1 lists")
			ops := b.filter(rules("web", "443", "80"))
			if len(ops) != 2 || ops[0].Session != "a" || ops[0].State != mirror.OpSucceeded || ops[1].Session != "b" || ops[1].State != mirror.OpSucceeded {
				t.Errorf("operations %+v", ops)
			}
			sw.filtersAre(t, "changed", "d1:443,80 d2:443 of 2 lists")
			if got := sw.sources("d1"); got != "p1 both, p2 both" {
				t.Errorf("sources %s", got)
			}
			for _, name := range []string{"a", "b"} {
				if v := b.reach(name, mirror.Active); v.Record.Generation != 2 || v.Record.ObservedGeneration != 2 {
					t.Errorf("%s: generation %d, observed %d", name, v.Record.Generation, v.Record.ObservedGeneration)
				}
			}
			events := b.events("SessionChanged")
			if len(events) < 2 || !strings.Contains(events[len(events)-1].Message, "changed the rules of filter web") {
				t.Errorf("told %+v", events)
			}
			pushes := len(sw.order)
			if ops := b.filter(rules("web", "443", "80")); len(ops) != 0 {
				t.Errorf("the same again: %+v", ops)
			}
			words := rules("web", "443", "80")
			words.Description, words.Rules[0].Protocol = "of one meaning", "6"
			if ops := b.filter(words); len(ops) != 0 || len(sw.order) != pushes {
				t.Errorf("what means the same: %+v, %v", ops, sw.order[pushes:])
			}
			b.filter(rules("same", "443", "80"))
			sw.filtersAre(t, "equal again", "d1:443,80 d2:443,80 of 1 lists")
			b.remove("a")
			b.remove("b")
			sw.filtersAre(t, "one user left", "d2:443,80 of 1 lists")
			b.remove("c")
			sw.filtersAre(t, "none left", " of 0 lists")
		})
	}
}

func TestASessionChangesItsFilter(t *testing.T) {
	b := newListBench(t, nil, listSwitches(true, "sw1"))
	sw := b.switches["sw1"]
	b.filter(rules("mail", "25"))
	for _, step := range []struct{ filter, want string }{
		{"web", "d1:443 of 1 lists"}, {"mail", "d1:25 of 1 lists"}, {"", "d1: of 0 lists"}, {"web", "d1:443 of 1 lists"}} {
		if op := b.put(filtered(intent("a", "sw1:d1", "sw1:p1"), step.filter)); op.State != mirror.OpSucceeded {
			t.Fatalf("to %q: %+v", step.filter, op)
		}
		sw.filtersAre(t, "to "+step.filter, step.want)
	}
}

// Where lists stand at ports and a push is one commit, a plan says what is sent: the port
// at which another list is put is not taken from the one before, also on the way back.
func TestAPlanPutsOneListInThePlaceOfAnother(t *testing.T) {
	switches := listSwitches(false, "sw1")
	switches["sw1"].facts.Model = "lists at ports"
	b := newListBench(t, nil, switches)
	b.filter(rules("mail", "25"))
	s := filtered(intent("a", "sw1:d1", "sw1:p1 rx"), "web")
	if op := b.put(s); op.State != mirror.OpSucceeded {
		t.Fatalf("%+v", op)
	}
	p, err := b.Plan(t.Context(), admin, filtered(s, "mail"))
	if err != nil || len(p.Plan.Devices) != 1 {
		t.Fatalf("%+v, %v", p, err)
	}
	for way, payload := range map[string]mirror.Payload{"forward": p.Plan.Devices[0].Forward, "back": p.Plan.Devices[0].Undo} {
		gone := 0
		for _, block := range payload.Blocks {
			if c := block.Change; c.After == nil && c.Before.Spec.Footing != nil {
				if gone++; len(c.Before.Spec.Footing.Ports) > 0 {
					t.Errorf("%s: taken from %v: %s", way, c.Before.Spec.Footing.Ports, block.Text)
				}
			}
		}
		if gone != 1 {
			t.Errorf("%s: %d lists go", way, gone)
		}
	}
	if op := b.put(filtered(s, "mail")); op.State != mirror.OpSucceeded {
		t.Fatalf("%+v", op)
	}
	switches["sw1"].filtersAre(t, "changed", "d1:25 of 1 lists")
}

// What a session would refuse refuses the filter, for every session at once, and
// nothing is stored.
func TestAFilterIsRefusedForEachOfItsSessions(t *testing.T) {
	b := newListBench(t, func(c *engine.Config) { c.Resync = 50 * time.Millisecond }, listSwitches(true, "sw1", "sw2"))
	b.put(filtered(intent("a", "sw1:d1", "sw1:p1"), "web"))
	b.put(filtered(intent("b", "sw1:d2", "sw1:p2"), "web"))
	queued := filtered(intent("c", "sw2:d1", "sw2:p1"), "web")
	queued.OnUnreachable = mirror.UnreachableQueue
	b.put(queued)
	was := b.switches["sw1"].config() + b.switches["sw2"].config()
	both := rules("web", "443")
	both.Rules[0].Source = ""
	check := func(what string, f mirror.Filter, want ...string) {
		t.Helper()
		_, _, err := b.PutFilter(t.Context(), admin, f)
		_, planned := b.PlanFilter(t.Context(), admin, f)
		for _, err := range []error{err, planned} {
			var refusal *mirror.Refusal
			if !errors.As(err, &refusal) {
				t.Fatalf("%s: %v", what, err)
			}
			var got []string
			for _, r := range refusal.Reasons {
				words := strings.Fields(r.Message)
				got = append(got, r.Pointer+" "+r.Code+" "+words[1])
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		if v, err := b.Filter(t.Context(), "web"); err != nil || v.Version != 1 {
			t.Errorf("%s: stored version %d, %v", what, v.Version, err)
		}
		for _, name := range []string{"a", "b", "c"} {
			if v, err := b.Session(t.Context(), name); err != nil || v.Record.Generation != 1 {
				t.Errorf("%s: %s generation %d, %v", what, name, v.Record.Generation, err)
			}
		}
	}
	check("two families", both, `/rules several-families "a"`, `/rules several-families "b"`, `/rules several-families "c"`)
	b.switches["sw1"].edit(func() { b.switches["sw1"].down = true })
	b.switches["sw2"].edit(func() { b.switches["sw2"].down = true })
	check("away", rules("web", "80"), `/rules device-unreadable "a"`, `/rules device-unreadable "b"`)
	old := int64(7)
	w := engine.Write{Actor: admin.Actor, IfMatch: &old}
	if _, _, err := b.PutFilter(t.Context(), w, rules("web", "80")); !errors.Is(err, mirror.ErrPrecondition) {
		t.Errorf("on an old version: %v", err)
	}
	if _, err := b.PlanFilter(t.Context(), w, rules("web", "80")); !errors.Is(err, mirror.ErrPrecondition) {
		t.Errorf("plan on an old version: %v", err)
	}
	if is := b.switches["sw1"].config() + b.switches["sw2"].config(); is != was {
		t.Errorf("pushed: %s", is)
	}
}

// A session whose device is away changes when that is back.
func TestAChangedFilterWaitsForADeviceThatIsAway(t *testing.T) {
	b := newListBench(t, func(c *engine.Config) { c.Resync = 50 * time.Millisecond }, listSwitches(true, "sw1", "sw2"))
	b.put(filtered(intent("a", "sw1:d1", "sw1:p1"), "web"))
	b.put(queue(filtered(intent("b", "sw2:d1", "sw2:p1"), "web")))
	sw2 := b.switches["sw2"]
	sw2.edit(func() { sw2.down = true })
	v, _, err := b.PutFilter(t.Context(), admin, rules("web", "80"))
	if err != nil || len(v.Started) != 2 {
		t.Fatalf("%+v, %v", v, err)
	}
	if op := b.wait(v.Started[0].ID); op.State != mirror.OpSucceeded {
		t.Errorf("%+v", op)
	}
	b.switches["sw1"].filtersAre(t, "there", "d1:80 of 1 lists")
	b.pending("b", mirror.ReasonDeviceUnreachable)
	sw2.edit(func() { sw2.down = false })
	if op := b.wait(v.Started[1].ID); op.State != mirror.OpSucceeded {
		t.Errorf("%+v", op)
	}
	sw2.filtersAre(t, "back", "d1:80 of 1 lists")
	// Sessions of one native session change at once or not at all.
	b.put(queue(filtered(intent("c", "sw2:d1", "sw2:p2"), "web")))
	sw2.edit(func() { sw2.down = true })
	_, _, err = b.PutFilter(t.Context(), admin, rules("web", "443"))
	if refusal := (*mirror.Refusal)(nil); !errors.As(err, &refusal) || len(refusal.Reasons) != 2 || !strings.Contains(refusal.Reasons[0].Message, `"b" shares a native session with "c"`) {
		t.Errorf("sharers of a device that is away: %v", err)
	}
}

// What a device refuses is put back, list and all, on every device of the session,
// and for all that share the native session.
func TestARefusedFilterIsPutBack(t *testing.T) {
	for name, refuses := range map[string]func(mirror.Change) bool{
		"the list":    func(c mirror.Change) bool { return c.After != nil && c.After.Spec.Footing != nil },
		"the session": func(c mirror.Change) bool { return c.After != nil && c.After.Spec.Footing == nil },
	} {
		t.Run(name, func(t *testing.T) {
			b := newListBench(t, nil, listSwitches(true, "sw1"))
			sw := b.switches["sw1"]
			b.put(filtered(intent("a", "sw1:d1", "sw1:p1"), "web"))
			b.put(filtered(intent("b", "sw1:d1", "sw1:p2"), "web"))
			was, old := sw.config(), sw.native(sw.ids()[0]).Spec.Options.Filter
			sw.quietly(func() {
				sw.refuse = func(c mirror.Change) string {
					if f := specOf(c).Footing; refuses(c) && (f == nil && c.After.Spec.Options.Filter != old || f != nil && f.Name != old) {
						return "% no room in the TCAM"
					}
					return ""
				}
			})
			for _, op := range b.filter(rules("web", "80")) {
				if op.State != mirror.OpFailed || !strings.Contains(op.Message, "% no room in the TCAM") {
					t.Errorf("%+v", op)
				}
			}
			b.settle("sw1")
			if is := sw.config(); is != was {
				t.Errorf("not as before: %s\nwas %s", is, was)
			}
			sw.quietly(func() { sw.refuse = nil })
			b.settle("sw1")
			if is := sw.config(); is != was {
				t.Errorf("changed by itself: %s", is)
			}
		})
	}
}

// A session over two devices goes back on both.
func TestAFilterRefusedByOneDeviceGoesBackOnAll(t *testing.T) {
	b := newListBench(t, nil, listSwitches(false, "sw1", "sw2", "sw3"))
	s := filtered(intent("a", "sw3:d1", "sw1:p1", "sw2:p1"), "web")
	s.Kind, s.RSPAN = mirror.KindRSPAN, &mirror.RSPAN{VLAN: 900, Transit: []mirror.Transit{
		{Device: "sw1", Trunks: []string{"t1"}}, {Device: "sw2", Trunks: []string{"t1"}}, {Device: "sw3", Trunks: []string{"t1"}}}}
	if op := b.put(s); op.State != mirror.OpSucceeded {
		t.Fatalf("%+v", op)
	}
	config := func() string {
		return b.switches["sw1"].config() + "\n" + b.switches["sw2"].config() + "\n" + b.switches["sw3"].config()
	}
	was := config()
	sw2 := b.switches["sw2"]
	made := 0
	sw2.quietly(func() {
		sw2.refuse = func(c mirror.Change) string {
			if c.After != nil && c.After.Spec.Footing != nil {
				made++
				return "% no room in the TCAM"
			}
			return ""
		}
	})
	for _, op := range b.filter(rules("web", "80")) {
		if op.State != mirror.OpFailed {
			t.Errorf("%+v", op)
		}
	}
	testkit.Eventually(t, patience, "all is as before", func() bool { return config() == was })
	sw2.quietly(func() {
		if made == 0 {
			t.Error("nothing was refused")
		}
	})
}

// A list of ours that another hand edits, empties or takes away is made what its name
// says, or only told of.
func TestAnEditedListIsRepaired(t *testing.T) {
	b := newListBench(t, nil, listSwitches(true, "sw1"))
	sw := b.switches["sw1"]
	b.put(filtered(intent("a", "sw1:d1", "sw1:p1"), "web"))
	list := sw.native(sw.ids()[0]).Spec.Options.Filter
	was := slices.Clone(sw.lists[list])
	for what, edit := range map[string]func(){
		"edited":     func() { sw.lists[list] = append(slices.Clone(was), mirror.Entry{Permit: true}) },
		"taken away": func() { delete(sw.lists, list) },
	} {
		sw.edit(edit)
		testkit.Eventually(t, patience, what+" is repaired", func() bool {
			ok := false
			sw.quietly(func() { ok = slices.Equal(sw.lists[list], was) })
			return ok
		})
	}
	testkit.Eventually(t, patience, "it is told", func() bool {
		return slices.ContainsFunc(b.events("DriftRepaired"), func(e mirror.Event) bool { return strings.Contains(e.Message, "change access list "+list) })
	})
	s := filtered(intent("a", "sw1:d1", "sw1:p1"), "web")
	s.DriftPolicy = mirror.DriftReport
	b.put(s)
	sw.edit(func() { sw.lists[list] = append(slices.Clone(was), mirror.Entry{Permit: true}) })
	b.reach("a", mirror.Degraded)
	b.settle("sw1")
	sw.quietly(func() {
		if len(sw.lists[list]) != 2 {
			t.Error("repaired where only a report was asked for")
		}
		sw.lists[list] = was
	})
	b.settle("sw1")
	b.reach("a", mirror.Active)
}

// A controller that dies between any two stages goes on, or back, and leaves nothing.
func TestAChangedFilterOutlivesACrash(t *testing.T) {
	for after := 1; after <= 3; after++ {
		t.Run(fmt.Sprintf("after push %d", after), func(t *testing.T) {
			b := newListBench(t, nil, listSwitches(true, "sw1"))
			sw := b.switches["sw1"]
			b.put(filtered(intent("a", "sw1:d1", "sw1:p1"), "web"))
			pushed := make(chan struct{})
			sw.quietly(func() {
				n := 0
				sw.refuse = func(mirror.Change) string {
					if n++; n == after { // taken, and nobody hears of it or of anything more
						sw.down, sw.hungUp = true, sw.lines
						close(pushed)
					}
					return ""
				}
				sw.dropAfter = 0
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			v, _, err := b.PutFilter(ctx, admin, rules("web", "80"))
			if err != nil || len(v.Started) != 1 {
				t.Fatalf("%+v, %v", v, err)
			}
			<-pushed
			b.stop()
			sw.quietly(func() { sw.down, sw.refuse = false, nil })
			b.start()
			if op := b.wait(v.Started[0].ID); op.State != mirror.OpSucceeded {
				t.Errorf("%+v", op)
			}
			sw.filtersAre(t, "after the crash", "d1:80 of 1 lists")
			b.remove("a")
			sw.filtersAre(t, "at the end", " of 0 lists")
		})
	}
}

// A list that was let go is taken up again with its session, and goes with it. What
// another hand filters is not adopted.
func TestAListThatWasLetGoIsTakenUp(t *testing.T) {
	b := newListBench(t, nil, listSwitches(false, "sw1"))
	sw := b.switches["sw1"]
	s := filtered(intent("a", "sw1:d1", "sw1:p1"), "web")
	b.put(s)
	was := sw.config()
	b.release("a")
	b.settle("sw1")
	if is := sw.config(); is != was {
		t.Fatalf("the release changed: %s", is)
	}
	b.put(s)
	if is := sw.config(); is != was {
		t.Errorf("made anew: %s", is)
	}
	b.remove("a")
	sw.filtersAre(t, "at the end", " of 0 lists")
	sw.foreign("theirs", "d2", "p2")
	sw.edit(func() {
		n := sw.natives["theirs"]
		n.Spec.Options.Filter, n.Spec.Options.Tags, n.Spec.Options.Ingress = "SECURITY", mirror.TagsPreserve, mirror.IngressDisabled
		sw.natives["theirs"], sw.lists["SECURITY"] = n, []mirror.Entry{{Permit: true}}
	})
	_, err := b.Adopt(t.Context(), admin, "sw1", "theirs", mirror.Session{Name: "x"})
	if err == nil || !strings.Contains(err.Error(), "access list SECURITY") {
		t.Errorf("adopted: %v", err)
	}
}

func TestAFilterIsPlanned(t *testing.T) {
	b := newListBench(t, nil, listSwitches(true, "sw1"))
	sw := b.switches["sw1"]
	b.put(filtered(intent("a", "sw1:d1", "sw1:p1"), "web"))
	b.put(filtered(intent("b", "sw1:d1", "sw1:p2"), "web"))
	was := sw.config()
	plans, err := b.PlanFilter(t.Context(), admin, rules("web", "80"))
	if err != nil || len(plans) != 2 {
		t.Fatalf("%d plans, %v", len(plans), err)
	}
	for i, p := range plans {
		var verbs []string
		for _, c := range p.Devices[0].Changes {
			verbs = append(verbs, c.Verb()+" "+string(roleOf(c)))
		}
		if p.Session.Name != []string{"a", "b"}[i] || !slices.Equal(verbs, []string{"create filter", "change local", "delete filter"}) {
			t.Errorf("%s: %v", p.Session.Name, verbs)
		}
	}
	if plans, err := b.PlanFilter(t.Context(), admin, rules("web", "443")); err != nil || len(plans) != 0 {
		t.Errorf("what means the same: %+v, %v", plans, err)
	}
	if v, err := b.Filter(t.Context(), "web"); err != nil || v.Version != 1 || sw.config() != was {
		t.Errorf("a plan has stored or pushed: %+v, %v, %s", v, err, sw.config())
	}
}
