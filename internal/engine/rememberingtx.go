package engine

import (
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A rememberingTx reads the placements of a device, of a collector or of a session once.
// It is for what reads much and writes nothing.
type rememberingTx struct {
	mirror.Tx
	devices, collectors, sessions map[string][]mirror.Placement
}

func remembering(tx mirror.Tx) mirror.Tx {
	switch tx.(type) {
	case rememberingTx, *scratch: // they do
		return tx
	}
	return rememberingTx{tx, map[string][]mirror.Placement{}, map[string][]mirror.Placement{}, map[string][]mirror.Placement{}}
}

func (t rememberingTx) PlacementsByDevice(device string) ([]mirror.Placement, error) {
	return once(t.devices, device, t.Tx.PlacementsByDevice)
}

func (t rememberingTx) PlacementsByCollector(ip string) ([]mirror.Placement, error) {
	return once(t.collectors, ip, t.Tx.PlacementsByCollector)
}

func (t rememberingTx) Placements(session string) ([]mirror.Placement, error) {
	return once(t.sessions, session, t.Tx.Placements)
}

func once(known map[string][]mirror.Placement, key string, read func(string) ([]mirror.Placement, error)) ([]mirror.Placement, error) {
	rows, there := known[key]
	if !there {
		var err error
		if rows, err = read(key); err != nil {
			return nil, err
		}
		known[key] = rows
	}
	return slices.Clone(rows), nil
}
