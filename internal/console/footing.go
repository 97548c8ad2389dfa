package console

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmirror/netmirror/internal/console/text"
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
	if result.Err = c.stale(steps, was); result.Err != nil {
		return result, nil
	}
	answers, cause, err := c.sendFooting(ctx, s.lines, steps, was)
	if err != nil {
		return result, err
	}
	result.Answer = transcript(answers)
	if cause == nil {
		c.madeGrounds(steps)
		return result, nil
	}
	result.Err = cause
	if err := c.takeFootingBack(ctx, b.Change, steps, was); err != nil {
		result.Err = fmt.Errorf("%w; taking it back: %v", cause, err) //nolint:errorlint // the kind is that of the refusal
	}
	return result, nil
}

// stale says why steps do not go together with the device as it is now, nil = they do:
// it is not as it was when they were written, or what they take away is used by now.
// changes are those of the same commit.
func (c *Conn) stale(steps []step, now mirror.Observation, changes ...mirror.Change) error {
	for _, s := range steps {
		switch {
		case !s.fits(now) || s.seen(c.seen()) != s.seen(now):
			return fmt.Errorf("%s: %s is not as it was read: %w", c.device, s.about(), mirror.ErrChanged)
		case s.harms(now, changes...):
			return c.inUse(s)
		}
	}
	return nil
}

// madeGrounds has what was made, and has a name, asked for by the read behind the push:
// it is what later reads compare with.
func (c *Conn) madeGrounds(steps []step) {
	o := &c.state.observation
	for _, s := range steps {
		f := s.footing()
		if _, there := o.Footing(f.Kind, f.Name); f.Name != "" && !s.takesAway() && !there {
			o.Footings = append(slices.Clip(o.Footings), f)
		}
	}
}

// sendFooting sends the lines of a footing. The line that removes a VLAN takes
// whatever is under that number by then, so it goes alone, behind a read that shows
// the VLAN as it was and no session on it. So does that which removes an access list,
// whose session may copy everything then, a tunnel interface or the device's origin.
// cause is why the block failed, err of the connection.
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

func (c *Conn) inUse(s step) error {
	return fmt.Errorf("%s: %s is used by another hand by now: %w", c.device, s.about(), mirror.ErrChanged)
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
	if back := displaced(steps, was, now); len(back) > 0 {
		if err := c.lead(ctx, now, back...); err != nil {
			return err
		}
		if now, err = c.standing(ctx); err != nil {
			return err
		}
	}
	undo := mirror.Change{Mark: change.Mark, Before: partly(change, steps, func(s step) bool { return s.undone(change.Mark, was, now) }), After: change.Before}
	if undo.After == nil {
		undo.After = &mirror.NativeSession{ID: undo.Before.ID, Spec: bare(undo.Before.Spec)}
	}
	if err := c.lead(ctx, now, undo); err != nil {
		return err
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

// lead makes changes of footings on the way back.
func (c *Conn) lead(ctx context.Context, now mirror.Observation, changes ...mirror.Change) error {
	for _, change := range changes {
		s, err := c.d.footingStage(now, change)
		if err != nil {
			return err
		}
		if len(s.lines) == 0 {
			continue
		}
		answers, err := c.configure(ctx, s.lines, nil)
		if err != nil {
			return err
		}
		if answers.Err != nil {
			return answers.Err
		}
	}
	return nil
}

// undone reports whether a step was done and is to be undone: what another hand has
// touched since is left as it is, and so is what a session stands on by now.
func (s step) undone(mark string, was, now mirror.Observation) bool {
	v, exists := now.VLAN(s.vlan)
	_, existed := was.VLAN(s.vlan)
	f := s.footing()
	_, stands := now.Footing(f.Kind, f.Name)
	_, stood := was.Footing(f.Kind, f.Name)
	p, _ := now.Port(s.port)
	switch {
	case s.seen(now) == s.seen(was):
		return false
	case s.verb == "fill": // one that stood before stays: emptied, it would copy more
		return !stood && !s.under(now)
	case s.verb == "make":
		return !existed && (v.Name == mark || v.Name == "") && !s.under(now)
	case s.verb == "unmake":
		return !exists // one that is there again is another hand's
	case s.verb == "at":
		return slices.Contains(p.Lists, s.name) && displacedList(s, was) == ""
	case s.verb == "off":
		return len(p.Lists) == 0
	case s.verb == "build":
		return stood || !s.under(now)
	case s.verb == "dissolve":
		return !stands
	case s.verb == "set": // another address takes its place again, see displaced
		return originOf(now) == s.name && originOf(was) == ""
	case s.verb == "unset":
		return originOf(now) == ""
	}
	return true
}

// displaced are the changes that bring back what a block had put something of ours in
// the place of: the list that a port had before, and the device's former origin.
func displaced(steps []step, was, now mirror.Observation) (out []mirror.Change) {
	put := func(before, after mirror.Footing) {
		c := mirror.Change{After: &mirror.NativeSession{ID: after.ID(), Spec: after.Spec()}}
		if before.Made {
			c.Before = &mirror.NativeSession{ID: before.ID(), Spec: before.Spec()}
		}
		out = append(out, c)
	}
	for _, s := range steps {
		p, _ := now.Port(s.port)
		switch {
		case s.seen(now) == s.seen(was):
		case s.verb == "at" && slices.Contains(p.Lists, s.name) && displacedList(s, was) != "":
			list := mirror.Footing{Kind: mirror.FootingFilter, Name: displacedList(s, was), Made: true}
			at := list
			at.Ports = []mirror.PortName{s.port}
			put(list, at)
		case s.verb == "set" && originOf(now) == s.name && originOf(was) != "":
			put(mirror.Footing{}, mirror.Footing{Kind: mirror.FootingOrigin, Name: originOf(was), Made: true})
		}
	}
	return out
}

// displacedList is the list of netmirror's that stood at the port of a step, "" = none.
func displacedList(s step, was mirror.Observation) string {
	p, _ := was.Port(s.port)
	for _, l := range p.Lists {
		if l != s.name && text.OwnList.MatchString(l) {
			return l
		}
	}
	return ""
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
		case "make", "fill", "set":
			f.Made = true
		case "build":
			f.Made, f.Tunnel = true, c.After.Spec.Footing.Tunnel
		case "unmake", "drop", "dissolve", "unset":
			f.Made = false
		case "at":
			f = f.Plus(mirror.Footing{Ports: []mirror.PortName{s.port}})
		case "off":
			f = f.Minus(mirror.Footing{Ports: []mirror.PortName{s.port}})
		case "add":
			f = f.Plus(mirror.Footing{Trunks: []mirror.PortName{s.port}})
		case "remove":
			f = f.Minus(mirror.Footing{Trunks: []mirror.PortName{s.port}})
		case "prepare", "open":
			f.Setup = c.After.Spec.Footing.Setup
		case "shut", "restore":
			f.Setup = nil
		}
	}
	out.Spec = f.Spec()
	return out
}
