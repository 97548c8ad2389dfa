package engine

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// ownerForeign is whoever is no netmirror.
const ownerForeign = "foreign"

// An ObservedQuery asks for native sessions; its zero value for all.
type ObservedQuery struct {
	Device string // of this one
	Copies string // interface of that device, or "vlan 7": those that copy it, or may do so
	Owner  string // "netmirror", "netmirror-other" or "foreign"
	From   string // the device, of all, with which the list begins; those before it are left out
	Most   int    // so many entries, of devices after From, are enough; 0 = no bound
}

// Observed lists the native sessions last seen on devices, in the order of their names, with
// a guess whose they are.
func (e *Engine) Observed(ctx context.Context, q ObservedQuery) (out []ObservedSession, err error) {
	if q.Device == "" && q.Owner == ownerForeign {
		if err := e.catchUp(ctx); err != nil {
			return nil, err
		}
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		out = nil
		later := 0
		place, err := e.placeOf(tx, q.Device, q.Copies)
		if err != nil {
			return err
		}
		for d, err := range e.observedDevices(tx, q) {
			if err != nil {
				return err
			}
			list, err := e.observedOn(tx, d)
			if err != nil {
				return err
			}
			list = slices.DeleteFunc(list, func(o ObservedSession) bool {
				return q.Owner != "" && o.Owner != q.Owner || place != "" && !mayCopy(o.Native.Spec, place)
			})
			if out = append(out, list...); d.Name != q.From {
				later += len(list)
			}
			if q.Most > 0 && later >= q.Most {
				return nil
			}
		}
		return nil
	})
	return out, err
}

// mayCopy reports whether a native session copies a place as placeOf names it. A port may be
// a member of any VLAN that is copied: whoever asks who listens there is told of these, too.
func mayCopy(n mirror.NativeSpec, place string) bool {
	vlan, isVLAN := strings.CutPrefix(place, "vlan ")
	return slices.ContainsFunc(n.Sources, func(s mirror.NativeSource) bool {
		switch {
		case s.All:
			return true
		case isVLAN:
			return strconv.Itoa(s.VLAN) == strings.TrimSpace(vlan)
		}
		return s.VLAN != 0 || strings.EqualFold(string(s.Port), place)
	})
}

// observedAtOnce is how many devices are read from the store together.
const observedAtOnce = 200

// observedDevices are those on which there may be what is asked for, in the order of their
// names. Of foreign sessions it is counted where they are: nobody looks at ten thousand
// devices for a few.
func (e *Engine) observedDevices(tx mirror.Tx, q ObservedQuery) iter.Seq2[mirror.Device, error] {
	var names []string
	switch {
	case q.Device != "":
		names = []string{q.Device}
	case q.Owner == ownerForeign && e.deviceTally.settled():
		names = e.deviceTally.after(DevicePick{Foreign: true}, "")
		i, _ := slices.BinarySearch(names, q.From)
		names = names[i:]
	default:
		return allDevices(tx, q.From)
	}
	return func(yield func(mirror.Device, error) bool) {
		for _, name := range names {
			d, _, err := tx.Device(name)
			if q.Device == "" && errors.Is(err, mirror.ErrNotFound) {
				continue // it is gone, and not counted yet
			}
			if !yield(d, err) {
				return
			}
		}
	}
}

// allDevices are all from one on.
func allDevices(tx mirror.Tx, from string) iter.Seq2[mirror.Device, error] {
	return func(yield func(mirror.Device, error) bool) {
		if from != "" {
			d, _, err := tx.Device(from)
			if !errors.Is(err, mirror.ErrNotFound) && !yield(d, err) {
				return
			}
		}
		for page := (mirror.Page{After: from, Limit: observedAtOnce}); ; {
			list, err := tx.Devices(page)
			if err != nil {
				yield(mirror.Device{}, err)
				return
			}
			for _, d := range list {
				if !yield(d, nil) {
					return
				}
			}
			if len(list) < page.Limit {
				return
			}
			page.After = list[len(list)-1].Name
		}
	}
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
