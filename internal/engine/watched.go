package engine

import (
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// noting is a transaction that remembers which operations ended in it or may go on no
// further, and which sessions it changed.
type noting struct {
	mirror.Tx
	ended    []string                  // or not pushed
	sessions []string                  // written or deleted
	devices  []string                  // so, too
	relief   map[string]*mirror.Relief // of those that were written
}

func (n *noting) noteRelief(session string, r *mirror.Relief) {
	if n.relief == nil {
		n.relief = map[string]*mirror.Relief{}
	}
	n.relief[session] = r
}

// PutOperation stores it, and remembers that it has ended.
func (n *noting) PutOperation(op mirror.Operation) error {
	if !op.State.Open() {
		n.ended = append(n.ended, op.ID)
	}
	return n.Tx.PutOperation(op)
}

// PutPlacement stores it, and remembers the rollout of what a device may not be sent.
func (n *noting) PutPlacement(row mirror.Placement) error {
	if err := n.Tx.PutPlacement(row); err != nil || !notPushed(row) {
		return err
	}
	rec, err := n.Tx.Session(row.Session)
	if err == nil && rec.Operation != "" {
		n.ended = append(n.ended, rec.Operation)
	}
	return err
}

// notPushed reports whether a worker found that something may not be sent.
func notPushed(row mirror.Placement) bool {
	return !row.Settled() && row.Configured.Reason == "NotPushed"
}

// PutSession stores it, and remembers it.
func (n *noting) PutSession(rec mirror.SessionRecord) error {
	n.sessions = append(n.sessions, rec.Session.Name)
	n.noteRelief(rec.Session.Name, rec.Relief)
	return n.Tx.PutSession(rec)
}

// DeleteSession deletes it, and remembers that.
func (n *noting) DeleteSession(name string) error {
	n.sessions = append(n.sessions, name)
	n.noteRelief(name, nil)
	return n.Tx.DeleteSession(name)
}

// PutDevice stores it, and remembers it.
func (n *noting) PutDevice(d mirror.Device) (int64, error) {
	n.devices = append(n.devices, d.Name)
	return n.Tx.PutDevice(d)
}

// DeleteDevice deletes it, and remembers that.
func (n *noting) DeleteDevice(name string) error {
	n.devices = append(n.devices, name)
	return n.Tx.DeleteDevice(name)
}

// watched are those who wait for the end of an operation. Each hears of its own
// only: with hundreds of writes a second and hundreds who wait, a look at the
// store by all at each write would be most of the work.
type watched struct {
	mu sync.Mutex
	by map[string]map[chan struct{}]bool // operation id
}

// on gives a channel that gets a value when an operation was stored as ended, or a device
// may not be sent what it wants, until off is called.
func (w *watched) on(id string) (ended <-chan struct{}, off func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[string]map[chan struct{}]bool{}
	}
	if w.by[id] == nil {
		w.by[id] = map[chan struct{}]bool{}
	}
	w.by[id][c] = true
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if delete(w.by[id], c); len(w.by[id]) == 0 {
			delete(w.by, id)
		}
	}
}

func (w *watched) tell(ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range ids {
		for c := range w.by[id] {
			select {
			case c <- struct{}{}:
			default: // it was told
			}
		}
	}
}
