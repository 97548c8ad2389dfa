package store

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Device reads a device entry and its version.
func (t *tx) Device(name string) (mirror.Device, int64, error) {
	return versioned[mirror.Device](t, fmt.Sprintf("device %q", name),
		`SELECT version, doc FROM devices WHERE name = $1`, name)
}

// Devices lists device entries by name.
func (t *tx) Devices(p mirror.Page) ([]mirror.Device, error) {
	return page[mirror.Device](t, "devices", `SELECT doc FROM devices`, p)
}

// PutDevice stores a device entry. Its version is never one that the name had
// before, even when the entry was deleted in between.
func (t *tx) PutDevice(d mirror.Device) (int64, error) {
	return t.putVersioned(mirror.ResourceDevice, d.Name, d, d.Labels,
		`INSERT INTO devices (name, version, doc) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, doc = excluded.doc`)
}

// DeleteDevice removes a device entry and its state. The ledger, the claim and
// the journal of the device stay.
func (t *tx) DeleteDevice(name string) error {
	if err := t.deleteTerms(mirror.ResourceDevice, name); err != nil {
		return err
	}
	return t.exec(fmt.Sprintf("delete device %q", name), `DELETE FROM devices WHERE name = $1`, name)
}

// DeviceState reads what is known of a device apart from its entry.
func (t *tx) DeviceState(name string) (mirror.DeviceState, error) {
	return one[mirror.DeviceState](t, fmt.Sprintf("state of device %q", name),
		`SELECT doc FROM device_states WHERE device = $1`, name)
}

// PutDeviceState stores it; without a device entry it is ErrNotFound, so that
// a worker cannot bring back what DeleteDevice removed.
func (t *tx) PutDeviceState(s mirror.DeviceState) error {
	what := fmt.Sprintf("state of device %q", s.Device)
	doc, err := encode(what, s)
	if err != nil {
		return err
	}
	return t.under(fmt.Sprintf("device %q", s.Device), what,
		`INSERT INTO device_states (device, doc) SELECT name, $2 FROM devices WHERE name = $1
		ON CONFLICT (device) DO UPDATE SET doc = excluded.doc`, s.Device, doc)
}

// DeviceRead is when a device was last read well; ErrNotFound when never.
func (t *tx) DeviceRead(name string) (time.Time, error) {
	what := fmt.Sprintf("last read of device %q", name)
	var text string
	if err := t.row(what, `SELECT at FROM device_reads WHERE device = $1`, []any{name}, &text); err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s: %w", what, err)
	}
	return at, nil
}

// PutDeviceRead stores it; without a device entry it is ErrNotFound.
func (t *tx) PutDeviceRead(name string, at time.Time) error {
	what := fmt.Sprintf("last read of device %q", name)
	return t.under(fmt.Sprintf("device %q", name), what,
		`INSERT INTO device_reads (device, at) SELECT name, $2 FROM devices WHERE name = $1
		ON CONFLICT (device) DO UPDATE SET at = excluded.at`, name, at.UTC().Format(time.RFC3339Nano))
}

// Tool reads a tool and its version.
func (t *tx) Tool(name string) (mirror.Tool, int64, error) {
	return versioned[mirror.Tool](t, fmt.Sprintf("tool %q", name),
		`SELECT version, doc FROM tools WHERE name = $1`, name)
}

// Tools lists tools by name.
func (t *tx) Tools(p mirror.Page) ([]mirror.Tool, error) {
	return page[mirror.Tool](t, "tools", `SELECT doc FROM tools`, p)
}

// PutTool stores a tool; its version behaves as a device's.
func (t *tx) PutTool(tool mirror.Tool) (int64, error) {
	return t.putVersioned(mirror.ResourceTool, tool.Name, tool, tool.Labels,
		`INSERT INTO tools (name, version, doc) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, doc = excluded.doc`)
}

// DeleteTool removes a tool.
func (t *tx) DeleteTool(name string) error {
	if err := t.deleteTerms(mirror.ResourceTool, name); err != nil {
		return err
	}
	return t.exec(fmt.Sprintf("delete tool %q", name), `DELETE FROM tools WHERE name = $1`, name)
}

// Filter reads a named filter and its version.
func (t *tx) Filter(name string) (mirror.Filter, int64, error) {
	return versioned[mirror.Filter](t, fmt.Sprintf("filter %q", name),
		`SELECT version, doc FROM filters WHERE name = $1`, name)
}

// Filters lists filters by name.
func (t *tx) Filters(p mirror.Page) ([]mirror.Filter, error) {
	return page[mirror.Filter](t, "filters", `SELECT doc FROM filters`, p)
}

// PutFilter stores a filter; its version behaves as a device's.
func (t *tx) PutFilter(f mirror.Filter) (int64, error) {
	return t.putVersioned(mirror.ResourceFilter, f.Name, f, f.Labels,
		`INSERT INTO filters (name, version, doc) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET version = excluded.version, doc = excluded.doc`)
}

// DeleteFilter removes a filter.
func (t *tx) DeleteFilter(name string) error {
	if err := t.deleteTerms(mirror.ResourceFilter, name); err != nil {
		return err
	}
	return t.exec(fmt.Sprintf("delete filter %q", name), `DELETE FROM filters WHERE name = $1`, name)
}

func versioned[T any](t *tx, what, query, name string) (T, int64, error) {
	var version int64
	var doc string
	if err := t.row(what, query, []any{name}, &version, &doc); err != nil {
		var none T
		return none, 0, err
	}
	record, err := decode[T](what, doc)
	return record, version, err
}

func (t *tx) putVersioned(kind mirror.Resource, name string, record any, labels map[string]string, upsert string) (int64, error) {
	what := fmt.Sprintf("%s %q", kind, name)
	if err := named(what, name); err != nil {
		return 0, err
	}
	doc, err := encode(what, record)
	if err != nil {
		return 0, err
	}
	version, err := t.next(what, string(kind)+"/"+name)
	if err != nil {
		return 0, err
	}
	if err := t.putTerms(kind, name, labelTerms(labels)); err != nil {
		return 0, err
	}
	return version, t.exec(what, upsert, name, version, doc)
}
