package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// planPage is a stored plan for a change ticket and for paper.
type planPage struct {
	*planView
	Title    string
	Shape    string
	Holds    string // whether it does, in words
	Sessions []planSession
	Checked  []checkLine
	Back     []string // commands that take it back
	Was      string   // manifest of what sessions were, "" = all are new
	May      bool
	Open     bool // it may still be applied
}

// A planSession is what the plan says of one object.
type planSession struct {
	client.PlannedObject
	What, Why, Ticket, Ends string
	At                      string // address of the session's page
}

// A checkLine is something that was looked at for the plan.
type checkLine struct{ Shape, Text, Note string }

// plan is GET /plans/{id}.
func (s *server) plan(v *visit) (view, error) {
	p, err := v.cl.GetPlan(v.Context(), v.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	out := planPageOf(p, v.now)
	out.May = v.may("operator")
	return view{title: "Plan " + p.ID, nav: "", page: "plan", data: out}, nil
}

func planPageOf(p client.StoredPlan, now time.Time) *planPage {
	out := &planPage{planView: planViewOf(p), Open: p.State == "holds" || p.State == "stale"}
	out.Shape, out.Holds = stateOfPlan(p, now)
	was := []any{}
	for _, o := range p.Objects {
		x := planSessionOf(o, now)
		out.Sessions = append(out.Sessions, x)
		switch {
		case o.Kind != "session":
		case o.Action == "created":
			out.Back = append(out.Back, "netmirror delete session "+shellQuote(o.Name))
		case len(o.Before) > 0 && o.Action != "unchanged":
			spec := specOf([]byte(o.Before))
			spec["name"] = o.Name
			was = append(was, spec)
		}
	}
	if len(was) > 0 {
		if raw, err := json.MarshalIndent(map[string]any{"sessions": was}, "", "  "); err == nil {
			out.Was = string(raw)
		}
	}
	out.Title = titleOfPlan(out.Sessions)
	out.Checked = out.checked()
	return out
}

func stateOfPlan(p client.StoredPlan, now time.Time) (shape, text string) {
	switch {
	case p.State == "applied" && p.Applied != nil && p.Applied.Pending:
		return shapeMoving, fmt.Sprintf("applied by %s, %s; something is deleted once nothing uses it: apply it again then", p.Applied.Actor, dated(p.Applied.At))
	case p.State == "applied" && p.Applied != nil:
		return shapeOK, fmt.Sprintf("applied by %s, %s", p.Applied.Actor, dated(p.Applied.At))
	case p.State == "expired":
		return shapeOff, "expired: it could be applied until " + dated(p.Expires)
	case p.State == "stale":
		return shapeBad, "stale: what it rests on is not as it was"
	}
	return shapeOK, fmt.Sprintf("holds: nothing that it rests on has changed since %s; it may be applied until %s", at(p.Created, now), dated(p.Expires))
}

// planSessionOf puts an object of a plan in words.
func planSessionOf(o client.PlannedObject, now time.Time) planSession {
	x := planSession{PlannedObject: o, Ends: "no end"}
	raw := o.After
	if len(raw) == 0 {
		raw = o.Before
	}
	spec := specOf([]byte(raw))
	if o.Kind != "session" {
		return x
	}
	x.At = "/sessions/" + url.PathEscape(o.Name)
	if purpose, ok := spec["purpose"].(map[string]any); ok {
		x.Why, x.Ticket = showText(purpose["reason"]), showText(purpose["ticket"])
	}
	if lease, ok := spec["lease"].(map[string]any); ok {
		switch until, err := time.Parse(time.RFC3339, showText(lease["until"])); {
		case err == nil:
			x.Ends = dated(until) + ", by itself"
		case lease["duration"] != nil:
			x.Ends = showText(lease["duration"]) + " after it is applied, by itself"
		}
	}
	if len(spec) > 0 && o.Action != "deleted" {
		x.What = fmt.Sprintf("Copy %s to %s", someOf(objects(spec["sources"]), 3), someOf(objects(spec["destinations"]), 3))
	}
	return x
}

// someOf are the first of a list, and how many more there are.
func someOf(list []map[string]any, most int) string {
	var out []string
	for _, o := range list[:min(len(list), most)] {
		short := maps.Clone(o)
		delete(short, "priority")
		delete(short, "essential")
		out = append(out, objectText(short))
	}
	if n := len(list) - most; n > 0 {
		out = append(out, fmt.Sprintf("%d more", n))
	}
	return strings.Join(out, ", ")
}

func titleOfPlan(list []planSession) string {
	if len(list) == 1 && list[0].What != "" {
		return list[0].What
	}
	n := map[string]int{}
	for _, x := range list {
		n[x.Action+" "+x.Kind]++
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(n)) {
		action, kind, _ := strings.Cut(key, " ")
		out = append(out, plural(n[key], kind)+" "+action)
	}
	return strings.Join(out, ", ")
}

// checked are what was looked at, warnings last.
func (p *planPage) checked() (out []checkLine) {
	add := func(shape, text, note string) { out = append(out, checkLine{shape, text, note}) }
	add(shapeOK, "Ports, guards of destinations and limits", fmt.Sprintf("read on %s for this plan; nothing forbids it", plural(p.Devices, "device")))
	for _, x := range p.Sessions {
		if x.KindReason != "" {
			add(shapeOK, x.Name+" travels by "+strings.ToUpper(x.SessionKind), x.KindReason)
		}
		if x.Waiting != "" {
			add(shapeUnsure, x.Name+" is decided later", x.Waiting)
		}
		if specOf([]byte(x.After))["force"] == true {
			add(shapeSoon, x.Name+" overrides the guard of its destination", "force is recorded")
		}
	}
	for _, e := range p.Load.Ends {
		add(e.Shape, "Load of "+e.Name, cmp.Or(e.Sum, e.Message))
	}
	if p.Interrupts == 0 {
		add(shapeOK, "Copies that are wanted on go on", "no change interrupts them")
	}
	for _, step := range p.planView.Steps {
		for _, text := range step.Interrupts {
			add(shapeSoon, step.Device, text)
		}
		if step.NotRead {
			add(shapeSoon, step.Device+" was not read", "its text is by the least that its family can do")
		}
	}
	for _, r := range p.Notes() {
		add(shapeSoon, r.Message, r.Source)
	}
	return out
}

// Again is where the session of a plan that is not good any more can be planned anew, ""
// where it is good, or is not of one session.
func (p *planPage) Again() string {
	if (p.State != "stale" && p.State != "expired") || len(p.Objects) != 1 || p.Objects[0].Kind != "session" || len(p.Objects[0].After) == 0 {
		return ""
	}
	return "/new?plan=" + url.QueryEscape(p.ID)
}

// Full is the end that is fullest, in per cent of its limit; "" = nothing is reckoned.
func (p *planPage) Full() string {
	if len(p.Load.Ends) == 0 {
		return ""
	}
	return p.Load.Ends[0].Of
}

// planText is GET /plans/{id}/text: the API's text for a change ticket.
func (s *server) planText(w http.ResponseWriter, r *http.Request) {
	v, ok := s.admit(w, r)
	if !ok {
		return
	}
	r.Header.Set("Accept", "text/plain")
	s.pass(w, r, r.Context(), client.Base+"/plans/"+url.PathEscape(r.PathValue("id")), v.in.token)
}

// planApply is the question before a plan is applied, a page and a dialog.
type planApply struct {
	*planPage
	Refused string
	Reasons []client.Reason
}

func (s *server) askApply(v *visit, refused *client.Problem) (view, error) {
	p, err := v.cl.GetPlan(v.Context(), v.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	out := planApply{planPage: planPageOf(p, v.now)}
	out.May = v.may("operator")
	status := http.StatusOK
	if refused != nil {
		status = int(refused.Status)
		out.Refused, out.Reasons = cmp.Or(refused.Title, refused.Detail), refused.Errors
		if len(out.Reasons) == 0 {
			out.Reasons = reasonsOf(refused)
		}
	}
	return view{title: "Apply plan " + p.ID, page: "planapply", data: out, status: status}, nil
}

// applyPlan is POST /plans/{id}/apply.
func (s *server) applyPlan(v *visit) (view, error) {
	id := v.PathValue("id")
	got, err := v.cl.ApplyPlan(v.Context(), id, client.ApplyPlanOptions{})
	if err != nil {
		return s.askApply(v, problem(err))
	}
	out := view{goTo: "/plans/" + url.PathEscape(id), said: "The plan is applied; its rollouts run."}
	if list := got.Value.Objects; len(list) == 1 && list[0].Kind == "session" && list[0].Action != "deleted" {
		out.goTo, out.said = "/sessions/"+url.PathEscape(list[0].Name), "The plan is applied. This page follows its rollout."
	}
	return out, nil
}

// plansPage are the stored plans, the newest first.
type plansPage struct {
	Plans []planRow
	Next  string
}

// A planRow is a plan in the list.
type planRow struct {
	client.PlanSummary
	Shape, State, What string
}

func (s *server) plans(v *visit) (view, error) {
	page, err := v.cl.ListPlans(v.Context(), client.ListPlansOptions{Limit: 50, Cursor: v.URL.Query().Get("after")})
	if err != nil {
		return view{}, err
	}
	out := plansPage{}
	for _, p := range page.Items {
		row := planRow{PlanSummary: p, Shape: shapeNote, State: "not applied, may be until " + at(p.Expires, v.now)}
		switch {
		case p.Applied != nil:
			row.Shape, row.State = shapeOK, "applied "+at(*p.Applied, v.now)
		case p.State == "expired":
			row.Shape, row.State = shapeOff, "expired "+at(p.Expires, v.now)
		case p.State == "stale":
			row.Shape, row.State = shapeBad, "stale: what it rests on is not as it was"
		case p.State == "holds":
			row.State = "holds, may be applied until " + at(p.Expires, v.now)
		}
		var what []string
		for _, action := range slices.Sorted(maps.Keys(p.Objects)) {
			what = append(what, count(p.Objects[action])+" "+action)
		}
		row.What = strings.Join(what, ", ")
		out.Plans = append(out.Plans, row)
	}
	if page.NextCursor != "" {
		out.Next = "/plans?after=" + url.QueryEscape(page.NextCursor)
	}
	return view{title: "Plans", page: "plans", data: out}, nil
}
