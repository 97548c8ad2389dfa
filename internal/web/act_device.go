package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

func (s *server) showRelease(v *visit, refused *client.Problem) (view, error) {
	name := v.PathValue("name")
	got, err := v.cl.GetDevice(v.Context(), name)
	if err != nil {
		return view{}, err
	}
	p := actPage{At: "/devices/" + url.PathEscape(name) + "/release", KeepAt: "/devices#" + name, Keep: "Leave it stopped", Title: "Release " + name, Do: "Release", Nothing: "Nothing is sent to the device now.",
		Lead: []string{"Repairs go on, and what was given up to another hand is taken up again: " + name + " is made to hold what the sessions say."},
		CLI:  "netmirror release " + shellQuote(name), Curl: curlPost("/devices/"+url.PathEscape(name)+":release", "")}
	if b := got.Value.Status.Brake; b != nil {
		p.Lead = append([]string{sentence(b.Message)}, p.Lead...)
	}
	if p.refuse(v, refused, client.Session{}) {
		plan, err := v.cl.DryRunReleaseDevice(v.Context(), name)
		if err := p.previewed([]client.PlanDevice{plan}, nil, err); err != nil {
			return view{}, err
		}
	}
	out := p.view(refused)
	out.nav = "/devices"
	return out, nil
}

func (s *server) doRelease(v *visit) (view, error) {
	name := v.PathValue("name")
	if _, err := v.cl.ReleaseDevice(v.Context(), name); err != nil {
		return refusal(err, func(p *client.Problem) (view, error) { return s.showRelease(v, p) })
	}
	return view{goTo: "/devices#" + name, said: "Repairs of " + name + " go on."}, nil
}

// adoptForm is what is asked of a native session that is taken over.
type adoptForm struct {
	Device, Native             string
	Name, Description          string
	Reason, Ticket, For, Drift string
}

func adoptFormOf(v *visit) adoptForm {
	f := adoptForm{Device: v.FormValue("device"), Native: v.FormValue("native"), Name: strings.TrimSpace(v.FormValue("name")), Description: strings.TrimSpace(v.FormValue("description")),
		Reason: strings.TrimSpace(v.FormValue("reason")), Ticket: strings.TrimSpace(v.FormValue("ticket")), For: v.FormValue("for"), Drift: v.FormValue("drift")}
	if f.Name == "" {
		f.Name = suggested(f.Device + "-" + f.Native)
	}
	return f
}

var noName = regexp.MustCompile(`[^a-z0-9]+`)

// suggested is text as a name.
func suggested(text string) string {
	text = strings.Trim(noName.ReplaceAllString(strings.ToLower(text), "-"), "-")
	return "adopted-" + text[:min(len(text), 40)]
}

func (f adoptForm) request() client.AdoptRequest {
	out := client.AdoptRequest{Device: f.Device, NativeID: f.Native, Description: f.Description, DriftPolicy: f.Drift}
	if f.Reason+f.Ticket != "" {
		out.Purpose = &client.Purpose{Reason: f.Reason, Ticket: f.Ticket}
	}
	if d, err := time.ParseDuration(f.For); err == nil && d > 0 {
		lease := client.Duration(d)
		out.Lease = &client.Lease{Duration: &lease}
	}
	return out
}

func (s *server) showAdopt(v *visit, refused *client.Problem) (view, error) {
	f := adoptFormOf(v)
	p := actPage{At: "/adopt", KeepAt: "/devices#" + f.Device, Keep: "Leave it alone", Title: "Adopt native session " + f.Native + " of " + f.Device, Do: "Adopt", Adopt: &f,
		Nothing: "Nothing is sent to the device.",
		Lead:    []string{"An intent is written that describes it as it stands. Nothing on the device changes but the ownership mark, where there is room for one. From then on netmirror keeps it as it is."},
		CLI:     "netmirror adopt " + shellQuote(f.Name) + " " + shellQuote(f.Device) + " " + shellQuote(f.Native)}
	if f.Description != "" {
		p.CLI += " --description " + shellQuote(f.Description)
	}
	p.Curl = curlPost(sessionPath(f.Name)+":adopt", compact(f.request()))
	for o, err := range v.cl.AllDeviceObservedSessions(v.Context(), f.Device, client.ListDeviceObservedSessionsOptions{}) {
		if err != nil {
			return view{}, err
		}
		if o.ID == f.Native {
			p.Held = o.Text
		}
	}
	if p.refuse(v, refused, client.Session{}) {
		plan, err := v.cl.DryRunAdoptSession(v.Context(), f.Name, f.request(), client.AdoptSessionOptions{})
		do := p.Do
		if err := p.previewed(plan.Devices, plan.Warnings, err); err != nil {
			return view{}, err
		}
		p.Do = do // another name may do
	}
	out := p.view(refused)
	out.nav = "/devices"
	return out, nil
}

func (s *server) doAdopt(v *visit) (view, error) {
	f := adoptFormOf(v)
	if _, err := v.cl.AdoptSession(v.Context(), f.Name, f.request(), client.AdoptSessionOptions{Wait: waitFor}); err != nil {
		return refusal(err, func(p *client.Problem) (view, error) { return s.showAdopt(v, p) })
	}
	return view{goTo: sessionAt(f.Name), said: f.Name + " is netmirror’s from now on."}, nil
}

// compact is a value as JSON on one line.
func compact(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}
