package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// session tells the truths about a session one after another: what was asked for, what each
// device is to hold, what the devices say, and what follows.
func (d *describing) session(ctx context.Context, name string) error {
	a, err := d.cl.GetSession(ctx, name)
	if err != nil {
		return err
	}
	s := a.Value
	d.title("session", s.Name, s.Status.Phase, colourOf(s.Status.Phase))
	d.fact("description", s.Spec.Description)
	d.fact("labels", labelsText(s.Spec.Labels))
	if p := s.Spec.Purpose; p != nil {
		d.fact("purpose", strings.TrimSpace(p.Reason+" "+p.Ticket))
	}
	d.fact("made", by(s.Status.Created.UTC().Format(time.RFC3339), s.Status.CreatedBy))
	d.fact("changed", changedText(s.Status))
	if end := leaseEnd(s); end != "" {
		d.fact("lease", "ends "+end)
	}
	d.intent(s)
	if err := d.fragments(ctx, s); err != nil {
		return err
	}
	if err := d.hints(ctx, s); err != nil {
		return err
	}
	d.section("Conditions")
	names := strings.NewReplacer("SESSION", plain(s.Name), "DEVICE", plain(deviceOf(s)), "TOOL", plain(toolOf(s)))
	for _, c := range s.Status.Conditions {
		d.condition(c.Type, c.Status, c.Reason, c.Message, c.Since, names)
	}
	for _, w := range s.Status.Warnings {
		d.fact("warning", w.Message)
	}
	if err := d.load(ctx, s); err != nil {
		return err
	}
	return d.events(ctx, client.ListEventsOptions{Session: s.Name})
}

// by adds who it was, as far as that is known.
func by(what, who string) string {
	if who == "" {
		return what
	}
	return what + " by " + who
}

func changedText(s client.SessionStatus) string {
	text := fmt.Sprintf("%s, generation %d", by(s.Updated.UTC().Format(time.RFC3339), s.UpdatedBy), s.Generation)
	switch {
	case s.RefusedGeneration != nil && *s.RefusedGeneration == s.Generation:
		text += ", which was refused and undone"
	case s.ObservedGeneration == s.Generation:
		text += ", seen on every device"
	case s.ObservedGeneration > 0:
		text += fmt.Sprintf("; every device was last seen to hold generation %d", s.ObservedGeneration)
	}
	return text
}

// intent is what somebody asked for.
func (d *describing) intent(s client.Session) {
	d.section("Asked for")
	for i, x := range s.Spec.Sources {
		what := x.Interface
		if x.VLAN != nil {
			what = "VLAN " + strconv.FormatInt(*x.VLAN, 10)
		}
		text := strings.TrimSpace(x.Device + " " + what + " " + x.Direction)
		if x.Essential != nil && *x.Essential {
			text += ", essential"
		}
		d.fact(map[bool]string{true: "copy"}[i == 0], text)
	}
	for i, x := range s.Spec.Destinations {
		text := destinationText(x)
		if i < len(s.Status.Destinations) && s.Status.Destinations[i].Tool != "" {
			t := s.Status.Destinations[i]
			text += " (" + strings.TrimSpace(t.IP+" "+t.Device+" "+t.Interface) + ")"
		}
		d.fact(map[bool]string{true: "to"}[i == 0], strings.TrimSuffix(text, " ()"))
	}
	kind := s.Status.Kind
	if s.Status.KindReason != "" {
		kind += ": " + s.Status.KindReason
	}
	d.fact("kind", kind)
	d.fact("filter", s.Spec.Filter)
	if r := s.Spec.RSPAN; r != nil {
		d.fact("remote VLAN", strconv.FormatInt(r.VLAN, 10))
		for _, t := range r.Transit {
			d.fact("over", t.Device+" "+strings.Join(t.Trunks, ", "))
		}
	}
	if e := s.Spec.ERSPAN; e != nil {
		d.fact("erspan", strings.TrimSpace(fmt.Sprintf("id %d %s", e.ID, e.Origin)))
	}
	d.fact("options", optionsText(s.Spec))
	if s.Spec.Enabled != nil && !*s.Spec.Enabled {
		d.fact("enabled", "no")
	}
}

func destinationText(x client.Destination) string {
	switch {
	case x.Tool != "":
		return "tool " + x.Tool
	case x.IP != "":
		return x.IP
	}
	return x.Device + " " + x.Interface
}

// optionsText are the settings that are not as usual.
func optionsText(s client.SessionSpec) string {
	var out []string
	say := func(name, value string, usual ...string) {
		if value != "" && !slices.Contains(usual, value) {
			out = append(out, name+": "+value)
		}
	}
	say("tags", s.Tags, "preserve")
	say("ingress", s.Ingress, "disabled")
	say("driftPolicy", s.DriftPolicy, "repair")
	say("deletePolicy", s.DeletePolicy, "remove")
	say("onFailure", s.OnFailure, "rollback")
	say("onUnreachable", s.OnUnreachable, "refuse")
	say("nativeId", s.NativeID)
	if s.Truncate != nil && *s.Truncate > 0 {
		say("truncate", strconv.FormatInt(*s.Truncate, 10))
	}
	if s.Sample != nil && *s.Sample > 0 {
		say("sample", strconv.FormatInt(*s.Sample, 10))
	}
	if len(s.FilterVLANs) > 0 {
		say("filterVlans", strings.Trim(fmt.Sprint(s.FilterVLANs), "[]"))
	}
	if s.Force != nil && *s.Force {
		say("force", "true")
	}
	if s.OnOverload != nil && s.OnOverload.Action == "relieve" {
		say("onOverload", "relieve by "+strings.Join(s.OnOverload.Ladder, ", "))
	}
	return strings.Join(out, ", ")
}

// fragments tells of each device what it is to hold, whether it does, and what it says
// itself.
func (d *describing) fragments(ctx context.Context, s client.Session) error {
	if len(s.Status.Fragments) == 0 {
		return nil
	}
	d.section("On the devices")
	natives := map[string][]client.ObservedSession{}
	for _, f := range s.Status.Fragments {
		if _, read := natives[f.Device]; !read {
			list := []client.ObservedSession{}
			for n, err := range d.cl.AllDeviceObservedSessions(ctx, f.Device, client.ListDeviceObservedSessionsOptions{Limit: 500}) {
				if err != nil {
					return err
				}
				list = append(list, n)
			}
			natives[f.Device] = list
		}
		d.fragment(f, natives[f.Device], s.Name)
	}
	return nil
}

func (d *describing) fragment(f client.FragmentStatus, natives []client.ObservedSession, session string) {
	goal := fmt.Sprintf("goal %d, reached", f.GoalRevision)
	if f.AppliedRevision != f.GoalRevision {
		goal = fmt.Sprintf("goal %d, holds %d", f.GoalRevision, f.AppliedRevision)
	}
	if f.CheckedAt != nil {
		goal += ", read " + briefly(time.Since(*f.CheckedAt)) + " ago"
	}
	d.fact(f.Device, f.Role+"; "+goal)
	if f.Failure != "" {
		d.text(labelWidth+3, "refused: "+f.Failure)
	}
	found := false
	for _, n := range natives {
		if n.ID != f.NativeID && !slices.Contains(n.Sessions, session) {
			continue
		}
		found = true
		text := "native session " + n.ID + ": " + nativeText(n)
		if others := slices.DeleteFunc(slices.Clone(n.Sessions), func(x string) bool { return x == session }); len(others) > 0 {
			text += "; shared with " + strings.Join(others, ", ")
		}
		d.text(labelWidth+3, text)
		d.firstSeen(n)
		if n.Text != "" {
			d.quoted(labelWidth+3, n.Text)
		}
	}
	if !found && f.NativeID != "" {
		d.text(labelWidth+3, "native session "+f.NativeID+" is not there")
	}
}

// hints tells by which commands somebody sees the session on its devices: those that always
// help, and those for what is not as it shall be.
func (d *describing) hints(ctx context.Context, s client.Session) error {
	var list client.HoldingList
	there, err := d.optional(ctx, "/sessions/"+url.PathEscape(s.Name)+"/holdings", &list)
	if err != nil || !there {
		return err
	}
	first, said := true, map[string]bool{}
	for _, item := range list.Items {
		device := item.Device
		for _, h := range item.Hints {
			if said[item.Device+" "+h.Command] || !helps(h, s.Status.Conditions) {
				continue
			}
			if said[item.Device+" "+h.Command] = true; first {
				d.section("To look yourself")
				first = false
			}
			d.fact(device, h.Command)
			d.text(labelWidth+3, h.Shows)
			device = ""
		}
	}
	return nil
}

// helps: a hint always does, or at one of the conditions that are not as they shall be.
func helps(h client.Hint, conditions []client.Condition) bool {
	return len(h.Reasons) == 0 || slices.ContainsFunc(conditions, func(c client.Condition) bool {
		return c.Status != "True" && slices.Contains(h.Reasons, c.Reason)
	})
}

// nativeText is what a native session copies, as the device has it.
func nativeText(n client.ObservedSession) string {
	var from []string
	for i, x := range n.Native.Sources {
		if i == 4 {
			from = append(from, fmt.Sprintf("and %d more", len(n.Native.Sources)-i))
			break
		}
		what := x.Port
		if x.VLAN != nil {
			what = "VLAN " + strconv.FormatInt(*x.VLAN, 10)
		}
		if x.All {
			what = "all ports"
		}
		from = append(from, what+" "+x.Direction)
	}
	to := strings.Join(n.Native.Destinations, ", ")
	if n.Native.Collector != "" {
		to = n.Native.Collector
	}
	text := strings.Join(from, ", ")
	if n.Native.RemoteVLAN != nil {
		text = strings.Join(append(from, "remote VLAN "+strconv.FormatInt(*n.Native.RemoteVLAN, 10)), ", ")
	}
	if text == "" {
		text = "no sources"
	}
	if to != "" {
		text += " to " + to
	}
	switch {
	case n.Opaque != "":
		text += "; " + n.Opaque
	case n.Waits != "":
		text += "; waits: " + n.Waits
	case n.Programmed == "False":
		text += "; it does not take effect: " + n.ProgrammedReason
	}
	return text
}

// load tells what is measured, and what admission reckoned.
func (d *describing) load(ctx context.Context, s client.Session) error {
	var now client.SessionLoad
	there, err := d.optional(ctx, "/sessions/"+url.PathEscape(s.Name)+"/load", &now)
	if err != nil {
		return err
	}
	if len(s.Status.Forecast) == 0 && (!there || len(now.Ends) == 0) && s.Status.Relief == nil {
		return nil
	}
	d.section("Load")
	for _, f := range s.Status.Forecast {
		d.fact("admitted", where(f)+": "+f.Message)
	}
	d.ends(now.Ends)
	for _, c := range now.Copies {
		text := fmt.Sprintf("%.0f counted of %.0f expected", c.Counted, c.Expected)
		if c.Ratio != nil {
			text += ", " + percent(*c.Ratio)
		}
		d.fact("copies", c.Device+": "+text)
	}
	if r := s.Status.Relief; r != nil {
		var steps []string
		for _, x := range r.Steps {
			steps = append(steps, x.Rung)
		}
		text := strings.Join(steps, ", ")
		if text == "" {
			text = "none"
		}
		if r.Pinned {
			text += ", pinned by " + r.By
		}
		d.fact("relief", strings.TrimSuffix(text+": "+r.Reason, ": "))
	}
	return nil
}

// deviceOf is the device that advice is most likely about: the first that does not hold what
// it shall, else the first.
func deviceOf(s client.Session) string {
	for _, f := range s.Status.Fragments {
		if f.Configured.State != "True" || f.Programmed.State == "False" {
			return f.Device
		}
	}
	switch {
	case len(s.Status.Fragments) > 0:
		return s.Status.Fragments[0].Device
	case len(s.Spec.Sources) > 0:
		return s.Spec.Sources[0].Device
	}
	return "DEVICE"
}

// toolOf is what netmirror top calls the destination.
func toolOf(s client.Session) string {
	for _, x := range s.Spec.Destinations {
		switch {
		case x.Tool != "":
			return x.Tool
		case x.IP != "":
			return x.IP
		}
		return x.Device + ":" + x.Interface
	}
	return "TOOL"
}
