package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
	"github.com/netmirror/netmirror/internal/store"
)

// A rig is a worker that runs when a test says so, over a store in a file.
type rig struct {
	t     *testing.T
	db    mirror.Store
	b     *box
	s     *Shared
	w     *Worker
	close func() error // of the store
	stops string       // the failpoint at which the controller dies
	held  string       // what keeps the controller from pushing
}

// errKilled is what a run panics with that ends as by kill -9.
var errKilled = fmt.Errorf("killed")

// Desk.

func (r *rig) Update(ctx context.Context, fn func(mirror.Tx) error) error {
	return r.db.Update(ctx, fn)
}
func (r *rig) Record(ctx context.Context, _ bool, fn func(mirror.Tx) ([]string, error)) (func(), error) {
	return func() {}, r.db.Update(ctx, func(tx mirror.Tx) error {
		_, err := fn(tx)
		return err
	})
}
func (r *rig) Target(d mirror.Device) (mirror.Target, error) {
	return mirror.Target{Device: d, Transport: d.Transports.Config, Instance: r.s.Instance}, nil
}
func (r *rig) HeldBack() string { return r.held }
func (r *rig) StepLater(string) {}
func (r *rig) Returned(string)  {}

const grace = 200 * time.Millisecond

func newRig(t *testing.T, rules Confirms, change ...func(*mirror.Device)) *rig {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r := &rig{t: t, db: db, close: db.Close, b: &box{rules: rules, natives: map[string]mirror.NativeSession{}, facts: mirror.Facts{Model: "box", Version: "1", Uptime: time.Hour, LearnedAt: time.Now()}}}
	device := mirror.Device{Name: "sw", Platform: "box", Confirm: mirror.ConfirmTimer, ConfirmGrace: mirror.Duration(grace),
		Transports: mirror.Transports{Config: mirror.Transport{Protocol: "memory", Address: "127.0.0.1"}}}.WithDefaults()
	for _, f := range change {
		f(&device)
	}
	r.update(func(tx mirror.Tx) (err error) {
		if r.s.Instance, err = tx.Instance(); err != nil {
			return err
		}
		_, err = tx.PutDevice(device)
		return err
	})
	return r
}

// restart makes a new worker over the store, as after a start of the controller.
func (r *rig) restart(numbered bool) {
	instance := ""
	if r.s != nil {
		instance = r.s.Instance
	}
	log := slog.New(slog.NewTextHandler(r.t.Output(), nil))
	timeouts := Timeouts{Settle: 80 * time.Millisecond, Fresh: time.Nanosecond, Dial: 5 * time.Second, Push: 50 * time.Millisecond}
	r.s = &Shared{Store: r.db, Desk: r, Log: log, Instance: instance, Owner: "me", Timeouts: timeouts.WithDefaults(), Resync: time.Minute,
		Drivers: map[string]Driver{"box/memory": r.b.driver(numbered)}, Lanes: NewLanes(4), Logins: NewLogins(r.db, log), States: NewStates(r.db, log), Reads: NewReads(r.db, log),
		Failpoint: func(step string) {
			if step == r.stops {
				r.stops = ""
				panic(errKilled)
			}
		}}
	r.w = New(r.s, "sw")
}

func (r *rig) update(fn func(mirror.Tx) error) {
	r.t.Helper()
	if r.s == nil {
		r.restart(false)
	}
	if err := r.db.Update(r.t.Context(), fn); err != nil {
		r.t.Fatal(err)
	}
}

// fragment copies port p1 to dest.
func fragment(session, dest string) *mirror.Fragment {
	return &mirror.Fragment{Session: session, Device: "sw", Spec: mirror.NativeSpec{Role: mirror.RoleLocal,
		Sources:      []mirror.NativeSource{{Port: "p1", Direction: mirror.Both}},
		Destinations: []mirror.PortName{mirror.PortName(dest)}, Options: mirror.Options{Tags: mirror.TagsPreserve}}}
}

// want moves the goal of a session: copies to dest, "" = none.
func (r *rig) want(session, dest string) {
	r.t.Helper()
	var f *mirror.Fragment
	if dest != "" {
		f = fragment(session, dest)
	}
	r.wantFragment(session, f)
}

// wantFragment moves the goal of a session to a fragment, nil = none.
func (r *rig) wantFragment(session string, f *mirror.Fragment) {
	r.t.Helper()
	r.update(func(tx mirror.Tx) error {
		rows, err := tx.Placements(session)
		if err != nil {
			return err
		}
		row := mirror.Placement{Session: session, Device: "sw", Role: mirror.RoleLocal}
		if len(rows) > 0 {
			row = rows[0]
		}
		if row.Goal, row.GoalRev = f, row.GoalRev+1; f != nil {
			row.Role, row.Ends = f.Spec.Role, f.Spec.Ends()
		}
		row.Target = row.Goal
		if _, err := tx.Session(session); err != nil {
			if err := tx.PutSession(mirror.SessionRecord{Session: mirror.Session{Name: session}}); err != nil {
				return err
			}
		}
		return tx.PutPlacement(row)
	})
}

// run makes one run; false when the controller died in it.
func (r *rig) run() (alive bool) {
	r.t.Helper()
	defer func() {
		if x := recover(); x != nil && x != errKilled { //nolint:errorlint // a panic's value
			panic(x)
		}
	}()
	if err := r.w.run(r.t.Context()); err != nil {
		r.t.Logf("run: %v", err)
	}
	return true
}

func (r *rig) row(session string) mirror.Placement {
	r.t.Helper()
	var rows []mirror.Placement
	r.update(func(tx mirror.Tx) (err error) { rows, err = tx.Placements(session); return err })
	if len(rows) != 1 {
		r.t.Fatalf("session %s has %d rows", session, len(rows))
	}
	return rows[0]
}

// applied demands that a session's goal was reached, and read back.
func (r *rig) applied(session string) {
	r.t.Helper()
	if row := r.row(session); !row.Settled() || row.FailedGoal() || row.Goal != nil && row.Configured.State != mirror.True {
		r.t.Errorf("session %s: %s", session, jsonOf(row))
	}
}

func (r *rig) journal() (out []mirror.JournalEntry) {
	r.t.Helper()
	r.update(func(tx mirror.Tx) (err error) { out, err = tx.Journal("sw"); return err })
	return out
}

// pass lets the time of what waits go by, and its grace.
func (r *rig) pass() {
	r.t.Helper()
	r.update(func(tx mirror.Tx) error {
		entries, err := tx.Journal("sw")
		for _, e := range entries {
			e.Until = time.Now().Add(-2 * grace)
			if err := tx.PutJournal(e); err != nil {
				return err
			}
		}
		return err
	})
}

// expire lets the device take back what waits, and all its time go by.
func (r *rig) expire() {
	r.t.Helper()
	r.b.edit(func() {
		if r.b.tx != "" {
			r.b.goBack()
		}
		r.b.others = slices.DeleteFunc(r.b.others, func(w mirror.Pending) bool { return w.Kind == mirror.WaitTrial })
	})
	r.pass()
}

// events are the types of the events but those of no interest here.
func (r *rig) events() string {
	r.t.Helper()
	var out []string
	r.update(func(tx mirror.Tx) error {
		events, err := tx.Events(0, 0)
		for _, e := range events {
			if !slices.Contains([]string{"DeviceReachable", "DeviceUnreachable", "DriftSeen"}, e.Type) {
				out = append(out, e.Type)
			}
		}
		return err
	})
	return strings.Join(out, ", ")
}

// cutOff is a push that some other run made and did not end: session a to d1. The
// journal knows it, and the device holds it or not, and waits for it or not.
func (r *rig) cutOff(held, waits bool, until time.Time) {
	r.t.Helper()
	r.want("a", "d1")
	info := plan.DeviceInfo{Device: mirror.Device{Name: "sw"}, Capabilities: r.b.driver(false).Capabilities(mirror.Facts{}), Instance: r.s.Instance}
	changes := plan.Diff(plan.Compose(r.s.Instance, "sw", []mirror.Fragment{*fragment("a", "d1")}), info)
	after := *changes[0].After
	r.update(func(tx mirror.Tx) error {
		line := mirror.Native{Device: "sw", Mark: changes[0].Mark, ID: after.ID, Spec: after.Spec, Created: time.Now()}
		if err := tx.PutNative(line); err != nil {
			return err
		}
		if err := tx.PutDeviceState(mirror.DeviceState{Device: "sw", Unsaved: unsaved(nil, changes, time.Now())}); err != nil {
			return err
		}
		return tx.PutJournal(mirror.JournalEntry{Device: "sw", Tx: "cut", Changes: changes, At: time.Now().Add(-time.Minute), Until: until, Wait: r.b.rules.Wait})
	})
	r.b.edit(func() {
		if held {
			r.b.natives[after.ID] = after
		}
		if waits && r.b.rules.Wait == mirror.WaitTimer {
			r.b.tx, r.b.until, r.b.before = "cut", until, map[string]mirror.NativeSession{}
		}
		if waits && r.b.rules.Wait == mirror.WaitTrial {
			r.b.others = []mirror.Pending{{Kind: mirror.WaitTrial}}
		}
	})
}

func jsonOf(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
