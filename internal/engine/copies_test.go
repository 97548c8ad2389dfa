package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
	"github.com/netmirror/netmirror/internal/testkit"
)

// copies are all that were kept, in words: source, from and to, who, and how it ended.
func (b *bench) copies(q mirror.CopyQuery) (out []string) {
	b.t.Helper()
	q.Limit = 1000
	for _, c := range must(b.FindCopies(b.t.Context(), q)).Copies {
		if c.Began.IsZero() || c.Ended.Before(c.Began) != c.Ended.IsZero() || (c.Ending == "") != c.Ended.IsZero() {
			b.t.Errorf("times of %+v", c)
		}
		out = append(out, copyText(c))
	}
	return out
}

func copyText(c mirror.Copy) string {
	var to []string
	for _, d := range c.To {
		to = append(to, strings.Trim(d.Tool+"="+d.Device+":"+d.Interface+d.IP, "=:"))
	}
	text := fmt.Sprintf("%s %s:%s %s to %s by %s", c.Session, c.Source.Device, c.Source.Place(), c.Source.Direction, strings.Join(to, ","), c.Actor)
	if c.Earlier {
		text += ", earlier"
	}
	return strings.TrimSpace(text + " " + c.Ending)
}

func (b *bench) copied(when string, want ...string) {
	b.t.Helper()
	if got := b.copies(mirror.CopyQuery{}); !slices.Equal(got, want) {
		b.t.Errorf("%s:\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestCopiesOfASession: what is kept of a session that is made, changed, found drifted and
// deleted.
func TestCopiesOfASession(t *testing.T) {
	b := newBench(t, nil, one())
	b.submit("s", "sw1:d1", "sw1:p1", "sw1:p2 rx")
	first := []string{"s sw1:p1 both to sw1:d1 by tester", "s sw1:p2 rx to sw1:d1 by tester"}
	b.copied("made", first...)
	b.submit("s", "sw1:d1", "sw1:p1", "sw1:p2 rx")
	b.copied("the same again", first...)
	b.submit("s", "sw1:d1", "sw1:p1", "sw1:p3")
	first[1] += " changed"
	b.copied("another source", append(first, "s sw1:p3 both to sw1:d1 by tester")...)
	s := intent("s", "sw1:d1", "sw1:p1", "sw1:p3")
	s.DriftPolicy = mirror.DriftReport
	b.put(s)
	b.copied("told about drift", append(first, "s sw1:p3 both to sw1:d1 by tester")...)
	sw := b.switches["sw1"]
	id := sw.ids()[0]
	sources := func(to ...mirror.NativeSource) {
		sw.edit(func() {
			n := sw.natives[id]
			n.Spec.Sources = to
			sw.natives[id] = n
		})
		b.settle("sw1")
	}
	sources(mirror.NativeSource{Port: "p1", Direction: mirror.RX})
	all := []string{first[0] + " drift", first[1], "s sw1:p3 both to sw1:d1 by tester drift", "s sw1:p1 rx to sw1:d1 by tester"}
	b.copied("by hand", all...)
	sources(mirror.NativeSource{Port: "p1", Direction: mirror.Both}, mirror.NativeSource{Port: "p3", Direction: mirror.Both})
	all[3] += " changed"
	all = append(all, "s sw1:p1 both to sw1:d1 by tester", "s sw1:p3 both to sw1:d1 by tester")
	b.copied("by hand again", all...)
	b.remove("s")
	all[4], all[5] = all[4]+" deleted", all[5]+" deleted"
	b.copied("deleted", all...)
	if got := b.copies(mirror.CopyQuery{Device: "sw1", Interface: "p3"}); len(got) != 2 {
		t.Errorf("of p3: %v", got)
	}
	if err := b.db.Update(t.Context(), func(tx mirror.Tx) error {
		return tx.PutCopy(mirror.Copy{Session: "v", Source: mirror.Source{Device: "sw1", VLAN: 7, Direction: mirror.RX}, Began: time.Now()})
	}); err != nil {
		t.Fatal(err)
	}
	for written, want := range map[string]int{"vlan 7": 1, "VLAN 7": 1, "vlan 8": 0, "no such port": 0} {
		if got := b.copies(mirror.CopyQuery{Device: "sw1", Interface: written}); len(got) != want {
			t.Errorf("of %s: %v", written, got)
		}
	}
}

// TestWhyCopiesEnd in each way that is no change.
func TestWhyCopiesEnd(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	s := intent("a", "sw1:d1", "sw1:p1")
	s.Enabled = false
	b.submit("a", "sw1:d1", "sw1:p1")
	b.put(s)
	want := []string{"a sw1:p1 both to sw1:d1 by tester disabled"}
	b.copied("disabled", want...)
	s.Enabled, s.Purpose = true, &mirror.Purpose{Reason: "jitter"}
	b.put(s)
	s.Purpose = &mirror.Purpose{Reason: "theft"}
	b.put(s)
	want = append(want, "a sw1:p1 both to sw1:d1 by tester changed", "a sw1:p1 both to sw1:d1 by tester")
	b.copied("for another purpose", want...)
	b.release("a")
	want[2] += " released"
	b.copied("let go of", want...)
	if len(sw.ids()) != 1 {
		t.Fatalf("on the device: %v", sw.ids())
	}

	s = intent("l", "sw1:d2", "sw1:p2")
	s.Lease = &mirror.Lease{Duration: time.Hour}
	b.put(s)
	want = append(want, "l sw1:p2 both to sw1:d2 by tester")
	lease := must(b.FindCopies(t.Context(), mirror.CopyQuery{Session: "l", Limit: 1})).Copies[0].Lease
	b.wait(must(b.Renew(t.Context(), admin, "l", &mirror.Lease{Duration: 2 * time.Hour})).Operation.ID)
	b.copied("renewed", want...)
	if later := must(b.FindCopies(t.Context(), mirror.CopyQuery{Session: "l", Limit: 1})).Copies[0].Lease; !later.After(lease.Add(30 * time.Minute)) {
		t.Errorf("the lease was %v, and is %v", lease, later)
	}
	must(b.Renew(t.Context(), admin, "l", &mirror.Lease{Until: time.Now().Add(time.Second)}))
	b.reach("l", mirror.Expired)
	want[3] += " expired"
	b.copied("expired", want...)

	sw.foreignSession("theirs", "p3", "d2")
	b.settle("sw1")
	b.wait(must(b.Adopt(t.Context(), admin, "sw1", "theirs", mirror.Session{Name: "z"})).Operation.ID)
	want = append(want, "z sw1:p3 rx to sw1:d2 by tester, earlier")
	b.copied("adopted", want...)
}

// TestCopiesOfADeviceThatIsAway end when it is read again.
func TestCopiesOfADeviceThatIsAway(t *testing.T) {
	b := newBench(t, nil, one())
	sw := b.switches["sw1"]
	b.submit("s", "sw1:d1", "sw1:p1")
	want := []string{"s sw1:p1 both to sw1:d1 by tester"}
	sw.edit(func() { sw.down = true })
	res := must(b.Remove(t.Context(), admin, "s", ""))
	testkit.Eventually(t, patience, "the device is found to be away", func() bool { return b.reachable("sw1").State == mirror.False })
	b.copied("away", want...)
	b.stop()
	b.start()
	b.copied("after a restart", want...)
	sw.edit(func() { sw.down = false })
	b.wait(res.Operation.ID)
	b.copied("back", want[0]+" deleted")
}

// TestCopiesAreWhatDevicesHold: whatever is written in whatever order, what is copied now is
// what the placements say, and what was copied before has an end. The model is a set.
func TestCopiesAreWhatDevicesHold(t *testing.T) {
	testkit.Fewer(t, 20) // a write to a file each; -rapid.checks=500 tries more
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "netmirror.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	keeping := engine.Recording(db)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		names := []string{fmt.Sprintf("a%d", run), fmt.Sprintf("b%d", run)}
		m := copyModel{open: map[string]map[string]string{}, sessions: map[string]mirror.SessionRecord{}, rows: map[mirror.PlacementKey]mirror.Placement{}}
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				name := rapid.SampledFrom(names).Draw(t, "session")
				steps := rapid.IntRange(1, 3).Draw(t, "steps")
				next, calls := m.clone(), []func(mirror.Tx) error{}
				for range steps {
					calls = append(calls, next.draw(t, name))
				}
				lost := errors.New("it is rolled back")
				give := rapid.Bool().Draw(t, "rolled back")
				err := keeping.Update(context.Background(), func(tx mirror.Tx) error {
					for _, call := range calls {
						if err := call(tx); err != nil {
							return err
						}
					}
					if give {
						return lost
					}
					return nil
				})
				switch {
				case give && errors.Is(err, lost):
				case err != nil:
					t.Fatal(err)
				default:
					m = next
					m.settle(name)
				}
			},
			"": func(t *rapid.T) {
				for _, name := range names {
					var open []mirror.Copy
					var all mirror.CopyPage
					err := db.View(context.Background(), func(tx mirror.Tx) (err error) {
						if open, err = tx.OpenCopies(name); err == nil {
							all, err = tx.FindCopies(mirror.CopyQuery{Session: name, Limit: 1000})
						}
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
					got := map[string]string{}
					for _, c := range open {
						got[copyText(c)] = c.Purpose.Reason
					}
					if !maps.Equal(got, m.open[name]) || len(open) != len(got) {
						t.Fatalf("copied for %s: %v, want %v", name, got, m.open[name])
					}
					if len(all.Copies)-len(open) != m.over[name] {
						t.Fatalf("%d copies for %s are over, want %d", len(all.Copies)-len(open), name, m.over[name])
					}
				}
			},
		})
	})
}

// A copyModel is what copies are to be: those that go on, by their text with their
// purposes, and how many are over, of each session.
type copyModel struct {
	open     map[string]map[string]string
	over     map[string]int
	sessions map[string]mirror.SessionRecord
	rows     map[mirror.PlacementKey]mirror.Placement
}

func (m copyModel) clone() copyModel {
	return copyModel{maps.Clone(m.open), maps.Clone(m.over), maps.Clone(m.sessions), maps.Clone(m.rows)}
}

// draw is a write of an engine or of a worker, which the model knows of.
func (m copyModel) draw(t *rapid.T, name string) func(mirror.Tx) error {
	rec, there := m.sessions[name]
	if !there || rapid.IntRange(0, 5).Draw(t, "what") == 0 {
		if there && rapid.Bool().Draw(t, "delete") {
			delete(m.sessions, name)
			maps.DeleteFunc(m.rows, func(k mirror.PlacementKey, _ mirror.Placement) bool { return k.Session == name })
			return func(tx mirror.Tx) error { return tx.DeleteSession(name) }
		}
		rec.Session.Name, rec.UpdatedBy = name, rapid.SampledFrom([]string{"ann", "ben"}).Draw(t, "actor")
		rec.Session.Purpose = &mirror.Purpose{Reason: rapid.SampledFrom([]string{"", "x"}).Draw(t, "purpose")}
		m.sessions[name] = rec
		read := rapid.Bool().Draw(t, "read before")
		return func(tx mirror.Tx) error {
			if read {
				if _, err := tx.Session(name); err != nil && !errors.Is(err, mirror.ErrNotFound) {
					return err
				}
			}
			return tx.PutSession(rec)
		}
	}
	device := rapid.SampledFrom([]string{"sw1", "sw2"}).Draw(t, "device")
	p := mirror.Placement{Session: name, Device: device, Role: mirror.RoleLocal, Ends: "d1", GoalRev: 1, AppliedRev: 1}
	read := rapid.Bool().Draw(t, "read first")
	if rapid.IntRange(0, 4).Draw(t, "placement") == 0 {
		delete(m.rows, p.Key())
		return func(tx mirror.Tx) error {
			if read {
				if _, err := tx.Placements(name); err != nil {
					return err
				}
			}
			return tx.DeletePlacement(p.Key())
		}
	}
	port := rapid.SampledFrom([]mirror.PortName{"p1", "p2", "p3"})
	directions := rapid.SampledFrom([]mirror.Direction{mirror.RX, mirror.TX, mirror.Both})
	if sources := rapid.SliceOfNDistinct(port, 0, 3, rapid.ID).Draw(t, "sources"); len(sources) > 0 {
		p.Applied = &mirror.Fragment{Session: name, Device: device, Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"}, Shut: rapid.IntRange(0, 6).Draw(t, "shut") == 0}}
		for _, s := range sources {
			p.Applied.Spec.Sources = append(p.Applied.Spec.Sources, mirror.NativeSource{Port: s, Direction: directions.Draw(t, "direction")})
			if rapid.IntRange(0, 3).Draw(t, "missing") == 0 {
				p.Missing = append(p.Missing, mirror.NativeSource{Port: s, Direction: directions.Draw(t, "missing direction")})
			}
		}
		p.Target = p.Applied
	}
	m.rows[p.Key()] = p
	return func(tx mirror.Tx) error {
		if read {
			if _, err := tx.PlacementsByDevice(device); err != nil {
				return err
			}
		}
		return tx.PutPlacement(p)
	}
}

// settle says what is copied for a session at the end of a transaction.
func (m *copyModel) settle(name string) {
	now := map[string]string{}
	rec := m.sessions[name]
	for key, p := range m.rows {
		if key.Session != name || p.Applied == nil || p.Applied.Spec.Shut {
			continue
		}
		for _, s := range p.Applied.Spec.Sources {
			goes := map[mirror.Direction]bool{mirror.RX: s.Direction != mirror.TX, mirror.TX: s.Direction != mirror.RX}
			for _, lost := range p.Missing {
				if lost.Port == s.Port {
					goes[mirror.RX] = goes[mirror.RX] && lost.Direction == mirror.TX
					goes[mirror.TX] = goes[mirror.TX] && lost.Direction == mirror.RX
				}
			}
			direction := map[[2]bool]string{{true, true}: "both", {true, false}: "rx", {false, true}: "tx"}[[2]bool{goes[mirror.RX], goes[mirror.TX]}]
			if direction == "" {
				continue
			}
			text := fmt.Sprintf("%s %s:%s %s to %s:d1", name, key.Device, s.Port, direction, key.Device)
			by := " by " + rec.UpdatedBy
			for had, purpose := range m.open[name] { // who asked first
				if strings.HasPrefix(had, text+" by ") && purpose == rec.Session.Purpose.Reason {
					by = strings.TrimPrefix(had, text)
				}
			}
			now[text+by] = rec.Session.Purpose.Reason
		}
	}
	if m.over == nil {
		m.over = map[string]int{}
	}
	for had, purpose := range m.open[name] {
		if is, there := now[had]; !there || is != purpose {
			m.over[name]++
		}
	}
	m.open[name] = now
}

// BenchmarkPlacementWrite is what the record of copies adds to the write of a placement,
// beside 5,000 other sessions: where what is held is the same, and where it is not.
func BenchmarkPlacementWrite(b *testing.B) {
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "netmirror.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	keeping := engine.Recording(db)
	row := func(name string, d mirror.Direction) mirror.Placement {
		f := &mirror.Fragment{Session: name, Device: "sw1", Spec: mirror.NativeSpec{Role: mirror.RoleLocal, Destinations: []mirror.PortName{"d1"}, Sources: []mirror.NativeSource{{Port: "p1", Direction: d}}}}
		return mirror.Placement{Session: name, Device: "sw1", Role: mirror.RoleLocal, Ends: "d1", Target: f, Goal: f, GoalRev: 1, Applied: f, AppliedRev: 1}
	}
	err = keeping.Update(b.Context(), func(tx mirror.Tx) error {
		for i := range 5000 {
			name := fmt.Sprintf("s%04d", i)
			if err := tx.PutSession(mirror.SessionRecord{Session: mirror.Session{Name: name}, Generation: 1, UpdatedBy: "ann"}); err != nil {
				return err
			}
			if err := tx.PutPlacement(row(name, mirror.RX)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		store  mirror.Store
		change bool
	}{{"the same, without", db, false}, {"the same", keeping, false}, {"another, without", db, true}, {"another", keeping, true}} {
		b.Run(c.name, func(b *testing.B) {
			for i := range b.N {
				session := fmt.Sprintf("s%04d", i%5000)
				err := c.store.Update(b.Context(), func(tx mirror.Tx) error {
					rows, err := tx.Placements(session)
					if err != nil {
						return err
					}
					next := rows[0]
					if next.CheckedAt = time.Now(); c.change {
						next.Applied = row(session, map[mirror.Direction]mirror.Direction{mirror.RX: mirror.TX, mirror.TX: mirror.RX}[next.Applied.Spec.Sources[0].Direction]).Applied
					}
					return tx.PutPlacement(next)
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
