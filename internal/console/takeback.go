package console

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmirror/netmirror/internal/console/text"
	"github.com/netmirror/netmirror/internal/mirror"
)

// lostError marks an error of the connection on the way.
type lostError struct{ cause error }

func (e *lostError) Error() string { return e.cause.Error() }

// takeBack leads the session to what it was before a block of which the device
// took some lines, and looks whether it is. Where another hand has it meanwhile,
// only what we put in is taken out again.
func (s *sitting) takeBack(ctx context.Context) error {
	s.back = true
	if len(s.taken) == 0 {
		return nil // whatever is there now, nothing of it is ours
	}
	ours, gone := s.content(s.taken)
	now, err := s.c.session(ctx, s.id)
	if err != nil || sameText(s.before, now) {
		return err
	}
	if s.before != nil && s.result.Stranger == nil && !strange(now, s.before.Spec.With(ours), s.before.Spec.Beyond(gone)) {
		return s.restore(ctx, now, ours)
	}
	return s.takeOut(ctx, now, ours, gone)
}

// restore leads to what was before. A session that cannot be expressed as it is
// now is emptied of what was there and of what was sent, and filled anew.
func (s *sitting) restore(ctx context.Context, now *mirror.NativeSession, ours mirror.NativeSpec) error {
	was := s.before
	changes := []mirror.Change{{Before: now, After: was}}
	switch {
	case was.Opaque != "":
		return fmt.Errorf("session %s was %s, which cannot be written: %w", was.ID, was.Opaque, mirror.ErrUnsupported)
	case now != nil && now.Opaque != "":
		part := *now
		part.Spec = now.Spec.Within(was.Spec.With(ours))
		changes = []mirror.Change{{Before: &part}, {After: was}}
	}
	for _, change := range changes {
		if err := s.apply(ctx, change); err != nil {
			return err
		}
	}
	then, err := s.c.session(ctx, s.id)
	if err == nil && !sameText(was, then) && (then == nil || !was.Spec.Equal(then.Spec)) {
		err = fmt.Errorf("the device holds %q now", text.Quote(textOf(then)))
	}
	return err
}

// takeOut removes what was put in, by name, and the session with it when nothing
// else is in it. What a stranger's session had of the same goes with it, and is put
// back where a look has shown it.
func (s *sitting) takeOut(ctx context.Context, now *mirror.NativeSession, ours, gone mirror.NativeSpec) error {
	if now == nil {
		return nil
	}
	change := mirror.Change{Before: now}
	part, rest := *now, *now
	part.Spec, rest.Spec = now.Spec.Within(ours), now.Spec.Beyond(ours)
	alone := rest.Spec.Vacant() && now.Opaque == ""
	switch {
	case !s.c.d.goesByID(now.Spec):
		change.Before = &part
	case !alone && now.Opaque != "":
		return fmt.Errorf("session %s also holds what was not sent, and is %s: left as it is: %w", now.ID, now.Opaque, mirror.ErrConflict)
	case !alone:
		change.After = &rest
	}
	theirs := s.result.Stranger
	if alone || !part.Spec.Vacant() {
		if err := s.apply(ctx, change); err != nil {
			return err
		}
	}
	then, err := s.c.session(ctx, s.id)
	if err == nil && theirs != nil && !theirs.Spec.Within(ours.With(gone)).Vacant() {
		if err = s.apply(ctx, mirror.Change{Before: then, After: theirs}); err == nil {
			then, err = s.c.session(ctx, s.id)
		}
		rest = *theirs
	}
	if err != nil || then == nil {
		return err
	}
	if !then.Spec.Within(ours).Beyond(rest.Spec).Vacant() || alone && theirs == nil {
		return fmt.Errorf("the device holds %q now", text.Quote(textOf(then)))
	}
	s.found(then)
	return nil
}

// apply sends a change on the way back.
func (s *sitting) apply(ctx context.Context, change mirror.Change) error {
	stages, err := s.c.d.block(s.c.facts, mirror.Observation{}, change)
	if err != nil {
		return err
	}
	for i := range stages {
		st := &stages[i]
		if st.change.After == nil {
			expected := s.before
			s.before = change.Before
			err := s.empty(ctx, st)
			s.before = expected
			if err != nil {
				return err
			}
			continue
		}
		if len(st.lines) == 0 {
			continue
		}
		answers, err := s.c.configure(ctx, st.lines, nil)
		if err != nil {
			return &lostError{err}
		}
		if answers.Err != nil {
			return answers.Err
		}
	}
	return nil
}

func textOf(n *mirror.NativeSession) string {
	if n == nil {
		return ""
	}
	return n.Text
}

// sameText compares in the device's own words.
func sameText(a, b *mirror.NativeSession) bool { return textOf(a) == textOf(b) }

// session reads one session, nil when there is none.
func (c *Conn) session(ctx context.Context, id string) (*mirror.NativeSession, error) {
	replies, err := c.run(ctx, append([]string{c.d.p.Reads.Narrow}, c.d.p.Reads.Views...)...)
	if err != nil {
		return nil, &lostError{err}
	}
	o, err := c.agreed(ctx, replies, nil)
	if errors.Is(err, mirror.ErrUnreachable) || errors.Is(err, mirror.ErrTimeout) {
		return nil, &lostError{err}
	} else if err != nil {
		return nil, err
	}
	return find(o.Natives, id), nil
}
