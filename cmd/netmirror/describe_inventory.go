package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// device tells how a device is reached, what it is, what it has room for and what it holds.
func (d *describing) device(ctx context.Context, name string) error {
	a, err := d.cl.GetDevice(ctx, name)
	if err != nil {
		return err
	}
	x := a.Value
	state := map[string]string{"True": "reachable", "False": "not reachable"}[x.Status.Reachable.Status]
	d.title("device", x.Name, state, colourOf(x.Status.Reachable.Status))
	d.fact("platform", x.Spec.Platform)
	d.fact("labels", labelsText(x.Spec.Labels))
	d.fact("managed by", x.Status.ManagedBy)
	for _, t := range []struct {
		what string
		over *client.Transport
	}{{"reached over", &x.Spec.Transports.Config}, {"counters over", x.Spec.Transports.Counters}, {"state over", x.Spec.Transports.State}} {
		if t.over != nil {
			d.fact(t.what, transportText(*t.over))
		}
	}
	d.fact("settings", deviceSettings(x))
	f := x.Status.Facts
	d.fact("hostname", f.Hostname)
	d.fact("model", f.Model)
	d.fact("version", f.Version)
	d.fact("serial", f.Serial)
	if up, err := time.ParseDuration(f.Uptime); err == nil {
		d.fact("up for", briefly(up))
	}
	if x.Status.ObservedAt != nil {
		d.fact("last read", briefly(time.Since(*x.Status.ObservedAt))+" ago")
	}
	if m := x.Status.Transport; m != nil {
		d.fact("learned", m.Reason)
	}
	if len(x.Status.Unsaved) > 0 {
		d.fact("not saved", "native sessions "+strings.Join(x.Status.Unsaved, ", "))
	}
	d.cables(x.Spec.Links)
	d.section("Conditions")
	names := strings.NewReplacer("HOST:PORT", plain(addressOf(x.Spec.Transports.Config)), "DEVICE", plain(x.Name), "PROFILE", plain(x.Spec.Transports.Config.Credentials))
	r := x.Status.Reachable
	d.condition("Reachable", r.Status, r.Reason, r.Message, r.Since, names)
	if b := x.Status.Brake; b != nil {
		d.condition("Brake", "False", "Brake", b.Message, nil, names)
	}
	d.lastCheck(x.Status.LastCheck)
	if len(x.Status.Slots) > 0 {
		d.section("Room")
		for _, s := range x.Status.Slots {
			d.fact(fmt.Sprintf("%d of %d", s.Used, s.Max), s.Counts+" in use, of the "+s.Scope)
		}
	}
	if err := d.natives(ctx, x.Name); err != nil {
		return err
	}
	return d.events(ctx, client.ListEventsOptions{Device: x.Name})
}

// lastCheck tells what the last first-day check came to: all in one line, and what was not
// well in words.
func (d *describing) lastCheck(c *client.LastCheck) {
	if c == nil {
		return
	}
	d.section("Last check")
	verdict := map[bool]string{true: "all is well", false: "something is in the way"}[c.OK]
	d.fact("came to", verdict+", "+by(c.At.UTC().Format(time.RFC3339), c.Actor))
	var well []string
	for _, i := range c.Items {
		if i.State == "True" {
			well = append(well, i.Name)
		}
	}
	d.fact("ok", strings.Join(well, ", "))
	for _, i := range c.Items {
		if i.State != "True" {
			d.fact(i.Name, checkWords[i.State]+": "+i.Message)
		}
	}
}

// cables are what somebody declares to be at a device's interfaces.
func (d *describing) cables(links []client.Link) {
	for i, l := range links {
		label := ""
		if i == 0 {
			label = "cables"
		}
		d.fact(label, l.Interface+" to "+strings.TrimSpace(l.Device+" "+l.PeerInterface))
	}
}

func addressOf(t client.Transport) string {
	if t.Port != nil {
		return fmt.Sprintf("%s:%d", t.Address, *t.Port)
	}
	return t.Address
}

func transportText(t client.Transport) string {
	text := t.Protocol + " at " + addressOf(t)
	if t.Bridge != "" {
		text += ", bridge " + t.Bridge
	}
	if t.Credentials != "" {
		text += ", credentials " + t.Credentials
	}
	if t.JumpHost != nil {
		text += ", through " + t.JumpHost.Address
	}
	return text
}

// deviceSettings are those that are not as usual.
func deviceSettings(x client.Device) string {
	var out []string
	if x.Status.Retired {
		out = append(out, "retired: it vanished from its source")
	}
	if x.Spec.Maintenance != nil && *x.Spec.Maintenance {
		out = append(out, "in maintenance: nothing is sent")
	}
	if x.Spec.Mode == "observe" {
		out = append(out, "mode observe: nothing is sent")
	}
	if x.Spec.Persist != "" && x.Spec.Persist != "if-clean" {
		out = append(out, "persist "+x.Spec.Persist)
	}
	return strings.Join(out, ", ")
}

// natives are all mirror sessions of a device, whoever made them.
func (d *describing) natives(ctx context.Context, device string) error {
	head := false
	for n, err := range d.cl.AllDeviceObservedSessions(ctx, device, client.ListDeviceObservedSessionsOptions{Limit: 500}) {
		if err != nil {
			return err
		}
		if !head {
			d.section("Mirror sessions on it")
			head = true
		}
		whose := strings.Join(n.Sessions, ", ")
		if whose == "" {
			whose = n.Owner
		}
		d.fact(n.ID, whose+": "+nativeText(n))
		d.firstSeen(n)
		if n.Text != "" {
			d.quoted(labelWidth+3, n.Text)
		}
	}
	return nil
}

// firstSeen tells since when the controller knows of a native session: it may be older.
func (d *describing) firstSeen(n client.ObservedSession) {
	if n.FirstSeen != nil {
		d.text(labelWidth+3, "first seen "+n.FirstSeen.UTC().Format(time.RFC3339))
	}
}

// tool tells where a tool is, who copies to it, and how much.
func (d *describing) tool(ctx context.Context, name string) error {
	a, err := d.cl.GetTool(ctx, name)
	if err != nil {
		return err
	}
	x := a.Value
	d.title("tool", x.Name, "", "")
	d.fact("description", x.Spec.Description)
	d.fact("at", strings.TrimSpace(x.Spec.IP+" "+x.Spec.Device+" "+x.Spec.Interface))
	if x.Spec.Capacity != nil {
		d.fact("capacity", brief(float64(*x.Spec.Capacity))+" bit/s")
	}
	if x.Spec.MaxUtilization != nil {
		d.fact("of which", percent(*x.Spec.MaxUtilization)+" may be used")
	}
	d.fact("owner", x.Spec.Owner)
	d.fact("accepts", strings.Join(x.Spec.Accepts, ", "))
	d.fact("labels", labelsText(x.Spec.Labels))
	d.fact("managed by", x.Status.ManagedBy)
	if x.Status.Retired {
		d.fact("settings", "retired: it vanished from its source")
	}
	users, err := d.sessionsWith(ctx, client.ListSessionsOptions{Tool: x.Name})
	if err != nil {
		return err
	}
	d.users(users)
	var now client.ToolLoad
	there, err := d.optional(ctx, "/tools/"+url.PathEscape(x.Name)+"/load", &now)
	if err != nil {
		return err
	}
	if there && len(now.Ends) > 0 {
		d.section("Load")
		d.ends(now.Ends)
	}
	return d.events(ctx, client.ListEventsOptions{Kind: "tool", Name: x.Name})
}

// users are the sessions that need something.
func (d *describing) users(names []string) {
	text := "none"
	if len(names) > 0 {
		text = strings.Join(names, ", ")
	}
	d.fact("sessions", text)
}

// filter tells the rules of a filter in their order, and whose it is.
func (d *describing) filter(ctx context.Context, name string) error {
	a, err := d.cl.GetFilter(ctx, name)
	if err != nil {
		return err
	}
	x := a.Value
	d.title("filter", x.Name, "", "")
	d.fact("description", x.Spec.Description)
	d.fact("labels", labelsText(x.Spec.Labels))
	users, err := d.sessionsWith(ctx, client.ListSessionsOptions{Filter: x.Name})
	if err != nil {
		return err
	}
	d.users(users)
	d.section("Rules, the first that matches decides")
	var tree resource
	if err := retyped(x, &tree); err != nil {
		return err
	}
	rules, _ := tree.value("spec.rules").([]any)
	for i, item := range rules {
		rule, _ := item.(map[string]any)
		d.fact(fmt.Sprint(i+1), ruleText(rule))
	}
	d.fact("otherwise", "not copied")
	return d.events(ctx, client.ListEventsOptions{Kind: "filter", Name: x.Name})
}
