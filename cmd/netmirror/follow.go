package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/netmirror/netmirror/client"
)

// Bounds of a stream: how long it may be silent, although the controller gives signs of
// life, and how soon and how rarely it is asked for again after it broke off.
const (
	streamSilence = 45 * time.Second
	streamSoon    = 250 * time.Millisecond
	streamRarely  = 10 * time.Second
)

// follow gives events as they happen, those after the last one first, until ctx ends. Where
// a stream breaks off, as when the controller starts anew, the next goes on behind the
// last event that was received. What will not go away by itself is an error, and ends it.
func follow(ctx context.Context, cl *client.Client, q client.ListEventsOptions, last string) iter.Seq2[client.Event, error] {
	q.Order, q.Limit, q.Since, q.Until = "", 0, time.Time{}, time.Time{}
	return func(yield func(client.Event, error) bool) {
		for pause := streamSoon; ; pause = min(pause*2, streamRarely) {
			q.LastEventID = last
			err := streamed(ctx, cl, q, func(e client.Event) bool {
				last, pause = e.ID, streamSoon
				return yield(e, nil)
			})
			switch {
			case ctx.Err() != nil || errors.Is(err, errEnough):
				return // as it is meant to be ended
			case err != nil && !passing(err):
				yield(client.Event{}, err)
				return
			}
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return
			}
		}
	}
}

var (
	errEnough = errors.New("enough of the stream")
	errSilent = errors.New("the stream shows no sign of life")
)

// streamed gives the events of one stream until it ends.
func streamed(ctx context.Context, cl *client.Client, q client.ListEventsOptions, each func(client.Event) bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	silent := time.AfterFunc(streamSilence, func() { cancel(errSilent) }) // a proxy may keep the whole of it
	defer silent.Stop()
	body, err := cl.StreamEvents(ctx, q)
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }() // it is read to its end, or left
	for x, err := range client.ReadStream(awake{body, silent}) {
		switch {
		case err != nil:
			return err
		case x.Type == "end":
			var why struct{ Code, Detail string }
			_ = json.Unmarshal(x.Data, &why) // what is not there is not told
			if why.Code == "unauthenticated" {
				return &client.Problem{Title: "The stream of events has ended", Status: 401, Code: why.Code, Detail: why.Detail}
			}
			return nil
		case x.Type == "lost":
			continue // they are not kept any more; what is there still comes
		}
		var e client.Event
		if err := json.Unmarshal(x.Data, &e); err != nil {
			return fmt.Errorf("an event is not understood: %w", err)
		}
		if e.ID == "" {
			e.ID = x.ID
		}
		if !each(e) {
			return errEnough
		}
	}
	return nil
}

// awake puts off the end of a stream with each octet that is read.
type awake struct {
	io.Reader
	silent *time.Timer
}

func (a awake) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if n > 0 {
		a.silent.Reset(streamSilence)
	}
	return n, err
}
