package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/client"
)

// Bounds of the audit page.
const (
	auditRows    = 50  // copies and events on a page
	auditForeign = 200 // native sessions of others on a page
	auditProofs  = 20  // sessions that are asked whether their copies arrive
	auditDays    = 10  // that are shown where the address names no dates
)

type auditPage struct {
	Filter       auditFilter
	Fault        string // what of the address is not understood
	Copies       []copyRow
	MoreCopies   string // address of what follows
	Whole        time.Time
	Foreign      []client.ObservedSession
	MoreForeign  bool
	Events       []eventRow
	OlderEvents  string
	CSV, JSON    string
	CLI, Curl    string
	EventsCLI    string
	EventsCurl   string
	ForeignShown bool
}

// auditFilter is the question of the address.
type auditFilter struct {
	From, To               string // dates
	Device, Port           string
	Person, Session        string
	CopiesAfter, EventsOld string // cursors
	since, until           time.Time
}

type copyRow struct {
	client.Copy
	Source string
	To     []string
	Proof  truth // of copies that go on
	Going  bool
}

type eventRow struct {
	client.Event
	Shape string
}

// readAuditFilter takes dates as days of the reader's zone, the last one whole.
func readAuditFilter(q url.Values, now time.Time) (f auditFilter, fault string) {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	f = auditFilter{From: get("from"), To: get("to"), Device: get("device"), Port: get("port"), Person: get("person"), Session: get("session"),
		CopiesAfter: get("copies"), EventsOld: get("events")}
	if f.From == "" {
		f.From = now.AddDate(0, 0, -auditDays).Format(time.DateOnly)
	}
	var err error
	if f.since, err = time.ParseInLocation(time.DateOnly, f.From, now.Location()); err != nil {
		return f, "From is no date such as " + now.Format(time.DateOnly) + "."
	}
	if f.To != "" {
		if f.until, err = time.ParseInLocation(time.DateOnly, f.To, now.Location()); err != nil {
			return f, "To is no date such as " + now.Format(time.DateOnly) + "."
		}
		f.until = f.until.AddDate(0, 0, 1)
		if !f.since.Before(f.until) {
			return f, "The first day is after the last one."
		}
	}
	if f.Port != "" && f.Device == "" {
		return f, "A port is one of a device: name the device, too."
	}
	return f, ""
}

// address is this page with the same question; changes are name and value pairs.
func (f auditFilter) address(changes ...string) string {
	q := url.Values{}
	for name, value := range map[string]string{"from": f.From, "to": f.To, "device": f.Device, "port": f.Port, "person": f.Person, "session": f.Session} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
	}
	return "?" + q.Encode()
}

// String is whom and what is asked for, in words; "" = all.
func (f auditFilter) String() string {
	var out []string
	if f.Device != "" {
		out = append(out, strings.TrimSpace(f.Device+" "+f.Port))
	}
	if f.Person != "" {
		out = append(out, "person "+f.Person)
	}
	if f.Session != "" {
		out = append(out, "session "+f.Session)
	}
	return strings.Join(out, ", ")
}

// Days are the days that are asked for, in words.
func (f auditFilter) Days() string {
	const form = "2 January 2006"
	if f.until.IsZero() {
		return "from " + f.since.Format(form) + " on"
	}
	return "from " + f.since.Format(form) + " to " + f.until.AddDate(0, 0, -1).Format(form)
}

// Dropped is the address of the same days without a filter.
func (f auditFilter) Dropped() string {
	return "/audit" + auditFilter{From: f.From, To: f.To}.address()
}

// Earlier is the address of the same question from the first record on, "" = it is asked
// from there already.
func (f auditFilter) Earlier(whole time.Time) string {
	if whole.IsZero() || !whole.Before(f.since) {
		return ""
	}
	f.From = whole.In(f.since.Location()).Format(time.DateOnly)
	return "/audit" + f.address()
}

func (f auditFilter) copies() client.ListCopiesOptions {
	return client.ListCopiesOptions{Limit: auditRows, Cursor: f.CopiesAfter, Session: f.Session, Device: f.Device, Interface: f.Port, Actor: f.Person, Since: f.since, Until: f.until}
}

func (s *server) audit(v *visit) (view, error) {
	out := view{title: "Audit", nav: "/audit", page: "audit"}
	p := auditPage{}
	if p.Filter, p.Fault = readAuditFilter(v.URL.Query(), v.now); p.Fault != "" {
		out.data = p
		return out, nil
	}
	f := p.Filter
	copies, err := v.cl.ListCopies(v.Context(), f.copies())
	if err != nil {
		return out, err
	}
	p.Whole = copies.Whole
	if p.Copies, err = copyRows(v, copies.Items); err != nil {
		return out, err
	}
	if copies.NextCursor != "" {
		p.MoreCopies = "/audit" + f.address("copies", copies.NextCursor)
	}
	if p.ForeignShown = f.Person == "" && f.Session == "" && f.CopiesAfter == ""; p.ForeignShown {
		if p.Foreign, p.MoreForeign, err = foreign(v, f); err != nil {
			return out, err
		}
	}
	events, err := v.cl.ListEvents(v.Context(), client.ListEventsOptions{Limit: auditRows, Cursor: f.EventsOld, Order: "newest", Session: f.Session, Device: f.Device, Actor: f.Person, Since: f.since, Until: f.until})
	if err != nil {
		return out, err
	}
	for _, e := range events.Items {
		p.Events = append(p.Events, eventRow{e, eventShape(e.Type)})
	}
	if events.NextCursor != "" {
		p.OlderEvents = "/audit" + f.address("events", events.NextCursor) + "#events"
	}
	p.CSV, p.JSON = "/audit.csv"+f.address(), "/audit.json"+f.address()
	p.CLI, p.Curl = f.commands("copies", "/copies", true)
	p.EventsCLI, p.EventsCurl = f.commands("events", "/events", false)
	out.data = p
	return out, nil
}

// commands are the question as a command and as a call.
func (f auditFilter) commands(verb, path string, ports bool) (cli, curl string) {
	cli, q := "netmirror "+verb, url.Values{}
	flag := func(name, param, value string) {
		if value != "" {
			cli += " --" + name + " " + shellQuote(value)
			q.Set(param, value)
		}
	}
	flag("session", "session", f.Session)
	flag("device", "device", f.Device)
	if ports {
		flag("interface", "interface", f.Port)
	}
	flag("actor", "actor", f.Person)
	flag("since", "since", rfc3339(f.since))
	flag("until", "until", rfc3339(f.until))
	return cli, `curl -H "$AUTH" "$API` + path + "?" + q.Encode() + `"`
}

func copyRows(v *visit, items []client.Copy) ([]copyRow, error) {
	proofs := map[string]truth{}
	out := make([]copyRow, 0, len(items))
	for _, c := range items {
		r := copyRow{Copy: c, Source: sourceText(c.Source.Device, c.Source.Interface, c.Source.VLAN), Going: c.Ended == nil}
		for _, to := range c.To {
			r.To = append(r.To, destinationName(to.Tool, to.IP, to.Device, to.Interface))
		}
		if r.Going {
			proof, known := proofs[c.Session]
			if !known && len(proofs) < auditProofs {
				a, err := v.cl.GetSession(v.Context(), c.Session)
				if err != nil && !client.IsNotFound(err) {
					return nil, err
				}
				if err == nil {
					proof = effective(a.Value)
				}
				proofs[c.Session] = proof
			}
			r.Proof = proof
		}
		out = append(out, r)
	}
	return out, nil
}

// foreign are the mirror sessions of others that are there now, as many as a page holds.
func foreign(v *visit, f auditFilter) (list []client.ObservedSession, more bool, err error) {
	if f.Device == "" {
		page, err := v.cl.ListObservedSessions(v.Context(), client.ListObservedSessionsOptions{Owner: "foreign", Limit: auditForeign})
		return page.Items, page.NextCursor != "", err
	}
	page, err := v.cl.ListDeviceObservedSessions(v.Context(), f.Device, client.ListDeviceObservedSessionsOptions{Owner: "foreign", Interface: f.Port, Limit: auditForeign})
	if client.IsNotFound(err) { // of a device that is not stored any more nothing is read
		return nil, false, nil
	}
	return page.Items, page.NextCursor != "", err
}

func sourceText(device, port string, vlan *int64) string {
	if vlan != nil {
		port = "VLAN " + strconv.FormatInt(*vlan, 10)
	}
	return strings.TrimSpace(device + " " + port)
}

func destinationName(tool, ip, device, port string) string {
	switch {
	case tool != "":
		return tool
	case ip != "":
		return ip
	}
	return strings.TrimSpace(device + " " + port)
}

// eventShapes are those of events that are no mere note.
var eventShapes = shapesOf(map[string]string{
	shapeBad: "BrakeOn CopiesNotFlowing CredentialsPaused CredentialsUnknown DestinationDown DestinationGone DestinationUnhealthy HostKeyChanged " +
		"OwnershipLost ReliefExhausted RepairRefused RolloutFailed SessionRefused",
	shapeSoon:   "CopiesLost DestinationInUse DeviceUnreachable DeviceWentBack DriftSeen ForeignSources ForeignUnsavedChanges HostKeyUnknown LeaseEnding ReliefTaken RolloutTurnedBack SaveFailed",
	shapeUnsure: "CopiesUnknown DestinationUnknown",
	shapeOK:     "BrakeOff CopiesFlowing CredentialsReleased DestinationHealthy DeviceReachable DriftRepaired ReliefReleased RolloutSucceeded SessionAdmitted",
	shapeOff:    "LeaseExpired SessionDeleted SessionReleased",
})

func shapesOf(lists map[string]string) map[string]string {
	out := map[string]string{}
	for shape, types := range lists {
		for _, name := range strings.Fields(types) {
			out[name] = shape
		}
	}
	return out
}

func eventShape(kind string) string {
	if s, ok := eventShapes[kind]; ok {
		return s
	}
	return shapeNote
}
