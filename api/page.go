package api

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

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

// selectPage reads a page of what is as asked; fetch reads it after a name and tells where
// to go on, "" at the end.
func selectPage[V any](list string, p PageParams, fetch func(mirror.Page) (views []V, next string, err error)) (items []V, next string, err error) {
	after, err := p.after(list)
	if err != nil {
		return nil, "", err
	}
	items, next, err = fetch(mirror.Page{After: after, Limit: p.Limit})
	if err != nil || next == "" {
		return items, "", err
	}
	return items, cursorOf(list, next), nil
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
