package engine

import (
	"sync"

	"github.com/netmirror/netmirror/internal/mirror"
)

// noting is a transaction that remembers which operations were written.
type noting struct {
	mirror.Tx
	operations []string
}

// PutOperation stores it, and remembers that.
func (n *noting) PutOperation(op mirror.Operation) error {
	n.operations = append(n.operations, op.ID)
	return n.Tx.PutOperation(op)
}

// watched are those who wait for a change of an operation. Each hears of its own
// only: with hundreds of writes a second and hundreds who wait, a look at the
// store by all at each write would be most of the work.
type watched struct {
	mu sync.Mutex
	by map[string]map[chan struct{}]bool // operation id
}

// on gives a channel that gets a value after each write of an operation, until
// off is called.
func (w *watched) on(id string) (news <-chan struct{}, off func()) {
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
			default: // it has not looked since the last
			}
		}
	}
}
