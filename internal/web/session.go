package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// What a session's page shows of lists; the rest is for the command line.
const (
	shownOperations = 5
	shownEvents     = 15
)

type sessionPage struct {
	S       client.Session
	Shape   string // of the phase
	Truths  [3]truth
	Lease   leaseCell
	Actions []action
	MayNot  string // why actions are disabled, "" = they are not
	Todo    *todo
	Path    *drawing
	Load    loadPart
	Held    []heldText
	Paused  []pausedDevice
	Ops     []operationRow
	Events  []toldEvent
	CLI     string
	Curl    string
}

type leaseCell struct {
	Until *time.Time
	Text  string // where there is no end to count to
}

// An action is a button that leads to a page with a preview.
type action struct {
	Text, At string
	Danger   bool
	Direct   bool   // a page of its own, never a dialog
	Wait     string // it is done at once, and this is said while it is
}

// An operationRow is a rollout, repair or save with what was said.
type operationRow struct {
	client.Operation
	Shape string
	Title string
	Took  string
	Open  bool
}

// A toldEvent is an event in the right column.
type toldEvent struct {
	client.Event
	Shape string
}

func sessionAt(name string) string { return "/sessions/" + url.PathEscape(name) }

func (s *server) session(v *visit) (view, error) {
	name := v.PathValue("name")
	got, err := v.cl.GetSession(v.Context(), name)
	if err != nil {
		return view{}, err
	}
	x := got.Value
	p := sessionPage{S: x, Shape: phaseShape(x), Truths: truths(x), Lease: leaseOf(x), Actions: actionsOf(x),
		CLI: "netmirror describe session " + shellQuote(name), Curl: `curl -H "$AUTH" ` + apiAt("/sessions/"+url.PathEscape(name))}
	if !v.may("operator") {
		p.MayNot = "Your token is a viewer’s: it sees all and changes nothing. Operators may; ask one, or send them this page."
	}
	load, err := v.cl.GetSessionLoad(v.Context(), name, client.GetSessionLoadOptions{History: "hour"})
	if err != nil {
		return view{}, err
	}
	if p.Held, err = heldBy(v, x); err != nil {
		return view{}, err
	}
	p.Paused = pausedOf(v, p.Held)
	if p.Ops, err = operationsOf(v, name); err != nil {
		return view{}, err
	}
	events, err := v.cl.ListEvents(v.Context(), client.ListEventsOptions{Session: name, Order: "newest", Limit: shownEvents})
	if err != nil {
		return view{}, err
	}
	for _, e := range events.Items {
		p.Events = append(p.Events, toldEvent{e, eventShape(e.Type)})
	}
	p.Load = loadPartOf(x, load, events.Items, v.now)
	p.Path = drawingOf(x, load)
	if p.Todo, err = todoOf(v, x, load, p.Held, p.Ops); err != nil {
		return view{}, err
	}
	return view{title: name + ": " + x.Status.Phase, nav: "/", page: "session", data: p}, nil
}

// apiAt is an address of the API as a shell takes it.
func apiAt(path string) string { return `"$API` + path + `"` }

func leaseOf(x client.Session) leaseCell {
	switch {
	case x.Status.Phase == "Expired":
		return leaseCell{Text: "ended"}
	case x.Status.Expires != nil:
		return leaseCell{Until: x.Status.Expires}
	}
	return leaseCell{Text: "no end"}
}

func enabled(x client.Session) bool { return x.Spec.Enabled == nil || *x.Spec.Enabled }

func actionsOf(x client.Session) (out []action) {
	at := sessionAt(x.Name)
	if !x.Status.Deleting && x.Status.Phase != "Deleting" {
		if x.Spec.Lease != nil {
			out = append(out, action{Text: "Renew…", At: at + "/renew"})
		}
		out = append(out, action{Text: "Edit", At: "/new?edit=" + url.QueryEscape(x.Name), Direct: true})
		if r := x.Status.Relief; r != nil && (r.Pinned || len(r.Steps) > 0) {
			out = append(out, action{Text: "Clear relief…", At: at + "/clear-relief"})
		}
		if canPin(x) {
			out = append(out, action{Text: "Pin relief…", At: at + "/pin-relief"})
		}
		if enabled(x) {
			out = append(out, action{Text: "Disable…", At: at + "/disable"})
		} else {
			out = append(out, action{Text: "Enable…", At: at + "/enable"})
		}
	}
	return append(out, action{Text: "Delete…", At: at + "/delete", Danger: true})
}

// canPin reports whether somebody may want to hold relief where it is.
func canPin(x client.Session) bool {
	r := x.Status.Relief
	if off(x) || r != nil && r.Pinned {
		return false
	}
	return r != nil && len(r.Steps) > 0 || x.Spec.OnOverload != nil && x.Spec.OnOverload.Action == "relieve"
}

// Overload says what is done when there is too much.
func (p sessionPage) Overload() string {
	o := p.S.Spec.OnOverload
	if o == nil || o.Action != "relieve" {
		return "report"
	}
	return "ladder: " + strings.Join(o.Ladder, ", ")
}

// Labels are the session's, in order.
func (p sessionPage) Labels() (out []string) {
	for k, v := range p.S.Spec.Labels {
		out = append(out, k+"="+v)
	}
	slices.Sort(out)
	return out
}

func operationsOf(v *visit, name string) (out []operationRow, err error) {
	list, err := v.cl.ListOperations(v.Context(), client.ListOperationsOptions{Session: name, Limit: shownOperations})
	if err != nil {
		return nil, err
	}
	for i, o := range list.Items {
		if o.Finished == nil { // why it waits is not told in lists
			if one, err := v.cl.GetOperation(v.Context(), o.ID); err == nil {
				o = one
			}
		}
		row := operationRow{Operation: o, Shape: operationShape(o.State), Title: o.Type, Open: i == 0 && o.State != "succeeded"}
		if o.Generation != nil && o.Type != "delete" {
			row.Title += ", generation " + count(o.Generation)
		}
		if o.Finished != nil {
			row.Took = "took " + took(o.Finished.Sub(o.Created))
		} else {
			row.Took = briefly(v.now.Sub(o.Created)) + " so far"
		}
		out = append(out, row)
	}
	return out, nil
}

// took is a duration with tenths where it is short.
func took(d time.Duration) string {
	if d < 50*time.Millisecond {
		return "less than 0.1 s"
	}
	if d < 10*time.Second {
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	}
	return briefly(d)
}

func operationShape(state string) string {
	switch state {
	case "succeeded", "done":
		return shapeOK
	case "failed":
		return shapeBad
	case "running", "rolling-back", "moving":
		return shapeMoving
	}
	return shapeNote
}

// stepShape is for templates.
func stepShape(s client.Step) string { return operationShape(s.State) }
