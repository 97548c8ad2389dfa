package mib

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/transport/snmp"
)

// Push sends the blocks in order, each as its text says (see Block). A message that the
// agent does not take whole goes in parts. What the agent did when an answer was lost is
// read before it is judged. A refusal is a mirror.DeviceError with the error-status of the
// agent; what had been taken of the block is taken back, and what could not be is told.
// tx is not used: no table has room for one.
func (c *Conn) Push(ctx context.Context, _ string, p mirror.Payload) (mirror.PushReport, error) {
	var report mirror.PushReport
	if p.Format != Format {
		return report, fmt.Errorf("payload of format %q: %w", p.Format, mirror.ErrInvalid)
	}
	sent := false
	for _, b := range p.Blocks {
		push := &pushing{c: c, sent: &sent, parts: map[snmp.OID]bool{}}
		err := push.block(ctx, b)
		if err != nil && !sent && errors.Is(err, mirror.ErrUnreachable) {
			err = fmt.Errorf("%w: %w", mirror.ErrNotSent, err)
		}
		if err != nil {
			return report, fmt.Errorf("%s: %w", b.Mark(), err)
		}
		report.Blocks = append(report.Blocks, mirror.BlockResult{Mark: b.Mark(), Answer: strings.Join(push.told, "; "), Err: push.err})
	}
	c.named = c.now()
	return report, nil
}

// A pushing is one block under way.
type pushing struct {
	c      *Conn
	sent   *bool // anything of the push
	before map[snmp.OID]snmp.Value
	done   []Message // that were taken, in order
	// parts are objects that the agent made though it refused their message; begun: a row
	// is made in several messages, of which some were taken.
	parts map[snmp.OID]bool
	begun bool
	told  []string
	err   error // of the block
}

// block gives the error of the connection; that of the block is in err.
func (p *pushing) block(ctx context.Context, b mirror.Block) error {
	text, err := ParseBlock(b.Text)
	if err == nil {
		err = p.c.platform.Within(p.c.facts, b.Change, text)
	}
	if err != nil {
		p.err = fmt.Errorf("device %s: %w", p.c.device, err)
		return nil
	}
	if changed, err := p.check(ctx, text); err != nil || changed != nil {
		p.err = changed
		return err
	}
	for _, m := range text.Messages {
		if err := p.message(ctx, m); err != nil {
			return err
		}
		if p.err != nil {
			return nil
		}
	}
	p.told = append(p.told, fmt.Sprintf("%d messages were taken", len(p.done)))
	return nil
}

// check looks at all that the block rests on and all that it is to set: as it was read just
// now, else the agent is asked.
func (p *pushing) check(ctx context.Context, b Block) (changed, err error) {
	var names []snmp.OID
	for _, o := range b.Checks {
		names = append(names, o.Name)
	}
	for _, m := range b.Messages {
		for _, o := range m.Set {
			names = append(names, o.Name)
		}
	}
	names = unique(names)
	seen, enough := p.c.seen.of(names, p.c.now())
	if p.before = seen; !enough || p.c.platform.Overwrites {
		said, err := p.c.get(ctx, names)
		if err != nil {
			return nil, err
		}
		p.before = map[snmp.OID]snmp.Value{}
		for _, v := range said {
			p.before[v.Name] = v.Value
		}
	}
	for _, o := range b.Checks {
		if !Same(o, p.before[o.Name]) {
			return fmt.Errorf("device %s: %s is %q, not %q as it was read (%s): %w", p.c.device, o.Name, valueText(p.before[o.Name]), valueText(o.Value), o.Note, mirror.ErrChanged), nil
		}
	}
	return nil, nil
}

func unique(names []snmp.OID) (out []snmp.OID) {
	seen := map[snmp.OID]bool{}
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// Same reports whether an agent's value is the one of a check. Names of ports are the same
// whatever blanks they have.
func Same(o Object, read snmp.Value) bool {
	if _, below := IfName.Below(o.Name); below {
		return read.Kind == snmp.Text && Name(read.Text) == Name(o.Text)
	}
	if _, below := ifDescr.Below(o.Name); below {
		return read.Kind == snmp.Text && Name(read.Text) == Name(o.Text)
	}
	if o.Kind == snmp.Missing || read.Kind == snmp.Missing {
		return o.Kind == snmp.Missing && read.Kind == snmp.Missing
	}
	return o.Number == read.Number && o.Text == read.Text
}

// message sends a message, in parts or otherwise where the agent does not take it.
func (p *pushing) message(ctx context.Context, m Message) error {
	refused, err := p.send(ctx, m)
	if err != nil || refused == nil {
		return err
	}
	if taken, err := p.outrun(ctx, m, refused); err != nil || taken {
		return err
	}
	if parts := p.c.platform.Split(m); len(parts) > 1 && dividable(refused) {
		p.told = append(p.told, fmt.Sprintf("the agent did not take %d objects together (%s), so they were set row by row", len(m.Set), refused.Status))
		for _, part := range parts {
			if err := p.message(ctx, part); err != nil || p.err != nil {
				return err
			}
		}
		return nil
	}
	if others := p.c.platform.Otherwise(m, refused.Status); len(others) > 0 {
		p.told = append(p.told, fmt.Sprintf("the agent answered %s to %s, so it was done in %d messages", refused.Status, lineOf(m.Set[0]), len(others)))
		defer func() { p.begun = false }()
		for i, other := range others {
			p.begun = i > 0
			if err := p.message(ctx, other); err != nil {
				return err
			}
			if p.err != nil {
				p.err = fmt.Errorf("%w; it had answered %s to %s", p.err, refused.Status, lineOf(m.Set[0]))
				return nil
			}
		}
		return nil
	}
	return p.refuse(ctx, m, refused)
}

// untouched are refusals with which an agent has set nothing: it found a value wrong, or
// that the instance cannot be made, before it assigned any (RFC 3416 section 4.2.5).
var untouched = []string{snmp.StatusWrongValue, snmp.StatusInconsistentValue, "inconsistentName", "noCreation"}

// outrun: what was not there is there, though the agent has refused to make it: another
// hand was faster, and what it made is not taken back. What was taken of the block is. What
// an agent made of a message before what it refused is ours all the same.
func (p *pushing) outrun(ctx context.Context, m Message, refused *snmp.StatusError) (bool, error) {
	at := slices.IndexFunc(m.Set, func(o Object) bool { return o.Name == refused.Name })
	if at < 0 || p.begun || !slices.Contains(untouched, refused.Status) || p.before[refused.Name].Kind != snmp.Missing {
		return false, nil
	}
	var names []snmp.OID
	for _, o := range m.Set[:at+1] {
		names = append(names, o.Name)
	}
	said, err := p.c.get(ctx, unique(names))
	if err != nil {
		return false, err
	}
	there := false
	for _, v := range said {
		switch {
		case v.Kind == snmp.Missing || p.before[v.Name].Kind != snmp.Missing || p.parts[v.Name]:
		case v.Name == refused.Name:
			there = true
		default:
			p.parts[v.Name] = true
		}
	}
	if !there {
		return false, nil
	}
	for _, part := range p.c.platform.Split(m) {
		is := func(o Object) bool { return o.Name == refused.Name }
		if !slices.ContainsFunc(part.Set, is) && slices.ContainsFunc(part.Set, func(o Object) bool { return p.parts[o.Name] }) {
			p.done = append(p.done, part)
		}
	}
	stays, err := p.takeBack(ctx)
	if err != nil {
		return false, err
	}
	p.err = p.staying(fmt.Errorf("device %s: it answers %s to set %s, which another hand has made since it was read: %w",
		p.c.device, refused.Status, lineOf(m.Set[at]), mirror.ErrChanged), stays)
	return true, nil
}

// staying is an error with what could not be taken back.
func (p *pushing) staying(err error, stays []string) error {
	if len(stays) == 0 {
		return err
	}
	return fmt.Errorf("%w; of what it had taken before, this could not be taken back and stays: %s", err, strings.Join(stays, "; "))
}

// dividable: fewer objects may be taken.
func dividable(s *snmp.StatusError) bool {
	return slices.Contains([]string{snmp.StatusTooBig, snmp.StatusGenErr, snmp.StatusWrongValue, snmp.StatusInconsistentValue,
		snmp.StatusCommitFailed, snmp.StatusUndoFailed, "inconsistentName", "noCreation", "resourceUnavailable"}, s.Status)
}

const attempts = 3

// send sets the objects of a message and gives the agent's refusal. An answer that is
// lost is made up for by reading.
func (p *pushing) send(ctx context.Context, m Message) (*snmp.StatusError, error) {
	objects := make([]snmp.Variable, len(m.Set))
	for i, o := range m.Set {
		objects[i] = o.Variable
	}
	for try := 1; ; try++ {
		*p.sent, p.c.seen = true, sight{}
		err := p.c.agent.Set(ctx, objects...)
		var status *snmp.StatusError
		switch {
		case err == nil:
			p.done = append(p.done, m)
			return nil, nil
		case errors.As(err, &status):
			return status, nil
		case !errors.Is(err, snmp.ErrUnanswered) || ctx.Err() != nil:
			return nil, err
		}
		all, none, readErr := p.judge(ctx, m)
		switch {
		case readErr != nil:
			return nil, fmt.Errorf("%w; and it does not answer what became of it: %w", err, readErr)
		case all:
			p.told = append(p.told, "an answer was lost; it was read that it is done")
			p.done = append(p.done, m)
			return nil, nil
		case !none:
			return &snmp.StatusError{Status: snmp.StatusUndoFailed, About: "its answer was lost, and it was done in part"}, nil
		case try == attempts:
			return nil, err
		}
	}
}

// judge reads whether what was set is there, or is as it was.
func (p *pushing) judge(ctx context.Context, m Message) (all, none bool, err error) {
	names := make([]snmp.OID, len(m.Set))
	for i, o := range m.Set {
		names[i] = o.Name
	}
	names = unique(names)
	said, err := p.c.get(ctx, names)
	if err != nil {
		return false, false, err
	}
	now := map[snmp.OID]snmp.Value{}
	for _, v := range said {
		now[v.Name] = v.Value
	}
	all, none = true, true
	for _, o := range m.Set {
		all = all && p.c.platform.Holds(o, now[o.Name])
		none = none && Same(Object{Variable: snmp.Variable{Name: o.Name, Value: p.before[o.Name]}}, now[o.Name])
	}
	return all, none, nil
}

// refuse takes back what the agent took of the block and tells the refusal.
func (p *pushing) refuse(ctx context.Context, m Message, status *snmp.StatusError) error {
	if _, none, err := p.judge(ctx, m); err != nil {
		return err
	} else if !none { // refused, and done in part all the same
		p.done = append(p.done, m)
	}
	stays, err := p.takeBack(ctx)
	if err != nil {
		return err
	}
	sent := m.Set[0]
	if i := slices.IndexFunc(m.Set, func(o Object) bool { return o.Name == status.Name }); i >= 0 {
		sent = m.Set[i]
	}
	answer := status.Status
	if status.About != "" {
		answer += ": " + status.About
	}
	p.err = p.staying(&mirror.DeviceError{Device: p.c.device, Sent: "set " + lineOf(sent), Answer: answer}, stays)
	return nil
}

// takeBack takes back what was done, the last first, and gives what stays.
func (p *pushing) takeBack(ctx context.Context) (stays []string, err error) {
	for len(p.done) > 0 {
		m := p.done[len(p.done)-1]
		p.done = p.done[:len(p.done)-1]
		if len(m.Back) == 0 {
			continue
		}
		kept := p.done
		status, err := p.send(ctx, Message{Set: m.Back})
		p.done = kept
		if err != nil {
			return stays, err
		}
		if status != nil {
			stays = append(stays, fmt.Sprintf("%s (it answers %s to %s)", lineOf(m.Set[0]), status.Status, lineOf(m.Back[0])))
			continue
		}
		p.told = append(p.told, "taken back: "+lineOf(m.Set[0]))
	}
	return stays, nil
}

func lineOf(o Object) string {
	text := fmt.Sprintf("%s %s", o.Name, valueText(o.Value))
	if o.Note != "" {
		text += " (" + o.Note + ")"
	}
	return text
}
