package plant

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Keeping is how a platform keeps configurations of type C. C is usually a
// pointer; a Store changes none, it puts them in force and copies them. All
// functions are called with the Store locked.
type Keeping[C any] struct {
	// Clone copies a configuration.
	Clone func(C) C
	// Text writes one as it is saved.
	Text func(C) string
	// Load reads a saved text as a restart does.
	Load func(text string) C
	// InForce is told that Running was replaced; may be nil.
	InForce func()
	// Saved is told of each save; may be nil.
	Saved func()

	// Clock is that of the timer of an unconfirmed commit, Lag how late it
	// fires.
	Clock Clock
	Lag   time.Duration
	// Expired is told that the timer fired and what it took back; may be nil.
	// Running is already what it was before.
	Expired func(*Wait[C])

	// MaxPending is how many candidates may be open at a time; nil = no limit.
	MaxPending func() int
	// Merge puts what was changed in a candidate (from base to work) into the
	// running configuration, or fails. Nil, or a second result of false from
	// Merges: the candidate replaces the whole configuration, and what others
	// changed since it was opened is lost.
	Merge func(base, work, running C) (C, bool)
	// Merges reports whether Merge is used; nil = always.
	Merges func() bool
	// Done is how many candidates that are over are listed; the oldest go.
	Done int
}

// A Store is the one keeper of a switch's configuration: running and startup
// configuration, candidates, and a commit that waits to be confirmed. Its
// methods and Running are used with the lock held.
type Store[C any] struct {
	sync.Mutex
	// Running is in force. A platform without candidates edits it in place.
	Running C
	// Startup is the text that was saved last.
	Startup string
	// ChangedAt and ChangedBy are of the last change, SavedAt and SavedBy of the
	// last save; zero times mean never.
	ChangedAt, SavedAt time.Time
	ChangedBy, SavedBy string
	// Waiting is the commit that nobody has confirmed yet, or nil.
	Waiting *Wait[C]

	keep       Keeping[C]
	candidates map[string]*Candidate[C]
	log        log[C]
}

// A Candidate is a named copy of the configuration that is edited apart.
type Candidate[C any] struct {
	Name string
	// Base is the configuration when it was opened, Work what was made of it.
	Base, Work C
	State      State
	// Holder is who is in it, "" when nobody is.
	Holder string
	// DoneAt and DoneBy are of its end.
	DoneAt time.Time
	DoneBy string
}

// A State is how far a candidate has come.
type State string

// The states of a candidate. One that waits is Committed, and in Waiting.
const (
	Pending   State = "pending"
	Committed State = "committed"
	Aborted   State = "aborted"
)

// A Wait is a commit that is taken back unless it is confirmed in time.
type Wait[C any] struct {
	Name string
	// Candidate is nil where the running configuration was edited in place.
	Candidate *Candidate[C]
	// Was is the whole configuration before.
	Was C
	// Until is when it is taken back, in real time and without the lag.
	Until time.Time

	timer  *time.Timer
	commit *Commit[C] // of a Target
}

// Why a Store refuses; the platform finds the words.
var (
	// ErrFull: no further candidate may be open.
	ErrFull = errors.New("as many candidates are open as may be")
	// ErrOver: the candidate is committed or aborted.
	ErrOver = errors.New("the candidate is over")
	// ErrWaits: another commit waits to be confirmed.
	ErrWaits = errors.New("a commit waits to be confirmed")
	// ErrConflict: the candidate does not fit what others changed meanwhile.
	ErrConflict = errors.New("the configuration was changed meanwhile")
	// ErrNothing: no commit waits.
	ErrNothing = errors.New("no commit waits to be confirmed")
)

// NewStore is a Store without a configuration: set Running, or Startup and Boot.
func NewStore[C any](k Keeping[C]) *Store[C] {
	return &Store[C]{keep: k, candidates: map[string]*Candidate[C]{}}
}

// Changed notes who changed the running configuration in place.
func (s *Store[C]) Changed(by string) { s.ChangedAt, s.ChangedBy = time.Now(), by }

// Save makes the running configuration the startup one.
func (s *Store[C]) Save(by string) {
	s.Startup = s.keep.Text(s.Running)
	s.SavedAt, s.SavedBy = time.Now(), by
	if s.keep.Saved != nil {
		s.keep.Saved()
	}
}

// Boot restarts from the startup configuration: candidates and a commit that
// waits are gone with what was not saved.
func (s *Store[C]) Boot() {
	s.Stop()
	clear(s.candidates)
	s.log.targets, s.log.lost = nil, nil
	s.ChangedAt, s.ChangedBy = time.Time{}, ""
	s.put(s.keep.Load(s.Startup))
}

// Stop forgets the commit that waits, which is in force for good.
func (s *Store[C]) Stop() {
	if s.Waiting != nil {
		s.Waiting.timer.Stop()
		s.Waiting = nil
	}
}

func (s *Store[C]) put(c C) {
	s.Running = c
	if s.keep.InForce != nil {
		s.keep.InForce()
	}
}

// Candidate returns a candidate by name, or nil.
func (s *Store[C]) Candidate(name string) *Candidate[C] { return s.candidates[name] }

// Candidates lists the candidates by name, those that are over as far as they
// are still listed.
func (s *Store[C]) Candidates() []*Candidate[C] {
	var out []*Candidate[C]
	for _, name := range slices.Sorted(maps.Keys(s.candidates)) {
		out = append(out, s.candidates[name])
	}
	return out
}

// PendingCount is the number of open candidates.
func (s *Store[C]) PendingCount() int {
	n := 0
	for _, c := range s.candidates {
		if c.State == Pending {
			n++
		}
	}
	return n
}

// Waits reports whether a candidate is the one that waits to be confirmed.
func (s *Store[C]) Waits(c *Candidate[C]) bool {
	return s.Waiting != nil && s.Waiting.Candidate == c && c != nil
}

// Edit opens a candidate, or goes back into one that is pending or waits.
// Errors: ErrFull, ErrOver.
func (s *Store[C]) Edit(name, holder string) (*Candidate[C], error) {
	c := s.candidates[name]
	switch {
	case c != nil && c.State != Pending && !s.Waits(c):
		return nil, ErrOver
	case c == nil && s.keep.MaxPending != nil && s.PendingCount() >= s.keep.MaxPending():
		return nil, ErrFull
	case c == nil:
		c = &Candidate[C]{Name: name, Base: s.keep.Clone(s.Running), Work: s.keep.Clone(s.Running), State: Pending}
		s.candidates[name] = c
	}
	c.Holder = holder
	return c, nil
}

// Commit puts a candidate in force. With a window it waits to be confirmed and
// is taken back when that is over; without one, the commit of a candidate that
// waits confirms it, with what was typed into it since. Errors: ErrOver,
// ErrWaits, ErrConflict.
func (s *Store[C]) Commit(c *Candidate[C], by string, window time.Duration) error {
	mine := s.Waits(c)
	switch {
	case s.Waiting != nil && (!mine || window > 0):
		return ErrWaits
	case mine:
		if s.keep.Text(c.Work) != s.keep.Text(c.Base) {
			s.put(s.keep.Clone(c.Work))
			s.Changed(by)
		}
		return s.Confirm(by)
	case c.State != Pending:
		return ErrOver
	}
	next := s.keep.Clone(c.Work)
	if s.keep.Merge != nil && (s.keep.Merges == nil || s.keep.Merges()) {
		var fits bool
		if next, fits = s.keep.Merge(c.Base, c.Work, s.Running); !fits {
			return ErrConflict
		}
	}
	was := s.Running
	s.put(next)
	s.Changed(by)
	s.over(c, Committed, by)
	c.Base = s.keep.Clone(c.Work)
	if window > 0 {
		s.wait(&Wait[C]{Name: c.Name, Candidate: c, Was: was}, window)
	}
	return nil
}

// Guard keeps a copy of the running configuration, which comes back unless what
// is changed in place from now on is confirmed in time. Error: ErrWaits.
func (s *Store[C]) Guard(name string, window time.Duration) error {
	if s.Waiting != nil {
		return ErrWaits
	}
	s.wait(&Wait[C]{Name: name, Was: s.keep.Clone(s.Running)}, window)
	return nil
}

func (s *Store[C]) wait(w *Wait[C], window time.Duration) {
	w.Until = time.Now().Add(s.keep.Clock.Real(window))
	s.Waiting = w
	w.timer = time.AfterFunc(s.keep.Clock.Real(window+s.keep.Lag), func() { s.expire(w) })
}

func (s *Store[C]) expire(w *Wait[C]) {
	s.Lock()
	defer s.Unlock()
	if s.Waiting != w {
		return // it was confirmed or taken back while the timer fired
	}
	s.Waiting = nil
	if w.Candidate != nil {
		delete(s.candidates, w.Candidate.Name)
	}
	s.tookBack(w)
	s.put(w.Was)
	if s.keep.Expired != nil {
		s.keep.Expired(w)
	}
}

// Lapse lets the time run out now in which what waits can be confirmed.
func (s *Store[C]) Lapse() {
	s.Lock()
	w := s.Waiting
	s.Unlock()
	if w != nil {
		w.timer.Stop()
		s.expire(w)
	}
}

// Extend gives what waits another window from now on. Error: ErrNothing.
func (s *Store[C]) Extend(window time.Duration) error {
	if s.Waiting == nil {
		return ErrNothing
	}
	w := *s.Waiting // a timer that fires meanwhile is the other's
	s.Waiting.timer.Stop()
	s.wait(&w, window)
	return nil
}

// Left is the time that the switch says is left to confirm.
func (s *Store[C]) Left() time.Duration {
	if s.Waiting == nil {
		return 0
	}
	return max(0, s.keep.Clock.Told(time.Until(s.Waiting.Until)))
}

// Confirm keeps what waits for good. Error: ErrNothing.
func (s *Store[C]) Confirm(by string) error {
	w := s.Waiting
	if w == nil {
		return ErrNothing
	}
	s.Stop()
	if w.Candidate != nil {
		s.over(w.Candidate, Committed, by)
	}
	return nil
}

// TakeBack puts back the whole configuration of before what waits: what anybody
// changed since is lost. Error: ErrNothing.
func (s *Store[C]) TakeBack(by string) error {
	w := s.Waiting
	if w == nil {
		return ErrNothing
	}
	s.Stop()
	if w.Candidate != nil {
		s.over(w.Candidate, Aborted, by)
	}
	s.put(w.Was)
	return nil
}

// Abort drops a candidate; one that waits is taken back. Error: ErrOver.
func (s *Store[C]) Abort(c *Candidate[C], by string) error {
	switch {
	case s.Waits(c):
		return s.TakeBack(by)
	case c.State != Pending:
		return ErrOver
	}
	s.over(c, Aborted, by)
	return nil
}

// Forget takes a candidate off the list.
func (s *Store[C]) Forget(c *Candidate[C]) { delete(s.candidates, c.Name) }

// over ends a candidate and keeps the list of those that are over short.
func (s *Store[C]) over(c *Candidate[C], state State, by string) {
	c.State, c.DoneAt, c.DoneBy, c.Holder = state, time.Now(), by, ""
	var done []*Candidate[C]
	for _, o := range s.candidates {
		if o.State != Pending && !s.Waits(o) {
			done = append(done, o)
		}
	}
	slices.SortFunc(done, func(a, b *Candidate[C]) int { return b.DoneAt.Compare(a.DoneAt) })
	for _, o := range done[min(s.keep.Done, len(done)):] {
		delete(s.candidates, o.Name)
	}
}
