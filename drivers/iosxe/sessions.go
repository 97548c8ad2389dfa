package iosxe

import (
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// merge makes native sessions of the two views. The configuration is the only
// view with the exact words, so it decides what a session is; show monitor
// tells which sessions there are (those of a service module stand nowhere else)
// and whether they are enabled. cfg is nil when it could not be read.
func merge(views []shown, cfg *config) []mirror.NativeSession {
	byID := map[int][]shown{}
	var ids []int
	for _, s := range views {
		byID[s.id] = append(byID[s.id], s)
		ids = append(ids, s.id)
	}
	if cfg != nil {
		for _, r := range cfg.sessions {
			ids = append(ids, r.id)
		}
	}
	slices.Sort(ids)
	var out []mirror.NativeSession
	for _, id := range slices.Compact(ids) {
		out = append(out, mergeOne(id, byID[id], cfg).native())
	}
	return out
}

func mergeOne(id int, views []shown, cfg *config) reading {
	var r reading
	configured := false
	if cfg != nil {
		r, configured = cfg.session(id)
		r.opaque = slices.Clone(r.opaque)
	}
	switch {
	case len(views) == 0:
		return r
	case len(views) > 1:
		first := views[0].read()
		var texts []string
		for _, v := range views {
			texts = append(texts, v.text)
		}
		first.text = strings.Join(texts, "\n")
		first.doubt("the device lists session %d %d times", id, len(views))
		return first
	}
	view := views[0].read()
	if !configured {
		return view
	}
	r.admin = firstState(view.admin, r.admin)
	if view.spec.Role != r.spec.Role {
		r.doubt("shown as %q", views[0].value("type"))
	}
	return r
}

func firstState(a, b mirror.State) mirror.State {
	if a != "" {
		return a
	}
	return b
}
