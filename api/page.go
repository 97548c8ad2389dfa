package api

import (
	"context"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// maxScan bounds the entries that one request with a filter looks at; a page may
// hold fewer than its limit then, and a next cursor.
const maxScan = 5000

// PageParams is what every list takes.
type PageParams struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"how many entries a page holds at most"`
	Cursor string `query:"cursor" maxLength:"400" doc:"nextCursor of the page before; opaque"`
}

// A cursor names the list it belongs to and the last entry of a page.
func cursorOf(list, last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte("1\n" + list + "\n" + last))
}

// after reads the cursor of a list; "" is its beginning.
func (p PageParams) after(list string) (string, error) {
	if p.Cursor == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	last, ok := strings.CutPrefix(string(b), "1\n"+list+"\n")
	if err != nil || !ok {
		return "", badParameter("query.cursor", "is no nextCursor of this list")
	}
	return last, nil
}

// scan collects a page of named entries that keep wants, in the order of fetch,
// which is by name. next is "" at the end of the list.
func scan[V any](ctx context.Context, list string, p PageParams, name func(V) string,
	fetch func(context.Context, mirror.Page) ([]V, error), keep func(V) bool) (items []V, next string, err error) {
	after, err := p.after(list)
	if err != nil {
		return nil, "", err
	}
	for seen := 0; ; {
		batch, err := fetch(ctx, mirror.Page{After: after, Limit: p.Limit + 1})
		if err != nil {
			return nil, "", err
		}
		for i, v := range batch {
			if len(items) == p.Limit || seen == maxScan {
				return items, cursorOf(list, after), nil
			}
			seen, after = seen+1, name(batch[i])
			if keep(v) {
				items = append(items, v)
			}
		}
		if len(batch) <= p.Limit {
			return items, "", nil
		}
	}
}

// slicePage pages a list that is at hand as a whole. It sorts it by key.
func slicePage[V any](list string, p PageParams, all []V, key func(V) string) (items []V, next string, err error) {
	after, err := p.after(list)
	if err != nil {
		return nil, "", err
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b V) int { return strings.Compare(key(a), key(b)) })
	if p.Cursor != "" {
		i, found := slices.BinarySearchFunc(all, after, func(v V, k string) int { return strings.Compare(key(v), k) })
		if found {
			i++
		}
		all = all[i:]
	}
	if len(all) > p.Limit {
		return all[:p.Limit], cursorOf(list, key(all[p.Limit-1])), nil
	}
	return all, "", nil
}

// SelectorParam filters a list by labels.
type SelectorParam struct {
	LabelSelector string `query:"labelSelector" maxLength:"1000" doc:"k=v,k2!=v2: entries with label k=v and without k2=v2"`
}

type requirement struct {
	key, value string
	not        bool
}

var labelText = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)

// parse reads the selector. != also matches entries without the label.
func (s SelectorParam) parse() (func(labels map[string]string) bool, error) {
	if s.LabelSelector == "" {
		return func(map[string]string) bool { return true }, nil
	}
	var all []requirement
	for term := range strings.SplitSeq(s.LabelSelector, ",") {
		key, value, ok := strings.Cut(term, "=")
		key, not := strings.CutSuffix(key, "!")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if !ok || !labelText.MatchString(key) || value != "" && !labelText.MatchString(value) {
			return nil, badParameter("query.labelSelector", "must be a list of k=v and k!=v, separated by commas")
		}
		all = append(all, requirement{key, value, not})
	}
	return func(labels map[string]string) bool {
		for _, r := range all {
			v, has := labels[r.key]
			if (has && v == r.value) == r.not {
				return false
			}
		}
		return true
	}, nil
}
