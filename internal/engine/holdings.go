package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/worker"
)

// A Holding is one native session on a device that carries, or shall carry, a session: as
// it is wanted, as it was last seen, and what leads from one to the other.
type Holding struct {
	Device, Mark, ID string
	Role             mirror.Role
	Wanted           *mirror.NativeSpec // nil = it is to go
	WantedText       mirror.Payload     // that makes it where nothing is
	NoText           string             // why that is not known
	Held             *ObservedSession   // nil = nothing was seen
	Difference       string             // in words, "" = none
	Forward          mirror.Payload     // that is sent when it is repaired; no blocks = nothing
	NoForward        string             // why nothing would be sent although it differs
	Hints            []mirror.Hint      // how a person sees it on the device
	At               time.Time          // of the read; zero = there was none
}

// Holdings tells of each native session of a session what is wanted and what is held. It
// is by what was last read: no device is asked.
func (e *Engine) Holdings(ctx context.Context, session string) (out []Holding, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		out = nil
		tx = remembering(tx)
		if _, err := tx.Session(session); err != nil {
			return err
		}
		rows, err := tx.Placements(session)
		if err != nil {
			return err
		}
		var devices []string
		for _, row := range rows {
			devices = append(devices, row.Device)
		}
		slices.Sort(devices)
		for _, name := range slices.Compact(devices) {
			list, err := e.holdingsOn(tx, session, name)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
}

func (e *Engine) holdingsOn(tx mirror.Tx, session, device string) ([]Holding, error) {
	d, _, err := tx.Device(device)
	if err != nil {
		return nil, err
	}
	drv, err := e.driver(d)
	if errors.Is(err, mirror.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := e.info(tx, d)
	if err != nil {
		return nil, err
	}
	st, err := e.states.Of(tx, device)
	if err != nil {
		return nil, err
	}
	rows, err := tx.PlacementsByDevice(device)
	if err != nil {
		return nil, err
	}
	seen, err := e.observedOn(tx, d)
	if err != nil {
		return nil, err
	}
	w := weighing{instance: e.instance, info: info, facts: st.Facts, drv: drv, seen: seen, rows: rows, lost: plan.Lost(info)}
	return w.of(session), nil
}

// weighing compares what one device holds with what it shall.
type weighing struct {
	instance string
	info     plan.DeviceInfo
	facts    mirror.Facts
	drv      worker.Driver
	seen     []ObservedSession
	rows     []mirror.Placement
	lost     map[string]string
}

func (w weighing) of(session string) (out []Holding) {
	var with []mirror.Fragment
	ids := map[string]string{} // native id by mark
	for _, row := range w.rows {
		if f := plan.Standing(row); f != nil {
			with = append(with, *f)
		}
		if row.Mark != "" {
			ids[row.Mark] = row.NativeID
		}
	}
	desired := plan.Compose(w.instance, w.info.Device.Name, with)
	changes, _ := plan.AssignIDs(plan.Diff(desired, w.info), nil, w.info)
	there := map[string]bool{}
	for _, d := range desired {
		if !slices.Contains(d.Sessions, session) || d.Spec.Footing != nil && !w.carries(session, d.Mark) {
			continue
		}
		there[d.Mark] = true
		spec := w.info.Capabilities.Plain(d.Spec)
		h := Holding{Mark: d.Mark, Role: spec.Role, ID: ids[d.Mark], Wanted: &spec}
		if d.Spec.Footing != nil {
			h.Role = mirror.RoleRSPANTransit
		}
		if h.WantedText, h.NoText = w.text(d, ids[d.Mark]); h.NoText == "" {
			h.Forward.Format = h.WantedText.Format
		}
		out = append(out, w.against(h, changes))
	}
	for _, row := range w.rows {
		if row.Session == session && row.Mark != "" && !there[row.Mark] {
			there[row.Mark] = true
			out = append(out, w.against(Holding{Mark: row.Mark, Role: row.Role, ID: row.NativeID}, changes))
		}
	}
	return out
}

// carries reports whether the session stands on what has this mark, and on nothing else
// there: a remote VLAN of a device between.
func (w weighing) carries(session, mark string) bool {
	return slices.ContainsFunc(w.rows, func(r mirror.Placement) bool { return r.Session == session && r.Mark == mark })
}

// against completes a holding by what was seen.
func (w weighing) against(h Holding, changes []mirror.Change) Holding {
	h.Device, h.At = w.info.Device.Name, w.info.Observation.At
	id, lost := w.lost[h.Mark]
	for i, o := range w.seen {
		mark, own := w.info.Own(o.Native)
		if own && mark == h.Mark || lost && o.Native.ID == id {
			h.Held, h.ID = &w.seen[i], cmp.Or(o.Native.ID, h.ID)
		}
	}
	look := mirror.NativeSession{ID: h.ID}
	switch {
	case h.Held != nil:
		look.Spec = h.Held.Native.Spec
	case h.Wanted != nil:
		look.Spec = *h.Wanted
	}
	h.Hints = hintsOn(w.drv, w.facts, &look)
	switch {
	case !w.info.Observed():
		h.NoForward = "the device was not read yet"
		return h
	case h.Held == nil && h.Wanted == nil:
		return h
	case h.Wanted != nil && h.Wanted.Footing != nil: // it is no native session, and is not seen as one
		if slices.ContainsFunc(changes, func(c mirror.Change) bool { return c.Mark == h.Mark }) {
			h.Difference = "it is not there as wanted"
		}
	case h.Held == nil:
		h.Difference = "nothing of it is there"
	case h.Wanted == nil:
		h.Difference = "it is there still"
	case lost || !w.info.Capabilities.Plain(h.Held.Native.Spec).Equal(*h.Wanted):
		h.Difference = plan.Difference(h.Held.Native.Spec, *h.Wanted)
	}
	if lost {
		h.NoForward = "it is not netmirror's any more, and is left alone"
		return h
	}
	var own []mirror.Change
	for _, c := range changes {
		if c.Mark == h.Mark || c.Was == h.Mark {
			own = append(own, c)
		}
	}
	if len(own) == 0 {
		return h
	}
	if w.info.Capabilities.Atomic {
		own = plan.Together(own)
	}
	var err error
	if h.Forward, err = w.drv.Render(w.facts, w.info.Observation, own); err != nil {
		h.NoForward = err.Error()
	}
	return h
}

// text is what a device is sent that has nothing of a native session.
func (w weighing) text(d plan.Desired, id string) (mirror.Payload, string) {
	if !w.info.Observed() {
		return mirror.Payload{}, "the device was not read yet"
	}
	bare := w.info
	bare.Observation.Natives = slices.DeleteFunc(slices.Clone(bare.Observation.Natives), func(n mirror.NativeSession) bool {
		mark, own := w.info.Own(n)
		return own && mark == d.Mark || id != "" && n.ID == id
	})
	pins := map[string]string{}
	if id != "" && w.info.Capabilities.NamedBy() == mirror.Numbered {
		pins[d.Mark] = id
	}
	var create []mirror.Change
	for _, c := range plan.Diff([]plan.Desired{d}, bare) {
		if c.Mark == d.Mark && c.After != nil {
			create = append(create, c)
		}
	}
	create, errs := plan.AssignIDs(create, pins, bare)
	if err := errors.Join(errs...); err != nil {
		return mirror.Payload{}, err.Error()
	}
	out, err := w.drv.Render(w.facts, bare.Observation, create)
	if err != nil {
		return mirror.Payload{}, err.Error()
	}
	return out, ""
}
