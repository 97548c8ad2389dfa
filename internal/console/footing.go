package console

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/cli"
)

// pushFooting sends the block of a footing. What the block rests on is read again
// first: a VLAN or a trunk that another hand touched since is mirror.ErrChanged, and
// nothing is sent.
func (c *Conn) pushFooting(ctx context.Context, b mirror.Block, s stage) (mirror.BlockResult, error) {
	result := mirror.BlockResult{Mark: b.Mark()}
	g, err := c.d.ground(c.state.observation, b.Change)
	if err != nil {
		result.Err = fmt.Errorf("%s: %w", c.device, err)
		return result, nil
	}
	if len(s.lines) == 0 {
		return result, nil
	}
	c.dirty, c.doubt, c.compared, c.lookAgain = true, true, false, true
	was, err := c.standing(ctx)
	if err != nil {
		return result, err
	}
	steps := g.steps()
	for _, s := range steps {
		if !s.fits(was) || s.seen(c.state.observation) != s.seen(was) {
			result.Err = fmt.Errorf("%s: %s is not as it was read: %w", c.device, s.about(), mirror.ErrChanged)
			return result, nil
		}
	}
	answers, cause, err := c.sendFooting(ctx, s.lines, steps, was)
	if err != nil {
		return result, err
	}
	result.Answer = transcript(answers)
	if cause == nil {
		c.madeLists(steps)
		return result, nil
	}
	result.Err = cause
	if err := c.takeFootingBack(ctx, b.Change, steps, was); err != nil {
		result.Err = fmt.Errorf("%w; taking it back: %v", cause, err) //nolint:errorlint // the kind is that of the refusal
	}
	return result, nil
}

// madeLists has the text of the access lists asked for by the read behind the push: it
// is what later reads compare with.
func (c *Conn) madeLists(steps []step) {
	o := &c.state.observation
	for _, s := range steps {
		if _, there := o.Footing(mirror.FootingFilter, s.list); s.verb == "fill" && !there {
			o.Footings = append(slices.Clip(o.Footings), mirror.Footing{Kind: mirror.FootingFilter, Name: s.list})
		}
	}
}

// sendFooting sends the lines of a footing. The line that removes a VLAN takes
// whatever is under that number by then, so it goes alone, behind a read that shows
// the VLAN as it was and no session on it. So does that which removes an access list:
// a session whose list is gone may copy everything. cause is why the block failed, err of the
// connection.
func (c *Conn) sendFooting(ctx context.Context, lines []cli.Line, steps []step, was mirror.Observation) (answers cli.BlockResult, cause, err error) {
	first, last := lines, []cli.Line(nil)
	end := steps[len(steps)-1]
	if end.takesAway() {
		first, last = lines[:len(lines)-1], lines[len(lines)-1:]
	}
	if len(first) > 0 {
		if answers, err = c.configure(ctx, first, nil); err != nil || answers.Err != nil {
			return answers, answers.Err, err
		}
		if len(last) > 0 {
			if was, err = c.standing(ctx); err != nil {
				return answers, nil, err
			}
		}
	}
	if len(last) == 0 {
		return answers, nil, nil
	}
	if end.seen(was) != end.seen(c.state.observation) || end.under(was) {
		return answers, c.inUse(end), nil
	}
	gone, err := c.configure(ctx, last, nil)
	answers.Lines = append(answers.Lines, gone.Lines...)
	return answers, gone.Err, err
}

// takesAway: the VLAN or the list itself goes, with whatever stands on it by then.
func (s step) takesAway() bool { return s.verb == "unmake" || s.verb == "drop" }

func (c *Conn) inUse(s step) error {
	return fmt.Errorf("%s: %s is used by another hand by now: %w", c.device, s.about(), mirror.ErrChanged)
}

// under: a session stands on the remote VLAN or the access list of a step.
func (s step) under(o mirror.Observation) bool {
	f := mirror.Footing{Kind: mirror.FootingVLAN, VLAN: s.vlan}
	if s.list != "" {
		f = mirror.Footing{Kind: mirror.FootingFilter, Name: s.list}
	}
	return slices.ContainsFunc(o.Natives, func(n mirror.NativeSession) bool { return f.Under(n.Spec) })
}

// standing reads ports, sessions and what else footings are made of, as they are now.
func (c *Conn) standing(ctx context.Context) (mirror.Observation, error) {
	r := &c.d.p.Reads
	replies, err := c.run(ctx, slices.Concat([]string{r.Narrow}, r.Views, r.Ports, r.Grounds)...)
	if err != nil {
		return mirror.Observation{}, err
	}
	around, err := c.surroundings(nil, mirror.Look{}, replies)
	if err != nil {
		return mirror.Observation{}, err
	}
	return c.read(replies, around)
}

// takeFootingBack undoes what was done of a block, and looks whether everything is
// as it was.
func (c *Conn) takeFootingBack(ctx context.Context, change mirror.Change, steps []step, was mirror.Observation) error {
	now, err := c.standing(ctx)
	if err != nil {
		return err
	}
	undo := mirror.Change{Mark: change.Mark, Before: partly(change, steps, func(s step) bool {
		v, exists := now.VLAN(s.vlan)
		_, existed := was.VLAN(s.vlan)
		switch {
		case s.seen(now) == s.seen(was):
			return false
		case s.verb == "fill": // one that stood before stays: emptied, it would copy more
			_, stood := was.Footing(mirror.FootingFilter, s.list)
			return !stood && !s.under(now)
		case s.verb == "drop":
			return true
		case s.verb == "make":
			return !existed && (v.Name == change.Mark || v.Name == "") && !s.under(now)
		case s.verb == "unmake":
			return !exists // one that is there again is another hand's
		}
		return true
	}), After: change.Before}
	if undo.After == nil {
		undo.After = &mirror.NativeSession{ID: undo.Before.ID, Spec: bare(undo.Before.Spec)}
	}
	s, err := c.d.footingStage(now, undo)
	if err != nil {
		return err
	}
	if len(s.lines) > 0 {
		answers, err := c.configure(ctx, s.lines, nil)
		if err != nil {
			return err
		}
		if answers.Err != nil {
			return answers.Err
		}
	}
	if now, err = c.standing(ctx); err != nil {
		return err
	}
	for _, s := range steps {
		if s.seen(now) != s.seen(was) {
			return fmt.Errorf("%s is not as it was", s.about())
		}
	}
	return nil
}

// bare is a footing of the same name to which netmirror added nothing.
func bare(n mirror.NativeSpec) mirror.NativeSpec { return n.Footing.Key().Spec() }

// partly is a footing between the two sides of a change: with those steps taken that
// done names.
func partly(c mirror.Change, steps []step, done func(step) bool) *mirror.NativeSession {
	out := &mirror.NativeSession{}
	switch {
	case c.Before != nil:
		*out = *c.Before
	default:
		out.ID, out.Spec = c.After.ID, bare(c.After.Spec)
	}
	f := *out.Spec.Footing
	for _, s := range steps {
		if !done(s) {
			continue
		}
		switch s.verb {
		case "make", "unmake":
			f.Made = s.verb == "make"
		case "fill", "drop":
			f.Made = s.verb == "fill"
		case "add":
			f = f.Plus(mirror.Footing{Trunks: []mirror.PortName{s.port}})
		case "remove":
			f = f.Minus(mirror.Footing{Trunks: []mirror.PortName{s.port}})
		case "open":
			f.Setup = c.After.Spec.Footing.Setup
		case "shut":
			f.Setup = nil
		}
	}
	out.Spec = f.Spec()
	return out
}
