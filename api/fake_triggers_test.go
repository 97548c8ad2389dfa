package api

import (
	"context"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

func (f *fake) PutTrigger(_ context.Context, w engine.Write, t mirror.Trigger) (engine.TriggerView, bool, error) {
	err := f.enter("PutTrigger")
	defer f.mu.Unlock()
	if err != nil {
		return engine.TriggerView{}, false, err
	}
	v, there := f.triggers[t.Name]
	if err := f.precondition(w, v.Version); err != nil {
		return engine.TriggerView{}, false, err
	}
	v.Trigger = t
	v.Version++
	f.triggers[t.Name] = v
	return v, !there, nil
}

func (f *fake) DeleteTrigger(_ context.Context, w engine.Write, name string) error {
	err := f.enter("DeleteTrigger")
	defer f.mu.Unlock()
	v, there := f.triggers[name]
	switch {
	case err != nil:
		return err
	case !there:
		return mirror.ErrNotFound
	}
	if err := f.precondition(w, v.Version); err != nil {
		return err
	}
	delete(f.triggers, name)
	return nil
}

func (f *fake) Trigger(_ context.Context, name string) (engine.TriggerView, error) {
	err := f.enter("Trigger")
	defer f.mu.Unlock()
	v, there := f.triggers[name]
	if err == nil && !there {
		err = mirror.ErrNotFound
	}
	return v, err
}

func (f *fake) SelectTriggers(_ context.Context, _ mirror.Selection, p mirror.Page) (out []engine.TriggerView, next string, err error) {
	err = f.enter("SelectTriggers")
	defer f.mu.Unlock()
	for _, v := range f.triggers {
		if v.Trigger.Name > p.After {
			v.Version = 0
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b engine.TriggerView) int { return strings.Compare(a.Trigger.Name, b.Trigger.Name) })
	if len(out) > p.Limit {
		out, next = out[:p.Limit], out[p.Limit-1].Trigger.Name
	}
	return out, next, err
}

func (f *fake) FireTrigger(_ context.Context, w engine.Write, name string, body []byte, dryRun bool) (engine.FiredAll, error) {
	err := f.enter("FireTrigger")
	defer f.mu.Unlock()
	f.writes = append(f.writes, w)
	if _, there := f.triggers[name]; err == nil && !there {
		err = mirror.ErrNotFound
	}
	return f.fired, err
}
