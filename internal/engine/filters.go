package engine

import (
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
}

// PutFilter creates or replaces a filter. Its rules cannot change while sessions
// are filtered by it.
func (e *Engine) PutFilter(ctx context.Context, w Write, f mirror.Filter) (FilterView, bool, error) {
	f = f.WithDefaults()
	if err := mirror.Refuse(mirror.ErrInvalid, f.Validate()); err != nil {
		return FilterView{}, false, err
	}
	created, version := false, int64(0)
	err := e.update(ctx, func(tx mirror.Tx) error {
		old, v, err := tx.Filter(f.Name)
		if created = errors.Is(err, mirror.ErrNotFound); err != nil && !created {
			return err
		}
		if err := precondition(w, v, "filter", f.Name); err != nil {
			return err
		}
		version = v
		if !created && reflect.DeepEqual(old, f) {
			return nil
		}
		if !created && !reflect.DeepEqual(old.Entries(), f.Entries()) {
			if err := filterUnused(tx, f.Name, "change the rules of"); err != nil {
				return err
			}
		}
		if version, err = tx.PutFilter(f); err != nil {
			return err
		}
		return mirror.Tell(tx, "FilterStored", w.Actor.Name, "", "", "filter %s of %d rules", f.Name, len(f.Rules))
	})
	return FilterView{Filter: f, Version: version}, created, err
}

// filterUnused refuses what must not be done to a filter while a session names it.
func filterUnused(tx mirror.Tx, name, verb string) error {
	sessions, err := tx.Sessions(mirror.Page{})
	if err != nil {
		return err
	}
	for _, rec := range sessions {
		if rec.Session.Filter == name {
			return fmt.Errorf("cannot %s filter %q: session %q is filtered by it: %w", verb, name, rec.Session.Name, mirror.ErrConflict)
		}
	}
	return nil
}

// DeleteFilter forgets a filter that no session names.
func (e *Engine) DeleteFilter(ctx context.Context, w Write, name string) error {
	return e.update(ctx, func(tx mirror.Tx) error {
		_, version, err := tx.Filter(name)
		if err != nil {
			return err
		}
		if err := precondition(w, version, "filter", name); err != nil {
			return err
		}
		if err := filterUnused(tx, name, "delete"); err != nil {
			return err
		}
		if err := tx.DeleteFilter(name); err != nil {
			return err
		}
		return mirror.Tell(tx, "FilterDeleted", w.Actor.Name, "", "", "filter %s", name)
	})
}

// Filter shows a filter.
func (e *Engine) Filter(ctx context.Context, name string) (view FilterView, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		view.Filter, view.Version, err = tx.Filter(name)
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
