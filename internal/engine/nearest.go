package engine

import (
	"context"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds of what is read to find names like one that is none.
const (
	nearestLists = 3  // of names that begin alike
	nearestNames = 50 // of each list
)

// Nearest are names of entries of a kind (mirror.ObjectSession, ...) that somebody may have
// meant by one that is none. It looks at names that begin as that one does, by the index and
// however many there are at few of them; it finds nothing where the first letter is wrong.
func (e *Engine) Nearest(ctx context.Context, kind, name string) (near []string, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var among []string
		lists := 0
		for n := len(name); n > 0 && lists < nearestLists; n-- {
			first, err := namesFrom(tx, kind, name[:n], 1)
			if err != nil {
				return err
			}
			if len(first) == 0 {
				continue
			}
			all, err := namesFrom(tx, kind, name[:n], nearestNames)
			if err != nil {
				return err
			}
			among, lists = append(among, all...), lists+1
		}
		near = mirror.Nearest(name, among)
		return nil
	})
	return near, err
}

// namesFrom are the first names of a kind that begin so.
func namesFrom(tx mirror.Tx, kind, prefix string, limit int) (names []string, err error) {
	last := len(prefix) - 1
	p := mirror.Page{After: prefix[:last] + string(rune(prefix[last]-1)) + "~", Limit: limit} // no letter of a name is behind ~
	add := func(name string) {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	switch kind {
	case mirror.ObjectDevice:
		err = each(tx.Devices, p, func(d mirror.Device) { add(d.Name) })
	case mirror.ObjectTool:
		err = each(tx.Tools, p, func(t mirror.Tool) { add(t.Name) })
	case mirror.ObjectFilter:
		err = each(tx.Filters, p, func(f mirror.Filter) { add(f.Name) })
	case mirror.ObjectSession:
		err = each(tx.Sessions, p, func(r mirror.SessionRecord) { add(r.Session.Name) })
	}
	return names, err
}

func each[T any](list func(mirror.Page) ([]T, error), p mirror.Page, do func(T)) error {
	items, err := list(p)
	for _, x := range items {
		do(x)
	}
	return err
}
