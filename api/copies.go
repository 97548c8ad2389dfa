package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Copy is a stretch of time in which the traffic of one port or VLAN was copied to one
// place for one session.
type Copy struct {
	Session    string               `json:"session"`
	Generation int64                `json:"generation" doc:"of the session, when it began"`
	Actor      string               `json:"actor" doc:"name of the token that asked for it, or system"`
	Source     TrafficSource        `json:"source"`
	To         []TrafficDestination `json:"to" doc:"where the copies end, and as which tool that was known when it began"`
	RemoteVLAN int                  `json:"remoteVlan,omitempty" doc:"that the copies go through"`
	NativeID   string               `json:"nativeId,omitempty"`
	Purpose    *Purpose             `json:"purpose,omitempty" doc:"why, as the session says"`
	Lease      *time.Time           `json:"lease,omitempty" doc:"the end of the lease, as it was last"`
	Began      time.Time            `json:"began" doc:"when the device was first read to copy it"`
	Earlier    bool                 `json:"earlier,omitempty" doc:"it was copied before began already, when nothing was recorded, or for another hand's session"`
	Ended      *time.Time           `json:"ended,omitempty" doc:"when the device was first read not to copy it any more; left out: it is copied, as last read"`
	Ending     string               `json:"ending,omitempty" doc:"why it ended: changed, disabled, expired or deleted was the session; released: deleted, and the device not touched, which may still copy it; relief took it off; drift: the device was found not to copy it"`
}

// CopyPage is one page of copies.
type CopyPage struct {
	Items      []Copy    `json:"items" doc:"in the order in which they began"`
	NextCursor string    `json:"nextCursor,omitempty" doc:"there may be a next page; this one may even be empty"`
	Whole      time.Time `json:"whole" doc:"since when nothing is missing: what had ended before is not kept any more, or was never recorded"`
}

// CopyParams are the filters of copies.
type CopyParams struct {
	PageParams
	Session   string `query:"session" maxLength:"63" doc:"only copies for this session"`
	Device    string `query:"device" maxLength:"63" doc:"only copies of traffic of this device"`
	Interface string `query:"interface" maxLength:"63" doc:"with device: only copies of this interface, in any spelling of its platform, or of a VLAN: vlan 110"`
	Actor     string `query:"actor" maxLength:"63" doc:"only copies that this token, or system, asked for"`
	Since     string `query:"since" maxLength:"40" format:"date-time" doc:"only copies that had not ended by then"`
	Until     string `query:"until" maxLength:"40" format:"date-time" doc:"only copies that began before"`
	Format    string `query:"format" enum:"json,csv" doc:"goes before what Accept says"`
}

const listCopies = "copies"

const mediaCSV = "text/csv"

func (s *server) registerCopies() {
	register(s, endpoint{id: "list-copies", method: http.MethodGet, path: Base + "/copies", tag: "copies",
		summary: "Report what was copied", access: mirror.Viewer, also: mediaCSV,
		doc: "Who had which port copied where, from when to when, and why: one entry for each stretch of time, as devices were read. " +
			"With format=csv, or Accept: text/csv, it is a table of one page, and the header Link names the next one.",
		answers: []answer{{status: http.StatusOK, body: reflect.TypeFor[CopyPage]()}}}, s.listCopies)
}

type copiesOutput struct {
	ContentType string `header:"Content-Type"`
	Link        string `header:"Link" doc:"of a table: the next page, rel=next"`
	Body        []byte
}

func (s *server) listCopies(ctx context.Context, in *CopyParams) (*copiesOutput, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	out := CopyPage{Items: []Copy{}}
	more := true
	for range maxLooks { // until there is something to tell, or nothing more
		page, err := s.engine.FindCopies(ctx, q)
		if err != nil {
			return nil, err
		}
		q.After, more, out.Whole = page.Next, page.More, page.Whole
		for _, c := range page.Copies {
			out.Items = append(out.Items, copyOf(c))
		}
		if len(out.Items) > 0 || !more {
			break
		}
	}
	if more {
		out.NextCursor = cursorOf(listCopies, strconv.FormatInt(q.After, 10))
	}
	if in.Format == "csv" || in.Format == "" && requestOf(ctx).also {
		return copiesTable(ctx, out)
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("api: encode copies: %w", err)
	}
	return &copiesOutput{ContentType: mediaJSON, Body: append(body, '\n')}, nil
}

func (p CopyParams) query() (q mirror.CopyQuery, err error) {
	q = mirror.CopyQuery{Session: p.Session, Device: p.Device, Interface: p.Interface, Actor: p.Actor, Limit: p.Limit}
	if p.Interface != "" && p.Device == "" {
		return q, badParameter("query.interface", "needs device")
	}
	if q.Since, err = timeParameter("since", p.Since); err != nil {
		return q, err
	}
	if q.Until, err = timeParameter("until", p.Until); err != nil {
		return q, err
	}
	q.After, err = p.number(listCopies)
	return q, err
}

func copyOf(c mirror.Copy) Copy {
	out := Copy{Session: c.Session, Generation: c.Generation, Actor: c.Actor, RemoteVLAN: c.RemoteVLAN, NativeID: c.NativeID,
		Source: TrafficSource{Device: c.Source.Device, Interface: c.Source.Interface, VLAN: c.Source.VLAN, Direction: string(c.Source.Direction)},
		To:     []TrafficDestination{}, Began: c.Began, Earlier: c.Earlier, Lease: timeOrNil(c.Lease), Ended: timeOrNil(c.Ended), Ending: c.Ending}
	for _, d := range c.To {
		out.To = append(out.To, TrafficDestination(d))
	}
	if c.Purpose != (mirror.Purpose{}) {
		p := Purpose(c.Purpose)
		out.Purpose = &p
	}
	return out
}

// harmless is a cell that no spreadsheet takes for a formula: what would be one has an
// apostrophe before it.
func harmless(cell string) string {
	if trimmed := strings.TrimLeft(cell, " \t\r\n"); trimmed != "" && strings.ContainsRune("=+-@", rune(trimmed[0])) || cell != "" && strings.ContainsRune("\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// copiesTable is a page as a table.
func copiesTable(ctx context.Context, page CopyPage) (*copiesOutput, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"device", "source", "direction", "to", "session", "generation", "actor", "reason", "ticket", "lease", "began", "earlier", "ended", "ending"}}
	for _, c := range page.Items {
		purpose := Purpose{}
		if c.Purpose != nil {
			purpose = *c.Purpose
		}
		var to []string
		for _, d := range c.To {
			to = append(to, whereTo(d))
		}
		source := c.Source.Interface
		if c.Source.VLAN != 0 {
			source = "vlan " + strconv.Itoa(c.Source.VLAN)
		}
		rows = append(rows, []string{c.Source.Device, source, c.Source.Direction, strings.Join(to, "; "), c.Session, strconv.FormatInt(c.Generation, 10), c.Actor, purpose.Reason, purpose.Ticket,
			timeCell(c.Lease), timeCell(&c.Began), strconv.FormatBool(c.Earlier), timeCell(c.Ended), c.Ending})
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		if err := w.Write(row); err != nil {
			return nil, fmt.Errorf("api: encode copies: %w", err)
		}
	}
	if w.Flush(); w.Error() != nil {
		return nil, fmt.Errorf("api: encode copies: %w", w.Error())
	}
	out := &copiesOutput{ContentType: mediaCSV + "; charset=utf-8", Body: b.Bytes()}
	if page.NextCursor != "" {
		next := *requestOf(ctx).url
		query := next.Query()
		query.Set("cursor", page.NextCursor)
		next.RawQuery = query.Encode()
		out.Link = "<" + next.RequestURI() + `>; rel="next"`
	}
	return out, nil
}

func whereTo(d TrafficDestination) string {
	at := d.IP
	if d.Device != "" {
		at = d.Device + " " + d.Interface
	}
	if d.Tool != "" {
		return d.Tool + " (" + at + ")"
	}
	return at
}

func timeCell(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
