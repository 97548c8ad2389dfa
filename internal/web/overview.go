package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
	Tools     []string // some names that may be filtered by
	Devices   []string
	Sessions  []sessionRow
	Total     int64
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
		if isNow(p) {
			out.Now = append(out.Now, concernOf(p))
		} else {
			out.Next = append(out.Next, concernOf(p))
		}
	}
	if err := atStake(v, out.Next); err != nil {
		return view{}, err
	}
	out.Next = append(out.Next, notPushed(sum.Devices)...)
	if sum.Devices.Foreign > 0 {
		out.Next = append(out.Next, foreignOnes(sum.Devices))
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
	if err := out.list(v, sum.Sessions); err != nil {
		return view{}, err
	}
	out.Tools, out.Devices = s.known(v)
	out.Verdict = out.verdict()
	title := "Overview"
	if n := len(out.Now); n > 0 {
		title = fmt.Sprintf("%d need%s you now", n, map[bool]string{true: "s"}[n == 1])
	}
	return view{title: title, nav: "/", page: "overview", data: out}, nil
}

// verdict says the whole in one sentence.
func (o overviewPage) verdict() string {
	now, next := len(o.Now), len(o.Next)
	switch {
	case now == 0 && next == 0 && o.Total == 0:
		return "No sessions yet"
	case now == 0 && !slices.ContainsFunc(o.Next, func(c concern) bool { return c.Shape != shapeNote }):
		return "Everything is as it should be"
	case o.More > 0:
		return plural(int64(now+next)+o.More, "thing") + " need somebody, the worst first"
	}
	things := func(of []concern) string {
		if slices.ContainsFunc(of, func(c concern) bool { return !strings.HasPrefix(c.At, "/sessions/") }) {
			return plural(len(of), "thing")
		}
		return plural(len(of), "session")
	}
	one := map[bool]string{true: "s"}
	text := "Nothing needs you now"
	if now > 0 {
		text = fmt.Sprintf("%s need%s you now", things(o.Now), one[now == 1])
	}
	if next > 0 {
		text += fmt.Sprintf(", %s come%s next", things(o.Next), one[next == 1])
	}
	return text
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
		return []countOf{{shapeBad, bad, true}, {shapeUnsure, unsure, false}, {shapeOK, good, false}, {shapeOff, "off", false}}
	}
	c := sum.Sessions.Conditions
	// Of what is on no device nothing is known, and nothing has to be.
	off := sum.Sessions.Phases["Suspended"] + sum.Sessions.Phases["Expired"]
	onDevices := func(name string) map[string]int64 {
		of := maps.Clone(c[name])
		if n := min(off, of["Unknown"]); n > 0 {
			of["Unknown"], of["Off"] = of["Unknown"]-n, n
		}
		return of
	}
	out := []counts{
		{"Desired", pick(c["Admitted"], words("refused", "unknown", "admitted"), "False", "Unknown", "True")},
		{"Configured", pick(onDevices("Configured"), words("not as wanted", "unknown", "in sync"), "False", "Unknown", "True", "Off")},
		{"Effective", pick(onDevices("Effective"), words("not arriving", "unknown", "arriving"), "False", "Unknown", "True", "Off")},
		{"Devices", pick(sum.Devices.Reachable, []countOf{{shapeSoon, "unreachable", true}, {shapeUnsure, "not read yet", false}, {shapeOK, "answer", false}}, "False", "Unknown", "True")},
	}
	return slices.DeleteFunc(out, func(c counts) bool { return len(c.Items) == 0 })
}
