package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/credentials"
	"github.com/netmirror/netmirror/internal/engine"
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
	cfg := engine.Config{Store: db, Drivers: drivers.All(), Log: slog.New(slog.DiscardHandler), Resync: time.Hour, Profiles: profilesIn(dir)}
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

// profilesIn has what the simulated switches take.
func profilesIn(dir string) *credentials.Profiles {
	profiles := credentials.Open(dir, os.LookupEnv)
	profiles.Hold(map[string]credentials.Profile{"bench": {For: mirror.Bindings{"127.0.0.0/8"}, Username: "bench", Password: secret, Enable: secret},
		"snmp":  {For: mirror.Bindings{"127.0.0.0/8"}, SNMP: credentials.SNMP{Community: community}},
		"agent": {For: mirror.Bindings{"127.0.0.0/8"}, SNMP: credentials.SNMP{Community: secret}}})
	return profiles
}

// device gives the controller a switch, with its SNMP agent where it has one.
func (c *controller) device(k kind, name, addr string, agents ...string) error {
	config, err := k.transport(addr)
	if err != nil {
		return err
	}
	d := mirror.Device{Name: name, Platform: k.platform, Confirm: k.trial, Transports: mirror.Transports{Config: config}}
	if len(agents) > 0 && c.agents {
		if d.Transports.Counters, err = agent(agents[0]); err != nil {
			return err
		}
	}
	_, _, err = c.PutDevice(c.ctx, user, d)
	return err
}

// submit brings a session to its switch and waits for its read-back.
func (c *controller) submit(s mirror.Session) error {
	res, err := c.Submit(c.ctx, user, s)
	if err != nil {
		return err
	}
	return c.wait(res.Operation.ID)
}

func (c *controller) remove(name string) error {
	res, err := c.Remove(c.ctx, user, name, "")
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

// measureOurs takes those of the figures that are wanted.
func measureOurs(ctx context.Context, k kind, at place, want []string) (map[string]figure, error) {
	out := map[string]figure{}
	var failed error
	take := func(what string, prepare, act func() error) {
		if failed == nil && slices.Contains(want, what) {
			out[what], failed = measure(at.trips, prepare, act)
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
	if err := c.device(k, only, at.address); err != nil {
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
	put := func(d mirror.Direction) error { return c.submit(k.intent("s", only, d, 1)) }
	remove := func() error { return c.remove("s") }
	next := mirror.TX
	change := func() error {
		dir := next
		next = map[mirror.Direction]mirror.Direction{mirror.TX: mirror.RX, mirror.RX: mirror.TX}[next]
		return put(dir)
	}
	// A preview reads the switch as a resync does; an operator's sync takes
	// nothing for granted.
	resync := func() error { _, err := c.Plan(ctx, user, k.intent("s", only, mirror.RX, 1)); return err }
	sync := func() error { _, err := c.Sync(ctx, user, only); return err }
	there := func() error { return put(mirror.RX) }
	// It leaves a switch without our session, and a controller that has stopped.
	stopped := func() error { return errors.Join(remove(), c.stop()) }
	take("create, first contact", stopped, func() error {
		err := os.RemoveAll(dir)
		if err == nil {
			err = os.Mkdir(dir, 0o700)
		}
		if err == nil {
			c, err = newController(ctx, dir)
		}
		if err == nil {
			err = c.device(k, only, at.address)
		}
		return errors.Join(err, there())
	})
	cold("create", remove, there)
	cold("change", func() error { return nil }, change)
	cold("delete", there, remove)
	cold("resync", there, resync)
	take("create, warm", remove, there)
	take("change, warm", nil, change)
	take("delete, warm", there, remove)
	take("resync, warm", there, resync)
	take("sync of everything, warm", there, sync)
	// Of ports that nobody has looked at yet the counters are read, too.
	first := 1
	unseen := func() error {
		first += 4
		return c.submit(k.intent("s", only, mirror.RX, first))
	}
	take("create, warm, load unknown", remove, unseen)
	if failed == nil {
		failed = remove() // another controller's is not the script's to remove
	}
	return out, errors.Join(failed, c.stop())
}
