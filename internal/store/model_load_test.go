package store

import (
	"maps"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (m *model) PutLoadMinute(l mirror.LoadMinute) error {
	l.At = l.At.Truncate(time.Minute).UTC()
	m.minutes[key(l.Place, l.At.Format(time.RFC3339))] = l
	return nil
}

func (m *model) LoadMinutes(place string, since time.Time) (out []mirror.LoadMinute, err error) {
	for _, k := range slices.Sorted(maps.Keys(m.minutes)) {
		if l := m.minutes[k]; l.Place == place && !l.At.Before(since) {
			out = append(out, l)
		}
	}
	return out, nil
}

func (m *model) DeleteLoadMinutes(before time.Time) error {
	maps.DeleteFunc(m.minutes, func(_ string, l mirror.LoadMinute) bool { return l.At.Before(before.Truncate(time.Minute)) })
	return nil
}
