package web

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// sessionFilter is what the address says of the list.
type sessionFilter struct{ Phase, Tool, Device, Text, Cursor string }

// labelWord is a word of a search that is meant as a requirement of a label.
var labelWord = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?!?==?([A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?)?$`)

// searchWords takes apart what was typed: label=value are requirements of labels, the rest is
// searched for as it stands.
func searchWords(typed string) (text, labels string) {
	var words, terms []string
	for _, w := range strings.Fields(typed) {
		if labelWord.MatchString(w) && len(terms) < 20 {
			terms = append(terms, w)
		} else {
			words = append(words, w)
		}
	}
	return strings.Join(words, " "), strings.Join(terms, ",")
}

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
	AsOf                           *time.Time // the figure is of then
}

// list is the page of sessions that the filter asks for, the worst first: phase after
// phase, in each by name. there are how many are in each phase: nobody looks for sessions
// where there are none, once all are counted.
func (o *overviewPage) list(v *visit, there client.SessionCounts) error {
	text, labels := searchWords(o.Filter.Text)
	which := phases
	if o.Filter.Phase != "" {
		which = []string{o.Filter.Phase}
	}
	at, cursor, _ := strings.Cut(o.Filter.Cursor, ":")
	if i := slices.Index(which, at); at != "" && i >= 0 {
		which = which[i:]
	}
	counted := int64(0)
	for _, n := range there.Phases {
		counted += n
	}
	for _, phase := range which {
		if there.Phases[phase] == 0 && counted == there.Total {
			continue
		}
		opts := client.ListSessionsOptions{Phase: phase, Tool: o.Filter.Tool, Device: o.Filter.Device, Text: text, LabelSelector: labels, Cursor: cursor, Limit: int64(pageSize - len(o.Sessions))}
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
	for _, x := range [][2]string{{"phase", o.Filter.Phase}, {"tool", o.Filter.Tool}, {"device", o.Filter.Device}, {"text", text}, {"labelSelector", labels}} {
		if x[1] != "" {
			o.CLI += " --" + strings.Replace(x[0], "labelSelector", "selector", 1) + " " + shellQuote(x[1])
			q = append(q, x[0]+"="+url.QueryEscape(x[1]))
		}
	}
	if q != nil {
		o.Curl += "?" + strings.Join(q, "&")
	}
	o.Curl += `"`
	return nil
}

// portRange is a range of ports as platforms write it: Gi1/0/2-4, Ethernet1 - 4.
var portRange = regexp.MustCompile(`^.*[A-Za-z/:](\d{1,4}) ?- ?(\d{1,4})$`)

// sourcesText says how many ports, or VLANs, are copied. What cannot be counted for sure is
// told as entries of the intent.
func sourcesText(sources []client.Source) string {
	ports, vlans, sure := 0, 0, true
	for _, src := range sources {
		m := portRange.FindStringSubmatch(src.Interface)
		switch {
		case src.VLAN != nil:
			vlans++
		case m == nil:
			ports++
			sure = sure && !strings.Contains(src.Interface, ",")
		default:
			from, _ := strconv.Atoi(m[1]) // at most four digits
			to, _ := strconv.Atoi(m[2])
			ports += to - from + 1
			sure = sure && to > from
		}
	}
	switch {
	case !sure:
		return plural(len(sources), "entry")
	case vlans == 0:
		return plural(ports, "port")
	case ports == 0:
		return plural(vlans, "VLAN")
	}
	return plural(ports, "port") + ", " + plural(vlans, "VLAN")
}

func rowOf(x client.Session) sessionRow {
	r := sessionRow{Session: x, Truths: truths(x)}
	for _, src := range x.Spec.Sources {
		if !slices.Contains(r.From, src.Device) {
			r.From = append(r.From, src.Device)
		}
	}
	for _, f := range x.Status.Fragments {
		if !slices.Contains(r.From, f.Device) {
			r.From = append(r.From, f.Device)
		}
	}
	r.Ports = sourcesText(x.Spec.Sources)
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
	c := loadCell{Text: of(l.Offered, l.Capacity), Note: "of its capacity", Width: part(l.Offered, *l.Capacity)}
	if limit := limitBeside(x, *l.Capacity); limit != nil {
		c.Text, c.Note, c.Mark = of(l.Offered, limit), "", part(*limit, *l.Capacity)
		if l.Offered > *limit {
			c.Shape = shapeSoon
		}
	}
	if l.Oversubscribed {
		c.Shape = shapeSoon
	}
	switch known, arrives := condition(x, "Configured"), condition(x, "Effective"); {
	case known.Status == "Unknown" && known.Since != nil:
		c.Shape, c.AsOf = shapeUnsure, known.Since
	case known.Status == "Unknown":
		c.Shape, c.Note = shapeUnsure, "not verified"
	case arrives.Status == "False" && arrives.Reason == "CopiesNotFlowing":
		c.Shape, c.Note = shapeBad, "offered; none arrive"
	case l.Drops != nil && *l.Drops > 0:
		c.Shape, c.Note = shapeBad, count(l.Drops)+" drops/s"
	}
	return c
}

// limitBeside is what of a capacity may be filled, as admission had it; nil = it is not told.
func limitBeside(x client.Session, capacity int64) *int64 {
	for _, f := range x.Status.Forecast {
		if !f.Link && f.Limit != nil && f.Capacity != nil && *f.Capacity == capacity {
			return f.Limit
		}
	}
	return nil
}

// part is a share as a width in SVG.
func part(n, whole int64) string {
	return fmt.Sprintf("%.1f%%", min(100, max(0, 100*float64(n)/float64(whole))))
}
