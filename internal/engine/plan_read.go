package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A fault is why a device was not read.
type fault struct{ err error }

// affected are the sessions that a manifest writes or takes away, and those that a filter
// of it is of.
func affected(tx mirror.Tx, m mirror.Manifest) ([]mirror.Session, error) {
	out := slices.Clone(m.Sessions)
	names := map[string]bool{}
	for _, s := range out {
		names[s.Name] = true
	}
	add := func(rec mirror.SessionRecord) {
		if !names[rec.Session.Name] {
			names[rec.Session.Name] = true
			out = append(out, rec.Session)
		}
	}
	for _, name := range m.Delete.Sessions {
		rec, err := tx.Session(name)
		if errors.Is(err, mirror.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		add(rec)
	}
	for _, f := range m.Filters {
		users, err := filteredBy(tx, f.Name, time.Now().UTC())
		if err != nil {
			return nil, err
		}
		for _, rec := range users {
			add(rec)
		}
	}
	return out, nil
}

// planLooks are the stored devices that a manifest touches, and what is to be read of
// each: those of its sessions as they are wanted, and where their copies are made now.
func (e *Engine) planLooks(tx mirror.Tx, m mirror.Manifest) (map[string]mirror.Look, error) {
	sc := newScratch(tx, false)
	for _, d := range m.Devices {
		if _, _, err := sc.Device(d.Name); errors.Is(err, mirror.ErrNotFound) {
			sc.unread[d.Name] = true
		}
		if _, err := sc.PutDevice(d); err != nil {
			return nil, err
		}
	}
	for _, t := range m.Tools {
		if _, err := sc.PutTool(t); err != nil {
			return nil, err
		}
	}
	sessions, err := affected(sc, m)
	if err != nil {
		return nil, err
	}
	out := map[string]mirror.Look{}
	for _, s := range sessions {
		looks, err := e.acceptLooks(sc, s)
		if err != nil {
			return nil, err
		}
		rows, err := sc.Placements(s.Name)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			looks[row.Device] = looks[row.Device].And(mirror.Look{})
		}
		for name, look := range looks {
			out[name] = out[name].And(look)
		}
	}
	for name := range out {
		d, _, err := sc.Device(name)
		switch {
		case errors.Is(err, mirror.ErrNotFound) || err == nil && (d.Retired || sc.unread[name]):
			delete(out, name)
		case err != nil:
			return nil, err
		}
	}
	return out, nil
}

// onReadDevices has the stored devices that a manifest touches read, and the ports counted
// that its load rests on, and then decides. A refusal is decided once more on a read that
// takes nothing for granted, see freshly. Devices that were not read are told.
func (e *Engine) onReadDevices(ctx context.Context, m mirror.Manifest, decide func(away map[string]fault) error) error {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit+e.cfg.Timeouts.Measure)
	defer cancel()
	for _, whole := range []bool{false, true} {
		var looks map[string]mirror.Look
		err := e.store.View(ctx, func(tx mirror.Tx) (err error) {
			looks, err = e.planLooks(tx, m)
			return err
		})
		if err != nil {
			return err
		}
		var measured <-chan struct{}
		if !whole {
			measured = e.measureAll(ctx, m)
		}
		away := e.readAll(ctx, looks, whole)
		e.measuredInTime(ctx, measured)
		if whole {
			for _, s := range m.Sessions {
				if s.RSPAN == nil {
					continue
				}
				if err := e.readAround(ctx, s); err != nil {
					return err
				}
			}
		}
		err = decide(away)
		if refusal := (*mirror.Refusal)(nil); whole || !errors.As(err, &refusal) || guardAlone(refusal) {
			return err
		}
	}
	return nil
}

// readAll reads devices side by side, and tells which were not.
func (e *Engine) readAll(ctx context.Context, looks map[string]mirror.Look, whole bool) map[string]fault {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeouts.Submit)
	defer cancel()
	e.awaitStart(ctx)
	var mu sync.Mutex
	out := map[string]fault{}
	var wait sync.WaitGroup
	for name, look := range looks {
		if e.worker(name) == nil {
			continue // it is not driven: what is known of it counts
		}
		look.Whole = whole
		wait.Go(func() {
			if err := e.observe(ctx, name, look); err != nil {
				mu.Lock()
				defer mu.Unlock()
				out[name] = fault{err}
			}
		})
	}
	wait.Wait()
	return out
}

// measureAll is measure of all sessions of a manifest.
func (e *Engine) measureAll(ctx context.Context, m mirror.Manifest) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		asks := map[string][]mirror.PortName{}
		err := e.store.View(ctx, func(tx mirror.Tx) error {
			sc := newScratch(tx, false)
			for _, s := range m.Sessions {
				some, err := e.unmeasured(sc, s)
				if err != nil {
					return err
				}
				for device, ports := range some {
					for _, p := range ports {
						if len(asks[device]) < maxMeasured && !slices.Contains(asks[device], p) {
							asks[device] = append(asks[device], p)
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			e.log.Warn("which loads a plan rests on is not known", "err", err)
			return
		}
		var wait sync.WaitGroup
		for _, device := range slices.Sorted(maps.Keys(asks)) {
			wait.Go(func() { e.readCounters(ctx, device, asks[device]) })
		}
		wait.Wait()
	}()
	return done
}
