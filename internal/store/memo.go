package store

import (
	"container/list"
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// memoLimit bounds what a memo keeps, in octets of what is stored, which in memory take
// about as much: some 60,000 sessions with one placement each.
const memoLimit = 384 << 20

// memoEntryCost is what an entry takes beside what is stored, in octets, roughly.
const memoEntryCost = 1 << 10

// A memo keeps sessions as they were decoded, those that were asked for last. A session is
// found by its name and its revision, which tells all that can be stored of it from all
// else that ever was (see revise): an entry cannot be of something older. Only views, which
// see what is committed, put entries there or take them.
type memo struct {
	limit int // octets

	mu      sync.Mutex
	entries map[string]*list.Element // of *memoEntry, by name
	recent  list.List                // the one that was asked for last in front
	octets  int
}

type memoEntry struct {
	name     string
	revision int64
	octets   int
	session  *mirror.StoredSession
}

func newMemo(limit int) *memo { return &memo{limit: limit, entries: map[string]*list.Element{}} }

// take finds sessions, by name, and those names that are missing.
func (m *memo) take(revisions map[string]int64, names []string) (found map[string]*mirror.StoredSession, missing []string) {
	found = make(map[string]*mirror.StoredSession, len(names))
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		revision, there := revisions[name]
		if !there {
			continue
		}
		if at := m.entries[name]; at != nil {
			if e := at.Value.(*memoEntry); e.revision == revision {
				found[name] = e.session
				m.recent.MoveToFront(at)
				continue
			}
		}
		missing = append(missing, name)
	}
	return found, missing
}

// put keeps a session, unless a newer state of it is kept already.
func (m *memo) put(s *mirror.StoredSession, revision int64, octets int) {
	name := s.Record.Session.Name
	octets += memoEntryCost
	m.mu.Lock()
	defer m.mu.Unlock()
	if at := m.entries[name]; at != nil {
		if at.Value.(*memoEntry).revision >= revision {
			return
		}
		m.drop(at)
	}
	m.entries[name] = m.recent.PushFront(&memoEntry{name: name, revision: revision, octets: octets, session: s})
	m.octets += octets
	for m.octets > m.limit {
		m.drop(m.recent.Back())
	}
}

// drop takes an entry away. m.mu is held.
func (m *memo) drop(at *list.Element) {
	e := m.recent.Remove(at).(*memoEntry)
	delete(m.entries, e.name)
	m.octets -= e.octets
}
