package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// Of what is stored while the API is read.
const (
	manyDevices  = 10_000
	perDevice    = 5 // sessions
	manySessions = perDevice * manyDevices
	manyTools    = 10
	patternTool  = "pattern"
	readToken    = "bench-reads"
)

func deviceName(i int) string  { return fmt.Sprintf("d-%06d", i) }
func sessionName(i int) string { return fmt.Sprintf("s-%06d", i) }
func toolName(i int) string    { return fmt.Sprintf("t%d", i) }

// A pattern is a device with one session as a controller has stored them: what is stored
// many times over shall be as large as what is stored in earnest.
type pattern struct {
	device    mirror.Device
	state     mirror.DeviceState
	read      time.Time
	tool      mirror.Tool
	session   mirror.SessionRecord
	rows      []mirror.Placement
	operation mirror.Operation
}

// makePattern has a controller set a session on a simulated switch, and takes what it
// stored.
func makePattern(ctx context.Context, dir string) (p pattern, err error) {
	spec, err := lab.Load(strings.NewReader(described([]kind{catalyst}, 1)))
	if err != nil {
		return p, err
	}
	l, err := lab.Start(ctx, spec)
	if err != nil {
		return p, err
	}
	defer l.Close()
	c, err := newController(ctx, dir)
	if err != nil {
		return p, err
	}
	if err := errors.Join(c.setPattern(catalyst.at(l.Switches()[0]).address), c.stop()); err != nil {
		return p, err
	}
	db, err := store.Open(ctx, filepath.Join(dir, "netmirror.db"), nil)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return p, db.View(ctx, p.take)
}

func (c *controller) setPattern(address string) error {
	if err := c.device(catalyst, only, address); err != nil {
		return err
	}
	tool := mirror.Tool{Name: patternTool, Device: only, Interface: catalyst.name(23), Owner: "security", Capacity: 1e9}
	if _, _, err := c.PutTool(c.ctx, user, tool); err != nil {
		return err
	}
	s := catalyst.intent("pattern", only, mirror.RX, 1)
	s.Description, s.Purpose = "jitter on the phones of the third floor", &mirror.Purpose{Reason: "calls break off", Ticket: "INC-4711"}
	s.Destinations = []mirror.Destination{{Tool: tool.Name}}
	return c.submit(s.WithDefaults())
}

func (p *pattern) take(tx mirror.Tx) (err error) {
	if p.device, _, err = tx.Device(only); err != nil {
		return err
	}
	if p.state, err = tx.DeviceState(only); err != nil {
		return err
	}
	if p.read, err = tx.DeviceRead(only); err != nil {
		return err
	}
	if p.tool, _, err = tx.Tool(patternTool); err != nil {
		return err
	}
	if p.session, err = tx.Session("pattern"); err != nil {
		return err
	}
	if p.rows, err = tx.Placements("pattern"); err != nil {
		return err
	}
	p.operation, err = tx.Operation(p.session.Operation)
	return err
}

// fill stores the pattern on so many devices, under names of its own each time, and a token
// for every reader.
func (p *pattern) fill(ctx context.Context, db *store.Store, devices, tokens int) error {
	const atOnce = 500 // devices in one transaction
	for first := 0; first < devices; first += atOnce {
		err := db.Update(ctx, func(tx mirror.Tx) error {
			for i := first; i < min(devices, first+atOnce); i++ {
				if err := p.putDevice(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return db.Update(ctx, func(tx mirror.Tx) error {
		for i := range tokens {
			name := fmt.Sprintf("%s-%d", readToken, i)
			if err := tx.PutToken(mirror.Token{ID: name, Name: name, Access: mirror.Operator, Hash: engine.HashToken(name), Created: time.Now().UTC()}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *pattern) putDevice(tx mirror.Tx, i int) error {
	d, st := p.device, p.state
	d.Name, st.Device = deviceName(i), deviceName(i)
	d.Labels = map[string]string{"site": fmt.Sprintf("site-%d", i%100)}
	if _, err := tx.PutDevice(d); err != nil {
		return err
	}
	if err := errors.Join(tx.PutDeviceState(st), tx.PutDeviceRead(d.Name, p.read)); err != nil {
		return err
	}
	if i < manyTools {
		t := p.tool
		t.Name, t.Device = toolName(i), d.Name
		if _, err := tx.PutTool(t); err != nil {
			return err
		}
	}
	for j := range perDevice {
		if err := p.putSession(tx, d.Name, i*perDevice+j); err != nil {
			return err
		}
	}
	return nil
}

// of is a fragment under names of its own.
func of(f *mirror.Fragment, session, device string) *mirror.Fragment {
	if f == nil {
		return nil
	}
	own := *f
	own.Session, own.Device = session, device
	return &own
}

func (p *pattern) putSession(tx mirror.Tx, device string, i int) error {
	rec, op := p.session, p.operation
	s := &rec.Session
	s.Name = sessionName(i)
	s.Labels = map[string]string{"team": []string{"voice", "data"}[i%2]}
	if i%1000 == 0 {
		s.Labels["rare"] = "yes"
	}
	s.Sources = append([]mirror.Source(nil), s.Sources...)
	for k := range s.Sources {
		s.Sources[k].Device = device
	}
	rec.Judged = append([]mirror.Judged(nil), rec.Judged...)
	for k := range rec.Judged {
		rec.Judged[k].Device = device
	}
	s.Destinations = []mirror.Destination{{Tool: toolName(i % manyTools)}}
	op.ID, op.Session = "op-"+s.Name, s.Name
	rec.Operation = op.ID
	if err := errors.Join(tx.PutSession(rec), tx.PutOperation(op)); err != nil {
		return err
	}
	for _, row := range p.rows {
		row.Session, row.Device = s.Name, device
		for _, f := range []**mirror.Fragment{&row.Target, &row.Asked, &row.Good, &row.Goal, &row.Applied} {
			*f = of(*f, s.Name, device)
		}
		if err := tx.PutPlacement(row); err != nil {
			return err
		}
	}
	return nil
}
