package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	manyStreams   = 100
	eventRate     = 50 // a second
	eventsFor     = 20 * time.Second
	streamReaders = 4 // tokens: one has three quarters of the streams at most
	eventType     = "ToolStored"
)

// A follower counts what one stream brings: how long after the time that an event bears,
// which is before the event is committed.
type follower struct {
	opened chan struct{}
	delays []time.Duration
	seen   map[string]bool
}

// follow follows the events until it has seen so many.
func (f *follower) follow(ctx context.Context, client *http.Client, address, token string, want int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/api/v1/events?type="+eventType, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "text/event-stream")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	lines := bufio.NewScanner(res.Body)
	for opened := false; len(f.seen) < want && lines.Scan(); {
		if !opened {
			close(f.opened) // the first line is written when the stream stands
			opened = true
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		now := time.Now()
		var e struct {
			ID string
			At time.Time
		}
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return err
		}
		f.seen[e.ID], f.delays = true, append(f.delays, now.Sub(e.At))
	}
	if len(f.seen) < want {
		return errors.Join(fmt.Errorf("the stream ended after %d of %d events", len(f.seen), want), lines.Err())
	}
	return nil
}

// streams follows events by many streams while they are made at a fixed rate, each by a
// write of its own, and prints how late they come.
func streams(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{}}
	want := eventRate * int(eventsFor/time.Second)
	all, errs := make([]*follower, manyStreams), make([]error, manyStreams)
	var wait sync.WaitGroup
	for i := range all {
		all[i] = &follower{opened: make(chan struct{}), seen: map[string]bool{}}
		wait.Go(func() {
			if errs[i] = all[i].follow(ctx, client, address, fmt.Sprintf("%s-%d", readToken, i%streamReaders), want); errs[i] != nil {
				cancel()
			}
		})
	}
	for _, f := range all {
		select {
		case <-f.opened:
		case <-ctx.Done():
		}
	}
	made := makeEvents(ctx, address, want)
	if made != nil {
		cancel()
	}
	wait.Wait()
	if err := errors.Join(append(errs, made)...); err != nil {
		return err
	}
	var delays []time.Duration
	for _, f := range all {
		delays = append(delays, f.delays...)
	}
	slices.Sort(delays)
	fmt.Printf("\n%d streams while %d events a second are made by writes, for %v: every event came to every stream,\n", manyStreams, eventRate, eventsFor)
	fmt.Printf("  after the time that it bears (before its commit) by %v (p50), %v (p99), %v at most\n", quantile(delays, 0.5), quantile(delays, 0.99), quantile(delays, 1))
	return nil
}

// makeEvents makes as many events at a fixed rate, each by a write.
func makeEvents(ctx context.Context, address string, n int) error {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: eventRate}}
	defer client.CloseIdleConnections()
	errs := make([]error, n)
	var wait sync.WaitGroup
	begin := time.Now()
	run := fmt.Sprintf("new-%d", begin.Unix()) // of a store that is used again
	for i := range n {
		waitUntil(ctx, begin.Add(time.Duration(i)*time.Second/eventRate))
		wait.Go(func() { errs[i] = put(ctx, client, address, run, i) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

func put(ctx context.Context, client *http.Client, address, run string, i int) error {
	url := fmt.Sprintf("http://%s/api/v1/tools/%s-%d", address, run, i)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, strings.NewReader(`{"ip":"192.0.2.9"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+readToken+"-0")
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s: %s", url, res.Status)
	}
	return nil
}
