package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/lab"
	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	manySwitches  = 200
	deafSwitches  = 80 // that fall silent
	manyCreates   = 480
	writersAtOnce = 8
)

// A silence is how switches come to be silent. start brings a controller to
// where writes begin, and calls hush at the right moment.
type silence struct {
	what  string
	start func(ctx context.Context, dir string, l *lab.Lab, hush func() error) (*controller, error)
}

var silences = []silence{
	{"fell silent in mid-session", func(ctx context.Context, dir string, l *lab.Lab, hush func() error) (*controller, error) {
		c, err := manyRead(ctx, dir, l)
		return c, errors.Join(err, hush())
	}},
	{"just added", func(ctx context.Context, dir string, l *lab.Lab, hush func() error) (*controller, error) {
		if err := hush(); err != nil {
			return nil, err
		}
		return manyAdded(ctx, dir, l)
	}},
	{"after a restart", func(ctx context.Context, dir string, l *lab.Lab, hush func() error) (*controller, error) {
		c, err := manyRead(ctx, dir, l)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(c.stop(), hush()); err != nil {
			return nil, err
		}
		return newController(ctx, dir, resyncing)
	}},
}

// resyncing has every device read often, so that the silent ones are tried.
func resyncing(c *engine.Config) { c.Resync = 5 * time.Second }

func manyAdded(ctx context.Context, dir string, l *lab.Lab) (*controller, error) {
	c, err := newController(ctx, dir, resyncing)
	if err != nil {
		return nil, err
	}
	for i, sw := range l.Switches() {
		if err := c.device(catalyst, fmt.Sprintf("sw%d", i), catalyst.at(sw).address); err != nil {
			return c, err
		}
	}
	return c, nil
}

func manyRead(ctx context.Context, dir string, l *lab.Lab) (*controller, error) {
	c, err := manyAdded(ctx, dir, l)
	if err != nil {
		return c, err
	}
	return c, parallel(manySwitches, 32, func(i int) error { _, err := c.Sync(ctx, user, fmt.Sprintf("sw%d", i)); return err })
}

// parallel does something for 0 to n-1, so many at a time.
func parallel(n, atOnce int, do func(i int) error) error {
	var wait sync.WaitGroup
	next := make(chan int)
	errs := make([]error, n)
	for range atOnce {
		wait.Go(func() {
			for i := range next {
				errs[i] = do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wait.Wait()
	return errors.Join(errs...)
}

// silent prints how long creates on healthy switches take while others do not
// answer, beside the same with all healthy.
func silent(ctx context.Context) error {
	fmt.Printf("\n%d switches, %d of them silent; %d creates, %d at a time, on the %d others (every device is read every 5 s):\n",
		manySwitches, deafSwitches, manyCreates, writersAtOnce, manySwitches-deafSwitches)
	const row = "  %-26s  %12s  %12s  %12s  %12s  %s\n"
	fmt.Printf(row, "the silent ones", "healthy: p50", "p99", "silent: p50", "p99", "ratio of p99")
	for _, s := range silences {
		healthy, err := s.measure(ctx, 0)
		if err != nil {
			return fmt.Errorf("%s, all healthy: %w", s.what, err)
		}
		some, err := s.measure(ctx, deafSwitches)
		if err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
		fmt.Printf(row, s.what, healthy[0], healthy[1], some[0], some[1], fmt.Sprintf("%.2f", float64(some[1])/float64(healthy[1])))
	}
	return nil
}

// measure gives the median and the 99th percentile of a create.
func (s silence) measure(ctx context.Context, deaf int) (out [2]time.Duration, err error) {
	spec, err := lab.Load(strings.NewReader(described([]kind{catalyst}, manySwitches)))
	if err != nil {
		return out, err
	}
	l, err := lab.Start(ctx, spec)
	if err != nil {
		return out, err
	}
	defer l.Close()
	dir, err := os.MkdirTemp("", "netmirror-bench-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	c, err := s.start(ctx, dir, l, func() error {
		for i, sw := range l.Switches() {
			if i%5 > 1 || i/5*2+i%5 >= deaf { // two of each five
				continue
			}
			sw.SetTiming(lab.Timing{ThinkTime: lab.Duration(time.Hour)}) // connections that are open
			if err := sw.SetFaults(lab.Faults{Silent: true}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	times, err := c.creates()
	if err := errors.Join(err, c.stop()); err != nil {
		return out, err
	}
	slices.Sort(times)
	for i, p := range []int{50, 99} {
		out[i] = times[len(times)*p/100].Round(100 * time.Microsecond)
	}
	return out, nil
}

// creates makes and removes sessions on the switches that never fall silent, and
// gives the time of each create, from the request to its read-back.
func (c *controller) creates() ([]time.Duration, error) {
	var healthy []string
	for i := range manySwitches {
		if i%5 > 1 {
			healthy = append(healthy, fmt.Sprintf("sw%d", i))
		}
	}
	times := make([]time.Duration, manyCreates)
	busy := make([]sync.Mutex, len(healthy))
	err := parallel(manyCreates, writersAtOnce, func(i int) error {
		at := i % len(healthy)
		busy[at].Lock()
		defer busy[at].Unlock()
		name := fmt.Sprintf("s%d", i)
		start := time.Now()
		if err := c.submit(catalyst.intent(name, healthy[at], mirror.RX, 1)); err != nil {
			return err
		}
		times[i] = time.Since(start)
		return c.remove(name)
	})
	return times, err
}
