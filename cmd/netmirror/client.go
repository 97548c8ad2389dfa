package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// client speaks the REST API for the command line.
type client struct {
	base, token string
	http        http.Client
}

func newClient(server, token string) (*client, error) {
	if token == "" {
		return nil, failure{errors.New("no token: set NETMIRROR_TOKEN or give --token-file (the first `netmirror serve` printed one)"), 2}
	}
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, failure{fmt.Errorf("server %q is no http:// or https:// address", server), 2}
	}
	return &client{base: strings.TrimRight(server, "/") + "/api/v1", token: token, http: http.Client{Timeout: 3 * time.Minute}}, nil
}

// problem is an RFC 9457 document as the API answers it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Errors []struct {
		Pointer string `json:"pointer"`
		Code    string `json:"code"`
		Message string `json:"message"`
		Source  string `json:"source"`
	} `json:"errors"`
	Forecast  forecasts      `json:"forecast"`
	Proposals []proposalView `json:"proposals"`
}

func (p problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%d %s)", plain(p.Title), p.Status, plain(p.Code))
	if p.Detail != "" {
		fmt.Fprintf(&b, ": %s", plain(p.Detail))
	}
	for _, r := range p.Errors {
		fmt.Fprintf(&b, "\n  %s", plain(r.Message))
		if r.Pointer != "" {
			fmt.Fprintf(&b, " [%s]", plain(r.Pointer))
		}
		if r.Source != "" {
			fmt.Fprintf(&b, " (source: %s)", plain(r.Source))
		}
	}
	b.WriteString(p.Forecast.refused())
	b.WriteString(proposed(p.Proposals))
	return b.String()
}

// maxAnswer bounds an answer, in octets.
const maxAnswer = 256 << 20

// A reply is what the status line and headers of an answer said.
type reply struct {
	status   int
	location string // of the operation, on 202
}

// do makes one request and decodes what was answered; answer may be nil. A
// refusal is a problem.
func (c *client) do(ctx context.Context, method, path string, header http.Header, body, answer any) (reply, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, r)
	if err != nil {
		return reply{}, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return reply{}, err
	}
	if resp.StatusCode >= 400 {
		var p problem
		if json.Unmarshal(raw, &p) != nil || p.Status == 0 {
			return reply{}, fmt.Errorf("%s %s: %s", method, path, resp.Status)
		}
		return reply{}, p
	}
	if answer != nil && len(raw) > 0 {
		if err := json.Unmarshal(raw, answer); err != nil {
			return reply{}, fmt.Errorf("%s %s: the answer is no JSON: %w", method, path, err)
		}
	}
	return reply{resp.StatusCode, resp.Header.Get("Location")}, nil
}

// follow waits until an operation has ended, by its Location.
func (c *client) follow(ctx context.Context, location string) error {
	_, id, ok := strings.Cut(location, "/operations/")
	if !ok {
		return fmt.Errorf("the answer names no operation")
	}
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		var op struct {
			State   string `json:"state"`
			Message string `json:"message"`
		}
		if _, err := c.do(ctx, http.MethodGet, "/operations/"+id, nil, nil, &op); err != nil {
			return err
		}
		if op.State != "running" && op.State != "rolling-back" {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			text := fmt.Sprintf("not finished in time, and goes on by itself (operation %s)", id)
			if op.Message != "" {
				text += ": " + plain(op.Message)
			}
			return errors.New(text)
		}
	}
}
