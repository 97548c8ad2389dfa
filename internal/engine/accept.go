package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// goals are the fragments of a session: those that devices shall hold, and those
// that its user asks for, which are others while relief is in force.
type goals struct{ targets, asked []mirror.Fragment }

// expandAndCheck turns an intent into fragments and refuses it with every
// reason. A session that is switched off has none; it is expanded all the same,
// so that faults are told, and checked when it is switched on. What the drivers
// could not say to the devices is refused here too, before any is touched. It is
// checked as its user asked for it, whatever relief makes of it.
func (e *Engine) expandAndCheck(tx mirror.Tx, rec mirror.SessionRecord, now time.Time) (goals, plan.Expansion, []mirror.Reason, error) {
	ex, reasons, warnings, err := e.expand(tx, rec, now)
	if err != nil {
		return goals{}, ex, nil, err
	}
	if err := mirror.Refuse(refusalKind(reasons), reasons); err != nil {
		return goals{}, ex, nil, err
	}
	if _, on := plan.Effective(plan.AsAsked(rec), now); !on {
		return goals{}, ex, nil, nil
	}
	g, err := e.goals(tx, rec, ex.Fragments, now)
	return g, ex, warnings, err
}

// goals are what relief makes of the fragments that the user of a session asks for.
func (e *Engine) goals(tx mirror.Tx, rec mirror.SessionRecord, asked []mirror.Fragment, now time.Time) (goals, error) {
	s, on := plan.Effective(rec, now)
	if !on {
		return goals{asked: asked}, nil
	}
	if rec.Relief == nil || len(rec.Relief.Steps) == 0 {
		return goals{asked, asked}, nil
	}
	site, err := e.site(tx, s)
	if err != nil {
		return goals{}, err
	}
	ex, reasons := plan.Expand(s, site)
	return goals{ex.Fragments, asked}, mirror.Refuse(refusalKind(reasons), reasons)
}

// expand gives the fragments of an intent, as its user asks for it, with every reason
// against them and every warning; the error is the store's.
func (e *Engine) expand(tx mirror.Tx, rec mirror.SessionRecord, now time.Time) (ex plan.Expansion, reasons, warnings []mirror.Reason, err error) {
	s, on := plan.Effective(plan.AsAsked(rec), now)
	site, err := e.site(tx, s)
	if err != nil {
		return ex, nil, nil, err
	}
	ex, reasons = plan.Expand(s, site)
	if !on {
		return ex, reasons, nil, nil // switched on, it will be checked
	}
	var all []mirror.Fragment // of other sessions, on every device
	for _, f := range ex.Fragments {
		if w := rec.Waiting; w != nil && (w.Reason == mirror.ReasonReading || !site.Devices[f.Device].Observed()) {
			continue // it is checked when the device has been read
		}
		rows, err := tx.PlacementsByDevice(f.Device)
		if err != nil {
			return ex, nil, nil, err
		}
		var others []mirror.Fragment
		for _, row := range rows {
			if row.Session != s.Name {
				others = append(others, claims(row)...)
			}
		}
		all = append(all, others...)
		found := plan.Check(f, ex, others, site.Devices[f.Device])
		if len(found) == 0 {
			found = e.unsayable(tx, f, others, site.Devices[f.Device])
		}
		if unread := unreadIn(tx)[f.Device]; unread {
			var doubtful []mirror.Reason
			found, doubtful = byTheLeast(found, f.Device)
			warnings = append(warnings, doubtful...)
		}
		reasons = append(reasons, found...)
		for _, w := range plan.Warnings(f, ex, site.Devices[f.Device]) {
			if !slices.Contains(warnings, w) { // fragments of one device may share it
				warnings = append(warnings, w)
			}
		}
	}
	reasons = append(reasons, plan.CheckLadder(ex, site)...)
	warnings = append(warnings, plan.SharedVLAN(ex, all)...)
	if site.Around, err = e.around(tx, ex, site); err != nil {
		return ex, nil, nil, err
	}
	broken, doubtful := plan.CheckPath(ex, site)
	if len(unreadOf(tx, ex)) > 0 { // nobody knows what its ports carry
		broken, doubtful = nil, append(doubtful, broken...)
	}
	reasons, warnings = append(reasons, broken...), append(warnings, doubtful...)
	peers, err := cabledPeers(tx, plan.Peers(ex, site))
	if err != nil {
		return ex, nil, nil, err
	}
	warnings = append(warnings, plan.CheckCables(ex, site, peers)...)
	unwelcome, doubtful := plan.CheckAccepts(ex, site)
	reasons, warnings = append(reasons, unwelcome...), append(warnings, doubtful...)
	return ex, append(reasons, plan.CheckTunnels(ex, site.Tunnels)...), warnings, nil
}

// byTheLeast parts the reasons against a device that a plan has and nobody has read: what
// stands against it whatever the device is, and what the least of its family cannot do,
// which is a warning, since it is decided when the device is read.
func byTheLeast(found []mirror.Reason, device string) (reasons, doubtful []mirror.Reason) {
	for _, r := range found {
		if r.Code == plan.GuardCode || refusalKind([]mirror.Reason{r}) != mirror.ErrConflict {
			r.Message += fmt.Sprintf("; device %s is not read, so this is by the least that its family can do", device)
			doubtful = append(doubtful, r)
		} else {
			reasons = append(reasons, r)
		}
	}
	return reasons, doubtful
}

// unreadOf are the devices of an expansion that a plan has and nobody has read.
func unreadOf(tx mirror.Tx, ex plan.Expansion) (out []string) {
	unread := unreadIn(tx)
	for _, f := range ex.Fragments {
		if unread[f.Device] && !slices.Contains(out, f.Device) {
			out = append(out, f.Device)
		}
	}
	return out
}

// unsayable has the driver write what a fragment takes, beside what the others
// hold, and gives its reasons when it cannot.
func (e *Engine) unsayable(tx mirror.Tx, f mirror.Fragment, others []mirror.Fragment, info plan.DeviceInfo) []mirror.Reason {
	drv, err := e.driver(info.Device)
	if err != nil {
		return nil // Expand has refused the device
	}
	st, err := e.states.Of(tx, f.Device)
	if err != nil {
		return nil
	}
	ours := mirror.Marks(e.instance, f.Device, f.Spec)
	var out []mirror.Reason
	for _, c := range plan.Diff(plan.Compose(e.instance, f.Device, append(slices.Clone(others), f)), info) {
		if c.After == nil || !slices.Contains(ours, c.Mark) {
			continue
		}
		after := *c.After
		if after.ID == "" {
			after.ID = "1" // any: the text matters, not the number
		}
		c.After = &after
		_, err := drv.Render(st.Facts, renderable(info.Observation, f.Spec, c), []mirror.Change{c})
		var refusal *mirror.Refusal
		switch {
		case err == nil:
		case errors.As(err, &refusal):
			for _, r := range refusal.Reasons {
				r.Message = fmt.Sprintf("device %s: %s", f.Device, r.Message)
				if !slices.Contains(out, r) { // a session and its footing may share it
					out = append(out, r)
				}
			}
		default:
			out = append(out, mirror.Reason{Code: "unsupported", Message: fmt.Sprintf("device %s: %v", f.Device, err)})
		}
	}
	return out
}

// renderable is what a change is rendered against. A session that stands on
// footings is rendered against nothing: they are not made yet.
func renderable(o mirror.Observation, spec mirror.NativeSpec, c mirror.Change) mirror.Observation {
	if c.After.Spec.Footing != nil || len(spec.Parts()) == 1 {
		return o
	}
	return mirror.Observation{}
}

// claims are the fragments that a placement may come to hold: what its session asks
// for, whatever relief makes of it, and while its rollout is open also what it holds
// now and may go back to. What relief has made of the same is none of them: it goes
// when the session is as asked.
func claims(row mirror.Placement) []mirror.Fragment {
	var out []mirror.Fragment
	for i, f := range []*mirror.Fragment{row.Intended(), row.Goal, row.Good} {
		switch {
		case f == nil:
		case i > 0 && plan.SameFragment(f, row.Intended()):
		case i > 0 && row.Asked != nil && f.Spec.DestinationKey() == row.Asked.Spec.DestinationKey():
		default:
			out = append(out, *f)
		}
	}
	return out
}

// refusalKind: what collides with others is a conflict, what the platform or
// the inventory cannot give is unsupported.
func refusalKind(reasons []mirror.Reason) error {
	conflicts := []string{"options-differ", "mirror-of-mirror", "destination-in-use", plan.GuardCode, "native-id-in-use", "vlan-in-use", "erspan-id-in-use",
		"list-in-use", "tunnel-in-use", "origin-in-use"}
	for _, r := range reasons {
		if !slices.Contains(conflicts, r.Code) {
			return mirror.ErrUnsupported
		}
	}
	return mirror.ErrConflict
}

// site gathers the devices and tools that a session names.
func (e *Engine) site(tx mirror.Tx, s mirror.Session) (plan.Site, error) {
	site := plan.Site{Devices: map[string]plan.DeviceInfo{}, Tools: map[string]mirror.Tool{}}
	names := s.Devices()
	for _, d := range s.Destinations {
		if d.Tool == "" {
			continue
		}
		tool, _, err := tx.Tool(d.Tool)
		if errors.Is(err, mirror.ErrNotFound) {
			continue
		}
		if err != nil {
			return site, err
		}
		site.Tools[d.Tool] = tool
		names = append(names, tool.Device)
	}
	if s.Filter != "" {
		filter, _, err := tx.Filter(s.Filter)
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return site, err
		}
		if err == nil {
			site.Filter = &filter
		}
	}
	if err := tunnels(tx, s, &site); err != nil {
		return site, err
	}
	for _, name := range names {
		device, _, err := tx.Device(name)
		if errors.Is(err, mirror.ErrNotFound) || err == nil && device.Retired {
			continue
		}
		if err != nil {
			return site, err
		}
		info, err := e.info(tx, device)
		if err == nil {
			err = e.landings(tx, &info)
		}
		if err != nil {
			return site, err
		}
		site.Devices[name] = info
	}
	return site, nil
}

// cabledPeers are those devices that are stored and in use.
func cabledPeers(tx mirror.Tx, names []string) (map[string]mirror.Device, error) {
	out := map[string]mirror.Device{}
	for _, name := range names {
		d, _, err := tx.Device(name)
		if errors.Is(err, mirror.ErrNotFound) || err == nil && d.Retired {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[name] = d
	}
	return out, nil
}

// tunnels finds what other sessions send to the collector of this one.
func tunnels(tx mirror.Tx, s mirror.Session, site *plan.Site) error {
	for _, d := range s.Destinations {
		ip := d.IP
		if d.Tool != "" {
			ip = site.Tools[d.Tool].IP
		}
		if ip == "" {
			continue
		}
		rows, err := tx.PlacementsByCollector(ip)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Session != s.Name {
				site.Tunnels = append(site.Tunnels, claims(row)...)
			}
		}
	}
	return nil
}
