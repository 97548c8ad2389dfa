package store

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (m *model) Trigger(name string) (mirror.Trigger, int64, error) {
	x, err := get(m.triggers, name)
	if err != nil {
		return x, 0, err
	}
	return x, m.versions["trigger/"+name], nil
}
func (m *model) Triggers(p mirror.Page) ([]mirror.Trigger, error) { return paged(m.triggers, p), nil }
func (m *model) PutTrigger(x mirror.Trigger) (int64, error) {
	m.triggers[x.Name] = x
	m.versions["trigger/"+x.Name]++
	return m.versions["trigger/"+x.Name], nil
}
func (m *model) DeleteTrigger(name string) error {
	delete(m.triggers, name)
	delete(m.fired, name)
	delete(m.authors, key("trigger", name))
	return nil
}

func (m *model) TriggerState(name string) (mirror.TriggerState, error) { return get(m.fired, name) }
func (m *model) PutTriggerState(s mirror.TriggerState) error {
	if _, there := m.triggers[s.Name]; !there {
		return mirror.ErrNotFound
	}
	m.fired[s.Name] = s
	return nil
}

// askTriggers is the part of contents that is about triggers.
func askTriggers(tx mirror.Tx, out contentsOf) {
	ask(out, "triggers", func() ([]mirror.Trigger, error) { return tx.Triggers(mirror.Page{}) })
	for i, s := range someSelections[:7] {
		ask(out, fmt.Sprint("selection of triggers ", i), func() (selected, error) {
			names, next, err := tx.Select(mirror.ResourceTrigger, s, mirror.Page{})
			return selected{names, next}, err
		})
	}
	for _, n := range someNames {
		askVersioned(out, "trigger "+n, func() (mirror.Trigger, int64, error) { return tx.Trigger(n) })
		ask(out, "triggers after "+n, func() ([]mirror.Trigger, error) { return tx.Triggers(mirror.Page{After: n, Limit: 2}) })
		ask(out, "state of trigger "+n, func() (mirror.TriggerState, error) { return tx.TriggerState(n) })
	}
}
