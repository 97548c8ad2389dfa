package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

const me = "instance-1"

var drawDirection = rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both})

func drawFragment(t *rapid.T, session string) mirror.Fragment {
	spec := mirror.NativeSpec{Role: mirror.RoleLocal,
		Destinations: []mirror.PortName{mirror.PortName(rapid.SampledFrom([]string{"d1", "d2", "d3"}).Draw(t, "destination"))},
		Options:      mirror.Options{Tags: mirror.TagsPreserve, Truncate: rapid.SampledFrom([]int{0, 64}).Draw(t, "truncate")}}
	for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"p1", "p2", "p3", "p4"}), 1, 4, rapid.ID[string]).Draw(t, "ports") {
		spec.Sources = append(spec.Sources, mirror.NativeSource{Port: mirror.PortName(p), Direction: drawDirection.Draw(t, "direction")})
	}
	return mirror.Fragment{Session: session, Device: "sw", Spec: spec.Normalize()}
}

func drawFragments(t *rapid.T) []mirror.Fragment {
	var out []mirror.Fragment
	for i := range rapid.IntRange(0, 5).Draw(t, "sessions") {
		out = append(out, drawFragment(t, fmt.Sprintf("s%d", i)))
	}
	return out
}

// A sort is how a platform tells native sessions apart.
type sort struct {
	name    string
	caps    mirror.Capabilities
	told    bool // the device tells the instance of a mark
	handles bool // rows have handles
}

var sorts = []sort{
	{name: "rows with marks", caps: mirror.Capabilities{Naming: mirror.Named, Marks: true}, told: true, handles: true},
	{name: "numbers", caps: mirror.Capabilities{Naming: mirror.Numbered, NativeIDs: &mirror.IDRange{From: 1, To: 66}}},
	{name: "numbers with marks", caps: mirror.Capabilities{Naming: mirror.Numbered, NativeIDs: &mirror.IDRange{From: 1, To: 66}, Marks: true}},
	{name: "names", caps: mirror.Capabilities{Naming: mirror.Named}},
	{name: "keys", caps: mirror.Capabilities{Naming: mirror.Keyed}},
	{name: "keys with handles", caps: mirror.Capabilities{Naming: mirror.Keyed}, handles: true},
	{name: "rows per direction", caps: mirror.Capabilities{Naming: mirror.Named, Marks: true, Grain: mirror.PerDirection}, told: true, handles: true},
	{name: "keys per source", caps: mirror.Capabilities{Naming: mirror.Keyed, Grain: mirror.PerSource}, handles: true},
	{name: "names per direction", caps: mirror.Capabilities{Naming: mirror.Named, Grain: mirror.PerDirection}},
}

func (k sort) byNumber() bool { return k.caps.Naming == mirror.Numbered && !k.caps.Marks }

// shown is a native session of a mark as the device shows it, the how manieth.
func (k sort) shown(id int, mark, instance string, spec mirror.NativeSpec) mirror.NativeSession {
	n := mirror.NativeSession{ID: mark, Mark: mark, Instance: instance, Spec: spec}
	switch k.caps.Naming {
	case mirror.Numbered:
		n.ID = fmt.Sprint(id)
	case mirror.Keyed:
		n.ID = fmt.Sprintf("key-%d", id)
	}
	if k.handles {
		n.Handle = fmt.Sprintf("row-%d", id)
	}
	return k.seen(n)
}

// seen is a native session without what the device has no room for.
func (k sort) seen(n mirror.NativeSession) mirror.NativeSession {
	n.Spec.Part = ""
	if k.caps.Naming == mirror.Named && !k.caps.Marks {
		n.Mark = ""
		if strings.HasPrefix(n.ID, mirror.MarkPrefix) {
			n.Mark = n.ID
		}
	} else if !k.caps.Marks {
		n.Mark = ""
	}
	if !k.told {
		n.Instance = ""
	}
	return n
}

// drawDevice is a device in any state: foreign sessions, ours as they were or
// damaged or without their mark, and ledger lines of what is gone.
func drawDevice(t *rapid.T, k sort) plan.DeviceInfo {
	info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me, Capabilities: k.caps}
	info.Observation.At = time.Unix(1, 0)
	id := 0
	for range rapid.IntRange(0, 3).Draw(t, "foreign") {
		id++
		spec := drawFragment(t, "x").Spec
		if k.caps.Naming == mirror.Keyed {
			// Accepted intents never end where another's session does, and nothing else
			// tells one from a session of ours whose key was not read back.
			spec.Destinations = []mirror.PortName{"theirs"}
		}
		n := k.shown(id, fmt.Sprintf("foreign-%d", id), "", spec)
		n.Mark = ""
		if rapid.Bool().Draw(t, "another netmirror's") {
			other := fmt.Sprintf("instance-%d", id+1)
			n = k.shown(id, mirror.Mark(other, "sw", spec), other, spec)
		}
		info.Observation.Natives = append(info.Observation.Natives, n)
	}
	for _, d := range plan.Compose(me, "sw", k.fragments(t)) {
		id++
		n := k.shown(id, d.Mark, me, d.Spec)
		line := mirror.Native{Device: "sw", Mark: d.Mark, ID: n.ID, Handle: n.Handle, Spec: d.Spec}
		switch rapid.SampledFrom([]string{"whole", "gone", "other sources", "mark wiped", "opaque", "renamed", "not read back"}).Draw(t, "damage") {
		case "gone":
			info.Ledger = append(info.Ledger, line)
			continue
		case "other sources":
			n.Spec.Sources = []mirror.NativeSource{{Port: "p9", Direction: mirror.RX}}
		case "mark wiped":
			if k.caps.Marks {
				n.Mark, n.Instance = "", ""
			}
		case "opaque":
			n.Opaque = "made so by somebody"
			if n.Mark != "" {
				n.Spec = mirror.NativeSpec{}
			}
		case "renamed":
			switch {
			case k.caps.Naming == mirror.Named:
				n.ID = "called-otherwise-" + n.ID
				n = k.seen(n)
			case k.caps.Naming == mirror.Numbered && k.caps.Marks: // moved to another number
				id++
				n.ID = fmt.Sprint(id)
			}
		case "not read back":
			if k.caps.Naming == mirror.Keyed {
				line.ID, line.Handle = d.Mark, ""
			}
		}
		info.Ledger = append(info.Ledger, line)
		info.Observation.Natives = append(info.Observation.Natives, n)
	}
	return info
}

// fragments of the grain of the platform.
func (k sort) fragments(t *rapid.T) []mirror.Fragment {
	out := drawFragments(t)
	for i := range out {
		out[i].Spec.Grain = k.caps.Grain
	}
	return out
}

// same reports whether both are the native session of one device.
func same(a, b mirror.NativeSession) bool { return a.ID == b.ID && a.Handle == b.Handle }

// apply is a device that does what a change says, and a ledger that follows as
// the engine's does.
func apply(t *rapid.T, k sort, info plan.DeviceInfo, changes []mirror.Change) plan.DeviceInfo {
	natives := slices.Clone(info.Observation.Natives)
	ledger := slices.Clone(info.Ledger)
	made := len(natives) + 100
	for _, c := range changes {
		if c.Before != nil {
			i := slices.IndexFunc(natives, func(n mirror.NativeSession) bool { return same(n, *c.Before) })
			if i < 0 || !c.Before.Spec.Beyond(natives[i].Spec).Vacant() {
				t.Fatalf("change of a session that is not there: %+v", c)
			}
			if left, some := leftOf(natives[i], c); some {
				natives[i] = left
			} else {
				natives = slices.Delete(natives, i, i+1)
			}
			ledger = slices.DeleteFunc(ledger, func(l mirror.Native) bool { return l.Mark == c.Was })
		}
		if c.After != nil {
			n := *c.After
			if n.ID == "" {
				t.Fatalf("change without an id: %+v", c)
			}
			if made++; c.Before == nil && k.caps.Naming == mirror.Keyed {
				n.ID = fmt.Sprintf("key-%d", made)
			}
			if n.Handle == "" && k.handles {
				n.Handle = fmt.Sprintf("row-%d", made)
			}
			ledger = slices.DeleteFunc(ledger, func(l mirror.Native) bool { return l.Mark == c.Mark })
			ledger = append(ledger, mirror.Native{Device: "sw", Mark: c.Mark, ID: n.ID, Handle: n.Handle, Spec: n.Spec})
			natives = append(natives, k.seen(n))
		}
	}
	info.Observation.Natives, info.Ledger = natives, ledger
	return info
}

// leftOf is what a device that takes a session away by the names of what is in it
// keeps of one: what a change does not name.
func leftOf(n mirror.NativeSession, c mirror.Change) (left mirror.NativeSession, some bool) {
	n.Spec = n.Spec.Beyond(c.Before.Spec)
	return n, c.After == nil && !n.Spec.Vacant()
}

func foreignOf(info plan.DeviceInfo) []mirror.NativeSession {
	var out []mirror.NativeSession
	for _, n := range info.Observation.Natives {
		if _, own := info.Own(n); !own {
			out = append(out, n)
		}
	}
	return out
}

// TestDiffLeadsThereAndTouchesNothingElse: applying the diff gives the desired
// state, a second diff is empty, and what is foreign is as it was.
func TestDiffLeadsThereAndTouchesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(sorts).Draw(t, "sort")
		info := drawDevice(t, k)
		desired := plan.Compose(me, "sw", k.fragments(t))
		foreign := foreignOf(info)
		changes := plan.Diff(desired, info)
		for _, c := range changes {
			if c.Before == nil {
				continue
			}
			if slices.ContainsFunc(foreign, func(n mirror.NativeSession) bool { return same(n, *c.Before) }) {
				t.Fatalf("a foreign session is changed: %+v", c)
			}
		}
		if again := plan.Diff(desired, info); !reflect.DeepEqual(again, changes) {
			t.Fatalf("the same input gave %+v and %+v", changes, again)
		}
		assigned, errs := plan.AssignIDs(changes, nil, info)
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(foreign)
		for _, c := range changes {
			for _, n := range info.Observation.Natives {
				if c.Before == nil || !same(n, *c.Before) {
					continue
				}
				if left, some := leftOf(n, c); some { // what another hand typed into ours
					want = append(want, left)
					for _, l := range info.Ledger {
						if l.Mark == c.Was && !left.Spec.Within(l.Spec).Vacant() || !k.byNumber() && n.Mark != "" {
							t.Fatalf("%+v of ours would be left", left.Spec)
						}
					}
				}
			}
		}
		after := apply(t, k, info, assigned)
		if rest := plan.Diff(desired, after); len(rest) != 0 {
			t.Fatalf("still to do: %+v\nafter %+v", rest, assigned)
		}
		got := foreignOf(after)
		for _, list := range [][]mirror.NativeSession{got, want} {
			slices.SortFunc(list, func(a, b mirror.NativeSession) int { return strings.Compare(a.ID+a.Handle, b.ID+b.Handle) })
		}
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("foreign before %+v\nafter %+v", want, got)
		}
		seen := map[string]bool{}
		for _, n := range after.Observation.Natives {
			if seen[n.ID] {
				t.Fatalf("native id %s twice", n.ID)
			}
			seen[n.ID] = true
		}
		if ours := len(after.Observation.Natives) - len(want); ours != len(desired) {
			t.Fatalf("%d sessions of ours, want %d", ours, len(desired))
		}
	})
}

// TestReverseUndoes: a diff and its reverse leave the device as it was.
func TestReverseUndoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		info := drawDevice(t, sorts[0])
		changes := plan.Diff(plan.Compose(me, "sw", drawFragments(t)), info)
		text := func(i plan.DeviceInfo) []string {
			var out []string
			for _, n := range i.Observation.Natives {
				spec, err := json.Marshal(n.Spec.Normalize())
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, n.ID+n.Mark+n.Opaque+string(spec))
			}
			slices.Sort(out)
			return out
		}
		there := apply(t, sorts[0], info, changes)
		back := plan.Reverse(changes)
		for i, c := range back { // rows made by the way there have handles now
			if c.Before == nil {
				continue
			}
			for _, n := range there.Observation.Natives {
				if n.ID == c.Before.ID && n.Mark == c.Before.Mark {
					back[i].Before = &n
				}
			}
		}
		if got, want := text(apply(t, sorts[0], there, back)), text(info); !slices.Equal(got, want) {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	})
}

// TestComposeCountsPerSession: with a session more no source is lost, without
// it exactly what the others ask for is left.
func TestComposeCountsPerSession(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fragments := drawFragments(t)
		shuffled := rapid.Permutation(fragments).Draw(t, "order")
		composed := plan.Compose(me, "sw", fragments)
		if !reflect.DeepEqual(plan.Compose(me, "sw", shuffled), composed) {
			t.Fatal("the order of sessions matters")
		}
		for _, d := range composed {
			for _, f := range fragments {
				if !slices.Contains(d.Sessions, f.Session) {
					continue
				}
				for _, s := range f.Spec.Sources {
					if !slices.ContainsFunc(d.Spec.Sources, func(x mirror.NativeSource) bool {
						return x.Port == s.Port && x.Direction.Union(s.Direction) == x.Direction
					}) {
						t.Fatalf("%s lost %+v in %+v", f.Session, s, d)
					}
				}
			}
			for _, s := range d.Spec.Sources {
				asked := slices.ContainsFunc(fragments, func(f mirror.Fragment) bool {
					return slices.Contains(d.Sessions, f.Session) && slices.ContainsFunc(f.Spec.Sources, func(x mirror.NativeSource) bool { return x.Port == s.Port })
				})
				if !asked {
					t.Fatalf("nobody asked for %+v", s)
				}
			}
		}
	})
}

// TestARolloutEndsInOrder drives Advance over random placements with workers
// that reach every goal: it ends, every goal is its target, and no source is
// set before the destinations and transits are.
func TestARolloutEndsInOrder(t *testing.T) {
	roles := []mirror.Role{mirror.RoleRSPANSource, mirror.RoleRSPANTransit, mirror.RoleRSPANDestination}
	rapid.Check(t, func(t *rapid.T) {
		var rows []mirror.Placement
		some := func(name string) *mirror.Fragment {
			if !rapid.Bool().Draw(t, name) {
				return nil
			}
			return &mirror.Fragment{Session: "s", DriftPolicy: rapid.SampledFrom([]string{"repair", "report"}).Draw(t, name+"?")}
		}
		for i := range rapid.IntRange(1, 6).Draw(t, "rows") {
			p := mirror.Placement{Session: "s", Device: fmt.Sprint(i), Role: rapid.SampledFrom(roles).Draw(t, "role"),
				Target: some("target"), Goal: some("goal")}
			p.Applied = p.Goal
			rows = append(rows, p)
		}
		for round := 0; ; round++ {
			if round > 50 {
				t.Fatal("no end")
			}
			p := plan.Advance(rows)
			if p.Done() {
				break
			}
			for _, i := range p.Moves {
				makesSource := rows[i].Role == mirror.RoleRSPANSource && rows[i].Target != nil
				for _, r := range rows {
					if makesSource && r.Role != mirror.RoleRSPANSource && r.Target != nil && !plan.SameFragment(r.Applied, r.Target) {
						t.Fatalf("a source is set before %+v is ready", r)
					}
				}
				rows[i].Goal, rows[i].GoalRev = rows[i].Target, rows[i].GoalRev+1
			}
			for _, i := range p.Waiting {
				rows[i].Applied, rows[i].AppliedRev = rows[i].Goal, rows[i].GoalRev
			}
		}
		for _, r := range rows {
			if !plan.SameFragment(r.Applied, r.Target) {
				t.Fatalf("not reached: %+v", r)
			}
		}
	})
}
