package api

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// choose pages what is kept of a map, as the engine does.
func choose[V any](m map[string]V, p mirror.Page, keep func(V) bool) (items []V, next string) {
	for _, name := range sortedKeys(m) {
		if name <= p.After || !keep(m[name]) {
			continue
		}
		if len(items) == p.Limit {
			return items, next
		}
		items, next = append(items, m[name]), name
	}
	return items, ""
}

func met(s mirror.Selection, labels map[string]string) bool {
	return !slices.ContainsFunc(s.Labels, func(r mirror.Requirement) bool { return !r.Met(labels) })
}

func (f *fake) SelectDevices(_ context.Context, s mirror.Selection, pick engine.DevicePick, p mirror.Page) ([]engine.DeviceView, string, error) {
	err := f.enter("SelectDevices")
	defer f.mu.Unlock()
	items, next := choose(f.devices, p, func(v engine.DeviceView) bool {
		return met(s, v.Device.Labels) && strings.Contains(v.Device.Name, pick.Text)
	})
	return items, next, err
}

func (f *fake) SelectTools(_ context.Context, s mirror.Selection, p mirror.Page) ([]engine.ToolView, string, error) {
	err := f.enter("SelectTools")
	defer f.mu.Unlock()
	items, next := choose(f.tools, p, func(v engine.ToolView) bool { return met(s, v.Tool.Labels) })
	return items, next, err
}

// WorstTools and WorstDevices are the other way round.
func (f *fake) WorstTools(ctx context.Context, s mirror.Selection, p mirror.Page) ([]engine.ToolView, string, error) {
	return reversed(p, func(all mirror.Page) ([]engine.ToolView, string, error) { return f.SelectTools(ctx, s, all) }, func(v engine.ToolView) string { return v.Tool.Name })
}

func (f *fake) WorstDevices(ctx context.Context, s mirror.Selection, pick engine.DevicePick, p mirror.Page) ([]engine.DeviceView, string, error) {
	return reversed(p, func(all mirror.Page) ([]engine.DeviceView, string, error) { return f.SelectDevices(ctx, s, pick, all) }, func(v engine.DeviceView) string { return v.Device.Name })
}

func reversed[V any](p mirror.Page, all func(mirror.Page) ([]V, string, error), name func(V) string) (out []V, next string, err error) {
	list, _, err := all(mirror.Page{Limit: 1 << 20})
	for _, v := range slices.Backward(list) {
		if p.After != "" && name(v) >= p.After {
			continue
		}
		if len(out) == p.Limit {
			return out, name(out[len(out)-1]), err
		}
		out = append(out, v)
	}
	return out, "", err
}

func (f *fake) SelectFilters(_ context.Context, s mirror.Selection, p mirror.Page) ([]engine.FilterView, string, error) {
	err := f.enter("SelectFilters")
	defer f.mu.Unlock()
	items, next := choose(f.filters, p, func(v engine.FilterView) bool { return met(s, v.Filter.Labels) })
	return items, next, err
}

func (f *fake) SelectSessions(_ context.Context, s mirror.Selection, pick engine.SessionPick, p mirror.Page) ([]engine.SessionView, string, error) {
	err := f.enter("SelectSessions")
	defer f.mu.Unlock()
	items, next := choose(f.sessions, p, func(v engine.SessionView) bool {
		x := v.Record.Session
		copiesTo := func(d mirror.Destination) bool { return d.Tool == s.Tool }
		return met(s, x.Labels) && (pick.Phase == "" || v.Record.Phase == pick.Phase) && strings.Contains(strings.ToLower(x.Name+x.Description), strings.ToLower(pick.Text)) && (s.Device == "" || slices.Contains(x.Devices(), s.Device)) &&
			(s.Tool == "" || slices.ContainsFunc(x.Destinations, copiesTo)) && (s.Filter == "" || x.Filter == s.Filter)
	})
	return items, next, err
}

func (f *fake) Totals(context.Context) (engine.Totals, error) {
	err := f.enter("Totals")
	defer f.mu.Unlock()
	out := engine.Totals{At: testTime, Sessions: len(f.sessions), Tools: len(f.tools), Filters: len(f.filters), Phases: map[mirror.Phase]int{},
		Conditions: map[string]map[mirror.State]int{mirror.CondConfigured: {mirror.True: len(f.sessions)}},
		Devices:    engine.DeviceSums{Total: len(f.devices), Reachable: map[mirror.State]int{mirror.Unknown: len(f.devices)}}, Problems: map[engine.Severity]int{}}
	for _, v := range f.sessions {
		out.Phases[v.Record.Phase]++
	}
	for _, p := range f.problems {
		out.Problems[p.Severity]++
	}
	return out, err
}

func (f *fake) ProblemsOf(_ context.Context, about mirror.Object) ([]engine.Problem, error) {
	err := f.enter("ProblemsOf")
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.problems), func(p engine.Problem) bool { return p.Object != about }), err
}

// Holdings has one entry for a session that is there.
func (f *fake) Holdings(_ context.Context, session string) ([]engine.Holding, error) {
	err := f.enter("Holdings")
	defer f.mu.Unlock()
	if _, there := f.sessions[session]; err == nil && !there {
		err = missing("session", session)
	}
	return []engine.Holding{{Device: "sw1", Mark: "nm-x", Difference: "nothing of it is there"}}, err
}

// Problems pages by number, as the engine does by place.
func (f *fake) Problems(_ context.Context, after string, limit int) ([]engine.Problem, string, error) {
	err := f.enter("Problems")
	defer f.mu.Unlock()
	i, _ := strconv.Atoi(after)
	page, next := f.problems[min(i, len(f.problems)):], ""
	if len(page) > limit {
		page, next = page[:limit], strconv.Itoa(i+limit)
	}
	return page, next, err
}
