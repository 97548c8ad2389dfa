package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/capacity"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Bounds of what is looked at for a way.
const (
	maxNetwork = 512 // devices
	// maxSeeking is how long ways are looked for; what is not tried by then is refused.
	maxSeeking = 5 * time.Second
	// newName stands for a session that has none yet.
	newName = "new-session"
)

// What a way is made of, see plan.Hop.
type (
	WayHop    = plan.Hop
	WayTrunk  = plan.HopTrunk
	UnfitKind = plan.Unfit
)

// UsualVLANs are the remote VLANs that are proposed where nothing says which may be.
func UsualVLANs() mirror.VLANSet { return plan.UsualVLANs() }

// Ways are how the copies of a session may travel, see plan.Propose.
type Ways struct {
	plan.Proposal
	// Forecasts are those of each way, in their order.
	Forecasts [][]capacity.Forecast
	// Read is when the device was read that was read the longest ago of those that a way
	// rests on; zero: none ever was.
	Read time.Time
}

// Ways finds how the copies of a session may travel, by what is stored and what was last
// read of the devices; none is asked. What is proposed is what a write would accept now;
// vlans are the remote VLANs that may be, none means the controller's own. A session
// without a name is a new one. Nothing is stored.
func (e *Engine) Ways(ctx context.Context, s mirror.Session, vlans mirror.VLANSet) (out Ways, err error) {
	s = s.WithDefaults()
	s.Enabled = true
	unnamed := s.Name == ""
	s.Name = cmp.Or(s.Name, newName)
	bare := s
	bare.Kind, bare.RSPAN, bare.ERSPAN = mirror.KindAuto, nil, nil
	if err := accept(bare); err != nil {
		return out, err
	}
	ctx, cancel := context.WithTimeout(ctx, maxSeeking)
	defer cancel()
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		tx = remembering(tx)
		for n := 2; unnamed; n++ {
			if _, err := tx.Session(s.Name); err != nil {
				break // there is none; another error is told by what is read next
			}
			s.Name = fmt.Sprintf("%s-%d", newName, n)
		}
		bare.Name = s.Name
		q := plan.Quest{Session: s, VLANs: vlans}
		if q.VLANs.Empty() {
			q.VLANs = e.cfg.RemoteVLANs
		}
		if err := e.quest(tx, bare, &q); err != nil {
			return err
		}
		t := trial{e: e, tx: tx, ctx: ctx, now: time.Now().UTC()}
		out.Proposal = plan.Propose(q, t.try)
		out.Read = oldestRead(q)
		for _, w := range out.Proposal.Ways {
			_, forecasts := t.plan(w.Session)
			out.Forecasts = append(out.Forecasts, forecasts)
		}
		return t.fault
	})
	return out, err
}

// quest gathers what is known for a way: the devices of the session, and all that are
// joined with them.
func (e *Engine) quest(tx mirror.Tx, s mirror.Session, q *plan.Quest) (err error) {
	if q.Site, err = e.site(tx, s); err != nil {
		return err
	}
	n := plan.Network{Devices: map[string]plan.DeviceInfo{}, Names: plan.Names(e.states.Hosts()), Unable: map[string]string{}, Taken: map[int]string{}}
	queue := slices.Sorted(maps.Keys(q.Site.Devices))
	for len(queue) > 0 && len(n.Devices) < maxNetwork {
		name := queue[0]
		queue = queue[1:]
		if _, seen := n.Devices[name]; seen {
			continue
		}
		device, _, err := tx.Device(name)
		if errors.Is(err, mirror.ErrNotFound) || err == nil && device.Retired {
			continue // somebody else, whom a link names
		}
		if err != nil {
			return err
		}
		info, err := e.info(tx, device)
		if errors.Is(err, mirror.ErrUnsupported) {
			continue // a platform without a driver
		}
		if err != nil {
			return err
		}
		n.Devices[name] = info
		if why := e.unable(info); why != "" {
			n.Unable[name] = why
		}
		if err := e.takenVLANs(tx, name, s.Name, n.Taken); err != nil {
			return err
		}
		queue = append(queue, n.Beside(info)...)
	}
	q.Network = n
	q.Network.Share = e.shares(tx, s, q.Site)
	return nil
}

// unable is why copies of others should not be sent over a device now, "" = they may.
func (e *Engine) unable(info plan.DeviceInfo) string {
	st := e.states.Known(info.Device.Name)
	switch {
	case !info.Observed():
		return "was never read"
	case st.Reachable.State == mirror.False:
		return "does not answer: " + st.Reachable.Message
	case info.Device.Mode == mirror.ModeObserve:
		return "is in observe mode: nothing is sent to it"
	case info.Device.Maintenance:
		return "is under maintenance: nothing is sent to it"
	}
	return ""
}

// takenVLANs notes the remote VLANs that sessions name which have to do with a device,
// those that are switched off, too.
func (e *Engine) takenVLANs(tx mirror.Tx, device, but string, taken map[int]string) error {
	for after, more := "", true; more; {
		names, next, err := tx.Select(mirror.ObjectSession, mirror.Selection{Device: device}, mirror.Page{After: after, Limit: mirror.MaxLooked})
		if err != nil {
			return err
		}
		found, err := tx.StoredSessions(names)
		if err != nil {
			return err
		}
		for _, f := range found {
			if r := f.Record.Session.RSPAN; r != nil && f.Record.Session.Name != but && taken[r.VLAN] == "" {
				taken[r.VLAN] = f.Record.Session.Name
			}
		}
		after, more = next, next != ""
	}
	return nil
}

// shares tells how full trunks would be with the copies of a session beside what they
// carry: the fuller direction counts, because which of both the copies take depends on the
// way.
func (e *Engine) shares(tx mirror.Tx, s mirror.Session, site plan.Site) func(string, mirror.PortName) (float64, bool) {
	see := e.sight(tx)
	var own mirror.BitsPerSecond
	for _, src := range s.Sources {
		info, known := site.Devices[src.Device]
		if !known || src.Interface == "" {
			continue
		}
		ports, err := info.Ports(src.Interface)
		if err != nil {
			continue // it is refused
		}
		for _, port := range ports {
			if p := see.Port(src.Device, port); p.Known {
				if src.Direction != mirror.TX {
					own += p.In.P95.Wire()
				}
				if src.Direction != mirror.RX {
					own += p.Out.P95.Wire()
				}
			}
		}
	}
	return func(device string, trunk mirror.PortName) (float64, bool) {
		p := see.Port(device, trunk)
		if !p.Known || p.Speed == 0 {
			return 0, false
		}
		return float64(max(p.In.P95.Wire(), p.Out.P95.Wire())+own) / float64(p.Speed), true
	}
}

// oldestRead is the oldest read among those of the devices of the session.
func oldestRead(q plan.Quest) (oldest time.Time) {
	for _, d := range q.Site.Devices {
		if at := d.Observation.At; oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// A trial plans sessions that nobody has asked for as a write would.
type trial struct {
	e     *Engine
	tx    mirror.Tx
	ctx   context.Context
	now   time.Time
	fault error
}

func (t *trial) try(s mirror.Session) (refused, warned []mirror.Reason) {
	if t.ctx.Err() != nil {
		return []mirror.Reason{{Code: "no-time", Message: fmt.Sprintf("it was not tried within %v", maxSeeking)}}, nil
	}
	rec, _ := t.plan(s)
	return rec.refused, rec.warned
}

type tried struct{ refused, warned []mirror.Reason }

func (t *trial) plan(s mirror.Session) (tried, []capacity.Forecast) {
	if faults := s.Validate(); len(faults) > 0 {
		return tried{refused: faults}, nil
	}
	rec, err := t.tx.Session(s.Name)
	var before *mirror.SessionRecord
	if err == nil {
		was := rec
		before = &was
	} else if !errors.Is(err, mirror.ErrNotFound) {
		t.fault = errors.Join(t.fault, err)
	}
	rec = mirror.SessionRecord{Session: s, Generation: rec.Generation}
	ex, refused, warned, err := t.e.expand(t.tx, rec, t.now)
	if err != nil {
		t.fault = errors.Join(t.fault, err)
	}
	refused = append(refused, t.silent(s, ex)...)
	if len(refused) > 0 || t.fault != nil {
		return tried{refused, warned}, nil
	}
	j, err := t.e.admitLoad(t.tx, before, &rec, ex, ex.Fragments, t.now)
	refusal := (*mirror.Refusal)(nil)
	switch {
	case errors.As(err, &refusal):
		refused = refusal.Reasons
	case err != nil:
		t.fault = errors.Join(t.fault, err)
	}
	return tried{refused, slices.Concat(warned, rec.Warnings)}, j.forecasts
}

// silent are the devices that do not answer, which a write would not be accepted for.
func (t *trial) silent(s mirror.Session, ex plan.Expansion) (out []mirror.Reason) {
	for _, f := range ex.Fragments {
		r := t.e.states.Known(f.Device).Reachable
		if r.State != mirror.False || s.OnUnreachable == mirror.UnreachableQueue {
			continue
		}
		reason := mirror.Reason{Code: "device-unreadable", Message: fmt.Sprintf("device %s does not answer: %s", f.Device, r.Message)}
		if !slices.Contains(out, reason) {
			out = append(out, reason)
		}
	}
	return out
}
