package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/store"
)

// A controller is an engine over a store of its own.
type controller struct {
	*engine.Engine
	ctx    context.Context
	stop   func() error
	agents bool // counters are read
}

var user = engine.Write{Actor: engine.Actor{Name: "bench", Access: mirror.Admin}}

func newController(ctx context.Context, dir string, change ...func(*engine.Config)) (*controller, error) {
	db, err := store.Open(ctx, filepath.Join(dir, "netmirror.db"), nil)
	if err != nil {
		return nil, err
	}
	profiles := credentials.Open(dir, os.LookupEnv)
	profiles.Hold(map[string]credentials.Profile{"bench": {For: mirror.Bindings{"127.0.0.0/8"}, Username: "bench", Password: secret, Enable: secret},
		"snmp": {For: mirror.Bindings{"127.0.0.0/8"}, SNMP: credentials.SNMP{Community: community}}})
	cfg := engine.Config{Store: db, Drivers: drivers.All(), Log: slog.New(slog.DiscardHandler), Resync: time.Hour, Profiles: profiles}
	for _, f := range change {
		f(&cfg)
	}
	eng, err := engine.New(ctx, cfg)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	running, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- eng.Run(running) }()
	for eng.Ready(ctx) != nil {
		select {
		case <-time.After(time.Millisecond):
		case err := <-done:
			cancel()
			return nil, errors.Join(err, db.Close())
		}
	}
	return &controller{eng, ctx, func() error { cancel(); return errors.Join(<-done, db.Close()) }, len(cfg.Counters) > 0}, nil
}

// device gives the controller a switch, with its SNMP agent where it has one.
func (c *controller) device(name, addr string, agents ...string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	d := mirror.Device{Name: name, Platform: "cisco_iosxe",
		Transports: mirror.Transports{Config: mirror.Transport{Protocol: "cli", Address: host, Port: number, Credentials: "bench"}}}
	if len(agents) > 0 && c.agents {
		if d.Transports.Counters, err = agent(agents[0]); err != nil {
			return err
		}
	}
	_, _, err = c.PutDevice(c.ctx, user, d)
	return err
}

// put brings a session to the switch and waits for its read-back.
func (c *controller) put(direction mirror.Direction) error { return c.session("s", "sw", direction) }

// intent copies the first four ports of a device.
func intent(name, device string, direction mirror.Direction) mirror.Session {
	return fourPorts(name, device, direction, 1)
}

func fourPorts(name, device string, direction mirror.Direction, first int) mirror.Session {
	s := mirror.Session{Name: name, Enabled: true, Destinations: []mirror.Destination{{Device: device, Interface: "Gi1/0/23"}}}
	for i := first; i < first+4; i++ {
		s.Sources = append(s.Sources, mirror.Source{Device: device, Interface: fmt.Sprintf("Gi1/0/%d", i), Direction: direction})
	}
	return s
}

func (c *controller) session(name, device string, direction mirror.Direction) error {
	return c.submit(intent(name, device, direction))
}

func (c *controller) submit(s mirror.Session) error {
	res, err := c.Submit(c.ctx, user, s)
	if err != nil {
		return err
	}
	return c.wait(res.Operation.ID)
}

func (c *controller) remove() error {
	res, err := c.Remove(c.ctx, user, "s", "")
	if errors.Is(err, mirror.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.wait(res.Operation.ID)
}

func (c *controller) wait(id string) error {
	op, err := c.WaitOperation(c.ctx, id, patience)
	if err == nil && op.State != mirror.OpSucceeded {
		err = fmt.Errorf("operation %s: %s %s", id, op.State, op.Message)
	}
	return err
}

func measureOurs(ctx context.Context, sw *lab.Switch) (map[string]figure, error) {
	out := map[string]figure{}
	var failed error
	take := func(what string, prepare, act func() error) {
		if failed == nil {
			out[what], failed = measure(sw, prepare, act)
		}
	}
	dir, err := os.MkdirTemp("", "netmirror-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	c, err := newController(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := c.device("sw", sw.Addr()); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	// Cold is a controller that starts: it opens its store, connects, sees that the
	// switch is as it was left, and does what it is asked for. At the first contact it
	// knows nothing of the switch and reads all that matters.
	cold := func(what string, prepare, act func() error) {
		take(what+", cold", func() error { return errors.Join(prepare(), c.stop()) }, func() error {
			var err error
			if c, err = newController(ctx, dir); err != nil {
				return err
			}
			return act()
		})
	}
	next := mirror.TX
	change := func() error {
		dir := next
		next = map[mirror.Direction]mirror.Direction{mirror.TX: mirror.RX, mirror.RX: mirror.TX}[next]
		return c.put(dir)
	}
	// A preview reads the switch as a resync does; an operator's sync takes
	// nothing for granted.
	resync := func() error { _, err := c.Plan(ctx, user, intent("s", "sw", mirror.RX)); return err }
	sync := func() error { _, err := c.Sync(ctx, user, "sw"); return err }
	there := func() error { return c.put(mirror.RX) }
	// It leaves a switch without our session, and a controller that has stopped.
	stopped := func() error { return errors.Join(c.remove(), c.stop()) }
	take("create, first contact", stopped, func() error {
		err := os.RemoveAll(dir)
		if err == nil {
			err = os.Mkdir(dir, 0o700)
		}
		if err == nil {
			c, err = newController(ctx, dir)
		}
		if err == nil {
			err = c.device("sw", sw.Addr())
		}
		return errors.Join(err, there())
	})
	cold("create", func() error { return c.remove() }, there)
	cold("change", func() error { return nil }, change)
	cold("delete", there, func() error { return c.remove() })
	cold("resync", there, resync)
	take("create, warm", func() error { return c.remove() }, func() error { return c.put(mirror.RX) })
	take("change, warm", nil, change)
	take("delete, warm", there, func() error { return c.remove() })
	take("resync, warm", there, resync)
	take("sync of everything, warm", there, sync)
	// Of ports that nobody has looked at yet the counters are read, too.
	first := 1
	unseen := func() error {
		first += 4
		return c.submit(fourPorts("s", "sw", mirror.RX, first))
	}
	take("create, warm, load unknown", func() error { return c.remove() }, unseen)
	return out, errors.Join(failed, c.stop())
}
