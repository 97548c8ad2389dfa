package plant

import "time"

// A Shared is a Store with one candidate that everybody edits, and with a history.
// Commits last: each one is the startup configuration. Whoever commits confirms what
// waits, and so does another confirmed commit.
type Shared[C any] struct {
	*Store[C]
	// Work is the shared candidate.
	Work C
	// History are the commits, the newest first, what is in force among them. A restart
	// keeps it.
	History []Entry[C]

	keep    Keeping[C]
	most    int
	editors []*Editor[C]
}

// An Entry is one commit.
type Entry[C any] struct {
	Config           C
	At               time.Time
	By, Via, Comment string
	// Window is that of a commit that had to be confirmed, 0 = none.
	Window time.Duration
}

// NewShared is a Shared without a configuration that lists so many commits: set
// Startup and Boot. What is taken back by itself is committed by the given entry.
func NewShared[C any](k Keeping[C], most int, back Entry[C]) *Shared[C] {
	s := &Shared[C]{keep: k, most: most}
	k.Expired = func(w *Wait[C]) {
		// Edits that nobody committed stay; whoever edited nothing goes back, too. What a
		// device does with such edits is not recorded.
		edited := k.Text(s.Work) != k.Text(s.History[0].Config)
		s.record(back)
		if !edited {
			s.Discard()
		}
		if s.keep.Expired != nil {
			s.keep.Expired(w)
		}
	}
	s.Store = NewStore(k)
	return s
}

// Boot restarts: edits that were not committed are gone, and what waited to be
// confirmed stays for good.
func (s *Shared[C]) Boot() {
	s.Store.Boot()
	for _, e := range s.editors {
		e.Mode = Outside
	}
	s.editors = nil
	s.Discard()
	if len(s.History) == 0 {
		s.record(Entry[C]{By: "root", Via: "other"})
	}
}

// Edited reports whether the shared candidate is not what is in force.
func (s *Shared[C]) Edited() bool { return s.keep.Text(s.Work) != s.keep.Text(s.Running) }

// Discard makes the shared candidate what is in force.
func (s *Shared[C]) Discard() { s.Work = s.keep.Clone(s.Running) }

// Commit puts a configuration in force and confirms what waits. With a window it is
// taken back unless it is confirmed in time.
func (s *Shared[C]) Commit(c C, e Entry[C]) {
	was := s.Running
	s.Stop()
	s.put(s.keep.Clone(c))
	s.record(e)
	if e.Window > 0 {
		s.wait(&Wait[C]{Name: e.Comment, Was: was}, e.Window)
	}
}

// record notes that the running configuration was committed.
func (s *Shared[C]) record(e Entry[C]) {
	e.Config, e.At = s.keep.Clone(s.Running), time.Now()
	s.History = append([]Entry[C]{e}, s.History[:min(len(s.History), s.most-1)]...)
	s.Changed(e.By)
	s.Save(e.By)
}
