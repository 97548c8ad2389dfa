package drivertest

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/testkit"
	"github.com/netmirror/netmirror/internal/worker"
)

// A rig drives one device by the planner's and the driver's functions, as an
// engine's worker does, and looks at it by the device's own means.
type rig struct {
	t      *testing.T
	s      Suite
	dev    *Device
	spy    spy
	conn   worker.Conn
	facts  mirror.Facts
	known  mirror.Known
	ledger []mirror.Native
	pushes int // calls of Push, for transaction ids

	clean  string // configuration before the first push
	others string // of it, what is not ours: all of it
}

// newRig makes a fresh device with foreign sessions, and connects.
func (s Suite) newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, s: s, dev: s.Device(t)}
	r.dev.Target.Device.Name, r.dev.Target.Device.Platform = thisDevice, s.Driver.Platform
	r.dev.Target.Device.Transports.Config = r.dev.Target.Transport
	r.dev.Target.Device = r.dev.Target.Device.WithDefaults()
	if c := s.Driver.Confirms; c != nil && c.Usual { // pushes stand unless a part is about confirming them
		r.dev.Target.Device.Confirm = mirror.ConfirmNone
	}
	if r.dev.Config == nil || r.dev.Others == nil || r.dev.Writes == nil || r.dev.Foreign == nil {
		t.Fatal("a device needs Config, Others, Writes and Foreign")
	}
	if r.dev.Ports == nil {
		r.dev.Ports = s.Ports
	}
	r.s.Ports = r.dev.Ports
	sessions, opaque := r.dev.Foreign()
	if sessions == 0 || opaque == 0 {
		t.Error("Foreign made no session, or none that must be read as opaque")
	}
	r.connect()
	r.expectForeign(sessions, opaque)
	r.clean = r.dev.Config()
	r.others = r.dev.Others(r.clean, nil)
	return r
}

func (r *rig) target() mirror.Target {
	target := r.dev.Target
	target.Instance = instance
	return target
}

func (r *rig) connect() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if r.conn != nil {
		_ = r.conn.Close() // a broken one
	}
	r.known = mirror.Known{} // how the last push over the connection ended may be unknown
	conn, err := r.spy.watch(r.s.Driver).Connect(ctx, r.target())
	if err != nil {
		r.t.Fatal(err)
	}
	r.conn, r.facts = conn, conn.Facts()
	r.t.Cleanup(func() { _ = conn.Close() })
}

// expectForeign: what others made is read, all of it, and is nobody's of ours.
func (r *rig) expectForeign(sessions, opaque int) {
	r.t.Helper()
	got := 0
	natives := r.observe().Natives
	for _, n := range natives {
		if n.Opaque != "" {
			got++
		}
		if n.Mark != "" && n.Instance == instance {
			r.t.Errorf("native session %s, made by others, bears our mark", n.ID)
		}
	}
	if len(natives) != sessions || got != opaque {
		r.t.Errorf("%d native sessions are read, %d of them opaque; want %d and %d: %+v", len(natives), got, sessions, opaque, natives)
	}
}

func (r *rig) observe() mirror.Observation {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	known, err := r.conn.Observe(ctx, mirror.Look{Known: r.known})
	if err != nil {
		r.t.Fatal(err)
	}
	r.known = known
	o := known.Observation
	if o.At.IsZero() {
		r.t.Fatal("an observation without a time counts as none")
	}
	return o
}

// info reads the device for the planner.
func (r *rig) info() plan.DeviceInfo {
	r.t.Helper()
	return plan.DeviceInfo{Device: r.dev.Target.Device, Ports: r.s.Driver.Ports, Capabilities: r.s.Driver.Capabilities(r.facts),
		Observation: r.observe(), Ledger: r.ledger, Instance: instance}
}

// own are the native sessions of ours among the observed.
func own(info plan.DeviceInfo) []mirror.NativeSession {
	var out []mirror.NativeSession
	for _, n := range info.Observation.Natives {
		if _, ours := info.Own(n); ours {
			out = append(out, n)
		}
	}
	return out
}

// render is what leads from the device to the fragments, ready to be pushed: the
// next stage of it, where sessions stand on footings.
func (r *rig) render(info plan.DeviceInfo, fragments []mirror.Fragment) ([]mirror.Change, mirror.Payload) {
	r.t.Helper()
	list := plan.Stage(changes(r.t, fragments, info), info.Capabilities.Atomic)
	return list, r.written(info, list)
}

// written are changes as they are pushed.
func (r *rig) written(info plan.DeviceInfo, list []mirror.Change) mirror.Payload {
	r.t.Helper()
	said := list
	if info.Capabilities.Atomic {
		said = plan.Together(list)
	}
	payload, err := r.s.Driver.Render(r.facts, info.Observation, said)
	if err != nil {
		r.t.Fatalf("render: %v", err)
	}
	checkPayload(r.t, list, payload)
	return payload
}

// prepared is the payload of sessions alone: what they stand on is made before.
func (r *rig) prepared(fragments ...mirror.Fragment) ([]mirror.Change, mirror.Payload) {
	r.t.Helper()
	info := r.info()
	all := changes(r.t, fragments, info)
	made := slices.DeleteFunc(slices.Clone(all), func(c mirror.Change) bool { return c.After == nil || c.After.Spec.Footing == nil })
	if len(made) == 0 || len(made) == len(all) {
		return r.render(info, fragments)
	}
	payload := r.written(info, made)
	r.claim(made)
	for _, b := range r.push(payload).Blocks {
		if b.Err != nil {
			r.t.Fatalf("%s: %v", b.Mark, b.Err)
		}
	}
	return r.render(r.info(), fragments)
}

// sessions are the places of the blocks of sessions in a payload; of a payload
// of footings alone, all.
func sessions(p mirror.Payload) (out []int) {
	var all []int
	for i, b := range p.Blocks {
		n := b.Change.After
		if n == nil {
			n = b.Change.Before
		}
		if all = append(all, i); n.Spec.Footing == nil {
			out = append(out, i)
		}
	}
	if len(out) == 0 {
		return all
	}
	return out
}

// claim writes the ledger before a push, as a worker does.
func (r *rig) claim(list []mirror.Change) {
	for _, c := range list {
		r.ledger = slices.DeleteFunc(r.ledger, func(n mirror.Native) bool {
			return c.Was != "" && n.Mark == c.Was || c.After != nil && n.Mark == c.Mark
		})
		if c.After != nil {
			r.ledger = append(r.ledger, mirror.Native{Device: thisDevice, Mark: c.Mark, ID: c.After.ID, Handle: c.After.Handle, Spec: c.After.Spec})
		}
	}
}

func (r *rig) push(p mirror.Payload) mirror.PushReport {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	r.pushes++
	report, err := r.conn.Push(ctx, "contract-"+strconv.Itoa(r.pushes), p)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(report.Blocks) != len(p.Blocks) {
		r.t.Fatalf("%d results for %d blocks", len(report.Blocks), len(p.Blocks))
	}
	for i, b := range report.Blocks {
		if b.Mark != p.Blocks[i].Mark() {
			r.t.Errorf("result %d is of %s, want %s", i, b.Mark, p.Blocks[i].Mark())
		}
	}
	return report
}

// apply drives the device to the fragments and demands that it reads back
// without a difference, that it is programmed, and that nothing else changed.
// It returns how many blocks were sent.
func (r *rig) apply(fragments ...mirror.Fragment) int {
	r.t.Helper()
	sent := 0
	const stages = 3
	for range stages {
		list, payload := r.render(r.info(), fragments)
		if len(list) == 0 {
			break
		}
		r.claim(list)
		for i, b := range r.push(payload).Blocks {
			if b.Err != nil {
				r.t.Fatalf("%s %s: %v\n%s", payload.Blocks[i].Verb(), b.Mark, b.Err, payload.Blocks[i].Text)
			}
		}
		sent += len(list)
	}
	r.holds(fragments)
	return sent
}

// holds demands that the device holds the fragments and nothing else of ours.
func (r *rig) holds(fragments []mirror.Fragment) {
	r.t.Helper()
	info := r.info()
	for _, c := range plan.Diff(plan.Compose(instance, thisDevice, fragments), info) {
		r.t.Fatalf("after the push there is still to %s %s: %s\n%s", c.Verb(), c.Mark, difference(c), nativeText(c.Before))
	}
	ours := own(info)
	want := slices.DeleteFunc(plan.Compose(instance, thisDevice, fragments), func(d plan.Desired) bool { return d.Spec.Footing != nil })
	if len(ours) != len(want) {
		r.t.Fatalf("%d native sessions are ours, want %d", len(ours), len(want))
	}
	r.programmed(ours)
	config := r.dev.Config()
	if diff := cmp.Diff(r.others, r.dev.Others(config, ours)); diff != "" {
		r.t.Fatalf("what is not ours was changed (-was +is):\n%s", diff)
	}
	if len(ours) == 0 && len(fragments) == 0 {
		r.isClean()
	}
	there := plan.Own(info, nil)
	r.ledger = slices.DeleteFunc(r.ledger, func(l mirror.Native) bool {
		if _, ok := there[l.Mark]; ok && l.Spec.Footing != nil {
			return false
		}
		return !slices.ContainsFunc(ours, func(n mirror.NativeSession) bool { m, _ := info.Own(n); return m == l.Mark })
	})
	for i, l := range r.ledger {
		for _, n := range ours {
			if m, _ := info.Own(n); m == l.Mark {
				r.ledger[i].Handle, r.ledger[i].ID = n.Handle, n.ID
			}
		}
	}
}

// programmed waits for sessions that the device tells are not in force yet.
func (r *rig) programmed(ours []mirror.NativeSession) {
	r.t.Helper()
	waiting := func(list []mirror.NativeSession) bool {
		return slices.ContainsFunc(list, func(n mirror.NativeSession) bool { return n.Programmed == mirror.False })
	}
	if waiting(ours) {
		testkit.Eventually(r.t, patience, "the device to program our sessions", func() bool { return !waiting(own(r.info())) })
	}
}

// isClean demands the configuration from before the first push.
func (r *rig) isClean() {
	r.t.Helper()
	if diff := cmp.Diff(r.clean, r.dev.Config()); diff != "" {
		r.t.Fatalf("with nothing of ours left the configuration is not what it was (-was +is):\n%s", diff)
	}
}

var rowID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// fingerprint is a configuration as a bag of words, without the ids of our
// sessions and of the rows that came with them, which were not in clean: what
// two ways to the same state must agree on.
func fingerprint(config string, ours []mirror.NativeSession, clean string) string {
	words := strings.FieldsFunc(config, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("[]{},\"", r) })
	for i, w := range words {
		made := rowID.MatchString(w) && !strings.Contains(clean, w)
		if made || slices.ContainsFunc(ours, func(n mirror.NativeSession) bool { return w == n.ID || w == n.Handle }) {
			words[i] = "ID"
		}
	}
	slices.Sort(words)
	return strings.Join(words, "\n")
}

// local is a session from ports of the device to another.
func (r *rig) local(dest string, sources ...mirror.NativeSource) mirror.Fragment {
	spec := r.s.plain(mirror.Both)
	spec.Destinations, spec.Sources = []mirror.PortName{r.s.port(dest)}, nil
	for _, src := range sources {
		src.Port = r.s.port(string(src.Port))
		spec.Sources = append(spec.Sources, src)
	}
	return r.s.fragment("contract-"+dest, spec)
}

// from is a source by its symbol.
func from(symbol string, d mirror.Direction) mirror.NativeSource {
	return mirror.NativeSource{Port: mirror.PortName(symbol), Direction: d}
}

func difference(c mirror.Change) string {
	if c.Before == nil || c.After == nil {
		return ""
	}
	return plan.Difference(c.Before.Spec, c.After.Spec)
}

func nativeText(n *mirror.NativeSession) string {
	if n == nil {
		return ""
	}
	return n.Text
}
