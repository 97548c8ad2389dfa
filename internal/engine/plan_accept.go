package engine

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/netmirror/netmirror/internal/mirror"
)

// acceptManifest refuses what needs no look at the store, every object's faults at once
// with their places in the manifest.
func (e *Engine) acceptManifest(m mirror.Manifest) (mirror.Manifest, error) {
	a := acceptance{seen: map[string]string{}}
	m.Devices, m.Tools, m.Filters, m.Sessions = clone(m.Devices), clone(m.Tools), clone(m.Filters), clone(m.Sessions)
	for i, d := range m.Devices {
		var err error
		m.Devices[i], err = e.acceptDevice(d)
		a.object("/devices/", i, mirror.ObjectDevice, d.Name, err)
	}
	for i, t := range m.Tools {
		var err error
		m.Tools[i], err = acceptTool(t)
		a.object("/tools/", i, mirror.ObjectTool, t.Name, err)
	}
	for i, f := range m.Filters {
		m.Filters[i] = f.WithDefaults()
		a.object("/filters/", i, mirror.ObjectFilter, f.Name, mirror.Refuse(mirror.ErrInvalid, m.Filters[i].Validate()))
	}
	for i, s := range m.Sessions {
		m.Sessions[i] = s.WithDefaults()
		a.object("/sessions/", i, mirror.ObjectSession, s.Name, accept(m.Sessions[i]))
	}
	for _, l := range deletionLists(m.Delete) {
		for i, name := range l.names {
			a.object("/delete/"+l.kind+"s/", i, l.kind, name, nil)
		}
	}
	if len(a.seen) == 0 {
		a.reasons = append(a.reasons, mirror.Reason{Code: "missing", Message: "the manifest names nothing"})
	}
	return m, mirror.Refuse(mirror.ErrInvalid, a.reasons)
}

func clone[T any](in []T) []T { return append([]T(nil), in...) }

type deletionList struct {
	kind  string
	names []string
}

// deletionLists are in the order in which they are taken away.
func deletionLists(d mirror.Deletion) []deletionList {
	return []deletionList{{mirror.ObjectSession, d.Sessions}, {mirror.ObjectFilter, d.Filters}, {mirror.ObjectTool, d.Tools}, {mirror.ObjectDevice, d.Devices}}
}

type acceptance struct {
	seen    map[string]string // pointers by kind and name
	reasons []mirror.Reason
}

func (a *acceptance) object(list string, i int, kind, name string, err error) {
	at := list + strconv.Itoa(i)
	a.reasons = append(a.reasons, placed(at, err)...)
	if first, twice := a.seen[kind+" "+name]; twice {
		a.reasons = append(a.reasons, mirror.Reason{Pointer: at, Code: "duplicate-name", Message: fmt.Sprintf("%s %q is named at %s already", kind, name, first)})
	}
	a.seen[kind+" "+name] = at
}

// placed are the reasons of an error about one object of a manifest, with their places in
// it.
func placed(at string, err error) []mirror.Reason {
	if err == nil {
		return nil
	}
	refusal := (*mirror.Refusal)(nil)
	if !errors.As(err, &refusal) {
		return []mirror.Reason{{Pointer: at, Code: wordOfKind(err), Message: err.Error()}}
	}
	out := make([]mirror.Reason, len(refusal.Reasons))
	for i, r := range refusal.Reasons {
		r.Pointer = at + r.Pointer
		out[i] = r
	}
	return out
}

// wordOfKind is the code of a reason that is told as an error.
func wordOfKind(err error) string {
	switch {
	case errors.Is(err, mirror.ErrNotFound):
		return "not-found"
	case errors.Is(err, mirror.ErrPrecondition):
		return "precondition-failed"
	case errors.Is(err, mirror.ErrConflict):
		return "conflict"
	}
	return "unsupported"
}
