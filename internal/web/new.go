package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// newPage is the form of a session: empty, filled, refused, or as a preview.
type newPage struct {
	draft
	May      bool // the token may plan
	Devices  []string
	Ports    []portList
	Filters  []string
	Choices  []toolChoice
	Leases   []leaseOption
	Head     string // of the summary of reasons
	Nothing  string // what was not done
	Reasons  []fieldReason
	Conflict *conflict
	Forecast forecastView
	Way      *wayView      // how copies may travel, when that was asked
	Plan     *planView     // the preview
	Asked    []planSession // what the preview is of
	JSON     string        // the session as a manifest, with the preview
}

// A fieldReason is a reason with its place in the form.
type fieldReason struct {
	client.Reason
	At   string // id of the field, "" = the form has none
	Fix  string // words of a button, "" = there is none
	Do   string // what the button sends
	Link string // an address instead of a button
}

// newSession is GET /new, the form: empty, of a stored session (?edit=NAME), of the session
// of a plan (?plan=ID), or begun
// (?tool=, ?device=, ?port=, ?direction=).
func (s *server) newSession(v *visit) (view, error) {
	q := v.URL.Query()
	d := fill(specTree{}, v.now)
	d.Lease = eveningChoice(v.now)
	switch name := q.Get("edit"); {
	case name != "":
		got, err := v.cl.GetSession(v.Context(), name)
		if err != nil {
			return view{}, err
		}
		spec := specOf(got.Value.Spec)
		d = fill(spec, v.now)
		d.Name, d.Edit, d.ETag, d.base = name, name, got.ETag, spec
	case q.Get("plan") != "":
		var err error
		if d, err = s.ofPlan(v, q.Get("plan")); err != nil {
			return view{}, err
		}
	case q.Get("tool") != "":
		d.Tools = []string{q.Get("tool")}
	}
	if device, port := q.Get("device"), q.Get("port"); d.Edit == "" && device+port != "" {
		d.Sources = []sourceField{{Device: device, Port: port, Direction: cmp.Or(q.Get("direction"), "both")}}
	}
	return s.form(v, &newPage{draft: d}, http.StatusOK)
}

// ofPlan is the draft of a plan's first session, on top of what is stored now.
func (s *server) ofPlan(v *visit, id string) (draft, error) {
	p, err := v.cl.GetPlan(v.Context(), id)
	if err != nil {
		return draft{}, err
	}
	for _, o := range p.Objects {
		if o.Kind != "session" || len(o.After) == 0 {
			continue
		}
		d := fill(specOf([]byte(o.After)), v.now)
		d.Name = o.Name
		got, err := v.cl.GetSession(v.Context(), o.Name)
		switch {
		case err == nil:
			d.Edit, d.ETag, d.base = o.Name, got.ETag, specOf(got.Value.Spec)
		case !client.IsNotFound(err):
			return draft{}, err
		}
		return d, nil
	}
	return draft{}, &client.Problem{Status: http.StatusNotFound, Title: "no session", Detail: "The plan makes or changes no session."}
}

// newSessionDone is POST /new: what a button of the form asks for.
func (s *server) newSessionDone(v *visit) (view, error) {
	if err := v.ParseForm(); err != nil {
		return view{}, &client.Problem{Status: http.StatusRequestEntityTooLarge, Title: "the form is too large", Detail: "A form of at most 1 MiB is taken."}
	}
	p := &newPage{draft: draftOf(v.PostForm)}
	do, arg, _ := strings.Cut(v.PostForm.Get("do"), ":")
	n, _ := strconv.Atoi(arg)
	switch do {
	case "add-source":
		last := sourceField{Direction: "both"}
		if len(p.Sources) > 0 {
			last.Device = p.Sources[len(p.Sources)-1].Device
		}
		p.Sources = append(p.Sources, last)
	case "drop-source":
		if n >= 0 && n < len(p.Sources) {
			p.Sources = slices.Delete(p.Sources, n, n+1)
		}
	case "add-place":
		p.Places = append(p.Places, placeField{})
	case "drop-place":
		if n >= 0 && n < len(p.Places) {
			p.Places = slices.Delete(p.Places, n, n+1)
		}
	case "patch":
		p.draft = p.patched(specOf([]byte(arg)), v.now)
		s.forecast(v, p)
	case "way":
		s.proposeWay(v, p)
		s.forecast(v, p)
	case "name":
		p.Name = arg
	case "forecast":
		s.forecast(v, p)
	case "merge":
		return s.mergeNew(v, p)
	case "apply", "keep":
		return s.applyNew(v, p, do == "keep", arg)
	case "back", "":
	default:
		return s.previewNew(v, p)
	}
	return s.form(v, p, http.StatusOK)
}

// previewNew plans the session. The plan is not kept: what is applied, or kept, is bound to
// what was shown by its fingerprint.
func (s *server) previewNew(v *visit, p *newPage) (view, error) {
	spec, reasons := p.spec(v.now)
	name := p.nameOr()
	switch {
	case p.Name == "":
		reasons = append(reasons, client.Reason{Pointer: "/name", Code: "required", Message: "A session needs a name."})
	case p.Name != name:
		reasons = append(reasons, client.Reason{Pointer: "/name", Code: "bad-name", Message: "A name is 1 to 63 of a-z, 0-9 and -, and neither begins nor ends with -."})
	case p.Edit == "":
		if _, err := v.cl.GetSession(v.Context(), name); err == nil {
			reasons = append(reasons, client.Reason{Pointer: "/name", Code: "exists", Message: fmt.Sprintf("A session %s is there already.", name)})
		}
	}
	m, err := manifestOf(name, spec)
	var plan client.StoredPlan
	if err == nil {
		plan, err = v.cl.DryRunMakePlan(v.Context(), m, client.MakePlanOptions{})
	}
	status := http.StatusUnprocessableEntity
	if err != nil {
		pr := problem(err)
		reasons, status = append(reasons, reasonsOf(pr)...), int(pr.Status)
		p.Forecast = forecastOf(pr.Forecast, proposalsOf(pr), v.now)
	}
	if p.Edit != "" { // the plan is of what is stored now; is that what was read?
		if gone, err := s.conflict(v, p, spec); err != nil {
			return view{}, err
		} else if gone {
			return s.form(v, p, http.StatusPreconditionFailed)
		}
	}
	if len(reasons) > 0 {
		p.refuse(reasons)
		return s.form(v, p, status)
	}
	p.Forecast = forecastOf(plan.Forecast, nil, v.now)
	p.Plan = planViewOf(plan)
	for _, o := range plan.Objects {
		p.Asked = append(p.Asked, planSessionOf(o, v.now))
	}
	return s.form(v, p, http.StatusOK)
}

// sessionName is what the API takes for a name.
var sessionName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// nameOr is the name, or another in its place where it can be none: so that everything else
// that is wrong is told, too.
func (p *newPage) nameOr() string {
	if sessionName.MatchString(p.Name) {
		return p.Name
	}
	return cmp.Or(p.suggestedName(), "no-name")
}

// manifestOf is a manifest of this session alone.
func manifestOf(name string, spec specTree) (client.Manifest, error) {
	var m client.ManifestSession
	body := specOf([]byte(jsonText(spec)))
	body["name"] = name
	if err := json.Unmarshal([]byte(jsonText(body)), &m); err != nil {
		return client.Manifest{}, &client.Problem{Status: http.StatusUnprocessableEntity, Title: "no session", Detail: err.Error()}
	}
	return client.Manifest{Sessions: []client.ManifestSession{m}}, nil
}

// reasonsOf are the reasons of a refusal, with pointers into the session; one of which
// nothing more is said is a reason itself.
func reasonsOf(p *client.Problem) []client.Reason {
	out := slices.Clone(p.Errors)
	for i := range out {
		out[i].Pointer = strings.TrimPrefix(out[i].Pointer, "/sessions/0")
	}
	if len(out) == 0 {
		text := cmp.Or(p.Detail, p.Title)
		if p.RequestID != "" && p.Status >= 500 {
			text += " (request " + p.RequestID + ")"
		}
		out = []client.Reason{{Code: p.Code, Message: text}}
	}
	return out
}

func proposalsOf(p *client.Problem) []client.Proposal {
	out := p.Proposals
	for _, o := range p.Objects {
		out = append(out, o.Proposals...)
	}
	return out
}

// forecast reckons the load and stores nothing.
func (s *server) forecast(v *visit, p *newPage) {
	if !v.may("operator") || len(p.Sources) == 0 || len(p.Tools)+len(p.Places) == 0 {
		return
	}
	spec, reasons := p.spec(v.now)
	var body client.SessionSpec
	if err := json.Unmarshal([]byte(jsonText(spec)), &body); err != nil {
		return
	}
	plan, err := v.cl.DryRunPutSession(v.Context(), p.nameOr(), body, client.PutSessionOptions{})
	if err != nil {
		pr := problem(err)
		p.Forecast = forecastOf(pr.Forecast, proposalsOf(pr), v.now)
		p.Forecast.Reasons = append(reasons, reasonsOf(pr)...)
		return
	}
	p.Forecast = forecastOf(plan.Forecast, nil, v.now)
	p.Forecast.Reasons = reasons
	for _, d := range plan.Destinations {
		if d.KindReason != "" {
			p.Forecast.How = append(p.Forecast.How, fmt.Sprintf("%s: %s", strings.ToUpper(d.Kind), d.KindReason))
		}
	}
	p.Forecast.How = slices.Compact(p.Forecast.How)
}

// applyNew keeps what was shown as a plan, if it still is what would be done, and applies
// it, or leads to it.
func (s *server) applyNew(v *visit, p *newPage, keep bool, shown string) (view, error) {
	spec, _ := p.spec(v.now)
	m, err := manifestOf(p.Name, spec)
	var plan client.Answer[client.StoredPlan]
	if err == nil {
		plan, err = v.cl.MakePlan(v.Context(), m, client.MakePlanOptions{IfFingerprint: shown})
	}
	if err == nil && keep {
		return view{goTo: "/plans/" + url.PathEscape(plan.Value.ID), said: "The plan is kept."}, nil
	}
	var got client.Answer[client.StoredPlan]
	if err == nil {
		got, err = v.cl.ApplyPlan(v.Context(), plan.Value.ID, client.ApplyPlanOptions{})
	}
	if err == nil {
		name := p.Name
		said := name + " is accepted."
		if a := got.Value.Applied; a != nil && len(a.Objects) > 0 && a.Objects[0].Operation != "" {
			said += " Its rollout runs; this page follows it."
		}
		return view{goTo: "/sessions/" + url.PathEscape(name), said: said}, nil
	}
	pr := problem(err)
	if p.Edit != "" {
		if gone, err := s.conflict(v, p, spec); err != nil {
			return view{}, err
		} else if gone {
			return s.form(v, p, http.StatusPreconditionFailed)
		}
	}
	p.refuse(reasonsOf(pr))
	if pr.Code == "plan-stale" {
		p.Head, p.Nothing = "The plan is stale", "Nothing was stored or sent. Preview again: it shows what would be sent now."
	}
	return s.form(v, p, int(pr.Status))
}

// refuse shows the reasons on top and at their fields.
func (p *newPage) refuse(reasons []client.Reason) {
	p.Head = "This cannot be done here"
	if n := len(reasons); n > 1 {
		p.Head += fmt.Sprintf(", for %d reasons", n)
	}
	p.Nothing = "Nothing was stored or sent."
	_, at := p.destinations()
	for _, r := range reasons {
		p.Reasons = append(p.Reasons, p.placed(r, at))
	}
}

// form shows the page in its present state.
func (s *server) form(v *visit, p *newPage, status int) (view, error) {
	p.May = v.may("operator")
	title := "New session"
	if p.Edit != "" {
		title = "Change " + p.Edit
	}
	switch {
	case p.Conflict != nil:
		title = "Changed meanwhile: " + p.Edit
	case len(p.Reasons) > 0:
		title = "Refused, " + plural(len(p.Reasons), "reason") + ": " + title
	case p.Plan != nil:
		title = "Preview: " + p.Name
	}
	if len(p.Sources) == 0 {
		p.Sources = []sourceField{{Direction: "both"}}
	}
	if p.Plan == nil {
		if err := p.suggest(v); err != nil {
			return view{}, err
		}
	}
	if p.Plan != nil {
		spec, _ := p.spec(v.now)
		spec["name"] = p.Name
		pretty, err := json.MarshalIndent(map[string]any{"sessions": []any{spec}}, "", "  ")
		if err != nil {
			return view{}, fmt.Errorf("the manifest of a session: %w", err)
		}
		p.JSON = string(pretty)
	}
	return view{title: title, page: "new", data: p, status: status}, nil
}

// newPorts is the part of the page with the ports of one device, for the script.
func (s *server) newPorts(v *visit) (view, error) {
	list, err := portsOf(v, v.URL.Query().Get("device"))
	if err != nil {
		return view{}, err
	}
	return view{title: "Ports", page: "newports", data: list}, nil
}
