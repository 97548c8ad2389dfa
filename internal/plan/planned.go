package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Plans are the plans under which a change is made: those of the placements given, which
// are the ones that it concerns and that move.
func Plans(rows []mirror.Placement) map[string]bool {
	out := map[string]bool{}
	for _, r := range rows {
		if r.Planned != nil {
			out[r.Planned.Plan] = true
		}
	}
	return out
}

// Awaits reports whether a change of a device is to wait: moving are the placements that it
// is made for, rows all of the device, and another session of the same plan is to come into
// the native session, or to leave it, and its turn has not come. A plan makes them all in
// one change, which rollouts that go on at their own pace would make in several.
//
// Nothing waits in a ring: a placement waits for turns of its own stage and of earlier
// ones, and a turn comes when the earlier stages of its session are done.
func Awaits(c mirror.Change, moving, rows []mirror.Placement, instance string) bool {
	plans := Plans(moving)
	if len(plans) == 0 {
		return false
	}
	until := stages
	for _, r := range moving {
		until = min(until, stageBeside(r, rows))
	}
	return slices.ContainsFunc(rows, func(r mirror.Placement) bool {
		return r.Planned != nil && plans[r.Planned.Plan] && !SameFragment(r.Goal, r.Target) && stageBeside(r, rows) <= until &&
			(isPartOf(c, r.Target, r.Device, instance) || isPartOf(c, r.Goal, r.Device, instance))
	})
}

// stageBeside is the stage of a placement, which those of its session on the same device
// tell.
func stageBeside(r mirror.Placement, rows []mirror.Placement) int {
	var same []mirror.Placement
	for _, o := range rows {
		if o.Session == r.Session {
			same = append(same, o)
		}
	}
	return stageIn(r, same)
}

// isPartOf: a fragment has a part in what a change is about.
func isPartOf(c mirror.Change, f *mirror.Fragment, device, instance string) bool {
	if f == nil {
		return false
	}
	marks := mirror.Marks(instance, device, f.Spec)
	return slices.Contains(marks, c.Mark) || c.Was != "" && slices.Contains(marks, c.Was)
}

// A Saying is how the changes of one push are put into words: what is said, and beside
// which observation.
type Saying struct {
	Said   []mirror.Change
	before mirror.Observation
	beside mirror.Observation
}

// Say prepares changes, once they have ids, to be rendered one by one.
func Say(assigned []mirror.Change, info DeviceInfo) Saying {
	s := Saying{Said: assigned, before: info.Observation, beside: info.Observation}
	if info.Capabilities.Atomic {
		s.Said, s.beside = Together(assigned), info.Observation.Behind(assigned)
	}
	return s
}

// Beside is the observation beside which a change is said: a footing by how it stands, a
// session by what will.
func (s Saying) Beside(c mirror.Change) mirror.Observation {
	if c.After == nil || c.After.Spec.Footing != nil {
		return s.before
	}
	return s.beside
}

// Pins are the numbers that native sessions shall have: those that their users ask for,
// else those that a plan has told.
func Pins(desired []Desired, rows []mirror.Placement) map[string]string {
	out := map[string]string{}
	for _, r := range rows {
		if r.Planned == nil || r.Settled() {
			continue
		}
		for _, b := range r.Planned.Blocks {
			if b.Verb == "create" {
				out[b.Mark] = b.ID
			}
		}
	}
	for _, d := range desired {
		out[d.Mark] = cmp.Or(d.Pin, out[d.Mark])
	}
	return out
}

// After is an observation as it will be once changes were made, as far as it decides what
// is changed next.
func After(o mirror.Observation, changes []mirror.Change) mirror.Observation {
	o.Natives, o.Ports, o.VLANs, o.Footings = slices.Clone(o.Natives), slices.Clone(o.Ports), slices.Clone(o.VLANs), slices.Clone(o.Footings)
	for _, c := range changes {
		if footed(c) {
			footAfter(&o, c)
			continue
		}
		if c.Before != nil {
			o.Natives = slices.DeleteFunc(o.Natives, func(n mirror.NativeSession) bool { return n.ID == c.Before.ID && n.Handle == c.Before.Handle })
		}
		if c.After != nil {
			o.Natives = append(o.Natives, *c.After)
		}
	}
	return o
}

func footAfter(o *mirror.Observation, c mirror.Change) {
	var before, after mirror.Footing
	if c.Before != nil {
		before = *c.Before.Spec.Footing
	}
	if c.After != nil {
		after = *c.After.Spec.Footing
	}
	switch cmp.Or(c.After, c.Before).Spec.Footing.Kind {
	case mirror.FootingVLAN:
		vlanAfter(o, c.Mark, before, after)
	case mirror.FootingPort:
		if s := after.Setup; s != nil {
			setUp(o, after.Port, *s)
		}
	default:
		o.Footings = slices.DeleteFunc(o.Footings, func(f mirror.Footing) bool {
			return f.Kind == before.Kind && f.Name == before.Name || f.Kind == after.Kind && f.Name == after.Name
		})
		if c.After != nil {
			o.Footings = append(o.Footings, after)
		}
	}
}

func vlanAfter(o *mirror.Observation, mark string, before, after mirror.Footing) {
	id := cmp.Or(after.VLAN, before.VLAN)
	if after.Made || before.Made {
		o.VLANs = slices.DeleteFunc(o.VLANs, func(v mirror.VLAN) bool { return v.ID == id })
	}
	if after.Made {
		o.VLANs = append(o.VLANs, mirror.VLAN{ID: id, Name: mark, Remote: true})
	}
	for i, p := range o.Ports {
		was, is := slices.Contains(before.Trunks, p.Name), slices.Contains(after.Trunks, p.Name)
		if was == is || p.Trunk == nil {
			continue
		}
		t := *p.Trunk
		if is {
			t.Allowed = t.Allowed.Union(mirror.VLANs(id))
		} else {
			t.Allowed = without(t.Allowed, id)
		}
		o.Ports[i].Trunk = &t
	}
}

func without(s mirror.VLANSet, id int) mirror.VLANSet {
	var left []int
	for v := 1; v <= mirror.MaxVLAN; v++ {
		if v != id && s.Has(v) {
			left = append(left, v)
		}
	}
	return mirror.VLANs(left...)
}

func setUp(o *mirror.Observation, port mirror.PortName, s mirror.PortSetup) {
	for i := range o.Ports {
		p := &o.Ports[i]
		if p.Name != port {
			continue
		}
		if s.Up {
			p.Admin = mirror.True
		}
		if s.Access != 0 {
			p.Access = s.Access
		}
		if s.Tagged {
			p.Access = 0
		}
		p.Monitor = p.Monitor || s.Monitor
	}
}

// Summary tells a change in plain words, such as "create native session 66: port p1
// (both) to port d1".
func Summary(c mirror.Change) string {
	n := cmp.Or(c.After, c.Before)
	what := "native session " + cmp.Or(n.ID, n.Mark)
	if f := n.Spec.Footing; f != nil {
		what = footingWords(*f)
	}
	switch {
	case c.Before == nil:
		return "create " + what + holding(n.Spec)
	case c.After == nil:
		return "delete " + what + holding(n.Spec)
	}
	return fmt.Sprintf("change %s: %s", what, Difference(c.Before.Spec, c.After.Spec))
}

func holding(n mirror.NativeSpec) string {
	if n.Footing != nil {
		return ""
	}
	return ": " + mirror.TrafficOn("", &mirror.NativeSession{Spec: n}).String()
}

func footingWords(f mirror.Footing) string {
	switch f.Kind {
	case mirror.FootingVLAN:
		out := fmt.Sprintf("remote VLAN %d", f.VLAN)
		if len(f.Trunks) > 0 {
			out += fmt.Sprintf(" on trunks %v", f.Trunks)
		}
		return out
	case mirror.FootingPort:
		return fmt.Sprintf("the setup of port %s", f.Port)
	case mirror.FootingFilter:
		out := "access list " + f.Name
		if len(f.Ports) > 0 {
			out += fmt.Sprintf(" at ports %v", f.Ports)
		}
		return out
	case mirror.FootingTunnel:
		return "tunnel interface " + f.Name
	}
	return "origin of copies " + f.Name
}

// The answers to whether a change interrupts copies that are made.
const (
	InterruptsNo    = "no"
	InterruptsMaybe = "maybe"
	InterruptsYes   = "yes"
)

// Interrupts tells whether a change interrupts copies that are made now and are wanted
// on, and why. all are the changes of the device in the same step.
func Interrupts(c mirror.Change, all []mirror.Change) (answer, why string) {
	switch {
	case footed(c):
		if c.Before == nil {
			return InterruptsNo, ""
		}
		return InterruptsMaybe, "sessions stand on it"
	case c.Before == nil || c.Before.Spec.Shut:
		return InterruptsNo, ""
	case c.After != nil:
		return InterruptsMaybe, "netmirror does not know whether the platform changes a session that copies without a break"
	}
	for _, o := range all {
		if o.Before != nil || o.After == nil || footed(o) {
			continue
		}
		if ports, _ := o.After.Spec.Common(c.Before.Spec); len(ports) > 0 || o.After.Spec.DestinationKey() == c.Before.Spec.DestinationKey() {
			return InterruptsYes, "it is deleted and made again as native session " + cmp.Or(o.After.ID, o.After.Mark)
		}
	}
	return InterruptsNo, ""
}
