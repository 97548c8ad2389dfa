package main

import (
	"context"
	"errors"

	"github.com/netmirror/netmirror/client"
)

// news asks whether anything has happened.
type news struct {
	cl     *client.Client
	cursor string
	first  bool
}

// newNews begins at the newest event.
func newNews(ctx context.Context, cl *client.Client) (*news, error) {
	cursor, err := newest(ctx, cl)
	return &news{cl: cl, cursor: cursor, first: true}, err
}

// happened reports whether there are events since the last time it was asked; the first
// time it is so.
func (n *news) happened(ctx context.Context) (bool, error) {
	yes := n.first
	for {
		page, err := n.cl.ListEvents(ctx, client.ListEventsOptions{Limit: 500, Cursor: n.cursor})
		if err != nil {
			return false, err
		}
		if page.NextCursor != "" {
			n.cursor = page.NextCursor
		}
		if len(page.Items) == 0 {
			n.first = false
			return yes, nil
		}
		yes = true
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
