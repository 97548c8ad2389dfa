package client

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/url"
)

// pages gives the entries of page after page. A list whose pages always have a
// next ends with one that is empty and says of no more; of others a page may be empty in
// the middle, where a filter took nothing.
func pages[T any](cursor string, endless bool, fetch func(cursor string) (items []T, next string, more bool, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for at := cursor; ; {
			items, next, more, err := fetch(at)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, v := range items {
				if !yield(v, nil) {
					return
				}
			}
			if next == "" || next == at || endless && len(items) == 0 && !more {
				return
			}
			at = next
		}
	}
}

// Each gives the entries of all pages of a list as the controller wrote them:
// path as in Request, query its parameters. That fields which this package does
// not know are there, too, is what it is for. endless says that the list always
// has a next page, as events have.
func (c *Client) Each(ctx context.Context, path string, query url.Values, endless bool) iter.Seq2[json.RawMessage, error] {
	return pages(query.Get("cursor"), endless, func(cursor string) ([]json.RawMessage, string, bool, error) {
		q := maps.Clone(query)
		if q == nil {
			q = url.Values{}
		}
		q.Del("cursor")
		if cursor != "" {
			q.Set("cursor", cursor)
		}
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"nextCursor"`
			More       bool              `json:"more"`
		}
		_, err := c.Do(ctx, Request{Method: "GET", Path: path, Query: q}, &page)
		return page.Items, page.NextCursor, page.More, err
	})
}
