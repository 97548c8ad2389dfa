package iosxe

import (
	"cmp"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

// merge makes native sessions of the two views. The configuration is the only
// view with the exact words, so it decides what a session is; show monitor
// tells which sessions there are (those of a service module stand nowhere else)
// and whether they are enabled. Where the two disagree about what is copied and
// to where, one of them was not read whole, or somebody typed in between: then
// the session is opaque and disputed, which keeps every hand off it and tells
// why, while the other sessions of the device go on. cfg is nil when it could not
// be read, views is nil (not empty) when nobody asked.
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
		out = append(out, mergeOne(id, byID[id], views != nil, cfg).native())
	}
	return out
}

func mergeOne(id int, views []shown, asked bool, cfg *config) reading {
	var r reading
	configured := false
	if cfg != nil {
		r, configured = cfg.session(id)
		r.Doubts = slices.Clone(r.Doubts)
	}
	switch {
	case len(views) == 0:
		if asked && len(r.Spec.Sources)+r.Spec.RemoteVLAN > 0 && (len(r.Spec.Destinations) > 0 || r.Spec.RemoteVLAN > 0) {
			r.Other = &mirror.NativeSpec{}
			r.Dispute("%s: show monitor has no session %d", disagree, id)
		}
		return r
	case len(views) > 1:
		first := views[0].read()
		var texts []string
		for _, v := range views {
			texts = append(texts, v.text)
		}
		first.text = strings.Join(texts, "\n")
		first.Doubt("the device lists session %d %d times", id, len(views))
		return first
	}
	view := views[0].read()
	if !configured {
		if cfg != nil && view.Spec.Role != "" {
			view.Other = &mirror.NativeSpec{}
			view.Dispute("%s: the configuration has no session %d", disagree, id)
		}
		return view
	}
	r.admin = cmp.Or(view.admin, r.admin)
	if !view.Unread && !r.Unread {
		shown := view.Spec.Normalize()
		r.Other = &shown
	}
	if view.Spec.Role != r.Spec.Role {
		r.Dispute("shown as %q", views[0].value("type"))
	} else if !view.Unread && !r.Unread {
		r.Compare(&view.Reading, disagree)
	}
	return r
}

// disagree begins what is said of a session that two commands show differently.
const disagree = "show monitor and the configuration disagree"
