package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	fleetSize = 500
	atOnce    = 32 // switches that something is asked of
	opened    = "opened and read"
	created   = "a session on each"
)

// A fleet is a controller that has many switches of one lab open and read. The
// lab is a process of its own.
type fleet struct {
	*controller
	lab   *labProcess
	dir   string
	size  int
	kinds []kind // of the switches in turn
}

func openFleet(ctx context.Context, kinds []kind, size int, change ...func(*engine.Config)) (_ *fleet, err error) {
	f := &fleet{size: size, kinds: kinds}
	if f.dir, err = os.MkdirTemp("", "netmirror-bench-"); err != nil {
		return nil, err
	}
	fabric := filepath.Join(f.dir, "fabric.yaml")
	if err := os.WriteFile(fabric, []byte(described(kinds, size)), 0o600); err != nil {
		return nil, errors.Join(err, f.close())
	}
	if f.lab, err = startLab(ctx, fabric); err != nil {
		return nil, errors.Join(err, f.close())
	}
	if f.controller, err = newController(ctx, f.dir, change...); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *fleet) close() error {
	var faults []error
	if f.controller != nil {
		faults = append(faults, f.stop())
	}
	if f.lab != nil {
		faults = append(faults, f.lab.stop())
	}
	return errors.Join(append(faults, os.RemoveAll(f.dir))...)
}

// intent is that of the session of a switch.
func (f *fleet) intent(i int) mirror.Session {
	return f.kinds[i%len(f.kinds)].intent(fmt.Sprintf("s%d", i), fmt.Sprintf("sw%d", i), mirror.RX, 1)
}

// read gives the controller its switches and reads them.
func (f *fleet) read() error {
	for i, doors := range f.lab.addresses {
		k := f.kinds[i%len(f.kinds)]
		if err := f.device(k, fmt.Sprintf("sw%d", i), doors[k.over()], doors["snmp"]); err != nil {
			return err
		}
	}
	return f.each(func(i int) error { _, err := f.Sync(f.ctx, user, fmt.Sprintf("sw%d", i)); return err })
}

// create sets a session on each switch.
func (f *fleet) create() error {
	return f.each(func(i int) error { return f.submit(f.intent(i)) })
}

// resync reads each switch; a preview reads as a resync does.
func (f *fleet) resync() error {
	return f.each(func(i int) error {
		_, err := f.Plan(f.ctx, user, f.intent(i))
		return err
	})
}

// A cost is what something took, at both ends.
type cost struct {
	time      time.Duration
	ours, lab usage
}

func (f *fleet) cost(do func() error) (c cost, err error) {
	labBefore, err := f.lab.use()
	if err != nil {
		return c, err
	}
	before, start := use(), time.Now()
	if err := do(); err != nil {
		return c, err
	}
	c.time, c.ours = time.Since(start), use().since(before)
	if c.lab, err = f.lab.use(); err != nil {
		return c, err
	}
	c.lab = c.lab.since(labBefore)
	return c, nil
}

// showFleet opens many switches, sets a session on each, and tells what that
// costs netmirror and, apart, the simulated switches.
func showFleet(ctx context.Context) (err error) {
	f, err := openFleet(ctx, []kind{catalyst}, fleetSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	fmt.Printf("\n%d switches in a lab of one process, one controller in another:\n", fleetSize)
	heading()
	for _, act := range []struct {
		what string
		do   func() error
	}{{opened, f.read}, {created, f.create}, {"resync of all", f.resync}} {
		c, err := f.cost(act.do)
		if err != nil {
			return fmt.Errorf("%s: %w", act.what, err)
		}
		f.row(act.what, c)
	}
	return nil
}

// costRow has the cells of a cost.
const costRow = "  %-21s  %9s  %26s  %18s  %s\n"

func heading() {
	fmt.Printf(costRow, "", "time", "CPU per switch: netmirror", "simulated switch", "heap and stacks per switch: netmirror, simulated switch")
}

// row prints a cost for the whole fleet; memory is what it took to open it.
func (f *fleet) row(what string, c cost) {
	per := func(d time.Duration) string { return (d / time.Duration(f.size)).Round(10 * time.Microsecond).String() }
	memory := ""
	if what == opened {
		memory = fmt.Sprintf("%d kB, %d kB", c.ours.Memory/uint64(f.size)/1024, c.lab.Memory/uint64(f.size)/1024)
	}
	fmt.Printf(costRow, what, c.time.Round(time.Millisecond), per(c.ours.CPU), per(c.lab.CPU), memory)
}

// profile writes a CPU profile of netmirror while it sets a session on each of
// many switches that it has open and read.
func profile(ctx context.Context, file string) (err error) {
	f, err := openFleet(ctx, []kind{catalyst}, fleetSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	if err := f.read(); err != nil {
		return err
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := pprof.StartCPUProfile(out); err != nil {
		return err
	}
	c, err := f.cost(f.create)
	pprof.StopCPUProfile()
	if err != nil {
		return err
	}
	fmt.Printf("%d creates in %v; CPU per create: netmirror %v, simulated switch %v\nnetmirror's profile: %s (go tool pprof -top -cum %s)\n",
		fleetSize, c.time.Round(time.Millisecond), (c.ours.CPU / fleetSize).Round(10*time.Microsecond), (c.lab.CPU / fleetSize).Round(10*time.Microsecond), file, file)
	return nil
}

// each does something for every switch, some at a time.
func (f *fleet) each(do func(i int) error) error {
	var wait sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	errs := make([]error, f.size)
	for i := range f.size {
		slots <- struct{}{}
		wait.Go(func() {
			errs[i] = do(i)
			<-slots
		})
	}
	wait.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("switch %d: %w", i, err)
		}
	}
	return nil
}
