package engine

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
)

// The placements of a scratch, by the three ways in which they are asked for.

func ofSessionRows(session string) string   { return "session\x00" + session }
func ofDeviceRows(device string) string     { return "device\x00" + device }
func ofCollectorRows(address string) string { return "collector\x00" + address }

// Placements lists where a session is placed, by device, role and ends.
func (s *scratch) Placements(session string) ([]mirror.Placement, error) {
	return s.listed(ofSessionRows(session), comparePlacements, func() ([]mirror.Placement, error) { return s.Tx.Placements(session) })
}

// PlacementsByDevice lists what is placed on a device, by session, role and ends.
func (s *scratch) PlacementsByDevice(device string) ([]mirror.Placement, error) {
	return s.listed(ofDeviceRows(device), func(a, b mirror.Placement) int {
		return cmp.Or(cmp.Compare(a.Session, b.Session), cmp.Compare(a.Role, b.Role), cmp.Compare(a.Ends, b.Ends))
	}, func() ([]mirror.Placement, error) { return s.Tx.PlacementsByDevice(device) })
}

// PlacementsByCollector lists the placements whose tunnel ends at an address.
func (s *scratch) PlacementsByCollector(ip string) ([]mirror.Placement, error) {
	return s.listed(ofCollectorRows(ip), comparePlacements, func() ([]mirror.Placement, error) { return s.Tx.PlacementsByCollector(ip) })
}

func (s *scratch) listed(index string, order func(a, b mirror.Placement) int, below func() ([]mirror.Placement, error)) ([]mirror.Placement, error) {
	if !s.loaded[index] {
		stored, err := below()
		if err != nil {
			return nil, err
		}
		for _, row := range stored {
			if _, there := s.rows[row.Key()]; !there && !s.gone[row.Key()] {
				s.keep(row)
			}
		}
		s.loaded[index] = true
	}
	var out []mirror.Placement
	for key := range s.indexes[index] {
		out = append(out, s.rows[key])
	}
	slices.SortFunc(out, order)
	return out, nil
}

// indexesOf are the indexes in which a placement stands.
func indexesOf(row mirror.Placement) []string {
	out := []string{ofSessionRows(row.Session), ofDeviceRows(row.Device)}
	for _, f := range []*mirror.Fragment{row.Target, row.Asked, row.Goal, row.Applied, row.Good} {
		if f != nil && f.Spec.Options.Collector != "" {
			return append(out, ofCollectorRows(f.Spec.Options.Collector)) // as the store has it
		}
	}
	return out
}

func (s *scratch) keep(row mirror.Placement) {
	s.drop(row.Key())
	s.rows[row.Key()] = row
	for _, index := range indexesOf(row) {
		if s.indexes[index] == nil {
			s.indexes[index] = map[mirror.PlacementKey]bool{}
		}
		s.indexes[index][row.Key()] = true
	}
}

func (s *scratch) drop(key mirror.PlacementKey) {
	row, there := s.rows[key]
	if !there {
		return
	}
	for _, index := range indexesOf(row) {
		delete(s.indexes[index], key)
	}
	delete(s.rows, key)
}

// PutPlacement keeps a placement; ErrNotFound when its session is not there.
func (s *scratch) PutPlacement(row mirror.Placement) error {
	if _, err := s.Session(row.Session); err != nil {
		return fmt.Errorf("placement of session %q: %w", row.Session, err)
	}
	s.remember(row.Key())
	s.keep(row)
	delete(s.gone, row.Key())
	s.dirty[row.Key()] = true
	return nil
}

// DeletePlacement takes a placement away.
func (s *scratch) DeletePlacement(key mirror.PlacementKey) error {
	s.remember(key)
	s.drop(key)
	s.gone[key] = true
	delete(s.dirty, key)
	return nil
}

// remember notes how a placement is, for undo.
func (s *scratch) remember(key mirror.PlacementKey) {
	row, there := s.rows[key]
	gone, dirty := s.gone[key], s.dirty[key]
	s.back = append(s.back, func() {
		s.drop(key)
		if there {
			s.keep(row)
		}
		s.gone[key], s.dirty[key] = gone, dirty
	})
}

func (s *scratch) flushPlacements() error {
	for key, gone := range s.gone {
		if !gone {
			continue
		}
		if err := s.Tx.DeletePlacement(key); err != nil {
			return err
		}
	}
	for key, dirty := range s.dirty {
		if !dirty {
			continue
		}
		if err := s.Tx.PutPlacement(s.rows[key]); err != nil {
			return err
		}
	}
	return nil
}
