package engine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// A reliefView is what is known, in one transaction, of the sessions whose copies come
// to an end, and of those with which they must agree on options.
type reliefView struct {
	e       *Engine
	tx      mirror.Tx
	end     capacity.EndLoad
	carried Carried
	now     time.Time
	way     capacity.Way

	recs  map[string]mirror.SessionRecord
	asked map[string][]mirror.Fragment // by session, what it asks of devices
	sites map[string]plan.Site         // by session
	agree map[string][]string          // by session, all that must agree with it on options, itself too
	here  map[string]bool              // its copies come to the end
	base  capacity.Outlook             // with what is in force
}

func (e *Engine) reliefView(tx mirror.Tx, end capacity.EndLoad, carried Carried, now time.Time) *reliefView {
	tx = remembering(tx)
	return &reliefView{e: e, tx: tx, end: end, carried: carried, now: now, way: e.sight(tx), recs: map[string]mirror.SessionRecord{},
		asked: map[string][]mirror.Fragment{}, sites: map[string]plan.Site{}, agree: map[string][]string{}, here: map[string]bool{}}
}

// question gathers what capacity.NextStep wants to know.
func (v *reliefView) question() (capacity.ReliefQuestion, error) {
	q := capacity.ReliefQuestion{End: v.end.End, Now: v.now, Offered: v.end.Offered, Capacity: v.end.Capacity, Hold: v.e.cfg.Timeouts.Relief}
	if err := v.load(); err != nil {
		return q, err
	}
	for _, name := range slices.Sorted(maps.Keys(v.recs)) {
		r, err := v.relievable(name)
		if err != nil {
			return q, err
		}
		q.Sessions = append(q.Sessions, r)
		moving, err := v.moving(v.recs[name])
		if err != nil {
			return q, err
		}
		q.Moving = q.Moving || moving
	}
	v.base = v.outlook(nil)
	q.Predict = v.outlook
	return q, nil
}

// load finds the sessions: those that ask for copies to the end, and those that must
// agree with one of them on options.
func (v *reliefView) load() error {
	rows, err := v.near()
	if err != nil {
		return err
	}
	names := slices.Clone(v.end.Sessions)
	for _, row := range rows {
		names = append(names, row.Session)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		asked, err := intendedFragments(v.tx, name)
		if err != nil {
			return err
		}
		for _, f := range capacity.FeedsOf(name, asked, v.way) {
			if slices.ContainsFunc(f.Ends, v.end.End.Same) || v.end.End.Link && slices.Contains(v.end.Sessions, name) {
				v.here[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.here)) {
		if v.agree[name] != nil {
			continue
		}
		asked, err := intendedFragments(v.tx, name)
		if err != nil {
			return err
		}
		all, err := group(v.tx, name, asked)
		if err != nil {
			return err
		}
		all = append(all, name)
		slices.Sort(all)
		for _, one := range all {
			v.agree[one] = all
			if err := v.add(one); errors.Is(err, mirror.ErrNotFound) {
				delete(v.here, one)
			} else if err != nil {
				return err
			}
		}
	}
	return nil
}

// others are all that must agree with a session on options, by name, itself not.
func (v *reliefView) others(name string) []string {
	return slices.DeleteFunc(slices.Clone(v.agree[name]), func(o string) bool { return o == name })
}

// near are the placements among which are those that end at the end.
func (v *reliefView) near() ([]mirror.Placement, error) {
	if v.end.End.Port == "" {
		return v.tx.PlacementsByCollector(v.end.End.IP)
	}
	return v.tx.PlacementsByDevice(v.end.End.Device)
}

func (v *reliefView) add(name string) (err error) {
	rec, err := v.tx.Session(name)
	if err != nil {
		return err
	}
	if v.asked[name], err = intendedFragments(v.tx, name); err != nil {
		return err
	}
	if v.sites[name], err = v.e.site(v.tx, rec.Session); err != nil {
		return err
	}
	v.recs[name] = rec
	return nil
}

// group are all sessions that must agree with one on options: those that share a native
// session with it or with another of them, itself not. The options are those of the side
// that makes the copies. Each native session is looked at once: it may be that of many.
func group(tx mirror.Tx, session string, asked []mirror.Fragment) ([]string, error) {
	type native struct{ device, key string }
	seen, looked := map[string]bool{session: true}, map[native]bool{}
	var out []string
	for queue := slices.Clone(asked); len(queue) > 0; queue = queue[1:] {
		f := queue[0]
		at := native{f.Device, f.Spec.DestinationKey()}
		if len(f.Spec.Sources) == 0 || looked[at] {
			continue
		}
		looked[at] = true
		rows, err := tx.PlacementsByDevice(at.device)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			o := row.Intended()
			if o == nil || seen[row.Session] || len(o.Spec.Sources) == 0 || o.Spec.DestinationKey() != at.key {
				continue
			}
			seen[row.Session] = true
			out = append(out, row.Session)
			theirs, err := intendedFragments(tx, row.Session)
			if err != nil {
				return nil, err
			}
			queue = append(queue, theirs...)
		}
	}
	slices.Sort(out)
	return out, nil
}

// relievable is a session as relief sees it.
func (v *reliefView) relievable(name string) (capacity.Relievable, error) {
	rec := v.recs[name]
	r := capacity.Relievable{Session: rec.Session, Relief: rec.Relief.Clone(), Here: v.here[name], Cannot: map[string]string{}, Shares: v.others(name)}
	var err error
	if r.Busy, err = v.busy(rec); err != nil {
		return r, err
	}
	for _, f := range v.asked[name] {
		if len(f.Spec.Sources) == 0 {
			continue
		}
		caps := v.sites[name].Devices[f.Device].Capabilities
		for rung, of := range map[string]struct {
			can    mirror.Support
			values mirror.Values
			to     *[]mirror.Values
		}{mirror.RungTruncate: {caps.Truncate, caps.Ranges.Truncate, &r.Truncate}, mirror.RungSample: {caps.Sample, caps.Ranges.Sample, &r.Sample}} {
			if *of.to = append(*of.to, of.values); !of.can.OK() {
				r.Cannot[rung] = fmt.Sprintf("device %s cannot: %s", f.Device, cmp.Or(of.can.Remark, "its platform does not have it"))
			}
		}
	}
	return r, nil
}

// reliefPatience is how long an end waits for a step of relief to reach its devices,
// before another one is thought of.
const reliefPatience = 5 * time.Minute

// moving: a step of relief of the session is on its way to the devices.
func (v *reliefView) moving(rec mirror.SessionRecord) (bool, error) {
	if rec.Operation == "" {
		return false, nil
	}
	op, err := v.tx.Operation(rec.Operation)
	return op.Type == opRelief && op.State.Open() && v.now.Sub(op.Created) < reliefPatience, err
}

// busy is why a session cannot be changed now, "" = it can.
func (v *reliefView) busy(rec mirror.SessionRecord) (string, error) {
	switch {
	case rec.Deleting:
		return "it is being deleted", nil
	case rec.Waiting != nil:
		return "it waits to be decided: " + rec.Waiting.Message, nil
	case rec.Refused != 0 && rec.Refused == rec.Generation:
		return fmt.Sprintf("generation %d was refused and undone", rec.Refused), nil
	case rec.Operation == "":
		return "", nil
	}
	op, err := v.tx.Operation(rec.Operation)
	if err == nil && op.State.Open() {
		return fmt.Sprintf("its rollout %s is on the way", op.ID), nil
	}
	for _, f := range v.asked[rec.Session.Name] {
		if known := v.e.states.Known(f.Device).Reachable; known.State == mirror.False {
			return fmt.Sprintf("device %s is away: %s", f.Device, known.Message), err
		}
	}
	return "", err
}

// fragments are what the sessions would ask of devices with such steps in force.
func (v *reliefView) fragments(steps map[string][]mirror.ReliefStep) map[string][]mirror.Fragment {
	out := map[string][]mirror.Fragment{}
	for name, rec := range v.recs {
		if with, other := steps[name]; other {
			relief := rec.Relief.Clone()
			relief.Steps = with
			rec.Relief = &relief
		}
		s, on := plan.Effective(rec, v.now)
		switch {
		case !on || rec.Deleting:
		case rec.Relief == nil || len(rec.Relief.Steps) == 0:
			out[name] = v.asked[name]
		default:
			ex, _ := plan.Expand(s, v.sites[name])
			out[name] = ex.Fragments
		}
	}
	return out
}

// outlook tells what would be with such steps in force.
func (v *reliefView) outlook(steps map[string][]mirror.ReliefStep) capacity.Outlook {
	fragments := v.fragments(steps)
	out := capacity.Outlook{Holds: v.holds(fragments), Known: true}
	terms, offered := v.offer(fragments, v.end.End)
	out.Offered = offered
	for _, t := range terms {
		out.Known = out.Known && t.Unknown == ""
	}
	if steps != nil {
		out.Unable = v.unable(fragments)
		out.Crowded = v.crowded(fragments)
	}
	return out
}

func (v *reliefView) offer(fragments map[string][]mirror.Fragment, end capacity.End) ([]capacity.Term, mirror.BitsPerSecond) {
	feeds := v.feedsTo(end, fragments)
	flowing := feeds
	if end.Link {
		flowing = v.feedsTo(end, v.fragments(nil))
	}
	terms, offered, _ := capacity.OfferInstead(feeds, flowing, end, carriedNow{v}, mirror.BasisMeasured)
	return terms, offered
}

// feedsTo is what fragments feed to an end.
func (v *reliefView) feedsTo(end capacity.End, fragments map[string][]mirror.Fragment) (feeds []capacity.Feed) {
	for _, name := range slices.Sorted(maps.Keys(fragments)) {
		feeds = append(feeds, capacity.FeedsOf(name, fragments[name], v.way)...)
	}
	return slices.DeleteFunc(feeds, func(f capacity.Feed) bool { return !slices.ContainsFunc(f.Ends, end.Same) })
}

// holds is a text of the native sessions that devices would hold.
func (v *reliefView) holds(fragments map[string][]mirror.Fragment) string {
	byDevice := map[string][]mirror.Fragment{}
	for _, of := range fragments {
		for _, f := range of {
			byDevice[f.Device] = append(byDevice[f.Device], f)
		}
	}
	var out strings.Builder
	for _, device := range slices.Sorted(maps.Keys(byDevice)) {
		for _, d := range plan.Compose(v.e.instance, device, byDevice[device]) {
			spec, err := json.Marshal(d.Spec)
			if err != nil { // plain structs of strings and numbers always marshal
				panic(err)
			}
			fmt.Fprintf(&out, "%s %s\n", device, spec)
		}
	}
	return out.String()
}

// unable is why the platforms of the sessions could not hold such fragments.
func (v *reliefView) unable(fragments map[string][]mirror.Fragment) string {
	for _, name := range slices.Sorted(maps.Keys(fragments)) {
		for _, f := range fragments[name] {
			info := v.sites[name].Devices[f.Device]
			for _, r := range info.Capabilities.Forbids(f.Spec, info.Observation.Ports...) {
				return fmt.Sprintf("device %s: %s", f.Device, r.Message)
			}
		}
	}
	return ""
}

// crowded names another end that more would come to with such fragments, and that
// could not take it.
func (v *reliefView) crowded(fragments map[string][]mirror.Fragment) string {
	now := v.fragments(nil)
	var ends []capacity.End
	for name, of := range fragments {
		for _, f := range capacity.FeedsOf(name, of, v.way) {
			for _, end := range f.Ends {
				if !end.Same(v.end.End) && !slices.ContainsFunc(ends, end.Same) {
					ends = append(ends, end)
				}
			}
		}
	}
	for _, end := range ends {
		load, known := v.e.relief.near(end.Key())
		if !known || load.Capacity == 0 {
			continue
		}
		_, was := v.offer(now, end)
		_, is := v.offer(fragments, end)
		if is > was && float64(load.Offered+is-was) >= capacity.ReliefUnder*float64(load.Capacity) {
			return end.String()
		}
	}
	return ""
}

// uneven is the release of an option that is in force for some of the sessions that
// must agree on it and not for all: a device has refused it of some.
func (v *reliefView) uneven(q capacity.ReliefQuestion) *capacity.ReliefMove {
	option := func(name, rung string) (mirror.ReliefStep, bool) {
		steps := v.recs[name].Relief.Clone().Steps
		i := slices.IndexFunc(steps, func(s mirror.ReliefStep) bool { return s.Rung == rung })
		if i < 0 {
			return mirror.ReliefStep{}, false
		}
		return steps[i], true
	}
	for _, name := range slices.Sorted(maps.Keys(v.recs)) {
		for _, rung := range []string{mirror.RungTruncate, mirror.RungSample} {
			step, has := option(name, rung)
			if !has {
				continue
			}
			if i := slices.IndexFunc(v.others(name), func(o string) bool { x, has := option(o, rung); return !has || !x.Same(step) }); i < 0 {
				continue
			}
			rest := slices.DeleteFunc(v.recs[name].Relief.Clone().Steps, func(s mirror.ReliefStep) bool { return s.Rung == rung })
			steps := map[string][]mirror.ReliefStep{name: rest}
			move := &capacity.ReliefMove{Release: true, Session: name, Step: step, Steps: steps, Now: v.end.Offered, Capacity: v.end.Capacity}
			if !q.Releasable(move) {
				continue
			}
			move.Predicted = v.outlook(steps).Offered
			return move
		}
	}
	return nil
}

// carriedNow is what ports carried in the newest reading.
type carriedNow struct{ *reliefView }

func (c carriedNow) Port(device string, name mirror.PortName) capacity.Port {
	out := capacity.Port{How: "the newest reading", Why: "it was not read yet"}
	if p, ok := c.observation(device).Port(name); ok {
		out.Speed, out.Up, out.Members = p.Speed, p.Up, p.Members
	}
	in, sent, known := c.carried(device, name)
	if known {
		out.Known, out.In, out.Out = true, capacity.Stat{P95: in, Peak: in}, capacity.Stat{P95: sent, Peak: sent}
	}
	return out
}

func (c carriedNow) InVLAN(device string, vlan int) (out []mirror.PortName) {
	for _, p := range c.observation(device).Ports {
		if p.Access == vlan || p.Carries(vlan) {
			out = append(out, p.Name)
		}
	}
	return out
}

func (c carriedNow) observation(device string) mirror.Observation {
	return c.e.states.Known(device).Observation
}
