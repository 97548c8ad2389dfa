package iosxe

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netmirror/netmirror/internal/console/text"
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
		r.opaque = slices.Clone(r.opaque)
	}
	switch {
	case len(views) == 0:
		if asked && len(r.spec.Sources)+r.spec.RemoteVLAN > 0 && (len(r.spec.Destinations) > 0 || r.spec.RemoteVLAN > 0) {
			r.other = &mirror.NativeSpec{}
			r.dispute("%s: show monitor has no session %d", disagree, id)
		}
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
		if cfg != nil && view.spec.Role != "" {
			view.other = &mirror.NativeSpec{}
			view.dispute("%s: the configuration has no session %d", disagree, id)
		}
		return view
	}
	r.admin = firstState(view.admin, r.admin)
	if !view.unread && !r.unread {
		shown := view.spec.Normalize()
		r.other = &shown
	}
	if view.spec.Role != r.spec.Role {
		r.dispute("shown as %q", views[0].value("type"))
	} else if !view.unread && !r.unread {
		r.compare(view)
	}
	return r
}

// dispute is doubt where the two views differ.
func (r *reading) dispute(format string, args ...any) {
	r.disputed = true
	r.doubt(format, args...)
}

// disagree begins what is said of a session that two commands show differently.
const disagree = "show monitor and the configuration disagree"

// compare doubts a session whose view names other ports, VLANs or ends than its
// configuration.
func (r *reading) compare(view reading) {
	a, b := r.spec.Normalize(), view.spec.Normalize()
	tell := func(what, configured, shown string) {
		if configured != shown {
			r.dispute("%s about %s: %q is shown, %q configured", disagree, what, text.Quote(shown), text.Quote(configured))
		}
	}
	tell("sources", sourceText(a.Sources), sourceText(b.Sources))
	tell("destinations", fmt.Sprint(a.Destinations), fmt.Sprint(b.Destinations))
	tell("the remote VLAN", fmt.Sprint(a.RemoteVLAN), fmt.Sprint(b.RemoteVLAN))
	if b.Options.Filter != "" || len(b.Options.FilterVLANs) > 0 { // not every release shows them
		tell("filters", filterText(a.Options), filterText(b.Options))
	}
}

func filterText(o mirror.Options) string {
	return strings.Trim(o.Filter+" "+strings.Trim(fmt.Sprint(o.FilterVLANs), "[]"), " ")
}

func sourceText(sources []mirror.NativeSource) string {
	var out []string
	for _, s := range sources {
		what := string(s.Port)
		if s.VLAN != 0 {
			what = fmt.Sprintf("VLAN %d", s.VLAN)
		}
		out = append(out, what+" "+string(s.Direction))
	}
	return strings.Join(out, ", ")
}

func firstState(a, b mirror.State) mirror.State {
	if a != "" {
		return a
	}
	return b
}
