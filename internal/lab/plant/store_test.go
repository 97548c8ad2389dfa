package plant

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/netmirror/netmirror/internal/testkit"
)

// lines is a configuration for tests.
type lines struct{ l []string }

func (c *lines) add(s string) { c.l = append(c.l, s) }

func newLines(text string) *lines { return &lines{strings.Fields(text)} }

func store(change func(*Keeping[*lines])) *Store[*lines] {
	k := Keeping[*lines]{Clone: func(c *lines) *lines { return &lines{append([]string(nil), c.l...)} },
		Text: func(c *lines) string { return strings.Join(c.l, " ") }, Load: newLines, Done: 1}
	if change != nil {
		change(&k)
	}
	s := NewStore(k)
	s.Running = newLines("a b")
	return s
}

func (c *lines) is(t *testing.T, want string) {
	t.Helper()
	if got := strings.Join(c.l, " "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWhatIsNotSavedIsGoneAfterBoot(t *testing.T) {
	saves := 0
	s := store(func(k *Keeping[*lines]) { k.Saved = func() { saves++ } })
	s.Save("x")
	s.Running.add("c")
	if _, err := s.Edit("one", "x"); err != nil {
		t.Fatal(err)
	}
	s.Boot()
	s.Running.is(t, "a b")
	if saves != 1 || len(s.Candidates()) != 0 || s.SavedBy != "x" {
		t.Errorf("%d saves, %d candidates, saved by %q", saves, len(s.Candidates()), s.SavedBy)
	}
}

// A candidate is a copy: its commit puts back what others changed meanwhile,
// unless changes are merged.
func TestCommitReplacesWhatOthersChanged(t *testing.T) {
	for _, merges := range []bool{false, true} {
		s := store(func(k *Keeping[*lines]) {
			k.Merges = func() bool { return merges }
			k.Merge = func(base, work, running *lines) (*lines, bool) {
				return &lines{append(append([]string(nil), running.l...), work.l[len(base.l):]...)}, true
			}
		})
		c, _ := s.Edit("one", "x")
		c.Work.add("mine")
		s.Running.add("theirs")
		if err := s.Commit(c, "x", 0); err != nil {
			t.Fatal(err)
		}
		s.Running.is(t, map[bool]string{false: "a b mine", true: "a b theirs mine"}[merges])
		if err := s.Commit(c, "x", 0); !errors.Is(err, ErrOver) {
			t.Errorf("a second commit: %v", err)
		}
	}
}

func TestCandidatesHaveACapAndOldOnesAreForgotten(t *testing.T) {
	s := store(func(k *Keeping[*lines]) { k.MaxPending = func() int { return 1 } })
	one, _ := s.Edit("one", "x")
	if _, err := s.Edit("two", "y"); !errors.Is(err, ErrFull) {
		t.Errorf("a second candidate: %v", err)
	}
	if again, err := s.Edit("one", "y"); again != one || err != nil || one.Holder != "y" {
		t.Errorf("going back in: %v, %v", again, err)
	}
	if err := s.Abort(one, "y"); err != nil || one.State != Aborted {
		t.Errorf("%v, %s", err, one.State)
	}
	two, err := s.Edit("two", "y")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(two, "y", 0); err != nil || s.Candidate("one") != nil || s.Candidate("two") == nil {
		t.Errorf("%v; of those that are over the last alone is listed: %v", err, s.Candidates())
	}
}

func TestACommitWaitsUntilItIsConfirmedOrTakenBack(t *testing.T) {
	s := store(nil)
	commit := func() *Candidate[*lines] {
		s.Running = newLines("a b")
		c, _ := s.Edit("one", "x")
		c.Work.add("mine")
		if err := s.Commit(c, "x", time.Hour); err != nil || !s.Waits(c) {
			t.Fatal(err)
		}
		s.Running.add("theirs")
		return c
	}
	c := commit()
	other, _ := s.Edit("two", "y")
	if err := s.Commit(other, "y", 0); !errors.Is(err, ErrWaits) {
		t.Errorf("another commit: %v", err)
	}
	if err := s.Guard("more", time.Hour); !errors.Is(err, ErrWaits) {
		t.Errorf("another timer: %v", err)
	}
	if left := s.Left(); left <= 59*time.Minute || left > time.Hour {
		t.Errorf("%v left", left)
	}
	if err := s.Commit(c, "z", 0); err != nil || s.Waiting != nil || c.DoneBy != "z" {
		t.Errorf("confirmed: %v, %v", err, s.Waiting)
	}
	s.Running.is(t, "a b mine theirs")
	s.Forget(c)
	c = commit()
	if err := s.Abort(c, "z"); err != nil || c.State != Aborted {
		t.Errorf("%v, %s", err, c.State)
	}
	s.Running.is(t, "a b")
	for _, err := range []error{s.Confirm("z"), s.TakeBack("z")} {
		if !errors.Is(err, ErrNothing) {
			t.Errorf("nothing waits: %v", err)
		}
	}
}

// The clock's factor makes an hour a moment; the lag counts as well.
func TestTheTimerTakesTheWholeConfigurationBack(t *testing.T) {
	expired := make(chan string, 1)
	s := store(func(k *Keeping[*lines]) {
		k.Clock, k.Lag = Clock{Factor: 360_000}, time.Minute
		k.Expired = func(w *Wait[*lines]) { expired <- w.Name }
	})
	s.Lock()
	c, _ := s.Edit("one", "x")
	c.Work.add("mine")
	if err := s.Commit(c, "x", time.Hour); err != nil {
		t.Fatal(err)
	}
	s.Running.add("theirs")
	s.Unlock()
	select {
	case name := <-expired:
		if name != "one" {
			t.Errorf("expired: %s", name)
		}
	case <-time.After(testkit.Patience):
		t.Fatal("the timer never fired")
	}
	s.Lapse() // nothing waits
	s.Lock()
	defer s.Unlock()
	s.Running.is(t, "a b")
	if s.Candidate("one") != nil || s.Waiting != nil {
		t.Error("the candidate is still listed")
	}
	c, _ = s.Edit("two", "x")
	c.Work.add("mine")
	if err := s.Commit(c, "x", time.Hour); err != nil {
		t.Fatal(err)
	}
	s.Unlock()
	s.Lapse()
	s.Lock()
	s.Running.is(t, "a b")
	if name := <-expired; name != "two" || s.Waiting != nil {
		t.Errorf("the time of %s ran out, %v waits", name, s.Waiting)
	}
	if err := s.Guard("in place", time.Hour); err != nil {
		t.Fatal(err)
	}
	s.Running.add("c")
	if err := s.TakeBack("x"); err != nil {
		t.Fatal(err)
	}
	s.Running.is(t, "a b")
}
