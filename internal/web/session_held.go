package web

import (
	"net/http"

	"github.com/netmirror/netmirror/client"
)

// heldText is what one device shall hold of a session and what it was last seen to hold.
type heldText struct {
	client.Holding
	Shape, Word string
	Old         bool     // it is known from earlier only
	Note        string   // what the device's part is said to be
	To          []string // where copies end that it makes
	Forward     string   // what a repair would send
	reasons     []string // of conditions that are not as they shall be
}

// heldBy asks what was read of each device of the session; nothing is read for it.
func heldBy(v *visit, x client.Session) (out []heldText, err error) {
	list, err := v.cl.GetSessionHoldings(v.Context(), x.Name)
	if err != nil {
		if problem(err).Status == http.StatusNotFound { // it has just gone
			return nil, nil
		}
		return nil, err
	}
	for _, held := range list.Items {
		h := heldText{Holding: held, Shape: shapeUnsure, Word: "not known", Forward: joined(held.Forward)}
		for _, c := range x.Status.Conditions {
			if c.Status != "True" && c.Reason != "" {
				h.reasons = append(h.reasons, c.Reason)
			}
		}
		for _, f := range x.Status.Fragments {
			if f.Device == h.Device && (f.Mark == h.Mark || f.Mark == "" && f.Role == h.Role) {
				h.Shape, h.Word = holds(x, f)
				h.Old = f.Configured.State == "Unknown" && !moving(x)
				h.Note, h.To = f.Configured.Message, f.Destinations
			}
		}
		if h.Word == "in sync" && h.Difference != "" { // seen since
			h.Shape, h.Word = shapeSoon, "differs"
		}
		out = append(out, h)
	}
	return out, nil
}

// A pausedDevice is one that is read only, as somebody wants it.
type pausedDevice struct {
	client.Device
	What, Ends string
}

// mostPaused is of how many devices a session's page asks whether they are read only.
const mostPaused = 8

// pausedOf are the devices of a session that are read only. A device that nobody knows any
// more is none.
func pausedOf(v *visit, held []heldText) (out []pausedDevice) {
	asked := map[string]bool{}
	for _, h := range held {
		if asked[h.Device] || len(asked) == mostPaused {
			continue
		}
		asked[h.Device] = true
		got, err := v.cl.GetDevice(v.Context(), h.Device)
		if err != nil {
			continue
		}
		switch d := got.Value; {
		case d.Spec.Maintenance != nil && *d.Spec.Maintenance:
			out = append(out, pausedDevice{d, "is in maintenance", "netmirror devices set " + shellQuote(d.Name) + " --maintenance=false"})
		case d.Spec.Mode == "observe":
			out = append(out, pausedDevice{d, "is in observe mode", "netmirror devices set " + shellQuote(d.Name) + " --mode full"})
		}
	}
	return out
}

// ReadWord is before the time of the read.
func (h heldText) ReadWord() string {
	if h.Old {
		return "as of"
	}
	return "read"
}

// Differs reports whether wanted and held are shown beside one another.
func (h heldText) Differs() bool { return h.Difference != "" && h.ReadAt != nil }

// holds says in two words whether a device holds its part.
func holds(x client.Session, f client.FragmentStatus) (shape, word string) {
	c := f.Configured
	switch {
	case c.State == "False" && c.Reason == "OwnershipLost":
		return shapeBad, "not ours"
	case x.Status.Phase == "Deleting":
		return shapeMoving, "being removed"
	case off(x) && c.State == "True":
		return shapeOff, "holds nothing of it"
	case c.State == "False":
		return shapeBad, "differs"
	case moving(x) && f.AppliedRevision != f.GoalRevision:
		return shapeMoving, "being written"
	case c.State == "True":
		return shapeOK, "in sync"
	}
	return shapeUnsure, "not known"
}
