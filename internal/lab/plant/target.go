package plant

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// A Target is what was typed at one connection and not committed: changes, not a copy.
// What others commit meanwhile stays in force below them. It ends with its connection,
// and a commit of it that waits can be confirmed by that connection alone.
type Target[C any] struct {
	Session
	edits []func(C)
	trial *Wait[C]
	seen  int // how many commits there were when it was opened or committed last
}

// A Session is a Target as it is listed.
type Session struct {
	// ID, User and Line say whose it is; Since when it was opened.
	ID, User, Line string
	Since          time.Time
	// Client is what the commits of it are listed as; "" is a command line, "CLI".
	Client string
	// Locked keeps others from committing until it was committed itself.
	Locked bool
	// Waits is the commit of a session that waits to be confirmed.
	Waits bool

	until time.Time // when a lost one is listed no more
}

// A Commit is one of a Target, or what took one back.
type Commit[C any] struct {
	ID                 int // they are counted
	Label, Comment     string
	User, Line, Client string
	At                 time.Time
	Was                C // what was in force before
	session            Session
}

// A log is what a Store knows of Targets.
type log[C any] struct {
	targets []*Target[C]
	lost    []Session
	commits []Commit[C]
	count   int
}

// mostCommits is how many commits are listed.
const mostCommits = 100

// Why a Store refuses a Target; the platform finds the words.
var (
	// ErrLocked: another Target is locked.
	ErrLocked = errors.New("another session has locked the configuration")
	// ErrEnded: a trial of the Target is over, or there never was one.
	ErrEnded = errors.New("no commit of this session waits to be confirmed")
)

// Open begins a Target. One that locks needs that nothing waits and nobody else has
// locked. Errors: ErrWaits, ErrLocked.
func (s *Store[C]) Open(who Session) (*Target[C], error) {
	switch {
	case who.Locked && s.Waiting != nil:
		return nil, ErrWaits
	case who.Locked && s.Locker() != nil:
		return nil, ErrLocked
	}
	who.Since = time.Now()
	t := &Target[C]{Session: who, seen: s.log.count}
	s.log.targets = append(s.log.targets, t)
	return t, nil
}

// Sessions are those that are open, those whose connection was lost not long ago, and
// the one whose commit waits.
func (s *Store[C]) Sessions() (out []Session) {
	for _, t := range s.log.targets {
		out = append(out, t.Session)
	}
	s.log.lost = slices.DeleteFunc(s.log.lost, func(l Session) bool { return time.Now().After(l.until) })
	out = append(out, s.log.lost...)
	if w := s.Waiting; w != nil && w.commit != nil {
		trial := w.commit.session
		trial.Waits = true
		out = append(out, trial)
	}
	return out
}

// Commits are the last ones, the newest first.
func (s *Store[C]) Commits() []Commit[C] { return s.log.commits }

// Locker is the Target that keeps others from committing, or nil.
func (s *Store[C]) Locker() *Target[C] {
	if i := slices.IndexFunc(s.log.targets, func(t *Target[C]) bool { return t.Locked }); i >= 0 {
		return s.log.targets[i]
	}
	return nil
}

// Shut ends a Target with what was not committed. A commit of it that waits runs on,
// and nobody can confirm it any more. One whose connection is lost stays listed for a
// while of the switch's clock.
func (s *Store[C]) Shut(t *Target[C], lingers time.Duration) {
	s.log.targets = slices.DeleteFunc(s.log.targets, func(o *Target[C]) bool { return o == t })
	if lingers > 0 {
		row := t.Session
		row.Locked, row.until = false, time.Now().Add(s.keep.Clock.Real(lingers))
		s.log.lost = append(s.log.lost, row)
	}
}

// Add types a change.
func (t *Target[C]) Add(edit func(C)) { t.edits = append(t.edits, edit) }

// Copy is what was typed so far, apart: it is in no list, and cannot be committed.
func (t *Target[C]) Copy() *Target[C] { return &Target[C]{edits: slices.Clone(t.edits), seen: t.seen} }

// Take is what was typed, which is then forgotten.
func (t *Target[C]) Take() []func(C) {
	edits := t.edits
	t.Clear()
	return edits
}

// Clear forgets what was typed.
func (t *Target[C]) Clear() { t.edits = nil }

// With is what would be in force with a Target: a copy.
func (s *Store[C]) With(t *Target[C]) C {
	c := s.keep.Clone(s.Running)
	for _, edit := range t.edits {
		edit(c)
	}
	return c
}

// Changes reports whether a Target would change anything.
func (s *Store[C]) Changes(t *Target[C]) bool {
	return len(t.edits) > 0 && s.keep.Text(s.With(t)) != s.keep.Text(s.Running)
}

// Overtaken reports whether others committed since a Target was opened or committed
// last.
func (s *Store[C]) Overtaken(t *Target[C]) bool { return t.seen != s.log.count }

// Tries reports whether a commit of a Target waits to be confirmed.
func (s *Store[C]) Tries(t *Target[C]) bool { return s.Waiting != nil && s.Waiting == t.trial }

// Put puts a Target in force and leaves it empty and unlocked; label and comment are
// those of the commit, if something changes. With a window it is taken back unless the
// same Target confirms it; without one it confirms what it has waiting. What is in force
// is the startup configuration as soon as nothing waits. Errors: ErrWaits, ErrLocked.
func (s *Store[C]) Put(t *Target[C], label, comment string, window time.Duration) error {
	mine := s.Tries(t)
	switch l := s.Locker(); {
	case s.Waiting != nil && (!mine || window > 0):
		return ErrWaits
	case l != nil && l != t:
		return ErrLocked
	}
	done := Commit[C]{Label: label, Comment: comment, User: t.User, Line: t.Line, Client: cmp.Or(t.Client, "CLI"), Was: s.Running, session: t.Session}
	done.session.Locked = false
	if s.Changes(t) {
		s.put(s.With(t))
		s.commit(done)
	}
	t.Clear()
	t.seen, t.Locked = s.log.count, false
	switch {
	case mine:
		s.Stop()
	case window > 0:
		t.trial = &Wait[C]{Was: done.Was, commit: &done}
		s.wait(t.trial, window)
		return nil
	}
	s.Save(t.User)
	return nil
}

// commit lists a commit.
func (s *Store[C]) commit(c Commit[C]) {
	s.Changed(c.User)
	s.log.count++
	c.ID, c.At = s.log.count, s.ChangedAt
	s.log.commits = append([]Commit[C]{c}, s.log.commits[:min(len(s.log.commits), mostCommits-1)]...)
}

// Revoke takes back at once what a Target has waiting. Error: ErrEnded.
func (s *Store[C]) Revoke(t *Target[C]) error {
	if !s.Tries(t) {
		return ErrEnded
	}
	s.tookBack(s.Waiting)
	return s.TakeBack(t.User)
}

// tookBack lists what took a trial back.
func (s *Store[C]) tookBack(w *Wait[C]) {
	if c := w.commit; c != nil {
		s.commit(Commit[C]{User: c.User, Line: c.Line, Client: "Rollback", Was: s.Running})
	}
}
