package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// maxTranscript bounds what an operation remembers of its dialogue.
const maxTranscript = 40

// describe tells a change in words: what has to be done to the device.
func describe(c mirror.Change) string {
	what, id := "native session", c.Mark
	f := cmp.Or(c.After, c.Before).Spec.Footing
	names := map[mirror.FootingKind]string{mirror.FootingFilter: "access list", mirror.FootingTunnel: "tunnel interface", mirror.FootingOrigin: "origin of copies"}
	if f != nil && names[f.Kind] != "" {
		what, id = names[f.Kind], f.Name
	} else if c.Before != nil {
		id = c.Before.ID
	}
	switch {
	case c.Before == nil:
		return fmt.Sprintf("create %s %s, which is missing", what, id)
	case c.After == nil:
		return fmt.Sprintf("delete %s %s", what, id)
	}
	return fmt.Sprintf("change %s %s: %s", what, id, plan.Difference(c.Before.Spec, c.After.Spec))
}

// tellDrift writes events: once when drift is seen and left alone, once when it
// was repaired.
func (p *pass) tellDrift(tx mirror.Tx, left []mirror.Change) error {
	told := map[string]bool{}
	for _, c := range p.pushed {
		rows := p.concerned(c)
		undone := slices.ContainsFunc(left, func(l mirror.Change) bool { return l.Mark == c.Mark })
		if len(rows) == 0 || asked(rows) || undone || told[c.Mark] {
			continue
		}
		told[c.Mark] = true
		if err := driftEvent(tx, "DriftRepaired", p.w.name, rows, c); err != nil {
			return err
		}
	}
	for _, c := range left {
		rows := p.concerned(c)
		if len(rows) == 0 || asked(rows) || p.waits(c) || p.w.reported[c.Mark] == describe(c) {
			continue
		}
		if err := driftEvent(tx, "DriftSeen", p.w.name, rows, c); err != nil {
			return err
		}
	}
	return nil
}

// asked reports whether a rollout is at it: what is missing then, nobody took away.
func asked(rows []mirror.Placement) bool {
	return slices.ContainsFunc(rows, func(r mirror.Placement) bool { return !r.Settled() })
}

func driftEvent(tx mirror.Tx, typ, device string, rows []mirror.Placement, c mirror.Change) error {
	for _, row := range rows {
		if err := tx.AppendEvent(changeEvent(typ, row.Session, device, describe(c), c)); err != nil {
			return err
		}
	}
	return nil
}

// changeEvent is of a change of one native session: what the device held and
// what it shall hold.
func changeEvent(typ, session, device, message string, c mirror.Change) mirror.Event {
	e := mirror.Event{At: time.Now().UTC(), Type: typ, Actor: mirror.ActorSystem, Session: session, Device: device,
		Before: mirror.TrafficOn(device, c.Before), After: mirror.TrafficOn(device, c.After)}
	e.Message = fmt.Sprintf("%s (was %s; shall be %s)", message, e.Before, e.After)
	return e
}

// A stranger is what another hand put under the number of a change while it was
// pushed.
type stranger struct {
	change mirror.Change
	native mirror.NativeSession
}

// tell writes that a number was taken, to every session concerned.
func (s stranger) tell(tx mirror.Tx, p *pass) error {
	return p.tellTaken(tx, s.change, s.native,
		fmt.Sprintf("another hand put something into native session %s while netmirror had to %s; theirs was left, ours is out of it", s.native.ID, describe(s.change)))
}

// tellTaken writes to every session that a change concerns whose its number is.
func (p *pass) tellTaken(tx mirror.Tx, c mirror.Change, theirs mirror.NativeSession, message string) error {
	names := []string{}
	for _, row := range p.concerned(c) {
		names = append(names, row.Session)
	}
	if len(names) == 0 {
		names = append(names, "")
	}
	for _, name := range names {
		err := tx.AppendEvent(mirror.Event{At: time.Now().UTC(), Type: "NumberTaken", Actor: mirror.ActorSystem, Session: name, Device: p.w.name,
			Message: message, After: mirror.TrafficOn(p.w.name, &theirs)})
		if err != nil {
			return err
		}
	}
	return nil
}

// note keeps what was said for the operation's transcript.
func (p *pass) note(payload mirror.Payload, report mirror.PushReport, err error) {
	now := time.Now().UTC()
	for i, b := range payload.Blocks {
		x := mirror.Exchange{Device: p.w.name, Mark: b.Mark(), Sent: b.Text, At: now}
		switch {
		case i < len(report.Blocks) && report.Blocks[i].Err != nil:
			x.Answer, x.Error = report.Blocks[i].Answer, report.Blocks[i].Err.Error()
		case i < len(report.Blocks):
			x.Answer = report.Blocks[i].Answer
		case errors.Is(err, mirror.ErrNotSent):
			x.Error = "this was not sent: " + err.Error()
		case err != nil:
			x.Error = "whether the device took this is unknown: " + err.Error()
		}
		p.talk = append(p.talk, x)
	}
}

// keepTalk stores the dialogue of a push whose end is unknown.
func (p *pass) keepTalk(ctx context.Context, due []mirror.Change, cause error) {
	err := p.s.Desk.Update(ctx, func(tx mirror.Tx) error {
		for _, c := range due {
			for _, row := range p.concerned(c) {
				if err := p.transcribe(tx, row.Session, []string{c.Mark}); err != nil && !errors.Is(err, mirror.ErrNotFound) {
					return err
				}
			}
		}
		return p.failRepairs(tx, cause, time.Now().UTC())
	})
	if err != nil {
		p.s.Log.Error("store", "device", p.w.name, "err", err)
	}
}

// transcribe adds the dialogue of this run to the rollout of a session.
func (p *pass) transcribe(tx mirror.Tx, session string, marks []string) error {
	var said []mirror.Exchange
	for _, x := range p.talk {
		if slices.Contains(marks, x.Mark) {
			said = append(said, x)
		}
	}
	if len(said) == 0 {
		return nil
	}
	rec, err := tx.Session(session)
	if err != nil || rec.Operation == "" {
		return err
	}
	op, err := tx.Operation(rec.Operation)
	if err != nil || !op.State.Open() {
		return err
	}
	op.Transcript = append(op.Transcript, said...)
	if n := len(op.Transcript); n > maxTranscript {
		op.Transcript = op.Transcript[n-maxTranscript:]
	}
	return tx.PutOperation(op)
}
