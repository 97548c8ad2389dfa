package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A scratch is a transaction over another one that keeps what is written in memory:
// reads show it, and the transaction below hears nothing of it before flush. The code
// that writes a store runs on it unchanged, over a snapshot of which nobody is held up.
// A plan is never flushed. What is applied is flushed as a whole, and what was read on
// the way was read once.
//
// undo takes back what was written since mark. What it does not know (claims, journals,
// tokens and the like) goes to the transaction below.
type scratch struct {
	mirror.Tx
	devices  table[mirror.Device]
	tools    table[mirror.Tool]
	filters  table[mirror.Filter]
	sessions table[mirror.SessionRecord]
	ops      table[mirror.Operation]
	natives  map[string]map[string]mirror.Native // by device and mark; all of a device that was read
	wrote    map[string]bool                     // devices whose natives changed

	rows    map[mirror.PlacementKey]mirror.Placement
	gone    map[mirror.PlacementKey]bool // deleted here
	dirty   map[mirror.PlacementKey]bool // written here
	indexes map[string]map[mirror.PlacementKey]bool
	loaded  map[string]bool // indexes that hold what is stored

	generations map[string]int64
	events      []mirror.Event
	unread      map[string]bool // devices that are not stored: nobody has read them
	real        bool            // generations come from below, since it will be flushed
	back        []func()
}

func newScratch(tx mirror.Tx, real bool) *scratch {
	s := &scratch{Tx: tx, real: real, natives: map[string]map[string]mirror.Native{}, wrote: map[string]bool{},
		rows: map[mirror.PlacementKey]mirror.Placement{}, gone: map[mirror.PlacementKey]bool{}, dirty: map[mirror.PlacementKey]bool{},
		indexes: map[string]map[mirror.PlacementKey]bool{}, loaded: map[string]bool{}, generations: map[string]int64{}, unread: map[string]bool{}}
	s.devices = newTable(s, "device", tx.Device, tx.Devices, func(d mirror.Device) string { return d.Name })
	s.tools = newTable(s, "tool", tx.Tool, tx.Tools, func(t mirror.Tool) string { return t.Name })
	s.filters = newTable(s, "filter", tx.Filter, tx.Filters, func(f mirror.Filter) string { return f.Name })
	s.sessions = newTable(s, "session", func(name string) (mirror.SessionRecord, int64, error) {
		rec, err := tx.Session(name)
		return rec, rec.Generation, err
	}, tx.Sessions, func(r mirror.SessionRecord) string { return r.Session.Name })
	s.ops = newTable(s, "operation", func(id string) (mirror.Operation, int64, error) {
		op, err := tx.Operation(id)
		return op, 0, err
	}, nil, func(o mirror.Operation) string { return o.ID })
	return s
}

// mark is a place to which undo goes back.
func (s *scratch) mark() int { return len(s.back) }

// undo takes back what was written since a mark.
func (s *scratch) undo(to int) {
	for len(s.back) > to {
		last := s.back[len(s.back)-1]
		s.back = s.back[:len(s.back)-1]
		last()
	}
}

// A table holds the entries of one kind as they are here: what was read of them, and
// what was written.
type table[T any] struct {
	s     *scratch
	what  string
	below func(string) (T, int64, error)
	list  func(mirror.Page) ([]T, error)
	name  func(T) string
	all   bool // every entry was read
	held  map[string]entry[T]
}

// An entry is nil where there is none of the name.
type entry[T any] struct {
	value   *T
	version int64
	wrote   bool
}

func newTable[T any](s *scratch, what string, below func(string) (T, int64, error), list func(mirror.Page) ([]T, error), name func(T) string) table[T] {
	return table[T]{s: s, what: what, below: below, list: list, name: name, held: map[string]entry[T]{}}
}

func (t *table[T]) get(name string) (T, int64, error) {
	e, there := t.held[name]
	if !there {
		value, version, err := t.below(name)
		switch {
		case err == nil:
			e = entry[T]{value: &value, version: version}
		case !errors.Is(err, mirror.ErrNotFound):
			return value, 0, err
		}
		t.held[name] = e
	}
	if e.value == nil {
		var none T
		return none, 0, fmt.Errorf("%s %q: %w", t.what, name, mirror.ErrNotFound)
	}
	return *e.value, e.version, nil
}

func (t *table[T]) set(name string, value *T, version int64) {
	before, there := t.held[name]
	t.s.back = append(t.s.back, func() {
		if there {
			t.held[name] = before
		} else {
			delete(t.held, name)
		}
	})
	t.held[name] = entry[T]{value: value, version: version, wrote: true}
}

// page lists the entries by name. The first time it reads all that is stored.
func (t *table[T]) page(p mirror.Page) ([]T, error) {
	if !t.all {
		stored, err := t.list(mirror.Page{})
		if err != nil {
			return nil, err
		}
		for _, v := range stored {
			if _, there := t.held[t.name(v)]; !there { // without its version: who asks for one reads it
				t.held[t.name(v)] = entry[T]{value: &v, version: -1}
			}
		}
		t.all = true
	}
	var out []T
	for _, name := range slices.Sorted(maps.Keys(t.held)) {
		if v := t.held[name].value; v != nil && name > p.After && (p.Limit <= 0 || len(out) < p.Limit) {
			out = append(out, *v)
		}
	}
	return out, nil
}

// one is get of an entry whose version is wanted too: a list does not tell it.
func (t *table[T]) one(name string) (T, int64, error) {
	if e, there := t.held[name]; there && e.version == -1 {
		delete(t.held, name)
	}
	return t.get(name)
}

// Device reads a device entry and its version, of one that was written here a version
// that nobody else sees.
func (s *scratch) Device(name string) (mirror.Device, int64, error) { return s.devices.one(name) }

// Devices lists device entries by name.
func (s *scratch) Devices(p mirror.Page) ([]mirror.Device, error) { return s.devices.page(p) }

// PutDevice keeps a device entry.
func (s *scratch) PutDevice(d mirror.Device) (int64, error) {
	return put(&s.devices, d.Name, d, s.real, s.Tx.PutDevice)
}

// DeleteDevice takes a device entry away.
func (s *scratch) DeleteDevice(name string) error {
	s.devices.set(name, nil, 0)
	return nil
}

// Tool reads a tool and its version.
func (s *scratch) Tool(name string) (mirror.Tool, int64, error) { return s.tools.one(name) }

// Tools lists tools by name.
func (s *scratch) Tools(p mirror.Page) ([]mirror.Tool, error) { return s.tools.page(p) }

// PutTool keeps a tool.
func (s *scratch) PutTool(t mirror.Tool) (int64, error) {
	return put(&s.tools, t.Name, t, s.real, s.Tx.PutTool)
}

// DeleteTool takes a tool away.
func (s *scratch) DeleteTool(name string) error {
	s.tools.set(name, nil, 0)
	return nil
}

// Filter reads a filter and its version.
func (s *scratch) Filter(name string) (mirror.Filter, int64, error) { return s.filters.one(name) }

// Filters lists filters by name.
func (s *scratch) Filters(p mirror.Page) ([]mirror.Filter, error) { return s.filters.page(p) }

// PutFilter keeps a filter.
func (s *scratch) PutFilter(f mirror.Filter) (int64, error) {
	return put(&s.filters, f.Name, f, s.real, s.Tx.PutFilter)
}

// DeleteFilter takes a filter away.
func (s *scratch) DeleteFilter(name string) error {
	s.filters.set(name, nil, 0)
	return nil
}

// PutAuthorship is of an entry that is flushed; a plan is nobody's writing.
func (s *scratch) PutAuthorship(kind mirror.Resource, name string, a mirror.Authorship) error {
	if !s.real {
		return nil
	}
	return s.Tx.PutAuthorship(kind, name, a)
}

// put keeps an entry. What will be flushed is stored at once: there are few of them, and
// the store gives the version.
func put[T any](t *table[T], name string, value T, real bool, below func(T) (int64, error)) (int64, error) {
	_, version, err := t.one(name)
	if err != nil && !errors.Is(err, mirror.ErrNotFound) {
		return 0, err
	}
	version++
	if real {
		if version, err = below(value); err != nil {
			return 0, err
		}
	}
	t.set(name, &value, version)
	return version, nil
}

// Session reads an intent with its status.
func (s *scratch) Session(name string) (mirror.SessionRecord, error) {
	rec, _, err := s.sessions.get(name)
	return rec, err
}

// Sessions lists intents by name.
func (s *scratch) Sessions(p mirror.Page) ([]mirror.SessionRecord, error) { return s.sessions.page(p) }

// PutSession keeps an intent.
func (s *scratch) PutSession(r mirror.SessionRecord) error {
	s.sessions.set(r.Session.Name, &r, r.Generation)
	return nil
}

// NextGeneration numbers the intents of a name. Those of a plan are given to nobody.
func (s *scratch) NextGeneration(session string) (int64, error) {
	if s.real {
		return s.Tx.NextGeneration(session)
	}
	if s.generations[session] == 0 {
		rec, err := s.Session(session)
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return 0, err
		}
		s.generations[session] = rec.Generation
	}
	s.generations[session]++
	return s.generations[session], nil
}

// DeleteSession takes an intent away with its placements.
func (s *scratch) DeleteSession(name string) error {
	rows, err := s.Placements(name)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := s.DeletePlacement(row.Key()); err != nil {
			return err
		}
	}
	s.sessions.set(name, nil, 0)
	return nil
}

// Operation reads a rollout.
func (s *scratch) Operation(id string) (mirror.Operation, error) {
	op, _, err := s.ops.get(id)
	return op, err
}

// PutOperation keeps a rollout.
func (s *scratch) PutOperation(op mirror.Operation) error {
	s.ops.set(op.ID, &op, 0)
	return nil
}

// AppendEvent keeps an event.
func (s *scratch) AppendEvent(e mirror.Event) error {
	s.back = append(s.back, func() { s.events = s.events[:len(s.events)-1] })
	s.events = append(s.events, e)
	return nil
}

// Natives lists the ledger's lines of a device by mark.
func (s *scratch) Natives(device string) ([]mirror.Native, error) {
	lines, err := s.ledger(device)
	if err != nil {
		return nil, err
	}
	var out []mirror.Native
	for _, mark := range slices.Sorted(maps.Keys(lines)) {
		out = append(out, lines[mark])
	}
	return out, nil
}

func (s *scratch) ledger(device string) (map[string]mirror.Native, error) {
	if lines, there := s.natives[device]; there {
		return lines, nil
	}
	stored, err := s.Tx.Natives(device)
	if err != nil {
		return nil, err
	}
	lines := map[string]mirror.Native{}
	for _, l := range stored {
		lines[l.Mark] = l
	}
	s.natives[device] = lines
	return lines, nil
}

// PutNative keeps a line of the ledger; ErrConflict when its id is another mark's.
func (s *scratch) PutNative(n mirror.Native) error {
	lines, err := s.ledger(n.Device)
	if err != nil {
		return err
	}
	for mark, l := range lines {
		if mark != n.Mark && l.ID == n.ID {
			return fmt.Errorf("native session %s of device %q is that of %s: %w", n.ID, n.Device, mark, mirror.ErrConflict)
		}
	}
	s.change(n.Device, n.Mark)
	lines[n.Mark] = n
	return nil
}

// DeleteNative takes a line of the ledger away.
func (s *scratch) DeleteNative(device, mark string) error {
	lines, err := s.ledger(device)
	if err != nil {
		return err
	}
	s.change(device, mark)
	delete(lines, mark)
	return nil
}

func (s *scratch) change(device, mark string) {
	before, there := s.natives[device][mark]
	s.wrote[device] = true
	s.back = append(s.back, func() {
		if there {
			s.natives[device][mark] = before
		} else {
			delete(s.natives[device], mark)
		}
	})
}

// flush writes everything to the transaction below.
func (s *scratch) flush() error {
	for _, name := range slices.Sorted(maps.Keys(s.sessions.held)) {
		e := s.sessions.held[name]
		if err := flushed(e, s.Tx.PutSession, func() error { return s.Tx.DeleteSession(name) }); err != nil {
			return err
		}
	}
	if err := s.flushPlacements(); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(s.ops.held)) {
		if err := flushed(s.ops.held[id], s.Tx.PutOperation, func() error { return nil }); err != nil {
			return err
		}
	}
	for device := range s.wrote {
		if err := s.flushLedger(device); err != nil {
			return err
		}
	}
	for _, e := range s.events {
		if err := s.Tx.AppendEvent(e); err != nil {
			return err
		}
	}
	return nil
}

func flushed[T any](e entry[T], put func(T) error, remove func() error) error {
	switch {
	case !e.wrote:
		return nil
	case e.value == nil:
		return remove()
	}
	return put(*e.value)
}

func (s *scratch) flushLedger(device string) error {
	stored, err := s.Tx.Natives(device)
	if err != nil {
		return err
	}
	lines := s.natives[device]
	for _, l := range stored {
		if _, there := lines[l.Mark]; !there {
			if err := s.Tx.DeleteNative(device, l.Mark); err != nil {
				return err
			}
		}
	}
	for _, mark := range slices.Sorted(maps.Keys(lines)) {
		if err := s.Tx.PutNative(lines[mark]); err != nil {
			return err
		}
	}
	return nil
}

func comparePlacements(a, b mirror.Placement) int {
	return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Device, b.Device), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Ends, b.Ends))
}

// unreadIn are the devices of a plan that nobody has read, nil outside one.
func unreadIn(tx mirror.Tx) map[string]bool {
	switch t := tx.(type) {
	case *scratch:
		return t.unread
	case rememberingTx:
		return unreadIn(t.Tx)
	case refilteredTx:
		return unreadIn(t.Tx)
	}
	return nil
}
