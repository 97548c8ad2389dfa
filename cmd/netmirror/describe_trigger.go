package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// trigger tells which alerts start what, within which bounds, and what came of them.
func (d *describing) trigger(ctx context.Context, name string) error {
	a, err := d.cl.GetTrigger(ctx, name)
	if err != nil {
		return err
	}
	x := a.Value
	state, colour := triggerState(x)
	d.title("trigger", x.Name, state, colour)
	d.fact("description", x.Spec.Description)
	d.fact("alerts", x.Spec.Format)
	d.fact("device", pickText(x.Spec.From.Device))
	d.fact("interface", pickText(x.Spec.From.Interface))
	for i, line := range x.Spec.Allow {
		d.fact(map[bool]string{true: "allowed"}[i == 0], strings.Join(line.Devices, ", ")+": "+strings.Join(line.Interfaces, ", "))
	}
	d.fact("labels", labelsText(x.Spec.Labels))
	d.section("Bounds")
	d.fact("lease", lasting(x.Spec.Lease)+" from the last alert on")
	if x.Spec.MaxAge != nil {
		d.fact("at most", lasting(*x.Spec.MaxAge)+" with all renewals")
	}
	if x.Spec.Keep != nil {
		d.fact("kept", lasting(*x.Spec.Keep)+" after its lease has ended")
	}
	d.fact("alive", fmt.Sprintf("%d of %s", len(x.Status.Sessions), figureOr(x.Spec.MaxSessions, "any number")))
	d.fact("starts", fmt.Sprintf("%d of %s in the last hour", x.Status.StartsInHour, figureOr(x.Spec.Rate, "any number")))
	d.section("Alerts")
	s := x.Status
	d.fact("came", fmt.Sprintf("%s: %d started, %d renewed, %d ended, %d refused, %d ignored", counted("post", int(s.Posts)), s.Started, s.Renewed, s.Ended, s.Refused, s.Ignored))
	if s.LastPost != nil {
		d.fact("last", stamp(s.LastPost)+" by "+s.LastPostBy)
	}
	d.fact("last refusal", stamp(s.LastRefusal))
	for _, r := range s.RefusalReasons {
		d.text(labelWidth+3, r.String())
	}
	for i, session := range s.Sessions {
		d.fact(map[bool]string{true: "sessions"}[i == 0], session)
	}
	return d.events(ctx, client.ListEventsOptions{Kind: "trigger", Name: x.Name})
}

// pickText is where a value comes from.
func pickText(p client.TriggerPick) string {
	text := p.Path
	if p.Pattern != "" {
		text += " matched by " + p.Pattern
	}
	if len(p.Map) > 0 {
		text += fmt.Sprintf(", looked up among %d", len(p.Map))
	}
	if p.Value != "" {
		text += ", else " + p.Value
	}
	return strings.TrimPrefix(text, ", else ")
}

func figureOr(n *int64, none string) string {
	if n == nil || *n == 0 {
		return none
	}
	return fmt.Sprint(*n)
}

// triggerState is the worst of a trigger in a word.
func triggerState(x client.Trigger) (string, style) {
	switch s := x.Status; {
	case x.Spec.Enabled != nil && !*x.Spec.Enabled:
		return "Disabled", ""
	case s.LastRefusal != nil && s.LastPost != nil && !s.LastRefusal.Before(*s.LastPost):
		return "Refusing", red
	}
	return "Ready", green
}

// triggerStateOf is that of a row.
func triggerStateOf(r resource) string {
	var x client.Trigger
	if retyped(r, &x) != nil {
		return ""
	}
	state, _ := triggerState(x)
	return state
}

// triggerAlive is how many sessions of a trigger are alive, of how many may be.
func triggerAlive(r resource) string {
	var x client.Trigger
	if retyped(r, &x) != nil {
		return ""
	}
	return fmt.Sprintf("%d/%s", len(x.Status.Sessions), figureOr(x.Spec.MaxSessions, "-"))
}
