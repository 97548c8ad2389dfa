package store

import (
	"github.com/netmirror/netmirror/internal/mirror"
)

// StoredSessions reads sessions with what is told of them, by name; those that are missing
// are left out. In a view those that did not change since they were read last come from
// the memo.
func (t *tx) StoredSessions(names []string) ([]*mirror.StoredSession, error) {
	names = inOrder(names)
	if !t.readOnly { // what is written here has no revision yet
		read, err := t.readStored(names)
		out := make([]*mirror.StoredSession, len(read))
		for i, r := range read {
			out[i] = r.session
		}
		return out, err
	}
	revisions, err := t.revisions(names)
	if err != nil {
		return nil, err
	}
	found, missing := t.memo.take(revisions, names)
	if len(missing) > 0 {
		read, err := t.readStored(missing)
		if err != nil {
			return nil, err
		}
		for _, r := range read {
			name := r.session.Record.Session.Name
			if revision, there := revisions[name]; there {
				t.memo.put(r.session, revision, r.octets)
			}
			found[name] = r.session
		}
	}
	out := make([]*mirror.StoredSession, 0, len(found))
	for _, name := range names {
		if s := found[name]; s != nil {
			out = append(out, s)
		}
	}
	return out, nil
}

// A measured document is decoded, and has had so many octets.
type measured[T any] struct {
	record T
	octets int
}

// measuring decodes documents and measures them.
func measuring[T any](decode func(what, doc string) (T, error)) func(what, doc string) (measured[T], error) {
	return func(what, doc string) (measured[T], error) {
		record, err := decode(what, doc)
		return measured[T]{record, len(doc)}, err
	}
}

// A readSession was read now, from so many octets.
type readSession struct {
	session *mirror.StoredSession
	octets  int
}

// readStored reads sessions, of which the names are in order.
func (t *tx) readStored(names []string) ([]*readSession, error) {
	records, err := documents(t, measuring(decode[mirror.SessionRecord]), "sessions", `SELECT doc FROM sessions WHERE name IN ($1) ORDER BY name`, names)
	if err != nil {
		return nil, err
	}
	out := make([]*readSession, len(records))
	by := make(map[string]*readSession, len(records))
	var rollouts []string
	for i, r := range records {
		out[i] = &readSession{&mirror.StoredSession{Record: r.record}, r.octets}
		by[r.record.Session.Name] = out[i]
		if r.record.Operation != "" {
			rollouts = append(rollouts, r.record.Operation)
		}
	}
	rows, err := documents(t, measuring(decodePlacement), "placements of sessions",
		`SELECT doc FROM placements WHERE session IN ($1) ORDER BY session, device, role, ends`, names)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if s := by[row.record.Session]; s != nil {
			s.session.Placements = append(s.session.Placements, row.record)
			s.octets += row.octets
		}
	}
	operations, err := documents(t, measuring(decode[mirror.Operation]), "operations", `SELECT doc FROM operations WHERE id IN ($1) ORDER BY id`, inOrder(rollouts))
	if err != nil {
		return nil, err
	}
	for _, o := range operations {
		// One of another session may change without this one's revision.
		if s := by[o.record.Session]; s != nil && s.session.Record.Operation == o.record.ID {
			o.record.Transcript = nil
			s.session.Rollout = &o.record
			s.octets += o.octets
		}
	}
	return out, nil
}
