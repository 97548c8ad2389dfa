package engine

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A readAhead is a transaction in which what a page of sessions shows was read at once:
// to ask for the placements, the rollout and the devices of each session apart took most
// of the time of a list. It is for what writes nothing.
type readAhead struct {
	mirror.Tx
	placements map[string][]mirror.Placement // of all sessions that are asked for
	operations map[string]mirror.Operation   // of those of which a device is not read yet
	reads      map[string]time.Time          // of those devices
}

// ahead reads what viewSession needs of sessions.
func (e *Engine) ahead(tx mirror.Tx, recs []mirror.SessionRecord) (mirror.Tx, error) {
	names := make([]string, len(recs))
	for i, rec := range recs {
		names[i] = rec.Session.Name
	}
	rows, err := tx.PlacementsOf(names)
	if err != nil {
		return nil, err
	}
	a := readAhead{Tx: tx, placements: make(map[string][]mirror.Placement, len(recs))}
	for _, name := range names {
		a.placements[name] = nil
	}
	unread, devices := map[string]bool{}, []string{} // sessions, and their devices
	for _, row := range rows {
		a.placements[row.Session] = append(a.placements[row.Session], row)
		if !e.reads.Judged(row.Device) {
			unread[row.Session], devices = true, append(devices, row.Device)
		}
	}
	var operations []string
	for _, rec := range recs {
		if unread[rec.Session.Name] && rec.Operation != "" {
			operations = append(operations, rec.Operation)
		}
	}
	ops, err := tx.OperationsOf(operations)
	if err != nil {
		return nil, err
	}
	a.operations = make(map[string]mirror.Operation, len(ops))
	for _, op := range ops {
		a.operations[op.ID] = op
	}
	a.reads, err = tx.DeviceReads(devices)
	return a, err
}

// Placements are those that were read, or those of the store.
func (a readAhead) Placements(session string) ([]mirror.Placement, error) {
	if rows, there := a.placements[session]; there {
		return rows, nil
	}
	return a.Tx.Placements(session)
}

// Operation is the one that was read, or that of the store.
func (a readAhead) Operation(id string) (mirror.Operation, error) {
	if op, there := a.operations[id]; there {
		return op, nil
	}
	return a.Tx.Operation(id)
}

// DeviceRead is what was read, or what the store tells.
func (a readAhead) DeviceRead(device string) (time.Time, error) {
	if at, there := a.reads[device]; there {
		return at, nil
	}
	return a.Tx.DeviceRead(device)
}

// viewSessions shows sessions as viewSession does each.
func (e *Engine) viewSessions(tx mirror.Tx, recs []mirror.SessionRecord) ([]SessionView, error) {
	ahead, err := e.ahead(tx, recs)
	if err != nil {
		return nil, fmt.Errorf("what sessions show: %w", err)
	}
	return shown(recs, func(rec mirror.SessionRecord) (SessionView, error) { return e.viewSession(ahead, rec) })
}
