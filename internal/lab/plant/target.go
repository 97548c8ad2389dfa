package plant

import (
	"errors"
	"slices"
	"time"
)

// A Target is what was typed at one connection and not committed: changes, not a copy.
// What others commit meanwhile stays in force below them. It ends with its connection,
// and a commit of it that waits can be confirmed by that connection alone.
type Target[C any] struct {
	// Holder is whose it is; Since when it was opened.
	Holder string
	Since  time.Time
	// Locked keeps others from committing until it was committed itself.
	Locked bool

	edits []func(C)
	trial *Wait[C]
	seen  int // how many commits there were when it was opened or committed last
}

// Why a Store refuses a Target; the platform finds the words.
var (
	// ErrLocked: another Target is locked.
	ErrLocked = errors.New("another session has locked the configuration")
	// ErrEnded: a trial of the Target is over, or there never was one.
	ErrEnded = errors.New("no commit of this session waits to be confirmed")
)

// Open begins a Target. One that locks needs that nothing waits and nobody else has
// locked. Errors: ErrWaits, ErrLocked.
func (s *Store[C]) Open(holder string, locked bool) (*Target[C], error) {
	switch {
	case locked && s.Waiting != nil:
		return nil, ErrWaits
	case locked && s.Locker() != nil:
		return nil, ErrLocked
	}
	t := &Target[C]{Holder: holder, Since: time.Now(), Locked: locked, seen: s.commits}
	s.targets = append(s.targets, t)
	return t, nil
}

// Targets are those that are open, in the order in which they were opened.
func (s *Store[C]) Targets() []*Target[C] { return slices.Clone(s.targets) }

// Locker is the Target that keeps others from committing, or nil.
func (s *Store[C]) Locker() *Target[C] {
	if i := slices.IndexFunc(s.targets, func(t *Target[C]) bool { return t.Locked }); i >= 0 {
		return s.targets[i]
	}
	return nil
}

// Shut ends a Target with what was not committed. A commit of it that waits runs on,
// and nobody can confirm it any more.
func (s *Store[C]) Shut(t *Target[C]) {
	s.targets = slices.DeleteFunc(s.targets, func(o *Target[C]) bool { return o == t })
}

// Add types a change.
func (t *Target[C]) Add(edit func(C)) { t.edits = append(t.edits, edit) }

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
func (s *Store[C]) Overtaken(t *Target[C]) bool { return t.seen != s.commits }

// Tries reports whether a commit of a Target waits to be confirmed.
func (s *Store[C]) Tries(t *Target[C]) bool { return s.Waiting != nil && s.Waiting == t.trial }

// Put puts a Target in force and leaves it empty and unlocked. With a window it is taken
// back unless the same Target confirms it; without one it confirms what it has waiting.
// What is in force is the startup configuration as soon as nothing waits. Errors:
// ErrWaits, ErrLocked.
func (s *Store[C]) Put(t *Target[C], by string, window time.Duration) error {
	mine := s.Tries(t)
	switch l := s.Locker(); {
	case s.Waiting != nil && (!mine || window > 0):
		return ErrWaits
	case l != nil && l != t:
		return ErrLocked
	}
	was := s.Running
	next := s.With(t)
	t.Clear()
	s.commits++
	t.seen, t.Locked = s.commits, false
	if s.keep.Text(next) != s.keep.Text(was) {
		s.put(next)
		s.Changed(by)
	}
	switch {
	case mine:
		s.Stop()
	case window > 0:
		t.trial = &Wait[C]{Was: was}
		s.wait(t.trial, window)
		return nil
	}
	s.Save(by)
	return nil
}

// Revoke takes back at once what a Target has waiting. Error: ErrEnded.
func (s *Store[C]) Revoke(t *Target[C], by string) error {
	if !s.Tries(t) {
		return ErrEnded
	}
	s.commits++
	return s.TakeBack(by)
}
