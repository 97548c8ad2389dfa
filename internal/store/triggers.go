package store

import (
	"fmt"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Trigger reads a trigger and its version.
func (t *tx) Trigger(name string) (mirror.Trigger, int64, error) {
	return versioned[mirror.Trigger](t, fmt.Sprintf("trigger %q", name),
		`SELECT version, doc FROM triggers WHERE name = $1`, name)
}

// Triggers lists triggers by name.
func (t *tx) Triggers(p mirror.Page) ([]mirror.Trigger, error) {
	return page[mirror.Trigger](t, "triggers", `SELECT doc FROM triggers`, p)
}

// PutTrigger stores a trigger; its version behaves as a device's.
func (t *tx) PutTrigger(x mirror.Trigger) (int64, error) {
	return t.putVersioned(mirror.ResourceTrigger, x.Name, x, x.Labels,
		`INSERT INTO triggers (name, version, doc) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, doc = excluded.doc`)
}

// DeleteTrigger removes a trigger and what it did.
func (t *tx) DeleteTrigger(name string) error {
	if err := t.deleteTerms(mirror.ResourceTrigger, name); err != nil {
		return err
	}
	what := fmt.Sprintf("delete trigger %q", name)
	if err := t.exec(what, `DELETE FROM trigger_states WHERE name = $1`, name); err != nil {
		return err
	}
	return t.exec(what, `DELETE FROM triggers WHERE name = $1`, name)
}

// TriggerState reads what a trigger did so far.
func (t *tx) TriggerState(name string) (mirror.TriggerState, error) {
	return one[mirror.TriggerState](t, fmt.Sprintf("state of trigger %q", name), `SELECT doc FROM trigger_states WHERE name = $1`, name)
}

// PutTriggerState stores it; without the trigger it is ErrNotFound.
func (t *tx) PutTriggerState(s mirror.TriggerState) error {
	what := fmt.Sprintf("state of trigger %q", s.Name)
	if err := named(what, s.Name); err != nil {
		return err
	}
	doc, err := encode(what, s)
	if err != nil {
		return err
	}
	return t.under(fmt.Sprintf("trigger %q", s.Name), what, `INSERT INTO trigger_states (name, doc)
		SELECT name, $2 FROM triggers WHERE name = $1
		ON CONFLICT (name) DO UPDATE SET doc = excluded.doc`, s.Name, doc)
}
