package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// pageSize is how many sessions a page of the overview shows.
const pageSize = 50

type overviewPage struct {
	Verdict   string
	Counts    []counts
	Now, Next []concern
	More      int64 // problems that are not shown
	Filter    sessionFilter
	Phases    []phaseCount
	Sessions  []sessionRow
	Total     int64
	Newer     bool
	NextPage  string // address of the next page, "" = this is the last
	First     bool   // nothing is there yet: the first day
	CLI, Curl string
}

// counts are how many of a truth, or of the devices, are in which state; the worst first.
type counts struct {
	Name  string
	Items []countOf
}

type countOf struct {
	Shape, Text string
	Strong      bool
}

type phaseCount struct {
	Phase string
	Shape string
	N     int64
}

// A concern is a row of Now or Next: what, why in one sentence, since when, and one next
// step.
type concern struct {
	Shape, Title, Why string
	Name, At          string // of the object, and its address
	Since             *time.Time
	Step, StepAt      string
	Until             *time.Time // of a lease that ends
}

// sessionFilter is what the address says of the list.
type sessionFilter struct{ Phase, Tool, Device, Text, Cursor string }

func filterOf(q url.Values) sessionFilter {
	return sessionFilter{Phase: q.Get("phase"), Tool: strings.TrimSpace(q.Get("tool")), Device: strings.TrimSpace(q.Get("device")), Text: strings.TrimSpace(q.Get("q")), Cursor: q.Get("after")}
}

// Any reports whether anything is filtered.
func (f sessionFilter) Any() bool { return f.Phase+f.Tool+f.Device+f.Text != "" }

// String is the filter in words.
func (f sessionFilter) String() string {
	var out []string
	for _, x := range [][2]string{{"", f.Phase}, {"tool ", f.Tool}, {"device ", f.Device}} {
		if x[1] != "" {
			out = append(out, x[0]+x[1])
		}
	}
	if f.Text != "" {
		out = append(out, "“"+f.Text+"”")
	}
	return strings.Join(out, ", ")
}

func (f sessionFilter) address(cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{"phase": f.Phase, "tool": f.Tool, "device": f.Device, "q": f.Text, "after": cursor} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/#sessions"
	}
	return "/?" + q.Encode() + "#sessions"
}

// A sessionRow is a session in the table.
type sessionRow struct {
	client.Session
	Truths [3]truth
	From   []string // devices
	Ports  string
	To     []string
	Load   loadCell
}

type loadCell struct {
	Text, Note, Shape, Width, Mark string
}

func (s *server) overview(v *visit) (view, error) {
	ctx := v.Context()
	sum, err := v.cl.GetSummary(ctx)
	if err != nil {
		return view{}, err
	}
	out := overviewPage{Filter: filterOf(v.URL.Query()), Total: sum.Sessions.Total, Counts: countsOf(sum), First: sum.Devices.Total == 0}
	problems, err := v.cl.ListProblems(ctx, client.ListProblemsOptions{Limit: 100})
	if err != nil {
		return view{}, err
	}
	for _, p := range problems.Items {
		c := concernOf(p)
		if severityShape(p.Severity) == shapeBad {
			out.Now = append(out.Now, c)
		} else {
			out.Next = append(out.Next, c)
		}
	}
	for _, n := range sum.Problems {
		out.More += n
	}
	out.More = max(0, out.More-int64(len(problems.Items)))
	for _, p := range phases {
		if n := sum.Sessions.Phases[p]; n > 0 {
			out.Phases = append(out.Phases, phaseCount{p, phaseShape(client.Session{Status: client.SessionStatus{Phase: p, Conditions: []client.Condition{{Type: "Configured", Status: "True"}}}}), n})
		}
	}
	if err := out.list(v); err != nil {
		return view{}, err
	}
	out.Verdict = verdict(len(out.Now), len(out.Next), sum.Sessions.Total)
	title := "Overview"
	if n := len(out.Now); n > 0 {
		title = fmt.Sprintf("%d need%s you now", n, map[bool]string{true: "s"}[n == 1])
	}
	return view{title: title, nav: "/", page: "overview", data: out}, nil
}

func verdict(now, next int, sessions int64) string {
	switch {
	case now == 0 && next == 0 && sessions == 0:
		return "No sessions yet"
	case now == 0 && next == 0:
		return "Everything is as it should be"
	}
	text := "Nothing needs you now"
	if now > 0 {
		text = fmt.Sprintf("%s need%s you now", plural(now, "thing"), map[bool]string{true: "s"}[now == 1])
	}
	if next > 0 {
		text += fmt.Sprintf(", %s come%s next", plural(next, "thing"), map[bool]string{true: "s"}[next == 1])
	}
	return text
}

// list is the page of sessions that the filter asks for, the worst first: phase after
// phase, in each by name.
func (o *overviewPage) list(v *visit) error {
	which := phases
	if o.Filter.Phase != "" {
		which = []string{o.Filter.Phase}
	}
	at, cursor, _ := strings.Cut(o.Filter.Cursor, ":")
	if i := slices.Index(which, at); at != "" && i >= 0 {
		which = which[i:]
	}
	for _, phase := range which {
		opts := client.ListSessionsOptions{Phase: phase, Tool: o.Filter.Tool, Device: o.Filter.Device, Cursor: cursor, Limit: int64(pageSize - len(o.Sessions))}
		cursor = ""
		page, err := v.cl.ListSessions(v.Context(), opts)
		if err != nil {
			return err
		}
		for _, x := range page.Items {
			o.Sessions = append(o.Sessions, rowOf(x))
		}
		if page.NextCursor != "" {
			o.NextPage = o.Filter.address(phase + ":" + page.NextCursor)
			break
		}
	}
	o.CLI, o.Curl = "netmirror get sessions", `curl -H "$AUTH" "$API/sessions`
	var q []string
	for _, x := range [][2]string{{"phase", o.Filter.Phase}, {"tool", o.Filter.Tool}, {"device", o.Filter.Device}} {
		if x[1] != "" {
			o.CLI += " --" + x[0] + " " + shellQuote(x[1])
			q = append(q, x[0]+"="+url.QueryEscape(x[1]))
		}
	}
	if q != nil {
		o.Curl += "?" + strings.Join(q, "&")
	}
	o.Curl += `"`
	return nil
}

func rowOf(x client.Session) sessionRow {
	r := sessionRow{Session: x, Truths: truths(x)}
	vlans := false
	for _, src := range x.Spec.Sources {
		if !slices.Contains(r.From, src.Device) {
			r.From = append(r.From, src.Device)
		}
		vlans = vlans || src.VLAN != nil
	}
	for _, f := range x.Status.Fragments {
		if !slices.Contains(r.From, f.Device) {
			r.From = append(r.From, f.Device)
		}
	}
	r.Ports = plural(len(x.Spec.Sources), map[bool]string{true: "source", false: "port"}[vlans])
	for _, d := range x.Spec.Destinations {
		switch {
		case d.Tool != "":
			r.To = append(r.To, d.Tool)
		case d.IP != "":
			r.To = append(r.To, d.IP)
		default:
			r.To = append(r.To, d.Device+" "+d.Interface)
		}
	}
	r.Load = loadOf(x)
	return r
}

func loadOf(x client.Session) loadCell {
	l := x.Status.Load
	switch {
	case off(x):
		return loadCell{Text: "off"}
	case l == nil:
		for _, f := range x.Status.Forecast {
			if !f.Link && f.Limit != nil && f.Capacity != nil && *f.Capacity > 0 {
				return loadCell{Text: of(f.Offered, f.Limit), Note: "forecast", Width: part(f.Offered, *f.Capacity), Mark: part(*f.Limit, *f.Capacity)}
			}
		}
		return loadCell{Text: "not measured"}
	case l.Capacity == nil || *l.Capacity == 0:
		return loadCell{Text: rate(l.Offered), Note: "of a tool that tells no capacity"}
	}
	c := loadCell{Text: of(l.Offered, l.Capacity), Width: part(l.Offered, *l.Capacity)}
	if l.Oversubscribed {
		c.Shape = shapeSoon
	}
	if truths(x)[1].Shape == shapeUnsure {
		c.Shape, c.Note = shapeUnsure, "not verified"
	}
	if l.Drops != nil && *l.Drops > 0 {
		c.Note, c.Shape = count(l.Drops)+" drops/s", shapeBad
	}
	return c
}

// part is a share as a width in SVG.
func part(n, whole int64) string {
	return fmt.Sprintf("%.1f%%", min(100, max(0, 100*float64(n)/float64(whole))))
}

func concernOf(p client.Concern) concern {
	c := concern{Shape: severityShape(p.Severity), Title: p.Reason, Why: p.Message, Name: p.Object.Name, Since: p.Since, Step: "Look"}
	if c.Why == "" {
		c.Why = p.Means
	}
	switch p.Object.Kind {
	case "session":
		c.At = "/sessions/" + url.PathEscape(p.Object.Name)
		c.StepAt = c.At + "#todo"
		c.Step = "What to do"
	case "device":
		c.At = "/devices#" + url.PathEscape(p.Object.Name)
		c.StepAt = c.At
	case "tool":
		c.At = "/tools#" + url.PathEscape(p.Object.Name)
		c.StepAt = c.At
	}
	return c
}

func countsOf(sum client.Summary) []counts {
	pick := func(of map[string]int64, order []countOf, keys ...string) (items []countOf) {
		for i, key := range keys {
			if n := of[key]; n > 0 {
				items = append(items, countOf{order[i].Shape, count(n) + " " + order[i].Text, order[i].Strong})
			}
		}
		return items
	}
	words := func(bad, unsure, good string) []countOf {
		return []countOf{{shapeBad, bad, true}, {shapeUnsure, unsure, false}, {shapeOK, good, false}}
	}
	c := sum.Sessions.Conditions
	out := []counts{
		{"Desired", pick(c["Admitted"], words("refused", "unknown", "admitted"), "False", "Unknown", "True")},
		{"Configured", pick(c["Configured"], words("not as wanted", "unknown", "in sync"), "False", "Unknown", "True")},
		{"Effective", pick(c["Effective"], words("not arriving", "unknown", "arriving"), "False", "Unknown", "True")},
		{"Devices", pick(sum.Devices.Reachable, []countOf{{shapeSoon, "unreachable", true}, {shapeUnsure, "not read yet", false}, {shapeOK, "answer", false}}, "False", "Unknown", "True")},
	}
	return slices.DeleteFunc(out, func(c counts) bool { return len(c.Items) == 0 })
}
