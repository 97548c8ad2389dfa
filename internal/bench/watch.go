package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/netmirror/netmirror/drivers"
	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
	"github.com/netmirror/netmirror/internal/watch"
)

const (
	watchedSize = 1000
	watchedFor  = time.Minute
	watchEvery  = 10 * time.Second
	community   = "public"
)

// showWatch watches ten ports of each of many switches by SNMP, nine sources and a
// destination, and tells what that costs once every session is watched.
func showWatch(ctx context.Context) (err error) {
	var watcher *watch.Watcher
	f, err := openFleet(ctx, []kind{catalyst}, watchedSize, func(c *engine.Config) {
		watcher = watch.New(watch.Config{Interval: watchEvery, Store: c.Store})
		c.Watch, c.Rates, c.Counters = watcher, watcher, drivers.Counters()
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	defer func() {
		cancel()
		<-done
		err = errors.Join(err, f.close())
	}()
	go func() { defer close(done); watcher.Run(ctx, f.WatchDesk()) }()
	if err := f.read(); err != nil {
		return err
	}
	if err := f.each(func(i int) error { return f.watched(i) }); err != nil {
		return err
	}
	for measured := 0; measured < watchedSize; { // every destination, with all its sources
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		measured = 0
		for _, e := range watcher.EndLoads() {
			if e.Known && e.Counted {
				measured++
			}
		}
	}
	before, err := f.lab.requests()
	if err != nil {
		return err
	}
	c, err := f.cost(func() error {
		select {
		case <-time.After(watchedFor):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil {
		return err
	}
	after, err := f.lab.requests()
	if err != nil {
		return err
	}
	polls := float64(watchedSize) * c.time.Seconds() / watchEvery.Seconds()
	fmt.Printf("\n%d switches, 10 watched ports each, counters by SNMP every %v, for %v:\n", watchedSize, watchEvery, c.time.Round(time.Second))
	fmt.Printf("  CPU: netmirror %.1f %% of a core, simulated switches %.1f %%; %v of netmirror's a reading\n",
		100*c.ours.CPU.Seconds()/c.time.Seconds(), 100*c.lab.CPU.Seconds()/c.time.Seconds(), time.Duration(c.ours.CPU.Seconds()/polls*1e9).Round(10*time.Microsecond))
	fmt.Printf("  PDUs: %d requests, %.2f a reading\n", after-before, float64(after-before)/polls)
	fmt.Printf("  memory of netmirror: %d MB resident, %d MB heap and stacks in use\n", resident()>>20, use().Memory>>20)
	return nil
}

// watched sets a session on a switch: nine ports to a tenth.
func (f *fleet) watched(i int) error {
	device := fmt.Sprintf("sw%d", i)
	s := mirror.Session{Name: fmt.Sprintf("s%d", i), Enabled: true, Destinations: []mirror.Destination{{Device: device, Interface: "Gi1/0/23"}}}
	for port := 1; port <= 9; port++ {
		s.Sources = append(s.Sources, mirror.Source{Device: device, Interface: fmt.Sprintf("Gi1/0/%d", port), Direction: mirror.RX})
	}
	res, err := f.Submit(f.ctx, user, s)
	if err != nil {
		return err
	}
	return f.wait(res.Operation.ID)
}

// agent is how the counters of a switch are read.
func agent(addr string) (*mirror.Transport, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	return &mirror.Transport{Protocol: "snmp", Address: host, Port: number, Credentials: "snmp"}, err
}

// resident is what the kernel counts as this process's memory, 0 where it does not tell.
func resident() uint64 {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages uint64
	if _, err := fmt.Sscan(string(raw), &size, &pages); err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
