package plant

import (
	"errors"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

func open(t *testing.T, s *Store[*lines], locked bool) *Target[*lines] {
	t.Helper()
	target, err := s.Open(Session{ID: "1", User: "x", Line: "vty0", Locked: locked})
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func adds(line string) func(*lines) { return func(c *lines) { c.add(line) } }

// A target is changes, not a copy: what others commit meanwhile stays.
func TestATargetKeepsWhatOthersCommit(t *testing.T) {
	saves := 0
	s := store(func(k *Keeping[*lines]) { k.Saved = func() { saves++ } })
	mine, theirs := open(t, s, false), open(t, s, false)
	if s.Changes(mine) || s.Overtaken(mine) {
		t.Error("nothing was typed or committed")
	}
	mine.Add(adds("mine"))
	theirs.Add(adds("theirs"))
	if err := s.Put(theirs, "", "", 0); err != nil || !s.Overtaken(mine) || s.Overtaken(theirs) || s.Startup != "a b theirs" {
		t.Errorf("%v, startup %q", err, s.Startup)
	}
	s.With(mine).is(t, "a b theirs mine")
	if err := s.Put(mine, "", "", 0); err != nil || s.Changes(mine) || s.Overtaken(mine) {
		t.Errorf("%v", err)
	}
	s.Running.is(t, "a b theirs mine")
	mine.Add(adds("dropped"))
	s.Shut(mine, 0)
	s.Boot()
	s.Running.is(t, "a b theirs mine")
	if len(s.Sessions()) != 0 || saves != 2 {
		t.Errorf("%d targets after a restart, %d saves", len(s.Sessions()), saves)
	}
}

// A copy is tried without the target, and what is taken out of one can go into another.
func TestACopyOfATargetIsApart(t *testing.T) {
	s := store(nil)
	mine, theirs := open(t, s, false), open(t, s, false)
	mine.Add(adds("mine"))
	tried := mine.Copy()
	tried.Add(adds("tried"))
	s.With(tried).is(t, "a b mine tried")
	s.With(mine).is(t, "a b mine")
	for _, edit := range mine.Take() {
		theirs.Add(edit)
	}
	if s.Changes(mine) || len(s.Sessions()) != 2 {
		t.Errorf("what was taken is left, %d targets", len(s.Sessions()))
	}
	s.With(theirs).is(t, "a b mine")
}

func TestALockedTargetKeepsOthersFromCommitting(t *testing.T) {
	s := store(nil)
	mine, theirs := open(t, s, true), open(t, s, false)
	if _, err := s.Open(Session{User: "z", Locked: true}); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	theirs.Add(adds("theirs"))
	if err := s.Put(theirs, "", "", 0); !errors.Is(err, ErrLocked) || s.Locker() != mine {
		t.Errorf("a commit beside the lock: %v", err)
	}
	mine.Add(adds("mine"))
	if err := s.Put(mine, "", "", 0); err != nil || s.Locker() != nil {
		t.Errorf("a commit ends the lock: %v", err)
	}
	again := open(t, s, true)
	s.Shut(again, 0)
	if err := s.Put(theirs, "", "", 0); err != nil {
		t.Errorf("the end of a session ends its lock: %v", err)
	}
}

// A trial belongs to its target: no other confirms it, all others wait for it, and a
// restart takes it back.
func TestATrialIsConfirmedByItsTargetAlone(t *testing.T) {
	s := store(nil)
	s.Save("x")
	mine, theirs := open(t, s, true), open(t, s, false)
	arm := func() {
		t.Helper()
		mine.Add(adds("mine"))
		if err := s.Put(mine, "", "", time.Hour); err != nil || !s.Tries(mine) || s.Startup != "a b" {
			t.Fatalf("%v, startup %q", err, s.Startup)
		}
	}
	arm()
	theirs.Add(adds("theirs"))
	if err := s.Put(theirs, "", "", 0); !errors.Is(err, ErrWaits) {
		t.Errorf("another commit: %v", err)
	}
	if _, err := s.Open(Session{User: "z", Locked: true}); !errors.Is(err, ErrWaits) {
		t.Errorf("a lock beside it: %v", err)
	}
	if err := s.Revoke(theirs); !errors.Is(err, ErrEnded) {
		t.Errorf("taken back by another: %v", err)
	}
	if err := s.Put(mine, "", "", time.Hour); !errors.Is(err, ErrWaits) {
		t.Errorf("a second window: %v", err)
	}
	if err := s.Revoke(mine); err != nil || s.Tries(mine) {
		t.Errorf("taken back: %v", err)
	}
	s.Running.is(t, "a b")
	arm()
	s.Boot()
	s.Running.is(t, "a b")
	arm()
	if err := s.Put(mine, "", "", 0); err != nil || s.Waiting != nil || s.Startup != "a b mine" {
		t.Errorf("confirmed: %v, startup %q", err, s.Startup)
	}
	s.Running.is(t, "a b mine")
}

func TestATrialOfALostConnectionRunsOn(t *testing.T) {
	expired := make(chan bool, 1)
	s := store(func(k *Keeping[*lines]) {
		k.Clock, k.Lag = Clock{Factor: 36_000}, 2*time.Second
		k.Expired = func(*Wait[*lines]) { expired <- true }
	})
	s.Lock()
	mine := open(t, s, true)
	mine.Add(adds("mine"))
	if err := s.Put(mine, "try", "", time.Hour); err != nil {
		t.Fatal(err)
	}
	s.Shut(mine, time.Hour)
	if rows := s.Sessions(); len(rows) != 2 || rows[0].Locked || rows[0].Waits || !rows[1].Waits || rows[1].User != "x" {
		t.Errorf("the lost one and what waits are listed: %+v", rows)
	}
	if s.Waiting == nil || s.Locker() != nil {
		t.Error("the trial ended with its connection, or the lock did not")
	}
	s.Unlock()
	select {
	case <-expired:
	case <-time.After(testkit.Patience):
		t.Fatal("the timer never fired")
	}
	s.Lock()
	defer s.Unlock()
	s.Running.is(t, "a b")
	if c := s.Commits(); len(c) != 2 || c[0].Client != "Rollback" || c[1].Label != "try" || c[0].ID != 2 || len(c[0].Was.l) != 3 {
		t.Errorf("%+v", c)
	}
	if !s.Overtaken(mine) {
		t.Error("what took the commit back counts as one")
	}
}
