package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// A forecastView is what was reckoned of the load, beside the form.
type forecastView struct {
	Verdict, Shape string // "" = nothing was reckoned
	Ends           []endView
	Ways           []proposalWay
	How            []string
	Reasons        []client.Reason // why there is none
	terms          []client.Term
}

// An endView is one end of the copies with its arithmetic.
type endView struct {
	client.Forecast
	Name              string
	Sum               string // 1,141 of 800 Mb/s
	Of                string // in per cent
	Shape             string
	Width, Over, Mark string // of the bar
	At                string // where what is over begins
	Basis             string
}

// A proposalWay is a change that would be accepted.
type proposalWay struct{ Name, Says, Load, Do string }

func forecastOf(list []client.Forecast, proposals []client.Proposal, _ time.Time) forecastView {
	out := forecastView{}
	for _, f := range list {
		out.Ends = append(out.Ends, endOf(f))
		out.terms = append(out.terms, f.Terms...)
	}
	fullness := func(e endView) float64 {
		if e.Limit == nil || *e.Limit == 0 {
			return 0
		}
		return float64(e.Offered) / float64(*e.Limit)
	}
	slices.SortStableFunc(out.Ends, func(a, b endView) int { return cmp.Compare(fullness(b), fullness(a)) })
	for _, e := range out.Ends {
		switch {
		case e.Verdict == "refuse":
			out.Verdict, out.Shape = "Does not fit", shapeBad
		case e.Admitted == "False" && out.Shape != shapeBad:
			out.Verdict, out.Shape = "Does not fit, and is taken with a warning", shapeSoon
		case e.Admitted == "Unknown" && (out.Shape == "" || out.Shape == shapeOK):
			out.Verdict, out.Shape = "Not known", shapeUnsure
		case out.Shape == "":
			out.Verdict, out.Shape = "Fits", shapeOK
		}
	}
	for _, p := range proposals {
		out.Ways = append(out.Ways, wayOf(p))
	}
	return out
}

func endOf(f client.Forecast) endView {
	e := endView{Forecast: f, Name: f.Tool, Sum: of(f.Offered, f.Limit), Shape: shapeOK}
	if e.Name == "" {
		e.Name = strings.TrimSpace(cmp.Or(f.IP, f.Device+" "+f.Interface))
	}
	switch f.Admitted {
	case "False":
		e.Shape = shapeBad
	case "Unknown":
		e.Shape = shapeUnsure
	}
	e.Basis = "worst case: the speeds of the links"
	if f.Basis == "measured" {
		e.Basis = "p95 of the last hour, or what the device tells"
	}
	if f.Limit == nil || *f.Limit == 0 || f.Capacity == nil {
		return e
	}
	e.Of = fmt.Sprintf("%.0f %%", 100*float64(f.Offered)/float64(*f.Limit))
	whole := max(*f.Capacity, f.Offered)
	e.Width, e.Mark = part(min(f.Offered, *f.Capacity), whole), part(*f.Limit, whole)
	if f.Offered > *f.Capacity {
		e.At, e.Over = part(*f.Capacity, whole), part(f.Offered-*f.Capacity, whole)
	}
	return e
}

// Count is how many terms are Mb/s of the sum that the limit is compared with.
func (e endView) Cap() string {
	return fmt.Sprintf("%s %s × %s", e.Name, rate(e.Capacity), percent(e.MaxUtilization))
}

func wayOf(p client.Proposal) proposalWay {
	patch := specOf([]byte(p.Patch))
	says, _, _ := strings.Cut(p.Message, ": ")
	w := proposalWay{Name: strings.ReplaceAll(p.Kind, "-", " "), Says: says, Load: of(p.Offered, p.Limit), Do: "patch:" + jsonText(patch)}
	switch p.Kind {
	case "other-tool":
		if to := objects(patch["destinations"]); len(to) > 0 {
			w.Name = "To " + valueText(to[0])
		}
	case "truncate":
		w.Name = "First " + showText(patch["truncate"]) + " octets"
	case "sample":
		w.Name = "One of " + showText(patch["sample"])
	case "shed-sources":
		w.Name = "Fewer sources"
	}
	return w
}

// Rate is what one row of the form copies by the forecast, in Mb/s.
func (p *newPage) Rate(r sourceField) string {
	sum, found, bound := int64(0), false, false
	seen := map[string]bool{}
	for _, t := range p.Forecast.terms {
		mine := t.Session != "" && t.Device == r.Device && samePort(r.Port, t.Source) && (r.Direction == "both" || r.Direction == t.Direction)
		if key := t.Source + " " + t.Direction; mine && !seen[key] { // each end has the same terms
			seen[key], found = true, found || t.Unknown == ""
			sum, bound = sum+t.Offered, bound || t.UpperBound
		}
	}
	switch {
	case !found:
		return ""
	case bound:
		return "≤ " + mbit(sum)
	}
	return mbit(sum)
}

// samePort reports whether a port as typed, which may be short (Gi1/0/8) or a range
// (Gi1/0/2-4), is or has the port that the device calls so. It is for figures beside a
// row; the server decides.
func samePort(typed, canonical string) bool {
	split := func(port string) (word, rest string) {
		port = strings.ToLower(strings.ReplaceAll(port, " ", ""))
		i := strings.IndexFunc(port, func(r rune) bool { return r >= '0' && r <= '9' })
		if i < 0 {
			return port, ""
		}
		return port[:i], port[i:]
	}
	a, x := split(typed)
	b, y := split(canonical)
	if a == "" && x == "" || !strings.HasPrefix(b, a) && !strings.HasPrefix(a, b) {
		return false
	}
	if x == y {
		return true
	}
	head, last, isRange := strings.Cut(x, "-")
	i, j := strings.LastIndexAny(head, "/.:"), strings.LastIndexAny(y, "/.:")
	if !isRange || head[:i+1] != y[:j+1] {
		return false
	}
	var from, to, n int
	_, err1 := fmt.Sscanf(head[i+1:], "%d", &from)
	_, err2 := fmt.Sscanf(last, "%d", &to)
	_, err3 := fmt.Sscanf(y[j+1:], "%d", &n)
	return err1 == nil && err2 == nil && err3 == nil && from <= n && n <= to
}
