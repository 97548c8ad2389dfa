package drivertest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/worker"
)

// confirms proves, of a driver whose pushes can wait to be confirmed, that they
// wait only when the device asks for it, that they are listed, confirmed, taken
// back and gone at their time, and that what others have waiting is told.
func (s Suite) confirms(t *testing.T) {
	if s.Driver.Confirms == nil {
		return
	}
	r := s.newRig(t)
	r.confirmer(r.conn)
	f := r.local("d1", from("p1", mirror.Both))
	part := func(name string, run func()) {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.connect() // that of the part before was closed with it
			run()
		})
	}
	part("a push that stands", func() {
		if report := r.pushOf(f); !report.Until.IsZero() {
			r.t.Errorf("a push that was not to wait waits until %v", report.Until)
		}
		r.waits(r.conn, "")
		r.apply()
	})
	if s.Driver.Confirms.Usual {
		r.dev.Target.Device.Confirm = ""
		part("confirmed as usual", func() { r.confirmed(f) })
	}
	r.dev.Target.Device.Confirm = mirror.ConfirmTimer
	part("confirmed", func() { r.confirmed(f) })
	part("taken back", func() {
		before := r.dev.Config()
		tx := r.waiting(f)
		if err := r.ender().Abort(r.t.Context(), tx); err != nil {
			r.t.Fatalf("take back: %v", err)
		}
		r.asBefore(before, tx)
	})
	part("unknown", func() { r.unknown("contract-unknown") })
	if s.can(t, "expiry", r.dev.Expire != nil) {
		part("at its time", func() {
			before := r.dev.Config()
			tx := r.waiting(f)
			r.dev.Expire()
			r.asBefore(before, tx)
		})
	}
	if s.can(t, "occupied", r.dev.Occupy != nil) {
		part("another hand", r.occupied)
	}
}

// confirmer demands that a connection can confirm.
func (r *rig) confirmer(conn worker.Conn) worker.Confirmer {
	r.t.Helper()
	c, ok := conn.(worker.Confirmer)
	if !ok {
		r.t.Fatal("the driver has Confirms, and its connections are no Confirmers")
	}
	return c
}

// another opens a second connection to the device.
func (r *rig) another() worker.Conn {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	conn, err := r.s.Driver.Connect(ctx, r.target())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ender is who ends a push that waits: any other connection, or the one that made it.
func (r *rig) ender() worker.Confirmer {
	r.t.Helper()
	if r.s.Driver.Confirms.Wait == mirror.WaitTrial {
		return r.confirmer(r.conn)
	}
	return r.confirmer(r.another())
}

// pushOf pushes what leads to fragments, one stage of it, and demands that all is
// taken.
func (r *rig) pushOf(fragments ...mirror.Fragment) mirror.PushReport {
	r.t.Helper()
	list, payload := r.render(r.info(), fragments)
	if len(list) == 0 {
		r.t.Fatal("there is nothing to push")
	}
	r.claim(list)
	report := r.push(payload)
	for _, b := range report.Blocks {
		if b.Err != nil {
			r.t.Fatalf("%s: %v", b.Mark, b.Err)
		}
	}
	return report
}

// waiting makes a push that waits, and gives its transaction.
func (r *rig) waiting(fragments ...mirror.Fragment) string {
	r.t.Helper()
	report := r.pushOf(fragments...)
	window := r.dev.Target.Device.Window(r.s.Driver.Confirms.Usual)
	if left := time.Until(report.Until); left <= 0 || left > window {
		r.t.Fatalf("the push waits until %v, want within %v", report.Until, window)
	}
	tx := "contract-" + strconv.Itoa(r.pushes)
	r.waits(r.conn, tx)
	return tx
}

// waits demands that a connection tells that one push of ours waits, or with "" none.
func (r *rig) waits(conn worker.Conn, tx string) {
	r.t.Helper()
	list, err := r.confirmer(conn).Pending(r.t.Context())
	if err != nil {
		r.t.Fatalf("what waits: %v", err)
	}
	rules := *r.s.Driver.Confirms
	ours := slices.DeleteFunc(list, func(w mirror.Pending) bool { return !w.Ours })
	switch {
	case tx == "" && len(ours) == 0:
	case tx != "" && len(ours) == 1 && ours[0].Kind == rules.Wait && (ours[0].Tx == tx || rules.Wait == mirror.WaitTrial && ours[0].Tx == ""):
	default:
		r.t.Errorf("of ours waits %+v, want %q of kind %s", ours, tx, rules.Wait)
	}
}

// confirmed: it lasts, whatever time passes.
func (r *rig) confirmed(f mirror.Fragment) {
	r.t.Helper()
	tx := r.waiting(f)
	if r.s.Driver.Confirms.Wait == mirror.WaitTrial {
		if err := r.confirmer(r.another()).Confirm(r.t.Context(), tx); !errors.Is(err, mirror.ErrUnsupported) && !errors.Is(err, mirror.ErrNotFound) {
			r.t.Errorf("another connection's confirmation gave %v", err)
		}
	} else if r.listed() {
		r.waits(r.another(), tx)
	}
	if err := r.ender().Confirm(r.t.Context(), tx); err != nil {
		r.t.Fatalf("confirm: %v", err)
	}
	if r.listed() {
		r.waits(r.conn, "")
	}
	r.unknown(tx)
	if r.dev.Expire != nil {
		r.dev.Expire()
	}
	if list, _ := r.render(r.info(), []mirror.Fragment{f}); len(list) != 0 {
		r.t.Errorf("what was confirmed is not held: %+v", list)
	}
	tx = r.waiting() // and goes the same way
	if err := r.ender().Confirm(r.t.Context(), tx); err != nil {
		r.t.Fatalf("confirm: %v", err)
	}
}

// listed reports whether the device tells every connection what waits, or each what it
// made itself.
func (r *rig) listed() bool {
	r.t.Helper()
	return r.s.can(r.t, "listed", r.s.Unproved["listed"] == "")
}

// asBefore demands that a push is gone without a trace, and does not wait.
func (r *rig) asBefore(before, tx string) {
	r.t.Helper()
	if diff := cmp.Diff(before, r.dev.Config()); diff != "" {
		r.t.Errorf("the configuration is not what it was: %s", diff)
	}
	r.connect() // what was pushed over the connection is not there any more
	r.ledger = nil
	r.waits(r.conn, "")
	r.unknown(tx)
}

// unknown: what does not wait cannot be ended.
func (r *rig) unknown(tx string) {
	r.t.Helper()
	c := r.confirmer(r.conn)
	if err := c.Confirm(r.t.Context(), tx); !errors.Is(err, mirror.ErrNotFound) {
		r.t.Errorf("confirming what does not wait gave %v, want ErrNotFound", err)
	}
	if err := c.Abort(r.t.Context(), tx); !errors.Is(err, mirror.ErrNotFound) {
		r.t.Errorf("taking back what does not wait gave %v, want ErrNotFound", err)
	}
}

// occupied: what another hand has waiting or locked is told as theirs.
func (r *rig) occupied() {
	r.t.Helper()
	theirs := func() (n int) {
		list, err := r.confirmer(r.conn).Pending(r.t.Context())
		if err != nil {
			r.t.Fatalf("what waits: %v", err)
		}
		for _, w := range list {
			if !w.Ours && w.Kind != "" {
				n++
			}
		}
		return n
	}
	if n := theirs(); n != 0 {
		r.t.Errorf("%d things of another hand wait on an idle device", n)
	}
	release := r.dev.Occupy()
	if n := theirs(); n != 1 {
		r.t.Errorf("%d things of another hand wait, want 1", n)
	}
	release()
	if n := theirs(); n != 0 {
		r.t.Errorf("%d things of another hand still wait", n)
	}
}
