package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// A Meter hears of transactions. Many goroutines call it, and it holds none up.
type Meter interface {
	// Transaction says that one has ended, and how long it took, waiting for others
	// included. failed says that the store was the reason why nothing came of it.
	Transaction(writes bool, took time.Duration, failed bool)
	// Event says that an event of a type is stored.
	Event(typ string)
}

// Metered is the store as before, with a meter that hears of its transactions.
func (s *Store) Metered(m Meter) mirror.Store { return metered{s, m} }

type metered struct {
	*Store
	meter Meter
}

// Update is that of the store.
func (m metered) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	start := time.Now()
	var heard *hearing
	err := m.Store.Update(ctx, func(tx mirror.Tx) error {
		heard = &hearing{Tx: tx} // a second run begins anew
		return fn(heard)
	})
	m.meter.Transaction(true, time.Since(start), ownFault(err))
	if err == nil {
		for _, typ := range heard.events {
			m.meter.Event(typ)
		}
	}
	return err
}

// hearing is a transaction that remembers the types of its events.
type hearing struct {
	mirror.Tx
	events []string
}

// AppendEvent stores it, and remembers its type.
func (h *hearing) AppendEvent(e mirror.Event) error {
	h.events = append(h.events, e.Type)
	return h.Tx.AppendEvent(e)
}

// View is that of the store.
func (m metered) View(ctx context.Context, fn func(mirror.Tx) error) error {
	start := time.Now()
	err := m.Store.View(ctx, fn)
	m.meter.Transaction(false, time.Since(start), ownFault(err))
	return err
}

// ownFault tells a fault of the store from what the function of a transaction says.
func ownFault(err error) bool {
	return errors.Is(err, mirror.ErrStorage) || errors.Is(err, mirror.ErrDamaged) || busy(err)
}

// Size is what the database and its log take on the disk, in octets.
func (s *Store) Size() (octets int64, err error) {
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(s.path + suffix)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return 0, err
		default:
			octets += info.Size()
		}
	}
	return octets, nil
}
