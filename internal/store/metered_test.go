package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

type transaction struct{ Writes, Failed bool }

type heard struct {
	transactions []transaction
	events       []string
}

func (h *heard) Transaction(writes bool, _ time.Duration, failed bool) {
	h.transactions = append(h.transactions, transaction{writes, failed})
}

func (h *heard) Event(typ string) { h.events = append(h.events, typ) }

// TestAMeterHearsOfTransactions: also of those that fail, and why nothing came of
// them: the store, or what they were to do.
func TestAMeterHearsOfTransactions(t *testing.T) {
	s := openAt(t, dbPath(t))
	var h heard
	m := s.Metered(&h)
	refused := errors.New("refused")
	note := func(mirror.Tx) error { return nil }
	for _, err := range []error{m.Update(t.Context(), note), m.View(t.Context(), note)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Update(t.Context(), func(mirror.Tx) error { return refused }); !errors.Is(err, refused) {
		t.Fatal(err)
	}
	if _, err := s.writes.ExecContext(t.Context(), "PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	if err := m.Update(t.Context(), func(tx mirror.Tx) error { return tx.AppendEvent(mirror.Event{Message: "x"}) }); !errors.Is(err, mirror.ErrStorage) {
		t.Fatal(err)
	}
	same(t, "what was heard", h.transactions, []transaction{{Writes: true}, {}, {Writes: true}, {Writes: true, Failed: true}})
	if _, ok := m.(interface{ Healthy(context.Context) error }); !ok {
		t.Error("a store with a meter does not tell its health any more")
	}
}

// TestAMeterHearsOfEventsThatAreStored, and of no other.
func TestAMeterHearsOfEventsThatAreStored(t *testing.T) {
	s := openAt(t, dbPath(t))
	var h heard
	m := s.Metered(&h)
	tell := func(err error, types ...string) error {
		return m.Update(t.Context(), func(tx mirror.Tx) error {
			for _, typ := range types {
				if err := tx.AppendEvent(mirror.Event{Type: typ}); err != nil {
					return err
				}
			}
			return err
		})
	}
	if err := tell(nil, "SessionAccepted", "DriftFound"); err != nil {
		t.Fatal(err)
	}
	if err := tell(errors.New("no"), "ReliefTaken"); err == nil {
		t.Fatal("the error is lost")
	}
	same(t, "events", h.events, []string{"SessionAccepted", "DriftFound"})
}

func TestTheSizeIsThatOfTheFileAndItsLog(t *testing.T) {
	s := openAt(t, dbPath(t))
	before, err := s.Size()
	if err != nil || before == 0 {
		t.Fatalf("%d octets, %v", before, err)
	}
	if err := putEvents(t, s, 100); err != nil {
		t.Fatal(err)
	}
	if after, err := s.Size(); err != nil || after-before < 100*4000 {
		t.Errorf("%d octets before 400,000 more, %d after: %v", before, after, err)
	}
}
