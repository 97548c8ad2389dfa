package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Session reads an intent with its status.
func (t *tx) Session(name string) (mirror.SessionRecord, error) {
	return one[mirror.SessionRecord](t, fmt.Sprintf("session %q", name),
		`SELECT doc FROM sessions WHERE name = $1`, name)
}

// Sessions lists intents by name.
func (t *tx) Sessions(p mirror.Page) ([]mirror.SessionRecord, error) {
	return page[mirror.SessionRecord](t, "sessions", `SELECT doc FROM sessions`, p)
}

// PutSession stores an intent with its status.
func (t *tx) PutSession(r mirror.SessionRecord) error {
	what := fmt.Sprintf("session %q", r.Session.Name)
	if err := named(what, r.Session.Name); err != nil {
		return err
	}
	doc, err := encode(what, r)
	if err != nil {
		return err
	}
	t.touched(r.Session.Name)
	if err := t.putTerms(mirror.ResourceSession, r.Session.Name, recordTerms(r)); err != nil {
		return err
	}
	return t.exec(what, `INSERT INTO sessions (name, doc) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET doc = excluded.doc`, r.Session.Name, doc)
}

// NextGeneration numbers the intents of a session name from 1.
func (t *tx) NextGeneration(session string) (int64, error) {
	what := fmt.Sprintf("generation of session %q", session)
	if err := named(what, session); err != nil {
		return 0, err
	}
	if err := t.writable(what); err != nil {
		return 0, err
	}
	return t.next(what, "session/"+session)
}

// DeleteSession removes an intent with its placements and its revision.
func (t *tx) DeleteSession(name string) error {
	if err := t.deleteTerms(mirror.ResourceSession, name); err != nil {
		return err
	}
	return t.exec(fmt.Sprintf("delete session %q", name), `DELETE FROM sessions WHERE name = $1`, name)
}

// Placements lists where a session is placed, by device, role and ends.
func (t *tx) Placements(session string) ([]mirror.Placement, error) {
	return manyBy(t, decodePlacement, fmt.Sprintf("placements of session %q", session),
		`SELECT doc FROM placements WHERE session = $1 ORDER BY device, role, ends`, session)
}

// PlacementsByDevice lists what is placed on a device, by session, role and ends.
func (t *tx) PlacementsByDevice(device string) ([]mirror.Placement, error) {
	return manyBy(t, decodePlacement, fmt.Sprintf("placements on device %q", device),
		`SELECT doc FROM placements WHERE device = $1 ORDER BY session, role, ends`, device)
}

// PlacementsByCollector lists the placements whose tunnel ends, or shall end,
// at an address, by session, device, role and ends.
func (t *tx) PlacementsByCollector(ip string) ([]mirror.Placement, error) {
	return manyBy(t, decodePlacement, fmt.Sprintf("tunnels to %q", ip),
		`SELECT doc FROM placements WHERE collector = $1 AND collector <> '' ORDER BY session, device, role, ends`, ip)
}

// decodePlacement decodes a placement. Its fragments are the most of it, and the same
// one nearly always: what is the same is decoded once, and one fragment then.
func decodePlacement(what, doc string) (mirror.Placement, error) {
	stored, err := decode[struct {
		mirror.Placement
		Target  json.RawMessage `json:"target"`
		Asked   json.RawMessage `json:"asked"`
		Good    json.RawMessage `json:"good"`
		Goal    json.RawMessage `json:"goal"`
		Applied json.RawMessage `json:"applied"`
	}](what, doc)
	if err != nil {
		return mirror.Placement{}, err
	}
	p := stored.Placement
	raw := []json.RawMessage{stored.Target, stored.Asked, stored.Good, stored.Goal, stored.Applied}
	fragments := []**mirror.Fragment{&p.Target, &p.Asked, &p.Good, &p.Goal, &p.Applied}
	for i, text := range raw {
		if len(text) == 0 {
			continue
		}
		if same := slices.IndexFunc(raw[:i], func(o json.RawMessage) bool { return bytes.Equal(o, text) }); same >= 0 {
			*fragments[i] = *fragments[same]
		} else if err := json.Unmarshal(text, fragments[i]); err != nil {
			return mirror.Placement{}, fmt.Errorf("store: %s: stored document: %w", what, err)
		}
	}
	return p, nil
}

// collector is where the tunnel of a placement ends, "" when it has none.
func collector(p mirror.Placement) string {
	for _, f := range []*mirror.Fragment{p.Target, p.Asked, p.Goal, p.Applied, p.Good} {
		if f != nil && f.Spec.Options.Collector != "" {
			return f.Spec.Options.Collector
		}
	}
	return ""
}

// PutPlacement stores a placement; when the session is not stored it is
// ErrNotFound, so that a worker cannot bring back what DeleteSession removed.
func (t *tx) PutPlacement(p mirror.Placement) error {
	what := placementText(p.Key())
	if err := named(what, p.Session, p.Device, string(p.Role)); err != nil {
		return err
	}
	doc, err := encode(what, p)
	if err != nil {
		return err
	}
	t.touched(p.Session)
	return t.under(fmt.Sprintf("session %q", p.Session), what,
		`INSERT INTO placements (session, device, role, ends, collector, doc) SELECT name, $2, $3, $4, $5, $6 FROM sessions WHERE name = $1
		ON CONFLICT (session, device, role, ends) DO UPDATE SET collector = excluded.collector, doc = excluded.doc`,
		p.Session, p.Device, string(p.Role), p.Ends, collector(p), doc)
}

// DeletePlacement removes a placement.
func (t *tx) DeletePlacement(k mirror.PlacementKey) error {
	t.touched(k.Session)
	return t.exec("delete "+placementText(k),
		`DELETE FROM placements WHERE session = $1 AND device = $2 AND role = $3 AND ends = $4`, k.Session, k.Device, string(k.Role), k.Ends)
}

func placementText(k mirror.PlacementKey) string {
	return fmt.Sprintf("placement of session %q on device %q as %q to %q", k.Session, k.Device, k.Role, k.Ends)
}
