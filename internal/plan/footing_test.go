package plan_test

import (
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

// ground is what of a device sessions stand on: VLANs (true: remote) and the
// lists of trunks. A trunk that carries all has a nil list.
type ground struct {
	vlans  map[int]bool
	trunks map[mirror.PortName]map[int]bool
}

func newGround() ground {
	return ground{map[int]bool{}, map[mirror.PortName]map[int]bool{"t1": {}, "t2": {}, "t3": nil}}
}

func (g ground) carries(t mirror.PortName, v int) bool { return g.trunks[t] == nil || g.trunks[t][v] }

func (g ground) String() string {
	out := fmt.Sprint(g.vlans)
	for _, t := range slices.Sorted(maps.Keys(g.trunks)) {
		out += fmt.Sprintf(" %s:%v", t, g.trunks[t])
	}
	return out
}

// hand makes a change by hand; it is of no effect where it cannot be.
func (g ground) hand(act string, v int, t mirror.PortName) {
	_, exists := g.vlans[v]
	switch {
	case act == "make remote" && !exists, act == "make plain" && !exists:
		g.vlans[v] = act == "make remote"
	case act == "delete":
		delete(g.vlans, v)
	case act == "plain" && exists:
		g.vlans[v] = false
	case act == "add" && g.trunks[t] != nil:
		g.trunks[t][v] = true
	case act == "remove" && g.trunks[t] != nil:
		delete(g.trunks[t], v)
	case act == "carry all":
		g.trunks[t] = nil
	case act == "limit":
		g.trunks[t] = map[int]bool{}
	}
}

// footed is a device with what netmirror knows of it, and beside it what it
// would be without netmirror.
type footed struct {
	t      *rapid.T
	device ground
	names  map[int]string // marks of the VLANs that were made
	theirs ground
	ledger map[string]mirror.Native
	wanted map[string]mirror.Fragment
}

func (f *footed) info() plan.DeviceInfo {
	info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me}
	info.Observation.At = time.Unix(1, 0)
	for v, remote := range f.device.vlans {
		info.Observation.VLANs = append(info.Observation.VLANs, mirror.VLAN{ID: v, Remote: remote, Name: f.names[v]})
	}
	for t, list := range f.device.trunks {
		p := mirror.Port{Name: t, Trunk: &mirror.Trunk{Allowed: mirror.AllVLANs()}}
		if list != nil {
			p.Trunk.Allowed = mirror.VLANs(slices.Collect(maps.Keys(list))...)
		}
		info.Observation.Ports = append(info.Observation.Ports, p)
	}
	for _, l := range f.ledger {
		info.Ledger = append(info.Ledger, l)
	}
	return info
}

func (f *footed) desired() []plan.Desired {
	return plan.Compose(me, "sw", slices.Collect(maps.Values(f.wanted)))
}

// converge does what the engine does, until nothing is left that can be done.
func (f *footed) converge() {
	for round := 0; ; round++ {
		info := f.info()
		var due []mirror.Change
		for _, c := range plan.Stage(plan.Diff(f.desired(), info), false) {
			if plan.Unfooted(c, info) == nil {
				due = append(due, c)
			}
		}
		if len(due) == 0 {
			f.sweep()
			return
		}
		if round == 5 {
			f.t.Fatalf("no end: %+v on %s", due, f.device)
		}
		for _, c := range due {
			if c.After != nil {
				f.ledger[c.Mark] = mirror.Native{Device: "sw", Mark: c.Mark, Spec: c.After.Spec}
			}
			f.push(c)
		}
		f.sweep()
	}
}

// push carries a change of a footing out; it fails when it would make what is
// there or take away what is another's.
func (f *footed) push(c mirror.Change) {
	var before, after mirror.Footing
	if c.Before != nil {
		before = *c.Before.Spec.Footing
	}
	if c.After != nil {
		after = *c.After.Spec.Footing
	}
	v := max(before.VLAN, after.VLAN)
	for _, t := range after.Trunks {
		if !slices.Contains(before.Trunks, t) {
			if f.device.carries(t, v) {
				f.t.Fatalf("adds VLAN %d to %s, which carries it: %s", v, t, f.device)
			}
			f.device.hand("add", v, t)
		}
	}
	for _, t := range before.Trunks {
		if !slices.Contains(after.Trunks, t) {
			if f.theirs.carries(t, v) {
				f.t.Fatalf("takes VLAN %d of another from %s: %s", v, t, f.theirs)
			}
			f.device.hand("remove", v, t)
		}
	}
	_, theirs := f.theirs.vlans[v]
	switch {
	case before.Made == after.Made:
	case theirs:
		f.t.Fatalf("changes VLAN %d of another: %+v", v, c)
	case after.Made:
		f.device.vlans[v], f.names[v] = true, c.Mark
	default:
		delete(f.device.vlans, v)
		delete(f.names, v)
	}
}

// sweep is the engine's: the ledger keeps what is there.
func (f *footed) sweep() {
	info := f.info()
	wanted := map[string]bool{}
	for _, d := range f.desired() {
		wanted[d.Mark] = true
	}
	there := plan.Own(info, wanted)
	for mark, l := range f.ledger {
		l.Spec = plan.Kept(l, info.Observation).Spec()
		f.ledger[mark] = l
		if _, ok := there[mark]; !ok && !wanted[mark] {
			delete(f.ledger, mark)
		}
	}
}

// TestFootingsAreMadeKeptAndTakenAway: sessions come and go over remote VLANs
// and trunks that other hands change too. What a session needs is there unless
// another's VLAN stands in its way, nothing of another is ever changed, and when
// the last session is gone the device is what it would be without netmirror.
func TestFootingsAreMadeKeptAndTakenAway(t *testing.T) {
	numbers := rapid.SampledFrom([]int{900, 901})
	trunks := rapid.SampledFrom([]mirror.PortName{"t1", "t2", "t3"})
	rapid.Check(t, func(rt *rapid.T) {
		f := &footed{t: rt, device: newGround(), theirs: newGround(), names: map[int]string{}, ledger: map[string]mirror.Native{}, wanted: map[string]mirror.Fragment{}}
		rt.Repeat(map[string]func(*rapid.T){
			"a session comes": func(rt *rapid.T) {
				name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "session")
				via := rapid.SliceOfNDistinct(trunks, 0, 3, rapid.ID[mirror.PortName]).Draw(rt, "trunks")
				f.wanted[name] = mirror.Fragment{Session: name, Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleRSPANTransit, RemoteVLAN: numbers.Draw(rt, "VLAN"), Trunks: via}.Normalize()}
			},
			"a session goes": func(rt *rapid.T) {
				delete(f.wanted, rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "session"))
			},
			"another hand": func(rt *rapid.T) {
				act := rapid.SampledFrom([]string{"make remote", "make plain", "delete", "plain", "add", "remove", "carry all", "limit"}).Draw(rt, "act")
				v, trunk := numbers.Draw(rt, "VLAN"), trunks.Draw(rt, "trunk")
				_, there := f.device.vlans[v]
				if (act == "add" && f.device.carries(trunk, v)) || there && strings.HasPrefix(act, "make") {
					return // does nothing, and nobody learns of it
				}
				f.device.hand(act, v, trunk)
				f.theirs.hand(act, v, trunk)
			},
			"": func(rt *rapid.T) {
				f.converge()
				for _, w := range f.wanted {
					v := w.Spec.RemoteVLAN
					if remote, theirs := f.theirs.vlans[v]; theirs && !remote {
						continue // refused, and so are its trunks
					}
					if !f.device.vlans[v] {
						rt.Fatalf("no remote VLAN %d: %s", v, f.device)
					}
					for _, p := range w.Spec.Trunks {
						if !f.device.carries(p, v) {
							rt.Fatalf("%s does not carry VLAN %d: %s", p, v, f.device)
						}
					}
				}
			},
		})
		clear(f.wanted)
		f.converge()
		if f.device.String() != f.theirs.String() || len(f.ledger) != 0 {
			rt.Fatalf("left over: %s, without netmirror: %s, ledger %v", f.device, f.theirs, f.ledger)
		}
	})
}

// TestAFootingWithANameIsMadeOnceAndGoesWithItsLastUser: filters, tunnels and
// origins; one that was there before is used and stays.
func TestAFootingWithANameIsMadeOnceAndGoesWithItsLastUser(t *testing.T) {
	for _, kind := range []mirror.FootingKind{mirror.FootingFilter, mirror.FootingTunnel, mirror.FootingOrigin} {
		need := mirror.Footing{Kind: kind, Name: "nm-x"}
		spec := mirror.NativeSpec{Role: mirror.RoleLocal, Sources: []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}, Destinations: []mirror.PortName{"d1"}, Needs: []mirror.Footing{need}}
		mark := mirror.Mark(me, "sw", need.Spec())
		line := []mirror.Native{{Device: "sw", Mark: mark, ID: need.ID(), Spec: mirror.Footing{Kind: kind, Name: "nm-x", Made: true}.Spec()}}
		user := mirror.NativeSession{ID: "theirs", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Options: mirror.Options{Filter: "nm-x"}, Needs: []mirror.Footing{need}}}
		for name, c := range map[string]struct {
			wanted, there, theirs bool
			ledger                []mirror.Native
			verb                  string // of the change of the footing, "" = none
		}{
			"missing":                     {wanted: true, verb: "create"},
			"made by another hand":        {wanted: true, there: true},
			"made by us":                  {wanted: true, there: true, ledger: line},
			"made by us, taken away":      {wanted: true, ledger: line, verb: "create"},
			"nobody needs it":             {there: true, ledger: line, verb: "delete"},
			"nobody needs it, not there":  {ledger: line},
			"nobody needs another's":      {there: true},
			"another's session stands on": {there: true, theirs: true, ledger: line},
		} {
			info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Instance: me, Ledger: c.ledger}
			if c.there {
				info.Observation.Footings = []mirror.Footing{need}
			}
			if c.theirs {
				info.Observation.Natives = []mirror.NativeSession{user}
			}
			var wanted []mirror.Fragment
			if c.wanted {
				wanted = []mirror.Fragment{{Session: "a", Device: "sw", Spec: spec}, {Session: "b", Device: "sw", Spec: spec}}
			}
			verbs := ""
			for _, change := range plan.Diff(plan.Compose(me, "sw", wanted), info) {
				if change.Mark == mark {
					verbs += change.Verb()
				}
			}
			if verbs != c.verb {
				t.Errorf("%s, %s: %q", kind, name, verbs)
			}
		}
	}
}

// TestAPortIsMadeFitWhereThePlatformWantsItOfEveryDestination: without force, before
// the session; it is made again when another hand undoes it, and what it was before
// comes back when the last session leaves. A port that is so already is nobody's.
func TestAPortIsMadeFitWhereThePlatformWantsItOfEveryDestination(t *testing.T) {
	const before = " switchport access vlan 5"
	info := switchInfo(func(i *plan.DeviceInfo) {
		i.Capabilities.DestinationSetup = mirror.PortSetup{Monitor: true}
		i.Capabilities.PortSetup = mirror.Support{} // nothing more can be made of it
	})
	at := slices.IndexFunc(info.Observation.Ports, func(p mirror.Port) bool { return p.Name == "d1" })
	port1 := &info.Observation.Ports[at]
	port1.Stanza = before
	ex, reasons := plan.Expand(wish("d1", port("p1")), plan.Site{Devices: map[string]plan.DeviceInfo{"sw": info}})
	if len(reasons) == 0 {
		reasons = plan.Check(ex.Fragments[0], ex, nil, info)
	}
	for _, part := range ex.Fragments[0].Spec.Parts() {
		reasons = append(reasons, info.Capabilities.Forbids(part)...)
	}
	if len(reasons) > 0 {
		t.Fatal(reasons)
	}
	more := mirror.Footing{Kind: mirror.FootingPort, Port: "d1", Setup: &mirror.PortSetup{Monitor: true, Up: true}}
	if len(info.Capabilities.Forbids(more.Spec())) != 1 {
		t.Error("more than the platform wants is made of a port that it cannot change")
	}
	one, two := ex.Fragments[0], ex.Fragments[0]
	two.Session = "another"
	footing := func(what string, wanted ...mirror.Fragment) (changes []mirror.Change) {
		t.Helper()
		for _, c := range plan.Stage(plan.Diff(plan.Compose(me, "sw", wanted), info), false) {
			n := c.After
			if n == nil {
				n = c.Before
			}
			if f := n.Spec.Footing; f == nil {
				continue
			} else if f.Port != "d1" || !f.Setup.Monitor || f.Setup.Former != before {
				t.Errorf("%s: %+v", what, f)
			}
			changes = append(changes, c)
		}
		return changes
	}
	made := footing("at first", one, two)
	if len(made) != 1 || made[0].After == nil {
		t.Fatalf("made %+v", made)
	}
	info.Ledger = []mirror.Native{{Device: "sw", Mark: made[0].Mark, ID: made[0].After.ID, Spec: made[0].After.Spec}}
	port1.Monitor, port1.Stanza = true, " switchport monitor"
	if again := footing("made", one, two); again != nil {
		t.Errorf("made again: %+v", again)
	}
	if gone := footing("one leaves", two); gone != nil {
		t.Errorf("put back under a session: %+v", gone)
	}
	port1.Monitor, port1.Stanza = false, ""
	if again := footing("undone", one); len(again) != 1 || again[0].After == nil {
		t.Errorf("not made again: %+v", again)
	}
	port1.Monitor = true
	info.Observation.Natives = nil
	if gone := footing("all leave"); len(gone) != 1 || gone[0].After != nil {
		t.Errorf("not put back: %+v", gone)
	}
	info.Ledger = nil
	if theirs := footing("made by another hand", one); theirs != nil {
		t.Errorf("taken as ours: %+v", theirs)
	}
}
