package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/testkit"
)

// apply applies a plan that holds, and waits for its rollouts.
func (b *bench) apply(id string) (engine.PlanRecord, []mirror.Operation) {
	b.t.Helper()
	p, err := b.ApplyPlan(b.t.Context(), admin, id)
	if err != nil {
		b.t.Fatal(err)
	}
	var ops []mirror.Operation
	for _, o := range p.Applied.Objects {
		if o.Operation != "" && o.Action != engine.ActionUnchanged {
			op, err := b.WaitOperation(b.t.Context(), o.Operation, patience)
			if errors.Is(err, mirror.ErrNotFound) {
				continue
			}
			if err != nil {
				b.t.Fatal(err)
			}
			ops = append(ops, op)
		}
	}
	return p, ops
}

func (b *bench) stale(id string) string {
	b.t.Helper()
	_, err := b.ApplyPlan(b.t.Context(), admin, id)
	if !errors.Is(err, mirror.ErrPlanStale) {
		b.t.Fatalf("no stale plan: %v", err)
	}
	return err.Error()
}

// TestWhatAPlanSaysIsSent: the bytes, the numbers, and nothing else; and once.
func TestWhatAPlanSaysIsSent(t *testing.T) {
	switches := map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "p3", "d1", "d2"), "new": newSwitch("x1", "x9")}
	switches["sw1"].numbered, switches["new"].later = true, true
	b := newBench(t, nil, switches)
	b.submit("old", "sw1:d1", "sw1:p1 rx")
	p := b.planned(mirror.Manifest{Devices: []mirror.Device{fakeDevice("new", "fake")},
		Sessions: []mirror.Session{intent("a", "sw1:d2", "sw1:p2 rx"), intent("b", "sw1:d1", "sw1:p3"), intent("c", "new:x9", "new:x1 rx")},
		Delete:   mirror.Deletion{Sessions: []string{"old"}}})
	applied, ops := b.apply(p.ID)
	for _, op := range ops {
		if op.State != mirror.OpSucceeded || op.Plan != p.ID {
			t.Errorf("operation %+v", op)
		}
	}
	said := map[string]bool{}
	for _, s := range p.Steps {
		for _, block := range s.Forward.Blocks {
			said[s.Device+" "+block.Text] = !s.NotRead
		}
	}
	sent := 0
	for _, op := range ops {
		for _, x := range op.Transcript {
			if x.Device == "sw1" {
				sent++
				if !said[x.Device+" "+x.Sent] {
					t.Errorf("sent, and not in the plan: %s", x.Sent)
				}
			}
		}
	}
	if sent == 0 {
		t.Error("no transcript")
	}
	if got := switches["sw1"].sources("d1") + "; " + switches["sw1"].sources("d2") + "; " + switches["new"].sources("x9"); got != "p3 both; p2 rx; x1 rx" {
		t.Errorf("copied is %s", got)
	}
	again, err := b.ApplyPlan(t.Context(), admin, p.ID)
	if err != nil || !again.Applied.At.Equal(applied.Applied.At) {
		t.Errorf("applied again: %+v, %v", again.Applied, err)
	}
	testkit.Eventually(t, patience, "old is gone", func() bool {
		_, err := b.Session(t.Context(), "old")
		return errors.Is(err, mirror.ErrNotFound)
	})
}

// TestAPlanThatRestsOnWhatIsNotSoIsStale at once, and says what differs.
func TestAPlanThatRestsOnWhatIsNotSoIsStale(t *testing.T) {
	for _, c := range []struct {
		name  string
		since func(b *bench, s *fakeSwitch)
		want  string
	}{
		{"foreign session", func(_ *bench, s *fakeSwitch) {
			s.edit(func() {
				s.natives["9"] = mirror.NativeSession{ID: "9", Spec: mirror.NativeSpec{Role: mirror.RoleLocal}}
			})
		},
			`the mirror configuration of device "sw1", or the device, is not what it was`},
		{"device replaced", func(b *bench, s *fakeSwitch) {
			s.edit(func() { s.facts.Serial, s.hungUp = "another", s.lines })
			b.settle("sw1")
		}, `the mirror configuration of device "sw1", or the device, is not what it was`},
		{"generation moved", func(b *bench, _ *fakeSwitch) { b.submit("a", "sw1:d1", "sw1:p2 rx") }, `session "a" was at version 1 and is at 2`},
		{"made meanwhile", func(b *bench, _ *fakeSwitch) { b.submit("b", "sw1:d2", "sw1:p2 rx") }, `session "b" was made meanwhile`},
		{"tool moved", func(b *bench, _ *fakeSwitch) {
			if _, _, err := b.PutTool(b.t.Context(), admin, mirror.Tool{Name: "ids", Device: "sw1", Interface: "d2", Owner: "x"}); err != nil {
				b.t.Fatal(err)
			}
		}, `tool "ids" was at version 1 and is at 2`},
	} {
		t.Run(c.name, func(t *testing.T) {
			switches := one()
			switches["sw1"].numbered = true
			b := newBench(t, nil, switches)
			b.submit("a", "sw1:d1", "sw1:p1 rx")
			if _, _, err := b.PutTool(t.Context(), admin, mirror.Tool{Name: "ids", Device: "sw1", Interface: "d2"}); err != nil {
				t.Fatal(err)
			}
			s := intent("b", "", "sw1:p1 rx")
			s.Destinations = []mirror.Destination{{Tool: "ids"}}
			p := b.planned(mirror.Manifest{Sessions: []mirror.Session{s, intent("a", "sw1:d1", "sw1:p3 rx")}})
			if now, err := b.PlanOf(t.Context(), p.ID); err != nil || now.State != engine.PlanHolds || len(now.Differences) > 0 {
				t.Errorf("shown as %s, %v, %v", now.State, now.Differences, err)
			}
			c.since(b, switches["sw1"])
			before := switches["sw1"].config()
			if got := b.stale(p.ID); !strings.Contains(got, c.want) {
				t.Errorf("stale since %s, want %s", got, c.want)
			}
			if now, err := b.PlanOf(t.Context(), p.ID); err != nil || now.State != engine.PlanStale || !slices.ContainsFunc(now.Differences, func(r mirror.Reason) bool { return strings.Contains(r.Message, c.want) }) {
				t.Errorf("shown as %s, %v, %v", now.State, now.Differences, err)
			}
			if got := switches["sw1"].config(); got != before {
				t.Errorf("the switch was changed to %s", got)
			}
		})
	}
}

// TestAWorkerSendsWhatThePlanSaidOrNothing: what comes between the last read and the push
// is found by the worker; the rollout is turned back, also of a session that is to go.
func TestAWorkerSendsWhatThePlanSaidOrNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		m    mirror.Manifest
		// sends reports whether a text does what the plan was to do.
		sends func(text string) bool
	}{
		{"new session", mirror.Manifest{Sessions: []mirror.Session{intent("b", "sw1:d2", "sw1:p2 rx")}}, func(text string) bool { return strings.Contains(text, `"d2"`) }},
		{"removal", mirror.Manifest{Delete: mirror.Deletion{Sessions: []string{"a"}}}, func(text string) bool { return !strings.Contains(text, `"after"`) }},
		{"change", mirror.Manifest{Sessions: []mirror.Session{intent("a", "sw1:d1", "sw1:p3 rx")}}, func(text string) bool { return strings.Contains(text, `"p3"`) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSwitch("p1", "p2", "p3", "d1", "d2")
			s.numbered = true
			between := func() {}
			b := newBench(t, func(cfg *engine.Config) {
				cfg.Failpoint = func(step string) {
					if step == "accepted" {
						between()
					}
				}
			}, map[string]*fakeSwitch{"sw1": s})
			b.submit("a", "sw1:d1", "sw1:p1 rx")
			b.maintain("sw1", true) // so that nothing is pushed before the edit
			p := b.planned(c.m)
			between = func() {
				s.quietly(func() {
					n := s.natives["66"]
					n.Spec.Sources = []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}}
					s.natives["66"] = n // by another hand
					s.foreign65()
				})
			}
			applied, err := b.ApplyPlan(t.Context(), admin, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			between = func() {}
			b.settleHeld("sw1")
			b.maintain("sw1", false)
			var op mirror.Operation
			for _, o := range applied.Applied.Objects {
				op = b.wait(o.Operation)
			}
			if op.State != mirror.OpFailed || op.Code != mirror.CodePlanStale || !strings.Contains(op.Message, "plan-stale") {
				t.Errorf("operation %s, code %q: %s", op.State, op.Code, op.Message)
			}
			for _, x := range op.Transcript { // to go back is no part of the plan
				if c.sends(x.Sent) {
					t.Errorf("sent %s", x.Sent)
				}
			}
			if c.name != "new session" {
				v, err := b.Session(t.Context(), "a")
				if err != nil || v.Record.Deleting {
					t.Errorf("the session goes: %+v, %v", v.Record.Deleting, err)
				}
			}
		})
	}
}

// foreign65 takes the number that is given next.
func (s *fakeSwitch) foreign65() {
	s.natives["65"] = mirror.NativeSession{ID: "65", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"p3"}}}
}

// settleHeld has a device read that is under maintenance.
func (b *bench) settleHeld(device string) {
	b.t.Helper()
	if _, err := b.Sync(b.t.Context(), admin, device); err != nil {
		b.t.Fatal(err)
	}
}

// TestAPlanIsAsItsObjectsOneByOne: a plan of any manifest, applied, leaves devices and
// sessions as the single writes do, and every byte sent stood in it.
func TestAPlanIsAsItsObjectsOneByOne(t *testing.T) {
	testkit.Fewer(t, 20) // of two engines each; -rapid.checks=500 tries more
	rapid.Check(t, func(rt *rapid.T) {
		lab := func() (*bench, map[string]*fakeSwitch) {
			switches := map[string]*fakeSwitch{"sw1": newSwitch("p1", "p2", "p3", "t1", "d1", "d2"), "sw2": newSwitch("p1", "t1", "d1")}
			switches["sw1"].numbered = true
			return newBench(t, nil, switches), switches
		}
		draw := func(name string) mirror.Session {
			dir := rapid.SampledFrom([]string{"rx", "tx", "both"}).Draw(rt, name+" direction")
			src := rapid.SampledFrom([]string{"sw1:p1", "sw1:p2", "sw1:p3"}).Draw(rt, name+" source")
			if rapid.Bool().Draw(rt, name+" remote") {
				s := intent(name, "sw2:d1", src+" "+dir)
				s.RSPAN = &mirror.RSPAN{VLAN: 999, Transit: []mirror.Transit{{Device: "sw1", Trunks: []string{"t1"}}, {Device: "sw2", Trunks: []string{"t1"}}}}
				return s
			}
			return intent(name, "sw1:"+rapid.SampledFrom([]string{"d1", "d2"}).Draw(rt, name+" destination"), src+" "+dir)
		}
		names := []string{"a", "b", "c", "e"}
		var first, second []mirror.Session
		var gone []string
		for _, n := range names {
			had := rapid.Bool().Draw(rt, n+" is there")
			if had {
				first = append(first, draw(n))
			}
			switch rapid.IntRange(0, 2).Draw(rt, n+" becomes") {
			case 0:
				second = append(second, draw(n))
			case 1:
				if had {
					gone = append(gone, n)
				}
			}
		}
		if len(second)+len(gone) == 0 {
			return
		}
		planned, ps := lab()
		defer planned.stop()
		single, ss := lab()
		defer single.stop()
		for _, b := range []*bench{planned, single} {
			for _, s := range first {
				b.put(s)
			}
		}
		p := planned.planned(mirror.Manifest{Sessions: second, Delete: mirror.Deletion{Sessions: gone}})
		_, ops := planned.apply(p.ID)
		for _, op := range ops {
			if op.State != mirror.OpSucceeded {
				rt.Fatalf("operation of %s: %s %s\nplan %s", op.Session, op.State, op.Message, mustText(p.Steps))
			}
		}
		for _, s := range second {
			single.put(s)
		}
		for _, n := range gone {
			single.remove(n)
		}
		for name := range ps {
			if a, b := ps[name].config(), ss[name].config(); a != b {
				rt.Errorf("%s holds by the plan\n%s\none by one\n%s", name, a, b)
			}
		}
		said := map[string]bool{}
		for _, s := range p.Steps {
			for _, block := range s.Forward.Blocks {
				said[s.Device+" "+block.Text] = true
			}
		}
		for _, op := range ops {
			for _, x := range op.Transcript {
				if !said[x.Device+" "+x.Sent] {
					rt.Errorf("sent to %s, and not in the plan: %s", x.Device, x.Sent)
				}
			}
		}
	})
}

func mustText(v any) string {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Sprint(err)
	}
	return string(b)
}
