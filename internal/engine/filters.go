package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/netmirror/netmirror/internal/mirror"
)

// FilterView is a filter with its version.
type FilterView struct {
	Filter  mirror.Filter
	Version int64
	Author  mirror.Authorship
	Started []mirror.Operation // of a write: the rollouts that it began, one of each session that the filter is of
}

// PutFilter creates or replaces a filter. Where its meaning changes, every session
// that is filtered by it is changed, all or none: it is checked as a session that is
// submitted, the reasons against each are told at once (a mirror.Refusal) and nothing
// is stored then; else each has a rollout to be made under its own policies.
func (e *Engine) PutFilter(ctx context.Context, w Write, f mirror.Filter) (FilterView, bool, error) {
	f = f.WithDefaults()
	if err := mirror.Refuse(mirror.ErrInvalid, f.Validate()); err != nil {
		return FilterView{}, false, err
	}
	users, err := e.filterUsers(ctx, w, f)
	if err != nil {
		return FilterView{}, false, err
	}
	var created bool
	view := FilterView{Filter: f}
	var moved []refiltered
	late, err := e.admitAll(ctx, users, cmp.Or(w.Wait, e.cfg.Timeouts.Submit), func(waiting map[string]*mirror.Waiting) error {
		return e.update(ctx, func(tx mirror.Tx) (err error) {
			if view.Version, created, moved, err = e.storeFilter(tx, w, f, waiting); err == nil {
				view.Author, err = tx.Authorship(mirror.ResourceFilter, f.Name)
			}
			return err
		})
	})
	if err != nil {
		return FilterView{}, false, err
	}
	if len(moved) == 0 {
		return view, created, nil
	}
	e.cfg.Failpoint("accepted")
	for _, m := range moved {
		name := m.rec.Session.Name
		e.log.Info("session accepted", "session", name, "generation", m.rec.Generation, "filter", f.Name, "actor", w.Actor.Name, "op", m.op.ID)
		view.Started = append(view.Started, m.op)
		e.sessions.add(name)
		for _, device := range m.wake {
			if w := e.worker(device); w != nil {
				w.Kick()
			}
		}
		e.await(ctx, m.rec, late[name])
	}
	return view, created, nil
}

// storeFilter writes a filter, and the new goals of the sessions that its meaning
// changes.
func (e *Engine) storeFilter(tx mirror.Tx, w Write, f mirror.Filter, waiting map[string]*mirror.Waiting) (version int64, created bool, moved []refiltered, err error) {
	old, version, err := tx.Filter(f.Name)
	if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
		return 0, false, nil, err
	}
	if err := precondition(w, version, "filter", f.Name); err != nil {
		return 0, false, nil, err
	}
	if !created && reflect.DeepEqual(old, f) {
		return version, false, nil, nil
	}
	if !created && !reflect.DeepEqual(old.Entries(), f.Entries()) {
		if moved, err = e.refilter(tx, w, f, waiting); err != nil {
			return 0, false, nil, err
		}
	}
	if version, err = tx.PutFilter(f); err != nil {
		return 0, false, nil, err
	}
	if err := mirror.Sign(tx, mirror.ResourceFilter, f.Name, w.Actor.Name, created); err != nil {
		return 0, false, nil, err
	}
	event := objectEvent("FilterStored", w, mirror.ObjectFilter, f.Name, "filter %s of %d rules", f.Name, len(f.Rules))
	if !created {
		event.Changed = changedFields(old, f)
	}
	return version, created, moved, tx.AppendEvent(event)
}

// filterUnused refuses to delete a filter that a session names.
func filterUnused(tx mirror.Tx, name string) error {
	for rec, err := range usingFilter(tx, name) {
		if err != nil {
			return err
		}
		return fmt.Errorf("cannot delete filter %q: session %q is filtered by it: %w", name, rec.Session.Name, mirror.ErrConflict)
	}
	return nil
}

// DeleteFilter forgets a filter that no session names.
func (e *Engine) DeleteFilter(ctx context.Context, w Write, name string) error {
	return e.update(ctx, func(tx mirror.Tx) error { return dropFilter(tx, w, name) })
}

func dropFilter(tx mirror.Tx, w Write, name string) error {
	_, version, err := tx.Filter(name)
	if err != nil {
		return err
	}
	if err := precondition(w, version, "filter", name); err != nil {
		return err
	}
	if err := filterUnused(tx, name); err != nil {
		return err
	}
	if err := tx.DeleteFilter(name); err != nil {
		return err
	}
	return tx.AppendEvent(objectEvent("FilterDeleted", w, mirror.ObjectFilter, name, "filter %s", name))
}

// Filter shows a filter.
func (e *Engine) Filter(ctx context.Context, name string) (view FilterView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		if view.Filter, view.Version, err = tx.Filter(name); err == nil {
			view.Author, err = tx.Authorship(mirror.ResourceFilter, name)
		}
		return err
	})
	return view, err
}

// Filters lists filters by name. Their Version is left out.
func (e *Engine) Filters(ctx context.Context, p mirror.Page) (views []FilterView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		filters, err := tx.Filters(p)
		for _, f := range filters {
			views = append(views, FilterView{Filter: f})
		}
		return err
	})
	return views, err
}
