package worker

import (
	"context"
	"fmt"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// proved is the answer to who asked for proofs.
type proved struct {
	proofs mirror.Proofs
	err    error
}

// Proofs asks for a run that tries what the driver relies on.
func (w *Worker) Proofs(ctx context.Context) (mirror.Proofs, error) {
	reply := make(chan proved, 1)
	w.ask(func() { w.urgent, w.provers = true, append(w.provers, reply) })
	select {
	case p := <-reply:
		return p.proofs, p.err
	case <-w.done:
		return mirror.Proofs{}, fmt.Errorf("device %s: %w: %w", w.name, ErrStopped, mirror.ErrUnreachable)
	case <-ctx.Done():
		return mirror.Proofs{}, fmt.Errorf("device %s was not tried in time: %w", w.name, mirror.ErrTimeout)
	}
}

// prove tries the device for whoever asked, after a run that ended with err.
func (w *Worker) prove(ctx context.Context, err error) {
	w.mu.Lock()
	asked := w.provers
	w.provers = nil
	w.mu.Unlock()
	if len(asked) == 0 {
		return
	}
	var p mirror.Proofs
	if prover, ok := w.conn.(Prover); ok && err == nil {
		limits := w.s.tuning(w.device).Timeouts
		ctx, cancel := context.WithTimeout(ctx, limits.Push.Std()+limits.Read.Std())
		defer cancel()
		var broken bool
		p, broken, err = prover.Prove(ctx)
		if broken || err != nil {
			w.disconnect()
		}
		w.settleTypeAhead(ctx, p)
	}
	drv, fault := w.s.Driver(w.device)
	if c, ok := w.conn.(Confirmer); ok && err == nil && fault == nil && drv.Confirms != nil {
		p.Items = append(p.Items, w.proveWaits(ctx, c))
	}
	for _, reply := range asked {
		reply <- proved{p, err}
	}
}

// proveWaits tells whether something on the device keeps from pushing now.
func (w *Worker) proveWaits(ctx context.Context, c Confirmer) mirror.Proof {
	ctx, cancel := context.WithTimeout(ctx, w.s.tuning(w.device).Timeouts.Read.Std())
	defer cancel()
	list, err := c.Pending(ctx)
	if err != nil {
		return mirror.Proof{Name: "waits", State: mirror.Unknown, Message: err.Error()}
	}
	for _, x := range list {
		if x.Ours && x.Kind == mirror.WaitCandidate || !w.hindered(x) {
			continue
		}
		return mirror.Proof{Name: "waits", State: mirror.False, Message: waitText(x)}
	}
	return mirror.Proof{Name: "waits", State: mirror.True, Message: "the device tells of no commit that waits to be confirmed, and of no lock"}
}

// settleTypeAhead stores what a check found the device to bear; what was learned
// of keepalives is tried again.
func (w *Worker) settleTypeAhead(ctx context.Context, p mirror.Proofs) {
	st := w.memory.transport
	switch p.TypeAhead {
	case mirror.TypeAheadOff:
		st.TypeAhead = mirror.TypeAheadOff
		for _, item := range p.Items {
			if item.State == mirror.False && item.Name == "type-ahead" {
				st.Reason = item.Message
			}
		}
		st.Since = time.Now().UTC()
	case mirror.TypeAheadAuto:
		st = mirror.TransportState{}
	default:
		return
	}
	if st.TypeAhead == w.memory.transport.TypeAhead && st.NoKeepalive == w.memory.transport.NoKeepalive {
		return
	}
	w.disconnect() // the next connection is spoken to so
	w.saveLearned(ctx, st)
}
