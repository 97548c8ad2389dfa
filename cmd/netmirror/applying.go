package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/netmirror/netmirror/client"
)

// What became of an object that was applied. A refused one was not tried: the controller
// would not have it, and what was there stays.
const (
	resultCreated    = "created"
	resultConfigured = "configured"
	resultUnchanged  = "unchanged"
	resultRefused    = "refused"
	resultFailed     = "failed"
	resultDeleted    = "deleted"
	resultLeaving    = "leaving" // it is being deleted, and that is not waited for
	resultAbsent     = "absent"  // there was nothing to delete
)

// Bounds of what one command asks of a controller at a time. Rollouts are waited for
// without a place among the requests, so that one that is stuck holds up no other; all
// together they are looked at watchRate times a second at most.
const (
	requestsAtATime = 8
	watchRate       = 50
	firstWatch      = 100 * time.Millisecond
	lastWatch       = 2 * time.Second
)

// applying brings a manifest about.
type applying struct {
	flags        *clientFlags
	client       *client.Client
	output       string
	dryRun, wait bool
	prune        pruning
	removal      removal
	timeout      time.Duration // of each object
	places       chan struct{} // of requests
	progress     *progress
}

// An object is one resource of a manifest.
type object struct {
	kind, name string // "sessions", "phones"
	body       map[string]any
	place      place
}

// String is the object as people name it: session/phones.
func (o object) String() string { return singular(o.kind) + "/" + o.name }

func singular(kind string) string { return strings.TrimSuffix(kind, "s") }

// objects are the resources of a kind.
func (m manifest) objects(g group) (list []object) {
	for i, item := range g.list {
		body := map[string]any{}
		for k, v := range item {
			if k != "name" {
				body[k] = v
			}
		}
		list = append(list, object{g.kind, item["name"].(string), body, m.places[g.kind][i]})
	}
	return list
}

// apply applies a manifest, and prunes what a selector chooses and no file has.
func (a *applying) apply(ctx context.Context, m manifest) error {
	var stages [][]object
	for _, g := range m.groups() {
		stages = append(stages, m.objects(g))
	}
	return a.told(ctx, m.count(), func(ctx context.Context) error {
		if err := a.run(ctx, a.put, stages...); err != nil || !a.prune.wanted {
			return err
		}
		return a.pruneRest(ctx, m)
	})
}

// A step does something to an object and tells it in done. What is left to wait for is
// returned.
type step func(ctx context.Context, o object, done *outcome) (follow func(context.Context) error, err error)

// told tells what becomes of each object while do runs, and the counts at the end.
func (a *applying) told(ctx context.Context, total int, do func(context.Context) error) error {
	a.places = make(chan struct{}, requestsAtATime)
	a.progress = newProgress(a.flags.console, a.output, total)
	defer a.progress.end()
	if err := do(ctx); err != nil {
		return err
	}
	return a.progress.result()
}

// run takes one stage after the other, and the objects of a stage side by side. What stops
// all (nobody answers, a token that nobody knows) ends it at once.
func (a *applying) run(ctx context.Context, do step, stages ...[]object) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for _, objects := range stages {
		var all sync.WaitGroup
		for _, o := range objects {
			all.Go(func() {
				done := a.one(ctx, o, do)
				if stopsAll(done.err) {
					stop(done.err)
				}
				a.progress.finish(o.String(), done)
			})
		}
		all.Wait()
		if err := context.Cause(ctx); stopsAll(err) {
			return err
		}
	}
	return nil
}

// stopsAll reports whether nothing else would fare better.
func stopsAll(err error) bool {
	return errors.As(err, new(*client.Unreachable)) || client.HasCode(err, "unauthenticated")
}

// take waits for a place among the requests.
func (a *applying) take(ctx context.Context) (release func(), err error) {
	select {
	case a.places <- struct{}{}:
		return func() { <-a.places }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// one does a step for one object. Its time begins when it is its turn.
func (a *applying) one(ctx context.Context, o object, do step) outcome {
	done := outcome{Kind: singular(o.kind), Name: o.name, place: o.place}
	release, err := a.take(ctx)
	if err != nil {
		return done.failed(fmt.Errorf("not tried: %w", err))
	}
	a.progress.begin(o.String())
	ctx, cancel := context.WithTimeoutCause(ctx, a.timeout, errTimeout)
	defer cancel()
	follow, err := do(ctx, o, &done)
	release()
	if err == nil && follow != nil {
		err = follow(ctx)
	}
	if err != nil {
		return done.failed(err)
	}
	return done
}

var errTimeout = errors.New("the time of --timeout is over")

// put writes an object and says whether that changed it.
func (a *applying) put(ctx context.Context, o object, done *outcome) (follow func(context.Context) error, err error) {
	path := at(o.kind, o.name)
	before, err := a.client.Do(ctx, client.Request{Method: http.MethodGet, Path: path}, nil)
	isNew := client.IsNotFound(err)
	if err != nil && !isNew {
		return nil, err
	}
	var session client.Session
	var filter client.Filter
	var into any
	switch o.kind {
	case "sessions":
		into = &session
	case "filters":
		into = &filter
	}
	meta, err := a.client.Do(ctx, client.Request{Method: http.MethodPut, Path: path, Body: o.body}, into)
	if err != nil {
		return nil, err
	}
	switch {
	case isNew:
		done.Result = resultCreated
	case meta.ETag == before.ETag:
		done.Result = resultUnchanged
	default:
		done.Result = resultConfigured
	}
	switch o.kind {
	case "sessions":
		return a.ofSession(done, client.Answer[client.Session]{Value: session, Meta: meta})
	case "filters":
		return a.ofFilter(done, filter.Status.Rollouts)
	}
	return nil, nil
}

// ofSession tells of a session, and waits for its rollout unless that waits for a device.
func (a *applying) ofSession(done *outcome, s client.Answer[client.Session]) (func(context.Context) error, error) {
	done.of(s.Value)
	if s.Status != http.StatusAccepted || s.Operation == "" || waitsForADevice(s.Value) != "" {
		return nil, failedSession(s.Value)
	}
	done.Operation = s.Operation
	if !a.wait {
		return nil, nil
	}
	return func(ctx context.Context) error {
		if _, err := a.follow(ctx, s.Operation); heldUp(err) != "" {
			done.notPushed(heldUp(err))
			return nil
		} else if err != nil {
			return fmt.Errorf("%w%s", err, whyNotYet(ctx, a.client, s.Value.Name))
		}
		release, err := a.take(ctx)
		if err != nil {
			return err
		}
		defer release()
		again, err := a.client.GetSession(ctx, s.Value.Name)
		if err != nil {
			return err
		}
		done.of(again.Value)
		return failedSession(again.Value)
	}, nil
}

// ofFilter waits for the sessions that change with a filter.
func (a *applying) ofFilter(done *outcome, rollouts []client.FilterRollout) (func(context.Context) error, error) {
	var names []string
	for _, r := range rollouts {
		names = append(names, plain(r.Session))
	}
	switch {
	case len(names) == 0:
		return nil, nil
	case !a.wait:
		done.Message = "changing with it: " + strings.Join(names, ", ")
		return nil, nil
	}
	done.Message = "changed with it: " + strings.Join(names, ", ")
	return func(ctx context.Context) error {
		var faults []error
		for _, r := range rollouts {
			op, err := a.follow(ctx, r.Operation)
			if why := heldUp(err); why != "" {
				done.Message += fmt.Sprintf("; session %s accepted, not pushed: %s", plain(r.Session), why)
				continue
			}
			if err == nil && op.State != "succeeded" {
				err = fmt.Errorf("%s: %s", plain(op.State), plain(op.Message))
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("session %s: %w", plain(r.Session), err))
			}
		}
		return errors.Join(faults...)
	}, nil
}

// follow looks at a rollout until it has ended, or waits for somebody, more rarely the longer it takes and the
// more are waited for.
func (a *applying) follow(ctx context.Context, operation string) (op client.Operation, err error) {
	op.ID = operation
	for pause := firstWatch; ; pause = min(pause*3/2, lastWatch) {
		timer := time.NewTimer(max(pause, time.Duration(a.progress.atWork())*time.Second/watchRate))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return op, &client.Unfinished{Operation: op, Cause: context.Cause(ctx)}
		}
		release, err := a.take(ctx)
		if err != nil {
			return op, &client.Unfinished{Operation: op, Cause: context.Cause(ctx)}
		}
		seen, err := a.client.GetOperation(ctx, operation)
		release()
		switch busy := (*client.Problem)(nil); {
		case err == nil && seen.Ended():
			return seen, nil
		case err == nil && seen.Waits != "":
			return seen, &client.Unfinished{Operation: seen}
		case err == nil:
			op = seen
		case ctx.Err() != nil:
			return op, &client.Unfinished{Operation: op, Cause: context.Cause(ctx)}
		case errors.As(err, &busy) && (busy.Status == http.StatusTooManyRequests || busy.Status == http.StatusServiceUnavailable):
		default:
			return op, err
		}
	}
}
