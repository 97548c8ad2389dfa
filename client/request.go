package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Base is the path that all resources begin with.
const Base = "/api/v1"

// Request is one request. The generated calls are made of it; use it for what
// they do not say, such as a spec that is at hand as JSON.
type Request struct {
	Method     string
	Path       string // escaped, such as Base + "/sessions/watch-alice"
	Query      url.Values
	Header     http.Header
	Body       any           // marshalled as JSON, nil = none
	MergePatch bool          // the body is one
	Wait       time.Duration // that the controller is asked to wait for a rollout, in whole seconds
}

// Answer is what was answered, and the value that it holds.
type Answer[T any] struct {
	Value T
	Meta
}

// Meta is what the status and the headers of an answer said.
type Meta struct {
	Status    int    // HTTP
	ETag      string // in its quotes, as If-Match takes it
	Location  string
	Operation string // ID of the operation that Location is of, "" = none
	RequestID string // finds the request in the controller's log
	Waited    bool   // the controller honoured the wait that was asked for
	Next      string // path and query of the next page, where the header Link names one
}

// segment is a name as one part of a path. A dot alone would be cleaned away.
func segment(name string) string {
	if name == "." || name == ".." {
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return url.PathEscape(name)
}

// orNone is body, or nil where it is a nil pointer.
func orNone(body any) any {
	if v := reflect.ValueOf(body); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	return body
}

func (r *Request) header(name, value string) {
	if value == "" {
		return
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(name, value)
}

// query adds a parameter unless it is zero.
func (r *Request) query(name string, value any) {
	if reflect.ValueOf(value).IsZero() {
		return
	}
	if r.Query == nil {
		r.Query = url.Values{}
	}
	switch v := value.(type) {
	case []string:
		r.Query.Set(name, strings.Join(v, ","))
	case time.Time:
		r.Query.Set(name, v.Format(time.RFC3339Nano))
	default:
		r.Query.Set(name, fmt.Sprint(v))
	}
}

// Do makes one request and decodes what was answered into answer, a pointer, or
// *[]byte for the octets as they are; nil = it is thrown away. A refusal is a
// *Problem.
func (c *Client) Do(ctx context.Context, r Request, answer any) (Meta, error) {
	if _, ok := ctx.Deadline(); !ok && c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	resp, err := c.send(ctx, r)
	if err != nil {
		return Meta{}, err
	}
	defer resp.Body.Close()
	meta := metaOf(resp)
	raw, err := io.ReadAll(io.LimitReader(resp.Body, c.maxAnswer+1))
	if err != nil {
		return meta, fmt.Errorf("%s: the answer broke off: %w", r.name(), err)
	}
	if int64(len(raw)) > c.maxAnswer {
		return meta, fmt.Errorf("%s: the answer has more than %d octets", r.name(), c.maxAnswer)
	}
	if resp.StatusCode >= 300 {
		return meta, problemOf(resp, raw)
	}
	switch to := answer.(type) {
	case nil:
	case *[]byte:
		*to = raw
	default:
		if len(raw) == 0 {
			break
		}
		if err := json.Unmarshal(raw, answer); err != nil {
			return meta, fmt.Errorf("%s: the answer is not understood: %w", r.name(), err)
		}
	}
	return meta, nil
}

// call is Do with the answer's type.
func call[T any](ctx context.Context, c *Client, r Request) (Answer[T], error) {
	var a Answer[T]
	var err error
	a.Meta, err = c.Do(ctx, r, &a.Value)
	return a, err
}

// stream makes a request whose answer has no end. It is read until ctx ends or
// it is closed.
func (c *Client) stream(ctx context.Context, r Request) (io.ReadCloser, error) {
	r.header("Accept", "text/event-stream")
	resp, err := c.send(ctx, r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		raw, err := io.ReadAll(io.LimitReader(resp.Body, c.maxAnswer))
		if err != nil {
			return nil, fmt.Errorf("%s: the answer broke off: %w", r.name(), err)
		}
		return nil, problemOf(resp, raw)
	}
	return resp.Body, nil
}

func (r Request) name() string { return r.Method + " " + r.Path }

// build is r for net/http. The body can be sent again.
func (c *Client) build(ctx context.Context, r Request) (*http.Request, error) {
	var body io.Reader
	if r.Body != nil {
		raw, err := json.Marshal(r.Body)
		if err != nil {
			return nil, fmt.Errorf("%s: the body: %w", r.name(), err)
		}
		body = bytes.NewReader(raw)
	}
	at := c.base.String() + r.Path
	if len(r.Query) > 0 {
		at += "?" + r.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, at, body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if r.Wait >= time.Second {
		req.Header.Set("Prefer", "wait="+strconv.FormatInt(int64(r.Wait/time.Second), 10))
	}
	req.Header.Set("User-Agent", c.userAgent)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		if r.MergePatch {
			req.Header.Set("Content-Type", "application/merge-patch+json")
		}
	}
	return req, nil
}

func metaOf(resp *http.Response) Meta {
	m := Meta{Status: resp.StatusCode, ETag: resp.Header.Get("ETag"), Location: resp.Header.Get("Location"),
		RequestID: resp.Header.Get("X-Request-Id"), Waited: resp.Header.Get("Preference-Applied") != ""}
	for _, link := range resp.Header.Values("Link") {
		if at, ok := strings.CutSuffix(link, `>; rel="next"`); ok {
			m.Next = strings.TrimPrefix(at, "<")
		}
	}
	if _, id, ok := strings.Cut(m.Location, Base+"/operations/"); ok {
		if id, err := url.PathUnescape(id); err == nil {
			m.Operation = id
		}
	}
	return m
}

// httpToHTTPS is what servers in Go answer to a request in the clear where they speak TLS
// (net/http, type conn). No other text of an answer tells the two apart.
const httpToHTTPS = "Client sent an HTTP request to an HTTPS server"

// problemOf is what a refusal says. What is no problem document comes from
// something in between, and is told by its status alone.
func problemOf(resp *http.Response, raw []byte) error {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	var p Problem
	if json.Unmarshal(raw, &p) != nil || p.Status == 0 && p.Code == "" {
		p = Problem{Title: http.StatusText(resp.StatusCode)}
		if media == "" {
			media = "nothing that is named"
		}
		p.Detail = fmt.Sprintf("the answer is %s and no problem of netmirror's; is this its address?", media)
		if resp.StatusCode == http.StatusBadRequest && bytes.HasPrefix(raw, []byte(httpToHTTPS)) {
			p.Detail = fmt.Sprintf("it speaks https there and not http; is it https://%s that you mean?", resp.Request.URL.Host)
		}
	}
	p.Status = int64(resp.StatusCode)
	if p.RequestID == "" {
		p.RequestID = resp.Header.Get("X-Request-Id")
	}
	return &p
}

// unwrapURL leaves the address out of an error of net/http: whoever calls says
// what was tried.
func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
