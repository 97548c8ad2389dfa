package plant

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func sharedStore(expired *int) *Shared[*lines] {
	s := NewShared(Keeping[*lines]{Clone: func(c *lines) *lines { return &lines{append([]string(nil), c.l...)} },
		Text: func(c *lines) string { return strings.Join(c.l, " ") }, Load: newLines, Expired: func(*Wait[*lines]) { *expired++ },
		Merge: func(base, work, now *lines) (*lines, bool) {
			return &lines{append(now.l, work.l[len(base.l):]...)}, true
		}}, 3, Entry[*lines]{By: "root"})
	s.Startup = "a b"
	s.Boot()
	return s
}

func told() string { return "somebody " }

func TestSharedCandidateHasDoors(t *testing.T) {
	s := sharedStore(new(int))
	x, y := s.NewEditor(told), s.NewEditor(told)
	enter := func(e *Editor[*lines], m Mode, want error) {
		t.Helper()
		if err := e.Enter(m, 2); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	enter(x, Alone, nil)
	for _, m := range []Mode{Together, Alone, Apart} {
		enter(y, m, ErrHeld)
	}
	x.Candidate().add("c")
	x.Leave()
	s.Work.is(t, "a b")
	enter(x, Together, nil)
	x.Candidate().add("c")
	enter(y, Alone, ErrEdited)
	enter(y, Apart, ErrEdited)
	enter(y, Together, nil)
	enter(s.NewEditor(told), Together, ErrFull)
	x.Leave()
	y.Leave()
	s.Work.is(t, "a b c")
	s.Discard()
	enter(x, Apart, nil)
	enter(y, Together, ErrApart)
	x.Candidate().add("d")
	s.Commit(newLines("a b e"), Entry[*lines]{By: "z"})
	x.Commit(Entry[*lines]{By: "x"})
	s.Running.is(t, "a b e d")
	if got := s.Listed(Apart); got != "somebody " || s.Listed(Alone) != "" || x.Changed() || s.Edited() != true {
		t.Errorf("%q, changed %v, edited %v", got, x.Changed(), s.Edited())
	}
}

func TestSharedCommitsAreConfirmedByAnybodyAndLast(t *testing.T) {
	expired := 0
	s := sharedStore(&expired)
	arm := func(text string) { s.Commit(newLines(text), Entry[*lines]{By: "x", Window: time.Hour}); s.Discard() }
	arm("a b c")
	e := s.NewEditor(told)
	if err := e.Enter(Together, 2); err != nil {
		t.Fatal(err)
	}
	e.Commit(Entry[*lines]{By: "y"})
	if s.Waiting != nil || s.Startup != "a b c" || len(s.History) != 2 {
		t.Errorf("waiting %v, startup %q, %d commits", s.Waiting, s.Startup, len(s.History))
	}
	arm("a b c d")
	s.Boot()
	if s.Running.is(t, "a b c d"); s.Waiting != nil || s.History[0].By != "x" {
		t.Error("a restart forgets what was committed, or that nothing waits")
	}
	arm("a b c d e")
	s.Lapse()
	s.Running.is(t, "a b c d")
	s.Work.is(t, "a b c d")
	if len(s.History) != 3 || s.History[0].By != "root" || s.Startup != "a b c d" || expired != 1 {
		t.Errorf("%+v, startup %q, expired %d", s.History, s.Startup, expired)
	}
	arm("x")
	s.Work.add("edited")
	s.Lapse()
	s.Work.is(t, "x edited")
}
