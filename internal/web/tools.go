package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

type toolsPage struct {
	Verdict, Filter, Text, NextPage string
	Rows                            []toolRow
	Total                           int64
	CLI, Curl                       string
}

// A toolRow is a tool in one line, and the arithmetic of its load.
type toolRow struct {
	client.Tool
	At           string // where it is
	Shape, State string
	Code         string // reason
	Since        *time.Time
	Says         []saying
	Load         loadCell
	Now, P95     string
	Terms        []toolTerm
	Sum, SumP95  string
	Limit        string // the arithmetic
	Sessions     []string
	Open         bool
}

type toolTerm struct {
	Session, Source, Note, Now, P95, Width string
	Others                                 []string
}

// historyFor is how many tools a page may have whose last hour is read for their p95.
const historyFor = 12

func (s *server) tools(v *visit) (view, error) {
	sum, err := v.cl.GetSummary(v.Context())
	if err != nil {
		return view{}, err
	}
	q := v.URL.Query()
	out := toolsPage{Total: sum.Tools.Total, Filter: strings.TrimSpace(q.Get("tool")), Text: strings.TrimSpace(q.Get("q")), CLI: "netmirror get tools --order worst", Curl: `curl -H "$AUTH" ` + apiAt("/tools?order=worst")}
	var list client.ToolList
	if out.Filter != "" {
		got, err := v.cl.GetTool(v.Context(), out.Filter)
		if err != nil && !noSuch(err) {
			return view{}, err
		}
		if err == nil {
			list.Items = []client.Tool{got.Value}
		}
		out.CLI, out.Curl = "netmirror describe tool "+shellQuote(out.Filter), `curl -H "$AUTH" `+apiAt("/tools/"+url.PathEscape(out.Filter)+"/load")
	} else {
		_, labels := searchWords(out.Text)
		if list, err = v.cl.ListTools(v.Context(), client.ListToolsOptions{Limit: fleetPage, Cursor: q.Get("after"), LabelSelector: labels, Order: "worst"}); err != nil {
			return view{}, err
		}
		if list.NextCursor != "" {
			out.NextPage = "/tools?" + url.Values{"after": {list.NextCursor}, "q": {out.Text}}.Encode()
		}
	}
	out.Rows, err = rowsOf(list.Items, func(t client.Tool) (toolRow, error) {
		row, err := toolRowOf(v, t, len(list.Items) <= historyFor)
		row.Open = out.Filter != ""
		return row, err
	})
	if err != nil {
		return view{}, err
	}
	out.Verdict = out.verdict()
	return view{title: "Tools", nav: "/tools", page: "tools", data: out}, nil
}

// noSuch reports whether there is nothing of a name, or can be nothing.
func noSuch(err error) bool {
	return slices.Contains([]int64{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusBadRequest}, problem(err).Status)
}

func (p toolsPage) verdict() string {
	text := plural(p.Total, "tool")
	bad, soon := 0, 0
	for _, r := range p.Rows {
		switch r.Shape {
		case shapeBad:
			bad++
		case shapeSoon:
			soon++
		}
	}
	switch {
	case p.Total == 0:
		return "No tools yet"
	case bad+soon == 0:
		return text
	case p.NextPage != "":
		text += ", on this page"
	}
	var parts []string
	if bad > 0 {
		parts = append(parts, count(bad)+map[bool]string{true: " loses copies", false: " lose copies"}[bad == 1])
	}
	if soon > 0 {
		parts = append(parts, count(soon)+" to look at")
	}
	return text + ": " + strings.Join(parts, ", ")
}

func toolRowOf(v *visit, t client.Tool, past bool) (toolRow, error) {
	r := toolRow{Tool: t, At: strings.TrimSpace(t.Spec.Device + " " + t.Spec.Interface + t.Spec.IP)}
	opts := client.GetToolLoadOptions{}
	if past {
		opts.History = "hour"
	}
	load, err := v.cl.GetToolLoad(v.Context(), t.Name, opts)
	if err != nil {
		return r, err
	}
	page, err := v.cl.ListSessions(v.Context(), client.ListSessionsOptions{Tool: t.Name, Limit: 20})
	if err != nil {
		return r, err
	}
	var limit, p95Of *int64
	share := cmp.Or(deref(t.Spec.MaxUtilization), 0.8)
	for _, x := range page.Items {
		r.Sessions = append(r.Sessions, x.Name)
		for _, f := range x.Status.Forecast {
			if f.Tool == t.Name && !f.Link {
				p95Of = new(f.Offered)
				if f.Limit != nil && (limit == nil || *f.Limit < *limit) {
					limit, share = f.Limit, f.MaxUtilization
				}
			}
		}
	}
	r.state(page.Items, load)
	if len(load.Ends) > 0 {
		r.arithmetic(load.Ends[0], load.History, limit, share)
	} else if c := t.Spec.Capacity; c != nil {
		r.Limit = limitText(*c, share)
	}
	if p95Of != nil {
		r.P95 = rate(*p95Of)
		if r.SumP95 == "" {
			r.SumP95 = mbit(*p95Of)
		}
	}
	return r, nil
}

func deref(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}

// state says the worst that is known of the copies to a tool.
func (r *toolRow) state(sessions []client.Session, load client.ToolLoad) {
	live := slices.DeleteFunc(slices.Clone(sessions), off)
	if len(live) == 0 {
		r.Shape, r.State = shapeNote, "No copies come to it"
		return
	}
	r.Shape, r.State = shapeOK, "Healthy"
	worse := func(shape, state string, c client.Condition) {
		order := []string{shapeOK, shapeMoving, shapeUnsure, shapeSoon, shapeBad}
		if slices.Index(order, shape) > slices.Index(order, r.Shape) {
			r.Shape, r.State, r.Code, r.Since, r.Says = shape, state, c.Reason, c.Since, spoken(c.Message)
		}
	}
	for _, x := range live {
		for _, name := range []string{"Effective", "DestinationHealthy"} {
			c := condition(x, name)
			switch {
			case moving(x):
				worse(shapeMoving, "First copies expected now", client.Condition{})
			case c.Status == "False":
				worse(conditionShape(c), titleOf(c.Reason), c)
			case c.Status == "Unknown" || c.Status == "":
				worse(shapeUnsure, unsureWords[c.Reason], c)
			}
		}
	}
	if len(load.Ends) > 0 && load.Ends[0].Oversubscribed {
		worse(shapeSoon, "Oversubscribed", client.Condition{Reason: "Oversubscribed"})
	}
	r.State = cmp.Or(r.State, "Whether copies arrive is not known")
}

// unsureWords say why it is not known whether copies arrive.
var unsureWords = map[string]string{"NotCounted": "Arrival is not counted here", "CollectorNotSeen": "Arrival is not counted here", "SourcesIdle": "Sources carry too little to tell",
	"JustBegun": "First copies expected now", "NotWatchedYet": "Nothing was measured yet", "DeviceUnreachable": "A device is unreachable"}

// arithmetic shows all terms, the largest first, their sum, and the limit.
func (r *toolRow) arithmetic(e client.EndLoad, history []client.LoadPoint, limit *int64, share float64) {
	if limit == nil && e.Capacity != nil {
		limit = new(int64(float64(*e.Capacity) * share))
	}
	r.Now = rate(e.Offered)
	if limit != nil && e.Capacity != nil && *e.Capacity > 0 {
		r.Now = of(e.Offered, *limit)
		r.Load = loadCell{Width: part(e.Offered, *e.Capacity), Mark: part(*limit, *e.Capacity)}
		r.Limit = limitText(*e.Capacity, share)
		switch {
		case r.Shape == shapeUnsure || r.Shape == shapeBad:
			r.Load.Shape = r.Shape
		case e.Offered > *limit:
			r.Load.Shape = shapeSoon
		}
	}
	sum, sumP95, all := int64(0), int64(0), len(e.Terms) > 0
	for _, t := range e.Terms {
		row := toolTerm{Session: t.Session, Others: t.Others, Source: strings.TrimSpace(t.Device + " " + t.Source + " " + t.Direction), Now: mbit(t.Offered), P95: "–"}
		if t.Unknown != "" {
			row.Now, row.Note = "not known", t.Unknown
		} else if t.UpperBound {
			row.Note = "or less"
		}
		bits, known := p95(history, t)
		if known {
			row.P95 = mbit(bits)
		}
		if shown := max(bits, t.Offered); limit != nil && *limit > 0 {
			row.Width = part(shown, *limit)
		}
		sum, sumP95, all = sum+t.Offered, sumP95+bits, all && known
		r.Terms = append(r.Terms, row)
	}
	r.Sum = mbit(sum)
	if all {
		r.SumP95 = mbit(sumP95)
	}
}

func limitText(capacity int64, share float64) string {
	return "Limit " + mbit(capacity) + " × " + percent(share) + " = " + mbit(int64(float64(capacity)*share)) + " Mb/s"
}
