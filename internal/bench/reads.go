package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/netmirror/netmirror/internal/store"
)

// reads asks a controller that has much in its store, at a fixed rate, and follows its
// events by many streams. The store is that of a folder, which is filled where it is not
// yet and stays; "" is one that goes.
func reads(ctx context.Context, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "netmirror-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if err := prepareReads(ctx, dir, manyDevices); err != nil {
		return err
	}
	c, err := serve(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := c.calm(ctx); err != nil {
		return err
	}
	fmt.Printf("\nA controller in a process of its own with %d devices and %d sessions, just started (no device is read yet).\n", manyDevices, manySessions)
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConns: 1000, MaxIdleConnsPerHost: 1000}}
	defer client.CloseIdleConnections()
	places, err := cursors(ctx, client, c.address)
	if err != nil {
		return err
	}
	if err := c.costs(ctx, client, places); err != nil {
		return err
	}
	load(ctx, client, c.address, places, readRate, warmUp) // connections are opened, and memory is taken
	fmt.Printf("%d requests a second for %v:\n", readRate, readFor)
	before, err := c.use()
	if err != nil {
		return err
	}
	all := load(ctx, client, c.address, places, readRate, readFor)
	after, err := c.use()
	if err != nil {
		return err
	}
	latencies(all)
	fmt.Printf("  the controller used %v of CPU for a request, %.0f %% of one processor; %d MB of heap and stacks\n",
		(after.since(before).CPU / time.Duration(len(all))).Round(10*time.Microsecond), 100*float64(after.since(before).CPU)/float64(readFor), after.Memory>>20)
	return streams(ctx, c.address)
}

// prepareReads fills the store of a folder with so many devices and their sessions.
func prepareReads(ctx context.Context, dir string, devices int) (err error) {
	first := filepath.Join(dir, "pattern")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(first, 0o700); errors.Is(err, fs.ErrExist) {
		return nil // it is filled
	} else if err != nil {
		return err
	}
	p, err := makePattern(ctx, first)
	if err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	db, err := store.Open(ctx, filepath.Join(dir, "netmirror.db"), nil)
	if err != nil {
		return err
	}
	return errors.Join(p.fill(ctx, db, devices, streamReaders), db.Close())
}

// costs prints what a request costs the controller, asked one after another: the time of
// its processors, which says something on a busy machine, too.
func (p *served) costs(ctx context.Context, client *http.Client, places []string) error {
	const times = 200
	r := rand.New(rand.NewPCG(2, 2))
	var mean time.Duration // of the mixture
	fmt.Println("CPU of the controller for a request:")
	for _, q := range questions {
		before, err := p.answer("processor")
		if err != nil {
			return err
		}
		for range times {
			if err := get(ctx, client, "http://"+p.address+"/api/v1/"+q.path(r, places[r.IntN(len(places))]), nil); err != nil {
				return err
			}
		}
		after, err := p.answer("processor")
		if err != nil {
			return err
		}
		cost := after.since(before).CPU / times
		mean += cost * time.Duration(q.share) / 100
		fmt.Printf("  %-33s  %9v  (%d of 100)\n", q.what, cost.Round(10*time.Microsecond), q.share)
	}
	fmt.Printf("  %-33s  %9v, %.0f %% of one processor at %d a second\n", "all", mean.Round(10*time.Microsecond), 100*mean.Seconds()*readRate, readRate)
	return nil
}
