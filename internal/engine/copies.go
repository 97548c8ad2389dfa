package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// keepCopies brings the record of what is copied for a session to what its devices were
// last read to copy. It goes by what is there and not by how it came about.
// released says that its devices were let go of as they were.
func keepCopies(tx mirror.Tx, session string, released bool, now time.Time) error {
	open, err := tx.OpenCopies(session)
	if err != nil {
		return err
	}
	rec, err := tx.Session(session)
	gone := errors.Is(err, mirror.ErrNotFound)
	if err != nil && !gone {
		return err
	}
	var rows []mirror.Placement
	if !gone {
		if rows, err = tx.Placements(session); err != nil {
			return err
		}
	}
	known := map[string]mirror.Copy{}
	for _, c := range open {
		known[c.Key()] = c
	}
	var begun []mirror.Copy
	for _, c := range mirror.CopiesOf(rec, rows) {
		was, there := known[c.Key()]
		if !there {
			begun = append(begun, c)
			continue
		}
		delete(known, c.Key())
		if !was.Lease.Equal(c.Lease) { // it was renewed
			was.Lease = c.Lease
			if err := tx.PutCopy(was); err != nil {
				return err
			}
		}
	}
	for _, c := range open {
		if _, over := known[c.Key()]; over {
			c.Ended, c.Ending = now, ending(c, rec, rows)
			if gone || rec.Deleting {
				c.Ending = mirror.EndDeleted
				if released {
					c.Ending = mirror.EndReleased
				}
			}
			if err := tx.PutCopy(c); err != nil {
				return err
			}
		}
	}
	return begin(tx, begun, rec, rows, now)
}

// begin stores copies of a session that are new.
func begin(tx mirror.Tx, begun []mirror.Copy, rec mirror.SessionRecord, rows []mirror.Placement, now time.Time) error {
	if len(begun) == 0 {
		return nil
	}
	tools, err := toolsOf(tx, rec.Session)
	if err != nil {
		return err
	}
	for _, c := range begun {
		if c.Generation, c.Actor, err = asker(tx, c, rec, rows); err != nil {
			return err
		}
		c.NameTools(tools)
		c.Began = now
		// What was adopted is held before its device is read for it.
		c.Earlier = slices.ContainsFunc(rows, func(p mirror.Placement) bool { return p.AppliedRev == 0 && p.Applied.CopiesFrom(c.Source) })
		if err := tx.PutCopy(c); err != nil {
			return err
		}
	}
	return nil
}

// ending says why a copy of a session that stays is over.
func ending(c mirror.Copy, rec mirror.SessionRecord, rows []mirror.Placement) string {
	drifted := func(p mirror.Placement) bool {
		return p.Settled() && p.Device == c.Source.Device && slices.ContainsFunc(p.Missing, func(m mirror.NativeSource) bool {
			return m.At(p.Device).Place() == c.Source.Place()
		})
	}
	relieved := func(p mirror.Placement) bool {
		return p.Asked.CopiesFrom(c.Source) && !p.Target.CopiesFrom(c.Source)
	}
	switch {
	case slices.ContainsFunc(rows, drifted):
		return mirror.EndDrift
	case rec.Expired:
		return mirror.EndExpired
	case !rec.Session.Enabled:
		return mirror.EndDisabled
	case slices.ContainsFunc(rows, relieved):
		return mirror.EndRelief
	}
	return mirror.EndChanged
}

// asker is who asked for a copy, and with which generation of the session: the newest,
// unless that asks for something else and has yet to reach the device.
func asker(tx mirror.Tx, c mirror.Copy, rec mirror.SessionRecord, rows []mirror.Placement) (int64, string, error) {
	if rec.UpdatedBy != "" && slices.ContainsFunc(rows, func(p mirror.Placement) bool { return p.Intended().CopiesFrom(c.Source) }) {
		return rec.Generation, rec.UpdatedBy, nil
	}
	ops, err := tx.Operations(rec.Session.Name, formerWrites)
	if err != nil {
		return 0, "", err
	}
	for _, op := range ops {
		if (op.Type == "apply" || op.Type == "adopt") && (op.Generation < rec.Generation || rec.UpdatedBy == "") {
			return op.Generation, op.Actor, nil
		}
	}
	return rec.Generation, mirror.ActorSystem, nil
}

// formerWrites is how many operations of a session are looked at for who asked.
const formerWrites = 20

func toolsOf(tx mirror.Tx, s mirror.Session) (out []mirror.Tool, err error) {
	for _, d := range s.Destinations {
		if d.Tool == "" {
			continue
		}
		tool, _, err := tx.Tool(d.Tool)
		if err != nil && !errors.Is(err, mirror.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			out = append(out, tool)
		}
	}
	return out, nil
}

// FindCopies answers a query of copies. An interface may be written as the platform of its
// device writes it.
func (e *Engine) FindCopies(ctx context.Context, q mirror.CopyQuery) (page mirror.CopyPage, err error) {
	err = e.store.View(ctx, func(tx mirror.Tx) error {
		if q.Interface, err = e.placeOf(tx, q.Device, q.Interface); err != nil {
			return err
		}
		page, err = tx.FindCopies(q)
		return err
	})
	return page, err
}

// placeOf is an interface as copies name it. Of a device that is not stored any more it is
// what was written.
func (e *Engine) placeOf(tx mirror.Tx, name, written string) (string, error) {
	if vlan := strings.ToLower(written); written == "" || strings.HasPrefix(vlan, "vlan ") { // a port Vlan7 is something else
		return vlan, nil
	}
	device, _, err := tx.Device(name)
	if errors.Is(err, mirror.ErrNotFound) {
		return written, nil
	} else if err != nil {
		return "", err
	}
	drv, err := e.driver(device)
	if err != nil {
		return written, nil // of a platform that this build does not have
	}
	if ports, err := drv.Ports(written); err == nil && len(ports) == 1 {
		return string(ports[0]), nil
	}
	return written, nil // nothing that was ever copied
}
