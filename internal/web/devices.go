package web

import (
	"net/url"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/client"
)

// fleetPage is how many devices, or tools, a page of their list shows.
const fleetPage = 50

type devicesPage struct {
	Verdict   string
	Rows      []deviceRow
	Filter    deviceFilter
	Reach     []reachCount // each that there is
	Platforms []string
	Total     int64
	Names     []string
	NextPage  string
	CLI, Curl string
}

// deviceFilter is what the address says of the list of devices.
type deviceFilter struct {
	Reach, Platform, Text, Device, Cursor string
	Foreign                               bool
}

func deviceFilterOf(q url.Values) deviceFilter {
	return deviceFilter{Reach: q.Get("reachable"), Platform: q.Get("platform"), Text: strings.TrimSpace(q.Get("q")), Device: strings.TrimSpace(q.Get("device")),
		Cursor: q.Get("after"), Foreign: q.Get("foreign") == "true"}
}

// Any reports whether anything is filtered.
func (f deviceFilter) Any() bool {
	return f.Reach+f.Platform+f.Text+f.Device != "" || f.Foreign
}

// String is the filter in words.
func (f deviceFilter) String() string {
	var out []string
	for _, x := range [][2]string{{reachWords[f.Reach], ""}, {"platform ", f.Platform}, {"name ", f.Device}, {"“", f.Text}} {
		switch {
		case x[0] == "“" && x[1] != "":
			out = append(out, "“"+x[1]+"”")
		case x[1] != "":
			out = append(out, x[0]+x[1])
		case x[0] == reachWords[f.Reach] && f.Reach != "":
			out = append(out, x[0])
		}
	}
	if f.Foreign {
		out = append(out, "with foreign sessions")
	}
	return strings.Join(out, ", ")
}

func (f deviceFilter) address(cursor string) string {
	q := url.Values{}
	for name, value := range map[string]string{"reachable": f.Reach, "platform": f.Platform, "q": f.Text, "device": f.Device, "after": cursor,
		"foreign": map[bool]string{true: "true"}[f.Foreign]} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/devices"
	}
	return "/devices?" + q.Encode()
}

// reaches are what is known of the connection to a device, the worst first.
var (
	reaches    = []string{"False", "Unknown", "True"}
	reachWords = map[string]string{"False": "unreachable", "Unknown": "not read yet", "True": "reachable"}
)

type reachCount struct{ Key, Shape, Text string }

func (s *server) devices(v *visit) (view, error) {
	sum, err := v.cl.GetSummary(v.Context())
	if err != nil {
		return view{}, err
	}
	out := devicesPage{Filter: deviceFilterOf(v.URL.Query()), Total: sum.Devices.Total, Verdict: devicesVerdict(sum.Devices)}
	for p := range sum.Devices.Platforms {
		out.Platforms = append(out.Platforms, p)
	}
	slices.Sort(out.Platforms)
	for i, key := range reaches {
		if n := sum.Devices.Reachable[key]; n > 0 {
			out.Reach = append(out.Reach, reachCount{key, []string{shapeBad, shapeUnsure, shapeOK}[i], strings.ToUpper(reachWords[key][:1]) + reachWords[key][1:] + " " + count(n)})
		}
	}
	_, out.Names = s.known(v)
	if err := out.list(v); err != nil {
		return view{}, err
	}
	return view{title: "Devices", nav: "/devices", page: "devices", data: out}, nil
}

func devicesVerdict(d client.DeviceCounts) string {
	answer := d.Reachable["True"]
	switch {
	case d.Total == 0:
		return "No devices yet"
	case answer == d.Total && d.Total == 1:
		return "The device answers"
	case answer == d.Total:
		return "All " + count(d.Total) + " devices answer"
	}
	verb := map[bool]string{true: " answers", false: " answer"}[answer == 1]
	return count(answer) + " of " + plural(d.Total, "device") + verb
}

// list is the page of devices that the filter asks for: those that are away first, in each
// kind by name.
func (p *devicesPage) list(v *visit) error {
	text, labels := searchWords(p.Filter.Text)
	opts := client.ListDevicesOptions{Platform: p.Filter.Platform, Text: text, LabelSelector: labels, Foreign: p.Filter.Foreign, Brief: true}
	which := reaches
	if p.Filter.Reach != "" {
		which = []string{p.Filter.Reach}
	}
	at, cursor, _ := strings.Cut(p.Filter.Cursor, ":")
	if i := slices.Index(which, at); at != "" && i >= 0 {
		which = which[i:]
	}
	if p.Filter.Device != "" { // a link to one: what else is there is a click away
		got, err := v.cl.GetDevice(v.Context(), p.Filter.Device)
		if err != nil && !noSuch(err) {
			return err
		}
		if which = nil; err == nil {
			row, err := deviceRowOf(v, got.Value)
			if err != nil {
				return err
			}
			row.Open = true
			p.Rows = append(p.Rows, row)
		}
	}
	for _, reach := range which {
		opts.Reachable, opts.Cursor, opts.Limit = reach, cursor, int64(fleetPage-len(p.Rows))
		cursor = ""
		page, err := v.cl.ListDevices(v.Context(), opts)
		if err != nil {
			return err
		}
		rows, err := rowsOf(page.Items, func(d client.Device) (deviceRow, error) { return deviceRowOf(v, d) })
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, rows...)
		if page.NextCursor != "" {
			p.NextPage = p.Filter.address(reach + ":" + page.NextCursor)
			break
		}
		if len(p.Rows) == fleetPage {
			if i := slices.Index(which, reach); i+1 < len(which) {
				p.NextPage = p.Filter.address(which[i+1] + ":")
			}
			break
		}
	}
	p.commands(text, labels)
	return nil
}

func (p *devicesPage) commands(text, labels string) {
	p.CLI, p.Curl = "netmirror get devices", `curl -H "$AUTH" "$API/devices`
	if p.Filter.Device != "" {
		p.CLI, p.Curl = "netmirror describe device "+shellQuote(p.Filter.Device), p.Curl+"/"+url.PathEscape(p.Filter.Device)+`"`
		return
	}
	q := url.Values{}
	for _, x := range [][3]string{{"reachable", "reachable", p.Filter.Reach}, {"platform", "platform", p.Filter.Platform}, {"text", "text", text}, {"selector", "labelSelector", labels}} {
		if x[2] != "" {
			p.CLI += " --" + x[0] + " " + shellQuote(x[2])
			q.Set(x[1], x[2])
		}
	}
	if p.Filter.Foreign {
		p.CLI += " --foreign true"
		q.Set("foreign", "true")
	}
	if len(q) > 0 {
		p.Curl += "?" + q.Encode()
	}
	p.Curl += `"`
}

// devicePage is one device on a page of its own.
type devicePage struct {
	deviceRow
	CLI, Curl string
}

func (s *server) device(v *visit) (view, error) { return s.deviceView(v, nil) }

func (s *server) deviceView(v *visit, check *client.DeviceCheck) (view, error) {
	name := v.PathValue("name")
	got, err := v.cl.GetDevice(v.Context(), name)
	if err != nil {
		return view{}, err
	}
	row, err := deviceRowOf(v, got.Value)
	if err != nil {
		return view{}, err
	}
	row.Open, row.Alone, row.Check = true, true, check
	if row.Uses, err = usersOf(v, name); err != nil {
		return view{}, err
	}
	return view{title: name, nav: "/devices", page: "device", data: devicePage{row, "netmirror describe device " + shellQuote(name), `curl -H "$AUTH" ` + apiAt("/devices/"+url.PathEscape(name))}}, nil
}

// usersOf are some sessions that have to do with a device.
func usersOf(v *visit, device string) (out []string, err error) {
	page, err := v.cl.ListSessions(v.Context(), client.ListSessionsOptions{Device: device, Limit: fleetPage})
	for _, x := range page.Items {
		out = append(out, x.Name)
	}
	return out, err
}

// readDevice has a device read now.
func (s *server) readDevice(v *visit) (view, error) {
	name := v.PathValue("name")
	got, err := v.cl.SyncDevice(v.Context(), name)
	if err != nil {
		if p := problem(err); p.Code == "device-unreachable" { // its page says since when, and what is known
			return view{goTo: "/devices/" + url.PathEscape(name), said: name + " could not be read. Its last answer is below.", bad: true}, nil
		}
		return view{}, err
	}
	n := 0
	if page, err := v.cl.ListDeviceObservedSessions(v.Context(), name, client.ListDeviceObservedSessionsOptions{Limit: 500}); err == nil {
		n = len(page.Items)
	}
	said := name + " was read: " + plural(n, "native session") + " on it."
	if got.Value.Status.Brake != nil {
		said += " Its repairs have stopped."
	}
	return view{goTo: "/devices/" + url.PathEscape(name), said: said}, nil
}

// checkDevice makes the first-day check and shows what came of it.
func (s *server) checkDevice(v *visit) (view, error) {
	check, err := v.cl.CheckDevice(v.Context(), v.PathValue("name"))
	if err != nil {
		return view{}, err
	}
	return s.deviceView(v, &check)
}
