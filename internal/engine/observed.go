package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// Observed lists the native sessions last seen on a device, or with "" on all,
// with a guess whose they are.
func (e *Engine) Observed(ctx context.Context, device string) (out []ObservedSession, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var devices []mirror.Device
		var err error
		if device == "" {
			devices, err = tx.Devices(mirror.Page{})
		} else { // without a look at the others: there may be ten thousand
			var d mirror.Device
			d, _, err = tx.Device(device)
			devices = []mirror.Device{d}
		}
		if err != nil {
			return err
		}
		for _, d := range devices {
			list, err := e.observedOn(tx, d)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	return out, err
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
	lost := map[string]string{} // native id -> mark of the session that had it
	for mark, id := range plan.Lost(info) {
		lost[id] = mark
	}
	var out []ObservedSession
	for _, n := range info.Observation.Natives {
		o := ObservedSession{Device: d.Name, Native: n, At: info.Observation.At}
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
		return "foreign", "the number was netmirror's and holds something else now"
	case n.Opaque != "":
		return "foreign", n.Opaque
	case n.Instance == "" && strings.HasPrefix(n.ID, mirror.MarkPrefix):
		return "foreign", "it is named like one of netmirror's and bears no mark"
	}
	return "foreign", "nothing says that netmirror made it"
}
