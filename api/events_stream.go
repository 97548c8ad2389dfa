package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/netmirror/netmirror/internal/mirror"
)

// Bounds of streams.
const (
	DefaultMaxStreams = 64               // served at one time; three quarters of them for one token
	DefaultStreamBeat = 10 * time.Second // between two signs of life, and two looks at the token
)

const (
	streamBatch = 100                   // events that one write has at most
	streamPause = 50 * time.Millisecond // between two looks: what happens in it comes together
	streamRetry = 2 * time.Second       // after which a client that was cut off shall come back
)

// StreamEnd is the data of the last event of a stream, which is named end.
type StreamEnd struct {
	Code   string `json:"code" doc:"unauthenticated: the token is not valid any more; shutting-down; internal-error"`
	Detail string `json:"detail"`
}

// StreamLost is the data of an event named lost.
type StreamLost struct {
	Detail string `json:"detail"`
}

// streamEvents follows events until the client is gone or does not take them, the token
// is not valid any more, or the server ends.
func (s *server) streamEvents(ctx context.Context, in *EventParams) (*huma.StreamResponse, error) {
	if in.Order == "newest" {
		return nil, badParameter("query.order", "a stream begins with the oldest")
	}
	if in.Until != "" {
		return nil, badParameter("query.until", "a stream has no end")
	}
	if in.LastEventID != "" {
		in.Cursor = in.LastEventID
	}
	q, err := in.query()
	if err != nil {
		if in.LastEventID != "" && in.Cursor == in.LastEventID {
			return nil, badParameter("header.Last-Event-ID", "is no id of an event")
		}
		return nil, err
	}
	if q.Limit = streamBatch; q.After == 0 && q.Since.IsZero() && in.Cursor == "" {
		if q.After, err = s.engine.LastEvent(ctx); err != nil {
			return nil, err
		}
	}
	req := requestOf(ctx)
	leave, ok := s.places.streams.instead(req)
	if !ok {
		return nil, newProblem(codeOverloaded, "too many streams are being served; ask for pages, or end another stream")
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer leave()
		r, w := humachi.Unwrap(hctx)
		// The deadline of a request is none of a stream, and its end is that of the connection.
		(&eventStream{s: s, r: r.WithContext(req.base), w: w, control: http.NewResponseController(w), q: q}).run(req.base)
	}}, nil
}

// An eventStream is one client that follows events. What he has not taken yet is in the
// store: nothing waits for him, and he is cut off when he takes nothing for as long as an
// answer may take.
type eventStream struct {
	s       *server
	r       *http.Request
	w       http.ResponseWriter
	control *http.ResponseController
	q       mirror.EventQuery
	out     bytes.Buffer
}

func (e *eventStream) run(ctx context.Context) {
	h := e.w.Header()
	h.Set("Content-Type", mediaStream)
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers answers would keep it all
	e.w.WriteHeader(http.StatusOK)
	if e.r.Method == http.MethodHead {
		return
	}
	fmt.Fprintf(&e.out, "retry: %d\n", streamRetry.Milliseconds())
	e.sign()
	beat := time.NewTicker(e.s.streamBeat)
	defer beat.Stop()
	for {
		added := e.s.engine.EventAdded() // before the look: nothing can slip between
		more, err := e.look(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			e.s.log.ErrorContext(ctx, "stream of events", "req", requestOf(ctx).id, "err", err)
			e.end(codeInternal, "the events could not be read")
			return
		}
		if e.send() != nil {
			return
		}
		select {
		case <-e.s.closing:
			e.end("shutting-down", "the server ends")
			return
		case <-beat.C:
			if !e.allowed() {
				return
			}
			e.sign()
			continue
		default:
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-e.s.closing: // told above
		case <-beat.C:
			if !e.allowed() {
				return
			}
			e.sign()
		case <-added:
			pause := time.NewTimer(streamPause)
			select {
			case <-pause.C:
			case <-ctx.Done():
			case <-e.s.closing:
			}
			pause.Stop()
		}
	}
}

// look writes down what has happened since the last look.
func (e *eventStream) look(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, e.s.requestTimeout)
	defer cancel()
	page, err := e.s.engine.FindEvents(ctx, e.q)
	if err != nil {
		return false, err
	}
	e.q.After = page.Next
	if page.Lost {
		e.note("lost", "", StreamLost{"events after the last that was received are not kept any more; what follows begins with the oldest that are"})
	}
	for _, ev := range page.Events {
		e.note("", eventID(ev.Seq), eventOf(ev))
	}
	return page.More, nil
}

// note writes an event down.
func (e *eventStream) note(name, id string, data any) {
	if name != "" {
		fmt.Fprintf(&e.out, "event: %s\n", name)
	}
	if id != "" {
		fmt.Fprintf(&e.out, "id: %s\n", id)
	}
	b, err := json.Marshal(data)
	if err != nil { // plain structs always marshal
		panic(err)
	}
	fmt.Fprintf(&e.out, "data: %s\n\n", b)
}

// sign writes a sign of life down. Its id moves on over what the filters passed over.
func (e *eventStream) sign() {
	fmt.Fprintf(&e.out, ": netmirror\nid: %s\n\n", eventID(e.q.After))
}

// send sends what is written down.
func (e *eventStream) send() error {
	if e.out.Len() == 0 {
		return nil
	}
	// Not every ResponseWriter has deadlines; the error says only that.
	_ = e.control.SetWriteDeadline(time.Now().Add(e.s.writeTimeout))
	_, err := e.w.Write(e.out.Bytes())
	e.out.Reset()
	if err == nil {
		if err = e.control.Flush(); errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	return err
}

// end tells why the stream ends.
func (e *eventStream) end(code, detail string) {
	e.note("end", "", StreamEnd{code, detail})
	_ = e.send() // a client that is gone needs no reason
}

// allowed looks at the token again.
func (e *eventStream) allowed() bool {
	_, err := e.s.authenticate(e.r)
	var p *Problem
	switch {
	case errors.As(err, &p) && p.Code == codeUnauthenticated:
		e.end(codeUnauthenticated, "the token is not valid any more")
		return false
	case err != nil: // the store could not be asked: the next beat does
		e.s.log.WarnContext(e.r.Context(), "token of a stream", "err", err)
	}
	return true
}
