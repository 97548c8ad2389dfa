package plant

import (
	"errors"
	"slices"
	"time"
)

// A Mode is how somebody edits a Shared.
type Mode int

// Nobody, or: the candidate that all share; the same, for himself alone; a copy of his
// own, of which what he changed is committed.
const (
	Outside Mode = iota
	Together
	Alone
	Apart
)

// An Editor is somebody who may edit a Shared.
type Editor[C any] struct {
	Mode  Mode
	Since time.Time
	// ID is how doors tell him from others.
	ID int
	// Told is how he is listed.
	Told func() string

	s          *Shared[C]
	base, work C // of a copy
}

// Why a Shared lets nobody in; the platform finds the words.
var (
	// ErrHeld: somebody has it for himself.
	ErrHeld = errors.New("somebody else has the configuration for himself")
	// ErrEdited: the shared candidate holds what nobody committed.
	ErrEdited = errors.New("the shared candidate is edited")
	// ErrApart: somebody edits a copy.
	ErrApart = errors.New("somebody edits a copy of his own")
)

// NewEditor is somebody who does not edit yet.
func (s *Shared[C]) NewEditor(told func() string) *Editor[C] { return &Editor[C]{s: s, Told: told} }

// Listed is how those are listed who edit in one of some modes.
func (s *Shared[C]) Listed(modes ...Mode) (text string) {
	for _, e := range s.editors {
		if slices.Contains(modes, e.Mode) {
			text += e.Told()
		}
	}
	return text
}

// Holder is who has the configuration for himself, nil = nobody.
func (s *Shared[C]) Holder() *Editor[C] {
	if i := slices.IndexFunc(s.editors, func(e *Editor[C]) bool { return e.Mode == Alone }); i >= 0 {
		return s.editors[i]
	}
	return nil
}

// Held reports whether somebody else has the configuration for himself.
func (e *Editor[C]) Held() bool {
	return slices.ContainsFunc(e.s.editors, func(o *Editor[C]) bool { return o.Mode == Alone && o != e })
}

// Enter begins to edit. Errors: ErrHeld, ErrEdited, ErrApart, and ErrFull while so many
// edit.
func (e *Editor[C]) Enter(m Mode, most int) error {
	s := e.s
	switch edited := s.Edited(); {
	case e.Held():
		return ErrHeld
	case len(s.editors) >= most:
		return ErrFull
	case edited && m != Together:
		return ErrEdited
	case m == Together && slices.ContainsFunc(s.editors, func(o *Editor[C]) bool { return o.Mode == Apart }):
		return ErrApart
	}
	e.Mode, e.Since, s.editors = m, time.Now(), append(s.editors, e)
	e.follow()
	return nil
}

func (e *Editor[C]) follow() {
	if e.Mode == Apart {
		e.base, e.work = e.s.keep.Clone(e.s.Running), e.s.keep.Clone(e.s.Running)
	}
}

// Leave ends editing: what was not committed goes, but for the shared candidate that
// nobody had for himself.
func (e *Editor[C]) Leave() {
	if e.Mode == Alone {
		e.s.Discard()
	}
	e.Mode = Outside
	e.s.editors = slices.DeleteFunc(e.s.editors, func(o *Editor[C]) bool { return o == e })
}

// Candidate is what is edited, Before what it is compared with.
func (e *Editor[C]) Candidate() C {
	if e.Mode == Apart {
		return e.work
	}
	return e.s.Work
}

// Before is what a candidate is compared with.
func (e *Editor[C]) Before() C {
	if e.Mode == Apart {
		return e.base
	}
	return e.s.Running
}

// Changed reports whether the candidate holds what was not committed.
func (e *Editor[C]) Changed() bool {
	return e.s.keep.Text(e.Candidate()) != e.s.keep.Text(e.Before())
}

// Replace makes a configuration the candidate.
func (e *Editor[C]) Replace(c C) {
	if c = e.s.keep.Clone(c); e.Mode == Apart {
		e.work = c
	} else {
		e.s.Work = c
	}
}

// Next is what a commit would put in force: of a copy, what was changed in it, in what
// is in force now.
func (e *Editor[C]) Next() C {
	if e.Mode != Apart {
		return e.s.Work
	}
	next, _ := e.s.keep.Merge(e.base, e.work, e.s.Running)
	return next
}

// Commit puts the candidate in force and confirms what waits. Without a window nothing
// is listed where nothing changes. Whoever edits nothing in the shared candidate goes on
// from what is in force then.
func (e *Editor[C]) Commit(with Entry[C]) {
	next, clean := e.Next(), !e.s.Edited()
	if with.Window == 0 && e.s.keep.Text(next) == e.s.keep.Text(e.s.Running) {
		_ = e.s.Confirm(with.By) // something waits, or nothing
	} else if e.s.Commit(next, with); e.Mode != Apart || clean {
		e.s.Discard()
	}
	e.follow()
}
