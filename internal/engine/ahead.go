package engine

import (
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A readAhead is a transaction in which it was read at once when the devices of a page of
// sessions were read last: to ask for each apart took much of the time of a list.
type readAhead struct {
	mirror.Tx
	reads map[string]time.Time // of those devices that were not read since the start
}

// ahead reads when the devices of sessions were read last, where that is told.
func (e *Engine) ahead(tx mirror.Tx, found []*mirror.StoredSession) (mirror.Tx, error) {
	var devices []string
	for _, s := range found {
		for _, row := range s.Placements {
			if !e.reads.Judged(row.Device) {
				devices = append(devices, row.Device)
			}
		}
	}
	if len(devices) == 0 {
		return tx, nil
	}
	reads, err := tx.DeviceReads(devices)
	return readAhead{tx, reads}, err
}

// DeviceRead is what was read, or what the store tells.
func (a readAhead) DeviceRead(device string) (time.Time, error) {
	if at, there := a.reads[device]; there {
		return at, nil
	}
	return a.Tx.DeviceRead(device)
}

// viewSessions shows sessions by name as viewSession does each. What has gone meanwhile is
// left out.
func (e *Engine) viewSessions(tx mirror.Tx, names []string) ([]SessionView, error) {
	found, err := tx.StoredSessions(names)
	if err != nil {
		return nil, err
	}
	ahead, err := e.ahead(tx, found)
	if err != nil {
		return nil, fmt.Errorf("what sessions show: %w", err)
	}
	return shown(found, func(s *mirror.StoredSession) (SessionView, error) { return e.view(ahead, *s) })
}
