package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// ownerForeign is whoever is no netmirror.
const ownerForeign = "foreign"

// Observed lists the native sessions last seen on a device, or with "" on all,
// with a guess whose they are; owner keeps those of one, "" all.
func (e *Engine) Observed(ctx context.Context, device, owner string) (out []ObservedSession, err error) {
	if device == "" && owner == ownerForeign {
		if err := e.catchUp(ctx); err != nil {
			return nil, err
		}
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		devices, err := e.observedDevices(tx, device, owner)
		if err != nil {
			return err
		}
		out = nil
		for _, d := range devices {
			list, err := e.observedOn(tx, d)
			if err != nil {
				return err
			}
			for _, o := range list {
				if owner == "" || o.Owner == owner {
					out = append(out, o)
				}
			}
		}
		return nil
	})
	return out, err
}

// observedDevices are those on which there may be a native session of this owner. Of foreign
// ones it is counted where they are, and nobody looks at ten thousand devices for a few.
func (e *Engine) observedDevices(tx mirror.Tx, device, owner string) ([]mirror.Device, error) {
	one := func(name string) (mirror.Device, error) { d, _, err := tx.Device(name); return d, err }
	switch {
	case device != "":
		d, err := one(device)
		return []mirror.Device{d}, err
	case owner == ownerForeign && e.deviceTally.pending() == 0:
		return named(e.deviceTally.after(DevicePick{Foreign: true}, ""), one)
	}
	return tx.Devices(mirror.Page{})
}

func (e *Engine) observedOn(tx mirror.Tx, d mirror.Device) ([]ObservedSession, error) {
	info, err := e.info(tx, d)
	if errors.Is(err, mirror.ErrUnsupported) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, err := tx.PlacementsByDevice(d.Name)
	if err != nil {
		return nil, err
	}
	st, err := e.states.Of(tx, d.Name)
	if err != nil {
		return nil, err
	}
	lost := map[string]string{} // native id -> mark of the session that had it
	for mark, id := range plan.Lost(info) {
		lost[id] = mark
	}
	var out []ObservedSession
	for _, n := range info.Observation.Natives {
		o := ObservedSession{Device: d.Name, Native: n, At: info.Observation.At, FirstSeen: st.FirstSeen[n.SeenAs()]}
		o.Owner, o.Guess = owner(info, n, lost[n.ID])
		mark, own := info.Own(n)
		for _, row := range rows {
			if own && row.Mark == mark {
				o.Sessions = append(o.Sessions, row.Session)
			}
		}
		out = append(out, o)
	}
	return out, nil
}

// owner guesses whose a native session is, and says why.
func owner(info plan.DeviceInfo, n mirror.NativeSession, lost string) (owner, why string) {
	mark, own := info.Own(n)
	switch {
	case own && n.Mark != "":
		return "netmirror", "it bears our mark and the ledger knows it"
	case own && n.Handle != "":
		return "netmirror", "the ledger says that netmirror made this row, which bears no mark any more"
	case own && info.Capabilities.NamedBy() == mirror.Placed:
		if others := plan.Beside(info, mark); len(others) > 0 {
			return "netmirror", "the ledger says that netmirror copies to " + n.ID + "; another hand copies there, too: " + plan.SourcesText(others)
		}
		return "netmirror", "the ledger says that netmirror copies to " + n.ID
	case own:
		return "netmirror", "the ledger says that netmirror made number " + n.ID + ", and it still shares its ports"
	case info.Bears(n, n.Mark) && (n.Instance != "" || n.Mark == mirror.Mark(info.Instance, info.Device.Name, n.Spec)):
		return "netmirror", "it bears our mark, but the ledger does not know it: released before, or made after the last backup"
	case strings.HasPrefix(n.Mark, mirror.MarkPrefix) && n.Instance == "":
		return "netmirror-other", "it bears a mark that this netmirror does not know"
	case strings.HasPrefix(n.Mark, mirror.MarkPrefix):
		return "netmirror-other", "it bears the mark of another netmirror, instance " + n.Instance
	case lost != "":
		return ownerForeign, "the number was netmirror's and holds something else now"
	case n.Opaque != "":
		return ownerForeign, n.Opaque
	case n.Instance == "" && strings.HasPrefix(n.ID, mirror.MarkPrefix):
		return ownerForeign, "it is named like one of netmirror's and bears no mark"
	}
	return ownerForeign, "nothing says that netmirror made it"
}
