package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

const fleetSize = 500

// A fleet is a controller that has many switches of one lab open and read. The
// lab is a process of its own.
type fleet struct {
	*controller
	lab  *labProcess
	dir  string
	size int
}

func openFleet(ctx context.Context, size int, change ...func(*engine.Config)) (_ *fleet, err error) {
	f := &fleet{size: size}
	if f.dir, err = os.MkdirTemp("", "netmirror-bench-"); err != nil {
		return nil, err
	}
	fabric := filepath.Join(f.dir, "fabric.yaml")
	if err := os.WriteFile(fabric, []byte(manySpec(size)), 0o600); err != nil {
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

// manySpec describes switches sw0, sw1, ...
func manySpec(n int) string {
	var b strings.Builder
	b.WriteString("fabric:\n  switches:\n")
	for i := range n {
		fmt.Fprintf(&b, "    - {name: sw%d, platform: cisco_iosxe, model: C9300-24T, enableSecret: bench, credentials: [{username: bench, password: bench, privilege: 1}], snmp: {community: %s}}\n", i, community)
	}
	return b.String()
}

// read gives the controller its switches and reads them.
func (f *fleet) read() error {
	for i, addr := range f.lab.Addrs {
		if err := f.device(fmt.Sprintf("sw%d", i), addr, f.lab.Agents[i]); err != nil {
			return err
		}
	}
	return f.each(func(i int) error { _, err := f.Sync(f.ctx, user, fmt.Sprintf("sw%d", i)); return err })
}

// create sets a session on each switch.
func (f *fleet) create() error {
	return f.each(func(i int) error { return f.session(fmt.Sprintf("s%d", i), fmt.Sprintf("sw%d", i), mirror.RX) })
}

// resync reads each switch; a preview reads as a resync does.
func (f *fleet) resync() error {
	return f.each(func(i int) error {
		_, err := f.Plan(f.ctx, user, intent(fmt.Sprintf("s%d", i), fmt.Sprintf("sw%d", i), mirror.RX))
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
	f, err := openFleet(ctx, fleetSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	fmt.Printf("\n%d switches in a lab of one process, one controller in another:\n", fleetSize)
	const row = "  %-20s  %9s  %26s  %18s  %s\n"
	fmt.Printf(row, "", "time", "CPU per switch: netmirror", "simulated switch", "heap and stacks per switch: netmirror, simulated switch")
	for _, act := range []struct {
		what string
		do   func() error
	}{{"opened and read", f.read}, {"a session on each", f.create}, {"resync of all", f.resync}} {
		c, err := f.cost(act.do)
		if err != nil {
			return fmt.Errorf("%s: %w", act.what, err)
		}
		per := func(d time.Duration) string { return (d / fleetSize).Round(10 * time.Microsecond).String() }
		memory := ""
		if act.what == "opened and read" {
			memory = fmt.Sprintf("%d kB, %d kB", c.ours.Memory/fleetSize/1024, c.lab.Memory/fleetSize/1024)
		}
		fmt.Printf(row, act.what, c.time.Round(time.Millisecond), per(c.ours.CPU), per(c.lab.CPU), memory)
	}
	return nil
}

// profile writes a CPU profile of netmirror while it sets a session on each of
// many switches that it has open and read.
func profile(ctx context.Context, file string) (err error) {
	f, err := openFleet(ctx, fleetSize)
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

// each does something for every switch, 32 at a time.
func (f *fleet) each(do func(i int) error) error {
	var wait sync.WaitGroup
	slots := make(chan struct{}, 32)
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
