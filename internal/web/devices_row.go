package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A deviceRow is a device in one line, and what is folded under it.
type deviceRow struct {
	client.Device
	Shape, Reach string
	Read         time.Time // of what is shown, zero = never
	Stale        bool      // it says what was, not what is
	Slots        *slotsDrawing
	SlotsText    string
	Model        string
	Address      string
	Notes        []string // maintenance, observe mode, ...
	Open         bool
	Error        []saying // why it cannot be reached
	Natives      []nativeRow
	MoreNatives  bool
	Maintenance  bool
	Stopped      bool // by the brake
	MayNot       string
	Check        *client.DeviceCheck
	Uses         []string // sessions; on its own page
	Alone        bool     // on its own page
}

// A nativeRow is a native session of a device.
type nativeRow struct {
	client.ObservedSession
	Shape  string
	Whose  string
	Copies string
	Says   string
	Adopt  bool
}

func deviceRowOf(v *visit, d client.Device) (deviceRow, error) {
	st := d.Status
	r := deviceRow{Device: d, Stopped: st.Brake != nil, Maintenance: d.Spec.Maintenance != nil && *d.Spec.Maintenance, Address: d.Spec.Transports.Config.Address + ", " + d.Spec.Transports.Config.Protocol}
	r.Shape, r.Reach = reachOf(st)
	r.Stale = st.Reachable.Status != "True"
	if st.ObservedAt != nil {
		r.Read = *st.ObservedAt
	}
	if st.Reachable.Status == "False" {
		r.Error = machineWords(st.Reachable.Message)
	}
	r.Model = strings.TrimSpace(cmp.Or(st.Facts.Model, d.Spec.Platform) + " " + st.Facts.Version)
	if d.Spec.Transports.Config.JumpHost != nil {
		r.Address += " by jump host"
	}
	r.Notes = notesOf(d)
	if !v.may("operator") {
		r.MayNot = "Your token is a viewer’s: it sees all and changes nothing. Operators and admins may; ask one, or send them this page."
	}
	page, err := v.cl.ListDeviceObservedSessions(v.Context(), d.Name, client.ListDeviceObservedSessionsOptions{Limit: 100})
	if err != nil && problem(err).Status >= 500 {
		return r, err
	}
	r.MoreNatives = page.NextCursor != ""
	for _, o := range page.Items {
		r.Natives = append(r.Natives, nativeRowOf(o, r.Stale))
	}
	r.slots(page.Items, v.now)
	return r, nil
}

// reachOf says whether a device answers.
func reachOf(st client.DeviceStatus) (shape, word string) {
	switch {
	case st.Retired:
		return shapeOff, "Retired"
	case st.Reachable.Status == "True":
		return shapeOK, "Reachable"
	case st.Reachable.Status == "False":
		return shapeBad, "Unreachable"
	}
	return shapeUnsure, "Not read yet"
}

func notesOf(d client.Device) (out []string) {
	if d.Status.Brake != nil {
		out = append(out, "repairs have stopped")
	}
	if m := d.Spec.Maintenance; m != nil && *m {
		out = append(out, "in maintenance: nothing is pushed")
	}
	if d.Spec.Mode == "observe" {
		out = append(out, "observe mode: nothing is pushed")
	}
	if d.Status.Retired {
		out = append(out, "vanished from "+cmp.Or(d.Status.ManagedBy, "its source"))
	}
	if n := len(d.Status.Unsaved); n > 0 {
		out = append(out, plural(n, "native session")+" not saved")
	}
	return out
}

// nativeRowOf shows a foreign session as what it is: no fault, and nobody's to touch.
func nativeRowOf(o client.ObservedSession, stale bool) nativeRow {
	r := nativeRow{ObservedSession: o, Says: cmp.Or(o.Waits, o.ProgrammedReason)}
	switch o.Owner {
	case "foreign":
		r.Shape, r.Whose, r.Adopt = shapeNote, "foreign", o.Opaque == "" && len(o.Native.Sources) > 0
	case "netmirror-other":
		r.Shape, r.Whose = shapeNote, "another netmirror"
	default:
		r.Shape, r.Whose = shapeOK, "netmirror"
		if o.Programmed == "False" {
			r.Shape = shapeBad
		}
		if stale || o.Programmed == "Unknown" && len(o.Sessions) == 0 {
			r.Shape = shapeUnsure
		}
	}
	r.Copies = copiesText(o.Native)
	return r
}

// copiesText says in few words what goes where.
func copiesText(n client.NativeSpec) string {
	from := plural(len(n.Sources), "source")
	if len(n.Sources) == 1 {
		src := n.Sources[0]
		from = strings.TrimSpace(src.Port + " " + src.Direction)
		if src.VLAN != nil {
			from = fmt.Sprintf("VLAN %d %s", *src.VLAN, src.Direction)
		}
	}
	if len(n.Sources) == 0 && n.RemoteVLAN != nil {
		from = fmt.Sprintf("VLAN %d", *n.RemoteVLAN)
	}
	to := slices.Clone(n.Destinations)
	if n.Collector != "" {
		to = append(to, n.Collector)
	}
	if len(to) == 0 && n.RemoteVLAN != nil {
		to = append(to, fmt.Sprintf("VLAN %d", *n.RemoteVLAN))
	}
	if len(to) == 0 {
		return from
	}
	return from + " › " + strings.Join(to, ", ")
}

// slotsDrawing is the limit that is reached first: a square each where there are few, a
// bar where there are many. Used and Foreign are widths or paths of SVG.
type slotsDrawing struct {
	Width            int64
	Ours, Theirs     string // paths of squares
	Free             string
	Part, TheirsPart string // of a bar; "" = squares
	TheirsAt         string
}

// mostSquares are drawn one by one.
const mostSquares = 16

// countedNames are what limits count, after "of N".
var countedNames = map[string]string{"sessions": "native sessions", "source-sessions": "with sources", "rx-sessions": "with received traffic", "tx-sessions": "with sent traffic"}

// limitNames are the same as what is limited.
var limitNames = map[string]string{"sessions": "native sessions in all", "source-sessions": "native sessions with sources",
	"rx-sessions": "native sessions with received traffic", "tx-sessions": "native sessions with sent traffic"}

func countsAgainst(limit string, n client.NativeSpec) bool {
	way := map[string]string{"rx-sessions": "rx", "tx-sessions": "tx"}[limit]
	switch {
	case limit == "source-sessions":
		return len(n.Sources) > 0
	case way != "":
		return slices.ContainsFunc(n.Sources, func(s client.NativeSource) bool { return s.Direction == way || s.Direction == "both" })
	}
	return true
}

// slots draws ours, foreign and free ones, and says the same in words.
func (r *deviceRow) slots(natives []client.ObservedSession, now time.Time) {
	st := r.Status
	if st.NativeTotal == nil || *st.NativeTotal <= 0 {
		r.SlotsText = plural(len(natives), "native session") + ", no limit known"
		return
	}
	total, used, theirs := *st.NativeTotal, st.NativeUsed, int64(0)
	for _, o := range natives {
		if o.Owner != "netmirror" && countsAgainst(st.NativeCounts, o.Native) {
			theirs++
		}
	}
	theirs = min(theirs, used)
	r.SlotsText = fmt.Sprintf("%s of %s %s", count(used), count(total), cmp.Or(countedNames[st.NativeCounts], st.NativeCounts))
	if theirs > 0 {
		r.SlotsText += ", " + count(theirs) + " foreign"
	}
	for _, s := range st.Slots {
		if s.Counts == "sessions" && st.NativeCounts != "sessions" {
			r.SlotsText += fmt.Sprintf("; %s of %s in all", count(s.Used), count(s.Max))
		}
	}
	if r.Stale && !r.Read.IsZero() {
		r.SlotsText += ", as of " + at(r.Read, now)
	}
	d := &slotsDrawing{}
	if total > mostSquares {
		d.Part, d.TheirsPart, d.TheirsAt = part(used-theirs, total), part(theirs, total), part(used-theirs, total)
	} else {
		d.Width = total * 11
		d.Ours, d.Theirs, d.Free = squares(0, used-theirs), squares(used-theirs, used), squares(used, total)
	}
	r.Slots = d
}

// squares is a path of the squares from one to before another.
func squares(from, to int64) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "M%d.5 .5h8v9h-8z", i*11)
	}
	return b.String()
}
