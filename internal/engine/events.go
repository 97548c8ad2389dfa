package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/plan"
)

// traffic is what a session copies, its tools with the ports they have now.
func traffic(tx mirror.Tx, rec mirror.SessionRecord) (*mirror.Traffic, error) {
	tools := map[string]mirror.Tool{}
	for _, d := range rec.Session.Destinations {
		if d.Tool == "" {
			continue
		}
		tool, _, err := tx.Tool(d.Tool)
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			tools[d.Tool] = tool
		}
	}
	return mirror.TrafficOf(rec, tools), nil
}

// copied is what a session copied until now: what its user wrote, or, where
// devices refused that, what they hold.
func copied(tx mirror.Tx, rec mirror.SessionRecord) (*mirror.Traffic, error) {
	if rec.Refused == 0 || rec.Refused != rec.Generation {
		return traffic(tx, rec)
	}
	rows, err := tx.Placements(rec.Session.Name)
	return held(rows, applied), err
}

// tellAccepted writes the event of an accepted intent: SessionAccepted of a new
// session, SessionChanged of one that was there.
func tellAccepted(tx mirror.Tx, actor string, old *mirror.SessionRecord, rec mirror.SessionRecord) (err error) {
	e := mirror.Event{At: time.Now().UTC(), Type: "SessionAccepted", Actor: actor, Session: rec.Session.Name}
	if e.After, err = traffic(tx, rec); err != nil {
		return err
	}
	e.Message = fmt.Sprintf("generation %d by %s: copies %s", rec.Generation, actor, e.After)
	if old != nil {
		e.Type = "SessionChanged"
		if e.Before, err = copied(tx, *old); err != nil {
			return err
		}
		e.Changed = plan.Changed(old.Session, rec.Session)
		if !old.Expires.Equal(rec.Expires) && !slices.Contains(e.Changed, "lease") {
			e.Changed = append(e.Changed, "lease")
		}
		what := strings.Join(e.Changed, ", ")
		if what == "" {
			what = "nothing, asked for again"
		}
		e.Message = fmt.Sprintf("generation %d by %s, changed %s: was %s; is %s", rec.Generation, actor, what, e.Before, e.After)
	}
	if rec.Session.Force {
		e.Message += ", destination guard overridden by force"
	}
	return tx.AppendEvent(e)
}

// objectEvent is what somebody did now to an object that is no session.
func objectEvent(typ string, w Write, kind, name, format string, args ...any) mirror.Event {
	return mirror.Event{At: time.Now().UTC(), Type: typ, Actor: w.Actor.Name, Object: mirror.Object{Kind: kind, Name: name}, Message: fmt.Sprintf(format, args...)}
}

// tellLeaving writes an event of a session that shall copy nothing any more.
func tellLeaving(tx mirror.Tx, typ, actor string, rec mirror.SessionRecord, format string, args ...any) (err error) {
	e := mirror.Event{At: time.Now().UTC(), Type: typ, Actor: actor, Session: rec.Session.Name}
	if e.Before, err = copied(tx, rec); err != nil {
		return err
	}
	e.Message = fmt.Sprintf("%s; copied %s", fmt.Sprintf(format, args...), e.Before)
	return tx.AppendEvent(e)
}

// held is what devices hold of a session by one of the fragments of its
// placements.
func held(rows []mirror.Placement, which func(mirror.Placement) *mirror.Fragment) *mirror.Traffic {
	var fragments []mirror.Fragment
	for _, row := range rows {
		if f := which(row); f != nil {
			fragments = append(fragments, *f)
		}
	}
	return mirror.TrafficHeld(fragments)
}

func applied(p mirror.Placement) *mirror.Fragment { return p.Applied }
func good(p mirror.Placement) *mirror.Fragment    { return p.Good }
