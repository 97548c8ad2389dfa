package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// The pause between tries: of a connection that could not be made, it doubles
// from firstPause; a controller says itself when to come back, and is believed up
// to longestPause.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 30 * time.Second
)

// send makes a request, again where that is safe: see the package's words on
// retries.
func (c *Client) send(ctx context.Context, r Request) (*http.Response, error) {
	pause := firstPause
	for tries := 0; ; tries++ {
		req, err := c.build(ctx, r)
		if err != nil {
			return nil, err
		}
		resp, err := c.http.Do(req)
		again := time.Duration(-1)
		switch {
		case err == nil:
			again = comeBack(r.Method, resp)
		case neverConnected(err) && ctx.Err() == nil:
			again = pause/2 + rand.N(pause/2+1)
			pause *= 2
		}
		if again < 0 || tries >= c.retries || !within(ctx, again) {
			return resp, c.failed(r, err)
		}
		if resp != nil {
			_, _ = io.CopyN(io.Discard, resp.Body, 1<<16) // so that the connection is used again
			resp.Body.Close()
		}
		timer := time.NewTimer(again)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, c.failed(r, context.Cause(ctx))
		}
	}
}

func (c *Client) failed(r Request, err error) error {
	if err == nil {
		return nil
	}
	server := c.base.Scheme + "://" + c.base.Host
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
		return &Unreachable{server, op.Err}
	}
	if errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Errorf("%s at %s: it speaks http there and not https; is it http://%s that you mean?", r.name(), server, c.base.Host)
	}
	return fmt.Errorf("%s at %s: %w", r.name(), server, unwrapURL(err))
}

// Unreachable is the error of a connection that could not be made, within the
// tries that there were: nothing was asked.
type Unreachable struct {
	Server string // its scheme, host and port
	Cause  error
}

func (e *Unreachable) Error() string {
	return fmt.Sprintf("no connection to %s: %v", e.Server, e.Cause)
}

func (e *Unreachable) Unwrap() error { return e.Cause }

// comeBack is after how long the controller wants to be asked again, negative for
// never.
func comeBack(method string, resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusServiceUnavailable && resp.StatusCode != http.StatusTooManyRequests {
		return -1
	}
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete:
	default:
		return -1
	}
	text := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, longestPause)
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, time.Until(at)), longestPause)
	}
	return -1
}

// neverConnected reports whether nothing of a request can have arrived.
func neverConnected(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// within reports whether ctx still lives after a pause.
func within(ctx context.Context, pause time.Duration) bool {
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) > pause
}
