package engine

import (
	"context"
	"errors"

	"github.com/netmirror/netmirror/internal/mirror"
)

// selected reads a page of what is as asked, by name. all reads one where everything is
// asked for, one those of names; what has gone meanwhile is left out. next is where to go
// on, "" at the end.
func selected[V any](tx mirror.Tx, kind mirror.Resource, s mirror.Selection, p mirror.Page, name func(V) string,
	all func(mirror.Page) ([]V, error), one func(string) (V, error)) (found []V, next string, err error) {
	if s.Empty() {
		if found, err = all(mirror.Page{After: p.After, Limit: p.Limit + 1}); err != nil {
			return nil, "", err
		}
		if len(found) > p.Limit {
			return found[:p.Limit], name(found[p.Limit-1]), nil
		}
		return found, "", nil
	}
	names, next, err := tx.Select(kind, s, p)
	if err != nil {
		return nil, "", err
	}
	found, err = named(names, one)
	return found, next, err
}

func named[V any](names []string, one func(string) (V, error)) ([]V, error) {
	var out []V
	for _, n := range names {
		v, err := one(n)
		if errors.Is(err, mirror.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// shown shows what was found.
func shown[V, W any](found []V, view func(V) (W, error)) ([]W, error) {
	out := make([]W, len(found))
	for i, v := range found {
		var err error
		if out[i], err = view(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// SelectDevices lists devices by name, p.Limit of them at most, and tells where to go on.
// Their Version is left out.
func (e *Engine) SelectDevices(ctx context.Context, s mirror.Selection, pick DevicePick, p mirror.Page) (views []DeviceView, next string, err error) {
	if pick != (DevicePick{}) {
		if err := e.catchUp(ctx); err != nil {
			return nil, "", err
		}
	}
	one := func(tx mirror.Tx) func(string) (mirror.Device, error) {
		return func(name string) (mirror.Device, error) { d, _, err := tx.Device(name); return d, err }
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var found []mirror.Device
		if pick == (DevicePick{}) {
			found, next, err = selected(tx, mirror.ResourceDevice, s, p, func(d mirror.Device) string { return d.Name }, tx.Devices, one(tx))
		} else {
			var names []string
			if names, next, err = e.deviceTally.picked(tx, s, pick, p); err == nil {
				found, err = named(names, one(tx))
			}
		}
		if err != nil {
			return err
		}
		views, err = shown(found, func(d mirror.Device) (DeviceView, error) { return e.viewDevice(tx, d) })
		return err
	})
	return views, next, err
}

// SelectTools lists tools as SelectDevices does.
func (e *Engine) SelectTools(ctx context.Context, s mirror.Selection, p mirror.Page) (views []ToolView, next string, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var found []mirror.Tool
		found, next, err = selected(tx, mirror.ResourceTool, s, p, func(t mirror.Tool) string { return t.Name }, tx.Tools,
			func(name string) (mirror.Tool, error) { t, _, err := tx.Tool(name); return t, err })
		if err != nil {
			return err
		}
		views, err = shown(found, func(t mirror.Tool) (ToolView, error) { return viewTool(tx, t) })
		return err
	})
	return views, next, err
}

// SelectFilters lists filters as SelectDevices does.
func (e *Engine) SelectFilters(ctx context.Context, s mirror.Selection, p mirror.Page) (views []FilterView, next string, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var found []mirror.Filter
		found, next, err = selected(tx, mirror.ResourceFilter, s, p, func(f mirror.Filter) string { return f.Name }, tx.Filters,
			func(name string) (mirror.Filter, error) { f, _, err := tx.Filter(name); return f, err })
		if err != nil {
			return err
		}
		views, err = shown(found, func(f mirror.Filter) (FilterView, error) {
			author, err := tx.Authorship(mirror.ResourceFilter, f.Name)
			return FilterView{Filter: f, Author: author}, err
		})
		return err
	})
	return views, next, err
}

// SelectSessions lists sessions as SelectDevices does, those of a pick.
func (e *Engine) SelectSessions(ctx context.Context, s mirror.Selection, pick SessionPick, p mirror.Page) (views []SessionView, next string, err error) {
	if pick != (SessionPick{}) {
		if err := e.catchUp(ctx); err != nil {
			return nil, "", err
		}
	}
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		var names []string
		if pick == (SessionPick{}) {
			names, next, err = tx.Select(mirror.ResourceSession, s, p)
		} else {
			names, next, err = e.picked(tx, s, pick, p)
		}
		if err != nil {
			return err
		}
		views, err = e.viewSessions(tx, names)
		return err
	})
	return views, next, err
}

// few sessions of a phase are asked about one by one.
const few = 500

// picked selects names of sessions that are counted under a phase, or have a text.
func (e *Engine) picked(tx mirror.Tx, s mirror.Selection, pick SessionPick, p mirror.Page) (names []string, next string, err error) {
	of := e.tally.after(pick, p.After, max(few, p.Limit)+1)
	switch {
	case s.Empty():
		names = of
	case len(of) <= few:
		for _, name := range of {
			matches, err := tx.Matches(mirror.ResourceSession, s, name)
			if err != nil {
				return nil, "", err
			}
			if matches {
				names = append(names, name)
			}
		}
	default:
		// Of many sessions, those that are as asked.
		candidates, next, err := tx.Select(mirror.ResourceSession, s, mirror.Page{After: p.After})
		if err != nil {
			return nil, "", err
		}
		if names = e.tally.in(pick, candidates); len(names) <= p.Limit {
			return names, next, nil
		}
	}
	if len(names) > p.Limit {
		return names[:p.Limit], names[p.Limit-1], nil
	}
	return names, "", nil
}
