package store

import (
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (m *model) Authorship(kind mirror.Resource, name string) (mirror.Authorship, error) {
	return m.authors[key(string(kind), name)], nil
}

func (m *model) PutAuthorship(kind mirror.Resource, name string, a mirror.Authorship) error {
	if matches, err := m.Matches(kind, mirror.Selection{}, name); err != nil || !matches {
		return mirror.ErrNotFound
	}
	m.authors[key(string(kind), name)] = a
	return nil
}

// entry is what is asked of a name.
func (m *model) entry(kind mirror.Resource, name string) (labels map[string]string, intent mirror.Session, there bool) {
	switch kind {
	case mirror.ResourceTrigger:
		e, there := m.triggers[name]
		return e.Labels, intent, there
	case mirror.ResourceDevice:
		e, there := m.devices[name]
		return e.Labels, intent, there
	case mirror.ResourceTool:
		e, there := m.tools[name]
		return e.Labels, intent, there
	case mirror.ResourceFilter:
		e, there := m.filters[name]
		return e.Labels, intent, there
	}
	if kind == mirror.ResourceWebhook {
		e, there := m.webhooks[name]
		return e.Labels, intent, there
	}
	e, there := m.sessions[name]
	return e.Session.Labels, e.Session, there
}

func (m *model) Matches(kind mirror.Resource, s mirror.Selection, name string) (bool, error) {
	labels, intent, there := m.entry(kind, name)
	if !there || slices.ContainsFunc(s.Labels, func(r mirror.Requirement) bool { return !r.Met(labels) }) {
		return false, nil
	}
	placed := func() bool {
		for _, p := range m.placements {
			if p.Session == name && p.Device == s.Device {
				return true
			}
		}
		return false
	}
	startedBy := func(trigger string) bool {
		by := m.sessions[name].Triggered
		return kind == mirror.ResourceSession && by != nil && by.Trigger == trigger
	}
	copiesTo := func(d mirror.Destination) bool { return d.Tool == s.Tool }
	return (s.Device == "" || slices.Contains(intent.Devices(), s.Device) || placed()) &&
		(s.Tool == "" || slices.ContainsFunc(intent.Destinations, copiesTo)) &&
		(s.Filter == "" || intent.Filter == s.Filter) && (s.Trigger == "" || startedBy(s.Trigger)), nil
}

func (m *model) Count(kind mirror.Resource) (int, error) {
	names, _, err := m.Select(kind, mirror.Selection{}, mirror.Page{})
	return len(names), err
}

func (m *model) Select(kind mirror.Resource, s mirror.Selection, p mirror.Page) (names []string, next string, err error) {
	for _, name := range someNames {
		if matches, _ := m.Matches(kind, s, name); name <= p.After || !matches {
			continue
		}
		if p.Limit > 0 && len(names) == p.Limit {
			return names, names[len(names)-1], nil
		}
		names = append(names, name)
	}
	return names, "", nil
}

type selected struct {
	Names []string
	Next  string
}

// someSelections have each kind of requirement, and several at a time.
var someSelections = []mirror.Selection{
	{},
	{Labels: []mirror.Requirement{{Label: "k", Values: []string{"a"}}}},
	{Labels: []mirror.Requirement{{Label: "k", Values: []string{"a"}, Not: true}}},
	{Labels: []mirror.Requirement{{Label: "k"}}},
	{Labels: []mirror.Requirement{{Label: "k", Not: true}}},
	{Labels: []mirror.Requirement{{Label: "k", Values: []string{"a", "b-1"}}, {Label: "l", Values: []string{"b"}, Not: true}}},
	{Labels: []mirror.Requirement{{Label: "k", Values: []string{"b", "a"}, Not: true}, {Label: "l"}}},
	{Device: "a"}, {Tool: "a"}, {Filter: "a"}, // the second of sessions
	{Trigger: "a", Labels: []mirror.Requirement{{Label: "k"}}}, {Trigger: "a"}, // the first of sessions
	{Device: "b", Labels: []mirror.Requirement{{Label: "k"}}},
	{Tool: "b", Filter: "a", Labels: []mirror.Requirement{{Label: "l", Not: true}}},
}

func askVersioned[T any](out contentsOf, question string, read func() (T, int64, error)) {
	ask(out, question+" version", func() (int64, error) { _, v, err := read(); return v, err })
	ask(out, question, func() (T, error) { r, _, err := read(); return r, err })
}
