package web

import (
	"slices"
	"time"

	"github.com/netmirror/netmirror/client"
)

// heldText is what one device was last seen to hold of a session.
type heldText struct {
	client.FragmentStatus
	Shape, Word string
	Text        string // in the device's words, "" = nothing was seen
	Owner       string // whose the native session is by now
	ReadAt      *time.Time
	Unknown     string // why it is not known
	Old         bool   // it is known from earlier only
}

// heldBy asks what was read of each device of the session; nothing is read for it.
func heldBy(v *visit, x client.Session) (out []heldText, err error) {
	seen := map[string][]client.ObservedSession{}
	for _, f := range x.Status.Fragments {
		h := heldText{FragmentStatus: f}
		h.Shape, h.Word = holds(x, f)
		h.Old = f.Configured.State == "Unknown" && !moving(x)
		all, asked := seen[f.Device]
		if !asked {
			for o, err := range v.cl.AllDeviceObservedSessions(v.Context(), f.Device, client.ListDeviceObservedSessionsOptions{}) {
				if err != nil {
					if problem(err).Status != 404 {
						return nil, err
					}
					h.Unknown = "The device is not in the inventory any more."
					break
				}
				all = append(all, o)
			}
			seen[f.Device] = all
		}
		if i := slices.IndexFunc(all, func(o client.ObservedSession) bool { return isOf(o, f, x.Name) }); i >= 0 {
			h.Text, h.Owner, h.ReadAt = all[i].Text, all[i].Owner, all[i].ObservedAt
		} else {
			h.ReadAt = f.CheckedAt
		}
		out = append(out, h)
	}
	return out, nil
}

func isOf(o client.ObservedSession, f client.FragmentStatus, session string) bool {
	if f.NativeID != "" && o.ID == f.NativeID && (o.Native.Role == f.Role || o.Native.Role == "") {
		return true
	}
	return f.NativeID == "" && o.Native.Role == f.Role && slices.Contains(o.Sessions, session)
}

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
