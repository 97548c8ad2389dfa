package main

import (
	"context"
	"errors"
	"time"

	"github.com/netmirror/netmirror/client"
)

// streamLater is how long, at most, a stream that could not be had is not asked for again.
const streamLater = time.Minute

// A happening is an event, or why there are no more.
type happening struct {
	event client.Event
	err   error
}

// happenings gives what happens after the event last, until ctx ends: from the stream of
// events and, while none can be had (a controller that starts anew, a proxy that lets none
// through), from the list of them, asked every interval. What will not go away by itself
// is an error, and ends it.
func happenings(ctx context.Context, cl *client.Client, last string, every time.Duration) <-chan happening {
	out := make(chan happening)
	give := func(h happening) bool {
		select {
		case out <- h:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(out)
		for pause := every; ctx.Err() == nil; pause = min(2*pause, max(every, streamLater)) {
			_ = streamed(ctx, cl, client.ListEventsOptions{LastEventID: last}, func(e client.Event) bool { // the list tells why there is none
				last, pause = e.ID, every
				return give(happening{event: e})
			})
			for again := time.Now().Add(pause); ; {
				err := listed(ctx, cl, &last, func(e client.Event) bool { return give(happening{event: e}) })
				if err != nil && ctx.Err() == nil && !passing(err) {
					give(happening{err: err})
					return
				}
				select {
				case <-time.After(every):
				case <-ctx.Done():
					return
				}
				if time.Now().After(again) {
					break
				}
			}
		}
	}()
	return out
}

// listed gives the events behind the last one, which it moves on.
func listed(ctx context.Context, cl *client.Client, last *string, each func(client.Event) bool) error {
	for {
		page, err := cl.ListEvents(ctx, client.ListEventsOptions{Limit: 500, Cursor: *last})
		if err != nil {
			return err
		}
		for _, e := range page.Items {
			if *last = e.ID; !each(e) {
				return nil
			}
		}
		if len(page.Items) == 0 {
			return nil
		}
	}
}

// passing reports whether an error may go away by itself, as when the controller starts
// anew: whoever watches it wants to go on.
func passing(err error) bool {
	var p *client.Problem
	if errors.As(err, &p) {
		return p.Status >= 500 || p.Status == 429
	}
	return true
}
