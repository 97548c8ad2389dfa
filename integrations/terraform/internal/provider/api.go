package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/netmirror/netmirror/client"
)

// Pauses between looks at something that goes on.
const (
	firstLook = 200 * time.Millisecond
	lastLook  = 2 * time.Second
)

// waitSlice is how long the controller itself is asked to wait for a rollout.
const waitSlice = 30 * time.Second

// stored is an object as the controller answered it.
type stored struct {
	raw  []byte // {name, spec, status}
	spec tree
	client.Meta
}

var errNoObject = errors.New("the answer has no spec; is this netmirror's address?")

// A condition says when a write is to be done.
type condition struct{ ifMatch, ifNoneMatch string }

// A door is the API for the objects of one kind. Their specs are sent as they were written,
// so that it is the controller who judges every value.
type door struct {
	c      *client.Client
	plural string
}

func (d door) path(name string) string {
	return client.Base + "/" + d.plural + "/" + url.PathEscape(name)
}

func (d door) get(ctx context.Context, name string) (stored, error) {
	return d.do(ctx, client.Request{Method: http.MethodGet, Path: d.path(name)})
}

// rehearse asks what a write would do; answer is a pointer to the kind's plan.
func (d door) rehearse(ctx context.Context, method, name string, spec tree, answer any) error {
	r := client.Request{Method: method, Path: d.path(name), Query: url.Values{"dryRun": {"true"}}}
	if spec != nil {
		r.Body = spec
	}
	_, err := d.c.Do(ctx, r, answer)
	return err
}

func (d door) do(ctx context.Context, r client.Request) (stored, error) {
	var s stored
	var err error
	if s.Meta, err = d.c.Do(ctx, r, &s.raw); err != nil || len(s.raw) == 0 {
		return s, err
	}
	all, err := decode(s.raw)
	if err != nil {
		return s, fmt.Errorf("%s %s: the answer is not understood: %w", r.Method, r.Path, err)
	}
	s.spec, _ = all["spec"].(tree)
	if s.spec == nil {
		return s, fmt.Errorf("%s %s: %w", r.Method, r.Path, errNoObject)
	}
	return s, nil
}

func (w condition) header() http.Header {
	h := http.Header{}
	if w.ifMatch != "" {
		h.Set("If-Match", w.ifMatch)
	}
	if w.ifNoneMatch != "" {
		h.Set("If-None-Match", w.ifNoneMatch)
	}
	return h
}

func waitOf(ctx context.Context) time.Duration {
	if end, ok := ctx.Deadline(); ok {
		return min(waitSlice, time.Until(end)-time.Second)
	}
	return waitSlice
}

// writtenFrom writes a spec over one that was seen, unless somebody else changed it since. The
// version alone does not tell that: a filter that changes gives each of its sessions a new one.
func (d door) writtenFrom(ctx context.Context, name string, seen, spec tree, etag string) (stored, error) {
	for {
		s, err := d.put(ctx, name, spec, condition{ifMatch: etag})
		if !client.IsPreconditionFailed(err) {
			return s, err
		}
		if etag, err = d.unchanged(ctx, name, seen, etag, err); err != nil {
			return stored{}, err
		}
	}
}

// unchanged is the version of an object now, where its spec is what was seen; else the
// refusal of the one that was asked with, in words of ours.
func (d door) unchanged(ctx context.Context, name string, seen tree, etag string, refusal error) (string, error) {
	now, err := d.look(ctx, name)
	switch {
	case client.IsNotFound(err):
		return "", errors.New("somebody else deleted it since Terraform read it; plan again")
	case err != nil:
		return "", err
	case now.ETag == etag:
		return "", refusal
	}
	if fields := differing(seen, now.spec); fields != "" {
		return "", fmt.Errorf("somebody else changed it since Terraform read it (%s); plan again and look at the difference", fields)
	}
	return now.ETag, nil
}

// until looks until something is so, ever more rarely.
func until(ctx context.Context, so func() (bool, error)) error {
	for pause := firstLook; ; pause = min(pause*3/2, lastLook) {
		if done, err := so(); done || err != nil {
			return err
		}
		if err := rest(ctx, pause); err != nil {
			return err
		}
	}
}

// asSession is what was answered of a session.
func (s stored) asSession() (client.Session, error) {
	var v client.Session
	err := json.Unmarshal(s.raw, &v)
	return v, err
}
