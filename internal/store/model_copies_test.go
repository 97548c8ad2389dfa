package store

import (
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// someCopyQueries are asked of the store and of its model.
var someCopyQueries = []mirror.CopyQuery{
	{Limit: 100}, {Session: someNames[0], Limit: 2}, {Device: someNames[0], Limit: 100}, {Device: someNames[0], Interface: "p1", Limit: 100},
	{Device: someNames[0], Interface: "vlan 7", Limit: 100}, {Interface: "p1", Limit: 1}, {Actor: someNames[1], Since: time.Unix(1, 0), Limit: 100},
	{Session: someNames[0], Actor: someNames[1], Until: time.Unix(1, 0), After: 2, Limit: 100},
}

func (m *model) PutCopy(c mirror.Copy) error {
	if c.Session == "" || c.Source.Device == "" {
		return mirror.ErrInvalid
	}
	if c.ID == 0 {
		m.versions["copy"]++
		c.ID = m.versions["copy"]
		m.copies = append(m.copies, c)
		return nil
	}
	i := slices.IndexFunc(m.copies, func(o mirror.Copy) bool { return o.ID == c.ID })
	m.copies = slices.Clone(m.copies)
	m.copies[i] = c
	return nil
}

func (m *model) OpenCopies(session string) ([]mirror.Copy, error) {
	out := []mirror.Copy{}
	for _, c := range m.copies {
		if c.Session == session && c.Ended.IsZero() {
			out = append(out, c)
		}
	}
	return out, nil
}

func (m *model) FindCopies(q mirror.CopyQuery) (page mirror.CopyPage, err error) {
	if q.Interface != "" && q.Device == "" {
		return page, mirror.ErrInvalid
	}
	for _, c := range m.copies {
		if c.ID > q.After && q.Takes(c) && len(page.Copies) < q.Limit {
			page.Copies = append(page.Copies, c)
		}
	}
	return page, nil
}

func (m *model) DropCopies(before time.Time, most int) (dropped int64, err error) {
	var over []mirror.Copy
	for _, c := range m.copies {
		if !c.Ended.IsZero() && c.Ended.Before(before) {
			over = append(over, c)
		}
	}
	slices.SortStableFunc(over, func(a, b mirror.Copy) int { return a.Ended.Compare(b.Ended) })
	over = over[:min(most, len(over))]
	m.copies = slices.DeleteFunc(slices.Clone(m.copies), func(c mirror.Copy) bool {
		return slices.ContainsFunc(over, func(o mirror.Copy) bool { return o.ID == c.ID })
	})
	return int64(len(over)), nil
}

// askCopies asks the store or the model what both must tell alike.
func askCopies(out map[string]any, tx mirror.Tx) {
	for i, q := range someCopyQueries {
		ask(out, fmt.Sprintf("copies of query %d", i), func() (mirror.CopyPage, error) {
			page, err := tx.FindCopies(q)
			page.Next, page.More, page.Whole = 0, false, time.Time{}
			return page, err
		})
	}
}
