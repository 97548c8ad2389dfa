package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

const fleetSize = 500

// fleet opens many switches of one lab in this process, sets a session on each,
// and tells what a connection costs: client and simulated switch together.
func fleet(ctx context.Context) error {
	var b strings.Builder
	b.WriteString("fabric:\n  switches:\n")
	for i := range fleetSize {
		fmt.Fprintf(&b, "    - {name: sw%d, platform: cisco_iosxe, model: C9300-24T, enableSecret: bench, credentials: [{username: bench, password: bench, privilege: 1}]}\n", i)
	}
	spec, err := lab.Load(strings.NewReader(b.String()))
	if err != nil {
		return err
	}
	l, err := lab.Start(ctx, spec)
	if err != nil {
		return err
	}
	defer l.Close()
	dir, err := os.MkdirTemp("", "netmirror-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := newController(ctx, dir)
	if err != nil {
		return err
	}
	before := heap()
	start := time.Now()
	for i, sw := range l.Switches() {
		if err := c.device(fmt.Sprintf("sw%d", i), sw); err != nil {
			return err
		}
	}
	if err := each(func(i int) error { _, err := c.Sync(ctx, user, fmt.Sprintf("sw%d", i)); return err }); err != nil {
		return err
	}
	opened, after := time.Since(start), heap()
	start = time.Now()
	if err := each(func(i int) error { return c.session(fmt.Sprintf("s%d", i), fmt.Sprintf("sw%d", i), mirror.RX) }); err != nil {
		return err
	}
	created := time.Since(start)
	start, used := time.Now(), cpu()
	if err := each(func(i int) error { // a preview reads as a resync does
		_, err := c.Plan(ctx, user, intent(fmt.Sprintf("s%d", i), fmt.Sprintf("sw%d", i), mirror.RX))
		return err
	}); err != nil {
		return err
	}
	fmt.Printf("\n%d switches in one lab, one controller, one process:\n", fleetSize)
	fmt.Printf("  opened and read   %v\n", opened.Round(time.Millisecond))
	fmt.Printf("  a session on each %v\n", created.Round(time.Millisecond))
	fmt.Printf("  resync of all     %v, %v of CPU (switches included)\n", time.Since(start).Round(time.Millisecond), (cpu() - used).Round(time.Millisecond))
	fmt.Printf("  memory            %d kB heap and stacks per open connection (both ends)\n", (after-before)/fleetSize/1024)
	return c.stop()
}

// each does something for every switch, 32 at a time.
func each(do func(i int) error) error {
	var wait sync.WaitGroup
	slots := make(chan struct{}, 32)
	errs := make([]error, fleetSize)
	for i := range fleetSize {
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

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
