package engine

import (
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// usersAtOnce bounds the names that are looked up at a time.
const usersAtOnce = 100

// using has the sessions of which something is so, as they are in a transaction: those
// that a selection of what is stored finds, and those that were written there. Not all
// sessions are read: there may be tens of thousands.
func using(tx mirror.Tx, stored mirror.Selection, is func(mirror.Session) bool) iter.Seq2[mirror.SessionRecord, error] {
	return func(yield func(mirror.SessionRecord, error) bool) {
		seen := map[string]bool{}
		all := func(names []string) (goOn bool) {
			for _, name := range names {
				if seen[name] {
					continue
				}
				seen[name] = true
				rec, err := tx.Session(name)
				if errors.Is(err, mirror.ErrNotFound) || err == nil && !is(rec.Session) {
					continue
				}
				if !yield(rec, err) || err != nil {
					return false
				}
			}
			return true
		}
		if s, ok := tx.(*scratch); ok && !all(s.sessions.written()) {
			return
		}
		for after := ""; ; {
			names, next, err := tx.Select(mirror.ResourceSession, stored, mirror.Page{After: after, Limit: usersAtOnce})
			if err != nil {
				yield(mirror.SessionRecord{}, err)
				return
			}
			if !all(names) || next == "" {
				return
			}
			after = next
		}
	}
}

// written are the names of entries that were written here, sorted; those that were
// deleted among them.
func (t *table[T]) written() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range maps.Keys(t.held) {
			if t.held[name].wrote && !yield(name) {
				return
			}
		}
	})
}

// usingTool has the sessions that copy to a tool.
func usingTool(tx mirror.Tx, name string) iter.Seq2[mirror.SessionRecord, error] {
	return using(tx, mirror.Selection{Tool: name}, func(s mirror.Session) bool {
		return slices.ContainsFunc(s.Destinations, func(d mirror.Destination) bool { return d.Tool == name })
	})
}

// usingFilter has the sessions that a filter is of.
func usingFilter(tx mirror.Tx, name string) iter.Seq2[mirror.SessionRecord, error] {
	return using(tx, mirror.Selection{Filter: name}, func(s mirror.Session) bool { return s.Filter == name })
}

// usingDevice has the sessions that name a device.
func usingDevice(tx mirror.Tx, name string) iter.Seq2[mirror.SessionRecord, error] {
	return using(tx, mirror.Selection{Device: name}, func(s mirror.Session) bool { return slices.Contains(s.Devices(), name) })
}
