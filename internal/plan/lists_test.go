package plan_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// listed is a device with sessions by number and access lists, as the Catalysts
// are: it takes a session whose list is missing, lets a list go beneath a session, and
// copies every frame then.
type listed struct {
	t       *rapid.T
	natives map[string]mirror.NativeSpec
	lists   map[string][]mirror.Entry
	ledger  map[string]mirror.Native
	wanted  map[string]mirror.Fragment
	refuse  string // what of changes is refused or held back, such as "list create"
}

// open are the sessions that copy every frame although they have a filter.
func (l *listed) open() []string {
	var out []string
	for id, n := range l.natives {
		if n.Options.Filter != "" && len(l.lists[n.Options.Filter]) == 0 {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func (l *listed) info() plan.DeviceInfo {
	info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me,
		Capabilities: mirror.Capabilities{Naming: mirror.Numbered, NativeIDs: &mirror.IDRange{From: 1, To: 66}}}
	info.Observation.At = time.Unix(1, 0)
	for _, id := range slices.Sorted(maps.Keys(l.natives)) {
		info.Observation.Natives = append(info.Observation.Natives, mirror.NativeSession{ID: id, Spec: l.natives[id]})
	}
	for _, name := range slices.Sorted(maps.Keys(l.lists)) {
		info.Observation.Footings = append(info.Observation.Footings, mirror.Footing{Kind: mirror.FootingFilter, Name: name, Rules: l.lists[name]})
	}
	for _, mark := range slices.Sorted(maps.Keys(l.ledger)) {
		info.Ledger = append(info.Ledger, l.ledger[mark])
	}
	return info
}

func (l *listed) desired() []plan.Desired {
	return plan.Compose(me, "sw", slices.Collect(maps.Values(l.wanted)))
}

func kindOf(c mirror.Change) string {
	if cmp.Or(c.After, c.Before).Spec.Footing != nil {
		return "list"
	}
	return "session"
}

// due is what the worker would push now.
func (l *listed) due() []mirror.Change {
	info := l.info()
	allowed := slices.DeleteFunc(plan.Diff(l.desired(), info), func(c mirror.Change) bool { return l.refuse == kindOf(c)+" "+c.Verb() })
	return plan.Stage(plan.Grounded(allowed, l.desired(), info), false)
}

// converge does what the worker does, until nothing is left that may be done.
func (l *listed) converge() {
	for round := 0; ; round++ {
		due, errs := plan.AssignIDs(l.due(), nil, l.info())
		for i, err := range errs {
			if err != nil {
				l.t.Fatalf("%+v: %v", due[i], err)
			}
		}
		if len(due) == 0 {
			l.sweep()
			return
		}
		if round == 8 {
			l.t.Fatalf("no end: %+v", due)
		}
		for _, c := range due {
			before := l.open()
			l.push(c)
			for _, id := range l.open() {
				if !slices.Contains(before, id) {
					l.t.Fatalf("session %s copies every frame after %s of %s", id, c.Verb(), c.Mark)
				}
			}
		}
		l.sweep()
	}
}

func (l *listed) push(c mirror.Change) {
	if c.After != nil {
		delete(l.ledger, c.Was)
		l.ledger[c.Mark] = mirror.Native{Device: "sw", Mark: c.Mark, ID: c.After.ID, Spec: c.After.Spec}
	}
	f := cmp.Or(c.After, c.Before).Spec.Footing
	switch {
	case f == nil && c.After == nil:
		delete(l.natives, c.Before.ID)
	case f == nil:
		spec := c.After.Spec
		l.natives[c.After.ID] = spec
	case c.Before != nil && !slices.Equal(c.Before.Spec.Footing.Rules, l.lists[f.Name]):
		l.t.Fatalf("what is said to stand in list %s: %+v; is: %+v", f.Name, c.Before.Spec.Footing.Rules, l.lists[f.Name])
	case c.Before == nil && l.lists[f.Name] != nil:
		l.t.Fatalf("list %s is made, and is there", f.Name)
	case c.After == nil:
		delete(l.lists, f.Name)
	default:
		l.lists[f.Name] = c.After.Spec.Footing.Rules
	}
}

// sweep is the worker's: the ledger keeps what is there or wanted.
func (l *listed) sweep() {
	info, wanted := l.info(), map[string]bool{}
	for _, d := range l.desired() {
		wanted[d.Mark] = true
	}
	there := plan.Own(info, wanted)
	for mark, line := range l.ledger {
		if line.Spec.Footing != nil {
			line.Spec = plan.Kept(line, info.Observation).Spec()
			l.ledger[mark] = line
		}
		if _, ok := there[mark]; !ok && !wanted[mark] {
			delete(l.ledger, mark)
		}
	}
	for mark, n := range there {
		if _, ok := l.ledger[mark]; !ok {
			l.ledger[mark] = mirror.Native{Device: "sw", Mark: mark, ID: n.ID, Spec: n.Spec}
		}
	}
}

// TestNoChangeLetsASessionCopyEveryFrame: sessions come, change their filters and go,
// other hands edit, empty and delete our lists and turn our sessions to theirs, the
// ledger forgets lists, and any change may be refused or held back. No push of ours
// ever leaves a session at a list that is missing or empty; where nothing is refused
// all is as wanted, each list is there once, and goes with its last user.
func TestNoChangeLetsASessionCopyEveryFrame(t *testing.T) {
	names := rapid.SampledFrom([]string{"a", "b", "c"})
	entry := func(port int) mirror.Entry {
		return mirror.Entry{Permit: true, Protocol: mirror.ProtoTCP, Source: mirror.IPv4.Any(), Destination: mirror.IPv4.Any(), DestinationPort: mirror.PortRange{From: port, To: port}}
	}
	filters := rapid.SampledFrom([][]mirror.Entry{nil, {entry(443)}, {entry(443), entry(80)}, {entry(80), entry(443)}})
	rapid.Check(t, func(rt *rapid.T) {
		l := &listed{t: rt, natives: map[string]mirror.NativeSpec{}, lists: map[string][]mirror.Entry{"SECURITY": {entry(22)}},
			ledger: map[string]mirror.Native{}, wanted: map[string]mirror.Fragment{}}
		ours := func(rt *rapid.T) (name string) {
			all := slices.DeleteFunc(slices.Sorted(maps.Keys(l.lists)), func(n string) bool { return !strings.HasPrefix(n, mirror.MarkPrefix) })
			if len(all) > 0 {
				name = rapid.SampledFrom(all).Draw(rt, "list")
			}
			return name
		}
		rt.Repeat(map[string]func(*rapid.T){
			"a session comes or changes": func(rt *rapid.T) {
				name, rules := names.Draw(rt, "session"), filters.Draw(rt, "filter")
				spec := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: mirror.PortName("p" + name), Direction: mirror.RX}},
					Destinations: []mirror.PortName{mirror.PortName("d" + name)}, Rules: rules}
				if rules != nil {
					spec.Options.Filter = mirror.FilterList(me, "sw", rules)
				}
				l.wanted[name] = mirror.Fragment{Session: name, Device: "sw", Spec: spec.Normalize()}
			},
			"a session goes": func(rt *rapid.T) { delete(l.wanted, names.Draw(rt, "session")) },
			"a list is edited": func(rt *rapid.T) {
				if name := ours(rt); name != "" {
					l.lists[name] = rapid.SampledFrom([][]mirror.Entry{{}, {entry(1)}, {entry(443), entry(1)}}).Draw(rt, "entries")
				}
			},
			"a list is deleted": func(rt *rapid.T) { delete(l.lists, ours(rt)) },
			"a list is forgotten": func(rt *rapid.T) {
				name := ours(rt)
				used := slices.ContainsFunc(slices.Collect(maps.Values(l.wanted)), func(f mirror.Fragment) bool { return f.Spec.Options.Filter == name })
				if used { // of what nobody wants nothing else would know
					delete(l.ledger, mirror.Mark(me, "sw", mirror.Footing{Kind: mirror.FootingFilter, Name: name}.Spec()))
					l.converge()
				}
			},
			"a session is turned": func(rt *rapid.T) {
				for id, n := range l.natives {
					if rapid.Bool().Draw(rt, "turned") {
						n.Options.Filter = rapid.SampledFrom([]string{"", "SECURITY", ours(rt)}).Draw(rt, "to")
						l.natives[id] = n
					}
				}
			},
			"a session is deleted": func(rt *rapid.T) {
				for _, id := range slices.Sorted(maps.Keys(l.natives)) {
					if rapid.Bool().Draw(rt, "deleted") {
						delete(l.natives, id)
					}
				}
			},
			"some is refused from now on": func(rt *rapid.T) {
				l.refuse = rapid.SampledFrom([]string{"list create", "list change", "list delete", "session create", "session change", "session delete", ""}).Draw(rt, "refused")
			},
			"one step, and the controller is killed": func(rt *rapid.T) {
				if due, _ := plan.AssignIDs(l.due(), nil, l.info()); len(due) > 0 {
					l.push(due[0])
				}
			},
			"": func(rt *rapid.T) {
				if rapid.Bool().Draw(rt, "more comes first") {
					return
				}
				l.converge()
				if l.refuse != "" {
					return
				}
				lists := map[string]bool{"SECURITY": true}
				for name, f := range l.wanted {
					i := slices.IndexFunc(slices.Collect(maps.Values(l.natives)), func(n mirror.NativeSpec) bool { return n.Equal(f.Spec.Parts()[0]) })
					if list := f.Spec.Options.Filter; i < 0 || list != "" && !slices.Equal(l.lists[list], f.Spec.Rules) {
						rt.Fatalf("session %s is not as wanted: %+v, lists %v", name, l.natives, l.lists)
					} else if list != "" {
						lists[list] = true
					}
				}
				if len(l.natives) != len(l.wanted) || !slices.Equal(slices.Sorted(maps.Keys(l.lists)), slices.Sorted(maps.Keys(lists))) {
					rt.Fatalf("left over: %d sessions of %d, lists %v of %v", len(l.natives), len(l.wanted), l.lists, lists)
				}
				if rest := l.due(); len(rest) != 0 {
					rt.Fatalf("still to do: %+v", rest)
				}
			},
		})
		clear(l.wanted)
		l.refuse = ""
		l.converge()
		if left := fmt.Sprint(len(l.natives), len(l.lists), len(l.ledger)); left != "0 1 0" {
			rt.Fatalf("left over: %v %v %v", l.natives, l.lists, l.ledger)
		}
	})
}
